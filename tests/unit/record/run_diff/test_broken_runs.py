"""Break one cell, one scoring rule, one formula: the comparison with the sound run shows each."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import Project

import attune.analyses.gains.estimate
from attune.record.run_diff import RunDifference, compare_runs, comparison_text, letter_text
from attune_files.run_files import read_runs

FIRST = ("validate_responses", "score_scales", "estimate_reliability", "impute_measures")
THEN = (
    "compute_residual_gains",
    "correlate_measures",
    "compare_conditions",
    "fit_growth",
    "describe_sample",
)
STEPS = (*FIRST, *THEN, "confirm_statistics", "build_tables", "build_manuscript")
R = "mindful.kims.iip.pearson_r"


@pytest.fixture(scope="module")
def sound(
    new_project: Callable[[Path], Project], tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """The small project after its steps up to the sources of the documents."""
    project = new_project(tmp_path_factory.mktemp("sound") / "project")
    done = project.run_line(*STEPS)
    assert done.status == 0, done.said
    return project


@pytest.fixture
def copy(sound: Project, tmp_path: Path) -> Project:
    """The project and its results, to break something in."""
    shutil.copytree(sound.folder, tmp_path / "project")
    return Project(tmp_path / "project")


def found_after(sound: Project, broken: Project) -> RunDifference:
    """What the steps make of the broken project, compared with the sound one."""
    done = broken.run_line(*STEPS)
    assert done.status == 0, done.said
    comparison = compare_runs(read_runs(sound.results), read_runs(broken.results))
    assert not comparison.same
    assert comparison_text(comparison)
    assert "TODO" in letter_text(comparison)
    return comparison.cohorts[0]


def changed(found: RunDifference) -> set[str]:
    return {statistic.id for statistic in found.statistics}


def inputs(found: RunDifference) -> list[str]:
    """Changed files; the code may be edited while the tests run."""
    return [source.name for source in found.sources if source.kind != "code"]


def test_the_same_steps_again_change_nothing(sound: Project, copy: Project) -> None:
    assert copy.run_line(*STEPS).status == 0
    comparison = compare_runs(read_runs(sound.results), read_runs(copy.results))
    assert comparison.same
    assert not inputs(comparison.cohorts[0])


def test_one_cell(sound: Project, copy: Project) -> None:
    with copy.table("termination.csv") as lines:
        lines[3][5] = "4" if lines[3][5] == "0" else "0"
    found = found_after(sound, copy)
    assert R in changed(found)
    assert "sample.age.mean" not in changed(found)
    assert any(cell.id == R for cell in found.cells)
    assert any("mindfulness" in (sentence.after or "").lower() for sentence in found.sentences)


def test_one_scoring_rule(sound: Project, copy: Project) -> None:
    with copy.yaml("workflow/instruments/iip_32.yaml") as key:
        key["scales"]["mean"]["items"] = list(range(2, 33))
    found = found_after(sound, copy)
    assert inputs(found) == ["workflow/instruments/iip_32.yaml"]
    assert {R, "gains.iip.available.slope", "sample.iip_intake.mean"} <= changed(found)
    assert not [entry for entry in changed(found) if entry.startswith("reliability.kims")]


def test_one_formula(sound: Project, copy: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign that is lost where the residual gain is formed turns the direction of what follows."""
    right = attune.analyses.gains.estimate.compute_residual_gains

    def lost_sign(*parts, **named):
        gains, statistics = right(*parts, **named)
        return gains.assign(residual_gain=-gains["residual_gain"]), statistics

    monkeypatch.setattr(attune.analyses.gains.estimate, "compute_residual_gains", lost_sign)
    found = found_after(sound, copy)
    turned = {decision.id: decision for decision in found.decisions if decision.kind == "direction"}
    assert (turned[R].before, turned[R].after) == ("negative", "positive")
    assert turned[R].shown
    assert found.statistics[0].id in {decision.id for decision in found.decisions}
