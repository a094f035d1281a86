"""The file's own scores against those of the key."""

import pytest
from tests.unit.intake.small_cohort import INSTRUMENTS, QUESTIONNAIRE, cohort, sheet, sheets

from attune.intake.reading.violations import Violation
from attune.intake.validation import validate_responses

COLUMNS = "id mood_1 mood_2 mood_3 sum"


def compared(*rows: str, scale: str = "total", codes: list[str] | None = None) -> list[Violation]:
    """Violations of the totals; item 3 is reversed, responses go from 0 to 4."""
    questionnaire = QUESTIONNAIRE | {"occasion": "intake", "file": "intake"}
    questionnaire |= {"scores_in_file": {scale: "sum"}}
    declared = cohort(questionnaires=[questionnaire | {"missing_codes": codes or []}])
    who = [f"{row.split()[0]} t1 p{number} 30" for number, row in enumerate(rows)]
    raw = sheets(
        intake=sheet(*rows, columns=COLUMNS),
        who=sheet(*who, columns="id therapist patient age"),
    )
    violations = validate_responses(raw, declared, INSTRUMENTS, {}).violations
    return [violation for violation in violations if violation.rule.startswith("score_in_file")]


def test_the_right_total_is_no_violation() -> None:
    assert compared("a 1 2 3 4", "b 0 0 4 0", "c 1 1 1 _") == []


@pytest.mark.parametrize("total", ["5", "4.001", "four"])
def test_another_total_is_an_error_with_both_values(total: str) -> None:
    (found,) = compared("b 0 0 4 0", f"a 1 2 3 {total}")
    assert (found.rule, found.severity) == ("score_in_file_differs", "error")
    assert found.sentence() == (
        f"intake.csv, row 3, column sum: the file's score of mood (patient, intake) is {total};"
        " that of the 3 answered items of 3 is 4. Check the key, the items and the score."
    )


def test_a_total_of_some_items_is_a_warning_even_if_it_is_their_sum() -> None:
    (found,) = compared("a 1 2 _ 3")
    assert (found.rule, found.severity) == ("score_in_file_partial", "warning")
    assert "is 3; 2 of its 3 items are answered, over which it is 3." in found.message


def test_a_total_of_no_items() -> None:
    (found,) = compared("a 1 2 3 4", "b _ _ _ 7")
    assert found.rule == "score_in_file_partial"
    assert found.message.endswith("is 7; no item is answered.")


def test_missing_codes_hold_for_totals() -> None:
    assert compared("a 1 2 3 -9", codes=["-9"]) == []


@pytest.mark.parametrize(
    ("scale", "total"), [("mean", "2"), ("high", "2"), ("intensity", "3"), ("axis", "0")]
)
def test_totals_of_every_kind_of_scale(scale: str, total: str) -> None:
    row = "a 3 3 4"
    assert compared(f"{row} {total}", scale=scale) == []
    (found,) = compared(f"{row} 17", scale=scale)
    assert found.rule == "score_in_file_differs"


def test_a_weighted_total_without_one_of_its_items_is_undefined() -> None:
    (found,) = compared("a 3 _ 4 3", scale="axis")
    assert found.rule == "score_in_file_partial"
    assert "1 of its 2 items is answered, over which it is undefined." in found.message


def test_an_undefined_total() -> None:
    (found,) = compared("a 0 0 4 1", scale="intensity")
    assert "that of the 3 answered items of 3 is undefined." in found.message
