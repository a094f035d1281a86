"""The simulation of docs/imputation.md: its truths, a small part of it, and its table."""

import re

import numpy as np
import pytest
from tests.depth import deep, examples

from attune.specs.errors import AnalysisError
from attune.stats.imputed_outcomes import complete_outcomes
from attune.stats.incomplete_normal import fit_normal
from attune.stats.resampling import stream
from maintenance.simulate_imputation import (
    CONDITIONS,
    METHODS,
    PAGE,
    REPLICATIONS,
    SEED,
    STRATEGIES,
    Condition,
    draw_trial,
    estimates,
    performance,
    simulate,
    table,
    true_effect,
)

MONTE_CARLO = 4.0
"""Standard errors within which a simulated value must lie; the seed is fixed."""


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_truth_of_a_large_trial(strategy):
    """Means of a trial of 80,000 completed under the assumption with its own parameters."""
    data = draw_trial(Condition(40_000), np.random.default_rng(1))
    fits = [fit_normal(data.outcomes[data.arm == k]) for k in range(2)]
    filled = complete_outcomes(data, fits, dict.fromkeys(data.arms, strategy), None)[0]
    found = filled[data.arm == 1, -1].mean() - filled[data.arm == 0, -1].mean()
    # Standard deviation 9, about a third imputed: Monte Carlo error .07.
    assert found == pytest.approx(true_effect(strategy), abs=0.25)


def test_dropout_of_the_trials():
    for condition in CONDITIONS:
        data = draw_trial(condition, np.random.default_rng(2))
        assert len(data.arm) == 2 * condition.per_arm
        assert 0.2 < (data.kinds[:, -1] > 0).mean() < 0.5
        assert (data.clusters is None) == (condition.icc == 0)


@deep
def test_bias_and_coverage():
    """A small part of the simulation; errors of the Monte Carlo method are allowed for."""
    condition = Condition(60)
    [values] = simulate([condition], examples(25, many=1000), 1).values()
    for row, strategy in enumerate(STRATEGIES):
        for column, method in enumerate(METHODS):
            found = performance(values[:, row, column], true_effect(strategy))
            assert abs(found.bias) < 2 + MONTE_CARLO * found.bias_error
            slack = MONTE_CARLO * np.sqrt(0.95 * 0.05 / len(values)) * 100
            assert found.coverage > 93 - slack
            if method == "jackknife" or strategy == "missing_at_random":
                assert found.coverage < 97 + slack
                assert found.se_ratio == pytest.approx(1, abs=0.1 + 3 / np.sqrt(2 * len(values)))


def test_estimates_have_a_place_for_every_strategy_and_method():
    draw = np.random.default_rng(3)
    found = estimates(draw_trial(Condition(30), draw), STRATEGIES[:2], METHODS, draw)
    assert found.shape == (2, 3, 4)
    assert (found[..., 2] < found[..., 0]).all()
    assert (found[..., 0] < found[..., 3]).all()


def test_performance_by_hand():
    values = np.array([[1.0, 1, 0, 2], [3.0, 1, 2.5, 4], [2.0, 1, 1, 3], [4.0, 1, 1, 6]])
    found = performance(values, 2.0)
    assert (found.bias, found.coverage) == (25, 75)
    assert found.bias_error == pytest.approx(100 * np.std([1, 2, 3, 4], ddof=1) / 2 / 2)
    assert found.se_ratio == pytest.approx(1 / np.std([1, 2, 3, 4], ddof=1))


def test_trials_without_an_estimate_are_left_out_and_counted():
    values = np.array([[1.0, 1, 0, 2], [3.0, 1, 2.5, 4], [np.nan] * 4, [2.0, 1, 1, 3]])
    found, known = performance(values, 2.0), performance(values[[0, 1, 3]], 2.0)
    assert found.undefined == 25 and known.undefined == 0
    assert (found.bias, found.coverage, found.se_ratio) == (
        known.bias, known.coverage, known.se_ratio
    )  # fmt: skip
    rows = np.broadcast_to(values[:, None, None], (4, len(STRATEGIES), len(METHODS), 4))
    assert "(0.0), 25.0 undefined | 1.000 |" in table({Condition(40): rows})


def test_a_trial_whose_bootstrap_cannot_be_fitted_has_no_estimate(monkeypatch):
    def refuse(*_):
        raise AnalysisError("not in all bootstrap samples")

    draw = np.random.default_rng(3)
    data = draw_trial(Condition(30), draw)
    monkeypatch.setattr("attune.stats.imputed_outcomes.fit_arms", refuse)
    found = estimates(data, STRATEGIES[:1], METHODS[:2], draw)
    assert np.isfinite(found[0, 0]).all() and np.isnan(found[0, 1]).all()


def test_blocks_are_kept_and_put_together(tmp_path, monkeypatch):
    monkeypatch.setattr("maintenance.simulate_imputation.BLOCK", 2)
    condition = Condition(30, "by_outcome")
    first = simulate([condition], 4, 1, tmp_path)[condition]
    assert first.shape == (4, 1, 3, 4) and len([*tmp_path.iterdir()]) == 2
    drawn = draw_trial(condition, stream(SEED, f"{condition} 0"))
    [own] = estimates(drawn, condition.strategies, ("jackknife",), np.random.default_rng(1))
    assert first[0, 0, 2] == pytest.approx(own[0], rel=1e-9)
    monkeypatch.setattr("maintenance.simulate_imputation.estimates", None)
    assert (simulate([condition], 4, 1, tmp_path)[condition] == first).all()


def test_the_page_has_the_table_of_all_conditions():
    """Rows of the page are those that the script writes; values lie where the page says."""
    page = PAGE.read_text(encoding="utf-8")
    [written] = re.findall(r"<!-- performance -->\n(.*?)\n<!-- /performance -->", page, re.S)
    draw = np.random.default_rng(4)
    blank = {c: draw.uniform(1, 2, (4, len(c.strategies), 3, 4)) for c in CONDITIONS}
    expected = [line.split("|")[1:7] for line in table(blank).splitlines()]
    assert [line.split("|")[1:7] for line in written.splitlines()] == expected
    assert f"{REPLICATIONS:,}" in page
