"""From raw cells to one row per completed questionnaire."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.intake.small_cohort import INSTRUMENTS, QUESTIONNAIRE, cohort, sheet, sheets

from attune.documents.cohort_page.disclosure import Disclosure
from attune.documents.cohort_page.findings import group_violations
from attune.intake.reading.cell_values import MOST_LISTED
from attune.intake.reading.violations import FIRST_OF_KIND, stop_on_errors, violations_frame
from attune.intake.validation import ValidatedCohort, validate_responses
from attune.specs.cohort import Cohort
from attune.specs.errors import ConfigurationError, RawDataError
from attune.store.contracts import RESPONSES, SAMPLE, VIOLATIONS, conform

INTAKE = ("mood", "patient", "intake", "")
TERMINATION = ("mood", "patient", "termination", "")


def validated(
    raw: dict[str, pd.DataFrame] | None = None, declared: Cohort | None = None
) -> ValidatedCohort:
    return validate_responses(
        raw or sheets(), declared or cohort(), INSTRUMENTS, {TERMINATION: INTAKE}
    )


COUNTED = {"item_not_answered", "questionnaire_not_answered"}
"""Notes that say how much is missing; in the two dyads of these tests something always is."""


def rules(result: ValidatedCohort) -> list[tuple[str, str]]:
    found = [(violation.rule, violation.severity) for violation in result.violations]
    return [entry for entry in found if entry[0] not in COUNTED]


def test_responses_are_as_given_and_missing_is_null() -> None:
    result = validated()
    rows = result.responses.select(["dyad", "occasion", "item_001", "item_002", "item_003"])
    assert rows.to_pylist() == [
        {"dyad": d, "occasion": o, "item_001": x, "item_002": y, "item_003": z}
        for d, o, x, y, z in (
            ("a", "intake", 1, 2, 3),
            ("a", "termination", 0, 0, 1),
            ("b", "intake", 4, 0, None),
            ("b", "termination", 2, 1, 0),
        )
    ]
    assert result.responses["item_004"].null_count == 4
    assert rules(result) == []


def test_the_tables_fit_their_contracts() -> None:
    result = validated(sheets(intake=sheet("a 1 2 9", "b 4 0 _")))
    assert result.responses.schema.equals(RESPONSES.schema)
    sample = conform(validated().sample, SAMPLE)
    assert sample["age"].to_pylist() == [30.0, 40.0]
    assert len(conform(violations_frame(result.violations), VIOLATIONS)) == 1


def test_an_error_leaves_no_responses() -> None:
    result = validated(sheets(intake=sheet("a 1 2 9", "b 4 0 _")))
    assert len(result.responses) == 0
    assert rules(result) == [("response_out_of_range", "error")]
    (violation,) = result.violations
    assert (violation.row, violation.column, violation.item) == (2, "mood_3", 3)
    assert (violation.dyad, violation.value) == ("a", "9")


def test_a_questionnaire_without_an_answer_has_no_row() -> None:
    result = validated(sheets(termination=sheet("a 0 0 1", "b _ _ _")))
    assert result.responses["dyad"].to_pylist() == ["a", "a", "b"]
    assert rules(result) == [("posttest_missing", "note")]


def test_codes_of_one_questionnaire_do_not_reach_another() -> None:
    questionnaires = [
        QUESTIONNAIRE | {"occasion": "intake", "file": "intake", "missing_codes": ["9"]},
        QUESTIONNAIRE | {"occasion": "termination", "file": "termination"},
    ]
    raw = sheets(intake=sheet("a 9 2 3", "b 4 0 1"), termination=sheet("a 9 0 1", "b 2 1 0"))
    result = validated(raw, cohort(questionnaires=questionnaires))
    errors = [violation for violation in result.violations if violation.severity == "error"]
    assert [(error.file, error.value) for error in errors] == [("termination.csv", "9")]


def test_columns_in_any_order_and_names_padded() -> None:
    questionnaires = [
        QUESTIONNAIRE
        | {"occasion": "intake", "file": "intake", "columns": {1: "c", 2: "a", 3: "b"}},
        QUESTIONNAIRE
        | {"occasion": "termination", "file": "termination", "columns": "m{item:02d}"},
    ]
    raw = sheets(
        intake=sheet("a 1 2 3", columns="id a b c"),
        termination=sheet("a 4 3 2", columns="id m03 m02 m01"),
    )
    rows = validated(raw, cohort(questionnaires=questionnaires)).responses.to_pylist()
    assert [[row[f"item_00{item}"] for item in (1, 2, 3)] for row in rows] == [[3, 1, 2], [2, 3, 4]]


def test_rows_in_any_order_give_the_same_tables() -> None:
    raw = {name: each.iloc[::-1] for name, each in sheets().items()}
    assert validated(raw).responses.equals(validated().responses)


def test_all_findings_come_at_once_and_none_follows_from_another() -> None:
    raw = sheets(
        who=sheet("a t1 _ 3", "a t1 p2 40", columns="id therapist patient age"),
        intake=sheet("a x x x", "b 9 0 1", "_ 1 1 1"),
    )
    assert sorted({rule for rule, _ in rules(validated(raw))}) == [
        "duplicate_dyad",
        "no_dyad",
        "no_patient",
        "number_out_of_range",
        "response_out_of_range",
        "text_in_number",
        "unknown_dyad",
    ]


def test_a_missing_column_does_not_hide_the_other_questionnaire() -> None:
    raw = sheets(intake=sheet("a 1 2", columns="id mood_1 mood_2"), termination=sheet("a 9 1 1"))
    result = validated(raw)
    assert rules(result) == [("missing_column", "error"), ("response_out_of_range", "error")]
    assert result.violations[0].column == "mood_3"


@pytest.mark.parametrize(("n", "noted"), [(3, False), (4, True)])
def test_constant_items_are_noted_from_four_answers_on(n: int, noted: bool) -> None:
    rows = [f"d{number} 2 {number % 2} {number % 3}" for number in range(n)]
    who = [f"d{number} t{number} p{number} 30" for number in range(n)]
    raw = {
        "who": sheet(*who, columns="id therapist patient age"),
        "intake": sheet(*rows),
        "termination": sheet(*(row.replace(" 2 ", f" {i} ", 1) for i, row in enumerate(rows))),
    }
    found = [v for v in validated(raw).violations if v.rule == "constant_item"]
    assert [(v.column, v.item, v.message) for v in found] == (
        [("mood_1", 1, "every answer is 2.")] if noted else []
    )


def test_severities_are_the_cohorts_own() -> None:
    raw = sheets(
        intake=sheet("b 1 2 3"), termination=sheet("a 0 0 1 x", columns="id mood_1 mood_2 mood_3 y")
    )
    assert rules(validated(raw)) == [
        ("unused_column", "note"),
        ("posttest_without_pretest", "error"),
        ("posttest_missing", "note"),
    ]
    severities = {"unused_column": "error", "posttest_without_pretest": "note"}
    severities |= {"posttest_missing": "warning"}
    assert rules(validated(raw, cohort(severities=severities))) == [
        ("unused_column", "error"),
        ("posttest_without_pretest", "note"),
        ("posttest_missing", "warning"),
    ]


def test_the_dyad_column_may_have_any_name() -> None:
    """Also the one that pandas gives to an index."""
    files = {name: {"path": f"{name}.csv", "dyad": "index"} for name in sheets()}
    raw = {name: each.rename(columns={"id": "index"}) for name, each in sheets().items()}
    raw["intake"] = pd.concat([raw["intake"], raw["intake"].iloc[:1]])
    raw["intake"].index = pd.RangeIndex(2, 5)
    result = validated(raw, cohort(files=files))
    assert rules(result) == [("duplicate_questionnaire", "error")]
    assert result.violations[0].row == 4


def test_a_cohort_file_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="missing code '4' is also a valid response"):
        validated(declared=cohort(missing_codes=["", "4"]))


def test_a_thousand_dyads_take_no_time() -> None:
    """Cells are read by distinct text, not one by one."""
    rng = np.random.default_rng(1)
    answers = rng.integers(0, 5, (1000, 3)).astype(str)
    rows = [f"d{number} " + " ".join(row) for number, row in enumerate(answers)]
    who = [f"d{number} t{number % 50} p{number} 30" for number in range(1000)]
    later = [f"d{n} " + " ".join(row) for n, row in enumerate(rng.permuted(answers, axis=0))]
    raw = {
        "who": sheet(*who, columns="id therapist patient age"),
        "intake": sheet(*rows),
        "termination": sheet(*later),
    }
    assert len(validated(raw).responses) == 2000


def test_rows_used_only_by_the_sample_sheet_are_reported() -> None:
    """A code that is written otherwise, in a file of one row per dyad: its answers are not read."""
    who = sheet(
        "a t1 p1 30 short 1 2 3",
        "b t2 p2 40 Short 2 2 1",
        columns="id therapist patient age form mood_1 mood_2 mood_3",
    )
    entry = QUESTIONNAIRE | {"occasion": "intake", "file": "who", "rows": {"form": "short"}}
    later = QUESTIONNAIRE | {"occasion": "termination", "file": "termination"}
    found = validated(sheets(who=who), cohort(questionnaires=[entry, later])).violations
    (message,) = [entry for entry in found if entry.rule == "unused_rows"]
    assert (message.row, message.column) == (3, "form") and "'Short'" in message.message


def test_a_code_of_rows_is_shown_though_an_id_is_the_same_number() -> None:
    who = sheet(
        "1 t1 p1 30 1 1 2 3",
        "2 t2 p2 40 2 2 2 1",
        columns="id therapist patient age visit mood_1 mood_2 mood_3",
    )
    entry = QUESTIONNAIRE | {"occasion": "intake", "file": "who", "rows": {"visit": "1"}}
    found = validated(sheets(who=who), cohort(questionnaires=[entry])).violations
    (message,) = [entry for entry in found if entry.rule == "unused_rows"]
    shown = Disclosure("codes", {"1", "2", "t1", "t2", "p1", "p2"}, {"id"}, set())
    assert "1 row with visit 2: no" in shown.sentence(message.message, message)


def test_every_wrong_cell_is_counted() -> None:
    """Of each column only some cells are listed; the number of errors is that of the cells."""
    n = MOST_LISTED + 400
    rows = [f"d{number} often often often" for number in range(n)]
    who = [f"d{number} t{number} p{number} 30" for number in range(n)]
    raw = {
        "who": sheet(*who, columns="id therapist patient age"),
        "intake": sheet(*rows),
        "termination": sheet(*(row.replace("often", "rarely") for row in rows)),
    }
    violations = validated(raw).violations
    (finding,) = group_violations(
        [violation for violation in violations if violation.severity == "error"],
        Disclosure("codes", (), (), ()),
    )
    assert (finding.n, finding.by_file) == (6 * n, {"intake.csv": 3 * n, "termination.csv": 3 * n})
    with pytest.raises(RawDataError, match=f"toy have {6 * n:,} errors") as caught:
        stop_on_errors("toy", violations)
    assert caught.value.problems[-1] == (
        f"termination.csv: {3 * n - FIRST_OF_KIND:,} more of this kind (text_in_number), in columns"
        " mood_3, mood_1, mood_2."
    )
