"""Who answered what: dyads given twice, unknown, half named, or with half of a pair."""

import pyarrow.parquet as pq
import pytest
from tests.conftest import Project


def violations(project: Project) -> list[tuple[str, str, str | None]]:
    rows = pq.read_table(project.results / "violations.parquet").to_pylist()
    return [(row["rule"], row["severity"], row["dyad"]) for row in rows]


def test_a_dyad_twice_in_the_sample_sheet(project: Project) -> None:
    project.set_cell("sample.csv", 4, "id", "d01")
    said = project.refused()
    assert (
        "sample.csv, row 4, column id: dyad 'd01' is in the sample sheet already, in row 2. Keep"
        " one of the two rows, or correct the dyad."
    ) in said


def test_a_questionnaire_twice(project: Project) -> None:
    with project.table("intake.csv") as lines:
        lines.append(lines[3])
    said = project.refused()
    assert "have 1 error." in said
    assert (
        "intake.csv, row 14, column id: dyad 'd03' has answered iip_32 (patient, intake) already,"
        " in row 4. Keep one of the two rows, or correct the dyad."
    ) in said


def test_an_empty_second_row_of_a_dyad_is_no_questionnaire(project: Project) -> None:
    with project.table("intake.csv") as lines:
        lines.append([lines[3][0], *[""] * 32])
    assert project.validate().status == 0


@pytest.mark.parametrize(
    ("empty", "said"),
    [
        (["therapist"], "dyad 'd02' has a patient but no therapist (the cell is empty)"),
        (["patient"], "dyad 'd02' has a therapist but no patient (the cell is empty)"),
        (
            ["patient", "therapist"],
            "dyad 'd02' has no patient and no therapist (the cell is empty)",
        ),
        (["id"], "the row has a patient and a therapist but no dyad (the cell is empty)"),
    ],
)
def test_half_a_dyad(project: Project, empty: list[str], said: str) -> None:
    for column in empty:
        project.set_cell("sample.csv", 3, column, "")
    assert f"{said}; every row names one dyad, one patient and one therapist." in project.refused()


def test_a_therapist_who_is_a_missing_code(project: Project) -> None:
    project.set_cell("sample.csv", 3, "therapist", "NA")
    with project.cohort() as cohort:
        cohort["missing_codes"] = ["", "NA"]
    assert (
        "dyad 'd02' has a patient but no therapist (the cell says 'NA', which is one of"
        " missing_codes)"
    ) in project.refused()


def test_a_cohort_without_therapists_is_not_asked_for_one(project: Project) -> None:
    with project.cohort() as cohort:
        del cohort["sample"]["therapist"]
    assert project.validate().status == 0
    project.set_cell("sample.csv", 3, "patient", "")
    done = project.validate()
    assert "dyad 'd02' has no patient (the cell is empty); every row names one dyad and one" in (
        done.said
    )


def test_a_questionnaire_of_an_unknown_dyad(project: Project) -> None:
    project.set_cell("therapists.csv", 3, "id", "d99")
    assert (
        "therapists.csv, row 3, column id: dyad 'd99' answered kims (therapist, baseline) but is"
        " not in the sample sheet sample.csv. Add the dyad to the sample sheet, or correct its"
    ) in project.refused()


def test_answers_of_nobody(project: Project) -> None:
    project.set_cell("therapists.csv", 3, "id", "")
    assert (
        "therapists.csv, row 3, column id: the row holds answers, but names no dyad (the cell is"
        " empty). Fill the cell, or delete the row."
    ) in project.refused()


def test_a_termination_without_an_intake(project: Project) -> None:
    with project.table("intake.csv") as lines:
        del lines[5]
    assert (
        "termination.csv, row 6: dyad 'd05' has iip_32 (patient, termination) but not iip_32"
        " (patient, intake). Add the pretest, or set `posttest_without_pretest: warning`"
    ) in project.refused()
    with project.cohort() as cohort:
        cohort["severities"] = {"posttest_without_pretest": "warning"}
    assert project.validate().status == 0
    assert violations(project) == [("posttest_without_pretest", "warning", "d05")]


def test_an_intake_without_a_termination_is_noted(project: Project) -> None:
    with project.table("termination.csv") as lines:
        lines[5][1:] = [""] * 32
    assert project.validate().status == 0
    assert violations(project) == [("posttest_missing", "note", "d05")]


def test_a_dyad_without_any_questionnaire(project: Project) -> None:
    for file in ("therapists.csv", "intake.csv", "termination.csv"):
        with project.table(file) as lines:
            del lines[5]
    assert project.validate().status == 0
    assert violations(project) == [("dyad_without_questionnaires", "warning", "d05")]


def test_a_questionnaire_that_nobody_answered(project: Project) -> None:
    with project.table("therapists.csv") as lines:
        lines[1:] = [[line[0], *[""] * 39] for line in lines[1:]]
    assert project.validate().status == 0
    assert violations(project) == [("unanswered_questionnaire", "warning", None)]
