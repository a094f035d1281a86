"""Personal data in raw files: the column is refused, and no message quotes a cell of it."""

import re

import pyarrow.parquet as pq
import pytest
import yaml
from tests.conftest import ROOT, Project

NAMES = ["Mary Smith", "Anna Koch", "Peter Lang"]


def add_column(project: Project, file: str, name: str, cells: list[str]) -> None:
    with project.table(file) as lines:
        lines[0].append(name)
        for number, line in enumerate(lines[1:]):
            line.append(cells[number % len(cells)])


@pytest.mark.parametrize(
    ("file", "name", "cells", "reason"),
    [
        ("sample.csv", "RecipientEmail", ["ann@example.org", ""], "e-mail addresses"),
        ("sample.csv", "IPAddress", ["192.0.2.17", "198.51.100.4"], "internet addresses (IP)"),
        ("sample.csv", "Telefon", ["030 1234567", "089 7654321"], "telephone numbers"),
        ("sample.csv", "dob", ["1980-02-03", "1975-12-31"], "dates of birth"),
        ("sample.csv", "PLZ", ["10115", "01067"], "postcodes"),
        ("sample.csv", "address", ["12 Main Street", "5 Oak Avenue"], "addresses"),
        ("sample.csv", "ssn", ["123-45-6789"], "social security numbers"),
        ("sample.csv", "LocationLatitude", ["52.5200", "48.1351"], "places on a map"),
        ("intake.csv", "Vorname", ["Anna", "Bernd"], "names of persons"),
        ("termination.csv", "comments", ["He was late again", "She feels better"], "free text"),
    ],
)
def test_a_personal_column_is_refused_until_it_is_dropped(
    project: Project, file: str, name: str, cells: list[str], reason: str
) -> None:
    add_column(project, file, name, cells)
    said = project.refused()
    assert f"{file}, column {name}: the column seems to hold {reason}" in said
    assert (
        "no analysis needs personal data. Add it to `dropped:` of this file in cohort.yaml,"
        " or delete it from the export."
    ) in said
    assert not any(cell in said for cell in cells if cell)
    with project.cohort() as cohort:
        for declared in cohort["files"].values():
            declared["dropped"] = [name] if declared["path"] == file else []
    assert project.validate().status == 0
    found = pq.read_table(project.results / "violations.parquet").to_pylist()
    assert name not in {row["column"] for row in found}


def test_a_used_column_with_names_is_refused_without_quoting_them(project: Project) -> None:
    project.set_cell("sample.csv", 4, "condition", "Mary Smith")
    said = project.refused()
    assert "sample.csv, column condition: the column seems to hold names of persons" in said
    assert "row 4, column condition: the cell is not allowed here; it is not shown" in said
    assert "Mary" not in said


def test_an_email_among_answers_is_not_quoted(project: Project) -> None:
    project.set_cell("intake.csv", 5, "iip_7", "ann@example.org")
    said = project.refused()
    assert "intake.csv, column iip_7: the column seems to hold e-mail addresses" in said
    assert "intake.csv, row 5, column iip_7, item 7: the cell is not allowed here" in said
    assert "ann@" not in said


def test_dyads_that_are_names_are_never_quoted(project: Project) -> None:
    """Every other finding would name them."""
    for file in ("sample.csv", "therapists.csv", "intake.csv", "termination.csv"):
        for row, name in enumerate(NAMES, start=2):
            project.set_cell(file, row, "id", name)
    project.set_cell("intake.csv", 2, "iip_7", "77")
    with project.table("termination.csv") as lines:
        del lines[3]
    said = project.refused()
    assert "sample.csv, column id: the column seems to hold names of persons" in said
    assert "Write codes in their place, or add `hashed_ids:` to cohort.yaml." in said
    assert not any(part in said for name in NAMES for part in name.split())


def test_a_false_alarm_can_be_lowered_to_a_note(project: Project) -> None:
    add_column(project, "sample.csv", "PLZ", ["10115", "01067"])
    with project.cohort() as cohort:
        cohort["severities"] = {"personal_column": "note"}
    assert project.validate().status == 0
    found = pq.read_table(project.results / "violations.parquet").to_pylist()
    assert [(row["rule"], row["severity"]) for row in found if row["column"] == "PLZ"] == [
        ("personal_column", "note"),
        ("unused_column", "note"),
    ]


PLANTED = yaml.safe_load(
    (ROOT / "tests/unit/intake/personal_data/planted_columns.yaml").read_text("utf-8")
)


def test_no_planted_cell_reaches_a_message_log_or_result(project: Project) -> None:
    """All planted columns at once, in two files: names of columns and kinds are told, no cell."""
    told = {}
    for number, planted in enumerate(PLANTED):
        file = ("sample.csv", "intake.csv")[number % 2]
        name = f"{planted['heading']} {number}"
        told[file, name] = [str(cell) for cell in planted["cells"]]
        add_column(project, file, name, told[file, name])
    said = project.refused()
    texts = [said]
    for path in project.folder.rglob("*"):
        inside = path.relative_to(project.folder).parts
        if path.is_file() and inside[0] not in ("data", ".snakemake"):
            texts.append(path.read_bytes().decode("utf-8", errors="replace"))
    whole = "\n".join(texts)
    rare = [cell for cells in told.values() for cell in cells if len(cell) >= 8]
    assert len(rare) > 300
    assert not [cell for cell in rare if cell in whole]
    more = re.findall(r": (\d+) more of this kind", said)
    assert len(more) == 2
    assert said.count(": the column seems to hold ") + sum(map(int, more)) == len(PLANTED)
