"""What the simulation of docs/inference.md draws in each of its conditions, and what it counts.

Every function computes intervals and tests by the functions that studies use, and returns 1 or 0
for each replication: whether the interval held the true value, or whether the test rejected.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune.analyses.gains.estimate import residual_gains
from attune.specs.errors import AnalysisError
from attune.stats.alpha import cronbach_alpha, feldt_interval
from attune.stats.ancova import ancova
from attune.stats.effect_sizes import standardised_difference_interval, unpooled_difference
from attune.stats.hypothesis_tests import (
    equivalence_test,
    mean_difference_test,
    pearson_test,
    spearman_test,
    standardised_difference,
)
from attune.stats.regression import Regression, coefficient_test, combination_test, regress
from attune.stats.resampling import (
    bca_interval,
    bootstrap_correlations,
    bootstrap_indices,
    freedman_lane_tests,
    jackknife_correlations,
    permutation_tests,
)
from attune.stats.robust_intervals import (
    robust_alpha_interval,
    robust_correlation_interval,
    robust_omega_interval,
    robust_slope_interval,
)
from maintenance.score_populations import (
    Coefficients,
    coefficients,
    draw_items,
    draw_traits,
)

RESAMPLES = 499
"""Few, for speed: the interval of a study uses many more."""

ORDERS = 499

LEVEL = 0.05
PRETEST_POSTTEST = 0.6
"""Correlation of the pretest with the trait of the posttest."""

MEAN_SHIFT = 0.5
ADJUSTED_DIFFERENCE = 0.6

Array = NDArray[np.float64]
Outcomes = dict[str, list[float]]


@dataclass(frozen=True)
class Cell:
    """One condition of the simulation; `design` selects what is drawn and computed."""

    design: str
    kind: str
    n: int
    correlation: float = 0.0
    effect: float = 0.0

    @property
    def name(self) -> str:
        """Name of the random numbers."""
        return f"{self.design}, {self.kind}, {self.n}, {self.correlation}, {self.effect}"


def scores_of_two_measures(cell: Cell, generator: np.random.Generator, count: int) -> Outcomes:
    """Intervals of r, rho and the slope, and of alpha and omega where the scores correlate."""
    truth = coefficients(cell.kind, cell.correlation)
    traits = draw_traits(cell.correlation, (count, cell.n), generator)
    items, other_items = (draw_items(cell.kind, trait, generator) for trait in traits)
    xs, ys = items.sum(axis=2), other_items.sum(axis=2)
    rates: Outcomes = {}
    for x, y, responses in zip(xs, ys, items, strict=True):
        found = _correlation_intervals(x, y, truth, generator)
        if cell.correlation:
            found |= _slope_intervals(x, y, truth) | _reliability_intervals(responses, truth)
        _append(rates, found)
    if not cell.correlation:
        _append_tests_of_no_correlation(rates, xs, ys, generator)
    return rates


def _correlation_intervals(
    x: Array, y: Array, truth: Coefficients, generator: np.random.Generator
) -> dict[str, float]:
    pearson, spearman = pearson_test(x, y), spearman_test(x, y)
    robust = robust_correlation_interval(x, y)
    indices = bootstrap_indices(len(x), RESAMPLES, generator)
    replicates = bootstrap_correlations([x], [y], indices)[0]
    return {
        "r, Fisher's z": _covers(pearson.ci_low, truth.r, pearson.ci_high),
        "r, jackknife": _covers(robust.low, truth.r, robust.high),
        "r, BCa bootstrap": _covers_pair(
            bca_interval(pearson.r, replicates, jackknife_correlations(x, y)), truth.r
        ),
        "rho, Bonett and Wright": _covers(spearman.ci_low, truth.spearman, spearman.ci_high),
    }


def _slope_intervals(x: Array, y: Array, truth: Coefficients) -> dict[str, float]:
    fit = regress(y, x[:, None])
    ordinary, hc3 = (combination_test(fit, [0, 1], hc3=robust) for robust in (False, True))
    hc4 = coefficient_test(ordinary.estimate, hc4_slope_se(x, fit), fit.df)
    jackknife = robust_slope_interval(x, y)
    return {
        "slope, ordinary": _covers(ordinary.ci_low, truth.slope, ordinary.ci_high),
        "slope, HC3": _covers(hc3.ci_low, truth.slope, hc3.ci_high),
        "slope, HC4": _covers(hc4.ci_low, truth.slope, hc4.ci_high),
        "slope, jackknife": _covers(jackknife.low, truth.slope, jackknife.high),
    }


def hc4_slope_se(x: Array, fit: Regression) -> float:
    """HC4 standard error of the slope of a simple regression.

    References
    ----------
    Cribari-Neto, F. (2004). Asymptotic inference under heteroskedasticity of unknown form.
    Computational Statistics & Data Analysis, 45, 215-233.
    https://doi.org/10.1016/S0167-9473(02)00366-3
    """
    deviations = x - x.mean()
    discount = np.minimum(4, fit.n * fit.leverage / 2)
    squares = (deviations * fit.residual) ** 2 / (1 - fit.leverage) ** discount
    return float(np.sqrt(squares.sum()) / (deviations**2).sum())


def _reliability_intervals(items: Array, truth: Coefficients) -> dict[str, float]:
    found = dict.fromkeys(("alpha, Feldt", "alpha, jackknife", "omega, jackknife"), np.nan)
    try:
        feldt = feldt_interval(cronbach_alpha(items), *items.shape)
        found["alpha, Feldt"] = _covers_pair(feldt, truth.alpha)
        alpha = robust_alpha_interval(items)
        found["alpha, jackknife"] = _covers(alpha.low, truth.alpha, alpha.high)
        omega = robust_omega_interval(items)
        found["omega, jackknife"] = _covers(omega.low, truth.omega, omega.high)
    except AnalysisError:
        pass  # a constant item or an improper solution: the values that are left are NaN
    return found


def _append_tests_of_no_correlation(
    rates: Outcomes, xs: Array, ys: Array, generator: np.random.Generator
) -> None:
    permuted = permutation_tests(xs, ys, ORDERS, generator)
    tests = [pearson_test(x, y) for x, y in zip(xs, ys, strict=True)]
    p_values: dict[str, Iterable[float]] = {
        "t test of r": [test.p_two_tailed for test in tests],
        "t test of r, one-tailed": [test.p_one_tailed("greater") for test in tests],
        "permutation test of r": permuted.two_tailed,
        "permutation test of r, one-tailed": permuted.greater,
    }
    rates |= _rejections(p_values)


GROUPS = {
    "1:1, equal SDs": (1 / 2, 1.0),
    "1:3, equal SDs": (1 / 4, 1.0),
    "1:3, SD of the small group doubled": (1 / 4, 2.0),
}
"""Share of the first group, and its standard deviation if the second one's is 1 (normal scores)."""


