"""Responses to scale scores.

INPUTS: responses, the scoring keys.
OUTPUTS: scores, one row per scale of one questionnaire.
"""


rule score_scales:
    input:
        responses="results/{cohort}/responses.parquet",
        instruments=instrument_files,
        library=library("score_scales"),
        lock=lock_file,
    output:
        scores="results/{cohort}/scores.parquet",
    log:
        "logs/{cohort}/score_scales.log",
    benchmark:
        "benchmarks/{cohort}/score_scales.tsv"
    conda:
        "../../envs/attune.yaml"
    message:
        "Score every scale of every questionnaire of {wildcards.cohort}."
    script:
        "../../scripts/score_scales.py"
