"""Read SPSS, Stata and SAS files as text, with the labels of their columns and codes."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from attune.intake.reading.column_notes import ColumnNote
from attune.specs.errors import RawDataError
from attune.specs.raw_file import RawFile
from attune_files.raw.cells import cell_text, text_column
from attune_files.raw.signature import PROGRAMS, article, content_kind

_XPT_RECORD = 80
"""Bytes; a SAS transport file is filled up to a whole number of records."""
_XPT_CASES = re.compile(rb"OBSV8   HEADER RECORD!!!!!!!\s*(\d+)")


def read_raw_labelled(path: Path, declared: RawFile) -> pd.DataFrame:
    """One SPSS, Stata or SAS file as text: codes, not their labels.

    What the file declares as missing is "": values and ranges of SPSS, the extended missing values
    of Stata and SAS. The index is the case number, from 1.

    Raises
    ------
    RawDataError
        The file is damaged, in another encoding, or has no cases.
    """
    frame, described = _read(path, declared)
    if not len(frame):
        raise RawDataError(
            f"{path.name} cannot be read as a table.",
            ["it has variables, but no cases. Export the file again."],
        )
    types = described.readstat_variable_types
    columns = {}
    for name in frame.columns:
        values = frame[name]
        if types.get(name) == "float":
            # Stored in four bytes: 0.1 is not 0.10000000149.
            values = values.astype(np.float32)
        columns[str(name)] = text_column(values, declared.decimal)
    index = pd.RangeIndex(1, len(frame) + 1)
    sheet = pd.DataFrame(columns, index=index, dtype=object)
    return sheet[(sheet != "").any(axis=1)]


def read_labelled_notes(path: Path, declared: RawFile) -> dict[str, ColumnNote]:
    """Labels and missing values that an SPSS, Stata or SAS file declares."""
    # Only where they are not emptied does the package say what the missing values are.
    choices = {"user_missing": True} if content_kind(path) == "sav" else {}
    _, described = _read(path, declared, metadataonly=True, **choices)
    notes = {}
    for name in described.column_names:
        levels = described.variable_value_labels.get(name, {})
        ranges = described.missing_ranges.get(name, [])
        notes[name] = ColumnNote(
            label=described.column_names_to_labels.get(name) or "",
            levels={cell_text(code): str(label).strip() for code, label in levels.items()},
            missing_codes=[_range_text(entry) for entry in ranges],
        )
    return notes


def _range_text(limits: dict[str, Any]) -> str:
    low, high = cell_text(limits["lo"]), cell_text(limits["hi"])
    return low if low == high else f"{low} to {high}"


def _read(path: Path, declared: RawFile, **choices: Any) -> tuple[pd.DataFrame, Any]:
    import pyreadstat

    kind = content_kind(path)
    readers: dict[str, Any] = {
        "sav": pyreadstat.read_sav,
        "por": pyreadstat.read_por,
        "dta": pyreadstat.read_dta,
        "sas7bdat": pyreadstat.read_sas7bdat,
        "xpt": pyreadstat.read_xport,
    }
    if declared.encoding != "utf-8" and kind != "por":
        choices["encoding"] = declared.encoding.upper()
    try:
        frame, described = readers[kind](path, **choices)
    except Exception as error:
        # A damaged file can raise anything inside the package.
        raise _unreadable(path, declared, error) from None
    if kind == "xpt" and "metadataonly" not in choices and _was_cut(path, len(frame)):
        raise _unreadable(path, declared, ValueError())
    return frame, described


def _was_cut(path: Path, cases: int) -> bool:
    """Whether a SAS transport file lacks its end, which its reader does not miss.

    Version 5 does not say how many cases there are: what is cut off in whole records is not seen.
    """
    content = path.read_bytes()
    header = _XPT_CASES.search(content)
    return bool(len(content) % _XPT_RECORD) or (header is not None and int(header[1]) != cases)


def _unreadable(path: Path, declared: RawFile, error: Exception) -> RawDataError:
    what = PROGRAMS[declared.kind()]
    if "encoding" in str(error) or isinstance(error, UnicodeError):
        remedy = (
            "it holds characters of another encoding than it declares. Set `encoding: cp1252` of"
            " this file in cohort.yaml (or latin-1), or save the file again in a newer version."
        )
    elif isinstance(error, OverflowError):
        remedy = (
            "a column of dates or times holds one that no calendar has. Sort each such column, and"
            " correct or empty its smallest and largest values; or make it a column of numbers."
        )
    else:
        remedy = "it is damaged or was cut off. Export the file again."
    return RawDataError(f"{path.name} cannot be read as {article(what)}.", [remedy])
