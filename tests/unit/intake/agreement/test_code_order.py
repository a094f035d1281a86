"""Codes in another order: exchanged, moved on in a circle, on one occasion or on all."""

from collections.abc import Sequence

import numpy as np
import pytest
from tests.depth import deep, examples
from tests.unit.intake.agreement.studies import columns, found, keys, recoded, study
from tests.unit.intake.spoiled_cohorts import MANY, lines, turned

from attune.intake.reading.violations import Violation
from attune.intake.validation import validate_responses
from attune.synthetic.code_corruptions import CODES
from attune.synthetic.simulated_study import SimulatedStudy

REVERSED = [2, 5, 9]
OF_ONE_OCCASION = turned(MANY, *REVERSED)


def reported(spoiled: SimulatedStudy) -> list[Violation]:
    """All errors and warnings."""
    result = validate_responses(spoiled.sheets, spoiled.cohort, keys(), spoiled.pretests)
    return [violation for violation in result.violations if violation.severity != "note"]


def with_codes(matrix: np.ndarray, order: Sequence[int]) -> list[Violation]:
    """What is found of one questionnaire with reversed items and its codes in another order."""
    violations = lines(np.array(order)[matrix], REVERSED)({})
    return [violation for violation in violations if violation.severity != "note"]


def test_two_codes_exchanged_on_one_occasion_are_named_with_the_right_answers() -> None:
    sound = study(n=90, retest=0.7)
    assert found(sound) == []
    middle = recoded(sound.sheets["middle"], "cesd", {"0": "1", "1": "0"})
    (finding,) = reported(sound.with_sheets(middle=middle))
    assert finding.rule == "codes_exchanged"
    assert finding.file == "middle.csv"
    assert "ces_d (patient, middle)" in finding.message
    assert "with 0 and 1 exchanged" in finding.message
    assert "with other occasions (n = 90)" in finding.message
    assert '`answers: {"0": 1, "1": 0, "2": 2, "3": 3}`' in finding.remedy


def test_the_declared_answers_of_the_remedy_mend_the_fault() -> None:
    sound = study(n=90, retest=0.7)
    middle = recoded(sound.sheets["middle"], "cesd", {"1": "2", "2": "1"})
    spoiled = sound.with_sheets(middle=middle)
    assert [finding.rule for finding in reported(spoiled)] == ["codes_exchanged"]
    entries = [
        entry.model_copy(update={"answers": {"0": 0, "1": 2, "2": 1, "3": 3}})
        if (entry.instrument, entry.occasion) == ("ces_d", "middle")
        else entry
        for entry in spoiled.cohort.questionnaires
    ]
    cohort = spoiled.cohort.model_copy(update={"questionnaires": entries})
    result = validate_responses(spoiled.sheets, cohort, keys(), spoiled.pretests)
    assert "codes_exchanged" not in {violation.rule for violation in result.violations}


def test_codes_exchanged_on_all_occasions_are_found_on_each() -> None:
    sound = study(n=150)
    spoiled = sound.with_sheets(
        **{
            name: recoded(sheet, "cesd", {"1": "2", "2": "1"})
            for name, sheet in sound.sheets.items()
            if columns(sheet, "cesd")
        }
    )
    findings = reported(spoiled)
    assert {finding.rule for finding in findings} == {"codes_exchanged"}
    assert {finding.file for finding in findings} == {
        *("intake.csv", "middle.csv", "termination.csv")
    }


@pytest.mark.parametrize("by", [1, 2, 4])
def test_codes_moved_on_in_a_circle_are_no_reversal(by: int) -> None:
    order = [(code + by) % 5 for code in range(5)]
    (finding,) = with_codes(OF_ONE_OCCASION, order)
    assert finding.rule == "codes_exchanged"
    meant = [order.index(code) for code in range(5)]
    pairs = ", ".join(f'"{code}": {right}' for code, right in enumerate(meant))
    assert f"`answers: {{{pairs}}}`" in finding.remedy
    assert "revers" not in finding.message + finding.remedy


