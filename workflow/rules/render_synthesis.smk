"""The Quarto source of a synthesis to documents.

INPUTS: the .qmd, the figures, explanations (the source of every number), reports/assets,
the author's own bibliography.
OUTPUTS: the document as one self-contained HTML file, DOCX, PDF and JATS XML, made in one
call; the list of its numbers with their sources, as CSV and as a page.
"""


rule render_synthesis:
    input:
        qmd="results/synthesis/{synthesis}/synthesis.qmd",
        figures="results/synthesis/{synthesis}/figures",
        explanations="results/synthesis/{synthesis}/explanations.json",
        assets=asset_files,
        numbers_template=project_file("reports/numbers.html.j2"),
        references=own_references,
        lock=lock_file,
    output:
        html=report(
            "results/synthesis/{synthesis}/synthesis.html",
            caption="../report/synthesis.rst",
            category="Syntheses",
            subcategory="{synthesis}",
            labels=synthesis_labels,
        ),
        docx=report(
            "results/synthesis/{synthesis}/synthesis.docx",
            caption="../report/synthesis.rst",
            category="Syntheses",
            subcategory="{synthesis}",
            labels=synthesis_labels,
        ),
        pdf=report(
            "results/synthesis/{synthesis}/synthesis.pdf",
            caption="../report/synthesis.rst",
            category="Syntheses",
            subcategory="{synthesis}",
            labels=synthesis_labels,
        ),
        xml="results/synthesis/{synthesis}/synthesis.xml",
        numbers="results/synthesis/{synthesis}/synthesis_numbers.csv",
        numbers_page="results/synthesis/{synthesis}/synthesis_numbers.html",
        record="results/synthesis/{synthesis}/records/render_synthesis.json",
    log:
        "logs/synthesis/{synthesis}/render_synthesis.log",
    benchmark:
        "benchmarks/synthesis/{synthesis}/render_synthesis.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        renderer=choices.render_manuscript.renderer,
        masked=choices.documents.masked,
        line_numbers=choices.documents.line_numbers,
        program=renderer_program,
    message:
        "Render the synthesis {wildcards.synthesis} with {params.program}."
    script:
        "../../scripts/render_synthesis.py"
