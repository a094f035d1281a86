"""Regress each posttest on its pretest and keep the residuals.

Formula: `attune.analyses.gains.estimate.residual_gains`.
"""

from typing import TYPE_CHECKING

from attune.analyses.gains.estimate import compute_residual_gains, pretests_and_posttests
from attune.store.contracts import GAINS, MEASURES, STATISTICS
from attune.store.instrument_versions import name_instruments
from attune_files.parquet import read_parquet, write_parquet
from attune_files.project import read_study
from attune_files.steps.step_log import step
from attune_files.yaml_file import read_instruments

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    study = read_study(snakemake.input.study)
    gains, statistics = compute_residual_gains(
        measures=read_parquet(snakemake.input.measures, MEASURES).to_pandas(),
        outcomes=pretests_and_posttests(study),
        interval=snakemake.params.interval,
        datasets=study.datasets,
    )
    statistics = name_instruments(statistics, study, read_instruments(snakemake.input.instruments))
    write_parquet(gains, snakemake.output.gains, GAINS)
    write_parquet(statistics, snakemake.output.statistics, STATISTICS)
