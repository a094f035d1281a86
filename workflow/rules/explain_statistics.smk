"""Statistics and the records of their steps to the source of every number.

INPUTS: every statistics file, the records of the steps that lead to them, the study for names, the
cohort file for small cells, the publication for the names of printed values.
OUTPUTS: explanations.json, for `attune explain`, the documents and the pages.
"""


rule explain_statistics:
    input:
        statistics=statistics_files,
        records=record_files,
        study=study_file,
        cohort=cohort_file,
        publication=publication_files,
        lock=lock_file,
    output:
        explanations="results/{cohort}/explanations.json",
        record="results/{cohort}/records/explain_statistics.json",
    log:
        "logs/{cohort}/explain_statistics.log",
    benchmark:
        "benchmarks/{cohort}/explain_statistics.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        smallest_cell=choices.build_tables.smallest_cell,
    message:
        "Trace the statistics of {wildcards.cohort} back to the raw files."
    script:
        "../../scripts/explain_statistics.py"
