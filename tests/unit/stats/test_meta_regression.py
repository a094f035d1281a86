"""Meta-regression and subgroups: properties, ties to the average effect, bad input."""

from dataclasses import asdict, astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.specs.errors import AnalysisError
from attune.stats.heterogeneity import METHODS
from attune.stats.meta_analysis import TESTS, random_effects
from attune.stats.meta_regression import meta_regression, subgroups


def studies(seed: int, k: int = 20):
    draw = np.random.default_rng(seed)
    v, x = draw.uniform(0.01, 0.1, k), draw.normal(size=(k, 2))
    return draw.normal(0.3 + 0.2 * x[:, 0], np.sqrt(v + 0.04)), v, x


seeds = st.integers(0, 10**6)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("test", TESTS)
def test_without_moderators_it_is_the_average_effect(method, test):
    y, v, _ = studies(1)
    fit = meta_regression(y, v, method=method, test=test)
    average = random_effects(y, v, method=method, test=test)
    assert astuple(fit.coefficient("Intercept")) == pytest.approx(astuple(average.effect))
    found, expected = (asdict(part.heterogeneity) for part in (fit, average))
    assert found.pop("method") == expected.pop("method") == method
    assert found == pytest.approx(expected, nan_ok=True)
    assert fit.moderators is None


@given(seed=seeds)
@settings(max_examples=25, deadline=None)
def test_order_of_studies_and_units_of_moderators(seed):
    y, v, x = studies(seed)
    turned = np.random.default_rng(seed).permutation(len(y))
    fit = meta_regression(y, v, x)
    other = meta_regression(y[turned], v[turned], x[turned][:, ::-1] * [1000, 0.01] + [5, -3])
    assert other.tau2 == pytest.approx(fit.tau2, rel=1e-6, abs=1e-10)
    assert other.moderators.statistic == pytest.approx(fit.moderators.statistic, rel=1e-6)
    assert other.coefficient("x2").estimate * 0.01 == pytest.approx(
        fit.coefficient("x1").estimate, rel=1e-6
    )
    assert 0 <= fit.r2 <= 100 or np.isnan(fit.r2)


def test_years_and_their_squares_cost_no_digits():
    """The same curve from years since 2000 and from years: 2003 and 4012009."""
    y, v, _ = studies(2)
    since = np.arange(20.0)
    fits = [meta_regression(y, v, np.column_stack([x, x**2])) for x in (since, since + 2000)]
    near, far = (fit.coefficient("x2") for fit in fits)
    assert (far.estimate, far.se) == pytest.approx((near.estimate, near.se), rel=1e-8)
    near, far = (fit.robust(np.arange(20) % 7).coefficient("x2") for fit in fits)
    assert (far.se, far.df) == pytest.approx((near.se, near.df), rel=1e-8)


def test_one_moderator_and_its_square():
    y, v, x = studies(3)
    for test in TESTS:
        fit = meta_regression(y, v, x[:, 0], ["dose"], test=test)
        assert fit.moderators.statistic == pytest.approx(fit.coefficient("dose").t ** 2)
        assert fit.moderators.p == pytest.approx(fit.coefficient("dose").p_two_tailed)


def test_prediction_at_the_origin_is_the_intercept():
    y, v, x = studies(4)
    fit = meta_regression(y, v, x)
    mean, single = fit.predict([0, 0])
    assert (mean.estimate, mean.se) == pytest.approx(
        (fit.coefficient("Intercept").estimate, fit.coefficient("Intercept").se)
    )
    assert single.low < mean.ci_low and single.convention == "t(k-p)" and single.df == 17


def test_units_of_moderators_do_not_matter_for_their_test():
    y, v, x = studies(10)
    one, other = (meta_regression(y, v, x * units).moderators for units in (1, [1e9, 1e-9]))
    assert (other.statistic, other.p) == pytest.approx((one.statistic, one.p), rel=1e-9)


def test_equal_effects_have_no_knapp_hartung_test():
    found = meta_regression(np.zeros(5), np.full(5, 0.1), np.arange(5.0))
    assert np.isnan([found.moderators.statistic, found.moderators.p]).all()


