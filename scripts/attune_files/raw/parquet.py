"""Reads a Parquet file as text."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from attune.specs.errors import RawDataError
from attune.specs.raw_file import RawFile
from attune_files.raw.cells import cell_text


def read_raw_parquet(path: Path, declared: RawFile) -> pd.DataFrame:
    """One Parquet file as text; the index is the row, from 1.

    Raises
    ------
    RawDataError
        The file is damaged, has no rows, repeats a column name, or has columns of lists.
    """
    try:
        with pq.ParquetFile(path) as opened:
            table = opened.read()
    except (pa.ArrowException, OSError) as error:
        raise RawDataError(
            f"{path.name} cannot be read as a Parquet file.",
            [f"It is damaged ({type(error).__name__}). Write it again."],
        ) from None
    names = table.column_names
    problems = [
        f"the column {name!r} occurs {names.count(name)} times. Rename all but one."
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    problems += [
        f"the column {field.name!r} holds {field.type} in each cell. Write one value per cell."
        for field in table.schema
        if pa.types.is_nested(field.type)
    ]
    if not table.num_rows:
        problems.append("it has columns, but no rows. Export the file again.")
    columns: dict[str, Any] = {}
    for field in table.schema if not problems else ():
        try:
            columns[field.name] = _texts(table.column(field.name), declared.decimal)
        except (pa.ArrowException, OverflowError, ValueError):
            problems.append(
                f"the column {field.name!r} ({field.type}) holds values that are no numbers, dates"
                " or texts, or dates of no calendar. Write it again, as text."
            )
    if problems:
        raise RawDataError(f"{path.name} cannot be read as a table.", problems)
    sheet = pd.DataFrame(columns, index=pd.RangeIndex(1, table.num_rows + 1), dtype=object)
    return sheet[(sheet != "").any(axis=1)]


def _texts(column: Any, decimal: str) -> Any:
    """One column as text; each different value is written once."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_null(column.type):
        return np.full(len(column), "", dtype=object)
    encoded = column.combine_chunks().dictionary_encode()
    different = encoded.dictionary
    if pa.types.is_floating(different.type):
        # Python has no four-byte numbers: 0.1 would become 0.10000000149.
        values = list(different.to_numpy(zero_copy_only=False))
    else:
        values = different.to_pylist()
    texts = np.array([*(cell_text(value, decimal) for value in values), ""], dtype=object)
    # The last place is for the code -1, which stands for a missing value.
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return texts[codes]
