"""Residual gains against R's lm (R/gains.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.analyses.gains.estimate import compute_residual_gains

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "gains.json").read_text())

CLOSED_FORM = 1e-11
"""R solves by QR, we by centred sums: the same closed form, a digit lost to the intercept."""


@pytest.fixture(scope="module")
def computed() -> tuple[pd.DataFrame, pd.DataFrame]:
    observed = pd.read_csv(HERE / "data" / "dyads.csv")[["dyad", "pretest", "posttest"]]
    measures = pd.concat(
        [observed.assign(imputation=0), observed.fillna(observed.mean()).assign(imputation=1)],
        ignore_index=True,
    )
    measures["dyad"] = measures["dyad"].astype(str)
    return compute_residual_gains(measures, {"symptoms": ("pretest", "posttest")})


@pytest.mark.parametrize(("dataset", "imputation"), [("available", 0), ("imputed", 1)])
def test_residual_gains(dataset, imputation, computed, agrees):
    gains, statistics = computed
    rows = statistics[statistics["dataset"] == dataset].set_index("statistic")
    residual = gains.loc[gains["imputation"] == imputation, "residual_gain"].to_numpy()
    found: dict[str, object] = {
        "residual": residual,
        "n": rows.loc["n", "estimate"],
        "df": rows.loc["slope", "df"],
        "r_squared": rows.loc["r_squared", "estimate"],
    }
    for name in ("slope", "intercept"):
        row = rows.loc[name]
        found |= {
            name: row["estimate"],
            f"{name}_se": row["se"],
            f"{name}_p": row["p_two_tailed"],
            f"{name}_ci_95": [row["ci_low"], row["ci_high"]],
        }
    agrees(found, R[dataset], CLOSED_FORM)
    assert np.isnan(residual).sum() == (3 if dataset == "available" else 0)
