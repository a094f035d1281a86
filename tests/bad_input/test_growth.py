"""Growth models of a plan that does not fit the data; the rest of the run goes on."""

from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.conftest import Project

LINE = [
    *("validate_responses", "score_scales", "impute_measures", "compute_residual_gains"),
    *("correlate_measures", "fit_growth", "build_tables"),
]
SESSIONS = ["intake", "termination"]
EXCHANGED = {"intake": (0, 1), "termination": (4, 5)}
GROWTH: dict[str, Any] = {
    "title": "Growth",
    "dataset": "available",
    "outcomes": ["iip_at"],
    "time": {"occasions": {"intake": 0, "termination": 30}, "unit": "sessions"},
    "random": {"patient": "intercept", "therapist": "none"},
    "reason": "Distress falls.",
}


def statistics_of(project: Project, **predictor: Any) -> dict[str, dict[str, Any]]:
    """The line with a growth model of one predictor.

    Therapists answer the same questionnaire after both sessions, always with the same total.
    """
    with project.table("therapists.csv") as lines:
        answers = [line[1:] for line in lines]
    for session in SESSIONS:
        with project.table(f"{session}.csv") as lines:
            for number, (line, own) in enumerate(zip(lines, answers, strict=True)):
                # None of these items is reversed: their exchange leaves the total as it is.
                first, second = EXCHANGED[session] if number else (0, 0)
                own[first], own[second] = own[second], own[first]
                line += own
    with project.cohort() as cohort:
        [form] = [one for one in cohort["questionnaires"] if one["instrument"] == "kims"]
        cohort["questionnaires"] += [form | {"occasion": one, "file": one} for one in SESSIONS]
    with project.study() as study:
        del study["conditions"]
        kept = ("correlation_matrix", "correlation_details", "violations")
        study["tables"] = {k: t for k, t in study["tables"].items() if t["kind"] in kept}
        study["occasions"] = SESSIONS
        study["measures"]["iip_at"] = {
            "label": "IIP-32", "instrument": "iip_32", "scale": "mean", "rater": "patient"
        }  # fmt: skip
        study["measures"]["skill_at"] = {
            "label": "Skill", "instrument": "kims", "scale": "total", "rater": "therapist"
        }  # fmt: skip
        study["growth"] = {"course": GROWTH | {"predictors": {"skill": predictor}}}
    done = project.run_line(*LINE, statistics=["violations", "correlations", "growth"])
    assert done.status == 0, done.said
    return {
        row["id"]: row
        for name in ("growth", "correlations")
        for row in pq.read_table(project.results / f"statistics/{name}.parquet").to_pylist()
    }


@pytest.mark.parametrize(
    ("predictor", "reason"),
    [
        (
            {"measure": "skill_at", "split": False},
            "the predictor skill is declared with `level: session`, but the measure 'skill_at'"
            " does not vary within patients; give the measure the `occasion` that it belongs to,"
            " and declare `level: patient`",
        ),
        (
            {"measure": "skill_at"},
            "the predictor skill is declared with `level: session`, but the measure 'skill_at'"
            " does not vary within patients; give the measure the `occasion` that it belongs to,"
            " and declare `level: patient`",
        ),
        (
            {"variable": "condition"},
            "the predictor skill is declared with `level: session`, but the category 'condition'"
            " of the sample sheet does not vary within patients; declare `level: patient`",
        ),
    ],
    ids=["unsplit", "split", "category"],
)
def test_a_predictor_of_sessions_that_never_differs_within_patients(
    project: Project, predictor: dict[str, Any], reason: str
) -> None:
    rows = statistics_of(project, level="session", **predictor)
    slope = rows["course.iip_at.time.fixed_effect"]
    assert slope["estimate"] is None and reason in slope["reason"], slope["reason"]
    assert rows["mindful.kims.iip.pearson_r"]["estimate"] is not None, "the rest goes on"


def test_the_remedy_is_accepted(project: Project) -> None:
    rows = statistics_of(project, variable="condition", level="patient")
    slope = rows["course.iip_at.time.fixed_effect"]
    assert slope["reason"] is None and slope["estimate"] is not None
