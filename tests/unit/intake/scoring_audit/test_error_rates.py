"""The item rule's errors over simulated scales: five-point items, uneven loadings, skew."""

import numpy as np
import pytest
from tests.depth import deep, examples

from attune.intake.scoring_audit.item_directions import (
    FEWEST_QUESTIONNAIRES,
    correlation_matrices,
    item_directions,
)
from attune.intake.scoring_audit.simulation import error_rates, simulated_answers

SCALES = examples(400, many=2_000)
REALISTIC = [(k, alpha) for k in (6, 8, 10, 12, 16, 20) for alpha in (0.7, 0.75, 0.8, 0.9, 0.95)]


def upper(share: float, scales: int) -> float:
    """Upper limit of a share: 95 %, one-sided (Clopper and Pearson)."""
    from scipy.stats import beta

    hits = round(share * scales)
    return float(beta.ppf(0.95, hits + 1, scales - hits)) if hits < scales else 1.0


@deep
def test_a_hundred_people_show_a_single_unreversed_item() -> None:
    rates = [error_rates(100, k, alpha, SCALES, seed=2024) for k, alpha in REALISTIC]
    n = SCALES * len(rates)
    missed = 1 - np.mean([rate.found for rate in rates])
    alarms = float(np.mean([rate.false_alarms for rate in rates]))
    assert upper(float(missed), n) < 0.05
    assert upper(alarms, n) < 0.01
    # Also in the worst of these scales, 20 items with alpha .70, it is found or noted.
    assert min(rate.found for rate in rates) > 0.85
    assert min(rate.found_or_noted for rate in rates) > 0.92


@deep
@pytest.mark.parametrize("n", [20, 30, 50])
def test_small_samples_and_loose_scales_raise_no_false_alarm(n: int) -> None:
    cells = [(k, alpha) for k in (4, 6, 10, 20) for alpha in (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9)]
    rates = [error_rates(n, k, alpha, SCALES, seed=7) for k, alpha in cells]
    alarms = float(np.mean([rate.false_alarms for rate in rates]))
    assert upper(alarms, SCALES * len(rates)) < 0.01
    assert max(rate.false_alarms for rate in rates) < 0.025
    assert max(rate.false_notes for rate in rates) < 0.1


@deep
def test_keys_without_reversed_items() -> None:
    rates = [error_rates(100, k, alpha, SCALES, 3, reversed_share=0) for k, alpha in REALISTIC]
    assert np.mean([rate.found for rate in rates]) > 0.95
    assert np.mean([rate.false_alarms for rate in rates]) < 0.01


def test_the_simulated_alpha_is_the_one_that_was_asked_for() -> None:
    for k, alpha in [(6, 0.7), (12, 0.8), (20, 0.95)]:
        assert error_rates(300, k, alpha, 200, seed=5).alpha == pytest.approx(alpha, abs=0.015)


def test_the_same_seed_gives_the_same_rates() -> None:
    assert error_rates(50, 6, 0.7, 100, seed=1) == error_rates(50, 6, 0.7, 100, seed=1)
    assert error_rates(50, 6, 0.7, 100, seed=1) != error_rates(50, 6, 0.7, 100, seed=2)


@pytest.mark.parametrize("turned", [(0, 1), (0, 3, 5), (2, 4, 6, 8)])
def test_several_turned_items_are_all_named(turned: tuple[int, ...]) -> None:
    rng = np.random.default_rng(11)
    correlations = correlation_matrices(simulated_answers(rng, 300, 100, 10, 0.85))
    signs = np.where(np.isin(np.arange(10), turned), -1.0, 1.0)
    likely = np.isin(np.arange(10), turned)
    found = item_directions(correlations * np.outer(signs, signs), 100, likely)
    assert (found.against == likely).all(axis=1).mean() > 0.95


def test_if_most_items_are_turned_the_others_are_named_unless_the_key_reverses_them() -> None:
    rng = np.random.default_rng(12)
    correlations = correlation_matrices(simulated_answers(rng, 50, 200, 8, 0.9))
    turned = np.arange(8) < 5
    signs = np.where(turned, -1.0, 1.0)
    bent = correlations * np.outer(signs, signs)
    assert (item_directions(bent, 200).against == ~turned).all()
    assert (item_directions(bent, 200, likely=turned).against == turned).all()
    assert not item_directions(correlations, 200).against.any()  # all turned look like none


def test_too_few_people_or_items_are_silent() -> None:
    even = np.full((6, 6), 0.9) + 0.1 * np.eye(6)
    signs = np.array([-1, 1, 1, 1, 1, 1])
    bent = even * np.outer(signs, signs)
    assert item_directions(bent, FEWEST_QUESTIONNAIRES).against.any()
    assert not item_directions(bent, FEWEST_QUESTIONNAIRES - 1).against.any()
    assert not item_directions(bent[:2, :2], 100).against.any()
