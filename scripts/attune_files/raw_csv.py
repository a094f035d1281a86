"""Reads a raw CSV file as text, cell by cell, and says what is wrong with the file itself."""

import codecs
import csv
import io
from pathlib import Path

import pandas as pd

from attune.errors import RawDataError
from attune.raw_file import RawFile
from attune_files.raw_csv_blocks import read_large_csv
from attune_files.raw_table import DELIMITERS, named_table

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
        A quotation mark is not closed.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[delimiter], strict=True)
    lines: list[list[str]] = []
    try:
        for line in reader:
            lines.append([cell.strip() for cell in line])
    except csv.Error:
        raise RawDataError(
            f"{name} cannot be read as a table.",
            [
                f"a cell that begins in row {len(lines) + 1} has a quotation mark that is not"
                ' closed, or text after the closing one. Write a quotation mark inside a cell as ""'
                " and close the cell with one."
            ],
        ) from None
    return lines


def marked_encoding(content: bytes) -> str | None:
    """The encoding that a byte order mark at the beginning declares."""
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return None


def _decoded(path: Path, declared: RawFile) -> str:
    content = path.read_bytes()
    marked = marked_encoding(content)
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
        text = content.decode(encoding)
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
    if "\x00" in text:
        raise RawDataError(
            f"{path.name} is not {declared.encoding}.",
            [
                f"row {text.count(chr(10), 0, text.index(chr(0))) + 1} holds a zero byte, as in a"
                " damaged file or in utf-16 without its mark. Save the file as UTF-8."
            ],
        )
    return text
