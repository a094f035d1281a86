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
from attune.analyses.kinds import KINDS
from attune.analyses.study import StudyFile
from attune.analyses.trial.declaration import plan_problems
from attune.analyses.trial.design import trial_data
from attune.analyses.trial.draft import sections
from attune.analyses.trial.estimable import STOPPED, estimable, obstacles
from attune.analyses.trial.estimate import analyse_trial
from attune.specs.errors import AnalysisError
from attune.stats.complier_effect import complier_average_causal_effect
from attune.stats.repeated_measures import fit_repeated_measures
from attune.stats.risk_difference import clustered_risk_difference, risk
from attune.store.small_cells import hidden_statistics

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
        rows.loc["rct.symptoms.after.training.responded.recovered.change_n", "estimate"]
        == (recovered & trained).sum()
    )
    both = [
        f"rct.symptoms.after.training.responded.{name}.change_n"
        for name in ("recovered", "improved")
    ]
    assert rows.loc[both, "estimate"].sum() == (better & trained).sum()
    every = rows.index.str.match(r"rct\.symptoms\.after\.training\.\w+\.\w+\.change_n")
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
    assert rows.loc["rct.harms.training.any.worse.harm_n", "estimate"] == 1
    assert rows.loc["rct.harms.control.any.worse.harm_n", "estimate"] == 0
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


def test_an_empty_arm_at_one_visit_leaves_the_other_visits() -> None:
    data = DATA.copy()
    gone = (data["occasion"] == "later") & (data["condition"] == "c")
    data.loc[gone, "symptoms"] = np.nan
    rows = statistics_of(data)
    one = statistics_of(data, visits=["after"], visit_words={})
    at = "rct.symptoms.after.arm_difference"
    assert rows.loc[at, "estimate"] == pytest.approx(one.loc[at, "estimate"], rel=1e-9)
    assert rows.loc["rct.symptoms.later.arm_difference", "reason"] == (
        "Nobody in the arm “Control” has the outcome at later."
    )


def test_one_visit_is_the_analysis_of_covariance() -> None:
    """Therapists, one visit: least squares on arm and baseline, with its degrees of freedom."""
    rows = statistics_of(visits=["after"])
    frame = persons("skills", "therapist").query("occasion == 'after'")
    design = np.column_stack(
        [np.ones(16), (frame["condition"] == "t").astype(float), frame["before"]]
    )
    beta, rest, *_ = np.linalg.lstsq(design, frame["score"].to_numpy(), rcond=None)
    se = np.sqrt(rest[0] / 13 * np.linalg.inv(design.T @ design)[1, 1])
    found = rows.loc["rct.skills.after.arm_difference"]
    assert found["estimate"] == pytest.approx(beta[1], rel=1e-6)
    assert found["se"] == pytest.approx(se, rel=1e-6)
    assert found["df"] == pytest.approx(13, rel=1e-6)


def test_nobody_has_the_baseline() -> None:
    data = DATA.copy()
    data.loc[data["occasion"] == "baseline", "symptoms"] = np.nan
    criteria = {"reliability": 0.9, "source": "a manual"}
    symptoms = TRIAL["outcomes"]["symptoms"] | {"reliable_change": criteria}
    rows = statistics_of(data, outcomes=TRIAL["outcomes"] | {"symptoms": symptoms})
    lost = rows.loc["rct.symptoms.after.arm_difference"]
    assert lost["reason"] == "Nobody has the outcome at baseline, the declared baseline."
    assert pd.isna(rows.loc["rct.symptoms.reliable_points", "estimate"])
    assert np.isfinite(rows.loc["rct.skills.after.arm_difference", "estimate"])
    values = MeasureValues({"available": data}, data, sample_of(data), {})
    assert [check.reason for check in estimable(study_of(), cohort_of(), values)] == [
        *("", ""),
        *["Nobody has the outcome at baseline, the declared baseline."] * 2,
    ]


