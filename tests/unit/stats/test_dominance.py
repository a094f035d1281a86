"""Dominance analysis and relative weights: sums, symmetry, suppression, bad input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.specs.errors import AnalysisError
from attune.stats.correlation_matrices import matrix_of
from attune.stats.dominance import dominance, explained_by_subsets, general_dominance
from attune.stats.relative_weights import bootstrap_relative_weights, relative_weights


def random_matrix(seed: int, p: int) -> np.ndarray:
    """A correlation matrix of p predictors and an outcome."""
    rows = np.random.default_rng(seed).standard_normal((p + 4, p + 1))
    return np.asarray(np.corrcoef(rows, rowvar=False))


@given(st.integers(0, 10_000), st.integers(2, 5))
def test_both_divide_r_squared(seed: int, p: int) -> None:
    matrix = random_matrix(seed, p)
    found = dominance(matrix)
    assert found.general.sum() == pytest.approx(found.r_squared, abs=1e-9)
    assert relative_weights(matrix).sum() == pytest.approx(found.r_squared, abs=1e-9)
    assert found.general == pytest.approx(general_dominance(matrix[None])[0], abs=1e-12)


@given(st.integers(0, 10_000))
def test_turning_a_predictor_or_the_outcome_changes_nothing(seed: int) -> None:
    matrix = random_matrix(seed, 3)
    turned = matrix.copy()
    turned[1, :] *= -1
    turned[:, 1] *= -1
    turned[:, 3] *= -1
    turned[3, :] *= -1
    assert dominance(turned).general == pytest.approx(dominance(matrix).general, abs=1e-9)
    assert relative_weights(turned) == pytest.approx(relative_weights(matrix), abs=1e-9)


@given(st.integers(0, 10_000))
def test_complete_dominance_implies_conditional_and_general(seed: int) -> None:
    found = dominance(random_matrix(seed, 4))
    for i, j in zip(*np.nonzero(found.complete == 1), strict=True):
        assert found.conditional_dominance[i, j] == 1
        assert found.general[i] > found.general[j]
        assert found.complete[j, i] == 0


def test_a_suppressor_gains_weight_beside_others() -> None:
    """A predictor without a correlation of its own that takes error out of another."""
    matrix = matrix_of([0.6, 0.5, 0.0], 3)
    found = dominance(matrix, ["useful", "suppressor"])
    assert found.conditional[1, 0] == pytest.approx(0)
    assert found.conditional[1, 1] == pytest.approx(0.25 / (1 - 0.36) - 0.25)


def test_equal_predictors_dominate_neither() -> None:
    found = dominance(matrix_of([0.3, 0.4, 0.4], 3))
    assert found.complete[0, 1] == found.complete[1, 0] == 0.5


def test_subsets_of_many_matrices_at_once() -> None:
    matrices = np.array([random_matrix(seed, 3) for seed in range(4)])
    together = explained_by_subsets(matrices)
    assert together.shape == (4, 8)
    for place in range(4):
        assert together[place] == pytest.approx(explained_by_subsets(matrices[place]))


@pytest.fixture(scope="module")
def rows() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    x = rng.standard_normal((90, 3))
    return x, x @ [0.8, 0.3, 0.0] + rng.standard_normal(90)


class TestBootstrap:
    """Intervals of relative weights of rows of data."""

    def test_weights_are_those_of_the_correlations(self, rows: tuple) -> None:
        x, y = rows
        found = bootstrap_relative_weights(x, y, 400, np.random.default_rng(1))
        matrix = np.corrcoef(np.column_stack([x, y]), rowvar=False)
        assert found.weights == pytest.approx(relative_weights(matrix))
        assert (found.low < found.weights).all() and (found.weights < found.high).all()
        assert (found.low > 0).all(), "an interval of a weight never holds zero"
        assert (found.above_random_low > 0).tolist() == [True, False, False]

    def test_rows_with_a_missing_value_are_left_out(self, rows: tuple) -> None:
        x, y = rows
        more = np.vstack([x, [np.nan, 1, 1]])
        one = bootstrap_relative_weights(more, np.append(y, 2.0), 50, np.random.default_rng(1))
        two = bootstrap_relative_weights(x, y, 50, np.random.default_rng(1))
        assert one.n == two.n == 90 and one.low == pytest.approx(two.low)

    def test_bad_input(self, rows: tuple) -> None:
        x, y = rows
        rng = np.random.default_rng(1)
        with pytest.raises(AnalysisError, match="constant, or follows"):
            bootstrap_relative_weights(np.column_stack([x, x.sum(axis=1)]), y, 50, rng)
        with pytest.raises(AnalysisError, match="5 complete rows for 3"):
            bootstrap_relative_weights(x[:5], y[:5], 50, rng)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (matrix_of([0.3], 2), "1 predictors"),
        (np.eye(14), "13 predictors"),
        (matrix_of([0.9, 0.9, -0.9], 3), "not positive definite"),
        (matrix_of([1.0, 0.3, 0.3], 3), "correlate perfectly"),
    ],
)
def test_bad_input(matrix: np.ndarray, message: str) -> None:
    with pytest.raises(AnalysisError, match=message):
        dominance(matrix)
