"""Reads a large raw CSV file in blocks, with the texts of each column stored only once.

A million questionnaires of 300 items hold a handful of distinct texts: kept as categories they take
one byte per cell, and every distinct text has its meaning read once.
"""

import codecs
import csv
import mmap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from attune.specs.errors import RawDataError
from attune.specs.raw_file import ROW_NUMBERS, RawFile
from attune_files.raw.table import (
    DELIMITERS,
    ROWS_JUDGED,
    column_names,
    marked_encoding,
    named_table,
)

_EMPTY_LINES = (b"\n\n", b"\n\r", b"\r\r")
"""How an empty line between two others begins, whichever signs end the lines."""

BLOCK_BYTES = 8 << 20
"""Text that is parsed at a time."""

MOST_TEXTS = 127
"""Distinct texts up to which a column is kept as categories, one byte per cell."""


def read_large_csv(path: Path, declared: RawFile) -> pd.DataFrame | None:
    """One raw file as text, if it is a regular table.

    Parameters
    ----------
    path : Path
    declared : RawFile

    Returns
    -------
    pandas.DataFrame or None
        As the strict reader gives it, but columns of few distinct texts are categories of text.
        None where anything is out of order, such as a row with more cells than the header or an
        empty line between two others: the strict reader then reports the place.
    """
    header = _header(path, declared)
    if header is None or _needs_strict_reading(path, declared):
        return None
    try:
        sheet = next(_sheets(path, declared, header, None))
    except pa.ArrowInvalid:
        return None
    pa.default_memory_pool().release_unused()
    return sheet


def csv_partitions(path: Path, declared: RawFile, rows: int) -> Iterator[pd.DataFrame]:
    """One raw file as text, some rows at a time.

    Parameters
    ----------
    path : Path
    declared : RawFile
    rows : int
        Most rows of a sheet.

    Yields
    ------
    pandas.DataFrame
        As `read_large_csv`.

    Raises
    ------
    RawDataError
        Anything is out of order.
    """
    header = _header(path, declared)
    reason = "it holds an empty line, a zero byte, or a quotation mark inside a cell"
    if header is not None and not _needs_strict_reading(path, declared):
        try:
            yield from _sheets(path, declared, header, rows)
            return
        except pa.ArrowInvalid as error:
            reason = str(error).splitlines()[0]
    raise RawDataError(
        f"{path.name} cannot be read in parts.",
        [f"{reason}. `attune check` reads it at once and names every place"],
    )


def _sheets(
    path: Path, declared: RawFile, header: list[str], rows: int | None
) -> Iterator[pd.DataFrame]:
    """Sheets of so many rows, or one of all rows."""
    first = declared.header_rows + 1
    columns, count = [_Column() for _ in header], 0
    # Columns are encoded side by side: each is a matter of its own.
    with ThreadPoolExecutor() as threads:
        for block in pyarrow.csv.open_csv(path, **_options(header, declared)):
            start = 0
            while start < len(block):
                part = block.slice(start, None if rows is None else rows - count)
                list(threads.map(_Column.add, columns, part.columns))
                start, count = start + len(part), count + len(part)
                if count == rows:
                    yield _sheet(header, columns, first)
                    first, count, columns = first + count, 0, [_Column() for _ in header]
    if count or rows is None:
        yield _sheet(header, columns, first)


def _sheet(header: list[str], columns: "list[_Column]", first: int) -> pd.DataFrame:
    """The rows of the columns that hold anything; the index is the row number in the file."""
    # Each column lets go of its blocks once it is whole.
    cells = {name: column.texts() for name, column in zip(header, columns, strict=True)}
    sheet = pd.DataFrame(cells, copy=False)
    sheet.index = pd.RangeIndex(first, first + len(sheet))
    filled = np.zeros(len(sheet), bool)
    for name in header:
        filled |= (sheet[name] != "").to_numpy(dtype=bool)
    return sheet if filled.all() else sheet[filled]


def _header(path: Path, declared: RawFile) -> list[str] | None:
    """The column names; None where the first rows are not a table, or not one for blocks."""
    with path.open("rb") as opened:
        marked = marked_encoding(opened.read(4))
    if declared.encoding == "utf-16" or marked not in (None, declared.encoding):
        return None
    encoding = "utf-8-sig" if declared.encoding == "utf-8" else declared.encoding
    try:
        with path.open(encoding=encoding, newline="") as opened:
            reader = csv.reader(opened, delimiter=DELIMITERS[declared.delimiter], strict=True)
            first = [
                [cell.strip() for cell in row]
                for row in islice(reader, declared.header_rows + ROWS_JUDGED)
            ]
        header = [str(name) for name in named_table(path.name, first, declared).columns]
        # Whether a column without a name holds row numbers is to be seen in all rows.
        added = ROW_NUMBERS in header and ROW_NUMBERS not in column_names(first, declared)
        return None if added else header
    except (csv.Error, UnicodeDecodeError, RawDataError):
        return None


