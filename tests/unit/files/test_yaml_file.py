"""YAML files are read strictly, and their mistakes named by line."""

import os
from pathlib import Path

import pytest

from attune.specs.errors import ConfigurationError
from attune_files.yaml_file import MOST_BYTES, read_instruments, read_yaml

KIMS = Path(__file__).parents[3] / "workflow" / "instruments" / "kims.yaml"


def written(folder: Path, text: str | bytes, name: str = "file.yaml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_plain_values(tmp_path: Path) -> None:
    path = written(tmp_path, "a: 1\nb: [true, false, null, 2.5]\nc: {d: 'ü'}\n")
    assert read_yaml(path) == {"a": 1, "b": [True, False, None, 2.5], "c": {"d": "ü"}}


def test_yes_and_no_are_text(tmp_path: Path) -> None:
    path = written(tmp_path, "no: [yes, No, on, OFF, y, N, True]\n")
    assert read_yaml(path) == {"no": ["yes", "No", "on", "OFF", "y", "N", "True"]}


def test_dates_are_text(tmp_path: Path) -> None:
    path = written(tmp_path, "a: 2012-01-31\nb: 2012-13-45\n")
    assert read_yaml(path) == {"a": "2012-01-31", "b": "2012-13-45"}


def test_a_key_given_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    path = written(tmp_path, "a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n")
    with pytest.raises(ConfigurationError, match=r"file\.yaml cannot be read") as error:
        read_yaml(path)
    assert error.value.problems == ["line 5: key 'c' is already given on line 3; keep one of them"]


def test_anchors_and_merges_still_work(tmp_path: Path) -> None:
    path = written(tmp_path, "a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\n")
    assert read_yaml(path)["d"] == {"b": 1, "c": 3}


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: [1, 2\nb: 3\n", 2), ("a: 1\n\tb: 2\n", 2), ("a: 'text\n", 2), ("a: 1\n? [1]\n: 2\n", 2)],
)
def test_a_mistake_is_named_by_line(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(ConfigurationError) as error:
        read_yaml(written(tmp_path, text))
    assert error.value.problems[0].startswith(f"line {line}: ")
    assert "Traceback" not in str(error.value)


def test_nothing_but_plain_values_is_made(tmp_path: Path) -> None:
    path = written(tmp_path, "a: !!python/object/apply:os.getcwd []\n")
    with pytest.raises(ConfigurationError, match="line 1: could not determine a constructor"):
        read_yaml(path)


def test_other_encodings_and_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="line 2: byte 0xfc is not UTF-8"):
        read_yaml(written(tmp_path, b"a: 1\nb: \xfc\n"))
    with pytest.raises(ConfigurationError, match=r"none\.yaml cannot be read: No such file"):
        read_yaml(tmp_path / "none.yaml")


def test_instruments_by_id() -> None:
    assert list(read_instruments([KIMS, str(KIMS.with_name("wai_s.yaml"))])) == ["kims", "wai_s"]


def test_all_problems_of_all_instruments_at_once(tmp_path: Path) -> None:
    text = KIMS.read_text(encoding="utf-8")
    renamed = written(tmp_path, text, "kimms.yaml")
    misspelt = written(tmp_path, text.replace("reverse:", "revers:"), "kims.yaml")
    broken = written(tmp_path, "a: [", "broken.yaml")
    with pytest.raises(ConfigurationError) as error:
        read_instruments([renamed, misspelt, broken, tmp_path / "none.yaml"])
    assert len(error.value.problems) == 4
    first, second, third, fourth = error.value.problems
    assert "'instrument' is 'kims', but must be the file's name, 'kimms'" in first
    assert "kims.yaml: unknown key 'revers'. Did you mean 'reverse'?" in second
    assert "broken.yaml: line 1: " in third
    assert "none.yaml cannot be read" in fourth


def test_the_same_instrument_twice(tmp_path: Path) -> None:
    copy = written(tmp_path, KIMS.read_bytes(), "kims.yaml")
    with pytest.raises(ConfigurationError, match="'kims' is given by two files"):
        read_instruments([KIMS, copy])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: " + "[" * 60_000, "line 1: lists and mappings lie more than 50 deep"),
        ("\n".join(" " * depth + "a:" for depth in range(60)), "line 51: lists and mappings"),
        ("a: &x [*x]\n", r"line 1: \*x stands within &x itself"),
        ('a: "b\\0c"\n', r"line 1: the character U\+0000 cannot be shown"),
        ('a: 1\nb: "\\ud800"\n', r"line 2: the character U\+D800 cannot be shown"),
        ("a: \ue000\n", r"line 1: the character U\+E000 cannot be shown"),
        ("a: " + "9" * 5000, "line 1: a number of more than 15 digits"),
        ("a: 1.0e+400\n", "line 1: a number of more than 15 digits"),
    ],
    ids=["flow", "block", "itself", "nul", "surrogate", "private use", "integer", "float"],
)
def test_what_would_hang_or_crash_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        read_yaml(written(tmp_path, text))


def test_nested_anchors_are_counted_before_they_are_written_out(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    with pytest.raises(ConfigurationError, match="line 6: with its anchors written out"):
        read_yaml(written(tmp_path, "\n".join(lines)))


def test_more_values_than_any_study_has_are_refused_as_they_are_counted(tmp_path: Path) -> None:
    text = "".join(f"k{number}: 1\n" for number in range(200_000))
    with pytest.raises(ConfigurationError, match="line 50000: with its anchors written out"):
        read_yaml(written(tmp_path, text))


def test_numbers_are_decimal(tmp_path: Path) -> None:
    path = written(tmp_path, "[077, 1:30, 0x1F, 1_000, -.6, -4, 0, +2, .5, 2., 1.5e+3]\n")
    assert read_yaml(path) == [
        *("077", "1:30", "0x1F", "1_000", "-.6"),
        *(-4, 0, 2, 0.5, 2.0, 1500.0),
    ]


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(ConfigurationError, match="it is a pipe or device, not a file"):
        read_yaml(tmp_path / "pipe.yaml")


def test_a_file_of_another_kind_is_too_large(tmp_path: Path) -> None:
    path = written(tmp_path, "a: 1\n")
    os.truncate(path, MOST_BYTES + 1)
    with pytest.raises(ConfigurationError, match="it has 20,000,001 bytes"):
        read_yaml(path)
