"""Raw files of every format as text: the same cells whoever wrote them."""

import datetime
import hashlib
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from tests.conftest import Project
from tests.other_programs import WRITERS, Lines, write_xlsx

from attune.specs.errors import RawDataError
from attune.specs.raw_file import RawFile
from attune_files.raw.notes import read_column_notes
from attune_files.raw.sheets import read_raw_sheet

LINES = [["id", "q1", "q2", "free"], ["a1", "3", "", "x y"], ["a2", "0", "2.5", "ä"]]


def read(path: Path, **declared: Any) -> pd.DataFrame:
    return read_raw_sheet(path, RawFile(path=path.name, dyad="id", **declared))


def lines_of(sheet: pd.DataFrame) -> Lines:
    return [list(sheet.columns), *map(list, sheet.itertuples(index=False))]


@pytest.mark.parametrize("program", WRITERS)
def test_the_same_cells_from_every_program(tmp_path: Path, program: str) -> None:
    ending, declared, write = WRITERS[program]
    path = tmp_path / f"raw.{ending}"
    write(path, LINES)
    sheet = read(path, **declared)
    assert lines_of(sheet) == LINES
    assert all(isinstance(cell, str) for cell in sheet.to_numpy().ravel())
    # The header is row 1 where the file has one; else the first case is.
    first = 2 if path.suffix in (".tsv", ".txt", ".csv", ".xlsx", ".ods") else 1
    first += 2 * (program == "qualtrics")
    assert sheet.index.tolist() == [first, first + 1]


@pytest.mark.parametrize("program", WRITERS)
def test_the_same_responses_from_every_program(project: Project, program: str) -> None:
    with project.cohort() as cohort:
        cohort["missing_codes"] = ["", "NA"]
    with project.table("intake.csv") as lines:
        lines[3][5] = lines[4][6] = ""
    assert project.validate().status == 0
    stored = {
        name: (project.results / f"{name}.parquet").read_bytes() for name in ("responses", "sample")
    }
    ending, declared, write = WRITERS[program]
    with project.cohort() as cohort:
        for file in cohort["files"].values():
            with project.table(file["path"]) as lines:
                pass
            (project.data / file["path"]).unlink()
            file["path"] = f"{Path(file['path']).stem}.{ending}"
            file.update(declared)
            write(project.data / file["path"], lines)
    done = project.validate()
    assert done.status == 0, done.said
    for name, content in stored.items():
        assert (project.results / f"{name}.parquet").read_bytes() == content, name


def test_a_decimal_comma_is_that_of_all_numbers(tmp_path: Path) -> None:
    path = tmp_path / "raw.xlsx"
    write_xlsx(path, LINES)
    assert read(path, decimal=",").loc[3, "q2"] == "2,5"


def test_empty_rows_and_the_empty_edge_of_a_sheet_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "raw.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["id", "q1"])
    book.active.append(["a1", 3])
    for row in range(3, 400):
        book.active.cell(row, 5).number_format = "0.00"
    book.active.append(["a2", 4])
    book.active["D2"] = "  "
    book.save(path)
    sheet = read(path)
    assert lines_of(sheet) == [["id", "q1"], ["a1", "3"], ["a2", "4"]]
    assert sheet.index.tolist() == [2, 400]


DAY = datetime.datetime(2020, 1, 31)
TIME = datetime.datetime(2020, 1, 31, 9, 30)


def test_dates_and_truth_values_of_excel(tmp_path: Path) -> None:
    path = tmp_path / "raw.xlsx"
    book = openpyxl.Workbook()
    for row in (["id", "day", "time", "said"], ["a", DAY, TIME, True], ["b", None, None, False]):
        book.active.append(row)
    book.save(path)
    assert lines_of(read(path))[1:] == [
        ["a", "2020-01-31", "2020-01-31T09:30:00", "TRUE"],
        ["b", "", "", "FALSE"],
    ]


