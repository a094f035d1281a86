"""Moments of whole-number scores from integer sums, which no order of summation changes.

Scores are whole numbers in any unit, because correlations and t have none. Sums run over the last
axis of an array; the axes before it are candidates.
"""

import numpy as np
from numpy.typing import NDArray

from attune.synthetic.draws import Integers, Reals


def centred_products(x: Integers, y: Integers) -> Integers:
    """N times the sum of products of deviations: n * sum(x*y) - sum(x) * sum(y).

    Examples
    --------
    >>> int(centred_products(np.array([1, 2, 3]), np.array([2, 4, 6])))
    12
    """
    return x.shape[-1] * (x * y).sum(axis=-1) - x.sum(axis=-1) * y.sum(axis=-1)


def standard_deviation(scores: Integers) -> Reals:
    """Standard deviation with n - 1 in the denominator.

    Examples
    --------
    >>> float(standard_deviation(np.array([1, 2, 3])))
    1.0
    """
    n = scores.shape[-1]
    return np.sqrt(centred_products(scores, scores) / (n * (n - 1)))


def correlation(x: Integers, y: Integers) -> Reals:
    """Pearson correlation; 0 where one side does not vary.

    Examples
    --------
    >>> round(float(correlation(np.array([1, 2, 3]), np.array([3, 2, 1]))), 12)
    -1.0
    """
    spread = np.sqrt(centred_products(x, x).astype(np.float64)) * np.sqrt(
        centred_products(y, y).astype(np.float64)
    )
    return np.where(spread > 0, centred_products(x, y) / np.where(spread > 0, spread, 1.0), 0.0)


def standardised(variable: Integers) -> Reals:
    """A variable with mean 0 and length 1.

    Examples
    --------
    >>> standardised(np.array([1, 2, 2, 3, 2, 1, 3, 2])).tolist()
    [-0.5, 0.0, 0.0, 0.5, 0.0, -0.5, 0.5, 0.0]
    """
    centred = variable - variable.mean()
    return centred / np.sqrt((centred * centred).sum())


def t_statistic(scores: Integers, first: NDArray[np.bool_]) -> Reals:
    """Student's t of two independent groups, pooled variance: first group minus the others.

    Examples
    --------
    >>> first = np.array([True, True, True, False, False, False])
    >>> round(float(t_statistic(np.array([3, 4, 5, 1, 2, 3]), first)), 4)
    2.4495
    """
    r = correlation(first.astype(np.int64), scores)
    df = scores.shape[-1] - 2
    return r * np.sqrt(df) / np.sqrt(1 - r * r)
