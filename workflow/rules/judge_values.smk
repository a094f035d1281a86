"""Statistics and printed values to a verdict on every printed value.

INPUTS: every statistics file, the publication, the findings about the paper alone, the cohort file,
data/{cohort}/reasons.yaml if there is one.
OUTPUTS: verdicts, one row per printed value. Nothing stops here: see accept_verdicts.
"""


rule judge_values:
    input:
        statistics=statistics_files,
        publication=publication_file,
        findings="results/{cohort}/findings.parquet",
        cohort=cohort_file,
        reasons=reasons_files,
        lock=lock_file,
    output:
        verdicts="results/{cohort}/verdicts.parquet",
        record="results/{cohort}/records/judge_values.json",
    log:
        "logs/{cohort}/judge_values.log",
    benchmark:
        "benchmarks/{cohort}/judge_values.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        smallest_cell=choices.build_tables.smallest_cell,
    message:
        "Compare the printed values of the paper with the statistics of {wildcards.cohort}."
    script:
        "../../scripts/judge_values.py"
