"""A finished run becomes one file, and that file becomes the same run again."""

import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.whole_project import run_python
from tests.workflow.crate_validator import violations

RESULTS = "results/small/"
NEW_ROW = 3
KEYWORDS = re.compile(r"[a-z]+-[a-zA-Z0-9]+(_[a-z]+-[a-zA-Z0-9]+)*_data\.csv")


def attune(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command as a user of that copy of attune types it there."""
    return run_python(home, "-m", "attune_cli.main", *words)


@pytest.fixture(scope="module")
def home(small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of attune with the small project in it, run to its end; the tests change it."""
    return Path(shutil.copytree(small_run, tmp_path_factory.mktemp("home") / "attune"))


@pytest.fixture(scope="module")
def archive(home: Path) -> Path:
    done = attune(home, "archive", "small", "--output", "small.zip")
    assert done.returncode == 0, done.stderr
    assert "The raw files are in the archive: they are synthetic." in done.stdout
    return home / "small.zip"


def unpacked(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(files: dict[str, bytes], target: Path, *, sums: bool = False) -> Path:
    """A zip of these files; with `sums`, whoever changed them also wrote the manifest anew."""
    if sums:
        listed = sorted(set(files) - {"manifest-sha256.txt"})
        lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in listed]
        files = files | {"manifest-sha256.txt": "".join(lines).encode()}
    with zipfile.ZipFile(target, "w") as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return target


def test_it_computes_the_same_run_again(home: Path, archive: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    done = attune(home, "reproduce", "--against", str(archive), "--keep", str(kept))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All are the same" in done.stdout
    assert done.stdout.rstrip().endswith("REPRODUCED: small.")
    cells = re.search(r"Compared: ([\d,]+) cells of (\d+) tables", done.stdout)
    assert cells and int(cells[1].replace(",", "")) > 1000
    tables = {path.name for path in (kept / "archived").rglob("*.parquet")}
    assert int(cells[2]) >= len(tables)
    # It ran the code of the archive, not the code that called it.
    record = json.loads((kept / f"recomputed/{RESULTS}records/score_scales.json").read_text())
    assert record["code"]["files"][0].startswith("scripts/")


def test_the_same_run_gives_the_same_bytes(home: Path, archive: Path) -> None:
    assert attune(home, "archive", "small", "--output", "again.zip").returncode == 0
    assert (home / "again.zip").read_bytes() == archive.read_bytes()


def test_it_holds_what_a_run_needs_and_nothing_else(archive: Path) -> None:
    files = unpacked(archive)
    for name in (
        *("Snakefile", "config.yaml", "envs/lock.txt", "workflow/studies/small.yaml", "LICENSE"),
        *("data/small/cohort.yaml", "data/small/intake.csv", f"{RESULTS}manuscript.pdf"),
        *(f"{RESULTS}statistics/gains.parquet", f"{RESULTS}records/build_tables.json"),
    ):
        assert name in files
    assert not [name for name in files if name.startswith(("data/help", "tests/", ".snakemake"))]
    assert not [name for name in files if "__pycache__" in name]
    assert "workflow/studies/help.yaml" not in files
    home = str(archive.parent).encode()
    assert not [name for name, content in files.items() if home in content]


def test_the_public_validator_finds_nothing_against_it(archive: Path, tmp_path: Path) -> None:
    assert violations(archive, tmp_path / "cache") == []


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (lambda entity: entity["@id"] == "#run" and entity.pop("instrument"), "instrument"),
        (lambda entity: entity["@id"] == "./" and entity.pop("mainEntity"), "mainEntity"),
        (lambda entity: entity["@id"] == "./" and entity.pop("license"), "license"),
        (
            lambda entity: entity["@type"] == "FormalParameter" and entity.pop("additionalType"),
            "FormalParameter MUST have an additionalType",
        ),
    ],
    ids=["run without a tool", "no main workflow", "no licence", "parameter without type"],
)
def test_the_public_validator_finds_a_broken_one(
    archive: Path, tmp_path: Path, broken: Callable[[dict], object], message: str
) -> None:
    files = unpacked(archive)
    crate = json.loads(files["ro-crate-metadata.json"])
    for entity in crate["@graph"]:
        broken(entity)
    files["ro-crate-metadata.json"] = json.dumps(crate).encode()
    found = violations(packed(files, tmp_path / "broken.zip"), tmp_path / "cache")
    assert [violation for violation in found if message in violation], found


def test_its_crate_describes_the_run(archive: Path) -> None:
    files = unpacked(archive)
    graph = {
        entity["@id"]: entity for entity in json.loads(files["ro-crate-metadata.json"])["@graph"]
    }
    run = graph["#run"]
    assert run["instrument"] == {"@id": "Snakefile"}
    assert {"@id": "data/small/intake.csv"} in run["object"]
    assert {"@id": "#value-correlate_measures.bootstrap_samples"} in run["object"]
    assert {"@id": f"{RESULTS}statistics/gains.parquet"} in run["result"]
    assert graph["#value-seed"]["value"] == 7
    assert any(name.startswith("pkg:pypi/pandas@") for name in graph)
    for name, content in files.items():
        if name in ("ro-crate-metadata.json", "manifest-sha256.txt"):
            continue
        assert graph[name]["sha256"] == hashlib.sha256(content).hexdigest()


