"""Relative weights: R squared divided among correlated predictors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.resampling import bca_interval, bootstrap_indices

Vector = NDArray[np.float64]
Array = NDArray[np.float64]

_CELLS = 4_000_000
"""Numbers of resampled rows held at once: 32 MB."""


def relative_weights(matrices: ArrayLike) -> Array:
    r"""Johnson's relative weights from correlation matrices.

    .. math:: R_{xx} = Q D Q', \qquad \Lambda = Q D^{1/2} Q', \qquad
              \beta = \Lambda^{-1} r_{xy}, \qquad \varepsilon_i = \sum_k \lambda_{ik}^2 \beta_k^2

    The predictors are replaced by the orthogonal variables that are closest to them; their weights
    add up to R squared. A weight is never negative, so that its interval never holds zero: compare
    weights with each other, or with that of a variable made of random numbers
    (`bootstrap_relative_weights`).

    Parameters
    ----------
    matrices : array_like, shape (..., p + 1, p + 1)
        Positive definite correlation matrices, the outcome last.

    Returns
    -------
    ndarray, shape (..., p)

    References
    ----------
    Johnson, J. W. (2000). A heuristic method for estimating the relative weight of predictor
    variables in multiple regression. Multivariate Behavioral Research, 35, 1-19.
    https://doi.org/10.1207/S15327906MBR3501_1

    Examples
    --------
    Uncorrelated predictors have the squares of their correlations.

    >>> relative_weights([[1, 0, 0.5], [0, 1, 0.3], [0.5, 0.3, 1]]).round(4).tolist()
    [0.25, 0.09]

    With two predictors relative weights are general dominance (see `attune.stats.dominance`).

    >>> relative_weights([[1, 0.5, 0.6], [0.5, 1, 0.4], [0.6, 0.4, 1]]).round(6).tolist()
    [0.286667, 0.086667]
    """
    r = np.asarray(matrices, dtype=float)
    values, vectors = np.linalg.eigh(r[..., :-1, :-1])
    if not (values > 0).all():
        raise AnalysisError(
            "The correlation matrix of the predictors is not positive definite, so that they have"
            " no relative weights. Leave out a predictor that follows from the others."
        )
    turned = np.einsum("...ab->...ba", vectors)
    root = (vectors * np.sqrt(values)[..., None, :]) @ turned
    slopes = (vectors / np.sqrt(values)[..., None, :]) @ turned @ r[..., :-1, -1:]
    return np.asarray(((root**2) @ slopes**2)[..., 0], dtype=float)


@dataclass(frozen=True)
class WeightIntervals:
    """Relative weights of predictors in one sample with bootstrap intervals.

    Attributes
    ----------
    names : tuple of str, length p
    weights : ndarray, shape (p,)
    low, high : ndarray, shape (p,)
        BCa limits; NaN where they are undefined.
    above_random, above_random_low, above_random_high : ndarray, shape (p,)
        Weight less the weight of a variable of random numbers, both beside that variable, with its
        limits. A predictor whose lower limit is above zero explains more than chance.
    r_squared : float
    n : int
    """

    names: tuple[str, ...]
    weights: Vector
    low: Vector
    high: Vector
    above_random: Vector
    above_random_low: Vector
    above_random_high: Vector
    r_squared: float
    n: int


def bootstrap_relative_weights(
    predictors: ArrayLike,
    outcome: ArrayLike,
    samples: int,
    generator: np.random.Generator,
    names: Sequence[str] = (),
    interval: float = 0.95,
) -> WeightIntervals:
    """Relative weights of rows of data, with bootstrap intervals.

    Rows are drawn with replacement. Beside the predictors stands a variable of random numbers,
    drawn once, whose weight would be zero but for chance.

    Parameters
    ----------
    predictors : array_like, shape (n, p)
    outcome : array_like, shape (n,)
        Rows with a missing value are left out.
    samples : int
        Resamples; 10,000 are usual.
    generator : numpy.random.Generator
    names : sequence of str, length p
    interval : float
        Coverage.

    Raises
    ------
    AnalysisError
        No more complete rows than predictors and two, or a variable that is constant or follows
        from others.

    References
    ----------
    Tonidandel, S., LeBreton, J. M., & Johnson, J. W. (2009). Determining the statistical
    significance of relative weights. Psychological Methods, 14, 387-399.
    https://doi.org/10.1037/a0017735

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.standard_normal((80, 2))
    >>> y = x[:, 0] + rng.standard_normal(80)
    >>> found = bootstrap_relative_weights(x, y, 500, rng, ["a", "b"])
    >>> (found.above_random_low > 0).tolist(), bool(found.low[0] < found.weights[0] < found.high[0])
    ([True, False], True)
    """
    data = np.column_stack([np.asarray(predictors, dtype=float), np.asarray(outcome, dtype=float)])
    data = data[np.isfinite(data).all(axis=1)]
    n, p = len(data), data.shape[1] - 1
    if n <= p + 2:
        raise AnalysisError(
            f"There are {n} complete rows for {p} predictors; relative weights need at least"
            f" {p + 3}."
        )
    if np.linalg.matrix_rank(data - data.mean(axis=0)) < p + 1:
        raise AnalysisError(
            "A variable is constant, or follows from others, so that there are no relative weights."
            " Leave it out."
        )
    wide = np.insert(data, p, generator.standard_normal(n), axis=1)

    def weights_of(rows: NDArray[np.integer]) -> tuple[Array, Array]:
        with_random = relative_weights(_correlations(wide[rows]))
        return relative_weights(_correlations(data[rows])), (
            with_random[..., :-1] - with_random[..., -1:]
        )

    observed = weights_of(np.arange(n))
    rows = _usable(data, bootstrap_indices(n, samples, generator))
    parts = [weights_of(part) for part in np.array_split(rows, 1 + rows.size * (p + 2) // _CELLS)]
    drawn = tuple(np.concatenate(part) for part in zip(*parts, strict=True))
    everyone = np.arange(n)
    without = weights_of(np.array([np.delete(everyone, place) for place in everyone]))
    limits = [
        np.array(
            [
                bca_interval(float(estimate[j]), replicates[:, j], left_out[:, j], interval)
                for j in range(p)
            ]
        ).T
        for estimate, replicates, left_out in zip(observed, drawn, without, strict=True)
    ]
    labels = tuple(names) or tuple(f"x{place + 1}" for place in range(p))
    (weights, above), ((low, high), (above_low, above_high)) = observed, limits
    r_squared = float(weights.sum())
    return WeightIntervals(labels, weights, low, high, above, above_low, above_high, r_squared, n)


def _usable(data: Array, indices: NDArray[np.int32]) -> NDArray[np.int32]:
    """Resamples with enough different rows for a correlation matrix that has an inverse."""
    different = np.array([len(np.unique(rows)) for rows in indices])
    return indices[different > data.shape[1] + 1]


def _correlations(rows: Array) -> Array:
    """Correlation matrices of samples, shape (..., n, p) to (..., p, p)."""
    centred = rows - rows.mean(axis=-2, keepdims=True)
    centred = centred / np.sqrt((centred**2).sum(axis=-2, keepdims=True))
    return np.asarray(np.einsum("...ab->...ba", centred) @ centred, dtype=float)
