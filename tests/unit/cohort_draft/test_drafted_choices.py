"""Tests and intervals that a drafted plan chooses are those that docs/inference.md names."""

import re

import pandas as pd
import pytest
import yaml
from tests.conftest import ROOT
from tests.unit.cohort_draft.drafts import Drafted, answers, drafted, ids, instruments, items, table

from attune.analyses.study import StudyFile, check_plan
from attune.specs.closed_model import read_as

IN_SHORT = (ROOT / "docs/inference.md").read_text(encoding="utf-8").partition("## In short")[2]
EXAMPLE = re.compile(r"^# (?:correlations|conditions):\n(?:#   .*\n)+", re.MULTILINE)
"""An example in comments."""


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Drafted:
    """Two conditions, one questionnaire early and late, another one early."""
    arms = pd.DataFrame({"condition": ["CBT", "BRT"] * 10})
    sheet = [arms, answers(items("phq9_pre_{}", 9), 0, 3)]
    sheet += [answers(items("phq9_post_{}", 9), 0, 3, seed=2)]
    sheet += [answers(items("wai_p_{}", 12), 1, 7, seed=3)]
    return drafted(tmp_path_factory.mktemp("trial"), table("a.csv", ids(), *sheet))


@pytest.fixture(scope="module")
def declared(trial: Drafted) -> dict:
    """The drafted plan after a person has taken the # from its examples."""
    text = EXAMPLE.sub(lambda found: re.sub("(?m)^# ", "", found[0]), trial.study_text)
    plan = read_as(StudyFile, yaml.safe_load(text), "mylab.yaml")
    check_plan(plan, trial.cohort, instruments())
    return plan.model_dump()


def choice(row: str) -> dict[str, str]:
    """What the table names for a question in its second column, such as `test: ancova`."""
    (line,) = [line for line in IN_SHORT.splitlines() if line.startswith(f"| {row}")]
    found = yaml.safe_load(", ".join(re.findall(r"`([^`]+)`", line.split("|")[2])).join("{}"))
    assert found
    return found


def test_tests_wait_for_a_person(trial: Drafted) -> None:
    plan = yaml.safe_load(trial.study_text)
    assert plan["reliability"] == choice("reliability")["reliability"] == {"interval": "robust"}
    assert not {"correlations", "conditions"} & set(plan)
    assert "remove the # from the examples below" in trial.study_text


def test_the_examples_are_a_plan_with_the_choices_of_the_page(declared: dict) -> None:
    [family] = declared["correlations"].values()
    [comparison] = declared["conditions"].values()
    assert family["y"] == ["phq_9_gain"] == comparison["measures"]
    for row, entry in {
        "association of two measures": family,
        "association with change": family,
        "difference between conditions": comparison,
        "difference in change": comparison,
    }.items():
        chosen = choice(row)
        assert {key: entry[key] for key in chosen} == chosen, row
    assert {"interval": "robust", "test": "ancova"}.items() <= family.items()
    assert {"variances": "welch", "test": "ancova"}.items() <= comparison.items()


def test_the_example_of_likeness_is_a_line_to_take_the_mark_from(trial: Drafted) -> None:
    assert "#     # equivalence: 0.5" in trial.study_text
    assert list(choice("conditions are alike")) == ["equivalence"]