def _needs_strict_reading(path: Path, declared: RawFile) -> bool:
    """Whether the file holds something that pyarrow would ignore.

    An empty line between two others is left out of the counting of rows; a zero byte would be part
    of a cell; and text outside the quotation marks of a cell would become part of it.
    """
    with (
        path.open("rb") as opened,
        mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        end = len(content)
        while end and content[end - 1] in b"\r\n":
            end -= 1
        first = len(codecs.BOM_UTF8) if content[:3] == codecs.BOM_UTF8 else 0
        marks = 0
        for start in range(first, end, BLOCK_BYTES):
            stop = min(start + BLOCK_BYTES, end)
            # With the sign before and the one behind; the ends of the file are ends of lines.
            before = content[start - 1 : start] if start > first else b"\n"
            block = before + content[start:stop] + (content[stop : stop + 1] or b"\n")
            if b"\0" in block or _has_empty_line(block):
                return True
            n_marks = _quotation_marks(block, marks, DELIMITERS[declared.delimiter])
            if n_marks is None:
                return True
            marks += n_marks
        return marks % 2 == 1


def _has_empty_line(block: bytes) -> bool:
    """Whether a line is empty, whichever signs end the lines; the last sign does not count."""
    ends = _EMPTY_LINES if b"\r" in block else _EMPTY_LINES[:1]
    return any(block.find(end, 0, len(block) - 1) >= 0 for end in ends)


def _quotation_marks(block: bytes, earlier: int, delimiter: str) -> int | None:
    """Number of quotation marks; None if one neither encloses a cell nor is doubled inside one.

    Marks open and close in turn; a doubled one closes and opens again. An opening mark follows a
    delimiter, the end of a line or a closing mark; a closing mark precedes such a one.

    Parameters
    ----------
    block : bytes
        With one sign before and one behind the part that is looked at.
    earlier : int
        Marks before the block.
    delimiter : str
    """
    if b'"' not in block:
        return 0
    signs = np.frombuffer(block, np.uint8)
    marks = np.flatnonzero(signs[1:-1] == ord('"')) + 1
    opening = (earlier + np.arange(len(marks))) % 2 == 0
    neighbours = signs[np.where(opening, marks - 1, marks + 1)]
    allowed = [ord(sign) for sign in ('"', "\r", "\n", delimiter)]
    return len(marks) if np.isin(neighbours, allowed).all() else None


def _options(header: list[str], declared: RawFile) -> dict[str, Any]:
    """Every cell is text, and an empty one is empty text."""
    return {
        "read_options": pyarrow.csv.ReadOptions(
            column_names=header,
            skip_rows_after_names=declared.header_rows,
            block_size=BLOCK_BYTES,
            encoding="utf8" if declared.encoding == "utf-8" else declared.encoding,
        ),
        "parse_options": pyarrow.csv.ParseOptions(
            delimiter=DELIMITERS[declared.delimiter], newlines_in_values=True
        ),
        "convert_options": pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
        ),
    }


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
        stripped = [text.strip() for text in block.dictionary.to_pylist()]
        if len(self._code_of.keys() | set(stripped)) > MOST_TEXTS:
            self._plain = [pa.array(self._categories(), pa.string())]
            self._plain.append(pc.utf8_trim_whitespace(texts))
            return
        for text in stripped:
            self._code_of.setdefault(text, len(self._code_of))
        code = np.array([self._code_of[text] for text in stripped], np.int8)
        self._codes.append(code[block.indices.to_numpy()])

    def texts(self) -> pd.Series:
        """All cells, as categories or plain text; the column holds none of them any more."""
        if self._plain:
            blocks, self._plain = pa.chunked_array(self._plain), []
            return blocks.to_pandas().astype(object)
        return pd.Series(self._categories())

    def _categories(self) -> pd.Categorical:
        codes, self._codes = np.concatenate(self._codes), []
        names = pd.Index(list(self._code_of), dtype="str")
        return pd.Categorical.from_codes(codes, categories=names)
