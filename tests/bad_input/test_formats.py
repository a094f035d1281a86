"""Raw files of other programs that are damaged, of another kind, or no tables."""

import gzip
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import P
from tests.conftest import Project
from tests.other_programs import (
    Lines,
    frame,
    write_csv,
    write_ods,
    write_parquet,
    write_qualtrics,
    write_spss,
    write_stata,
    write_xlsx,
    write_xpt,
)

COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
SAS = b"\x00" * 12 + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c")


def declare(project: Project, name: str, **keys: Any) -> tuple[Path, Lines]:
    """The file of the intake under another name: where it has to be, and its lines."""
    with project.table("intake.csv") as lines:
        pass
    (project.data / "intake.csv").unlink()
    with project.cohort() as cohort:
        cohort["files"]["intake"] |= {"path": name, **keys}
    return project.data / name, lines


def content(project: Project, name: str, written: bytes, **keys: Any) -> str:
    """What is said about a file of this content."""
    path, _ = declare(project, name, **keys)
    path.write_bytes(written)
    return project.refused()


def excel(project: Project, **keys: Any) -> tuple[Path, openpyxl.Workbook]:
    """The intake as an Excel file, to be spoiled."""
    path, lines = declare(project, "intake.xlsx", **keys)
    return path, write_xlsx(path, lines)


@pytest.mark.parametrize(
    ("name", "written", "said"),
    [
        ("intake.xlsx", b"", "intake.xlsx is empty.\n      Export the file again."),
        (
            "intake.xlsx",
            COMPOUND + "EncryptedPackage".encode("utf-16-le"),
            "intake.xlsx cannot be read.\n      It is protected by a password. Open it, save a"
            " copy without a password",
        ),
        (
            "intake.xlsx",
            COMPOUND + "Workbook".encode("utf-16-le"),
            "It is an Excel file of before 2007 (.xls), or another old Office file. Open it in"
            " Excel or LibreOffice and save it as .xlsx.",
        ),
        (
            "intake.xlsx",
            b"id,iip_1\nd01,3\n",
            "intake.xlsx is not an Excel file (.xlsx).\n      It is a CSV file or other text. Set"
            " `format: csv` of this file in cohort.yaml, or export the file again.",
        ),
        (
            "intake.xlsx",
            b"\n<html><body><table>",
            "It is a web page, as some survey programs call an Excel file. Open it in Excel",
        ),
        (
            "intake.xlsx",
            b"PK\x03\x04 the rest was lost",
            "intake.xlsx is not an Excel file (.xlsx).\n      It is damaged, or of a kind that"
            " attune"
            " does not know.",
        ),
        ("intake.csv", b"%PDF-1.7\n", "It is a PDF. Export the data themselves."),
        ("intake.csv", b"\x1f\x8b\x08", "It is a compressed archive. Unpack it"),
        ("intake.csv", gzip.compress(b"a,b", mtime=0), "It is a compressed archive. Unpack it"),
        ("intake.csv", gzip.compress(b"RDX3\nX\n", mtime=0), "It is a file of R. In R, write the"),
        ("intake.csv", b"X\n\x00\x00\x00\x03", "It is a file of R. In R, write the table"),
        ("intake.csv", b'[{"id": "d01"}]', "It is a JSON file. Export the table as CSV"),
        ("intake.csv", b'{"id": "d01"}\n', "It is a JSON file. Export the table as CSV"),
        ("intake.csv", b"ARROW1\x00\x00", "It is a Feather file. Save the table as Parquet"),
        (
            "intake.csv",
            b"$FL2@(#) SPSS DATA FILE",
            "intake.csv is not a CSV file or other text.\n      It is an SPSS file. Set `format:"
            " spss`"
            " of this file in cohort.yaml",
        ),
        ("intake.csv", b"id,a\n1,\x00\x01\x02\x00\x00", "of a kind that attune does not know."),
        (
            "intake.sav",
            b"PAR1....PAR1",
            "intake.sav is not an SPSS file.\n      It is a Parquet file.",
        ),
        (
            "intake.sav",
            b"$FL2@(#) SPSS DATA FILE and no more",
            "intake.sav cannot be read as an SPSS file.\n      it is damaged or was cut off. Export"
            " the file again.",
        ),
        ("intake.dta", b"<stata_dta><header>", "intake.dta cannot be read as a Stata file."),
        ("intake.sas7bdat", SAS + b"\x00" * 90, "intake.sas7bdat cannot be read as a SAS file."),
        ("intake.xpt", b"HEADER RECORD*******LIBRARY", "intake.xpt cannot be read as a SAS file."),
        (
            "intake.parquet",
            b"PAR1 and no end",
            "intake.parquet cannot be read as a Parquet file.\n      It is damaged (ArrowInvalid).",
        ),
    ],
)
def test_what_is_not_the_file_that_its_name_promises(
    project: Project, name: str, written: bytes, said: str
) -> None:
    assert said in content(project, name, written)


