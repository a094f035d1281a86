"""Bootstrap intervals and permutation tests of correlations, all pairs and resamples at once.

Correlations of x with the posttest are also resampled where the pretest is taken out: of both
(partial correlation) or of the posttest alone (correlation with the residual gain).

Random numbers come from named streams: a stream depends on the seed and its own name only, so
adding, removing or reordering analyses leaves every other result as it was.
"""

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations as orders
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Matrix = NDArray[np.float64]

Centred = tuple[Matrix, NDArray[np.float64]]
"""Centred resamples, one per column, and the sum of squares of each."""

_CELLS = 1_000_000
"""Numbers held at once: 8 MB per array of float64, whatever the number of resamples."""

_KEPT_CELLS = 4_000_000
"""Largest set of random orders that is kept, a byte per number: 99,999 orders of 40 dyads."""

_KEPT_ORDERS = 16
"""Sets of random orders that a process keeps, 64 MB at most."""

_IN_CACHE = 65_536
"""Numbers of a block of resamples: 512 KB per array, which stays near the processor."""

_TIE = 1e-12
"""Permuted correlations this close to the observed one equal it up to rounding error."""

_NO_SPREAD = 1e-24
"""Share of the full variance below which a resample is constant up to rounding error."""


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
    replicates = np.empty((len(xs), len(indices)))
    for block in _blocks(indices):
        once, drawn = _Once(), _drawn(indices[block])
        # One pair after the other: the order of a sum must not depend on the pairs beside it.
        for row, (own_x, own_y) in enumerate(zip(xs, ys, strict=True)):
            replicates[row, block] = _column_correlations(
                once(_resampled, own_x, drawn), once(_resampled, own_y, drawn)
            )
    return replicates


def bootstrap_partial_correlations(
    pretests: ArrayLike, posttests: ArrayLike, xs: ArrayLike, indices: NDArray[np.integer]
) -> Matrix:
    """Partial correlation of posttest and x, the pretest taken out of both, in every resample.

    Parameters
    ----------
    pretests, posttests, xs : array_like, shape (pairs, n)
        One analysis per row, without missing values. No x and no posttest is constant or a linear
        function of its pretest.
    indices : ndarray of int, shape (samples, n)
        Which dyads each resample holds.

    Returns
    -------
    ndarray, shape (pairs, samples)
        NaN where in a resample the pretest is constant or predicts the posttest or x exactly.

    Examples
    --------
    >>> everyone = np.arange(4)[None, :]
    >>> bootstrap_partial_correlations([[1, 2, 3, 4]], [[1, 3, 2, 4]], [[0, 1, 0, 3]], everyone)
    array([[0.80178373]])
    """
    before = _standardised(pretests)
    # Taking out the whole sample's pretest changes no partial correlation; less is then cancelled.
    after, measure = _without_pretest(posttests, before), _without_pretest(xs, before)
    replicates = np.empty((len(before), len(indices)))
    for block in _blocks(indices):
        once, drawn = _Once(), _drawn(indices[block])
        for row, own in enumerate(before):
            replicates[row, block] = _column_correlations(
                once(_resampled_residuals, own, measure[row], drawn),
                once(_resampled_residuals, own, after[row], drawn),
            )
    return replicates


def bootstrap_residual_gain_correlations(
    pretests: ArrayLike, posttests: ArrayLike, xs: ArrayLike, indices: NDArray[np.integer]
) -> Matrix:
    """Correlation of x with the residual gain, regressed anew in every resample.

    The posttest is regressed on the pretest over all dyads of the resample; its residuals are
    correlated with x over those that have x.

    Parameters
    ----------
    pretests, posttests, xs : array_like, shape (pairs, n)
        One analysis per row. Dyads without pretest or posttest are left out by the caller; x is NaN
        where missing. No pretest, no known x and no residual of the known is constant.
    indices : ndarray of int, shape (samples, n)
        Which dyads each resample holds.

    Returns
    -------
    ndarray, shape (pairs, samples)
        NaN where in a resample the pretest, the residuals or x do not vary.

    Examples
    --------
    >>> everyone = np.arange(4)[None, :]
    >>> bootstrap_residual_gain_correlations(
    ...     [[1, 2, 3, 4]], [[1, 3, 2, 4]], [[0, 1, 0, np.nan]], everyone
    ... )
    array([[0.94491118]])
    """
    before = _standardised(pretests)
    after = _without_pretest(posttests, before)
    measures = np.asarray(xs, dtype=float)
    replicates = np.empty((len(before), len(indices)))
    for block in _blocks(indices):
        once, drawn = _Once(), _drawn(indices[block])
        for row, (pretest, posttest) in enumerate(zip(before, after, strict=True)):
            measure, known = _standardised_known(measures[row])
            replicates[row, block] = _column_correlations(
                once(_resampled_known, measure, known, drawn),
                once(_resampled_gains, pretest, posttest, known, drawn),
            )
    return replicates


