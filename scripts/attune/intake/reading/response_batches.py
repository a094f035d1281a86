"""Responses of all questionnaires in batches of dyads, in the order of the contract."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from attune.intake.reading.cell_values import NO_RESPONSE
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.specs.errors import AttuneError
from attune.store.contracts import ITEM_COLUMNS, RESPONSES

BATCH_ROWS = 65_536
"""Most questionnaires of a batch; a batch holds at least one dyad."""


def response_batches(
    questionnaires: Sequence[AnsweredQuestionnaire], rows: int = BATCH_ROWS
) -> Iterator[pa.Table]:
    """Rows of the contract `RESPONSES`, sorted by its key across all batches.

    Only one batch is held in this form, which spells out 90 columns whatever the instrument's
    number of items.

    Parameters
    ----------
    questionnaires : sequence of AnsweredQuestionnaire
    rows : int
        Largest number of rows of a batch, at least one dyad.

    Yields
    ------
    pyarrow.Table

    Raises
    ------
    AttuneError
        A dyad is in a questionnaire twice.
    """
    questionnaires = sorted(questionnaires, key=lambda questionnaire: questionnaire.key)
    if not questionnaires:
        return
    dyads, ranks = _ranked([questionnaire.dyads for questionnaire in questionnaires])
    in_order = [np.argsort(rank, kind="stable") for rank in ranks]
    places = [rank[order] for rank, order in zip(ranks, in_order, strict=True)]
    for questionnaire, place in zip(questionnaires, places, strict=True):
        if (np.diff(place) == 0).any():
            raise AttuneError(f"{questionnaire.name} of {questionnaire.path} holds a dyad twice.")
    step = max(1, rows // len(questionnaires))
    for start in range(0, len(dyads), step):
        parts = []
        for questionnaire, order, place in zip(questionnaires, in_order, places, strict=True):
            first, last = np.searchsorted(place, [start, start + step])
            parts.append((questionnaire, order[first:last], place[first:last]))
        yield _batch(parts, dyads)


def _ranked(columns: Sequence[pd.Series]) -> tuple[pa.Array, list[NDArray[np.int64]]]:
    """All dyads in the order of their names, and the place of each column's dyads among them."""
    whole = pa.chunked_array([pa.array(column, pa.string()) for column in columns])
    encoded = whole.combine_chunks().dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    ends = np.cumsum([len(column) for column in columns])[:-1]
    return encoded.dictionary.take(order), np.split(rank[encoded.indices.to_numpy()], ends)


def _batch(
    parts: Sequence[tuple[AnsweredQuestionnaire, NDArray[np.intp], NDArray[np.int64]]],
    dyads: pa.Array,
) -> pa.Table:
    """Some rows of each questionnaire, which come in the order of their keys."""
    place = np.concatenate([where for _, _, where in parts])
    number = np.repeat(np.arange(len(parts)), [len(where) for _, _, where in parts])
    # By dyad first, then by questionnaire: the sort is stable.
    order = np.argsort(place, kind="stable")
    target = np.empty(len(order), np.intp)
    target[order] = np.arange(len(order))
    responses = np.full((len(ITEM_COLUMNS), len(order)), NO_RESPONSE, np.int16)
    start = 0
    for questionnaire, rows, _ in parts:
        # By item: each item's answers lie side by side, here and in the file.
        columns = target[start : start + len(rows)]
        responses[: questionnaire.responses.shape[1], columns] = questionnaire.responses.T[:, rows]
        start += len(rows)
    keys = [
        pa.array([questionnaire.key[part] for questionnaire, _, _ in parts]) for part in range(4)
    ]
    which = pa.array(number[order])
    n_items = max(questionnaire.responses.shape[1] for questionnaire, _, _ in parts)
    empty = pa.nulls(len(order), pa.int16())
    return pa.table(
        [
            dyads.take(pa.array(place[order])),
            *(key.take(which) for key in keys),
            *(pa.array(row, mask=row == NO_RESPONSE) for row in responses[:n_items]),
            *[empty] * (len(ITEM_COLUMNS) - n_items),
        ],
        schema=RESPONSES.schema,
    )
