"""Tables and printed statistics of a synthesis to its Quarto source.

INPUTS: tables, printed, statistics (for the software), findings, evidence, the synthesis, its
literature and crosswalk, the template, the author's own text.
OUTPUTS: synthesis.qmd. A number without a source stops the run.
"""


rule write_synthesis:
    input:
        synthesis=synthesis_file,
        literature=literature_files,
        tables=effect_tables,
        crosswalk=crosswalk_files,
        printed_tables="results/synthesis/{synthesis}/tables",
        printed="results/synthesis/{synthesis}/printed.parquet",
        statistics="results/synthesis/{synthesis}/statistics/synthesis.parquet",
        findings="results/synthesis/{synthesis}/findings.parquet",
        evidence="results/synthesis/{synthesis}/evidence.json",
        template=project_file("reports/synthesis.qmd.j2"),
        text=text_files,
        lock=lock_file,
    output:
        qmd="results/synthesis/{synthesis}/synthesis.qmd",
        record="results/synthesis/{synthesis}/records/write_synthesis.json",
    log:
        "logs/synthesis/{synthesis}/write_synthesis.log",
    benchmark:
        "benchmarks/synthesis/{synthesis}/write_synthesis.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        level=choices.build_tables.level,
        language=choices.documents.language,
    message:
        "Write the document of the synthesis {wildcards.synthesis}."
    script:
        "../../scripts/write_synthesis.py"
