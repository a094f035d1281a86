"""Measures to the distances between them.

INPUTS: measures, gains, the study.
OUTPUTS: statistics: the mean absolute difference of each declared pair.
"""


rule compare_measures:
    input:
        measures="results/{cohort}/measures.parquet",
        gains="results/{cohort}/gains.parquet",
        study=study_file,
        library=library("compare_measures"),
        lock=lock_file,
    output:
        statistics="results/{cohort}/statistics/differences.parquet",
        record="results/{cohort}/records/compare_measures.json",
    log:
        "logs/{cohort}/compare_measures.log",
    benchmark:
        "benchmarks/{cohort}/compare_measures.tsv"
    conda:
        "../../envs/attune.yaml"
    message:
        "Compare the measures of {wildcards.cohort}."
    script:
        "../../scripts/compare_measures.py"
