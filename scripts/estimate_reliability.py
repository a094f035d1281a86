"""Estimate the internal consistency of every scale."""

from typing import TYPE_CHECKING

from attune.contracts import RELIABILITY, RESPONSES, STATISTICS
from attune.reliability import estimate_reliability
from attune_files.parquet import read_parquet, write_parquet
from attune_files.step_log import step
from attune_files.yaml_file import read_instruments

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    reliability, statistics = estimate_reliability(
        responses=read_parquet(snakemake.input.responses, RESPONSES).to_pandas(),
        instruments=read_instruments(snakemake.input.instruments),
        interval=snakemake.params.interval,
    )
    write_parquet(reliability, snakemake.output.reliability, RELIABILITY)
    write_parquet(statistics, snakemake.output.statistics, STATISTICS)
