"""A second run has nothing to do; a changed content reruns its dependents and nothing else.

Times decide nothing: every edit here keeps the time of its file, and a touch reruns nothing.
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import yaml

from tests.depth import DEEP, deep
from tests.whole_project import planned_jobs, run_snakemake

COHORTS = ("ryan2012_synthetic", "help", "btheb", "alliance_growth_synthetic", "mcbi_synthetic")
FEW = COHORTS if DEEP else ("help", "btheb")
"""Cohorts for which an edit is planned that concerns each in the same way: two, with and without
correlations; all of them in the deep tests."""
PLANNED = {
    "ryan2012_synthetic": {"compare_conditions", "correlate_measures"},
    "help": {"compare_conditions", "correlate_measures", "fit_growth", "analyse_trial"},
    "btheb": {"compare_conditions", "find_sudden_gains", "fit_growth", "analyse_trial"},
    "alliance_growth_synthetic": {
        *("compare_partners", "compare_ratings", "fit_growth", "fit_structural_models")
    },
    "mcbi_synthetic": {"analyse_trial", "fit_structural_models", "test_invariance"},
}
"""Cohort -> the analyses that its study asks for, of those that a study may leave out."""
LEFT_OUT = {*set().union(*PLANNED.values()), "correlate_occasions"}
AFTER_RESPONSES = {
    "check_cohort",
    "validate_responses",
    "score_scales",
    "estimate_reliability",
    "impute_measures",
    "compute_residual_gains",
    "correlate_measures",
    "compare_conditions",
    "fit_growth",
    "analyse_trial",
    "compare_ratings",
    "correlate_occasions",
    "find_sudden_gains",
    "compare_partners",
    "fit_structural_models",
    "test_invariance",
    "describe_sample",
    "explain_statistics",
    "confirm_statistics",
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


DOWNSTREAM = {
    "audit_publication": {"judge_values", "render_verdict"},
    "check_cohort": set(),
    "validate_responses": {
        "score_scales",
        "estimate_reliability",
        "describe_sample",
        "fit_growth",
        "analyse_trial",
        "fit_structural_models",
        "test_invariance",
        "confirm_statistics",
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
        "fit_growth",
        "analyse_trial",
        "compare_ratings",
        "correlate_occasions",
        "find_sudden_gains",
        "compare_partners",
        "fit_structural_models",
        "describe_sample",
        "confirm_statistics",
        "explain_statistics",
        "plot_figures",
    },
    "describe_sample": {"explain_statistics", "judge_values", "build_tables", "plot_figures"},
    "compute_residual_gains": {
        "correlate_measures",
        "compare_conditions",
        "compare_ratings",
        "compare_partners",
        "confirm_statistics",
        "explain_statistics",
        "judge_values",
        "plot_figures",
        "build_tables",
    },
    "correlate_measures": {
        "confirm_statistics",
        "explain_statistics",
        "judge_values",
        "build_tables",
        "plot_figures",
    },
    "compare_conditions": {
        "confirm_statistics",
        "explain_statistics",
        "judge_values",
        "build_tables",
        "plot_figures",
    },
    "fit_growth": {
        "confirm_statistics",
        "explain_statistics",
        "judge_values",
        "build_tables",
        "plot_figures",
    },
    "analyse_trial": {
        "confirm_statistics",
        "explain_statistics",
        "judge_values",
        "build_tables",
        "plot_figures",
    },
    "compare_ratings": {
        "confirm_statistics",
        "explain_statistics",
        "judge_values",
        "build_tables",
        "plot_figures",
    },
    "correlate_occasions": {
        "confirm_statistics",
        "explain_statistics",
        "judge_values",
        "build_tables",
        "plot_figures",
    },
    "find_sudden_gains": {
        "confirm_statistics",
        "explain_statistics",
        "judge_values",
        "build_tables",
        "plot_figures",
    },
    "compare_partners": {
        "confirm_statistics",
        "explain_statistics",
        "judge_values",
        "build_tables",
        "plot_figures",
    },
    "fit_structural_models": {
        "confirm_statistics",
        "explain_statistics",
        "judge_values",
        "build_tables",
        "plot_figures",
    },
    "test_invariance": {
        "confirm_statistics",
        "explain_statistics",
        "judge_values",
        "build_tables",
        "plot_figures",
    },
    "estimate_reliability": {
        "confirm_statistics",
        "explain_statistics",
        "judge_values",
        "build_tables",
        "plot_figures",
    },
    "explain_statistics": {"render_manuscript", "render_verdict"},
    "confirm_statistics": {"build_manuscript"},
    "judge_values": {"render_verdict", "accept_verdicts"},
    "render_verdict": {"accept_verdicts"},
    "accept_verdicts": set(),
    "build_manuscript": {"render_manuscript"},
    "render_manuscript": set(),
    "build_tables": {"build_manuscript", "build_notebook", "show_tables", "render_verdict"},
    "build_notebook": set(),
    "show_tables": set(),
    "plot_figures": {"render_manuscript"},
}
"""Step -> the steps that read its outputs."""


def with_dependents(first: set[str]) -> set[str]:
    """Steps and all that depend on them."""
    expected, waiting = set(first), list(first)
    while waiting:
        new = DOWNSTREAM[waiting.pop()] - expected
        expected |= new
        waiting += sorted(new)
    return expected


@pytest.fixture(scope="module")
def finished(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the finished run: the tests of this file edit its inputs."""
    folder = tmp_path_factory.mktemp("edited") / finished.name
    return Path(shutil.copytree(finished, folder, symlinks=True))


