"""Measures of several occasions to correlations within and between dyads.

INPUTS: measures, the study, the scoring keys.
OUTPUTS: statistics: correlations within and between dyads, contextual effects.
"""


rule correlate_occasions:
    input:
        measures="results/{cohort}/measures.parquet",
        study=study_file,
        instruments=instrument_files,
        lock=lock_file,
    output:
        statistics="results/{cohort}/statistics/repeated_correlations.parquet",
        record="results/{cohort}/records/correlate_occasions.json",
    log:
        "logs/{cohort}/correlate_occasions.log",
    benchmark:
        "benchmarks/{cohort}/correlate_occasions.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        interval=choices.correlate_measures.interval,
    message:
        "Correlate the measures of {wildcards.cohort} over occasions."
    script:
        "../../scripts/correlate_occasions.py"
