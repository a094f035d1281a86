"""Reads one sheet of an OpenDocument file (.ods) as text."""

from pathlib import Path
from typing import Any

import pandas as pd
from odf.namespaces import OFFICENS, TABLENS, TEXTNS

from attune.specs.errors import RawDataError
from attune.specs.raw_file import RawFile
from attune_files.raw.cells import cell_text
from attune_files.raw.grid import Grid, chosen_sheet, grid_table, refuse_far_cells
from attune_files.raw.table import column_letter

MOST_REPEATED = 20_000
"""Columns that one cell can stand for."""

_CELL, _COVERED = (TABLENS, "table-cell"), (TABLENS, "covered-table-cell")
_PARAGRAPH = (TEXTNS, "p")
_KIND, _FORMULA = (OFFICENS, "value-type"), (TABLENS, "formula")
_REPEATED = (TABLENS, "number-columns-repeated")
_ACROSS, _DOWN = (TABLENS, "number-columns-spanned"), (TABLENS, "number-rows-spanned")


def read_raw_ods(path: Path, declared: RawFile) -> pd.DataFrame:
    """One sheet of an OpenDocument file as text; of formulas the results that were saved.

    Numbers, dates and truth values are read as stored, not as shown: what is shown depends on the
    language of the program that saved the file.

    Raises
    ------
    RawDataError
        The file is damaged, the sheet is ambiguous, or as `grid_table`.
    """
    grids = _grids(path, declared.decimal)
    filled = {name: bool(grid.lines) for name, grid in grids.items()}
    return grid_table(path.name, grids[chosen_sheet(path.name, filled, declared)], declared)


def sheet_lines(path: Path) -> dict[str, list[list[str]]]:
    """Each sheet of an OpenDocument file as text, row 1 first."""
    return {name: grid.lines for name, grid in _grids(path, ".").items()}


def _grids(path: Path, decimal: str) -> dict[str, Grid]:
    from odf.opendocument import load
    from odf.table import Table

    try:
        tables = load(path).spreadsheet.getElementsByType(Table)
    except Exception as error:
        # A damaged file can raise anything inside the package.
        raise RawDataError(
            f"{path.name} cannot be read as an OpenDocument file.",
            [f"It is damaged ({type(error).__name__}). Open it in LibreOffice and save it again."],
        ) from None
    return {table.getAttribute("name"): _grid(path.name, table, decimal) for table in tables}


def _grid(name: str, table: Any, decimal: str) -> Grid:
    from odf.table import TableRow

    grid, number = Grid([]), 1
    lines: dict[int, list[str]] = {}
    for row in table.getElementsByType(TableRow):
        times = int(row.getAttribute("numberrowsrepeated") or 1)
        line = _line(row, number, grid, decimal)
        # A sheet ends with a million empty rows: they are only counted.
        if line:
            lines |= {place: list(line) for place in range(number, number + times)}
            if row.getAttribute("visibility") in ("collapse", "filter"):
                grid.hidden += range(number, number + times)
        number += times
    refuse_far_cells(
        name,
        [
            (place, column)
            for place, line in lines.items()
            for column, text in enumerate(line, start=1)
            if text
        ],
    )
    grid.lines = [lines.get(place, []) for place in range(1, max(lines, default=0) + 1)]
    return grid


def _line(row: Any, number: int, grid: Grid, decimal: str) -> list[str]:
    """The cells of one row up to the last one with content; its peculiarities go into the grid."""
    line: list[str] = []
    for cell in row.childNodes:
        if getattr(cell, "qname", None) not in (_CELL, _COVERED):
            continue
        column, attributes = len(line) + 1, cell.attributes
        text = _text(cell, decimal)
        # A row ends with thousands of empty cells.
        line += [text] * min(int(attributes.get(_REPEATED, 1)), MOST_REPEATED)
        if cell.qname == _COVERED:
            continue
        across, down = int(attributes.get(_ACROSS, 1)), int(attributes.get(_DOWN, 1))
        if across > 1 or down > 1:
            last = f"{column_letter(column + across - 1)}{number + down - 1}"
            grid.merged.append(f"{column_letter(column)}{number}:{last}")
        if _FORMULA in attributes and _KIND not in attributes:
            grid.unsaved.append((number, column))
    while line and not line[-1]:
        line.pop()
    return line


def _text(cell: Any, decimal: str) -> str:
    from odf.teletype import extractText

    attributes = cell.attributes
    kind = attributes.get(_KIND)
    if kind in ("float", "percentage", "currency"):
        return cell_text(float(attributes[OFFICENS, "value"]), decimal)
    if kind == "boolean":
        return str(attributes[OFFICENS, "boolean-value"]).upper()
    if kind == "date":
        return str(attributes[OFFICENS, "date-value"]).removesuffix("T00:00:00")
    # A comment holds paragraphs too, but they are not the cell's own.
    paragraphs = [part for part in cell.childNodes if getattr(part, "qname", None) == _PARAGRAPH]
    return "\n".join(extractText(part) for part in paragraphs).strip()