@contextmanager
def edited(path: Path, old: str, new: str) -> Iterator[None]:
    """One text replaced by another for the time of the block; the file keeps its time."""
    before = path.read_bytes()
    assert old.encode() in before, f"{path.name} does not hold {old!r}"
    with replaced(path, before.replace(old.encode(), new.encode(), 1)):
        yield


@contextmanager
def replaced(path: Path, content: bytes) -> Iterator[None]:
    """Another content for the time of the block; the file keeps its time, as with `cp -p`."""
    before, time = path.read_bytes(), path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(time.st_atime_ns, time.st_mtime_ns))
    try:
        yield
    finally:
        path.write_bytes(before)
        os.utime(path, ns=(time.st_atime_ns, time.st_mtime_ns))


def planned(rules: set[str], cohorts: set[str]) -> set[tuple[str, str]]:
    """The jobs of some rules: an analysis that no study asks for has none."""
    return {
        (rule, cohort)
        for rule in rules
        for cohort in cohorts
        if rule not in LEFT_OUT or rule in PLANNED[cohort]
    }


def after(first: set[str], cohorts: Iterable[str]) -> set[tuple[str, str]]:
    """The jobs of some rules and of all that depend on them in the plan of each cohort."""
    expected = set()
    for cohort in cohorts:
        of_cohort = {rule for rule, _ in planned(first, {cohort})}
        expected |= planned(with_dependents(of_cohort), {cohort})
    return expected


def rules_of(jobs: set[tuple[str, str]]) -> set[str]:
    return {rule for rule, _ in jobs}


def test_second_run_has_nothing_to_do(finished: Path) -> None:
    said = run_snakemake(finished)
    assert "Nothing to be done" in said
    # Without its profile Snakemake would compare large files by time instead of by content.
    assert "profile profiles/default" in said


def test_touched_files_rerun_nothing(finished: Path) -> None:
    """All sources at once, and a result that many steps read."""
    for part in ("Snakefile", "config.yaml", "workflow", "scripts", "reports", "envs", "data"):
        for path in [finished / part, *(finished / part).rglob("*")]:
            if path.is_file() and "__pycache__" not in path.parts:
                path.touch()
    scores = finished / "results/help/scores.parquet"
    with replaced(scores, scores.read_bytes()):
        scores.touch()
        assert "Nothing to be done" in run_snakemake(finished)