def test_zipped_kinds_of_files(project: Project) -> None:
    path, _ = declare(project, "intake.xlsx")
    for inside, said in (
        ("xl/workbook.bin", "It is a binary Excel file (.xlsb). Open it in Excel and save it as"),
        ("intake.csv", "It is a compressed archive. Unpack it and name the file inside."),
        ("xl/workbook.xml", "intake.xlsx cannot be read as an Excel file.\n      It is damaged ("),
    ):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(inside, "nothing")
        assert said in project.refused()


def test_projects_of_statistics_programs(project: Project) -> None:
    path, _ = declare(project, "intake.jasp", format="csv")
    for inside, said in (
        (["metadata.json", "META-INF/MANIFEST.MF"], "It is a project of jamovi. Export the data"),
        (["manifest.json"], "It is a project of JASP. Export the data from JASP as CSV."),
    ):
        with zipfile.ZipFile(path, "w") as archive:
            for name in inside:
                archive.writestr(name, "nothing")
        assert said in project.refused()


def test_an_opendocument_sheet_with_a_password_or_damaged(project: Project) -> None:
    path, _ = declare(project, "intake.ods")
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    for manifest, said in (
        ("<manifest:encryption-data/>", "intake.ods cannot be read.\n      It is protected by a"),
        ("<manifest/>", "intake.ods cannot be read as an OpenDocument file.\n      It is damaged"),
    ):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("mimetype", kind)
            archive.writestr("META-INF/manifest.xml", manifest)
            archive.writestr("content.xml", "<no end")
        assert said in project.refused()


@pytest.mark.parametrize("ending", ["sav", "dta", "xpt", "parquet", "xlsx", "ods"])
def test_a_file_that_was_cut_off(project: Project, ending: str) -> None:
    writers = {"sav": write_spss, "dta": write_stata, "xpt": write_xpt, "parquet": write_parquet}
    path, lines = declare(project, f"intake.{ending}")
    (writers | {"xlsx": write_xlsx, "ods": write_ods})[ending](path, lines)
    path.write_bytes(path.read_bytes()[:-401])
    said = project.refused()
    assert f"intake.{ending} " in said
    assert "damaged" in said


def test_a_sas_transport_file_that_lost_whole_records(project: Project) -> None:
    path, lines = declare(project, "intake.xpt")
    write_xpt(path, lines)
    path.write_bytes(path.read_bytes()[:-400])
    assert "intake.xpt cannot be read as a SAS file.\n      it is damaged" in project.refused()


def test_several_sheets(project: Project) -> None:
    path, book = excel(project)
    book.create_sheet("Codebook")["A1"] = "iip_1"
    book.create_sheet("Sheet3")
    book.save(path)
    assert (
        "intake.xlsx has 2 sheets.\n      they are 'Data', 'Codebook'. Say which one to read:"
        " `sheet: Data` of this file in cohort.yaml."
    ) in project.refused()


def test_a_sheet_that_is_not_there(project: Project) -> None:
    excel(project, sheet="Date")
    assert (
        "intake.xlsx has no sheet 'Date'.\n      Did you mean 'Data'? Correct `sheet:` of this file"
    ) in project.refused()


def test_merged_cells(project: Project) -> None:
    path, book = excel(project)
    book.active.merge_cells("B1:C1")
    book.active.merge_cells("D5:D7")
    book.save(path)
    said = project.refused()
    assert "the cells B1:C1 are merged. Unmerge them, so that each cell has its own" in said
    assert "the cells D5:D7 are merged." in said


def test_hidden_rows(project: Project) -> None:
    path, book = excel(project)
    for row in (4, 7):
        book.active.row_dimensions[row].hidden = True
    book.save(path)
    assert (
        "hidden, perhaps by a filter: rows 4, 7. Show what is hidden, or delete it."
    ) in project.refused()


def test_formulas_without_a_result_and_formulas_that_failed(project: Project) -> None:
    path, book = excel(project)
    book.active["C3"] = "=B3+1"
    for cell in ("D4", "E4"):
        book.active[cell] = "#REF!"
        book.active[cell].data_type = "e"
    book.active["F5"] = "#DIV/0!"
    book.save(path)
    said = project.refused()
    assert (
        "the file holds no result of the formula in cell C3. Open the file in Excel or LibreOffice,"
        " let it compute, and save it."
    ) in said
    assert (
        "#REF! is in cells D4, E4: a formula failed. Correct it, or empty the cell if there was"
        " no answer."
    ) in said
    assert "#DIV/0! is in cell F5" in said


