"""REDCap exports and their data dictionaries: what fits, and what does not."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Project
from tests.other_programs import Lines, write_csv

HEADINGS = [
    "Variable / Field Name",
    "Form Name",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
]
LABELS = ["Not at all", "A little", "Moderately, at times", "Quite a bit", "Extremely"]
CHOICES = " | ".join(f"{code}, {label}" for code, label in enumerate(LABELS))
AGREEMENT = " | ".join(f"{code}, label {code}" for code in range(1, 6))
EVENTS = {"intake": "intake_arm_1", "termination": "end_arm_1"}
VISIT = "visit"


def dictionary() -> Lines:
    fields = [
        ["record_id", "start", "text", "Record", "", "", "", "", ""],
        ["therapist", "start", "text", "Code", "", "", "", "", ""],
        ["patient", "start", "text", "Code", "", "", "", "", ""],
        ["condition", "start", "dropdown", "Arm", "A, Brief | B, Usual", "", "", "", ""],
        ["age", "start", "text", "Age", "", "integer", "18", "90", ""],
        ["drugs", "start", "checkbox", "Which", "1, None | -2, Other", "", "", "", ""],
        ["heading", "start", "descriptive", "Welcome", "", "", "", "", ""],
    ]
    fields += [[f"iip_{n}", "iip", "radio", "?", CHOICES, "", "", "", ""] for n in range(1, 33)]
    fields += [[f"kims_{n}", "kims", "radio", "?", AGREEMENT, "", "", "", ""] for n in range(1, 40)]
    return [HEADINGS, *fields]


def long_export(tables: dict[str, Lines]) -> Lines:
    """One row per record and event, one more per repeated form; empty where nothing was asked."""
    header = ["record_id", "redcap_event_name", "redcap_repeat_instrument"]
    header += ["redcap_repeat_instance", *tables["sample.csv"][0][1:], "drugs___1", "drugs____2"]
    header += [*tables["intake.csv"][0][1:], *tables["therapists.csv"][0][1:], "iip_complete"]
    rows = []
    for place, (dyad, *who) in enumerate(tables["sample.csv"][1:], start=1):
        given = {
            "intake": tables["intake.csv"][place][1:],
            "termination": tables["termination.csv"][place][1:],
        }
        for occasion, event in EVENTS.items():
            start = [*who, "1", "0"] if occasion == "intake" else [""] * 6
            kims = tables["therapists.csv"][place][1:] if occasion == "intake" else [""] * 39
            rows.append([dyad, event, "", "", *start, *given[occasion], *kims, "2"])
        # A form that is filled in at each visit; nothing of it is analysed.
        for visit in ("1", "2"):
            rows.append([dyad, EVENTS["intake"], VISIT, visit, *[""] * 77, ""])
    return [header, *rows]


@pytest.fixture
def redcap(project: Project, raw_tables: dict[str, Lines]) -> Callable[..., Project]:
    """Turns the small project into one long REDCap export with its dictionary."""

    def make(change: Callable[[Lines, Lines], None] = lambda data, fields: None) -> Project:
        data, fields = long_export(raw_tables), dictionary()
        change(data, fields)
        write_csv(project.data / "redcap.csv", data)
        write_csv(project.data / "fields.csv", fields, encoding="utf-8-sig")
        for file in raw_tables:
            (project.data / file).unlink(missing_ok=True)
        with project.cohort() as cohort:
            declare(cohort)
        return project

    return make


def declare(cohort: dict[str, Any]) -> None:
    file = {"path": "redcap.csv", "dyad": "record_id", "dictionary": "fields.csv"}
    cohort["files"] = {"redcap": file}
    cohort["missing_codes"] = [""]
    intake = {"redcap_event_name": EVENTS["intake"], "redcap_repeat_instrument": ""}
    cohort["sample"] |= {"file": "redcap", "rows": intake}
    for entry in cohort["questionnaires"]:
        event = EVENTS["termination" if entry["occasion"] == "termination" else "intake"]
        rows = {"redcap_event_name": event, "redcap_repeat_instrument": ""}
        entry |= {"file": "redcap", "rows": rows}


def test_a_long_export_gives_the_same_responses(
    project: Project, redcap: Callable[..., Project]
) -> None:
    assert project.validate().status == 0
    names = ("responses", "sample")
    wide = {name: (project.results / f"{name}.parquet").read_bytes() for name in names}
    done = redcap().validate()
    assert done.status == 0, done.said
    for name, content in wide.items():
        assert (project.results / f"{name}.parquet").read_bytes() == content, name


def set_cell(row: int, column: str, text: str) -> Callable[[Lines, Lines], None]:
    def change(data: Lines, fields: Lines) -> None:
        data[row - 1][data[0].index(column)] = text

    return change


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("iip_2", "5", "found '5'; its data dictionary allows 0, 1, 2, 3, 4. Correct the cell"),
        ("condition", "C", "found 'C'; its data dictionary allows A, B."),
        ("age", "17", "found '17'; its data dictionary allows 18 to 90."),
        ("age", "old", "found 'old'; its data dictionary allows numbers, 18 to 90."),
        ("drugs____2", "2", "found '2'; its data dictionary allows 0, 1."),
        ("iip_complete", "3", "found '3'; its data dictionary allows 0, 1, 2."),
        (
            "iip_2",
            "999",
            "found '999'; its data dictionary allows 0, 1, 2, 3, 4. Correct the cell; if it means"
            ' "no answer", add "999" to missing_codes in cohort.yaml.',
        ),
    ],
)
def test_cells_that_the_dictionary_does_not_allow(
    redcap: Callable[..., Project], column: str, text: str, said: str
) -> None:
    found = redcap(set_cell(6, column, text)).refused()
    assert f"redcap.csv, row 6, column {column}: {said}" in found


def test_codes_and_labels_of_the_dictionary_are_allowed(redcap: Callable[..., Project]) -> None:
    """Of a form that nothing analyses; 1.0 is the code 1."""

    def change(data: Lines, fields: Lines) -> None:
        set_cell(6, "drugs___1", "1.0")(data, fields)
        set_cell(2, "drugs___1", "Checked")(data, fields)

    done = redcap(change).validate()
    assert done.status == 0, done.said


def test_a_declared_missing_code_is_allowed(redcap: Callable[..., Project]) -> None:
    project = redcap(set_cell(6, "iip_2", "999"))
    with project.cohort() as cohort:
        cohort["missing_codes"] = ["", "999"]
    done = project.validate()
    assert done.status == 0, done.said


def labels_for_codes(data: Lines, fields: Lines) -> None:
    places = [place for place, name in enumerate(data[0]) if name.startswith("iip_")][:32]
    for line in data[1:]:
        for place in places:
            line[place] = LABELS[int(line[place])] if line[place] else ""


def test_an_export_of_labels(redcap: Callable[..., Project]) -> None:
    project = redcap(labels_for_codes)
    said = project.refused()
    assert "where a number is needed. Correct the cell, or empty it if there was no answer." in said
    assert "export the codes (raw data), or add each word and its code to `answers:`" in said
    assert "its data dictionary allows" not in said
    with project.cohort() as cohort:
        answers = {label: code for code, label in enumerate(LABELS)}
        for each in cohort["questionnaires"][1:]:
            each["answers"] = answers
    done = project.validate()
    assert done.status == 0, done.said


def test_an_identifier_that_is_not_dropped(redcap: Callable[..., Project]) -> None:
    def change(data: Lines, fields: Lines) -> None:
        for number, line in enumerate(data):
            line.append("chart" if number == 0 else f"m{number}")
        fields.append(["chart", "start", "text", "Chart number", "", "", "", "", "y"])
        fields[2][8] = "y"

    project = redcap(change)
    said = project.refused()
    assert (
        "redcap.csv, column chart: its data dictionary marks the column as an identifier; no"
        " analysis needs it. Add the column to `dropped:` of this file in cohort.yaml"
    ) in said
    assert "column therapist" not in said, "the therapist's code is needed"
    with project.cohort() as cohort:
        cohort["files"]["redcap"]["dropped"] = ["chart"]
    assert project.validate().status == 0


def test_the_dictionary_of_another_project(redcap: Callable[..., Project]) -> None:
    def change(data: Lines, fields: Lines) -> None:
        fields[1:] = [["phq_1", "phq", "radio", "?", CHOICES, "", "", "", ""]]

    assert (
        "redcap.csv: none of its columns is in its data dictionary. Correct `dictionary:` of this"
        " file in cohort.yaml."
    ) in redcap(change).refused()


def test_the_data_in_place_of_the_dictionary(redcap: Callable[..., Project]) -> None:
    def change(data: Lines, fields: Lines) -> None:
        fields[:] = data

    assert (
        "fields.csv is not a REDCap data dictionary.\n      its first row lacks 'Variable / Field"
        " Name', 'Field Type', 'Choices, Calculations, OR Slider Labels'. In REDCap, download the"
    ) in redcap(change).refused()


def test_choices_without_codes(redcap: Callable[..., Project]) -> None:
    def change(data: Lines, fields: Lines) -> None:
        fields[4][4] = "Brief | Usual"

    assert (
        "fields.csv cannot be used as a data dictionary.\n      row 5, field condition: a choice"
        " has no code. Write each as its code, a comma and its label, with | between the choices."
    ) in redcap(change).refused()


@pytest.mark.parametrize("written", [b"", b"PK\x03\x04"])
def test_a_dictionary_that_is_none(redcap: Callable[..., Project], written: bytes) -> None:
    project = redcap()
    (project.data / "fields.csv").write_bytes(written)
    assert "fields.csv is not a REDCap data dictionary." in project.refused()


def test_a_dictionary_that_is_not_there(redcap: Callable[..., Project]) -> None:
    project = redcap()
    Path(project.data / "fields.csv").unlink()
    assert (
        "fields.csv does not exist.\n      cohort.yaml names it, but the folder small does not have"
    ) in project.refused()
    assert "files.redcap: data/small/fields.csv does not exist." in project.configuration_error()


def test_the_severity_is_the_cohorts(redcap: Callable[..., Project]) -> None:
    project = redcap(set_cell(6, "drugs___1", "7"))
    with project.cohort() as cohort:
        cohort["severities"] = {"not_in_dictionary": "warning"}
    assert project.validate().status == 0
    log = (project.folder / "validate_responses.log").read_text(encoding="utf-8")
    assert "warning not_in_dictionary: redcap.csv, row 6, column drugs___1: found '7'" in log
    assert "Not at all" not in log


def test_the_dictionary_of_restricted_files_lies_beside_them(
    redcap: Callable[..., Project], tmp_path_factory: pytest.TempPathFactory, monkeypatch: Any
) -> None:
    project = redcap(set_cell(6, "drugs___1", "7"))
    outside = tmp_path_factory.mktemp("clinic")
    for name in ("redcap.csv", "fields.csv"):
        (project.data / name).rename(outside / name)
    checksum = hashlib.sha256((outside / "redcap.csv").read_bytes()).hexdigest()
    with project.cohort() as cohort:
        cohort |= {"synthetic": False, "synthetic_notice": ""}
        cohort["restricted"] = {"folder_variable": "CLINIC_FOLDER"}
        cohort["files"]["redcap"]["sha256"] = checksum
    monkeypatch.setenv("CLINIC_FOLDER", str(outside))
    said = project.refused()
    assert (
        "redcap.csv, row 6, column drugs___1: found '7'; its data dictionary allows 0, 1." in said
    )
