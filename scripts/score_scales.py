"""Step score_scales: scores every scale of every questionnaire and counts how it was scored.

Proration: `attune.scoring.scores.score_scales`. How many items may be missing:
`MissingRule.fewest_answered` in `attune.specs.instrument`, the number of items less the declared
share of them, rounded down.
"""

from typing import TYPE_CHECKING

from attune.scoring.key_statistics import with_key_statistics
from attune.scoring.score_sources import score_cohort
from attune.store.contracts import GIVEN_SCORES, RESPONSES, SAMPLE, SCORES, STATISTICS
from attune_files.parquet import read_parquet, stream_parquet, write_batches, write_parquet
from attune_files.project import read_cohort, read_keys
from attune_files.steps.step_log import step

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    cohort = read_cohort(snakemake.input.cohort)
    instruments = read_keys(snakemake.input.instruments, cohort)
    given = read_parquet(snakemake.input.given_scores, GIVEN_SCORES)
    batches = stream_parquet(snakemake.input.responses, RESPONSES)
    people = read_parquet(snakemake.input.sample, SAMPLE).to_pandas()[["dyad", "therapist"]]
    scores, coverage = score_cohort(batches, given, instruments, cohort, people)
    write_batches(scores, snakemake.output.scores, SCORES)
    statistics = with_key_statistics(coverage.statistics(), instruments, cohort)
    write_parquet(statistics, snakemake.output.statistics, STATISTICS)
