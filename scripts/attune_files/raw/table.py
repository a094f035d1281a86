"""Lines of cells as a table with column names, and faults of the file itself."""

import codecs
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from attune.specs.errors import RawDataError
from attune.specs.raw_file import ROW_NUMBERS, RawFile

MOST_ROWS = 20
"""Rows that a message lists; a wrong delimiter would name every row of the file."""

MOST_COLUMNS = 20_000
"""Columns of a raw file: spreadsheets hold 16,384, and each takes a millisecond to look at."""

ROWS_JUDGED = 3
"""Rows at the top that may be those of a Qualtrics export."""

DELIMITERS = {",": ",", ";": ";", "tab": "\t", "|": "|"}
"""Delimiter as the cohort file writes it -> the sign itself."""

QUALTRICS_ROW = '{"ImportId"'
"""Begins the cells of the last header row of a Qualtrics export."""

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def marked_encoding(content: bytes) -> str | None:
    """The encoding that a byte order mark at the beginning declares."""
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return None


def refuse_too_many_columns(name: str, columns: int) -> None:
    """Refuse a file that is wider than any table of people, before its cells are looked at.

    Parameters
    ----------
    name : str
        The file's name, for the message.
    columns : int
        How many it has.

    Raises
    ------
    RawDataError
        It has more than `MOST_COLUMNS`.
    """
    if columns > MOST_COLUMNS:
        raise RawDataError(
            f"{name} cannot be read as a table of people.",
            [
                f"it has {columns:,} columns, and at most {MOST_COLUMNS:,} are read. Where each"
                " column is a person or a moment, write the table with one row for each; else"
                " export the questionnaires of the study alone, or in several files."
            ],
        )


def named_table(
    name: str, lines: list[list[str]], declared: RawFile, lettered: bool = False
) -> pd.DataFrame:
    """The lines of a file as a sheet.

    Parameters
    ----------
    name : str
        The file's name, for the messages.
    lines : list of list of str
        Cells per row, the first row of the file first.
    declared : RawFile
    lettered : bool
        Whether the program that shows the file names its columns by letters. Such a file is a
        grid, whose narrow rows are filled up. Columns at the right edge without a name and without
        any content are left out of every file: spreadsheets save them where a cell was emptied.

    Returns
    -------
    pandas.DataFrame of str
        The index is the row number in the file; rows without any content are left out.

    Raises
    ------
    RawDataError
        The file is empty or has only a header; a column name is missing or repeated; rows are
        wider or narrower than the header; the declared header rows are not what the file has.
    """
    if not any(any(line) for line in lines):
        raise RawDataError(f"{name} is empty.", ["Export the file again."])
    lines = _without_empty_edge(lines, filled_up=lettered)
    above, below = lines[: declared.header_rows], lines[declared.header_rows :]
    header = with_row_numbers(column_names(above, declared), below)
    problems = _header_row_problems(lines, declared) or _name_problems(header, declared, lettered)
    first = declared.header_rows + 1
    rows = {number: line for number, line in enumerate(below, start=first) if any(line)}
    if not rows:
        problems.append("it has a header, but no rows. Export the file again.")
    if any(header):
        problems += _width_problems(rows, len(header))
    if problems:
        raise RawDataError(f"{name} cannot be read as a table.", problems)
    cells = np.array(list(rows.values()), dtype=object)
    return pd.DataFrame(cells, columns=header, index=pd.Index(rows), dtype=object)


def column_names(header_rows: list[list[str]], declared: RawFile) -> list[str]:
    """The columns' names from the header rows, as the cohort file declares them."""
    names = _names_in(header_rows, declared)
    return numbered_repeats(names) if declared.numbered_repeats else names


def numbered_repeats(names: Sequence[str]) -> list[str]:
    """Names of which the second and further ones that are alike have their number behind them.

    Examples
    --------
    >>> numbered_repeats(["Age", "Complete?", "Sad?", "Complete?"])
    ['Age', 'Complete?', 'Sad?', 'Complete? (2)']
    """
    seen: Counter[str] = Counter()
    numbered = []
    for name in names:
        seen[name] += 1
        numbered.append(f"{name} ({seen[name]})" if name and seen[name] > 1 else name)
    return numbered


def worded_repeats(names: Sequence[str]) -> list[str]:
    """Headings that stand more than once, if all of them are questions or labels.

    Names of variables that stand twice are a mistake of the file; questions need not differ.

    Examples
    --------
    >>> worded_repeats(["id", "Complete?", "Complete?"]), worded_repeats(["id", "q1", "q1"])
    (['Complete?'], [])
    """
    twice = sorted(name for name, count in Counter(names).items() if count > 1 and name)
    return twice if all(" " in name or name.endswith("?") for name in twice) else []


def _names_in(header_rows: list[list[str]], declared: RawFile) -> list[str]:
    """The columns' names as they stand in the header rows."""
    if declared.names == "last":
        return header_rows[-1]
    if declared.names == "first" or len(header_rows) == 1:
        return header_rows[0]
    width = max(map(len, header_rows))
    padded = [[*row, *[""] * (width - len(row))] for row in header_rows]
    if declared.names == "grid":
        return grid_names(padded[0], padded[-1])
    return ["_".join(filter(None, parts)) for parts in zip(*padded, strict=True)]


def grid_names(first: list[str], last: list[str]) -> list[str]:
    """Names of columns whose questions stand in one row and the rows of their grids in another.

    Examples
    --------
    >>> grid_names(["code", "How often?", "", "age"], ["Response", "sad", "tired", ""])
    ['code', 'sad', 'tired', 'age']
    """
    behind = [*first[1:], "-"]
    return [
        below if below and not (above and after) else above
        for above, below, after in zip(first, last, behind, strict=True)
    ]


