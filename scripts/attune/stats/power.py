"""Sensitivity: the smallest correlation that a sample of a given size can be expected to show.

`correlation_power` has the definition of pingouin.power_corr and is tested against it. The formula
is kept because pingouin takes three seconds to import, in every step and every bulk call, and
because its solver searches r with a precision of 1e-4 where the store holds 14 digits.
"""

from functools import cache

import numpy as np


def correlation_power(
    r: float, n: int, level: float = 0.05, tailed: int = 1, pretest_r: float | None = None
) -> float:
    r"""Power of the t test of a correlation, by Fisher's z with its bias term.

    .. math:: \Phi\{(\zeta - z_c)\sqrt{n - 3}\} \; [+ \Phi\{(-\zeta - z_c)\sqrt{n - 3}\}], \quad
              \zeta = \operatorname{artanh} r + \frac{r}{2(n - 1)}

    where z_c is the artanh of the critical correlation of the exact t test with n - 2 degrees of
    freedom; the term in brackets belongs to the two-tailed test.

    The correlation of x with a residual gain is the partial correlation given the pretest times
    the root of 1 - r(x, pretest)², whatever the data. Its test, which takes the gain as a score,
    has therefore the power of a test of the partial correlation whose critical value is divided by
    that root: with `pretest_r`, r and the critical correlation are, and n is one less.

    Parameters
    ----------
    r : float
        Correlation in the population, in the predicted direction, between 0 and 1.
    n : int
        Dyads, at least 4.
    level : float
        Significance level.
    tailed : {1, 2}
    pretest_r : float, optional
        Where r is the correlation of x with a residual gain: that of x with the pretest.

    Returns
    -------
    float
        Between 0 and 1.

    References
    ----------
    Cohen, J. (1988). Statistical power analysis for the behavioral sciences (2nd ed.). Erlbaum.
    https://doi.org/10.4324/9780203771587

    Examples
    --------
    >>> round(correlation_power(0.5, 26, tailed=2), 3)
    0.763
    >>> round(correlation_power(0.4, 26, tailed=2, pretest_r=0.6), 3)
    0.556
    """
    from scipy.special import ndtr, stdtrit

    critical_t = stdtrit(n - 2, 1 - level / tailed)
    critical_r = critical_t / np.sqrt(critical_t**2 + n - 2)
    if pretest_r is not None:
        root = np.sqrt(1 - pretest_r**2)
        r, critical_r, n = r / root, critical_r / root, n - 1
        if critical_r >= 1:
            return 0.0
    critical_z = np.arctanh(critical_r)
    zeta = np.arctanh(r) + r / (2 * (n - 1))
    power = ndtr((zeta - critical_z) * np.sqrt(n - 3))
    if tailed == 2:
        power += ndtr((-zeta - critical_z) * np.sqrt(n - 3))
    return float(power)


@cache
def minimum_detectable_correlation(
    n: int,
    power: float = 0.80,
    level: float = 0.05,
    tailed: int = 1,
    pretest_r: float | None = None,
) -> float:
    """Size of the correlation that is found significant with a given power.

    Parameters
    ----------
    n : int
        Dyads, at least 4.
    power : float
        Above `level`.
    level : float
        Significance level.
    tailed : {1, 2}
    pretest_r : float, optional
        See `correlation_power`.

    Returns
    -------
    float
        The r for which `correlation_power` is `power`; a magnitude, whatever the direction. NaN
        where no correlation reaches that power.

    Examples
    --------
    >>> round(minimum_detectable_correlation(26), 3)
    0.469
    """
    from scipy.optimize import brentq

    largest = (1 - 1e-15) * (1 if pretest_r is None else np.sqrt(1 - pretest_r**2))

    def missing(r: float) -> float:
        return correlation_power(r, n, level, tailed, pretest_r) - power

    return float(brentq(missing, 0, largest, xtol=1e-14)) if missing(largest) > 0 else np.nan
