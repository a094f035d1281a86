"""A raw file that is not a table, or not the table that the cohort file describes."""

from pathlib import Path

import pytest
from tests.conftest import Project

from attune_files.raw import csv_file as raw_csv


def content(project: Project, file: str) -> Path:
    return project.data / file


def test_missing_columns(project: Project) -> None:
    with project.table("therapists.csv") as lines:
        lines[0][7], lines[0][8] = "kims_07", "remark"
    said = project.refused()
    assert (
        "therapists.csv, row 1, column kims_7: cohort.yaml names this column, which the file does"
        " not have. Did you mean 'kims_07'?"
    ) in said
    assert "therapists.csv, row 1, column kims_8: cohort.yaml names this column" in said


def test_a_missing_column_of_the_sample_sheet(project: Project) -> None:
    with project.table("sample.csv") as lines:
        lines[0][1] = "Therapeut"
    assert (
        "sample.csv, row 1, column therapist: cohort.yaml names this column, which the file does"
        " not have. Did you mean 'Therapeut'?"
    ) in project.refused()


def test_an_item_beyond_the_last_is_noted(project: Project) -> None:
    with project.table("therapists.csv") as lines:
        lines[:] = [[*line, "kims_40" if number == 0 else "3"] for number, line in enumerate(lines)]
    assert project.validate().status == 0
    log = (project.folder / "validate_responses.log").read_text(encoding="utf-8")
    assert "note unused_column: therapists.csv, column kims_40: cohort.yaml does not use" in log


def test_empty(project: Project) -> None:
    content(project, "intake.csv").write_bytes(b"\n \n,,\n")
    assert "intake.csv is empty.\n      Export the file again." in project.refused()
    content(project, "intake.csv").write_bytes(b"")
    assert "intake.csv is empty." in project.refused()


def test_header_only(project: Project) -> None:
    with project.table("intake.csv") as lines:
        del lines[1:]
    assert (
        "intake.csv cannot be read as a table.\n      it has a header, but no rows. Export the file"
    ) in project.refused()


def test_rows_above_the_header(project: Project) -> None:
    with project.table("intake.csv") as lines:
        lines.insert(0, [""])
    assert "row 1 is empty, but must hold the column names." in project.refused()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (["3"], "row 5 has 34 cells, but the header names 33 columns. Look for a delimiter inside"),
        ([], "row 5 has 32 cells, but the header names 33 columns. Was the file cut off?"),
    ],
)
def test_a_row_of_another_width(project: Project, change: list[str], said: str) -> None:
    with project.table("intake.csv") as lines:
        lines[4] = [*lines[4], *change] if change else lines[4][:-1]
    assert said in project.refused()


