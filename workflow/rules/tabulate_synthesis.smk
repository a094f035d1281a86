"""Statistics of a synthesis to printed tables.

INPUTS: statistics, evidence, the synthesis, its literature and its crosswalk of facets.
OUTPUTS: tables, one file each; printed, every statistic as running text writes it.
"""


rule tabulate_synthesis:
    input:
        synthesis=synthesis_file,
        literature=literature_files,
        tables=effect_tables,
        crosswalk=crosswalk_files,
        statistics="results/synthesis/{synthesis}/statistics/synthesis.parquet",
        evidence="results/synthesis/{synthesis}/evidence.json",
        lock=lock_file,
    output:
        tables=directory("results/synthesis/{synthesis}/tables"),
        printed="results/synthesis/{synthesis}/printed.parquet",
        record="results/synthesis/{synthesis}/records/tabulate_synthesis.json",
    log:
        "logs/synthesis/{synthesis}/tabulate_synthesis.log",
    benchmark:
        "benchmarks/synthesis/{synthesis}/tabulate_synthesis.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        level=choices.build_tables.level,
    message:
        "Round and print the statistics of the synthesis {wildcards.synthesis}."
    script:
        "../../scripts/tabulate_synthesis.py"
