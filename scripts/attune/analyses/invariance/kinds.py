"""Kinds of statistics of measurement invariance; `<test>` is the id in the study."""

from typing import Any

from attune.store.statistic_kinds import (
    COUNT,
    NOT_NEGATIVE,
    SHARE,
    PrintFormat,
    StatisticKind,
)
from attune.store.tolerances import EXACT, Tolerance

_HERE = "attune.analyses.invariance.estimate.test_invariance"
_INDICES = "attune.stats.sem_tests.fit_indices"
_HU = "10.1080/10705519909540118"
_CHEUNG = "10.1207/S15328007SEM0902_5"
_CHEN = "10.1080/10705510701301834"
_CHI = PrintFormat(with_df=True)
_THREE = PrintFormat(decimals=3)
_CHANGE = PrintFormat(decimals=3, signed=True)

SEARCHED = Tolerance(relative=1e-5, absolute=1e-7)
"""Estimates of a search whose end another processor reaches by other steps."""


def _kind(identifier: str, label: str, formula: str, function: str, **more: Any) -> StatisticKind:
    shared: dict[str, Any] = {"tolerance": SEARCHED} | more
    return StatisticKind(
        id=f"<test>{identifier}",
        rule="test_invariance",
        label=label,
        formula=formula,
        function=function,
        **shared,
    )


_COUNTS = tuple(
    _kind(identifier, label, formula, _HERE, doi=_CHEUNG, symbol=symbol, print_format=COUNT,
          allowed=NOT_NEGATIVE, tolerance=EXACT, people=people)
    for identifier, label, formula, symbol, people in (
        (".invariance_rows", "number of persons in a test of invariance",
         "persons with an answer to any item", "*n*", "count"),
        (".<set>.set_rows", "number of persons in a set of answers",
         "persons of the condition, or with an answer of the rater or at the occasion", "*n*",
         "count"),
        (".invariance_clusters", "number of therapists in a test of invariance",
         "therapists of these persons", "", None),
        (".invariance_items", "number of items of the scale", "items of the scoring key", "", None),
        (".invariance_problems", "number of doubts about the solutions",
         "messages about impossible values", "", None),
    )
)  # fmt: skip

_FIT = (
    _kind(".<step>.invariance_chi_square", "χ² of a step of invariance",
          "2 (log-likelihood of the saturated model − of the step); scaled where robust", _INDICES,
          doi=_HU, symbol="χ^2^", print_format=_CHI, allowed=NOT_NEGATIVE, test="additional"),
    _kind(".<step>.invariance_cfi", "comparative fit index of a step of invariance",
          "1 − max(χ² − df, 0) / max(χ² − df, χ²₀ − df₀, 0)", _INDICES, doi=_HU, symbol="CFI",
          print_format=PrintFormat("bounded", 3), allowed=SHARE),
    _kind(".<step>.invariance_rmsea", "RMSEA of a step of invariance",
          "√(groups max(χ² − df, 0) / (n df))", _INDICES, doi=_HU, symbol="RMSEA",
          print_format=_THREE, allowed=NOT_NEGATIVE),
    _kind(".<step>.invariance_srmr", "SRMR of a step of invariance",
          "√ of the mean squared residual of correlations and means", _INDICES, doi=_HU,
          symbol="SRMR", print_format=_THREE, allowed=NOT_NEGATIVE),
    _kind(".<step>.difference_chi_square", "test of the restrictions of a step of invariance",
          "2 (log-likelihood of the step before − of the step); scaled where robust",
          "attune.stats.sem_tests.likelihood_ratio", doi="10.1007/BF02296192", symbol="Δχ^2^",
          print_format=_CHI, allowed=NOT_NEGATIVE, test="planned"),
    _kind(".<step>.cfi_change", "change of the CFI by a step of invariance",
          "CFI of the step − of the step before", _HERE, doi=_CHEUNG, symbol="ΔCFI",
          print_format=_CHANGE),
    _kind(".<step>.rmsea_change", "change of the RMSEA by a step of invariance",
          "RMSEA of the step − of the step before", _HERE, doi=_CHEUNG, symbol="ΔRMSEA",
          print_format=_CHANGE),
    _kind(".<step>.cheung_rule", "whether the CFI falls little enough",
          "1 if the CFI falls by no more than the bound, else 0",
          "attune.stats.sem_invariance.keeps_cfi", doi=_CHEUNG, print_format=COUNT,
          allowed=NOT_NEGATIVE, tolerance=EXACT),
    _kind(".<step>.chen_rule", "whether CFI and RMSEA change little enough",
          "0 if the CFI falls and the RMSEA rises by the bounds or more, else 1",
          "attune.stats.sem_invariance.keeps_fit", doi=_CHEN, print_format=COUNT,
          allowed=NOT_NEGATIVE, tolerance=EXACT),
)  # fmt: skip

