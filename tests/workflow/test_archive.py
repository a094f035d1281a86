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

from attune_cli.main import main
from attune_files.archive import recompute
from tests.whole_project import run_python
from tests.workflow.crate_validator import violations
from tests.workflow.own_texts import TEXTS

RESULTS = "results/small/"
NEW_ROW = 3
TO_CONDITIONS = (
    *("validate_responses", "score_scales", "impute_measures"),
    *("compute_residual_gains", "compare_conditions"),
)
"""The steps that the comparison of the conditions needs."""
KEYWORDS = re.compile(r"[a-z]+-[a-zA-Z0-9]+(_[a-z]+-[a-zA-Z0-9]+)*_data\.csv")


def attune(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command as a user of that copy of attune types it there."""
    return run_python(home, "-m", "attune_cli.main", *words)


@pytest.fixture(scope="module")
def home(own_text_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of attune with the small project and its author's texts; the tests change it."""
    return Path(shutil.copytree(own_text_run, tmp_path_factory.mktemp("home") / "attune"))


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
        *(f"{RESULTS}supplement_numbers.csv", f"{RESULTS}supplement_numbers.html"),
    ):
        assert name in files
    assert not [name for name in files if name.startswith(("data/help", "tests/", ".snakemake"))]
    assert not [name for name in files if "__pycache__" in name]
    assert "workflow/studies/help.yaml" not in files
    home = str(archive.parent).encode()
    assert not [name for name, content in files.items() if home in content]


def test_it_holds_what_the_author_wrote(archive: Path) -> None:
    files = unpacked(archive)
    for name, content in TEXTS.items():
        assert files[f"data/small/text/{name}"].decode() == content
    assert '"Ada Byron"' in files["ro-crate-metadata.json"].decode()


def test_the_public_validator_finds_nothing_against_it(archive: Path, tmp_path: Path) -> None:
    assert violations(archive, tmp_path / "cache") == []


BROKEN_CRATE: dict[str, tuple[Callable[[dict], object], str]] = {
    "run without a tool": (
        lambda entity: entity["@id"] == "#run" and entity.pop("instrument"),
        "instrument",
    ),
    "no main workflow": (
        lambda entity: entity["@id"] == "./" and entity.pop("mainEntity"),
        "mainEntity",
    ),
    "no licence": (lambda entity: entity["@id"] == "./" and entity.pop("license"), "license"),
    "parameter without type": (
        lambda entity: entity["@type"] == "FormalParameter" and entity.pop("additionalType"),
        "FormalParameter MUST have an additionalType",
    ),
}
"""What is wrong with a crate -> what does it, and a word of what the validator says."""


@pytest.fixture(scope="module")
def violations_of_broken(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the validator says against a crate with every damage of `BROKEN_CRATE`."""
    folder = tmp_path_factory.mktemp("broken")
    files = unpacked(archive)
    crate = json.loads(files["ro-crate-metadata.json"])
    for entity in crate["@graph"]:
        for damage, _ in BROKEN_CRATE.values():
            damage(entity)
    files["ro-crate-metadata.json"] = json.dumps(crate).encode()
    return violations(packed(files, folder / "broken.zip"), folder / "cache")


@pytest.mark.parametrize("damage", BROKEN_CRATE)
def test_the_public_validator_finds_a_broken_one(
    violations_of_broken: list[str], damage: str
) -> None:
    _, message = BROKEN_CRATE[damage]
    assert [found for found in violations_of_broken if message in found], violations_of_broken


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


def test_one_changed_byte_is_refused(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = unpacked(archive)
    name = f"{RESULTS}statistics/gains.parquet"
    content = bytearray(files[name])
    content[len(content) // 2] ^= 1
    changed = packed(files | {name: bytes(content)}, tmp_path / "changed.zip")
    assert main(["reproduce", "--against", str(changed)]) == 1
    printed = capsys.readouterr()
    assert f"{name} was changed" in printed.err
    assert "Computing" not in printed.out


def test_another_answer_is_found_although_the_sums_fit(
    archive: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In an archive that holds the results of some steps, which alone are computed again."""
    whole = unpacked(archive)
    records = [json.loads(whole[f"{RESULTS}records/{step}.json"]) for step in TO_CONDITIONS]
    made = {file["path"] for record in records for group in record["outputs"].values()
            for file in group}  # fmt: skip
    made |= {f"{RESULTS}records/{step}.json" for step in TO_CONDITIONS}
    files = {name: content for name, content in whole.items()
             if not name.startswith(RESULTS) or name in made}  # fmt: skip
    rows = list(csv.reader(files["data/small/termination.csv"].decode().splitlines()))
    rows[NEW_ROW][5] = "0" if rows[NEW_ROW][5] != "0" else "4"
    text = "".join(",".join(row) + "\n" for row in rows)
    files["data/small/termination.csv"] = text.encode()
    changed = packed(files, tmp_path / "changed.zip", sums=True)
    run = recompute.snakemake
    target = f"{RESULTS}statistics/conditions.parquet"
    monkeypatch.setattr(
        recompute, "snakemake", lambda *words, **named: run(*words, target, **named)
    )
    assert main(["reproduce", "--against", str(changed)]) == 1
    printed = capsys.readouterr().out
    assert "DIFFERENT" in printed
    assert re.search(r"arms\.iip\.ancova_t: estimate archived 0\.5", printed), printed
    assert printed.rstrip().endswith("NOT REPRODUCED: small.")
    assert "but was not computed" not in printed and "but is not in the archive" not in printed
    # Whose answer it was is not shown.
    private = printed.partition("\nresponses.parquet")[2].partition("\n\n")[0]
    assert "1 row, by at most" in private
    assert not re.search(r"\bd\d\d\b", printed)


def test_what_is_not_as_its_steps_left_it_is_not_archived(home: Path, archive: Path) -> None:
    """A changed page, an absent table, other code and a file of no step, all at once.

    The time of a file gives none of them away: it may have been copied with its time.
    """
    page, printed = (home / RESULTS / name for name in ("manuscript.html", "printed.parquet"))
    code = home / "scripts/attune/analyses/gains/estimate.py"
    stranger = home / RESULTS / "tables/rows.parquet"
    kept = {path: (path.read_bytes(), path.stat()) for path in (page, printed, code)}
    folder = stranger.parent.stat()
    printed.unlink()
    for path, added in ((page, b" "), (code, b"# another formula\n")):
        before, times = kept[path]
        path.write_bytes(before + added)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    shutil.copy2(home / RESULTS / "responses.parquet", stranger)
    os.utime(stranger.parent, ns=(folder.st_atime_ns, folder.st_mtime_ns))
    done = attune(home, "archive", "small", "--output", "never.zip")
    for path, (before, times) in kept.items():
        path.write_bytes(before)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    stranger.unlink()
    os.utime(stranger.parent, ns=(folder.st_atime_ns, folder.st_mtime_ns))
    assert done.returncode == 1
    assert "The run of small is not complete and up to date." in done.stderr
    for message in (
        "manuscript.html was changed after it was written by render_manuscript",
        f"{RESULTS}printed.parquet is not there",
        "the code of compute_residual_gains is not what ran",
        f"{RESULTS}tables/rows.parquet was written by no step",
        "Run the pipeline again",
    ):
        assert message in done.stderr
    assert "the code of score_scales" not in done.stderr
    assert not (home / "never.zip").exists()


def test_an_unknown_cohort_is_reported(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home)
    assert main(["archive", "smal"]) == 1
    message = capsys.readouterr().err
    assert "data/smal/cohort.yaml does not exist" in message
    assert "Did you mean 'small'?" in message
    assert "Traceback" not in message
