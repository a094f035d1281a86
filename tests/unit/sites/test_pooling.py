"""Sites that hand over moments: pooled, they give what the raw rows give."""

import numpy as np
import pytest
from tests.unit.sites.made_sites import (
    COHORT,
    KEYS,
    STUDY,
    cohort_data,
    dealt,
    plan_of,
    raw_statistics,
    site_of,
)

from attune.pipeline import prepare
from attune.sites.estimates import questions
from attune.sites.pooling import PooledEstimate, pool_sites
from attune.sites.site_plan import site_plan
from attune.stats.meta_analysis import random_effects
from attune.stats.regression import regress

COLUMNS = {"estimate": "estimate", "se": "se", "df": "df", "n": "n", "p": "p_two_tailed"}
COLUMNS |= {"ci_low": "ci_low", "ci_high": "ci_high"}


def pooled(n_sites: int) -> list[PooledEstimate]:
    sites = [site_of(dyads, f"site_{number}") for number, dyads in enumerate(dealt(n_sites))]
    return pool_sites(sites, STUDY, plan_of())


@pytest.mark.parametrize("n_sites", [1, 2, 3, 5])
def test_one_stage_is_equal_to_the_raw_rows(n_sites):
    """Every pooled number, with its precision, to 1e-9 of the pipeline's over all rows."""
    raw = raw_statistics()
    compared = set()
    for one in pooled(n_sites):
        if one.model != "one_stage":
            continue
        assert one.estimate is not None, one
        expected = raw.loc[one.id]
        for part, column in COLUMNS.items():
            found = getattr(one.estimate, part)
            if found is not None and expected[column] == expected[column]:
                assert found == pytest.approx(expected[column], rel=1e-9, abs=1e-12), (one.id, part)
        compared.add(one.id.rpartition(".")[2])
    assert compared == {
        *("mean", "sd", "slope", "intercept", "r_squared", "pearson_r", "ancova_r"),
        *("ancova_slope", "mean_difference", "cohen_d", "hedges_g", "alpha"),
    }


def test_within_sites_is_the_regression_with_a_dummy_per_site():
    found = {(one.id, one.model): one.estimate for one in pooled(3)}
    measures = prepare(cohort_data(), COHORT, KEYS, STUDY).measures.query("imputation == 0")
    names = ["kims_total", "scl_intake", "scl_termination"]
    values = measures[names].to_numpy(dtype=float)
    complete = np.isfinite(values).all(axis=1)
    site = (np.arange(len(values)) % 3)[complete]
    x, pre, post = values[complete].T
    dummies = (site[:, None] == [1, 2]).astype(float)
    expected = regress(post, np.column_stack([pre, x, dummies]))
    slope = found["outcome_observed.kims_total.scl_gain.ancova_slope", "within_sites"]
    assert slope.estimate == pytest.approx(expected.coefficients[2], rel=1e-9)
    assert slope.se == pytest.approx(expected.se[2], rel=1e-9)
    assert (slope.df, slope.n) == (expected.df, expected.n)
    # The partial correlation given the sites: t of the slope, with its degrees of freedom.
    t = expected.coefficients[2] / expected.se[2]
    r = found["outcome_observed.kims_total.scl_gain.ancova_r", "within_sites"].estimate
    assert r == pytest.approx(t / np.sqrt(t**2 + expected.df), rel=1e-9)
    alpha = found["reliability.kims.total.therapist.baseline.alpha", "within_sites"]
    assert 0 < alpha.estimate < 1


def test_two_stages_are_random_effects_over_the_sites():
    identifier = "alliance.kims_total.wai_patient.pearson_r"
    own = [
        one.estimate
        for dyads in dealt(2)
        for one in pool_sites([site_of(dyads, "one")], STUDY, plan_of())
        if one.id == identifier
    ]
    z = [np.arctanh(one.estimate) for one in own]
    expected = random_effects(z, [1 / (one.n - 3) for one in own])
    [found] = [one for one in pooled(2) if (one.id, one.model) == (identifier, "two_stage")]
    assert found.estimate.estimate == pytest.approx(np.tanh(expected.effect.estimate))
    assert found.estimate.ci_low == pytest.approx(np.tanh(expected.effect.ci_low))
    assert found.tau == pytest.approx(np.sqrt(expected.tau2))
    assert found.estimate.n == sum(one.n for one in own)


def test_one_site_has_no_differences_between_sites():
    assert {one.model for one in pooled(1)} == {"one_stage"}


def test_listwise_rows_give_one_set_of_people():
    sites = [site_of(dyads, f"site_{n}", "listwise") for n, dyads in enumerate(dealt(2))]
    plan = plan_of("listwise")
    found = [one for one in pool_sites(sites, STUDY, plan) if one.estimate is not None]
    sizes = {one.estimate.n for one in found if not one.id.startswith("reliability")}
    assert len(sizes) == 1
    measures = prepare(cohort_data(), COHORT, KEYS, STUDY).measures.query("imputation == 0")
    rows = measures.dropna(subset=[*plan.measures, "condition"])
    assert sizes == {len(rows)}
    expected = np.corrcoef(rows["kims_total"], rows["wai_patient"])[0, 1]
    [r] = [
        one.estimate.estimate
        for one in found
        if (one.id, one.model) == ("alliance.kims_total.wai_patient.pearson_r", "one_stage")
    ]
    assert r == pytest.approx(expected, rel=1e-9)


def test_what_uses_replaced_scores_is_left_out_with_the_reason():
    plan = plan_of()
    assert set(plan.left_out) == {"outcome"}
    assert "replaced scores" in plan.left_out["outcome"]


def test_every_pair_of_a_list_is_one_question():
    """Once each, and no measure with itself."""
    family = STUDY.correlations["outcome_observed"]
    names = ["kims_total", "scl_intake", "scl_termination"]
    every = type(family).model_validate({"title": "All", "dataset": "available", "x": names})
    study = STUDY.model_copy(update={"correlations": {"all": every}})
    asked = [one.name for one in questions(study, site_plan(study, COHORT, KEYS))]
    assert [name for name in asked if name.startswith("all.")] == [
        "all.kims_total.scl_intake",
        "all.kims_total.scl_termination",
        "all.scl_intake.scl_termination",
    ]
