"""Quarto sources to documents.

INPUTS: a .qmd, the figures, reports/assets (bibliography, citation style, filter, styles).
OUTPUTS: the document as one self-contained HTML file, DOCX and PDF, made in one call.
"""


rule render_manuscript:
    input:
        qmd="results/{cohort}/{document}.qmd",
        figures="results/{cohort}/figures",
        assets=asset_files,
        library=library("render_manuscript"),
        lock=lock_file,
    output:
        html="results/{cohort}/{document}.html",
        docx="results/{cohort}/{document}.docx",
        pdf="results/{cohort}/{document}.pdf",
        record="results/{cohort}/records/render_manuscript_{document}.json",
    log:
        "logs/{cohort}/render_manuscript_{document}.log",
    benchmark:
        "benchmarks/{cohort}/render_manuscript_{document}.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        renderer=choices.render_manuscript.renderer,
    message:
        "Render the {wildcards.document} of {wildcards.cohort} with renderer {params.renderer}."
    script:
        "../../scripts/render_manuscript.py"
