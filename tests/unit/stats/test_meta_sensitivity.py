"""Single studies: ties to the whole meta-analysis, symmetry, bad input."""

import numpy as np
import pytest

from attune.specs.errors import AnalysisError
from attune.stats.meta_analysis import random_effects
from attune.stats.meta_sensitivity import cumulative, influence, leave_one_out


def studies(seed: int = 1, k: int = 9):
    draw = np.random.default_rng(seed)
    v = draw.uniform(0.01, 0.1, k)
    return draw.normal(0.3, np.sqrt(v + 0.04)), v, [f"S{place}" for place in range(k)]


def test_the_last_step_is_the_whole():
    y, v, ids = studies()
    found = cumulative(y, v, np.arange(9), ids)
    whole = random_effects(y, v, ids)
    assert found[-1].result.effect == whole.effect and found[-1].result.ids == whole.ids
    assert [part.result.k for part in found] == list(range(1, 10))
    assert [part.id for part in found] == ids
    assert found[0].result.test == "z" and found[1].result.test == "knapp-hartung"


def test_studies_of_one_year_stay_in_their_order():
    y, v, ids = studies(k=4)
    assert [part.id for part in cumulative(y, v, [3, 1, 3, 1], ids)] == ["S1", "S3", "S0", "S2"]


def test_leaving_out_and_influence_agree():
    y, v, ids = studies(2)
    parts, found = leave_one_out(y, v, ids), influence(y, v, ids)
    np.testing.assert_allclose(found.tau2_deleted, [part.result.tau2 for part in parts])
    without = np.array([part.result.effect.estimate for part in parts])
    change = random_effects(y, v).effect.estimate - without
    np.testing.assert_allclose(found.cook, (change / random_effects(y, v).effect.se) ** 2)
    assert np.sign(found.dffits).tolist() == np.sign(change).tolist()
    assert found.hat.sum() == pytest.approx(1) and found.weight.sum() == pytest.approx(100)
    assert [part.id for part in parts] == list(found.ids)
    assert all(part.id not in part.result.ids for part in parts)


def test_order_and_sign():
    y, v, ids = studies(3)
    turned = np.random.default_rng(1).permutation(9)
    found, other = influence(y, v, ids), influence(-y[turned], v[turned])
    np.testing.assert_allclose(other.rstudent, -found.rstudent[turned], rtol=1e-8)
    np.testing.assert_allclose(other.cook, found.cook[turned], rtol=1e-8)


def test_a_study_that_alone_determines_a_coefficient():
    y, v, _ = studies(4)
    found = influence(y, v, moderators=1.0 * (np.arange(9) == 2))
    assert np.isnan(found.rstudent[2]) and found.influential[2]
    assert np.isfinite(np.delete(found.rstudent, 2)).all()


def test_deleted_residuals_are_standard_normal_without_outliers():
    found = [
        influence(*studies(seed, 12)[:2], method="REML", test="z").rstudent for seed in range(150)
    ]
    assert np.std(found) == pytest.approx(1.0, abs=0.12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: leave_one_out([0.1], [0.1]), "at least two studies"),
        (lambda: leave_one_out([0.1, np.nan], [0.1, 0.1]), "effect is nan"),
        (lambda: leave_one_out([0.1, 0.2], [0.1, 0.1], ["A", "A"]), "have the id 'A'"),
        (lambda: cumulative([0.1, 0.2], [0.1, 0.1], [1999]), "order must be a finite number"),
        (lambda: cumulative([0.1, 0.2], [0.1, 0.1], [1999, np.nan]), "finite number"),
        (lambda: influence([0.0] * 5, [0.1] * 5), "All effects are equal"),
        (lambda: influence([0.1, 0.2], [0.1, 0.1]), "at least 3 studies, found 2"),
        (lambda: influence([0.1] * 5, [0.1] * 5, moderators=np.ones(5)), "constant"),
        (lambda: influence([0.1] * 5, [0.1] * 5, moderators=[1, 2, 3, 4, np.nan]), "missing"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(AnalysisError, match=message):
        call()
