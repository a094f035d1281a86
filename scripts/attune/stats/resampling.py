"""Bootstrap intervals and permutation tests of correlations, all pairs and resamples at once.

Random numbers come from named streams: a stream depends on the seed and its own name only, so
adding, removing or reordering analyses leaves every other result as it was.
"""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations as orders

import numpy as np
from numpy.typing import ArrayLike, NDArray

Matrix = NDArray[np.float64]

_CELLS = 1_000_000
"""Numbers held at once: 8 MB per array of float64, whatever the number of resamples."""

_TIE = 1e-12
"""Permuted correlations closer than this to the observed one are equal to it but for rounding."""

_NO_SPREAD = 1e-24
"""Share of the full variance below which a resample is constant but for rounding."""


def stream(seed: int, name: str) -> np.random.Generator:
    """Random numbers of one name, independent of those of every other name.

    Parameters
    ----------
    seed : int
        The study's seed, not negative.
    name : str
        What the numbers are for. Its SHA-256 digest enters the seed sequence, so the stream is the
        same on every machine and in every Python process.

    Examples
    --------
    >>> bool(stream(1, "a").random() == stream(1, "a").random())
    True
    >>> bool(stream(1, "a").random() == stream(1, "b").random())
    False
    """
    words = np.frombuffer(hashlib.sha256(name.encode()).digest(), dtype=">u4")
    return np.random.default_rng(np.random.SeedSequence([seed, *(int(word) for word in words)]))


def bootstrap_indices(n: int, samples: int, generator: np.random.Generator) -> NDArray[np.int32]:
    """Rows drawn with replacement: shape (samples, n), values 0 to n - 1."""
    return generator.integers(0, n, size=(samples, n), dtype=np.int32)