def scores_of_two_groups(cell: Cell, generator: np.random.Generator, count: int) -> Outcomes:
    """Intervals of mean differences, and the equivalence test at its bound."""
    share, spread = GROUPS[cell.design]
    n_first = round(cell.n * share)
    sizes = np.array([n_first, cell.n - n_first])
    populations = [coefficients(cell.kind, 0.0, shift) for shift in (MEAN_SHIFT, 0.0)]
    variances = np.array([population.variance for population in populations]) * [spread**2, 1]
    difference = populations[0].mean - populations[1].mean
    pooled_d = difference / np.sqrt(((sizes - 1) * variances).sum() / (cell.n - 2))
    unpooled_d = difference / np.sqrt(variances.mean())
    rates: Outcomes = {}
    for _ in range(count):
        trait = generator.normal(size=cell.n)
        trait[:n_first] += MEAN_SHIFT
        scores = draw_items(cell.kind, trait, generator).sum(axis=1)
        mean = populations[0].mean
        first, second = mean + spread * (scores[:n_first] - mean), scores[n_first:]
        pooled = mean_difference_test(first, second, "pooled")
        welch = mean_difference_test(first, second, "welch")
        d = standardised_difference(first, second)
        unpooled = unpooled_difference(first, second)
        equal = equivalence_test(first, second, difference, unit="raw", variances="welch")
        found = {
            "difference of means, pooled": _covers(pooled.ci_low, difference, pooled.ci_high),
            "difference of means, Welch": _covers(welch.ci_low, difference, welch.ci_high),
        }
        found["d, pooled"] = _covers_pair(standardised_difference_interval(d, *sizes), pooled_d)
        found["d, not pooled"] = _covers(unpooled.ci_low, unpooled_d, unpooled.ci_high)
        found["equivalence test (Welch), type I error"] = float(equal.p < LEVEL)
        _append(rates, found)
    return rates


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
    # In terms of the normal population: reliability of the posttest, partial r of the effect.
    reliability = coefficients("normal").omega
    effect = cell.effect * np.sqrt(1 / reliability - PRETEST_POSTTEST**2)
    trait = PRETEST_POSTTEST * standardised + effect * noise
    trait += np.sqrt(1 - PRETEST_POSTTEST**2 - effect**2) * rest
    return pretest, draw_items(cell.kind, trait, generator).sum(axis=2), x


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
    return _rejections(p_values)


def conditions_with_baseline_difference(
    cell: Cell, generator: np.random.Generator, count: int
) -> Outcomes:
    """Intervals of the difference between conditions whose pretests differ by `effect` SDs."""
    half = cell.n // 2
    condition = np.repeat([1.0, 0.0], [half, cell.n - half])
    rates: Outcomes = {}
    for _ in range(count):
        pretest = generator.normal(size=cell.n) + cell.effect * condition
        noise = np.sqrt(1 - PRETEST_POSTTEST**2) * generator.normal(size=cell.n)
        posttest = PRETEST_POSTTEST * pretest + ADJUSTED_DIFFERENCE * condition + noise
        gain = residual_gains(pretest, posttest)
        two_step = mean_difference_test(gain[:half], gain[half:])
        adjusted = ancova(pretest, posttest, condition)
        found = {
            "residual gains": _covers(two_step.ci_low, ADJUSTED_DIFFERENCE, two_step.ci_high),
            "ANCOVA": _covers(adjusted.ci_low, ADJUSTED_DIFFERENCE, adjusted.ci_high),
        }
        _append(rates, found)
    return rates


DESIGNS: dict[str, Callable[[Cell, np.random.Generator, int], Outcomes]] = {
    "two measures": scores_of_two_measures,
    **dict.fromkeys(GROUPS, scores_of_two_groups),
    "gains": tests_of_gains,
    "baseline": conditions_with_baseline_difference,
}


def _covers(low: float, truth: float, high: float) -> float:
    """1 if the interval holds the truth, 0 if not, NaN if it is undefined."""
    return float(low <= truth <= high) if np.isfinite(low) and np.isfinite(high) else np.nan


def _covers_pair(interval: tuple[float, float], truth: float) -> float:
    return _covers(interval[0], truth, interval[1])


def _rejections(p_values: dict[str, Iterable[float]]) -> Outcomes:
    return {name: [float(p < LEVEL) for p in values] for name, values in p_values.items()}


def _append(rates: Outcomes, found: dict[str, float]) -> None:
    for name, value in found.items():
        rates.setdefault(name, []).append(value)
