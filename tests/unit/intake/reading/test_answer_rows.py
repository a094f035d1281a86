"""One row per answer, turned into one row per person."""

import pandas as pd
import pytest
from tests.unit.intake.small_cohort import sheet

from attune.intake.reading.answer_rows import one_row_per_person
from attune.specs.errors import RawDataError

LONG = sheet(
    "a f 1 q1 3",
    "a f 1 q2 1",
    "b m 1 q1 2",
    "a f 2 q1 4",
    columns="id sex session item answer",
)


def turned(raw: pd.DataFrame, *by: str, item: tuple[str, ...] = ("item",)) -> pd.DataFrame:
    return one_row_per_person(raw, "a.csv", item, "answer", ["id", *by])


def test_a_row_per_person_and_occasion() -> None:
    wide = turned(LONG, "session")
    assert wide.columns.tolist() == ["id", "session", "sex", "q1", "q2"]
    assert wide.to_numpy().tolist() == [
        ["a", "1", "f", "3", "1"],
        ["b", "1", "m", "2", ""],
        ["a", "2", "f", "4", ""],
    ]
    assert wide.index.tolist() == [2, 4, 5]


def test_what_changes_from_answer_to_answer_is_left_out() -> None:
    timed = LONG.assign(seconds=["1", "2", "3", "4"])
    assert "seconds" not in turned(timed, "session").columns


def test_items_numbered_within_their_scale() -> None:
    raw = sheet("a x 1 3", "a y 1 2", columns="id scale item answer")
    wide = turned(raw, item=("scale", "item"))
    assert wide.iloc[0].to_dict() == {"id": "a", "x_1": "3", "y_1": "2"}


def test_two_answers_to_an_item_are_refused_with_their_row() -> None:
    with pytest.raises(RawDataError, match="row 5 answers 'q1' another time"):
        turned(LONG)


def test_the_same_answer_twice_is_one() -> None:
    raw = sheet("a q1 3", "a q1 3", columns="id item answer")
    assert len(turned(raw)) == 1


def test_a_missing_column_is_named() -> None:
    with pytest.raises(RawDataError, match="it has no column 'visit'"):
        turned(LONG, "visit")


def test_an_item_called_like_a_column_is_refused() -> None:
    with pytest.raises(RawDataError, match="'sex' is an item and the name of a column"):
        turned(LONG.replace({"item": {"q2": "sex"}}), "session")
