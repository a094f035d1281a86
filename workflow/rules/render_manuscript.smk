"""Quarto sources to documents.

INPUTS: a .qmd, the figures, explanations (the source of every number), reports/assets
(bibliography, citation style, filter, styles), the author's own bibliography.
OUTPUTS: the document as one self-contained HTML file, DOCX, PDF and JATS XML, made in one
call; the list of its numbers with their sources, as CSV and as a page.
"""


rule render_manuscript:
    input:
        qmd="results/{cohort}/{document}.qmd",
        figures="results/{cohort}/figures",
        explanations="results/{cohort}/explanations.json",
        assets=asset_files,
        numbers_template=project_file("reports/numbers.html.j2"),
        references=own_references,
        lock=lock_file,
    output:
        html=report(
            "results/{cohort}/{document}.html",
            caption="../report/document.rst",
            category="Documents",
            subcategory="{cohort}",
            labels=document_labels,
        ),
        docx=report(
            "results/{cohort}/{document}.docx",
            caption="../report/document.rst",
            category="Documents",
            subcategory="{cohort}",
            labels=word_labels,
        ),
        pdf=report(
            "results/{cohort}/{document}.pdf",
            caption="../report/document.rst",
            category="Documents",
            subcategory="{cohort}",
            labels=pdf_labels,
        ),
        xml="results/{cohort}/{document}.xml",
        numbers="results/{cohort}/{document}_numbers.csv",
        numbers_page="results/{cohort}/{document}_numbers.html",
        record="results/{cohort}/records/render_manuscript_{document}.json",
    log:
        "logs/{cohort}/render_manuscript_{document}.log",
    benchmark:
        "benchmarks/{cohort}/render_manuscript_{document}.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        renderer=choices.render_manuscript.renderer,
        masked=choices.documents.masked,
        line_numbers=choices.documents.line_numbers,
        program=renderer_program,
    message:
        "Render the {wildcards.document} of {wildcards.cohort} with {params.program}."
    script:
        "../../scripts/render_manuscript.py"
