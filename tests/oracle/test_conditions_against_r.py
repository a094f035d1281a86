"""Comparisons of conditions against R: t.test, oneway.test, effectsize (R/conditions.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.analyses.conditions.declaration import Conditions
from attune.analyses.conditions.estimate import compare_conditions, f_test

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "conditions.json").read_text())
DYADS = pd.read_csv(HERE / "data" / "dyads.csv")

CLOSED_FORM = 1e-11
"""Both sides evaluate the same closed formula; differences of means lose a digit or two."""

NONCENTRAL = 1e-8
"""R's noncentral t gives up some digits (it warns), and its root is found to 1e-13."""

EFFECTSIZE = 1e-5
"""The package effectsize searches its limits coarsely."""

QUADRATURE = 1e-7
"""Bayes factors are integrated numerically on both sides."""


def compare(measure: str, variances: str = "pooled", interval: float = 0.95) -> pd.DataFrame:
    rows = compare_conditions(
        {"available": DYADS},
        {"preliminary": Conditions(title="", measures=[measure], dataset="available")},
        levels={"BRT": "BRT", "CBT": "CBT"},
        interval=interval,
        variances=variances,
    )
    return rows.set_index("id").rename(index=lambda name: name.split(".", 2)[2])


def t_test(measure: str, variances: str) -> dict[str, object]:
    rows, narrow = compare(measure, variances), compare(measure, variances, 0.90)
    test, difference = rows.loc["t"], rows.loc["mean_difference"]
    assert difference["p_two_tailed"] == test["p_two_tailed"]
    limits = ["ci_low", "ci_high"]
    return {
        "t": test["estimate"],
        "df": test["df"],
        "p_two_tailed": test["p_two_tailed"],
        "difference": difference["estimate"],
        "se": difference["se"],
        "ci_95": difference[limits].tolist(),
        "ci_90": narrow.loc["mean_difference", limits].tolist(),
    }


@pytest.mark.parametrize("measure", R["two"])
def test_two_conditions(measure, agrees):
    wanted = dict(R["two"][measure])
    for variances in ("pooled", "welch"):
        agrees(t_test(measure, variances), wanted.pop(variances), CLOSED_FORM)
    rows = compare(measure)
    d, g = rows.loc["cohen_d"], rows.loc["hedges_g"]
    limits = [d["ci_low"], d["ci_high"]]
    ratio = g["estimate"] / d["estimate"]
    assert [g["ci_low"], g["ci_high"]] == pytest.approx([ratio * limit for limit in limits])
    # pingouin corrects d by the usual approximation, effectsize by the exact gamma ratio.
    gamma = wanted.pop("hedges_g_gamma")
    assert g["estimate"] == pytest.approx(gamma, abs=2e-4)
    package = {"cohen_d_effectsize": d["estimate"], "cohen_d_effectsize_ci_95": limits}
    agrees(package, {name: wanted.pop(name) for name in package}, EFFECTSIZE)
    noncentral = {"cohen_d_ci_95": limits}
    agrees(noncentral, {name: wanted.pop(name) for name in noncentral}, NONCENTRAL)
    bayes = {"bayes_factor": rows.loc["bayes_factor", "estimate"]}
    agrees(bayes, {"bayes_factor": wanted.pop("bayes_factor")}, QUADRATURE)
    found = {"cohen_d": d["estimate"], "hedges_g_approximate": g["estimate"]} | {
        statistic: [rows.loc[f"{level}.{statistic}", "estimate"] for level in ("brt", "cbt")]
        for statistic in ("n", "mean", "sd")
    }
    agrees(found, wanted, CLOSED_FORM)


@pytest.mark.parametrize("measure", R["three"])
def test_more_than_two_conditions(measure, agrees):
    samples = [
        values.dropna().to_numpy(dtype=float) for _, values in DYADS.groupby("site")[measure]
    ]
    found = {}
    for variances in ("pooled", "welch"):
        f, df, p = f_test(samples, variances)
        found[variances] = {"f": f, "df_numerator": 2, "df": df, "p": p}
        agrees(found[variances], R["three"][measure][variances], CLOSED_FORM)
    assert set(found) == set(R["three"][measure])


def test_three_conditions_in_the_store():
    frame = DYADS.assign(condition=DYADS["site"])
    analysis = Conditions(title="", measures=["mindful"], dataset="available")
    rows = compare_conditions(
        {"available": frame},
        {"sites": analysis},
        levels={"a": "a", "b": "b", "c": "c"},
        variances="welch",
    ).set_index("id")
    wanted = R["three"]["mindful"]["welch"]
    row = rows.loc["sites.mindful.f"]
    assert row["estimate"] == pytest.approx(wanted["f"], rel=CLOSED_FORM)
    assert row["df"] == pytest.approx(wanted["df"], rel=CLOSED_FORM)
    assert row["p_two_tailed"] == pytest.approx(wanted["p"], rel=CLOSED_FORM)
    assert np.isfinite(rows.loc["sites.mindful.c.sd", "estimate"])
