"""Randomised trials: known answers, a flow that adds up, what is undefined, wrong arms."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from pydantic import ValidationError
from tests.unit.analyses.trial_plans import (
    TRIAL,
    cohort_of,
    measures_of,
    sample_of,
    statistics_of,
    study_of,
)

from attune.analyses.analysis import DraftPlan, MeasureValues
from attune.analyses.study import StudyFile
from attune.analyses.trial.declaration import plan_problems
from attune.analyses.trial.draft import sections
from attune.analyses.trial.estimable import estimable
from attune.specs.errors import AnalysisError
from attune.stats.complier_effect import complier_average_causal_effect
from attune.stats.repeated_measures import fit_repeated_measures
from attune.stats.risk_difference import clustered_risk_difference, risk

DATA = measures_of()
ARMS = {"c": "Control", "t": "Training"}


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return statistics_of()


def persons(outcome: str, level: str) -> pd.DataFrame:
    """One row per person and later visit, made without the code that is tested."""
    frame = DATA.copy()
    if level == "therapist":
        frame = frame[frame["dyad"].str.endswith("_0")]
    before = frame[frame["occasion"] == "baseline"].set_index("dyad")[outcome]
    later = frame[frame["occasion"] != "baseline"].copy()
    later["before"] = later["dyad"].map(before)
    later["arm"] = later["condition"].map(ARMS)
    later["visit"] = pd.Categorical(later["occasion"], ["after", "later"], ordered=True)
    return later.rename(columns={outcome: "score"})


@pytest.mark.parametrize(("outcome", "level"), [("skills", "therapist"), ("symptoms", "patient")])
def test_differences_are_those_of_the_model(rows: pd.DataFrame, outcome: str, level: str) -> None:
    fit = fit_repeated_measures(
        persons(outcome, level), "score", "dyad", "visit", "arm",
        cluster="therapist" if level == "patient" else None,
        covariates_by_visit=["before"], reference="Control", baseline="before",
    )  # fmt: skip
    for contrast in fit.contrasts:
        found = rows.loc[f"rct.{outcome}.{contrast.visit}.arm_difference"]
        assert found["estimate"] == pytest.approx(contrast.test.estimate, rel=1e-9)
        assert found["ci_high"] == pytest.approx(contrast.test.ci_high, rel=1e-7)
        t = rows.loc[f"rct.{outcome}.{contrast.visit}.arm_difference_t"]
        assert t["p_two_tailed"] == pytest.approx(contrast.test.p_two_tailed, rel=1e-6)
        size = rows.loc[f"rct.{outcome}.{contrast.visit}.standardised_arm_difference"]
        assert size["estimate"] == pytest.approx(contrast.standardised.d)
    assert found["contrast"] == "Training minus Control"
    assert (f"rct.{outcome}.after.cluster_icc" in rows.index) == (level == "patient")


def test_therapists_count_once(rows: pd.DataFrame) -> None:
    assert rows.loc["rct.therapist.control.randomised_n", "estimate"] == 8
    assert rows.loc["rct.patient.control.randomised_n", "estimate"] == 24
    assert rows.loc["rct.skills.after.training.visit_n", "estimate"] == 8
    assert rows.loc["rct.skills.training.baseline_n", "estimate"] == 8
    assert rows.loc["rct.sex.control.female.baseline_count", "estimate"] == 5
    assert rows.loc["rct.age.control.baseline_n", "estimate"] == 24


def test_the_flow_adds_up(rows: pd.DataFrame) -> None:
    flow = rows["estimate"]
    for unit in ("therapist", "patient"):
        for arm in ("control", "training"):
            for visit in ("baseline", "after", "later"):
                at = f"rct.{unit}.{arm}.{visit}"
                total = flow[f"rct.{unit}.{arm}.randomised_n"]
                assert flow[f"{at}.assessed_n"] + flow[f"{at}.not_assessed_n"] == total
                lost = flow[flow.index.str.startswith(f"{at}.") & flow.index.str.endswith("lost_n")]
                if unit == "patient":
                    assert lost.sum() == flow[f"{at}.not_assessed_n"]
    assert flow["rct.patient.training.after.moved.lost_n"] == 4
    assert flow["rct.patient.control.after.ended_therapy.lost_n"] == 4
    assert flow["rct.symptoms.control.analysed_n"] == 20


def test_a_missing_baseline_is_the_mean_and_nobody_is_lost() -> None:
    data = DATA.copy()
    lacking = (data["dyad"] == "0_0") & (data["occasion"] == "baseline")
    data.loc[lacking, "symptoms"] = np.nan
    rows = statistics_of(data)
    assert rows.loc["rct.symptoms.baseline_replaced_n", "estimate"] == 1
    assert rows.loc["rct.symptoms.control.analysed_n", "estimate"] == 20
    assert rows.loc["rct.symptoms.control.baseline_n", "estimate"] == 23


def test_baseline_as_outcome_where_patients_were_randomised() -> None:
    """With complete data, the contrast is the one with the baseline as covariate, nearly."""
    only = {"symptoms": TRIAL["outcomes"]["symptoms"]}
    data = measures_of(n_patients=2)
    found = {
        kind: statistics_of(data, randomised="patient", outcomes=only, baseline_as=kind)
        for kind in ("covariate", "outcome")
    }
    one, other = (
        rows.loc["rct.symptoms.after.arm_difference", "estimate"] for rows in found.values()
    )
    assert one == pytest.approx(other, rel=0.25)
    assert one != other


def test_hypothetical_events_set_outcomes_aside() -> None:
    event = TRIAL["estimand"]["events"]["stopped"] | {
        "strategies": {"moved": "hypothetical", "ended": "treatment_policy"},
        "from_visit": "later",
    }
    estimand = TRIAL["estimand"] | {"events": {"stopped": event}}
    data = DATA.assign(symptoms=DATA["symptoms"].fillna(20.0))
    policy = statistics_of(data, sample_of(DATA))
    aside = statistics_of(data, sample_of(DATA), estimand=estimand)
    at = "rct.symptoms.{}.training.visit_n"
    assert policy.loc[at.format("later"), "estimate"] == 24
    assert aside.loc[at.format("later"), "estimate"] == 20
    assert aside.loc[at.format("after"), "estimate"] == 24


def test_reliable_change_and_the_number_needed_to_treat(rows: pd.DataFrame) -> None:
    now = DATA.pivot_table(index="dyad", columns="occasion", values="symptoms")
    change = now["after"] - now["baseline"]
    people = sample_of(DATA).set_index("dyad").loc[change.index]
    trained = people["condition"] == "t"
    better = (change <= -4)[change.notna()]
    recovered = better & (now["baseline"] >= 20) & (now["after"] < 20)
    assert (
        rows.loc["rct.symptoms.after.training.recovered.change_n", "estimate"]
        == (recovered & trained).sum()
    )
    both = [f"rct.symptoms.after.training.{name}.change_n" for name in ("recovered", "improved")]
    assert rows.loc[both, "estimate"].sum() == (better & trained).sum()
    every = rows.index.str.match(r"rct\.symptoms\.after\.training\.\w+\.change_n")
    assert rows.loc[every, "estimate"].sum() == change[trained].notna().sum()
    known = change.dropna().index
    difference = clustered_risk_difference(
        better.astype(float), trained[known].astype(float), people.loc[known, "therapist"]
    )
    found = rows.loc["rct.symptoms.after.responder_difference"]
    assert found["estimate"] == pytest.approx(100 * difference.test.estimate)
    assert found["ci_low"] == pytest.approx(100 * difference.test.ci_low)
    needed = rows.loc["rct.symptoms.after.number_needed_to_treat"]
    assert needed["estimate"] == pytest.approx(1 / abs(difference.test.estimate))
    if difference.test.ci_low < 0 < difference.test.ci_high:
        assert pd.isna(needed["ci_low"]) and "through infinity" in needed["method"]


def test_harms_and_treatment_received(rows: pd.DataFrame) -> None:
    assert rows.loc["rct.harms.training.worse.harm_n", "estimate"] == 1
    assert rows.loc["rct.harms.control.worse.harm_n", "estimate"] == 0
    share = rows.loc["rct.harms.training.harm_percent"]
    assert share["ci_high"] == pytest.approx(100 * risk(1, 24).exact_high)
    assert rows.loc["rct.harms.harm_difference", "estimate"] == pytest.approx(100 / 24)
    assert rows.loc["rct.received.training.received_n", "estimate"] == 7
    frame = persons("symptoms", "patient").query("occasion == 'after'").dropna(subset=["score"])
    assigned = (frame["condition"] == "t").astype(float)
    received = assigned * (frame["therapist"] != "t1")
    effect = complier_average_causal_effect(
        frame["score"], received, assigned, frame[["before"]], frame["therapist"]
    ).effect
    found = rows.loc["rct.symptoms.after.complier_effect"]
    assert found["estimate"] == pytest.approx(effect.estimate)
    assert found["se"] == pytest.approx(effect.se)
    protocol = rows.loc["rct.skills.after.per_protocol_difference"]
    assert protocol["n"] == 15
    assert protocol["estimate"] != rows.loc["rct.skills.after.arm_difference", "estimate"]


def test_an_arm_without_outcomes_gives_a_reason_and_the_rest_goes_on() -> None:
    data = DATA.copy()
    gone = (data["occasion"] == "later") & (data["condition"] == "c")
    data.loc[gone, "symptoms"] = np.nan
    rows = statistics_of(data)
    lost = rows.loc["rct.symptoms.later.arm_difference"]
    assert pd.isna(lost["estimate"])
    assert "Control" in lost["reason"] and "later" in lost["reason"]
    assert np.isfinite(rows.loc["rct.skills.later.arm_difference", "estimate"])


def spoiled(**columns: Any) -> pd.DataFrame:
    return sample_of(DATA).assign(**columns)


ARM = sample_of(DATA)["condition"]


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        (spoiled(condition=ARM.where(ARM.index != 0, "t")), "1 therapists have patients in two"),
        (spoiled(condition="t"), "nobody is in the arm Control"),
        (spoiled(condition=ARM.where(ARM.index != 3)), "1 rows of the sample sheet have no arm"),
        (spoiled(therapist=None), "48 patients have no therapist"),
        (spoiled(left="vanished"), r"no strategy for \['vanished'\]"),
    ],
)
def test_arms_that_contradict_the_design_are_refused(sample: pd.DataFrame, message: str) -> None:
    with pytest.raises(AnalysisError) as error:
        statistics_of(DATA, sample)
    assert re.search(message, " ".join([error.value.heading, *error.value.problems]))


def test_an_outcome_of_therapists_that_differs_within_a_therapist_is_refused() -> None:
    data = DATA.copy()
    data.loc[0, "skills"] += 1
    with pytest.raises(AnalysisError, match="same for all patients of a therapist"):
        statistics_of(data)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"visits": ["baseline", "after"]}, "visits names the baseline"),
        ({"visits": ["after", "after"]}, "names an occasion twice"),
        ({"randomised": "patient"}, "their therapists have no arm"),
        ({"baseline_as": "outcome"}, "intervals too narrow"),
        ({"visit_words": {"soon": "soon"}}, "none of visits"),
        (
            {"outcomes": {"skills": {"better": "higher", "reliable_change": {"source": "-"}}}},
            "needs either points or a reliability",
        ),
    ],
)
def test_plans_that_contradict_themselves_are_refused(keys: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        study_of(**keys)


@pytest.mark.parametrize(
    ("keys", "cohort", "message"),
    [
        ({}, cohort_of(condition=False), "declares no sample.condition"),
        ({}, cohort_of(therapist=False), "records no therapist"),
        ({"visits": ["afterr"]}, cohort_of(), "Did you mean 'after'"),
        ({"harms": {"variable": "age", "none": "0"}}, cohort_of(), "no category"),
        ({"harms": {"variable": "harm", "none": "0"}}, cohort_of(), "codes are"),
        ({"received": {"variable": "sex", "minimum": 1}}, cohort_of(), "no number"),
        ({"characteristics": {"agee": "patient"}}, cohort_of(), "neither a number nor a category"),
    ],
)
def test_what_a_cohort_cannot_give_is_named(keys: Any, cohort: Any, message: str) -> None:
    found = list(plan_problems(study_of(**keys), cohort))
    assert any(message in problem for problem in found), found


def test_events_that_the_plan_does_not_name_are_named() -> None:
    event = TRIAL["estimand"]["events"]["stopped"] | {"strategies": {"moved": "treatment_policy"}}
    study = study_of(estimand=TRIAL["estimand"] | {"events": {"stopped": event}})
    [problem] = plan_problems(study, cohort_of())
    assert "['ended']" in problem and "no strategy" in problem


def test_the_cohort_page_counts_persons() -> None:
    values = MeasureValues({"available": DATA}, DATA, sample_of(DATA), {})
    checks = list(estimable(study_of(), cohort_of(), values))
    assert [(check.terms, check.n, check.reason) for check in checks] == [
        ("Skills", 16, ""),
        ("Symptoms", 40, ""),
    ]


def test_the_drafted_example_is_a_valid_trial() -> None:
    keys = "instrument: bdi_ii, scale: total, rater: patient"
    plan = DraftPlan([], [], set(), [], [], 2, True, {keys: ["before", "after", "later"]})
    lines = [line.removeprefix("# ") for line in sections(plan) if not line.startswith("# CHECK")]
    written = yaml.safe_load("\n".join(line for line in lines if "measure to" not in line))
    study = StudyFile.model_validate(
        {"study": "s", "title": "S", "authors": [], "template": "generic"}
        | {"imputation": {"method": "none"}}
        | written
    )
    assert study.trial["effects"].visits == ["after", "later"]  # type: ignore[attr-defined]
    assert not list(sections(replace(plan, n_conditions=0)))
