"""Violations as sentences, as rows, and as the reason to stop."""

from dataclasses import replace

import pytest

from attune.intake.reading.violations import (
    FIRST_OF_KIND,
    MOST_OF_KIND,
    MOST_SHOWN,
    Severity,
    Violation,
    stop_on_errors,
    violations_frame,
)
from attune.specs.errors import RawDataError
from attune.store.contracts import VIOLATIONS, conform


def violation(severity: Severity = "error", **place: object) -> Violation:
    return Violation("rule", severity, "a.csv", "It is wrong.", "Mend it.", **place)  # type: ignore[arg-type]


def test_sentences_say_where_what_and_what_to_do() -> None:
    assert violation().sentence() == "a.csv: It is wrong. Mend it."
    assert violation(row=3, column="kims_7", item=7, dyad="d1").sentence() == (
        "a.csv, row 3, column kims_7, item 7: It is wrong. Mend it."
    )


def test_rows_have_errors_first_and_keep_their_order() -> None:
    given = [violation("note", row=1), violation("error", row=2), violation("error", row=1)]
    table = conform(violations_frame(given), VIOLATIONS)
    assert table["severity"].to_pylist() == ["error", "error", "note"]
    assert table["row"].to_pylist() == [2, 1, 1]
    assert table["dyad"].null_count == 3


def test_no_violation_is_a_table_too() -> None:
    assert len(conform(violations_frame([]), VIOLATIONS)) == 0


def test_only_errors_stop() -> None:
    stop_on_errors("toy", [violation("warning"), violation("note")])
    with pytest.raises(RawDataError) as caught:
        stop_on_errors("toy", [violation("warning"), violation()])
    assert str(caught.value) == (
        "The raw files of cohort toy have 1 error. Nothing was written.\n"
        "  - a.csv: It is wrong. Mend it."
    )


def test_many_errors_are_counted() -> None:
    files = [replace(violation(), file=f"{number}.csv") for number in range(MOST_SHOWN + 7)]
    with pytest.raises(RawDataError, match=f"have {MOST_SHOWN + 7} errors") as caught:
        stop_on_errors("toy", files)
    assert len(caught.value.problems) == MOST_SHOWN + 1
    assert caught.value.problems[-1] == "... and 7 more of such lines."


def test_errors_of_one_kind_are_the_first_and_a_count() -> None:
    columns = [
        replace(violation(), column=f"q{number % 40}", row=number) for number in range(9_251)
    ]
    with pytest.raises(RawDataError, match="have 9,251 errors") as caught:
        stop_on_errors("toy", columns)
    problems = caught.value.problems
    assert len(problems) == FIRST_OF_KIND + 1
    assert problems[0].startswith("a.csv, row 0, column q0: ")
    assert problems[-1] == (
        "a.csv: 9,246 more of this kind (rule), in columns q5, q6, q7, q8, q9 and 35 more."
    )


def test_few_errors_of_one_kind_are_all_listed() -> None:
    with pytest.raises(RawDataError) as caught:
        stop_on_errors("toy", [violation()] * MOST_OF_KIND)
    assert len(caught.value.problems) == MOST_OF_KIND
