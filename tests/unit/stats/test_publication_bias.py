"""Publication bias: known answers, symmetry, simulated selection, bad input."""

import numpy as np
import pytest

from attune.specs.errors import AnalysisError
from attune.stats.heterogeneity import profile_log_likelihood
from attune.stats.meta_analysis import random_effects
from attune.stats.p_curve import Statistic, p_curve
from attune.stats.publication_bias import (
    egger,
    funnel,
    limit_meta_analysis,
    pet_peese,
    trim_and_fill,
)
from attune.stats.selection_model import StepLikelihood, selection_model


def studies(seed: int = 1, k: int = 15, slope: float = 0.0, tau: float = 0.1):
    draw = np.random.default_rng(seed)
    se = draw.uniform(0.05, 0.4, k)
    return draw.normal(0.3 + slope * se, np.sqrt(se**2 + tau**2)), se**2


@pytest.mark.parametrize("model", ["random effects", "weighted"])
def test_effects_on_a_line(model):
    se = np.array([0.1, 0.2, 0.25, 0.4])
    found = egger(0.1 + 2 * se, se**2, model=model)
    assert found.slope.estimate == pytest.approx(2) and found.limit.estimate == pytest.approx(0.1)
    both = pet_peese(0.1 + 2 * se**2, se**2)
    assert both.peese.estimate == pytest.approx(0.1)
    assert both.effect == (both.pet if both.chosen == "PET" else both.peese)


def test_signs():
    y, v = studies(2, slope=1.0)
    turned = np.random.default_rng(3).permutation(len(y))
    for model in ("random effects", "weighted"):
        found, other = egger(y, v, model=model), egger(-y[turned], v[turned], model=model)
        assert other.slope.estimate == pytest.approx(-found.slope.estimate)
        assert other.slope.p_two_tailed == pytest.approx(found.slope.p_two_tailed)
    found, other = pet_peese(y, v), pet_peese(-y, v, direction="less")
    assert found.chosen == other.chosen
    assert found.effect.estimate == pytest.approx(-other.effect.estimate)
    assert limit_meta_analysis(-y, v).effect.estimate == pytest.approx(
        -limit_meta_analysis(y, v).effect.estimate
    )
    one, two = trim_and_fill(y, v), trim_and_fill(-y[turned], v[turned])
    assert {one.side, two.side} == {"left", "right"} and one.missing == two.missing
    assert one.result.effect.estimate == pytest.approx(-two.result.effect.estimate)
    one, two = selection_model(y, v), selection_model(-y[turned], v[turned], direction="less")
    assert one.effect.estimate == pytest.approx(-two.effect.estimate, rel=1e-6)
    assert one.weight == pytest.approx(two.weight, rel=1e-5)


def test_pet_where_nothing_is_significant():
    y, v = [0.3, -0.3, 0.2, -0.1, 0.5], [0.01, 0.02, 0.04, 0.09, 0.16]
    assert pet_peese(y, v).chosen == "PET" and pet_peese(y, v).effect == pet_peese(y, v).pet


def test_pet_is_judged_one_tailed():
    draw = np.random.default_rng(52)
    se = draw.uniform(0.05, 0.4, 15)
    y = draw.normal(0.08 + 0.3 * se, se)
    found = pet_peese(y, se**2)
    assert 0.05 < found.pet.p_two_tailed < 0.10 and found.chosen == "PEESE"
    assert pet_peese(y, se**2, direction="less").chosen == "PET"
    assert pet_peese(y, se**2, level=0.025).chosen == "PET"


def test_limit_without_heterogeneity_is_the_weighted_line():
    y, v = studies(4)
    found = limit_meta_analysis(y, v, method="common")
    assert found.effect.estimate == pytest.approx(egger(y, v, model="weighted").limit.estimate)
    assert found.g2 == 0 and np.ptp(found.limit_effects) == pytest.approx(0)
    whole = random_effects(y, v, method="common").heterogeneity.q
    assert found.q_small + found.q_residual == pytest.approx(whole)
    assert 0 <= limit_meta_analysis(y, v).g2 <= 1


def test_filled_studies_are_mirror_images():
    y, v = studies(5, slope=2.0)
    found = trim_and_fill(y, v, side="left", method="common")
    assert found.missing > 0 and found.side == "left"
    extreme = np.sort(y)[-found.missing :]
    np.testing.assert_allclose(np.ptp(extreme + np.sort(found.filled_effects)[::-1]), 0, atol=1e-12)
    assert found.result.k == 15 + found.missing
    unfilled = random_effects(y, v, method="common")
    assert found.result.effect.estimate < unfilled.effect.estimate
    named = trim_and_fill(y, v, ["filled 1", *map(str, range(14))], side="left")
    assert len(set(named.result.ids)) == named.result.k