class _Once:
    """Computes what several pairs share in a block of resamples only once."""

    def __init__(self) -> None:
        self._found: dict[tuple[Callable[..., Centred], bytes], Centred] = {}

    def __call__(self, function: Callable[..., Centred], *arguments: NDArray[Any]) -> Centred:
        """The result for these values; the last argument is that of the block."""
        key = function, b"".join(values.tobytes() for values in arguments[:-1])
        if key not in self._found:
            self._found[key] = function(*arguments)
        return self._found[key]


def _blocks(indices: NDArray[np.integer]) -> Iterator[slice]:
    """Resamples that are computed together."""
    step = max(1, _IN_CACHE // indices.shape[1])
    for start in range(0, len(indices), step):
        yield slice(start, start + step)


def _drawn(indices: NDArray[np.integer]) -> NDArray[np.intp]:
    """A resample per column: to add whole rows takes a quarter of the time of sums of rows."""
    return np.ascontiguousarray(indices.T, dtype=np.intp)


def _resampled(values: NDArray[np.float64], drawn: NDArray[np.integer]) -> Centred:
    return _with_squares(_centred(values[drawn]))


def _resampled_residuals(
    pretest: NDArray[np.float64], values: NDArray[np.float64], drawn: NDArray[np.integer]
) -> Centred:
    """Residuals of the values on the pretest, regressed anew in every resample."""
    residuals = _residuals(values[drawn], _centred(pretest[drawn]))
    return _with_squares(_centred(residuals))


def _resampled_known(
    values: NDArray[np.float64], known: NDArray[np.float64], drawn: NDArray[np.integer]
) -> Centred:
    return _with_squares(_centred(_centred_where_known(values[drawn], known, drawn)))


def _resampled_gains(
    pretest: NDArray[np.float64],
    posttest: NDArray[np.float64],
    known: NDArray[np.float64],
    drawn: NDArray[np.integer],
) -> Centred:
    """Residual gains of every resample, centred over the dyads whose x is known."""
    gains = _residuals(posttest[drawn], _centred(pretest[drawn]))
    return _with_squares(_centred(_centred_where_known(gains, known, drawn)))


def _centred_where_known(
    columns: Matrix, known: NDArray[np.float64], drawn: NDArray[np.integer]
) -> Matrix:
    if known.all():
        return _centred(columns)
    return _centred_over_known(columns, known[drawn])


def _with_squares(columns: Matrix) -> Centred:
    return columns, _column_sums(np.square(columns))


def _centred(columns: Matrix) -> Matrix:
    columns -= _column_sums(columns) / len(columns)
    return columns


def _residuals(columns: Matrix, pretest: Matrix) -> Matrix:
    """Residual of each column on the same centred column of the pretest; overwrites the columns."""
    sum_pp = _column_sums(pretest * pretest)
    slope = _column_sums(_centred(columns) * pretest)
    slope /= np.where(sum_pp < _NO_SPREAD, np.nan, sum_pp)
    columns -= slope * pretest
    return columns


def _centred_over_known(columns: Matrix, known: Matrix) -> Matrix:
    """Each column less its mean over the known, 0 where unknown; columns are overwritten."""
    columns *= known
    columns -= _column_sums(columns) / np.maximum(_column_sums(known), 1)
    columns *= known
    return columns


def _standardised_known(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values centred and scaled over the known, 0 where unknown; 1 where known."""
    known = np.isfinite(values)
    filled = np.zeros(len(values))
    filled[known] = _standardised(values[None, known])[0]
    return filled, known.astype(float)


def _column_correlations(x: Centred, y: Centred) -> NDArray[np.float64]:
    """Correlation of each column of x with the same column of y."""
    (columns_x, sum_xx), (columns_y, sum_yy) = x, y
    sum_xy = _column_sums(columns_x * columns_y)
    constant = (sum_xx < _NO_SPREAD) | (sum_yy < _NO_SPREAD)
    scale = np.sqrt(np.where(constant, np.nan, sum_xx * sum_yy))
    return np.asarray(np.clip(sum_xy / scale, -1, 1))


def _column_sums(columns: Matrix) -> NDArray[np.float64]:
    """Sum of each column of a C-ordered array.

    NumPy adds one row to the next, in their order; a matrix product adds in the order of the BLAS
    kernel, which differs between machines and shapes.
    """
    return np.asarray(np.add.reduce(columns, axis=0))


def _row_sums(rows: Matrix) -> NDArray[np.float64]:
    """Sum of each row of a C-ordered array: pairwise, in an order given by their count alone."""
    return np.asarray(np.add.reduce(rows, axis=1))


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
    products = xs * ys
    sum_xy = products.sum() - share * products
    return _correlations_of_sums(sum_xy, 1 - share * xs**2, 1 - share * ys**2)


def jackknife_partial_correlations(
    pretest: ArrayLike, posttest: ArrayLike, x: ArrayLike
) -> NDArray[np.float64]:
    """Partial correlation of posttest and x with each dyad left out in turn.

    Parameters
    ----------
    pretest, posttest, x : array_like, shape (n,)
        As in `bootstrap_partial_correlations`.

    Returns
    -------
    ndarray, shape (n,)
        NaN where without the dyad the pretest is constant or predicts the posttest or x exactly.

    Examples
    --------
    >>> jackknife_partial_correlations([1, 2, 3, 4, 5], [1, 3, 2, 4, 6], [0, 1, 0, 3, 1]).round(3)
    array([ 0.176,  0.034, -0.535,  0.93 ,  0.802])
    """
    before = _standardised(np.asarray(pretest, dtype=float)[None, :])
    [y] = _without_pretest(np.asarray(posttest, dtype=float)[None, :], before)
    [measure] = _without_pretest(np.asarray(x, dtype=float)[None, :], before)
    p = before[0]
    share = len(p) / (len(p) - 1)
    slope_y, slope_x = _slopes_without_each(p, y), _slopes_without_each(p, measure)
    # With S_py = S_px = 0 in the whole sample, S_py without a dyad is -share * p * y.
    sum_xy = (measure * y).sum() - share * measure * y + share * p * y * slope_x
    sum_yy = 1 - share * y**2 + share * p * y * slope_y
    sum_xx = 1 - share * measure**2 + share * p * measure * slope_x
    return _correlations_of_sums(sum_xy, sum_xx, sum_yy)


def jackknife_residual_gain_correlations(
    pretest: ArrayLike, posttest: ArrayLike, x: ArrayLike
) -> NDArray[np.float64]:
    """Correlation of x with the residual gain, regressed anew with each dyad left out in turn.

    Parameters
    ----------
    pretest, posttest, x : array_like, shape (n,)
        As in `bootstrap_residual_gain_correlations`; x is NaN where missing. Dyads without x are
        left out in turn as well, because the regression uses them.

    Returns
    -------
    ndarray, shape (n,)
        NaN where without the dyad the pretest, the residuals or x do not vary.

    Examples
    --------
    >>> gains = jackknife_residual_gain_correlations(
    ...     [1, 2, 3, 4, 5], [1, 3, 2, 4, 6], [0, 1, 0, 3, np.nan]
    ... )
    >>> gains.round(3)
    array([ 0.249,  0.034, -0.419,  0.803,  0.548])
    """
    before = _standardised(np.asarray(pretest, dtype=float)[None, :])
    [residual] = _without_pretest(np.asarray(posttest, dtype=float)[None, :], before)
    measure, known = _standardised_known(np.asarray(x, dtype=float))
    slope = _slopes_without_each(before[0], residual)
    p, y = (
        _centred_over_known(values[:, None].copy(), known[:, None])[:, 0]
        for values in (before[0], residual)
    )
    count = known.sum()
    # Unknown dyads are 0 in every product, so leaving one out changes no sum but the slope's.
    share = count / max(count - 1, 1)
    sum_xy = (measure * y).sum() - share * measure * y
    sum_xp = (measure * p).sum() - share * measure * p
    sum_yy, sum_yp = (y * y).sum() - share * y * y, (y * p).sum() - share * y * p
    sum_pp = (p * p).sum() - share * p * p
    return _correlations_of_sums(
        sum_xy - slope * sum_xp,
        1 - share * measure**2,
        sum_yy - 2 * slope * sum_yp + slope**2 * sum_pp,
    )


def _slopes_without_each(
    p: NDArray[np.float64], residual: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Slopes of residuals on the standardised pretest that caused them, each dyad left out."""
    share = len(p) / (len(p) - 1)
    sum_pp = 1 - share * p**2
    return np.asarray(-share * p * residual / np.where(sum_pp < 1e-12, np.nan, sum_pp))


def _correlations_of_sums(
    sum_xy: NDArray[np.float64], sum_xx: NDArray[np.float64], sum_yy: NDArray[np.float64]
) -> NDArray[np.float64]:
    constant = (sum_xx < 1e-12) | (sum_yy < 1e-12)
    scale = np.sqrt(np.where(constant, np.nan, sum_xx * sum_yy))
    return np.asarray(np.clip(sum_xy / scale, -1, 1))


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
    probabilities = np.asarray(probability, dtype=float)
    count = len(values)
    rank = np.clip((count + 1) * probabilities, 1, count)
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

    def permuted(pairs: list[int], order: NDArray[np.integer]) -> Matrix:
        return np.asarray(xs[pairs] @ ys[pairs[0]][order].T)

    observed = _row_sums(xs * ys)
    return _test_by_orders(observed, _alike(ys), xs.shape[1], permutations, generator, permuted)


def freedman_lane_tests(
    pretests: ArrayLike,
    posttests: ArrayLike,
    xs: ArrayLike,
    permutations: int,
    generator: np.random.Generator,
) -> PermutationTest:
    r"""Freedman and Lane's permutation tests of x beside the pretest.

    The residuals of the posttest on the pretest are reordered and added to what the pretest
    predicts; the new posttest is regressed on pretest and x. The statistic is the partial
    correlation, which rises with t. With reordered residuals e of length 1, the pretest p and the
    part of x that p does not predict, both centred and of length 1, it is

    .. math:: r^* = \frac{\langle x_{\perp p}, e \rangle}{\sqrt{1 - \langle p, e \rangle^2}}

    The test is approximate also where all orders are taken, because residuals are reordered
    instead of the unknown errors.

    Parameters
    ----------
    pretests, posttests, xs : array_like, shape (pairs, n)
        One analysis per row, without missing values. No x is constant or a linear function of its
        pretest, and no posttest is a linear function of it.
    permutations : int
        Monte Carlo orders. Where n! is not more than this, all n! orders are taken once instead.
    generator : numpy.random.Generator
        Used by the Monte Carlo orders only; all pairs meet the same orders.

    References
    ----------
    Freedman, D., & Lane, D. (1983). A nonstochastic interpretation of reported significance levels.
    Journal of Business & Economic Statistics, 1, 292-298.
    https://doi.org/10.1080/07350015.1983.10509354

    Winkler, A. M., Ridgway, G. R., Webster, M. A., Smith, S. M., & Nichols, T. E. (2014).
    Permutation inference for the general linear model. NeuroImage, 92, 381-397.
    https://doi.org/10.1016/j.neuroimage.2014.01.060

    Examples
    --------
    Of the 24 orders of the residuals -0.3, 0.9, -0.9 and 0.3, six give a partial correlation of at
    least the observed .802, and six one of at most -.802:

    >>> pretest, posttest, x = [[1, 2, 3, 4]], [[1, 3, 2, 4]], [[0, 1, 0, 3]]
    >>> test = freedman_lane_tests(pretest, posttest, x, 99, stream(1, "example"))
    >>> test.exact, bool(test.greater[0] == 6 / 24), bool(test.two_tailed[0] == 12 / 24)
    (True, True, True)
    """
    before = _standardised(pretests)
    after, measure = _without_pretest(posttests, before), _without_pretest(xs, before)

    def permuted(pairs: list[int], order: NDArray[np.integer]) -> Matrix:
        residual = after[pairs[0]][order].T
        predicted = before[pairs[0]] @ residual
        # Residuals that the pretest predicts fully leave nothing that x could explain.
        left = np.sqrt(np.maximum(1 - predicted**2, _NO_SPREAD))
        return np.asarray(measure[pairs] @ residual / left)

    observed, groups = _row_sums(after * measure), _alike(before, after)
    return _test_by_orders(observed, groups, before.shape[1], permutations, generator, permuted)


def _alike(*values: Matrix) -> list[list[int]]:
    """Pairs with the same rows, which need to be reordered only once."""
    found: dict[bytes, list[int]] = {}
    for pair in range(len(values[0])):
        found.setdefault(b"".join(rows[pair].tobytes() for rows in values), []).append(pair)
    return list(found.values())


def _test_by_orders(
    observed: NDArray[np.float64],
    groups: list[list[int]],
    n: int,
    permutations: int,
    generator: np.random.Generator,
    permuted: Callable[[list[int], NDArray[np.integer]], Matrix],
) -> PermutationTest:
    """Shares of orders whose correlation is as extreme as the observed one of each pair.

    `permuted` gives the correlations of some pairs, shape (pairs, orders). They are compared with
    room for rounding, so that the order in which products are added does not matter.
    """
    exact = n <= 20 and math.factorial(n) <= permutations
    step = max(1, _CELLS // n)
    chunks = _all_orders(n, step) if exact else _random_orders(n, permutations, step, generator)
    hits = np.zeros((3, len(observed)), dtype=np.int64)
    count = 0
    for chunk in chunks:
        for block in _blocks(chunk):
            order = chunk[block].astype(np.intp)
            for pairs in groups:
                for pair, found in zip(pairs, permuted(pairs, order), strict=True):
                    hits[:, pair] += _as_extreme(found, observed[pair])
        count += len(chunk)
    p = hits / count if exact else (1 + hits) / (1 + count)
    return PermutationTest(p[0], p[1], p[2], count, exact)


def _as_extreme(found: NDArray[np.float64], observed: float) -> tuple[int, int, int]:
    """How many correlations are as large as the observed in magnitude, as high, as low."""
    high = int(np.count_nonzero(found >= observed - _TIE))
    low = int(np.count_nonzero(found <= observed + _TIE))
    magnitude = abs(observed) - _TIE
    if magnitude <= 0:
        return len(found), high, low
    if observed > 0:
        return high + int(np.count_nonzero(found <= -magnitude)), high, low
    return low + int(np.count_nonzero(found >= magnitude)), high, low


def _all_orders(n: int, step: int) -> Iterator[NDArray[np.intp]]:
    every = np.array(list(orders(range(n))), dtype=np.intp)
    for start in range(0, len(every), step):
        yield every[start : start + step]


def _random_orders(
    n: int, permutations: int, step: int, generator: np.random.Generator
) -> Iterator[NDArray[np.integer]]:
    """Random orders, some at a time; those of a stream that was used before are not drawn again.

    Families of many cohorts have the same streams, and drawing takes longer than testing.
    """
    state = generator.bit_generator.state
    if n * permutations > _KEPT_CELLS or state["bit_generator"] != "PCG64":
        yield from _drawn_orders(n, permutations, step, generator)
        return
    known = (*state["state"].values(), state["has_uint32"], state["uinteger"])
    every, after = _kept_orders(known, n, permutations, step)
    generator.bit_generator.state = after
    for start in range(0, permutations, step):
        yield every[start : start + step]


@lru_cache(_KEPT_ORDERS)
def _kept_orders(
    known: tuple[int, int, int, int], n: int, permutations: int, step: int
) -> tuple[NDArray[np.integer], Mapping[str, Any]]:
    """Random orders that PCG64 gives in a state, and its state after them."""
    bits = np.random.PCG64()
    state, increment, has_uint32, uinteger = known
    bits.state = {
        "bit_generator": "PCG64",
        "state": {"state": state, "inc": increment},
        "has_uint32": has_uint32,
        "uinteger": uinteger,
    }
    every = np.empty((permutations, n), dtype=np.min_scalar_type(n))
    filled = 0
    for chunk in _drawn_orders(n, permutations, step, np.random.Generator(bits)):
        every[filled : filled + len(chunk)] = chunk
        filled += len(chunk)
    every.setflags(write=False)
    return every, bits.state


def _drawn_orders(
    n: int, permutations: int, step: int, generator: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    for start in range(0, permutations, step):
        rows = min(step, permutations - start)
        yield generator.permuted(np.broadcast_to(np.arange(n), (rows, n)), axis=1)


def _standardised(values: ArrayLike) -> Matrix:
    """Each row centred and scaled to a sum of squares of 1, so that products are correlations."""
    matrix = np.array(values, dtype=float)
    matrix -= matrix.mean(axis=1, keepdims=True)
    return matrix / np.sqrt((matrix**2).sum(axis=1, keepdims=True))


def _without_pretest(values: ArrayLike, before: Matrix) -> Matrix:
    """Residuals of each row on the same standardised row, again standardised."""
    residual = _standardised(values)
    # The second round removes what rounding left of the first.
    for _ in range(2):
        residual -= _row_sums(residual * before)[:, None] * before
    return _standardised(residual)
