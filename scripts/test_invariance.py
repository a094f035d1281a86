"""Test the measurement invariance of scales that the study declares.

Answers: `attune.analyses.invariance.design`. Models: `attune.stats.sem_invariance`.
"""

from typing import TYPE_CHECKING

from attune.analyses.invariance.declaration import invariance_tests
from attune.store.contracts import RESPONSES, SAMPLE, STATISTICS, no_rows
from attune.store.instrument_versions import name_instruments
from attune_files.parquet import read_parquet, write_parquet
from attune_files.project import read_cohort, read_study
from attune_files.steps.step_log import step
from attune_files.yaml_file import read_instruments

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    study = read_study(snakemake.input.study)
    if not invariance_tests(study):
        # Without pandas and the formulas, for which most studies need not wait.
        write_parquet(no_rows(STATISTICS), snakemake.output.statistics, STATISTICS)
    else:
        from attune.analyses.invariance.estimate import test_invariance

        instruments = read_instruments(snakemake.input.instruments)
        statistics = test_invariance(
            read_parquet(snakemake.input.responses, RESPONSES).to_pandas(),
            read_parquet(snakemake.input.sample, SAMPLE).to_pandas(),
            study,
            read_cohort(snakemake.input.cohort),
            instruments,
            interval=snakemake.params.interval,
        )
        statistics = name_instruments(statistics, study, instruments)
        write_parquet(statistics, snakemake.output.statistics, STATISTICS)