def test_not_available_is_a_missing_code_once_it_is_declared(project: Project) -> None:
    path, book = excel(project)
    book.active["C3"] = "#N/A"
    book.save(path)
    assert (
        "intake.xlsx, row 3, column iip_2, item 2: found '#N/A', where a number is needed. Correct"
        ' the cell; if it means "no answer", add "#N/A" to missing_codes in cohort.yaml.'
    ) in project.refused()
    with project.cohort() as cohort:
        cohort["missing_codes"] = ["#N/A"]
    assert project.validate().status == 0


def test_not_available_is_no_id(project: Project) -> None:
    with project.table("sample.csv") as lines:
        lines[2][2] = lines[3][2] = "#N/A"
    said = project.refused()
    assert "the cell holds '#N/A', which spreadsheets write for an empty cell" in said


def test_a_column_that_a_file_without_header_lacks(project: Project) -> None:
    path, lines = declare(project, "intake.sav")
    lines[0][2] = "iip_02"
    write_spss(path, lines)
    assert (
        "intake.sav, column iip_2: cohort.yaml names this column, which the file does not have. Did"
        " you mean 'iip_02'?"
    ) in project.refused()


def test_an_answer_that_a_spreadsheet_took_for_a_date(project: Project) -> None:
    path, book = excel(project)
    book.active["C3"] = pd.Timestamp("2024-04-03").to_pydatetime()
    book.save(path)
    said = project.refused()
    assert "row 3, column iip_2, item 2: found '2024-04-03', a date; a spreadsheet" in said


def test_names_of_columns_in_a_spreadsheet(project: Project) -> None:
    path, book = excel(project)
    book.active["D1"], book.active["E1"], book.active["AJ9"] = None, "iip_2", "a remark"
    book.save(path)
    said = project.refused()
    assert "the columns D, AH, AI, AJ have no name. Name or delete them." in said
    assert "the column 'iip_2' occurs 2 times. Rename all but one." in said


def test_a_spreadsheet_without_content(project: Project) -> None:
    path, book = excel(project)
    book.active.delete_rows(2, 100)
    book.save(path)
    assert "it has a header, but no rows. Export the file again." in project.refused()
    book.active.delete_rows(1, 100)
    book.save(path)
    assert "intake.xlsx is empty." in project.refused()


def test_merged_cells_and_failed_formulas_of_opendocument(project: Project) -> None:
    path, _ = declare(project, "intake.ods")
    book, table, header, row = OpenDocumentSpreadsheet(), Table(name="A"), TableRow(), TableRow()
    for parent, text, keys in (
        (header, "id", {}),
        (header, "iip_1", {"numbercolumnsspanned": 2}),
        (row, "d01", {}),
        (row, "Err:502", {}),
    ):
        cell = TableCell(valuetype="string", **keys)
        cell.addElement(P(text=text))
        parent.addElement(cell)
    header.addElement(CoveredTableCell())
    row.addElement(TableCell(formula="of:=[.A1]"))
    for entry in (header, row):
        table.addElement(entry)
    book.spreadsheet.addElement(table)
    book.save(path)
    said = project.refused()
    assert "the cells B1:C1 are merged." in said
    assert "Err:502 is in cell B2: a formula failed." in said
    assert "the file holds no result of the formula in cell C2." in said


def test_an_spss_file_of_another_encoding(project: Project) -> None:
    path, lines = declare(project, "intake.sav")
    lines[1][0] = "Jurgen"
    write_spss(path, lines)
    path.write_bytes(path.read_bytes().replace(b"Jurgen", "Jürgen".encode("cp1252")))
    assert (
        "intake.sav cannot be read as an SPSS file.\n      it holds characters of another encoding"
        " than it declares. Set `encoding: cp1252` of this file in cohort.yaml"
    ) in project.refused()


@pytest.mark.parametrize(
    ("name", "write", "shown"),
    [("intake.sav", pyreadstat.write_sav, "DATE11"), ("intake.dta", pyreadstat.write_dta, "%td")],
)
def test_a_date_that_no_calendar_has(name: str, write: Any, shown: str, project: Project) -> None:
    path, lines = declare(project, name)
    values = frame(lines).assign(seen=9e12)
    write(values, path, variable_format={"seen": shown})
    assert "a column of dates or times holds one that no calendar has." in project.refused()


def test_a_file_without_cases(project: Project) -> None:
    path, lines = declare(project, "intake.sav")
    pyreadstat.write_sav(frame(lines).iloc[:0], path)
    assert "it has variables, but no cases. Export the file again." in project.refused()


