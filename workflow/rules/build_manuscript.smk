"""Tables and printed statistics to the Quarto sources of the documents.

INPUTS: tables, printed, statistics (for the software that computed them), confirmation
(which of them a second package confirms), the study, the cohort
file, the templates of reports/ with the parts of the analyses, the author's own text, the
publication for whether its conclusions can be compared.
OUTPUTS: manuscript and supplement as .qmd. A statistic that does not exist stops the run.
"""


rule build_manuscript:
    input:
        tables="results/{cohort}/tables",
        printed="results/{cohort}/printed.parquet",
        statistics=statistics_files,
        confirmation="results/{cohort}/confirmation.json",
        study=study_file,
        cohort=cohort_file,
        instruments=instrument_files,
        template=template_file,
        supplement_template=project_file("reports/supplement.qmd.j2"),
        macros=project_file("reports/macros.qmd.j2"),
        analysis_parts=analysis_parts,
        text=text_files,
        publication=publication_files,
        lock=lock_file,
    output:
        manuscript="results/{cohort}/manuscript.qmd",
        supplement="results/{cohort}/supplement.qmd",
        record="results/{cohort}/records/build_manuscript.json",
    log:
        "logs/{cohort}/build_manuscript.log",
    benchmark:
        "benchmarks/{cohort}/build_manuscript.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        settings=settings,
        language=choices.documents.language,
    message:
        "Write the documents of {wildcards.cohort} around its printed statistics."
    script:
        "../../scripts/build_manuscript.py"
