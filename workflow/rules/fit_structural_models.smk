"""Measures to structural equation models.

INPUTS: measures, the sample sheet, the study, the cohort file, the scoring keys.
OUTPUTS: statistics: paths, loadings, indirect effects, fit, covariance matrices, hints.
"""


rule fit_structural_models:
    input:
        measures="results/{cohort}/measures.parquet",
        sample="results/{cohort}/sample.parquet",
        study=study_file,
        cohort=cohort_file,
        instruments=instrument_files,
        lock=lock_file,
    output:
        statistics="results/{cohort}/statistics/structural_models.parquet",
        record="results/{cohort}/records/fit_structural_models.json",
    log:
        "logs/{cohort}/fit_structural_models.log",
    benchmark:
        "benchmarks/{cohort}/fit_structural_models.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        interval=choices.fit_structural_models.interval,
        power=choices.fit_structural_models.power,
        seed=choices.seed,
    message:
        "Structural equation models of {wildcards.cohort}."
    script:
        "../../scripts/fit_structural_models.py"
