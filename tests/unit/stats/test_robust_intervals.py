"""Jackknife intervals: leaving out a dyad, transformations, degrees of freedom, undefined cases."""

import numpy as np
import pytest
from scipy.special import stdtrit
from tests.depth import deep, examples

from attune.specs.errors import AnalysisError
from attune.stats.alpha import alphas_without_one, cronbach_alpha
from attune.stats.hypothesis_tests import partial_test, pearson_test
from attune.stats.omega import omega_and_without_one, omega_total
from attune.stats.regression import regress
from attune.stats.robust_intervals import (
    jackknife_interval,
    robust_alpha_interval,
    robust_correlation_interval,
    robust_omega_interval,
    robust_slope_interval,
    sandwich_correlation_interval,
)

random = np.random.default_rng(5)
COVARIATES = random.normal(size=(30, 2))
X = COVARIATES[:, 0] + random.normal(size=30)
Y = COVARIATES.sum(axis=1) + X + random.exponential(size=30)
TRAIT = random.normal(size=(60, 1))
ITEMS = np.clip(np.round(2 + TRAIT + random.normal(size=(60, 7)) * np.linspace(0.8, 1.2, 7)), 0, 4)


def without(rows: np.ndarray, i: int) -> np.ndarray:
    return np.delete(rows, i, axis=0)


def interval_of(estimate, values, inverse, held=0):
    _, df, reach = jackknife_interval(estimate, values, 0.95, held)
    return df, *sorted((inverse(estimate - reach), inverse(estimate + reach)))


class TestJackknifeInterval:
    def test_of_a_mean_is_the_t_interval_where_the_tails_are_short(self):
        values = np.array([1.0, 2, 4, 5, 9, 9])
        left_out = [without(values, i).mean() for i in range(6)]
        se, df, reach = jackknife_interval(values.mean(), left_out)
        assert se == pytest.approx(values.std(ddof=1) / np.sqrt(6))
        assert df == 5
        assert reach == pytest.approx(2.570581835636314 * se)

    def test_long_tails_cost_degrees_of_freedom(self):
        short, long = np.arange(20.0), np.r_[np.zeros(19), 20.0]
        assert jackknife_interval(0.0, short)[1] == pytest.approx(19)
        # One dyad with all influence: kurtosis n - 2 + 1 / (n - 1).
        kurtosis = 18 + 1 / 19
        expected = 2 / (2 / 19 + (kurtosis - 3) / 20)
        assert jackknife_interval(0.0, long)[1] == pytest.approx(expected)
        assert jackknife_interval(0.0, short, held=2)[1] == pytest.approx(17)

    def test_is_undefined_with_an_undefined_value(self):
        assert np.isnan(jackknife_interval(0.0, [1.0, np.nan, 2.0])).all()
        assert np.isnan(jackknife_interval(np.inf, [1.0, 3.0, 2.0])).all()


