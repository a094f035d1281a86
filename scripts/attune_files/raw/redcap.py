"""Read a REDCap data dictionary: choices, ranges and identifiers of each field."""

import re
from pathlib import Path

from attune.intake.reading.column_notes import ColumnNote
from attune.specs.errors import RawDataError
from attune_files.raw.csv_file import csv_lines
from attune_files.raw.signature import content_kind

_HEADINGS = {
    "name": ("Variable / Field Name", "field_name"),
    "form": ("Form Name", "form_name"),
    "kind": ("Field Type", "field_type"),
    "label": ("Field Label", "field_label"),
    "choices": ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"),
    "validation": (
        "Text Validation Type OR Show Slider Number",
        "text_validation_type_or_show_slider_number",
    ),
    "minimum": ("Text Validation Min", "text_validation_min"),
    "maximum": ("Text Validation Max", "text_validation_max"),
    "identifier": ("Identifier?", "identifier"),
}
"""What is read -> its heading in the file that the Designer downloads, and in that of the API."""

_FORM_STATES = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}
_SWITCHES = {
    "yesno": {"1": "Yes", "0": "No"},
    "truefalse": {"1": "True", "0": "False"},
}


def read_redcap_dictionary(path: Path) -> dict[str, ColumnNote]:
    """The columns of a data file as its REDCap data dictionary describes them.

    Parameters
    ----------
    path : Path
        As downloaded from REDCap (CSV), or saved again by a spreadsheet program.

    Returns
    -------
    dict of column to ColumnNote
        A checkbox field has one column per choice, named as REDCap names it in the data.

    Raises
    ------
    RawDataError
        The file does not exist, is not a data dictionary, or has choices without codes.
    """
    rows, problems = _fields(path), []
    notes: dict[str, ColumnNote] = {}
    for number, row in rows.items():
        try:
            choices = _choices(row["choices"]) if row["kind"] in _WITH_CHOICES else {}
        except ValueError:
            problems.append(
                f"row {number}, field {row['name']}: a choice has no code. Write each as its code,"
                " a comma and its label, with | between the choices."
            )
            continue
        notes |= _column_notes(row, choices)
        if row["form"]:
            note = ColumnNote(levels=_FORM_STATES, kind="form state", complete=True)
            notes[f"{row['form']}_complete"] = note
    if problems:
        raise RawDataError(f"{path.name} cannot be used as a data dictionary.", problems)
    return notes


_WITH_CHOICES = ("radio", "dropdown", "checkbox")


def is_redcap_dictionary(path: Path) -> bool:
    """Whether a file is a REDCap data dictionary."""
    try:
        return bool(_fields(path))
    except (RawDataError, OSError):
        return False


def _column_notes(row: dict[str, str], choices: dict[str, str]) -> dict[str, ColumnNote]:
    kind = row["kind"]
    identifier = row["identifier"].lower() == "y"
    if kind == "descriptive":
        return {}
    if kind == "checkbox":
        ticked = {"0": "Unchecked", "1": "Checked"}
        # REDCap writes small letters, and _ for the minus of a negative code.
        columns = [f"{row['name']}___{code.lower().replace('-', '_')}" for code in choices]
        note = ColumnNote(row["label"], ticked, kind=kind, identifier=identifier, complete=True)
        return dict.fromkeys(columns, note)
    levels = _SWITCHES.get(kind, choices)
    minimum, maximum = _number(row["minimum"]), _number(row["maximum"])
    if kind == "slider":
        minimum, maximum = minimum or 0.0, 100.0 if maximum is None else maximum
    return {
        row["name"]: ColumnNote(
            label=row["label"],
            levels=levels,
            minimum=minimum,
            maximum=maximum,
            kind=row["validation"] if kind == "text" and row["validation"] else kind,
            identifier=identifier,
            complete=bool(levels),
        )
    }


def _choices(text: str) -> dict[str, str]:
    """Code -> label.

    Examples
    --------
    >>> _choices("0, No | 1, Yes, mostly")
    {'0': 'No', '1': 'Yes, mostly'}
    """
    pairs = [choice.partition(",") for choice in text.split("|") if choice.strip()]
    if not pairs or not all(code.strip() and comma for code, comma, _ in pairs):
        raise ValueError("a choice has no code")
    return {code.strip(): label.strip() for code, _, label in pairs}


def _number(text: str) -> float | None:
    """A limit as a number; dates and names of other fields are none."""
    return float(text.replace(",", ".")) if re.fullmatch(r"-?\d+([.,]\d+)?", text) else None


def _fields(path: Path) -> dict[int, dict[str, str]]:
    """Row number -> the cells that are read, in the words of `_HEADINGS`."""
    lines = _lines(path)
    header = lines[0] if lines else []
    places = {
        key: next((header.index(name) for name in names if name in header), None)
        for key, names in _HEADINGS.items()
    }
    lacking = [_HEADINGS[key][0] for key in ("name", "kind", "choices") if places[key] is None]
    if lacking:
        raise RawDataError(
            f"{path.name} is not a REDCap data dictionary.",
            [
                f"its first row lacks {', '.join(map(repr, lacking))}. In REDCap, download the"
                " data dictionary (not the data) and do not change its headings."
            ],
        )
    return {
        number: {
            key: line[place] if place is not None and place < len(line) else ""
            for key, place in places.items()
        }
        for number, line in enumerate(lines[1:], start=2)
        if any(line)
    }


def _lines(path: Path) -> list[list[str]]:
    if content_kind(path) not in ("text", "empty"):
        raise RawDataError(
            f"{path.name} is not a REDCap data dictionary.",
            ["It is not a CSV file. Download it from REDCap again, or save it as CSV (UTF-8)."],
        )
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Every byte is a character of latin-1; only labels can have such letters.
        text = content.decode("latin-1")
    heading = text.partition("\n")[0]
    delimiter = max((",", ";", "tab"), key=lambda entry: heading.count(entry.replace("tab", "\t")))
    return csv_lines(text, path.name, delimiter)
