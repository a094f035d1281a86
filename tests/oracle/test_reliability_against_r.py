"""Internal consistency against R: psych, factanal, lavaan (R/reliability.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.stats.alpha import cronbach_alpha, feldt_interval, item_rest_correlations
from attune.stats.omega import omega_total, one_factor_model

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "reliability.json").read_text())
SECTIONS = ("complete", "listwise", "short_complete", "short_listwise")

CLOSED_FORM = 1e-12
"""Both sides evaluate the same closed formula."""

OPTIMISED = 2e-8
"""Loadings where two optimisers stop, both driven to the limit of double precision."""

LAVAAN = 1e-6
"""lavaan stops early: its omega is up to 3e-7 from the optimum that factanal and we agree on."""


def keyed(file: str) -> pd.DataFrame:
    items = pd.read_csv(HERE / "data" / file)
    return items.assign(i03=8 - items["i03"], i10=8 - items["i10"])


def items_of(section: str) -> np.ndarray:
    complete, listwise = keyed("items.csv"), keyed("items_na.csv").dropna()
    frames = {
        "complete": complete,
        # The rows with missing items are left to the functions under test.
        "listwise": keyed("items_na.csv"),
        "short_complete": complete.iloc[:, :4],
        "short_listwise": listwise.iloc[:26, 4:9],
    }
    return frames[section].to_numpy(dtype=float)


@pytest.mark.parametrize("section", SECTIONS)
def test_internal_consistency(section, agrees):
    wanted, items = dict(R[section]), items_of(section)
    assert wanted.pop("lavaan_converged")
    n, k = wanted["n"], wanted["n_items"]
    alpha, omega = cronbach_alpha(items), omega_total(items)
    assert omega == pytest.approx(wanted.pop("omega_lavaan"), abs=LAVAAN)
    complete = items[np.isfinite(items).all(axis=1)]
    loadings, uniquenesses = one_factor_model(np.cov(complete, rowvar=False))
    model = {"omega": omega, "loadings": loadings, "uniquenesses": uniquenesses}
    agrees(model, {name: wanted.pop(name) for name in model}, OPTIMISED)
    found = {
        "n": len(complete),
        "n_items": items.shape[1],
        "alpha": alpha,
        "ci_95": feldt_interval(alpha, n, k),
        "ci_90": feldt_interval(alpha, n, k, 0.90),
        "item_rest": item_rest_correlations(items),
    }
    agrees(found, wanted, CLOSED_FORM)
