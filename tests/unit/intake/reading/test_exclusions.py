"""Rows and people that the cohort file excludes."""

import pytest
from tests.unit.intake.small_cohort import INSTRUMENTS, cohort, sheet, sheets

from attune.intake.reading.exclusions import exclusion_counts, without_excluded
from attune.intake.validation import validate_responses
from attune.specs.errors import ConfigurationError

WITHDREW = {"people": ["b"], "reason": "withdrew consent"}
PREVIEW = {"file": "intake", "rows": {"status": "1"}, "reason": "a preview"}
MOODS = "id mood_1 mood_2 mood_3 status"


def test_people_leave_every_file() -> None:
    kept, (found,) = without_excluded(sheets(), cohort(exclude=[WITHDREW]))
    assert [kept[name]["id"].tolist() for name in kept] == [["a"], ["a"], ["a"]]
    assert (found.rows, found.people) == (3, 1)


def test_rows_leave_one_file() -> None:
    raw = sheets(intake=sheet("a 1 2 3 0", "a 1 2 3 1", "b 4 0 1 0", columns=MOODS))
    kept, (found,) = without_excluded(raw, cohort(exclude=[PREVIEW]))
    assert kept["intake"].index.tolist() == [2, 4]
    assert len(kept["who"]) == 2
    assert (found.rows, found.people) == (1, 0)


def test_a_row_counts_for_the_first_reason() -> None:
    raw = sheets(intake=sheet("a 1 2 3 0", "b 4 0 1 1", columns=MOODS))
    _, found = without_excluded(raw, cohort(exclude=[WITHDREW, PREVIEW]))
    assert [entry.rows for entry in found] == [3, 0]


def test_counts_are_statistics_in_the_order_of_the_file() -> None:
    _, found = without_excluded(sheets(), cohort(exclude=[WITHDREW]))
    counts = exclusion_counts(found).set_index("id")["estimate"]
    assert counts.to_dict() == {"exclusions.1.rows_n": 3.0, "exclusions.1.people_n": 1.0}


def test_the_excluded_are_neither_unknown_nor_without_questionnaires() -> None:
    declared = cohort(exclude=[WITHDREW])
    validated = validate_responses(sheets(), declared, INSTRUMENTS, {})
    assert validated.sample["dyad"].tolist() == ["a"]
    rules = {violation.rule for violation in validated.violations}
    assert "excluded" in rules
    assert not rules & {"unknown_dyad", "dyad_without_questionnaires", "exclusion_of_nobody"}


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"reason": "why"}, "needs `people`, a list of ids, or `file` and `rows`"),
        ({"rows": {"a": "1"}, "reason": "why"}, "`file` and `rows` belong together"),
        (WITHDREW | {"file": "intake"}, "`file` and `rows` belong together"),
        (PREVIEW | {"file": "none"}, "names 'none', which is not one of files"),
        ({"people": ["a"]}, "reason"),
    ],
)
def test_incomplete_entries_are_refused(entry: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        cohort(exclude=[entry])
    assert problem in str(raised.value)


def test_ids_that_are_hashed_are_not_named() -> None:
    with pytest.raises(ConfigurationError, match="would show ids that `hashed_ids` hides"):
        cohort(exclude=[WITHDREW], hashed_ids={"salt_variable": "SALT"})
