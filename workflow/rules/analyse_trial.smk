"""Measures of several occasions and the sample sheet to the results of a randomised trial.

INPUTS: measures, the sample sheet with the arms, the study, the scoring keys, the cohort file.
OUTPUTS: statistics: participant flow, effects at each visit, missing outcomes, responders, harms.
"""


rule analyse_trial:
    input:
        measures="results/{cohort}/measures.parquet",
        sample="results/{cohort}/sample.parquet",
        study=study_file,
        instruments=instrument_files,
        cohort=cohort_file,
        lock=lock_file,
    output:
        statistics="results/{cohort}/statistics/trial.parquet",
        record="results/{cohort}/records/analyse_trial.json",
    log:
        "logs/{cohort}/analyse_trial.log",
    benchmark:
        "benchmarks/{cohort}/analyse_trial.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        interval=choices.analyse_trial.interval,
        imputations=choices.analyse_trial.imputations,
        level=choices.build_tables.level,
        seed=choices.seed,
    message:
        "Analyse the trial of {wildcards.cohort}."
    script:
        "../../scripts/analyse_trial.py"
