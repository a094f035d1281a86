"""Which equal rows are copies, and which are chance."""

import numpy as np
import pytest
from numpy.typing import NDArray

from attune.intake.checks.answer_patterns import (
    bits_needed,
    copied_rows,
    first_equal_rows,
    pattern_bits,
    repeated_rows,
    row_hashes,
)
from attune.scoring.scores import NO_RESPONSE

Matrix = NDArray[np.int16]


def graded_responses(
    rng: np.random.Generator,
    n: int,
    n_items: int,
    n_codes: int,
    loading: float,
    lowest_share: float,
    second_loading: float = 0.0,
) -> Matrix:
    """Answers of a one-factor model (with factors of ten items each, if wanted).

    The larger `lowest_share`, the more people give the lowest answer: 0 is symmetrical, 1.2 puts
    the first threshold 1.2 SD above the mean, as in lists of symptoms outside of clinics.
    """
    general = rng.normal(size=(n, 1))
    groups = rng.normal(size=(n, n_items // 10 + 1))[:, np.arange(n_items) // 10]
    unique = np.sqrt(1 - loading**2 - second_loading**2)
    latent = loading * general + second_loading * groups + unique * rng.normal(size=(n, n_items))
    first = lowest_share or -1.2
    cuts = np.linspace(first, first + (1.5 if lowest_share else 2.4), n_codes - 1)
    difficulty = rng.normal(0, 0.5, n_items)
    above = latent[:, :, None] > cuts[None, None, :] + difficulty[None, :, None]
    return above.sum(axis=2).astype(np.int16)


SAMPLES = [
    # n, items, codes, loading, lowest answers, second loading
    (26, 12, 7, 0.8, 0.0, 0.0),
    (26, 90, 5, 0.7, 0.8, 0.2),
    (100, 20, 4, 0.7, 0.5, 0.0),
    (450, 20, 4, 0.8, 0.8, 0.3),
    (450, 90, 5, 0.85, 1.2, 0.3),
    (2000, 9, 4, 0.85, 0.8, 0.0),
    (2000, 20, 2, 0.8, 0.5, 0.0),
]


@pytest.mark.parametrize("sample", SAMPLES)
def test_honest_rows_are_never_called_copies(sample: tuple[int, ...]) -> None:
    """At most 0.01 pairs are expected per questionnaire; none occurs in the seeded ones."""
    rng = np.random.default_rng(2012)
    equal = 0
    for _ in range(20 if sample[0] < 1000 else 4):
        matrix = graded_responses(rng, *sample)
        equal += int((first_equal_rows(matrix) != np.arange(len(matrix))).sum())
        assert copied_rows(matrix) == {}
    if sample[0] >= 100:
        assert equal > 0, "the simulation should hold rows that are equal by chance"


def test_copies_of_varied_rows_are_found() -> None:
    """Share of pasted rows that are found, for a sample of the study's size."""
    rng = np.random.default_rng(5)
    found = 0
    for _ in range(100):
        matrix = graded_responses(rng, 26, 39, 5, 0.5, 0.0)
        matrix[20] = matrix[3]
        found += copied_rows(matrix) == {20: 3}
    assert found >= 99


def test_bits_by_hand() -> None:
    """Eight answers, half of them 1: 8 bits within the person; three patterns in all."""
    others = np.array([[0, 0, 0, 0, 1, 1, 1, 1], [0] * 8, [1] * 8], dtype=np.int16)
    # Within the item every answer has a share of (2 + 1) / (3 + 2).
    assert pattern_bits(others[:1], others)[0] == pytest.approx(-8 * np.log2(3 / 5))
    assert pattern_bits(others[1:2], others)[0] == 0


def test_missing_answers_add_nothing_and_must_agree() -> None:
    rng = np.random.default_rng(3)
    matrix = rng.integers(0, 5, (30, 20)).astype(np.int16)
    matrix[8] = matrix[2]
    matrix[8, 4] = NO_RESPONSE
    assert copied_rows(matrix) == {}
    matrix[2, 4] = NO_RESPONSE
    assert copied_rows(matrix) == {8: 2}
    assert pattern_bits(matrix[8:9], matrix)[0] < 19 * np.log2(5)


def test_short_patterns_are_left_alone() -> None:
    matrix = np.random.default_rng(3).integers(0, 90, (30, 7)).astype(np.int16)
    matrix[8] = matrix[2]
    assert copied_rows(matrix) == {}
    wide = np.hstack([matrix, np.full((30, 5), NO_RESPONSE)]).astype(np.int16)
    assert copied_rows(wide) == {}


def test_everybody_the_same_is_found_too() -> None:
    """Ten rows of one varied pattern leave no other pattern to compare with."""
    row = np.random.default_rng(3).integers(0, 5, 39).astype(np.int16)
    assert copied_rows(np.tile(row, (10, 1))) == dict.fromkeys(range(1, 10), 0)


def test_hashes_tell_rows_apart() -> None:
    """Rows that differ in one answer only, in every position of a word."""
    for item in range(9):
        matrix = np.zeros((200_000 // 9, 9), dtype=np.int16)
        matrix[:, item] = np.arange(len(matrix))
        assert len(np.unique(row_hashes(matrix))) == len(matrix)


def test_equal_hashes_alone_are_no_equal_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = np.array([[1, 2], [2, 1], [1, 2]], dtype=np.int16)
    monkeypatch.setattr(
        "attune.intake.checks.answer_patterns.row_hashes",
        lambda rows: np.zeros(len(rows), dtype=np.uint64),
    )
    assert first_equal_rows(matrix).tolist() == [0, 1, 0]


def test_more_pairs_need_more_bits() -> None:
    needed = [bits_needed(n * (n - 1) / 2) for n in (2, 26, 1000, 1_000_000)]
    assert needed == sorted(needed)
    assert bits_needed(1) == pytest.approx(np.log2(100) / 0.65)


class TestRepeatedRows:
    """The same people twice."""

    def twice(self, stability: float, n: int = 26, n_items: int = 39) -> tuple[Matrix, Matrix]:
        rng = np.random.default_rng(7)
        first = rng.integers(1, 6, (n, n_items)).astype(np.int16)
        kept = rng.random(first.shape) < stability
        return first, np.where(kept, first, rng.integers(1, 6, first.shape)).astype(np.int16)

    @pytest.mark.parametrize("stability", [0.0, 0.3, 0.5])
    def test_a_pasted_row_is_found(self, stability: float) -> None:
        first, second = self.twice(stability)
        second[4] = first[4]
        assert repeated_rows(first, second).tolist() == [4]

    def test_steady_people_are_left_alone(self) -> None:
        """Where others repeat 97 % of their answers, repeating all is no wonder."""
        first, second = self.twice(0.97)
        second[4] = first[4]
        assert repeated_rows(first, second).tolist() == []

    def test_people_without_symptoms_are_left_alone(self) -> None:
        first, second = self.twice(0.4)
        first[4], second[4] = 1, 1
        first[4, :5], second[4, :5] = 2, 2
        assert repeated_rows(first, second).tolist() == []

    def test_two_dyads_alone_need_a_long_pattern(self) -> None:
        first, second = self.twice(0.4, n=2, n_items=90)
        second[1] = first[1]
        assert repeated_rows(first, second).tolist() == [1]
        assert repeated_rows(first[:, :20], second[:, :20]).tolist() == []

    def test_rows_that_chance_may_explain_one_by_one_are_too_many_together(self) -> None:
        rng = np.random.default_rng(3)
        patients, therapists = (rng.integers(4, 8, (200, 12)).astype(np.int16) for _ in range(2))
        assert repeated_rows(patients, therapists).tolist() == []
        therapists[[5, 9]] = patients[[5, 9]]
        # Twelve answers of two raters are too few for a row alone.
        assert repeated_rows(patients, therapists).tolist() == []
        therapists[20:40] = patients[20:40]
        assert set(range(20, 40)) <= set(repeated_rows(patients, therapists).tolist())


def test_a_pasted_row_among_a_million() -> None:
    matrix = np.random.default_rng(1).integers(0, 5, (1_000_000, 30)).astype(np.int16)
    matrix[999_999] = matrix[5]
    assert first_equal_rows(matrix)[-1] == 5
