"""Adjusted p values of a family of tests.

The adjustments are those of statsmodels.stats.multitest (`holm`, `fdr_bh`) and are tested against
it. They are not called from there because its import takes more than two seconds, in every run of
the step that correlates and in every bulk call, for six lines of NumPy each.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def holm(p: ArrayLike) -> NDArray[np.float64]:
    """Holm's step-down adjustment, which bounds the familywise error rate.

    With p sorted upwards, the i-th smallest of m becomes max over j <= i of (m - j + 1) p_j,
    at most 1.

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
    values = np.asarray(p, dtype=float)
    defined = np.flatnonzero(np.isfinite(values))
    order = defined[np.argsort(values[defined], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    adjusted = np.full(values.shape, np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * values[order]), 1)
    return adjusted


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """Benjamini and Hochberg's step-up adjustment, which bounds the false discovery rate.

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
    values = np.asarray(p, dtype=float)
    defined = np.flatnonzero(np.isfinite(values))
    order = defined[np.argsort(values[defined], kind="stable")]
    factors = len(order) / np.arange(1, len(order) + 1)
    running = np.minimum.accumulate((factors * values[order])[::-1])[::-1]
    adjusted = np.full(values.shape, np.nan)
    adjusted[order] = np.minimum(running, 1)
    return adjusted
