"""Reads the raw files of a new cohort: settings, cells, notes and personal columns of each."""

from collections.abc import Sequence
from pathlib import Path

from attune.cohort_draft.column_names import identifier, normalised
from attune.cohort_draft.draft import RawTable, Unmapped
from attune.cohort_draft.vocabulary import DYAD_COLUMNS
from attune.intake.personal_data.detection import personal_columns
from attune.specs.errors import RawDataError
from attune.specs.raw_file import RawFile
from attune_files.raw.notes import read_column_notes, read_question_texts
from attune_files.raw.redcap import is_redcap_dictionary, read_redcap_dictionary
from attune_files.raw.sheets import read_raw_sheet
from attune_files.raw.sniffing import filled_sheets, sniff_raw_file


def read_tables(files: Sequence[Path]) -> tuple[list[RawTable], list[Unmapped]]:
    """Read every file, and every sheet of a workbook, as a table; list sheets without a table.

    A REDCap dictionary becomes part of the file that it describes.

    Raises
    ------
    RawDataError
        With the problems of all files at once.
    """
    dictionaries = [file for file in files if file.suffix == ".csv" and is_redcap_dictionary(file)]
    tables: list[RawTable] = []
    unread: list[Unmapped] = []
    problems = []
    for file in files:
        if file not in dictionaries:
            try:
                tables.append(_table(file, dictionaries, {table.name for table in tables}))
                _add_other_sheets(file, tables, unread)
            except RawDataError as error:
                problems.append("\n      ".join([error.heading, *error.problems]))
    unused = {file.name for file in dictionaries} - {
        str(table.settings.get("dictionary")) for table in tables
    }
    problems += [
        f"{name} is a REDCap data dictionary, but no other file holds its fields. Name the data"
        " too."
        for name in sorted(unused)
    ]
    if problems:
        raise RawDataError("The files cannot be read. Nothing was written.", problems)
    return tables, unread


def _add_other_sheets(file: Path, tables: list[RawTable], unread: list[Unmapped]) -> None:
    """Add the smaller sheets of a workbook to the tables, or to the unread sheets."""
    largest = tables[-1].settings.get("sheet")
    for name in [sheet for sheet in filled_sheets(file) if largest not in (None, sheet)]:
        try:
            tables.append(_table(file, (), {table.name for table in tables}, name))
        except RawDataError as error:
            reason = f"it is not a table of answers ({error.problems[0].rstrip('.')})"
            unread.append(Unmapped(f"{file.name}, sheet {name}", "the whole sheet", reason))


def _table(
    file: Path, dictionaries: Sequence[Path], taken: set[str], sheet_name: str | None = None
) -> RawTable:
    declared, remarks = _declared(file, sheet_name)
    sheet = read_raw_sheet(file, declared)
    for dictionary in dictionaries:
        fields = set(read_redcap_dictionary(dictionary))
        if len(fields & set(sheet.columns)) > len(sheet.columns) / 2:
            declared = declared.model_copy(update={"dictionary": dictionary.name})
            remarks["dictionary"] = "a REDCap data dictionary that names its columns"
    notes = read_column_notes(file, declared)
    labels = {column: note.label for column, note in notes.items()}
    personal = personal_columns(sheet, labels)
    personal |= {
        column: "marked as an identifier in the data dictionary"
        for column, note in notes.items()
        if note.identifier and column in sheet.columns and normalised(column) not in DYAD_COLUMNS
    }
    # The wording of a question is not a heading, so it is not searched for personal data.
    notes = notes or read_question_texts(file, declared)
    settings = declared.model_dump(exclude_defaults=True, exclude={"path", "dyad"})
    return RawTable(
        _free_name(
            identifier(f"{file.stem} {sheet_name}" if sheet_name else file.stem, "file"), taken
        ),
        file.name,
        sheet,
        settings,
        notes,
        personal,
        remarks,
    )


def _declared(file: Path, sheet_name: str | None) -> tuple[RawFile, dict[str, str]]:
    """The settings needed to read a file, with the reasons."""
    guesses = sniff_raw_file(file, sheet_name)
    keys = {guess.key: guess.value for guess in guesses}
    declared = RawFile.model_validate(keys | {"path": file.name, "dyad": "-", "dictionary": None})
    written = declared.model_dump(exclude_defaults=True)
    return declared, {guess.key: guess.reason for guess in guesses if guess.key in written}


def _free_name(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free
