"""Responses to internal consistency.

INPUTS: responses, the sample (whose rows a therapist's own questionnaires stand in), the scoring keys.
OUTPUTS: reliability (alpha, omega and item-rest correlations, one row per scale and occasion) and
the same numbers as statistics.
"""


rule estimate_reliability:
    input:
        responses="results/{cohort}/responses.parquet",
        sample="results/{cohort}/sample.parquet",
        instruments=instrument_files,
        study=study_file,
        lock=lock_file,
    output:
        reliability="results/{cohort}/reliability.parquet",
        statistics="results/{cohort}/statistics/reliability.parquet",
        record="results/{cohort}/records/estimate_reliability.json",
    log:
        "logs/{cohort}/estimate_reliability.log",
    benchmark:
        "benchmarks/{cohort}/estimate_reliability.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        interval=choices.estimate_reliability.interval,
    message:
        "Alpha and omega of every scale of {wildcards.cohort}, intervals at {params.interval}."
    script:
        "../../scripts/estimate_reliability.py"