def test_a_replaced_baseline_does_not_enter_the_standardiser() -> None:
    """A mean in place of a missing baseline would make the standard deviation too small."""
    data = DATA.copy()
    lacking = data["dyad"].str.endswith("_0") & (data["occasion"] == "baseline")
    data.loc[lacking, "symptoms"] = np.nan
    rows = statistics_of(data)
    analysed = data[data["occasion"] != "baseline"].dropna(subset=["symptoms"])["dyad"].unique()
    before = data[(data["occasion"] == "baseline") & data["dyad"].isin(analysed)]
    groups = before.dropna(subset=["symptoms"]).groupby("condition")["symptoms"]
    freedom = groups.count() - 1
    sd = np.sqrt((groups.var() * freedom).sum() / freedom.sum())
    at = "rct.symptoms.after"
    d = rows.loc[f"{at}.standardised_arm_difference", "estimate"]
    assert d == pytest.approx(rows.loc[f"{at}.arm_difference", "estimate"] / sd, rel=1e-9)


def test_an_event_of_a_patient_leaves_the_outcomes_of_the_therapist() -> None:
    event = TRIAL["estimand"]["events"]["stopped"] | {
        "strategies": {"moved": "hypothetical", "ended": "hypothetical"},
        "from_visit": "after",
    }
    everybody = sample_of(DATA).assign(left="moved")
    rows = statistics_of(
        DATA, everybody, estimand=TRIAL["estimand"] | {"events": {"stopped": event}}
    )
    assert rows.loc["rct.skills.after.training.visit_n", "estimate"] == 8
    assert "rct.symptoms.after.training.visit_n" not in rows.index
    of_therapists = event | {"level": "therapist"}
    rows = statistics_of(
        DATA, everybody, estimand=TRIAL["estimand"] | {"events": {"stopped": of_therapists}}
    )
    assert pd.isna(rows.loc["rct.skills.after.arm_difference", "estimate"])


def test_therapists_without_outcomes_are_assessed_with_their_patients() -> None:
    data = DATA.copy()
    gone = (data["therapist"] == "t1") & (data["occasion"] == "later")
    data.loc[gone, "symptoms"] = np.nan
    only = {"symptoms": TRIAL["outcomes"]["symptoms"]}
    rows = statistics_of(data, outcomes=only)
    assert rows.loc["rct.therapist.training.later.assessed_n", "estimate"] == 7
    assert rows.loc["rct.therapist.training.later.not_assessed_n", "estimate"] == 1


def test_without_a_cutoff_nobody_is_counted_as_recovered() -> None:
    only = {
        "symptoms": TRIAL["outcomes"]["symptoms"]
        | {"reliable_change": {"points": 4, "source": "a manual"}}
    }
    rows = statistics_of(outcomes=only)
    assert not rows.index.str.contains("recovered").any()
    assert rows.loc["rct.symptoms.after.training.responded.improved.change_n", "estimate"] > 0


def three_arms() -> tuple[pd.DataFrame, Any]:
    """The trial with half of the trained therapists in a third arm."""
    cohort = cohort_of()
    cohort.sample.variables["arm"].levels["o"] = "Other"
    data = DATA.copy()
    data.loc[data["therapist"].isin(["t3", "t7", "t11", "t15"]), "condition"] = "o"
    return data, cohort


def test_three_arms_have_every_difference_under_the_same_beginning_of_ids() -> None:
    data, cohort = three_arms()
    missing = {"methods": ["jump_to_reference"], "tipping_point": True}
    study = study_of(missing_outcomes=missing)
    rows = analyse_trial(data, sample_of(data), study, cohort, imputations=5).set_index("id")
    for arm in ("training", "other"):
        at = f"rct.symptoms.later.{arm}"
        for statistic in ("arm_difference", "jump_to_reference.imputed_difference",
                          "per_protocol_difference", "responder_difference"):  # fmt: skip
            assert np.isfinite(rows.loc[f"{at}.{statistic}", "estimate"])
        assert f"{at}.tipping_point" in rows.index
    found = list(plan_problems(study, cohort))
    assert any("compliers: effects in compliers are of two arms" in one for one in found)


