"""Effects nested in studies: ties to simpler models, the dense likelihood, bad input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.specs.errors import AnalysisError
from attune.stats.meta_analysis import random_effects
from attune.stats.meta_regression import meta_regression
from attune.stats.multilevel_meta_analysis import (
    RHOS,
    Blocks,
    multilevel_meta_analysis,
)


def effects(seed: int = 1, between: float = 0.05, within: float = 0.03):
    draw = np.random.default_rng(seed)
    studies = np.repeat([f"S{j}" for j in range(8)], [1, 2, 3, 4, 5, 1, 2, 4])
    v, x = draw.uniform(0.01, 0.1, 22), draw.normal(size=22)
    shared = draw.normal(0, np.sqrt(between), 8)[np.unique(studies, return_inverse=True)[1]]
    return draw.normal(0.3 + shared, np.sqrt(v + within)), v, studies, x


def dense(y, v, x, studies, rho, between, within, restricted):
    """Log likelihood from the definition, with matrices of all effects."""
    same = studies[:, None] == studies[None, :]
    s = np.sqrt(np.outer(v, v)) * np.where(np.eye(len(y)), 1, rho * same)
    s = s + between * same + within * np.eye(len(y))
    w = np.linalg.inv(s)
    crossed = x.T @ w @ x
    b = np.linalg.solve(crossed, x.T @ w @ y)
    rest = y - x @ b
    value = -np.linalg.slogdet(s)[1] - rest @ w @ rest
    n = len(y)
    if restricted:
        n -= x.shape[1]
        value += np.linalg.slogdet(x.T @ x)[1] - np.linalg.slogdet(crossed)[1]
    return (value - n * np.log(2 * np.pi)) / 2


@pytest.mark.parametrize("restricted", [True, False])
@pytest.mark.parametrize("rho", [0.0, 0.7])
def test_likelihood_and_derivatives_are_those_of_the_definition(restricted, rho):
    y, v, studies, x = effects()
    x = np.column_stack([np.ones(22), x])
    blocks = Blocks(y, v, x, studies, rho, ["study", "effect"], restricted)
    point = np.array([0.04, 0.02])
    here = blocks.fit(point)
    assert here.log_likelihood == pytest.approx(dense(y, v, x, studies, rho, *point, restricted))
    steps = 1e-6 * np.eye(2)
    up, down = ([blocks.fit(point + sign * step) for step in steps] for sign in (1, -1))
    slopes = [(a.log_likelihood - b.log_likelihood) / 2e-6 for a, b in zip(up, down, strict=True)]
    np.testing.assert_allclose(here.gradient, slopes, rtol=1e-5)
    curves = [(a.gradient - b.gradient) / 2e-6 for a, b in zip(up, down, strict=True)]
    np.testing.assert_allclose(here.hessian, curves, rtol=1e-4)


@given(
    seed=st.integers(0, 10**6),
    between=st.sampled_from([0.0, 0.05, 1.0]),
    within=st.sampled_from([0.0, 0.05, 1.0]),
    rho=st.sampled_from([0.0, 0.5, 0.9]),
)
@settings(max_examples=25, deadline=None)
def test_no_variances_are_more_likely(seed, between, within, rho):
    y, v, studies, _ = effects(seed, between, within)
    x = np.ones((22, 1))
    fit = multilevel_meta_analysis(y, v, studies, rho=rho, profile=False)
    assert min(part.variance for part in fit.components) >= 0
    grid = [0, *np.geomspace(1e-3, 3, 12)]
    best = max(dense(y, v, x, studies, rho, a, b, True) for a in grid for b in grid)
    assert fit.log_likelihood >= best - 1e-9


def test_order_of_effects_and_names_of_studies_do_not_matter():
    y, v, studies, x = effects(2)
    turned = np.random.default_rng(1).permutation(22)
    one = multilevel_meta_analysis(y, v, studies, x, ["dose"], 0.4)
    other = multilevel_meta_analysis(
        y[turned], v[turned], [f"x{name}" for name in studies[turned]], x[turned], ["dose"], 0.4
    )
    assert other.coefficient("dose").estimate == pytest.approx(one.coefficient("dose").estimate)
    assert other.component("study").high == pytest.approx(one.component("study").high, rel=1e-6)
    assert other.robust().coefficient("dose").df == pytest.approx(
        one.robust().coefficient("dose").df, rel=1e-6
    )


def test_other_units_scale_all_results():
    y, v, studies, _ = effects(3)
    one = multilevel_meta_analysis(y, v, studies, rho=0.5)
    other = multilevel_meta_analysis(-100 * y, 1e4 * v, studies, rho=0.5)
    for part, scaled in zip(one.components, other.components, strict=True):
        expected = (1e4 * part.variance, 1e4 * part.low, 1e4 * part.high, part.i2)
        assert (scaled.variance, scaled.low, scaled.high, scaled.i2) == pytest.approx(
            expected, rel=1e-6, abs=1e-6
        )
    assert other.prediction.low == pytest.approx(-100 * one.prediction.high)


def test_effects_alone_are_a_meta_regression():
    y, v, studies, x = effects(4)
    found = multilevel_meta_analysis(y, v, studies, x, levels=["effect"], test="z")
    plain = meta_regression(y, v, x, test="z")
    assert found.component("effect").variance == pytest.approx(plain.tau2, rel=1e-8)
    assert found.log_likelihood == pytest.approx(plain.log_likelihood)
    assert found.moderators.statistic == pytest.approx(plain.moderators.statistic)
    assert found.q == pytest.approx(plain.heterogeneity.q)
    assert found.components[0].i2 == pytest.approx(plain.heterogeneity.i2)


def test_single_effects_of_studies_are_random_effects():
    y, v, _, _ = effects(5)
    found = multilevel_meta_analysis(y, v, range(22), levels=["study"], test="t", rho=0.8)
    plain = random_effects(y, v, test="z")
    assert found.component("study").variance == pytest.approx(plain.tau2, rel=1e-8)
    assert found.coefficients[0].se == pytest.approx(plain.effect.se)
    assert found.coefficients[0].df == 21 and found.prediction.convention == "t(studies-p)"


def test_prediction_adds_the_variances_of_both_levels():
    from scipy.stats import t

    y, v, studies, _ = effects(9)
    fit = multilevel_meta_analysis(y, v, studies, interval=0.9, profile=False)
    first, (between, within) = fit.coefficients[0], fit.components
    assert between.variance > 0 and within.variance > 0
    reach = t(7).ppf(0.95) * np.sqrt(between.variance + within.variance + first.se**2)
    assert fit.prediction.high - first.estimate == pytest.approx(reach)
    assert first.estimate - fit.prediction.low == pytest.approx(reach)


def test_equal_effects_within_studies_count_once():
    """rho near 1 and no variance within: copies of an effect add nothing."""
    y, v, _, _ = effects(6)
    y, v = y[:6], np.full(6, 0.05)
    studies = np.repeat(np.arange(6), 3)
    copies = multilevel_meta_analysis(
        np.repeat(y, 3), np.repeat(v, 3), studies, rho=1 - 1e-6, levels=["study"], profile=False
    )
    single = random_effects(y, v, test="z")
    assert copies.coefficients[0].se == pytest.approx(single.effect.se, rel=1e-5)
    assert copies.component("study").variance == pytest.approx(single.tau2, rel=1e-4, abs=1e-7)


def test_profile_interval_encloses_and_meets_the_quantile():
    from scipy.stats import chi2

    y, v, studies, _ = effects(7)
    fit = multilevel_meta_analysis(y, v, studies)
    blocks = Blocks(y, v, np.ones((22, 1)), studies, 0.0, ["study", "effect"], True)
    for place, part in enumerate(fit.components):
        assert part.low <= part.variance <= part.high
        ends = [part.high] if part.low == 0 else [part.low, part.high]
        for end in ends:
            other = blocks.fit(blocks.maximise({place: end})).log_likelihood
            assert 2 * (fit.log_likelihood - other) == pytest.approx(chi2(1).ppf(0.95), rel=1e-5)


def test_rho_moves_variance_between_levels_more_than_the_average():
    y, v, studies, _ = effects(8)
    fits = [multilevel_meta_analysis(y, v, studies, rho=rho, profile=False) for rho in RHOS]
    shares = [fit.component("study").variance for fit in fits]
    assert shares == sorted(shares, reverse=True)
    tests = [fit.robust().coefficient(fit.names[0]) for fit in fits]
    assert np.ptp([test.estimate for test in tests]) < tests[0].se


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"studies": ["A"] * 4}, "All effects are of one study"),
        ({"studies": list("ABCD")}, "Every study has one effect"),
        ({"studies": ["A", "A", "B"]}, "4 effects and 3 study labels"),
        ({"studies": ["A", "A", "B", None]}, "1 of them missing"),
        ({"rho": 1.0}, "rho is 1.0"),
        ({"rho": -0.1}, "rho is -0.1"),
        ({"levels": []}, "levels are \\[\\]"),
        ({"levels": ["lab"]}, "levels are \\['lab'\\]"),
        ({"method": "DL"}, "method is 'DL'"),
        ({"test": "F"}, "test is 'F'"),
        ({"moderators": [1, 2, 3, 5]}, "'t' with 2 studies and 2 coefficients"),
        ({"moderators": [1, 1, 1, 1]}, "same value in all studies"),
        ({"effects": [0.1, np.nan, 0.2, 0.3]}, "effect is nan"),
        ({"variances": [0.1, 0.0, 0.2, 0.3]}, "variance is 0.0"),
        ({"effects": [0.1], "variances": [0.1], "studies": ["A"]}, "All effects are of one study"),
    ],
)
def test_bad_input(change, message):
    arguments = {
        "effects": [0.1, 0.2, 0.4, 0.3],
        "variances": [0.01] * 4,
        "studies": ["A", "A", "B", "B"],
    }
    with pytest.raises(AnalysisError, match=message):
        multilevel_meta_analysis(**(arguments | change))


def test_unknown_names():
    y, v, studies, _ = effects()
    fit = multilevel_meta_analysis(y, v, studies, levels=["study"], profile=False)
    with pytest.raises(AnalysisError, match="no coefficient 'dose'"):
        fit.coefficient("dose")
    with pytest.raises(AnalysisError, match="no variance of level 'effect'"):
        fit.component("effect")
