"""Scores to measures.

INPUTS: scores, sample, the study, which names the measures and the imputation.
OUTPUTS: measures, one row per dyad and imputation (0: as observed).
"""


rule impute_measures:
    input:
        scores="results/{cohort}/scores.parquet",
        sample="results/{cohort}/sample.parquet",
        study=study_file,
        lock=lock_file,
    output:
        measures="results/{cohort}/measures.parquet",
        record="results/{cohort}/records/impute_measures.json",
    log:
        "logs/{cohort}/impute_measures.log",
    benchmark:
        "benchmarks/{cohort}/impute_measures.tsv"
    conda:
        "../../envs/attune.yaml"
    message:
        "Collect the measures of {wildcards.cohort} and impute missing scores as planned."
    script:
        "../../scripts/impute_measures.py"
