"""A restricted cohort: the line runs on the twin, and on the real files where they are."""

import hashlib
import re
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from attune_cli.main import main
from tests.conftest import Project, run_snakemake

NOTICE = "analysed is a twin that was made from its published summary"


@pytest.fixture
def restricted(project: Project, monkeypatch: pytest.MonkeyPatch) -> tuple[Project, Path]:
    """The small project with its raw files outside, and their folder."""
    outside = project.folder.parent / f"{project.folder.name}_outside"
    outside.mkdir()
    sums = {}
    for path in project.data.glob("*.csv"):
        sums[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        shutil.move(path, outside / path.name)
    with project.cohort() as cohort:
        cohort["synthetic"] = False
        del cohort["synthetic_notice"]
        cohort["restricted"] = {"folder_variable": "SMALL_DATA"}
        for declared in cohort["files"].values():
            declared["sha256"] = sums[declared["path"]]
    monkeypatch.chdir(project.folder)
    monkeypatch.delenv("SMALL_DATA", raising=False)
    return project, outside


def test_without_files_and_twin_a_sentence_says_what_to_do(
    restricted: tuple[Project, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    project, _ = restricted
    advice = (
        "SMALL_DATA is not set. Set it to the folder with the raw files; or, to go on without them,"
        " run `attune twin small`, which makes the twin from data/small/summary.yaml."
    )
    assert advice in project.configuration_error()
    assert advice in project.refused()
    assert main(["twin", "small"]) == 1
    assert advice in capsys.readouterr().err


def test_a_restricted_file_needs_its_checksum(restricted: tuple[Project, Path]) -> None:
    project, _ = restricted
    with project.cohort() as cohort:
        del cohort["files"]["intake"]["sha256"]
    assert "files.intake needs the key 'sha256'" in project.configuration_error()


def test_a_changed_restricted_file_is_refused(
    restricted: tuple[Project, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, outside = restricted
    monkeypatch.setenv("SMALL_DATA", str(outside))
    assert project.validate().status == 0
    (outside / "intake.csv").write_text((outside / "intake.csv").read_text() + "\n")
    message = project.refused()
    assert "intake.csv" in message
    assert len(re.findall(r"[0-9a-f]{64}", message)) == 2
    assert str(outside) not in message


def test_the_twin_is_made_once_from_a_summary_that_may_be_edited(
    restricted: tuple[Project, Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    project, outside = restricted
    monkeypatch.setenv("SMALL_DATA", str(outside))
    assert main(["twin", "small"]) == 0
    summary, twin = project.data / "summary.yaml", project.data / "twin"
    first = {path.name: path.read_bytes() for path in twin.iterdir()}
    assert set(first) == {"sample.csv", "therapists.csv", "intake.csv", "termination.csv"}
    assert "Review it before it is published" in capsys.readouterr().out
    # Without the raw files, the same twin comes from the summary.
    monkeypatch.delenv("SMALL_DATA")
    shutil.rmtree(twin)
    assert main(["twin", "small"]) == 0
    assert {path.name: path.read_bytes() for path in twin.iterdir()} == first
    # An edited summary stays, and the difference is shown.
    content = yaml.safe_load(summary.read_text("utf-8"))
    content["seed"] = 7
    summary.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    monkeypatch.setenv("SMALL_DATA", str(outside))
    assert main(["twin", "small"]) == 0
    message = capsys.readouterr().err
    assert "-seed: 7\n+seed: 2012" in message
    assert "is kept unchanged" in message
    assert yaml.safe_load(summary.read_text("utf-8"))["seed"] == 7
    assert (twin / "intake.csv").read_bytes() != first["intake.csv"]
    assert main(["twin", "small", "--replace-summary"]) == 0
    assert {path.name: path.read_bytes() for path in twin.iterdir()} == first


def test_the_summary_and_the_twin_hold_no_row(
    restricted: tuple[Project, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, outside = restricted
    monkeypatch.setenv("SMALL_DATA", str(outside))
    assert main(["twin", "small"]) == 0
    for name in ("intake.csv", "termination.csv", "therapists.csv"):
        real = [line.split(",")[1:] for line in (outside / name).read_text().splitlines()[1:]]
        twin = [line.split(",")[1:] for line in
                (project.data / "twin" / name).read_text().splitlines()[1:]]  # fmt: skip
        alike = max(
            sum(a == b for a, b in zip(row, other, strict=True)) / len(row)
            for row in real
            for other in twin
        )
        assert alike < 0.8, "a synthetic row is nearly a real one"
    text = (project.data / "summary.yaml").read_text()
    assert not re.search(r"\bd\d\d\b|\bp\d+\b|\bt\d\b", text)


def test_a_cohort_that_is_not_restricted_needs_no_twin(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project.folder)
    assert main(["twin", "small"]) == 1
    assert "small is not restricted." in capsys.readouterr().err


def test_the_line_runs_on_the_twin_and_on_the_real_files(
    restricted: tuple[Project, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Watermarked and labelled where they are absent; the notice goes where they are there."""
    project, outside = restricted
    monkeypatch.setenv("SMALL_DATA", str(outside))
    assert main(["twin", "small"]) == 0
    monkeypatch.delenv("SMALL_DATA")
    page = project.results / "manuscript.qmd"
    targets = ["results/small/manuscript.qmd", "results/small/violations.parquet"]
    done = run_snakemake(targets, project.folder)
    assert done.status == 0, done.said
    assert done.said.count("SMALL_DATA is not set; the synthetic twin made from") == 1
    text = " ".join(page.read_text("utf-8").split())
    assert NOTICE in text
    on_twin = pq.read_table(project.results / "statistics/sample.parquet")
    monkeypatch.setenv("SMALL_DATA", str(outside))
    done = run_snakemake(targets, project.folder)
    assert done.status == 0, done.said
    assert "small: the restricted raw files in SMALL_DATA are analysed." in done.said
    text = " ".join(page.read_text("utf-8").split())
    assert NOTICE not in text
    assert "Synthetic data" not in text
    assert not pq.read_table(project.results / "statistics/sample.parquet").equals(on_twin)
    assert "Nothing to be done" in run_snakemake(targets, project.folder).said
    # Without the raw files the twin comes back, and with it the documents would.
    monkeypatch.delenv("SMALL_DATA")
    plan = run_snakemake([*targets, "--dry-run"], project.folder).said
    assert re.search(r"^build_manuscript +1$", plan, re.MULTILINE), plan
    done = run_snakemake(["results/small/statistics/sample.parquet"], project.folder)
    assert done.status == 0, done.said
    assert pq.read_table(project.results / "statistics/sample.parquet").equals(on_twin)
