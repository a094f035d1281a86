"""Correlations of many measures at once, by matrix products."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

_CONSTANT = 1e-12
"""Variance, as a share of a column's variance, below which paired values are constant."""


def pairwise_correlations(
    x: ArrayLike, y: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Pearson correlation of every column of x with every column of y, pairwise complete.

    Parameters
    ----------
    x : array_like, shape (n_dyads, k_x)
    y : array_like, shape (n_dyads, k_y)
        NaN where missing.

    Returns
    -------
    r : ndarray, shape (k_x, k_y)
        NaN where fewer than three dyads have both measures or one of these is constant.
    n : ndarray of int, shape (k_x, k_y)
        Dyads with both.
    p : ndarray, shape (k_x, k_y)
        Two-tailed, t test with n - 2 degrees of freedom.

    Examples
    --------
    >>> r, n, p = pairwise_correlations([[1.0], [2], [3], [4]], [[1.0], [3], [2], [4]])
    >>> r.round(3), n, p.round(3)
    (array([[0.8]]), array([[4]]), array([[0.2]]))
    """
    from scipy.special import stdtr

    xs, has_x = _filled(x)
    ys, has_y = _filled(y)
    n = has_x.T @ has_y
    with np.errstate(divide="ignore", invalid="ignore"):
        sum_x, sum_y = xs.T @ has_y, has_x.T @ ys
        sum_xx = (xs**2).T @ has_y - sum_x**2 / n
        sum_yy = has_x.T @ ys**2 - sum_y**2 / n
        sum_xy = xs.T @ ys - sum_x * sum_y / n
        varies = (n > 2) & (sum_xx > _CONSTANT * n) & (sum_yy > _CONSTANT * n)
        r = np.where(varies, np.clip(sum_xy / np.sqrt(sum_xx * sum_yy), -1, 1), np.nan)
        t = np.abs(r) * np.sqrt((n - 2) / (1 - r**2))
        p = 2 * stdtr(np.maximum(n - 2, 1), -t)
    return r, n.astype(np.int64), p


def _filled(values: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Columns as deviates, 0 where missing, and 1 where a value exists, 0 where not."""
    matrix = np.array(values, dtype=float)
    exists = np.isfinite(matrix)
    matrix[~exists] = 0
    count = np.maximum(exists.sum(axis=0), 1)
    # Deviates keep the sums of products small, whatever the units and the mean of a measure.
    matrix -= matrix.sum(axis=0) / count
    matrix *= exists
    spread = np.sqrt((matrix**2).sum(axis=0) / count)
    matrix /= np.where(spread > 0, spread, 1)
    return matrix, exists.astype(float)
