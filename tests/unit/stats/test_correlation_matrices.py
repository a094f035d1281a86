"""Pooled correlation matrices: limiting cases, missing variables, bad input."""

import math

import numpy as np
import pytest

from attune.specs.errors import AnalysisError
from attune.stats.correlation_matrices import (
    checked_correlation_matrix,
    correlation_covariance,
    matrix_of,
    monte_carlo_values,
    partial_correlations,
    pool_correlations,
)
from attune.stats.heterogeneity import estimate_tau2

NAMES = ["a", "b", "y"]
ONE = matrix_of([0.4, 0.3, 0.2], 3)
TWO = matrix_of([0.5, 0.1, 0.25], 3)
THREE = matrix_of([0.2, 0.5, 0.0], 3)


def without(matrix: np.ndarray, place: int) -> np.ndarray:
    """A study that did not measure one variable."""
    found = matrix.copy()
    found[place, :] = found[:, place] = np.nan
    return found


def test_one_study_is_its_own_matrix():
    found = pool_correlations([ONE], [50], NAMES)
    np.testing.assert_allclose(found.matrix, ONE, atol=1e-14)
    np.testing.assert_allclose(found.covariance, correlation_covariance(ONE, 50), atol=1e-14)
    assert (found.between, found.q_df, found.k) == ("common", 0, 1)
    assert math.isnan(found.q)


def test_two_studies_with_the_same_matrix():
    found = pool_correlations([ONE, ONE], [50, 80], NAMES)
    np.testing.assert_allclose(found.matrix, ONE, atol=1e-12)
    assert found.q == pytest.approx(0, abs=1e-12) and found.q_df == 3
    assert found.between_covariance.diagonal().tolist() == [0, 0, 0]


def test_of_two_variables_the_univariate_model():
    """A single correlation in each study: the restricted likelihood of one effect."""
    rs, ns = [0.1, 0.6, 0.3, 0.45, -0.1], [30, 60, 45, 80, 70]
    matrices = [matrix_of([r], 2) for r in rs]
    variances = [(1 - r**2) ** 2 / (n - 1) for r, n in zip(rs, ns, strict=True)]
    for between in ("equal", "diagonal", "unstructured"):
        found = pool_correlations(matrices, ns, ["x", "y"], between=between, covariances="own")
        tau2 = estimate_tau2(np.array(rs), np.array(variances), np.ones((5, 1)), "REML")
        assert found.tau("x", "y") ** 2 == pytest.approx(tau2, rel=1e-6)


def test_a_variable_that_a_study_lacks_adds_nothing_to_its_correlations():
    found = pool_correlations([ONE, without(TWO, 1)], [50, 80], NAMES, between="common")
    assert found.studies.tolist() == [1, 2, 1]
    alone = pool_correlations([ONE], [50], NAMES)
    # The correlations with b come from the first study, moved by what a and y share with them.
    assert found.correlation("a", "b").se <= alone.correlation("a", "b").se
    assert found.correlation("a", "y").se < alone.correlation("a", "y").se


def test_a_variance_that_one_study_cannot_tell_is_unknown():
    found = pool_correlations([ONE, THREE, without(TWO, 1)][::2], [50, 80], NAMES)
    assert math.isnan(found.tau("a", "b")) and not math.isnan(found.tau("a", "y"))


def test_order_of_studies_and_variables_does_not_matter():
    one = pool_correlations([ONE, TWO, THREE], [50, 80, 60], NAMES)
    turned = [matrix[np.ix_([2, 0, 1], [2, 0, 1])] for matrix in (THREE, ONE, TWO)]
    two = pool_correlations(turned, [60, 50, 80], ["y", "a", "b"])
    for pair in (("a", "b"), ("a", "y"), ("b", "y")):
        assert one.correlation(*pair).estimate == pytest.approx(two.correlation(*pair).estimate)
        assert one.tau(*pair) == pytest.approx(two.tau(*pair), abs=1e-8)


def test_partial_correlation_of_uncorrelated_predictors():
    found = partial_correlations(matrix_of([0.0, 0.3, 0.4], 3))
    assert found[0] == pytest.approx(0.3 / math.sqrt(1 - 0.16))


def test_monte_carlo_interval_of_a_correlation_is_its_normal_interval():
    pooled = pool_correlations([ONE, TWO], [500, 800], NAMES, between="common")
    rng = np.random.default_rng(1)
    values, kept = monte_carlo_values(pooled, lambda m: m[:, 0, 2], 20_000, rng)
    low, high = np.quantile(values, [0.025, 0.975])
    test = pooled.correlation("a", "y")
    assert kept == 1
    assert (float(low), float(high)) == pytest.approx((test.ci_low, test.ci_high), abs=2e-3)


def test_draws_that_are_no_correlation_matrix_are_counted():
    pooled = pool_correlations([matrix_of([0.97, 0.97, 0.97], 3)], [5], NAMES)
    pooled.covariance[:] = np.diag([0.04] * 3)
    with pytest.raises(AnalysisError, match="too uncertain"):
        monte_carlo_values(pooled, lambda m: m, 200, np.random.default_rng(1))


SINGULAR = matrix_of([0.6, 1 / math.sqrt(1), 0.6], 3)
NOT_POSITIVE = matrix_of([0.9, 0.9, -0.9], 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pool_correlations([ONE], [3], NAMES), "study 1: n is 3"),
        (
            lambda: pool_correlations([SINGULAR], [50], NAMES, ["A"]),
            "A: The correlation of a and y is 1",
        ),
        (lambda: pool_correlations([NOT_POSITIVE], [50], NAMES), "not positive definite"),
        (lambda: pool_correlations([ONE], [50, 60], NAMES), "1 matrices, 2 sizes"),
        (lambda: pool_correlations([], [], NAMES), "0 matrices"),
        (lambda: pool_correlations([np.full((3, 3), np.nan)], [50], NAMES), "gives no correlation"),
        (lambda: pool_correlations([without(ONE, 1)], [50], NAMES), "No study gives .* a and b"),
        (lambda: pool_correlations([ONE[:2, :2]], [50], NAMES), "has the shape"),
        (
            lambda: pool_correlations(
                [ONE, without(TWO, 1)], [50, 60], NAMES, between="unstructured"
            ),
            "two studies or more",
        ),
        (
            lambda: pool_correlations([np.array([[1, 0.2], [0.4, 1]])], [9], ["a", "y"]),
            "0.2 and 0.4",
        ),
        (lambda: correlation_covariance(ONE, 3), "at least 4"),
        (lambda: checked_correlation_matrix(NOT_POSITIVE), "not positive definite"),
        (lambda: checked_correlation_matrix(without(ONE, 1), NAMES), "a and b is missing"),
        (lambda: checked_correlation_matrix([[1, 0.5]]), "square"),
        (
            lambda: pool_correlations([ONE], [50], NAMES).correlation("a", "z"),
            "no pooled correlation",
        ),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(AnalysisError, match=message):
        call()


def test_a_total_beside_its_subscales_is_singular():
    """b + a = total: r with the total is sqrt((1 + r) / 2)."""
    with_total = (1 + 0.4) / math.sqrt(2 * 1.4)
    matrix = matrix_of([0.4, with_total, with_total], 3)
    with pytest.raises(AnalysisError, match="singular"):
        checked_correlation_matrix(matrix, ["a", "b", "total"])


def test_all_problems_at_once():
    with pytest.raises(AnalysisError) as raised:
        pool_correlations([ONE, NOT_POSITIVE, SINGULAR], [2, 50, 50], NAMES, ["A", "B", "C"])
    assert [problem[0] for problem in raised.value.problems] == ["A", "B", "C"]
