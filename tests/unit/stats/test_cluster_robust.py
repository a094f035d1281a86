"""Cluster-robust regression: unbiased under the working model, special cases, bad input."""

import numpy as np
import pytest

from attune.specs.errors import AnalysisError
from attune.stats.cluster_robust import cluster_robust
from attune.stats.regression import regress


def rows(seed: int = 4, n: int = 40, clusters: int = 9):
    draw = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), draw.normal(size=n), draw.integers(0, 2, n)])
    return draw.normal(size=n), x, draw.integers(0, clusters, n), draw.uniform(0.5, 3, n)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("spread", [False, True])
def test_expected_covariance_is_exact_under_the_working_model(weighted, spread):
    """E(V) is linear in E(e e'): summed over the axes of errors with covariance Phi."""
    y, x, groups, values = rows()
    weights = values[::-1] if weighted else None
    working = values if spread else np.ones(len(y))
    expected = np.zeros((3, 3))
    for place, variance in enumerate(working):
        error = np.zeros(len(y))
        error[place] = np.sqrt(variance)
        # V is a quadratic form of the errors; independent errors add up.
        expected += cluster_robust(error, x, groups, weights, working).covariance
    w = np.diag(values[::-1]) if weighted else np.eye(len(y))
    bread = np.linalg.inv(x.T @ w @ x)
    true = bread @ x.T @ w @ np.diag(working) @ w @ x @ bread
    np.testing.assert_allclose(expected, true, rtol=1e-10, atol=1e-14)


def test_degrees_of_freedom_match_the_simulated_variance_of_the_variance():
    """nu = 2 E(v)^2 / var(v) of normal errors."""
    y, x, groups, _ = rows()
    fit = cluster_robust(y, x, groups)
    draw = np.random.default_rng(5)
    simulated = [
        cluster_robust(draw.normal(size=len(y)), x, groups).covariance[1, 1] for _ in range(1500)
    ]
    found = 2 * np.mean(simulated) ** 2 / np.var(simulated)
    assert fit.coefficient("1").df == pytest.approx(found, rel=0.15)


def test_one_test_of_one_contrast_is_the_square_of_its_t():
    y, x, groups, weights = rows()
    fit = cluster_robust(y, x, groups, weights, names=["Intercept", "x", "arm"])
    single, joint = fit.coefficient("arm"), fit.f([[0, 0, 1.0]])
    assert (joint.f, joint.df2) == pytest.approx((single.t**2, single.df))
    assert joint.p == pytest.approx(single.p_two_tailed)
    turned = fit.f([[0, 1, 1.0], [0, 1, -1.0]])
    plain = fit.f(np.eye(3)[1:])
    assert (turned.f, turned.df2) == pytest.approx((plain.f, plain.df2))


def test_predictors_far_from_zero_cost_no_digits():
    y, x, groups, weights = rows()
    far = x + np.array([0, 2000, 0])
    near, other = (
        cluster_robust(y, np.column_stack([part, part[:, 1] ** 2]), groups, weights).test(
            [0, 0, 0, 1.0]
        )
        for part in (x, far)
    )
    assert (other.estimate, other.se, other.df) == pytest.approx(
        (near.estimate, near.se, near.df), rel=1e-6
    )


def test_coefficients_are_those_of_least_squares():
    y, x, groups, _ = rows()
    fit = cluster_robust(y, x, groups)
    np.testing.assert_allclose(fit.coefficients, regress(y, x[:, 1:]).coefficients)
    scaled = cluster_robust(y, x, groups, np.full(len(y), 3.0), np.full(len(y), 7.0))
    np.testing.assert_allclose(scaled.covariance, fit.covariance, rtol=1e-10)


def test_means_of_two_arms_of_equal_clusters():
    """Cluster means are the data: the t test of cluster means, with its degrees of freedom."""
    draw = np.random.default_rng(8)
    groups, arm = np.repeat(np.arange(10), 4), np.repeat([0.0, 1.0], 20)
    y = draw.normal(size=40) + draw.normal(size=10)[groups]
    found = cluster_robust(y, np.column_stack([np.ones(40), arm]), groups).coefficient("1")
    means = y.reshape(10, 4).mean(axis=1)
    first, second = means[5:], means[:5]
    assert found.se**2 == pytest.approx((first.var(ddof=1) + second.var(ddof=1)) / 5)
    assert found.df == pytest.approx(8)


def test_bad_input_is_refused():
    y, x, groups, weights = rows()
    cases = [
        ((y[:-1], x, groups), "39 rows and the design 40"),
        ((np.where(y > 1, np.nan, y), x, groups), "no missing"),
        ((y, x, np.zeros(40)), "at least two clusters"),
        ((y[:3], x[:3], groups[:3]), "more than 3 rows"),
        ((y, np.column_stack([x, x[:, 1]]), groups), "linear combination"),
        ((y, x, groups, -weights), "must be positive"),
    ]
    for choices, message in cases:
        with pytest.raises(AnalysisError, match=message):
            cluster_robust(*choices)
    few = cluster_robust(y, x, np.arange(40) % 2)
    with pytest.raises(AnalysisError, match="2 clusters are too few"):
        few.f(np.eye(3))
    with pytest.raises(AnalysisError, match="no coefficient 'arm'"):
        few.coefficient("arm")
