"""Resampling where the pretest is taken out: against regressions done anew, one by one."""

from itertools import permutations as orders

import numpy as np
import pytest

from attune.stats import resampling
from attune.stats.ancova import ancova
from attune.stats.resampling import (
    bca_interval,
    bootstrap_indices,
    bootstrap_partial_correlations,
    bootstrap_residual_gain_correlations,
    freedman_lane_tests,
    jackknife_partial_correlations,
    jackknife_residual_gain_correlations,
    permutation_tests,
    stream,
)

random = np.random.default_rng(7)
PRETEST = random.normal(50, 10, size=(3, 20))
POSTTEST = 0.6 * PRETEST + random.normal(0, 8, size=(3, 20))
X = 0.5 * PRETEST - 0.4 * POSTTEST + random.normal(0, 9, size=(3, 20))
X_SOME = np.where(np.arange(20) % 7 == 3, np.nan, X)

WITHIN_ROUNDING = 1e-12


def residual(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    design = np.column_stack([np.ones(len(p)), p])
    return y - design @ np.linalg.lstsq(design, y, rcond=None)[0]


def partial_r(p: np.ndarray, y: np.ndarray, x: np.ndarray) -> float:
    return float(np.corrcoef(residual(y, p), residual(x, p))[0, 1])


def gain_r(p: np.ndarray, y: np.ndarray, x: np.ndarray) -> float:
    gain, known = residual(y, p), np.isfinite(x)
    return float(np.corrcoef(gain[known], x[known])[0, 1])


def freedman_lane_by_hand(p: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Partial correlations of x with all posttests of reordered residuals."""
    left = residual(y, p)
    found = [partial_r(p, y - left + left[list(order)], x) for order in orders(range(len(p)))]
    return np.array(found)


def test_pairs_that_share_change_or_x_are_as_they_are_alone():
    p, y = (np.tile(values[:2], (2, 1)) for values in (PRETEST, POSTTEST))
    for x in (np.repeat(X[:2], 2, axis=0), np.repeat(X_SOME[:2], 2, axis=0)):
        indices = bootstrap_indices(20, 200, stream(1, "test"))
        together = bootstrap_residual_gain_correlations(p, y, x, indices)
        alone = [
            bootstrap_residual_gain_correlations([p[i]], [y[i]], [x[i]], indices)[0]
            for i in range(4)
        ]
        assert (together == alone).all()
    partial = bootstrap_partial_correlations(p, y, np.repeat(X[:2], 2, axis=0), indices)
    tests = freedman_lane_tests(p, y, np.repeat(X[:2], 2, axis=0), 2000, stream(1, "test"))
    for i in range(4):
        own = ([p[i]], [y[i]], [X[i // 2]])
        assert (bootstrap_partial_correlations(*own, indices)[0] == partial[i]).all()
        assert freedman_lane_tests(*own, 2000, stream(1, "test")).greater[0] == tests.greater[i]


class TestBootstrap:
    indices = bootstrap_indices(20, 40, stream(1, "test"))

    @pytest.mark.parametrize(
        ("replicates_of", "direct_r", "x"),
        [
            (bootstrap_partial_correlations, partial_r, X),
            (bootstrap_residual_gain_correlations, gain_r, X),
            (bootstrap_residual_gain_correlations, gain_r, X_SOME),
        ],
    )
    def test_every_resample_is_regressed_anew(self, replicates_of, direct_r, x):
        replicates = replicates_of(PRETEST, POSTTEST, x, self.indices)
        assert replicates.shape == (3, 40)
        for pair in range(3):
            direct = [
                direct_r(PRETEST[pair, drawn], POSTTEST[pair, drawn], x[pair, drawn])
                for drawn in self.indices
            ]
            assert replicates[pair] == pytest.approx(direct, abs=WITHIN_ROUNDING)

    @pytest.mark.parametrize(
        "replicates_of", [bootstrap_partial_correlations, bootstrap_residual_gain_correlations]
    )
    def test_neither_chunks_nor_other_pairs_change_a_result(self, replicates_of, monkeypatch):
        whole = replicates_of(PRETEST, POSTTEST, X, self.indices)
        alone = replicates_of(PRETEST[1:2], POSTTEST[1:2], X[1:2], self.indices)
        monkeypatch.setattr(resampling, "_CELLS", 300)
        assert (alone[0] == whole[1]).all()
        assert (replicates_of(PRETEST, POSTTEST, X, self.indices) == whole).all()

    def test_undefined_resamples(self):
        indices = np.array([[0, 0, 0, 1, 1], [0, 1, 2, 3, 4], [4, 4, 4, 4, 4], [2, 2, 3, 4, 4]])
        p, y = [[1, 1, 2, 3, 5]], [[4, 2, 2, 7, 1]]
        partial = bootstrap_partial_correlations(p, y, [[3, 1, 5, 2, 2]], indices)[0]
        assert np.isnan(partial).tolist() == [True, False, True, False]
        # In the last resample two dyads have x, and the same.
        x = [[3, 1, 2, 2, np.nan]]
        gain = bootstrap_residual_gain_correlations(p, y, x, indices)[0]
        assert np.isnan(gain).tolist() == [True, False, True, True]

    def test_without_a_known_x_a_resample_is_undefined(self):
        with np.errstate(all="raise"):
            gain = bootstrap_residual_gain_correlations(
                [[1, 2, 3, 4]], [[1, 3, 2, 4]], [[1, 5, np.nan, np.nan]], np.array([[2, 3, 3, 2]])
            )
        assert np.isnan(gain).all()


class TestJackknife:
    @pytest.mark.parametrize(
        ("jackknife", "direct_r", "x"),
        [
            (jackknife_partial_correlations, partial_r, X[0]),
            (jackknife_residual_gain_correlations, gain_r, X[0]),
            (jackknife_residual_gain_correlations, gain_r, X_SOME[0]),
        ],
    )
    def test_leaves_each_dyad_out(self, jackknife, direct_r, x):
        p, y = PRETEST[0], POSTTEST[0]
        direct = [
            direct_r(np.delete(p, dyad), np.delete(y, dyad), np.delete(x, dyad))
            for dyad in range(20)
        ]
        assert jackknife(p, y, x) == pytest.approx(direct, abs=WITHIN_ROUNDING)

    @pytest.mark.parametrize(
        "jackknife", [jackknife_partial_correlations, jackknife_residual_gain_correlations]
    )
    def test_undefined_where_one_dyad_made_the_pretest_vary(self, jackknife):
        found = jackknife([1, 1, 1, 1, 9], [1, 2, 5, 3, 4], [1, 5, 2, 2, 2])
        assert np.isnan(found).tolist() == [False] * 4 + [True]

    def test_undefined_where_one_dyad_made_x_vary(self):
        with np.errstate(all="raise"):
            found = jackknife_residual_gain_correlations(
                [1, 2, 3, 4, 9], [1, 2, 5, 3, 4], [1, 5, 1, np.nan, np.nan]
            )
        assert np.isnan(found).tolist() == [False, True, False, False, False]

    def test_gives_a_bca_interval_around_the_estimate(self):
        p, y, x = PRETEST[0], POSTTEST[0], X[0]
        indices = bootstrap_indices(20, 999, stream(1, "test"))
        replicates = bootstrap_partial_correlations([p], [y], [x], indices)[0]
        estimate = ancova(p, y, x).partial_r
        low, high = bca_interval(estimate, replicates, jackknife_partial_correlations(p, y, x))
        assert low < estimate < high


class TestFreedmanLane:
    @pytest.mark.parametrize("n", [5, 6])
    def test_all_orders_by_hand(self, n):
        p, y, x = PRETEST[0, :n], POSTTEST[0, :n], X[0, :n]
        every = freedman_lane_by_hand(p, y, x)
        observed = partial_r(p, y, x)
        test = freedman_lane_tests([p], [y], [x], 999, stream(1, "unused"))
        assert test.exact
        assert test.count == len(every)
        assert test.two_tailed[0] == np.mean(np.abs(every) >= abs(observed) - 1e-10)
        assert test.greater[0] == np.mean(every >= observed - 1e-10)
        assert test.less[0] == np.mean(every <= observed + 1e-10)

    def test_the_denominator_counts(self):
        # Without it the statistic is the correlation of the residuals: other orders are extreme.
        p, y, x = PRETEST[1:2, :7], POSTTEST[1:2, :7], X[1:2, :7]
        test = freedman_lane_tests(p, y, x, 5040, stream(1, "unused"))
        plain = permutation_tests(
            [residual(x[0], p[0])], [residual(y[0], p[0])], 5040, stream(1, "unused")
        )
        assert test.two_tailed[0] != plain.two_tailed[0]

    def test_the_same_orders_as_those_of_other_tests(self):
        """Where the pretest is unrelated to all orders of both, the two tests are one."""
        p = np.tile([[-1.0, 1.0]], (1, 8))
        y = np.repeat(random.normal(size=(1, 8)), 2, axis=1)
        x = np.repeat(random.normal(size=(1, 8)), 2, axis=1)
        given = freedman_lane_tests(p, y, x, 4_000, stream(1, "test"))
        plain = permutation_tests(x, y, 4_000, stream(1, "test"))
        assert given.two_tailed[0] == pytest.approx(plain.two_tailed[0], abs=0.03)

    def test_sampled_orders_are_near_all_orders(self):
        p, y, x = PRETEST[:1, :8], POSTTEST[:1, :8], X[:1, :8]
        exact = freedman_lane_tests(p, y, x, 99_999, stream(1, "test"))
        sampled = freedman_lane_tests(p, y, x, 40_000, stream(1, "test"))
        assert exact.count == 40_320
        assert not sampled.exact
        # Five standard errors of a share of 40,000 orders.
        for tail in ("two_tailed", "greater", "less"):
            share = getattr(exact, tail)[0]
            reach = 5 * np.sqrt(share / 40_000)
            assert getattr(sampled, tail)[0] == pytest.approx(share, abs=reach)

    def test_neither_chunks_nor_other_pairs_change_a_result(self, monkeypatch):
        whole = freedman_lane_tests(PRETEST, POSTTEST, X, 2000, stream(1, "test"))
        one = slice(2, 3)
        alone = freedman_lane_tests(PRETEST[one], POSTTEST[one], X[one], 2000, stream(1, "test"))
        assert alone.greater[0] == whole.greater[2]
        monkeypatch.setattr(resampling, "_CELLS", 700)
        in_chunks = freedman_lane_tests(PRETEST, POSTTEST, X, 2000, stream(1, "test"))
        assert (in_chunks.two_tailed == whole.two_tailed).all()

    def test_units_do_not_matter(self):
        test = freedman_lane_tests(PRETEST, POSTTEST, X, 999, stream(1, "test"))
        scaled = freedman_lane_tests(
            1e6 - 3 * PRETEST, 7 + 0.01 * POSTTEST, 5 * X - 1e3, 999, stream(1, "test")
        )
        assert (scaled.two_tailed == test.two_tailed).all()

    def test_a_perfect_fit_is_met_by_the_observed_order_only(self):
        p = np.arange(20.0)
        y = np.cos(p) + p
        test = freedman_lane_tests([p], [y], [np.cos(p) - p], 999, stream(1, "test"))
        assert test.two_tailed[0] == test.greater[0] == 1 / 1000
        assert test.less[0] == 1

    def test_residuals_that_the_pretest_predicts_leave_nothing_to_x(self):
        # Orders of (1, -1, 1, -1) that equal the pretest fit exactly: they are not extreme.
        with np.errstate(all="raise"):
            test = freedman_lane_tests(
                [[1, 1, -1, -1]], [[1, -1, 1, -1]], [[3, -1, 1, -3.5]], 99, stream(1, "unused")
            )
        assert test.exact
        every = np.array(list(orders([1, -1, 1, -1])))
        fitted = np.abs(every @ [1, 1, -1, -1]) == 4
        assert test.two_tailed[0] <= 1 - fitted.mean()
        assert test.greater[0] + test.less[0] >= 1