def test_no_variance_to_explain():
    fit = meta_regression([0.2, 0.21, 0.2, 0.19], [0.1] * 4, [1, 2, 3, 4])
    assert np.isnan(fit.r2) and fit.tau2 == 0


@pytest.mark.parametrize("test", TESTS)
def test_separate_subgroups_are_meta_analyses(test):
    y, v, _ = studies(5)
    groups = ["b"] * 8 + ["a"] * 11 + ["c"]
    found = subgroups(y, v, groups, tau2="separate", test=test)
    assert [group.name for group in found.groups] == ["b", "a", "c"]
    for group, part in zip(found.groups, (slice(8), slice(8, 19), slice(19, 20)), strict=True):
        assert group.effect == random_effects(y[part], v[part], test=test).effect
    assert np.isnan(found.groups[2].tau2)


def test_common_variance_of_two_groups_is_a_meta_regression():
    y, v, _ = studies(6)
    groups = np.repeat(["one", "two"], 10)
    found = subgroups(y, v, groups)
    fit = meta_regression(y, v, 1.0 * (groups == "two"))
    assert found.between.statistic == pytest.approx(fit.moderators.statistic)
    first, second = found.groups
    assert second.effect.estimate - first.effect.estimate == pytest.approx(
        fit.coefficient("x1").estimate
    )
    assert first.tau2 == second.tau2 == pytest.approx(fit.tau2)


def test_robust_tests_of_single_effects_differ_from_robust_tests_of_clusters():
    y, v, x = studies(7)
    fit = meta_regression(y, v, x[:, 0])
    single = fit.robust(range(20)).coefficient("x1")
    clusters = fit.robust([i // 4 for i in range(20)]).coefficient("x1")
    assert single.estimate == pytest.approx(clusters.estimate) and single.df > clusters.df


@pytest.mark.parametrize(
    ("moderators", "names", "message"),
    [
        (np.ones(20), ["year"], "'year' has the same value"),
        (np.arange(40.0).reshape(20, 2) * [1, 2], ["a", "b"], "'b' is a linear combination"),
        (np.where(np.arange(20) < 3, np.nan, np.arange(20.0)), ["a"], "'a' is missing .* in 3"),
        (np.arange(19.0), ["a"], "20 effects, 19 rows"),
        (np.arange(20.0), ["a", "b"], "2 names"),
        (
            np.random.default_rng(1).normal(size=(20, 19)),
            (),
            "Effects found: 20.*19 moderators needs at least 21",
        ),
    ],
)
def test_bad_moderators(moderators, names, message):
    y, v, _ = studies(8)
    with pytest.raises(AnalysisError, match=message):
        meta_regression(y, v, moderators, names)


def test_bad_input_of_methods():
    y, v, x = studies(9)
    fit = meta_regression(y, v, x)
    with pytest.raises(AnalysisError, match="no coefficient 'dose'"):
        fit.coefficient("dose")
    with pytest.raises(AnalysisError, match="finite value of each moderator \\(2\\)"):
        fit.predict([1.0])
    with pytest.raises(AnalysisError, match="at least two clusters"):
        fit.robust(["A"] * 20)
    with pytest.raises(AnalysisError, match="20 effects and 3 clusters"):
        fit.robust(["A"] * 3)
    with pytest.raises(AnalysisError, match=r"found: 1\. A model with 0 moderators"):
        meta_regression([0.1], [0.1])


@pytest.mark.parametrize(
    ("groups", "choice", "message"),
    [
        (["a"] * 4, {}, "two groups are needed"),
        (["a", "b", None, "b"], {}, "1 of them missing"),
        (["a", "b", np.nan, "b"], {}, "1 of them missing"),
        (["a", "b"], {}, "4 effects and 2 groups"),
        (["a", "b", "c", "d"], {}, "4 studies in 4 groups"),
        (["a", "a", "b", "b"], {"tau2": "own"}, "tau2 is 'own'"),
        (["a", "a", "b", "b"], {"tau2": "separate"}, "All effects of a group are equal"),
    ],
)
def test_bad_groups(groups, choice, message):
    with pytest.raises(AnalysisError, match=message):
        subgroups([0.1, 0.1, 0.5, 0.7], [0.1] * 4, groups, **choice)
