"""Responses to measurement invariance.

INPUTS: responses, the sample sheet, the study, the cohort file, the scoring keys.
OUTPUTS: statistics: fit of each step of invariance, its change, omega, items that differ.
"""


rule test_invariance:
    input:
        responses="results/{cohort}/responses.parquet",
        sample="results/{cohort}/sample.parquet",
        study=study_file,
        cohort=cohort_file,
        instruments=instrument_files,
        lock=lock_file,
    output:
        statistics="results/{cohort}/statistics/invariance.parquet",
        record="results/{cohort}/records/test_invariance.json",
    log:
        "logs/{cohort}/test_invariance.log",
    benchmark:
        "benchmarks/{cohort}/test_invariance.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        interval=choices.test_invariance.interval,
    message:
        "Measurement invariance of {wildcards.cohort}."
    script:
        "../../scripts/test_invariance.py"
