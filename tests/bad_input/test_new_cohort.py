"""`attune new-cohort` with files and names that cannot be used: told in words, nothing written."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import ROOT

from attune_cli.main import main

HEAD = ",".join(
    ["dyad_id", *(f"phq9_{item}_{when}" for when in ("pre", "post") for item in range(1, 10))]
)
ROWS = [
    ",".join([f"D{row}", *(str((row * item) % 4) for item in range(1, 19))]) for row in range(1, 13)
]
GOOD = "\n".join([HEAD, *ROWS]) + "\n"

Said = Callable[..., str]


@pytest.fixture
def said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Said:
    """What the command answers to files that it refuses; it must leave the folder as it was."""
    monkeypatch.chdir(tmp_path)

    def refused(*words: str, **files: str | bytes) -> str:
        for name, content in files.items():
            path = Path(name.replace("__", "."))
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        before = sorted(tmp_path.rglob("*"))
        assert main(["new-cohort", *words]) == 1
        assert sorted(tmp_path.rglob("*")) == before
        answer = capsys.readouterr()
        assert "Traceback" not in answer.err
        return " ".join(answer.err.split())

    return refused


def test_no_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["new-cohort", "--name", "mylab"])
    assert "the following arguments are required: FILE" in capsys.readouterr().err


def test_no_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["new-cohort", "a.csv"])
    assert "the following arguments are required: --name" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("MyLab", "mylab"),
        ("my lab", "my_lab"),
        ("2024", "cohort_2024"),
        ("my-lab", "my_lab"),
        ("../up", "up"),
        ("", "mylab"),
        ("Ä", "mylab"),
    ],
)
def test_names_that_no_cohort_can_have(said: Said, name: str, better: str) -> None:
    answer = said("a.csv", f"--name={name}", a__csv=GOOD)
    assert f"{name!r} cannot be the name of a cohort." in answer
    assert f"a letter first: try {better!r}." in answer


@pytest.mark.parametrize("name", ["help", "ryan2012_synthetic"])
def test_a_name_of_a_shipped_cohort(said: Said, name: str) -> None:
    answer = said("a.csv", "--name", name, a__csv=GOOD)
    assert f"The name {name!r} is already used by data/{name}/cohort.yaml." in answer
    assert "Choose another --name." in answer


def test_a_name_of_a_cohort_with_other_files(said: Said, tmp_path: Path) -> None:
    (tmp_path / "data/mylab").mkdir(parents=True)
    (tmp_path / "data/mylab/cohort.yaml").write_text(
        "cohort: mylab\nfiles: {s: {path: other.csv, dyad: id}}\n", encoding="utf-8"
    )
    answer = said("a.csv", "--name", "mylab", a__csv=GOOD)
    assert "The name 'mylab' is already used by data/mylab/cohort.yaml." in answer
    assert "It names other files than yours." in answer


def test_a_name_of_a_study(said: Said, tmp_path: Path) -> None:
    (tmp_path / "workflow/studies").mkdir(parents=True)
    (tmp_path / "workflow/studies/mylab.yaml").write_text("study: mylab\n", encoding="utf-8")
    answer = said("a.csv", "--name", "mylab", a__csv=GOOD)
    assert "It is the analysis plan of another cohort." in answer


def test_a_cohort_file_that_cannot_be_read(said: Said, tmp_path: Path) -> None:
    (tmp_path / "data/mylab").mkdir(parents=True)
    (tmp_path / "data/mylab/cohort.yaml").write_text("cohort: [mylab\n", encoding="utf-8")
    assert "cohort.yaml cannot be read." in said("a.csv", "--name", "mylab", a__csv=GOOD)


def test_files_that_are_not_there(said: Said, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    answer = said("a.csv", "none.csv", "folder", "--name", "mylab", a__csv=GOOD)
    assert "none.csv does not exist." in answer
    assert "folder is a folder. Name the raw files one by one." in answer


def test_two_files_of_one_name(said: Said, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/a.csv").write_text(GOOD, encoding="utf-8")
    answer = said("a.csv", "other/a.csv", "--name", "mylab", a__csv=GOOD)
    assert answer.count("two files are called a.csv. Rename one of them.") == 1


def test_another_file_lies_there_already(said: Said, tmp_path: Path) -> None:
    (tmp_path / "data/mylab").mkdir(parents=True)
    (tmp_path / "data/mylab/a.csv").write_text("older\n", encoding="utf-8")
    answer = said("a.csv", "--name", "mylab", a__csv=GOOD)
    assert "data/mylab/a.csv exists already with different content." in answer
    assert (tmp_path / "data/mylab/a.csv").read_text(encoding="utf-8") == "older\n"


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("a__csv", b"", "a.csv is empty."),
        ("a__csv", HEAD.encode(), "it has a header, but no rows."),
        ("a__pdf", b"%PDF-1.7\n", "It is a PDF."),
        ("a__csv", b'dyad_id,phq9_1\nD1,"2\n', "a quotation mark that is not closed"),
        ("a__xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "(.xls)"),
        ("a__csv", b"dyad_id,phq9_1,phq9_1\nD1,2,3\n", "'phq9_1' occurs 2 times"),
        ("a__csv", b"dyad_id,phq9_1\nD1,2,3\nD2,2,3\nD3,1\n", "cannot be read as a table"),
        ("a__sav", b"$FL2 not really", "a.sav"),
    ],
)
def test_files_that_are_no_table(said: Said, file: str, content: bytes, message: str) -> None:
    answer = said(file.replace("__", "."), "--name", "mylab", **{file: content})
    assert message in answer
    assert "Nothing was written." in answer


def test_all_files_are_told_at_once(said: Said) -> None:
    answer = said("a.csv", "b.csv", "--name", "mylab", a__csv="", b__csv=HEAD)
    assert "a.csv is empty." in answer
    assert "b.csv cannot be read as a table." in answer


def test_another_column_may_name_the_dyad(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A column whose cells all differ does; the draft asks whether it is the right one."""
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text(GOOD.replace("dyad_id", "colour"), encoding="utf-8")
    assert main(["new-cohort", "a.csv", "--name", "mylab"]) == 0
    assert "colour names the dyad  CHECK" in capsys.readouterr().out


