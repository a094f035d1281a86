"""Measures of several occasions to sudden gains, losses and early response.

INPUTS: measures, the study, the scoring keys.
OUTPUTS: statistics: patients with gains, gains, reversals, their size and course; early response.
"""


rule find_sudden_gains:
    input:
        measures="results/{cohort}/measures.parquet",
        study=study_file,
        instruments=instrument_files,
        lock=lock_file,
    output:
        statistics="results/{cohort}/statistics/sudden_gains.parquet",
        record="results/{cohort}/records/find_sudden_gains.json",
    log:
        "logs/{cohort}/find_sudden_gains.log",
    benchmark:
        "benchmarks/{cohort}/find_sudden_gains.tsv"
    conda:
        "../../envs/attune.yaml"
    message:
        "Find the sudden gains of {wildcards.cohort}."
    script:
        "../../scripts/find_sudden_gains.py"
