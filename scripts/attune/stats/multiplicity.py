"""Adjusted p values of a family of tests: Holm, Hochberg, Hommel, Benjamini and Hochberg.

The adjustments are those of statsmodels.stats.multitest (`holm`, `simes-hochberg`, `hommel`,
`fdr_bh`) and are tested against it. statsmodels is not imported because its import takes more than
two seconds, in every run of the step that correlates and in every bulk call.

All take p values of shape (m,) and return adjusted p values in the same order. NaN (an undefined
test) stays NaN and is not counted in m.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def holm(p: ArrayLike) -> NDArray[np.float64]:
    """Holm's step-down adjustment, which controls the familywise error rate.

    With p sorted upwards, the i-th smallest of m becomes max over j <= i of (m - j + 1) p_j,
    at most 1. Valid under any dependence of the tests.

    Parameters
    ----------
    p : array_like, shape (m,)
        p values; NaN (undefined tests) stay NaN and are not counted in m.

    Returns
    -------
    ndarray, shape (m,)
        Adjusted p values in the order of `p`.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal
    of Statistics, 6, 65-70. https://www.jstor.org/stable/4615733

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    values, order = _ascending(p)
    factors = np.arange(len(order), 0, -1)
    return _adjusted(values, order, np.maximum.accumulate(factors * values[order]))


def hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """Hochberg's step-up adjustment, which controls the familywise error rate.

    With p sorted upwards, the i-th smallest of m becomes min over j >= i of (m - j + 1) p_j,
    at most 1. Never larger than Holm's; valid for independent or positively dependent tests.

    Parameters
    ----------
    p : array_like, shape (m,)
        p values; NaN (undefined tests) stay NaN and are not counted in m.

    Returns
    -------
    ndarray, shape (m,)
        Adjusted p values in the order of `p`.

    References
    ----------
    Hochberg, Y. (1988). A sharper Bonferroni procedure for multiple tests of significance.
    Biometrika, 75, 800-802. https://doi.org/10.1093/biomet/75.4.800

    Examples
    --------
    >>> hochberg([0.01, 0.04, 0.03])
    array([0.03, 0.04, 0.04])
    """
    values, order = _ascending(p)
    factors = np.arange(len(order), 0, -1)
    return _adjusted(values, order, _running_minimum(factors * values[order]))


def hommel(p: ArrayLike) -> NDArray[np.float64]:
    """Hommel's adjustment by closed testing with Simes' test; controls the familywise error rate.

    The adjusted p_i is the largest Simes p value, min over k of (s / k) p_(k), of all subsets of
    tests that contain test i, where s is the size of the subset. Never larger than Hochberg's;
    valid where Simes' test is: for independent or positively dependent tests. Computed by
    Wright's algorithm, which takes one pass for each size of subset.

    Parameters
    ----------
    p : array_like, shape (m,)
        p values; NaN (undefined tests) stay NaN and are not counted in m.

    Returns
    -------
    ndarray, shape (m,)
        Adjusted p values in the order of `p`.

    References
    ----------
    Hommel, G. (1988). A stagewise rejective multiple test procedure based on a modified Bonferroni
    test. Biometrika, 75, 383-386. https://doi.org/10.1093/biomet/75.2.383
    Wright, S. P. (1992). Adjusted p-values for simultaneous inference. Biometrics, 48, 1005-1013.
    https://doi.org/10.2307/2532694

    Examples
    --------
    >>> hommel([0.01, 0.04, 0.03])
    array([0.03, 0.04, 0.04])
    """
    values, order = _ascending(p)
    sorted_p = values[order]
    n_tests = len(order)
    adjusted = sorted_p.copy()
    for size in range(n_tests, 1, -1):
        # The subset of this size with the largest Simes p value that contains a given test holds
        # that test and the size - 1 largest p values.
        largest = sorted_p[n_tests - size + 1 :]
        simes = (size * largest / np.arange(2, size + 1)).min()
        adjusted = np.maximum(adjusted, np.minimum(size * sorted_p, simes))
        adjusted[n_tests - size + 1 :] = np.maximum(adjusted[n_tests - size + 1 :], simes)
    return _adjusted(values, order, adjusted)


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """Benjamini and Hochberg's step-up adjustment, which controls the false discovery rate.

    With p sorted upwards, the i-th smallest of m becomes min over j >= i of (m / j) p_j, at most 1.

    Parameters
    ----------
    p : array_like, shape (m,)
        p values; NaN (undefined tests) stay NaN and are not counted in m.

    Returns
    -------
    ndarray, shape (m,)
        Adjusted p values in the order of `p`.

    References
    ----------
    Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the
    Royal Statistical Society B, 57, 289-300. https://doi.org/10.1111/j.2517-6161.1995.tb02031.x

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03])
    array([0.03, 0.04, 0.04])
    """
    values, order = _ascending(p)
    factors = len(order) / np.arange(1, len(order) + 1)
    return _adjusted(values, order, _running_minimum(factors * values[order]))


def _ascending(p: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The p values as an array, and the positions of the defined ones from smallest to largest."""
    values = np.asarray(p, dtype=float)
    defined = np.flatnonzero(np.isfinite(values))
    return values, defined[np.argsort(values[defined], kind="stable")]


def _running_minimum(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Minimum of each value and all that follow it."""
    return np.minimum.accumulate(values[::-1])[::-1]


def _adjusted(
    values: NDArray[np.float64], order: NDArray[np.intp], sorted_adjusted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Adjusted p values, at most 1, back in the original order; NaN for undefined tests."""
    adjusted = np.full(values.shape, np.nan)
    adjusted[order] = np.minimum(sorted_adjusted, 1)
    return adjusted
