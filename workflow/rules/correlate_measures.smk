"""Measures and residual gains to correlations.

INPUTS: measures, gains, the scoring keys, the study, which declares families, directions and data sets.
OUTPUTS: statistics, for every pair: Pearson's r with interval and one- and two-tailed p, Spearman's
rho, bootstrap interval, permutation p, adjusted p, Bayes factor, partial correlation, power.
"""


rule correlate_measures:
    input:
        measures="results/{cohort}/measures.parquet",
        gains="results/{cohort}/gains.parquet",
        study=study_file,
        instruments=instrument_files,
        lock=lock_file,
    output:
        statistics="results/{cohort}/statistics/correlations.parquet",
        record="results/{cohort}/records/correlate_measures.json",
    log:
        "logs/{cohort}/correlate_measures.log",
    benchmark:
        "benchmarks/{cohort}/correlate_measures.tsv"
    conda:
        "../../envs/attune.yaml"
    params:
        interval=choices.correlate_measures.interval,
        bootstrap_samples=choices.correlate_measures.bootstrap_samples,
        permutations=choices.correlate_measures.permutations,
        bayes_factor_scale=choices.correlate_measures.bayes_factor_scale,
        power=choices.correlate_measures.power,
        level=choices.build_tables.level,
        seed=choices.seed,
    message:
        "Correlate the declared families of {wildcards.cohort}: {params.bootstrap_samples} resamples, {params.permutations} permutations, seed {params.seed}."
    script:
        "../../scripts/correlate_measures.py"
