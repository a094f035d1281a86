"""`attune check`: what a person is told about a cohort, and the page, without running the line."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from tests.conftest import Project

from attune_cli.main import main

Check = Callable[..., tuple[int, str, str]]


@pytest.fixture
def check(project: Project, capsys: pytest.CaptureFixture[str]) -> Check:
    """Runs the command in the project's folder: status, what it printed, what it complained of."""

    def run(*words: str) -> tuple[int, str, str]:
        with contextlib.chdir(project.folder):
            status = main(["check", *words])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def written(project: Project) -> set[Path]:
    return {path for path in project.folder.rglob("*") if path.is_file()}


def test_a_sound_cohort(project: Project, check: Check) -> None:
    before = written(project)
    status, out, err = check("small")
    assert (status, err) == (0, "")
    assert "This cohort can be used.\n0 errors" in out
    assert "What mapped: 12 dyads, 12 therapists, 3 questionnaires in 4 files." in out
    assert "kims (therapist, baseline)" in out
    assert "therapists.csv: kims_{item}  (KIMS 1.0, a key " in out
    assert "All 5 analyses of the study can be estimated." in out
    assert "Synthetic data: made by a test." in out
    assert written(project) == before


def test_errors_have_places_and_remedies(project: Project, check: Check) -> None:
    project.set_cell("therapists.csv", 4, "kims_7", "9")
    project.set_cell("intake.csv", 3, "iip_2", "often")
    before = written(project)
    status, out, _ = check("small")
    assert status == 1
    assert "This cohort cannot be used yet: 2 errors." in out
    assert "therapists.csv, row 4, column kims_7, item 7: found '9'; allowed are 1 to 5." in out
    assert "intake.csv, row 3, column iip_2, item 2: found text (not shown)" in out
    assert 'To do: Correct the cell; if it means "no answer", add "9" to missing_codes' in out
    assert "attune check small --page intake.html" in out
    assert written(project) == before


def test_values_are_shown_as_asked_for(project: Project, check: Check) -> None:
    project.set_cell("therapists.csv", 4, "kims_7", "9")
    project.set_cell("intake.csv", 3, "iip_2", "often")
    assert "found 'often'" in check("small", "--show-values", "all")[1]
    assert "found (not shown); allowed" in check("small", "--show-values", "none")[1]
    with project.yaml("config.yaml") as config:
        config["check_cohort"] = {"show_values": "all"}
    assert "found 'often'" in check("small")[1]


def test_no_id_is_printed(project: Project, check: Check) -> None:
    project.set_cell("intake.csv", 3, "id", "d05")
    project.set_cell("termination.csv", 4, "id", "unknown77")
    project.set_cell("sample.csv", 5, "patient", "")
    for words in ((), ("--all",), ("--all", "--show-values", "all")):
        status, out, _ = check("small", *words)
        assert status == 1
        assert "unknown77" not in out
        assert not [f"d{number:02d}" for number in range(1, 13) if f"d{number:02d}" in out]


def test_notes_are_counted_and_listed_on_demand(project: Project, check: Check) -> None:
    with project.table("intake.csv") as lines:
        for number, line in enumerate(lines):
            line.append("remark" if number == 0 else "x")
    status, out, _ = check("small")
    assert status == 0
    assert "1 unused_column" in out and "--all lists them" in out
    assert "column remark" not in out
    assert (
        "intake.csv, column remark: cohort.yaml does not use this column."
        in check("small", "--all")[1]
    )


def test_a_flood_is_cut_but_counted(project: Project, check: Check) -> None:
    with project.table("therapists.csv") as lines:
        lines[1:] = [[line[0], *("7" for _ in line[1:])] for line in lines[1:]]
    _, out, _ = check("small")
    assert "an answer outside the codes of its instrument (468 places)" in out
    place = (
        "therapists.csv, rows 2 to 13, columns kims_1, kims_2, kims_3, kims_4, kims_5 and 34 more"
    )
    assert f"{place}: found '7'; allowed are 1 to 5. (468 times)" in out
    assert check("small", "--all")[1].count("found '7'; allowed are 1 to 5.") == 39


def test_a_study_that_asks_for_more(project: Project, check: Check) -> None:
    with project.cohort() as cohort:
        del cohort["questionnaires"][2]
    status, out, _ = check("small")
    assert status == 1
    assert "the study needs 1 thing that it does not hold" in out
    assert (
        "measures.iip_termination: the cohort has no iip_32 (patient, termination); it has iip_32"
        " (patient, intake)"
    ) in out
    assert "Study small: 1 of 5 analyses of the study can be estimated." in out
    assert "iip: IIP-32, termination, adjusted for IIP-32, intake (n = 0)" in out