def test_its_tables_keep_to_psych_ds(archive: Path) -> None:
    """The rules of the specification that make a dataset invalid, checked one by one."""
    files = unpacked(archive)
    described = json.loads(files["psych-ds/dataset_description.json"])
    assert described["@type"] == "Dataset"
    assert described["@context"].startswith("https://schema.org")
    assert described["name"] and "Synthetic data: made by a test." in described["description"]
    variables = {variable["name"] for variable in described["variableMeasured"]}
    data = [name for name in files if name.startswith("psych-ds/data/")]
    assert len(data) == 6
    codebook = list(
        csv.DictReader(files["psych-ds/documentation/codebook.csv"].decode().split("\n"))
    )
    coded = {(row["file"], row["column"]) for row in codebook}
    for name in data:
        assert re.fullmatch(
            r"[a-z]+-[a-zA-Z0-9]+(_[a-z]+-[a-zA-Z0-9]+)*_data\.csv", Path(name).name
        )
        header, *rows = list(csv.reader(files[name].decode().splitlines()))
        assert rows and all(len(row) == len(header) for row in rows)
        assert len(set(header)) == len(header)
        assert set(header) <= variables
        assert {(name.removeprefix("psych-ds/"), column) for column in header} <= coded
    assert all(row["meaning"] for row in codebook)
    rows = {row["column"]: row for row in codebook}
    assert rows["age"]["unit"] == "years" and rows["age"]["maximum"] == "90"
    assert rows["kims"]["minimum"] == "39" and rows["kims"]["maximum"] == "195"
    assert rows["condition"]["levels"]
    assert "KIMS 1 to 5" in rows["item_001"]["meaning"]


def test_one_changed_byte_is_refused(home: Path, archive: Path, tmp_path: Path) -> None:
    files = unpacked(archive)
    name = f"{RESULTS}statistics/gains.parquet"
    content = bytearray(files[name])
    content[len(content) // 2] ^= 1
    changed = packed(files | {name: bytes(content)}, tmp_path / "changed.zip")
    done = attune(home, "reproduce", "--against", str(changed))
    assert done.returncode == 1
    assert f"{name} was changed" in done.stderr
    assert "Computing" not in done.stdout


def test_another_answer_is_found_although_the_sums_fit(
    home: Path, archive: Path, tmp_path: Path
) -> None:
    files = unpacked(archive)
    rows = list(csv.reader(files["data/small/termination.csv"].decode().splitlines()))
    rows[NEW_ROW][5] = "0" if rows[NEW_ROW][5] != "0" else "4"
    text = "".join(",".join(row) + "\n" for row in rows)
    files["data/small/termination.csv"] = text.encode()
    changed = packed(files, tmp_path / "changed.zip", sums=True)
    done = attune(home, "reproduce", "--against", str(changed))
    assert done.returncode == 1
    assert "DIFFERENT" in done.stdout
    assert re.search(r"arms\.iip\.ancova_t: estimate archived 0\.5", done.stdout), done.stdout
    assert done.stdout.rstrip().endswith("NOT REPRODUCED: small.")
    # Whose answer it was is not shown.
    private = done.stdout.partition("\nresponses.parquet")[2].partition("\n\n")[0]
    assert "1 row, by at most" in private
    assert not re.search(r"\bd\d\d\b", done.stdout)


def test_an_unfinished_or_changed_run_is_not_archived(home: Path, archive: Path) -> None:
    printed, page = (home / RESULTS / name for name in ("printed.parquet", "manuscript.html"))
    for path, change, message in (
        (page, page.read_bytes() + b" ", "was changed after it was written by render_manuscript"),
        (printed, None, f"{RESULTS}printed.parquet is not there"),
    ):
        before, times = path.read_bytes(), path.stat()
        path.unlink() if change is None else path.write_bytes(change)
        done = attune(home, "archive", "small", "--output", "never.zip")
        path.write_bytes(before)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert done.returncode == 1
        assert "The run of small is not complete and up to date." in done.stderr
        assert message in done.stderr
        assert "Run the pipeline again" in done.stderr
    assert not (home / "never.zip").exists()


def test_other_code_and_files_of_no_step_are_not_archived(home: Path, archive: Path) -> None:
    """Neither is seen by the time of a file: it may have been copied with its time."""
    code, stranger = (
        home / "scripts/attune/analyses/gains/estimate.py",
        home / RESULTS / "tables/rows.parquet",
    )
    before, times = code.read_bytes(), code.stat()
    code.write_bytes(before + b"# another formula\n")
    os.utime(code, ns=(times.st_atime_ns, times.st_mtime_ns))
    folder = stranger.parent.stat()
    shutil.copy2(home / RESULTS / "responses.parquet", stranger)
    os.utime(stranger.parent, ns=(folder.st_atime_ns, folder.st_mtime_ns))
    done = attune(home, "archive", "small", "--output", "never.zip")
    code.write_bytes(before)
    os.utime(code, ns=(times.st_atime_ns, times.st_mtime_ns))
    stranger.unlink()
    os.utime(stranger.parent, ns=(folder.st_atime_ns, folder.st_mtime_ns))
    assert done.returncode == 1
    assert "the code of compute_residual_gains is not what ran" in done.stderr
    assert "the code of score_scales" not in done.stderr
    assert f"{RESULTS}tables/rows.parquet was written by no step" in done.stderr
    assert not (home / "never.zip").exists()


def test_an_unknown_cohort_is_reported(home: Path) -> None:
    done = attune(home, "archive", "smal")
    assert done.returncode == 1
    assert "data/smal/cohort.yaml does not exist" in done.stderr
    assert "Did you mean 'small'?" in done.stderr
    assert "Traceback" not in done.stderr
