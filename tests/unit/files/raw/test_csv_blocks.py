"""A file read in blocks is the file read strictly."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.depth import examples

from attune.specs.errors import RawDataError
from attune.specs.raw_file import RawFile
from attune_files.raw import csv_blocks as raw_csv_blocks
from attune_files.raw import csv_file as raw_csv
from attune_files.raw.csv_blocks import read_large_csv
from attune_files.raw.csv_file import read_raw_csv

CELLS = st.text(
    st.sampled_from(["1", "2", "9", "a", "é", " ", ",", '"', "\n", ".", "中"]), max_size=4
)


def written(path: Path, rows: list[list[str]], encoding: str = "utf-8") -> Path:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


@settings(max_examples=examples(100, many=2_000), suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8),
    st.sampled_from([1, 3]),
    st.sampled_from([16, 1 << 20]),
    st.sampled_from([1, 127]),
)
def test_blocks_give_the_same_sheet(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rows: list[list[str]],
    header_rows: int,
    block: int,
    most: int,
) -> None:
    monkeypatch.setattr(raw_csv_blocks, "BLOCK_BYTES", max(block, 64))
    monkeypatch.setattr(raw_csv_blocks, "MOST_TEXTS", most)
    header = [["id", "item 1", "item_2"]] + [["x", "y", "z"]] * (header_rows - 1)
    path = written(tmp_path / "a.csv", [*header, *rows])
    declared = RawFile(path="a.csv", dyad="id", header_rows=header_rows)
    try:
        strictly = read_raw_csv(path, declared)
    except RawDataError:
        return
    found = read_large_csv(path, declared)
    if found is not None:
        pd.testing.assert_frame_equal(
            found.astype(object), strictly, check_index_type=False, check_column_type=False
        )


@settings(max_examples=examples(300, many=10_000), suppress_health_check=list(HealthCheck))
@given(st.text(st.sampled_from(list('1x" ,,\n\n\r\0')), max_size=16), st.sampled_from([3, 1 << 20]))
def test_blocks_refuse_what_the_strict_reader_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, block: int
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"id,a\n1,2\n{text}".encode())
    declared = RawFile(path="a.csv", dyad="id")
    # Pyarrow wants a whole row in a block; the search for marks does not.
    monkeypatch.setattr(raw_csv_blocks, "BLOCK_BYTES", block if '"' in text else 1 << 20)
    try:
        strictly = read_raw_csv(path, declared)
    except RawDataError:
        assert read_large_csv(path, declared) is None
        return
    found = read_large_csv(path, declared)
    if found is not None:
        pd.testing.assert_frame_equal(
            found.astype(object), strictly, check_index_type=False, check_column_type=False
        )


@pytest.mark.parametrize(
    "row", ['b,"2"3', 'b,"2"x', 'b,"2" ', 'b,2"3', 'b, "2"', 'b,""2""', "b,1\x00", 'b,"2']
)
def test_text_beside_quotation_marks_is_left_to_the_strict_reader(row: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'id,a\n"a","1 ""x"""\n{row}\n"c","2"\n', encoding="utf-8")
    assert read_large_csv(path, RawFile(path="a.csv", dyad="id")) is None
    path.write_text('id,a\n"a","1 ""x"""\n"c","2"\n"""",""\n', encoding="utf-8")
    assert read_large_csv(path, RawFile(path="a.csv", dyad="id")) is not None


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_a_byte_order_mark_of_another_encoding(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfid,a\n1,2\n")
    declared = RawFile(path="a.csv", dyad="id", encoding=encoding)  # type: ignore[arg-type]
    assert read_large_csv(path, declared) is None
    assert read_large_csv(path, RawFile(path="a.csv", dyad="id")) is not None


def test_the_questions_of_qualtrics_are_no_answers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    ids = [f'{{"ImportId":"QID{number}"}}' for number in (1, 2)]
    written(path, [["id", "a"], ["Which?", "How?"], ids, ["1", "2"], ["2", "3"]])
    assert read_large_csv(path, RawFile(path="a.csv", dyad="id", header_rows=3)) is not None
    for header_rows in (1, 2):
        declared = RawFile(path="a.csv", dyad="id", header_rows=header_rows)
        assert read_large_csv(path, declared) is None


def test_a_quoted_name_behind_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'\xef\xbb\xbf"id","a"\n"1","2"\n')
    sheet = read_large_csv(path, RawFile(path="a.csv", dyad="id"))
    assert sheet is not None and sheet.loc[2].tolist() == ["1", "2"]


def test_a_large_file_is_read_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_csv, "LARGE_FILE", 1)
    path = written(
        tmp_path / "a.csv", [["id", "item_1"], *([f"D{i}", str(i % 5)] for i in range(300))]
    )
    sheet = read_raw_csv(path, RawFile(path="a.csv", dyad="id"))
    assert isinstance(sheet["item_1"].dtype, pd.CategoricalDtype)
    assert not isinstance(sheet["id"].dtype, pd.CategoricalDtype)
    assert sheet.index.tolist() == list(range(2, 302))
    assert sheet.loc[301].tolist() == ["D299", "4"]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_other_encodings(encoding: str, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [["id", "größe"], ["é", "1"]], encoding)
    declared = RawFile(path="a.csv", dyad="id", encoding=encoding)  # type: ignore[arg-type]
    sheet = read_large_csv(path, declared)
    assert sheet is not None
    assert sheet.columns.tolist() == ["id", "größe"] and sheet["id"].tolist() == ["é"]


@pytest.mark.parametrize(
    "content",
    [
        "id,item_1\na,1,2\n",
        "id,item_1\na\n",
        "id,item_1\na,1\n\nb,2\n",
        "id,item_1\r\na,1\r\n\r\nb,2\r\n",
        "id,item_1\ra,1\r\rb,2\r",
        "id,item_1\na,1\n\rb,2\n",
        'id,item_1\na,"1\n',
        "id,id\na,1\n",
        "id,item_1\n",
    ],
)
def test_what_is_out_of_order_is_left_to_the_strict_reader(content: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content.encode())
    assert read_large_csv(path, RawFile(path="a.csv", dyad="id")) is None


def test_the_strict_reader_says_what_is_wrong_in_a_large_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw_csv, "LARGE_FILE", 1)
    path = tmp_path / "a.csv"
    path.write_text("id,item_1\na,1\nb,1,7\n", encoding="utf-8")
    with pytest.raises(RawDataError, match="row 3 has 3 cells, but the header names 2 columns"):
        read_raw_csv(path, RawFile(path="a.csv", dyad="id"))
