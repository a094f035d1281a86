"""One wrong id is one error, with the ids of the sample sheet that may be meant."""

from tests.unit.intake.small_cohort import INSTRUMENTS, QUESTIONNAIRE, cohort, sheet, sheets

from attune.intake.reading.violations import Violation
from attune.intake.validation import validate_responses

PAIR = {("mood", "patient", "termination", ""): ("mood", "patient", "intake", "")}
WHO = "id therapist patient age"


def found(**changed) -> list[Violation]:  # type: ignore[no-untyped-def]
    pretests = {key: value for key, value in PAIR.items()}
    violations = validate_responses(sheets(**changed), cohort(), INSTRUMENTS, pretests).violations
    return [entry for entry in violations if entry.severity != "note"]


def test_a_wrong_id_in_the_sample_sheet_is_one_error() -> None:
    who = sheet("k01 t1 p1 30", "k12 t2 p2 40", columns=WHO)
    (only,) = found(
        who=who,
        intake=sheet("k01 1 2 3", "k02 4 0 1"),
        termination=sheet("k01 0 0 1", "k02 2 1 0"),
    )
    assert (only.rule, only.file, only.row) == ("unknown_dyad", "intake.csv", 3)
    assert "and 1 further questionnaire, also in termination.csv, but is not" in only.message
    assert "is 'k12' (row 3): if it is the same dyad" in only.remedy


def test_a_wrong_id_in_one_file_leaves_no_posttest_without_pretest() -> None:
    who = sheet("k01 t1 p1 30", "k02 t2 p2 40", columns=WHO)
    (only,) = found(
        who=who,
        intake=sheet("k01 1 2 3", "k20 4 0 1"),
        termination=sheet("k01 0 0 1", "k02 2 1 0"),
    )
    assert only.rule == "unknown_dyad" and "'k02' (row 3)" in only.remedy


def test_a_neighbour_with_answers_of_its_own_is_not_meant() -> None:
    who = sheet("k01 t1 p1 30", "k02 t2 p2 40", columns=WHO)
    (only,) = found(
        who=who,
        intake=sheet("k01 1 2 3", "k02 4 0 1", "k03 1 1 1"),
        termination=sheet("k01 0 0 1", "k02 2 1 0", "k03 1 0 1"),
    )
    assert only.remedy == "Add the dyad to the sample sheet, or correct its name."


def test_an_id_that_the_sample_sheet_has_twice_is_meant() -> None:
    who = sheet("k01 t1 p1 30", "k01 t2 p2 40", columns=WHO)
    first, second = found(
        who=who,
        intake=sheet("k01 1 2 3", "k02 4 0 1"),
        termination=sheet("k01 0 0 1", "k02 2 1 0"),
    )
    assert (first.rule, second.rule) == ("duplicate_dyad", "unknown_dyad")
    assert "'k01' (row 2)" in second.remedy


def test_a_row_with_several_questionnaires_is_one_error() -> None:
    own = {"rater": "therapist", "columns": "own_{item}"}
    both = [QUESTIONNAIRE | part | {"occasion": "intake", "file": "intake"} for part in ({}, own)]
    columns = "id mood_1 mood_2 mood_3 own_1 own_2 own_3"
    rows = ["a 1 2 3 1 2 3", "b 4 0 1 3 2 1", "a 1 0 0 1 1 2", "_ 1 0 0 1 1 2"]
    given = sheets(intake=sheet(*rows, columns=columns))
    violations = validate_responses(given, cohort(questionnaires=both), INSTRUMENTS, {}).violations
    errors = [(entry.rule, entry.row) for entry in violations if entry.severity == "error"]
    assert errors == [("no_dyad", 5), ("duplicate_questionnaire", 4)]