def test_a_wrong_answer_is_named_by_its_case(project: Project) -> None:
    path, lines = declare(project, "intake.sav")
    lines[3][2], lines[5][4] = "7", "2.5"
    write_spss(path, lines)
    said = project.refused()
    assert "intake.sav, row 3, column iip_2, item 2: found '7'; allowed are 0 to 4." in said
    assert "intake.sav, row 5, column iip_4, item 4: found '2.5'; allowed are 0 to 4." in said


def test_words_in_place_of_codes(project: Project) -> None:
    path, lines = declare(project, "intake.sav")
    words = ["not at all", "a little", "moderately", "quite a bit", "extremely"]
    lines[1:] = [[dyad, *(words[int(cell)] for cell in cells)] for dyad, *cells in lines[1:]]
    write_spss(path, lines)
    assert (
        "export the codes (raw data), or add each word and its code to `answers:` of the"
        " questionnaire in cohort.yaml."
    ) in project.refused()
    with project.cohort() as cohort:
        answers = {word: code for code, word in enumerate(words)}
        cohort["questionnaires"][1]["answers"] = answers
    assert project.validate().status == 0


def test_columns_of_parquet(project: Project) -> None:
    path, lines = declare(project, "intake.parquet")
    table = pa.Table.from_pandas(frame(lines), preserve_index=False)
    listed = table.append_column("all", pa.array([[1, 2]] * len(table)))
    pq.write_table(listed.append_column("id", table.column("id")), path)
    said = project.refused()
    assert "the column 'id' occurs 2 times. Rename all but one." in said
    assert "the column 'all' holds list<element: int64> in each cell. Write one value per" in said
    pq.write_table(table.slice(0, 0), path)
    assert "it has columns, but no rows. Export the file again." in project.refused()


def test_a_file_that_was_changed_after_it_was_pinned(project: Project) -> None:
    with project.cohort() as cohort:
        cohort["files"]["intake"]["sha256"] = "0" * 64
    said = project.refused()
    assert "intake.csv is not the file that cohort.yaml describes.\n      its checksum is " in said
    assert f", expected is {'0' * 64}. Put the original file back; if the change is meant" in said


def test_a_dropped_column_that_is_not_there(project: Project) -> None:
    with project.cohort() as cohort:
        cohort["files"]["sample_sheet"]["dropped"] = ["ages", "surname_of_the_patient"]
    said = project.refused()
    assert "sample.csv is not as cohort.yaml describes it." in said
    assert (
        "`dropped` in cohort.yaml names the column 'ages', which the file does not have. Did you"
        " mean 'age'?"
    ) in said
    assert "names the column 'surname_of_the_patient', which the file does not have. Corr" in said


def test_header_rows_of_qualtrics(project: Project) -> None:
    path, lines = declare(project, "intake.csv")
    write_qualtrics(path, lines)
    assert (
        "row 3 holds the import ids of a Qualtrics export, not answers. Set `header_rows: 3` of"
        " this file in cohort.yaml."
    ) in project.refused()
    write_csv(path, lines)
    with project.cohort() as cohort:
        cohort["files"]["intake"]["header_rows"] = 3
    assert (
        "row 2 is one of 3 header rows by cohort.yaml, but holds numbers as a row of answers does."
    ) in project.refused()


def test_a_row_of_answers_in_place_of_the_names_is_not_shown(project: Project) -> None:
    with project.table("intake.csv") as lines:
        del lines[0]
    said = project.refused()
    assert "row 1 holds repeated numbers, as a row of answers does. Put a row with the name" in said
    assert "d01" not in said


def test_a_zero_byte(project: Project) -> None:
    raw = project.data / "sample.csv"
    raw.write_bytes(raw.read_bytes() + b"\n" * 4096 + b"d99,\x00,p,A,30\n")
    assert "sample.csv is not utf-8.\n      row 4110 holds a zero byte" in project.refused()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"sheet": "Data"}, "sheet has no meaning for a file of format csv. Remove it"),
        ({"path": "intake.xyz"}, "the ending of 'intake.xyz' is not known. Add `format:`"),
        ({"path": "intake.sav", "delimiter": ";"}, "delimiter has no meaning for a file of format"),
        ({"dictionary": "../d.csv"}, "dictionary must be a plain file name, found '../d.csv'"),
        ({"dictionary": "d.csv"}, "files.intake: data/small/d.csv does not exist."),
        ({"header_rows": 0}, "files.intake.header_rows"),
    ],
)
def test_declarations_that_fit_no_file(project: Project, keys: dict[str, Any], said: str) -> None:
    with project.cohort() as cohort:
        cohort["files"]["intake"] |= keys
    assert said in project.configuration_error()
