"""Populations of questionnaire scores with and without a floor, and their exact coefficients.

A score is the sum of nine items. Behind the items is one normal trait; the five answers are cut
from the item's normal tendency at four thresholds, and high thresholds leave many people at the
lowest score. Given the trait, items are independent, so the distribution of the sum is a
convolution and everything else an integral over the trait.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from attune.stats.omega import one_factor_model

Array = NDArray[np.float64]

LOADINGS = np.array([0.70, 0.61, 0.80, 0.66, 0.89, 0.75, 0.84, 0.64, 0.86])
"""Between .61 and .89, mean .75, in no order: alpha is about .9, as of most symptom scales."""

OFFSETS = np.linspace(-0.3, 0.3, len(LOADINGS))
"""Items differ in how often they are endorsed."""

STEP = 0.6
"""Distance between thresholds, in standard deviations of the tendency."""

LOWEST_THRESHOLD = {"normal": None, "moderate floor": 0.0, "strong floor": 0.62}
"""Lowest threshold of the middle item: 11 and 30 % of the people get the lowest score."""

PRETEST_POSTTEST = 0.6
"""Slope of the posttest's trait on the standardised score of the pretest."""

NODES = 80
"""Points of the quadrature: twice as many change no coefficient in its sixth decimal."""


@dataclass(frozen=True)
class Coefficients:
    """What the intervals should cover, for two scores whose traits have a given correlation.

    `r`, `spearman` and `slope` are those of the scores; the other values belong to one score.
    """

    r: float
    spearman: float
    slope: float
    alpha: float
    omega: float
    mean: float
    variance: float
    at_minimum: float
    skewness: float


def draw_items(kind: str, trait: Array, generator: np.random.Generator) -> Array:
    """Responses to the nine items of people with these traits: shape (..., 9)."""
    noise = generator.normal(size=(*trait.shape, len(LOADINGS)))
    tendency = LOADINGS * trait[..., None] + np.sqrt(1 - LOADINGS**2) * noise
    lowest = LOWEST_THRESHOLD[kind]
    if lowest is None:
        return tendency
    # Equal distances: the number of thresholds below the tendency is a rounding.
    return np.clip(np.ceil((tendency - lowest - OFFSETS) / STEP), 0, 4)


def draw_traits(
    correlation: float, shape: tuple[int, ...], generator: np.random.Generator
) -> tuple[Array, Array]:
    """Two standard normal traits of every person with a given correlation."""
    first = generator.normal(size=shape)
    rest = np.sqrt(1 - correlation**2) * generator.normal(size=shape)
    return first, correlation * first + rest


@cache
def coefficients(kind: str, correlation: float = 0.0, shift: float = 0.0) -> Coefficients:
    """Exact coefficients of two scores of a kind; the mean trait is `shift`."""
    lowest = LOWEST_THRESHOLD[kind]
    if lowest is None:
        return _normal_coefficients(correlation, shift)
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights = weights / weights.sum()
    answers = _answer_probabilities(lowest, nodes + shift)
    sums = _sum_probabilities(answers)
    other = correlation * nodes[:, None] + np.sqrt(1 - correlation**2) * nodes
    second = _sum_probabilities(_answer_probabilities(lowest, other.ravel() + shift))
    second = (weights[:, None] * second.reshape(NODES, NODES, -1)).sum(axis=1)
    joint = (weights[:, None, None] * sums[:, :, None] * second[:, None, :]).sum(axis=0)
    score, share = np.arange(joint.shape[0], dtype=float), joint.sum(axis=1)
    middle_rank = np.cumsum(share) - share / 2
    mean = (share * score).sum()
    variance = (share * (score - mean) ** 2).sum()
    r = _correlation(joint, score)
    covariance = _item_covariance(answers, weights)
    loadings, uniquenesses = one_factor_model(covariance)
    k, common = len(loadings), loadings.sum() ** 2
    return Coefficients(
        r=r,
        spearman=_correlation(joint, middle_rank),
        slope=r,
        alpha=float(k / (k - 1) * (1 - covariance.trace() / covariance.sum())),
        omega=float(common / (common + uniquenesses.sum())),
        mean=float(mean),
        variance=float(variance),
        at_minimum=float(share[0]),
        skewness=float((share * (score - mean) ** 3).sum() / variance**1.5),
    )


@dataclass(frozen=True)
class ChangeMoments:
    """Moments of a posttest score with what it is made of.

    `with_pretest` and `with_noise` are its covariances with the standardised pretest score and with
    the noise that x shares with it; `pretest_mean` and `pretest_variance` are those of the
    standardised pretest, 0 and 1 where its trait is not shifted.
    """

    mean: float
    variance: float
    with_pretest: float
    with_noise: float
    pretest_mean: float
    pretest_variance: float


