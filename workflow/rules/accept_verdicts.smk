"""Gate: every printed value matches, or data/{cohort}/reasons.yaml accepts that it does not.

INPUTS: verdicts, the page that shows them (so that it is there when the gate fails), the
publication, the cohort file, data/{cohort}/reasons.yaml if there is one.
OUTPUTS: verdicts_accepted, how many values have which verdict, and what was accepted.
"""


rule accept_verdicts:
    input:
        verdicts="results/{cohort}/verdicts.parquet",
        page="results/{cohort}/verdict.html",
        publication=publication_file,
        cohort=cohort_file,
        reasons=reasons_files,
        lock=lock_file,
    output:
        accepted="results/{cohort}/verdicts_accepted.json",
        record="results/{cohort}/records/accept_verdicts.json",
    log:
        "logs/{cohort}/accept_verdicts.log",
    benchmark:
        "benchmarks/{cohort}/accept_verdicts.tsv"
    conda:
        "../../envs/attune.yaml"
    message:
        "Compare the verdicts of {wildcards.cohort} with the accepted ones."
    script:
        "../../scripts/accept_verdicts.py"