def test_a_symmetric_funnel_needs_no_filling():
    y = np.array([0.0, 0.1, -0.1, 0.3, -0.3, 0.6, -0.6]) + 0.4
    v = np.array([0.01, 0.02, 0.02, 0.05, 0.05, 0.2, 0.2])
    for side in ("left", "right"):
        for estimator in ("L0", "R0"):
            assert trim_and_fill(y, v, None, estimator, side).missing == 0


def test_funnel_lines():
    y, v = studies(6)
    found = funnel(y, v, contours=(0.05,))
    assert found.heights[0] == 0 and found.heights[-1] == pytest.approx(np.sqrt(v.max()))
    np.testing.assert_allclose((found.low + found.high) / 2, found.centre)
    np.testing.assert_allclose(found.contours[0.05], 1.959963984540054 * found.heights)


@pytest.mark.deep
def test_size_of_eggers_test():
    """No small-study effect: .05 of p below .05 in 400 simulated meta-analyses, SE .011."""
    p = [egger(*studies(seed, 20)).slope.p_two_tailed for seed in range(400)]
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.03)


def selected(seed: int, k: int = 400, weight: float = 0.2):
    draw = np.random.default_rng(seed)
    v = draw.uniform(0.01, 0.15, 6 * k)
    y = draw.normal(0.2, np.sqrt(v + 0.01))
    kept = (y / np.sqrt(v) > 1.959963984540054) | (draw.uniform(size=6 * k) < weight)
    return y[kept][:k], v[kept][:k]


def test_selection_is_recovered():
    found = selection_model(*selected(1))
    assert found.effect.estimate == pytest.approx(0.2, abs=3 * found.effect.se)
    assert found.weight == pytest.approx(0.2, abs=3 * found.weight_se)
    assert found.unselected > 0.25 and found.p < 1e-4 and not found.at_bound
    assert found.significant + found.others == 400


def test_no_selection_is_recovered():
    found = selection_model(*selected(4, weight=1.0))
    assert found.weight == pytest.approx(1, abs=3 * found.weight_se) and found.p > 0.01


def test_likelihood_without_selection_is_that_of_random_effects():
    y, v = studies(7)
    likelihood = StepLikelihood(y, v, 1.96)
    plain = profile_log_likelihood(y, v, np.ones((15, 1)), 0.02, False)[0]
    mean = (y / (v + 0.02)).sum() / (1 / (v + 0.02)).sum()
    assert likelihood.value(np.array([mean, 0.02, 1.0])) == pytest.approx(
        plain - 15 / 2 * np.log(2 * np.pi)
    )


def test_gradient_of_the_selection_likelihood():
    y, v = selected(3, 30)
    likelihood, point = StepLikelihood(y, v, 1.96), np.array([0.15, 0.02, 0.4])
    numeric = [
        (likelihood.value(point + step) - likelihood.value(point - step)) / 2e-6
        for step in 1e-6 * np.eye(3)
    ]
    np.testing.assert_allclose(likelihood.gradient(point), numeric, rtol=1e-6)


def test_selection_model_at_a_bound():
    y, v = np.array([0.5, 0.52, 0.49, 0.5, 0.1]), np.array([0.04, 0.04, 0.05, 0.05, 0.01])
    found = selection_model(y, v)
    assert found.at_bound and found.tau2 == pytest.approx(0, abs=1e-6) and np.isnan(found.tau2_se)
    assert found.log_likelihood >= found.log_likelihood_unselected


def noise(seed: int, k: int = 60):
    """Significant results of studies without an effect."""
    draw = np.random.default_rng(seed).uniform(0, 0.05, k)
    from scipy.stats import norm

    return [Statistic("z", float(norm.isf(p / 2))) for p in draw]


def test_p_curve_of_studies_without_effect_is_flat():
    found = p_curve(noise(1))
    assert 0.01 < found.right_skew.p < 0.99 and found.power < 0.2
    assert not found.evidential_value and found.inadequate