def test_rotated_codes_of_one_of_several_occasions_are_no_reversal() -> None:
    sound = study(n=90, retest=0.7)
    moved = {"0": "1", "1": "2", "2": "3", "3": "0"}
    last = recoded(sound.sheets["termination"], "cesd", moved)
    (finding,) = reported(sound.with_sheets(termination=last))
    assert finding.rule == "codes_exchanged"
    assert "0, 1, 2 and 3 read as 3, 0, 1 and 2" in finding.message


@pytest.mark.parametrize("order", [[4, 3, 2, 1, 0], [0, 1, 2, 3, 4]])
def test_the_usual_and_the_opposite_order_are_not_reported(order: list[int]) -> None:
    assert "codes_exchanged" not in {entry.rule for entry in with_codes(OF_ONE_OCCASION, order)}


@pytest.mark.parametrize("wrong", [REVERSED, [1, 2, 5, 7, 9, 11]])
def test_items_keyed_in_the_wrong_direction_are_no_other_order(wrong: list[int]) -> None:
    findings = lines(MANY, wrong)({})
    assert "codes_exchanged" not in {finding.rule for finding in findings}
    assert "item_against_scale" in {finding.rule for finding in findings}


def test_codes_that_nobody_uses_may_stand_anywhere() -> None:
    sound = study(n=40, retest=0.7)
    shifted = {str(code): str(min(code + 1, 3)) for code in range(4)}
    for prefix in ("phq", "cesd"):
        middle = recoded(sound.sheets["middle"], prefix, shifted)
        rules = {finding.rule for finding in reported(sound.with_sheets(middle=middle))}
        assert "codes_exchanged" not in rules


@pytest.fixture(scope="module")
def sound() -> SimulatedStudy:
    return study(n=150)


@pytest.fixture(scope="module")
def before(sound: SimulatedStudy) -> set[tuple[str, str]]:
    """Rules and files of what is found in it."""
    return {(entry.rule, entry.file) for entry in reported(sound)}


@deep
@pytest.mark.parametrize("name", CODES)
def test_a_corruption_of_codes_that_is_visible_is_found(
    name: str, sound: SimulatedStudy, before: set[tuple[str, str]]
) -> None:
    for seed in range(examples(2, many=8)):
        spoiled = CODES[name].apply(sound, keys(), np.random.default_rng(seed))
        if spoiled is not None and spoiled.visible:
            new = {(entry.rule, entry.file) for entry in reported(spoiled.study)} - before
            assert new, seed


def test_answers_sorted_within_rows_are_named_by_their_rows() -> None:
    cells = MANY.copy()
    cells[40:130] = np.sort(cells[40:130], axis=1)
    findings = [finding for finding in lines(cells)({}) if finding.rule == "answers_sorted"]
    assert len(findings) == 1
    assert findings[0].row is not None
    assert 42 <= findings[0].row <= 45
    assert "sorted within the rows" in findings[0].remedy


def test_sorted_answers_are_neither_reversed_nor_in_other_codes() -> None:
    sound = study(n=60)
    middle = sound.sheets["middle"].copy()
    names = columns(middle, "cesd")
    middle[names] = np.sort(middle[names].to_numpy(str), axis=1)
    findings = reported(sound.with_sheets(middle=middle))
    # Some of the sorted answers are one code from the first item to the tenth.
    assert {finding.rule for finding in findings} <= {
        *("answers_sorted", "contradictory_straight_line")
    }


def test_items_that_run_from_mild_to_severe_are_not_sorted_cells() -> None:
    rng = np.random.default_rng(4)
    severe = np.linspace(1.2, -1.2, MANY.shape[1])
    latent = rng.normal(size=(200, 1)) + rng.normal(0, 0.8, MANY.shape) + severe + 1.5
    mild = np.clip(np.round(latent), 0, 4).astype(int)
    assert "answers_sorted" not in {finding.rule for finding in lines(mild)({})}