@pytest.mark.parametrize(
    ("module", "first"),
    [
        ("attune/analyses/gains/estimate.py", {"compute_residual_gains", "check_cohort"}),
        ("attune/stats/power.py", {"correlate_measures"}),
        ("attune/analyses/conditions/estimate.py", {"compare_conditions", "check_cohort"}),
        ("attune/analyses/reliability/estimate.py", {"estimate_reliability", "check_cohort"}),
        ("attune/documents/cohort_page/labels.py", {"check_cohort"}),
        ("attune/documents/manuscript.py", {"build_manuscript"}),
        ("attune_files/rendering/renderer.py", {"render_manuscript"}),
    ],
)
@deep
def test_edited_module_reruns_what_imports_it(finished: Path, module: str, first: set[str]) -> None:
    path = finished / "scripts" / module
    with edited(path, '"""', '"""Edited. '):
        jobs = planned_jobs(finished, *FEW)
    assert jobs == after(first, FEW)


def test_edited_module_of_scores_reruns_all_cohorts(finished: Path) -> None:
    with edited(finished / "scripts/attune/scoring/score_sources.py", '"""', '"""Edited. '):
        jobs = planned_jobs(finished)
    assert jobs == after({"score_scales"}, COHORTS)


def test_changed_choice_reruns_its_stage(finished: Path) -> None:
    """Of two cohorts, of which one compares conditions."""
    cohorts = ("help", "alliance_growth_synthetic")
    with edited(finished / "config.yaml", "variances: pooled", "variances: welch"):
        jobs = planned_jobs(finished, *cohorts)
    expected = {
        "compare_conditions",
        "explain_statistics",
        "confirm_statistics",
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
    # pingouin's test, and documents that describe the choice, are of every cohort.
    others = {"confirm_statistics", "build_manuscript", "render_manuscript"}
    assert jobs == planned(expected, {"help"}) | planned(others, {"alliance_growth_synthetic"})


def test_an_analysis_that_left_the_plan_leaves_no_statistics(
    small_run: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(small_run, tmp_path / "small", symlinks=True))
    study = folder / "workflow/studies/small.yaml"
    statistics = "results/small/statistics/conditions.parquet"
    left = [folder / statistics, folder / "results/small/records/compare_conditions.json"]
    for path in left:
        path.write_bytes(b"of an earlier plan")
    before = study.read_text(encoding="utf-8")
    plan = yaml.safe_load(before)
    del plan["conditions"]
    with edited(study, before, yaml.safe_dump(plan, sort_keys=False)):
        planned_jobs(folder)
        assert all(path.exists() for path in left), "a dry run changes nothing"
        run_snakemake(folder, "results/small/sample.parquet")
        assert not any(path.exists() for path in left)
    run_snakemake(folder, statistics)
    assert all(path.stat().st_size > 20 for path in left)


def test_environment_is_an_input_of_every_step(finished: Path) -> None:
    with edited(finished / "envs/lock.txt", "pandas==", "# pandas\npandas=="):
        jobs = planned_jobs(finished)
    assert jobs == planned(AFTER_RESPONSES | {"audit_publication"}, set(COHORTS))


EVERY_ANALYSIS = {
    *("check_cohort", "validate_responses", "estimate_reliability", "impute_measures"),
    *("compute_residual_gains", "correlate_measures", "compare_conditions", "fit_growth"),
    *("describe_sample", "explain_statistics", "confirm_statistics", "build_tables"),
    *("build_notebook", "show_tables", "plot_figures", "build_manuscript"),
}
"""The steps of help that read its study file themselves."""
PAPER = {
    *("audit_publication", "explain_statistics", "judge_values", "render_verdict"),
    *("accept_verdicts", "build_manuscript"),
}


def _replace(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        assert content.count(old.encode()), f"there is no {old!r}"
        return content.replace(old.encode(), new.encode(), 1)

    return change


def _other_answer(content: bytes) -> bytes:
    """One answer of the first person is the opposite one."""
    header, first, rest = content.split(b"\n", 2)
    changed = re.sub(
        rb",([1-37])(?=,|$)", lambda found: b",%d" % (8 - int(found[1])), first, count=1
    )
    return b"\n".join([header, changed, rest])


EDITS: dict[str, tuple[str, str, Callable[[bytes], bytes] | None, set[str]]] = {
    "cell": (
        "ryan2012_synthetic", "data/ryan2012_synthetic/session_3.csv", _other_answer,
        {"check_cohort", "validate_responses"},
    ),
    "key": (
        "ryan2012_synthetic", "workflow/instruments/iip_32.yaml",
        _replace("instrument: ", "# A remark.\ninstrument: "),
        {"validate_responses", "check_cohort"},
    ),
    "author's text": (
        "ryan2012_synthetic", "data/ryan2012_synthetic/text/procedure.md",
        _replace("In the published", "In that published"), {"build_manuscript"},
    ),
    "plan": (
        "help", "workflow/studies/help.yaml", _replace("title: ", "title: About "), EVERY_ANALYSIS,
    ),
    "paper": (
        "help", "workflow/publications/help_samet2003.yaml", _replace("citation: ", "citation:  "),
        PAPER,
    ),
    "reason": (
        "help", "data/help/reasons.yaml", _replace("note: ", "note: Seen. "), {"judge_values"},
    ),
    "cohort file": (
        "btheb", "data/btheb/cohort.yaml", _replace("title: ", "title: About "),
        {"validate_responses", "check_cohort"},
    ),
    "edited result": (
        "btheb", "results/btheb/scores.parquet", _replace("PAR1", "PAR2"), {"score_scales"},
    ),
    "result cut off": (
        "alliance_growth_synthetic", "results/alliance_growth_synthetic/scores.parquet",
        lambda content: content[:-9], {"score_scales"},
    ),
    "deleted result": (
        "mcbi_synthetic", "results/mcbi_synthetic/scores.parquet", None, {"score_scales"},
    ),
}  # fmt: skip
"""Edit -> its cohort, its file, the new content (None: deleted), and the steps that see it."""
ROUNDS = (
    ("cell", "plan", "cohort file", "result cut off"),
    ("key", "reason", "deleted result"),
    ("author's text", "paper", "edited result"),
)
"""Edits of different cohorts are made at once; in each round a cohort is left as it is."""


@pytest.mark.parametrize("names", ROUNDS, ids=", ".join)
def test_an_edit_that_keeps_the_time_reruns_its_cohort_only(
    finished: Path, names: tuple[str, ...]
) -> None:
    """By the plain command; what depends on a damaged result is made again with it."""
    expected: set[tuple[str, str]] = set()
    with ExitStack() as stack:
        for cohort, name, change, first in (EDITS[name] for name in names):
            path = finished / name
            content = path.read_bytes()
            stack.enter_context(replaced(path, change(content) if change else b""))
            if change is None:
                path.unlink()
            else:
                assert path.read_bytes() != content
            expected |= after(first, [cohort])
        jobs = planned_jobs(finished)
    assert jobs == expected


@deep
@pytest.mark.parametrize(
    ("path", "old", "new", "first"),
    [
        ("scripts/build_notebook.py", '"""', '"""Edited. ', {"build_notebook"}),
        ("reports/supplement.qmd.j2", "\n", "\n\n", {"build_manuscript"}),
        # render_manuscript copies all assets.
        ("reports/assets/verdict.css", "{", "{ ", {"render_verdict", "render_manuscript"}),
    ],
    ids=["step", "template", "asset"],
)
def test_an_edited_file_of_attune_reruns_what_reads_it(
    finished: Path, path: str, old: str, new: str, first: set[str]
) -> None:
    with edited(finished / path, old, new):
        jobs = planned_jobs(finished, *FEW)
    assert jobs == after(first, FEW)


def test_what_changed_is_printed(finished: Path) -> None:
    path = finished / "workflow/studies/btheb.yaml"
    with edited(path, "title: ", "title: About "):
        printed = run_snakemake(finished, "--dry-run", "results/btheb/sample.parquet")
    assert "Changed since the last run:" in printed
    assert "workflow/studies/btheb.yaml: " in printed and "(btheb)" in printed


def test_the_plain_command_heals(finished: Path) -> None:
    path = finished / "results/btheb/findings.parquet"
    before, page = path.read_bytes(), (finished / "results/btheb/verdict.html").read_bytes()
    path.write_bytes(before[: len(before) // 2])
    run_snakemake(finished)
    assert path.read_bytes() == before
    assert (finished / "results/btheb/verdict.html").read_bytes() == page
    assert planned_jobs(finished, "btheb") == set()


@pytest.fixture
def without_metadata(finished: Path, tmp_path: Path) -> Iterator[Path]:
    """The finished run as an unpacked zip brings it: with records, without Snakemake's metadata."""
    shutil.move(finished / ".snakemake", tmp_path / "metadata")
    try:
        yield finished
    finally:
        shutil.rmtree(finished / ".snakemake", ignore_errors=True)
        shutil.move(tmp_path / "metadata", finished / ".snakemake")


def test_results_without_metadata_are_checked_against_their_records(
    without_metadata: Path,
) -> None:
    """Of two cohorts that have every analysis with random numbers between them."""
    folder, cohorts = without_metadata, ("help", "mcbi_synthetic")
    assert planned_jobs(folder) == set()
    with edited(folder / "config.yaml", "seed: 2012", "seed: 2013"):
        jobs = planned_jobs(folder, *cohorts)
    drawn = {"describe_sample", "correlate_measures", "analyse_trial"}
    drawn |= {"fit_growth", "fit_structural_models"}
    assert rules_of(jobs) == with_dependents({*drawn, "build_manuscript"})
    with edited(folder / "config.yaml", "variances: pooled", "variances: welch"):
        jobs = planned_jobs(folder, *cohorts)
    assert rules_of(jobs) == with_dependents({"compare_conditions", "build_manuscript"})
    reasons = folder / "data/mcbi_synthetic/reasons.yaml"
    assert not reasons.exists()
    text = "cohort: mcbi_synthetic\npublication: mcbi2023\nreasons: []\n"
    reasons.write_text(text, encoding="utf-8")
    try:
        with edited(folder / "data/help/sample.csv", "\n", "\n\n"):
            jobs = planned_jobs(folder, *cohorts)
    finally:
        reasons.unlink()
    assert ("validate_responses", "help") in jobs
    assert {job for job in jobs if job[1] == "mcbi_synthetic"} == after(
        {"judge_values"}, ["mcbi_synthetic"]
    )


@deep
@pytest.mark.parametrize(
    ("old", "new", "written"),
    [
        ("masked: false", "masked: true", set()),
        ("line_numbers: false", "line_numbers: true", set()),
        ("language: en-US", "language: en-GB", {"build_manuscript", "plot_figures"}),
    ],
)
def test_choices_of_the_pages_compute_nothing(
    finished: Path, old: str, new: str, written: set[str]
) -> None:
    with edited(finished / "config.yaml", old, new):
        jobs = planned_jobs(finished, *FEW)
    assert jobs == planned(written | {"render_manuscript"}, set(FEW))


@deep
def test_another_renderer_is_a_change(finished: Path, tmp_path: Path) -> None:
    quarto = tmp_path / "quarto"
    quarto.write_text("#!/bin/sh\necho 1.99.1\n", encoding="utf-8")
    quarto.chmod(0o755)
    record = json.loads(
        (finished / "results/help/records/render_manuscript_manuscript.json").read_text("utf-8")
    )
    assert record["params"]["program"]["value"].startswith("embedded (pandoc ")
    path = finished / "config.yaml"
    with (
        edited(path, "renderer: embedded", "renderer: auto"),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("QUARTO_PATH", str(quarto))
        jobs = planned_jobs(finished, *FEW)
    assert jobs == planned({"render_manuscript"}, set(FEW))
