"""Fit the growth models that the study declares.

Design of the models: `attune.analyses.growth.design`. Formulas: `attune.stats.mixed_models`.
"""

from typing import TYPE_CHECKING

from attune.analyses.growth.declaration import growth_models
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
    if not growth_models(study):
        # Without pandas and the formulas, for which most studies need not wait.
        write_parquet(no_rows(STATISTICS), snakemake.output.statistics, STATISTICS)
    else:
        from attune.analyses.growth.estimate import fit_growth

        statistics = fit_growth(
            read_parquet(snakemake.input.measures, MEASURES).to_pandas(),
            read_parquet(snakemake.input.sample, SAMPLE).to_pandas(),
            study,
            read_cohort(snakemake.input.cohort),
            interval=snakemake.params.interval,
            variance_intervals=snakemake.params.variance_intervals,
            seed=snakemake.params.seed,
        )
        instruments = read_instruments(snakemake.input.instruments)
        statistics = name_instruments(statistics, study, instruments)
        write_parquet(statistics, snakemake.output.statistics, STATISTICS)
