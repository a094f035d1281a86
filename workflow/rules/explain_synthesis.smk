"""Statistics of a synthesis and the record of their step to the source of every number.

INPUTS: statistics, the record of the step that made them, the synthesis.
OUTPUTS: explanations.json, for the document.
"""


rule explain_synthesis:
    input:
        synthesis=synthesis_file,
        literature=literature_files,
        tables=effect_tables,
        evidence="results/synthesis/{synthesis}/evidence.json",
        statistics="results/synthesis/{synthesis}/statistics/synthesis.parquet",
        made_by="results/synthesis/{synthesis}/records/synthesise_studies.json",
        lock=lock_file,
    output:
        explanations="results/synthesis/{synthesis}/explanations.json",
        record="results/synthesis/{synthesis}/records/explain_synthesis.json",
    log:
        "logs/synthesis/{synthesis}/explain_synthesis.log",
    benchmark:
        "benchmarks/synthesis/{synthesis}/explain_synthesis.tsv"
    conda:
        "../../envs/attune.yaml"
    message:
        "Trace the statistics of the synthesis {wildcards.synthesis} to their sources."
    script:
        "../../scripts/explain_synthesis.py"
