"""Marks to a tenth through the whole way from a raw cell to every kind of score."""

from typing import Any

import pyarrow as pa
import pytest
from tests.unit.intake.small_cohort import MOOD, QUESTIONNAIRE, cohort, sheet, sheets

from attune.analyses.reliability.estimate import estimate_reliability
from attune.intake.validation import ValidatedCohort, validate_responses
from attune.scoring.scores import score_scales
from attune.specs.closed_model import read_as
from attune.specs.errors import AnalysisError, ConfigurationError
from attune.specs.instrument import Instrument
from attune.specs.study_checks import check_against_instruments

# Three lines of 4 cm, read to a tenth; otherwise the scales of the short questionnaire.
LINES = read_as(
    Instrument,
    MOOD.model_dump(exclude_defaults=True)
    | {"response": {"minimum": 0, "maximum": 4, "decimals": 1}},
    "mood.yaml",
)
INSTRUMENTS = {"mood": LINES}
MARKS = ("a 0.1 2.9 3.3", "b 4 0 _")


def validated(questionnaire: dict[str, Any] | None = None, *rows: str) -> ValidatedCohort:
    """The intake of two dyads."""
    declared = QUESTIONNAIRE | {"occasion": "intake", "file": "intake"} | (questionnaire or {})
    files = {name: {"path": f"{name}.csv", "dyad": "id"} for name in ("who", "intake")}
    toy = cohort(files=files, questionnaires=[declared])
    raw = {"who": sheets()["who"], "intake": sheet(*(rows or MARKS))}
    return validate_responses(raw, toy, INSTRUMENTS, {})


def scores(found: ValidatedCohort) -> dict[str, dict[str, float | None]]:
    """Dyad -> scale -> score."""
    errors = [violation for violation in found.violations if violation.severity == "error"]
    assert not errors
    table: dict[str, dict[str, float | None]] = {}
    for row in score_scales(found.responses, INSTRUMENTS).to_pylist():
        table.setdefault(row["dyad"], {})[row["scale"]] = row["score"]
    return table


def test_stored_in_tenths() -> None:
    responses = validated().responses
    assert responses["item_001"].type == pa.int16()
    assert [responses[f"item_00{item}"].to_pylist() for item in (1, 2, 3)] == [
        [1, 40],
        [29, 0],
        [33, None],
    ]


def test_every_kind_of_score_is_in_the_units_of_the_marks() -> None:
    # Item 3 is reversed: 4 - 3.3 = 0.7. Nothing reaches 3, so that the ratio has no denominator.
    assert scores(validated())["a"] == {
        "total": pytest.approx(3.7),
        "mean": pytest.approx(3.7 / 3),
        "high": 0,
        "intensity": None,
        "axis": pytest.approx(0.1 - 2.9),
    }
    # Two of three items: 4 + 0, prorated to three.
    assert scores(validated())["b"] == {
        "total": pytest.approx(6),
        "mean": pytest.approx(2),
        "high": pytest.approx(1.5),
        "intensity": pytest.approx(4),
        "axis": pytest.approx(4),
    }


def test_a_file_that_begins_at_one() -> None:
    found = validated({"lowest_code": 1}, "a 1.1 3.9 4.3", "b 5 1 _")
    assert scores(found) == scores(validated())


def test_items_that_the_file_holds_reversed_are_turned_back() -> None:
    found = validated({"already_reversed": "all"}, "a 0.1 2.9 0.7", "b 4 0 _")
    assert found.responses.equals(validated().responses)


def test_words_stand_for_whole_codes() -> None:
    found = validated({"answers": {"low": 0, "high": 4}}, "a low 2.9 3.3", "b high low _")
    assert found.responses["item_001"].to_pylist() == [0, 40]


def test_the_score_of_the_file_is_compared_in_the_units_of_the_marks() -> None:
    declared = {"scores_in_file": {"total": "sum"}, "occasion": "intake", "file": "intake"}
    files = {name: {"path": f"{name}.csv", "dyad": "id"} for name in ("who", "intake")}
    toy = cohort(files=files, questionnaires=[QUESTIONNAIRE | declared])
    columns = "id mood_1 mood_2 mood_3 sum"
    raw = {
        "who": sheets()["who"],
        "intake": sheet("a 0.1 2.9 3.3 3.7", "b 4 0 4 4.1", columns=columns),
    }
    found = validate_responses(raw, toy, INSTRUMENTS, {}).violations
    [wrong] = [entry for entry in found if entry.rule == "score_in_file_differs"]
    assert wrong.dyad == "b"
    assert "is 4.1; that of the 3 answered items of 3 is 4." in wrong.message


def test_an_item_that_all_answer_alike_is_named_as_marked() -> None:
    rows = [f"{dyad} 0.7 {number} {number}" for number, dyad in enumerate("abcd")]
    who = sheet(*(f"{d} t{d} p{d} 30" for d in "abcd"), columns="id therapist patient age")
    files = {name: {"path": f"{name}.csv", "dyad": "id"} for name in ("who", "intake")}
    toy = cohort(
        files=files, questionnaires=[QUESTIONNAIRE | {"occasion": "intake", "file": "intake"}]
    )
    found = validate_responses({"who": who, "intake": sheet(*rows)}, toy, INSTRUMENTS, {})
    [alike] = [violation for violation in found.violations if violation.rule == "constant_item"]
    assert alike.message == "every answer is 0.7."


def test_a_missing_code_that_is_a_mark_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"'0.9' is also a valid response of MOOD"):
        check_against_instruments(cohort(missing_codes=["", "0.9"]), INSTRUMENTS)
    check_against_instruments(cohort(missing_codes=["", "0.95"]), INSTRUMENTS)


def test_reliability_does_not_depend_on_the_units() -> None:
    rows = ("a 1 2 3", "b 0 1 4", "c 2 2 1", "d 4 3 0")
    who = sheet(*(f"{d} t{d} p{d} 30" for d in "abcd"), columns="id therapist patient age")
    files = {name: {"path": f"{name}.csv", "dyad": "id"} for name in ("who", "intake")}
    toy = cohort(
        files=files, questionnaires=[QUESTIONNAIRE | {"occasion": "intake", "file": "intake"}]
    )
    alphas = []
    for key in (MOOD, LINES):
        found = validate_responses({"who": who, "intake": sheet(*rows)}, toy, {"mood": key}, {})
        table, _ = estimate_reliability(found.responses.to_pandas(), {"mood": key})
        alphas.append(table["alpha"].tolist())
    assert alphas[0] == pytest.approx(alphas[1])


def test_a_score_beyond_the_line_stops_with_the_mark_as_given() -> None:
    responses = validated().responses
    column = responses.schema.get_field_index("item_001")
    spoilt = responses.set_column(column, responses.field(column), pa.array([41, 40], pa.int16()))
    with pytest.raises(AnalysisError, match=r"outside its range, 0 to 4.*\n.*item_001: 4\.1 in 1"):
        score_scales(spoilt, INSTRUMENTS)
