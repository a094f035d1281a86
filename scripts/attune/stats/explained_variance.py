"""Shares of variance in mixed models: intraclass correlations and the partition of the variance."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError

_NOTHING = 1e-8


@dataclass(frozen=True)
class RandomPart:
    """Random effects of one level, as they enter the prediction of an observation.

    Attributes
    ----------
    columns : ndarray, shape (n, q)
        Values that the effects are multiplied with: 1 for an intercept, the time for a slope.
    covariance : ndarray, shape (q, q)
        Covariance matrix of the effects.
    """

    columns: NDArray[np.float64]
    covariance: NDArray[np.float64]


@dataclass(frozen=True)
class Share:
    """A share of variance with its interval.

    Attributes
    ----------
    estimate, ci_low, ci_high : float
        From 0 to 1; the limits are NaN where there is no interval.
    """

    estimate: float
    ci_low: float = math.nan
    ci_high: float = math.nan


def intraclass_correlation(
    variances: ArrayLike, covariance: ArrayLike, which: int, interval: float = 0.95
) -> Share:
    r"""Share of the total variance that lies at one level, with a logit interval.

    .. math:: \rho = \frac{\sigma_k^2}{\sum_j \sigma_j^2}

    The interval is symmetric in the logit of the share, by the delta method. With few groups it
    covers too rarely (docs/growth.md has the simulation).

    Parameters
    ----------
    variances : array_like, shape (k,)
        Variances of the levels and of the residual, in a model without predictors.
    covariance : array_like, shape (k, k)
        Covariance matrix of these estimates.
    which : int
        Place of the level.
    interval : float
        Coverage.

    Returns
    -------
    Share
        Without limits where a variance is 0, that of another level too: at the edge of its range it
        has no standard error, and taking it as known makes the intervals of the others too narrow.
        Also without limits that would be 0 and 1: the search for a variance of 0 may end near it.

    Raises
    ------
    AnalysisError
        A negative variance, or variances that are all zero.

    References
    ----------
    Shrout, P. E., & Fleiss, J. L. (1979). Intraclass correlations: Uses in assessing rater
    reliability. Psychological Bulletin, 86, 420-428. https://doi.org/10.1037/0033-2909.86.2.420

    Examples
    --------
    >>> share = intraclass_correlation([1.0, 3.0], [[0.04, 0], [0, 0.09]], 0)
    >>> round(share.estimate, 4), round(share.ci_low, 4), round(share.ci_high, 4)
    (0.25, 0.177, 0.3407)
    """
    from scipy.special import expit, ndtri

    parts = np.asarray(variances, dtype=float)
    total = float(parts.sum())
    if (parts < 0).any() or total <= 0:
        raise AnalysisError("Shares of variance need variances that are not all zero.")
    estimate = float(parts[which] / total)
    if (parts <= _NOTHING * total).any():
        return Share(estimate)
    gradient = -parts[which] / total**2 * np.ones_like(parts)
    gradient[which] += 1 / total
    se = math.sqrt(max(float(gradient @ np.asarray(covariance, dtype=float) @ gradient), 0.0))
    logit = math.log(estimate / (1 - estimate))
    half = float(ndtri(0.5 + interval / 2)) * se / (estimate * (1 - estimate))
    low, high = (float(expit(logit + sign * half)) for sign in (-1, 1))
    if math.isnan(half) or (low < _NOTHING and high > 1 - _NOTHING):
        return Share(estimate)
    return Share(estimate, low, high)


def variance_partition(
    predicted: ArrayLike,
    groups: ArrayLike,
    random: Mapping[str, RandomPart],
    residual: float,
) -> dict[str, float]:
    r"""Shares of the variance that a mixed model implies, by their source.

    .. math::
        \operatorname{var}(y) = \underbrace{\operatorname{var}_W(X\beta)}_{within}
        + \underbrace{\operatorname{var}_B(X\beta)}_{between}
        + \underbrace{\operatorname{tr}(T \Sigma_z)}_{slopes}
        + \underbrace{\bar z' T \bar z}_{intercepts} + \sigma^2

    with the predictions of the coefficients, split into the means of the groups and the deviations
    from them, the covariance T of the random effects of each level and the mean and covariance of
    the columns z that they are multiplied with.

    Parameters
    ----------
    predicted : array_like, shape (n,)
        Prediction by the coefficients alone, in the units of the outcome.
    groups : array_like, shape (n,)
        The patient (or other unit) that each observation belongs to.
    random : mapping of level to RandomPart
        Such as patient and therapist.
    residual : float
        Variance of the residual, averaged where it differs between observations.

    Returns
    -------
    dict of str to float
        `within` and `between` (the predictors, time included), `slopes` (of all levels together),
        one entry per level (its intercepts, at the mean of its columns), and `residual`. They add
        up to 1. Variances divide by n, as in the source.

    References
    ----------
    Rights, J. D., & Sterba, S. K. (2019). Quantifying explained variance in multilevel models: An
    integrative framework for defining R-squared measures. Psychological Methods, 24, 309-338.
    https://doi.org/10.1037/met0000184

    Examples
    --------
    >>> time = np.array([0.0, 1, 0, 1])
    >>> patient = RandomPart(np.column_stack([np.ones(4), time]), np.diag([4.0, 1.0]))
    >>> shares = variance_partition(10 + 2 * time, [1, 1, 2, 2], {"patient": patient}, 3.0)
    >>> {name: round(share, 4) for name, share in shares.items()}
    {'within': 0.1176, 'between': 0.0, 'slopes': 0.0294, 'patient': 0.5, 'residual': 0.3529}
    """
    fixed = np.asarray(predicted, dtype=float)
    _, place = np.unique(np.asarray(groups), return_inverse=True)
    means = (np.bincount(place, fixed) / np.bincount(place))[place]
    parts = {"within": float(np.mean((fixed - means) ** 2)), "between": float(np.var(means))}
    parts["slopes"] = 0.0
    for level, one in random.items():
        centre = one.columns.mean(axis=0)
        spread = (one.columns - centre).T @ (one.columns - centre) / len(one.columns)
        parts["slopes"] += float(np.trace(one.covariance @ spread))
        parts[level] = float(centre @ one.covariance @ centre)
    parts["residual"] = residual
    total = sum(parts.values())
    if total <= 0:
        raise AnalysisError("Shares of variance need an outcome that varies.")
    return {name: part / total for name, part in parts.items()}
