"""The simulation of docs/inference.md: its populations, a small part of it, and its tables."""

import numpy as np
import pytest
from tests.depth import deep, examples

from attune.stats.alpha import cronbach_alpha
from attune.stats.hypothesis_tests import pearson_test, spearman_test
from attune.stats.regression import regress
from attune.stats.score_distribution import score_distribution
from maintenance.inference_designs import GROUPS, hc4_slope_se
from maintenance.score_populations import (
    LOWEST_THRESHOLD,
    coefficients,
    draw_items,
    draw_traits,
)
from maintenance.simulate_inference import (
    KINDS,
    PAGE,
    SIZES,
    Cell,
    Rate,
    all_cells,
    page_with,
    population_table,
    rate_table,
    simulate,
)

REPLICATIONS = 200
OF_OMEGA = examples(100, many=200)
"""Replications of the intervals of omega, which fit a model for every person left out."""
MONTE_CARLO = 3.5
"""Standard errors within which a simulated rate must lie; the seed is fixed."""


def assert_rate(rate: Rate, low: float, high: float) -> None:
    """A rate lies between two values, allowing for the error of few replications."""
    for bound, side in ((low, 1), (high, -1)):
        error = np.sqrt(bound * (1 - bound) / rate.count)
        assert side * (rate.share - bound) >= -MONTE_CARLO * error, rate


@pytest.mark.parametrize("kind", LOWEST_THRESHOLD)
def test_exact_coefficients_are_those_of_many_people(kind):
    truth, people = coefficients(kind, 0.5), 100_000
    generator = np.random.default_rng(1)
    items, others = (draw_items(kind, t, generator) for t in draw_traits(0.5, (people,), generator))
    x, y = items.sum(axis=1), others.sum(axis=1)
    # Standard errors of the coefficients are below .005 for 100,000 people, even with a floor.
    assert pearson_test(x, y).r == pytest.approx(truth.r, abs=0.015)
    assert spearman_test(x, y).r == pytest.approx(truth.spearman, abs=0.012)
    assert cronbach_alpha(items) == pytest.approx(truth.alpha, abs=0.004)
    assert x.mean() == pytest.approx(truth.mean, abs=4 * np.sqrt(truth.variance / people))
    assert x.var() == pytest.approx(truth.variance, rel=0.03)
    found = score_distribution(x, minimum=0)
    assert found.skewness == pytest.approx(truth.skewness, abs=0.05)
    if kind != "normal":
        assert found.at_minimum == pytest.approx(truth.at_minimum, abs=0.006)


def test_omega_of_the_population_is_above_alpha():
    for kind in KINDS:
        truth = coefficients(kind)
        assert truth.alpha < truth.omega < truth.alpha + 0.01
    loadings = coefficients("normal")
    assert coefficients("normal", 0.5).r == pytest.approx(0.5 * loadings.omega)


def test_hc4_is_hc3_where_leverages_are_twice_their_mean():
    # Four points with leverage 1/2 each: the exponents are 2 * 4 / 2 * 1/2 = 1.
    x, y = np.array([-1.0, -1, 1, 1]), np.array([0.0, 1, 1, 3])
    fit = regress(y, x[:, None])
    squares = (x * fit.residual) ** 2 / (1 - 0.5)
    assert hc4_slope_se(x, fit) == pytest.approx(np.sqrt(squares.sum()) / 4)


@pytest.fixture(scope="module")
def correlated():
    """Scores of two measures in 60 dyads: normal ones, and those with a strong floor."""
    cells = [Cell("two measures", kind, 60, 0.5) for kind in ("normal", "strong floor")]
    return simulate(cells, OF_OMEGA, workers=1)


@deep
def test_robust_intervals_cover(correlated):
    normal, floor = correlated.values()
    for name in ("r, jackknife", "slope, jackknife", "alpha, jackknife", "omega, jackknife"):
        assert_rate(normal[name], 0.94, 0.965)
        assert_rate(floor[name], 0.92, 0.965)
    assert_rate(floor["rho, Bonett and Wright"], 0.94, 0.96)


@deep
def test_classical_intervals_cover_normal_scores_only(correlated):
    normal, floor = correlated.values()
    for name in ("r, Fisher's z", "slope, ordinary", "alpha, Feldt"):
        assert_rate(normal[name], 0.94, 0.96)
        assert floor[name].share < 0.92


def test_tests_beside_the_pretest_keep_their_level():
    [rates] = simulate([Cell("gains", "normal", 60, 0.6)], 400, workers=1).values()
    for name in ("ANCOVA t", "ANCOVA HC3", "Freedman-Lane"):
        assert_rate(rates[name], 0.045, 0.055)
    for name in ("two-step t", "two-step permutation"):
        assert rates[name].share < 0.03


def test_groups_of_unequal_spread_need_welch():
    design = "1:3, SD of the small group doubled"
    assert design in GROUPS
    [rates] = simulate([Cell(design, "normal", 60)], REPLICATIONS, workers=1).values()
    for name in ("difference of means, Welch", "d, not pooled"):
        assert_rate(rates[name], 0.94, 0.96)
    for name in ("difference of means, pooled", "d, pooled"):
        assert rates[name].share < 0.91
    assert_rate(rates["equivalence test (Welch), type I error"], 0, 0.05)


def test_numbers_do_not_depend_on_the_processes():
    cells = [Cell("baseline", "normal", 25, effect=effect) for effect in (0.0, 1.0)]
    one, two = simulate(cells, 200, workers=1), simulate(cells, 200, workers=2)
    assert one == two
    assert len({cell.name for cell in all_cells()}) == len(all_cells())


def test_rates_print_with_their_error_and_what_is_undefined():
    assert str(Rate(0.9, 100, 100)) == ".900 ± .030"
    assert str(Rate(1.0, 75, 100)) == "1.000 ± .000 (25.0 % undefined)"


def test_tables_have_a_row_for_each_rate_and_stand_between_their_marks():
    cells = [Cell("baseline", "normal", n) for n in SIZES]
    rates = {cell: {"ANCOVA": Rate(0.95, 400, 400)} for cell in cells}
    table = rate_table(rates, [("0", ("baseline", "normal", 0.0, 0.0))], ("x", "interval"))
    shares = " | ".join([".950 ± .011"] * len(SIZES))
    assert table.splitlines()[-1] == f"| 0 | ANCOVA | {shares} |"
    page = "a\n<!-- t -->\nold\n<!-- /t -->\nb"
    assert page_with({"t": "new"}, page) == "a\n<!-- t -->\nnew\n<!-- /t -->\nb"


def test_the_page_holds_the_populations_as_they_are():
    page = PAGE.read_text(encoding="utf-8")
    assert page_with({"populations": population_table()}, page) == page
