"""Mistakes as a user of Snakemake meets them: told without a stack trace, nothing half-written."""

import shutil

import pytest
from tests.conftest import Project, run_snakemake


def test_a_mistake_in_the_configuration_stops_before_any_job(project: Project) -> None:
    with project.yaml("config.yaml") as config:
        config["sed"] = 3
    for quiet in ([], ["--quiet", "all"], ["--dry-run", "--quiet", "all"]):
        done = run_snakemake(quiet, project.folder)
        assert done.status == 1
        message = "config.yaml cannot be used.\n  - unknown key 'sed'. Did you mean 'seed'?"
        assert done.said.count(message) == 1
        assert "Traceback" not in done.said
    assert not (project.folder / "results").exists()
    assert not (project.folder / "logs").exists()


@pytest.mark.parametrize("quiet", [[], ["--quiet"], ["--quiet", "all"]])
def test_a_refused_plan_says_why_once_however_quiet_the_run(
    project: Project, quiet: list[str]
) -> None:
    with project.study() as study:
        model = "age ~ kims\nage ~~~ kims"
        path = {"title": "A path", "dataset": "available", "model": model}
        study["structural_models"] = {"path": path}
    done = run_snakemake(["results/small/scores.parquet", *quiet], project.folder)
    assert done.status == 1
    assert done.said.count("workflow/studies/small.yaml cannot be used.") == 1
    assert done.said.count("age ~~~ kims") == 1
    assert "Traceback" not in done.said


def test_mistakes_in_cohort_and_study_stop_before_any_job(project: Project) -> None:
    with project.study() as study:
        study["measures"]["kims"]["scale"] = "totl"
    done = run_snakemake(["--dry-run"], project.folder)
    assert done.status == 1
    assert "measures.kims: 'totl' is not a scale of KIMS. Did you mean 'total'?" in done.said
    assert "Traceback" not in done.said


def test_a_wrong_cell_leaves_no_results(project: Project) -> None:
    project.set_cell("therapists.csv", 4, "kims_7", "6")
    done = run_snakemake(["results/small/scores.parquet"], project.folder)
    assert done.status == 1
    message = "therapists.csv, row 4, column kims_7, item 7: found '6'; allowed are 1 to 5."
    assert message in done.said
    assert "Traceback" not in done.said
    assert not list((project.folder / "results").rglob("*.parquet"))
    log = project.folder / "logs/small/validate_responses.log"
    assert message in log.read_text(encoding="utf-8")


def test_a_fault_in_one_cohort_does_not_stop_the_others(project: Project) -> None:
    shutil.copytree(project.data, project.folder / "data/sound")
    with project.yaml("data/sound/cohort.yaml") as cohort:
        cohort["cohort"] = "sound"
    with project.yaml("config.yaml") as config:
        config["cohorts"] = ["small", "sound"]
    project.set_cell("therapists.csv", 4, "kims_7", "6")
    targets = [f"results/{cohort}/scores.parquet" for cohort in ("small", "sound")]
    done = run_snakemake(targets, project.folder)
    assert done.status == 1
    assert (project.folder / targets[1]).exists()
    assert not (project.folder / targets[0]).exists()
    summary = done.said.partition("What failed, and why:")[2]
    assert "small\n    step validate_responses (logs/small/validate_responses.log)" in summary
    assert "column kims_7, item 7: found '6'; allowed are 1 to 5." in summary
    assert "The other cohorts are complete: sound." in summary
    assert "Traceback" not in done.said
