"""Columns in another order, headings of another questionnaire: the right remedy, no false one."""

from itertools import combinations

import numpy as np
import pytest
from tests.unit.intake.scoring_audit.people import INSTRUMENTS, answers, turned
from tests.unit.intake.scoring_audit.questionnaire import answered
from tests.unit.intake.small_cohort import cohort

from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.violations import Violation
from attune.intake.scoring_audit.column_order import exchanged_headings
from attune.intake.scoring_audit.findings import audit_questionnaire
from attune.intake.scoring_audit.key_fit import key_structure, orders_as_good

PAIRS = list(combinations(("scl_90_r", "iip_32", "kims", "ces_d", "wai_s", "dass_21"), 2))
N = 120


def found(questionnaire: AnsweredQuestionnaire) -> list[Violation]:
    return audit_questionnaire(questionnaire, cohort(), INSTRUMENTS)


@pytest.mark.parametrize("name", ["ces_d", "kims", "wai_s"])
def test_items_in_the_order_of_presentation_are_not_called_reversed(name: str) -> None:
    key, named, shifted = INSTRUMENTS[name], 0, 0
    for seed in range(8):
        order = np.random.default_rng(seed).permutation(key.n_items)
        findings = found(answered(answers(key, N, seed)[:, order], key))
        assert not any(
            "declare `already_reversed" in finding.remedy
            and "in the order of the items" not in finding.remedy
            for finding in findings
        )
        shifted += "numbering_shifted" in {finding.rule for finding in findings}
        named += any("order" in finding.remedy for finding in findings)
    # In the others, nothing is proposed, or only items that the key does not reverse are named.
    assert named >= 5
    # A few reversed items may by chance have moved by one place, all of them.
    assert shifted <= 1


@pytest.mark.parametrize("name", ["ces_d", "kims", "wai_s"])
def test_items_that_were_reversed_twice_keep_their_remedy(name: str) -> None:
    key = INSTRUMENTS[name]
    for seed in range(4):
        for items in (key.reverse[:1], key.reverse):
            findings = found(answered(turned(answers(key, N, seed), key, items), key))
            assert findings
            assert all("declare `already_reversed" in finding.remedy for finding in findings)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_questionnaires_under_their_own_headings_are_left_alone(one: str, other: str) -> None:
    for seed in range(3):
        pair = [
            answered(answers(INSTRUMENTS[name], n, seed + place), INSTRUMENTS[name])
            for place, (name, n) in enumerate(((one, 40), (other, 40)))
        ]
        assert list(exchanged_headings(pair, cohort(), 5_000)) == []


def test_exchanged_headings_name_both_questionnaires() -> None:
    one, other = (INSTRUMENTS[name] for name in ("scl_90_r", "iip_64"))
    first, second = answers(one, N, 3), answers(other, N, 13)
    k = other.n_items
    first[:, :k], second[:, :k] = second[:, :k].copy(), first[:, :k].copy()
    pair = [answered(first, one), answered(second, other)]
    ((finding, concerned),) = exchanged_headings(pair, cohort(), 5_000)
    assert concerned == (pair[0], pair[1])
    assert finding.rule == "headings_exchanged"
    assert "scl_90_r" in finding.message
    assert "iip_64" in finding.message
    assert "headings of the two were exchanged" in finding.remedy


def test_other_occasions_and_raters_are_not_compared() -> None:
    one, other = (INSTRUMENTS[name] for name in ("scl_90_r", "iip_64"))
    k = other.n_items
    first, second = answers(one, N, 1), answers(other, N, 2)
    first[:, :k], second[:, :k] = second[:, :k].copy(), first[:, :k].copy()
    pair = [answered(first, one), answered(second, other, occasion="termination")]
    assert list(exchanged_headings(pair, cohort(), 5_000)) == []


def test_the_order_of_the_columns_matters_where_scales_are_scales() -> None:
    key = INSTRUMENTS["iip_32"]
    responses = answers(key, N, 3, common=0.1).astype(float)
    assert orders_as_good(responses, key_structure(key)) == 0.01
    mixed = responses[:, np.random.default_rng(1).permutation(key.n_items)]
    assert orders_as_good(mixed, key_structure(key)) > 0.05
    assert orders_as_good(responses[:10], key_structure(key)) == 0
