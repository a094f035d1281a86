"""Compare two raters' measures: response surfaces, and truth and bias models.

Formulas: `attune.stats.response_surface`, `attune.stats.truth_and_bias`.
"""

from typing import TYPE_CHECKING

from attune.analyses.congruence.declaration import congruence_analyses
from attune.store.contracts import GAINS, MEASURES, STATISTICS
from attune.store.datasets import analysis_datasets
from attune.store.instrument_versions import name_instruments
from attune.store.statistic_rows import statistics_frame
from attune_files.parquet import read_parquet, write_parquet
from attune_files.project import read_study
from attune_files.steps.step_log import step
from attune_files.yaml_file import read_instruments

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    study = read_study(snakemake.input.study)
    statistics = statistics_frame([])
    if congruence_analyses(study):
        # Imported here: most studies compare no ratings and need not wait for the formulas.
        from attune.analyses.congruence.estimate import compare_ratings, score_ranges

        measures = read_parquet(snakemake.input.measures, MEASURES).to_pandas()
        gains = read_parquet(snakemake.input.gains, GAINS).to_pandas()
        instruments = read_instruments(snakemake.input.instruments)
        statistics = compare_ratings(
            analysis_datasets(measures, gains, study.outcomes, study.datasets),
            congruence_analyses(study),
            score_ranges(study, instruments),
            interval=snakemake.params.interval,
        )
        statistics = name_instruments(statistics, study, instruments)
    write_parquet(statistics, snakemake.output.statistics, STATISTICS)
