"""Congruence analyses: known answers, centring, what is undefined, and plans that do not fit."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.analyses.dyad_plans import cohort_of, study_of

from attune.analyses.analysis import MeasureValues
from attune.analyses.congruence.declaration import plan_problems
from attune.analyses.congruence.estimable import estimable
from attune.analyses.congruence.estimate import compare_ratings
from attune.specs.errors import AnalysisError
from attune.stats.regression import regress

RANGES = {"early_p": (12.0, 84.0), "early_t": (12.0, 84.0)}
PLAIN = {"covariates": [], "bias": None, "outcomes": ["bdi_post"], "higher_is_better": True}


def dyads(n: int = 120, seed: int = 2, peak: float = 1.0) -> pd.DataFrame:
    """The outcome is highest where both raters agree (peak 1) or lowest there (peak -1)."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(40, 70, size=(2, n))
    outcome = 50 - peak * 0.05 * (x - y) ** 2 + rng.normal(scale=1, size=n)
    frame = pd.DataFrame({"dyad": range(n), "early_p": x, "early_t": y, "bdi_post": outcome})
    return frame.assign(age=np.arange(n) % 40 + 20.0, late_t=rng.normal(60, 5, n), bdi_gain=outcome)


def rows_of(frame: pd.DataFrame | None = None, ranges: Any = None, **keys: Any) -> pd.DataFrame:
    study: Any = study_of(agreement=PLAIN | keys)
    data = {"available": dyads() if frame is None else frame}
    return compare_ratings(data, study.congruence, ranges or RANGES).set_index("id")


def test_the_coefficients_are_those_of_the_regression_on_centred_ratings() -> None:
    frame = dyads()
    rows = rows_of(frame)
    centre = frame[["early_p", "early_t"]].to_numpy().mean()
    x, y = frame["early_p"] - centre, frame["early_t"] - centre
    fit = regress(frame["bdi_post"], np.column_stack([x, y, x * x, x * y, y * y]))
    found = [
        rows.loc[f"agreement.bdi_post.{term}.surface_coefficient", "estimate"]
        for term in ("intercept", "x", "y", "x2", "xy", "y2")
    ]
    assert found == pytest.approx(fit.coefficients.tolist())
    assert rows.loc["agreement.bdi_post.surface_centre", "estimate"] == pytest.approx(centre)
    assert rows.loc["agreement.bdi_post.a4", "estimate"] == pytest.approx(
        found[3] - found[4] + found[5]
    )
    a4, t = rows.loc["agreement.bdi_post.a4"], rows.loc["agreement.bdi_post.a4_t"]
    assert t["estimate"] == pytest.approx(a4["estimate"] / a4["se"])
    assert t["df"] == len(frame) - 6 and np.isnan(a4["p_two_tailed"])


@pytest.mark.parametrize(("peak", "better", "holds"), [(1, True, 1), (-1, False, 1), (1, False, 0)])
def test_agreement_goes_with_the_better_end(peak: float, better: bool, holds: int) -> None:
    rows = rows_of(dyads(peak=peak), higher_is_better=better)
    assert rows.loc["agreement.bdi_post.congruence_broad", "estimate"] == holds
    assert np.sign(rows.loc["agreement.bdi_post.a4", "estimate"]) == -peak


def test_the_midpoint_of_the_scale_is_the_centre_where_declared() -> None:
    rows = rows_of(centre="scale_midpoint")
    assert rows.loc["agreement.bdi_post.surface_centre", "estimate"] == 48
    assert rows.loc["agreement.bdi_post.surface_centre", "method"] == "scale midpoint"


def test_robust_errors_leave_the_coefficients() -> None:
    plain, robust = rows_of(), rows_of(hc3=True)
    name = "agreement.bdi_post.a4"
    assert robust.loc[name, "estimate"] == pytest.approx(plain.loc[name, "estimate"])
    assert robust.loc[name, "se"] != pytest.approx(plain.loc[name, "se"])
    assert "HC3" in robust.loc[name, "method"]


def test_dyads_by_agreement_are_all_dyads() -> None:
    rows = rows_of()
    counts = rows[rows["statistic"] == "agreement_n"]
    assert counts["estimate"].sum() == 120 and counts["level"].notna().all()
    assert rows[rows["statistic"] == "agreement_percent"]["estimate"].sum() == pytest.approx(100)


