"""Raw files to responses.

INPUTS: data/{cohort}/cohort.yaml and the raw files that it names, the scoring keys, the study.
OUTPUTS: responses (one row per completed questionnaire), given_scores (one row per score that the
cohort brings instead of items), sample (one row per dyad), violations (one row per thing wrong) and
their counts as statistics. An error in the raw files stops the run here; nothing is half-written.
"""


rule validate_responses:
    input:
        cohort=cohort_file,
        raw=raw_files,
        instruments=checked_instrument_files,
        study=study_file,
        lock=lock_file,
    output:
        responses="results/{cohort}/responses.parquet",
        given_scores="results/{cohort}/given_scores.parquet",
        sample="results/{cohort}/sample.parquet",
        violations="results/{cohort}/violations.parquet",
        statistics="results/{cohort}/statistics/violations.parquet",
        record="results/{cohort}/records/validate_responses.json",
    log:
        "logs/{cohort}/validate_responses.log",
    benchmark:
        "benchmarks/{cohort}/validate_responses.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        source=raw_source,
    message:
        "Check every cell of {wildcards.cohort} against its scoring key."
    script:
        "../../scripts/validate_responses.py"
