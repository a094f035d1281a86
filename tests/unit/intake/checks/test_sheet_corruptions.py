"""Faults of the sample sheet and of ids: each breaks its own rule, and sound sheets break none."""

import numpy as np
import pandas as pd
import pytest
from tests.depth import deep, examples
from tests.unit.intake.agreement.studies import keys, study
from tests.unit.intake.small_cohort import INSTRUMENTS, QUESTIONNAIRE, cohort, sheet, sheets

from attune.intake.checks.copied_sample_rows import check_copied_rows
from attune.intake.checks.filled_numbers import (
    check_filled_numbers,
    dragged_down,
    is_of_therapist,
    piled_up,
)
from attune.intake.reading.look_alike_ids import look_alikes, same_person
from attune.intake.reading.violations import Violation
from attune.intake.validation import validate_responses
from attune.synthetic.corruptions import CORRUPTIONS, findings
from attune.synthetic.simulated_study import SimulatedStudy

RULE_OF = {
    "an id that looks alike": "similar_ids",
    "mean ages": "numbers_filled_in",
    "ages at a limit": "numbers_filled_in",
    "ages dragged down": "numbers_filled_in",
    "copy rows of the sample sheet": "sample_rows_alike",
    "years of two digits": "implausible_demographic",
    "exchange headings": "headings_exchanged",
    "items in the order of presentation": "item_against_scale",
}
"""Corruption -> the rule that is made for it."""

VARIABLES = {
    "age": {"column": "age", "label": "Age"},
    "sessions": {"column": "sessions", "label": "Sessions"},
    "weeks": {"column": "weeks", "label": "Weeks waited"},
    "therapist_age": {"column": "therapist_age", "label": "Age of the therapist"},
    "born": {"column": "born", "label": "Year of birth"},
}


Findings = set[tuple[object, ...]]


@pytest.fixture(scope="module")
def sound() -> SimulatedStudy:
    return study(n=120, retest=0.7)


@pytest.fixture(scope="module")
def before(sound: SimulatedStudy) -> Findings:
    return findings(sound, keys())


@deep
@pytest.mark.parametrize("name", RULE_OF)
def test_a_corruption_breaks_its_own_rule(
    name: str, sound: SimulatedStudy, before: Findings
) -> None:
    wanted = examples(1, many=2)
    broken = []
    for seed in range(30):
        spoiled = CORRUPTIONS[name].apply(sound, keys(), np.random.default_rng(seed))
        if spoiled is not None and spoiled.visible:
            broken.append({found[1] for found in findings(spoiled.study, keys()) - before})
        if len(broken) == wanted:
            break
    assert len(broken) == wanted
    assert all(RULE_OF[name] in rules for rules in broken)


