"""Variances of growth models, their shares, and the models that are compared by likelihood."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attune.analyses.growth.declaration import Growth
from attune.analyses.growth.models import (
    GROUPS,
    LEVELS,
    FittedGrowth,
    covariance_of,
    fit_design,
    random_columns,
    residual_sds,
)
from attune.analyses.growth.shares import share_rows
from attune.specs.errors import AnalysisError
from attune.stats.explained_variance import intraclass_correlation
from attune.stats.mixed_model_tests import likelihood_ratio, variance_parameters
from attune.stats.mixed_models import MixedModel, RandomCovariance, RandomTerm, fit_mixed_model
from attune.store.statistic_rows import Row

NO_VARIANCE = "One of the two random effects has no variance."


def variance_rows(fitted: FittedGrowth) -> Iterator[Row]:
    """Standard deviations and correlations of the random effects and residuals; shares."""
    for outcome in fitted.design.outcomes:
        yield from _random_rows(fitted, outcome)
        yield from _residual_rows(fitted, outcome)
        yield from _icc_rows(fitted, outcome)
        yield from share_rows(fitted, outcome)
    yield from _rater_rows(fitted)
    autocorrelation = fitted.fit.residual_parameters.get("phi")
    if autocorrelation is not None:
        yield fitted.row((), "residual_autocorrelation", autocorrelation)


def _random_rows(fitted: FittedGrowth, outcome: str) -> Iterator[Row]:
    for level in LEVELS:
        covariance = covariance_of(fitted, level)
        if covariance is None:
            continue
        columns = random_columns(fitted.model, outcome, level)
        shared = {"x": outcome, "outcome": outcome, "n": covariance.n_groups}
        for name in columns:
            component = name.partition("__")[2]
            sd = covariance.sds[covariance.names.index(name)]
            yield fitted.row(
                (outcome, level, component),
                "random_sd",
                float(sd),
                level=f"{level} {component}",
                **shared,
                **fitted.limits_of("sd", level, name),
            )
        for one, other in combinations(columns, 2):
            r = _correlation(covariance, one, other)
            components = "_".join(name.partition("__")[2] for name in (one, other))
            yield fitted.row(
                (outcome, level, components),
                "random_correlation",
                r,
                level=f"{level} {components}",
                reason=NO_VARIANCE,
                **shared,
                **fitted.limits_of("correlation", level, one, other),
            )


def _correlation(covariance: RandomCovariance, one: str, other: str) -> float:
    first, second = covariance.names.index(one), covariance.names.index(other)
    # An estimate at the boundary may exceed 1 by rounding error.
    return float(np.clip(covariance.correlations[first, second], -1, 1))


def _residual_rows(fitted: FittedGrowth, outcome: str) -> Iterator[Row]:
    shared = {"x": outcome, "outcome": outcome, "n": fitted.n_of(outcome)}
    sds = residual_sds(fitted.fit, fitted.model, fitted.design, outcome)
    if len(set(sds.values())) == 1:
        sd = next(iter(sds.values()))
        limits = _residual_limits(fitted, sd, outcome)
        yield fitted.row((outcome,), "residual_sd", sd, **shared, **limits)
        return
    for occasion, sd in sds.items():
        limits = _residual_limits(fitted, sd, occasion, f"{outcome} {occasion}")
        yield fitted.row(
            (outcome, occasion), "residual_sd", sd, occasion=occasion, **shared, **limits
        )


def _residual_limits(fitted: FittedGrowth, sd: float, *strata: str) -> dict[str, Any]:
    """Limits of a residual standard deviation: that of the first stratum, or of a named one."""
    if sd == fitted.fit.residual_sd:
        return fitted.limits_of("residual_sd", "")
    found = (fitted.limits_of("residual_sd", "", stratum) for stratum in strata)
    return next((limits for limits in found if limits), {})


def _icc_rows(fitted: FittedGrowth, outcome: str) -> Iterator[Row]:
    """Shares of patients and therapists in a model of one outcome without predictors."""
    levels = [level for level in LEVELS if random_columns(fitted.model, outcome, level)]
    shared = {"x": outcome, "outcome": outcome, "n": fitted.n_of(outcome)}
    method = "Model without predictors, interval of the logit by the delta method"
    try:
        null = fit_mixed_model(
            fitted.design.of(outcome).frame,
            "score ~ 1",
            [RandomTerm((GROUPS[level],)) for level in levels],
        )
    except AnalysisError as error:
        for level in levels:
            yield fitted.row((outcome, level), "icc", None, reason=error.heading, **shared)
        return
    variances, covariance = _null_variances(null)
    for number, level in enumerate(levels):
        share = intraclass_correlation(variances, covariance, number, fitted.interval)
        yield fitted.row(
            (outcome, level),
            "icc",
            share.estimate,
            level=level,
            **fitted.share_limits(share),
            **(shared | {"method": method}),
        )


def _null_variances(null: MixedModel) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Variances of random intercepts and residual, and the covariance of these estimates.

    The engine's parameters are relative standard deviations r and the residual one s, so that a
    variance is (r s)^2.
    """
    covariance, _ = variance_parameters(null)
    relative = np.array([float(one.sds[0]) for one in null.random_covariances]) / null.residual_sd
    s = null.residual_sd
    jacobian = np.zeros((len(relative) + 1, len(relative) + 1))
    for place, r in enumerate(relative):
        jacobian[place, place] = 2 * r * s**2
        jacobian[place, -1] = 2 * r**2 * s
    jacobian[-1, -1] = 2 * s
    variances = np.append((relative * s) ** 2, s**2)
    return variances, jacobian @ covariance @ jacobian.T


