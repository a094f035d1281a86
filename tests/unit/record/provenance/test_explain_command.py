"""`attune explain`: the source of a number on the command line, and what it says otherwise."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha1
from pathlib import Path

import pytest
from tests.conftest import ROOT, Project

from attune_cli.main import main

R = "mindful.kims.iip.pearson_r"


@pytest.fixture(scope="module")
def made(
    new_project: Callable[[Path], Project], tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """The small project with its explanations."""
    project = new_project(tmp_path_factory.mktemp("command"))
    steps = ("validate_responses", "score_scales", "estimate_reliability", "impute_measures",
             "compute_residual_gains", "correlate_measures", "compare_conditions", "fit_growth",
             "describe_sample", "explain_statistics")  # fmt: skip
    assert project.run_line(*steps).status == 0
    path = project.results / "explanations.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["values"] = {"printed_r": R}
    told["other_sources"] = {"printed_r": "the table A of the package B"}
    told["quoted"] = {"earlier_r": "quoted from a meta-analysis"}
    path.write_text(json.dumps(told), encoding="utf-8")
    return project


@pytest.fixture
def here(made: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(made.folder)
    return made


@pytest.fixture
def twins(here: Project) -> object:
    """A second cohort with the same statistics, for the time of a test."""
    shutil.copytree(here.results, here.folder / "results" / "other")
    yield
    shutil.rmtree(here.folder / "results" / "other")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    status = main(["explain", *words])
    captured = capsys.readouterr()
    return status, captured.out + captured.err


def test_tells_the_number_and_its_source(here: Project, capsys: pytest.CaptureFixture[str]) -> None:
    status, text = said(capsys, R)
    assert status == 0
    for part in ("Pearson correlation: Mindfulness with residual gain in IIP-32",
                 f"{R} of small", "seed = 7",
                 "1. correlate_measures", "5. validate_responses", "sha256 "):  # fmt: skip
        assert part in text


def test_takes_bookmarks(here: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, f"stat_{sha1(R.encode()).hexdigest()[:16]}_3") == said(capsys, R)


def test_takes_values_of_the_ledger_and_names_their_source(
    here: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text = said(capsys, "printed_r")
    source = "printed_r is not printed in the paper; it is from the table A of the package B.\n\n"
    assert (status, text) == (0, source + said(capsys, R)[1])


@pytest.mark.parametrize("name", ["results/small/gains.parquet", "data/small/cohort.yaml"])
def test_says_when_a_file_behind_it_was_changed_since(
    here: Project, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert "changed since" not in said(capsys, R)[1]
    path = here.folder / name
    before = path.read_bytes()
    path.write_bytes(before + b" ")
    status, text = said(capsys, R)
    path.write_bytes(before)
    assert status == 0
    assert "changed since" in text and text.endswith(f"repeat this command:\n  - {name}\n"), text


def test_prints_everything_as_json(here: Project, capsys: pytest.CaptureFixture[str]) -> None:
    status, text = said(capsys, R, "--json")
    told = json.loads(text)
    assert status == 0
    assert (told["id"], told["cohort"]) == (R, "small")
    assert [step["name"] for step in told["steps"]][-1] == "validate_responses"
    assert all(len(file["sha256"]) == 64 for file in told["steps"][0]["inputs"]["measures"])
    assert told["statistic"]["method"] == "Pearson correlation, t test, Fisher z interval"


def test_an_unknown_id_is_answered_with_its_neighbours(
    here: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text = said(capsys, "mindful.kims.iip.person_r")
    assert status == 1
    assert "mindful.kims.iip.person_r is not a statistic of small." in text
    assert f"did you mean {R}?" in text
    status, text = said(capsys, "zzz")
    assert (status, "the ids are in results/<cohort>/explanations.json" in text) == (1, True)


def test_a_printed_value_that_nothing_gives_says_why(
    here: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text = said(capsys, "earlier_r")
    assert status == 1
    assert "earlier_r is printed in the paper, but no statistic corresponds to it." in text
    assert "quoted from a meta-analysis" in text
    assert "did you mean" not in text


def test_the_analysis_is_told_by_its_title(
    here: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    _, text = said(capsys, R)
    assert re.search(r"^Analysis +\S", text, re.MULTILINE)


def test_several_cohorts_are_listed(
    here: Project, twins: object, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text = said(capsys, R)
    assert status == 1
    assert f"{R} is a statistic of other, small." in text
    assert "--cohort other" in text
    status, text = said(capsys, R, "--cohort", "small")
    assert (status, f"{R} of small" in text) == (0, True)


def test_a_run_that_does_not_exist_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    status, text = said(capsys, R)
    assert status == 1
    assert "There are no results with explanations in this folder yet." in text
    assert "snakemake --cores 4" in text
    status, text = said(capsys, R, "--cohort", "small")
    assert (status, "There is no results/small/explanations.json" in text) == (1, True)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"statistics": {}}'])
def test_a_file_that_is_something_else(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "results/small/explanations.json"
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")
    status, text = said(capsys, R)
    assert status == 1
    assert (
        "results/small/explanations.json is not a file of explanations as the workflow writes it."
        in text
    )


def test_loads_no_data_packages(here: Project) -> None:
    """An answer at once: without pandas, NumPy or pyarrow."""
    probe = (
        "import sys; from attune_cli.main import main; main(['explain', sys.argv[1]]);"
        " print({'pandas', 'numpy', 'pyarrow', 'pydantic'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, R],
        env={"PYTHONPATH": str(ROOT / "scripts"), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == "set()"
