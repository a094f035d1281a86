"""Meta-analyses of independent studies against metafor (R/meta_analysis.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.stats.meta_analysis import random_effects
from attune.stats.meta_regression import meta_regression, subgroups

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
    assert len(R["average"]) == 6 * 7 * 3 + 3 * 3 * 2


@pytest.mark.parametrize("case", R["regression"])
def test_meta_regressions(case):
    name, columns, method, test = case.split()
    expected, study = R["regression"][case], rows(name)
    moderators = ["x1", "x2"] if columns == "both" else ["x1"]
    study = study[study[moderators].notna().all(axis=1)]
    found = meta_regression(
        study["yi"],
        study["vi"],
        study[moderators],
        moderators,
        method="common" if method == "EE" else method,
        test=TESTS[test],
    )
    compare_tests(found.coefficients, expected)
    compare_heterogeneity(found.heterogeneity, expected, method)
    close(found.log_likelihood, expected["log_likelihood"])
    close((found.moderators.statistic, found.moderators.p), (expected["qm"], expected["qm_p"]))
    if method == "EE":
        # metafor compares Q with and without moderators; there is no variance to explain.
        assert np.isnan(found.r2)
    else:
        close(found.r2, expected["r2"])


@pytest.mark.parametrize("test", ["z", "knha"])
def test_predictions_of_a_meta_regression(test):
    study, expected = rows("bcg"), R["predicted"][test]
    fit = meta_regression(study["yi"], study["vi"], study[["x1", "x2"]], test=TESTS[test])
    for place, values in enumerate([(30, 0), (44, 12)]):
        mean, single = fit.predict(values)
        found = (mean.estimate, mean.se, mean.ci_low, mean.ci_high, single.low, single.high)
        keys = ("estimate", "se", "ci_low", "ci_high", "pi_low", "pi_high")
        close(found, [expected[key][place] for key in keys])


@pytest.mark.parametrize("test", ["z", "knha"])
@pytest.mark.parametrize("tau2", ["common", "separate"])
def test_subgroups(tau2, test):
    study, expected = rows("mcdaniel1994"), R[tau2][test]
    study = study[study["x2"].notna()].sort_values("x2")
    found = subgroups(study["yi"], study["vi"], list(study["x2"]), tau2=tau2, test=TESTS[test])
    close([group.effect.estimate for group in found.groups], expected["estimate"])
    close([group.effect.se for group in found.groups], expected["se"])
    close([group.tau2 for group in found.groups], expected["tau2"])
    close((found.between.statistic, found.between.p), (expected["qm"], expected["qm_p"]))
    if tau2 == "common":
        close([group.effect.ci_low for group in found.groups], expected["ci_low"])
        close(sum(group.heterogeneity.q for group in found.groups), expected["qe"])


@pytest.mark.parametrize("case", R["clustered"])
def test_clusters_of_effects(case):
    expected, study = R["clustered"][case], rows(case.removesuffix("_mods"))
    moderators = study[["x1", "x2"]] if case.endswith("_mods") else None
    fit = meta_regression(study["yi"], study["vi"], moderators)
    found = fit.robust(study["study"])
    tests = [found.coefficient(name) for name in found.names]
    close(fit.tau2, expected["tau2"])
    close([test.estimate for test in tests], np.atleast_1d(expected["estimate"]))
    close([test.se for test in tests], np.atleast_1d(expected["se"]), 1e-7)
    close([test.df for test in tests], np.atleast_1d(expected["df"]), 1e-6)
    close([test.p_two_tailed for test in tests], np.atleast_1d(expected["p"]), 1e-7)
    if moderators is not None:
        joint = found.f(np.eye(3)[1:])
        close((joint.f, joint.df2, joint.p), [expected[k] for k in ("f", "f_df2", "f_p")], 1e-7)
