"""A second run has nothing to do; after a change only dependent steps are rerun."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.whole_project import planned_jobs, run_snakemake

COHORTS = ("ryan2012_synthetic", "help", "btheb")
AFTER_RESPONSES = {
    "check_cohort",
    "validate_responses",
    "score_scales",
    "estimate_reliability",
    "impute_measures",
    "compute_residual_gains",
    "correlate_measures",
    "compare_conditions",
    "describe_sample",
    "explain_statistics",
    "build_tables",
    "build_notebook",
    "show_tables",
    "plot_figures",
    "build_manuscript",
    "render_manuscript",
    "judge_values",
    "render_verdict",
    "accept_verdicts",
}


@pytest.fixture(scope="module")
def finished(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the finished run: the tests of this file edit its inputs."""
    folder = tmp_path_factory.mktemp("edited") / finished.name
    return Path(shutil.copytree(finished, folder, symlinks=True))


@contextmanager
def edited(path: Path, old: str, new: str) -> Iterator[None]:
    """One text replaced by another for the time of the block."""
    before = path.read_bytes()
    assert old.encode() in before, f"{path.name} does not hold {old!r}"
    path.write_bytes(before.replace(old.encode(), new.encode(), 1))
    try:
        yield
    finally:
        path.write_bytes(before)


def rules_of(jobs: set[tuple[str, str]]) -> set[str]:
    return {rule for rule, _ in jobs}


def test_second_run_has_nothing_to_do(finished: Path) -> None:
    said = run_snakemake(finished)
    assert "Nothing to be done" in said
    # Without its profile Snakemake would compare large files by time instead of by content.
    assert "profile profiles/default" in said


def test_one_changed_cell_reruns_its_cohort_only(finished: Path) -> None:
    raw = finished / "data/ryan2012_synthetic/session_3.csv"
    header, first, *_ = raw.read_text(encoding="utf-8").splitlines()
    changed = re.sub(r",(\d)(?=,|$)", lambda found: f",{7 - int(found[1]) or 1}", first, count=1)
    assert changed != first
    with edited(raw, first, changed):
        jobs = planned_jobs(finished)
    assert {cohort for _, cohort in jobs} == {"ryan2012_synthetic"}
    assert rules_of(jobs) == AFTER_RESPONSES
    assert header


@pytest.mark.parametrize(
    ("module", "first"),
    [
        ("attune/scoring/score_sources.py", {"score_scales"}),
        ("attune/analyses/gains/estimate.py", {"compute_residual_gains", "check_cohort"}),
        ("attune/stats/power.py", {"correlate_measures"}),
        ("attune/analyses/conditions/estimate.py", {"compare_conditions", "check_cohort"}),
        (
            "attune/analyses/reliability/estimate.py",
            {"estimate_reliability", "validate_responses", "check_cohort"},
        ),
        ("attune/documents/cohort_page/labels.py", {"check_cohort"}),
        ("attune/documents/manuscript.py", {"build_manuscript"}),
        ("attune_files/rendering/renderer.py", {"render_manuscript"}),
    ],
)
def test_edited_module_reruns_what_imports_it(finished: Path, module: str, first: set[str]) -> None:
    path = finished / "scripts" / module
    with edited(path, '"""', '"""Edited. '):
        jobs = planned_jobs(finished)
    downstream = {
        "check_cohort": set(),
        "validate_responses": {
            "score_scales",
            "estimate_reliability",
            "describe_sample",
            "explain_statistics",
            "judge_values",
            "build_tables",
            "plot_figures",
        },
        "score_scales": {
            "impute_measures",
            "explain_statistics",
            "judge_values",
            "build_tables",
            "plot_figures",
        },
        "impute_measures": {
            "compute_residual_gains",
            "correlate_measures",
            "compare_conditions",
            "describe_sample",
            "explain_statistics",
            "plot_figures",
        },
        "describe_sample": {"explain_statistics", "judge_values", "build_tables", "plot_figures"},
        "compute_residual_gains": {
            "correlate_measures",
            "compare_conditions",
            "explain_statistics",
            "judge_values",
            "plot_figures",
            "build_tables",
        },
        "correlate_measures": {
            "explain_statistics",
            "judge_values",
            "build_tables",
            "plot_figures",
        },
        "compare_conditions": {
            "explain_statistics",
            "judge_values",
            "build_tables",
            "plot_figures",
        },
        "estimate_reliability": {
            "explain_statistics",
            "judge_values",
            "build_tables",
            "plot_figures",
        },
        "explain_statistics": {"render_manuscript", "render_verdict"},
        "judge_values": {"render_verdict", "accept_verdicts"},
        "render_verdict": {"accept_verdicts"},
        "accept_verdicts": set(),
        "build_manuscript": {"render_manuscript"},
        "render_manuscript": set(),
        "build_tables": {"build_manuscript", "build_notebook", "show_tables"},
        "build_notebook": set(),
        "show_tables": set(),
        "plot_figures": {"render_manuscript"},
    }
    expected, waiting = set(first), list(first)
    while waiting:
        new = downstream[waiting.pop()] - expected
        expected |= new
        waiting += sorted(new)
    assert rules_of(jobs) == expected
    assert {cohort for _, cohort in jobs} == set(COHORTS)


def test_changed_choice_reruns_its_stage(finished: Path) -> None:
    with edited(finished / "config.yaml", "variances: pooled", "variances: welch"):
        jobs = planned_jobs(finished)
    assert rules_of(jobs) == {
        "compare_conditions",
        "explain_statistics",
        "build_tables",
        "build_notebook",
        "show_tables",
        "plot_figures",
        "build_manuscript",
        "render_manuscript",
        "judge_values",
        "render_verdict",
        "accept_verdicts",
    }


def test_environment_is_an_input_of_every_step(finished: Path) -> None:
    with edited(finished / "envs/lock.txt", "pandas==", "# pandas\npandas=="):
        jobs = planned_jobs(finished)
    assert rules_of(jobs) == AFTER_RESPONSES | {"audit_publication"}


@pytest.mark.parametrize(
    ("path", "old", "new", "first"),
    [
        (
            "workflow/publications/ryan2012.yaml",
            '"0.163"',
            '"0.063"',
            {"audit_publication", "explain_statistics", "judge_values", "render_verdict"},
        ),
        ("data/ryan2012_synthetic/reasons.yaml", "note: ", "note: Seen. ", {"judge_values"}),
    ],
)
def test_a_changed_paper_or_reason_is_judged_again(
    finished: Path, path: str, old: str, new: str, first: set[str]
) -> None:
    with edited(finished / path, old, new):
        jobs = planned_jobs(finished)
    assert {cohort for _, cohort in jobs} == {"ryan2012_synthetic"}
    judged = {"judge_values", "render_verdict", "accept_verdicts"}
    assert rules_of(jobs) - {"render_manuscript"} == first | judged
