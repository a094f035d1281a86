"""Indices of careless responding, by hand and against their definitions."""

from itertools import groupby

import numpy as np
import pytest

from attune.intake.checks.careless_responding import (
    OUTLIER_LEVEL,
    longest_runs,
    mahalanobis_distances,
    response_variability,
    rows_with_runs,
)
from attune.scoring.scores import NO_RESPONSE

GAP = int(NO_RESPONSE)


def answers(seed: int = 1, n: int = 400, n_items: int = 21, missing: float = 0.05) -> np.ndarray:
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 3, (n, n_items)).astype(np.int16)
    matrix[: n // 4] = np.where(rng.random((n // 4, n_items)) < 0.9, 1, matrix[: n // 4])
    return np.where(rng.random(matrix.shape) < missing, NO_RESPONSE, matrix)


def test_longest_runs_are_those_of_their_definition() -> None:
    matrix = answers()
    runs = longest_runs(matrix)
    for row, responses in enumerate(matrix):
        given = [(item, int(value)) for item, value in enumerate(responses) if value != GAP]
        groups = [list(group) for _, group in groupby(given, key=lambda pair: pair[1])]
        best = max(groups, key=len)
        assert runs.length[row] == len(best)
        assert runs.value[row] == best[0][1]
        assert (runs.first[row], runs.last[row]) == (best[0][0], best[-1][0])


def test_a_missing_answer_neither_counts_nor_ends_a_run() -> None:
    runs = longest_runs(np.array([[2, 2, GAP, 2, 1], [GAP] * 5], dtype=np.int16))
    assert runs.length.tolist() == [3, 0]
    assert (runs.first[0], runs.last[0]) == (0, 3)
    assert runs.value[1] == GAP


@pytest.mark.parametrize("n_items", [20, 21])
def test_no_long_run_is_overlooked(n_items: int) -> None:
    matrix = answers(n_items=n_items)
    length = -(-n_items // 2)
    long = np.flatnonzero(longest_runs(matrix).length >= length)
    possible = rows_with_runs(matrix, length)
    assert len(long) > 20
    assert set(long) <= set(possible)
    assert len(possible) < len(matrix)


def test_variability_is_the_standard_deviation_of_what_was_answered() -> None:
    matrix = answers()
    expected = [np.std(row[row != GAP], ddof=1) for row in matrix]
    assert response_variability(matrix) == pytest.approx(np.array(expected), abs=1e-12)
    assert np.isnan(response_variability(np.array([[3, GAP, GAP]], dtype=np.int16))).all()


def test_distances_are_those_of_their_definition() -> None:
    matrix = answers(n_items=6)
    distances = mahalanobis_distances(matrix)
    complete = (matrix != NO_RESPONSE).all(axis=1)
    kept = matrix[complete].astype(float)
    inverse = np.linalg.inv(np.cov(kept, rowvar=False))
    centred = kept - kept.mean(axis=0)
    expected = np.einsum("ij,jk,ik->i", centred, inverse, centred)
    assert distances.squared[complete] == pytest.approx(expected, rel=1e-4)
    assert np.isnan(distances.squared[~complete]).all()
    assert (distances.df, distances.n) == (6, complete.sum())


def test_constant_and_doubled_items_add_no_distance() -> None:
    matrix = answers(n_items=6, missing=0)
    more = np.column_stack([matrix, np.full(400, 2), matrix[:, 0]]).astype(np.int16)
    one, other = mahalanobis_distances(matrix), mahalanobis_distances(more)
    assert other.df == one.df == 6
    assert other.squared == pytest.approx(one.squared, rel=1e-4)


def test_few_people_per_item_have_no_distance() -> None:
    assert mahalanobis_distances(answers(n=42, n_items=21, missing=0)).df == 0
    assert mahalanobis_distances(answers(n=43, n_items=21, missing=0)).df == 21
    nobody = mahalanobis_distances(np.empty((0, 5), dtype=np.int16))
    assert nobody.outliers().tolist() == []


def test_outliers_are_rare_in_normal_data_and_the_farthest_comes_first() -> None:
    rng = np.random.default_rng(4)
    matrix = np.round(rng.normal(50, 10, (20_000, 8))).astype(np.int16)
    share = len(mahalanobis_distances(matrix).outliers()) / len(matrix)
    assert share == pytest.approx(OUTLIER_LEVEL, rel=0.6)
    matrix[7], matrix[3] = [0, 100] * 4, [10, 90] * 4
    assert mahalanobis_distances(matrix).outliers()[:2].tolist() == [7, 3]


def test_constant_answers_have_no_outliers() -> None:
    assert mahalanobis_distances(np.ones((50, 4), dtype=np.int16)).outliers().tolist() == []
