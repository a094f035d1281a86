"""What a raw file seems to be, with a reason for each guess."""

from pathlib import Path
from typing import Any

import pytest
from tests.other_programs import WRITERS, write_csv, write_xlsx

from attune.specs.errors import RawDataError
from attune.specs.raw_file import RawFile
from attune_files.raw.sheets import read_raw_sheet
from attune_files.raw.sniffing import sniff_raw_file

LINES = [["id", "q1", "q2"], ["a1", "3", "4"], ["ä2", "0", "2"]]


def guesses(path: Path) -> dict[str, Any]:
    found = sniff_raw_file(path)
    assert all(entry.reason for entry in found)
    return {entry.key: entry.value for entry in found}


@pytest.mark.parametrize("program", WRITERS)
def test_what_is_guessed_suffices_to_read_the_file(tmp_path: Path, program: str) -> None:
    ending, declared, write = WRITERS[program]
    path = tmp_path / f"raw.{ending}"
    write(path, LINES)
    found = guesses(path)
    # The other sheets of the one Excel file are empty.
    assert set(declared) - {"sheet"} <= set(found)
    sheet = read_raw_sheet(path, RawFile(path=path.name, dyad="id", **found))
    assert [list(sheet.columns), *sheet.to_numpy().tolist()] == LINES


def test_decimal_commas(tmp_path: Path) -> None:
    path = tmp_path / "raw.csv"
    write_csv(path, [["id", "q1"], ["a", "3,5"], ["b", "2,0"], ["c", "1"]], ";")
    assert guesses(path) == {"encoding": "utf-8", "delimiter": ";", "decimal": ","}
    (reason,) = [entry.reason for entry in sniff_raw_file(path) if entry.key == "decimal"]
    assert reason == "2 cells look like 3,5"


def test_a_letter_that_is_only_in_the_last_row_decides_the_encoding(tmp_path: Path) -> None:
    path = tmp_path / "raw.csv"
    write_csv(path, [["id", "q1"], *[["a", "1"]] * 5000, ["ß", "1"]], encoding="cp1252")
    assert guesses(path)["encoding"] == "cp1252"


def test_the_sheet_with_most_rows(tmp_path: Path) -> None:
    path = tmp_path / "raw.xlsx"
    book = write_xlsx(path, LINES, "Codebook")
    book["Codebook"]["A1"] = "q1"
    book.save(path)
    (found,) = sniff_raw_file(path)
    assert (found.key, found.value) == ("sheet", "Data")
    assert found.reason == "it has most rows (3) of 2 sheets; 'Codebook' 1"


def test_titles_above_the_column_names(tmp_path: Path) -> None:
    path = tmp_path / "raw.xlsx"
    book = write_xlsx(path, LINES)
    book.active.insert_rows(1, 2)
    book.active["A1"] = "Export of the clinic"
    book.save(path)
    assert guesses(path) == {"header_rows": 3, "names": "last"}


def test_a_redcap_export_and_its_dictionary(tmp_path: Path) -> None:
    data, fields = tmp_path / "data.csv", tmp_path / "fields.csv"
    write_csv(data, [["record_id", "redcap_event_name", "q1"], ["1", "baseline_arm_1", "3"]])
    assert guesses(data)["dyad"] == "record_id"
    assert "dictionary" not in guesses(data)
    write_csv(
        fields,
        [["field_name", "field_type", "select_choices_or_calculations"], ["q1", "text", ""]],
    )
    assert guesses(data)["dictionary"] == "fields.csv"


def test_a_format_that_the_ending_hides(tmp_path: Path) -> None:
    path = tmp_path / "raw.xls"
    write_xlsx(tmp_path / "raw.xlsx", LINES)
    (tmp_path / "raw.xlsx").rename(path)
    assert guesses(path) == {"format": "excel"}


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "raw.pdf"
    path.write_bytes(b"%PDF-1.7\n")
    with pytest.raises(RawDataError, match=r"It is a PDF\. Export the data themselves\."):
        sniff_raw_file(path)


def headings(path: Path, *lines: str) -> dict[str, Any]:
    """What is guessed about the header rows of a CSV file."""
    path.write_text("\n".join(lines), encoding="utf-8")
    return {key: value for key, value in guesses(path).items() if key in ("header_rows", "names")}


def test_questions_above_the_rows_of_their_grid(tmp_path: Path) -> None:
    path = tmp_path / "monkey.csv"
    rows = ["11,1 May,c1,1,0,2", "12,2 May,c2,0,3,1", "13,2 May,c3,2,2,2"]
    names = "Respondent ID,Date,Your code,How often?,,"
    below = ",,Open-Ended Response,sad,tired,alone"
    assert headings(path, names, below, *rows) == {"header_rows": 2, "names": "grid"}
    sheet = read_raw_sheet(
        path, RawFile(path=path.name, dyad="Respondent ID", header_rows=2, names="grid")
    )
    assert [*sheet.columns] == ["Respondent ID", "Date", "Your code", "sad", "tired", "alone"]
    twice = below.replace("alone", "sad")
    assert headings(path, names, twice, *rows) == {"header_rows": 2, "names": "joined"}
    assert headings(path, names.replace(",,", ",b,c"), below, *rows) == {}


def test_labels_below_the_names(tmp_path: Path) -> None:
    path = tmp_path / "sosci.csv"
    names, rows = "CASE,A_1,A_2,A_3", ["1,0,2,1", "2,1,1,1", "3,3,0,2", "4,2,2,0"]
    assert headings(path, names, "Number,sad,tired,alone", *rows) == {"header_rows": 2}
    assert headings(path, names, "p1,sad,2,1", *rows) == {}
