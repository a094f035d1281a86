"""A synthesis that lives: archived, computed again, and updated by one further study."""

import hashlib
import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from attune.specs.errors import ArchiveError
from attune.store.contracts import STATISTICS
from attune.store.statistic_rows import statistic_row, statistics_frame
from attune_cli.main import main
from attune_files.archive import recompute
from attune_files.archive.contents import Source
from attune_files.archive.synthesis_contents import _entering_rows
from attune_files.parquet import read_statistics, write_parquet
from attune_files.synthesis_files import read_synthesis
from tests.conftest import ROOT
from tests.depth import DEEP, deep
from tests.whole_project import copy_project, made_once, run_python, run_snakemake
from tests.workflow.crate_validator import violations

COHORT = "ryan2012_synthetic"
CONFIG: dict[str, Any] = {
    "cohorts": [],
    "syntheses": ["living"],
    "given_statistics": {COHORT: "synthetic"},
    "render_manuscript": {"renderer": "embedded"},
}
STUDIES = {"amber2001": (".20", 60), "birch2002": (".06", 80), "cedar2003": (".31", 45)}
LATER = {"dune2024": (".34", 420)}
STATISTIC = "outcome_observed.kims_total.scl_gain.pearson_r"
RESULTS = "results/synthesis/living/"


def _source(name: str, r: str, n: int) -> dict[str, Any]:
    label = f"{name[:-4].capitalize()} ({name[-4:]})"
    measured = {"concept": "mindfulness", "label": "mindfulness", "instrument": "KIMS"}
    effect = {"title": "mindfulness and outcome", "predictor": measured, "direction": "for"}
    effect |= {"outcome": {"concept": "outcome", "label": "outcome"}, "n": n}
    effect["sizes"] = [{"measure": "r", "printed": r}]
    source = {"label": label, "citation": label, "year": int(name[-4:]), "kind": "study"}
    return source | {"place": "made up", "effects": {"outcome": effect}}


def _write_synthesis(folder: Path, studies: dict[str, tuple[str, int]]) -> None:
    """The literature of some studies, and the synthesis that pools all of them."""
    literature = {
        "literature": "made_up",
        "title": "Made-up studies",
        "author": "A test",
        "kind": "primary",
        "sources": {name: _source(name, *numbers) for name, numbers in studies.items()},
    }
    measured = {"concept": "mindfulness", "label": "total mindfulness", "instrument": "KIMS"}
    synthesis = {
        "synthesis": "living",
        "title": "A living synthesis",
        "question": "Do clients of more mindful therapists have better outcomes?",
        "authors": ["A. Author"],
        "predictor": "mindfulness",
        "outcome": "outcome",
        "metric": "r",
        "licence": "CC0-1.0",
        "demonstration": True,
        "literature": ["made_up"],
        "effects": [f"made_up.{name}.outcome" for name in studies],
        "cohorts": [
            {
                "cohort": COHORT,
                "statistic": STATISTIC,
                "label": "Our clinic",
                "predictor": measured,
                "outcome": {"concept": "outcome", "label": "residual gain"},
                "better": "lower",
            }
        ],
        "limits": ["All is made up."],
    }
    for path, content in (
        ("workflow/literature/made_up.yaml", literature),
        ("workflow/syntheses/living.yaml", synthesis),
    ):
        (folder / path).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def _make(folder: Path) -> None:
    copy_project(folder)
    for name in ("LICENSE", "README.md", "pyproject.toml", "Makefile"):
        shutil.copy2(ROOT / name, folder / name)
    shutil.rmtree(folder / "data")
    cohort = f"data/{COHORT}/cohort.yaml"
    (folder / cohort).parent.mkdir(parents=True)
    shutil.copy2(ROOT / cohort, folder / cohort)
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG), encoding="utf-8")
    _write_synthesis(folder, STUDIES)
    name, *terms, statistic = STATISTIC.split(".")
    rows = [
        statistic_row(name, terms, statistic, -0.04, n=24, software="attune 0"),
        statistic_row(name, ["age", "scl_gain"], statistic, 0.5, n=24, software="attune 0"),
    ]
    path = folder / f"results/{COHORT}/statistics/correlations.parquet"
    path.parent.mkdir(parents=True)
    write_parquet(statistics_frame(rows), path, STATISTICS)
    run_snakemake(folder)


