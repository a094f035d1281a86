"""Unused columns that look like a questionnaire, and those that do not."""

import pandas as pd
import pytest
from tests.unit.intake.small_cohort import INSTRUMENTS, cohort, sheets

from attune.intake.validation import validate_responses

N = 12


def found(columns: dict[str, list[str]]) -> list[str]:
    """The groups in an intake file that has these columns, too."""
    who = pd.DataFrame(
        {name: [f"{name[0]}{i}" for i in range(N)] for name in ("id", "therapist", "patient")}
    ).assign(age="30")
    moods = {f"mood_{item}": [str((i + item) % 5) for i in range(N)] for item in (1, 2, 3)}
    intake = pd.DataFrame({"id": who["id"], **moods, **columns})
    given = sheets(who=_rows(who), intake=_rows(intake), termination=_rows(intake.iloc[:, :4]))
    violations = validate_responses(given, cohort(), INSTRUMENTS, {}).violations
    return [entry.message for entry in violations if entry.rule == "unread_answers"]


def _rows(frame: pd.DataFrame) -> pd.DataFrame:
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    return frame.astype(object)


def codes(low: int, high: int, start: int = 0) -> list[str]:
    width = high - low + 1
    return [str(low + (i + start) % width) for i in range(N)]


def test_numbered_columns() -> None:
    said = found({f"Q{item}": codes(1, 5, item) for item in range(1, 21)})
    assert said == [
        "columns Q1 to Q20 (20 columns, answers 1 to 5) are read by nothing and look like a"
        " questionnaire."
    ]


def test_two_questionnaires_are_two_groups() -> None:
    first = {f"t1_calm_{item}": codes(0, 4, item) for item in range(1, 6)}
    second = {f"t2_calm_{item}": codes(0, 4, item) for item in range(1, 6)}
    assert [text.split(" (")[0] for text in found(first | second)] == [
        "columns t1_calm_1 to t1_calm_5",
        "columns t2_calm_1 to t2_calm_5",
    ]


def test_the_number_of_the_item_need_not_be_the_last() -> None:
    said = found({f"calm_{i}_t{t}": codes(0, 4, i) for t in (1, 2) for i in range(1, 6)})
    assert [text.split(" (")[0] for text in said] == [
        "columns calm_1_t1 to calm_5_t1",
        "columns calm_1_t2 to calm_5_t2",
    ]


def test_headings_in_words() -> None:
    words = ["sad", "nervous", "tired", "worried", "lonely"]
    assert (
        "columns sad to lonely (5 columns"
        in found({word: codes(1, 4, place) for place, word in enumerate(words)})[0]
    )


def test_answers_in_words_and_codes_for_no_answer() -> None:
    often = ["never", "rarely", "often", "-99"] * 3
    assert "answers in 3 different words" in found({f"q{item}": often for item in range(1, 6)})[0]


@pytest.mark.parametrize(
    "columns",
    [
        {f"total_{visit}": [str(7 * i % 28) for i in range(N)] for visit in range(1, 8)},
        {f"hours_{visit}": [f"{i}.5" for i in range(N)] for visit in range(1, 8)},
        {f"symptom___{choice}": codes(0, 1, choice) for choice in range(1, 12)},
        {f"note_{visit}": [f"text {i * visit}" for i in range(N)] for visit in range(1, 8)},
        {f"site_{visit}": ["1"] * N for visit in range(1, 8)},
        {"sex": codes(1, 2), "education": codes(1, 5), "income": codes(1, 9)},
    ],
    ids=["scores", "decimals", "choices", "texts", "constants", "characteristics"],
)
def test_other_columns_are_no_questionnaire(columns: dict[str, list[str]]) -> None:
    assert not found(columns)


def test_copies_of_items_in_other_codes_are_read_already() -> None:
    def words(item: int) -> list[str]:
        return [f"answer {'abcde'[(i + item) % 5]}" for i in range(N)]

    kinds = ("text", "again")
    copies = {f"mood_{item}_{kind}": words(item) for kind in kinds for item in (1, 2, 3)}
    assert not found(copies)
    unlike = [f"answer {'abcde'[i // 2 % 5]}" for i in range(N)]
    assert found(copies | {"mood_1_text": unlike})
