"""Archives that somebody sent: changed, foreign, hostile. Each has its message, none is written."""

import hashlib
import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from attune.record.archive.zip_safety import MOST_FILES
from attune.specs.errors import AttuneError
from attune_cli.main import main
from attune_files.archive.reader import unpack

ABOUT = {
    "format": 1,
    "attune": "0.1.0",
    "cohort": "small",
    "analysed": "open",
    "raw_included": True,
    "raw_reason": "they are synthetic",
    "versions": {"python": "3.11.7"},
    "ended": "2026-01-01T00:00:00+00:00",
}
Files = dict[str, bytes]


def sound() -> Files:
    return {"archive.json": json.dumps(ABOUT).encode(), "results/small/a.csv": b"1,2\n"}


def listed(files: Files) -> Files:
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    return files | {"manifest-sha256.txt": "".join(lines).encode()}


def zipped(files: Files, path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return path


def refused(archive: Path) -> str:
    """What is said about an archive; neither its folder nor anything beside it is written."""
    before = set(archive.parent.rglob("*"))
    with pytest.raises(AttuneError) as caught:
        unpack(archive, archive.parent / "inside" / "archived")
    assert set(archive.parent.rglob("*")) == before
    return str(caught.value)


def test_a_sound_archive_is_unpacked(tmp_path: Path) -> None:
    description = unpack(zipped(listed(sound()), tmp_path / "a.zip"), tmp_path / "inside")
    assert description.cohort == "small"
    assert (tmp_path / "inside/results/small/a.csv").read_bytes() == b"1,2\n"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda files: files | {"results/small/a.csv": b"1,3\n"},
            "results/small/a.csv was changed",
        ),
        (lambda files: files | {"scripts/more.py": b""}, "scripts/more.py was added"),
        (
            lambda files: {name: files[name] for name in files if not name.endswith("a.csv")},
            "results/small/a.csv is missing",
        ),
        (
            lambda files: {name: files[name] for name in files if not name.startswith("manifest")},
            "is not an archive of attune: manifest-sha256.txt is missing",
        ),
        (
            lambda files: files | {"manifest-sha256.txt": b"nothing\n"},
            "line 1 is not a sum of 64 hexadecimal digits and a path",
        ),
        (lambda files: files | {"manifest-sha256.txt": b"\xff\xfe"}, "is not UTF-8"),
        (lambda files: files | {"archive.json": b"{"}, "archive.json is not JSON"),
        (lambda files: files | {"archive.json": b"[]"}, "archive.json cannot be used"),
        (
            lambda files: files | {"archive.json": json.dumps(ABOUT | {"more": 1}).encode()},
            "unknown key 'more'",
        ),
        (
            lambda files: (
                files
                | {"archive.json": json.dumps(ABOUT | {"format": 9, "attune": "7.0"}).encode()}
            ),
            "has the layout 9; this attune reads layout 1.\n"
            "  - Use the version of attune that made it: 7.0.",
        ),
        (
            lambda files: files | {"archive.json": json.dumps(ABOUT | {"format": "9"}).encode()},
            "has the layout 9; this attune reads layout 1.",
        ),
        (
            lambda files: (
                files | {"archive.json": json.dumps(ABOUT | {"cohort": "../../x"}).encode()}
            ),
            "cohort: should be lower case letters",
        ),
    ],
)
def test_changed_archives(tmp_path: Path, change: Callable[[Files], Files], said: str) -> None:
    assert said in refused(zipped(change(listed(sound())), tmp_path / "a.zip"))


@pytest.mark.parametrize(
    "name", ["../outside.txt", "/outside.txt", "C:\\outside.txt", "a/../../outside.txt", "..\\x"]
)
def test_paths_that_lead_outside(tmp_path: Path, name: str) -> None:
    said = refused(zipped(listed(sound() | {name: b"x"}), tmp_path / "a.zip"))
    assert "leads out of the folder into which the archive is unpacked" in said


