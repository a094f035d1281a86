"""The agreement of two questionnaires against all assignments of rows to people."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from tests.unit.intake.agreement.studies import keys, study

from attune.intake.agreement import permutation
from attune.intake.agreement.answer_sheets import AnswerSheet, answer_sheets
from attune.intake.agreement.permutation import agreement_of, correlation, summed
from attune.intake.reading.raw_cohort import read_raw_cohort


def sheets(n: int) -> list[AnswerSheet]:
    made = study(n=n)
    return answer_sheets(read_raw_cohort(made.sheets, made.cohort, keys()))


def pair(n: int) -> tuple[AnswerSheet, AnswerSheet]:
    """ces_d of patients on two occasions."""
    same = [sheet for sheet in sheets(n) if sheet.key[0] == "ces_d"]
    return same[0], same[1]


def test_z_has_mean_0_and_variance_1_over_all_assignments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permutation, "FEWEST_PEOPLE", 6)
    agreement = agreement_of(*pair(6), 6)
    assert agreement is not None
    z = agreement.z_of(np.arange(6), np.array(list(permutations(range(6)))))
    assert z.mean() == pytest.approx(0, abs=1e-12)
    assert z.std() == pytest.approx(1, abs=1e-12)
    assert z[0] == pytest.approx(agreement.z)


def test_several_occasions_have_the_right_variance_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(permutation, "FEWEST_PEOPLE", 6)
    one, *others = (sheet for sheet in sheets(6) if sheet.key[0] == "ces_d")
    parts = [agreement_of(one, other, 6) for other in others]
    total = summed([part for part in parts if part is not None])
    assert len(others) == 2 and total is not None
    z = total.z_of(np.arange(6), np.array(list(permutations(range(6)))))
    assert (z.mean(), z.std()) == (pytest.approx(0, abs=1e-12), pytest.approx(1, abs=1e-12))


def test_z_of_single_scores_is_their_correlation() -> None:
    one, other = (replace(sheet, scale="total") for sheet in pair(30))
    agreement = agreement_of(one, other, 30)
    r, n = correlation(one, other, 30)
    assert agreement is not None and n == 30
    assert agreement.z == pytest.approx(r * np.sqrt(29))
    assert r == pytest.approx(np.corrcoef(one.total, other.total)[0, 1])


def test_the_order_of_rows_does_not_matter() -> None:
    one, other = pair(30)
    order = np.random.default_rng(1).permutation(30)
    turned = replace(
        one, people=one.people[order], answers=one.answers[order], total=one.total[order]
    )
    first, second = agreement_of(one, other, 30), agreement_of(turned, other, 30)
    assert first is not None and second is not None
    assert first.z == pytest.approx(second.z) and first.z > 3
    assert agreement_of(other, one, 30).z == pytest.approx(first.z)  # type: ignore[union-attr]


def test_too_few_people_and_constant_answers_are_not_tested() -> None:
    one, other = pair(30)
    few = [
        replace(sheet, people=sheet.people[:9], answers=sheet.answers[:9], total=sheet.total[:9])
        for sheet in (one, other)
    ]
    assert agreement_of(few[0], few[1], 30) is None
    flat = replace(one, answers=np.ones_like(one.answers), total=np.ones_like(one.total))
    assert agreement_of(flat, other, 30) is None
    assert np.isnan(correlation(flat, other, 30)[0])
