"""The registry of kinds: words, formula, function and source of every statistic."""

import importlib
import inspect
import re

import pytest
from tests.conftest import ROOT

from attune.analyses.kinds import KINDS
from attune.store.statistic_kinds import StatisticKind

RULES = {path.stem for path in (ROOT / "workflow/rules").glob("*.smk")}


def function_of(kind: StatisticKind) -> object:
    module, _, name = kind.function.rpartition(".")
    assert not name.startswith("_")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("kind", list(KINDS), ids=lambda kind: kind.key)
def test_each_kind_is_complete(kind: StatisticKind) -> None:
    assert kind.rule in RULES
    assert inspect.getdoc(function_of(kind))
    assert kind.doi is None or re.fullmatch(r"10\.\d{4,9}/[\w.()/\-]+", kind.doi)
    for words in (kind.label, kind.formula):
        assert words
        assert not words.endswith(".")
    low, high = kind.allowed
    assert low < high


def test_a_source_is_given_unless_the_formula_is_common_knowledge() -> None:
    inferential = ("correlate_measures", "compute_residual_gains", "estimate_reliability")
    for kind in KINDS:
        if kind.rule in inferential and kind.statistic != "n":
            assert kind.doi, kind.id


def test_sources_are_those_of_the_functions() -> None:
    """Where the docstring of the function cites DOIs, the kind cites one of them."""
    for kind in KINDS:
        cited = re.findall(r"https://doi\.org/(\S+)", inspect.getdoc(function_of(kind)) or "")
        if cited:
            assert kind.doi in cited, kind.id


def test_print_format_and_allowed_range_agree() -> None:
    for kind in KINDS:
        low, high = kind.allowed
        style = kind.print_format.style
        if style in ("count", "bayes_factor"):
            assert low == 0, kind.id
        if style == "bounded":
            assert high == 1, kind.id
        if style == "p":
            assert kind.allowed == (0, 1), kind.id
            assert kind.test == "additional", kind.id
        if style == "percent":
            assert kind.allowed == (0, 100), kind.id
        # A number without a leading zero lies between -1 and 1; alpha may fall below.
        assert (style in ("bounded", "p")) == (high == 1), kind.id


def test_the_tests_that_studies_declare() -> None:
    planned = {kind.key for kind in KINDS if kind.test == "planned"}
    assert planned == {
        "correlate_measures.pearson_r",
        "correlate_measures.ancova_r",
        "compare_conditions.ancova_t",
        "compare_conditions.t",
        "compare_conditions.f",
        "fit_growth.fixed_effect_t",
        "analyse_trial.arm_difference_t",
        "fit_structural_models.path_z",
        "test_invariance.difference_chi_square",
        "correlate_occasions.within_r",
        "correlate_occasions.between_r",
    }


@pytest.mark.parametrize(
    ("identifier", "pattern"),
    [
        ("sample.age.n", "sample.<variable>.n"),
        # Not "values that are there": dyads of the sheet, and different people.
        ("sample.all.n", "sample.all.n"),
        ("sample.therapists.n", "sample.therapists.n"),
        ("retention.kims.n", "retention.<measure>[.<condition>].n"),
        ("retention.kims.usual_care.n", "retention.<measure>[.<condition>].n"),
        ("arms.kims.usual_care.n", "<comparison>.<measure>.<condition>.n"),
        ("gains.iip_gain.available.n", "gains.<outcome>.<dataset>.n"),
        ("gains.iip_gain.available.r_squared", "gains.<outcome>.<dataset>.r_squared"),
        ("alliance.kims.wai.r_squared", "<family>.<x>.<y>.r_squared"),
        ("alliance.kims.wai.bayes_factor", "<family>.<x>.<y>.bayes_factor"),
        ("arms.kims.bayes_factor", "<comparison>.<measure>.bayes_factor"),
        ("violations.note.count", "violations.<severity>[.<rule>].count"),
        ("sample.sex.female.count", "sample.<variable>.<level>.count"),
        ("missingness.all.missing_items", "missingness.all.missing_items"),
    ],
)
def test_names_that_several_analyses_use(identifier: str, pattern: str) -> None:
    assert KINDS.of_id(identifier).id == pattern
