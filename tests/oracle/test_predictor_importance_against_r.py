"""Importance of predictors and pooled correlation matrices against R (R/predictor_importance.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.stats.correlation_matrices import (
    correlation_covariance,
    matrix_of,
    pairs_of,
    partial_correlations,
    pool_correlations,
)
from attune.stats.dominance import dominance, explained_by_subsets
from attune.stats.relative_weights import relative_weights

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "predictor_importance.json").read_text())
CRAFT = pd.read_csv(HERE / "data" / "craft2003.csv")
NAMES = ["acog", "asom", "conf", "perf"]
CASES = [(data, between) for data, fits in R["pooled"].items() for between in fits]


def close(found, expected, tolerance=1e-8):
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def matrices(rows: pd.DataFrame):
    """One matrix of each study with its n."""
    found = {}
    for study, own in rows.groupby("study"):
        matrix = np.full((4, 4), np.nan)
        np.fill_diagonal(matrix, 1)
        for r, one, two in zip(own["ri"], own["var1"], own["var2"], strict=True):
            matrix[NAMES.index(one), NAMES.index(two)] = r
            matrix[NAMES.index(two), NAMES.index(one)] = r
        found[study] = matrix, int(own["ni"].iloc[0])
    return [*found.values()]


def pooled(data: str, between: str):
    if data == "own":
        rows = CRAFT[CRAFT["study"] != 17]
    else:
        with_conf = (CRAFT[["var1", "var2"]] == "conf").any(axis=1)
        alone = CRAFT["var1"].isin(["acog", "perf"]) & CRAFT["var2"].isin(["acog", "perf"])
        left_out = (CRAFT["study"] == 1) & with_conf | (CRAFT["study"] == 3) & ~alone
        rows = CRAFT[~left_out]
    given = matrices(rows)
    plug = "own" if data == "own" else "mean"
    return pool_correlations(
        [m for m, _ in given], [n for _, n in given], NAMES, between=between, covariances=plug
    )


def test_importance():
    expected = R["importance"]
    names, matrix = expected["names"], np.array(expected["matrix"])
    found = dominance(matrix, names)
    close(explained_by_subsets(matrix), expected["shares"], 1e-10)
    close(found.general, expected["general"], 1e-10)
    close(found.conditional, expected["conditional"], 1e-10)
    complete = np.array(expected["complete"], dtype=float)
    np.testing.assert_array_equal(found.complete, complete)
    close(relative_weights(matrix), expected["relative_weights"], 1e-10)
    close(partial_correlations(matrix), expected["partial"], 1e-10)


def test_sampling_covariance():
    expected = R["sampling"]
    rows = CRAFT[CRAFT["study"] == 1]
    [(matrix, n)] = matrices(rows)
    order = [".".join((NAMES[i], NAMES[j])) for i, j in pairs_of(4)]
    places = [order.index(pair) for pair in expected["pairs"]]
    found = correlation_covariance(matrix, n)[np.ix_(places, places)]
    close(found, expected["V"], 1e-12)


@pytest.mark.parametrize(("data", "between"), CASES)
def test_pooled_matrices(data, between):
    assert R["pairs"] == [".".join((NAMES[i], NAMES[j])) for i, j in pairs_of(4)]
    expected, found = R["pooled"][data][between], pooled(data, between)
    # metafor's optimizer stops where the likelihood is flat; without T there is nothing to search.
    tolerance = {"common": 1e-8, "equal": 1e-6}.get(between, 2e-5)
    for name, key in (
        ("estimate", "estimate"),
        ("se", "se"),
        ("p_two_tailed", "p"),
        ("ci_low", "ci_low"),
        ("ci_high", "ci_high"),
    ):
        close([getattr(t, name) for t in found.correlations], expected[key], tolerance)
    close(found.covariance, expected["covariance"], tolerance)
    close((found.q, found.q_df, found.q_p), [expected[key] for key in ("q", "q_df", "q_p")])
    if between != "common":
        close(found.log_likelihood, expected["log_likelihood"], 1e-7)
        assert found.log_likelihood >= expected["log_likelihood"] - 1e-8
        close(found.between_covariance, expected["t"], tolerance)


def test_common_matrix_by_base_r():
    found = pooled("gaps", "common")
    close(found.estimates, R["plain"]["estimate"], 1e-10)
    close(found.covariance, R["plain"]["covariance"], 1e-10)
    close(found.matrix, matrix_of(R["plain"]["estimate"], 4), 1e-10)
