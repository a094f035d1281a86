"""Mistakes as a user of Snakemake meets them: told without a stack trace, nothing half-written."""

import shutil

import pytest
import yaml
from tests.conftest import ROOT, Project, run_snakemake

from attune_files.yaml_file import read_yaml


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
    assert "No step failed for: sound." in summary
    assert "Traceback" not in done.said


def spoil_cohort(project: Project, name: str) -> None:
    """A key that the model of cohorts does not know."""
    with project.yaml(f"data/{name}/cohort.yaml") as cohort:
        cohort["licens"] = "x"


def lose_raw_file(project: Project, name: str) -> None:
    """A raw file that the cohort file names is not there."""
    (project.folder / f"data/{name}/intake.csv").unlink()


def spoil_plan(project: Project, name: str) -> None:
    """A cohort with a plan of its own, which names a scale that its questionnaire does not have."""
    with project.study() as study:
        study["study"] = name
        study["measures"]["kims"]["scale"] = "totl"
        text = yaml.safe_dump(study)
        study["study"] = "small"
        study["measures"]["kims"]["scale"] = "total"
    (project.folder / f"workflow/studies/{name}.yaml").write_text(text, encoding="utf-8")
    with project.yaml(f"data/{name}/cohort.yaml") as cohort:
        cohort["study"] = name


def spoil_text(project: Project, name: str) -> None:
    """A text of the author's that no document has a place for."""
    (project.folder / f"data/{name}/text").mkdir()
    (project.folder / f"data/{name}/text/intro.md").write_text("Lost.", encoding="utf-8")


FAULTS = {
    "unknown_key": (spoil_cohort, "unknown key 'licens'. Did you mean 'licence'?"),
    "lost_file": (lose_raw_file, "files.intake: data/lost_file/intake.csv does not exist."),
    "wrong_plan": (spoil_plan, "measures.kims: 'totl' is not a scale of KIMS."),
    "lost_text": (spoil_text, "intro.md is not read by anything."),
}


@pytest.fixture
def partly_sound(project: Project) -> Project:
    """The small cohort, four with a fault, a sound synthesis and one that names a faulty cohort."""
    for name, (spoil, _) in FAULTS.items():
        shutil.copytree(project.data, project.folder / "data" / name)
        with project.yaml(f"data/{name}/cohort.yaml") as cohort:
            cohort["cohort"] = name
        spoil(project, name)
    shipped = read_yaml(ROOT / "workflow/syntheses/mindfulness_outcome.yaml")
    shipped["synthesis"] = "of_a_faulty_one"
    del shipped["facets"], shipped["crosswalk"]
    for entry in shipped["cohorts"]:
        entry["cohort"] = "lost_file"
    folder = project.folder / "workflow/syntheses"
    folder.mkdir(parents=True)
    (folder / "of_a_faulty_one.yaml").write_text(yaml.safe_dump(shipped), encoding="utf-8")
    with project.yaml("config.yaml") as config:
        config["cohorts"] = [*FAULTS, "small"]
        config["syntheses"] = ["of_a_faulty_one", "empathy_outcome"]
    return project


def test_a_faulty_cohort_is_set_aside_and_the_others_run_to_their_end(
    partly_sound: Project,
) -> None:
    """Everything that config.yaml asks for, with no message of Snakemake's own."""
    done = run_snakemake(["--quiet", "all"], partly_sound.folder)
    assert done.status == 1
    results = partly_sound.folder / "results"
    assert (results / "small/manuscript.pdf").exists(), done.said
    assert (results / "synthesis/empathy_outcome/synthesis.html").exists()
    for place in [*FAULTS, "synthesis/of_a_faulty_one"]:
        assert not list((results / place).rglob("*.*")), place
    summary = done.said.partition("What failed, and why:")[2]
    for name, (_, reason) in FAULTS.items():
        assert f"  {name}\n    step refuse_files (logs/{name}/refuse_files.log)\n" in summary
        assert reason in summary
        assert done.said.count(reason) == 2, "by its step and in the summary"
    assert "it takes numbers of lost_file, which cannot be analysed" in summary
    assert "No step failed for: small." in summary
    assert "Traceback" not in done.said


def test_a_target_of_a_sound_cohort_does_not_ask_for_the_faulty_ones(partly_sound: Project) -> None:
    target = "results/small/scores.parquet"
    done = run_snakemake([target], partly_sound.folder)
    assert done.status == 0, done.said
    assert (partly_sound.folder / target).exists()
    assert "licens" not in done.said


def test_a_target_of_a_faulty_cohort_is_refused_with_the_reasons(partly_sound: Project) -> None:
    """What an earlier run left of it stays, and a sound target beside it is made."""
    kept = partly_sound.folder / "results/unknown_key/manuscript.html"
    kept.parent.mkdir(parents=True)
    kept.write_text("of an earlier run", encoding="utf-8")
    sound = "results/small/scores.parquet"
    done = run_snakemake(["results/unknown_key/manuscript.html", sound], partly_sound.folder)
    assert done.status == 1
    assert FAULTS["unknown_key"][1] in done.said.partition("What failed, and why:")[2]
    assert (partly_sound.folder / sound).exists()
    assert kept.read_text(encoding="utf-8") == "of an earlier run"


def test_a_dry_run_says_what_would_be_left_out(partly_sound: Project) -> None:
    done = run_snakemake(["--dry-run", "--quiet"], partly_sound.folder)
    for name, (_, reason) in FAULTS.items():
        assert f"Left out: {name}. " in done.said
        assert done.said.count(reason) == 1
    assert not (partly_sound.folder / "logs").exists()


@pytest.mark.parametrize("quiet", [[], ["--quiet", "all"]])
def test_a_configuration_that_is_no_yaml_says_so(project: Project, quiet: list[str]) -> None:
    (project.folder / "config.yaml").write_text("cohorts: [small\nseed: 1\n", encoding="utf-8")
    done = run_snakemake(quiet, project.folder)
    assert done.status == 1
    assert done.said.count("config.yaml cannot be read.\n  - line 2: ") == 1
    assert "Traceback" not in done.said
