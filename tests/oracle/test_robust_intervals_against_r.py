"""Intervals for scores that are not normal, against R: refits and base functions.

R leaves out each dyad by computing the coefficient anew; the sandwich of r comes from the
estimating functions of package sandwich (R/robust_intervals.R).
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.stats.effect_sizes import unpooled_difference
from attune.stats.hypothesis_tests import equivalence_test
from attune.stats.robust_intervals import (
    RobustInterval,
    robust_alpha_interval,
    robust_correlation_interval,
    robust_omega_interval,
    robust_slope_interval,
    sandwich_correlation_interval,
)
from attune.stats.score_distribution import skewness

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "robust_intervals.json").read_text())
DYADS = pd.read_csv(HERE / "data" / "dyads.csv")
ITEMS = pd.read_csv(HERE / "data" / "items.csv")
ITEMS = ITEMS.assign(i03=8 - ITEMS["i03"], i10=8 - ITEMS["i10"]).to_numpy(dtype=float)

CLOSED_FORM = 1e-11
"""Both sides evaluate the same formula; R computes every coefficient without a dyad anew."""

NEWTON = {"complete": 1e-5, "short": 2e-3}
"""Omega without a questionnaire takes three Newton steps here and a new fit in R: of 220
questionnaires and of 60."""

ADF = 3 / 220
"""The asymptotic standard error is smaller, in the order of 1 / n; there are 220 questionnaires."""


def entries(found: RobustInterval) -> dict[str, float]:
    return {"se": found.se, "df": found.df, "low": found.low, "high": found.high}


def complete(*names: str) -> np.ndarray:
    return DYADS[list(names)].dropna().to_numpy(dtype=float)


CORRELATIONS = pytest.mark.parametrize(
    ("name", "measures", "interval"),
    [
        ("mindful_alliance", ("mindful", "alliance"), 0.95),
        ("observe_rating_90", ("observe", "rating"), 0.90),
        ("mindful_posttest_pretest", ("mindful", "posttest", "pretest"), 0.95),
        ("mindful_posttest_two", ("mindful", "posttest", "pretest", "observe"), 0.95),
    ],
)


@CORRELATIONS
def test_correlations(name, measures, interval, agrees):
    found = interval_of(robust_correlation_interval, measures, interval)
    agrees(found, R["correlations"][name], CLOSED_FORM)


@CORRELATIONS
def test_sandwich_of_correlations(name, measures, interval, agrees):
    found = interval_of(sandwich_correlation_interval, measures, interval)
    agrees(found, R["sandwich"][name], CLOSED_FORM)


def interval_of(function, measures, interval):
    scores = complete(*measures)
    held = scores[:, 2:] if len(measures) > 2 else None
    return entries(function(scores[:, 0], scores[:, 1], interval, held))


def test_slope(agrees):
    found = robust_slope_interval(*complete("pretest", "posttest").T)
    agrees(entries(found), R["slopes"]["posttest_pretest"], CLOSED_FORM)


def test_alpha(agrees):
    agrees(entries(robust_alpha_interval(ITEMS)), R["alphas"]["complete"], CLOSED_FORM)
    short = robust_alpha_interval(ITEMS[:40, :4], 0.90)
    agrees(entries(short), R["alphas"]["short_90"], CLOSED_FORM)


def test_alpha_is_near_the_asymptotic_standard_error():
    se = robust_alpha_interval(ITEMS).se
    assert R["alpha_adf_se"] < se < R["alpha_adf_se"] * (1 + ADF)


@pytest.mark.parametrize(("name", "items"), [("complete", ITEMS), ("short", ITEMS[:60, 4:9])])
def test_omega(name, items, agrees):
    agrees(entries(robust_omega_interval(items)), R["omegas"][name], NEWTON[name])


@pytest.mark.parametrize("measure", R["groups"])
def test_groups(measure, agrees):
    rows = DYADS[["condition", measure]].dropna()
    first, second = (
        rows.loc[rows["condition"] == name, measure].to_numpy(dtype=float)
        for name in ("BRT", "CBT")
    )
    wanted = dict(R["groups"][measure])
    for name, interval in (("unpooled", 0.95), ("unpooled_90", 0.90)):
        d = unpooled_difference(first, second, interval)
        found = {"d": d.d, "se": d.se, "ci": [d.ci_low, d.ci_high]}
        agrees(found, wanted.pop(name), CLOSED_FORM)
    for name, test in {
        "pooled_half_sd": equivalence_test(first, second, 0.5),
        "welch_half_sd": equivalence_test(first, second, 0.5, variances="welch"),
        "welch_raw": equivalence_test(first, second, 3.0, unit="raw", variances="welch"),
    }.items():
        names = ("t_above", "p_above", "t_below", "p_below", "p", "df")
        found = {key: getattr(test, key) for key in names}
        found["ci"] = [test.ci_low, test.ci_high]
        agrees(found, wanted.pop(name), CLOSED_FORM)
    assert not wanted


def test_skewness(agrees):
    found = {name: skewness(DYADS[name]) for name in R["skewness"]}
    agrees(found, R["skewness"], CLOSED_FORM)
