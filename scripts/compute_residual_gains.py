"""Regress each posttest on its pretest and keep the residuals."""

from typing import TYPE_CHECKING

from attune.contracts import GAINS, MEASURES, STATISTICS
from attune.gains import compute_residual_gains
from attune_files.parquet import read_parquet, write_parquet
from attune_files.project import read_study
from attune_files.step_log import step

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    outcomes = read_study(snakemake.input.study).outcomes
    gains, statistics = compute_residual_gains(
        measures=read_parquet(snakemake.input.measures, MEASURES).to_pandas(),
        outcomes={name: (each.pretest, each.posttest) for name, each in outcomes.items()},
    )
    write_parquet(gains, snakemake.output.gains, GAINS)
    write_parquet(statistics, snakemake.output.statistics, STATISTICS)
