"""How questionnaires were answered: pasted rows, straight lines, answers unlike all others."""

import numpy as np
import pytest
from tests.conftest import Project
from tests.unit.intake.spoiled_cohorts import likert, lines, turned, with_row

from attune.intake.reading.violations import Violation

RULES = {
    *("same_answers", "contradictory_straight_line", "straight_line", "low_variability"),
    "unusual_answers",
}


def logged(project: Project) -> list[str]:
    """What the first step says about answers, without stopping."""
    assert project.validate().status == 0
    log = (project.folder / "validate_responses.log").read_text("utf-8")
    return [line for line in log.splitlines() if any(f" {rule}: " in line for rule in RULES)]


def found(matrix: np.ndarray, *, reverse: list[int] | None = None) -> list[Violation]:
    """What is said about the way in which one questionnaire was answered."""
    return [entry for entry in lines(matrix, reverse=reverse)({}) if entry.rule in RULES]


def test_sound_answers_are_left_alone(project: Project) -> None:
    assert logged(project) == []


def test_answers_under_two_dyads(project: Project) -> None:
    with project.table("intake.csv") as rows:
        rows[8][1:] = rows[3][1:]
    (line,) = logged(project)
    assert line.endswith(
        "warning same_answers: intake.csv, row 9: all 32 answers to iip_32 (patient, intake) are"
        " identical to those of row 4; this is very unlikely by chance. Compare both"
        " with the original sheets: one was probably pasted over the other."
    )


def test_answers_under_two_dyads_can_stop_the_run(project: Project) -> None:
    with project.table("intake.csv") as rows:
        rows[8][1:] = rows[3][1:]
    with project.cohort() as cohort:
        cohort["severities"] = {"same_answers": "error"}
    assert "intake.csv, row 9: all 32 answers to iip_32" in project.refused()


def test_answers_on_two_occasions(project: Project) -> None:
    with project.table("intake.csv") as rows:
        answers = rows[4][1:]
    with project.table("termination.csv") as rows:
        rows[4][1:] = answers
    (line,) = logged(project)
    assert (
        "same_answers: termination.csv, row 5: all 32 answers to iip_32 (patient, termination) are"
        " identical to those of iip_32 (patient, intake), row 5 of intake.csv; this is very"
        " unlikely by chance."
    ) in line


def test_a_therapist_may_say_the_same_about_herself_twice(project: Project) -> None:
    """She has two patients, and her questionnaire stands beside both."""
    with project.table("therapists.csv") as rows:
        rows[8][1:] = rows[3][1:]
    assert "therapists.csv, row 9: all 39 answers" in logged(project)[0]
    project.set_cell("sample.csv", 9, "therapist", "t3")
    assert logged(project) == []


def test_a_cohort_without_therapists_cannot_tell(project: Project) -> None:
    with project.table("therapists.csv") as rows:
        rows[8][1:] = rows[3][1:]
    with project.cohort() as cohort:
        del cohort["sample"]["therapist"]
    assert logged(project) == []


def test_one_answer_throughout_contradicts_itself(project: Project) -> None:
    with project.table("therapists.csv") as rows:
        rows[6][1:] = ["5"] * 39
    (line,) = logged(project)
    assert line.endswith(
        "warning contradictory_straight_line: therapists.csv, row 7: kims (therapist, baseline) has"
        " the same answer 39 times in a row, although some of these items mean the opposite of the"
        " others. Look at the original sheet; decide before the analysis whether"
        " such questionnaires count."
    )


def test_the_middle_throughout_contradicts_nothing(project: Project) -> None:
    with project.table("therapists.csv") as rows:
        rows[6][1:] = ["3"] * 39
    (line,) = logged(project)
    assert (
        "note straight_line: therapists.csv, row 7: 1 of 12 people gave the same answer to 39 or"
        " more items of kims (therapist, baseline) in a row: row 7. Look at these rows"
    ) in line


def test_the_lowest_answer_throughout_is_usual_in_lists_of_symptoms() -> None:
    matrix = likert(60, 20)
    matrix[[3, 7, 11]] = 0
    (note,) = found(matrix)
    assert note.sentence() == (
        "intake.csv, row 5: 3 of 60 people gave the lowest answer to 20 or more items of lines"
        " (patient, intake) in a row: rows 5, 9 and 13. Nothing: that is usual where few symptoms"
        " are reported."
    )
    assert note.severity == "note"


def test_a_run_of_half_of_the_items_around_missing_ones() -> None:
    answers = [4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 0, 3, 2, 1, 4, 0, 2, 3]
    assert [entry.rule for entry in found(with_row(likert(60, 20), 5, answers))] == [
        "straight_line"
    ]
    answers[5] = 3
    assert found(with_row(likert(60, 20), 5, answers)) == []


@pytest.mark.parametrize(("n_items", "noted"), [(19, False), (20, True)])
def test_short_instruments_without_reversed_items_are_left_alone(n_items: int, noted: bool) -> None:
    assert bool(found(with_row(likert(60, n_items), 5, 3))) == noted


def test_reversed_items_outside_of_the_run_contradict_nothing() -> None:
    answers = [3] * 10 + [1, 0, 2, 4, 1, 0, 4, 2, 1, 4]
    matrix = turned(likert(60, 20), 15)
    assert [entry.rule for entry in found(with_row(matrix, 5, answers), reverse=[15])] == [
        "straight_line"
    ]


def test_nearly_one_answer_throughout() -> None:
    matrix = with_row(likert(60, 21), 5, [3] * 10 + [4] + [3] * 10)
    (note,) = [entry for entry in found(matrix) if entry.rule == "low_variability"]
    assert note.sentence() == (
        "intake.csv, row 7: 1 of 60 people answered nearly all items of lines (patient, intake)"
        " alike (SD over items < 0.25): row 7. Look at these rows, if that is unlikely for these"
        " items."
    )


def test_answers_at_random() -> None:
    (note,) = found(with_row(likert(200, 10), 7, [0, 4] * 5))
    assert note.message.startswith("1 of 200 people answered lines (patient, intake) unlike")
    assert "(Mahalanobis distance, p < .001; about 0.2 by chance in normal data" in note.message
    assert note.message.endswith(": row 9.")


def test_no_message_holds_a_row_of_answers() -> None:
    answers = [0, 4, 1, 3] * 5
    matrix = likert(60, 20)
    matrix[5] = matrix[9] = answers
    for entry in found(matrix):
        assert "0, 4, 1, 3" not in entry.sentence()
        assert "0413" not in entry.sentence().replace(" ", "")
