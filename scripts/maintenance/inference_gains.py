"""Gains and differences in gains in the simulation of docs/inference.md."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

from attune.analyses.gains.estimate import residual_gains
from attune.stats.ancova import (
    AdjustedDifference,
    adjusted_difference,
    ancova,
    corrected_slope,
    why_no_corrected_slope,
)
from attune.stats.hypothesis_tests import mean_difference_test, pearson_test
from attune.stats.resampling import (
    bca_interval,
    bootstrap_indices,
    bootstrap_partial_correlations,
    freedman_lane_tests,
    jackknife_partial_correlations,
    permutation_tests,
)
from attune.stats.robust_intervals import (
    robust_correlation_interval,
    sandwich_correlation_interval,
)
from maintenance.inference_cells import (
    ORDERS,
    RESAMPLES,
    Array,
    Cell,
    Outcomes,
    append,
    covers,
    rejections,
)
from maintenance.score_populations import (
    PRETEST_POSTTEST,
    ChangeMoments,
    change_moments,
    coefficients,
    draw_items,
)

ADJUSTED_DIFFERENCE = 0.6
"""Between the posttests of two conditions, in standard deviations of the trait."""

CORRECTED = "slope corrected for the pretest's reliability"


def draw_gains(
    cell: Cell, generator: np.random.Generator, count: int
) -> tuple[Array, Array, Array]:
    """Pretests, posttests and x: shape (count, n) of each.

    Given the pretest score, x and the posttest share only the effect: without one, every test of x
    beside the pretest should reject in 5 %. x is the standardised pretest score, to the extent of
    their correlation, and normal noise.
    """
    shape = (count, cell.n)
    population = coefficients(cell.kind)
    pretest = draw_items(cell.kind, generator.normal(size=shape), generator).sum(axis=2)
    standardised = (pretest - population.mean) / np.sqrt(population.variance)
    noise, rest = generator.normal(size=shape), generator.normal(size=shape)
    x = cell.correlation * standardised + np.sqrt(1 - cell.correlation**2) * noise
    effect = effect_of_noise(cell)
    trait = PRETEST_POSTTEST * standardised + effect * noise
    trait += np.sqrt(1 - PRETEST_POSTTEST**2 - effect**2) * rest
    return pretest, draw_items(cell.kind, trait, generator).sum(axis=2), x


def effect_of_noise(cell: Cell) -> float:
    """Slope of the posttest's trait on what the pretest leaves of x.

    The cell gives it in terms of the normal population, as the partial r of the posttest's score.
    """
    reliability = coefficients("normal").omega
    return float(cell.effect * np.sqrt(1 / reliability - PRETEST_POSTTEST**2))


def tests_of_gains(cell: Cell, generator: np.random.Generator, count: int) -> Outcomes:
    """Rejections by tests of x beside the pretest: errors, or power if there is an effect."""
    pretests, posttests, xs = draw_gains(cell, generator, count)
    gains = np.array([residual_gains(*pair) for pair in zip(pretests, posttests, strict=True)])
    fits = [ancova(*row) for row in zip(pretests, posttests, xs, strict=True)]
    p_values: dict[str, Iterable[float]] = {
        "two-step t": [pearson_test(*row).p_two_tailed for row in zip(xs, gains, strict=True)],
        "ANCOVA t": [fit.p_two_tailed for fit in fits],
        "ANCOVA HC3": [fit.hc3_p_two_tailed for fit in fits],
    }
    if not cell.effect:
        permuted = permutation_tests(xs, gains, ORDERS, generator)
        lane = freedman_lane_tests(pretests, posttests, xs, ORDERS, generator)
        p_values |= {"two-step permutation": permuted.two_tailed, "Freedman-Lane": lane.two_tailed}
    return rejections(p_values)


def intervals_of_gains(cell: Cell, generator: np.random.Generator, count: int) -> Outcomes:
    """Intervals of the partial r and of the slope of x beside the pretest."""
    moments = change_moments(cell.kind, effect=effect_of_noise(cell))
    reliability = coefficients(cell.kind).omega
    partial_r, slope, corrected = gain_coefficients(moments, cell.correlation, reliability)
    rates: Outcomes = {}
    for values in zip(*draw_gains(cell, generator, count), strict=True):
        fit = ancova(*values)
        pretest, posttest, x = values
        held = pretest[:, None]
        jackknife = robust_correlation_interval(x, posttest, covariates=held)
        sandwich = sandwich_correlation_interval(x, posttest, covariates=held)
        indices = bootstrap_indices(cell.n, RESAMPLES, generator)
        [replicates] = bootstrap_partial_correlations([pretest], [posttest], [x], indices)
        bca = bca_interval(
            fit.partial_r,
            replicates[np.isfinite(replicates)],
            jackknife_partial_correlations(*values),
        )
        found = {
            "partial r, Fisher's z": covers(fit.partial_r_ci_low, partial_r, fit.partial_r_ci_high),
            "partial r, jackknife": covers(jackknife.low, partial_r, jackknife.high),
            "partial r, sandwich": covers(sandwich.low, partial_r, sandwich.high),
            "partial r, BCa bootstrap": covers(bca[0], partial_r, bca[1]),
            "slope in ANCOVA, ordinary": covers(fit.ci_low, slope, fit.ci_high),
            "slope in ANCOVA, HC3": covers(fit.hc3_ci_low, slope, fit.hc3_ci_high),
            CORRECTED: np.nan,
        }
        if why_no_corrected_slope(*values, reliability) is None:
            test = corrected_slope(*values, reliability).test
            found[CORRECTED] = covers(test.ci_low, corrected, test.ci_high)
        append(rates, found)
    return rates


def gain_coefficients(
    moments: ChangeMoments, correlation: float, reliability: float
) -> tuple[float, float, float]:
    """Partial r, slope and corrected slope of x beside the pretest in the population.

    x has a variance of 1, and this correlation with the pretest.
    """
    own = np.sqrt(1 - correlation**2)
    left = moments.variance - moments.with_pretest**2
    with_x = correlation * moments.with_pretest + own * moments.with_noise
    corrected = reliability * with_x - correlation * moments.with_pretest
    return (
        float(moments.with_noise / np.sqrt(left)),
        float(moments.with_noise / own),
        float(corrected / (reliability - correlation**2)),
    )


def conditions_with_baseline_difference(
    cell: Cell, generator: np.random.Generator, count: int
) -> Outcomes:
    """Intervals of adjusted means and their difference; pretests differ by `effect` SDs."""
    population = coefficients(cell.kind)
    half = cell.n // 2
    condition = np.repeat([1.0, 0.0], [half, cell.n - half])
    truth = population_difference(cell)
    rates: Outcomes = {}
    for _ in range(count):
        trait = generator.normal(size=cell.n) + cell.effect * condition
        pretest = draw_items(cell.kind, trait, generator).sum(axis=1)
        standardised = (pretest - population.mean) / np.sqrt(population.variance)
        rest = np.sqrt(1 - PRETEST_POSTTEST**2) * generator.normal(size=cell.n)
        trait = PRETEST_POSTTEST * standardised + ADJUSTED_DIFFERENCE * condition + rest
        posttest = draw_items(cell.kind, trait, generator).sum(axis=1)
        gain = residual_gains(pretest, posttest)
        two_step = mean_difference_test(gain[:half], gain[half:])
        found = {"residual gains": covers(two_step.ci_low, truth.difference, two_step.ci_high)}
        found |= truth.covered(adjusted_difference(standardised, posttest, condition))
        append(rates, found)
    return rates


@dataclass(frozen=True)
class PopulationDifference:
    """Two conditions of the population, compared at the same pretest.

    Attributes
    ----------
    difference : float
        Of the posttests, adjusted for the standardised pretest.
    d : float
        The same in standard deviations of the posttest within conditions.
    pretest_slope : float
    conditions : (ChangeMoments, ChangeMoments)
        First and second.
    """

    difference: float
    d: float
    pretest_slope: float
    conditions: tuple[ChangeMoments, ChangeMoments]

    def mean_at(self, place: int, pretest: float) -> float:
        """Expected posttest of a condition at a standardised pretest."""
        moments = self.conditions[place]
        return moments.mean + self.pretest_slope * (pretest - moments.pretest_mean)

    def covered(self, found: AdjustedDifference) -> dict[str, float]:
        """Which intervals of a sample hold the values of the population."""
        first, second = found.first, found.second
        means = [self.mean_at(place, found.pretest_mean) for place in (0, 1)]
        difference = self.difference
        return {
            "adjusted difference, ordinary": covers(found.ci_low, difference, found.ci_high),
            "adjusted difference, HC3": covers(found.hc3_ci_low, difference, found.hc3_ci_high),
            "d in posttest SDs": covers(found.d_ci_low, self.d, found.d_ci_high),
            "adjusted mean, first condition": covers(first.ci_low, means[0], first.ci_high),
            "adjusted mean, second condition": covers(second.ci_low, means[1], second.ci_high),
        }


@cache
def population_difference(cell: Cell) -> PopulationDifference:
    """What a cell's intervals should cover: the regression in the population of both conditions."""
    first = change_moments(cell.kind, cell.effect, ADJUSTED_DIFFERENCE)
    second = change_moments(cell.kind)
    half = cell.n // 2
    shares = np.array([half, cell.n - half]) / cell.n
    covariance, variance, spread = (
        float(shares @ [getattr(moments, name) for moments in (first, second)])
        for name in ("with_pretest", "pretest_variance", "variance")
    )
    slope = covariance / variance
    difference = first.mean - second.mean - slope * (first.pretest_mean - second.pretest_mean)
    return PopulationDifference(difference, difference / spread**0.5, slope, (first, second))
