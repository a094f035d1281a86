import dataclasses

import numpy as np
import pytest
from tests.depth import deep, examples

from attune.specs.errors import AnalysisError
from attune.stats.ancova import (
    adjusted_difference,
    ancova,
    ancova_regression,
    complete_ancova,
    corrected_slope,
    why_no_adjusted_difference,
    why_no_ancova,
    why_no_corrected_slope,
)
from attune.stats.hypothesis_tests import (
    mean_difference_test,
    mean_ranks,
    partial_residuals,
    partial_test,
    pearson_r,
    pearson_test,
    residual_test,
)
from attune.stats.regression import regress

random = np.random.default_rng(5)
PRETEST = random.normal(50, 10, 40)
X = 0.4 * PRETEST + random.normal(0, 8, 40)
POSTTEST = 0.6 * PRETEST + 0.2 * X + random.normal(0, 6, 40)
FIRST = (np.arange(40) % 3 == 0).astype(float)


def residual(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    return regress(y, p[:, None]).residual


class TestAncova:
    fit = ancova(PRETEST, POSTTEST, X)

    def test_t_and_partial_r_are_one_test(self):
        fit = self.fit
        assert fit.df == 37
        assert fit.t**2 / (fit.t**2 + fit.df) == pytest.approx(fit.partial_r**2, rel=1e-13)
        partial = partial_test(X, POSTTEST, PRETEST[:, None])
        assert fit.partial_r == pytest.approx(partial.r, abs=1e-13)
        assert fit.p_two_tailed == pytest.approx(partial.p_two_tailed, rel=1e-11)
        assert fit.partial_r_ci_low == pytest.approx(partial.ci_low, abs=1e-13)
        assert fit.partial_r_ci_high == pytest.approx(partial.ci_high, abs=1e-13)

    def test_the_square_of_the_semipartial_r_is_the_variance_added(self):
        both = regress(POSTTEST, np.column_stack([PRETEST, X])).r_squared
        pretest = regress(POSTTEST, PRETEST[:, None]).r_squared
        assert self.fit.semipartial_r**2 == pytest.approx(both - pretest, abs=1e-13)
        assert self.fit.semipartial_r * self.fit.slope > 0

    def test_the_standardised_slope_is_the_slope_of_standardised_measures(self):
        def z(values):
            return (values - values.mean()) / values.std(ddof=1)

        fit = ancova(z(PRETEST), z(POSTTEST), z(X))
        assert fit.slope == pytest.approx(self.fit.standardised_slope, rel=1e-12)

    def test_units_do_not_change_p(self):
        scaled = ancova(1e3 - 0.1 * PRETEST, 5 + 20 * POSTTEST, 100 * X - 7)
        names = ("p_two_tailed", "hc3_p_two_tailed", "partial_r", "semipartial_r")
        for name in names:
            assert getattr(scaled, name) == pytest.approx(getattr(self.fit, name), rel=1e-9)
        assert scaled.slope == pytest.approx(self.fit.slope / 5, rel=1e-10)
        assert scaled.pretest_r == pytest.approx(-self.fit.pretest_r)

    def test_the_change_instead_of_the_posttest_changes_nothing(self):
        change = ancova(PRETEST, POSTTEST - PRETEST, X)
        for name in ("slope", "se", "p_two_tailed", "hc3_se", "partial_r"):
            assert getattr(change, name) == pytest.approx(getattr(self.fit, name), rel=1e-10)

    def test_unrelated_to_the_pretest_the_slope_is_that_of_the_residual_gain(self):
        unrelated = residual(X, PRETEST)
        fit = ancova(PRETEST, POSTTEST, unrelated)
        assert fit.pretest_r == pytest.approx(0, abs=1e-14)
        gain = residual(POSTTEST, PRETEST)
        assert fit.slope == pytest.approx(regress(gain, unrelated[:, None]).coefficients[1])
        assert fit.partial_r == pytest.approx(pearson_test(gain, unrelated).r, abs=1e-13)

    def test_related_to_the_pretest_the_residual_gain_shows_less(self):
        gain = residual(POSTTEST, PRETEST)
        two_step = pearson_test(gain, X).r
        shrinkage = np.sqrt(1 - self.fit.pretest_r**2)
        assert two_step == pytest.approx(self.fit.partial_r * shrinkage, abs=1e-13)

    def test_complete_dyads_only(self):
        gaps = [np.where(np.arange(40) == gap, np.nan, v) for gap, v in ((1, PRETEST), (5, X))]
        fit = ancova(gaps[0], POSTTEST, gaps[1])
        kept = np.delete(np.arange(40), [1, 5])
        assert fit.n == 38
        assert fit == ancova(PRETEST[kept], POSTTEST[kept], X[kept])

    def test_one_tailed_p(self):
        fit = self.fit
        tails = ("greater", "less") if fit.slope > 0 else ("less", "greater")
        assert fit.p_one_tailed(tails[0]) == fit.p_two_tailed / 2
        assert fit.p_one_tailed(tails[1]) == 1 - fit.p_two_tailed / 2
        assert fit.hc3_p_one_tailed(tails[0]) == fit.hc3_p_two_tailed / 2

    def test_interval_and_test_agree(self):
        level = 1 - self.fit.p_two_tailed
        fit = ancova(PRETEST, POSTTEST, X, interval=level)
        assert min(abs(fit.ci_low), abs(fit.ci_high)) == pytest.approx(0, abs=1e-10)
        robust = ancova(PRETEST, POSTTEST, X, interval=1 - fit.hc3_p_two_tailed)
        nearest = min(abs(robust.hc3_ci_low), abs(robust.hc3_ci_high))
        assert nearest == pytest.approx(0, abs=1e-10)

    def test_one_dyad_with_all_leverage(self):
        fit = ancova(PRETEST, POSTTEST, np.arange(40) == 3)
        assert fit.hc3_reason is not None
        assert np.isnan([fit.hc3_se, fit.hc3_p_two_tailed, fit.hc3_ci_low]).all()
        assert np.isfinite([fit.se, fit.p_two_tailed, fit.partial_r]).all()


FOUR, FIVE, SIX = [1.0, 2, 3, 4], [1.0, 2, 3, 4, 5], [1.0, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("pretest", "posttest", "x", "sentence"),
    [
        (FOUR, FOUR, FOUR, "needs at least 5 dyads with pretest, posttest and x, found 4"),
        ([*FOUR, np.nan], FIVE, FIVE, "found 4"),
        ([0.1] * 5, FIVE, FIVE, "The pretest has the same value in all 5 dyads"),
        (FIVE, [2] * 5, FIVE, "The posttest has the same value in all 5 dyads"),
        (FIVE, [1, 3, 2, 5, 4], [0.7] * 5, "x has the same value in all 5 dyads"),
        (FIVE, [1, 3, 2, 5, 4], [0.1, 0.2, 0.3, 0.4, 0.5], "x is a linear function of the pretest"),
        (FIVE, [1.7, 2.4, 3.1, 3.8, 4.5], [1, 0, 0, 1, 1], "The pretest determines the posttest"),
        (SIX, [2, 3, 5, 6, 6, 7], [1, 1, 2, 2, 1, 1], "Pretest and x determine the posttest"),
    ],
)
def test_why_no_ancova(pretest, posttest, x, sentence):
    reason = why_no_ancova(pretest, posttest, x)
    assert reason is not None
    assert sentence in reason
    with pytest.raises(AnalysisError, match=sentence):
        ancova(pretest, posttest, x)


def test_five_dyads_are_enough():
    assert why_no_ancova(FIVE, [1, 3, 2, 5, 4], [1, 0, 0, 1, 1]) is None
    assert np.isfinite(ancova(FIVE, [1, 3, 2, 5, 4], [1, 0, 0, 1, 1]).partial_r_ci_low)


class TestAdjustedDifference:
    fit = adjusted_difference(PRETEST, POSTTEST, FIRST)

    def test_is_the_slope_of_the_dummy(self):
        slope = ancova(PRETEST, POSTTEST, FIRST)
        assert self.fit.difference == pytest.approx(slope.slope, rel=1e-11)
        for name in ("n", "df", "se", "t", "p_two_tailed", "ci_low", "hc3_se", "hc3_ci_high"):
            assert getattr(self.fit, name) == pytest.approx(getattr(slope, name), rel=1e-10)

    def test_adjusted_means(self):
        fit = self.fit
        assert fit.first.mean - fit.second.mean == pytest.approx(fit.difference, abs=1e-12)
        assert (fit.first.n, fit.second.n) == (14, 26)
        assert fit.pretest_mean == pytest.approx(PRETEST.mean())
        for mean in (fit.first, fit.second):
            moved = mean.observed - fit.pretest_slope * (mean.pretest - fit.pretest_mean)
            assert mean.mean == pytest.approx(moved, abs=1e-12)
            assert (mean.ci_low + mean.ci_high) / 2 == pytest.approx(mean.mean)

    def test_conditions_exchanged(self):
        other = adjusted_difference(PRETEST, POSTTEST, 1 - FIRST)
        assert dataclasses.astuple(other.first) == pytest.approx(
            dataclasses.astuple(self.fit.second), rel=1e-11
        )
        for name in ("difference", "d", "baseline_d", "t"):
            assert getattr(other, name) == pytest.approx(-getattr(self.fit, name), rel=1e-10)
        assert other.d_se == pytest.approx(self.fit.d_se, rel=1e-11)
        assert other.ci_low == pytest.approx(-self.fit.ci_high, rel=1e-10)

    def test_equal_baselines_give_the_difference_of_the_posttests(self):
        pretest = np.tile([1.0, 2, 4, 7, 8], 2)
        posttest = np.array([1.0, 4, 3, 6, 7, 3, 3, 6, 9, 8])
        first = np.repeat([1, 0], 5)
        fit = adjusted_difference(pretest, posttest, first)
        plain = mean_difference_test(posttest[:5], posttest[5:])
        assert fit.difference == pytest.approx(plain.difference)
        assert fit.se < plain.se
        assert fit.baseline_d == 0
        # Without baseline difference d has the usual variance, but for the degrees of freedom.
        within = np.concatenate([v - v.mean() for v in (posttest[:5], posttest[5:])])
        r = pearson_test(np.tile(pretest[:5] - pretest[:5].mean(), 2), within).r
        usual = 10 / 25 * (1 - r**2) * 8 / 7 + fit.d**2 / 16
        assert fit.d_se**2 == pytest.approx(usual, rel=1e-12)
        assert fit.d == pytest.approx(fit.difference / np.sqrt((within**2).sum() / 8))

    def test_a_mask_and_dyads_in_neither_condition(self):
        mask = adjusted_difference(PRETEST, POSTTEST, FIRST == 1)
        assert mask == self.fit
        some = np.where(np.arange(40) > 35, np.nan, FIRST)
        assert adjusted_difference(PRETEST, POSTTEST, some) == adjusted_difference(
            PRETEST[:36], POSTTEST[:36], FIRST[:36]
        )

    def test_one_tailed_p(self):
        tail = "greater" if self.fit.difference > 0 else "less"
        assert self.fit.p_one_tailed(tail) == self.fit.p_two_tailed / 2
        assert self.fit.hc3_p_one_tailed(tail) == self.fit.hc3_p_two_tailed / 2

    @deep
    @pytest.mark.parametrize(("imbalance", "slope"), [(0.0, 0.5), (1.0, 0.8)])
    def test_coverage_of_d(self, imbalance, slope):
        draws = np.random.default_rng(8)
        first = np.repeat([1.0, 0.0], 40)
        population = 1.5 - slope * imbalance
        hits, count = 0, examples(200, many=4_000)
        for _ in range(count):
            own, error = draws.normal(size=80), np.sqrt(1 - slope**2) * draws.normal(size=80)
            posttest = slope * own + error + 1.5 * first
            fit = adjusted_difference(own + imbalance * first, posttest, first)
            hits += fit.d_ci_low <= population <= fit.d_ci_high
        # Four Monte Carlo standard errors; without the baseline's terms .89 in the second case.
        assert hits / count == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / count))