def attune(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command as a user of that copy of attune types it there."""
    return run_python(home, "-m", "attune_cli.main", *words)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the synthesis alone, run to its end, and its archive; read only."""

    def make(folder: Path) -> None:
        _make(folder)
        done = attune(folder, "archive", "living", "--output", "living.zip")
        assert done.returncode == 0, done.stderr
        assert "of its cohorts the statistics that enter; no raw files" in done.stdout

    return made_once("living", make, tmp_path_factory)


SYNTHESES = {"mindfulness_outcome": "finished"} | ({"living": "home"} if DEEP else {})
"""Synthesis -> the fixture with its run: one that reads rows; in deep tests one without, too."""


@deep
@pytest.mark.parametrize("name", SYNTHESES)
def test_it_computes_the_same_synthesis_again(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    folder = request.getfixturevalue(SYNTHESES[name])
    archive, kept = str(tmp_path / "whole.zip"), tmp_path / "kept"
    done = attune(folder, "archive", name, "--output", archive)
    assert done.returncode == 0, done.stderr
    rows = f"with one row per dyad it holds the measures of {COHORT}."
    # mindfulness_outcome compares facets, and so reads the rows of a cohort.
    assert (rows in done.stdout) == (name == "mindfulness_outcome")
    done = attune(folder, "reproduce", "--against", archive, "--keep", str(kept))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip().endswith(f"REPRODUCED: {name}.")
    assert "All are the same" in done.stdout
    path = f"recomputed/results/synthesis/{name}/statistics/synthesis.parquet"
    assert "pooled.all.r" in read_statistics([kept / path])["id"].to_pylist()


@pytest.mark.parametrize("printed_r", [".31", ".32"], ids=["the same", "another digit"])
def test_another_result_is_found_although_the_sums_fit(
    printed_r: str,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One digit of a printed r, in an archive that holds the results of the first step alone."""
    with zipfile.ZipFile(home / "living.zip") as opened:
        whole = {name: opened.read(name) for name in opened.namelist()}
    record = f"{RESULTS}records/synthesise_studies.json"
    outputs = json.loads(whole[record])["outputs"].values()
    kept = {record, *(file["path"] for group in outputs for file in group)}
    files = {name: c for name, c in whole.items() if not name.startswith(RESULTS) or name in kept}
    path = "workflow/literature/made_up.yaml"
    assert b"'.31'" in files[path]
    files[path] = files[path].replace(b"'.31'", f"'{printed_r}'".encode())
    listed = sorted(set(files) - {"manifest-sha256.txt"})
    sums = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in listed]
    files["manifest-sha256.txt"] = "".join(sums).encode()
    with zipfile.ZipFile(tmp_path / "changed.zip", "w") as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    run = recompute.snakemake
    target = f"{RESULTS}statistics/synthesis.parquet"
    monkeypatch.setattr(
        recompute, "snakemake", lambda *words, **named: run(*words, target, **named)
    )
    status = main(["reproduce", "--against", str(tmp_path / "changed.zip"), "--all"])
    printed = capsys.readouterr().out
    if printed_r == ".31":
        assert status == 0 and printed.rstrip().endswith("REPRODUCED: living.")
        assert "All are the same" in printed
        return
    assert status == 1 and printed.rstrip().endswith("NOT REPRODUCED: living.")
    assert "studies.cedar2003_outcome.r: estimate archived 0.31, recomputed 0.32" in printed
    assert "pooled.all.r" in printed


def test_it_holds_what_entered_and_nothing_else(home: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(home / "living.zip") as opened:
        opened.extractall(tmp_path)
        names = opened.namelist()
    for name in (
        *("workflow/syntheses/living.yaml", "workflow/literature/made_up.yaml"),
        *(f"data/{COHORT}/cohort.yaml", "workflow/studies/ryan2012.yaml", "config.yaml"),
        *(f"{RESULTS}synthesis.pdf", f"{RESULTS}records/synthesise_studies.json"),
    ):
        assert name in names
    assert [name for name in names if name.startswith("data/")] == [f"data/{COHORT}/cohort.yaml"]
    assert "workflow/literature/pprnet_blog.yaml" not in names
    stored = read_statistics([tmp_path / f"results/{COHORT}/statistics/correlations.parquet"])
    assert stored["id"].to_pylist() == [STATISTIC]
    config = yaml.safe_load((tmp_path / "config.yaml").read_text(encoding="utf-8"))
    assert (config["cohorts"], config["syntheses"]) == ([], ["living"])
    assert config["given_statistics"] == {COHORT: "synthetic"}
    crate = json.loads((tmp_path / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    graph = {entity["@id"]: entity for entity in crate["@graph"]}
    read = graph["#run"]["object"]
    assert {"@id": "workflow/literature/made_up.yaml"} in read
    assert {"@id": f"results/{COHORT}/statistics/correlations.parquet"} in read
    assert {"@id": f"{RESULTS}statistics/synthesis.parquet"} in graph["#run"]["result"]
    assert graph["./"]["name"] == "A living synthesis: the run of living"
    assert graph["./"]["license"] == {"@id": "https://spdx.org/licenses/CC0-1.0"}


def test_rows_that_may_not_be_shared_refuse_the_archive(tmp_path: Path) -> None:
    cohort = yaml.safe_load((ROOT / f"data/{COHORT}/cohort.yaml").read_text(encoding="utf-8"))
    path = tmp_path / COHORT / "cohort.yaml"
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(cohort | {"share_raw": False}), encoding="utf-8")
    synthesis = read_synthesis(ROOT / "workflow/syntheses/mindfulness_outcome.yaml")
    source = Source(ROOT, lambda _: str(path), tmp_path)
    reason = f"{COHORT}: its rows enter, and cohort.yaml says share_raw: false"
    with pytest.raises(ArchiveError) as refused:
        dict(_entering_rows(synthesis, [COHORT], source))
    assert refused.value.problems == [reason]


def test_the_public_validator_finds_nothing_against_it(home: Path, tmp_path: Path) -> None:
    # The validator takes no path with a blank.
    archive = Path(shutil.copy2(home / "living.zip", tmp_path))
    assert violations(archive, tmp_path / "cache") == []


def test_what_one_further_study_changed(home: Path, tmp_path: Path) -> None:
    """A study is added to the literature file and to the synthesis; then they are run again."""
    folder = Path(shutil.copytree(home, tmp_path / "home"))
    _write_synthesis(folder, STUDIES | LATER)
    run_snakemake(folder, f"{RESULTS}synthesis.qmd", f"{RESULTS}explanations.json")
    letter = ("--letter", "letter.md", "--json", "changes.json")
    done = attune(folder, "diff", "living.zip", "results/synthesis/living", *letter)
    assert done.returncode == 1, done.stderr
    words = done.stdout.partition("In words\n")[2].partition("\n\n")[0].splitlines()
    assert words[0].strip() == "New study: Dune (2024), r = .34, 95% CI [.25, .42], n = 420."
    moved = words[1].strip()
    assert moved.startswith("Pooled effect of all studies: moved from r = .")
    assert "(4 studies, 209 people)" in moved and "(5 studies, 629 people)" in moved
    assert words[2].strip() == (
        "THE CONCLUSION CHANGED: the pooled effect was positive and not significant, and is"
        " positive and significant."
    )
    assert "Pooled effect, correlation: not significant → significant" in done.stdout
    assert "workflow/literature/made_up.yaml: changed" in done.stdout
    assert words[0].strip()[:-1] in (folder / "letter.md").read_text().replace("\\", "")
    changes = json.loads((folder / "changes.json").read_text(encoding="utf-8"))
    [changed] = changes["cohorts"]
    assert len(changed["summary"]) == len(words)
    [decision] = [d for d in changed["decisions"] if d["id"] == "pooled.all.r"]
    assert (decision["standing"], decision["planned"]) == ("planned", True)


def test_a_changed_literature_file_is_not_archived(home: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(home, tmp_path / "home"))
    _write_synthesis(folder, STUDIES | LATER)
    done = attune(folder, "archive", "--synthesis", "living")
    assert done.returncode == 1
    assert "The run of living is not complete and up to date." in done.stderr
    assert "made_up.yaml was changed after it was read by synthesise_studies" in done.stderr
    assert not (folder / "living_archive.zip").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("archive", "--synthesis", "livin"), "Did you mean 'living'?"),
        (("archive",), "Name a cohort or a synthesis"),
        (("archive", "living", "--synthesis", "living"), "One thing is archived at a time"),
        (
            ("reproduce", "--against", "living.zip", "--raw", "data"),
            "of a synthesis, which reads no raw files",
        ),
    ],
)
def test_what_is_refused(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(home)
    assert main([*words]) == 1
    assert message in capsys.readouterr().err
