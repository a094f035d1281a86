"""Reads SPSS, Stata and SAS files as text, and what they say about their columns."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from attune.column_notes import ColumnNote
from attune.errors import RawDataError
from attune.raw_file import RawFile
from attune_files.raw_cells import cell_text, text_column


def read_raw_labelled(path: Path, declared: RawFile) -> pd.DataFrame:
    """One SPSS, Stata or SAS file as text: codes, not their labels; missing values are "".

    The index is the case number, from 1.
    """
    frame, described = _read(path, declared)
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
    """What an SPSS, Stata or SAS file says about its columns: labels and missing values."""
    _, described = _read(path, declared, metadataonly=True)
    notes = {}
    for name in described.column_names:
        levels = described.variable_value_labels.get(name, {})
        ranges = described.missing_ranges.get(name, [])
        singles = described.missing_user_values.get(name, [])
        notes[name] = ColumnNote(
            label=described.column_names_to_labels.get(name) or "",
            levels={cell_text(code): str(label).strip() for code, label in levels.items()},
            missing_codes=[_range_text(each) for each in ranges] + [cell_text(s) for s in singles],
        )
    return notes


def _range_text(limits: dict[str, Any]) -> str:
    low, high = cell_text(limits["lo"]), cell_text(limits["hi"])
    return low if low == high else f"{low} to {high}"


def _read(path: Path, declared: RawFile, **choices: Any) -> tuple[pd.DataFrame, Any]:
    import pyreadstat

    readers = {
        "sav": pyreadstat.read_sav,
        "zsav": pyreadstat.read_sav,
        "por": pyreadstat.read_por,
        "dta": pyreadstat.read_dta,
        "sas7bdat": pyreadstat.read_sas7bdat,
        "xpt": pyreadstat.read_xport,
    }
    by_format = {"spss": "sav", "stata": "dta", "sas": "sas7bdat"}
    ending = path.suffix.lower().removeprefix(".")
    read = readers.get(ending) or readers[by_format[declared.kind()]]
    try:
        frame, described = read(path, **choices)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
        raise RawDataError(
            f"{path.name} cannot be read as a file of {declared.kind()}.", [f"{error}."]
        ) from None
    return frame, described
