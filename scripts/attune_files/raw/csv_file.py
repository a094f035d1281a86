"""Read a raw CSV file as text, cell by cell, and report faults of the file itself."""

import csv
import io
from pathlib import Path

import pandas as pd

from attune.specs.errors import RawDataError
from attune.specs.raw_file import RawFile
from attune_files.raw.csv_blocks import read_large_csv
from attune_files.raw.table import (
    DELIMITERS,
    marked_encoding,
    named_table,
    refuse_too_many_columns,
)

LARGE_FILE = 32 << 20
"""Bytes from which a file is read in blocks."""


def read_raw_csv(path: Path, declared: RawFile) -> pd.DataFrame:
    """One raw file as text.

    Parameters
    ----------
    path : Path
    declared : RawFile
        Encoding, delimiter and header rows, from the cohort file.

    Returns
    -------
    pandas.DataFrame of str
        One row per line below the header; the index is the row number as a spreadsheet shows it
        (the header is row 1). Cells are as given, with surrounding blanks removed. Lines without
        any content are left out. In a file of `LARGE_FILE` bytes or more, columns of few distinct
        texts are categories of text.

    Raises
    ------
    RawDataError
        The file is empty, has only a header, is in another encoding, leaves a quotation mark open,
        repeats or lacks a column name, or has rows with more or fewer cells than the header.
    """
    if path.stat().st_size >= LARGE_FILE:
        sheet = read_large_csv(path, declared)
        if sheet is not None:
            return sheet
    text = _decoded(path, declared)
    return named_table(path.name, csv_lines(text, path.name, declared.delimiter), declared)


def csv_lines(text: str, name: str, delimiter: str) -> list[list[str]]:
    """Cells per line. Strict: an open quotation mark would swallow the lines below it.

    Raises
    ------
    RawDataError
        A quotation mark is not closed, a cell is longer than any answer, or a line has more cells
        than any table of people.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[delimiter], strict=True)
    lines: list[list[str]] = []
    try:
        for line in reader:
            refuse_too_many_columns(name, len(line))
            lines.append([cell.strip() for cell in line])
    except csv.Error as error:
        if "field limit" in str(error):
            raise RawDataError(
                f"{name} cannot be read as a table.",
                [
                    f"row {len(lines) + 1} holds a cell of more than {csv.field_size_limit():,}"
                    " characters, which is not an answer. Shorten it, or remove its column; if"
                    " nobody"
                    " wrote such a text, a quotation mark before it was never closed."
                ],
            ) from None
        raise RawDataError(
            f"{name} cannot be read as a table.",
            [
                f"a cell that begins in row {len(lines) + 1} has a quotation mark that is not"
                ' closed, or text after the closing one. Write a quotation mark inside a cell as ""'
                " and close the cell with one."
            ],
        ) from None
    return lines


def _decoded(path: Path, declared: RawFile) -> str:
    content = path.read_bytes()
    marked = marked_encoding(content)
    if marked is not None and marked != declared.encoding:
        raise RawDataError(
            f"{path.name} is {marked}, but cohort.yaml declares {declared.encoding}.",
            [f"Its first bytes say so. Set `encoding: {marked}` of this file in cohort.yaml."],
        )
    if declared.encoding == "utf-16" and marked is None:
        raise RawDataError(
            f"{path.name} is not utf-16.",
            ["It does not begin as such a file does. Correct `encoding:` in cohort.yaml."],
        )
    # A byte order mark is not part of the first column's name.
    encoding = "utf-8-sig" if declared.encoding == "utf-8" else declared.encoding
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        row = _row_after(content[: error.start].decode(encoding, "replace"), declared)
        raise RawDataError(
            f"{path.name} is not {declared.encoding}, or mixes encodings.",
            [
                f"row {row} holds a character that is not {declared.encoding}. Save the file as"
                " UTF-8, or set `encoding:` of this file in cohort.yaml (cp1252 is usual for older"
                " Excel)."
            ],
        ) from None
    if "\x00" in text:
        raise RawDataError(
            f"{path.name} is not {declared.encoding}.",
            [
                f"row {_row_after(text[: text.index(chr(0))], declared)} holds a zero byte, as in a"
                " damaged file or in utf-16 without its mark. Save the file as UTF-8."
            ],
        )
    return text


def _row_after(text: str, declared: RawFile) -> int:
    r"""The row in which the beginning of a file ends, as spreadsheets count: cells may hold lines.

    Examples
    --------
    >>> _row_after('id,note\na,"two\nlines"\nb,', RawFile(path="a.csv", dyad="id"))
    3
    """
    lines = io.StringIO(text + "x", newline="")
    try:
        return sum(1 for _ in csv.reader(lines, delimiter=DELIMITERS[declared.delimiter]))
    except csv.Error:
        # A cell of more than a hundred thousand letters: no quotation mark closes it.
        return text.count("\n") + 1
