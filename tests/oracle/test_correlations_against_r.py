"""Correlations against R: cor.test, lm residuals, p.adjust (R/correlations.R)."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.analyses.correlations.declaration import Correlations
from attune.analyses.correlations.estimate import correlate_measures
from attune.stats.multiplicity import benjamini_hochberg, holm

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "correlations.json").read_text())

CLOSED_FORM = 1e-12
"""Both sides evaluate the same closed formula in double precision; R stores 15 digits."""


@cache
def data(name: str, held: str | None) -> pd.DataFrame:
    frame = pd.read_csv(HERE / "data" / f"{name}.csv")
    return frame.assign(condition=frame[held] if held else None)


def correlate(reference: str, direction: str | None, interval: float = 0.95) -> pd.DataFrame:
    name, x, y, *held = reference.split(".")
    family = Correlations(
        title="", x=[x], y=[y], dataset="available", direction=direction, hold_condition=bool(held)
    )
    rows = correlate_measures(
        {"available": data(name, held[0] if held else None)},
        {"family": family},
        interval=interval,
        bootstrap_samples=999,
        permutations=999,
        seed=1,
    )
    return rows.set_index("statistic")


def found(reference: str, statistic: str) -> dict[str, object]:
    """All that one reference holds, from two calls with opposite directions."""
    positive = correlate(reference, "positive").loc[statistic]
    negative = correlate(reference, "negative").loc[statistic]
    assert (positive["tail"], negative["tail"]) == ("greater", "less")
    return {
        "se": positive["se"],
        "df": positive["df"],
        "n": positive["n"],
        "p_two_tailed": positive["p_two_tailed"],
        "p_greater": positive["p_one_tailed"],
        "p_less": negative["p_one_tailed"],
        "ci_95": [positive["ci_low"], positive["ci_high"]],
    }


@pytest.mark.parametrize("reference", R["pearson"])
def test_pearson(reference, agrees):
    narrow = correlate(reference, None, interval=0.90).loc["pearson_r"]
    assert narrow["ci_level"] == 0.90
    assert np.isnan(narrow["p_one_tailed"])
    estimate = {"r": narrow["estimate"], "ci_90": [narrow["ci_low"], narrow["ci_high"]]}
    agrees(found(reference, "pearson_r") | estimate, R["pearson"][reference], CLOSED_FORM)


@pytest.mark.parametrize("reference", R["spearman"])
def test_spearman(reference, agrees):
    values = found(reference, "spearman_rho")
    for name in ("se", "df"):
        values.pop(name)
    values["rho"] = correlate(reference, None).loc["spearman_rho", "estimate"]
    agrees(values, R["spearman"][reference], CLOSED_FORM)


@pytest.mark.parametrize("reference", R["partial"])
def test_partial(reference, agrees):
    estimate = correlate(reference, None).loc["partial_r", "estimate"]
    agrees(found(reference, "partial_r") | {"r": estimate}, R["partial"][reference], CLOSED_FORM)


def test_adjusted_p_values(agrees):
    adjusted = R["adjusted"]
    p = np.array(adjusted["p"])
    missing = np.array([np.nan if entry is None else entry for entry in adjusted["p_missing"]])
    values = {
        "p": p,
        "holm": holm(p),
        "bh": benjamini_hochberg(p),
        "p_missing": missing,
        "holm_missing": holm(missing),
        "bh_missing": benjamini_hochberg(missing),
    }
    agrees(values, adjusted, CLOSED_FORM)
