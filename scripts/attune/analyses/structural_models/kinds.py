"""Kinds of statistics of structural equation models; `<model>` is the id in the study."""

from typing import Any

from attune.store.statistic_kinds import (
    COUNT,
    NOT_NEGATIVE,
    SHARE,
    PrintFormat,
    StatisticKind,
)
from attune.store.tolerances import Tolerance

_HERE = "attune.analyses.structural_models.estimate.fit_structural_models"
_FIT = "attune.stats.sem_fit.fit_sem"
_INDICES = "attune.stats.sem_tests.fit_indices"
_LEVELS = "attune.stats.sem_tests.level_fit"
_STANDARD = "attune.stats.sem_effects.standardised"
_HINTS = "attune.stats.sem_hints.modification_indices"
_PREACHER = "10.1037/a0020141"
_HU = "10.1080/10705519909540118"
_YUAN = "10.1111/0081-1750.00078"
_RYU = "10.1080/10705510903203466"
_BOLLEN = "10.1002/9781118619179"
_SORBOM = "10.1007/BF02294623"
_PLACE = "<model>[.<group>][.<level>]"
_SIGNED = PrintFormat(decimals=3, signed=True)
_BETA = PrintFormat(decimals=2, signed=True)
_Z = PrintFormat(signed=True)
_CHI = PrintFormat(with_df=True)
_INDEX = PrintFormat("bounded", 3)

SEARCHED = Tolerance(relative=1e-5, absolute=1e-7)
"""Estimates of a search whose end another processor reaches by other steps."""

RESAMPLED = Tolerance(relative=1e-4, absolute=1e-6)
"""Percentiles of fits to resampled clusters."""


def _kind(identifier: str, label: str, formula: str, function: str, **more: Any) -> StatisticKind:
    shared: dict[str, Any] = {"tolerance": SEARCHED} | more
    return StatisticKind(
        id=identifier,
        rule="fit_structural_models",
        label=label,
        formula=formula,
        function=function,
        **shared,
    )


_COUNTS = tuple(
    _kind(f"<model>.{name}", label, formula, _HERE, symbol=symbol, print_format=COUNT,
          allowed=NOT_NEGATIVE, people=people)
    for name, label, formula, symbol, people in (
        ("model_rows", "number of patients in a structural equation model",
         "patients with a value of any variable", "*n*", "count"),
        ("model_clusters", "number of therapists in a structural equation model",
         "therapists of these patients", "", None),
        ("model_left_out", "number of patients left out of a structural equation model",
         "patients without therapist, group, or any value, or with a missing one where listwise",
         "", None),
        ("model_silent", "number of patients without a later score",
         "patients without any score behind the changes of the model after their first occasion",
         "", None),
        ("model_parameters", "number of free parameters", "parameters that are estimated, equal"
         " ones once", "", None),
        ("model_problems", "number of doubts about a solution", "messages about convergence,"
         " identification, impossible values, and too few clusters", "", None),
    )
)  # fmt: skip


def _parameter(
    terms: str, name: str, label: str, formula: str, symbol: str, beta: str, test: str
) -> tuple[StatisticKind, ...]:
    """A parameter, its z and its standardised value."""
    place = f"{_PLACE}.{terms}"
    return (
        _kind(f"{place}.{name}", label, formula, _FIT, doi=_PREACHER, symbol=symbol,
              print_format=_SIGNED),
        _kind(f"{place}.{name}_z", f"z of the {label}", "estimate / standard error", _FIT,
              doi=_PREACHER, symbol="*z*", print_format=_Z, test=test),
        _kind(f"{place}.{name}_standardised", f"standardised {label}",
              "in standard deviations that the model implies for the level", _STANDARD,
              doi=_BOLLEN, symbol=beta, print_format=_BETA),
    )  # fmt: skip