_BOUNDS = tuple(
    _kind(f".{name}", label, formula, function, doi=doi, print_format=_THREE,
          allowed=NOT_NEGATIVE, tolerance=EXACT)
    for name, label, formula, function, doi in (
        ("cheung_cfi_bound", "bound for the fall of the CFI", "as published",
         "attune.stats.sem_invariance.keeps_cfi", _CHEUNG),
        ("chen_cfi_bound", "bound for the fall of the CFI at this sample size", "as published",
         "attune.stats.sem_invariance.chen_bounds", _CHEN),
        ("chen_rmsea_bound", "bound for the rise of the RMSEA at this sample size",
         "as published", "attune.stats.sem_invariance.chen_bounds", _CHEN),
    )
)  # fmt: skip

_ITEMS = (
    _kind(".<set>.omega_model", "omega of the factor model",
          "(Σλ)²φ / ((Σλ)²φ + Σθ) of the configural model",
          "attune.stats.sem_invariance.factor_omega", symbol="ω",
          print_format=PrintFormat("bounded", 2), allowed=SHARE),
    _kind(".<set>.<item>.item_loading", "standardised loading of an item",
          "loading × SD of the factor / SD of the item, configural model",
          "attune.stats.sem_effects.standardised", doi="10.1002/9781118619179", symbol="λ",
          print_format=PrintFormat("number", 2, signed=True)),
    _kind(".<set>.<item>.item_intercept", "intercept of an item",
          "mean of the item, configural model", "attune.stats.sem_fit.fit_sem",
          doi="10.1037/a0020141", symbol="*M*", print_format=PrintFormat()),
    _kind(".<set>.factor_mean", "mean of the factor, less that of the first set",
          "in standard deviations of the first set, scalar model",
          "attune.stats.sem_fit.fit_sem", doi="10.1037/a0020141", symbol="Δ*M*",
          print_format=PrintFormat(decimals=2, signed=True)),
    _kind(".<set>.factor_mean_z", "z of the difference of the factor's means",
          "estimate / standard error", "attune.stats.sem_fit.fit_sem", doi="10.1037/a0020141",
          symbol="*z*", print_format=PrintFormat(signed=True), test="additional"),
    _kind(".<step>.<set>.<item>.release_index", "test of one item's restriction",
          "squared score / its variance given the parameters of the model",
          "attune.stats.sem_hints.release_tests", doi="10.1007/BF02294623", symbol="χ^2^",
          print_format=_CHI, allowed=NOT_NEGATIVE, test="additional"),
    _kind(".<step>.<set>.<item>.release_change", "expected difference of one item",
          "score / its variance: loading or intercept of the set, less the common one",
          "attune.stats.sem_hints.release_tests", doi="10.1007/BF02294623", symbol="*b*",
          print_format=PrintFormat(decimals=2, signed=True)),
)  # fmt: skip

KINDS = (*_COUNTS, *_FIT, *_BOUNDS, *_ITEMS)
