"""Measures and residual gains to comparisons of the treatment conditions.

INPUTS: measures, gains, the scoring keys, the study, the cohort file for the order of the conditions.
OUTPUTS: statistics: t, difference, effect size, Bayes factor, and M and SD per condition.
"""


rule compare_conditions:
    input:
        measures="results/{cohort}/measures.parquet",
        gains="results/{cohort}/gains.parquet",
        study=study_file,
        instruments=instrument_files,
        cohort=cohort_file,
        lock=lock_file,
    output:
        statistics="results/{cohort}/statistics/conditions.parquet",
        record="results/{cohort}/records/compare_conditions.json",
    log:
        "logs/{cohort}/compare_conditions.log",
    benchmark:
        "benchmarks/{cohort}/compare_conditions.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        interval=choices.compare_conditions.interval,
        variances=choices.compare_conditions.variances,
    message:
        "Compare the conditions of {wildcards.cohort} with {params.variances} variances."
    script:
        "../../scripts/compare_conditions.py"
