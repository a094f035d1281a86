"""Statistics to printed tables.

INPUTS: every statistics file, violations, the study, the cohort file.
OUTPUTS: tables, one file per declared table, strings ready to print with the statistic's id next to
each; printed, every statistic as it is written in running text. All rounding happens here.
"""


rule build_tables:
    input:
        statistics=statistics_files,
        violations="results/{cohort}/violations.parquet",
        study=study_file,
        cohort=cohort_file,
        instruments=instrument_files,
        lock=lock_file,
    output:
        tables=directory("results/{cohort}/tables"),
        printed="results/{cohort}/printed.parquet",
        record="results/{cohort}/records/build_tables.json",
    log:
        "logs/{cohort}/build_tables.log",
    benchmark:
        "benchmarks/{cohort}/build_tables.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        level=choices.build_tables.level,
        smallest_cell=choices.build_tables.smallest_cell,
        powers=table_powers,
    message:
        "Round and print the statistics of {wildcards.cohort}; p below {params.level} is called significant."
    script:
        "../../scripts/build_tables.py"
