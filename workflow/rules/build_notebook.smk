"""Statistics to a notebook that prints them.

INPUTS: every statistics file, printed, the study, the cohort file and the keys for labels.
OUTPUTS: statistics.ipynb, executed: one line per statistic, as printed, with its label and its id.
"""


rule build_notebook:
    input:
        statistics=statistics_files,
        printed="results/{cohort}/printed.parquet",
        study=study_file,
        cohort=cohort_file,
        instruments=instrument_files,
        lock=lock_file,
    output:
        notebook=report(
            "results/{cohort}/statistics.ipynb",
            caption="../report/notebook.rst",
            category="Numbers",
            subcategory="{cohort}",
            labels=notebook_labels,
        ),
        record="results/{cohort}/records/build_notebook.json",
    log:
        "logs/{cohort}/build_notebook.log",
    benchmark:
        "benchmarks/{cohort}/build_notebook.tsv"
    conda:
        "../../envs/attune.yaml"
    message:
        "Print the statistics of {wildcards.cohort} in an executed notebook."
    script:
        "../../scripts/build_notebook.py"
