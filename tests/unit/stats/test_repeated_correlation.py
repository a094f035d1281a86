"""Correlations over occasions: identities, invariances, and what cannot be computed."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from attune.specs.errors import AnalysisError
from attune.stats.repeated_correlation import (
    between_correlation,
    complete_pairs,
    slopes_within_and_between,
    within_correlation,
)


def drawn(seed: int = 1, k: int = 12, size: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """y falls by 1 within a dyad and rises by 2 with the level of the dyad."""
    generator = np.random.default_rng(seed)
    dyads = np.repeat(np.arange(k), size)
    level = 3 * generator.normal(size=k)[dyads]
    own = generator.normal(size=k * size)
    y = 2 * level - own + generator.normal(size=k * size) + generator.normal(size=k)[dyads]
    return level + own, y, dyads


def test_two_occasions_are_the_correlation_of_changes_through_the_origin() -> None:
    x, y, dyads = drawn(size=2)
    changes = [values.reshape(-1, 2) @ [-1, 1] for values in (x, y)]
    r = (changes[0] @ changes[1]) / np.sqrt((changes[0] ** 2).sum() * (changes[1] ** 2).sum())
    test = within_correlation(complete_pairs(x, y, dyads))
    assert test.r == pytest.approx(r) and test.df == 24 - 12 - 1


def test_t_is_that_of_the_slope_in_the_analysis_of_covariance() -> None:
    x, y, dyads = drawn()
    design = np.column_stack([x, dyads[:, None] == np.arange(12)])
    estimates, *_ = np.linalg.lstsq(design, y, rcond=None)
    residuals = y - design @ estimates
    df = len(y) - design.shape[1]
    cov = residuals @ residuals / df * np.linalg.inv(design.T @ design)
    t = estimates[0] / np.sqrt(cov[0, 0])
    test = within_correlation(complete_pairs(x, y, dyads))
    assert test.df == df
    assert test.p_two_tailed == pytest.approx(2 * scipy.stats.t.sf(abs(t), df), rel=1e-6)
    assert np.sign(test.r) == np.sign(t) == -1


@given(st.integers(0, 200), st.floats(-50, 50), st.floats(0.1, 9))
def test_levels_of_dyads_and_units_change_nothing_within(
    seed: int, shift: float, unit: float
) -> None:
    x, y, dyads = drawn(seed)
    first = within_correlation(complete_pairs(x, y, dyads))
    moved = within_correlation(complete_pairs(unit * x + shift * dyads, y - shift * dyads, dyads))
    assert moved.r == pytest.approx(first.r, abs=1e-8)


def test_between_is_the_correlation_of_means_and_counts_each_dyad_once() -> None:
    x, y, dyads = drawn()
    means = [values.reshape(12, 4).mean(axis=1) for values in (x, y)]
    test = between_correlation(complete_pairs(x, y, dyads))
    assert test.r == pytest.approx(np.corrcoef(*means)[0, 1]) and test.df == 10
    doubled = (np.concatenate([v, v[dyads == 0]]) for v in (x, y, dyads))
    assert between_correlation(complete_pairs(*doubled)).r == pytest.approx(test.r)


def test_only_occasions_with_both_count() -> None:
    x, y, dyads = drawn()
    x[0], y[5] = np.nan, np.nan
    pairs = complete_pairs(x, y, dyads)
    assert (len(pairs.x), pairs.n_groups) == (46, 12)
    assert pairs.means()[0][0] == pytest.approx(x[1:4].mean())


def test_slopes_of_a_balanced_design() -> None:
    """Within: least squares of deviations; between: least squares of means."""
    x, y, dyads = drawn()
    tables = [values.reshape(12, 4) for values in (x, y)]
    means = [table.mean(axis=1) for table in tables]
    deviations = [t - m[:, None] for t, m in zip(tables, means, strict=True)]
    within, between, difference = slopes_within_and_between(complete_pairs(x, y, dyads))
    own = (deviations[0] * deviations[1]).sum() / (deviations[0] ** 2).sum()
    assert within.estimate == pytest.approx(own, rel=1e-6)
    assert between.estimate == pytest.approx(np.polyfit(*means, 1)[0], rel=1e-6)
    assert difference.estimate == pytest.approx(between.estimate - within.estimate)
    assert difference.se == pytest.approx(np.hypot(within.se, between.se), rel=1e-6)
    assert difference.p_two_tailed < 0.001 and within.estimate < 0 < between.estimate


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (([1.0, 2, 3], [1.0, 2, 3], list("aab")), "three or more occasions than dyads"),
        (([1.0, 1, 1, 5, 5, 5], [1.0, 2, 3, 1, 2, 4], list("aaabbb")), "does not vary"),
    ],
)
def test_what_has_no_correlation_within(values: tuple[list, list, list], said: str) -> None:
    with pytest.raises(AnalysisError, match=said):
        within_correlation(complete_pairs(*values))


def test_what_has_no_correlation_between() -> None:
    with pytest.raises(AnalysisError, match="needs 4 or more, found 2"):
        between_correlation(complete_pairs([1.0, 2, 3, 4], [1.0, 3, 2, 5], list("aabb")))
    with pytest.raises(AnalysisError, match="the same mean"):
        between_correlation(complete_pairs([1.0, 3] * 4, [1.0, 2, 2, 3] * 2, list("aabbccdd")))
