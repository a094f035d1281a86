"""Measures to residual gains.

INPUTS: measures, the scoring keys, the study, which names pretest and posttest of each outcome.
OUTPUTS: gains (one row per outcome, dyad and imputation) and the regressions as statistics.
"""


rule compute_residual_gains:
    input:
        measures="results/{cohort}/measures.parquet",
        study=study_file,
        instruments=instrument_files,
        lock=lock_file,
    output:
        gains="results/{cohort}/gains.parquet",
        statistics="results/{cohort}/statistics/gains.parquet",
        record="results/{cohort}/records/compute_residual_gains.json",
    log:
        "logs/{cohort}/compute_residual_gains.log",
    benchmark:
        "benchmarks/{cohort}/compute_residual_gains.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        interval=choices.compute_residual_gains.interval,
    message:
        "Regress each posttest of {wildcards.cohort} on its pretest and keep the residuals."
    script:
        "../../scripts/compute_residual_gains.py"
