"""Rows that repeat the headings of a file: one error, and no cell of theirs is read."""

import pytest
from tests.unit.intake.small_cohort import INSTRUMENTS, cohort, sheet, sheets

from attune.intake.reading.repeated_headings import repeated_headings
from attune.intake.reading.violations import Violation
from attune.intake.validation import validate_responses

HEADINGS = "id mood_1 mood_2 mood_3"


def errors(**changed) -> list[Violation]:  # type: ignore[no-untyped-def]
    found = validate_responses(sheets(**changed), cohort(), INSTRUMENTS, {}).violations
    return [entry for entry in found if entry.severity == "error"]


def test_files_pasted_together_are_one_error() -> None:
    (only,) = errors(intake=sheet("a 1 2 3", HEADINGS, "b 4 0 _"))
    assert (only.rule, only.row) == ("repeated_headings", 3)
    assert only.sentence() == (
        "intake.csv, row 3: the row repeats the headings, as where files were pasted one below the"
        " other. Delete the row, and see that no person is in the file twice."
    )


def test_several_rows_and_a_sample_sheet() -> None:
    who = "id therapist patient age"
    (only,) = errors(who=sheet("a t1 p1 30", who, "b t2 p2 40", who.upper(), columns=who))
    assert (only.row, only.remedy.split(",")[0]) == (3, "Delete the rows 3")
    assert "; so does 1 further row." in only.message


def test_columns_in_another_order_below() -> None:
    found = errors(intake=sheet("a 1 2 3", "mood_1 mood_2 mood_3 id", "b 4 0 _"))
    assert [entry.rule for entry in found] == ["repeated_headings"]
    assert "they are in another one there" in found[0].remedy


@pytest.mark.parametrize("row", ["id 1 2 3", "a mood_1 2 3", "_ _ _ _"])
def test_a_row_with_one_heading_is_data(row: str) -> None:
    assert repeated_headings(sheet("a 1 2 3", row)) is None


def test_row_numbers_without_a_name() -> None:
    pasted = sheet("1 a 2 3", "_ id q1 q2", columns="x id q1 q2").rename(columns={"x": ""})
    found = repeated_headings(pasted)
    assert found is not None and found.rows == (3,) and found.in_order
