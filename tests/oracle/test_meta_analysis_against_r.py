"""Meta-analyses of independent studies against metafor (R/meta_analysis.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.stats.meta_analysis import random_effects

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "meta_analysis.json").read_text())
EFFECTS = pd.read_csv(HERE / "data" / "meta_effects.csv")
TESTS = {"z": "z", "knha": "knapp-hartung", "adhoc": "knapp-hartung-truncated"}


def rows(name: str) -> pd.DataFrame:
    return EFFECTS[EFFECTS["set"] == name]


def close(found, expected, tolerance=1e-8):
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def compare_tests(tests, expected):
    """Estimates, standard errors, p and intervals."""
    for name, key in (
        ("estimate", "estimate"),
        ("se", "se"),
        ("t", "statistic"),
        ("p_two_tailed", "p"),
        ("ci_low", "ci_low"),
        ("ci_high", "ci_high"),
    ):
        close([getattr(test, name) for test in tests], np.atleast_1d(expected[key]))


def compare_heterogeneity(found, expected, method):
    close((found.q, found.q_p, found.tau2), (expected["q"], expected["q_p"], expected["tau2"]))
    close((found.i2, found.h2), (expected["i2"], expected["h2"]))
    if method != "EE":
        close(found.tau2_se, expected["tau2_se"])
        # tau2, I2 and H2: uniroot stops at 1e-13 of its absolute tolerance.
        close((found.tau2_low, found.tau2_high), expected["intervals"][0], 1e-7)
        close((found.i2_low, found.i2_high), expected["intervals"][1], 1e-7)
        close((found.h2_low, found.h2_high), expected["intervals"][2], 1e-7)


@pytest.mark.parametrize("case", R["average"])
def test_average_effects(case):
    name, method, test = case.split()
    expected, study = R["average"][case], rows(name)
    found = random_effects(
        study["yi"],
        study["vi"],
        method="common" if method == "EE" else method,
        test=TESTS[test],
        prediction="z" if test == "z" else "t(k-1)",
    )
    compare_tests([found.effect], expected)
    compare_heterogeneity(found.heterogeneity, expected, method)
    close(found.log_likelihood, expected["log_likelihood"])
    if method == "EE":
        # metafor gives the confidence interval; there is no distribution of effects to predict.
        assert np.isnan(found.prediction.low)
    else:
        close(
            (found.prediction.low, found.prediction.high),
            (expected["pi_low"], expected["pi_high"]),
        )


def test_every_set_and_method_is_compared():
    assert len(R["average"]) == 6 * 7 * 3
