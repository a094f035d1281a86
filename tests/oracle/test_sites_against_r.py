"""Sites pooled from their moments against R's lm over all rows (R/sites.R)."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.stats.hypothesis_tests import CorrelationTest
from attune.stats.moment_tests import (
    alpha_of_moments,
    correlation_of_moments,
    grouped,
    regression_of_moments,
    residual_gain_correlation,
)
from attune.stats.moments import Moments, merge_moments, moments_of, within_groups
from attune.stats.regression import CoefficientTest

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "sites.json").read_text())
DYADS = pd.read_csv(HERE / "data" / "dyads.csv")

CLOSED_FORM = 1e-11
"""R solves by QR, we by the products of merged moments: the same closed form."""

MERGES: dict[str, Callable[[list[Moments]], Moments]] = {
    "pooled": merge_moments,
    "within": within_groups,
}


def sites(names: Sequence[str], rows: pd.DataFrame = DYADS) -> list[Moments]:
    """Moments of each site."""
    return [moments_of(own[[*names]].to_numpy(float)) for _, own in rows.groupby("site")]


def as_r_prints(test: CoefficientTest, n: int) -> dict[str, object]:
    return {
        "estimate": test.estimate,
        "se": test.se,
        "t": test.t,
        "p_two_tailed": test.p_two_tailed,
        "df": test.df,
        "n": n,
        "ci_95": [test.ci_low, test.ci_high],
    }


@pytest.mark.parametrize("model", MERGES)
def test_regressions(agrees, model):
    merge = MERGES[model]
    all_three = merge(sites(["mindful", "pretest", "posttest"]))
    covariance = regression_of_moments(all_three, 2, [1, 0])
    gain = regression_of_moments(merge(sites(["pretest", "posttest"])), 1, [0])
    arms = regression_of_moments(
        merge(
            [
                grouped(
                    *(
                        moments_of(own.loc[own["condition"] == arm, ["pretest", "posttest"]])
                        for arm in ("BRT", "CBT")
                    )
                )
                for _, own in DYADS.groupby("site")
            ]
        ),
        1,
        [0, 2],
    )
    found = {
        "covariance": as_r_prints(covariance.slopes[1], covariance.n),
        "gain_slope": as_r_prints(gain.slopes[0], gain.n),
        "arms": as_r_prints(arms.slopes[1], arms.n),
    }
    if gain.intercept is not None:
        found["intercept"] = as_r_prints(gain.intercept, gain.n)
    assert set(found) == set(R[model])
    for name, values in found.items():
        agrees(values, R[model][name], CLOSED_FORM)


def correlated(test: CorrelationTest) -> dict[str, object]:
    return {
        "r": test.r,
        "df": test.df,
        "n": test.n,
        "p_two_tailed": test.p_two_tailed,
        "ci_95": [test.ci_low, test.ci_high],
    }


def test_correlations(agrees):
    pair = sites(["mindful", "alliance"])
    slope = R["pooled"]["gain_slope"]["estimate"]
    all_three = merge_moments(sites(["mindful", "pretest", "posttest"]))
    found = {
        "pooled": correlation_of_moments(merge_moments(pair)),
        "within": correlation_of_moments(within_groups(pair)),
        "gain": residual_gain_correlation(all_three, slope),
    }
    assert set(found) == set(R["correlations"])
    for name, test in found.items():
        agrees(correlated(test), R["correlations"][name], CLOSED_FORM)


def test_alpha(agrees):
    items = np.array(R["alpha"]["items"])
    parts = [np.column_stack([part, part.sum(axis=1)]) for part in np.array_split(items, 3)]
    squares = merge_moments(map(moments_of, parts)).products.diagonal()
    alpha = alpha_of_moments(squares[:-1], float(squares[-1]))
    agrees({"alpha": alpha}, {"alpha": R["alpha"]["alpha"]}, CLOSED_FORM)
