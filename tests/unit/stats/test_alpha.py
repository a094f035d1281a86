"""Cronbach's alpha, Feldt's interval, item-rest correlations, and omega beside them."""

import numpy as np
import pytest

from attune.specs.errors import AnalysisError
from attune.stats.alpha import cronbach_alpha, feldt_interval, item_rest_correlations
from attune.stats.omega import omega_total, one_factor_model

random = np.random.default_rng(11)
TRAIT = random.normal(size=(60, 1))
ITEMS = np.clip(np.round(4 + TRAIT + random.normal(size=(60, 5))), 1, 7)


def test_alpha_of_parallel_items_is_spearman_brown():
    # Two items of equal variance: alpha = 2 r / (1 + r).
    pair = np.array([[1.0, 2], [2, 1], [3, 4], [4, 3]])
    r = np.corrcoef(pair.T)[0, 1]
    assert cronbach_alpha(pair) == pytest.approx(2 * r / (1 + r))


def test_alpha_knows_no_origin_and_no_common_unit():
    assert cronbach_alpha(10 * ITEMS - 3) == pytest.approx(cronbach_alpha(ITEMS))
    assert cronbach_alpha(np.column_stack([ITEMS[:, 0]] * 3)) == pytest.approx(1)


def test_an_item_keyed_the_wrong_way_lowers_alpha():
    wrong = ITEMS.copy()
    wrong[:, 0] = 8 - wrong[:, 0]
    assert cronbach_alpha(wrong) < cronbach_alpha(ITEMS) - 0.1
    assert item_rest_correlations(wrong)[0] < 0


def test_questionnaires_with_a_missing_item_are_left_out():
    holes = ITEMS.copy()
    holes[[2, 7], [1, 3]] = np.nan
    complete = np.delete(ITEMS, [2, 7], axis=0)
    assert cronbach_alpha(holes) == pytest.approx(cronbach_alpha(complete))
    assert omega_total(holes) == pytest.approx(omega_total(complete))
    assert item_rest_correlations(holes) == pytest.approx(item_rest_correlations(complete))


def test_feldt_interval_holds_alpha_and_shrinks():
    narrow, wide = feldt_interval(0.8, 200, 10), feldt_interval(0.8, 20, 10)
    assert wide[0] < narrow[0] < 0.8 < narrow[1] < wide[1]


def test_the_one_factor_model_is_recovered():
    loadings, uniquenesses = np.array([1.0, 2.0, 0.5, 1.5]), np.array([1.0, 0.5, 2.0, 1.0])
    covariance = np.outer(loadings, loadings) + np.diag(uniquenesses)
    found, unique = one_factor_model(covariance)
    assert found == pytest.approx(loadings, abs=1e-7)
    assert unique == pytest.approx(uniquenesses, abs=1e-7)
    turned, _ = one_factor_model(np.outer(-loadings, -loadings) + np.diag(uniquenesses))
    assert turned.sum() > 0


def test_omega_is_alpha_where_loadings_are_equal():
    # Data whose covariances are exactly those of a tau-equivalent model.
    covariance = np.ones((4, 4)) + np.diag([1.0, 2, 1, 2])
    scores = random.normal(size=(50, 4))
    scores -= scores.mean(axis=0)
    whiten = np.linalg.cholesky(np.linalg.inv(np.cov(scores, rowvar=False)))
    exact = scores @ whiten @ np.linalg.cholesky(covariance).T
    assert np.cov(exact, rowvar=False) == pytest.approx(covariance)
    assert omega_total(exact) == pytest.approx(cronbach_alpha(exact), abs=1e-8)


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (ITEMS[:, :1], "at least 2 items, found 1"),
        (ITEMS[:2], "at least 3 questionnaires without a missing item, found 2"),
        (np.where(np.arange(60)[:, None] > 1, np.nan, ITEMS), "found 2"),
        (np.column_stack([ITEMS, np.full(60, 4.0)]), "item 6 of the scale"),
        (np.column_stack([ITEMS[:, 0], 8 - ITEMS[:, 0]]), "always have the same sum"),
    ],
)
def test_undefined_consistency_says_why(items, message):
    for estimate in (cronbach_alpha, omega_total, item_rest_correlations):
        with pytest.raises(AnalysisError, match=message):
            estimate(items)


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (ITEMS[:, :2], "at least 3 items, found 2"),
        (ITEMS[:5], "more complete questionnaires than items, found 5 for 5"),
        (np.column_stack([ITEMS, ITEMS[:, 0] + ITEMS[:, 1]]), "exact function of the others"),
    ],
)
def test_undefined_omega_leaves_alpha(items, message):
    with pytest.raises(AnalysisError, match=message):
        omega_total(items)
    assert np.isfinite(cronbach_alpha(items))


def test_a_uniqueness_that_runs_into_zero_is_said():
    # Three items: the loading of the first is sqrt(0.9 x 0.9 / 0.75), above 1.
    r = np.array([[1, 0.9, 0.9], [0.9, 1, 0.75], [0.9, 0.75, 1]])
    with pytest.raises(AnalysisError, match=r"no proper solution.* item 1 of the scale"):
        one_factor_model(r)
