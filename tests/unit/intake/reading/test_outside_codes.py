"""Many numbers that are not codes: one error with the likely reason."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.unit.intake.small_cohort import cohort, sheet
from tests.unit.intake.spoiled_cohorts import WHO, instrument, likert, turned

from attune.intake.reading.violations import Violation
from attune.intake.validation import validate_responses

ROWS, ITEMS, REVERSED = 40, 8, [2, 5]
ANSWERS = turned(likert(ROWS, ITEMS), *REVERSED)


def errors(cells: np.ndarray, **declared: Any) -> list[Violation]:
    """The errors of a file with these numbers in place of answers 0 to 4."""
    rows = [f"d{at} " + " ".join(f"{cell:g}" for cell in row) for at, row in enumerate(cells)]
    names = " ".join(["id", *(f"line_{item}" for item in range(1, ITEMS + 1))])
    raw = {
        "who": sheet(*(f"d{i} t{i} p{i} 30" for i in range(ROWS)), columns=WHO),
        "intake": sheet(*rows, columns=names),
    }
    entry = {"instrument": "lines", "rater": "patient", "occasion": "intake", "file": "intake"}
    given = cohort(questionnaires=[entry | {"columns": "line_{item}"} | declared])
    key = instrument(ITEMS, REVERSED)
    violations = validate_responses(raw, given, {"lines": key}, {}).violations
    return [violation for violation in violations if violation.severity == "error"]


@pytest.mark.parametrize(
    ("change", "found", "reason"),
    [
        (lambda x: 10 * x, "0 to 40", "They are 10 times the codes."),
        (lambda x: x / 10, "0 to 0.4", "They are the codes divided by 10"),
        (lambda x: x + 1, "1 to 5", "The codes of the file seem to go from 1 to 5."),
        (lambda x: -x, "-4 to 0", "They are the codes with the opposite sign."),
        (lambda x: x - np.roll(x, 1, axis=0), "-4 to 4", "differences between two occasions"),
        (lambda x: np.cumsum(x, axis=1), "0 to ", "sums of several items (totals)"),
        (lambda x: (x - x.mean()) / x.std(), "-1", "standardised (z scores)"),
        (lambda x: np.where(x > 2, x + 0.5, x), "0 to 4.5", "Some have fractions"),
        (lambda x: 25 * x, "0 to 100", "on a scale of 0 to 100"),
        (lambda x: np.where(x > 2, x + 7, x), "0 to 11", "on another response scale"),
    ],
)
def test_one_error_says_what_the_numbers_may_be(
    change: Callable[[np.ndarray], np.ndarray], found: str, reason: str
) -> None:
    (error,) = errors(change(ANSWERS.astype(float)))
    assert error.rule in ("response_out_of_range", "response_between_steps")
    assert f"found are {found}" in error.message
    assert "allowed are 0 to 4" in error.message
    assert reason in error.message
    assert "missing_codes" not in error.remedy
    assert "(item " in error.message


def test_the_error_counts_for_all_of_its_cells() -> None:
    (error,) = errors(10 * ANSWERS)
    wrong = int((ANSWERS > 0).sum())
    assert error.places == wrong
    assert f"{wrong} of {ROWS * ITEMS} numbers of lines (patient, intake)" in error.message


def test_other_lowest_codes_are_declared() -> None:
    (error,) = errors(ANSWERS + 1)
    assert "add `lowest_code: 1`" in error.remedy
    assert errors(ANSWERS + 1, lowest_code=1) == []
    (error,) = errors(ANSWERS, lowest_code=1)
    assert "correct `lowest_code:` of this questionnaire: 0." in error.remedy


def test_a_single_item_with_other_numbers_is_one_error_about_it() -> None:
    cells = ANSWERS.copy()
    cells[:, 3] *= 10
    (error,) = errors(cells)
    assert " in item 4 (" in error.message
    assert "They are 10 times the codes." in error.message


@pytest.mark.parametrize(("by", "sum_"), [(1, "5 minus"), (-1, "3 minus")])
def test_items_turned_by_a_wrong_sum_are_told_from_other_codes(by: int, sum_: str) -> None:
    cells = ANSWERS.copy()
    reverse = np.array(REVERSED) - 1
    cells[:, reverse] = 4 + by - cells[:, reverse]
    (error,) = errors(cells)
    assert " in items 2, 5 (" in error.message
    assert f"{sum_} the answer, where 4 minus the answer is right" in error.message
    assert "Do not declare `already_reversed:`" in error.remedy


def test_missing_codes_and_a_few_slips_keep_their_own_errors() -> None:
    cells = ANSWERS.copy()
    cells[:12, :4] = 9
    missing = [error for error in errors(cells) if error.value == "9"]
    assert len(missing) == 48
    assert all('add "9" to missing_codes' in error.remedy for error in missing)
    cells = ANSWERS.copy()
    cells[3:9, 2] = 44
    assert len(errors(cells)) == 6
