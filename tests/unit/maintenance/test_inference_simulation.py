"""The simulation of docs/inference.md: its populations, a small part of it, and its tables."""

import re

import numpy as np
import pytest
from tests.depth import deep, examples

from attune.stats.alpha import cronbach_alpha
from attune.stats.ancova import adjusted_difference, ancova, corrected_slope
from attune.stats.hypothesis_tests import pearson_test, spearman_test
from attune.stats.regression import regress
from attune.stats.score_distribution import score_distribution
from maintenance.inference_cells import Cell
from maintenance.inference_designs import GROUPS, hc4_slope_se
from maintenance.inference_findings import (
    LEVEL_TARGET,
    TARGETS,
    SimulatedShare,
    findings,
    missed_list,
    simulated_shares,
)
from maintenance.inference_gains import (
    draw_gains,
    effect_of_noise,
    gain_coefficients,
    population_difference,
)
from maintenance.score_populations import (
    LOADINGS,
    LOWEST_THRESHOLD,
    change_moments,
    coefficients,
    draw_items,
    draw_traits,
)
from maintenance.simulate_inference import (
    KINDS,
    PAGE,
    SIZES,
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


@pytest.mark.parametrize("kind", LOWEST_THRESHOLD)
def test_exact_coefficients_of_gains_are_those_of_many_people(kind):
    cell = Cell("gains, intervals", kind, 100_000, 0.6, 0.355)
    pretest, posttest, x = (values[0] for values in draw_gains(cell, np.random.default_rng(2), 1))
    moments, reliability = change_moments(kind, effect=effect_of_noise(cell)), 0.9
    r, slope, corrected = gain_coefficients(moments, 0.6, reliability)
    found = ancova(pretest, posttest, x)
    # Standard errors are .003 of the partial r, and 1.5 % of both slopes.
    assert found.partial_r == pytest.approx(r, abs=0.012)
    assert found.slope == pytest.approx(slope, rel=0.05)
    with_error = corrected_slope(pretest, posttest, x, reliability)
    assert with_error.test.estimate == pytest.approx(corrected, rel=0.06)


@pytest.mark.parametrize("kind", LOWEST_THRESHOLD)
def test_exact_differences_at_baseline_are_those_of_many_people(kind):
    people, generator = 100_000, np.random.default_rng(3)
    truth = population_difference(Cell("baseline", kind, people, effect=1.0))
    population = coefficients(kind)
    condition = np.repeat([1.0, 0.0], people // 2)
    before = draw_items(kind, generator.normal(size=people) + condition, generator).sum(axis=1)
    before = (before - population.mean) / population.variance**0.5
    trait = 0.6 * before + 0.6 * condition + 0.8 * generator.normal(size=people)
    after = draw_items(kind, trait, generator).sum(axis=1)
    found = adjusted_difference(before, after, condition)
    assert found.difference == pytest.approx(truth.difference, rel=0.04)
    assert found.d == pytest.approx(truth.d, rel=0.04)
    assert found.first.mean == pytest.approx(truth.mean_at(0, found.pretest_mean), rel=0.03)
    # Of normal scores with equal pretests: the shift of the trait times the sum of the loadings.
    if kind == "normal":
        plain = population_difference(Cell("baseline", kind, people))
        assert plain.difference == pytest.approx(0.6 * LOADINGS.sum())


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
    names = ("r, jackknife", "r, sandwich", "slope, jackknife", "alpha, jackknife")
    for name in (*names, "omega, jackknife"):
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


def test_intervals_beside_the_pretest_cover():
    cells = [Cell("gains, intervals", kind, 60, 0.3, 0.355) for kind in ("normal", "strong floor")]
    normal, floor = simulate(cells, REPLICATIONS, workers=1).values()
    assert len(normal) == 7
    for name in normal:
        assert_rate(normal[name], 0.92 if "BCa" in name else 0.94, 0.965)
    for name in ("jackknife", "sandwich"):
        assert_rate(floor[f"partial r, {name}"], 0.92, 0.97)
    assert_rate(floor["slope in ANCOVA, HC3"], 0.92, 0.97)
    assert floor["slope in ANCOVA, ordinary"].share < floor["slope in ANCOVA, HC3"].share


def test_adjusted_means_and_differences_cover():
    [rates] = simulate([Cell("baseline", "normal", 200, effect=1.0)], REPLICATIONS, 1).values()
    for name in ("adjusted difference, ordinary", "adjusted difference, HC3", "d in posttest SDs",
                 "adjusted mean, first condition", "adjusted mean, second condition"):  # fmt: skip
        assert_rate(rates[name], 0.94, 0.96)
    assert rates["residual gains"].share < 0.9


def test_equal_groups_with_a_floor():
    [rates] = simulate([Cell("1:1, equal SDs", "strong floor", 60)], REPLICATIONS, 1).values()
    for name in ("difference of means, Welch", "d, pooled", "g, pooled", "d, not pooled"):
        assert_rate(rates[name], 0.92, 0.97)


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


class TestFindings:
    """What the page says of its tables is what its tables hold."""

    page = PAGE.read_text(encoding="utf-8")

    def test_paragraphs_and_lists_are_those_of_the_tables(self):
        assert page_with(findings(self.page), self.page) == self.page

    def test_every_cell_that_misses_its_target_is_named(self):
        """Read again in another way: rows of the tables against the lines of the lists."""
        lists = "".join(
            self.page.partition(f"<!-- {mark} -->")[2].partition(f"<!-- /{mark} -->")[0]
            for mark in ("missed", "missed-others")
        )
        tables = self.page.partition("<!-- coverage -->")[2]
        tables = tables.partition("<!-- power -->")[0] + tables.partition("<!-- /power -->")[2]
        missed = 0
        for line in tables.splitlines():
            if " ± " not in line:
                continue
            condition, name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
            kind = condition.partition(";")[0]
            of_tests = re.search(r"\btest\b|two-step|ANCOVA (?:t|HC3)$|Freedman", name)
            low, high = LEVEL_TARGET if of_tests else TARGETS[kind]
            for n, cell in zip(SIZES, cells, strict=True):
                share = re.match(r"\d?\.\d{3}", cell)
                if share and not low <= float(share[0]) <= high:
                    missed += 1
                    own = re.findall(rf"^\* \*{re.escape(name)}\* .*$", lists, re.MULTILINE)
                    of_kind = " ".join(
                        part for one in own for part in one.split("; ") if kind in part
                    )
                    ranges = re.findall(rf"n = {n} (\d?\.\d{{3}})(?: to (\d?\.\d{{3}}))?", of_kind)
                    assert any(
                        float(ends[0]) <= float(share[0]) <= float(ends[1] or ends[0])
                        for ends in ranges
                    ), (line, n)
        assert missed > 50

    def test_the_targets_of_the_text_are_those_of_the_lists(self):
        low, high = TARGETS["normal"]
        text = f"{low:.2f} to {high:.2f}".replace("0.", ".")
        assert f"cover in {text} of samples with normal scores and moderate floors" in self.page
        assert TARGETS["moderate floor"] == TARGETS["normal"]
        assert f"and in {TARGETS['strong floor'][0]:.2f}".replace("0.", ".") in self.page
        level = " to ".join(f"{end:.3f}" for end in LEVEL_TARGET).replace("0.", ".")
        assert f"should reject in {level}, two Monte Carlo standard errors" in self.page

    def test_no_number_of_the_paragraphs_is_typed_in(self):
        typed = self.page.partition("## What was found")[2].partition("## How the intervals")[0]
        for mark in ("found", "missed"):
            before, _, rest = typed.partition(f"<!-- {mark} -->")
            typed = before + rest.partition(f"<!-- /{mark} -->")[2]
        numbers = re.findall(r"\d?\.\d+", typed)
        assert sorted(numbers) == [".040", ".05", ".060", ".92", ".94", ".96"]

    def test_a_line_names_the_range_and_how_many_conditions_miss(self):
        shares = [
            SimulatedShare("gains", f"normal; .{place}0", "partial r, jackknife", 25, share)
            for place, share in enumerate([0.93, 0.92, 0.95])
        ]
        assert missed_list(shares, of_defaults=True) == (
            "* *partial r, jackknife* (gains with an effect): normal n = 25 .920 to .930 in 2 of 3"
        )
        assert missed_list(shares, of_defaults=False) == ""

    def test_a_place_without_a_cell_is_an_error(self):
        with pytest.raises(LookupError, match=r"No cell of the tables is .coverage"):
            findings(self.page.replace("| strong floor |", "| another floor |"))

    def test_every_table_of_the_simulation_is_in_the_page(self):
        assert len(simulated_shares(self.page)) > 1000
