"""Statistics, measures and responses to figures.

INPUTS: responses, measures, gains, every statistics file, the study, the cohort file, the keys.
OUTPUTS: figures, one PNG per declared figure.
"""


rule plot_figures:
    input:
        responses="results/{cohort}/responses.parquet",
        measures="results/{cohort}/measures.parquet",
        gains="results/{cohort}/gains.parquet",
        statistics=statistics_files,
        study=study_file,
        cohort=cohort_file,
        instruments=instrument_files,
        lock=lock_file,
    output:
        figures=report(
            directory("results/{cohort}/figures"),
            patterns=["{figure}.png"],
            caption="../report/figure.rst",
            category="Figures",
            subcategory="{cohort}",
            labels=figure_labels,
        ),
        record="results/{cohort}/records/plot_figures.json",
    log:
        "logs/{cohort}/plot_figures.log",
    benchmark:
        "benchmarks/{cohort}/plot_figures.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        settings=figure_settings,
        smallest_cell=choices.build_tables.smallest_cell,
        language=choices.documents.language,
    message:
        "Draw the figures of {wildcards.cohort}."
    script:
        "../../scripts/plot_figures.py"
