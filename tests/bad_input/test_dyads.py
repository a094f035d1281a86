"""Who answered what: dyads given twice, unknown, half named, or with half of a pair."""

import pyarrow.parquet as pq
import pytest
from tests.conftest import Project
from tests.unit.intake.spoiled_cohorts import SPOILED

COUNTS = {"questionnaire_not_answered"}
"""Rules that only count what other rules say more about."""


def violations(project: Project) -> list[tuple[str, str, str | None]]:
    rows = pq.read_table(project.results / "violations.parquet").to_pylist()
    rows = [row for row in rows if row["rule"] not in COUNTS]
    return [(row["rule"], row["severity"], row["dyad"]) for row in rows]


def noted(project: Project, rule: str) -> str:
    """What the first step says about a rule that stops nothing: its log's line."""
    assert project.validate().status == 0
    log = (project.folder / "validate_responses.log").read_text("utf-8")
    (line,) = [line for line in log.splitlines() if f" {rule}: " in line]
    return line


def test_a_dyad_twice_in_the_sample_sheet(project: Project) -> None:
    project.set_cell("sample.csv", 4, "id", "d01")
    said = project.refused()
    assert (
        "sample.csv, row 4, column id: dyad 'd01' is in the sample sheet already, in row 2. Keep"
        " one of the two rows (delete the other, or name it under `exclude:` in cohort.yaml by"
        " columns in which the two differ), or correct the dyad."
    ) in said


