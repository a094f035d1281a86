"""The record of a step: what it read and wrote, with which code, choices and packages; no row."""

import hashlib
import json
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.conftest import ROOT, Named, Project

from attune.specs.errors import AttuneError
from attune_files.steps import step_code
from attune_files.steps.step_log import step
from attune_files.steps.step_record import shown_path


def record_of(project: Project, name: str) -> Any:
    return json.loads((project.results / f"records/{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def done(new_project: Callable[[Path], Project], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The small project after its first two steps."""
    project = new_project(tmp_path_factory.mktemp("recorded"))
    assert project.run_line("validate_responses", "score_scales").status == 0
    return project


def test_names_every_input_and_output_with_hash_and_rows(done: Project) -> None:
    record = record_of(done, "score_scales")
    assert set(record["inputs"]) == {
        *("responses", "given_scores", "sample", "cohort", "instruments"),
    }
    assert set(record["outputs"]) == {"scores", "statistics"}
    [scores] = record["outputs"]["scores"]
    path = done.results / "scores.parquet"
    assert scores["path"] == "results/small/scores.parquet"
    assert scores["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert scores["rows"] == pq.read_metadata(path).num_rows > 0
    keys = [entry["path"] for entry in record["inputs"]["instruments"]]
    assert keys == ["workflow/instruments/iip_32.yaml", "workflow/instruments/kims.yaml"]


def test_one_steps_output_is_the_next_ones_input(done: Project) -> None:
    made = record_of(done, "validate_responses")["outputs"]["responses"]
    assert made == record_of(done, "score_scales")["inputs"]["responses"]


def test_tells_code_and_versions(done: Project) -> None:
    record = record_of(done, "score_scales")
    assert record["rule"] == record["name"] == "score_scales"
    assert record["code"]["step"] == "scripts/score_scales.py"
    assert "scripts/attune/scoring/scores.py" in record["code"]["files"]
    assert "scripts/attune/analyses/correlations/estimate.py" not in record["code"]["files"]
    assert len(record["code"]["sha256"]) == 64
    assert record["versions"]["pyarrow"] == version("pyarrow")
    assert {"python", "attune", "numpy"} <= set(record["versions"])
    assert not {"snakemake", "matplotlib", "typst"} & set(record["versions"])


def test_a_rerun_gives_the_same_bytes(done: Project) -> None:
    path = done.results / "records/score_scales.json"
    before = path.read_bytes()
    assert done.run("score_scales").status == 0
    assert path.read_bytes() == before


def test_holds_neither_rows_nor_places(done: Project) -> None:
    text = (done.results / "records/validate_responses.json").read_text(encoding="utf-8")
    assert str(done.folder) not in text
    assert str(ROOT) not in text
    assert not [word for word in ("d01", "Brief therapy", "p12") if word in text]


def fake(folder: Path, **parts: Any) -> Any:
    record = folder / "results/small/records/correlate_measures.json"
    return SimpleNamespace(
        rule="correlate_measures",
        log=[],
        input=Named(parts.get("input")),
        output=Named({"record": str(record)} | parts.get("output", {})),
        params=Named(parts.get("params")),
        wildcards=Named({"cohort": "small"}),
        scriptdir=str(parts.get("scripts", ROOT / "scripts")),
    )


def test_choices_are_told_with_their_key_in_the_configuration(tmp_path: Path) -> None:
    with step(fake(tmp_path, params={"level": 0.05, "seed": 7, "source": "open 1a2b3c"})):
        pass
    record = json.loads(next(tmp_path.rglob("*.json")).read_text(encoding="utf-8"))
    assert record["params"] == {
        "level": {"config": "build_tables.level", "value": 0.05},
        "seed": {"config": "seed", "value": 7},
        # Nothing that was drawn from the secret of hashed ids.
        "source": {"config": None, "value": "open"},
    }
    assert record["seed"] == 7


def test_a_folder_is_told_by_the_files_inside(tmp_path: Path) -> None:
    folder = tmp_path / "results/small/figures"
    folder.mkdir(parents=True)
    for name in ("b.png", "a.png", ".snakemake_timestamp"):
        (folder / name).write_bytes(name.encode())
    with step(fake(tmp_path, output={"figures": str(folder)})):
        pass
    record = json.loads(next(tmp_path.rglob("*.json")).read_text(encoding="utf-8"))
    paths = [entry["path"] for entry in record["outputs"]["figures"]]
    assert paths == ["results/small/figures/a.png", "results/small/figures/b.png"]


def test_a_file_outside_the_project_is_told_by_its_name(tmp_path: Path) -> None:
    raw = tmp_path / "vault/data/real/intake.csv"
    raw.parent.mkdir(parents=True)
    raw.write_text("id\n", encoding="utf-8")
    with step(fake(tmp_path / "project", input={"raw": [str(raw)]})):
        pass
    record = json.loads(next(tmp_path.rglob("*.json")).read_text(encoding="utf-8"))
    assert [entry["path"] for entry in record["inputs"]["raw"]] == ["intake.csv"]
    assert shown_path(raw, tmp_path / "project") == "intake.csv"


def test_code_that_did_not_run_is_not_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scripts = tmp_path / "clone/scripts"
    shutil.copytree(ROOT / "scripts", scripts)
    with step(fake(tmp_path, scripts=scripts)):
        pass
    next(tmp_path.rglob("*.json")).unlink()
    name = "attune/analyses/correlations/estimate.py"
    (scripts / name).write_text("# Changed.", encoding="utf-8")
    with pytest.raises(SystemExit), step(fake(tmp_path, scripts=scripts)):
        pass
    assert f"scripts/{name} is not the same there" in capsys.readouterr().err
    assert not list(tmp_path.glob("results/**/*.json"))


def test_a_step_that_fails_leaves_no_record(tmp_path: Path) -> None:
    with pytest.raises(SystemExit), step(fake(tmp_path)):
        raise AttuneError("Wrong.")
    assert not list(tmp_path.rglob("*.json"))


@pytest.mark.parametrize(
    "name",
    ["results/small/scores.parquet", "scripts/attune/analyses/correlations/estimate.py"],
)
def test_a_file_that_changes_while_it_is_read_stops_the_step(
    tmp_path: Path,
    name: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its sum would be that of a content that nothing was computed from."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    monkeypatch.setattr(step_code, "CODE", tmp_path)
    changing = tmp_path / name
    changing.parent.mkdir(parents=True, exist_ok=True)
    changing.write_text("# Before.", encoding="utf-8")
    read = {"scores": [str(changing)]} if changing.suffix == ".parquet" else {}
    running = fake(tmp_path, input=read, scripts=tmp_path / "scripts")
    with pytest.raises(SystemExit), step(running):
        changing.write_text("# Afterwards.", encoding="utf-8")
    said = capsys.readouterr().err
    assert f"{name} was changed" in said and "Run it again" in said
    assert not list(tmp_path.glob("results/**/*.json"))