def test_a_study_that_names_another_rater(project: Project, check: Check) -> None:
    with project.cohort() as cohort:
        cohort["questionnaires"][0]["rater"] = "patient"
    _, out, _ = check("small")
    assert "it has kims (patient, baseline). If that is meant, write `rater: patient`" in out
    assert "To do: Correct it in `workflow/studies/small.yaml`, or map what is missing" in out
    # A posttest that is not there is not its pretest.
    with project.cohort() as cohort:
        cohort["questionnaires"][0]["rater"] = "therapist"
        del cohort["questionnaires"][2]
    assert "If that is meant" not in check("small")[1]


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        (
            "note",
            "n = {mindful.kmis.iip.pearson_r:n}.",
            "tables.correlations.note: statistic 'mindful.kmis.iip.pearson_r' names 'kmis', which"
            " the analysis 'mindful' does not have. Did you mean 'kims'?",
        ),
        (
            "note",
            "n = {mindful.kims.iip.pearsonr:n}.",
            "tables.correlations.note: 'mindful.kims.iip.pearsonr' ends with 'pearsonr'. Did you"
            " mean 'pearson_r'?",
        ),
        (
            "note",
            "N = {sample.al.n}.",
            "tables.correlations.note: statistic 'sample.al.n' names 'al', which the analysis"
            " 'sample' does not have. Did you mean 'all'?",
        ),
        (
            "note",
            "N = {sample.all.n:estimat}.",
            "tables.correlations.note: 'sample.all.n' has no part 'estimat'. Did you mean"
            " 'estimate'?",
        ),
        (
            "note",
            "Over {sessions} sessions.",
            "tables.correlations.note: '{sessions}' would be printed as it stands. Ids of",
        ),
        (
            "reason",
            "All {smple.all.n} answered.",
            "correlations.mindful.reason: statistic 'smple.all.n' starts with 'smple', which is not"
            " an analysis of the study small. Did you mean 'sample'?",
        ),
        (
            "title",
            "All {sample.all.n}",
            "correlations.mindful.title: '{sample.all.n}' would be printed as it stands; only notes"
            " of tables and reasons of analyses print statistics",
        ),
    ],
)
def test_ids_of_no_statistic_in_the_study(
    project: Project, check: Check, key: str, text: str, said: str
) -> None:
    """They are told before anything runs, by the command and by a run."""
    with project.study() as study:
        place = study["tables" if key == "note" else "correlations"]
        place["correlations" if key == "note" else "mindful"][key] = text
    status, out, _ = check("small")
    assert status == 1
    assert "cannot be used yet: 1 problem in the author's text would stop the documents." in out
    assert f"  - workflow/studies/small.yaml, {said}" in out
    assert said in project.configuration_error()


def test_ids_of_statistics_in_the_study(project: Project, check: Check) -> None:
    """Those that a study will compute, and braces that hold no id, are no problem."""
    with project.study() as study:
        study["tables"]["correlations"]["note"] = (
            "N = {sample.all.n:estimate}; {mindful.kims.iip.pearson_r:n}; the set {1, 2}."
        )
        study["correlations"]["mindful"]["reason"] = "As {sample.age.mean:estimate} says."
    assert check("small")[0] == 0
    assert project.configuration_error() == ""


def test_a_ledger_that_names_no_statistic(project: Project, check: Check) -> None:
    with project.cohort() as cohort:
        cohort["publication"] = "paper"
    status, out, _ = check("small")
    assert status == 1
    assert "workflow/publications/paper.yaml does not exist." in out
    value = {"id": "r", "printed": ".10", "kind": "r", "places": ["Text"], "n": 12}
    content = {"publication": "paper", "citation": "A.", "values": [value]}
    value["statistic"] = "mindful.kims.iip.pearsonr"
    path = project.folder / "workflow/publications/paper.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    said = (
        "workflow/publications/paper.yaml: r: 'mindful.kims.iip.pearsonr' ends with 'pearsonr'. Did"
        " you mean 'pearson_r'?"
    )
    status, out, _ = check("small")
    assert status == 1
    assert f"  - {said}" in out
    assert said in project.configuration_error()


