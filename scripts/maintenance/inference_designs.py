"""What the simulation of docs/inference.md draws in each of its conditions, and what it counts.

Every function computes intervals and tests by the functions that studies use, and returns 1 or 0
for each replication: whether the interval held the true value, or whether the test rejected.
"""

from collections.abc import Callable, Iterable

import numpy as np

from attune.specs.errors import AnalysisError
from attune.stats.alpha import cronbach_alpha, feldt_interval
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
    jackknife_correlations,
    permutation_tests,
)
from attune.stats.robust_intervals import (
    robust_alpha_interval,
    robust_correlation_interval,
    robust_omega_interval,
    robust_slope_interval,
    sandwich_correlation_interval,
)
from maintenance.inference_cells import (
    LEVEL,
    ORDERS,
    RESAMPLES,
    Array,
    Cell,
    Outcomes,
    append,
    covers,
    rejections,
)
from maintenance.inference_gains import (
    conditions_with_baseline_difference,
    intervals_of_gains,
    tests_of_gains,
)
from maintenance.score_populations import Coefficients, coefficients, draw_items, draw_traits

MEAN_SHIFT = 0.5


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
        append(rates, found)
    if not cell.correlation:
        _append_tests_of_no_correlation(rates, xs, ys, generator)
    return rates


def _correlation_intervals(
    x: Array, y: Array, truth: Coefficients, generator: np.random.Generator
) -> dict[str, float]:
    pearson, spearman = pearson_test(x, y), spearman_test(x, y)
    robust, sandwich = robust_correlation_interval(x, y), sandwich_correlation_interval(x, y)
    indices = bootstrap_indices(len(x), RESAMPLES, generator)
    replicates = bootstrap_correlations([x], [y], indices)[0]
    bca = bca_interval(pearson.r, replicates, jackknife_correlations(x, y))
    return {
        "r, Fisher's z": covers(pearson.ci_low, truth.r, pearson.ci_high),
        "r, jackknife": covers(robust.low, truth.r, robust.high),
        "r, sandwich": covers(sandwich.low, truth.r, sandwich.high),
        "r, BCa bootstrap": covers(bca[0], truth.r, bca[1]),
        "rho, Bonett and Wright": covers(spearman.ci_low, truth.spearman, spearman.ci_high),
    }


def _slope_intervals(x: Array, y: Array, truth: Coefficients) -> dict[str, float]:
    fit = regress(y, x[:, None])
    ordinary, hc3 = (combination_test(fit, [0, 1], hc3=robust) for robust in (False, True))
    hc4 = coefficient_test(ordinary.estimate, hc4_slope_se(x, fit), fit.df)
    jackknife = robust_slope_interval(x, y)
    return {
        "slope, ordinary": covers(ordinary.ci_low, truth.slope, ordinary.ci_high),
        "slope, HC3": covers(hc3.ci_low, truth.slope, hc3.ci_high),
        "slope, HC4": covers(hc4.ci_low, truth.slope, hc4.ci_high),
        "slope, jackknife": covers(jackknife.low, truth.slope, jackknife.high),
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
        found["alpha, Feldt"] = covers(feldt[0], truth.alpha, feldt[1])
        alpha = robust_alpha_interval(items)
        found["alpha, jackknife"] = covers(alpha.low, truth.alpha, alpha.high)
        omega = robust_omega_interval(items)
        found["omega, jackknife"] = covers(omega.low, truth.omega, omega.high)
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
    rates |= rejections(p_values)


GROUPS = {
    "1:1, equal SDs": (1 / 2, 1.0),
    "1:3, equal SDs": (1 / 4, 1.0),
    "1:3, SD of the small group doubled": (1 / 4, 2.0),
}
"""Share of the first group, and by how much its scores are stretched about their mean."""


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
            "difference of means, pooled": covers(pooled.ci_low, difference, pooled.ci_high),
            "difference of means, Welch": covers(welch.ci_low, difference, welch.ci_high),
        }
        low, high = standardised_difference_interval(d, *sizes)
        g = standardised_difference(first, second, corrected=True)
        correction = g / d if d else 1.0
        found["d, pooled"] = covers(low, pooled_d, high)
        found["g, pooled"] = covers(low * correction, pooled_d, high * correction)
        found["d, not pooled"] = covers(unpooled.ci_low, unpooled_d, unpooled.ci_high)
        found["equivalence test (Welch), type I error"] = float(equal.p < LEVEL)
        append(rates, found)
    return rates


DESIGNS: dict[str, Callable[[Cell, np.random.Generator, int], Outcomes]] = {
    "two measures": scores_of_two_measures,
    **dict.fromkeys(GROUPS, scores_of_two_groups),
    "gains": tests_of_gains,
    "gains, intervals": intervals_of_gains,
    "baseline": conditions_with_baseline_difference,
}