def test_a_wrong_delimiter(project: Project) -> None:
    raw = content(project, "intake.csv")
    raw.write_text(raw.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")
    said = project.refused()
    assert (
        "it has one column with ',' as delimiter. Is it ';'? Set `delimiter: \";\"` of this file in"
        " cohort.yaml."
    ) in said
    with project.cohort() as cohort:
        cohort["files"]["intake"]["delimiter"] = ";"
    assert project.validate().status == 0


def test_an_open_quotation_mark_does_not_swallow_rows(project: Project) -> None:
    raw = content(project, "sample.csv")
    raw.write_text(raw.read_text(encoding="utf-8").replace("\nd04,", '\n"d04,'), encoding="utf-8")
    assert (
        "a cell that begins in row 5 has a quotation mark that is not closed" in project.refused()
    )


def test_mixed_encodings(project: Project) -> None:
    raw = content(project, "sample.csv")
    text = raw.read_bytes().replace(b"d02,t2", "d02,Jürgen".encode())
    raw.write_bytes(text.replace(b"d05,t5", "d05,Günther".encode("cp1252")))
    assert (
        "sample.csv is not utf-8, or mixes encodings.\n      row 6 holds a character that is not"
        " utf-8. Save the file as UTF-8, or set `encoding:` of this file in cohort.yaml"
    ) in project.refused()


def test_a_declared_older_encoding(project: Project) -> None:
    raw = content(project, "sample.csv")
    raw.write_bytes(raw.read_bytes().replace(b"d05,t5", "d05,Günther".encode("cp1252")))
    with project.cohort() as cohort:
        cohort["files"]["sample_sheet"]["encoding"] = "cp1252"
    assert project.validate().status == 0


def test_a_byte_order_mark_survives(project: Project) -> None:
    raw = content(project, "sample.csv")
    raw.write_bytes(b"\xef\xbb\xbf" + raw.read_bytes().replace(b"\n", b"\r\n"))
    assert project.validate().status == 0
    with project.cohort() as cohort:
        cohort["files"]["sample_sheet"]["encoding"] = "cp1252"
    assert "sample.csv is utf-8, but cohort.yaml declares cp1252." in project.refused()


def test_utf_16(project: Project) -> None:
    raw = content(project, "sample.csv")
    text = raw.read_text(encoding="utf-8")
    raw.write_text(text, encoding="utf-16")
    assert "Set `encoding: utf-16` of this file in cohort.yaml." in project.refused()
    with project.cohort() as cohort:
        cohort["files"]["sample_sheet"]["encoding"] = "utf-16"
    assert project.validate().status == 0
    raw.write_text(text, encoding="utf-8")
    assert "sample.csv is not utf-16." in project.refused()


def test_column_names(project: Project) -> None:
    with project.table("sample.csv") as lines:
        lines[0][1:4] = ["patient", "patient", ""]
    said = project.refused()
    assert "the column 'patient' occurs 2 times. Rename all but one." in said
    assert "column 4 has no name. Name it or delete it." in said


def test_a_file_that_is_not_there(project: Project) -> None:
    content(project, "intake.csv").rename(content(project, "intakes.csv"))
    assert (
        "intake.csv does not exist.\n      cohort.yaml names it, but the folder small does not"
        " have it."
    ) in project.refused()


def test_the_problems_of_all_files_at_once(project: Project) -> None:
    for file in ("intake.csv", "sample.csv"):
        content(project, file).write_bytes(b"")
    said = project.refused()
    assert said.startswith(
        "The raw files of cohort small cannot be read.\n  - sample.csv is empty."
    )
    assert "  - intake.csv is empty." in said


def test_large_files_are_judged_as_small_ones_are(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose columns of few texts are categories: also those of therapists, visits and scores."""
    monkeypatch.setattr(raw_csv, "LARGE_FILE", 1)
    assert project.validate().status == 0
    with project.table("sample.csv") as lines:
        lines[2][1] = ""
    assert "sample.csv, row 3, column therapist: dyad 'd02' has a patient but no" in (
        project.refused()
    )


@pytest.mark.parametrize("first", ["d01,3,1,2,4,5", "Anna Smith,anna@example.org,3", "d01,a,b"])
def test_a_first_row_of_answers_is_not_shown(first: str, project: Project) -> None:
    width = first.count(",")
    content(project, "intake.csv").write_text(f"{first}\nd02{',2' * width}\n", encoding="utf-8")
    said = project.refused()
    assert (
        "intake.csv, row 1, column id: cohort.yaml names this column, which the file does not have."
        " It has none of the columns that are needed. If its first row holds no names, put a row"
        " of names above it; else correct cohort.yaml."
    ) in said
    log = (project.folder / "validate_responses.log").read_text(encoding="utf-8")
    for cell in first.split(","):
        assert f"'{cell}'" not in said + log and f"column {cell}:" not in said + log


def test_a_damaged_letter_below_a_cell_of_several_lines(project: Project) -> None:
    raw = content(project, "intake.csv")
    lines = raw.read_bytes().splitlines()
    lines[0] += b",remark"
    lines[1:] = [line + (b',"two\nlines"' if i < 2 else b",") for i, line in enumerate(lines[1:])]
    lines[4] = lines[4] + b"\xff"
    raw.write_bytes(b"\n".join(lines))
    assert "row 5 holds a character that is not utf-8." in project.refused()
