"""Reads a large raw CSV file in blocks, with the texts of each column stored only once.

A million questionnaires of 300 items hold a handful of distinct texts: kept as categories they take
one byte per cell, and every distinct text has its meaning read once.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

BLOCK_BYTES = 4 << 20
"""Text that is parsed at a time."""

MOST_TEXTS = 127
"""Distinct texts up to which a column is kept as categories, one byte per cell."""


def read_large_csv(
    path: Path, header: list[str], header_rows: int, delimiter: str, encoding: str
) -> pd.DataFrame | None:
    """One raw file as text, if it is a regular table.

    Parameters
    ----------
    path : Path
    header : list of str
        Column names, one per column, all different.
    header_rows : int
        Rows above the first row of answers.
    delimiter, encoding : str

    Returns
    -------
    pandas.DataFrame or None
        As the strict reader gives it: one row per row with any content, the index being the row
        number. Columns of few distinct texts are categories, the others plain text. None where a
        row has more or fewer cells than the header or the text cannot be decoded: the strict
        reader then says where.
    """
    try:
        blocks = pyarrow.csv.open_csv(
            path,
            read_options=pyarrow.csv.ReadOptions(
                column_names=header,
                skip_rows_after_names=header_rows,
                block_size=BLOCK_BYTES,
                encoding="utf8" if encoding == "utf-8" else encoding,
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()),
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )
        columns = [_Column() for _ in header]
        for block in blocks:
            for column, texts in zip(columns, block.columns, strict=True):
                column.add(texts)
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return None
    sheet = pd.DataFrame(
        {name: column.texts() for name, column in zip(header, columns, strict=True)}
    )
    sheet.index = pd.RangeIndex(header_rows + 1, header_rows + 1 + len(sheet))
    filled = np.zeros(len(sheet), bool)
    for column in columns:
        filled |= column.filled()
    return sheet if filled.all() else sheet[filled]


class _Column:
    """The cells of one column, block by block: as codes while its distinct texts are few."""

    def __init__(self) -> None:
        self._code_of: dict[str, int] = {}
        self._codes: list[NDArray[np.int8]] = [np.zeros(0, np.int8)]
        self._plain: list[pa.Array] = []

    def add(self, texts: pa.Array) -> None:
        """Take the cells of the next block."""
        if self._plain:
            self._plain.append(pc.utf8_trim_whitespace(texts))
            return
        block = texts.dictionary_encode()
        found = [text.strip() for text in block.dictionary.to_pylist()]
        if len(self._code_of.keys() | set(found)) > MOST_TEXTS:
            self._plain = [pa.array(self._categories(), pa.string())]
            self._plain.append(pc.utf8_trim_whitespace(texts))
            self._codes.clear()
            return
        for text in found:
            self._code_of.setdefault(text, len(self._code_of))
        code = np.array([self._code_of[text] for text in found], np.int8)
        self._codes.append(code[block.indices.to_numpy()])

    def texts(self) -> pd.Series:
        """All cells, as categories or plain text."""
        if self._plain:
            return pa.chunked_array(self._plain).to_pandas().astype("str")
        return pd.Series(self._categories())

    def filled(self) -> NDArray[np.bool_]:
        """Whether each cell holds anything."""
        if self._plain:
            return pc.utf8_length(pa.chunked_array(self._plain)).to_numpy() > 0
        return np.concatenate(self._codes) != self._code_of.get("", -1)

    def _categories(self) -> pd.Categorical:
        names = pd.Index(list(self._code_of), dtype="str")
        return pd.Categorical.from_codes(np.concatenate(self._codes), categories=names)
