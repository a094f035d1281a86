"""Scores with given means, standard deviations and correlations."""

import numpy as np
from numpy.typing import NDArray

from attune.synthetic.draws import Draws

Reals = NDArray[np.float64]


def correlated_scores(correlations: Reals, n: int, draws: Draws) -> Reals:
    """Standardised scores whose sample correlations are the given ones.

    Parameters
    ----------
    correlations : numpy.ndarray of float64, shape (k, k)
        Symmetric, 1 on the diagonal. Where pairs were rounded or taken over different dyads, it may
        be no correlation matrix; then the nearest one by its eigenvalues is taken.
    n : int
        Dyads; at least 2.
    draws : Draws

    Returns
    -------
    numpy.ndarray of float64, shape (n, k)
        Mean 0 and SD 1 (n - 1) in every column.
    """
    count = len(correlations)
    if not count:
        return np.zeros((n, 0))
    values, vectors = np.linalg.eigh(correlations)
    # n dyads span n - 1 dimensions; the signs of eigenvectors are a matter of the library.
    kept = slice(max(count - (n - 1), 0), None)
    vectors = (
        vectors[:, kept] * np.sign(vectors[np.abs(vectors).argmax(axis=0), range(count)])[kept]
    )
    loadings = vectors * np.sqrt(np.clip(values[kept], 0, None))
    loadings /= np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    bells = draws.bell((n, loadings.shape[1]))
    # Uncorrelated in the sample too, so that the correlations come out as they went in.
    u, _, v = np.linalg.svd(bells - bells.mean(axis=0), full_matrices=False)
    bells = u @ v * np.sqrt(max(n - 1, 1))
    return standardised(bells @ loadings.T)


def standardised(scores: Reals, who: NDArray[np.bool_] | None = None) -> Reals:
    """Scores with mean 0 and SD 1 over some rows (default: all), column by column."""
    chosen = scores if who is None else scores[who]
    if len(chosen) < 2:
        return np.zeros_like(scores)
    spread = chosen.std(axis=0, ddof=1)
    return (scores - chosen.mean(axis=0)) / np.where(spread > 0, spread, 1)


def within(
    drawn: Reals, who: NDArray[np.bool_], mean: float, sd: float, low: float, high: float
) -> Reals:
    """Values of a given mean and SD that lie in a range.

    Where draws beyond the range are moved to its ends, mean and SD change; the line through the
    draws is moved until they are right again.

    Parameters
    ----------
    drawn : numpy.ndarray of float64, shape (n,)
    who : numpy.ndarray of bool, shape (n,)
        Over whom mean and SD are meant.
    """
    base = standardised(drawn[:, np.newaxis], who)[:, 0] if who.sum() > 1 else np.zeros(len(drawn))
    shift, slope = mean, sd
    for _ in range(60):
        values = np.clip(shift + slope * base, low, high)
        chosen = values[who]
        if len(chosen) < 2 or chosen.std(ddof=1) == 0:
            return values
        shift += mean - chosen.mean()
        slope *= min(sd / chosen.std(ddof=1), 1.5)
    return np.clip(shift + slope * base, low, high)
