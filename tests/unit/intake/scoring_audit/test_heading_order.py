"""Headings that were sorted without the answers below them."""

import numpy as np
import pytest
from tests.unit.intake.scoring_audit.people import INSTRUMENTS, answers
from tests.unit.intake.scoring_audit.questionnaire import answered
from tests.unit.intake.small_cohort import cohort

from attune.intake.scoring_audit.column_order import sorted_headings

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
