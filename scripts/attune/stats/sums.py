"""Sums, means and variances of vectors, added pairwise.

NumPy adds contiguous numbers pairwise, in an order that depends on their count alone; a dot product
adds in the order of the BLAS kernel, which differs between machines. The methods `sum`, `mean` and
`var` of arrays give the same bits, but take several times as long for the few dozen dyads of a
study.
"""

import math

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

_sum = np.add.reduce
"""Looked up once: it is called thousands of times for a study."""


def total(values: Vector) -> np.float64:
    """Sum of a vector.

    Examples
    --------
    >>> float(total(np.array([1.0, 2.0, 4.0])))
    7.0
    """
    return _sum(values)


def mean(values: Vector) -> np.float64:
    """Mean of a vector that is not empty.

    Examples
    --------
    >>> float(mean(np.array([1.0, 2.0, 6.0])))
    3.0
    """
    return _sum(values) / len(values)


def variance(values: Vector, ddof: int = 0) -> np.float64:
    """Mean square of the deviations from the mean, over n - ddof in place of n.

    Parameters
    ----------
    values : ndarray, shape (n,)
        More than `ddof`.
    ddof : int
        1 estimates the variance in the population, 0 describes the values themselves.

    Examples
    --------
    >>> float(variance(np.array([1.0, 2.0, 6.0]), ddof=1))
    7.0
    """
    deviations = values - mean(values)
    return _sum(deviations * deviations) / (len(values) - ddof)


def length(values: Vector) -> float:
    """Root of the sum of squares of a vector.

    Examples
    --------
    >>> length(np.array([3.0, 4.0]))
    5.0
    """
    return math.sqrt(_sum(values * values))
