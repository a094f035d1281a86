"""Printed values of a paper to findings about their consistency, without data.

INPUTS: workflow/publications/<publication>.yaml, for cohorts that name a publication; no data.
OUTPUTS: findings, one row per check of a printed value against the others, consistent ones too.
"""


rule audit_publication:
    input:
        publication=publication_file,
        lock=lock_file,
    output:
        findings="results/{cohort}/findings.parquet",
        record="results/{cohort}/records/audit_publication.json",
    log:
        "logs/{cohort}/audit_publication.log",
    benchmark:
        "benchmarks/{cohort}/audit_publication.tsv"
    conda:
        "../../envs/attune.yaml"
    message:
        "Check the printed values of the paper of {wildcards.cohort} against each other."
    script:
        "../../scripts/audit_publication.py"
