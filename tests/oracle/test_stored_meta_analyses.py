"""Stored meta-analyses of metafor 3.8-1 (c_meta.json); with ATTUNE_REFERENCE.

The demands: estimates, standard errors, tau2, Q and I2 1e-8, Q-profile 1e-5, three-level 1e-5.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from attune.stats.heterogeneity import weighted_least_squares
from attune.stats.meta_analysis import AverageEffect, random_effects
from attune.stats.meta_regression import meta_regression
from attune.stats.meta_sensitivity import leave_one_out
from attune.stats.multilevel_meta_analysis import multilevel_meta_analysis
from attune.stats.publication_bias import egger, trim_and_fill

SETS = ["meta_r", "meta_r5"]
TESTS = {"z": "z", "knha": "knapp-hartung", "adhoc": "knapp-hartung-truncated"}
METHODS = ["REML", "DL", "PM", "ML", "SJ", "HE", "EE"]
CASES = [f"{name} {method}_{test}" for name in SETS for method in METHODS for test in TESTS]
NOT_COMPUTED = {"EB_z", "EB_knha", "EB_adhoc", "ranktest"}
"""Empirical Bayes is Paule and Mandel's estimator; attune has no rank test of the funnel."""


@pytest.fixture(scope="module")
def metafor(stored: Path) -> dict:
    return json.loads((stored / "expected/c_meta.json").read_text())


