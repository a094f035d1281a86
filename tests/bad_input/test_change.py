"""Change that cannot be tested: each case has a reason in words, and the other results go on."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from attune.analyses.conditions.declaration import Conditions
from attune.analyses.conditions.estimate import compare_conditions
from attune.analyses.correlations.declaration import Correlations
from attune.analyses.correlations.estimate import correlate_measures
from attune.analyses.gains.estimate import regress_posttest
from attune.specs.study import Outcome
from attune.stats.regression import is_constant

OUTCOME = {"gain": Outcome(label="Gain", pretest="before", posttest="after")}


def dyads(n: int = 24) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    before = rng.normal(20, 5, n)
    return pd.DataFrame(
        {
            "condition": ["a", "b"] * (n // 2) + ["a"] * (n % 2),
            "before": before,
            "after": 0.6 * before + rng.normal(0, 3, n),
            "skill": rng.normal(size=n),
            "calm": rng.normal(size=n),
        }
    )


def with_gain(frame: pd.DataFrame) -> pd.DataFrame:
    """The residual gain where it exists, as the step before leaves it."""
    if is_constant(frame["before"].to_numpy()) or len(frame) < 4:
        return frame.assign(gain=np.nan)
    fit = regress_posttest(frame["before"].to_numpy(), frame["after"].to_numpy())
    return frame.assign(gain=fit.residual)


def correlated(frame: pd.DataFrame, **keys: Any) -> pd.DataFrame:
    declared = {"title": "", "x": ["skill", "calm"], "y": ["gain"], "dataset": "available"}
    family = Correlations.model_validate(declared | keys)
    rows = correlate_measures(
        {"available": with_gain(frame)},
        {"f": family},
        OUTCOME,
        bootstrap_samples=999,
        permutations=999,
        seed=1,
    )
    return rows.set_index("id")


def compared(frame: pd.DataFrame) -> pd.DataFrame:
    declared = {"title": "", "measures": ["calm", "gain"], "dataset": "available"}
    rows = compare_conditions(
        {"available": with_gain(frame)},
        {"f": Conditions.model_validate(declared)},
        OUTCOME,
        levels={"a": "A", "b": "B"},
    )
    return rows.set_index("id")


@pytest.mark.parametrize(
    ("spoil", "reason", "other_goes_on"),
    [
        (lambda frame: frame.assign(skill=3 - 2 * frame["before"]), "pretest", True),
        (lambda frame: frame.assign(skill=1.0), "The same value in all 24 dyads: skill", True),
        (lambda frame: frame.assign(before=10.0), "The pretest has the same value in all", False),
        (lambda frame: frame.assign(after=0.0), "The same value in all 24 dyads: gain", False),
        (lambda frame: frame.head(3), "dyads", False),
    ],
    ids=["collinear", "constant x", "constant pretest", "all at the floor", "fewer than terms"],
)
def test_an_association_with_change_that_cannot_be_tested(
    spoil: Callable[[pd.DataFrame], pd.DataFrame], reason: str, other_goes_on: bool
) -> None:
    rows = correlated(spoil(dyads()))
    row = rows.loc["f.skill.gain.ancova_r"]
    assert np.isnan(row["estimate"]) and reason in row["reason"], row["reason"]
    assert np.isfinite(rows.loc["f.calm.gain.ancova_r", "estimate"]) == other_goes_on


@pytest.mark.parametrize("interval", ["robust", "sandwich", "bca"])
def test_a_declared_interval_that_does_not_exist_has_a_reason(interval: str) -> None:
    """Too few dyads for a jackknife: the row says so, and the correlation itself stays."""
    frame = dyads(4)
    rows = correlated(frame, interval=interval, test="residual_gain")
    for statistic in ("robust_r", "sandwich_r"):
        row = rows.loc[f"f.skill.gain.{statistic}"]
        exists = np.isfinite(row["ci_low"]) and np.isfinite(row["ci_high"])
        assert exists == np.isfinite(row["estimate"]) == (row["reason"] is None)


@pytest.mark.parametrize("test", ["ancova", "residual_gain"])
@pytest.mark.parametrize("interval", ["fisher_z", "robust", "sandwich", "bca"])
@pytest.mark.parametrize("n", [4, 5, 6, 8])
def test_few_dyads_have_rows_or_reasons(n: int, interval: str, test: str) -> None:
    rows = correlated(dyads(n), interval=interval, test=test)
    without = rows[rows["estimate"].isna()]
    assert without["reason"].notna().all()
    assert np.isfinite(rows.loc["f.skill.gain.pearson_r", "estimate"])


@pytest.mark.parametrize("test", ["ancova", "residual_gain"])
def test_no_correlation_is_detectable_beside_a_pretest_that_is_nearly_x(test: str) -> None:
    frame = dyads()
    near = frame["before"] + np.random.default_rng(5).normal(0, 0.5, len(frame))
    row = correlated(frame.assign(skill=near), test=test).loc["f.skill.gain.minimum_detectable_r"]
    if test == "residual_gain":
        assert np.isnan(row["estimate"])
        assert "no correlation is found with power 0.8" in row["reason"]
    else:
        assert np.isfinite(row["estimate"])


@pytest.mark.parametrize("test", ["ancova", "residual_gain"])
def test_a_function_of_the_pretest_has_no_association_with_the_gain(test: str) -> None:
    frame = dyads()
    rows = correlated(frame.assign(skill=3 - 2 * frame["before"]), test=test)
    row = rows.loc["f.skill.gain.pearson_r"]
    assert np.isnan(row["estimate"]) and "linear function of the pretest" in row["reason"]


def test_a_plan_that_asks_for_an_interval_that_there_is_not_is_refused() -> None:
    declared = {"title": "", "x": ["a"], "y": ["b"], "dataset": "available"}
    with pytest.raises(ValueError, match="'fisher_z', 'robust', 'sandwich' or 'bca'"):
        Correlations.model_validate(declared | {"interval": "hc3"})


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda frame: frame.drop(frame.index[frame["condition"] == "b"][1:]), "dyads"),
        (lambda frame: frame.assign(before=10.0), "pretest"),
        (lambda frame: frame.assign(before=(frame["condition"] == "a").astype(float)), "pretest"),
        (lambda frame: frame[frame["condition"] == "a"], "dyads"),
    ],
    ids=["a group of one", "constant pretest", "pretest is the group", "one group"],
)
def test_groups_that_cannot_be_compared_in_change(
    spoil: Callable[[pd.DataFrame], pd.DataFrame], reason: str
) -> None:
    rows = compared(spoil(dyads()))
    row = rows.loc["f.gain.ancova_t"]
    assert np.isnan(row["estimate"]) and reason in row["reason"], row["reason"]
    assert rows.loc["f.calm.a.mean"].notna()["estimate"], "the rest goes on"
