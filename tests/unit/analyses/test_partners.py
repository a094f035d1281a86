"""Models of both partners in a plan: known answers, occasions, what is undefined."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.analyses.dyad_plans import cohort_of, measures_of, study_of

from attune.analyses.analysis import MeasureValues
from attune.analyses.partners.declaration import plan_problems
from attune.analyses.partners.estimable import estimable
from attune.analyses.partners.estimate import compare_partners
from attune.specs.errors import AnalysisError
from attune.stats.actor_partner import actor_partner
from attune.stats.one_with_many import one_with_many
from attune.store.datasets import one_row_per_dyad

DATA = measures_of(8, 4)


def rows_of(data: pd.DataFrame = DATA, only: str = "", **keys: Any) -> pd.DataFrame:
    """Statistics of both designs, or only of one, with changes of its entry."""
    study = study_of(**({only: keys} if only else {}))
    if only:
        chosen = {name: one for name, one in study.partners.items() if name == only}  # type: ignore[attr-defined]
        study = study.model_copy(update={"partners": chosen})
    return compare_partners(data, {"available": one_row_per_dyad(data)}, study).set_index("id")


@pytest.fixture(scope="module")
def both() -> pd.DataFrame:
    return rows_of()


def test_the_partition_is_that_of_the_model_at_the_occasion(both: pd.DataFrame) -> None:
    now = DATA[DATA["occasion"] == "session_1"]
    fit = one_with_many(now["therapist"].to_numpy(dtype=object), now["wai_p"], now["wai_t"])
    share = both.loc["many.wai_t.session_1.therapist_share"]
    assert share["estimate"] == fit.therapist_reports.therapist_share.estimate
    assert share["ci_high"] == fit.therapist_reports.therapist_share.ci_high
    assert (share["rater"], share["occasion"]) == ("therapist", "session_1")
    rest = both.loc["many.wai_t.session_1.dyad_share"]
    assert rest["estimate"] + share["estimate"] == pytest.approx(1)
    assert rest["ci_low"] == pytest.approx(1 - share["ci_high"])
    reciprocity = both.loc["many.session_1.dyadic_reciprocity"]
    assert reciprocity["estimate"] == fit.dyadic_reciprocity.estimate
    assert reciprocity["p_two_tailed"] == fit.dyadic_reciprocity.p
    assert both.loc["many.session_1.partition_n", "estimate"] == 32


def test_reports_of_one_occasion_have_no_occasion_in_their_ids() -> None:
    rows = rows_of(only="many", reports=["early_p", "early_t"], occasions=[], method="ML")
    assert "many.early_p.therapist_share" in rows.index
    assert "many.dyadic_reciprocity" in rows.index
    assert rows.loc["many.partition_n", "estimate"] == 32, "each dyad once"
    assert (
        "One-with-many model, maximum likelihood" in rows.loc["many.dyadic_reciprocity"]["method"]
    )


def test_each_occasion_has_its_model() -> None:
    data = DATA.copy()
    last = data["occasion"] == "session_8"
    data.loc[last & (data["therapist"] == "t0"), ["wai_p", "wai_t"]] = np.nan
    rows = rows_of(data, only="many", occasions=["session_1", "session_8"])
    sizes = [rows.loc[f"many.session_{one}.partition_n", "estimate"] for one in (1, 8)]
    assert sizes == [32, 28]


def test_dyads_without_a_therapist_or_a_report_are_left_out() -> None:
    data = DATA.copy()
    data.loc[data["dyad"] == "0_0", "therapist"] = None
    data.loc[data["dyad"] == "1_0", "wai_p"] = np.nan
    rows = rows_of(data, only="many")
    prefix = "many.session_1"
    assert rows.loc[f"{prefix}.partition_n", "estimate"] == 31
    assert rows.loc[f"{prefix}.partition_complete_n", "estimate"] == 30
    assert rows.loc["many.wai_p.session_1.report_n", "estimate"] == 30


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"therapist": "t0"}, "needs at least 2 of them with reports, found 1"),
        ({"wai_p": 60.0}, "All patients' reports are the same."),
        ({"wai_t": np.nan}, "No therapist has two patients with both reports"),
    ],
)
def test_what_cannot_be_divided_is_undefined_with_a_reason(change: Any, reason: str) -> None:
    rows = rows_of(DATA.assign(**change))
    own = rows[rows.index.str.startswith("many.")]
    estimates = own[~own["statistic"].str.startswith("partition_")]
    assert estimates["estimate"].isna().all() and len(estimates) == 12
    assert estimates["reason"].str.contains(reason, regex=False).all()
    assert rows.loc["pair.late_p.actor_effect", "estimate"] > 0, "the other model goes on"


def test_an_estimate_at_its_boundary_says_so() -> None:
    rng = np.random.default_rng(4)
    data = DATA[DATA["occasion"] == "session_1"].copy()
    # All therapists have the same mean, which is less than chance would make them differ.
    noise = pd.Series(rng.normal(size=len(data)), index=data.index)
    data["wai_p"] = 60 + noise - noise.groupby(data["therapist"]).transform("mean")
    rows = rows_of(data, only="many")
    share = rows.loc["many.wai_p.session_1.therapist_share"]
    assert share["estimate"] == 0 and "estimated as zero" in share["method"]
    assert pd.isna(rows.loc["many.session_1.generalised_reciprocity", "estimate"])
    assert "undefined" in rows.loc["many.session_1.generalised_reciprocity", "reason"]
    assert rows.loc["many.session_1.partition_boundary", "estimate"] == 2


def test_effects_are_those_of_the_model(both: pd.DataFrame) -> None:
    dyads = one_row_per_dyad(DATA)
    fit = actor_partner(dyads["early_p"], dyads["early_t"], dyads["late_p"], dyads["late_t"])
    for outcome, member, own, other in (
        ("late_p", fit.first, "early_p", "early_t"),
        ("late_t", fit.second, "early_t", "early_p"),
    ):
        actor, partner = (
            both.loc[f"pair.{outcome}.{part}_effect"] for part in ("actor", "partner")
        )
        assert (actor["estimate"], actor["predictor"]) == (member.actor.estimate, own)
        assert (partner["estimate"], partner["predictor"]) == (member.partner.estimate, other)
        t = both.loc[f"pair.{outcome}.partner_effect_t"]
        assert t["p_two_tailed"] == member.partner.p_two_tailed
        assert both.loc[f"pair.{outcome}.partner_ratio", "estimate"] == member.k.k
    assert both.loc["pair.actor_difference", "estimate"] == fit.actor_difference.estimate
    test = both.loc["pair.distinguishability"]
    assert fit.distinguishability is not None
    assert (test["estimate"], test["df"]) == (fit.distinguishability.chi_square, 6)


def test_a_ratio_without_bounds_has_no_interval() -> None:
    data = DATA.assign(late_p=np.random.default_rng(0).normal(size=len(DATA)))
    data["late_p"] = data.groupby("dyad")["late_p"].transform("first")
    rows = rows_of(data, only="pair")
    ratio = rows.loc["pair.late_p.partner_ratio"]
    assert np.isfinite(ratio["estimate"]) and np.isnan(ratio["ci_low"])
    assert "bounded" not in ratio["method"]


def test_covariates_leave_no_test_of_distinguishability() -> None:
    rows = rows_of(only="pair", covariates=["age"])
    assert "without covariates" in rows.loc["pair.distinguishability", "reason"]
    assert rows.loc["pair.late_p.actor_effect", "df"] == 32 - 4


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"early_p": 60.0}, "The first member's predictor is 60 in all 32 dyads."),
        ({"early_t": np.nan}, "needs at least 5 dyads"),
        ({"early_t": DATA["early_p"]}, "actor and partner effects cannot be separated"),
    ],
)
def test_what_has_no_effects_is_undefined_with_a_reason(change: Any, reason: str) -> None:
    rows = rows_of(DATA.assign(**change), only="pair")
    undefined = rows[rows["statistic"] != "pair_n"]
    assert undefined["estimate"].isna().all() and len(undefined) == 16
    assert undefined["reason"].str.contains(reason, regex=False).all()


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(AnalysisError) as raised:
        rows_of(DATA.drop(columns="late_p"), only="pair")
    assert "uses 'late_p', which is not a column" in raised.value.problems[0]


@pytest.mark.parametrize(
    ("key", "change", "words"),
    [
        ("many", {"reports": ["wai_p"]}, "needs two measures in 'reports'"),
        ("many", {"reports": ["wai_p", "wai_p"]}, "are named twice"),
        ("many", {"outcomes": ["late_p", "late_t"]}, "has no key 'outcomes'; remove it"),
        ("many", {"occasions": ["session_1", "session_1"]}, "names one twice"),
        ("pair", {"predictors": ["early_p"]}, "needs two measures in 'predictors'"),
        ("pair", {"covariates": ["early_p"]}, "are named twice"),
        ("pair", {"reports": ["wai_p", "wai_t"]}, "has no key 'reports'; remove it"),
        ("pair", {"outcomes": ["wai_p", "wai_t"]}, "one value per occasion"),
        ("pair", {"outcomes": ["lat_p", "late_t"]}, "Did you mean 'late_p'"),
        ("pair", {"design": "both"}, "one_with_many"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(key: str, change: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        study_of(**{key: change})


@pytest.mark.parametrize(
    ("change", "therapist", "words"),
    [
        ({}, False, "the cohort records no therapist"),
        ({"reports": ["wai_t", "wai_p"]}, True, "name the patient's report first"),
        ({"reports": ["wai_p", "early_t"]}, True, "'wai_p' has one value per occasion"),
        ({"occasions": []}, True, "name those to analyse"),
        ({"reports": ["early_p", "early_t"]}, True, "have their own occasions; remove this key"),
        ({"occasions": ["session_11"]}, True, "Did you mean 'session_1'"),
    ],
)
def test_a_cohort_that_does_not_fit_is_told_so(change: Any, therapist: bool, words: str) -> None:
    problems = [*plan_problems(study_of(many=change), cohort_of(therapist))]
    assert len(problems) == 1 and words in problems[0]


def test_the_cohort_page_lists_each_model() -> None:
    values = MeasureValues({"available": one_row_per_dyad(DATA)}, DATA, pd.DataFrame(), {})
    found = [*estimable(study_of(), cohort_of(), values)]
    assert [(one.kind, one.n, one.reason) for one in found] == [
        ("one-with-many model", 32, ""),
        ("actor-partner model", 32, ""),
    ]
    assert found[0].terms.endswith("session 1")
