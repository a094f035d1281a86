"""What each statistic is: every one has words, a formula, a function that exists, and a source."""

import importlib
import inspect
import re

import pytest
from tests.conftest import ROOT

from attune.printing.apa import FORMS
from attune.store.formulas import FORMULAS, formula_key

RULES = {path.stem for path in (ROOT / "workflow/rules").glob("*.smk")}


@pytest.mark.parametrize("key", FORMULAS)
def test_its_function_exists_and_says_what_it_does(key: str) -> None:
    module, _, name = FORMULAS[key].function.rpartition(".")
    found = getattr(importlib.import_module(module), name)
    assert not name.startswith("_")
    assert inspect.getdoc(found)


@pytest.mark.parametrize("key", FORMULAS)
def test_its_source_and_words_are_well_formed(key: str) -> None:
    formula = FORMULAS[key]
    assert formula.doi is None or re.fullmatch(r"10\.\d{4,9}/[\w.()/\-]+", formula.doi)
    assert formula.label and not formula.label.endswith(".")
    assert formula.formula and not formula.formula.endswith(".")


def test_a_source_is_named_where_the_formula_is_not_everybodys() -> None:
    tests = ("correlate_measures", "compute_residual_gains", "estimate_reliability")
    for key, formula in FORMULAS.items():
        rule, _, statistic = key.partition(".")
        if rule in tests and statistic != "n":
            assert formula.doi, key


def test_keys_are_rules_and_printable_statistics() -> None:
    for key in FORMULAS:
        rule, *_, statistic = key.split(".")
        assert rule in RULES
        assert statistic in FORMS


def test_sources_are_those_of_the_functions() -> None:
    """A DOI that the function's own docstring names is the one that is told."""
    for key, formula in FORMULAS.items():
        module, _, name = formula.function.rpartition(".")
        text = inspect.getdoc(getattr(importlib.import_module(module), name)) or ""
        named = re.findall(r"https://doi\.org/(\S+)", text)
        if named:
            assert formula.doi in named, key


def test_the_own_formula_of_an_analysis_comes_first() -> None:
    assert formula_key("describe_sample", "retention", "n") == "describe_sample.retention.n"
    assert formula_key("describe_sample", "sample", "n") == "describe_sample.n"
    assert formula_key("describe_sample", "sample", "n", "age") == "describe_sample.n"
    # Not "values that are there": dyads of the sheet, and different people.
    for x, told in (("all", "dyads"), ("therapists", "different")):
        key = formula_key("describe_sample", "sample", "n", x)
        assert key == f"describe_sample.sample.{x}.n"
        assert told in FORMULAS[key].formula
    assert formula_key("describe_sample", "sample", "pearson_r") is None