_PARAMETERS = (
    *_parameter("<outcome>.<predictor>", "path", "path",
                "b in outcome = intercept + Σ b predictor + residual", "*b*", "β", "planned"),
    *_parameter("<factor>.<indicator>", "loading", "loading",
                "λ in indicator = intercept + λ factor + residual", "λ", "λ", "additional"),
    *_parameter("<x>.<y>", "model_covariance", "covariance in the model",
                "covariance of two variables or of their residuals", "cov", "*r*", "additional"),
    *_parameter("<variable>", "model_variance", "variance in the model",
                "variance of a variable or of its residual", "σ^2^", "σ^2^", "additional"),
    *_parameter("<variable>", "model_intercept", "intercept in the model",
                "intercept of a variable, its mean where nothing predicts it", "*a*", "*a*",
                "additional"),
    _kind(f"{_PLACE}.<outcome>.<predictor>.detectable_path", "smallest detectable path",
          "(z of the level + z of the power) × standard error", _FIT, doi=_PREACHER,
          symbol="*b*", print_format=PrintFormat(decimals=3), allowed=NOT_NEGATIVE),
    _kind(f"{_PLACE}.<outcome>.model_r_squared", "explained share of an outcome in the model",
          "1 − residual variance / variance that the model implies",
          "attune.stats.sem_effects.explained_shares", symbol="*R*^2^",
          print_format=PrintFormat("bounded", 2, share=True), allowed=SHARE),
    _kind("<model>.<effect>.defined_effect", "defined effect",
          "arithmetic of paths, such as the product of those of an indirect effect",
          "attune.stats.sem_effects.monte_carlo_intervals",
          doi="10.1080/19312458.2012.679848", symbol="*ab*", print_format=_SIGNED,
          tolerance=RESAMPLED),
    _kind("<model>.<effect>.defined_effect_z", "z of the defined effect",
          "estimate / standard error by the delta method", _FIT, doi=_PREACHER, symbol="*z*",
          print_format=_Z, test="additional"),
    _kind("<model>.<effect>.defined_effect_standardised", "standardised defined effect",
          "the same arithmetic of standardised paths", _STANDARD, doi=_BOLLEN, symbol="β",
          print_format=_BETA),
)  # fmt: skip


def _index(name: str, label: str, formula: str, **more: Any) -> StatisticKind:
    given: dict[str, Any] = {"doi": _HU, "function": _INDICES, "allowed": SHARE} | more
    function = given.pop("function")
    return _kind(f"<model>.{name}", label, formula, function, print_format=_INDEX, **given)


