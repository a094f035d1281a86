"""Raw files to the cohort page, also if they hold errors, since the page lists them.

INPUTS: data/{cohort}/cohort.yaml and the raw files that it names, the scoring keys, the study, the
page's template and styles.
OUTPUTS: intake.html, which holds counts, statistics and places, but no row of answers.
"""


rule check_cohort:
    input:
        cohort=cohort_file,
        raw=raw_files,
        instruments=checked_instrument_files,
        study=study_file,
        page_template=project_file("reports/intake.html.j2"),
        styles=[
            project_file("reports/assets/attune.css"),
            project_file("reports/assets/intake.css"),
        ],
        lock=lock_file,
    output:
        page="results/{cohort}/intake.html",
        record="results/{cohort}/records/check_cohort.json",
    log:
        "logs/{cohort}/check_cohort.log",
    benchmark:
        "benchmarks/{cohort}/check_cohort.tsv"
    # First, so that the page is there when validate_responses refuses the raw files.
    priority: 1
    conda:
        "../../envs/attune.yaml"
    params:
        interval=choices.estimate_reliability.interval,
        show_values=choices.check_cohort.show_values,
        source=raw_source,
    message:
        "Write the page of {wildcards.cohort}: mapping, violations and estimable analyses."
    script:
        "../../scripts/check_cohort.py"
