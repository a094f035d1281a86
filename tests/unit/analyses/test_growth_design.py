"""Rows and columns of growth models."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from attune.analyses.growth.declaration import Growth, TimeScale
from attune.analyses.growth.design import growth_design, time_columns
from attune.specs.errors import AnalysisError

TIMES = {"s3": 3, "s12": 12, "s20": 20}


def model(**changes: Any) -> Growth:
    declared: dict[str, Any] = {
        "title": "Growth",
        "dataset": "available",
        "outcomes": ["wai"],
        "time": {"occasions": TIMES, "unit": "sessions", "origin": 3},
    }
    return Growth.model_validate(declared | changes)


@pytest.fixture
def measures() -> pd.DataFrame:
    """Three dyads of two therapists at three sessions; a dyad without its last session."""
    rows = [
        {"dyad": dyad, "therapist": therapist, "patient": dyad, "condition": arm, "occasion": occ}
        for dyad, therapist, arm in (("1", "a", "x"), ("2", "a", "y"), ("3", "b", "x"))
        for occ in TIMES
    ]
    frame = pd.DataFrame(rows)
    frame["wai"] = [50.0, 52, 54, 60, 61, np.nan, 40, 44, 45]
    frame["wai_t"] = [55.0, 56, 57, 58, np.nan, np.nan, 50, 51, 52]
    frame["anxiety"] = [2.0, 2, 2, 2, 2, 2, 5, 5, 5]
    frame["mood"] = [1.0, 2, 3, 4, 6, 8, 5, 5, np.nan]
    return frame


@pytest.fixture
def sample() -> pd.DataFrame:
    return pd.DataFrame({"dyad": ["1", "2", "3"], "sex": ["f", "m", "f"]})


def test_a_row_is_a_rating(measures: pd.DataFrame, sample: pd.DataFrame) -> None:
    design = growth_design(measures, sample, model(outcomes=["wai", "wai_t"]), {}, {})
    assert len(design.frame) == 8 + 7
    assert (design.count("dyad"), design.count("therapist"), design.count("session")) == (3, 2, 8)
    second = design.frame[design.frame["outcome"] == "wai_t"]
    assert (second["wai__intercept"] == 0).all() and (second["wai_t__intercept"] == 1).all()
    assert design.frame.groupby("outcome")["wai__time"].max().tolist() == [17.0, 0.0]


def test_predictors_of_therapists_are_centred_over_therapists(
    measures: pd.DataFrame, sample: pd.DataFrame
) -> None:
    plan = model(predictors={"anxiety": {"measure": "anxiety", "level": "therapist"}})
    frame = growth_design(measures, sample, plan, {}, {}).frame
    assert sorted(set(frame["wai__anxiety"])) == [-1.5, 1.5], "2 and 5: one value per therapist"
    product = frame["wai__anxiety"] * frame["wai__time"]
    assert frame["wai__anxiety_by_time"].tolist() == product.tolist()


def test_a_predictor_of_sessions_is_split(measures: pd.DataFrame, sample: pd.DataFrame) -> None:
    plan = model(predictors={"mood": {"measure": "mood", "level": "session", "growth": False}})
    design = growth_design(measures, sample, plan, {}, {})
    frame = design.frame
    assert [term.name for term in design.terms] == [
        "intercept", "time", "mood_within", "mood_between"
    ]  # fmt: skip
    assert design.n_left_out == 1, "the rating of dyad 3 without a mood"
    assert frame.groupby("dyad")["wai__mood_within"].sum().abs().max() < 1e-12
    # Means of the moods of rated sessions: 2, 5, 5; their mean is 4.
    assert frame.groupby("dyad")["wai__mood_between"].first().tolist() == [-2.0, 1.0, 1.0]


def test_a_predictor_of_patients_may_be_split_within_therapists(
    measures: pd.DataFrame, sample: pd.DataFrame
) -> None:
    measures["age"] = [20.0] * 3 + [30.0] * 3 + [60.0] * 3
    plan = model(
        predictors={"age": {"measure": "age", "level": "patient", "split": True, "growth": False}}
    )
    frame = growth_design(measures, sample, plan, {}, {}).frame
    assert frame.groupby("dyad")["wai__age_within"].first().tolist() == [-5.0, 5.0, 0.0]
    assert frame.groupby("dyad")["wai__age_between"].first().tolist() == [-17.5, -17.5, 17.5]


def test_conditions_and_categories_are_compared_with_the_first(
    measures: pd.DataFrame, sample: pd.DataFrame
) -> None:
    plan = model(condition=True, predictors={"sex": {"variable": "sex", "level": "patient"}})
    design = growth_design(
        measures, sample, plan, {"x": "X", "y": "Y"}, {"sex": {"m": "Male", "f": "Female"}}
    )
    by_dyad = design.frame.groupby("dyad")[["wai__condition", "wai__sex"]].first()
    assert by_dyad.to_numpy().tolist() == [[0, 1], [1, 0], [0, 1]]


def test_three_levels_have_two_columns(measures: pd.DataFrame, sample: pd.DataFrame) -> None:
    sample["site"] = ["Oslo", "Bergen", "Tromsø"]
    plan = model(predictors={"site": {"variable": "site", "level": "patient", "growth": False}})
    design = growth_design(
        measures,
        sample,
        plan,
        {},
        {"site": {"Oslo": "Oslo", "Bergen": "Bergen", "Tromsø": "Tromsø"}},
    )
    assert [t.name for t in design.terms][2:] == ["site_bergen", "site_troms"]
    assert {t.base for t in design.terms[2:]} == {"site"}


def test_a_predictor_of_therapists_that_differs_is_refused(
    measures: pd.DataFrame, sample: pd.DataFrame
) -> None:
    measures.loc[0, "anxiety"] = 4.0
    plan = model(predictors={"anxiety": {"measure": "anxiety", "level": "therapist"}})
    with pytest.raises(AnalysisError) as raised:
        growth_design(measures, sample, plan, {}, {})
    assert "'anxiety' differs between patients of 1 therapists" in raised.value.problems[0]


def test_small_therapists_can_be_left_out(measures: pd.DataFrame, sample: pd.DataFrame) -> None:
    design = growth_design(measures, sample, model(minimum_patients=2), {}, {})
    assert design.count("therapist") == 1 and design.n_few == 3


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("linear", {"time": [0.0, 9.0, 17.0]}),
        ("log", {"time": np.log([1, 4, 20 / 3]).tolist()}),
        ("quadratic", {"time": [0.0, 9.0, 17.0], "time_squared": [0.0, 81.0, 289.0]}),
        ("piecewise", {"time": [0.0, 9.0, 9.0], "time_after": [0.0, 0.0, 8.0]}),
    ],
)
def test_shapes_of_time(shape: str, expected: dict[str, list[float]]) -> None:
    declared = {"occasions": TIMES, "unit": "sessions", "origin": 3, "shape": shape}
    scale = TimeScale.model_validate(declared | ({"knot": 12} if shape == "piecewise" else {}))
    found = time_columns(np.array([3.0, 12.0, 20.0]), scale)
    assert {name: values.tolist() for name, values in found.items()} == {
        name: pytest.approx(values) for name, values in expected.items()
    }


@pytest.mark.parametrize(
    ("time", "problem"),
    [
        ({"occasions": {"a": 2, "b": 2}}, "times must ascend in the order of the occasions"),
        (
            {"occasions": {"a": 0, "b": 2}, "shape": "log", "origin": 1},
            "shape log needs times and an or",
        ),
        (
            {"occasions": {"a": 1, "b": 2}, "shape": "quadratic"},
            "needs 3 or more occasions, found 2",
        ),
        ({"occasions": {"a": 1, "b": 2, "c": 3}, "shape": "piecewise"}, "needs the key 'knot'"),
        (
            {"occasions": {"a": 1, "b": 2, "c": 3}, "shape": "piecewise", "knot": 3},
            "knot must lie between",
        ),
        ({"occasions": {"a": "first", "b": 2}}, "valid number"),
    ],
)
def test_impossible_times_are_refused(time: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        model(time={"unit": "sessions", **time})


def test_names_of_predictors_must_be_free() -> None:
    mood = {"measure": "mood", "level": "session"}
    with pytest.raises(ValueError, match="names of terms of every model"):
        model(predictors={"time": mood})
    with pytest.raises(ValueError, match="terms of other predictors"):
        model(predictors={"mood": mood, "mood_within": mood})
