"""Conditions of a cohort, and what they are called inside a sentence."""

from typing import Any

import pytest
from pydantic import ValidationError
from tests.unit.analyses.trial_plans import cohort_of

from attune.printing.context import condition_names
from attune.specs.cohort import Sample

CONDITION = {
    "column": "arm",
    "label": "Arm",
    "kind": "category",
    "levels": {"d": "Empathy diary", "m": "MCBI"},
}


def sample(**keys: Any) -> Sample:
    content = {"file": "f", "patient": "p", "condition": "arm", "variables": {"arm": CONDITION}}
    return Sample.model_validate(content | keys)


def test_a_condition_has_its_own_words_inside_a_sentence() -> None:
    declared = sample(condition_words={"d": "the empathy diary"})
    cohort = cohort_of().model_copy(update={"sample": declared})
    names = condition_names(cohort)
    assert {label: name.characters for label, name in names.items()} == {
        "Empathy diary": "the empathy diary",
        "MCBI": "MCBI",
    }
    plain = cohort.model_copy(update={"sample": sample()})
    assert condition_names(plain)["Empathy diary"].characters == "empathy diary"


@pytest.mark.parametrize("keys", [{}, {"condition": None}])
def test_words_of_an_unknown_condition_are_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"condition_words must name codes.*found \['x'\]"):
        sample(condition_words={"x": "the diary"}, **keys)