def test_links(tmp_path: Path) -> None:
    path = zipped(listed(sound()), tmp_path / "a.zip")
    with zipfile.ZipFile(path, "a") as opened:
        link = zipfile.ZipInfo("results/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        opened.writestr(link, "/etc/passwd")
    assert "'results/link' is a link or a special file" in refused(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice(tmp_path: Path) -> None:
    path = zipped(listed(sound()), tmp_path / "a.zip")
    with zipfile.ZipFile(path, "a") as opened:
        opened.writestr("results/small/a.csv", "other")
    assert "is in it twice" in refused(path)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"a": b"1", "a/b.csv": b"2"}, "'a/b.csv' would lie below a file of the archive"),
        ({"Results": b"1"}, "'results/small/a.csv' would lie below a file of the archive"),
        ({"x" * 300: b"1"}, "is longer than the name of a file may be"),
        ({"/".join(["d"] * 2500): b"1"}, "is longer than the name of a file may be"),
    ],
)
def test_names_that_no_folder_can_hold(tmp_path: Path, more: Files, said: str) -> None:
    assert said in refused(zipped(listed(sound() | more), tmp_path / "a.zip"))


def test_a_disk_that_fails_keeps_no_half_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("attune_files.archive.reader.shutil.copyfileobj", full)
    archive = zipped(listed(sound()), tmp_path / "a.zip")
    with pytest.raises(AttuneError, match="No space left on device"):
        unpack(archive, tmp_path / "inside")
    assert not (tmp_path / "inside").exists()


def test_too_many_files(tmp_path: Path) -> None:
    files = {f"f{number}": b"" for number in range(MOST_FILES + 1)}
    assert "it holds 20,001 files; at most 20,000 are read" in refused(
        zipped(files, tmp_path / "a.zip")
    )


def test_a_bomb(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("bomb", bytes(60_000_000))
    assert "it would unpack to 60 MB from 0.1 MB; no run does" in refused(path)


def test_an_entry_that_is_larger_than_it_says(tmp_path: Path) -> None:
    """Sizes of the directory are not believed: what is read is cut there, and its sum is wrong."""
    path = zipped(listed(sound() | {"large": bytes(5000)}), tmp_path / "a.zip")
    content = path.read_bytes()
    lying = content.replace((5000).to_bytes(4, "little"), (50).to_bytes(4, "little"))
    assert lying != content
    path.write_bytes(lying)
    assert "a.zip" in refused(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not a zip"),
        (b"no zip at all", "is not a zip"),
        (b"PK\x03\x04 cut off", "is not a zip"),
    ],
)
def test_no_zip(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    assert said in refused(path)


def test_a_zip_that_was_cut_or_damaged(tmp_path: Path) -> None:
    path = zipped(listed(sound() | {"b": bytes(range(256)) * 40}), tmp_path / "a.zip")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert "is not a zip, or a damaged one" in refused(path)
    for at in range(0, len(content), 7):
        damaged = bytearray(content)
        damaged[at] ^= 0xFF
        path.write_bytes(bytes(damaged))
        try:
            unpack(path, tmp_path / f"unpacked_{at}")
        except AttuneError:
            assert not (tmp_path / f"unpacked_{at}").exists()
        else:
            # A byte that no file and no name depends on, such as a time.
            assert (tmp_path / f"unpacked_{at}/b").read_bytes() == bytes(range(256)) * 40


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--against", "absent.zip"], "absent.zip does not exist"),
        (["--against", "."], "cannot be read"),
        (["--against", "a.zip", "--raw", "absent"], "--raw: absent is not a folder"),
        (["--against", "a.zip", "--keep", "."], "--keep: . exists already"),
        (["--against", "a.zip", "--raw", "."], "the archive holds the raw files"),
    ],
)
def test_wrong_words(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    zipped(listed(sound()), tmp_path / "a.zip")
    assert main(["reproduce", *words]) == 1
    assert said in capsys.readouterr().err
