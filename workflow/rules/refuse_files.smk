"""A cohort or synthesis whose files cannot be used: its step says why and fails, the others run.

INPUTS: none; the reasons were found when the rules were read.
OUTPUTS: none; the record that Snakemake waits for is never written.
"""


# In the process that read the files: a job elsewhere would read other ones.
localrules:
    refuse_files,


rule refuse_files:
    input:
        lock=lock_file,
    output:
        record="results/{refused}/records/refuse_files.json",
    log:
        "logs/{refused}/refuse_files.log",
    benchmark:
        "benchmarks/{refused}/refuse_files.tsv"
    # First, so that a user can correct the files while the others run.
    priority: 2
    conda:
        "../../envs/attune.yaml"
    params:
        heading=lambda wildcards: plan.refused[wildcards.refused].heading,
        problems=lambda wildcards: plan.refused[wildcards.refused].problems,
    message:
        "Say why {wildcards.refused} is left out."
    script:
        "../../scripts/refuse_files.py"