def test_an_id_that_no_file_has(said: Said) -> None:
    answer = said("a.csv", "--name", "mylab", "--id", "dyadid", a__csv=GOOD)
    assert "No file has a column 'dyadid', which --id names. - Did you mean 'dyad_id'?" in answer


def test_dyads_in_several_rows(said: Said) -> None:
    twice = "\n".join([HEAD, *ROWS, *ROWS]) + "\n"
    answer = said("a.csv", "--name", "mylab", a__csv=twice)
    assert "'dyad_id' occurs in several rows, and no column says which occasion" in answer
    assert "If a row is a single answer" in answer and "`one_row_per_answer:`" in answer


def test_nothing_is_an_instrument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key to fill in is drafted, without any guess about its scales."""
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text(GOOD.replace("phq9", "zzz"), encoding="utf-8")
    assert main(["new-cohort", "a.csv", "--name", "mylab"]) == 0
    assert "fill in workflow/instruments/zzz.yaml  CHECK" in capsys.readouterr().out
    assert "scales: {}" in Path("workflow/instruments/zzz.yaml").read_text(encoding="utf-8")


def test_a_dictionary_without_data(said: Said) -> None:
    dictionary = (
        "Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"
        '"Choices, Calculations, OR Slider Labels",Field Note,'
        "Text Validation Type OR Show Slider Number,Text Validation Min,Text Validation Max,"
        "Identifier?\nrecord_id,form,,text,Record,,,,,,\n"
    )
    answer = said("a.csv", "fields.csv", "--name", "mylab", a__csv=GOOD, fields__csv=dictionary)
    assert "fields.csv is a REDCap data dictionary, but no other file holds its fields." in answer


def test_the_name_of_the_repository_is_not_touched() -> None:
    assert not (ROOT / "data/mylab").exists()
