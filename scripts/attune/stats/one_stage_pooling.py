"""A slope pooled over cohorts: all rows in one model, and beside it in two stages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.meta_analysis import AverageEffect, Test, random_effects, shorter_than_wald
from attune.stats.mixed_model_tests import FixedEffectTests
from attune.stats.mixed_models import fit_mixed_model
from attune.stats.mixed_search import RandomTerm
from attune.stats.regression import CoefficientTest, coefficient_test

Vector = NDArray[np.float64]

Units = Literal["standardised", "raw"]
Intercepts = Literal["random", "fixed"]
Df = Literal["kenward_roger", "satterthwaite"]

FEWEST_ROWS = 4
"""Rows of a cohort: two go into its line, and its residual variance needs more than none."""


@dataclass(frozen=True)
class OneStagePooling:
    """The slope of an outcome on a predictor, pooled over cohorts.

    Attributes
    ----------
    cohorts : tuple of str
    rows : tuple of int
        Complete rows of each.
    slopes : tuple of CoefficientTest
        Of each cohort by itself.
    one_stage : CoefficientTest
        From all rows in one mixed model.
    one_stage_sd : float
        Standard deviation of the slopes between cohorts in this model.
    residual_sd : float
        Of the one model, the same for all cohorts.
    two_stage : CoefficientTest
        Slopes of the cohorts pooled by restricted maximum likelihood, Knapp and Hartung's test.
    two_stage_test : str
        The truncated form of that test where its interval would be shorter than that of Wald.
    two_stage_sd : float
    messages : tuple of str
        Of the mixed model, such as a variance of zero.
    """

    cohorts: tuple[str, ...]
    rows: tuple[int, ...]
    slopes: tuple[CoefficientTest, ...]
    one_stage: CoefficientTest
    one_stage_sd: float
    residual_sd: float
    two_stage: CoefficientTest
    two_stage_test: str
    two_stage_sd: float
    messages: tuple[str, ...]


def one_stage_pooling(
    data: Mapping[str, tuple[ArrayLike, ArrayLike]],
    units: Units = "standardised",
    intercepts: Intercepts = "random",
    df: Df = "kenward_roger",
    interval: float = 0.95,
) -> OneStagePooling:
    r"""Pool a slope over the rows of several cohorts, in one stage and in two.

    .. math:: y_{ij} = \alpha_j + (\beta + b_j)(x_{ij} - \bar x_j) + e_{ij}, \qquad
              b_j \sim N(0, \tau^2), \quad e_{ij} \sim N(0, \sigma^2)

    The predictor is centred within cohorts, so that differences between the means of cohorts, which
    may have any other reason, do not enter the slope. Standardised: both variables have mean 0 and
    standard deviation 1 in every cohort, the slope of a cohort is its correlation, and there are
    no intercepts.

    Both estimates answer the same question. The one-stage model takes one residual variance for all
    cohorts and knows that variances are estimated; the two-stage model gives every cohort its own
    and takes its standard error for known, which small cohorts do not justify.

    Parameters
    ----------
    data : mapping of str to (array_like, array_like)
        Cohort -> predictor and outcome of its rows. Rows without one of them are left out.
    units : {"standardised", "raw"}
        raw: all cohorts must have measured both in the same units.
    intercepts : {"random", "fixed"}
        raw: intercepts of cohorts as random effects, independent of the slopes, or as fixed ones.
    df : {"kenward_roger", "satterthwaite"}
        Degrees of freedom of the one-stage test.
    interval : float
        Coverage.

    Raises
    ------
    AnalysisError
        Fewer than two cohorts; a cohort with fewer than four complete rows, or whose predictor or
        outcome does not vary, or is an exact line. All problems at once.

    References
    ----------
    Burke, D. L., Ensor, J., & Riley, R. D. (2017). Meta-analysis using individual participant data:
    One-stage and two-stage approaches, and why they may differ. Statistics in Medicine, 36,
    855-875. https://doi.org/10.1002/sim.7141

    Examples
    --------
    Two cohorts with the slopes 1 and 3 and the same residuals: the mean slope.

    >>> x, e = [-1.5, -0.5, 0.5, 1.5], [0.1, -0.1, -0.1, 0.1]
    >>> rows = {name: (x, [b * v + r for v, r in zip(x, e)]) for name, b in (("A", 1), ("B", 3))}
    >>> found = one_stage_pooling(rows, units="raw", intercepts="fixed")
    >>> [round(slope.estimate, 6) for slope in found.slopes], round(found.one_stage.estimate, 6)
    ([1.0, 3.0], 2.0)
    >>> round(found.two_stage.estimate, 6)
    2.0
    """
    frame = _rows(data, units)
    names = [*data]
    slopes = [_slope(frame[frame["cohort"] == name], units, interval) for name in names]
    fixed, random = _model(units, intercepts)
    fit = fit_mixed_model(frame, fixed, random)
    found = FixedEffectTests(fit, df).coefficients(interval)["x"]
    of_slope = fit.random_covariances[-1].covariance
    two = _two_stages(slopes, names, interval)
    return OneStagePooling(
        cohorts=tuple(names),
        rows=tuple(int((frame["cohort"] == name).sum()) for name in names),
        slopes=tuple(slopes),
        one_stage=found,
        one_stage_sd=float(np.sqrt(of_slope[-1, -1])),
        residual_sd=fit.residual_sd,
        two_stage=two.effect,
        two_stage_test=two.test,
        two_stage_sd=float(np.sqrt(two.tau2)),
        messages=tuple(fit.messages),
    )


def _two_stages(
    slopes: Sequence[CoefficientTest], names: Sequence[str], interval: float
) -> AverageEffect:
    effects, variances = zip(*((slope.estimate, slope.se**2) for slope in slopes), strict=True)

    def pooled(test: Test) -> AverageEffect:
        return random_effects(
            effects, variances, names, test=test, interval=interval, profile=False
        )

    found = pooled("knapp-hartung")
    if shorter_than_wald(effects, variances, found.tau2, interval):
        return pooled("knapp-hartung-truncated")
    return found


def _model(units: Units, intercepts: Intercepts) -> tuple[str, Sequence[RandomTerm]]:
    """Fixed part and random terms, the slope last."""
    slope = RandomTerm(("cohort",), "0 + x")
    if units == "standardised":
        return "y ~ 0 + x", [slope]
    if intercepts == "fixed":
        return "y ~ 0 + C(cohort) + x", [slope]
    return "y ~ 1 + x", [RandomTerm(("cohort",), "1"), slope]


def _rows(data: Mapping[str, tuple[ArrayLike, ArrayLike]], units: Units) -> pd.DataFrame:
    """Complete rows of all cohorts, the predictor centred; standardised if asked for."""
    faults = []
    if units not in ("standardised", "raw"):
        faults.append(f"units is {units!r}; allowed are 'standardised' and 'raw'.")
    if len(data) < 2:
        faults.append(f"There are rows of {len(data)} cohorts; pooling needs two or more.")
    parts = []
    for name, (predictor, outcome) in data.items():
        x, y = np.asarray(predictor, dtype=float), np.asarray(outcome, dtype=float)
        if x.shape != y.shape or x.ndim != 1:
            faults.append(f"{name}: the predictor has {x.shape} values, the outcome {y.shape}.")
            continue
        known = np.isfinite(x) & np.isfinite(y)
        x, y = x[known], y[known]
        if len(x) < FEWEST_ROWS:
            faults.append(f"{name}: {len(x)} complete rows; needed are at least {FEWEST_ROWS}.")
            continue
        if np.ptp(x) == 0 or np.ptp(y) == 0:
            faults.append(f"{name}: the predictor or the outcome has one value only.")
            continue
        if abs(np.corrcoef(x, y)[0, 1]) > 1 - 1e-10:
            faults.append(f"{name}: predictor and outcome lie on one line; they are one variable.")
            continue
        x = x - x.mean()
        if units == "standardised":
            x, y = x / x.std(ddof=1), (y - y.mean()) / y.std(ddof=1)
        parts.append(pd.DataFrame({"cohort": name, "x": x, "y": y}))
    if faults:
        raise AnalysisError("The cohorts cannot be pooled.", faults)
    return pd.concat(parts, ignore_index=True)


def _slope(rows: pd.DataFrame, units: Units, interval: float) -> CoefficientTest:
    """Slope of one cohort by itself, whose intercept takes a degree of freedom in any units."""
    x, y = rows["x"].to_numpy(dtype=float), rows["y"].to_numpy(dtype=float)
    squares = float(x @ x)
    slope = float(x @ y) / squares
    rest = y - y.mean() - slope * x
    df = len(x) - 2
    return coefficient_test(slope, float(np.sqrt(rest @ rest / df / squares)), df, interval)
