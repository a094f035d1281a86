"""Measures of several occasions to growth models.

INPUTS: measures, the sample sheet for categories, the study, the scoring keys, the cohort file.
OUTPUTS: statistics: coefficients, variances, model comparisons, means over time.
"""


rule fit_growth:
    input:
        measures="results/{cohort}/measures.parquet",
        sample="results/{cohort}/sample.parquet",
        study=study_file,
        instruments=instrument_files,
        cohort=cohort_file,
        lock=lock_file,
    output:
        statistics="results/{cohort}/statistics/growth.parquet",
        record="results/{cohort}/records/fit_growth.json",
    log:
        "logs/{cohort}/fit_growth.log",
    benchmark:
        "benchmarks/{cohort}/fit_growth.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        interval=choices.fit_growth.interval,
        variance_intervals=choices.fit_growth.variance_intervals,
        seed=choices.seed,
    message:
        "Fit the growth models of {wildcards.cohort}."
    script:
        "../../scripts/fit_growth.py"