def test_no_number_of_few_follows_from_what_is_printed_of_responders_and_harms() -> None:
    """Small categories are hidden; those who responded are shown unless they are few."""
    rows = statistics_of().reset_index()
    hidden = hidden_statistics(rows, KINDS, 5)
    estimates = rows.set_index("id")["estimate"]
    for arm in ("control", "training"):
        at = f"rct.symptoms.after.{arm}"
        for response in ("responded", "not_responded"):
            parts = [i for i in estimates.index if re.match(rf"{at}\.{response}\.\w+\.change_n", i)]
            few = [i for i in parts if 0 < estimates[i] < 5]
            assert all(i in hidden for i in few)
            assert len([i for i in parts if i in hidden]) != 1
        if min(estimates[f"{at}.{r}.response_n"] for r in ("responded", "not_responded")) < 5:
            assert "rct.symptoms.after.responder_difference" in hidden
            assert "rct.symptoms.after.number_needed_to_treat" in hidden
        assert f"{at}.visit_mean" not in hidden
        assert f"{at}.adjusted_visit_mean" not in hidden
        # The size of a part is hidden with the other part, not with what it is divided into.
        sizes = [estimates[f"{at}.{r}.response_n"] for r in ("responded", "not_responded")]
        if min(sizes) >= 5:
            assert f"{at}.responded.response_n" not in hidden
    # One adverse event: neither the difference nor the number of those without one may tell it.
    assert hidden["rct.harms.training.any.worse.harm_n"] in ("small", "complementary")
    assert "rct.harms.harm_difference" in hidden
    assert "rct.harms.training.none.any_harm_n" in hidden


def test_sizes_of_the_flow_are_hidden_with_what_they_follow_from_and_dropouts_are_not() -> None:
    """Of 24 patients of either arm, 20 are assessed; the 4 who are not are a complement."""
    rows = statistics_of().reset_index()
    hidden = hidden_statistics(rows, KINDS, 5)
    at = "rct.patient.{}.after"
    flow = rows.set_index("id")["estimate"]
    for arm in ("control", "training"):
        assert flow[f"{at.format(arm)}.not_assessed_n"] == 4
        assert f"{at.format(arm)}.not_assessed_n" not in hidden
        # Why they were not is told of no fewer than five.
        reasons = [
            i for i in flow.index if i.startswith(f"{at.format(arm)}.") and i.endswith("lost_n")
        ]
        assert all(i in hidden for i in reasons if flow[i])
    data = DATA.copy()
    few = (data["occasion"] == "later") & (data["condition"] == "c") & (data["dyad"] > "10_1")
    kept = sorted(data.loc[few & data["symptoms"].notna(), "dyad"])[:3]
    gone = (data["occasion"] == "later") & (data["condition"] == "c") & ~data["dyad"].isin(kept)
    data.loc[gone, "symptoms"] = np.nan
    rows = statistics_of(data).reset_index()
    hidden = hidden_statistics(rows, KINDS, 5)
    at = "rct.patient.control.later"
    assert rows.set_index("id").loc[f"{at}.assessed_n", "estimate"] == 3
    assert hidden[f"{at}.assessed_n"] == "small"
    assert hidden[f"{at}.not_assessed_n"] == "complementary"
    below = [i for i in rows["id"] if i.startswith(f"{at}.") and i.endswith("lost_n")]
    assert below and all(i in hidden for i in below)
    # The table of means hides what the flow hides.
    assert "rct.symptoms.later.control.visit_n" in hidden
    assert "rct.symptoms.later.control.visit_mean" in hidden
    assert "rct.patient.training.later.assessed_n" not in hidden


def test_the_level_decides_about_the_tipping_point() -> None:
    missing = {"tipping_point": True}
    found = {
        level: statistics_of(level=level, missing_outcomes=missing).loc[
            "rct.symptoms.after.tipping_point"
        ]
        for level in (0.05, 0.9)
    }
    assert "level 0.05" in found[0.05]["method"]
    assert str(found[0.05]["reason"]).startswith("The difference is not significant")
    assert not str(found[0.9]["reason"]).startswith("The difference is not significant")


