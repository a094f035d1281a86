"""Simulated responses with known faults, to measure the error rates of the item rule."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune.intake.scoring_audit.item_directions import correlation_matrices, item_directions

POINTS = 5
"""Answers to an item: 1 to 5."""

LOADING_RANGE = (0.6, 1.4)
"""Lowest and highest loading of a scale's items, as a share of their mean."""

LARGEST_SHIFT = 1.0
"""How far an item's thresholds are shifted at most, in standard deviations: skew to either side."""

_HIGHEST_LOADING = 0.985


@dataclass(frozen=True)
class ErrorRates:
    """Shares of simulated scales.

    Attributes
    ----------
    found : float
        Of the scales with one miskeyed item: that item, and no other, is named.
    found_or_noted : float
        The same, counting notes about that item.
    false_alarms : float
        Of the correct scales: any item is named.
    false_notes : float
        Of the correct scales: any item is named or noted.
    alpha : float
        Mean alpha of the correct scales.
    scales : int
        Simulated scales of each kind.
    """

    found: float
    found_or_noted: float
    false_alarms: float
    false_notes: float
    alpha: float
    scales: int


def simulated_answers(
    rng: np.random.Generator, scales: int, n: int, k: int, population_alpha: float
) -> NDArray[np.float64]:
    """Simulated keyed responses to the items of many scales, each with one common factor.

    Loadings differ between the items (`LOADING_RANGE`), and so do their thresholds: symmetric or
    skewed to either side. The mean loading is the one at which alpha of the five-point answers is
    about `population_alpha` in the population. An item that everybody answered alike is drawn
    again.

    Parameters
    ----------
    rng : numpy.random.Generator
    scales, n, k : int
        Scales, people per scale, items per scale.
    population_alpha : float

    Returns
    -------
    array of float64, shape (scales, n, k)
        1 to `POINTS`.
    """
    shares = rng.uniform(*LOADING_RANGE, (scales, 1, k))
    shares /= shares.mean(axis=-1, keepdims=True)
    shift = rng.uniform(-LARGEST_SHIFT, LARGEST_SHIFT, (scales, 1, k))
    width = rng.uniform(0.6, 1.0, (scales, 1, k))
    attenuation = _kept_correlation(shift, width)
    loadings = _loadings(shares, attenuation, population_alpha)
    factor = rng.standard_normal((scales, n, 1))
    noise = rng.standard_normal((scales, n, k))
    latent = loadings * factor + np.sqrt(1 - loadings**2) * noise
    answers: NDArray[np.float64] = np.ones_like(latent)
    for step in _steps():
        answers += latent > shift + width * step
    constant = np.ptp(answers, axis=1, keepdims=True) == 0
    other = rng.integers(1, POINTS + 1, answers.shape)
    return np.where(constant, other, answers)


def error_rates(
    n: int, k: int, population_alpha: float, scales: int, seed: int, reversed_share: float = 1 / 3
) -> ErrorRates:
    """How often the item rule finds one miskeyed item, and how often it names a right one.

    The key reverses a share of the items. In half of the samples one of these is miskeyed: it was
    not reversed, or twice; without reversed items it is any item.

    Parameters
    ----------
    n, k : int
        People and items.
    population_alpha : float
        Of the scale in the population, keyed rightly.
    scales : int
        Simulated scales of each kind.
    seed : int
    reversed_share : float
        Share of the items that the key reverses, at least one item unless it is 0.
    """
    rng = np.random.default_rng([seed, n, k, round(1000 * population_alpha)])
    correlations = correlation_matrices(simulated_answers(rng, scales, n, k, population_alpha))
    key = np.arange(k) < (max(1, round(reversed_share * k)) if reversed_share else 0)
    right = item_directions(correlations, n, key)
    # Loadings and thresholds are drawn alike for all items: which item is miskeyed does not matter.
    signs = np.where(np.arange(k) == 0, -1.0, 1.0)
    wrong = item_directions(correlations * np.outer(signs, signs), n, key)
    other = wrong.against[:, 1:].any(axis=-1)
    noted = wrong.against | wrong.unclear
    mean_r = (correlations.sum(axis=(-1, -2)) - k) / (k * (k - 1))
    return ErrorRates(
        found=float((wrong.against[:, 0] & ~other).mean()),
        found_or_noted=float((noted[:, 0] & ~other).mean()),
        false_alarms=float(right.against.any(axis=-1).mean()),
        false_notes=float((right.against | right.unclear).any(axis=-1).mean()),
        alpha=float((k * mean_r / (1 + (k - 1) * mean_r)).mean()),
        scales=scales,
    )


def _steps() -> NDArray[np.float64]:
    return np.arange(POINTS - 1, dtype=np.float64) - (POINTS - 2) / 2


def _kept_correlation(
    shift: NDArray[np.float64], width: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Correlation of a standard normal variable with its answer in steps.

    Of a variable cut at thresholds t: sum of the densities at t over the answers' SD.
    """
    from scipy.special import ndtr

    thresholds = shift[..., None] + width[..., None] * _steps()
    above = ndtr(-thresholds)
    densities = np.exp(-(thresholds**2) / 2) / np.sqrt(2 * np.pi)
    # The answer is 1 + the number of thresholds passed; E[steps^2] = sum (2j - 1) P(pass j).
    mean = above.sum(axis=-1)
    square = (above * (2 * np.arange(1, POINTS) - 1)).sum(axis=-1)
    return densities.sum(axis=-1) / np.sqrt(square - mean**2)


def _loadings(
    shares: NDArray[np.float64], attenuation: NDArray[np.float64], population_alpha: float
) -> NDArray[np.float64]:
    """Loadings of the latent variables at which the answers have this standardised alpha."""
    k = shares.shape[-1]
    target_r = population_alpha / (k - population_alpha * (k - 1))  # mean correlation between items
    low = np.zeros((*shares.shape[:-1], 1))
    high = np.full_like(low, 1.5)
    for _ in range(30):
        middle = (low + high) / 2
        seen = np.minimum(middle * shares, _HIGHEST_LOADING) * attenuation
        mean_r = (seen.sum(-1, keepdims=True) ** 2 - (seen**2).sum(-1, keepdims=True)) / k / (k - 1)
        low, high = (
            np.where(mean_r < target_r, middle, low),
            np.where(mean_r < target_r, high, middle),
        )
    return np.minimum(low * shares, _HIGHEST_LOADING)
