"""Ids under a keyed hash, and what is not an id."""

from tests.unit.intake.small_cohort import INSTRUMENTS, cohort, sheet, sheets

from attune.intake.reading.identifiers import hashed, with_hashed_ids
from attune.intake.validation import validate_responses

SALT = "correct horse battery staple"
WHO = "id therapist patient age"


def test_the_same_id_has_the_same_hash_in_all_files() -> None:
    found = with_hashed_ids(sheets(), cohort(), SALT)
    assert found["who"]["id"].tolist() == found["intake"]["id"].tolist()
    assert found["who"]["id"].tolist() == [hashed("a", SALT), hashed("b", SALT)]
    assert found["who"]["age"].tolist() == ["30", "40"]


def test_empty_cells_and_missing_codes_are_not_hashed() -> None:
    declared = cohort(missing_codes=["", "NN"])
    raw = sheets(who=sheet("a #N/A p1 30", "b NN #NULL! 40", columns=WHO))
    found = with_hashed_ids(raw, declared, SALT)
    assert found["who"]["therapist"].tolist() == ["#N/A", "NN"]
    rules = [
        violation.rule
        for violation in validate_responses(found, declared, INSTRUMENTS, {}).violations
    ]
    assert rules.count("no_therapist") + rules.count("no_patient") == 2
