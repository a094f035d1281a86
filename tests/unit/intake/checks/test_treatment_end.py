"""Sessions and answers after the end of treatment."""

from typing import Any

import pytest
from tests.unit.intake.small_cohort import INSTRUMENTS, QUESTIONNAIRE, cohort, sheet, sheets

from attune.intake.reading.violations import Violation
from attune.intake.validation import validate_responses
from attune.specs.errors import ConfigurationError

MOODS = "id mood_1 mood_2 mood_3"
WHO = {"file": "who", "therapist": "therapist", "patient": "patient"}
LAST = {"last": {"column": "last", "label": "Last session"}}
BY_ROWS = QUESTIONNAIRE | {
    "occasion": "session_{session}",
    "sessions": [3, 40],
    "file": "intake",
    "rows": {"session": "{session}"},
}
ROWS = ("a 3 1 2 3", "a 40 3 2 1", "b 3 4 0 1", "b 45 0 1 1")


def late(raw: dict[str, Any], **content: Any) -> list[Violation]:
    given = cohort(**content)
    raw = {name: raw[name] for name in given.files}
    found = validate_responses(raw, given, INSTRUMENTS, {}).violations
    return [one for one in found if one.rule in ("session_after_end", "answered_after_end")]


def files(*names: str) -> dict[str, Any]:
    return {name: {"path": f"{name}.csv", "dyad": "id"} for name in names}


def by_rows(*rows: str, **sample: Any) -> list[Violation]:
    raw = sheets(intake=sheet(*rows, columns="id session mood_1 mood_2 mood_3"))
    severities = sample.pop("severities", {})
    if "variables" in sample:
        columns = "id therapist patient last"
        raw["who"] = sheet("a t1 p1 40", "b t2 p2 20", "c t3 p3 _", columns=columns)
    return late(
        raw,
        files=files("who", "intake"),
        questionnaires=[BY_ROWS],
        sample=WHO | sample,
        severities=severities,
    )


def test_a_row_that_no_questionnaire_asks_for_is_found_with_its_place() -> None:
    [found] = by_rows(*ROWS, last_session=40)
    assert found.sentence() == (
        "intake.csv, row 5, column session: dyad 'b' has session 45; the last session of treatment"
        " is 40. Correct the session, or `sample.last_session` in cohort.yaml; a follow-up is an"
        " occasion of its own and no session."
    )
    assert (found.severity, found.dyad, found.value) == ("error", "b", "45")


def test_the_cohort_file_sets_the_severity() -> None:
    [found] = by_rows(*ROWS, last_session=40, severities={"session_after_end": "warning"})
    assert found.severity == "warning"


def test_nothing_is_compared_unless_it_is_declared() -> None:
    assert by_rows(*ROWS) == []
    assert by_rows("a 3 1 2 3", "a 40 3 2 1", "b follow_up 1 1 1", last_session=40) == []


def test_each_dyad_has_its_own_last_session() -> None:
    rows = ("a 40 1 2 3", "b 3 3 2 1", "b 40 4 0 1", "c 40 1 1 1")
    [found] = by_rows(*rows, last_session="last", variables=LAST)
    assert (found.row, found.dyad) == (4, "b")
    assert "the last session of `last_session` of the sample sheet (last) is 20." in found.message


def test_sessions_in_columns_and_in_files() -> None:
    wide = QUESTIONNAIRE | {"occasion": "s{session}", "sessions": [3, 40], "file": "intake"}
    wide |= {"columns": "s{session}_{item}"}
    alone = QUESTIONNAIRE | {"occasion": "late", "session": 30, "file": "termination"}
    names = " ".join(f"s{session}_{item}" for session in (3, 40) for item in (1, 2, 3))
    raw = sheets(
        who=sheet("a t1 p1 40", "b t2 p2 20", columns="id therapist patient last"),
        intake=sheet("a 1 2 3 1 2 2", "b 1 0 0 _ _ _", columns=f"id {names}"),
        termination=sheet("a 0 0 1", "b 2 1 0"),
    )
    sample = WHO | {"variables": LAST, "last_session": "last"}
    found = late(raw, questionnaires=[wide, alone], sample=sample)
    assert [(one.file, one.row, one.dyad, one.value) for one in found] == [
        ("termination.csv", 3, "b", "30")
    ]
    raw["intake"].loc[3, "s40_1"] = "2"
    assert len(late(raw, questionnaires=[wide, alone], sample=sample)) == 2


def by_day(*cells: str, form: str = "%Y-%m-%d", **changes: Any) -> list[Violation]:
    end = {"column": "ended", "label": "End", "kind": "date"}
    entry = QUESTIONNAIRE | {"occasion": "intake", "file": "intake"}
    entry |= {"answered_on": {"column": "day", "format": form}}
    rows = [f"{dyad} 1 2 3 {day}" for dyad, day in zip("abc", cells, strict=False)]
    columns = "id therapist patient ended"
    raw = sheets(
        who=sheet("a t1 p1 2024-01-31", "b t2 p2 2024-06-30", "c t3 p3 _", columns=columns),
        intake=sheet(*rows, columns=f"{MOODS} day"),
    )
    sample = WHO | {"variables": {"ended": end}, "ended": "ended"}
    given = cohort(questionnaires=[entry], sample=sample, files=files("who", "intake"), **changes)
    raw = {name: raw[name] for name in given.files}
    found = validate_responses(raw, given, INSTRUMENTS, {}).violations
    rules = ("answered_after_end", "not_a_date", "missing_column", "unused_column")
    return [one for one in found if one.rule in rules]


def test_answers_after_the_end() -> None:
    """The end itself is in time; dyads without an end and cells without a day are skipped."""
    assert by_day("2024-01-31", "_", "2025-01-01") == []
    [found] = by_day("2024-02-01", "2024-06-01")
    assert found.sentence() == (
        "intake.csv, row 2, column day: dyad 'a' answered on 2024-02-01, after the end of treatment"
        " on 2024-01-31. Correct the day, or the end (ended) in the sample sheet; set its severity"
        " to note where answers may come later."
    )
    assert found.severity == "warning"
    [found] = by_day("2024-02-01", severities={"answered_after_end": "error"})
    assert found.severity == "error"


def test_days_as_they_are_written() -> None:
    assert [one.rule for one in by_day("01.02.2024", form="%d.%m.%Y")] == ["answered_after_end"]
    [found] = by_day("2024-02-31")
    assert found.rule == "not_a_date" and "found '2024-02-31'" in found.message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"sample": WHO | {"last_session": 40}}, "needs questionnaires with `sessions`"),
        (
            {"sample": WHO | {"last_session": 20}, "questionnaires": [BY_ROWS]},
            "sessions [40] come after sample.last_session: 20",
        ),
        (
            {"sample": WHO | {"last_session": "last"}, "questionnaires": [BY_ROWS]},
            "last_session must be the number of a session, or name a number of variables: []",
        ),
        (
            {"sample": WHO | {"variables": LAST, "ended": "last"}},
            "ended must name a date of variables: [], found 'last'",
        ),
        (
            {
                "questionnaires": [
                    QUESTIONNAIRE
                    | {"occasion": "x", "file": "intake", "answered_on": {"column": "day"}}
                ]
            },
            "a column `answered_on` needs sample.ended",
        ),
    ],
)
def test_declarations_that_compare_nothing(content: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        cohort(**content)
    assert said in str(raised.value)
