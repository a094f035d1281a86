"""Numbers far outside their own column, and columns of which nothing is."""

import numpy as np
import pytest

from attune.intake.checks.outlying_numbers import far_outside


def column(seed: int = 1, n: int = 60) -> np.ndarray:
    return np.random.default_rng(seed).integers(18, 66, n).astype(float)


@pytest.mark.parametrize("slip", [999, 1987, 9999, 620, -9, -99])
def test_a_code_a_year_and_a_slipped_decimal_are_named(slip: float) -> None:
    far = far_outside(np.append(column(), slip))
    assert np.flatnonzero(far).tolist() == [60]


def test_several_codes_are_named_together() -> None:
    values = np.concatenate([column(n=100), [999, 999, 998]])
    assert far_outside(values).sum() == 3


def test_a_value_ten_times_too_low_is_named_where_values_are_compact() -> None:
    weights = np.random.default_rng(3).normal(70, 12, 80)
    assert far_outside(np.append(weights, 7.0)).tolist() == [False] * 80 + [True]


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: rng.normal(40, 12, 100),
        lambda rng: rng.poisson(4, 100),
        lambda rng: rng.negative_binomial(0.5, 0.05, 100),
        lambda rng: rng.lognormal(3, 0.8, 100),
        lambda rng: rng.exponential(10, 100),
        lambda rng: rng.integers(0, 2, 100),
        lambda rng: rng.normal(0, 1, 100),
    ],
)
def test_sound_columns_are_silent(draw: object) -> None:
    rng = np.random.default_rng(5)
    alarms = sum(far_outside(np.asarray(draw(rng), dtype=float)).any() for _ in range(500))  # type: ignore[operator]
    assert alarms <= 2


def test_few_values_say_nothing() -> None:
    assert not far_outside(np.array([20.0] * 18 + [999])).any()