def test_whoever_has_no_record_of_the_treatment() -> None:
    people = sample_of(DATA)
    treated = people["condition"] == "t"
    lacking = people["therapist"] == people.loc[treated, "therapist"].iloc[0]
    people.loc[lacking, "sessions"] = np.nan
    received = TRIAL["received"]
    found = {
        missing: statistics_of(DATA, people, received=received | {"missing": missing})
        for missing in ("not_received", "left_out")
    }
    for rows in found.values():
        assert rows.loc["rct.received.training.received_unknown_n", "estimate"] == 1
        assert rows.loc["rct.received.control.received_unknown_n", "estimate"] == 0
    effect = "rct.symptoms.after.complier_effect"
    kept = people["dyad"][~lacking]
    left_out = found["left_out"].loc[effect]
    without = statistics_of(
        DATA[DATA["dyad"].isin(kept)], people[~lacking].reset_index(drop=True), received=received
    ).loc[effect]
    assert found["not_received"].loc[effect, "n"] > left_out["n"]
    # But for the mean baseline, that of the trial without these patients.
    assert left_out["estimate"] == pytest.approx(without["estimate"], rel=1e-6)
    protocol = "rct.symptoms.after.per_protocol_difference"
    assert len({rows.loc[protocol, "estimate"] for rows in found.values()}) == 1
    # Of the reference arm nothing has to be recorded.
    nobody = people.copy()
    nobody.loc[~treated, "sessions"] = np.nan
    rows = statistics_of(DATA, nobody, received=received | {"missing": "left_out"})
    assert rows.loc[effect, "n"] == left_out["n"]


def test_the_ratio_of_responders(rows: pd.DataFrame) -> None:
    at = "rct.symptoms.after"
    shares = [
        rows.loc[f"{at}.{arm}.responded.response_percent", "estimate"]
        for arm in ("training", "control")
    ]
    found = rows.loc[f"{at}.responder_ratio"]
    assert found["estimate"] == pytest.approx(shares[0] / shares[1])
    assert found["df"] == 14
    assert found["ci_low"] < found["estimate"] < found["ci_high"]
    nobody = DATA.copy()
    control = (nobody["condition"] == "c") & (nobody["occasion"] == "after")
    nobody.loc[control & nobody["symptoms"].notna(), "symptoms"] = 60
    row = statistics_of(nobody).loc[f"{at}.responder_ratio"]
    assert pd.isna(row["estimate"]) and "Nobody of an arm responded" in row["reason"]


def test_a_characteristic_that_is_hidden_in_one_arm_is_hidden_in_all() -> None:
    """The sample as a whole is printed too, from which the arm would follow."""
    people = sample_of(DATA)
    one = people["dyad"].isin(["0_0", "0_1", "0_2"])
    people["sex"] = np.where(
        one | ((people["condition"] == "t") & (people.index % 2 == 0)), "f", "m"
    )
    rows = statistics_of(DATA, people, characteristics={"sex": "patient"}).reset_index()
    hidden = hidden_statistics(rows, KINDS, 5)
    for arm in ("control", "training"):
        for level in ("female", "male"):
            assert f"rct.sex.{arm}.{level}.baseline_count" in hidden


def spoiled(**columns: Any) -> pd.DataFrame:
    return sample_of(DATA).assign(**columns)


ARM = sample_of(DATA)["condition"]


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        (
            spoiled(condition=ARM.where(ARM.index != 0, "t")),
            r"1 of 16 therapists have patients in two arms \('t0'\)",
        ),
        (spoiled(condition="t"), "nobody is in the arm Control"),
        (spoiled(condition=ARM.where(ARM.index != 3)), r"arm is empty in 1 of 48 rows \('1_0'\)"),
        (spoiled(therapist=None), "48 of 48 rows"),
        (
            spoiled(sex=sample_of(DATA)["sex"].where(ARM.index != 0, "m")),
            r"characteristics.sex: 'sex' differs between the patients of 1 of 16 .*\('t0'\)",
        ),
        (
            spoiled(sessions=sample_of(DATA)["sessions"].where(ARM.index != 0, 1.0)),
            r"received: 'sessions' differs between the patients of 1 of 16 .*\('t0'\)",
        ),
        (spoiled(left="vanished"), r"no strategy for \['vanished'\]"),
    ],
)
def test_arms_that_contradict_the_design_are_refused(sample: pd.DataFrame, message: str) -> None:
    """By the step with the ids of people, and before it, on the cohort's page, without them."""
    with pytest.raises(AnalysisError) as error:
        statistics_of(DATA, sample)
    assert re.search(message, " ".join([error.value.heading, *error.value.problems]))
    values = MeasureValues({"available": DATA}, DATA, sample, {})
    found = [*obstacles(study_of(), cohort_of(), values)]
    ids = re.compile(r" \('[0-9t_]+'.*?\)")
    assert found == [f"trial.rct: {ids.sub('', problem)}" for problem in error.value.problems]
    assert not ids.search(" ".join(found))
    assert {check.reason for check in estimable(study_of(), cohort_of(), values)} == {STOPPED}


