"""Bootstrap interval and exact permutation test against R's boot (R/resampling.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from attune.stats.resampling import (
    bca_interval,
    bootstrap_correlations,
    jackknife_correlations,
    permutation_tests,
    stream,
)

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "resampling.json").read_text())

SAME_DRAWS = 1e-12
"""R's own draws are used, so that only rounding is left."""


def both() -> tuple[np.ndarray, np.ndarray]:
    rows = pd.read_csv(HERE / "data" / "dyads.csv")[["mindful", "alliance"]].dropna()
    return rows["mindful"].to_numpy(dtype=float), rows["alliance"].to_numpy(dtype=float)


def test_bca_interval_of_the_same_draws(agrees):
    x, y = both()
    indices = np.loadtxt(HERE / "data" / "bootstrap_indices.csv", delimiter=",", dtype=int)
    replicates = bootstrap_correlations([x], [y], indices)[0]
    jackknife = jackknife_correlations(x, y)
    estimate = np.corrcoef(x, y)[0, 1]
    influence = (len(x) - 1) * (estimate - jackknife)
    below = np.mean(replicates < estimate)
    found = {
        "estimate": estimate,
        "se": replicates.std(ddof=1),
        "n": len(x),
        "samples": len(indices),
        "bias": _normal_deviate(below),
        "acceleration": (influence**3).sum() / (6 * (influence**2).sum() ** 1.5),
    } | {
        f"bca_{level}": bca_interval(estimate, replicates, jackknife, level / 100)
        for level in (90, 95, 99)
    }
    agrees(found, R["bootstrap"], SAME_DRAWS)


def _normal_deviate(probability: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(probability)


def test_exact_permutation_test(agrees):
    x, y = both()
    test = permutation_tests([x[:8]], [y[:8]], 99_999, stream(1, "unused"))
    assert test.exact
    assert test.count == 40_320
    found = {
        "r": np.corrcoef(x[:8], y[:8])[0, 1],
        "n": 8,
        "two_tailed": test.two_tailed[0],
        "greater": test.greater[0],
        "less": test.less[0],
    }
    agrees(found, R["permutation"], SAME_DRAWS)
