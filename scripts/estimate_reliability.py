"""Estimate the internal consistency of every scale.

Formulas: `attune.stats.alpha`, `attune.stats.omega`, `attune.stats.robust_intervals`.
"""

from typing import TYPE_CHECKING

from attune.analyses.reliability.declaration import alpha_interval_of
from attune.analyses.reliability.estimate import estimate_reliability
from attune.store.contracts import RELIABILITY, RESPONSES, SAMPLE, STATISTICS
from attune.store.instrument_versions import name_instruments
from attune_files.parquet import read_parquet, write_parquet
from attune_files.project import read_study
from attune_files.steps.step_log import step
from attune_files.yaml_file import read_instruments

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    study = read_study(snakemake.input.study)
    instruments = read_instruments(snakemake.input.instruments)
    reliability, statistics = estimate_reliability(
        responses=read_parquet(snakemake.input.responses, RESPONSES).to_pandas(),
        people=read_parquet(snakemake.input.sample, SAMPLE).to_pandas(),
        instruments=instruments,
        interval=snakemake.params.interval,
        alpha_interval=alpha_interval_of(study),
    )
    statistics = name_instruments(statistics, study, instruments)
    write_parquet(reliability, snakemake.output.reliability, RELIABILITY)
    write_parquet(statistics, snakemake.output.statistics, STATISTICS)