class TestCorrelation:
    def test_leaves_out_every_dyad(self):
        z = [np.arctanh(pearson_test(without(X, i), without(Y, i)).r) for i in range(30)]
        r = pearson_test(X, Y).r
        df, low, high = interval_of(np.arctanh(r), z, np.tanh)
        found = robust_correlation_interval(X, Y)
        assert (found.df, found.low, found.high) == pytest.approx((df, low, high))
        assert found.se == pytest.approx((1 - r**2) * jackknife_interval(0, z)[0])

    @pytest.mark.parametrize("k", [1, 2])
    def test_computes_residuals_anew_without_every_dyad(self, k):
        held = COVARIATES[:, :k]
        z = [
            np.arctanh(partial_test(without(X, i), without(Y, i), without(held, i)).r)
            for i in range(30)
        ]
        r = partial_test(X, Y, held).r
        df, low, high = interval_of(np.arctanh(r), z, np.tanh, held=k)
        found = robust_correlation_interval(X, Y, covariates=held)
        assert (found.df, found.low, found.high) == pytest.approx((df, low, high))

    def test_has_no_unit_no_order_and_turns_with_the_sign(self):
        found = robust_correlation_interval(X, Y)
        scaled = robust_correlation_interval(3 * Y - 1, 10 * X)
        assert (scaled.low, scaled.high) == pytest.approx((found.low, found.high))
        turned = robust_correlation_interval(-X, Y)
        assert (-turned.high, -turned.low) == pytest.approx((found.low, found.high))

    def test_holds_r_and_widens_with_coverage(self):
        narrow, wide = (robust_correlation_interval(X, Y, level) for level in (0.8, 0.99))
        r = pearson_test(X, Y).r
        assert wide.low < narrow.low < r < narrow.high < wide.high

    @pytest.mark.parametrize("sign", [1, -1])
    def test_of_a_perfect_correlation_has_no_width(self, sign):
        found = robust_correlation_interval(X, sign * X)
        assert (found.low, found.high, found.se) == (sign, sign, 0)

    def test_is_undefined_if_one_dyad_makes_a_measure_vary(self):
        # With these values rounding leaves a spread that is not exactly 0.
        alone = np.r_[np.full(29, 1 / 3), 0.9]
        found = robust_correlation_interval(alone, Y)
        assert np.isnan([found.se, found.df, found.low, found.high]).all()


class TestSandwich:
    @pytest.mark.parametrize("k", [0, 1, 2])
    def test_divides_the_influence_by_what_the_larger_leverage_leaves(self, k):
        held = COVARIATES[:, :k]
        u, v = (regress(values, held).residual for values in (X, Y)) if k else (X, Y)
        u, v = ((values - values.mean()) / values.std() for values in (u, v))
        r = float((u * v).mean())
        # The derivative of r when the weight of one dyad changes.
        influence = u * v - r * (u**2 + v**2) / 2
        columns = [np.column_stack([values, held]) for values in (X, Y)]
        leverage = np.max([regress(Y, one).leverage for one in columns], axis=0)
        se = np.sqrt(((influence / (1 - leverage)) ** 2).sum()) / 30
        found = sandwich_correlation_interval(X, Y, covariates=held if k else None)
        assert found.df == 28 - k
        assert found.se == pytest.approx(se)
        reach = stdtrit(28 - k, 0.975) * se / (1 - r**2)
        limits = np.tanh([np.arctanh(r) - reach, np.arctanh(r) + reach])
        assert (found.low, found.high) == pytest.approx(tuple(limits))

    def test_has_no_unit_no_order_and_turns_with_the_sign(self):
        found = sandwich_correlation_interval(X, Y)
        scaled = sandwich_correlation_interval(3 * Y - 1, 10 * X)
        assert (scaled.low, scaled.high) == pytest.approx((found.low, found.high))
        turned = sandwich_correlation_interval(-X, Y)
        assert (-turned.high, -turned.low) == pytest.approx((found.low, found.high))

    def test_is_near_the_jackknife(self):
        rng = np.random.default_rng(8)
        x, y = rng.normal(size=(2, 2000))
        found = sandwich_correlation_interval(x, x + y)
        assert found.se == pytest.approx(robust_correlation_interval(x, x + y).se, rel=0.01)

    @pytest.mark.parametrize("sign", [1, -1])
    def test_of_a_perfect_correlation_has_no_width(self, sign):
        found = sandwich_correlation_interval(X, sign * X)
        assert (found.low, found.high, found.se) == (sign, sign, 0)

    def test_is_undefined_if_one_dyad_makes_a_measure_vary(self):
        alone = np.r_[np.full(29, 1 / 3), 0.9]
        found = sandwich_correlation_interval(alone, Y)
        assert np.isnan([found.se, found.df, found.low, found.high]).all()