def effects(stored: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Fisher's z and its variance."""
    rows = pd.read_csv(stored / f"data/{name}.csv")
    return np.arctanh(rows["ri"].to_numpy()), 1 / (rows["ni"].to_numpy() - 3)


def close(found, expected, tolerance=1e-8):
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def average(stored: Path, name: str, case: str) -> AverageEffect:
    method, test = case.split("_")
    return random_effects(
        *effects(stored, name),
        method="common" if method == "EE" else method,
        test=TESTS[test],
        prediction="z" if test == "z" else "t(k-1)",
    )


@pytest.mark.parametrize("name", SETS)
def test_effects(stored, metafor, name):
    y, v = effects(stored, name)
    close(y, metafor[name]["yi"], 1e-13)
    close(v, metafor[name]["vi"], 1e-13)


@pytest.mark.parametrize("case", CASES)
def test_average_effects(stored, metafor, case):
    name, choice = case.split()
    expected, found = metafor[name][choice], average(stored, name, choice)
    between = found.heterogeneity
    ours = [found.effect.estimate, found.effect.se, between.tau2, between.i2]
    theirs = [expected[part] for part in ("b", "se", "tau2", "I2")]
    if choice.startswith("PM"):
        check_paule_mandel(effects(stored, name), between.tau2, expected)
        close(ours[:3], theirs[:3], 1e-6)
        close(ours[3], theirs[3], 1e-4)
    else:
        close(ours, theirs)
        close((found.effect.p_two_tailed, found.effect.ci_low, found.effect.ci_high),
              [expected[part] for part in ("pval", "ci.lb", "ci.ub")])  # fmt: skip
        close(found.log_likelihood, expected["logLik"])
    close((between.q, between.q_p), (expected["QE"], expected["QEp"]))
    if not choice.startswith("EE"):
        check_profile(effects(stored, name), between, expected["tau2.ci"])


def check_paule_mandel(studies, tau2: float, expected: dict) -> None:
    """Q(tau2) = k - 1 holds for ours to rounding; metafor's search stops before."""
    y, v = studies
    ones, df = np.ones((len(y), 1)), len(y) - 1
    if tau2 > 0:
        ours, theirs = (
            abs(weighted_least_squares(y, v, ones, value).q - df)
            for value in (tau2, expected["tau2"])
        )
        assert ours < 1e-10
        assert ours < theirs


def check_profile(studies, between, expected: dict) -> None:
    """Q is at its chi-square quantiles; uniroot stops up to 1.03e-5 from where that is."""
    y, v = studies
    ones, df = np.ones((len(y), 1)), len(y) - 1
    ours = (between.tau2_low, between.tau2_high)
    for place, (limit, side) in enumerate(zip(ours, ("lb", "ub"), strict=True)):
        theirs, _, i2, h2 = expected[side]
        assert limit == pytest.approx(theirs, abs=1.1e-5)
        # I2 and H2 follow from tau2, where metafor's own limit is taken.
        typical = between.typical_variance
        close((100 * theirs / (theirs + typical), 1 + theirs / typical), (i2, h2))
        if limit > 0:
            quantile = chi2.ppf((0.975, 0.025)[place], df)
            missed = [
                abs(weighted_least_squares(y, v, ones, value).q - quantile)
                for value in (limit, theirs)
            ]
            assert missed[0] < 1e-9
            assert missed[0] <= missed[1]


@pytest.mark.parametrize("name", SETS)
def test_prediction_intervals(stored, metafor, name):
    for choice in ("REML_z", "REML_knha", "DL_knha"):
        found, expected = average(stored, name, choice), metafor[name][choice]
        limits = (found.prediction.low, found.prediction.high)
        close(limits, (expected["z.pi.lb"], expected["z.pi.ub"]))
        close(np.tanh(limits), (expected["r.pi.lb"], expected["r.pi.ub"]))


@pytest.mark.parametrize("name", SETS)
def test_a_moderator(stored, metafor, name):
    year = pd.read_csv(stored / f"data/{name}.csv")["year"] - 2000
    found = meta_regression(*effects(stored, name), year.to_numpy(float))
    expected = metafor[name]["metareg_year"]
    close([test.estimate for test in found.coefficients], expected["b"])
    close([test.se for test in found.coefficients], expected["se"])
    close([test.p_two_tailed for test in found.coefficients], expected["pval"])
    close((found.tau2, found.heterogeneity.q), (expected["tau2"], expected["QE"]))
    close((found.moderators.statistic, found.moderators.p), (expected["QM"], expected["QMp"]))


@pytest.mark.parametrize("name", SETS)
def test_sensitivity(stored, metafor, name):
    y, v = effects(stored, name)
    expected = metafor[name]
    parts = leave_one_out(y, v)
    close([part.result.effect.estimate for part in parts], expected["leave1out"]["est"])
    close([part.result.effect.se for part in parts], expected["leave1out"]["se"])
    close([part.result.tau2 for part in parts], expected["leave1out"]["tau2"])
    found = egger(y, v)
    close((found.slope.t, found.slope.p_two_tailed), [expected["egger"][k] for k in "zp"])
    found = egger(y, v, model="weighted")
    close((found.slope.t, found.slope.p_two_tailed), [expected["egger_lm"][k] for k in "tp"])
    filled = trim_and_fill(y, v, test="z")
    assert filled.missing == expected["trimfill"]["k0"]
    # trimfill() fits with metafor's default threshold: fitted anew with the threshold of the other
    # fits, R's estimate moves by 1.1e-8 towards ours, its standard error agrees to 5e-9.
    close(filled.result.effect.estimate, expected["trimfill"]["b"], 1e-7)
    close(filled.result.effect.se, expected["trimfill"]["se"], 2e-7)


def test_three_levels(stored, metafor):
    y, v = effects(stored, "meta_r3")
    labs = pd.read_csv(stored / "data/meta_r3.csv")["lab"]
    found, expected = multilevel_meta_analysis(y, v, labs), metafor["mv"]
    [effect] = found.coefficients
    close((effect.estimate, effect.se), (expected["b"], expected["se"]), 1e-5)
    close([part.variance for part in found.components], expected["sigma2"], 1e-5)
    close(found.log_likelihood, expected["logLik"], 1e-9)
    close((effect.ci_low, effect.ci_high), expected["ci"], 1e-5)
    close(effect.p_two_tailed, expected["pval"], 1e-5)
    robust = found.robust().coefficient(found.names[0])
    close((robust.se, robust.df, robust.p_two_tailed),
          [expected["rve"][part] for part in ("se", "dfs", "p")], 1e-6)  # fmt: skip
    [normal] = multilevel_meta_analysis(y, v, labs, test="z").coefficients
    close((normal.se, normal.p_two_tailed), (metafor["mv_z"]["se"], metafor["mv_z"]["pval"]), 1e-5)


def test_every_stored_result_is_compared(metafor):
    for name in SETS:
        others = {"yi", "vi", "egger", "egger_lm", "trimfill", "leave1out", "metareg_year"}
        cases = {case.split()[1] for case in CASES}
        assert set(metafor[name]) == cases | others | NOT_COMPUTED
    assert set(metafor) == {"version", *SETS, "mv", "mv_z", "timing_s"}
