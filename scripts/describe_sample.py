"""Describe who took part in a cohort, its measures, and how much is missing."""

from typing import TYPE_CHECKING

from attune.analyses.sample.estimate import describe_sample
from attune.store.contracts import MEASURES, RESPONSES, SAMPLE, STATISTICS
from attune.store.instrument_versions import name_instruments
from attune_files.parquet import read_parquet, write_parquet
from attune_files.project import read_cohort, read_study
from attune_files.steps.step_log import step
from attune_files.yaml_file import read_instruments

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    study = read_study(snakemake.input.study)
    instruments = read_instruments(snakemake.input.instruments)
    statistics = describe_sample(
        sample=read_parquet(snakemake.input.sample, SAMPLE).to_pandas(),
        responses=read_parquet(snakemake.input.responses, RESPONSES).to_pandas(),
        measures=read_parquet(snakemake.input.measures, MEASURES).to_pandas(),
        study=study,
        cohort=read_cohort(snakemake.input.cohort),
        instruments=instruments,
        interval=snakemake.params.interval,
        seed=snakemake.params.seed,
    )
    statistics = name_instruments(statistics, study, instruments)
    write_parquet(statistics, snakemake.output.statistics, STATISTICS)
