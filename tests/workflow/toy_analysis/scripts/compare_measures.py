"""Compare the measures that the study declares."""

from typing import TYPE_CHECKING

from attune.analyses.differences.declaration import declared_differences
from attune.analyses.differences.estimate import compare_measures

from attune.store.contracts import GAINS, MEASURES, STATISTICS
from attune.store.datasets import analysis_datasets
from attune_files.parquet import read_parquet, write_parquet
from attune_files.project import read_study
from attune_files.steps.step_log import step

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    study = read_study(snakemake.input.study)
    measures = read_parquet(snakemake.input.measures, MEASURES).to_pandas()
    gains = read_parquet(snakemake.input.gains, GAINS).to_pandas()
    datasets = analysis_datasets(measures, gains, study.outcomes, study.datasets)
    statistics = compare_measures(datasets, declared_differences(study))
    write_parquet(statistics, snakemake.output.statistics, STATISTICS)