def test_an_outcome_of_therapists_that_differs_is_found_before_the_step() -> None:
    data = DATA.copy()
    first = (data["dyad"] == "0_0") & (data["occasion"] == "after")
    data.loc[first, "skills"] += 1
    with pytest.raises(AnalysisError) as error:
        statistics_of(data)
    values = MeasureValues({"available": data}, data, sample_of(data), {})
    found = [*obstacles(study_of(), cohort_of(), values)]
    assert found == [f"trial.rct: {problem}" for problem in error.value.problems]
    by_terms = {check.terms: check.reason for check in estimable(study_of(), cohort_of(), values)}
    assert by_terms["Skills, after"] == STOPPED
    assert by_terms["Symptoms, after"] == ""


def test_what_the_plan_asks_for_in_vain_is_no_contradiction_of_the_data() -> None:
    values = MeasureValues({"available": DATA}, DATA, sample_of(DATA), {})
    for cohort in (cohort_of(therapist=False), cohort_of(condition=False)):
        assert [*plan_problems(study_of(), cohort)]
        assert [*obstacles(study_of(), cohort, values)] == []
    assert [*obstacles(study_of(), cohort_of(), values)] == []


def test_a_visit_without_an_arm_is_named_before_the_step_as_in_it() -> None:
    data = DATA.copy()
    gone = (data["occasion"] == "later") & (data["condition"] == "c")
    data.loc[gone, "symptoms"] = np.nan
    values = MeasureValues({"available": data}, data, sample_of(data), {})
    found = {check.terms: check for check in estimable(study_of(), cohort_of(), values)}
    reason = statistics_of(data).loc["rct.symptoms.later.arm_difference", "reason"]
    assert (
        found["Symptoms, later"].reason
        == reason
        == "Nobody in the arm “Control” has the outcome at later."
    )
    assert found["Symptoms, after"].reason == "" and found["Symptoms, after"].n > 0
    assert [*obstacles(study_of(), cohort_of(), values)] == []


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
        ({"covariance": "ar1"}, "df kenward_roger, which is the default, does not exist"),
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
        ({"harms": {"variable": "age", "none": "0"}}, cohort_of(), "is not a category"),
        ({"harms": {"variable": "harm", "none": "0"}}, cohort_of(), "codes are"),
        ({"received": {"variable": "sex", "minimum": 1}}, cohort_of(), "is not a number"),
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
        ("Skills, after", 16, ""),
        ("Skills, later", 16, ""),
        ("Symptoms, after", 40, ""),
        ("Symptoms, later", 40, ""),
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


def test_imputation_goes_on_at_the_visits_that_all_arms_have() -> None:
    data = DATA.copy()
    gone = (data["occasion"] == "later") & (data["condition"] == "c")
    data.loc[gone, "symptoms"] = np.nan
    rows = statistics_of(data, missing_outcomes={"methods": ["jump_to_reference"]})
    at = "rct.symptoms.{}.jump_to_reference.imputed_difference"
    assert np.isfinite(rows.loc[at.format("after"), "estimate"])
    assert rows.loc[at.format("later"), "reason"] == "An arm has no outcome there."


def test_tables_of_an_outcome_are_made_once() -> None:
    data = trial_data("rct", study_of().trial["rct"], DATA, sample_of(DATA), cohort_of())
    assert data.wide("symptoms") is data.wide("symptoms")
    assert data.units("patient") is data.units("patient")
    assert data.wide("symptoms").shape != data.wide("skills").shape
