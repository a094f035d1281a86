"""Shares of therapists in every study that shares therapists, without a declaration."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.analyses.one_file_cohort import ARMS, one_file_cohort, questionnaires

from attune.analyses.sample.therapists import therapist_rows, therapist_scores
from attune.analyses.study import StudyFile
from attune.specs.cohort import Cohort

SCORED = {"instrument": "mood", "scale": "total", "rater": "patient"}


def study_of(**changes: Any) -> Any:
    measures = {
        "before": {"label": "Before", **SCORED, "occasion": "intake"},
        "after": {"label": "After", **SCORED, "occasion": "end"},
        "alliance": {"label": "Alliance", **SCORED, "occasion": "end", "state": "x"},
        "skill": {"label": "Skill", **SCORED, "occasion": "intake", "state": "y"},
    }
    content = {
        "study": "s",
        "title": "S",
        "authors": [],
        "template": "generic",
        "measures": measures,
        "outcomes": {"gain": {"label": "Gain", "pretest": "before", "posttest": "after"}},
        "imputation": {"method": "none"},
    }
    return StudyFile.model_validate(content | changes)


def cohort_of(arms: bool = False) -> Cohort:
    forms = questionnaires([("mood", "patient", "m")], ["intake"])
    variables = {"arm": ARMS} if arms else {}
    return one_file_cohort(variables, condition=arms, questionnaires=forms)


def tables(caseload: int = 4, n_therapists: int = 10) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(2)
    n = caseload * n_therapists
    therapist = np.repeat(np.arange(n_therapists), caseload)
    people = pd.DataFrame(
        {
            "dyad": [f"d{i}" for i in range(n)],
            "patient": [f"p{i}" for i in range(n)],
            "therapist": [f"t{i}" for i in therapist],
            "condition": ["ab"[i % 2] for i in therapist],
        }
    )
    before = rng.standard_normal(n)
    own = rng.standard_normal(n_therapists)
    arm = 3.0 * (people["condition"] == "b").to_numpy()
    measures = people.assign(
        occasion="",
        imputation=0,
        before=before,
        after=before + own[therapist] + arm + rng.standard_normal(n),
        alliance=rng.standard_normal(n),
        skill=own[therapist],
    )
    return people, measures


def rows_of(
    people: pd.DataFrame, measures: pd.DataFrame, study: Any = None, **more: Any
) -> pd.DataFrame:
    cohort = more.pop("cohort", None) or cohort_of()
    rows = therapist_rows(people, measures, study or study_of(), cohort, **more)
    return pd.DataFrame(rows).set_index("id") if rows else pd.DataFrame()


def test_every_score_of_patients_has_a_share_and_therapists_own_scores_have_none() -> None:
    rows = rows_of(*tables())
    shares = rows[rows["statistic"] == "variance_share"]
    assert shares.index.tolist() == [
        "therapists.gain.variance_share",
        "therapists.alliance.variance_share",
    ]
    assert shares["n"].tolist() == [40, 40]
    assert (
        (shares["ci_low"] <= shares["estimate"]) & (shares["estimate"] <= shares["ci_high"])
    ).all()
    assert "given the pretest" in shares["method"].iloc[0]
    assert "given" not in shares["method"].iloc[1]
    assert rows.loc["therapists.several.n", "estimate"] == 10
    assert rows.loc["therapists.few.n", "estimate"] == 10
    assert rows.loc["therapists.gain.therapists_in_model", "estimate"] == 10


def test_the_share_of_an_outcome_is_given_the_condition() -> None:
    """Three units between the arms, in which therapists are, count as theirs if not for it."""
    alone = rows_of(*tables()).loc["therapists.gain.variance_share"]
    given = rows_of(*tables(), cohort=cohort_of(arms=True)).loc["therapists.gain.variance_share"]
    assert given["estimate"] < alone["estimate"] - 0.1
    assert "given the pretest and the condition" in given["method"]


def test_deviations_ascend_without_a_name_and_without_single_patients() -> None:
    people, measures = tables()
    kept = ~measures["dyad"].isin(["d1", "d2", "d3"])  # therapist t0 keeps one patient
    rows = rows_of(people, measures[kept])
    own = rows[(rows["statistic"] == "deviation") & (rows["outcome"] == "gain")]
    assert len(own) == 9 and own["n"].min() == 4
    assert own["estimate"].is_monotonic_increasing
    assert own.index[0] == "therapists.gain.therapist_01.deviation"
    assert not rows.astype(str).apply(lambda column: column.str.fullmatch(r"t\d")).any().any()


def test_a_variance_of_0_has_no_deviations() -> None:
    """All therapists have the same mean: the order of deviations would be rounding errors."""
    people, measures = tables()
    even = measures.assign(alliance=[-3.0, -1.0, 1.0, 3.0] * 10)
    rows = rows_of(people, even)
    own = rows[rows["outcome"] == "alliance"]["statistic"].tolist()
    assert own == ["therapists_in_model", "variance_share", "variance_test"]
    assert rows.loc["therapists.alliance.variance_share", "ci_high"] > 0


def test_one_patient_each_gives_counts_alone() -> None:
    rows = rows_of(*tables(caseload=1))
    assert rows["estimate"].to_dict() == {"therapists.several.n": 0, "therapists.few.n": 10}


def test_no_therapist_gives_nothing() -> None:
    people, measures = tables()
    assert rows_of(people.assign(therapist=None), measures.assign(therapist=None)).empty


def test_measures_by_occasion_are_taken_at_their_last_occasion() -> None:
    people, measures = tables()
    later = measures.assign(occasion="end", alliance=measures["alliance"] + 1)
    never = measures.assign(occasion="follow_up", alliance=np.nan)
    long = pd.concat([measures.assign(occasion="intake"), later, never])
    study = study_of(
        occasions=["intake", "end", "follow_up"],
        measures={"alliance": {"label": "Alliance", **SCORED}},
        outcomes={},
    )
    assert [one.by_occasion for one in therapist_scores(study)] == [True]
    row = rows_of(people, long, study).loc["therapists.alliance.variance_share"]
    assert (row["occasion"], row["n"]) == ("end", 40)


def test_a_score_that_nobody_has_gives_a_reason() -> None:
    people, measures = tables()
    rows = rows_of(people, measures.assign(alliance=np.nan))
    row = rows.loc["therapists.alliance.variance_share"]
    assert np.isnan(row["estimate"]) and "two or more, found 0" in row["reason"]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_seed_is_stored(seed: int) -> None:
    rows = rows_of(*tables(), seed=seed)
    assert rows.loc["therapists.gain.variance_share", "seed"] == seed
