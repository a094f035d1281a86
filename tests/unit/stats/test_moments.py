"""Moments: merging is associative and commutative, and gives what the rows give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from attune.specs.errors import AnalysisError
from attune.stats.alpha import cronbach_alpha
from attune.stats.ancova import adjusted_difference, ancova
from attune.stats.hypothesis_tests import mean_difference_test, pearson_test
from attune.stats.moment_tests import (
    alpha_of_moments,
    correlation_of_moments,
    difference_test,
    grouped,
    regression_of_moments,
    residual_gain_correlation,
)
from attune.stats.moments import Moments, merge_moments, moments_of, no_moments, within_groups
from attune.stats.regression import regress

ROWS = arrays(
    float,
    st.tuples(st.integers(0, 30), st.just(3)),
    elements=st.floats(-1e4, 1e4) | st.just(float("nan")),
)


def close(one: Moments, two: Moments) -> bool:
    """Equal up to rounding, measured by the size of the values."""
    size = np.abs(one.products).max(initial=1.0) + one.n * np.abs(one.mean).max(initial=0.0) ** 2
    return (
        one.n == two.n
        and np.allclose(one.mean, two.mean, rtol=1e-12, atol=1e-12 * max(1.0, size**0.5))
        and np.allclose(one.products, two.products, rtol=1e-12, atol=1e-13 * size)
    )


@given(ROWS, ROWS, ROWS)
def test_merging_is_associative_and_commutative(one, two, three):
    a, b, c = map(moments_of, (one, two, three))
    assert close((a + b) + c, a + (b + c))
    assert close(a + b, b + a)
    assert close(a + no_moments(3), a)


@given(ROWS, st.integers(1, 6))
def test_merged_parts_are_the_moments_of_all_rows(rows, n_parts):
    parts = [moments_of(part) for part in np.array_split(rows, n_parts)]
    assert close(merge_moments(parts), moments_of(rows))


@given(ROWS, ROWS)
def test_within_groups_adds_the_products_only(one, two):
    parts = [moments_of(one), moments_of(two)]
    if not any(part.n for part in parts):
        with pytest.raises(AnalysisError, match="no moments"):
            within_groups(parts)
        return
    found = within_groups(parts)
    assert found.groups == sum(part.n > 0 for part in parts)
    assert np.array_equal(found.products, parts[0].products + parts[1].products)
    assert np.allclose(found.mean, merge_moments(parts).mean, atol=1e-9)


def test_large_means_cost_no_digits():
    """The textbook sum of squares would lose all of them."""
    rng = np.random.default_rng(1)
    small = rng.normal(size=(10_000, 2))
    shifted = small + 1e9
    parts = [moments_of(part) for part in np.array_split(shifted, 7)]
    exact = moments_of(shifted - 1e9).products
    # A mean of 1e9 is known to 1e-7 standard deviations only.
    assert np.allclose(merge_moments(parts).products, exact, rtol=0, atol=1e-7 * 10_000)
    textbook = shifted.T @ shifted - np.outer(shifted.sum(axis=0), shifted.sum(axis=0)) / 10_000
    assert not np.allclose(textbook, exact, rtol=0.1)


def test_moments_of_other_variables_are_not_merged():
    with pytest.raises(AnalysisError, match="of 1 and of 2 variables"):
        merge_moments([moments_of([[1.0]]), moments_of([[1.0, 2.0]])])
    with pytest.raises(AnalysisError, match="means of groups"):
        merge_moments([within_groups([moments_of([[1.0], [2.0]])] * 2)])
    with pytest.raises(AnalysisError, match="no moments"):
        merge_moments([])


@pytest.fixture
def scores() -> np.ndarray:
    rng = np.random.default_rng(7)
    x = rng.normal(50, 10, 90)
    pre = 0.3 * x + rng.normal(100, 15, 90)
    post = 0.5 * pre - 0.2 * x + rng.normal(0, 8, 90)
    return np.column_stack([x, pre, post])


def split(rows: np.ndarray) -> Moments:
    return merge_moments([moments_of(part) for part in np.array_split(rows, 5)])


def agree(found: object, expected: object, names: str, tolerance: float = 1e-11) -> None:
    for name in names.split():
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=tolerance), name


def test_correlation_is_that_of_the_rows(scores):
    expected = pearson_test(scores[:, 0], scores[:, 2])
    found = correlation_of_moments(split(scores), 0, 2)
    agree(found, expected, "r se df n p_two_tailed ci_low ci_high")


def test_regression_is_that_of_the_rows(scores):
    expected = regress(scores[:, 2], scores[:, :2])
    found = regression_of_moments(split(scores), 2, [0, 1])
    assert found.intercept is not None
    tests = [found.intercept, *found.slopes]
    assert [test.estimate for test in tests] == pytest.approx(expected.coefficients, rel=1e-11)
    assert [test.se for test in tests] == pytest.approx(expected.se, rel=1e-11)
    assert (found.df, found.n) == (expected.df, expected.n)
    assert found.r_squared == pytest.approx(expected.r_squared, rel=1e-12)


def test_analysis_of_covariance_is_that_of_the_rows(scores):
    x, pre, post = scores.T
    found = regression_of_moments(split(scores), 2, [1, 0]).slopes[1]
    expected = ancova(pre, post, x)
    assert found.estimate == pytest.approx(expected.slope, rel=1e-11)
    agree(found, expected, "se t p_two_tailed ci_low ci_high")


def test_correlation_with_the_residual_gain_is_that_of_the_rows(scores):
    x, pre, post = scores.T
    fit = regress(post, pre[:, None])
    expected = pearson_test(x, fit.residual)
    found = residual_gain_correlation(split(scores), float(fit.coefficients[1]))
    agree(found, expected, "r p_two_tailed ci_low")


def test_group_differences_are_those_of_the_rows(scores):
    first = np.arange(90) % 3 == 0
    a, b = split(scores[first]), split(scores[~first])
    expected = mean_difference_test(scores[first, 2], scores[~first, 2])
    found = difference_test(regression_of_moments(grouped(a.of([2]), b.of([2])), 0, [1]))
    agree(found, expected, "difference se t df p_two_tailed ci_low ci_high n")
    adjusted = difference_test(regression_of_moments(grouped(a, b), 2, [1, 3]))
    agree(adjusted, adjusted_difference(scores[:, 1], scores[:, 2], first), "difference se t df")


def test_a_dummy_per_site_is_within_sites(scores):
    """Deviations from site means give the regression with one dummy variable per site."""
    site = np.arange(90) % 4
    dummies = (site[:, None] == np.arange(1, 4)).astype(float)
    expected = regress(scores[:, 2], np.column_stack([scores[:, :2], dummies]))
    found = regression_of_moments(
        within_groups(moments_of(scores[site == number]) for number in range(4)), 2, [0, 1]
    )
    assert found.intercept is None
    assert found.df == expected.df
    for place in (0, 1):
        slope = found.slopes[place]
        assert slope.estimate == pytest.approx(expected.coefficients[place + 1], rel=1e-10)
        assert slope.se == pytest.approx(expected.se[place + 1], rel=1e-10)


def test_alpha_is_that_of_the_rows():
    rng = np.random.default_rng(3)
    items = rng.integers(0, 5, (40, 6)) + rng.integers(0, 3, (40, 1))
    both = merge_moments(
        [moments_of(np.column_stack([part, part.sum(axis=1)])) for part in np.split(items, 4)]
    )
    squares = both.products.diagonal()
    assert alpha_of_moments(squares[:-1], squares[-1]) == pytest.approx(
        cronbach_alpha(items), rel=1e-12
    )


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[1.0, 2.0], [2.0, 1.0], [3.0, 3.0]], "at least 4 dyads, found 3"),
        ([[1.0, 2.0], [1.0, 1.0], [1.0, 3.0], [1.0, 4.0]], "the same value in all 4 dyads"),
        ([[0.1 + 0.2, 2.0], [0.3, 1.0], [0.3, 3.0], [0.3, 4.0]], "the same value in all 4 dyads"),
    ],
)
def test_what_has_no_correlation(rows, words):
    with pytest.raises(AnalysisError, match=words):
        correlation_of_moments(moments_of(rows))


def test_what_has_no_regression(scores):
    doubled = np.column_stack([scores[:, 0], 2 * scores[:, 0] + 1, scores[:, 2]])
    with pytest.raises(AnalysisError, match="linear function"):
        regression_of_moments(moments_of(doubled), 2, [0, 1])
    with pytest.raises(AnalysisError, match="needs at least 4 dyads, found 3"):
        regression_of_moments(moments_of(scores[:3]), 2, [0, 1])
    with pytest.raises(AnalysisError, match="same answer"):
        alpha_of_moments(np.array([1.0, 0.0]), 1.0)
    with pytest.raises(AnalysisError, match="at least 2 items"):
        alpha_of_moments(np.array([1.0]), 1.0)
    with pytest.raises(AnalysisError, match="the same sum"):
        alpha_of_moments(np.array([1.0, 1.0]), 0.0)
