"""Violations grouped by rule: errors first, remedies once, places counted beyond the limit."""

from attune.documents.cohort_page.disclosure import Disclosure
from attune.documents.cohort_page.findings import MOST_REMEDIES, group_violations
from attune.intake.reading.violations import Violation

NOBODY = Disclosure("codes", set(), set(), set())


def wrong(row: int | None, rule: str = "response_out_of_range", **changes: object) -> Violation:
    given = {"severity": "error", "file": "b.csv", "message": "Wrong.", "remedy": "Mend it."}
    return Violation(rule, row=row, **(given | changes))  # type: ignore[arg-type]


def test_errors_come_first_and_rules_in_the_order_of_checking() -> None:
    found = group_violations(
        [
            wrong(2, "constant_item", severity="note"),
            wrong(2, "unanswered_questionnaire", severity="warning"),
            wrong(2),
            wrong(2, "missing_column"),
        ],
        NOBODY,
    )
    assert [entry.rule for entry in found] == [
        "missing_column",
        "response_out_of_range",
        "unanswered_questionnaire",
        "constant_item",
    ]


def test_places_are_ordered_and_counted_beyond_the_limit() -> None:
    violations = [wrong(row, file=file) for file in ("b.csv", "a.csv") for row in (9, 3, 5)]
    (found,) = group_violations(violations, NOBODY, most_places=4)
    assert [(place.path, place.row) for place in found.places] == [
        ("a.csv", 3),
        ("a.csv", 5),
        ("a.csv", 9),
        ("b.csv", 3),
    ]
    assert (found.n, found.by_file) == (6, {"a.csv": 3, "b.csv": 3})


def test_each_remedy_is_listed_once_up_to_a_limit() -> None:
    violations = [wrong(row, remedy=f"Do {row % 8}.") for row in range(2, 40)]
    (found,) = group_violations(violations, NOBODY)
    assert len(found.remedies) == len(set(found.remedies)) == MOST_REMEDIES


def test_places_that_differ_only_in_their_dyad_are_one() -> None:
    ids = {f"d{number}" for number in range(300)}
    violations = [wrong(None, message=f"dyad {name!r} lacks it.", dyad=name) for name in ids]
    (found,) = group_violations(violations, Disclosure("codes", ids, {"id"}, set()))
    (place,) = found.places
    assert (place.what, place.n) == ("a dyad lacks it.", 300)


def test_an_unknown_rule_has_a_name_all_the_same() -> None:
    (found,) = group_violations([wrong(2, "brand_new_rule")], NOBODY)
    assert found.finds == "brand new rule"
