"""Headings that were sorted without the answers below them."""

import numpy as np
import pytest
from tests.unit.intake.scoring_audit.people import INSTRUMENTS, answers
from tests.unit.intake.scoring_audit.questionnaire import answered
from tests.unit.intake.small_cohort import cohort

from attune.intake.reading.violations import Violation
from attune.intake.scoring_audit.column_order import sorted_headings
from attune.intake.scoring_audit.findings import audit_questionnaire

RSES = INSTRUMENTS["rses"]
IN_ORDER = [f"mood_{item}" for item in range(1, 11)]
AS_WORDS = sorted(IN_ORDER)


def test_headings_sorted_as_words() -> None:
    below = answers(RSES, 100, 4)
    responses = np.empty_like(below)
    responses[:, [IN_ORDER.index(name) for name in AS_WORDS]] = below
    found = sorted_headings(answered(responses, RSES), ["id", *AS_WORDS], cohort())
    assert found is not None and found.rule == "headings_sorted"
    assert "stand in the order mood_1, mood_10, mood_2 ..." in found.message
    assert "sorted as words without the answers" in found.remedy
    assert "`columns: {1: mood_1, 2: mood_10, 3: mood_2, " in found.remedy


@pytest.mark.parametrize("order", [IN_ORDER, AS_WORDS])
def test_columns_that_were_sorted_as_a_whole_are_right(order: list[str]) -> None:
    assert sorted_headings(answered(answers(RSES, 100, 4), RSES), order, cohort()) is None


def test_items_against_their_scale_for_another_reason() -> None:
    turned = answers(RSES, 100, 4)
    turned[:, 2] = 5 - turned[:, 2]
    assert sorted_headings(answered(turned, RSES), AS_WORDS, cohort()) is None


def orders(held: list[int], again: bool = False) -> list[Violation]:
    """What is found where column c of the RSES holds the item `held[c]`, counted from 0."""
    sound = answers(RSES, 200, 4)
    others = [answered(answers(RSES, 200, 5), RSES, occasion="termination")] if again else []
    return audit_questionnaire(answered(sound[:, held], RSES), cohort(), INSTRUMENTS, others)


def test_answers_in_the_order_of_words_under_headings_in_that_of_numbers() -> None:
    (found,) = orders([0, 9, 1, 2, 3, 4, 5, 6, 7, 8])
    assert found.rule == "headings_sorted"
    assert "seem to hold the items in the order of words (1, 10, 11, 2 ...)" in found.message
    assert "`columns: {10: mood_2, ...}`" in found.remedy


def test_items_back_to_front() -> None:
    (found,) = orders(list(range(9, -1, -1)))
    assert found.rule == "numbering_shifted"
    assert "seem to stand back to front: responses in mood_1 resemble item 10" in found.message
    assert "`columns: {10: mood_1, ...}`" in found.remedy
