"""Every rule is broken by some cohort, and a cohort file may say how grave it is."""

from functools import cache

import pytest
from tests.unit.intake.small_cohort import cohort
from tests.unit.intake.spoiled_cohorts import SPOILED

from attune.intake.reading.violations import Violation
from attune.specs.closed_model import read_as
from attune.specs.cohort import Cohort
from attune.specs.errors import ConfigurationError
from attune.specs.rules import RULES, Severity

SETTABLE = [rule for rule in RULES if not RULES[rule].fixed]


@cache
def findings(rule: str, severity: str = "") -> list[Violation]:
    """What one rule finds in its spoiled cohort, at the severity that the cohort file gives it."""
    chosen = {rule: severity} if severity else {}
    return [entry for entry in SPOILED[rule](chosen) if entry.rule == rule]


def test_no_rule_is_dead() -> None:
    """A new rule needs an entry in tests/unit/intake/spoiled_cohorts.py; its docstring says how."""
    assert list(SPOILED.keys() ^ RULES.keys()) == []


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_finds_what_it_is_for(rule: str) -> None:
    assert {finding.severity for finding in findings(rule)} == {RULES[rule].severity}


@pytest.mark.parametrize(
    ("rule", "severity"),
    [
        (rule, severity)
        for rule in SETTABLE
        for severity in ("error", "warning", "note")
        if severity != RULES[rule].severity
    ],
)
def test_the_cohort_sets_the_severity_of_a_rule(rule: str, severity: Severity) -> None:
    assert {finding.severity for finding in findings(rule, severity)} == {severity}


@pytest.mark.parametrize("rule", [rule for rule in RULES if RULES[rule].fixed])
def test_what_makes_scores_impossible_stays_an_error(rule: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{rule} is always an error"):
        cohort(severities={rule: "note"})


@pytest.mark.parametrize("rule", RULES)
def test_a_finding_has_a_remedy_and_no_row_of_answers(rule: str) -> None:
    for finding in findings(rule):
        assert finding.message.endswith(".")
        assert finding.remedy.endswith(".") or finding.remedy.endswith("?")
        assert "[" not in finding.message


def test_an_unknown_rule_is_refused_with_the_closest_one() -> None:
    with pytest.raises(ConfigurationError, match="Did you mean 'same_answers'"):
        read_as(Cohort, cohort().model_dump() | {"severities": {"same_answer": "note"}}, "c.yaml")
