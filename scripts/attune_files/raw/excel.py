"""Reads one sheet of an Excel file (.xlsx, .xlsm) as text.

By openpyxl, since the checks of `attune_files.raw.grid` need what python-calamine (0.9) does not
tell: it reads failed formulas and #N/A as empty cells, so that an error would pass for a missing
answer, and gives neither hidden rows nor formulas without a saved result; nor does it for
OpenDocument (`attune_files.raw.ods`).
"""

import io
import posixpath
import re
import warnings
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd

from attune.specs.errors import RawDataError
from attune.specs.raw_file import RawFile
from attune_files.raw.cells import cell_text
from attune_files.raw.grid import Grid, chosen_sheet, grid_table, refuse_far_cells


def read_raw_excel(path: Path, declared: RawFile) -> pd.DataFrame:
    """One sheet of an Excel file as text; of formulas the results that Excel saved.

    Raises
    ------
    RawDataError
        The file is damaged, the sheet is ambiguous, or as `grid_table`.
    """
    sheet = _sheet(path, declared, results=False)
    grid = _grid(path.name, sheet, declared)
    formulas = [place for place, cell in _filled_cells(sheet).items() if cell.data_type == "f"]
    if formulas:
        results = _sheet(path, declared, results=True)
        for row, column in formulas:
            result = results.cell(row, column)
            grid.lines[row - 1][column - 1] = cell_text(result.value, declared.decimal)
            # A result that is an empty text was saved as such; it has the type of a text.
            if result.value is None and result.data_type == "n":
                grid.unsaved.append((row, column))
    return grid_table(path.name, grid, declared)


def sheet_lines(path: Path) -> dict[str, list[list[str]]]:
    """Each sheet of an Excel file as text, row 1 first."""
    return {
        sheet.title: _lines(path.name, sheet) for sheet in _workbook(path, results=True).worksheets
    }


def _sheet(path: Path, declared: RawFile, results: bool) -> Any:
    sheets = {sheet.title: sheet for sheet in _workbook(path, results).worksheets}
    filled = {
        name: any(cell.value is not None for cell in sheet._cells.values())
        for name, sheet in sheets.items()
    }
    return sheets[chosen_sheet(path.name, filled, declared)]


def _workbook(path: Path, results: bool) -> Any:
    import openpyxl

    with warnings.catch_warnings():
        # About styles and validation lists, which no cell's content depends on.
        warnings.simplefilter("ignore")
        try:
            # Opened here, since the package judges a path by its ending.
            with path.open("rb") as opened:
                try:
                    return openpyxl.load_workbook(opened, data_only=results)
                except KeyError:
                    return openpyxl.load_workbook(_without_lost_parts(path), data_only=results)
        except Exception as error:
            # A damaged file can raise anything inside the package.
            raise RawDataError(
                f"{path.name} cannot be read as an Excel file.",
                [f"It is damaged ({type(error).__name__}). Open it in Excel and save it again."],
            ) from None


_BESIDE_CELLS = re.compile(
    rb"<Relationship\b[^>]*Type=\"[^\"]*/(drawing|vmlDrawing|image|chart|printerSettings)\"[^>]*/>"
)
"""A reference to a part of the file that holds no cell."""

_TARGET = re.compile(rb"Target=\"([^\"]*)\"")


def _without_lost_parts(path: Path) -> io.BytesIO:
    """The file without references to drawings that it does not hold.

    R's openxlsx writes such references into every sheet; openpyxl looks for each. What is lost
    holds no cell.
    """
    kept = io.BytesIO()
    with zipfile.ZipFile(path) as given, zipfile.ZipFile(kept, "w") as written:
        names = set(given.namelist())
        for name in given.namelist():
            content = given.read(name)
            if name.endswith(".rels"):
                content = _without_lost_references(content, name, names)
            written.writestr(name, content)
    kept.seek(0)
    return kept


def _without_lost_references(content: bytes, name: str, names: Collection[str]) -> bytes:
    """The references of one part without those to drawings that are not among the names."""
    folder = posixpath.dirname(posixpath.dirname(name))
    for found in list(_BESIDE_CELLS.finditer(content)):
        if _target_of(found[0], folder) not in names:
            content = content.replace(found[0], b"")
    return content


def _target_of(reference: bytes, folder: str) -> str:
    """The part of the file that a reference from a folder leads to."""
    found = _TARGET.search(reference)
    target = found[1].decode("utf-8", "replace") if found else ""
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _filled_cells(sheet: Any) -> dict[tuple[int, int], Any]:
    """The cells with content, by row and column: a sheet with two far apart is not a full grid."""
    return {place: cell for place, cell in sheet._cells.items() if cell.value is not None}


def _lines(name: str, sheet: Any, decimal: str = ".") -> list[list[str]]:
    """The cells as text, up to the last row and column with content."""
    filled = _filled_cells(sheet)
    if not filled:
        return []
    refuse_far_cells(name, filled)
    n_rows, n_columns = (max(places) for places in zip(*filled, strict=True))
    lines = [[""] * n_columns for _ in range(n_rows)]
    for (row, column), cell in filled.items():
        lines[row - 1][column - 1] = cell_text(cell.value, decimal)
    return lines


def _grid(name: str, sheet: Any, declared: RawFile) -> Grid:
    lines = _lines(name, sheet, declared.decimal)
    hidden = [
        number
        for number, row in sheet.row_dimensions.items()
        if row.hidden and number <= len(lines) and any(lines[number - 1])
    ]
    merged = sorted(str(cells) for cells in sheet.merged_cells.ranges)
    return Grid(lines, merged, sorted(hidden))
