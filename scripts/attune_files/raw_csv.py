"""Reads a raw CSV file as text, cell by cell, and says what is wrong with the file itself."""

import codecs
import csv
import io
from pathlib import Path

import pandas as pd

from attune.errors import RawDataError
from attune.raw_file import RawFile

DELIMITERS = {",": ",", ";": ";", "tab": "\t", "|": "|"}

MOST_ROWS = 20
"""Rows that a message lists; a wrong delimiter would name every row of the file."""


def read_raw_csv(path: Path, declared: RawFile) -> pd.DataFrame:
    """One raw file as text.

    Parameters
    ----------
    path : Path
    declared : RawFile
        Encoding and delimiter, from the cohort file.

    Returns
    -------
    pandas.DataFrame of str
        One row per line below the header; the index is the row number as a spreadsheet shows it
        (the header is row 1). Cells are as given, with surrounding blanks removed. Lines without
        any content are left out.

    Raises
    ------
    RawDataError
        The file does not exist, is empty, has only a header, is in another encoding, leaves a
        quotation mark open, repeats or lacks a column name, or has rows with more or fewer cells
        than the header.
    """
    lines = _lines(_decoded(path, declared), path, declared)
    if not any(any(line) for line in lines):
        raise RawDataError(f"{path.name} is empty.", ["Export the file again."])
    header = lines[0]
    problems = _header_problems(header, declared)
    rows = {number: line for number, line in enumerate(lines[1:], start=2) if any(line)}
    if not rows:
        problems.append("it has a header, but no rows. Export the file again.")
    if any(header):
        problems += _width_problems(rows, len(header))
    if problems:
        raise RawDataError(f"{path.name} cannot be read as a table.", problems)
    return pd.DataFrame(list(rows.values()), columns=header, index=pd.Index(rows), dtype=object)


def _decoded(path: Path, declared: RawFile) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        where = f"cohort.yaml names it, but the folder {path.parent.name} does not have it."
        if isinstance(error, FileNotFoundError):
            raise RawDataError(
                f"{path.name} does not exist.", [f"{where} Add the file, or correct its name."]
            ) from None
        raise RawDataError(f"{path.name} cannot be opened: {error.strerror}.") from None
    marked = _marked_encoding(content)
    if marked is not None and marked != declared.encoding:
        raise RawDataError(
            f"{path.name} is {marked}, but cohort.yaml says {declared.encoding}.",
            [f"Its first bytes say so. Set `encoding: {marked}` of this file in cohort.yaml."],
        )
    if declared.encoding == "utf-16" and marked is None:
        raise RawDataError(
            f"{path.name} is not utf-16.",
            ["It does not begin as such a file does. Correct `encoding:` in cohort.yaml."],
        )
    # A byte order mark is no part of the first column's name.
    encoding = "utf-8-sig" if declared.encoding == "utf-8" else declared.encoding
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise RawDataError(
            f"{path.name} is not {declared.encoding}, or mixes encodings.",
            [
                f"row {row} holds a character that is not {declared.encoding}. Save the file as"
                " UTF-8, or set `encoding:` of this file in cohort.yaml (cp1252 is usual for older"
                " Excel)."
            ],
        ) from None


def _marked_encoding(content: bytes) -> str | None:
    """The encoding that a byte order mark at the beginning declares."""
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return None


def _lines(text: str, path: Path, declared: RawFile) -> list[list[str]]:
    """Cells per line. Strict: an open quotation mark would swallow the lines below it."""
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=DELIMITERS[declared.delimiter], strict=True
    )
    lines: list[list[str]] = []
    try:
        for line in reader:
            lines.append([cell.strip() for cell in line])
    except csv.Error:
        raise RawDataError(
            f"{path.name} cannot be read as a table.",
            [
                f"a cell that begins in row {len(lines) + 1} has a quotation mark that is not"
                ' closed, or text after the closing one. Write a quotation mark inside a cell as ""'
                " and close the cell with one."
            ],
        ) from None
    return lines


def _header_problems(header: list[str], declared: RawFile) -> list[str]:
    if not any(header):
        return ["row 1 is empty, but must hold the column names. Delete the rows above them."]
    problems = []
    unnamed = [str(number) for number, name in enumerate(header, start=1) if not name]
    if len(unnamed) == 1:
        problems.append(f"column {unnamed[0]} has no name. Name it or delete it.")
    elif unnamed:
        problems.append(f"the columns {', '.join(unnamed)} have no name. Name or delete them.")
    for name in sorted({name for name in header if name and header.count(name) > 1}):
        problems.append(
            f"the column {name!r} occurs {header.count(name)} times. Rename all but one."
        )
    if len(header) == 1:
        others = [shown for shown, sign in DELIMITERS.items() if sign in header[0]]
        if others:
            problems.append(
                f"it has one column with {declared.delimiter!r} as delimiter. Is it {others[0]!r}?"
                f' Set `delimiter: "{others[0]}"` of this file in cohort.yaml.'
            )
    return problems


def _width_problems(rows: dict[int, list[str]], width: int) -> list[str]:
    """Rows that are wider or narrower than the header."""
    problems = []
    for number, line in rows.items():
        cells = "1 cell" if len(line) == 1 else f"{len(line)} cells"
        if len(line) > width:
            problems.append(
                f"row {number} has {cells}, but the header names {width} columns."
                " Look for a delimiter inside a cell, or a decimal comma."
            )
        elif len(line) < width:
            problems.append(
                f"row {number} has {cells}, but the header names {width} columns."
                " Was the file cut off? Where an answer is missing, its empty cell must be there."
            )
    if len(problems) > MOST_ROWS:
        return [*problems[:MOST_ROWS], f"... and {len(problems) - MOST_ROWS} more rows like these."]
    return problems