class TestSlope:
    def test_leaves_out_every_dyad(self):
        slopes = [
            float(np.polynomial.polynomial.polyfit(without(X, i), without(Y, i), 1)[1])
            for i in range(30)
        ]
        slope = float(np.polynomial.polynomial.polyfit(X, Y, 1)[1])
        df, low, high = interval_of(slope, slopes, float, held=1)
        found = robust_slope_interval(X, Y)
        assert (found.df, found.low, found.high) == pytest.approx((df, low, high))

    def test_is_near_hc3(self):
        # The jackknife centres the influence and has the factor (n - 1) / n; HC3 has neither.
        assert robust_slope_interval(X, Y).se == pytest.approx(
            regress(Y, X[:, None]).hc3_se[1], rel=0.03
        )

    def test_is_undefined_if_one_dyad_determines_it(self):
        found = robust_slope_interval(np.r_[np.full(29, 0.1), 0.7], Y)
        assert np.isnan([found.se, found.low, found.high]).all()


class TestReliability:
    def test_alpha_leaves_out_every_questionnaire(self):
        left_out = [cronbach_alpha(without(ITEMS, i)) for i in range(60)]
        assert alphas_without_one(ITEMS) == pytest.approx(left_out)
        alpha = cronbach_alpha(ITEMS)
        df, low, high = interval_of(
            np.log(1 - alpha), np.log(1 - np.array(left_out)), lambda t: 1 - np.exp(t)
        )
        found = robust_alpha_interval(ITEMS)
        assert (found.df, found.low, found.high) == pytest.approx((df, low, high))
        assert found.low < alpha < found.high < 1

    def test_omega_is_that_of_new_fits(self):
        left_out = np.array([omega_total(without(ITEMS, i)) for i in range(60)])
        omega, found = omega_and_without_one(ITEMS)
        assert omega == omega_total(ITEMS)
        assert found == pytest.approx(left_out, abs=1e-5)
        transforms = np.log(1 - left_out)
        df, low, high = interval_of(np.log(1 - omega), transforms, lambda t: 1 - np.exp(t))
        found = robust_omega_interval(ITEMS)
        assert (found.df, found.low, found.high) == pytest.approx((df, low, high), rel=1e-3)
        assert found.low < omega < found.high < 1

    @deep
    def test_omega_varies_as_in_a_bootstrap(self):
        generator, count = np.random.default_rng(3), examples(80, many=200)
        resamples = [ITEMS[generator.integers(0, 60, 60)] for _ in range(count)]
        spread = np.std([np.log(1 - omega_total(resample)) for resample in resamples])
        se = robust_omega_interval(ITEMS).se / (1 - omega_total(ITEMS))
        # A standard deviation of 80 values is known to within 8 %; the jackknife is a little wide.
        assert 0.9 < se / spread < 1.25

    def test_omega_is_defined_if_one_person_makes_an_item_vary(self):
        items = ITEMS.copy()
        items[:, 0] = 0
        items[7, 0] = 1
        with pytest.raises(AnalysisError, match="item 1"):
            omega_total(without(items, 7))
        found = robust_omega_interval(items)
        assert found.low < omega_total(items) < found.high

    @pytest.mark.parametrize("interval", [robust_alpha_interval, robust_omega_interval])
    def test_knows_no_common_unit_and_leaves_incomplete_rows_out(self, interval):
        found = interval(ITEMS)
        scaled = interval(10 - 3 * ITEMS)
        assert (scaled.low, scaled.high) == pytest.approx((found.low, found.high))
        holes = ITEMS.copy()
        holes[[3, 9], [0, 2]] = np.nan
        assert interval(holes) == interval(np.delete(ITEMS, [3, 9], axis=0))
        with pytest.raises(AnalysisError, match="at least 3 questionnaires"):
            interval(ITEMS[:2])

    def test_alpha_is_undefined_if_one_person_makes_the_sum_vary(self):
        items = np.zeros((10, 2))
        items[:, 0], items[:, 1] = np.arange(10) % 2, 1 - np.arange(10) % 2
        items[4, 0] = 3
        assert np.isnan(alphas_without_one(items)[4])
        assert np.isnan(robust_alpha_interval(items).low)