@pytest.mark.parametrize(
    ("pretest", "posttest", "first", "sentence"),
    [
        (
            FOUR,
            FOUR,
            [1, 1, 0, 0],
            "at least 5 dyads with pretest, posttest and condition, found 4",
        ),
        (FIVE, FIVE, [1, 1, 0, 0, 2], "coded 1 and 0"),
        (FIVE, FIVE, [1, 1, 1, 1, 1], "found 5 and 0"),
        (FIVE, FIVE, [0, 0, 0, 0, 1], "at least 2 dyads per condition, found 1 and 4"),
        ([3, 3, 1, 1, 1], [1, 3, 2, 5, 4], [1, 1, 0, 0, 0], "constant within both conditions"),
        ([3] * 5, [1, 3, 2, 5, 4], [1, 1, 0, 0, 0], "The pretest has the same value"),
        (FIVE, [2] * 5, [1, 1, 0, 0, 0], "The posttest has the same value"),
        (FIVE, [4, 4, 1, 1, 1], [1, 1, 0, 0, 0], "Pretest and condition determine the posttest"),
    ],
)
def test_why_no_adjusted_difference(pretest, posttest, first, sentence):
    reason = why_no_adjusted_difference(pretest, posttest, first)
    assert reason is not None
    assert sentence in reason
    with pytest.raises(AnalysisError, match=sentence):
        adjusted_difference(pretest, posttest, first)