def bootstrap_correlations(x: ArrayLike, y: ArrayLike, indices: NDArray[np.integer]) -> Matrix:
    """Pearson correlation in every resample.

    Parameters
    ----------
    x, y : array_like, shape (pairs, n)
        One pair of measures per row, without missing values.
    indices : ndarray of int, shape (samples, n)
        Which dyads each resample holds.

    Returns
    -------
    ndarray, shape (pairs, samples)
        NaN where a resample happens to hold one value only.
    """
    xs, ys = _standardised(x), _standardised(y)
    n = xs.shape[1]
    replicates = np.empty((len(xs), len(indices)))
    step = max(1, _CELLS // (n * len(xs)))
    for start in range(0, len(indices), step):
        chunk = indices[start : start + step]
        drawn_x, drawn_y = xs[:, chunk], ys[:, chunk]
        drawn_x -= drawn_x.mean(axis=2, keepdims=True)
        drawn_y -= drawn_y.mean(axis=2, keepdims=True)
        sum_xx = np.einsum("psn,psn->ps", drawn_x, drawn_x)
        sum_yy = np.einsum("psn,psn->ps", drawn_y, drawn_y)
        sum_xy = np.einsum("psn,psn->ps", drawn_x, drawn_y)
        constant = (sum_xx < _NO_SPREAD) | (sum_yy < _NO_SPREAD)
        scale = np.sqrt(np.where(constant, np.nan, sum_xx * sum_yy))
        replicates[:, start : start + step] = np.clip(sum_xy / scale, -1, 1)
    return replicates


def jackknife_correlations(x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
    """Pearson correlation with each dyad left out in turn.

    Leaving dyad i out of n lowers each centred sum of products by n / (n - 1) times its own
    product, so no correlation is computed anew.

    Parameters
    ----------
    x, y : array_like, shape (n,)

    Returns
    -------
    ndarray, shape (n,)
        NaN where only the dyad left out made a measure vary.

    Examples
    --------
    >>> jackknife_correlations([1, 2, 3, 4], [1, 3, 2, 4]).round(3)
    array([0.5  , 0.929, 0.929, 0.5  ])
    """
    xs, ys = _standardised(np.stack([x, y]).astype(float))
    share = len(xs) / (len(xs) - 1)
    sum_xx, sum_yy = 1 - share * xs**2, 1 - share * ys**2
    constant = (sum_xx < 1e-12) | (sum_yy < 1e-12)
    scale = np.sqrt(np.where(constant, np.nan, sum_xx * sum_yy))
    return np.clip((xs @ ys - share * xs * ys) / scale, -1, 1)


def bca_interval(
    estimate: float, replicates: ArrayLike, jackknife: ArrayLike, interval: float = 0.95
) -> tuple[float, float]:
    r"""Bias-corrected and accelerated bootstrap interval.

    .. math:: \alpha^* = \Phi\left\{z_0 + \frac{z_0 + z_\alpha}{1 - a (z_0 + z_\alpha)}\right\},
              \quad z_0 = \Phi^{-1}\{\text{share of replicates below the estimate}\}, \quad
              a = \frac{\sum l_i^3}{6 (\sum l_i^2)^{3/2}}

    with the jackknife influence l_i = (n - 1)(estimate - estimate without i), centred at the
    estimate itself as R's boot does. Quantiles are read off by `normal_quantile`.

    Parameters
    ----------
    estimate : float
    replicates : array_like, shape (samples,)
        Estimates in the resamples; NaN (undefined resamples) are left out.
    jackknife : array_like, shape (n,)
        Estimates with each unit left out.
    interval : float
        Coverage.

    Returns
    -------
    low, high : float
        NaN where the replicates do not vary, lie all on one side of the estimate, or a
        leave-one-out estimate is undefined.

    References
    ----------
    Efron, B. (1987). Better bootstrap confidence intervals. Journal of the American Statistical
    Association, 82, 171-185. https://doi.org/10.1080/01621459.1987.10478410
    """
    from scipy.special import ndtr, ndtri

    values = np.asarray(replicates, dtype=float)
    values = np.sort(values[np.isfinite(values)])
    influence = (np.size(jackknife) - 1) * (estimate - np.asarray(jackknife, dtype=float))
    below = np.mean(values < estimate) if len(values) else 0.0
    if not 0 < below < 1 or np.ptp(values) < _TIE or not influence.any():
        return np.nan, np.nan
    bias = ndtri(below)
    acceleration = (influence**3).sum() / (6 * (influence**2).sum() ** 1.5)
    tails = ndtri(np.array([(1 - interval) / 2, (1 + interval) / 2]))
    probability = ndtr(bias + (bias + tails) / (1 - acceleration * (bias + tails)))
    if not np.isfinite(probability).all():
        return np.nan, np.nan
    low, high = normal_quantile(values, probability)
    return float(low), float(high)


def normal_quantile(ordered: ArrayLike, probability: ArrayLike) -> NDArray[np.float64]:
    """Quantiles of bootstrap replicates, interpolated on the scale of normal deviates.

    The k-th of R ordered replicates stands for the probability k / (R + 1); between two of them
    the quantile is linear in the normal deviate of the probability. Beyond the first and the last
    replicate the extremes stand in.

    Parameters
    ----------
    ordered : array_like, shape (R,)
        Replicates in ascending order.
    probability : array_like

    References
    ----------
    Davison, A. C., & Hinkley, D. V. (1997). Bootstrap methods and their application, eq. 5.8.
    Cambridge University Press. https://doi.org/10.1017/CBO9780511802843

    Examples
    --------
    >>> normal_quantile([1.0, 2.0, 3.0], [0.25, 0.5, 0.001])
    array([1., 2., 1.])
    """
    from scipy.special import ndtri

    values = np.asarray(ordered, dtype=float)
    wanted = np.asarray(probability, dtype=float)
    count = len(values)
    rank = np.clip((count + 1) * wanted, 1, count)
    lower = np.clip(np.floor(rank).astype(int), 1, max(count - 1, 1))
    upper = np.minimum(lower + 1, count)
    deviate_low, deviate_high = ndtri(lower / (count + 1)), ndtri((lower + 1) / (count + 1))
    share = np.clip((ndtri(rank / (count + 1)) - deviate_low) / (deviate_high - deviate_low), 0, 1)
    return values[lower - 1] + share * (values[upper - 1] - values[lower - 1])


@dataclass(frozen=True)
class PermutationTest:
    """p values of permutation tests, one per pair of measures.

    Attributes
    ----------
    two_tailed : ndarray, shape (pairs,)
        Share of orders with a correlation at least as large in magnitude.
    greater, less : ndarray, shape (pairs,)
        Share of orders with a correlation at least as high, at least as low.
    count : int
        Orders looked at.
    exact : bool
        Whether these are all orders there are; else the observed order is counted in, so that
        p = (1 + hits) / (1 + count).
    """

    two_tailed: NDArray[np.float64]
    greater: NDArray[np.float64]
    less: NDArray[np.float64]
    count: int
    exact: bool


def permutation_tests(
    x: ArrayLike, y: ArrayLike, permutations: int, generator: np.random.Generator
) -> PermutationTest:
    """Permutation tests of correlations: y is reordered against x.

    Parameters
    ----------
    x, y : array_like, shape (pairs, n)
        One pair of measures per row, without missing values, not constant.
    permutations : int
        Monte Carlo orders. Where n! is not more than this, all n! orders are taken once instead.
    generator : numpy.random.Generator
        Used by the Monte Carlo orders only; all pairs meet the same orders.

    References
    ----------
    Phipson, B., & Smyth, G. K. (2010). Permutation p-values should never be zero. Statistical
    Applications in Genetics and Molecular Biology, 9(1), 39. https://doi.org/10.2202/1544-6115.1585

    Examples
    --------
    Of the 24 orders of four dyads, one is as high as a perfect correlation and one as low:

    >>> test = permutation_tests([[1, 2, 3, 4]], [[1, 2, 3, 4]], 99, stream(1, "example"))
    >>> test.exact, bool(test.greater[0] == 1 / 24), bool(test.two_tailed[0] == 2 / 24)
    (True, True, True)
    """
    xs, ys = _standardised(x), _standardised(y)
    pairs, n = xs.shape
    observed = np.einsum("pn,pn->p", xs, ys)[:, None]
    exact = n <= 20 and math.factorial(n) <= permutations
    step = max(1, _CELLS // (n * pairs))
    chunks = _all_orders(n, step) if exact else _random_orders(n, permutations, step, generator)
    hits = np.zeros((3, pairs), dtype=np.int64)
    count = 0
    for chunk in chunks:
        permuted = np.matmul(ys[:, chunk], xs[:, :, None])[..., 0]
        hits[0] += (np.abs(permuted) >= np.abs(observed) - _TIE).sum(axis=1)
        hits[1] += (permuted >= observed - _TIE).sum(axis=1)
        hits[2] += (permuted <= observed + _TIE).sum(axis=1)
        count += len(chunk)
    p = hits / count if exact else (1 + hits) / (1 + count)
    return PermutationTest(p[0], p[1], p[2], count, exact)


def _all_orders(n: int, step: int) -> Iterator[NDArray[np.intp]]:
    every = np.array(list(orders(range(n))), dtype=np.intp)
    for start in range(0, len(every), step):
        yield every[start : start + step]


def _random_orders(
    n: int, permutations: int, step: int, generator: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    for start in range(0, permutations, step):
        rows = min(step, permutations - start)
        yield generator.permuted(np.tile(np.arange(n), (rows, 1)), axis=1)


def _standardised(values: ArrayLike) -> Matrix:
    """Each row centred and scaled to a sum of squares of 1, so that products are correlations."""
    matrix = np.array(values, dtype=float)
    matrix -= matrix.mean(axis=1, keepdims=True)
    return matrix / np.sqrt((matrix**2).sum(axis=1, keepdims=True))