def test_dates_and_numbers_of_opendocument_are_read_as_stored_not_as_shown(tmp_path: Path) -> None:
    path = tmp_path / "raw.ods"
    book, table = OpenDocumentSpreadsheet(), Table(name="Daten")
    book.spreadsheet.addElement(table)
    rows = [
        [("string", {}, name) for name in ("id", "day", "time", "said", "score")],
        [
            ("string", {}, "a"),
            ("date", {"datevalue": "2020-01-31"}, "31.01.20"),
            ("date", {"datevalue": "2020-01-31T09:30:00"}, "31.01.20 09:30"),
            ("boolean", {"booleanvalue": "true"}, "WAHR"),
            ("float", {"value": "2.25"}, "2,3"),
        ],
    ]
    for cells in rows:
        row = TableRow()
        for kind, attributes, shown in cells:
            cell = TableCell(valuetype=kind, **attributes)
            cell.addElement(P(text=shown))
            row.addElement(cell)
        table.addElement(row)
        table.addElement(TableRow(numberrowsrepeated="3"))
    book.save(path)
    sheet = read(path)
    assert lines_of(sheet)[1] == ["a", "2020-01-31", "2020-01-31T09:30:00", "TRUE", "2.25"]
    assert sheet.index.tolist() == [5]


@pytest.mark.parametrize("ending", ["sav", "dta", "parquet"])
def test_dates_of_statistics_programs(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"raw.{ending}"
    values = pd.DataFrame({"id": ["a", "b"], "day": [DAY.date(), None], "time": [TIME, pd.NaT]})
    if ending == "sav":
        pyreadstat.write_sav(values, path)
    elif ending == "dta":
        pyreadstat.write_dta(values, path)
    else:
        pq.write_table(pa.Table.from_pandas(values), path)
    assert lines_of(read(path))[1:] == [["a", "2020-01-31", "2020-01-31T09:30:00"], ["b", "", ""]]


def test_missing_values_and_labels_of_spss(tmp_path: Path) -> None:
    path = tmp_path / "raw.sav"
    values = pd.DataFrame(
        {"id": ["a", "b", "?"], "q1": [1.0, 99.0, -5.0], "q2": [97.5, 4.0, np.nan]}
    )
    pyreadstat.write_sav(
        values,
        path,
        column_labels={"q1": "First question"},
        variable_value_labels={"q1": {1.0: "never", 5.0: "always", 99.0: "refused"}},
        missing_ranges={
            "id": ["?"],
            "q1": [99, {"lo": -9, "hi": -1}],
            "q2": [{"lo": 97, "hi": 98}],
        },
    )
    assert lines_of(read(path))[1:] == [["a", "1", ""], ["b", "", "4"]]
    notes = read_column_notes(path, RawFile(path="raw.sav", dyad="id"))
    assert notes["q1"].label == "First question"
    assert notes["q1"].levels == {"1": "never", "5": "always", "99": "refused"}
    assert notes["q1"].missing_codes == ["-9 to -1", "99"]
    assert notes["q2"].missing_codes == ["97 to 98"]
    assert notes["id"].missing_codes == ["?"]
    assert not notes["q1"].complete, "labels may cover only the ends of a scale"


@pytest.mark.parametrize("ending", ["dta", "parquet"])
def test_numbers_of_four_bytes_are_those_that_were_typed(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"raw.{ending}"
    values = pd.DataFrame({"id": ["a", "b"], "q1": np.array([0.1, np.nan], dtype=np.float32)})
    if ending == "dta":
        values.to_stata(path, write_index=False)
    else:
        pq.write_table(pa.Table.from_pandas(values), path)
    assert lines_of(read(path))[1:] == [["a", "0.1"], ["b", ""]]


def test_missing_values_and_labels_of_stata(tmp_path: Path) -> None:
    path = tmp_path / "raw.dta"
    values = pd.DataFrame({"id": ["a", "b"], "q1": pd.Series([1.0, "c"], dtype=object)})
    pyreadstat.write_dta(
        values,
        path,
        column_labels={"q1": "First"},
        variable_value_labels={"q1": {1.0: "never"}},
        missing_user_values={"q1": ["c"]},
    )
    assert lines_of(read(path))[1:] == [["a", "1"], ["b", ""]]
    note = read_column_notes(path, RawFile(path="raw.dta", dyad="id"))["q1"]
    assert (note.label, note.levels) == ("First", {"1": "never"})


def test_an_older_encoding_of_spss(tmp_path: Path) -> None:
    path = tmp_path / "raw.sav"
    pyreadstat.write_sav(pd.DataFrame({"id": ["Jurgen"], "q1": [1.0]}), path)
    # The file says utf-8, but one letter is that of cp1252.
    path.write_bytes(path.read_bytes().replace(b"Jurgen", "Jürgen".encode("cp1252")))
    assert read(path, encoding="cp1252").loc[1, "id"] == "Jürgen"


def test_files_that_say_nothing_about_their_columns(tmp_path: Path) -> None:
    path = tmp_path / "raw.xlsx"
    write_xlsx(path, LINES)
    assert read_column_notes(path, RawFile(path="raw.xlsx", dyad="id")) == {}


def test_dropped_columns_are_gone_and_may_hold_anything(tmp_path: Path) -> None:
    path = tmp_path / "raw.xlsx"
    book = write_xlsx(path, LINES)
    book.active["D2"] = "=1/0"
    book.save(path)
    assert lines_of(read(path, dropped=["free"]))[0] == ["id", "q1", "q2"]


def test_the_pinned_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "raw.csv"
    path.write_text("id,q1\na,1\n", encoding="utf-8")
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    assert lines_of(read(path, sha256=checksum)) == [["id", "q1"], ["a", "1"]]


@pytest.mark.parametrize(
    ("names", "header"),
    [
        ("first", ["KIMS", "x", "y"]),
        ("last", ["id", "a", "b"]),
        ("joined", ["KIMS_id", "x_a", "y_b"]),
        ("grid", ["KIMS", "x", "y"]),
    ],
)
def test_several_header_rows(tmp_path: Path, names: str, header: list[str]) -> None:
    path = tmp_path / "raw.csv"
    path.write_text("KIMS,x,y\nid,a,b\na,3,4\n", encoding="utf-8")
    sheet = read(path, header_rows=2, names=names)
    assert lines_of(sheet) == [header, ["a", "3", "4"]]
    assert sheet.index.tolist() == [3]


def test_a_declared_format_goes_before_the_ending(tmp_path: Path) -> None:
    path = tmp_path / "raw.dat"
    pyreadstat.write_sav(pd.DataFrame({"id": ["a"], "q1": [1.0]}), path)
    assert lines_of(read(path, format="spss")) == [["id", "q1"], ["a", "1"]]


@pytest.mark.skipif(shutil.which("localc") is None, reason="LibreOffice Calc is not installed")
@pytest.mark.parametrize("ending", ["ods", "xlsx"])
def test_what_libreoffice_saves(tmp_path: Path, ending: str) -> None:
    """It computes the formula that openpyxl only writes."""
    book = write_xlsx(tmp_path / "typed.xlsx", LINES)
    book.active["B3"] = "=B2-3"
    book.save(tmp_path / "typed.xlsx")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["localc", profile, "--headless", "--convert-to", ending, "--outdir", "saved"]
    subprocess.run([*command, "typed.xlsx"], cwd=tmp_path, capture_output=True, check=True)
    assert lines_of(read(tmp_path / f"saved/typed.{ending}")) == LINES


def test_parquet_columns_of_other_types(tmp_path: Path) -> None:
    """Decimals are whole numbers where they can be; a row of nothing is none."""
    path = tmp_path / "a.parquet"
    ids = pa.array([1, None, 20], pa.decimal128(8, 2))
    half = pa.array(np.array([1.5, np.nan, 2], np.float16))
    pq.write_table(pa.table({"id": ids, "a": half}), path)
    sheet = read(path, decimal=",")
    assert lines_of(sheet)[1:] == [["1", "1,5"], ["20", "2"]]
    assert sheet.index.tolist() == [1, 3]
    days = pa.array([-2_000_000, 1, 2], pa.date32())
    keys = pa.array([b"0" * 16] * 3, pa.uuid())
    pq.write_table(pa.table({"id": ids, "day": days, "key": keys}), path)
    with pytest.raises(RawDataError) as refused:
        read(path)
    assert [problem[:30] for problem in refused.value.problems] == [
        "the column 'day' (date32[day])",
        "the column 'key' (extension<ar",
    ]


def test_a_drawing_that_the_file_does_not_hold(tmp_path: Path) -> None:
    """As R's openxlsx writes it; a sheet that is lost stays an error."""
    whole, path = tmp_path / "whole.xlsx", tmp_path / "study.xlsx"
    write_xlsx(whole, LINES)
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing"
    lost = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{kind}" Target="../drawings/drawing1.xml"/></Relationships>'
    )
    with zipfile.ZipFile(whole) as given, zipfile.ZipFile(path, "w") as written:
        for name in given.namelist():
            written.writestr(name, given.read(name))
        written.writestr("xl/worksheets/_rels/sheet1.xml.rels", lost)
    assert lines_of(read(path)) == lines_of(read(whole))
    with zipfile.ZipFile(whole) as given, zipfile.ZipFile(path, "w") as written:
        for name in given.namelist():
            if not name.startswith("xl/worksheets"):
                written.writestr(name, given.read(name))
    with pytest.raises(RawDataError, match="It is damaged"):
        read(path)
