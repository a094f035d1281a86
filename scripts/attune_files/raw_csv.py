"""Reads a raw CSV file as text, cell by cell, and says what is wrong with the file itself."""

import csv
import io
from pathlib import Path

import pandas as pd

from attune.cohort import Cohort, RawFile
from attune.errors import RawDataError

DELIMITERS = {",": ",", ";": ";", "tab": "\t"}


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
        The file does not exist, is empty, has only a header, is in another encoding, repeats or
        lacks a column name, or has rows with more cells than the header.
    """
    text = _decoded(path, declared)
    lines = list(
        csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[declared.delimiter])
    )
    lines = [[cell.strip() for cell in line] for line in lines]
    if not any(any(line) for line in lines):
        raise RawDataError(
            f"{path.name} is empty.", ["Export the file again; nothing was written."]
        )
    header = lines[0]
    problems = _header_problems(header, declared)
    rows = {number: line for number, line in enumerate(lines[1:], start=2) if any(line)}
    if not rows:
        problems.append("it has a header, but no rows. Export the file again.")
    for number, line in rows.items():
        if len(line) > len(header):
            problems.append(
                f"row {number} has {len(line)} cells, but the header names {len(header)} columns."
                " Look for a delimiter inside a cell, or a decimal comma."
            )
    if problems:
        raise RawDataError(f"{path.name} cannot be read as a table.", problems)
    filled = [line + [""] * (len(header) - len(line)) for line in rows.values()]
    return pd.DataFrame(filled, columns=header, index=pd.Index(rows), dtype=object)


def _decoded(path: Path, declared: RawFile) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise RawDataError(
            f"{path.name} does not exist.",
            [
                f"cohort.yaml names it, but it is not in {path.parent.name}/. Add it or correct the name."
            ],
        ) from None
    # A byte order mark is no part of the first column's name.
    encoding = "utf-8-sig" if declared.encoding == "utf-8" else declared.encoding
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise RawDataError(
            f"{path.name} is not {declared.encoding}, or mixes encodings.",
            [
                f"row {row} holds a character that is not {declared.encoding}. Save the file as UTF-8,"
                " or set `encoding:` of this file in cohort.yaml (cp1252 is usual for older Excel)."
            ],
        ) from None


def _header_problems(header: list[str], declared: RawFile) -> list[str]:
    problems = []
    unnamed = [number for number, name in enumerate(header, start=1) if not name]
    if unnamed:
        problems.append(f"column {unnamed[0]} has no name. Name it or delete it.")
    for name in sorted({name for name in header if name and header.count(name) > 1}):
        problems.append(
            f"the column {name!r} occurs {header.count(name)} times. Rename all but one."
        )
    if len(header) == 1:
        others = [shown for shown, sign in DELIMITERS.items() if sign in header[0]]
        if others:
            problems.append(
                f"it has one column with {declared.delimiter!r} as delimiter. Is it"
                f" {others[0]!r}? Set `delimiter:` of this file in cohort.yaml."
            )
    return problems


def read_raw_sheets(folder: Path, cohort: Cohort) -> dict[str, pd.DataFrame]:
    """Every raw file of a cohort as text, by its id in the cohort file.

    Raises
    ------
    RawDataError
        With the problems of all files at once.
    """
    sheets, problems = {}, []
    for name, declared in cohort.files.items():
        try:
            sheets[name] = read_raw_csv(folder / declared.path, declared)
        except RawDataError as error:
            problems.append(" ".join([error.heading, *error.problems]))
    if problems:
        raise RawDataError(f"The raw files of cohort {cohort.cohort} cannot be read.", problems)
    return sheets
