"""Raw files as other programs write them, from the same lines of cells."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat

Lines = list[list[str]]


def frame(lines: Lines) -> pd.DataFrame:
    """Lines as columns of numbers (empty cells are missing) and of text."""
    columns = {}
    for name, *cells in zip(*lines, strict=True):
        numbers = all(not cell or cell.lstrip("-").replace(".", "", 1).isdigit() for cell in cells)
        columns[name] = [float(cell) if cell else np.nan for cell in cells] if numbers else cells
    return pd.DataFrame(columns)


def write_csv(path: Path, lines: Lines, delimiter: str = ",", encoding: str = "utf-8") -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(lines)
    path.write_bytes(text.getvalue().encode(encoding))


def write_qualtrics(path: Path, lines: Lines) -> None:
    header, *answers = lines
    questions = [f"Question of {name},\nover two lines" for name in header]
    ids = [f'{{"ImportId":"QID{number}"}}' for number, _ in enumerate(header)]
    write_csv(path, [header, questions, ids, *answers])


def write_xlsx(path: Path, lines: Lines, *other_sheets: str) -> openpyxl.Workbook:
    """One sheet "Data" with numbers as numbers, after empty other sheets."""
    book = openpyxl.Workbook()
    book.active.title = "Data"
    values = frame(lines).astype(object)
    book.active.append(lines[0])
    for row in values.where(values.notna(), None).itertuples(index=False):
        book.active.append(list(row))
    for name in other_sheets:
        book.create_sheet(name)
    book.save(path)
    return book


def write_ods(path: Path, lines: Lines) -> None:
    frame(lines).to_excel(path, engine="odf", index=False, sheet_name="Data")


def write_spss(path: Path, lines: Lines) -> None:
    """Missing numbers are a declared code, 99, or one of a range, -9 to -1."""
    values = frame(lines)
    numbers = [name for name in values if values[name].dtype == float]
    codes = np.where(np.arange(len(values)) % 2, 99.0, -3.0)
    for name in numbers:
        values[name] = values[name].where(values[name].notna(), codes)
    missing = {name: [99.0, {"lo": -9.0, "hi": -1.0}] for name in numbers}
    labels = {name: {0.0: "never", 1.0: "rarely"} for name in numbers}
    compress = path.suffix == ".zsav"
    pyreadstat.write_sav(
        values, path, missing_ranges=missing, variable_value_labels=labels, compress=compress
    )


def write_stata(path: Path, lines: Lines) -> None:
    """Missing numbers are the extended missing value .b."""
    values = frame(lines)
    numbers = [name for name in values if values[name].dtype == float]
    values[numbers] = values[numbers].astype(object).where(values[numbers].notna(), "b")
    missing = {name: ["b"] for name in numbers}
    pyreadstat.write_dta(values, path, missing_user_values=missing, version=15)


def write_old_stata(path: Path, lines: Lines) -> None:
    values = frame(lines)
    numbers = [name for name in values if values[name].dtype == float]
    values[numbers] = values[numbers].astype(np.float32)
    values.to_stata(path, write_index=False, version=114)


def write_xpt(path: Path, lines: Lines) -> None:
    pyreadstat.write_xport(frame(lines), path, file_format_version=8)


def write_parquet(path: Path, lines: Lines) -> None:
    """Whole numbers as integers, texts as categories."""
    values = frame(lines).convert_dtypes()
    texts = [name for name in values if not pd.api.types.is_numeric_dtype(values[name])]
    pq.write_table(pa.Table.from_pandas(values.astype(dict.fromkeys(texts, "category"))), path)


WRITERS: dict[str, tuple[str, dict[str, object], Callable[[Path, Lines], object]]] = {
    "tab": ("tsv", {"delimiter": "tab"}, lambda path, lines: write_csv(path, lines, "\t")),
    "bar": ("txt", {"delimiter": "|"}, lambda path, lines: write_csv(path, lines, "|")),
    "semicolon": (
        "csv",
        {"delimiter": ";", "encoding": "cp1252"},
        lambda path, lines: write_csv(path, lines, ";", "cp1252"),
    ),
    "utf-16": (
        "csv",
        {"encoding": "utf-16"},
        lambda path, lines: write_csv(path, lines, encoding="utf-16"),
    ),
    "marked": ("csv", {}, lambda path, lines: write_csv(path, lines, encoding="utf-8-sig")),
    "qualtrics": ("csv", {"header_rows": 3}, write_qualtrics),
    "excel": ("xlsx", {}, write_xlsx),
    "excel with sheets": (
        "xlsx",
        {"sheet": "Data"},
        lambda path, lines: write_xlsx(path, lines, "Sheet2", "Sheet3"),
    ),
    "ods": ("ods", {}, write_ods),
    "spss": ("sav", {}, write_spss),
    "compressed spss": ("zsav", {}, write_spss),
    "stata": ("dta", {}, write_stata),
    "old stata": ("dta", {}, write_old_stata),
    "sas transport": ("xpt", {}, write_xpt),
    "parquet": ("parquet", {}, write_parquet),
}
"""Name -> ending, what cohort.yaml has to say about such a file, and what writes it."""
