"""Two raters' measures to response surfaces, and truth and bias models.

INPUTS: measures, gains, the study, the scoring keys for the ends of the scales.
OUTPUTS: statistics: coefficients, slopes and curvatures, axes, congruence, bias.
"""


rule compare_ratings:
    input:
        measures="results/{cohort}/measures.parquet",
        gains="results/{cohort}/gains.parquet",
        study=study_file,
        instruments=instrument_files,
        lock=lock_file,
    output:
        statistics="results/{cohort}/statistics/congruence.parquet",
        record="results/{cohort}/records/compare_ratings.json",
    log:
        "logs/{cohort}/compare_ratings.log",
    benchmark:
        "benchmarks/{cohort}/compare_ratings.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        interval=choices.compare_ratings.interval,
    message:
        "Compare the ratings of {wildcards.cohort} by two raters."
    script:
        "../../scripts/compare_ratings.py"
