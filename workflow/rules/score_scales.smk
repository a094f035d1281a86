"""Responses and given scores to scale scores.

INPUTS: responses, given scores, the cohort file for its missing rules, the scoring keys.
OUTPUTS: scores, one row per scale of one questionnaire, and statistics: how many questionnaires
were scored from all items, with items missing, or not at all, and what the scoring keys say.
"""


rule score_scales:
    input:
        responses="results/{cohort}/responses.parquet",
        given_scores="results/{cohort}/given_scores.parquet",
        sample="results/{cohort}/sample.parquet",
        cohort=cohort_file,
        instruments=instrument_files,
        lock=lock_file,
    output:
        scores="results/{cohort}/scores.parquet",
        statistics="results/{cohort}/statistics/scores.parquet",
        record="results/{cohort}/records/score_scales.json",
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
