"""Scores that come from items and scores that a file brings, as one table."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator

import pyarrow as pa

from attune.store.contracts import SCORES


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
        Contract `SCORES`, in the order of the key; `source` tells both apart.
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
