"""Statistics of a synthesis to figures.

INPUTS: statistics, evidence, the synthesis and its literature, the crosswalk of facets.
OUTPUTS: figures, one PNG each.
"""


rule plot_synthesis:
    input:
        synthesis=synthesis_file,
        literature=literature_files,
        tables=effect_tables,
        crosswalk=crosswalk_files,
        instruments=crosswalk_instruments,
        statistics="results/synthesis/{synthesis}/statistics/synthesis.parquet",
        evidence="results/synthesis/{synthesis}/evidence.json",
        lock=lock_file,
    output:
        figures=report(
            directory("results/synthesis/{synthesis}/figures"),
            patterns=["{figure}.png"],
            caption="../report/synthesis_figure.rst",
            category="Syntheses",
            subcategory="{synthesis}",
            labels=synthesis_figure_labels,
        ),
        record="results/synthesis/{synthesis}/records/plot_synthesis.json",
    log:
        "logs/synthesis/{synthesis}/plot_synthesis.log",
    benchmark:
        "benchmarks/synthesis/{synthesis}/plot_synthesis.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        language=choices.documents.language,
    message:
        "Draw the figures of the synthesis {wildcards.synthesis}."
    script:
        "../../scripts/plot_synthesis.py"
