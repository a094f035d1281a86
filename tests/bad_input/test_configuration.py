"""Mistakes in the YAML files are told before any job starts, with the key that was meant."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from tests.conftest import ROOT, Project

COHORT = "data/small/cohort.yaml"
STUDY = "workflow/studies/small.yaml"
KIMS = "workflow/instruments/kims.yaml"


def said(project: Project, path: str, change: Callable[[Any], object]) -> str:
    """What is said after a change of one file."""
    with project.yaml(path) as content:
        change(content)
    message = project.configuration_error()
    assert message, "nothing was refused"
    return message


@pytest.mark.parametrize(
    ("path", "change", "message"),
    [
        ("config.yaml", lambda c: c.update(sed=1), "unknown key 'sed'. Did you mean 'seed'?"),
        (
            "config.yaml",
            lambda c: c["correlate_measures"].update(permutation=9999),
            "unknown key 'permutation' in correlate_measures. Did you mean 'permutations'?",
        ),
        (
            COHORT,
            lambda c: c["questionnaires"][1].update(item_columns="x"),
            "unknown key 'item_columns' in questionnaires.1. Did you mean 'columns'?",
        ),
        (
            COHORT,
            lambda c: c["sample"]["variables"]["age"].update(zzz=3),
            "unknown key 'zzz' in sample.variables.age. Known: 'column', 'label', 'kind',",
        ),
        (
            STUDY,
            lambda c: c["measures"]["kims"].update(ocasion="x"),
            "unknown key 'ocasion' in measures.kims. Did you mean 'occasion'?",
        ),
        (
            KIMS,
            lambda c: c["scales"]["total"].update(agregation="sum"),
            "unknown key 'agregation' in scales.total. Did you mean 'aggregation'?",
        ),
    ],
)
def test_a_wrong_key(
    project: Project, path: str, change: Callable[[Any], object], message: str
) -> None:
    answer = said(project, path, change)
    assert message in answer
    assert path in answer


@pytest.mark.parametrize(
    ("path", "change", "message"),
    [
        (
            "config.yaml",
            lambda c: c.update(cohorts="small"),
            "cohorts: should be a list, found 'small'",
        ),
        (
            "config.yaml",
            lambda c: c.update(seed="many"),
            "seed: should be a whole number, found 'many'",
        ),
        (
            "config.yaml",
            lambda c: c.update(seed=True),
            "seed: found true, where true and false have no",
        ),
        ("config.yaml", lambda c: c.pop("cohorts"), "cohorts is missing"),
        (
            COHORT,
            lambda c: c.update(missing_codes=[99]),
            'missing_codes.0: should be text, found 99. Write it in quotes: "99"',
        ),
        (
            COHORT,
            lambda c: c["sample"]["variables"]["condition"].update(levels={1: "A"}),
            "the key '1' of sample.variables.condition.levels should be text, found 1. Write it in"
            ' quotes: "1"',
        ),
        (
            COHORT,
            lambda c: c["questionnaires"][0].update(columns=5),
            "questionnaires.0.columns: should be text or keys and values, found 5",
        ),
        (
            COHORT,
            lambda c: c["questionnaires"][0].update(rater="terapist"),
            "questionnaires.0.rater: should be 'patient', 'therapist', 'observer' or 'informant',",
        ),
        (
            COHORT,
            lambda c: c.update(smallest_cell={"count": 2, "reason": "as few as can be"}),
            "smallest_cell.count: 2 protects nobody: a suppressed count below it could only be 1",
        ),
        (
            STUDY,
            lambda c: c["measures"].update({"Kims Total": c["measures"]["kims"]}),
            "the key 'Kims Total' of measures should be lower case letters, digits and underscores",
        ),
        (KIMS, lambda c: c.update(n_items="all"), "n_items: should be a whole number, found 'all'"),
    ],
)
def test_a_wrong_type(
    project: Project, path: str, change: Callable[[Any], object], message: str
) -> None:
    assert message in said(project, path, change)


@pytest.mark.parametrize("path", ["config.yaml", COHORT, STUDY])
def test_a_key_given_twice(project: Project, path: str) -> None:
    file = project.folder / path
    text = file.read_text(encoding="utf-8")
    first = text.splitlines()[0].split(":")[0]
    file.write_text(f"{text}{first}: again\n", encoding="utf-8")
    assert f"key '{first}' is already given on line 1; keep one of them" in (
        project.configuration_error()
    )


def test_a_file_that_is_no_mapping(project: Project) -> None:
    (project.folder / STUDY).write_text("- a\n- b\n", encoding="utf-8")
    assert "it should hold keys and values, but holds ['a', 'b']" in project.configuration_error()
    (project.folder / STUDY).write_text("", encoding="utf-8")
    assert "it should hold keys and values, but holds nothing" in project.configuration_error()


@pytest.mark.parametrize("name", ["../x", "a/b", "/etc", "a b", "", "Small"])
def test_a_cohort_name_is_no_path(project: Project, name: str) -> None:
    assert (
        "cohorts.0: should be lower case letters, digits and underscores, a letter first,"
        f" found {name!r}"
    ) in said(project, "config.yaml", lambda c: c.update(cohorts=[name]))


def test_a_raw_file_that_does_not_exist(project: Project) -> None:
    answer = said(project, COHORT, lambda c: c["files"]["intake"].update(path="intakes.csv"))
    assert "files.intake: data/small/intakes.csv does not exist. Did you mean 'intake.csv'?" in (
        answer
    )


def test_the_only_raw_file_of_a_cohort_does_not_exist(project: Project) -> None:
    for path in (project.folder / "data/small").glob("*.csv"):
        path.unlink()
    answer = project.configuration_error()
    assert "data/small/cohort.yaml cannot be used." in answer
    assert "files.intake: data/small/intake.csv does not exist." in answer


def test_a_raw_file_is_no_path(project: Project) -> None:
    for path in ("../sample.csv", "/etc/passwd", "..\\sample.csv", ".hidden"):
        answer = said(project, COHORT, lambda c, path=path: c["files"]["intake"].update(path=path))
        assert f"files.intake: path must be a plain file name, found {path!r}" in answer


def test_a_cohort_that_does_not_exist(project: Project) -> None:
    answer = said(project, "config.yaml", lambda c: c.update(cohorts=["smal", "small"]))
    assert answer.startswith("The cohorts of config.yaml cannot be analysed.\n")
    assert "data/smal/cohort.yaml does not exist." in answer
    assert "Did you mean 'small'?" in answer


def test_a_cohort_named_twice(project: Project) -> None:
    assert "config.yaml cannot be used.\n  - 'small' is named more than once. Keep one" in said(
        project, "config.yaml", lambda c: c.update(cohorts=["small", "small"])
    )


def test_a_cohort_in_the_folder_of_another(project: Project) -> None:
    assert "cohort: found 'large', but the file belongs to 'small'" in said(
        project, COHORT, lambda c: c.update(cohort="large")
    )


def test_a_study_that_does_not_exist(project: Project) -> None:
    answer = said(project, COHORT, lambda c: c.update(study="ryan2013"))
    assert "workflow/studies/ryan2013.yaml does not exist." in answer
    assert "Did you mean 'ryan2012'?" in answer


def test_an_instrument_that_does_not_exist(project: Project) -> None:
    answer = said(project, COHORT, lambda c: c["questionnaires"][0].update(instrument="kimms"))
    assert "workflow/instruments/kimms.yaml does not exist. Did you mean 'kims'?" in answer


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda c: c["measures"]["kims"].update(scale="totl"),
            "measures.kims: 'totl' is not a scale of KIMS. Did you mean 'total'?",
        ),
        (
            lambda c: c["measures"]["kims"].update(instrument="wai_s"),
            "measures.kims: the cohort has no questionnaire of 'wai_s'.",
        ),
        (
            lambda c: c["measures"]["iip_intake"].update(occasion="session_3"),
            "measures.iip_intake: the cohort has no iip_32 (patient, session_3); it has iip_32"
            " (patient, intake), iip_32 (patient, termination)",
        ),
        (
            lambda c: c["measures"]["age"].update(variable="agee"),
            "measures.age: 'agee' is not a variable of the sample sheet. Did you mean 'age'?",
        ),
        (
            lambda c: c["measures"]["age"].update(variable="condition"),
            "measures.age: 'condition' is a category; a measure is a number",
        ),
        (
            lambda c: c["variables"].append("gender"),
            "variables: 'gender' is not in the sample sheet. Known: 'condition', 'age'.",
        ),
        (
            lambda c: c["correlations"]["mindful"].update(x=["kimms"]),
            "correlations.mindful.x: 'kimms' is not declared. Did you mean 'kims'?",
        ),
        (
            lambda c: c["outcomes"]["iip"].update(pretest="iip_intke"),
            "outcomes.iip.pretest: 'iip_intke' is not declared. Did you mean 'iip_intake'?",
        ),
    ],
)
def test_a_study_that_asks_for_what_the_cohort_does_not_hold(
    project: Project, change: Callable[[Any], object], message: str
) -> None:
    answer = said(project, STUDY, change)
    assert message in answer
    if message.startswith("measures."):
        # Others are wrong by themselves, which the check refuses too.
        assert "`attune check small --page intake.html` lists all" in answer


def test_conditions_that_are_not_two(project: Project) -> None:
    levels = {"A": "One", "B": "Two", "C": "Three"}
    assert (
        "conditions: two conditions can be compared, but 'condition' has 3: One, Two, Three"
    ) in said(
        project, COHORT, lambda c: c["sample"]["variables"]["condition"].update(levels=levels)
    )
    assert "this name is kept for the treatment condition. Add `condition: condition`" in said(
        project, COHORT, lambda c: c["sample"].pop("condition")
    )
    with project.study() as study:
        study["variables"] = ["age"]
        study["tables"].pop("sample")
    assert "the cohort declares no sample.condition to compare" in said(
        project, COHORT, lambda c: c["sample"]["variables"].pop("condition")
    )


def test_a_reference_that_is_no_condition(project: Project) -> None:
    answer = said(
        project, STUDY, lambda s: next(iter(s["conditions"].values())).update(reference="Z")
    )
    assert ".reference: 'Z' is not a code of 'condition'." in answer


INTREX = {
    "instrument": "intrex",
    "rater": "therapist",
    "occasion": "baseline",
    "file": "therapists",
}


def test_intrex_needs_an_explicit_map(project: Project) -> None:
    questionnaire = INTREX | {"state": "best", "columns": "best_{item}"}
    answer = said(project, COHORT, lambda c: c["questionnaires"].append(questionnaire))
    assert (
        "questionnaires.3 (intrex (therapist, baseline, best)): the printed order of INTREX is not"
        " standard. Map each item number (the cluster that it scores) to its column, as in"
        " `columns: {1: first, 2: second}`"
    ) in answer


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"state": ""}, "state '' is not one of best, worst"),
        ({"rater": "observer"}, "rater 'observer' is not one of therapist, patient"),
        (
            {"columns": {1: "a", 2: "b", 9: "c"}},
            "columns must map the items 1 to 8, each once; missing: 3, 4, 5, 6, 7, 8; unknown: 9",
        ),
        (
            {"columns": {item: "same" for item in range(1, 9)}},
            "the column 'same' is mapped to more than one item",
        ),
    ],
)
def test_a_map_that_does_not_fit(project: Project, change: dict[str, Any], message: str) -> None:
    columns = {item: f"best_{item}" for item in range(1, 9)}
    questionnaire = INTREX | {"state": "best", "columns": columns} | change
    assert message in said(project, COHORT, lambda c: c["questionnaires"].append(questionnaire))


@pytest.mark.parametrize(
    "pattern",
    [
        "kims_{item",
        "kims_{item}_{x}",
        "kims_{item:zz}",
        "{item.x}",
        "{item:>999999999}",
        "{item!r:>9}",
    ],
)
def test_a_pattern_that_is_none(project: Project, pattern: str) -> None:
    answer = said(project, COHORT, lambda c: c["questionnaires"][0].update(columns=pattern))
    assert f"columns: {pattern!r} is not a pattern. Write it like 'kims_{{item}}'" in answer


@pytest.mark.parametrize("rule", ["prorate", "answered"])
def test_a_missing_rule_without_its_share(project: Project, rule: str) -> None:
    """It would act as `complete`, whatever it is called."""
    rules = {"kims": {"rule": rule, "source": "own"}}
    answer = said(project, COHORT, lambda c: c.update(missing_rules=rules))
    assert f"missing_rules.kims: rule {rule!r} needs the key 'max_missing_share'" in answer


@pytest.mark.parametrize("path", ["x" * 5000 + ".csv", "x" * 300 + ".csv", "a/" * 3000 + "b.csv"])
def test_a_path_that_no_machine_can_open(project: Project, path: str) -> None:
    answer = said(project, COHORT, lambda c: c["files"]["intake"].update(path=path))
    assert "files.intake: path is longer than the 255 bytes that file systems allow" in answer
    assert len(answer) < 500


def test_a_column_that_two_questionnaires_read(project: Project) -> None:
    answer = said(project, COHORT, lambda c: c["questionnaires"][2].update(file="intake"))
    assert (
        "iip_32 (patient, intake) and iip_32 (patient, termination) both read column 'iip_1' of"
        " intake.csv; each cell belongs to one of them."
    ) in answer


@pytest.mark.parametrize("name", ["dyad", "patient", "therapist"])
def test_a_variable_with_the_name_of_a_column_of_the_sample(project: Project, name: str) -> None:
    answer = said(
        project,
        COHORT,
        lambda c: c["sample"]["variables"].update({name: {"column": name, "label": "X"}}),
    )
    assert f"sample.variables.{name}: the sample has a column {name!r} of its own." in answer


def test_synthetic_data_without_a_notice(project: Project) -> None:
    assert "synthetic data need a synthetic_notice" in said(
        project, COHORT, lambda c: c.pop("synthetic_notice")
    )


def test_all_problems_of_all_cohorts_at_once(project: Project) -> None:
    other = yaml.safe_load((project.folder / COHORT).read_text(encoding="utf-8"))
    other |= {"cohort": "other", "titel": "x"}
    (project.folder / "data/other").mkdir()
    (project.folder / "data/other/cohort.yaml").write_text(yaml.safe_dump(other), encoding="utf-8")
    with project.cohort() as cohort:
        cohort["licens"] = "x"
    answer = said(project, "config.yaml", lambda c: c.update(cohorts=["small", "other"]))
    assert "unknown key 'licens'. Did you mean 'licence'?" in answer
    assert "unknown key 'titel'. Did you mean 'title'?" in answer


def test_the_repositorys_own_files_are_right() -> None:
    project = Project(ROOT)
    assert project.configuration_error() == ""
