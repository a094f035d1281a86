"""Responses in batches are the responses of all questionnaires, sorted, whatever the batch."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.intake.small_cohort import INSTRUMENTS, cohort

from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.response_batches import response_batches
from attune.scoring.scores import NO_RESPONSE
from attune.specs.errors import AttuneError
from attune.store.contracts import RESPONSES, conform, item_column

DYADS = ["b", "a", "ä", "B", "10", "9", "z z"]


def answered(occasion: str, dyads: list[str], seed: int = 0) -> AnsweredQuestionnaire:
    declared = cohort().questionnaires[0].model_copy(update={"occasion": occasion})
    responses = np.random.default_rng(seed).integers(0, 5, (len(dyads), 3)).astype(np.int16)
    responses[responses == 4] = NO_RESPONSE
    names = pd.Series(dyads, index=range(2, 2 + len(dyads)), dtype="str")
    return AnsweredQuestionnaire(
        declared, INSTRUMENTS["mood"], "a.csv", ("x", "y", "z"), names, responses
    )


def plainly(questionnaires: list[AnsweredQuestionnaire]) -> pa.Table:
    """The same rows, one by one."""
    rows = []
    for questionnaire in questionnaires:
        for dyad, responses in zip(questionnaire.dyads, questionnaire.responses, strict=True):
            row = dict.fromkeys(RESPONSES.schema.names)
            row |= dict(
                zip(
                    ("dyad", "instrument", "rater", "occasion", "state"),
                    (dyad, *questionnaire.key),
                    strict=True,
                )
            )
            for item, response in enumerate(responses, start=1):
                row[item_column(item)] = None if response == NO_RESPONSE else int(response)
            rows.append(row)
    return conform(pa.Table.from_pylist(rows, schema=RESPONSES.schema), RESPONSES)


@given(
    st.lists(st.permutations(DYADS).map(tuple), min_size=1, max_size=3),
    st.lists(st.integers(0, len(DYADS)), min_size=3, max_size=3),
    st.integers(1, 12),
)
def test_whatever_the_batch_the_rows_are_the_same(
    orders: list[tuple[str, ...]], counts: list[int], rows: int
) -> None:
    questionnaires = [
        answered(f"occasion_{9 - number}", list(order[:count]), seed=number)
        for number, (order, count) in enumerate(zip(orders, counts, strict=False))
    ]
    batches = list(response_batches(questionnaires, rows=rows))
    assert pa.concat_tables([RESPONSES.schema.empty_table(), *batches]) == plainly(questionnaires)
    assert all(len(batch) <= max(rows, len(questionnaires)) for batch in batches)


def test_nothing_answered_gives_no_rows() -> None:
    assert list(response_batches([])) == []


def test_a_dyad_twice_is_refused() -> None:
    with pytest.raises(AttuneError, match=r"mood \(patient, intake\) of a.csv holds a dyad twice"):
        list(response_batches([answered("intake", ["a", "b", "a"])]))
