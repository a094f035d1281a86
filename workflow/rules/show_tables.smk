"""Printed tables to pages, so that a report can show them one by one.

INPUTS: tables, the study and the cohort file, the page's template and styles.
OUTPUTS: table_pages, one HTML page per declared table; every number carries the id of its statistic.
"""


rule show_tables:
    input:
        tables="results/{cohort}/tables",
        study=study_file,
        cohort=cohort_file,
        table_template=project_file("reports/table.html.j2"),
        table_styles=project_file("reports/assets/attune.css"),
        lock=lock_file,
    output:
        pages=report(
            directory("results/{cohort}/table_pages"),
            patterns=["{table}.html"],
            caption="../report/table.rst",
            category="Tables",
            subcategory="{cohort}",
            labels=table_labels,
        ),
        record="results/{cohort}/records/show_tables.json",
    log:
        "logs/{cohort}/show_tables.log",
    benchmark:
        "benchmarks/{cohort}/show_tables.tsv"
    conda:
        "../../envs/attune.yaml"
    message:
        "Show the tables of {wildcards.cohort} one by one."
    script:
        "../../scripts/show_tables.py"