def test_data_that_contradict_a_trial(project: Project, check: Check) -> None:
    """What stops the step is said before, without ids."""
    with project.study() as study:
        study["occasions"] = ["intake", "termination"]
        study["measures"]["problems"] = {
            key: study["measures"]["iip_intake"][key] for key in ("instrument", "scale", "rater")
        } | {"label": "Problems"}
        study["trial"] = {
            "rct": {
                "title": "A trial",
                "dataset": "available",
                "randomised": "therapist",
                "baseline": "intake",
                "visits": ["termination"],
                "outcomes": {"problems": {"better": "lower"}},
                "estimand": {"population": "all"},
                "reason": "It may help.",
            }
        }
    status, out, err = check("small")
    assert status == 0, out + err
    with project.table("sample.csv") as lines:
        therapist, arm = (lines[0].index(name) for name in ("therapist", "condition"))
        other = next(line for line in lines[2:] if line[arm] != lines[1][arm])
        other[therapist] = lines[1][therapist]
        name = lines[1][therapist]
    status, out, _ = check("small", "--page", "page.html")
    assert status == 1
    assert "cannot be used yet: 1 contradiction of plan and data would stop an analysis." in out
    problem = "1 of 11 therapists have patients in two arms, but therapists were randomised"
    assert f"  - trial.rct: {problem}" in out
    page = (project.folder / "page.html").read_text(encoding="utf-8")
    assert problem in page and name not in page


def test_what_the_draft_left_open_is_said(project: Project, check: Check) -> None:
    path = project.data / "cohort.yaml"
    text = path.read_text(encoding="utf-8").replace("source: ", "source: TODO ", 1)
    path.write_text(f"# Look at what says CHECK and TODO: each.\n{text}# CHECK: who?\n", "utf-8")
    lines = path.read_text(encoding="utf-8").splitlines()
    todo = next(n for n, line in enumerate(lines, start=1) if line.startswith("source: TODO"))
    status, out, _ = check("small", "--page", "page.html")
    said = f"data/small/cohort.yaml (TODO in line {todo}, CHECK in line {len(lines)})"
    assert status == 0
    assert f"Still open: {said}. Correct each, or delete the remark." in out
    assert said in (project.folder / "page.html").read_text(encoding="utf-8")


def test_a_study_of_one_analysis(project: Project, check: Check) -> None:
    with project.study() as study:
        study.pop("conditions", None)
        study.pop("correlations", None)
        study["tables"] = {}
    assert "The one analysis of the study can be estimated." in check("small")[1]


def test_a_cohort_file_that_is_wrong(project: Project, check: Check) -> None:
    with project.cohort() as cohort:
        cohort["questionnaires"][0]["raters"] = "therapist"
    status, out, err = check("small")
    assert (status, out) == (1, "")
    assert "data/small/cohort.yaml cannot be used." in err
    assert "unknown key 'raters' in questionnaires.0. Did you mean 'rater'?" in err


@pytest.mark.parametrize(
    ("word", "said"),
    [("smal", "Did you mean 'small'?"), ("data/small/cohort.yaml", ""), ("data/small", "")],
)
def test_names_of_cohorts(project: Project, check: Check, word: str, said: str) -> None:
    status, _, err = check(word)
    assert status == (1 if said else 0)
    assert said in err


def test_a_study_that_does_not_exist(project: Project, check: Check) -> None:
    with project.cohort() as cohort:
        cohort["study"] = "smal"
    status, _, err = check("small")
    assert status == 1
    assert "workflow/studies/smal.yaml does not exist.\n  - Did you mean 'small'?" in err


def test_files_that_cannot_be_read(project: Project, check: Check, tmp_path: Path) -> None:
    (project.data / "intake.csv").unlink()
    (project.data / "termination.csv").write_text("id,iip_1\nd01,1,2\n", encoding="utf-8")
    page = tmp_path / "page.html"
    status, out, _ = check("small", "--page", str(page))
    assert status == 1
    assert "This cohort cannot be used yet: a raw file cannot be read." in out
    assert "intake.csv" in out and "termination.csv" in out
    assert "Files That Cannot Be Read" in page.read_text(encoding="utf-8")


def test_the_page_is_written_where_it_is_asked_for(project: Project, check: Check) -> None:
    project.set_cell("therapists.csv", 4, "kims_7", "9")
    before = written(project)
    status, out, _ = check("small", "--page", "page.html")
    assert status == 1
    assert "The page: page.html" in out
    assert written(project) - before == {project.folder / "page.html"}
    text = (project.folder / "page.html").read_text(encoding="utf-8")
    assert "This cohort cannot be used yet: 1 error." in text


def test_a_page_that_cannot_be_written(project: Project, check: Check) -> None:
    status, _, err = check("small", "--page", "no/such/folder/page.html")
    assert status == 1
    assert "no/such/folder/page.html cannot be written" in err


def test_a_wrong_choice_in_the_configuration(project: Project, check: Check) -> None:
    with project.yaml("config.yaml") as config:
        config["check_cohort"] = {"show_values": "some"}
    status, _, err = check("small")
    assert status == 1
    assert "check_cohort.show_values" in err
