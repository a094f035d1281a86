"""Column notes of raw files: labels, codes, missing values and ranges of their columns."""

from dataclasses import replace
from pathlib import Path
from unicodedata import category

from attune.intake.reading.column_notes import ColumnNote
from attune.specs.cohort import Cohort
from attune.specs.errors import RawDataError
from attune.specs.raw_file import RawFile
from attune_files.raw.csv_file import csv_lines
from attune_files.raw.folder import raw_folder


def read_column_notes(path: Path, declared: RawFile) -> dict[str, ColumnNote]:
    """Labels, codes, missing values and ranges that a raw file declares, by column.

    Parameters
    ----------
    path : Path
    declared : RawFile

    Returns
    -------
    dict of str to ColumnNote
        From an SPSS, Stata or SAS file, or from the REDCap data dictionary that the cohort file
        names; {} for files that say nothing about their columns. Labels come without characters
        that no document can show (`without_hidden`).

    Raises
    ------
    RawDataError
        As `read_raw_sheet`.
    """
    if declared.kind() in ("spss", "stata", "sas"):
        from attune_files.raw.labelled import read_labelled_notes

        return _shown(read_labelled_notes(path, declared))
    if declared.dictionary is not None:
        from attune_files.raw.redcap import read_redcap_dictionary

        return _shown(read_redcap_dictionary(path.parent / declared.dictionary))
    return {}


def _shown(notes: dict[str, ColumnNote]) -> dict[str, ColumnNote]:
    return {
        column: replace(
            note,
            label=without_hidden(note.label),
            levels={code: without_hidden(label) for code, label in note.levels.items()},
        )
        for column, note in notes.items()
    }


def without_hidden(text: str) -> str:
    r"""A text without control characters, private-use characters and lone surrogates.

    Examples
    --------
    >>> without_hidden("A\ue000 label\x07 of two\nlines")
    'A label of two lines'
    """
    if text.isprintable():
        return text
    spaced = " ".join(text.split())
    return "".join(one for one in spaced if category(one) not in ("Cc", "Co", "Cs"))


def read_question_texts(path: Path, declared: RawFile) -> dict[str, ColumnNote]:
    """The second header row of a survey export, which holds the questions, as labels.

    Returns
    -------
    dict of str to ColumnNote
        {} for files with one header row, or with titles above their column names.
    """
    if declared.header_rows < 2 or declared.names != "first":
        return {}
    if declared.kind() == "csv":
        text = path.read_text(encoding=declared.encoding, errors="replace")
        lines = csv_lines(text.removeprefix("\ufeff"), path.name, declared.delimiter)
    elif declared.kind() == "excel":
        from attune_files.raw.excel import sheet_lines

        sheets = sheet_lines(path)
        lines = sheets[declared.sheet] if declared.sheet else next(iter(sheets.values()))
    else:
        return {}
    pairs = zip(lines[0], lines[1], strict=False)
    return {name: ColumnNote(label=without_hidden(text)) for name, text in pairs if name and text}


def read_dictionaries(folder: Path, cohort: Cohort) -> dict[str, dict[str, ColumnNote]]:
    """The data dictionaries of a cohort, by the id of the file that they describe.

    Raises
    ------
    RawDataError
        With the problems of all dictionaries at once.
    """
    folder = raw_folder(folder, cohort)
    notes, problems = {}, []
    for name, declared in cohort.files.items():
        if declared.dictionary is not None:
            try:
                notes[name] = read_column_notes(folder / declared.path, declared)
            except RawDataError as error:
                problems.append("\n      ".join([error.heading, *error.problems]))
    if problems:
        raise RawDataError(f"The raw files of cohort {cohort.cohort} cannot be read.", problems)
    return notes
