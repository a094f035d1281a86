"""Analysis of covariance against R's lm, sandwich and boot (R/ancova.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from attune.stats.ancova import adjusted_difference, ancova, corrected_slope
from attune.stats.regression import combination_test, hc3_slope_test, regress
from attune.stats.resampling import (
    bca_interval,
    bootstrap_partial_correlations,
    bootstrap_residual_gain_correlations,
    freedman_lane_tests,
    jackknife_partial_correlations,
    jackknife_residual_gain_correlations,
    stream,
)

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "ancova.json").read_text())
DYADS = pd.read_csv(HERE / "data" / "dyads.csv")

CLOSED_FORM = 1e-11
"""R solves by QR, we by orthogonal sums: the same closed form, a digit lost to the intercept."""

SAME_DRAWS = 1e-12
"""R's own draws are used, so that only rounding is left."""


def scores(*names: str) -> list[np.ndarray]:
    return [DYADS[name].to_numpy(dtype=float) for name in names]


def statistics_of(fit) -> dict[str, object]:
    return {
        "se": fit.se,
        "t": fit.t,
        "p_two_tailed": fit.p_two_tailed,
        "df": fit.df,
        "n": fit.n,
        "ci_95": [fit.ci_low, fit.ci_high],
        "hc3_se": fit.hc3_se,
        "hc3_t": fit.hc3_t,
        "hc3_p_two_tailed": fit.hc3_p_two_tailed,
        "hc3_ci_95": [fit.hc3_ci_low, fit.hc3_ci_high],
    }


def test_coefficient_of_a_measure(agrees):
    fit = ancova(*scores("pretest", "posttest", "mindful"))
    found = statistics_of(fit) | {
        "slope": fit.slope,
        "partial_r": fit.partial_r,
        "partial_r_ci_95": [fit.partial_r_ci_low, fit.partial_r_ci_high],
        "semipartial_r": fit.semipartial_r,
        "added_r_squared": fit.semipartial_r**2,
        "pretest_r": fit.pretest_r,
        "standardised_slope": fit.standardised_slope,
    }
    agrees(found, R["covariate"], CLOSED_FORM)


def test_regression(agrees):
    complete = DYADS[["pretest", "posttest", "mindful"]].dropna().to_numpy()
    fit = regress(complete[:, 1], complete[:, [0, 2]])
    found = {name: getattr(fit, name) for name in R["regression"]}
    agrees(found, R["regression"], CLOSED_FORM)


def test_adjusted_means(agrees):
    [pretest, posttest] = scores("pretest", "posttest")
    fit = adjusted_difference(pretest, posttest, DYADS["condition"] == "BRT")
    means = (fit.first, fit.second)
    found = statistics_of(fit) | {
        "slope": fit.difference,
        "means": [mean.mean for mean in means],
        "means_se": [mean.se for mean in means],
        "first_ci_95": [fit.first.ci_low, fit.first.ci_high],
        "second_ci_95": [fit.second.ci_low, fit.second.ci_high],
        "observed": [mean.observed for mean in means],
        "pretest": [mean.pretest for mean in means],
        "d": fit.d,
        "d_se": fit.d_se,
        "d_ci_95": [fit.d_ci_low, fit.d_ci_high],
        "baseline_d": fit.baseline_d,
    }
    agrees(found, R["conditions"], CLOSED_FORM)


def test_slope_corrected_for_reliability(agrees):
    fit = corrected_slope(*scores("pretest", "posttest", "mindful"), reliability=0.8)
    found = {"slope": fit.test.estimate, "n": fit.n, "se": fit.test.se}
    agrees(found, R["reliability"], CLOSED_FORM)


def test_simple_regression(agrees):
    pretest, posttest = scores("pretest", "posttest")
    both = np.isfinite(pretest) & np.isfinite(posttest)
    fit = regress(posttest[both], pretest[both, None])
    plain, robust = combination_test(fit, [0, 1]), hc3_slope_test(pretest, posttest)
    found = {
        "slope": plain.estimate,
        "se": plain.se,
        "t": plain.t,
        "p_two_tailed": plain.p_two_tailed,
        "ci_95": [plain.ci_low, plain.ci_high],
        "df": robust.df,
        "n": fit.n,
        "hc3_se": robust.se,
        "hc3_t": robust.t,
        "hc3_p_two_tailed": robust.p_two_tailed,
        "hc3_ci_95": [robust.ci_low, robust.ci_high],
    }
    agrees(found, R["simple"], CLOSED_FORM)


def test_freedman_lane_with_all_orders(agrees):
    complete = DYADS[["pretest", "posttest", "mindful"]].dropna().to_numpy()[:7].T
    test = freedman_lane_tests(*complete[:, None, :], 99_999, stream(1, "unused"))
    assert test.exact
    found = {
        "t": ancova(*complete).t,
        "n": complete.shape[1],
        "two_tailed": test.two_tailed[0],
        "greater": test.greater[0],
        "less": test.less[0],
    }
    agrees(found, R["permutation"], CLOSED_FORM)


def bootstrapped(replicates_of, jackknife_of, x: str, estimate_of) -> dict[str, object]:
    """The same draws as R's, of the first dyads with means in place of missing scores."""
    indices = np.loadtxt(HERE / "data" / "bootstrap_indices.csv", delimiter=",", dtype=int)
    n = indices.shape[1]
    filled = DYADS[["pretest", "posttest"]].fillna(DYADS[["pretest", "posttest"]].mean())
    variables = [column[:n] for column in (*filled.to_numpy().T, DYADS[x].to_numpy(dtype=float))]
    replicates = replicates_of(*([values] for values in variables), indices)[0]
    estimate = estimate_of(*variables)
    return {
        "estimate": estimate,
        "se": replicates.std(ddof=1),
        "n": n,
        "samples": len(indices),
        "bca_95": bca_interval(estimate, replicates, jackknife_of(*variables)),
    }


def test_bca_interval_of_the_partial_correlation(agrees):
    found = bootstrapped(
        bootstrap_partial_correlations,
        jackknife_partial_correlations,
        "mindful",
        lambda *variables: ancova(*variables).partial_r,
    )
    agrees(found, R["partial_bootstrap"], SAME_DRAWS)


def test_bca_interval_of_the_correlation_with_the_residual_gain(agrees):
    def gain_r(pretest, posttest, x):
        gain, known = regress(posttest, pretest[:, None]).residual, np.isfinite(x)
        return np.corrcoef(gain[known], x[known])[0, 1]

    found = bootstrapped(
        bootstrap_residual_gain_correlations,
        jackknife_residual_gain_correlations,
        "observe",
        gain_r,
    )
    agrees(found, R["gain_bootstrap"], SAME_DRAWS)
