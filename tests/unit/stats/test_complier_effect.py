"""Complier average causal effects: the ratio of Wald, known truth, bad input."""

import numpy as np
import pytest
from tests.depth import deep, examples

from attune.specs.errors import AnalysisError
from attune.stats.complier_effect import complier_average_causal_effect


def trial(n: int, seed: int = 1, effect: float = 3.0, compliers: float = 0.6):
    """Never-takers have worse outcomes, so that comparing the treated is biased."""
    draw = np.random.default_rng(seed)
    assigned = np.arange(n) % 2
    complier = draw.uniform(size=n) < compliers
    received = assigned * complier
    severity = draw.normal(size=n)
    outcome = effect * received + 2.0 * complier + severity + draw.normal(size=n)
    return outcome, received, assigned, severity[:, None]


def test_without_covariates_it_is_the_ratio_of_differences():
    y, d, z, _ = trial(60)
    found = complier_average_causal_effect(y, d, z)
    ratio = (y[z == 1].mean() - y[z == 0].mean()) / (d[z == 1].mean() - d[z == 0].mean())
    assert found.effect.estimate == pytest.approx(ratio)
    assert found.effect.estimate == pytest.approx(
        found.intention_to_treat.estimate / found.compliance.estimate
    )
    assert found.received == (d[z == 1].mean(), 0.0)


def test_full_compliance_gives_the_intention_to_treat_effect():
    y, _, z, x = trial(60)
    found = complier_average_causal_effect(y, z, z, x)
    assert found.effect.estimate == pytest.approx(found.intention_to_treat.estimate)
    assert found.effect.se == pytest.approx(found.intention_to_treat.se)
    assert found.compliance.estimate == pytest.approx(1)
    assert found.messages == ()


@deep
def test_the_effect_in_compliers_is_recovered():
    estimates, covered, trials = [], 0, examples(100, many=1_000)
    for seed in range(trials):
        y, d, z, x = trial(120, seed)
        found = complier_average_causal_effect(y, d, z, x).effect
        estimates.append(found.estimate)
        covered += found.ci_low < 3.0 < found.ci_high
    # Monte Carlo errors of 100 trials: .043 of the mean, .022 of the coverage; three of them.
    assert np.mean(estimates) == pytest.approx(3.0, abs=1.3 / np.sqrt(trials))
    assert covered / trials == pytest.approx(0.95, abs=0.66 / np.sqrt(trials))


def test_a_weak_instrument_is_named():
    y, d, z, x = trial(80, compliers=0.06)
    [message] = complier_average_causal_effect(y, d, z, x).messages
    assert "weak instrument" in message


def test_bad_input_is_refused():
    y, d, z, _ = trial(20)
    for received, assigned, message in (
        (d, z * 2, "must be 0 or 1, with"),
        (d, z * 0, "both arms"),
        (d + 1, z, "share from 0 to 1"),
        (np.ones(20) * 0.5, z, "no complier"),
    ):
        with pytest.raises(AnalysisError, match=message):
            complier_average_causal_effect(y, received, assigned)
