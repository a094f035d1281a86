"""Measures of both partners to one-with-many and actor-partner models.

INPUTS: measures, gains, the study, the scoring keys.
OUTPUTS: statistics: variances between therapists and dyads, reciprocity, actor and partner effects.
"""


rule compare_partners:
    input:
        measures="results/{cohort}/measures.parquet",
        gains="results/{cohort}/gains.parquet",
        study=study_file,
        instruments=instrument_files,
        lock=lock_file,
    output:
        statistics="results/{cohort}/statistics/partners.parquet",
        record="results/{cohort}/records/compare_partners.json",
    log:
        "logs/{cohort}/compare_partners.log",
    benchmark:
        "benchmarks/{cohort}/compare_partners.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        interval=choices.compare_partners.interval,
    message:
        "Compare the partners of {wildcards.cohort}."
    script:
        "../../scripts/compare_partners.py"
