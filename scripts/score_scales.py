"""Score every scale of every questionnaire, and tell how its scores came about."""

from typing import TYPE_CHECKING

from attune.scoring.key_statistics import with_key_statistics
from attune.scoring.score_coverage import ScoreCoverage
from attune.scoring.score_sources import with_given_scores
from attune.scoring.scores import score_batches
from attune.store.contracts import GIVEN_SCORES, RESPONSES, SCORES, STATISTICS
from attune_files.parquet import read_parquet, stream_parquet, write_batches, write_parquet
from attune_files.project import read_cohort, read_keys
from attune_files.steps.step_log import step

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    cohort = read_cohort(snakemake.input.cohort)
    instruments = read_keys(snakemake.input.instruments, cohort)
    given = read_parquet(snakemake.input.given_scores, GIVEN_SCORES)
    coverage = ScoreCoverage(instruments, cohort)
    coverage.add_given(given)
    batches = stream_parquet(snakemake.input.responses, RESPONSES)
    scored = score_batches(batches, instruments, coverage)
    write_batches(with_given_scores(scored, given), snakemake.output.scores, SCORES)
    statistics = with_key_statistics(coverage.statistics(), instruments, cohort)
    write_parquet(statistics, snakemake.output.statistics, STATISTICS)
