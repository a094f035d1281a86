"""Verdicts and findings to the verdict page.

INPUTS: verdicts, findings, the publication, the cohort file, printed (estimates and intervals as
text prints them), explanations (the source of every number), the page's templates, styles and
scripts.
OUTPUTS: verdict.html: what holds, what cannot hold and why. It is made whether or not the verdicts
are accepted.
"""


rule render_verdict:
    input:
        verdicts="results/{cohort}/verdicts.parquet",
        findings="results/{cohort}/findings.parquet",
        publication=publication_file,
        cohort=cohort_file,
        printed="results/{cohort}/printed.parquet",
        explanations="results/{cohort}/explanations.json",
        page_template=project_file("reports/verdict.html.j2"),
        macros=project_file("reports/page_macros.html.j2"),
        styles=[
            project_file("reports/assets/attune.css"),
            project_file("reports/assets/intake.css"),
            project_file("reports/assets/explain.css"),
            project_file("reports/assets/verdict.css"),
        ],
        scripts=[
            project_file("reports/assets/verdict.js"),
            project_file("reports/assets/explain.js"),
        ],
        lock=lock_file,
    output:
        page=report(
            "results/{cohort}/verdict.html",
            caption="../report/verdict.rst",
            category="Verdicts",
            subcategory="{cohort}",
            labels=verdict_labels,
        ),
        record="results/{cohort}/records/render_verdict.json",
    log:
        "logs/{cohort}/render_verdict.log",
    benchmark:
        "benchmarks/{cohort}/render_verdict.tsv"
    conda:
        "../../envs/attune.yaml"
    message:
        "Write the verdict page of {wildcards.cohort}."
    script:
        "../../scripts/render_verdict.py"
