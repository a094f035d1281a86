"""Cluster-robust regression against clubSandwich (R/cluster_robust.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.stats.cluster_robust import cluster_robust
from attune.stats.complier_effect import complier_average_causal_effect

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "cluster_robust.json").read_text())


def last_scores() -> pd.DataFrame:
    """The last score of each patient, with the columns of the script."""
    rows = pd.read_csv(HERE / "data" / "trial.csv").sort_values(["patient", "week"])
    last = rows[rows["score"].notna()].groupby("patient").tail(1).reset_index(drop=True)
    number = last["patient"].str[1:].astype(int)
    last = last.assign(weight=1 + number % 4, variance=1 + number % 3, number=number)
    last["m"] = last["sex"] == "m"
    return last


LAST = last_scores()
ONES = np.ones(len(LAST))
DESIGN = np.column_stack(
    [ONES, LAST["arm"] == "cbt", LAST["arm"] == "pdt", LAST["severity"], LAST["m"]]
).astype(float)
JOINT = np.eye(5)[1:3]


def compare(fit, expected, joint):
    np.testing.assert_allclose(fit.coefficients, expected["estimates"], rtol=1e-10)
    np.testing.assert_allclose(fit.covariance, expected["covariance"], rtol=1e-8, atol=1e-10)
    tests = [fit.coefficient(name) for name in fit.names]
    np.testing.assert_allclose([test.df for test in tests], expected["df"], rtol=1e-8)
    np.testing.assert_allclose([test.p_two_tailed for test in tests], expected["p"], rtol=1e-7)
    found = fit.f(joint)
    assert found.f == pytest.approx(expected["f"], rel=1e-8)
    assert found.df2 == pytest.approx(expected["df2"], rel=1e-8)
    assert found.p == pytest.approx(expected["p_joint"], rel=1e-7)


@pytest.mark.parametrize("name", ["plain", "weighted", "working", "single"])
def test_regressions(name):
    weights = None if name in ("plain", "single") else LAST["weight"]
    working = LAST["variance"] if name == "working" else None
    clusters = LAST["patient"] if name == "single" else LAST["therapist"]
    fit = cluster_robust(LAST["score"], DESIGN, clusters, weights, working)
    compare(fit, R[name], JOINT)


def test_one_indicator_per_cluster():
    dummies = pd.get_dummies(LAST["therapist"]).to_numpy(dtype=float)
    design = np.column_stack([LAST["severity"], LAST["m"], dummies]).astype(float)
    fit = cluster_robust(LAST["score"], design, LAST["therapist"])
    expected = R["fixed"]
    np.testing.assert_allclose(fit.coefficients[:2], expected["estimates"], rtol=1e-10)
    np.testing.assert_allclose(fit.covariance[:2, :2], expected["covariance"], rtol=1e-8)
    found = [fit.test(row).df for row in np.eye(design.shape[1])[:2]]
    np.testing.assert_allclose(found, expected["df"], rtol=1e-8)


def effects():
    study = np.repeat(np.arange(15), [*range(1, 8), *range(1, 8), 4])
    rows = LAST.sort_values("patient").head(60)
    design = np.column_stack([np.ones(60), rows["severity"]])
    return rows["score"] / 10, (rows["variance"] / 20).to_numpy(), study, design


def test_meta_regression():
    y, v, study, design = effects()
    total = v + R["meta"]["tau2"]
    compare(cluster_robust(y, design, study, 1 / total, total), R["meta"], np.eye(2)[1:])


def test_blocks_of_correlated_effects():
    y, v, study, design = effects()
    same = study[:, None] == study[None, :]
    blocks = np.sqrt(np.outer(v, v)) * np.where(np.eye(60), 1, 0.6 * same)
    fit = cluster_robust(y, design, study, np.linalg.inv(blocks), blocks)
    compare(fit, R["block"], np.eye(2))


@pytest.mark.parametrize("name", ["complier", "complier_persons", "complier_plain"])
def test_complier_effects(name):
    two = LAST[LAST["arm"] != "pdt"]
    assigned = (two["arm"] == "cbt").astype(int)
    begins = np.where(assigned == 1, two["number"] % 4 != 0, two["number"] % 9 == 0)
    found = complier_average_causal_effect(
        two["score"],
        begins.astype(int),
        assigned,
        None if name == "complier_plain" else two[["severity"]],
        two["patient"] if name == "complier_persons" else two["therapist"],
    )
    expected, effect = R[name], found.effect
    assert effect.estimate == pytest.approx(expected["estimate"], rel=1e-9)
    assert effect.se == pytest.approx(expected["se"], rel=1e-8)
    assert effect.df == pytest.approx(expected["df"], rel=1e-6)