def test_a_dyad_without_a_value_is_left_out() -> None:
    frame = dyads()
    frame.loc[:9, "age"] = np.nan
    rows = rows_of(frame, covariates=["age"])
    assert rows.loc["agreement.bdi_post.surface_n", "estimate"] == 110
    assert rows.loc["agreement.bdi_post.age.surface_coefficient", "predictor"] == "age"
    assert rows.loc["agreement.early_t.truth_n", "estimate"] == 120


def test_truth_and_bias() -> None:
    frame = dyads()
    frame["early_t"] = 20 + 0.6 * frame["early_p"] + np.tile([-1.0, 1.0], 60)
    rows = rows_of(frame, outcomes=[])
    force = rows.loc["agreement.early_t.truth_force"]
    assert force["estimate"] == pytest.approx(0.6, abs=0.05) and force["predictor"] == "early_p"
    gap = frame["early_t"].mean() - frame["early_p"].mean()
    assert rows.loc["agreement.early_t.directional_bias", "estimate"] == pytest.approx(gap)
    assert not rows.index.str.contains("surface|bias_force").any()
    assert "agreement.early_p.truth_force" in rows_of(truth="early_t").index


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"early_p": 5.0}, "The first rater gave 1 different ratings"),
        ({"bdi_post": 5.0}, "The outcome is 5 in all 120 dyads."),
        ({"bdi_post": np.nan}, "needs at least 7 dyads"),
    ],
)
def test_what_carries_no_surface_is_undefined_with_a_reason(change: Any, reason: str) -> None:
    rows = rows_of(dyads().assign(**change))
    own = rows[rows.index.str.startswith("agreement.bdi_post.")]
    undefined = own[own["statistic"] != "surface_n"]
    assert undefined["estimate"].isna().all() and len(undefined) > 20
    assert undefined["reason"].str.contains(reason, regex=False).all()
    assert ("agreement.early_t.truth_force" in rows.index) and (
        rows.loc["agreement.early_t.truth_force", "estimate"] is not None
    )


def test_ratings_on_different_scales_have_no_line_of_congruence() -> None:
    rows = rows_of(ranges={"early_p": (12.0, 84.0), "early_t": (1.0, 7.0)})
    assert "different scales (12 to 84 and 1 to 7)" in rows.loc["agreement.bdi_post.a4", "reason"]
    assert rows.loc["agreement.early_t.truth_force", "estimate"] is not None


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(AnalysisError) as raised:
        rows_of(dyads().drop(columns="bdi_post"))
    assert "uses 'bdi_post', which is not a column" in raised.value.problems[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ratings": ["early_p", "early_p"]}, "names a measure twice"),
        ({"truth": "late_p"}, "truth must be one of the ratings"),
        ({"truth": None}, "bias belongs to the truth and bias model"),
        ({"outcomes": [], "truth": None, "bias": None}, "needs 'outcomes'"),
        ({"outcomes": ["early_p"]}, "are ratings and cannot be outcome"),
        ({"covariates": ["bdi_post"]}, "cannot be outcome and covariate"),
        ({"ratings": ["wai_p", "early_t"], "truth": "early_t"}, "one value per occasion"),
        ({"outcomes": ["bdi_posst"]}, "Did you mean 'bdi_post'"),
        ({"bias": "lat_t"}, "Did you mean 'late_t'"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(change: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        study_of(agreement=change)


def test_the_midpoint_needs_a_scale() -> None:
    study = study_of(agreement={"ratings": ["age", "early_t"], "truth": "age", "centre":
                                "scale_midpoint", "covariates": []})  # fmt: skip
    [problem] = plan_problems(study, cohort_of())
    assert "['age'] come from the sample sheet" in problem


def values_of(frame: pd.DataFrame, **absent: str) -> MeasureValues:
    return MeasureValues({"available": frame}, pd.DataFrame(), pd.DataFrame(), absent)


def test_the_cohort_page_lists_each_model() -> None:
    study = study_of(agreement=PLAIN | {"covariates": ["age"], "centre": "scale_midpoint"})
    found = [*estimable(study, cohort_of(), values_of(dyads()))]
    assert [(one.kind, one.n, one.reason) for one in found] == [
        ("response surface", 120, ""),
        ("truth and bias model", 120, ""),
    ]
    few = [*estimable(study, cohort_of(), values_of(dyads().head(4)))]
    assert "needs at least 8 dyads" in few[0].reason and few[1].estimable
    absent = values_of(dyads(), early_t="there is no questionnaire")
    assert all("no questionnaire" in one.reason for one in estimable(study, cohort_of(), absent))
