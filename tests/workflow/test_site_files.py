"""A finished run becomes a site file, whose moments give the statistics of the run."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from attune_cli.main import main
from attune_files.parquet import read_statistics

COHORT = "ryan2012_synthetic"


@pytest.fixture
def key(tmp_path: Path) -> str:
    path = str(tmp_path / "site.key")
    assert main(["site-file", "--new-key", path]) == 0
    return path


def test_moments_of_a_run_give_its_statistics(
    finished: Path, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(finished)
    file, table = str(tmp_path / "site.json"), str(tmp_path / "pooled.csv")
    assert main(["site-file", COHORT, "--key", key, "--output", file]) == 0
    assert main(["pool-sites", file, "--cohort", COHORT, "--key", key, "--output", table]) == 0
    stored = read_statistics(sorted(Path("results", COHORT, "statistics").glob("*.parquet")))
    run = {row["id"]: row["estimate"] for row in stored.to_pylist()}
    lines = Path(table).read_text(encoding="utf-8").splitlines()
    pooled = {row["id"]: float(row["estimate"]) for row in csv.DictReader(lines)}
    assert len(pooled) > 100
    assert pooled == {name: pytest.approx(run[name], rel=1e-9) for name in pooled}
    content = json.loads(Path(file).read_text())
    shared = {row["id"]: row["estimate"] for row in content["statistics"]}
    assert shared == {name: run[name] for name in shared}
    assert "alliance.kims_total.wai_patient.pearson_r" in shared


def test_a_run_that_was_changed_is_refused(
    finished: Path,
    key: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(finished / "results" / COHORT, copy / "results" / COHORT)
    if (finished / "config.yaml").is_file():
        shutil.copy2(finished / "config.yaml", copy)
    monkeypatch.chdir(copy)
    measures = copy / "results" / COHORT / "measures.parquet"
    shutil.copy2(copy / "results" / COHORT / "scores.parquet", measures)
    assert main(["site-file", COHORT, "--key", key]) == 1
    error = capsys.readouterr().err
    assert "measures.parquet was changed after it was written by impute_measures" in error
    assert not (copy / f"{COHORT}_site.json").exists()
