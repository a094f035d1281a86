"""Sample, responses and measures to descriptive statistics.

INPUTS: sample, responses (for what is missing), measures, the study, the cohort file, the keys.
OUTPUTS: statistics: counts and percentages, M, SD, median and range, missing answers, shares of
therapists.
"""


rule describe_sample:
    input:
        sample="results/{cohort}/sample.parquet",
        responses="results/{cohort}/responses.parquet",
        measures="results/{cohort}/measures.parquet",
        study=study_file,
        cohort=cohort_file,
        instruments=instrument_files,
        lock=lock_file,
    output:
        statistics="results/{cohort}/statistics/sample.parquet",
        record="results/{cohort}/records/describe_sample.json",
    log:
        "logs/{cohort}/describe_sample.log",
    benchmark:
        "benchmarks/{cohort}/describe_sample.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        interval=choices.describe_sample.interval,
        seed=choices.seed,
    message:
        "Describe the sample of {wildcards.cohort} and its missing data."
    script:
        "../../scripts/describe_sample.py"
