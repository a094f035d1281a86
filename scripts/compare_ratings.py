"""Compare two raters' measures: response surfaces, and truth and bias models.

Formulas: `attune.stats.response_surface`, `attune.stats.truth_and_bias`.
"""

from typing import TYPE_CHECKING

from attune.analyses.congruence.declaration import congruence_analyses
from attune.store.contracts import GAINS, MEASURES, STATISTICS, no_rows
from attune.store.instrument_versions import name_instruments
from attune_files.parquet import read_parquet, write_parquet
from attune_files.project import read_study
from attune_files.steps.step_log import step
from attune_files.yaml_file import read_instruments

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    study = read_study(snakemake.input.study)
    if not congruence_analyses(study):
        # Without pandas and the formulas, for which most studies need not wait.
        write_parquet(no_rows(STATISTICS), snakemake.output.statistics, STATISTICS)
    else:
        from attune.analyses.congruence.estimate import compare_ratings, score_ranges
        from attune.store.datasets import analysis_datasets

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
