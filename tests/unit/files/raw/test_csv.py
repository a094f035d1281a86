"""A raw file as text, cell by cell."""

from pathlib import Path

import pytest

from attune.specs.errors import RawDataError
from attune.specs.raw_file import RawFile
from attune_files.raw.sheets import read_raw_sheet
from attune_files.raw.table import MOST_ROWS


def read(folder: Path, content: bytes | str, **declared: str) -> list[list[object]]:
    path = folder / "raw.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    sheet = read_raw_sheet(path, RawFile(path="raw.csv", dyad="a", **declared))  # type: ignore[arg-type]
    return [list(sheet.columns), *([row, *cells] for row, *cells in sheet.itertuples())]


def problems(folder: Path, content: bytes | str, **declared: str) -> list[str]:
    with pytest.raises(RawDataError) as caught:
        read(folder, content, **declared)
    return caught.value.problems


def test_cells_are_text_and_rows_are_numbered_as_in_a_spreadsheet(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b\n1,NA\n\n , \n007, x \n") == [
        ["a", "b"],
        [2, "1", "NA"],
        [5, "007", "x"],
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path: Path, end: str) -> None:
    assert read(tmp_path, f"a,b{end}1,2{end}") == [["a", "b"], [2, "1", "2"]]
    assert read(tmp_path, f"a,b{end}1,2") == [["a", "b"], [2, "1", "2"]]


def test_quoted_cells(tmp_path: Path) -> None:
    assert read(tmp_path, 'a,b\n"x, ""y""\nz",2\n3,4\n') == [
        ["a", "b"],
        [2, 'x, "y"\nz', "2"],
        [3, "3", "4"],
    ]


@pytest.mark.parametrize("sign", [",", ";", "tab"])
def test_delimiters(tmp_path: Path, sign: str) -> None:
    written = "\t" if sign == "tab" else sign
    assert read(tmp_path, f"a{written}b\n1{written}2\n", delimiter=sign)[1] == [2, "1", "2"]


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("cp1252", "cp1252"),
        ("latin-1", "latin-1"),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, declared: str) -> None:
    assert read(tmp_path, "ä,b\nß,2\n".encode(encoding), encoding=declared) == [
        ["ä", "b"],
        [2, "ß", "2"],
    ]


@pytest.mark.parametrize(
    ("content", "declared", "said"),
    [
        ("ä,b\n1,2\n".encode("cp1252"), "utf-8", "row 1 holds a character that is not utf-8."),
        ("a,b\n1,2\n".encode("utf-16"), "utf-8", "Set `encoding: utf-16`"),
        ("a,b\n1,2\n".encode("utf-8-sig"), "cp1252", "Set `encoding: utf-8`"),
        (b"a,b\n1,2\n", "utf-16", "does not begin as such a file does"),
        (b"a,b\n\x81,2\n", "cp1252", "row 2 holds a character that is not cp1252."),
    ],
)
def test_another_encoding(tmp_path: Path, content: bytes, declared: str, said: str) -> None:
    (problem,) = problems(tmp_path, content, encoding=declared)
    assert said in problem


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", ["Export the file again."]),
        ("a,b\n", ["it has a header, but no rows. Export the file again."]),
        ("a,,c,\n1,2,3,4\n", ["the columns 2, 4 have no name. Name or delete them."]),
        ("a,a,a\n1,2,3\n", ["the column 'a' occurs 3 times. Rename all but one."]),
        (
            "a,b\n1,2,3\n1\n",
            [
                "row 2 has 3 cells, but the header names 2 columns. Look for a delimiter inside a"
                " cell, or a decimal comma.",
                "row 3 has 1 cell, but the header names 2 columns. Was the file cut off? Where an"
                " answer is missing, its empty cell must be there.",
            ],
        ),
        (
            "a;b\n1;2\n",
            [
                "it has one column with ',' as delimiter. Is it ';'? Set `delimiter: \";\"` of this"
                " file in cohort.yaml."
            ],
        ),
    ],
)
def test_what_is_no_table(tmp_path: Path, content: str, said: list[str]) -> None:
    assert problems(tmp_path, content) == said


@pytest.mark.parametrize("content", ['a,b\n1,"2\n3,4\n', 'a,b\n1,"2"x\n'])
def test_an_open_quotation_mark(tmp_path: Path, content: str) -> None:
    (problem,) = problems(tmp_path, content)
    assert problem.startswith("a cell that begins in row 2 has a quotation mark")


def test_a_flood_of_rows_is_cut_but_counted(tmp_path: Path) -> None:
    found = problems(tmp_path, "a,b\n" + "1,2,3\n" * (MOST_ROWS + 5))
    assert len(found) == MOST_ROWS + 1
    assert found[-1] == "... and 5 more rows like these."


def test_a_file_that_is_not_there_or_no_file(tmp_path: Path) -> None:
    declared = RawFile(path="none.csv", dyad="a")
    with pytest.raises(RawDataError, match=r"none\.csv does not exist"):
        read_raw_sheet(tmp_path / "none.csv", declared)
    with pytest.raises(RawDataError, match="is a folder, not a file"):
        read_raw_sheet(tmp_path, declared)


def test_columns_of_nothing_at_the_edge_are_left_out(tmp_path: Path) -> None:
    """Spreadsheets save them where a cell was emptied, and some programs end each line so."""
    assert read(tmp_path, "id,a,,\n1,2,,\n2,3,,\n") == [["id", "a"], [2, "1", "2"], [3, "2", "3"]]
    said = problems(tmp_path, "id,a,,\n1,2,,\n2,3,4,\n")
    assert said == ["column 3 has no name. Name it or delete it."]
