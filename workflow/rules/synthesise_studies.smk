"""Literature, tables of effects and statistics of cohorts to the statistics of a synthesis.

INPUTS: the synthesis, the literature, tables of effects, files of sites, the statistics of its
cohorts; where it compares facets or pools rows, the crosswalk, tables of correlations, and measures
of cohorts.
OUTPUTS: statistics: effects of studies, pooled effects, printed values, counts; findings, the
printed values checked against each other; evidence, the effects as they enter.
"""


rule synthesise_studies:
    input:
        synthesis=synthesis_file,
        literature=literature_files,
        tables=effect_tables,
        sites=site_files,
        cohort_statistics=cohort_statistics,
        crosswalk=crosswalk_files,
        facet_tables=facet_tables,
        measures=cohort_measures,
        gains=cohort_gains,
        studies=cohort_plans,
        lock=lock_file,
    output:
        statistics="results/synthesis/{synthesis}/statistics/synthesis.parquet",
        findings="results/synthesis/{synthesis}/findings.parquet",
        evidence="results/synthesis/{synthesis}/evidence.json",
        record="results/synthesis/{synthesis}/records/synthesise_studies.json",
    log:
        "logs/synthesis/{synthesis}/synthesise_studies.log",
    benchmark:
        "benchmarks/synthesis/{synthesis}/synthesise_studies.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        synthetic=synthetic_cohorts,
    message:
        "Synthesise the studies of {wildcards.synthesis}."
    script:
        "../../scripts/synthesise_studies.py"
