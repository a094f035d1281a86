"""Sensitivity: the smallest correlation that a sample of a given size can be expected to show.

`correlation_power` has the definition of pingouin.power_corr and is tested against it. The formula
is kept because pingouin takes three seconds to import, in every step and every bulk call, and
because its solver searches r with a precision of 1e-4 where the store holds 14 digits.
"""

from functools import cache

import numpy as np


def correlation_power(r: float, n: int, level: float = 0.05, tailed: int = 1) -> float:
    r"""Power of the t test of a correlation, by Fisher's z with its bias term.

    .. math:: \Phi\{(\zeta - z_c)\sqrt{n - 3}\} \; [+ \Phi\{(-\zeta - z_c)\sqrt{n - 3}\}], \quad
              \zeta = \operatorname{artanh} r + \frac{r}{2(n - 1)}

    where z_c is the artanh of the critical correlation of the exact t test with n - 2 degrees of
    freedom; the term in brackets belongs to the two-tailed test.

    Parameters
    ----------
    r : float
        Correlation in the population, in the predicted direction, between 0 and 1.
    n : int
        Dyads, at least 4.
    level : float
        Significance level.
    tailed : {1, 2}

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
    """
    from scipy.special import ndtr, stdtrit

    critical_t = stdtrit(n - 2, 1 - level / tailed)
    critical_z = np.arctanh(critical_t / np.sqrt(critical_t**2 + n - 2))
    zeta = np.arctanh(r) + r / (2 * (n - 1))
    power = ndtr((zeta - critical_z) * np.sqrt(n - 3))
    if tailed == 2:
        power += ndtr((-zeta - critical_z) * np.sqrt(n - 3))
    return float(power)


@cache
def minimum_detectable_correlation(
    n: int, power: float = 0.80, level: float = 0.05, tailed: int = 1
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

    Returns
    -------
    float
        The r for which `correlation_power` is `power`; a magnitude, whatever the direction.

    Examples
    --------
    >>> round(minimum_detectable_correlation(26), 3)
    0.469
    """
    from scipy.optimize import brentq

    almost_one = 1 - 1e-15
    return float(
        brentq(lambda r: correlation_power(r, n, level, tailed) - power, 0, almost_one, xtol=1e-14)
    )
