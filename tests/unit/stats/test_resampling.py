import subprocess
import sys
from itertools import permutations as orders

import numpy as np
import pytest

from attune.stats import resampling
from attune.stats.resampling import (
    bca_interval,
    bootstrap_correlations,
    bootstrap_indices,
    jackknife_correlations,
    normal_quantile,
    permutation_tests,
    stream,
)

random = np.random.default_rng(4)
X = random.normal(size=(3, 20))
Y = 0.5 * X + random.normal(size=(3, 20))


def r(x, y) -> float:
    return float(np.corrcoef(x, y)[0, 1])


def test_a_stream_is_the_same_in_every_process():
    # Python's own hash() of a text differs from process to process; ours must not.
    code = (
        f"import sys; sys.path[:0] = {sys.path!r}; from attune.stats.resampling import stream;"
        " print(stream(2012, 'alliance.bootstrap.25').integers(10**9))"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(other.stdout) == stream(2012, "alliance.bootstrap.25").integers(10**9)


def test_streams_differ_by_seed_and_name():
    first = {
        stream(seed, name).integers(10**12)
        for seed in (0, 1, 2012)
        for name in ("a.bootstrap.25", "a.permutation.25", "b.bootstrap.25", "a.bootstrap.26")
    }
    assert len(first) == 12


def test_bootstrap_correlations_are_those_of_the_drawn_dyads():
    indices = bootstrap_indices(20, 50, stream(1, "test"))
    replicates = bootstrap_correlations(X, Y, indices)
    assert replicates.shape == (3, 50)
    for pair in range(3):
        direct = [r(X[pair, drawn], Y[pair, drawn]) for drawn in indices]
        assert replicates[pair] == pytest.approx(direct, abs=1e-13)


def test_chunks_do_not_change_a_result(monkeypatch):
    indices = bootstrap_indices(20, 500, stream(1, "test"))
    whole = bootstrap_correlations(X, Y, indices)
    orders_at_once = permutation_tests(X, Y, 2000, stream(1, "test"))
    monkeypatch.setattr(resampling, "_CELLS", 700)
    monkeypatch.setattr(resampling, "_IN_CACHE", 90)
    assert (bootstrap_correlations(X, Y, indices) == whole).all()
    in_chunks = permutation_tests(X, Y, 2000, stream(1, "test"))
    assert (in_chunks.two_tailed == orders_at_once.two_tailed).all()


@pytest.mark.parametrize("pair", [0, 1, 2])
def test_a_pair_does_not_change_another(pair):
    one = slice(pair, pair + 1)
    alone = permutation_tests(X[one], Y[one], 2000, stream(1, "test"))
    together = permutation_tests(X, Y, 2000, stream(1, "test"))
    assert alone.greater[0] == together.greater[pair]
    indices = bootstrap_indices(20, 500, stream(1, "test"))
    # To the last bit: sums are taken in the same order, whatever stands beside them.
    assert (
        bootstrap_correlations(X[one], Y[one], indices)[0]
        == bootstrap_correlations(X, Y, indices)[pair]
    ).all()


def test_pairs_that_share_a_measure_are_as_they_are_alone():
    """All six pairs of two x and three y: what they share is resampled only once."""
    xs, ys = np.repeat(X[:2], 3, axis=0), np.tile(Y, (2, 1))
    indices = bootstrap_indices(20, 300, stream(1, "test"))
    together = bootstrap_correlations(xs, ys, indices)
    permuted = permutation_tests(xs, ys, 2000, stream(1, "test"))
    for pair in range(6):
        one = slice(pair, pair + 1)
        assert (bootstrap_correlations(xs[one], ys[one], indices)[0] == together[pair]).all()
        alone = permutation_tests(xs[one], ys[one], 2000, stream(1, "test"))
        for side in ("two_tailed", "greater", "less"):
            assert getattr(alone, side)[0] == getattr(permuted, side)[pair]


def test_a_resample_of_one_value_is_undefined():
    indices = np.array([[0, 0, 0, 0], [0, 1, 2, 3], [0, 1, 1, 0]])
    replicates = bootstrap_correlations([[0.1, 0.1, 3, 4]], [[0.3, 5, 2, 4]], indices)
    assert np.isnan(replicates[0, [0, 2]]).all()
    assert np.isfinite(replicates[0, 1])


def test_jackknife_leaves_each_dyad_out():
    x, y = X[0], Y[0]
    direct = [r(np.delete(x, dyad), np.delete(y, dyad)) for dyad in range(20)]
    assert jackknife_correlations(x, y) == pytest.approx(direct, abs=1e-14)
    assert np.isnan(jackknife_correlations([1, 1, 1, 9], [1, 2, 3, 4])[3])


def test_quantiles_between_and_beyond_the_replicates():
    values = np.arange(1.0, 100.0)
    assert normal_quantile(values, [0.25, 0.5, 0.9]) == pytest.approx([25, 50, 90])
    assert normal_quantile(values, [1e-9, 1 - 1e-9]).tolist() == [1, 99]
    between = normal_quantile(values, [0.255])[0]
    assert 25 < between < 26
    assert between != 25.5


def test_without_bias_and_skew_bca_is_the_percentile_interval():
    replicates = np.arange(-499.0, 500.0)
    jackknife = np.array([-1.0, 1.0, -2.0, 2.0])
    low, high = bca_interval(0.0, replicates + 1e-9, jackknife)
    bias_free = normal_quantile(replicates, [0.025, 0.975])
    assert [low, high] == pytest.approx(bias_free, abs=2)
    assert low == pytest.approx(-high, abs=3)


@pytest.mark.parametrize(
    ("estimate", "replicates", "jackknife"),
    [
        (1.0, np.ones(999), np.ones(5)),
        (0.9, np.linspace(0, 0.5, 999), np.array([0.8, 0.9, 0.95])),
        (0.5, np.linspace(0, 1, 999), np.full(5, np.nan)),
        (0.5, np.array([]), np.array([0.4, 0.5])),
    ],
)
def test_an_undefined_interval_is_missing(estimate, replicates, jackknife):
    assert np.isnan(bca_interval(estimate, replicates, jackknife)).all()


@pytest.mark.parametrize("n", [4, 5, 6])
def test_exact_permutation_p_by_hand(n):
    x, y = X[0, :n], Y[0, :n]
    every = np.array([r(x, y[list(order)]) for order in orders(range(n))])
    observed = r(x, y)
    test = permutation_tests([x], [y], 999, stream(1, "unused"))
    assert test.exact
    assert test.count == len(every)
    assert test.two_tailed[0] == np.mean(np.abs(every) >= abs(observed) - 1e-12)
    assert test.greater[0] == np.mean(every >= observed - 1e-12)
    assert test.less[0] == np.mean(every <= observed + 1e-12)


def test_exact_only_where_all_orders_fit():
    x, y = X[:1, :7], Y[:1, :7]
    assert permutation_tests(x, y, 5040, stream(1, "test")).exact
    sampled = permutation_tests(x, y, 5039, stream(1, "test"))
    assert not sampled.exact
    assert sampled.count == 5039


def test_sampled_p_is_never_zero_and_near_the_exact():
    x = np.arange(20.0)
    test = permutation_tests([x], [x], 999, stream(1, "test"))
    assert test.two_tailed[0] == test.greater[0] == 1 / 1000
    assert test.less[0] == 1
    x, y = X[:1, :8], Y[:1, :8]
    exact = permutation_tests(x, y, 99_999, stream(1, "test"))
    sampled = permutation_tests(x, y, 40_000, stream(1, "test"))
    # Five standard errors of a share of 40,000 orders.
    reach = 5 * np.sqrt(exact.two_tailed[0] / 40_000)
    assert sampled.two_tailed[0] == pytest.approx(exact.two_tailed[0], abs=reach)


def test_ties_count_as_equal():
    x, y = [0.1, 0.1, 0.3, 0.3], [0.1, 0.1, 0.3, 0.3]
    test = permutation_tests([x], [y], 999, stream(1, "test"))
    assert test.greater[0] == 4 / 24
    assert test.two_tailed[0] == 8 / 24


class TestOrdersThatAreKept:
    def test_are_those_of_a_stream_that_was_not_used_before(self, monkeypatch):
        kept = permutation_tests(X, Y, 500, stream(3, "kept"))
        again = permutation_tests(X, Y, 500, stream(3, "kept"))
        monkeypatch.setattr(resampling, "_KEPT_CELLS", 0)
        drawn = permutation_tests(X, Y, 500, stream(3, "kept"))
        for test in (kept, again):
            assert (test.greater == drawn.greater).all()
            assert (test.two_tailed == drawn.two_tailed).all()

    def test_are_drawn_once(self, monkeypatch):
        permutation_tests(X, Y, 500, stream(3, "once"))
        monkeypatch.setattr(resampling, "_drawn_orders", None)
        permutation_tests(-X, Y, 500, stream(3, "once"))

    def test_leave_the_generator_where_drawing_leaves_it(self, monkeypatch):
        first, other = stream(3, "state"), stream(3, "state")
        # An odd number of 32-bit words, so that half of a 64-bit one is left.
        first.integers(7, dtype=np.int32), other.integers(7, dtype=np.int32)
        permutation_tests(X, Y, 501, first)
        monkeypatch.setattr(resampling, "_KEPT_CELLS", 0)
        permutation_tests(X, Y, 501, other)
        assert first.integers(10**9, size=3).tolist() == other.integers(10**9, size=3).tolist()

    def test_differ_between_streams(self):
        assert (
            permutation_tests(X, Y, 500, stream(3, "a")).greater
            != permutation_tests(X, Y, 500, stream(3, "b")).greater
        ).any()


def test_extreme_orders_are_counted_on_every_side():
    random_orders = np.random.default_rng(5).permuted(np.tile(np.arange(6), (400, 1)), axis=1)
    x = np.array([-2.0, 1.0, 0.0, 3.0, -1.0, -1.0])
    # Opposite, unrelated and equal order: the observed correlation is negative, 0 and positive.
    for y in (-x, np.array([1.0, 2.0, 3.0, 1.0, 2.0, 3.0]), x):
        observed = r(x, y)
        found = np.array([r(x, y[order]) for order in random_orders])
        counted = resampling._as_extreme(found, observed)
        assert counted == (
            (np.abs(found) >= abs(observed) - 1e-12).sum(),
            (found >= observed - 1e-12).sum(),
            (found <= observed + 1e-12).sum(),
        )
    assert resampling._as_extreme(np.array([-0.5, 0.0, 0.5]), 0.0) == (3, 2, 2)
