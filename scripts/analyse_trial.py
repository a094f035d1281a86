"""Analyse the randomised trials that the study declares.

Effects: `attune.analyses.trial.effects`. Formulas: `attune.stats.repeated_measures`;
tipping point: `attune.stats.reference_based_imputation`; recovered, improved:
`attune.stats.reliable_change`; CR2 of compliers' effects: `attune.stats.cluster_robust`.
"""

from typing import TYPE_CHECKING

from attune.analyses.trial.declaration import trials
from attune.store.contracts import MEASURES, SAMPLE, STATISTICS, no_rows
from attune.store.instrument_versions import name_instruments
from attune_files.parquet import read_parquet, write_parquet
from attune_files.project import read_cohort, read_study
from attune_files.steps.step_log import step
from attune_files.yaml_file import read_instruments

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    study = read_study(snakemake.input.study)
    if not trials(study):
        # Without pandas and the formulas, for which most studies need not wait.
        write_parquet(no_rows(STATISTICS), snakemake.output.statistics, STATISTICS)
    else:
        from attune.analyses.trial.estimate import analyse_trial

        statistics = analyse_trial(
            read_parquet(snakemake.input.measures, MEASURES).to_pandas(),
            read_parquet(snakemake.input.sample, SAMPLE).to_pandas(),
            study,
            read_cohort(snakemake.input.cohort),
            interval=snakemake.params.interval,
            imputations=snakemake.params.imputations,
            level=snakemake.params.level,
            seed=snakemake.params.seed,
        )
        instruments = read_instruments(snakemake.input.instruments)
        statistics = name_instruments(statistics, study, instruments)
        write_parquet(statistics, snakemake.output.statistics, STATISTICS)
