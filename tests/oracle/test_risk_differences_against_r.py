"""Risks, risk differences and ratios against R (R/risk_differences.R)."""

import json
from pathlib import Path

import pandas as pd
import pytest

from attune.stats.risk_difference import (
    ClusteredRiskDifference,
    RiskRatio,
    clustered_risk_difference,
    clustered_risk_ratio,
    risk_difference,
    risk_ratio,
)

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "risk_differences.json").read_text())


@pytest.mark.parametrize("place", range(len(R["tables"])))
def test_two_independent_risks(place):
    expected = R["tables"][place]
    found = risk_difference(*expected["counts"], interval=expected["level"])
    first, second = found.first, found.second
    close = {"rel": 1e-12, "abs": 1e-14}
    assert (first.ci_low, first.ci_high) == pytest.approx(expected["first"], **close)
    assert (second.ci_low, second.ci_high) == pytest.approx(expected["second"], **close)
    assert (first.exact_low, first.exact_high) == pytest.approx(expected["exact_first"], **close)
    assert found.difference == pytest.approx(expected["difference"], **close)
    assert (found.ci_low, found.ci_high) == pytest.approx(expected["ci"], **close)
    assert found.p_exact == pytest.approx(expected["p"], rel=1e-10)


def patients() -> pd.DataFrame:
    """The last score of each patient of two arms, as in the script."""
    rows = pd.read_csv(HERE / "data" / "trial.csv")
    rows = rows[rows["score"].notna() & (rows["arm"] != "pdt")].sort_values(["patient", "week"])
    last = rows.groupby("patient").tail(1)
    number = last["patient"].str[1:].astype(int)
    return last.assign(event=(last["score"] < 20) * 1, cbt=last["arm"] == "cbt", shared=number % 11)


def compare(found: ClusteredRiskDifference, expected: dict) -> None:
    test = found.test
    assert (test.estimate, test.se, test.df) == pytest.approx(
        (expected["estimate"], expected["se"], expected["df"]), rel=1e-12
    )
    assert test.p_two_tailed == pytest.approx(expected["p"], rel=1e-9)
    assert (test.ci_low, test.ci_high) == pytest.approx(expected["ci"], rel=1e-10)


def test_clusters_of_one_arm_each():
    rows = patients()
    found = clustered_risk_difference(rows["event"], rows["cbt"], rows["therapist"])
    assert found.n_shared == 0
    compare(found, R["nested"])


def test_clusters_with_patients_in_both_arms():
    rows = patients()
    found = clustered_risk_difference(rows["event"], rows["cbt"], rows["shared"])
    assert found.n_shared > 0
    compare(found, R["crossed"])


def compare_ratio(found: RiskRatio, expected: dict) -> None:
    # R's regression keeps the weights of its last step but one, which are exact to 2e-9.
    assert (found.ratio, found.log_se) == pytest.approx(
        (expected["ratio"], expected["log_se"]), rel=1e-8
    )
    assert (found.ci_low, found.ci_high) == pytest.approx(expected["ci"], rel=1e-8)


@pytest.mark.parametrize("place", range(len(R["ratios"])))
def test_ratio_of_two_independent_risks(place):
    expected = R["ratios"][place]
    compare_ratio(risk_ratio(*expected["counts"], interval=expected["level"]), expected)


@pytest.mark.parametrize(("kind", "cluster"), [("nested", "therapist"), ("crossed", "shared")])
def test_ratio_of_risks_in_clusters(kind, cluster):
    rows, expected = patients(), R[f"{kind}_ratio"]
    found = clustered_risk_ratio(rows["event"], rows["cbt"], rows[cluster])
    compare_ratio(found, expected)
    assert found.df == expected["df"]
