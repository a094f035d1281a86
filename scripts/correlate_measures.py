"""Correlate measures and residual gains as the study declares.

One-tailed p: only of families that declare a `direction`, a key of
`attune.analyses.correlations.declaration`.
It is half the two-tailed p where the estimate has the declared sign, else 1 minus that half
(`attune.stats.hypothesis_tests.one_tailed`). All other tests are two-tailed.
"""

from typing import TYPE_CHECKING

from attune.analyses.correlations.declaration import families
from attune.analyses.correlations.estimate import correlate_measures
from attune.store.contracts import GAINS, MEASURES, STATISTICS
from attune.store.datasets import analysis_datasets
from attune.store.instrument_versions import name_instruments
from attune_files.parquet import read_parquet, write_parquet
from attune_files.project import read_study
from attune_files.steps.step_log import step
from attune_files.yaml_file import read_instruments

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    study = read_study(snakemake.input.study)
    measures = read_parquet(snakemake.input.measures, MEASURES).to_pandas()
    gains = read_parquet(snakemake.input.gains, GAINS).to_pandas()
    statistics = correlate_measures(
        analysis_datasets(measures, gains, study.outcomes, study.datasets),
        families(study),
        study.outcomes,
        **dict(snakemake.params.items()),
    )
    statistics = name_instruments(statistics, study, read_instruments(snakemake.input.instruments))
    write_parquet(statistics, snakemake.output.statistics, STATISTICS)
