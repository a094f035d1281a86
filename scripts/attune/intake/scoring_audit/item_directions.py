"""Decide which items correlate negatively with their scale, with controlled error rates."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FEWEST_QUESTIONNAIRES = 10
"""Complete questionnaires below which no item is tested."""

LOG_ODDS_LIKELY = 2.75
"""Threshold for items that the key reverses: a missing or double reversal is a common fault."""

LOG_ODDS_OTHER = 4.25
"""Threshold for items that the key does not reverse."""

CLEAR_DISTANCE = 4.5
"""Standard deviations between an item that points with the scale and one that points against it,
below which more evidence is needed."""

LOG_ODDS_PER_DISTANCE = 2.0
"""Increase of the threshold (log odds) per standard deviation below `CLEAR_DISTANCE`."""

LOG_ODDS_UNCLEAR = 1.5
"""An item is reported as unclear if its log odds are at most this far below the threshold."""

UNEVENNESS = 0.3
"""How far item-rest correlations differ between the items of good scales: their standard deviation
as a share of their mean, on Fisher's z scale."""

_HIGHEST_CORRELATION = 0.9999
_NOISE_FACTOR = 1.3


@dataclass(frozen=True)
class Directions:
    """Evidence about the direction of each item; all arrays of shape (..., k).

    Attributes
    ----------
    log_odds : array of float64
        How much likelier the item's correlation with the others is if it points the other way
        than if it points with them, as a natural logarithm.
    against : array of bool
        The evidence suffices: the item points against the scale.
    unclear : array of bool
        There is some evidence, or the item correlates negatively beyond chance, but not enough.
    """

    log_odds: NDArray[np.float64]
    against: NDArray[np.bool_]
    unclear: NDArray[np.bool_]


def item_directions(correlations: ArrayLike, n: int, likely: ArrayLike | None = None) -> Directions:
    r"""Decide for each keyed item whether it points with or against the others.

    The evidence about item i is its correlation with the sum of the other (standardised) items, as
    Fisher's z. Its expected size in this scale is estimated from the other items: the mean
    :math:`\mu_i`
    of their own item-rest z without item i. An item that points the right way has z near
    :math:`\mu_i`, one that points the other way near :math:`-\mu_i`, both with the variance
    :math:`v_i = (c\,\mu_i)^2 + 1/(n-3)` of uneven items and of sampling, so that

    .. math:: \log \frac{f(z_i \mid \text{against})}{f(z_i \mid \text{with})}
              = -\frac{2 \mu_i z_i}{v_i}.

    This must exceed a bound, which is lower for items that a common error reverses. Where the two
    cases lie close together (:math:`2 \mu_i / \sqrt{v_i}` below `CLEAR_DISTANCE`: a small sample,
    a scale that hangs together loosely), the best guess is often wrong, and the bound is raised:
    the rule reports nothing where the evidence is insufficient. docs/scoring_audit.md shows the
    error rates.

    Several items may point the other way, so that their sum is no guide. Where the first
    eigenvalue is clearly above what unrelated items give, the others are therefore first
    multiplied by the signs of the first eigenvector. The direction with the fewer reversed items
    counts as that of the key (an item that no common error reverses counting three times): if more
    items were reversed, the rest would be named instead, and if all were, nothing would.
    `other_keys` looks for those cases as a whole.

    Parameters
    ----------
    correlations : array_like, shape (..., k, k)
        Correlations of the keyed items, at least three; any number of scales at once.
    n : int
        Questionnaires behind them.
    likely : array_like of bool, shape (k,), optional
        Items that a common fault turns: those that the key reverses, and those whose answers the
        form prints in the opposite order.

    Returns
    -------
    Directions

    Examples
    --------
    >>> even = np.full((6, 6), 0.4) + 0.6 * np.eye(6)
    >>> item_directions(even, n=100).against.any()
    np.False_
    >>> miskeyed = np.array([1, 1, -1, 1, 1, 1])
    >>> item_directions(even * np.outer(miskeyed, miskeyed), n=100).against.tolist()
    [False, False, True, False, False, False]
    """
    matrices = np.asarray(correlations, dtype=float)
    k = matrices.shape[-1]
    often = np.zeros(k, bool) if likely is None else np.asarray(likely, bool)
    if n < FEWEST_QUESTIONNAIRES or k < 3:
        nothing = np.zeros(matrices.shape[:-1])
        return Directions(nothing, nothing > 0, nothing > 0)
    signs = _common_signs(matrices, n, often)
    z, mean = _rest_correlations(matrices * signs[..., :, None] * signs[..., None, :])
    z = z * signs
    mean = np.maximum(mean, 0)
    variance = (UNEVENNESS * mean) ** 2 + 1 / (n - 3)
    log_odds = -2 * mean * z / variance
    lacking = np.maximum(0, CLEAR_DISTANCE - 2 * mean / np.sqrt(variance))
    needed = np.where(often, LOG_ODDS_LIKELY, LOG_ODDS_OTHER) + LOG_ODDS_PER_DISTANCE * lacking
    against = log_odds > needed
    negative = z < -_bonferroni(k) / np.sqrt(n - 3)
    unclear = ~against & ((log_odds > needed - LOG_ODDS_UNCLEAR) | negative)
    return Directions(log_odds, against, unclear)