_FITS = (
    _kind("<model>.model_chi_square", "χ² of a structural equation model",
          "2 (log-likelihood of the saturated model − of the model)", _INDICES, doi=_HU,
          symbol="χ^2^", print_format=_CHI, allowed=NOT_NEGATIVE, test="additional"),
    _kind("<model>.model_chi_square_scaled", "scaled χ² of a structural equation model",
          "χ² / scaling factor of Yuan and Bentler", _INDICES, doi=_YUAN, symbol="χ^2^",
          print_format=_CHI, allowed=NOT_NEGATIVE, test="additional"),
    _index("cfi", "comparative fit index",
           "1 − max(χ² − df, 0) / max(χ² − df, χ²₀ − df₀, 0)", symbol="CFI"),
    _kind("<model>.tli", "Tucker-Lewis index", "(χ²₀/df₀ − χ²/df) / (χ²₀/df₀ − 1)", _INDICES,
          doi=_HU, symbol="TLI", print_format=PrintFormat(decimals=3)),
    _kind("<model>.rmsea", "root mean square error of approximation",
          "√(groups max(χ² − df, 0) / (n df)), 90 % interval from the noncentral χ²", _INDICES,
          doi=_HU, symbol="RMSEA", print_format=PrintFormat(decimals=3), allowed=NOT_NEGATIVE),
    *(_kind(f"<model>.{name}", label,
            "√ of the mean squared residual of the correlations" + more, _INDICES, doi=_HU,
            symbol=symbol, print_format=PrintFormat(decimals=3), allowed=NOT_NEGATIVE)
      for name, label, more, symbol in (
          ("srmr", "standardised root mean square residual",
           "; of two levels, the sum of both", "SRMR"),
          ("srmr_within", "standardised root mean square residual within clusters",
           " within clusters", "SRMR~within~"),
          ("srmr_between", "standardised root mean square residual between clusters",
           " between clusters", "SRMR~between~"),
      )),
    _index("cfi_scaled", "scaled comparative fit index", "CFI of the scaled χ²", doi=_YUAN,
           symbol="CFI"),
    _kind("<model>.tli_scaled", "scaled Tucker-Lewis index", "TLI of the scaled χ²", _INDICES,
          doi=_YUAN, symbol="TLI", print_format=PrintFormat(decimals=3)),
    _kind("<model>.rmsea_scaled", "scaled root mean square error of approximation",
          "RMSEA of the scaled χ²", _INDICES, doi=_YUAN, symbol="RMSEA",
          print_format=PrintFormat(decimals=3), allowed=NOT_NEGATIVE),
    *(_kind(f"<model>.{name}", label, formula, _FIT, doi=_PREACHER, symbol=symbol,
            print_format=PrintFormat())
      for name, label, formula, symbol in (
          ("model_log_likelihood", "log-likelihood of a structural equation model",
           "of all variables jointly, predictors included", "log *L*"),
          ("model_aic", "Akaike's criterion of a structural equation model",
           "−2 log-likelihood + 2 parameters", "AIC"),
          ("model_bic", "Schwarz's criterion of a structural equation model",
           "−2 log-likelihood + log(n) parameters", "BIC"),
      )),
    _kind("<model>.<level>.level_chi_square", "χ² of one level",
          "2 (log-likelihood of the saturated model − of the model with the other level saturated)",
          _LEVELS, doi=_RYU, symbol="χ^2^", print_format=_CHI, allowed=NOT_NEGATIVE,
          test="additional"),
    _kind("<model>.<level>.level_cfi", "comparative fit index of one level",
          "CFI of the level's χ², against independence at this level", _LEVELS, doi=_RYU,
          symbol="CFI", print_format=_INDEX, allowed=SHARE),
    _kind("<model>.<level>.level_rmsea", "RMSEA of one level",
          "√(max(χ² − df, 0) / (n df)), n = clusters between, rows − clusters within", _LEVELS,
          doi=_RYU, symbol="RMSEA", print_format=PrintFormat(decimals=3), allowed=NOT_NEGATIVE),
    _kind("<model>.<comparison>.nested_chi_square", "test of the restrictions of a smaller model",
          "2 (log-likelihood of the model − of the smaller one); scaled where errors are robust",
          "attune.stats.sem_tests.likelihood_ratio", doi="10.1007/BF02296192", symbol="Δχ^2^",
          print_format=_CHI, allowed=NOT_NEGATIVE, test="additional"),
    *(_kind(f"<model>.<comparison>.nested_{name}", f"{label} criterion of a smaller model",
            formula, _FIT, doi=_PREACHER, symbol=name.upper(), print_format=PrintFormat())
      for name, label, formula in (
          ("aic", "Akaike's", "−2 log-likelihood + 2 parameters"),
          ("bic", "Schwarz's", "−2 log-likelihood + log(n) parameters"),
      )),
)  # fmt: skip

_MOMENTS = tuple(
    _kind(f"{_PLACE}.{terms}.{name}", label, "maximum likelihood estimate of the saturated model",
          "attune.stats.sem_tests.saturated_moments", symbol=symbol,
          print_format=PrintFormat(decimals=3))
    for terms, name, label, symbol in (
        ("<variable>", "sample_mean", "mean of a variable of the model", "*M*"),
        ("<x>.<y>", "sample_covariance", "covariance of two variables of the model", "cov"),
    )
)  # fmt: skip

_HINT_KINDS = tuple(
    _kind(f"{_PLACE}.<x>.<relation>.<y>.{name}", label, formula, _HINTS, doi=_SORBOM,
          symbol=symbol, **more)
    for name, label, formula, symbol, more in (
        ("modification_index", "modification index",
         "squared score / its variance given the parameters of the model", "χ^2^",
         {"print_format": _CHI, "allowed": NOT_NEGATIVE, "test": "additional"}),
        ("expected_change", "expected change of a parameter",
         "score / its variance given the parameters of the model", "*b*",
         {"print_format": _SIGNED}),
        ("expected_change_standardised", "standardised expected change of a parameter",
         "expected change in standard deviations", "β", {"print_format": _BETA}),
    )
)  # fmt: skip

KINDS = (*_COUNTS, *_PARAMETERS, *_FITS, *_MOMENTS, *_HINT_KINDS)