class TestCorrectedSlope:
    def test_a_perfect_pretest_needs_no_correction(self):
        fit = corrected_slope(PRETEST, POSTTEST, X, 1.0)
        assert fit.test.estimate == pytest.approx(ancova(PRETEST, POSTTEST, X).slope, rel=1e-12)

    def test_jackknife_leaves_each_dyad_out(self):
        fit = corrected_slope(PRETEST, POSTTEST, X, 0.8)
        without = [
            corrected_slope(*(np.delete(v, dyad) for v in (PRETEST, POSTTEST, X)), 0.8)
            for dyad in range(40)
        ]
        slopes = np.array([own.test.estimate for own in without])
        se = np.sqrt(39 / 40 * ((slopes - slopes.mean()) ** 2).sum())
        assert fit.test.se == pytest.approx(se, rel=1e-10)
        assert (fit.n, fit.test.df, fit.reliability) == (40, 37, 0.8)

    def test_the_true_pretest_is_recovered(self):
        """Error of the pretest is put into the slope of x by ANCOVA and taken out again."""
        draws = np.random.default_rng(3)
        true = draws.normal(size=200_000)
        x = 0.6 * true + 0.8 * draws.normal(size=200_000)
        posttest = true + 0.3 * x + draws.normal(size=200_000)
        pretest = true + draws.normal(0, np.sqrt(0.25), size=200_000)
        assert ancova(pretest, posttest, x).slope > 0.45
        fit = corrected_slope(pretest, posttest, x, 0.8)
        assert fit.test.estimate == pytest.approx(0.3, abs=5 * fit.test.se)
        assert fit.test.se < 0.005

    def test_units(self):
        fit = corrected_slope(PRETEST, POSTTEST, X, 0.8).test
        scaled = corrected_slope(3 * PRETEST + 1e3, 2 * POSTTEST, 5 - X, 0.8).test
        assert scaled.estimate == pytest.approx(-2 * fit.estimate, rel=1e-10)
        assert scaled.p_two_tailed == pytest.approx(fit.p_two_tailed, rel=1e-9)

    @pytest.mark.parametrize("reliability", [0.0, -0.1, 1.1, np.nan])
    def test_impossible_reliabilities(self, reliability):
        with pytest.raises(AnalysisError, match="above 0 and is at most 1"):
            corrected_slope(PRETEST, POSTTEST, X, reliability)

    def test_less_true_variance_than_x_predicts(self):
        r = ancova(PRETEST, POSTTEST, X).pretest_r
        reason = why_no_corrected_slope(PRETEST, POSTTEST, X, r**2 - 1e-6)
        assert reason is not None
        assert "less true variance than x alone predicts" in reason
        reason = why_no_corrected_slope(PRETEST, POSTTEST, X, r**2 + 1e-6)
        assert reason is not None
        assert "when one dyad is left out" in reason
        assert why_no_corrected_slope(PRETEST, POSTTEST, X, r**2 + 0.2) is None

    def test_reasons_of_the_regression_come_first(self):
        assert why_no_corrected_slope(FIVE, FIVE, FIVE, 0.8) == why_no_ancova(FIVE, FIVE, FIVE)


def test_complete_dyads_give_the_same_fit():
    missing = np.where(np.arange(40) == 3, np.nan, X)
    complete = [values[np.isfinite(missing)] for values in (PRETEST, POSTTEST, X)]
    fit = ancova_regression(*complete)
    assert not isinstance(fit, str)
    assert complete_ancova(fit, *complete) == ancova(PRETEST, POSTTEST, missing)


def test_the_correlation_is_that_of_its_test():
    for x, y in ((X, POSTTEST), (X, 0.1 * X), (X, 3 - X), (X[:5], X[:5] ** 2)):
        assert pearson_r(x, y) == pearson_test(x, y).r
    assert pearson_r(X, 0.1 * X) == 1
    assert pearson_r(X, 3 - X) == -1


def test_mean_ranks_are_those_of_scipy():
    from scipy.stats import rankdata

    for values in (PRETEST, np.round(PRETEST / 10), np.ones(5), np.array([2.0, -1.0])):
        assert mean_ranks(values).tolist() == rankdata(values).tolist()


def test_a_partial_correlation_is_that_of_its_residuals():
    rest = partial_residuals(X, POSTTEST, PRETEST[:, None])
    assert residual_test(*rest, held=1) == partial_test(X, POSTTEST, PRETEST[:, None])
