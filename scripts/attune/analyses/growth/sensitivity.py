"""What a growth model depends on: dropout, single therapists or patients, residuals."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.analyses.growth.design import GrowthDesign, column
from attune.analyses.growth.models import (
    GROUPS,
    FittedGrowth,
    fit_design,
    random_terms,
)
from attune.analyses.growth.terms import Term
from attune.specs.errors import AnalysisError
from attune.stats.mixed_model_tests import FixedEffectTests
from attune.store.statistic_rows import Row

NO_DROPOUT = "Every patient was last rated at the same occasion."


def sensitivity_rows(fitted: FittedGrowth) -> Iterator[Row]:
    """Slopes given dropout, influence of single groups, and residuals."""
    yield from dropout_slopes(fitted)
    yield from _influence_rows(fitted)
    yield from residual_moments(fitted)


def dropout_slopes(fitted: FittedGrowth) -> Iterator[Row]:
    """Slopes of time where level and growth may depend on when a patient was last rated.

    Pattern mixture: patients with and without the last occasion have a level and a slope each; the
    slope that is given is their average with the shares of both. Conditional linear: level and
    slope depend linearly on the last time; the slope is that at its mean. Both take the shares and
    the mean as known. Where they differ from the slope of the model, which is right if ratings are
    missing at random, dropout may have changed it.

    References
    ----------
    Hedeker, D., & Gibbons, R. D. (1997). Application of random-effects pattern-mixture models for
    missing data in longitudinal studies. Psychological Methods, 2, 64-78.
    https://doi.org/10.1037/1082-989X.2.1.64

    Wu, M. C., & Bailey, K. R. (1989). Estimation and comparison of changes in the presence of
    informative right censoring: Conditional linear model. Biometrics, 45, 939-955.
    https://doi.org/10.2307/2531694
    """
    last = fitted.design.frame.groupby("dyad")["time"].max()
    final = fitted.design.frame["time"].max()
    for statistic, values in (
        ("pattern_mixture", (last == final).astype(float)),
        ("conditional_linear", last.astype(float)),
    ):
        reason, tests = NO_DROPOUT, None
        if np.ptp(values.to_numpy()) > 0:
            try:
                design = _with_covariate(fitted, "dropout", values - values.mean())
                fit = fit_design(design, fitted.model)
                tests = FixedEffectTests(fit, fitted.model.df)
            except AnalysisError as error:
                reason = error.heading
        for outcome in fitted.design.outcomes:
            for term in fitted.model.time.terms:
                shared = {"x": outcome, "outcome": outcome, "level": term, "predictor": term}
                if tests is None:
                    yield fitted.row((outcome, term), statistic, None, reason=reason, **shared)
                    continue
                test = tests.contrast({column(outcome, term): 1.0}, fitted.interval)
                yield fitted.row(
                    (outcome, term),
                    statistic,
                    test.estimate,
                    se=test.se,
                    df=test.df,
                    ci_low=test.ci_low,
                    ci_high=test.ci_high,
                    ci_level=fitted.interval,
                    **shared,
                )


def _with_covariate(fitted: FittedGrowth, name: str, values: pd.Series) -> GrowthDesign:
    """The design with one more predictor of level and growth, given per dyad."""
    design = fitted.design
    frame = design.frame.copy()
    per_row = frame["dyad"].map(values).to_numpy(dtype=float)
    terms = [Term(name, name)]
    terms += [Term(f"{name}_by_{slope}", name, slope) for slope in fitted.model.time.terms]
    for outcome in design.outcomes:
        for term in terms:
            base = column(outcome, term.slope or "intercept")
            frame[column(outcome, term.name)] = frame[base] * per_row
    return replace(design, frame=frame, terms=(*design.terms, *terms))


def _influence_rows(fitted: FittedGrowth) -> Iterator[Row]:
    level = "therapist" if fitted.model.random.therapist != "none" else "patient"
    changes = largest_influences(fitted, level)
    for outcome in fitted.design.outcomes:
        for term in fitted.design.terms:
            if term.base == "intercept":
                continue
            yield fitted.row(
                (outcome, term.name),
                "largest_influence",
                changes[column(outcome, term.name)],
                x=outcome,
                outcome=outcome,
                predictor=term.base,
                level=term.name,
                method=f"Each {level} left out in turn, the variances kept",
                reason="The coefficients rest on a single group.",
            )


def largest_influences(fitted: FittedGrowth, level: str) -> dict[str, float]:
    r"""Largest change of each coefficient, in standard errors, when one group is left out.

    .. math:: \beta_{(g)} = (A - A_g)^{-1} (b - b_g), \qquad
              A_g = X_g' V_g^{-1} X_g, \quad b_g = X_g' V_g^{-1} y_g

    with the variances of all groups kept, so that no model is fitted again. NaN where a coefficient
    cannot be estimated without some group.

    Parameters
    ----------
    fitted : FittedGrowth
    level : {"therapist", "patient"}
        Groups without which the rest of the ratings is independent of them.
    """
    frame, fit = fitted.design.frame, fitted.fit
    design = frame[list(fit.coefficients)].to_numpy()
    score = frame["score"].to_numpy()
    parts = []
    for rows in frame.groupby(GROUPS[level], sort=True).indices.values():
        inverse = np.linalg.inv(ratings_covariance(fitted, frame.iloc[rows]))
        x = design[rows]
        parts.append((x.T @ inverse @ x, x.T @ inverse @ score[rows]))
    information = sum(part[0] for part in parts)
    weighted = sum(part[1] for part in parts)
    changes = np.zeros(len(fit.coefficients))
    for own, response in parts:
        try:
            without = np.linalg.solve(information - own, weighted - response)
        except np.linalg.LinAlgError:
            without = np.full(len(changes), np.nan)
        changes = np.maximum(changes, np.abs(without - fit.estimates) / fit.standard_errors)
    return dict(zip(fit.coefficients, changes.tolist(), strict=True))


def ratings_covariance(fitted: FittedGrowth, rows: pd.DataFrame) -> NDArray[np.float64]:
    """Covariance of some ratings that the model implies: random effects and residuals.

    Parameters
    ----------
    fitted : FittedGrowth
    rows : pandas.DataFrame
        Rows of the design's frame.

    Returns
    -------
    ndarray, shape (n, n)
    """
    covariance = _residual_covariance(fitted, rows)
    for term, one in zip(
        random_terms(fitted.model, fitted.design.outcomes),
        fitted.fit.random_covariances,
        strict=True,
    ):
        columns = rows[list(one.names)].to_numpy()
        groups = rows[list(term.groups)].to_numpy()
        same = (groups[:, None] == groups[None, :]).all(axis=2)
        covariance += same * (columns @ one.covariance @ columns.T)
    return covariance


def _residual_covariance(fitted: FittedGrowth, rows: pd.DataFrame) -> NDArray[np.float64]:
    sds = fitted.residual_sds
    scale = np.array([sds[key] for key in zip(rows["outcome"], rows["occasion"], strict=True)])
    return _residual_correlation(fitted, rows) * np.outer(scale, scale)


def _residual_correlation(fitted: FittedGrowth, rows: pd.DataFrame) -> NDArray[np.float64]:
    parameters, structure = fitted.fit.residual_parameters, fitted.fit.residual.structure
    identity = np.eye(len(rows))
    if structure == "independent":
        return identity
    if structure == "unstructured":
        session = rows["session"].to_numpy()
        [r] = [value for name, value in parameters.items() if name.startswith("cor[")]
        return np.where(session[:, None] == session[None, :], r, 0.0) * (1 - identity) + identity
    phi = parameters["phi"]
    place = rows["time"].to_numpy()
    if structure == "ar1":
        order = sorted(fitted.design.frame["time"].unique())
        place = np.searchsorted(order, place)
    series = rows[["dyad", "outcome"]].astype(str).agg(" ".join, axis=1).to_numpy()
    apart = np.abs(place[:, None] - place[None, :])
    return np.where(series[:, None] == series[None, :], np.power(phi, apart), 0.0)


def residual_moments(fitted: FittedGrowth) -> Iterator[Row]:
    """Skewness and excess kurtosis of the standardised residuals, given the random effects."""
    residuals = fitted.fit.residuals(standardised=True)
    for outcome in fitted.design.outcomes:
        own = residuals[(fitted.design.frame["outcome"] == outcome).to_numpy()]
        moments = _standardised_moments(own)
        for statistic, moment in moments.items():
            yield fitted.row(
                (outcome,),
                statistic,
                moment,
                x=outcome,
                outcome=outcome,
                n=len(own),
                reason="The residuals do not vary.",
            )


def _standardised_moments(values: NDArray[np.float64]) -> Mapping[str, float]:
    centred = values - values.mean()
    spread = math.sqrt(float(np.mean(centred**2)))
    if spread == 0:
        return {"residual_skewness": math.nan, "residual_kurtosis": math.nan}
    return {
        "residual_skewness": float(np.mean(centred**3)) / spread**3,
        "residual_kurtosis": float(np.mean(centred**4)) / spread**4 - 3,
    }