def correlation_matrices(answers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlations between items, for one or many samples.

    Parameters
    ----------
    answers : array, shape (..., n, k)
        No missing and no constant item.

    Returns
    -------
    array, shape (..., k, k)
    """
    centred = answers - answers.mean(axis=-2, keepdims=True)
    covariances = np.swapaxes(centred, -1, -2) @ centred
    spread = np.sqrt(np.diagonal(covariances, axis1=-2, axis2=-1))
    return covariances / spread[..., :, None] / spread[..., None, :]


def _common_signs(
    matrices: NDArray[np.float64], n: int, often: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """+1 or -1 per item: the direction that most items share, or all +1 where none is clear."""
    k = matrices.shape[-1]
    values, vectors = np.linalg.eigh(matrices)
    signs = np.where(vectors[..., -1] < 0, -1.0, 1.0)
    # Few miskeyed items are likelier than many, and likely items than others.
    cost = np.where(often, 1.0, 3.0)
    miskeyed, kept = ((signs == side) @ cost for side in (-1, 1))
    fewer = (signs < 0).sum(axis=-1) * 2 > k
    other_way = (miskeyed > kept) | ((miskeyed == kept) & fewer)
    signs = np.where(other_way[..., None], -signs, signs)
    # Unrelated items have eigenvalues up to the Marchenko-Pastur edge.
    noise = (1 + np.sqrt(k / n)) ** 2
    clear = values[..., -1] > _NOISE_FACTOR * noise
    return np.where(clear[..., None], signs, 1.0)


def _rest_correlations(
    matrices: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fisher z of each item with the others' sum, and the mean of the others' own without it.

    Both of shape (..., k).
    """
    k = matrices.shape[-1]
    sums = matrices.sum(axis=-1) - 1  # of each item with all others
    total = matrices.sum(axis=(-1, -2))[..., None]
    z = _fisher(sums / np.sqrt(np.maximum(total - 2 * sums - 1, 1e-9)))
    # Element (i, j): item j with all others except i.
    without = sums[..., None, :] - matrices
    total_without = (total - 2 * sums - 1)[..., :, None]
    rest = np.maximum(total_without - 2 * without - 1, 1e-9)
    others = _fisher(without / np.sqrt(rest))
    others = np.where(np.eye(k, dtype=bool), 0, others)
    return z, others.sum(axis=-1) / (k - 1)


def _fisher(correlations: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.arctanh(np.clip(correlations, -_HIGHEST_CORRELATION, _HIGHEST_CORRELATION))


def _bonferroni(k: int) -> float:
    """One-tailed critical value of k tests at .05 together."""
    from scipy.special import ndtri

    return float(-ndtri(0.05 / k))
