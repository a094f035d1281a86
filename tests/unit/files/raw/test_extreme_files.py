"""Files that would fill the memory or wait for ever are refused in a sentence."""

import csv
import os
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.conftest import ROOT
from tests.depth import deep, examples

from attune.intake.validation import validate_responses
from attune.specs.closed_model import read_as
from attune.specs.cohort import Cohort
from attune.specs.errors import RawDataError
from attune.specs.raw_file import RawFile
from attune_files.raw.csv_file import LARGE_FILE
from attune_files.raw.excel import sheet_lines
from attune_files.raw.sheets import read_raw_sheet, read_raw_sheets
from attune_files.raw.sniffing import sniff_raw_file
from attune_files.raw.table import MOST_COLUMNS
from attune_files.yaml_file import read_instruments

INSTRUMENTS = read_instruments([ROOT / "workflow/instruments/core_10.yaml"])
FAR = "XFD1048576"


def declared(name: str, **choices: object) -> RawFile:
    return RawFile(path=name, dyad="id", **choices)


def workbook(path: Path, far: str | None) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["id", "age"])
    sheet.append(["d01", 31])
    if far is not None:
        sheet[FAR] = far
    sheet["ZZ90000"].font = openpyxl.styles.Font(bold=True)  # formatted, but empty
    book.save(path)
    return path


def test_a_pipe_is_no_raw_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(RawDataError, match=r"a\.csv is a pipe or device, not a file"):
        read_raw_sheet(tmp_path / "a.csv", declared("a.csv"))


def test_a_folder_is_no_raw_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(RawDataError, match=r"a\.csv is a folder, not a file"):
        read_raw_sheet(tmp_path / "a.csv", declared("a.csv"))


def test_a_stray_cell_of_an_excel_sheet_is_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", "x")
    for read in (lambda: read_raw_sheet(path, declared("a.xlsx")), lambda: sheet_lines(path)):
        with pytest.raises(RawDataError, match=f"the cell {FAR} holds something, far away"):
            read()


def test_empty_cells_with_a_format_do_not_count(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", None)
    sheet = read_raw_sheet(path, declared("a.xlsx"))
    assert sheet.to_numpy().tolist() == [["d01", "31"]]
    assert sheet_lines(path)["Sheet"] == [["id", "age"], ["d01", "31"]]


def test_a_stray_cell_of_an_opendocument_sheet_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.ods"
    pd.DataFrame({"id": ["d01"], "age": [31]}).to_excel(path, index=False, engine="odf")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    stray = (
        b'<table:table-row table:number-rows-repeated="1000000"><table:table-cell/>'
        b'</table:table-row><table:table-row><table:table-cell table:number-columns-repeated="9999"'
        b'/><table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
        b"</table:table-row></table:table>"
    )
    parts["content.xml"] = parts["content.xml"].replace(b"</table:table>", stray)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(RawDataError, match="the cell NTP1000003 holds something, far away"):
        read_raw_sheet(path, declared("a.ods"))


def test_a_spreadsheet_that_unpacks_to_more_than_memory(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", None)
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    # Only the directory of the archive says so: nobody needs to pack five gigabytes.
    content = path.read_bytes()
    start = content.rindex(b"PK\x01\x02", 0, content.rindex(b"xl/worksheets/sheet1.xml"))
    assert content[start + 24 : start + 28] == size.to_bytes(4, "little")
    claimed = (4_200_000_000).to_bytes(4, "little")
    path.write_bytes(content[: start + 24] + claimed + content[start + 28 :])
    with pytest.raises(RawDataError, match="Unpacked it would take 4 GB, which no table"):
        read_raw_sheet(path, declared("a.xlsx"))


def test_a_cell_longer_than_any_answer(tmp_path: Path) -> None:
    limit = csv.field_size_limit()
    (tmp_path / "a.csv").write_text(f"id,note\nd01,short\nd02,{'x' * (limit + 1)}\n")
    with pytest.raises(RawDataError, match="row 3 holds a cell of more than 131,072 characters"):
        read_raw_sheet(tmp_path / "a.csv", declared("a.csv"))


def wide(folder: Path, n_columns: int) -> Path:
    """A table of one person with so many columns, of which the last two have one name."""
    names = [f"x{number}" for number in range(n_columns - 2)]
    lines = [["id", *names, "x7"], ["d01", *["1"] * (n_columns - 1)]]
    (folder / "a.csv").write_text("\n".join(map(",".join, lines)), encoding="utf-8")
    return folder / "a.csv"


def test_as_many_columns_as_are_read(tmp_path: Path) -> None:
    """Each name is counted once: comparing all pairs would take hours."""
    with pytest.raises(RawDataError, match="the column 'x7' occurs 2 times"):
        read_raw_sheet(wide(tmp_path, MOST_COLUMNS), declared("a.csv"))


def test_more_columns_than_any_table_of_people_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused by the first line, without a look at the cells: two hundred lines took minutes."""
    path = wide(tmp_path, 100_001)
    message = "it has 100,001 columns, and at most 20,000 are read. Where each column is a person"
    for size in (LARGE_FILE, 0):
        monkeypatch.setattr("attune_files.raw.csv_file.LARGE_FILE", size)
        with pytest.raises(RawDataError, match=message):
            read_raw_sheet(path, declared("a.csv"))
    monkeypatch.setattr("attune_files.raw.sniffing._delimiter", None)
    with pytest.raises(RawDataError, match=message):
        sniff_raw_file(path)
    columns = {f"c{number}": [1] for number in range(100_000)}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(RawDataError, match="it has 100,000 columns"):
        read_raw_sheet(tmp_path / "a.parquet", declared("a.parquet"))


@deep
def test_two_million_rows_take_a_byte_per_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Synthetic answers to the CORE-10; the fixed sample is a hundredth of them."""
    monkeypatch.setattr("attune_files.raw.csv_file.LARGE_FILE", 0)
    n_rows, key = examples(20_000, many=2_000_000), INSTRUMENTS["core_10"]
    items = [f"core_{item}" for item in range(1, key.n_items + 1)]
    answers = np.random.default_rng(1).integers(0, 5, (n_rows, key.n_items), np.int8)
    ids = pd.Index([f"d{row:07d}" for row in range(n_rows)], name="id")
    pd.DataFrame(answers, ids, items).to_csv(tmp_path / "a.csv")
    content = {"cohort": "large", "title": "Synthetic", "study": "large", "synthetic": True}
    content |= {"synthetic_notice": "Synthetic.", "source": "a test", "licence": "none"}
    content |= {"missing_codes": [""], "files": {"answers": {"path": "a.csv", "dyad": "id"}}}
    asked = {"instrument": "core_10", "rater": "patient", "occasion": "intake", "file": "answers"}
    content |= {"sample": {"file": "answers", "patient": "id"}}
    content |= {"questionnaires": [asked | {"columns": "core_{item}"}]}
    cohort = read_as(Cohort, content, "cohort.yaml")
    sheets = read_raw_sheets(tmp_path, cohort)
    assert len(sheets["answers"]) == n_rows
    assert sheets["answers"][items].memory_usage(deep=True).sum() < n_rows * 10 + 100_000
    validated = validate_responses(sheets, cohort, {"core_10": key}, {})
    assert not [found for found in validated.violations if found.severity == "error"]
    assert sum(batch.num_rows for batch in validated.batches()) == n_rows