def test_a_questionnaire_twice(project: Project) -> None:
    with project.table("intake.csv") as lines:
        lines.append(lines[3])
    said = project.refused()
    assert "have 1 error." in said
    assert (
        "intake.csv, row 14, column id: dyad 'd03' has answered iip_32 (patient, intake) already,"
        " in row 4. Keep one of the two rows (delete the other, or name it under `exclude:` in"
        " cohort.yaml by columns in which the two differ), or correct the dyad."
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
        "dyad 'd02' has a patient but no therapist (the cell holds 'NA', which is one of"
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


def test_an_id_mistyped_in_one_file_is_one_error(project: Project) -> None:
    project.set_cell("intake.csv", 3, "id", "d92")
    said = project.refused()
    assert "have 1 error." in said
    assert (
        "intake.csv, row 3, column id: dyad 'd92' answered iip_32 (patient, intake) but is not in"
        " the sample sheet sample.csv. The nearest id of the sample sheet that may be meant is"
        " 'd02' (row 3): if it is the same dyad, correct the id where it is mistyped; otherwise add"
        " the dyad to the sample sheet."
    ) in said


def test_an_id_mistyped_in_the_sample_sheet_is_one_error(project: Project) -> None:
    project.set_cell("sample.csv", 3, "id", "d20")
    said = project.refused()
    assert "have 1 error." in said
    assert (
        "dyad 'd02' answered kims (therapist, baseline) and 2 further questionnaires, also" in said
    )
    assert "is 'd20' (row 3)" in said
    assert "dyad_without_questionnaires" not in said


@pytest.mark.parametrize("written", ["D02", "d2", "d 02", "d002"])
def test_an_id_that_another_file_writes_otherwise(written: str, project: Project) -> None:
    project.set_cell("therapists.csv", 3, "id", written)
    assert (
        f"dyad {written!r} answered kims (therapist, baseline) but is not in the sample sheet"
        " sample.csv. The sample sheet has 'd02': write it in one way in all files."
    ) in project.refused()


def test_one_therapist_written_in_two_ways(project: Project) -> None:
    with project.table("sample.csv") as lines:
        lines[1][1], lines[3][1] = "T99", "t099"
    line = noted(project, "similar_ids")
    assert (
        "sample.csv, row 4, column therapist: therapist 't099' differs from 'T99' in row 2 only in"
        " the way it is written. If they are one therapist, write the id in one way in all files."
    ) in line


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


def test_an_intake_without_a_termination_is_one_count(project: Project) -> None:
    with project.table("termination.csv") as lines:
        del lines[5:8]
    assert (
        "note posttest_missing: termination.csv: 3 of 12 dyads (25 %; 'd05', 'd06' and 'd07') with"
        " iip_32 (patient, intake) did not answer iip_32 (patient, termination). Nothing, if it"
    ) in noted(project, "posttest_missing")


def test_a_patient_in_two_dyads(project: Project) -> None:
    project.set_cell("sample.csv", 6, "patient", "p2")
    assert (
        "sample.csv, row 6, column patient: patient 'p2' is in dyad 'd02' already, in row 3."
        " Correct the patient, or add `patient_may_return: true` under sample"
    ) in project.refused()
    with project.cohort() as cohort:
        cohort["sample"]["patient_may_return"] = True
    assert project.validate().status == 0
    assert violations(project) == []


def test_an_id_of_a_patient_and_a_therapist(project: Project) -> None:
    project.set_cell("sample.csv", 6, "patient", "t2")
    assert (
        "warning same_person_twice: sample.csv, row 6, column patient: 't2' names a patient and a"
        " therapist; 't2' is the therapist in row 3. Check that cohort.yaml names the right"
    ) in noted(project, "same_person_twice")


def test_therapists_and_patients_may_both_be_numbered(project: Project) -> None:
    with project.table("sample.csv") as lines:
        for number, line in enumerate(lines[1:], start=1):
            line[1:3] = [str(number), str(13 - number)]
    assert project.validate().status == 0
    assert violations(project) == []


def test_one_column_named_for_therapist_and_patient(project: Project) -> None:
    with project.table("sample.csv") as lines:
        for number, line in enumerate(lines[1:], start=1):
            line[1:3] = [str(number), str(number)]
    assert "'1', '2', '3', '4', '5' and 7 more name a patient and a therapist" in noted(
        project, "same_person_twice"
    )


def test_therapists_with_several_patients(project: Project) -> None:
    with project.table("sample.csv") as lines:
        for line, therapist in zip(lines[1:], "aaabbbbcdefg", strict=True):
            line[1] = therapist
    assert (
        "warning therapists_share: sample.csv, column therapist: 2 therapists have more than one"
        " patient (1 with 3, 1 with 4 patients); 7 therapists treat 12 patients. Nothing in the"
        " file, if that is right. Correlations and t tests take dyads as independent; patients of"
        " one therapist are not, so that p values are too small"
    ) in noted(project, "therapists_share")


def test_another_therapist_in_a_file_of_questionnaires(project: Project) -> None:
    with project.table("intake.csv") as lines:
        lines[0].append("seen_by")
        for number, line in enumerate(lines[1:], start=1):
            line.append(f"t{number}" if number != 4 else "t5")
    with project.cohort() as cohort:
        cohort["questionnaires"][1]["therapist"] = "seen_by"
    assert (
        "intake.csv, row 5, column seen_by: dyad 'd04' has therapist 't5' here, but 't4' in row 5"
        " of sample.csv. Correct one of the two, or add `therapist_may_change: true` under"
    ) in project.refused()
    with project.cohort() as cohort:
        cohort["sample"]["therapist_may_change"] = True
    assert project.validate().status == 0
    assert violations(project) == []


def test_a_therapist_column_that_is_not_there(project: Project) -> None:
    with project.cohort() as cohort:
        cohort["questionnaires"][1]["therapist"] = "seen_by"
    assert (
        "intake.csv, row 1, column seen_by: cohort.yaml names this column, which the file does not"
    ) in project.refused()


def test_a_therapist_column_without_a_therapist_to_compare_it_with(project: Project) -> None:
    with project.cohort() as cohort:
        cohort["questionnaires"][1]["therapist"] = "seen_by"
        del cohort["sample"]["therapist"]
    assert "a column `therapist` needs sample.therapist" in project.configuration_error()


def test_another_therapist_in_a_later_row_of_the_sample_sheet(project: Project) -> None:
    with project.table("sample.csv") as lines:
        lines[0].append("visit")
        for line in lines[1:]:
            line.append("1")
        lines.append(["d03", "t9", "p3", "A", "30", "2"])
    with project.cohort() as cohort:
        cohort["sample"]["rows"] = {"visit": "1"}
    assert (
        "sample.csv, row 14, column therapist: dyad 'd03' has therapist 't9' here, but 't3' in row"
        " 4. Correct one of the two, or add `therapist_may_change: true`"
    ) in project.refused()


def test_one_of_two_raters() -> None:
    """Told as a count, for each side."""
    (found,) = [entry for entry in SPOILED["one_rater_only"]({}) if entry.rule == "one_rater_only"]
    assert found.sentence() == (
        "termination.csv: 1 of 2 dyads (50 %; 'b') have mood (patient, intake) but not mood"
        " (therapist, intake). Look for these questionnaires. Analyses that need both ratings of a"
        " person leave these dyads out; mixed models use the one rating."
    )


def test_a_session_between_two_others() -> None:
    (found,) = [entry for entry in SPOILED["session_gap"]({}) if entry.rule == "session_gap"]
    assert found.sentence() == (
        "intake.csv: 1 of 2 dyads (50 %; 'a') answered mood before and after session_12, but not"
        " then (mood (patient, session_12)). Look for these questionnaires; if they were never"
        " given, leave it."
    )