def _rater_rows(fitted: FittedGrowth) -> Iterator[Row]:
    """Correlations of the random effects and residuals of two raters."""
    if len(fitted.design.outcomes) < 2:
        return
    first, second = fitted.design.outcomes
    contrast = f"{first} with {second}"
    for level in LEVELS:
        covariance = covariance_of(fitted, level)
        if covariance is None:
            continue
        pairs = zip(
            random_columns(fitted.model, first, level),
            random_columns(fitted.model, second, level),
            strict=True,
        )
        for one, other in pairs:
            component = one.partition("__")[2]
            yield fitted.row(
                (level, component),
                "rater_correlation",
                _correlation(covariance, one, other),
                level=f"{level} {component}",
                contrast=contrast,
                n=covariance.n_groups,
                reason=NO_VARIANCE,
                **fitted.limits_of("correlation", level, one, other),
            )
    for name, r in fitted.fit.residual_parameters.items():
        if name.startswith("cor["):
            yield fitted.row(
                ("session", "residual"), "rater_correlation", r, level="session", contrast=contrast
            )


def comparison_rows(fitted: FittedGrowth) -> Iterator[Row]:
    """Whether growth, predictors, differences in slope and therapists improve the model."""
    fit, design, model = fitted.fit, fitted.design, fitted.model
    yield fitted.row((), "log_likelihood", fit.log_likelihood)
    yield fitted.row((), "n_parameters", float(fit.n_parameters))
    growth = [term for term in design.terms if term.base in ("intercept", *model.time.terms)]
    mean = [term for term in growth if term.base == "intercept"]
    smaller = replace_random(model, patient="intercept", therapist=None)
    with_growth = fit_design(design, model, terms=growth, reml=False)
    yield from _compared(
        fitted, "growth", fit_design(design, model, terms=mean, reml=False), with_growth
    )
    if len(growth) < len(design.terms):
        full = fit_design(design, model, reml=False)
        yield from _compared(fitted, "predictors", with_growth, full)
    restricted = fit if fit.reml else fit_design(design, model, reml=True)
    if model.random.patient == "slope":
        yield from _compared(
            fitted, "patient_slopes", fit_design(design, smaller, reml=True), restricted
        )
    if model.random.therapist != "none":
        without = replace_random(model, patient=None, therapist="none")
        yield from _compared(
            fitted, "therapists", fit_design(design, without, reml=True), restricted
        )


def replace_random(model: Growth, *, patient: str | None, therapist: str | None) -> Growth:
    """A growth model with other random effects; None keeps them."""
    changed = {k: v for k, v in {"patient": patient, "therapist": therapist}.items() if v}
    return model.model_copy(update={"random": model.random.model_copy(update=changed)})


def _compared(
    fitted: FittedGrowth, name: str, smaller: MixedModel, larger: MixedModel
) -> Iterator[Row]:
    test = likelihood_ratio(smaller, larger)
    likelihood = "restricted maximum likelihood" if test.reml else "maximum likelihood"
    yield fitted.row(
        (name,),
        "likelihood_ratio",
        test.chi2,
        df=float(test.df),
        p_two_tailed=test.p,
        level=name,
        method=f"Likelihood ratio, {likelihood}, reference {test.distribution}",
    )
