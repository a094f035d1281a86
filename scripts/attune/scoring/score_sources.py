"""Scores computed from items and scores given in the raw files, as one table."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping

import pandas as pd
import pyarrow as pa

from attune.scoring.score_coverage import ScoreCoverage
from attune.scoring.scores import score_batches
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.store.contracts import SCORES


def score_cohort(
    batches: Iterable[pa.RecordBatch],
    given: pa.Table,
    instruments: Mapping[str, Instrument],
    cohort: Cohort,
    people: pd.DataFrame,
) -> tuple[Iterator[pa.Table], ScoreCoverage]:
    """Scores of a cohort, batch by batch, and a count of how each scale was scored.

    Parameters
    ----------
    batches : iterable of pyarrow.RecordBatch
        Contract `RESPONSES`, sorted by its key across all batches.
    given : pyarrow.Table
        Contract `GIVEN_SCORES`.
    instruments : mapping of id to Instrument
    cohort : Cohort
    people : pandas.DataFrame
        Columns dyad and therapist (see `ScoreCoverage`).

    Returns
    -------
    scores : iterator of pyarrow.Table
        Contract `SCORES`, in the order of its key.
    coverage : ScoreCoverage
        Complete once `scores` is exhausted.
    """
    coverage = ScoreCoverage(instruments, cohort, people)
    coverage.add_given(given)
    return with_given_scores(score_batches(batches, instruments, coverage), given), coverage


def with_given_scores(scores: Iterable[pa.Table], given: pa.Table) -> Iterator[pa.Table]:
    """Scores of questionnaires and given scores as one sequence in the order of the key.

    Parameters
    ----------
    scores : iterable of pyarrow.Table
        Contract `SCORES`: tables that follow each other in the order of the key.
    given : pyarrow.Table
        Contract `GIVEN_SCORES`, sorted by its key.

    Yields
    ------
    pyarrow.Table
        Contract `SCORES`, in the order of the key; `source` is items or file.
    """
    rest = _as_scores(given)
    for table in scores:
        if len(rest) and len(table):
            last = _key_at(table, len(table) - 1)
            until = bisect_right(range(len(rest)), last, key=lambda row: _key_at(rest, row))
            if until:
                both = pa.concat_tables([table, rest.slice(0, until)])
                table = both.sort_by([(name, "ascending") for name in SCORES.key])
                rest = rest.slice(until)
        yield table
    if len(rest):
        yield rest


def _as_scores(given: pa.Table) -> pa.Table:
    columns = {name: given[name] for name in given.column_names}
    columns["source"] = pa.repeat(pa.scalar("file"), len(given))
    return pa.table(
        [columns.get(field.name, pa.nulls(len(given), field.type)) for field in SCORES.schema],
        schema=SCORES.schema,
    )


def _key_at(table: pa.Table, row: int) -> tuple[str, ...]:
    return tuple(table[name][row].as_py() for name in SCORES.key)
