"""Effect sizes: Cohen's words, intervals of standardised differences, ratio of two spreads."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from attune.stats.regression import is_constant
from attune.stats.sums import mean, total, variance

COHEN_R = ((0.50, "large"), (0.30, "medium"), (0.10, "small"))
"""Lower bounds of the sizes of correlations: Cohen (1988), Statistical power analysis, pp. 79-80,
https://doi.org/10.4324/9780203771587."""

COHEN_D = ((0.80, "large"), (0.50, "medium"), (0.20, "small"))
"""Lower bounds of the sizes of standardised mean differences: Cohen (1988), pp. 25-27."""

UNEQUAL_GROUPS = 1.5
"""Ratio from which sizes and standard deviations of two groups count as unequal.

In large samples the pooled 95 % interval of a difference covers .93 where the smaller of groups in
the ratio 2:3 has the standard deviation 1.5 and the other 1, and .97 where the larger one has it.
Where the smaller of groups in the ratio 1:3 has twice the standard deviation, it covers .84
(docs/inference.md).
"""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(20)

_PANELS = 100

_MOST_STEPS = 50


def standardised_difference_interval(
    d: float, n_first: int, n_second: int, interval: float = 0.95
) -> tuple[float, float]:
    r"""Exact interval of a standardised mean difference.

    The limits are the population values whose noncentral t distribution puts the observed
    :math:`t = d \sqrt{n_1 n_2 / (n_1 + n_2)}` at its upper and lower quantile.

    Parameters
    ----------
    d : float
        Cohen's d by the pooled standard deviation.
    n_first, n_second : int
        Dyads in the two samples, together at least three.
    interval : float
        Coverage.

    Returns
    -------
    low, high : float

    References
    ----------
    Cumming, G., & Finch, S. (2001). A primer on the understanding, use, and calculation of
    confidence intervals that are based on central and noncentral distributions. Educational and
    Psychological Measurement, 61, 532-574. https://doi.org/10.1177/0013164401614002

    Examples
    --------
    >>> low, high = standardised_difference_interval(0.0, 10, 10)
    >>> round(low, 3), round(high, 3)
    (-0.877, 0.877)
    """
    size = math.sqrt(n_first * n_second / (n_first + n_second))
    df, t = n_first + n_second - 2, d * size
    low, high = (
        _shift_that_puts(t, df, share) for share in (0.5 + interval / 2, 0.5 - interval / 2)
    )
    return low / size, high / size


def _shift_that_puts(t: float, df: int, share: float) -> float:
    """The noncentrality under which a share of the distribution lies below t, by Newton's method.

    It begins with the normal approximation of the noncentral t distribution, so that three steps
    are enough in nearly all cases. The share falls with the noncentrality throughout; a step never
    leads further than its standard error, as Newton's would where the density is nearly 0.
    """
    from scipy.special import ndtr, ndtri

    w, weights = _chi_nodes(df)
    reach = math.sqrt(1 + t**2 / (2 * df))
    shift = t * (1 - 1 / (4 * df)) - float(ndtri(share)) * reach
    for _ in range(_MOST_STEPS):
        z = t * w - shift
        excess = float(total(weights * ndtr(z))) - share
        density = float(total(weights * np.exp(z * z / -2))) / math.sqrt(2 * math.pi)
        step = min(abs(excess) / density, reach) if density > 0 else reach
        step = math.copysign(step, excess)
        shift += step
        # The error after a step is of the order of its square.
        if abs(step) < 1e-8 * (1 + abs(shift)):
            break
    return shift


@dataclass(frozen=True)
class StandardisedDifference:
    """A standardised mean difference, first sample minus second, with its interval."""

    d: float
    se: float
    ci_low: float
    ci_high: float


