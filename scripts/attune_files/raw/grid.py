"""Problems of spreadsheets: merged cells, hidden rows, error values, formulas without result."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from attune.specs.closed_model import did_you_mean
from attune.specs.errors import RawDataError
from attune.specs.raw_file import RawFile
from attune_files.raw.table import column_letter, column_names, named_table

ERROR_VALUE = re.compile(r"#(REF!|DIV/0!|VALUE!|NAME\?|NUM!|SPILL!|CALC!)|Err:\d{3}")
"""What a spreadsheet shows for a formula that failed. #N/A and #NULL! are no such: programs write
them for "no answer", and the cohort file can list them as missing codes."""

MOST_PLACES = 10
"""Cells or rows that a message lists."""

MOST_CELLS = 20_000_000
"""Cells of a grid that are read however empty they are; each takes at least eight bytes."""
LEAST_FILLED = 0.01
"""Share of the cells of a larger grid that must hold something."""


@dataclass
class Grid:
    """One sheet of a spreadsheet file, cell by cell.

    Attributes
    ----------
    lines : list of list of str
        Cells as text, row 1 first.
    merged : list of str
        Ranges of merged cells, such as "B1:D1".
    hidden : list of int
        Numbers of the hidden rows with content.
    unsaved : list of (int, int)
        Row and column number of formulas whose result the file does not hold.
    """

    lines: list[list[str]]
    merged: list[str] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    unsaved: list[tuple[int, int]] = field(default_factory=list)


def chosen_sheet(name: str, filled: Mapping[str, bool], declared: RawFile) -> str:
    """The sheet to read.

    Parameters
    ----------
    name : str
        The file's name, for the messages.
    filled : mapping of str to bool
        Every sheet -> whether it holds anything.
    declared : RawFile

    Raises
    ------
    RawDataError
        The declared sheet does not exist, or none is declared and several hold something.
    """
    if declared.sheet is not None:
        if declared.sheet in filled:
            return declared.sheet
        hint = did_you_mean(declared.sheet, list(filled))
        raise RawDataError(
            f"{name} has no sheet {declared.sheet!r}.",
            [f"{hint} Correct `sheet:` of this file in cohort.yaml."],
        )
    if not filled:
        raise RawDataError(
            f"{name} cannot be read as a table.",
            ["It is damaged (it holds no sheet). Open it in its program and save it again."],
        )
    candidates = [sheet for sheet, something in filled.items() if something]
    if len(candidates) > 1:
        raise RawDataError(
            f"{name} has {len(candidates)} sheets.",
            [
                f"they are {', '.join(map(repr, candidates))}. Say which one to read: `sheet:"
                f" {candidates[0]}` of this file in cohort.yaml."
            ],
        )
    return candidates[0] if candidates else next(iter(filled))


def refuse_far_cells(name: str, filled: Collection[tuple[int, int]]) -> None:
    """Refuse a sheet with a stray cell far away from its table.

    The grid from the first cell to the stray one would not fit into memory.

    Parameters
    ----------
    name : str
        The file's name, for the message.
    filled : collection of (int, int)
        Row and column of every cell with content, from 1.

    Raises
    ------
    RawDataError
        The grid has more than `MOST_CELLS` cells, of which hardly any holds something.

    Examples
    --------
    >>> try:
    ...     refuse_far_cells("a.xlsx", [(1, 1), (2, 1), (1_048_576, 16_384)])
    ... except RawDataError as error:
    ...     print(error.problems[0][:65])
    the cell XFD1048576 holds something, far away from the other cell
    """
    if not filled:
        return
    n_rows, n_columns = (max(places) for places in zip(*filled, strict=True))
    if n_rows * n_columns <= max(MOST_CELLS, len(filled) / LEAST_FILLED):
        return
    far = dict.fromkeys((max(filled), max(filled, key=lambda place: place[::-1])))
    places = _some("cell", [_place(row, column) for row, column in far])
    one = len(far) == 1
    raise RawDataError(
        f"{name} cannot be read as a table.",
        [
            f"the {places} {'holds' if one else 'hold'} something, far away from the other cells."
            f" Empty {'it' if one else 'them'}, or delete {'its' if one else 'their'} row and"
            " column, and save the file again."
        ],
    )


def grid_table(name: str, grid: Grid, declared: RawFile) -> pd.DataFrame:
    """A sheet of a spreadsheet file as text, by row number.

    Raises
    ------
    RawDataError
        Cells are merged, rows are hidden, formulas failed or have no saved result; else as
        `named_table`.
    """
    problems = [
        f"the cells {cells} are merged. Unmerge them, so that each cell has its own content."
        for cells in grid.merged[:MOST_PLACES]
    ]
    if grid.hidden:
        problems.append(
            f"hidden, perhaps by a filter: {_some('row', grid.hidden)}. Show what is hidden, or"
            " delete it."
        )
    if grid.lines:
        problems += _cell_problems(grid, _dropped_columns(grid, declared))
    if problems:
        raise RawDataError(f"{name} cannot be read as a table.", problems)
    return named_table(name, grid.lines, declared, lettered=True)


def _dropped_columns(grid: Grid, declared: RawFile) -> set[int]:
    names = column_names(grid.lines[: declared.header_rows], declared)
    return {place for place, column in enumerate(names, start=1) if column in declared.dropped}


def _cell_problems(grid: Grid, skipped: set[int]) -> list[str]:
    problems = []
    unsaved = [_place(row, column) for row, column in grid.unsaved if column not in skipped]
    if unsaved:
        problems.append(
            f"the file holds no result of the formula in {_some('cell', unsaved)}. Open the file in"
            " Excel or LibreOffice, let it compute, and save it."
        )
    failed: dict[str, list[str]] = {}
    for row, line in enumerate(grid.lines, start=1):
        for column, text in enumerate(line, start=1):
            # The first letter excludes nearly all cells.
            if text[:1] in ("#", "E") and column not in skipped and ERROR_VALUE.fullmatch(text):
                failed.setdefault(text, []).append(_place(row, column))
    for text, places in failed.items():
        problems.append(
            f"{text} is in {_some('cell', places)}: a formula failed. Correct it, or empty the"
            " cell if there was no answer."
        )
    return problems


def _place(row: int, column: int) -> str:
    return f"{column_letter(column)}{row}"


def _some(noun: str, places: Sequence[object]) -> str:
    """A list of places, at most `MOST_PLACES` of them.

    Examples
    --------
    >>> _some("cell", ["B2"]), _some("cell", ["B2", "C3"])
    ('cell B2', 'cells B2, C3')
    >>> _some("row", range(2, 15))
    'rows 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 3 more'
    """
    more = len(places) - MOST_PLACES
    listed = ", ".join(map(str, places[:MOST_PLACES])) + (f" and {more} more" if more > 0 else "")
    return f"{noun}{'s' if len(places) > 1 else ''} {listed}"
