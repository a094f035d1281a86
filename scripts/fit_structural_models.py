"""Fit the structural equation models that the study declares.

Data of the models: `attune.analyses.structural_models.design`. Formulas: `attune.stats.sem_fit`.
"""

from typing import TYPE_CHECKING

from attune.analyses.structural_models.declaration import structural_models
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
    if not structural_models(study):
        # Without pandas and the formulas, for which most studies need not wait.
        write_parquet(no_rows(STATISTICS), snakemake.output.statistics, STATISTICS)
    else:
        from attune.analyses.structural_models.estimate import fit_structural_models

        statistics = fit_structural_models(
            read_parquet(snakemake.input.measures, MEASURES).to_pandas(),
            read_parquet(snakemake.input.sample, SAMPLE).to_pandas(),
            study,
            read_cohort(snakemake.input.cohort),
            interval=snakemake.params.interval,
            power=snakemake.params.power,
            seed=snakemake.params.seed,
        )
        instruments = read_instruments(snakemake.input.instruments)
        statistics = name_instruments(statistics, study, instruments)
        write_parquet(statistics, snakemake.output.statistics, STATISTICS)
