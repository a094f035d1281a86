"""Files that would fill the memory or wait for ever are refused in a sentence."""

import csv
import os
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from attune.specs.errors import RawDataError
from attune.specs.raw_file import RawFile
from attune_files.raw.excel import sheet_lines
from attune_files.raw.sheets import read_raw_sheet

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


def test_a_hundred_thousand_columns(tmp_path: Path) -> None:
    """Each name is counted once: comparing all pairs would take hours."""
    names = [f"x{number}" for number in range(100_000)]
    lines = [["id", *names, "x7"], ["d01", *["1"] * 100_001]]
    (tmp_path / "a.csv").write_text("\n".join(map(",".join, lines)))
    with pytest.raises(RawDataError, match="the column 'x7' occurs 2 times"):
        read_raw_sheet(tmp_path / "a.csv", declared("a.csv"))