def with_row_numbers(header: list[str], below: Sequence[Sequence[str]]) -> list[str]:
    """Column names with a name for the row numbers that R writes in front of the first column.

    `write.csv` leaves the name of that column empty, `write.table` leaves it out. A column is taken
    for row numbers only if every cell holds another whole number.

    Parameters
    ----------
    header : list of str
    below : sequence of sequence of str
        Cells of the rows below the header.

    Examples
    --------
    >>> with_row_numbers(["", "id"], [["1", "p01"], ["2", "p02"]])
    ['row_number', 'id']
    >>> with_row_numbers(["id", "age"], [["1", "p01", "30"], ["2", "p02", "40"]])
    ['row_number', 'id', 'age']
    >>> with_row_numbers(["", "id"], [["Ann", "p01"], ["Bob", "p02"]])
    ['', 'id']
    """
    rows = [line for line in below if any(line)]
    if ROW_NUMBERS in header or not all(header[1:]) or not any(header):
        return header
    unnamed = header[0] == ""
    if not (rows and (unnamed or all(len(line) == len(header) + 1 for line in rows))):
        return header
    first = [line[0] for line in rows]
    if len(set(first)) < len(first) or not all(cell.isdecimal() for cell in first):
        return header
    return [ROW_NUMBERS, *(header[1:] if unnamed else header)]


def column_letter(number: int) -> str:
    """A column as spreadsheets call it.

    Examples
    --------
    >>> column_letter(1), column_letter(26), column_letter(28)
    ('A', 'Z', 'AB')
    """
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def is_qualtrics_row(line: list[str]) -> bool:
    """Whether a line is the row of import ids that Qualtrics writes below its questions."""
    return any(cell.startswith(QUALTRICS_ROW) for cell in line)


def _without_empty_edge(lines: list[list[str]], *, filled_up: bool) -> list[list[str]]:
    """Rows without the columns at their right that hold nothing at all; narrow ones filled up.

    Examples
    --------
    >>> _without_empty_edge([["id", "a", ""], ["1", "", ""]], filled_up=False)
    [['id', 'a'], ['1', '']]
    """
    width = max(
        (place for line in lines for place, cell in enumerate(line, start=1) if cell), default=0
    )
    if not filled_up and all(len(line) <= width for line in lines):
        return lines
    more = width if filled_up else 0
    return [[*line[:width], *[""] * (more - len(line))] for line in lines]


def _header_row_problems(lines: list[list[str]], declared: RawFile) -> list[str]:
    """Header rows that are read as answers, or answers that are skipped as header rows."""
    count = declared.header_rows
    for number, line in enumerate(lines[:ROWS_JUDGED], start=1):
        if number > count and is_qualtrics_row(line):
            return [
                f"row {number} holds the import ids of a Qualtrics export, not answers. Set"
                f" `header_rows: {number}` of this file in cohort.yaml."
            ]
    named_by = {"first": 1, "last": count}.get(declared.names)
    for number, line in enumerate(lines[:count], start=1):
        filled = [cell for cell in line if cell]
        numbers = sum(bool(_NUMBER.fullmatch(cell)) for cell in filled)
        if named_by not in (None, number) and numbers > max(1, len(filled) / 2):
            return [
                f"row {number} is one of {count} header rows by cohort.yaml, but holds numbers as"
                " a row of answers does. Correct `header_rows:` of this file."
            ]
    return []


def _name_problems(header: list[str], declared: RawFile, lettered: bool) -> list[str]:
    if not any(header):
        row = declared.header_rows if declared.names == "last" else 1
        return [
            f"row {row} is empty, but must hold the column names. Delete the rows above them, or"
            " set `header_rows:` and `names: last` of this file in cohort.yaml."
        ]
    problems = []
    places = [number for number, cell in enumerate(header, start=1) if not cell]
    unnamed = [column_letter(number) if lettered else str(number) for number in places]
    if len(unnamed) == 1:
        problems.append(f"column {unnamed[0]} has no name. Name it or delete it.")
    elif unnamed:
        problems.append(f"the columns {', '.join(unnamed)} have no name. Name or delete them.")
    problems += _repeated_names([cell for cell in header if cell])
    if len(header) == 1 and declared.kind() == "csv":
        others = [delimiter for delimiter, sign in DELIMITERS.items() if sign in header[0]]
        if others:
            problems.append(
                f"it has one column with {declared.delimiter!r} as delimiter. Is it {others[0]!r}?"
                f' Set `delimiter: "{others[0]}"` of this file in cohort.yaml.'
            )
    return problems


def repeated_columns(names: Sequence[str]) -> list[str]:
    """A sentence for each name that several columns have.

    Examples
    --------
    >>> repeated_columns(["id", "a", "a"])
    ["the column 'a' occurs 2 times. Rename all but one."]
    """
    return [
        f"the column {name!r} occurs {count} times. Rename all but one."
        for name, count in Counter(names).items()
        if count > 1
    ]


def _repeated_names(names: list[str]) -> list[str]:
    repeated = repeated_columns(sorted(names))
    numbers = sum(bool(_NUMBER.fullmatch(name)) for name in names)
    if repeated and numbers >= len(names) / 2:
        # The names would be somebody's answers: they are not shown.
        return [
            "row 1 holds repeated numbers, as a row of answers does. Put a row with the name of"
            " each column above it."
        ]
    return repeated


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
