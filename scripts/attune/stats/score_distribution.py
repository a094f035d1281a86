"""Floors, ceilings and skew of scores."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from attune.stats.regression import is_constant

MINIMUM_SKEWNESS = 3
"""Fewest values: the factor of G1 divides by n - 2."""

LARGE_SHARE = 0.10
"""Share of scores at one end of the scale from which intervals for normal scores mislead.

In the simulation of docs/inference.md a moderate floor has 12 % of the scores at the minimum and a
skewness of 1.0: Fisher's interval covers .92 instead of .95 and Feldt's .91. A strong floor has
31 % and a skewness of 1.8: they cover .87 and .81. Both hold at every sample size.
"""

LARGE_SKEWNESS = 1.0
"""Size of the skewness from which intervals for normal scores mislead: that of `LARGE_SHARE`."""


@dataclass(frozen=True)
class ScoreDistribution:
    """How scores lie between the ends of their scale.

    Attributes
    ----------
    n : int
        Values that are not missing.
    at_minimum, at_maximum : float
        Shares of them at the lowest and at the highest possible score, from 0 to 1; NaN without
        values or where the end is unknown.
    skewness : float
        See `skewness`.
    """

    n: int
    at_minimum: float
    at_maximum: float
    skewness: float


def score_distribution(
    values: ArrayLike, minimum: float | None = None, maximum: float | None = None
) -> ScoreDistribution:
    """Shares of the scores at the ends of the scale, and their skewness.

    Parameters
    ----------
    values : array_like, shape (n,)
        Scores, NaN where missing; missing ones are left out.
    minimum, maximum : float, optional
        Lowest and highest possible score (not observed score), None where there is none.

    Examples
    --------
    >>> found = score_distribution([0, 0, 0, 2, 8, np.nan], minimum=0, maximum=27)
    >>> found.n, found.at_minimum, found.at_maximum, round(found.skewness, 3)
    (5, 0.6, 0.0, 1.925)
    """
    scores = np.asarray(values, dtype=float)
    scores = scores[np.isfinite(scores)]
    # Mean scores of items may miss the end of their scale by a rounding error.
    at_minimum, at_maximum = (
        float(np.isclose(scores, end, rtol=1e-12, atol=1e-12).mean())
        if end is not None and len(scores)
        else np.nan
        for end in (minimum, maximum)
    )
    return ScoreDistribution(len(scores), at_minimum, at_maximum, skewness(scores))


def skewness(values: ArrayLike) -> float:
    r"""Adjusted Fisher-Pearson skewness G1, as SPSS and SAS print it.

    .. math:: G_1 = \frac{\sqrt{n (n - 1)}}{n - 2} \cdot \frac{m_3}{m_2^{3/2}}, \qquad
              m_j = \frac{1}{n} \sum_i (x_i - \bar x)^j

    Parameters
    ----------
    values : array_like, shape (n,)
        NaN where missing; missing ones are left out.

    Returns
    -------
    float
        NaN for fewer than three values or constant ones.

    References
    ----------
    Joanes, D. N., & Gill, C. A. (1998). Comparing measures of sample skewness and kurtosis. Journal
    of the Royal Statistical Society: Series D, 47, 183-189. https://doi.org/10.1111/1467-9884.00122

    Examples
    --------
    >>> round(skewness([1, 2, 3, 10]), 3)
    1.764
    """
    scores = np.asarray(values, dtype=float)
    scores = scores[np.isfinite(scores)]
    n = len(scores)
    if n < MINIMUM_SKEWNESS or is_constant(scores):
        return np.nan
    deviations = scores - scores.mean()
    second, third = (deviations**2).mean(), (deviations**3).mean()
    return float(np.sqrt(n * (n - 1)) / (n - 2) * third / second**1.5)


def misleads_normal_intervals(
    at_minimum: float = np.nan, at_maximum: float = np.nan, skewness: float = np.nan
) -> bool:
    """Whether scores lie so far from normal that intervals for normal scores cover too rarely.

    That is, from `LARGE_SHARE` at one end or a skewness of the size of `LARGE_SKEWNESS`; what is
    NaN is not counted.

    Examples
    --------
    >>> misleads_normal_intervals(0.12, 0.0, 0.8), misleads_normal_intervals(skewness=-1.2)
    (True, True)
    >>> misleads_normal_intervals(0.02, 0.0, 0.4)
    False
    """
    return bool(
        at_minimum >= LARGE_SHARE or at_maximum >= LARGE_SHARE or abs(skewness) >= LARGE_SKEWNESS
    )