@cache
def change_moments(
    kind: str, pretest_shift: float = 0.0, shift: float = 0.0, effect: float = 0.0
) -> ChangeMoments:
    """Exact moments of a posttest whose trait is .6 of the pretest score, a shift and noise.

    Parameters
    ----------
    kind : str
    pretest_shift : float
        Mean trait at the pretest.
    shift : float
        What is added to the trait of the posttest.
    effect : float
        Slope of the trait on standard normal noise; with it and the rest, what the pretest leaves
        of the trait has a variance of 1 - .6 squared.
    """
    values, weights = _pretest_distribution(kind, pretest_shift)
    left = 1 - PRETEST_POSTTEST**2
    nodes, node_weights = np.polynomial.hermite_e.hermegauss(NODES)
    node_weights = node_weights / node_weights.sum()
    trait = PRETEST_POSTTEST * values[:, None] + shift + np.sqrt(left) * nodes
    mean, square = (part.reshape(trait.shape) for part in _score_moments(kind, trait.ravel()))
    probability = weights[:, None] * node_weights

    def expected(part: Array) -> float:
        return float((probability * part).sum())

    center, pretest_mean = expected(mean), float(weights @ values)
    # Given what is left of the trait, the noise is expected to be effect / left times as much.
    noise = effect / np.sqrt(left) * nodes
    return ChangeMoments(
        mean=center,
        variance=expected(square) - center**2,
        with_pretest=expected(mean * (values - pretest_mean)[:, None]),
        with_noise=expected(mean * noise),
        pretest_mean=pretest_mean,
        pretest_variance=float(weights @ (values - pretest_mean) ** 2),
    )


def _pretest_distribution(kind: str, shift: float) -> tuple[Array, Array]:
    """Standardised scores of a pretest, and their probabilities (normal: a quadrature)."""
    population = coefficients(kind)
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights = weights / weights.sum()
    spread = np.sqrt(population.variance)
    lowest = LOWEST_THRESHOLD[kind]
    if lowest is None:
        return nodes + shift * LOADINGS.sum() / spread, weights
    sums = _sum_probabilities(_answer_probabilities(lowest, nodes + shift))
    return (np.arange(sums.shape[1]) - population.mean) / spread, weights @ sums


def _score_moments(kind: str, trait: Array) -> tuple[Array, Array]:
    """Mean of the score and of its square given the trait."""
    lowest = LOWEST_THRESHOLD[kind]
    if lowest is None:
        mean = LOADINGS.sum() * trait
        return mean, mean**2 + (1 - LOADINGS**2).sum()
    sums = _sum_probabilities(_answer_probabilities(lowest, trait))
    score = np.arange(sums.shape[1], dtype=float)
    return sums @ score, sums @ score**2


def _normal_coefficients(correlation: float, shift: float) -> Coefficients:
    k, common = len(LOADINGS), LOADINGS.sum() ** 2
    variance = common + (1 - LOADINGS**2).sum()
    r = correlation * common / variance
    return Coefficients(
        r=float(r),
        spearman=float(6 / np.pi * np.arcsin(r / 2)),
        slope=float(r),
        alpha=float(k / (k - 1) * (1 - k / variance)),
        omega=float(common / variance),
        mean=float(shift * LOADINGS.sum()),
        variance=float(variance),
        at_minimum=0.0,
        skewness=0.0,
    )


def _answer_probabilities(lowest: float, trait: Array) -> Array:
    """Probability of each answer to each item given the trait: shape (traits, items, 5)."""
    from scipy.special import ndtr

    thresholds = lowest + OFFSETS[:, None] + STEP * np.arange(4)
    distance = thresholds - LOADINGS[:, None] * trait[:, None, None]
    below = ndtr(distance / np.sqrt(1 - LOADINGS**2)[:, None])
    return np.diff(below, axis=2, prepend=0.0, append=1.0)


def _sum_probabilities(answers: Array) -> Array:
    """Probability of each sum given the trait: shape (traits, 37)."""
    sums = np.ones((len(answers), 1))
    for item in range(answers.shape[1]):
        longer = np.zeros((len(answers), sums.shape[1] + 4))
        for answer in range(5):
            longer[:, answer : answer + sums.shape[1]] += sums * answers[:, item, answer, None]
        sums = longer
    return sums


def _correlation(joint: Array, values: Array) -> float:
    """Correlation of two variables that take the same values with the same probabilities."""
    share = joint.sum(axis=1)
    deviations = values - (share * values).sum()
    shared = (joint * np.outer(deviations, deviations)).sum()
    return float(shared / (share * deviations**2).sum())


def _item_covariance(answers: Array, weights: Array) -> Array:
    codes = np.arange(5)
    means = (answers * codes).sum(axis=2)
    centred = means - (weights[:, None] * means).sum(axis=0)
    covariance = (weights[:, None, None] * centred[:, :, None] * centred[:, None, :]).sum(axis=0)
    within = (answers * codes**2).sum(axis=2) - means**2
    return np.asarray(covariance + np.diag((weights[:, None] * within).sum(axis=0)))