def test_p_curve_of_one_power():
    from scipy.stats import norm

    draw = np.random.default_rng(2)
    shift = norm.isf(0.025) + norm.ppf(0.7)  # power 70 %
    z = np.abs(draw.normal(shift, 1, 3000))
    found = p_curve([Statistic("z", float(value)) for value in z])
    assert found.power == pytest.approx(0.7, abs=0.04)
    assert found.power_low < found.power < found.power_high
    assert found.evidential_value and not found.inadequate
    assert found.shares.sum() == pytest.approx(100) and found.shares[0] > 50


def curve(p_values: list[float]):
    from scipy.stats import norm

    return p_curve([Statistic("z", float(norm.isf(p / 2))) for p in p_values])


def test_half_curve_alone_can_show_evidential_value():
    found = curve([0.0005, 0.045, 0.048, 0.049, 0.047])
    assert found.right_skew.p > 0.9 and found.right_skew_half.p < 0.05 and found.evidential_value
    assert found.flatness.p < 0.05 and found.inadequate


def test_full_curve_alone_does_not():
    found = curve([0.012, 0.013, 0.012, 0.011, 0.013, 0.014, 0.012])
    assert found.right_skew.p < 0.05 and found.right_skew_half.p > 0.4
    assert not found.evidential_value
    # Flat at the half curve, but not by the number below .025: both are needed.
    assert found.flatness_half.p < 0.10 and found.binomial_flat > 0.10 and not found.inadequate


def test_families_agree():
    t, df = 2.6, 30.0
    same = [
        Statistic("t", t, df2=df),
        Statistic("t", -t, df2=df),
        Statistic("F", t * t, 1, df),
        Statistic("r", t / np.sqrt(t * t + df), df2=df),
    ]
    found = [p_curve([one]) for one in same]
    for other in found[1:]:
        assert other.p[0] == pytest.approx(found[0].p[0])
        assert other.power == pytest.approx(found[0].power, rel=1e-6)
    one, two = p_curve([Statistic("z", 2.5)]), p_curve([Statistic("chi2", 6.25)])
    assert one.flatness == two.flatness


def test_power_stays_between_its_bounds():
    strong = p_curve([Statistic("z", 9.0), Statistic("z", 8.0)])
    assert (strong.power, strong.power_high) == (0.99, 0.99)
    weak = p_curve([Statistic("z", 1.965), Statistic("z", 1.97)])
    assert (weak.power, weak.power_low) == (0.05, 0.05) and np.isnan(weak.right_skew_half.p)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: egger([0.1, 0.2], [0.1, 0.2]), "at least 3 studies"),
        (lambda: egger([0.1, 0.2, 0.3], [0.1] * 3), "same standard error"),
        (lambda: egger([0.1, 0.2, 0.3], [0.1, 0.2, 0.3], model="lm"), "model is 'lm'"),
        (lambda: pet_peese([0.1, 0.2, 0.3], [0.1] * 3), "same standard error"),
        (lambda: limit_meta_analysis([0.1, 0.2, 0.3], [0.1] * 3), "same standard error"),
        (lambda: trim_and_fill([0.1, 0.2, 0.3], [0.1, 0.2, 0.3], None, "Q0"), "'Q0'"),
        (lambda: trim_and_fill([0.1, 0.2, 0.3], [0.1, 0.2, 0.3], side="up"), "'up'"),
        (lambda: funnel([np.nan], [0.1]), "effect is nan"),
        (lambda: selection_model([0.1] * 3, [0.1] * 3), "needs 4 studies"),
        (lambda: selection_model([0.9] * 5, [0.01] * 5), "5 of 5 studies"),
        (lambda: selection_model([0.1] * 5, [0.1] * 5), "0 of 5 studies"),
        (lambda: selection_model([0.1] * 5, [0.1] * 5, step=1.0), "step is 1.0"),
        (lambda: selection_model([0.1] * 5, [0.1] * 5, direction="up"), "'up'"),
        (lambda: p_curve([]), "None of 0 results"),
        (lambda: p_curve([Statistic("z", 1.0)]), "None of 1 results"),
        (lambda: p_curve([Statistic("t", 3.0)]), "df2 are missing"),
        (lambda: p_curve([Statistic("t", np.nan, df2=9)]), "value is nan"),
        (lambda: p_curve([Statistic("F", -1.0, 1, 9)]), "value is -1.0"),
        (lambda: p_curve([Statistic("r", 1.0, df2=9)]), "between -1 and 1"),
        (lambda: p_curve([Statistic("chi2", 9.0, 0)]), "degrees of freedom are 0"),
        (lambda: p_curve([Statistic("Q", 9.0)]), "family must be"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(AnalysisError, match=message):
        call()
