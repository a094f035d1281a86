"""Compare the treatment conditions on the measures that the study declares."""

from typing import TYPE_CHECKING

from attune.analyses.conditions.declaration import declared_comparisons
from attune.analyses.conditions.estimate import compare_conditions
from attune.store.contracts import GAINS, MEASURES, STATISTICS
from attune.store.datasets import analysis_datasets
from attune.store.instrument_versions import name_instruments
from attune_files.parquet import read_parquet, write_parquet
from attune_files.project import read_cohort, read_study
from attune_files.steps.step_log import step
from attune_files.yaml_file import read_instruments

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    study = read_study(snakemake.input.study)
    measures = read_parquet(snakemake.input.measures, MEASURES).to_pandas()
    gains = read_parquet(snakemake.input.gains, GAINS).to_pandas()
    statistics = compare_conditions(
        analysis_datasets(measures, gains, study.outcomes, study.datasets),
        declared_comparisons(study),
        study.outcomes,
        levels=read_cohort(snakemake.input.cohort).sample.conditions(),
        interval=snakemake.params.interval,
        variances=snakemake.params.variances,
    )
    statistics = name_instruments(statistics, study, read_instruments(snakemake.input.instruments))
    write_parquet(statistics, snakemake.output.statistics, STATISTICS)
