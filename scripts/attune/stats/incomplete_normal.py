"""Multivariate normal distribution of incomplete rows: maximum likelihood and posterior draws.

Everything runs over a batch of samples, chains or deleted units at once: the leading axis b.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError

Array = NDArray[np.float64]

_CLOSE = 1e-9
"""Change of a standardised mean or covariance by one step of EM at which it stops."""

_MOST_STEPS = 5000

_SINGULAR = 1e-8
"""Smallest eigenvalue of the covariance of standardised columns that is not rounding."""


@dataclass(frozen=True)
class Pattern:
    """Rows in which the same columns are observed.

    Attributes
    ----------
    rows : ndarray of int
    seen : ndarray of bool, shape (p,)
    """

    rows: NDArray[np.intp]
    seen: NDArray[np.bool_]


@dataclass(frozen=True)
class NormalFit:
    """Means and covariances of a batch.

    Attributes
    ----------
    mean : ndarray, shape (b, p)
    covariance : ndarray, shape (b, p, p)
    converged : bool
    """

    mean: Array
    covariance: Array
    converged: bool = True


def missing_patterns(values: Array) -> list[Pattern]:
    """Rows by which of their columns are observed.

    Parameters
    ----------
    values : ndarray, shape (n, p)
        NaN where missing.

    Examples
    --------
    >>> found = missing_patterns(np.array([[1.0, 2.0], [3.0, np.nan], [4.0, 5.0]]))
    >>> [(pattern.rows.tolist(), pattern.seen.tolist()) for pattern in found]
    [([1], [True, False]), ([0, 2], [True, True])]
    """
    seen = np.isfinite(values)
    patterns, codes = np.unique(seen, axis=0, return_inverse=True)
    codes = codes.reshape(-1)
    return [Pattern(np.flatnonzero(codes == k), row) for k, row in enumerate(patterns)]


def regression_on_seen(
    mean: Array, covariance: Array, given: NDArray[np.intp], wanted: NDArray[np.intp]
) -> tuple[Array, Array, Array]:
    """Regression of some columns on others, under a batch of normal distributions.

    Returns
    -------
    intercept : ndarray, shape (b, w)
    slopes : ndarray, shape (b, w, g)
    rest : ndarray, shape (b, w, w)
        Covariance of the wanted columns given the others.
    """
    cross = covariance[:, wanted[:, None], given]
    rest = covariance[:, wanted[:, None], wanted]
    if len(given) == 0:
        return mean[:, wanted], cross, rest
    known = covariance[:, given[:, None], given]
    solved = np.linalg.solve(known, cross.transpose(0, 2, 1))
    slopes = np.asarray(solved.transpose(0, 2, 1), dtype=float)
    intercept = mean[:, wanted] - (slopes @ mean[:, given, None])[:, :, 0]
    return intercept, slopes, rest - slopes @ cross.transpose(0, 2, 1)


def fit_normal(values: Array, weights: Array | None = None) -> NormalFit:
    """Maximum likelihood mean and covariance of incomplete rows, by the EM algorithm.

    Parameters
    ----------
    values : ndarray, shape (n, p)
        NaN where missing (at random); every column is observed in some rows.
    weights : ndarray, shape (b, n), optional
        How often each row counts, for each sample of a batch: 0 for a deleted row, counts of a
        bootstrap sample. Once if not given.

    Raises
    ------
    AnalysisError
        A column without two values, or columns that are linear combinations of others.

    References
    ----------
    Dempster, A. P., Laird, N. M., & Rubin, D. B. (1977). Maximum likelihood from incomplete data
    via the EM algorithm. Journal of the Royal Statistical Society B, 39, 1-38.
    https://doi.org/10.1111/j.2517-6161.1977.tb01600.x

    Examples
    --------
    The second column depends on the first, which is observed in all rows: y = 2 x, so that the
    mean is that of 2 x over all rows. (A little noise keeps the covariance regular.)

    >>> x = np.array([1.0, 2, 3, 4, 6])
    >>> y = np.array([2.1, 3.9, 6.1, 7.9, np.nan])
    >>> fit_normal(np.column_stack([x, y])).mean.round(2)
    array([[3.2 , 6.37]])
    """
    n, p = values.shape
    sampled = np.ones((1, n)) if weights is None else np.asarray(weights, dtype=float)
    if (np.isfinite(values).sum(axis=0) < 2).any():
        raise AnalysisError("A visit has fewer than two observed outcomes in an arm.")
    centre, scale = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    if not (scale > 0).all():
        raise AnalysisError("An outcome or covariate has the same value in all of an arm.")
    standard = (values - centre) / scale
    # A row in which nothing was observed says nothing about the parameters.
    patterns = [pattern for pattern in missing_patterns(values) if pattern.seen.any()]
    sums = [_Sums(pattern, standard, sampled) for pattern in patterns]
    total = sampled[:, np.isfinite(values).any(axis=1)].sum(axis=1)
    mean, covariance = np.zeros((len(total), p)), np.broadcast_to(np.eye(p), (len(total), p, p))
    if len(total) > 1:  # samples are near the whole, whose maximum costs little
        whole = fit_normal(standard)
        mean, covariance = mean + whole.mean, np.repeat(whole.covariance, len(total), axis=0)
    try:
        mean, covariance, converged = _maximise(sums, total, mean, covariance)
        singular = float(np.linalg.eigvalsh(covariance).min()) < _SINGULAR
    except np.linalg.LinAlgError:
        singular, converged = True, False
    if singular:
        raise AnalysisError(
            "Outcomes and covariates of an arm are linear combinations of each other, or it has too"
            " few persons for their covariance matrix; leave out a covariate or a visit."
        )
    return NormalFit(mean * scale + centre, covariance * np.outer(scale, scale), converged)


def _maximise(
    sums: "list[_Sums]", total: Array, mean: Array, covariance: Array
) -> tuple[Array, Array, bool]:
    """EM from a start until nothing changes: mean, covariance, and whether that was reached."""
    for _ in range(_MOST_STEPS):
        first, second = np.zeros_like(mean), np.zeros_like(covariance)
        for of_pattern in sums:
            of_pattern.add_expected(mean, covariance, first, second)
        new = first / total[:, None]
        changed = second / total[:, None, None] - new[:, :, None] * new[:, None, :]
        step = max(np.abs(new - mean).max(), np.abs(changed - covariance).max())
        mean, covariance = new, changed
        if step < _CLOSE:
            return mean, covariance, True
    return mean, covariance, False


class _Sums:
    """Sums and products of the rows of one pattern, for every sample of the batch."""

    def __init__(self, pattern: Pattern, values: Array, weights: Array):
        self.seen, self.gone = np.flatnonzero(pattern.seen), np.flatnonzero(~pattern.seen)
        rows, counts = values[np.ix_(pattern.rows, self.seen)], weights[:, pattern.rows]
        self.count = counts.sum(axis=1)
        self.first = counts @ rows
        outer = (rows[:, :, None] * rows[:, None, :]).reshape(len(rows), -1)
        self.second = (counts @ outer).reshape(-1, len(self.seen), len(self.seen))

    def add_expected(self, mean: Array, covariance: Array, first: Array, second: Array) -> None:
        """Add the expected sums and products of all columns, observed or not."""
        seen, gone = self.seen, self.gone
        first[:, seen] += self.first
        second[:, seen[:, None], seen] += self.second
        if len(gone) == 0:
            return
        a, slopes, rest = regression_on_seen(mean, covariance, seen, gone)
        predicted = (slopes @ self.first[:, :, None])[:, :, 0]
        first[:, gone] += self.count[:, None] * a + predicted
        cross = a[:, :, None] * self.first[:, None, :] + slopes @ self.second
        second[:, gone[:, None], seen] += cross
        second[:, seen[:, None], gone] += cross.transpose(0, 2, 1)
        mixed = a[:, :, None] * predicted[:, None, :]
        second[:, gone[:, None], gone] += (
            self.count[:, None, None] * (rest + a[:, :, None] * a[:, None, :])
            + slopes @ self.second @ slopes.transpose(0, 2, 1)
            + mixed
            + mixed.transpose(0, 2, 1)
        )


def posterior_draws(
    values: Array, count: int, generator: np.random.Generator, burn_in: int = 100
) -> NormalFit:
    r"""Draws of mean and covariance from their posterior distribution, by data augmentation.

    .. math:: \Sigma \mid Y \sim IW(n - 1, S), \qquad \mu \mid \Sigma, Y \sim N(\bar y, \Sigma / n)

    with Jeffreys' prior and the sums of squares S around the means. Each draw is the end of a chain
    of its own, which begins at the maximum of the likelihood and in turn draws the missing values
    and the parameters.

    Parameters
    ----------
    values : ndarray, shape (n, p)
        NaN where missing (at random); n is above p + 1.
    count : int
        Draws.
    generator : numpy.random.Generator
    burn_in : int
        Steps of every chain.

    Raises
    ------
    AnalysisError
        Too few rows; see also `fit_normal`.

    References
    ----------
    Schafer, J. L. (1997). Analysis of incomplete multivariate data. Chapman & Hall.
    https://doi.org/10.1201/9780367803025

    Examples
    --------
    >>> rows = np.array([[0.0], [1.0], [2.0], [5.0]])
    >>> draws = posterior_draws(rows, 4000, np.random.default_rng(1), burn_in=1)
    >>> abs(draws.mean.mean() - 2) < 0.1
    np.True_
    """
    n, p = values.shape
    if n <= p + 1:
        raise AnalysisError(
            f"An arm has {n} persons; the covariance of {p} outcomes and covariates needs at least"
            f" {p + 2}. Leave out a covariate, or join visits."
        )
    fit = fit_normal(values)
    mean, covariance = (np.repeat(part, count, axis=0) for part in (fit.mean, fit.covariance))
    patterns = missing_patterns(values)
    filled = np.repeat(values[None], count, axis=0)
    for _ in range(burn_in):
        for pattern in patterns:
            draw_missing(filled, pattern.rows, pattern.seen, mean, covariance, generator)
        centre = filled.mean(axis=1)
        rest = filled - centre[:, None]
        covariance = _inverse_wishart(rest.transpose(0, 2, 1) @ rest, n - 1, generator)
        noise = generator.standard_normal((count, p, 1))
        mean = centre + (np.linalg.cholesky(covariance) @ noise)[:, :, 0] / np.sqrt(n)
    return NormalFit(mean, covariance, fit.converged)


def draw_missing(
    filled: Array,
    rows: NDArray[np.intp],
    seen: NDArray[np.bool_],
    mean: Array,
    covariance: Array,
    generator: np.random.Generator | None,
) -> None:
    """Fill the columns that are not seen, in place: draws, or expected values without a generator.

    Parameters
    ----------
    filled : ndarray, shape (b, n, p)
    rows : ndarray of int
    seen : ndarray of bool, shape (p,)
    mean, covariance : ndarray, shape (b, p), (b, p, p)
    generator : numpy.random.Generator or None
    """
    given, wanted = np.flatnonzero(seen), np.flatnonzero(~seen)
    if len(wanted) == 0 or len(rows) == 0:
        return
    intercept, slopes, rest = regression_on_seen(mean, covariance, given, wanted)
    expected = intercept[:, None, :] + filled[:, rows[:, None], given] @ slopes.transpose(0, 2, 1)
    if generator is not None:
        root = np.linalg.cholesky(rest)
        noise = generator.standard_normal(expected.shape)
        expected = expected + noise @ root.transpose(0, 2, 1)
    filled[:, rows[:, None], wanted] = expected


def _inverse_wishart(scale: Array, df: int, generator: np.random.Generator) -> Array:
    """One draw for each matrix of the batch, by Bartlett's decomposition."""
    count, p = scale.shape[:2]
    root = np.zeros((count, p, p))
    below = np.tril_indices(p, -1)
    root[:, below[0], below[1]] = generator.standard_normal((count, len(below[0])))
    spread = np.sqrt(generator.chisquare(df - np.arange(p), (count, p)))
    root[:, np.arange(p), np.arange(p)] = spread
    # With S = L L' and W = L^-T A A' L^-1, the inverse of W is (L A^-T)(L A^-T)'.
    turned = np.linalg.solve(root, np.linalg.cholesky(scale).transpose(0, 2, 1))
    return np.asarray(turned.transpose(0, 2, 1) @ turned)
