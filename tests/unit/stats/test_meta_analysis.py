"""Average effects: properties of the estimators, few studies, bad input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.specs.errors import AnalysisError
from attune.stats.heterogeneity import (
    METHODS,
    estimate_tau2,
    profile_log_likelihood,
    root_of_q,
    weighted_least_squares,
)
from attune.stats.meta_analysis import TESTS, random_effects

RANDOM = [method for method in METHODS if method != "common"]


def studies(seed: int, k: int = 12, tau: float = 0.3):
    draw = np.random.default_rng(seed)
    v = draw.uniform(0.01, 0.2, k)
    return draw.normal(0.4, np.sqrt(v + tau**2)), v


seeds, sizes = st.integers(0, 10**6), st.integers(2, 40)
spreads = st.sampled_from([0.0, 0.05, 0.5, 5.0])


@pytest.mark.parametrize("method", METHODS)
@given(seed=seeds, k=sizes, tau=spreads)
@settings(max_examples=15, deadline=None)
def test_order_of_studies_does_not_matter(method, seed, k, tau):
    y, v = studies(seed, k, tau)
    turned = np.random.default_rng(seed + 1).permutation(k)
    found, other = (
        random_effects(y, v, method=method),
        random_effects(y[turned], v[turned], method=method),
    )
    assert found.tau2 == pytest.approx(other.tau2, rel=1e-9, abs=1e-12)
    assert found.effect.estimate == pytest.approx(other.effect.estimate, rel=1e-9)
    np.testing.assert_allclose(found.weights[turned], other.weights, rtol=1e-8)


@pytest.mark.parametrize("method", METHODS)
@given(seed=seeds, k=sizes, tau=spreads, factor=st.sampled_from([-100.0, 1e-4, 7.0]))
@settings(max_examples=15, deadline=None)
def test_other_units_scale_all_results(method, seed, k, tau, factor):
    y, v = studies(seed, k, tau)
    found = random_effects(y, v, method=method)
    other = random_effects(y * factor, v * factor**2, method=method)
    assert other.tau2 == pytest.approx(found.tau2 * factor**2, rel=1e-8, abs=1e-12 * factor**2)
    assert other.effect.estimate == pytest.approx(found.effect.estimate * factor, rel=1e-8)
    assert other.effect.se == pytest.approx(found.effect.se * abs(factor), rel=1e-8)
    assert other.heterogeneity.i2 == pytest.approx(found.heterogeneity.i2, rel=1e-7, abs=1e-8)
    assert other.heterogeneity.tau2_high == pytest.approx(
        found.heterogeneity.tau2_high * factor**2, rel=1e-8, abs=1e-12 * factor**2, nan_ok=True
    )


@pytest.mark.parametrize("method", RANDOM)
@given(seed=seeds, k=sizes, tau=spreads)
@settings(max_examples=25, deadline=None)
def test_never_negative_and_common_effect_at_zero(method, seed, k, tau):
    y, v = studies(seed, k, tau)
    found = random_effects(y, v, method=method, test="z")
    assert found.tau2 >= 0 and 0 <= found.heterogeneity.i2 <= 100
    assert found.heterogeneity.tau2_low <= found.heterogeneity.tau2_high
    if found.tau2 == 0:
        assert found.effect == random_effects(y, v, method="common", test="z").effect


@given(seed=seeds, k=sizes, tau=spreads, restricted=st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_variance_is_more_likely_than_the_estimate(seed, k, tau, restricted):
    y, v = studies(seed, k, tau)
    v[::3] *= 1e-3  # very unequal variances: where the likelihood can have two maxima
    x = np.column_stack([np.ones(k), np.arange(k) % 3])[:, : 1 + (k > 4)]
    tau2 = estimate_tau2(y, v, x, "REML" if restricted else "ML")
    grid = np.concatenate([[0.0], np.geomspace(1e-9, 1e3, 3000)])
    best = profile_log_likelihood(y, v, x, grid, restricted).max()
    assert profile_log_likelihood(y, v, x, tau2, restricted)[0] >= best - 1e-10


@given(seed=seeds, k=sizes, tau=spreads, value=st.floats(0.01, 50))
@settings(max_examples=60, deadline=None)
def test_q_at_its_root(seed, k, tau, value):
    y, v = studies(seed, k, tau)
    x = np.ones((k, 1))
    root = root_of_q(y, v, x, value)
    q = weighted_least_squares(y, v, x, root).q
    assert q == pytest.approx(value, rel=1e-9) if root > 0 else q <= value


def test_q_profile_interval_covers():
    """The share of 400 meta-analyses whose interval holds the true variance: .95, SE .011."""
    found = [random_effects(*studies(seed, 8, 0.3)).heterogeneity for seed in range(400)]
    assert np.mean([h.tau2_low <= 0.09 <= h.tau2_high for h in found]) == pytest.approx(
        0.95, abs=0.03
    )


@pytest.mark.parametrize(("prediction", "df"), [("z", np.inf), ("t(k-1)", 11), ("t(k-2)", 10)])
def test_conventions_of_the_prediction_interval(prediction, df):
    from scipy.stats import t

    found = random_effects(*studies(3), prediction=prediction, interval=0.9)
    reach = t(df).ppf(0.95) * np.sqrt(found.tau2 + found.effect.se**2)
    assert found.prediction.high - found.effect.estimate == pytest.approx(reach)
    assert (found.prediction.df, found.prediction.convention) == (df, prediction)


def test_truncation_only_widens():
    equal = random_effects([0.3, 0.31, 0.3, 0.29], np.full(4, 0.1), test="knapp-hartung")
    truncated = random_effects([0.3, 0.31, 0.3, 0.29], np.full(4, 0.1), test=TESTS[2])
    wald = random_effects([0.3, 0.31, 0.3, 0.29], np.full(4, 0.1), test="z")
    assert equal.effect.se < 0.1 * wald.effect.se
    assert truncated.effect.se == pytest.approx(wald.effect.se)
    y, v = studies(1, tau=0.0)
    assert (
        random_effects(y, v, test=TESTS[2], method="common").effect.se
        >= random_effects(y, v, method="common", test="z").effect.se
    )


@pytest.mark.parametrize("method", METHODS)
def test_one_study(method):
    found = random_effects([0.4], [0.04], ["A"], method=method)
    assert (found.effect.estimate, found.effect.se, found.test) == pytest.approx((0.4, 0.2, "z"))
    assert np.isnan([found.tau2, found.heterogeneity.i2, found.prediction.low]).all()
    assert "One study" in found.undefined["prediction"] and "One study" in found.undefined["tau2"]


@pytest.mark.parametrize("method", METHODS)
def test_two_studies(method):
    found = random_effects([0.1, 0.9], [0.04, 0.02], method=method, prediction="t(k-2)")
    assert found.effect.df == 1 and found.effect.ci_high > 2
    assert np.isnan(found.prediction.low) and found.undefined["prediction"]
    assert "prediction" not in random_effects([0.1, 0.9], [0.04, 0.02]).undefined


@pytest.mark.parametrize("method", METHODS)
def test_equal_effects(method):
    found = random_effects([0.2] * 3, [0.1, 0.2, 0.3], method=method)
    assert found.tau2 == pytest.approx(0, abs=1e-30)
    assert found.effect.estimate == pytest.approx(0.2)
    assert found.heterogeneity.q == pytest.approx(0, abs=1e-25)


def test_equal_effects_say_why_the_variance_is_zero():
    found = random_effects([0.5, 0.5], [0.25, 0.25])
    assert found.effect.se == 0 and "truncated" in found.undefined["se"]
    assert "Q-profile" in found.undefined["tau2_high"]


@pytest.mark.parametrize(
    ("effects", "variances", "ids", "message"),
    [
        ([0.1, np.nan], [0.1, 0.1], None, "Study '2': the effect is nan"),
        ([0.1, np.inf], [0.1, 0.1], None, "Study '2': the effect is inf"),
        ([0.1, 0.2], [0.1, 0.0], ["A", "B"], "Study 'B': the sampling variance is 0.0"),
        ([0.1, 0.2], [0.1, -1.0], None, "sampling variance is -1.0"),
        ([0.1, 0.2], [0.1, np.nan], None, "sampling variance is nan"),
        ([0.1, 0.2], [0.1, 0.1], ["A", "A"], "have the id 'A'"),
        ([0.1, 0.2], [0.1], None, "2 effects, 1 variances"),
        ([], [], None, "no effect"),
    ],
)
def test_bad_input(effects, variances, ids, message):
    with pytest.raises(AnalysisError, match=message):
        random_effects(effects, variances, ids)


def test_all_faults_at_once():
    with pytest.raises(AnalysisError) as caught:
        random_effects([np.nan, 0.2, 0.3], [0.1, 0.0, 0.1], ["A", "B", "B"])
    for part in ("Study 'A'", "Study 'B'", "the id 'B'"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"method": "EB"}, "method is 'EB'"),
        ({"test": "t"}, "test is 't'"),
        ({"prediction": "t"}, "interval is 't'"),
    ],
)
def test_unknown_choices(choice, message):
    with pytest.raises(AnalysisError, match=message):
        random_effects([0.1, 0.2], [0.1, 0.1], **choice)
