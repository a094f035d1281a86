"""Within and between parts of a variable that changes over the sessions of a person or dyad."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class WithinBetween:
    """A variable in two parts, one value per row.

    Attributes
    ----------
    within : ndarray, shape (n,)
        Value less the mean of its group; NaN where the value is missing.
    between : ndarray, shape (n,)
        Mean of the group's known values less the centre, the same in all of its rows, also where
        the value is missing; NaN in groups without a value.
    centre : float
        What was subtracted from the means.
    """

    within: Vector
    between: Vector
    centre: float


def group_means(values: ArrayLike, groups: ArrayLike) -> Vector:
    """Mean of the known values of each row's group.

    Parameters
    ----------
    values : array_like, shape (n,)
        NaN where missing.
    groups : array_like, shape (n,)
        Any labels; None or NaN where missing.

    Returns
    -------
    ndarray, shape (n,)
        NaN in groups without a value and in rows without a group.

    Raises
    ------
    AnalysisError
        Values and groups differ in length.

    Examples
    --------
    >>> group_means([1, 3, np.nan, 7], ["a", "a", "a", None])
    array([ 2.,  2.,  2., nan])
    """
    x = np.asarray(values, dtype=float)
    codes, labels = pd.factorize(np.asarray(groups))
    if len(codes) != len(x):
        raise AnalysisError(
            f"Values and groups need one entry per row, found {len(x)} and {len(codes)}."
        )
    known = np.isfinite(x) & (codes >= 0)
    if not known.any():
        return np.full(len(x), np.nan)
    # Sums of deviations: large values would lose the digits of small differences.
    origin = x[known].mean()
    count = np.bincount(codes[known], minlength=len(labels))
    total = np.bincount(codes[known], weights=x[known] - origin, minlength=len(labels))
    with np.errstate(invalid="ignore"):
        means = np.append(origin + total / count, np.nan)
    # Rows without a group have the code -1, which is the place of the appended NaN.
    return np.asarray(means[codes])


def within_between(values: ArrayLike, groups: ArrayLike, centre: float = 0.0) -> WithinBetween:
    r"""Divide a variable into the mean of its group and the deviation from it.

    .. math:: x_{it} = (\bar x_i - c) + (x_{it} - \bar x_i) + c

    In a regression on both parts, the coefficient of the within part says what goes with a session
    that is higher than usual for the person, that of the between part what goes with a person who
    is higher than others. Their difference is the contextual effect (see `contextual_effect`).

    Parameters
    ----------
    values : array_like, shape (n,)
        One row per session; NaN where missing.
    groups : array_like, shape (n,)
        Person or dyad, any labels; rows without one are NaN in both parts.
    centre : float
        Subtracted from the means, such as their grand mean.

    Raises
    ------
    AnalysisError
        Values and groups differ in length.

    References
    ----------
    Curran, P. J., & Bauer, D. J. (2011). The disaggregation of within-person and between-person
    effects in longitudinal models of change. Annual Review of Psychology, 62, 583-619.
    https://doi.org/10.1146/annurev.psych.093008.100356

    Examples
    --------
    >>> parts = within_between([1, 3, np.nan, 7], ["a", "a", "a", "b"])
    >>> parts.within, parts.between
    (array([-1.,  1., nan,  0.]), array([2., 2., 2., 7.]))
    """
    x = np.asarray(values, dtype=float)
    means = group_means(x, groups)
    return WithinBetween(np.where(np.isfinite(x), x, np.nan) - means, means - centre, float(centre))


@dataclass(frozen=True)
class ContextualEffect:
    """Between less within, with its test and interval.

    Attributes
    ----------
    estimate, se, df : float
    t, p_two_tailed : float
        NaN where the standard error is 0.
    ci_low, ci_high : float
    """

    estimate: float
    se: float
    df: float
    t: float
    p_two_tailed: float
    ci_low: float
    ci_high: float


def contextual_effect(
    within: float,
    between: float,
    covariance: ArrayLike,
    df: float = np.inf,
    interval: float = 0.95,
) -> ContextualEffect:
    r"""How the between effect differs from the within effect, from any model with both parts.

    .. math:: b_b - b_w, \qquad se^2 = v_w + v_b - 2 c_{wb}

    Parameters
    ----------
    within, between : float
        Coefficients of the two parts.
    covariance : array_like, shape (2, 2)
        Of the coefficients, within first.
    df : float
        Degrees of freedom of t; infinite for the normal distribution.
    interval : float
        Coverage.

    Raises
    ------
    AnalysisError
        A variance of the difference that is negative or unknown: the model is singular.

    References
    ----------
    Curran, P. J., & Bauer, D. J. (2011). The disaggregation of within-person and between-person
    effects in longitudinal models of change. Annual Review of Psychology, 62, 583-619.
    https://doi.org/10.1146/annurev.psych.093008.100356

    Examples
    --------
    >>> found = contextual_effect(0.5, 1.5, [[0.04, 0.0], [0.0, 0.21]])
    >>> found.estimate, found.se, round(found.p_two_tailed, 4)
    (1.0, 0.5, 0.0455)
    """
    from scipy.special import ndtr, ndtri, stdtr, stdtrit

    v = np.asarray(covariance, dtype=float)
    variance = float(v[0, 0] + v[1, 1] - v[0, 1] - v[1, 0])
    if not variance >= -1e-12 * (v[0, 0] + v[1, 1]):
        raise AnalysisError(
            f"The variance of between less within is {variance:g}; a model with a singular"
            " covariance of its coefficients has no contextual effect."
        )
    estimate, se = float(between - within), float(np.sqrt(max(variance, 0.0)))
    t = estimate / se if se else np.nan
    quantile = 0.5 + interval / 2
    if np.isinf(df):
        tail, critical = float(ndtr(-abs(t))), float(ndtri(quantile))
    else:
        tail, critical = float(stdtr(df, -abs(t))), float(stdtrit(df, quantile))
    reach = critical * se
    return ContextualEffect(
        estimate, se, float(df), t, 2 * tail, estimate - reach, estimate + reach
    )