def unpooled_difference(
    first: NDArray[np.float64], second: NDArray[np.float64], interval: float = 0.95
) -> StandardisedDifference:
    r"""Mean difference standardised without pooling, for samples of unequal variances.

    .. math:: d = \frac{\bar x_1 - \bar x_2}{s}, \quad s^2 = \frac{s_1^2 + s_2^2}{2}, \qquad
              se^2 = \frac{d^2}{8 s^4} \left(\frac{s_1^4}{n_1 - 1} + \frac{s_2^4}{n_2 - 1}\right)
              + \frac{1}{s^2} \left(\frac{s_1^2}{n_1 - 1} + \frac{s_2^2}{n_2 - 1}\right)

    and d plus and minus a normal quantile times the standard error. Unlike the pooled variance,
    the average of the two variances does not depend on the sizes of the samples.

    Parameters
    ----------
    first, second : ndarray
        At least two values each, none missing, not both constant.
    interval : float
        Coverage.

    References
    ----------
    Bonett, D. G. (2008). Confidence intervals for standardized linear contrasts of means.
    Psychological Methods, 13, 99-109. https://doi.org/10.1037/1082-989X.13.2.99

    Examples
    --------
    >>> found = unpooled_difference(np.array([1.0, 2, 3]), np.array([3.0, 4, 5]))
    >>> found.d, round(found.se, 3), round(found.ci_high, 3)
    (-2.0, 1.225, 0.4)
    """
    from scipy.special import ndtri

    variances = np.array([variance(first, 1), variance(second, 1)])
    df = np.array([len(first) - 1, len(second) - 1])
    average = mean(variances)
    d = float((mean(first) - mean(second)) / np.sqrt(average))
    of_spread = d**2 * total(variances**2 / df) / (8 * average**2)
    se = float(np.sqrt(of_spread + total(variances / df) / average))
    reach = float(ndtri(0.5 + interval / 2)) * se
    return StandardisedDifference(d, se, d - reach, d + reach)


def noncentral_t(t: float, df: float, shift: float) -> float:
    r"""Distribution function of the noncentral t distribution.

    .. math:: P(T \le t) = \int_0^\infty \Phi(t w - \delta) f(w)\, dw

    where w is the square root of a chi-square variable over its degrees of freedom. scipy's own
    function gives NaN for moderate values of t and of the noncentrality :math:`\delta`.

    Parameters
    ----------
    t : float
    df : float
        Degrees of freedom, positive.
    shift : float
        Noncentrality.

    Examples
    --------
    >>> round(noncentral_t(0.0, 10, 1.0), 6)
    0.158655
    """
    from scipy.special import ndtr

    w, weights = _chi_nodes(df)
    return float(total(weights * ndtr(t * w - shift)))


@lru_cache(maxsize=64)
def _chi_nodes(df: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values of w and their weights: density times the width that each stands for."""
    from scipy.special import gammaln

    # Twelve standard deviations of w around 1 hold all of its distribution up to 1e-30.
    spread = 12 / math.sqrt(2 * df)
    edges = np.linspace(max(0.0, 1 - spread), 1 + spread, _PANELS + 1)
    half = np.diff(edges)[:, None] / 2
    w = edges[:-1, None] + half * (1 + _NODES)
    log_density = (
        math.log(2)
        + df / 2 * math.log(df / 2)
        - gammaln(df / 2)
        + (df - 1) * np.log(w)
        - df * w**2 / 2
    )
    weights = half * _WEIGHTS * np.exp(log_density)
    # All others together would not change the sixteenth digit: about a third of the nodes.
    counts = weights > 1e-20
    return w[counts], weights[counts]


def sd_ratio(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    r"""Larger standard deviation of two groups over the smaller one.

    .. math:: \max(s_1, s_2) / \min(s_1, s_2)

    Parameters
    ----------
    first, second : ndarray of float
        Values of both groups without missing ones, at least two each.

    Returns
    -------
    float
        At least 1; NaN where a group does not vary.

    Examples
    --------
    >>> sd_ratio(np.array([1.0, 2.0, 3.0]), np.array([2.0, 6.0, 10.0]))
    4.0
    """
    if is_constant(first) or is_constant(second):
        return np.nan
    spreads = (math.sqrt(variance(first, 1)), math.sqrt(variance(second, 1)))
    return max(spreads) / min(spreads)


def pooled_interval_error(
    n_first: float, n_second: float, sd_first: float, sd_second: float
) -> Literal["", "narrow", "wide"]:
    """How the pooled interval of a difference errs where groups differ in size and spread.

    narrow: the smaller group varies more, and the interval covers the difference too rarely. wide:
    the larger group varies more, and the interval is wider than it need be. Empty: sizes or
    standard deviations differ by less than `UNEQUAL_GROUPS`, or a group is
    empty, does not vary or is not known (NaN).

    Examples
    --------
    >>> pooled_interval_error(20, 60, 2.0, 1.0), pooled_interval_error(60, 20, 2.0, 1.0)
    ('narrow', 'wide')
    >>> pooled_interval_error(40, 40, 2.0, 1.0), pooled_interval_error(20, 60, 1.2, 1.0)
    ('', '')
    """
    sizes, spreads = sorted((n_first, n_second)), sorted((sd_first, sd_second))
    if not min(*sizes, *spreads) > 0 or np.isnan([*sizes, *spreads]).any():
        return ""
    if sizes[1] < UNEQUAL_GROUPS * sizes[0] or spreads[1] < UNEQUAL_GROUPS * spreads[0]:
        return ""
    return "narrow" if (n_first < n_second) == (sd_first > sd_second) else "wide"