def sound_sheet(seed: int) -> pd.DataFrame:
    """20 to 300 people: adults or students; in any order, or sorted by a therapist or an age."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(20, 301))
    number = int(rng.integers(3, n + 1))
    of = rng.integers(0, number, n)
    age = (
        rng.uniform(18, 75, n),
        18 + rng.gamma(1.2, 8, n),
        17 + rng.geometric(0.45, n),
        np.abs(rng.normal(0, 14, n)) + 18,
    )[rng.integers(4)]
    frame = pd.DataFrame(
        {
            "therapist": [f"T{at}" for at in of],
            "age": np.floor(age).astype(float),
            "sessions": np.where(rng.random(n) < 0.6, 12.0, rng.integers(1, 13, n)),
            "weeks": np.arange(n) // 3 if rng.random() < 0.3 else rng.integers(0, 40, n),
            "therapist_age": rng.integers(25, 65, number)[of].astype(float),
        }
    )
    frame["born"] = 2020 - frame["age"]
    frame.loc[rng.random(n) < 0.03, "age"] = np.nan
    by = (None, ["therapist"], ["age"], ["sessions", "age"])[rng.integers(4)]
    return frame if by is None else frame.sort_values(by).reset_index(drop=True)


def doubts(frame: pd.DataFrame) -> list[Violation]:
    given = cohort(
        sample={
            "file": "who",
            "therapist": "therapist",
            "patient": "patient",
            "variables": VARIABLES,
        }
    )
    rows = pd.DataFrame("", index=range(2, 2 + len(frame)), columns=list(VARIABLES))
    return [*check_filled_numbers(rows, frame, given), *check_copied_rows(rows, frame, given)]


@deep
def test_sound_sheets_are_left_alone() -> None:
    number = examples(150, many=2_000)
    doubted = [seed for seed in range(number) if doubts(sound_sheet(seed))]
    assert len(doubted) <= 0.01 * number, doubted


def test_a_variable_without_any_value_is_skipped() -> None:
    frame = sound_sheet(1)
    frame["weeks"] = np.nan
    assert doubts(frame) == []


def test_students_of_one_age_are_no_limit() -> None:
    ages = np.repeat([18.0, 19, 20, 21, 24, 31], [34, 9, 4, 7, 1, 2])
    assert piled_up(ages) is None


def test_numbers_of_a_sorted_sheet_are_not_dragged() -> None:
    ages = np.sort(np.random.default_rng(1).integers(20, 26, 60)).astype(float)
    assert dragged_down(ages) is None
    assert dragged_down(np.concatenate([ages, ages])) is None


def test_what_patients_share_is_their_therapists() -> None:
    therapists = pd.Series(list("aabbccd"))
    assert is_of_therapist(pd.Series([1, 1, 2, 2, 3, 3, 4]), therapists)
    assert not is_of_therapist(pd.Series([1, 5, 2, 6, 3, 3, 4]), therapists)


@pytest.mark.parametrize("other", ["T0O02", "TO002", "\u04220002", "T\u041e002"])
def test_ids_that_look_alike(other: str) -> None:
    ids = pd.Series(["T0002", "T0003", "T0011", "T0101", other])
    assert look_alikes(ids) == {other: "T0002"}
    assert same_person(ids).nunique() == 4


def test_codes_drawn_at_random_are_right() -> None:
    letters = list("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    for seed in range(examples(40, many=400)):
        rng = np.random.default_rng(seed)
        ids = pd.Series(["".join(rng.choice(letters, 3)) for _ in range(200)]).drop_duplicates()
        assert look_alikes(ids) == {}


def _with_therapist(name: str) -> list[Violation]:
    """Two patients of one therapist, whose report about herself stands in both rows."""
    sound: SimulatedStudy = study(n=60)
    sample, therapists = sound.sheets["sample"].copy(), sound.sheets["therapists"].copy()
    items = [column for column in therapists if column.startswith("kims_")]
    sample.loc[sample.index[7], "therapist"] = name
    therapists.loc[therapists.index[7], items] = therapists.loc[therapists.index[2], items]
    spoiled = sound.with_sheets(sample=sample, therapists=therapists)
    return validate_responses(spoiled.sheets, spoiled.cohort, keys(), spoiled.pretests).violations


def test_a_therapist_under_two_ids_that_look_alike_pasted_nothing() -> None:
    violations = _with_therapist("T0OO3")
    (similar,) = [entry for entry in violations if entry.rule == "similar_ids"]
    assert "characters that look alike" in similar.message
    assert not any(entry.rule == "same_answers" for entry in violations)
    assert any(entry.rule == "same_answers" for entry in _with_therapist("T9999"))


def test_ids_that_have_nothing_in_common_are_one_error_that_names_the_columns() -> None:
    raw = sheets(
        intake=sheet(*(f"r{number} 1 2 3" for number in range(20))),
        termination=sheet("a 1 2 3", "b 4 0 1"),
    )
    violations = validate_responses(raw, cohort(), INSTRUMENTS, {}).violations
    (finding,) = [entry for entry in violations if entry.rule == "unknown_dyad"]
    assert finding.file == "intake.csv"
    assert "have nothing in common: none of 20 in the column 'id'" in finding.message
    assert "r1" not in finding.sentence()


def test_equal_forms_of_two_raters_are_one_warning_that_names_the_rows() -> None:
    rng = np.random.default_rng(2)
    rows = [f"d{i} {' '.join(map(str, rng.integers(0, 4, 20)))}" for i in range(40)]
    others = [f"d{i} {' '.join(map(str, rng.integers(0, 4, 20)))}" for i in range(40)]
    names = " ".join(["id", *(f"cesd_{item}" for item in range(1, 21))])
    entries = [
        QUESTIONNAIRE
        | {"instrument": "ces_d", "occasion": "intake", "file": file, "columns": "cesd_{item}"}
        | {"rater": rater}
        for file, rater in (("intake", "patient"), ("termination", "therapist"))
    ]
    key = keys()["ces_d"].model_copy(update={"raters": ["patient", "therapist"]})
    raw = {
        "who": sheet(
            *(f"d{i} t{i} p{i} 30" for i in range(40)), columns="id therapist patient age"
        ),
        "intake": sheet(*rows, columns=names),
        "termination": sheet(*rows[:6], *others[6:], columns=names),
    }
    given = cohort(questionnaires=entries)
    violations = validate_responses(raw, given, {"ces_d": key}, {}).violations
    (finding,) = [entry for entry in violations if entry.rule == "same_answers"]
    assert "for 6 of 40 dyads" in finding.message
    assert finding.message.endswith("rows 2, 3, 4, 5, 6 and 7.")
