"""pingouin confirms the stored statistics, and every one that was changed is named."""

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.conftest import Project

from attune.analyses.conditions.declaration import Conditions
from attune.analyses.conditions.estimate import compare_conditions
from attune.analyses.correlations.declaration import Correlations
from attune.analyses.correlations.estimate import correlate_measures
from attune.analyses.reliability.estimate import estimate_reliability
from attune.record.confirmation import confirm_statistics
from attune.specs.errors import StatisticError
from attune.store.contracts import RESPONSES
from attune_files.parquet import read_parquet
from attune_files.yaml_file import read_instruments

LEVELS = {"1": "First", "2": "Second"}
LINE = ("validate_responses", "score_scales", "estimate_reliability", "impute_measures",
        "compute_residual_gains", "correlate_measures", "compare_conditions", "fit_growth",
        "describe_sample", "confirm_statistics")  # fmt: skip


def measures(conditions: int = 2, n: int = 31) -> pd.DataFrame:
    """Related measures with a missing value each, and dyads without a condition."""
    random = np.random.default_rng(8)
    x = random.normal(size=n)
    frame = pd.DataFrame({"x": x, "y": np.round(x + random.normal(size=n), 1), "twice": 2 * x + 1})
    frame["condition"] = [str(1 + number % conditions) for number in range(n)]
    frame.loc[3, "x"] = frame.loc[5, "y"] = np.nan
    frame.loc[7, "condition"] = None
    frame["same"] = frame["x"]
    return frame


def correlations(frame: pd.DataFrame, direction: str | None = None) -> pd.DataFrame:
    family = {"title": "Pairs", "x": ["x", "twice"], "y": ["y", "same"], "direction": direction}
    declared = Correlations(dataset="available", hold_condition=True, **family)  # type: ignore[arg-type]
    return correlate_measures({"available": frame}, {"pairs": declared}, seed=1,
                              bootstrap_samples=0, permutations=0)  # fmt: skip


def confirmed(statistics: pd.DataFrame, frame: pd.DataFrame, **choices: Any) -> dict[str, Any]:
    """What is confirmed of statistics without responses."""
    responses = pd.DataFrame(columns=RESPONSES.schema.names)
    choices = {"levels": LEVELS} | choices
    return confirm_statistics(statistics, {"available": frame}, responses, {}, **choices)


@pytest.mark.parametrize("direction", [None, "positive", "negative"])
@pytest.mark.parametrize("conditions", [2, 3])
def test_correlations_are_confirmed(direction: str | None, conditions: int) -> None:
    frame = measures(conditions)
    found = confirmed(correlations(frame, direction), frame)
    # Those of x with a copy and with a multiple of itself have no partial correlation.
    assert found["confirmed"] == {"partial_r": 2, "pearson_r": 4, "spearman_rho": 4}
    assert found["software"].startswith("pingouin ")
    assert found["largest_relative_difference"] < found["tolerance"]


@pytest.mark.parametrize("variances", ["pooled", "welch"])
@pytest.mark.parametrize("conditions", [2, 3])
def test_comparisons_are_confirmed(variances: Any, conditions: int) -> None:
    frame = measures(conditions)
    levels = LEVELS | ({"3": "Third"} if conditions == 3 else {})
    declared = Conditions(title="Arms", measures=["x", "y"], dataset="available")
    stored = compare_conditions({"available": frame}, {"arms": declared}, levels=levels,
                                variances=variances)  # fmt: skip
    found = confirmed(stored, frame, levels=levels, variances=variances)["confirmed"]
    assert found == ({"f": 2} if conditions == 3 else {"cohen_d": 2, "hedges_g": 2, "t": 2})
    if conditions == 2:
        with pytest.raises(StatisticError, match=r"arms\.x\.t"):
            confirmed(stored, frame, levels=dict(reversed(levels.items())), variances=variances)
        turned = {"arms": levels}
        assert found == confirmed(
            stored, frame, levels=dict(reversed(levels.items())), variances=variances,
            own_levels=turned,
        )["confirmed"]  # fmt: skip
    other = {"pooled": "welch", "welch": "pooled"}[variances]
    with pytest.raises(StatisticError) as error:
        confirmed(stored, frame, levels=levels, variances=other)
    named = "f" if conditions == 3 else "t"
    assert [line.split(":")[0] for line in error.value.problems] == [
        f"arms.{measure}.{named}" for measure in ("x", "y")
    ]


def changed(column: str, change: Callable[[float], float | None]) -> tuple[str, str]:
    frame = measures()
    stored = correlations(frame, "positive")
    row = stored.index[stored["id"] == "pairs.x.y.pearson_r"]
    stored.loc[row, column] = change(float(stored.loc[row, column].iloc[0]))
    with pytest.raises(StatisticError) as error:
        confirmed(stored, frame)
    [problem] = error.value.problems
    return error.value.heading, problem


@pytest.mark.parametrize("column", ["estimate", "df", "n", "p_two_tailed", "p_one_tailed"])
def test_a_changed_number_is_found_and_named(column: str) -> None:
    if column in ("df", "n"):
        heading, problem = changed(column, lambda value: value + 1)
    else:
        heading, problem = changed(column, lambda value: value * (1 + 1e-5) + 1e-10)
    assert re.match(r"pingouin \S+ does not confirm 1 of 10 statistics\.", heading)
    assert problem.startswith(f"pairs.x.y.pearson_r: {column} (relative difference ")


def test_a_number_that_is_gone_is_found() -> None:
    _, problem = changed("p_one_tailed", lambda value: None)
    assert problem == "pairs.x.y.pearson_r: p_one_tailed (relative difference inf)"


def test_the_small_study_is_confirmed(project: Project) -> None:
    done = project.run_line(*LINE)
    assert done.status == 0, done.said
    text = (project.results / "confirmation.json").read_text("utf-8")
    found = json.loads(text)
    pairs, comparisons = 2, 2
    alphas = found["confirmed"].pop("alpha")
    assert alphas > 2
    assert found["confirmed"] == {
        **{"pearson_r": pairs, "spearman_rho": pairs, "partial_r": pairs},
        **{"cohen_d": comparisons, "hedges_g": comparisons, "t": comparisons},
    }
    assert "d01" not in text


def test_a_changed_alpha_is_found(project: Project) -> None:
    assert project.validate().status == 0
    responses = read_parquet(project.results / "responses.parquet", RESPONSES).to_pandas()
    keys = [project.find(f"workflow/instruments/{name}.yaml") for name in ("iip_32", "kims")]
    instruments = read_instruments(keys)
    _, stored = estimate_reliability(responses, instruments)
    found = confirm_statistics(stored, {}, responses, instruments, levels={})
    assert found["confirmed"] == {"alpha": int((stored["statistic"] == "alpha").sum())}
    wanted = "reliability.kims.total.therapist.baseline.alpha"
    stored.loc[stored["id"] == wanted, "estimate"] += 1e-6
    with pytest.raises(StatisticError, match=wanted):
        confirm_statistics(stored, {}, responses, instruments, levels={})
