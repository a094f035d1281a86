"""How well a key explains correlations, against the same written out pair by pair."""

import numpy as np
import pytest
from tests.unit.intake.scoring_audit.people import INSTRUMENTS, answers
from tests.unit.intake.scoring_audit.questionnaire import key

from attune.intake.scoring_audit.key_fit import (
    FEWEST_QUESTIONNAIRES,
    KeyStructure,
    compare_keys,
    key_structure,
)
from attune.intake.scoring_audit.other_keys import better_key

SCALES = {
    "all": {"label": "All", "aggregation": "sum", "items": [1, 2, 3, 4, 5]},
    "part": {"label": "Part", "aggregation": "mean", "items": [1, 2, 3]},
}
KEY = key(6, scales=SCALES, reverse=[2])


def test_a_pair_belongs_to_the_smallest_scale_with_both() -> None:
    structure = key_structure(KEY)
    groups = structure.groups
    assert structure.signs.tolist() == [1, -1, 1, 1, 1, 1]
    assert groups[0, 1] == groups[1, 2] == groups[0, 2]
    assert groups[0, 3] == groups[3, 4] != groups[0, 1]
    assert groups[0, 5] == groups[4, 5] == -1


def by_hand(standard: np.ndarray, structure: KeyStructure) -> dict[tuple[int, int], float]:
    """Prediction of each pair."""
    n, k = standard.shape
    pairs = [(i, j) for i in range(k) for j in range(i)]
    keyed = {
        (i, j): structure.signs[i] * structure.signs[j] * (standard[:, i] @ standard[:, j]) / n
        for i, j in pairs
    }
    predicted = {}
    for i, j in pairs:
        group = structure.groups[i, j]
        mean = np.mean([keyed[pair] for pair in pairs if structure.groups[pair] == group])
        mean = max(mean, 0) if group >= 0 else mean
        predicted[i, j] = mean * structure.signs[i] * structure.signs[j]
    return predicted


@pytest.mark.parametrize("seed", range(5))
def test_the_comparison_is_that_of_the_formula(seed: int) -> None:
    given = answers(KEY, 40, seed).astype(float)
    given[3, 2] = np.nan
    declared = key_structure(KEY)
    # One that predicts a group to correlate negatively, and one in another order.
    reverse_scored = declared.with_reversed(np.array([False, True, True, False, False, True]))
    moved = declared.reordered((np.arange(6) + 1) % 6)
    complete = np.delete(given, 3, axis=0)
    standard = (complete - complete.mean(axis=0)) / complete.std(axis=0)
    found = compare_keys(given, declared, [reverse_scored, moved])
    pairs = list(by_hand(standard, declared))
    squares = sum(np.mean(standard[:, i] * standard[:, j]) ** 2 for i, j in pairs)
    b = by_hand(standard, declared)
    for comparison, other in zip(found, [reverse_scored, moved], strict=True):
        a = by_hand(standard, other)
        d = np.zeros(len(standard))
        for i, j in pairs:
            product = standard[:, i] * standard[:, j]
            d += (product - b[i, j]) ** 2 - (product - a[i, j]) ** 2
        z = d.mean() / (d.std(ddof=1) / np.sqrt(len(d)))
        assert comparison.z == pytest.approx(z)
        assert comparison.explained == pytest.approx(sum(x**2 for x in b.values()) / squares)
        assert comparison.other_explained == pytest.approx(sum(x**2 for x in a.values()) / squares)


def test_too_few_people_compare_nothing() -> None:
    given = answers(KEY, FEWEST_QUESTIONNAIRES - 1, 1).astype(float)
    declared = key_structure(KEY)
    (found,) = compare_keys(given, declared, [declared.with_reversed(np.arange(6) < 2)])
    assert (found.z, found.clear) == (0, False)


def test_equivalent_keys_are_not_compared() -> None:
    # One scale without reversed items: a shift moves its items among themselves.
    maas = INSTRUMENTS["maas"]
    assert better_key(np.roll(answers(maas, 200, 1), 1, axis=1).astype(float), maas, {}) is None
