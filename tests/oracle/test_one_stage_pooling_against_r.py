"""Slopes pooled over cohorts against lme4, lmerTest and metafor (R/one_stage_pooling.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.stats.one_stage_pooling import one_stage_pooling

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "one_stage_pooling.json").read_text())
ROWS = pd.read_csv(HERE / "data" / "pooled_cohorts.csv")
DATA = {name: (own["x"], own["y"]) for name, own in ROWS.groupby("cohort")}
CASES = [(case, df) for case in R["one_stage"] for df in ("satterthwaite", "kenward_roger")]


def close(found, expected, tolerance=1e-6):
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("case", "df"), CASES)
def test_one_stage(case, df):
    units, intercepts = case.split("_")
    found = one_stage_pooling(DATA, units, intercepts, df)
    expected = R["one_stage"][case]
    close(found.residual_sd, expected["sigma"])
    close(found.one_stage_sd, expected["slope_sd"])
    for name, value in expected[df].items():
        # Satterthwaite's df of lmerTest rest on numerical derivatives.
        close(getattr(found.one_stage, name), value, 1e-4 if name == "df" else 1e-6)


@pytest.mark.parametrize("units", R["two_stage"])
def test_two_stages(units):
    found, expected = one_stage_pooling(DATA, units), R["two_stage"][units]
    close([slope.estimate for slope in found.slopes], expected["slopes"], 1e-10)
    close([slope.se for slope in found.slopes], expected["ses"], 1e-10)
    close(found.two_stage_sd, expected["tau"])
    for name in ("estimate", "se", "p_two_tailed", "ci_low", "ci_high"):
        close(getattr(found.two_stage, name), expected[name])
    assert found.two_stage_test == "knapp-hartung"


def test_slopes_that_are_nearly_alike_have_an_interval_not_below_walds():
    data = {name: (own["x"], own["alike"]) for name, own in ROWS.groupby("cohort")}
    found, expected = one_stage_pooling(data, "raw"), R["alike"]
    close([slope.estimate for slope in found.slopes], expected["slopes"], 1e-10)
    close(found.two_stage_sd, expected["tau"])
    for name in ("estimate", "se", "p_two_tailed", "ci_low", "ci_high"):
        close(getattr(found.two_stage, name), expected[name], 1e-8)
    assert found.two_stage_test == "knapp-hartung-truncated"
