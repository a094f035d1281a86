"""Statistics computed a second time, by pingouin.

INPUTS: responses, measures, gains, the statistics of correlations, comparisons and reliability, the
study for the data sets, the scoring keys, the cohort file for the order of the conditions.
OUTPUTS: confirmation.json, how many statistics of each kind agree. One that differs stops the run.
"""


rule confirm_statistics:
    input:
        responses="results/{cohort}/responses.parquet",
        measures="results/{cohort}/measures.parquet",
        gains="results/{cohort}/gains.parquet",
        statistics=confirmed_statistics,
        study=study_file,
        cohort=cohort_file,
        instruments=instrument_files,
        lock=lock_file,
    output:
        confirmation="results/{cohort}/confirmation.json",
        record="results/{cohort}/records/confirm_statistics.json",
    log:
        "logs/{cohort}/confirm_statistics.log",
    benchmark:
        "benchmarks/{cohort}/confirm_statistics.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        variances=choices.compare_conditions.variances,
    message:
        "Compute the correlations, tests and alphas of {wildcards.cohort} again with pingouin."
    script:
        "../../scripts/confirm_statistics.py"
