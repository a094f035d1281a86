"""Sudden gains in a plan: matrices of scores, counts, small numbers, and plans that do not fit."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.analyses.dyad_plans import SESSIONS, cohort_of, study_of

from attune.analyses.analysis import DraftPlan, MeasureValues
from attune.analyses.kinds import KINDS
from attune.analyses.sudden_gains.declaration import plan_problems
from attune.analyses.sudden_gains.draft import sections
from attune.analyses.sudden_gains.estimable import estimable
from attune.analyses.sudden_gains.estimate import find_sudden_gains, score_matrix
from attune.store.small_cells import hidden_statistics

GAIN = [31.0, 30, 32, 18, 17, 19, 18, 17]
REVERSED = [31.0, 30, 32, 18, 19, 20, 30, 31]
FLAT = [30.0, 31, 30, 29, 31, 30, 30, 29]
LOSS = [10.0, 11, 10, 22, 23, 22, 23, 22]


def measures(*courses: list[float]) -> pd.DataFrame:
    """One patient per course of depression."""
    return pd.DataFrame(
        {
            "dyad": f"d{patient}",
            "occasion": session,
            "imputation": 0,
            "bdi": score,
        }
        for patient, course in enumerate(courses)
        for session, score in zip(SESSIONS, course, strict=True)
    )


def rows_of(data: pd.DataFrame, **keys: Any) -> pd.DataFrame:
    return find_sudden_gains(data, study_of(sudden=keys)).set_index("id")


def counts(rows: pd.DataFrame, event: str) -> list[float]:
    prefix = f"sudden.bdi.{event}"
    names = ("with.gain_patients", "without.gain_patients", "all.gain_events")
    return [rows.loc[f"{prefix}.{name}", "estimate"] for name in names]


def test_gains_losses_and_reversals_are_counted() -> None:
    rows = rows_of(measures(GAIN, REVERSED, FLAT, LOSS))
    assert counts(rows, "gains") == [2, 2, 2]
    # The course that turns back is a loss, too.
    assert counts(rows, "losses") == [2, 2, 2]
    prefix = "sudden.bdi.gains"
    states = [
        rows.loc[f"{prefix}.outcome.{state}.reversal_events", "estimate"]
        for state in ("reversed", "kept", "not_followed")
    ]
    assert states == [1, 1, 0]
    assert rows.loc[f"{prefix}.gain_magnitude", "estimate"] == 14
    assert rows.loc[f"{prefix}.with.gain_percent", "estimate"] == 50
    assert rows.loc[f"{prefix}.gain_intervals", "estimate"] == 4 * 5


def test_the_course_is_that_of_the_first_gain() -> None:
    rows = rows_of(measures(GAIN, FLAT))
    course = rows[rows["statistic"] == "course_mean"]
    assert course["estimate"].tolist() == GAIN[:6]
    assert course["n"].tolist() == [1] * 6


def test_a_patient_with_two_gains_counts_once_in_the_course() -> None:
    twice = [60.0, 60, 45, 44, 45, 30, 29, 30]
    rows = rows_of(measures(twice))
    prefix = "sudden.bdi.gains"
    assert rows.loc[f"{prefix}.all.gain_events", "estimate"] == 2
    assert rows.loc[f"{prefix}.all.several_gains", "estimate"] == 1
    course = rows[rows["statistic"] == "course_mean"]
    assert pd.isna(course["estimate"].iloc[0]), "there is no session three before"
    assert course["estimate"].tolist()[1:] == twice[:5]


def test_sessions_stand_in_the_declared_order() -> None:
    data = measures(GAIN).sample(frac=1, random_state=1)
    assert score_matrix(data, "bdi", SESSIONS, 0).tolist() == [GAIN]
    other = [*SESSIONS[1:], SESSIONS[0]]
    assert score_matrix(data, "bdi", other, 0).tolist() == [[*GAIN[1:], GAIN[0]]]


def test_a_missing_session_is_never_bridged() -> None:
    data = measures(GAIN, FLAT)
    data.loc[(data["dyad"] == "d0") & (data["occasion"] == "session_4"), "bdi"] = np.nan
    assert counts(rows_of(data), "gains") == [0, 2, 0]


def test_patients_without_any_score_are_not_counted() -> None:
    data = measures(GAIN, FLAT)
    data.loc[data["dyad"] == "d1", "bdi"] = np.nan
    assert rows_of(data).loc["sudden.bdi.scored_n", "estimate"] == 1


def test_the_cutoff_is_the_reliable_change() -> None:
    data = measures(GAIN, FLAT, LOSS)
    given = rows_of(data, gains={"cutoff": {"reliability": 0.93, "sd": 10.5}})
    assert given.loc["sudden.bdi.gain_cutoff", "estimate"] == pytest.approx(7.7, abs=0.01)
    own = rows_of(data, gains={"cutoff": {"reliability": 0.93}})
    sd = np.std([31, 30, 10], ddof=1)
    expected = 1.96 * sd * np.sqrt(2 * 0.07)
    assert own.loc["sudden.bdi.gain_cutoff", "estimate"] == pytest.approx(expected)


def test_a_first_session_that_does_not_vary_has_no_reliable_change() -> None:
    rows = rows_of(measures(FLAT, FLAT), gains={"cutoff": {"reliability": 0.9}})
    assert "declare its sd" in rows.loc["sudden.bdi.gains.with.gain_patients", "reason"]
    assert rows.loc["sudden.bdi.early.response_n", "estimate"] == 2, "the rest goes on"


def test_early_response() -> None:
    rows = rows_of(measures(GAIN, FLAT, FLAT, FLAT))
    prefix = "sudden.bdi.early"
    assert rows.loc[f"{prefix}.responded.response_patients", "estimate"] == 1
    assert rows.loc[f"{prefix}.not_responded.response_percent", "estimate"] == 75
    improvement = 100 * np.mean([13 / 31, 1 / 30, 1 / 30, 1 / 30])
    assert rows.loc[f"{prefix}.early_improvement", "estimate"] == pytest.approx(improvement)


def test_early_response_alone_needs_two_occasions() -> None:
    keys: dict[str, Any] = {"gains": None, "occasions": SESSIONS[:2]}
    study = study_of(sudden=keys | {"early_response": {"occasion": "session_2", "share": 0.5}})
    assert [*plan_problems(study, cohort_of())] == []
    rows = find_sudden_gains(measures(GAIN), study)
    assert not rows["id"].str.contains("gains").any() and len(rows) > 3


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (measures([30.0] + [np.nan] * 7), "No patient has the scores around any interval"),
        (measures([np.nan] * 8), "There are no scores."),
        (measures([-3.0, *FLAT[1:]]), "needs scores that are not negative"),
    ],
)
def test_what_cannot_be_found_is_undefined_with_a_reason(data: pd.DataFrame, reason: str) -> None:
    rows = rows_of(data)
    name = "sudden.bdi.gains.with.gain_patients"
    assert pd.isna(rows.loc[name, "estimate"]) and reason in rows.loc[name, "reason"]
    early = rows.loc["sudden.bdi.early.responded.response_patients", "reason"]
    assert early


@pytest.mark.parametrize(("n_gains", "n_flat"), [(3, 20), (20, 3), (2, 2)])
def test_neither_group_follows_from_the_other(n_gains: int, n_flat: int) -> None:
    """Not by the other group, the number examined, the events, their size or the percentages."""
    rows = rows_of(measures(*[GAIN] * n_gains, *[FLAT] * n_flat)).reset_index()
    hidden = hidden_statistics(rows, KINDS, 5)
    shown = {name for name in rows["id"] if ".gains." in name} - set(hidden)
    values = rows.set_index("id").loc[sorted(shown)]
    with_numbers = values[~values["statistic"].isin(["course_mean"])]
    small = min(n_gains, n_flat)
    assert small not in with_numbers["estimate"].tolist()
    assert "sudden.bdi.gains.examined_n" not in shown
    assert not any("gain_percent" in name or "gain_patients" in name for name in shown)
    assert not any("magnitude" in name for name in shown)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"gains": None, "early_response": None}, "needs 'gains'"),
        ({"gains": {"cutoff": None, "share": None, "stability": None}}, "needs a cutoff, a share"),
        ({"gains": {"cutoff": -1}}, "cutoff"),
        ({"gains": {}}, "cutoff"),
        ({"gains": {"cutoff": 7, "share": 25}}, "share"),
        ({"occasions": ["session_1", "session_1"]}, "names one twice"),
        ({"measures": ["bdi_pre"]}, "'bdi_pre' is not declared"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(change: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        study_of(sudden=change)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"occasions": SESSIONS[:3], "early_response": None}, "at least 4 occasions in a row"),
        ({"occasions": ["sesion_1", *SESSIONS[1:]]}, "Did you mean 'session_1'"),
        ({"early_response": {"occasion": "session_1", "share": 0.5}}, "after the first"),
        ({"early_response": {"occasion": "session_9", "share": 0.5}}, "after the first"),
    ],
)
def test_occasions_that_do_not_fit_are_named(change: Any, words: str) -> None:
    [problem] = plan_problems(study_of(sudden=change), cohort_of())
    assert words in problem


def test_the_cohort_page_lists_gains_and_response() -> None:
    data = measures(GAIN, FLAT)
    values = MeasureValues({"available": pd.DataFrame()}, data, pd.DataFrame(), {})
    found = [*estimable(study_of(), cohort_of(), values)]
    assert [(one.kind, one.n, one.reason) for one in found] == [
        ("sudden gains", 2, ""),
        ("early response", 2, ""),
    ]
    absent = MeasureValues({"available": pd.DataFrame()}, data, pd.DataFrame(), {"bdi": "no bdi"})
    assert all("no bdi" in one.reason for one in estimable(study_of(), cohort_of(), absent))


def test_a_draft_has_an_example_from_four_occasions_on() -> None:
    def drafted(n: int) -> list[str]:
        repeated = {"instrument: bdi_ii": SESSIONS[:n]}
        return [*sections(DraftPlan([], [], set(), [], [], 0, True, repeated))]

    assert drafted(3) == []
    assert "#     occasions: [session_1, session_2, session_3, session_4]" in drafted(4)
