"""Mixed models against lme4, lmerTest, pbkrtest and nlme (R/mixed_models*.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.depth import deep, examples
from tests.oracle.random_growth import random_growth

from attune.stats.mixed_model_intervals import profile_intervals
from attune.stats.mixed_model_tests import FixedEffectTests, likelihood_ratio
from attune.stats.mixed_models import MixedModel, RandomTerm, fit_mixed_model
from attune.stats.residual_covariance import Residual

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "mixed_models.json").read_text())
NLME = json.loads((HERE / "expected" / "mixed_models_residual.json").read_text())
RANDOM = json.loads((HERE / "expected" / "mixed_models_random.json").read_text())

PATIENT, THERAPIST = ("ther", "pat"), ("ther",)
LEVEL, LINE = "1", "1 + time"
FIXED = "y ~ time * alli + train"
MODELS = {
    "M1": (FIXED, [RandomTerm(PATIENT, LINE), RandomTerm(THERAPIST)]),
    "M1r": ("y ~ time + alli + train", [RandomTerm(PATIENT, LINE), RandomTerm(THERAPIST)]),
    "M2": (FIXED, [RandomTerm(PATIENT, LINE)]),
    "M3": (FIXED, [RandomTerm(PATIENT, LINE), RandomTerm(THERAPIST, LINE)]),
    "M4": (FIXED, [RandomTerm(PATIENT, LINE, correlated=False), RandomTerm(THERAPIST)]),
    "M5": (FIXED, [RandomTerm(PATIENT), RandomTerm(THERAPIST)]),
    "M6": ("y ~ time * alli * train", [RandomTerm(PATIENT, LINE), RandomTerm(THERAPIST, LINE)]),
    "S": ("Reaction ~ Days", [RandomTerm(("Subject",), "1 + Days")]),
}


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(HERE / "data" / f"{name}.csv")


DATA = {
    "bal": read("growth3"),
    "unbal": read("growth3_unbal"),
    "small": read("growth3_small"),
    "sleep": read("sleepstudy"),
}
RATINGS = read("ratings")
SERIAL = read("serial")
SERIAL["arm"] = pd.Categorical(SERIAL["arm"], categories=["tau", "cbt", "pdt"])


def unbalanced_with_arms() -> pd.DataFrame:
    """A condition for each patient, as R/mixed_models.R makes it."""
    frame = DATA["unbal"].copy()
    number = pd.factorize(frame["pat"], sort=True)[0] + 1
    arms = np.array(["CBT", "PDT", "TAU"])[number % 3]
    return frame.assign(tx=pd.Categorical(arms, categories=["TAU", "CBT", "PDT"]))


def r_name(name: str) -> str:
    """R's name of a coefficient; the parts of an interaction sorted."""
    plain = "(Intercept)" if name == "Intercept" else name.replace("[T.", "").replace("]", "")
    plain = plain.replace("**", "^").replace(" ", "")
    return ":".join(sorted(plain.split(":")))


def in_our_order(fit: MixedModel, expected: dict) -> list[int]:
    """Place of every coefficient among R's."""
    theirs = [r_name(name) for name in expected["estimates"]]
    assert sorted(theirs) == sorted(map(r_name, fit.coefficients))
    return [theirs.index(r_name(name)) for name in fit.coefficients]


def assert_agrees(fit: MixedModel, expected: dict) -> None:
    """Everything that R gives of one fit."""
    order = in_our_order(fit, expected)
    estimates = np.array(list(expected["estimates"].values()))[order]
    np.testing.assert_allclose(fit.estimates, estimates, atol=1e-6, rtol=1e-6)
    np.testing.assert_allclose(fit.standard_errors, np.atleast_1d(expected["se"])[order], rtol=1e-5)
    covariance = np.atleast_2d(expected["covariance"])[np.ix_(order, order)]
    np.testing.assert_allclose(
        fit.covariance, covariance, rtol=2e-5, atol=2e-5 * np.abs(covariance).max()
    )
    assert fit.log_likelihood == pytest.approx(expected["logLik"], abs=1e-6)
    assert fit.aic == pytest.approx(expected["aic"], abs=1e-5)
    assert fit.bic == pytest.approx(expected["bic"], abs=1e-5)
    assert fit.residual_sd == pytest.approx(expected["sigma"], rel=1e-5)
    assert (fit.n_rows, fit.n_parameters) == (expected["n"], expected["n_parameters"])
    assert sorted(fit.n_groups.values()) == sorted(expected["groups"].values())
    assert (fit.singular, fit.converged) == (expected["singular"], True)
    assert any("Singular" in message for message in fit.messages) == expected["singular"]
    tests = FixedEffectTests(fit).coefficients().values()
    if not expected["singular"]:
        df = np.atleast_1d(expected["satterthwaite"])[order]
        np.testing.assert_allclose([test.df for test in tests], df, rtol=1e-3)
        p = np.atleast_1d(expected["p"])[order]
        np.testing.assert_allclose([test.p_two_tailed for test in tests], p, rtol=1e-3, atol=1e-15)
    if "kenward_roger" in expected:
        adjusted = FixedEffectTests(fit, "kenward_roger").coefficients().values()
        for name, found in (("se", [t.se for t in adjusted]), ("df", [t.df for t in adjusted])):
            wanted = np.array(expected["kenward_roger"][name])[order]
            np.testing.assert_allclose(found, wanted, rtol=1e-3 if name == "df" else 1e-5)
    if "joint" in expected:
        assert_joint_agrees(fit, expected, order)


def assert_joint_agrees(fit: MixedModel, expected: dict, order: list[int]) -> None:
    rows = [np.eye(len(order))[order.index(place)] for place in expected["joint"]["columns"]]
    found = FixedEffectTests(fit).f(rows)
    assert found.f == pytest.approx(expected["joint"]["f"], rel=1e-4)
    assert found.df2 == pytest.approx(expected["joint"]["df2"], rel=1e-3)
    assert found.p == pytest.approx(expected["joint"]["p"], rel=1e-2, abs=1e-15)
    if "joint_kr" in expected:
        found = FixedEffectTests(fit, "kenward_roger").f(rows)
        assert found.f == pytest.approx(expected["joint_kr"]["f"], rel=1e-4)
        assert found.df2 == pytest.approx(expected["joint_kr"]["df2"], rel=1e-3)
        assert found.scaling == pytest.approx(expected["joint_kr"]["scaling"], rel=1e-4)
        assert found.p == pytest.approx(expected["joint_kr"]["p"], rel=1e-2, abs=1e-15)


@pytest.mark.parametrize("name", R["fits"])
def test_fits(name):
    data, model, _ = name.split("_")
    fixed, random = MODELS[model]
    fit = fit_mixed_model(DATA[data], fixed, random, reml=R["fits"][name]["reml"])
    assert_agrees(fit, R["fits"][name])
    wanted = sorted(
        value for matrix in R["fits"][name]["random"].values() for value in np.ravel(matrix)
    )
    matrices = [
        term.covariance if term.correlated else np.diag(term.covariance)
        for term in fit.random_covariances
    ]
    found = sorted(value for matrix in matrices for value in np.ravel(matrix))
    np.testing.assert_allclose(found, wanted, rtol=1e-4)


def edge_fits() -> dict[str, MixedModel]:
    arms = unbalanced_with_arms()
    few = arms[arms["ther"].isin(arms["ther"].unique()[40:46]) & (arms["time"] < 3)]
    holes = DATA["unbal"].copy()
    holes.loc[holes.index[6::16], "alli"] = np.nan
    line, level = RandomTerm(PATIENT, LINE), RandomTerm(THERAPIST)
    rater = RandomTerm(("rater",))
    patient = RandomTerm(("patient",))
    return {
        "factor": fit_mixed_model(arms, "y ~ time * tx + train", [line, level]),
        "power": fit_mixed_model(arms, "y ~ time + I(time**2) + alli", [line, level]),
        "singular": fit_mixed_model(few, "y ~ time", [line, RandomTerm(THERAPIST, LINE)]),
        "missing": fit_mixed_model(holes, "y ~ time * alli", [line, level]),
        "empty": fit_mixed_model(arms, "y ~ 1", [level, RandomTerm(PATIENT)]),
        "crossed": fit_mixed_model(RATINGS, "y ~ session", [patient, rater]),
        "crossed_nested": fit_mixed_model(
            RATINGS,
            "y ~ session",
            [RandomTerm(("site", "patient")), RandomTerm(("site",)), rater],
        ),
        "crossed_slopes": fit_mixed_model(
            RATINGS, "y ~ session", [patient, RandomTerm(("rater",), "1 + session")], reml=False
        ),
        "days": fit_mixed_model(
            SERIAL, "y ~ day * arm + pretest", [RandomTerm(("patient",), "1 + day")]
        ),
    }


@pytest.fixture(scope="module")
def edges() -> dict[str, MixedModel]:
    return edge_fits()


@pytest.mark.parametrize("name", R["edge"])
def test_factors_powers_gaps_and_crossed_groups(edges, name):
    assert_agrees(edges[name], R["edge"][name])


def test_left_out_rows_are_counted(edges):
    fit = edges["missing"]
    assert fit.n_missing_rows == len(DATA["unbal"]) - fit.n_rows > 0
    assert fit.messages[0].startswith(f"{fit.n_missing_rows} of {len(DATA['unbal'])} rows")


def test_sleepstudy_as_lme4_prints_it():
    fixed, random = MODELS["S"]
    fit = fit_mixed_model(DATA["sleep"], fixed, random)
    assert fit.estimates.round(3).tolist() == [251.405, 10.467]
    assert fit.standard_errors.round(3).tolist() == [6.825, 1.546]
    [subject] = fit.random_covariances
    # lme4 prints 612.10 and 24.741; driven to the limit (R/mixed_models.R) it finds 612.090.
    assert np.diag(subject.covariance).round(2).tolist() == [612.09, 35.07]
    np.testing.assert_allclose(subject.sds, [24.741, 5.922], atol=6e-4)
    assert round(float(subject.correlations[0, 1]), 2) == 0.07
    assert round(fit.residual_sd, 3) == 25.592
    assert round(-2 * fit.log_likelihood, 1) == 1743.6


def test_empirical_bayes_estimates():
    fixed, random = MODELS["M3"]
    frame = DATA["small"]
    fit = fit_mixed_model(frame, fixed, random)
    for place, name in enumerate(("pat", "ther")):
        found, expected = fit.random_effects(place), R["modes"][name]
        found = found.set_index(name).loc[expected["groups"]]
        modes, errors = found[["Intercept", "time"]], found[["se_Intercept", "se_time"]]
        np.testing.assert_allclose(modes, expected["modes"], atol=2e-6)
        np.testing.assert_allclose(errors, expected["se"], rtol=1e-5)
    np.testing.assert_allclose(fit.fitted(), R["modes"]["fitted"], atol=1e-6)
    np.testing.assert_allclose(fit.fitted(False), R["modes"]["population"], atol=1e-6)
    np.testing.assert_allclose(fit.residuals(), frame["y"] - R["modes"]["fitted"], atol=1e-6)


def test_empirical_bayes_estimates_of_crossed_groups(edges):
    for place, name in enumerate(("patient", "rater")):
        found, expected = edges["crossed"].random_effects(place), R["modes_crossed"][name]
        np.testing.assert_allclose(found["Intercept"], expected["modes"], atol=1e-6)
        np.testing.assert_allclose(found["se_Intercept"], expected["se"], rtol=1e-5)


def test_likelihood_ratio_of_fixed_effects():
    frame = DATA["unbal"]
    small, large = (fit_mixed_model(frame, *MODELS[name]) for name in ("M1r", "M1"))
    found, expected = likelihood_ratio(small, large), R["ratios"]["fixed"]
    assert (found.refitted, found.reml, found.distribution) == (True, False, "chi2(1)")
    assert found.chi2 == pytest.approx(expected["chi2"], abs=1e-6)
    assert found.p == pytest.approx(expected["p"], rel=1e-5)


def test_likelihood_ratio_of_a_random_slope():
    frame = DATA["unbal"]
    small, large = (fit_mixed_model(frame, *MODELS[name]) for name in ("M1", "M3"))
    found, expected = likelihood_ratio(small, large), R["ratios"]["variance"]
    assert found.chi2 == pytest.approx(expected["chi2"], abs=1e-5)
    assert (found.df, found.reml, found.refitted) == (expected["df"], True, False)
    assert found.distribution == "0.5 chi2(1) + 0.5 chi2(2)"
    # chi2 with 2 df has the p that R prints; with 1 df it is erfc of the root of half of chi2.
    from scipy.special import erfc

    mixture = 0.5 * expected["p"] + 0.5 * erfc(np.sqrt(expected["chi2"] / 2))
    assert found.p == pytest.approx(mixture, rel=1e-4)


@pytest.mark.parametrize(
    ("name", "data", "model"), [("unbal_M1", "unbal", "M1"), ("sleep", "sleep", "S")]
)
def test_profile_intervals(name, data, model):
    fit = fit_mixed_model(DATA[data], *MODELS[model], reml=False)
    expected = R["profile"][name]
    limits = sorted(zip(expected["low"], expected["high"], strict=True))
    found = sorted((limit.low, limit.high) for limit in profile_intervals(fit))
    # lme4 interpolates the profile by splines.
    np.testing.assert_allclose(found, limits, rtol=1e-5)


PERSON = ("patient",)
STRUCTURES = {
    "independent": ([], Residual()),
    "car1": ([], Residual("car1", PERSON, "day")),
    "ar1": ([], Residual("ar1", PERSON, "occasion")),
    "ar1_order": ([], Residual("ar1", PERSON)),
    "compound_symmetry": ([], Residual("compound_symmetry", PERSON)),
    "unstructured": ([], Residual("unstructured", PERSON, "occasion")),
    "variances": ([], Residual(variance_by="occasion")),
    "mmrm": ([], Residual("unstructured", PERSON, "occasion", "occasion")),
    "ar1_variances": ([], Residual("ar1", PERSON, "occasion", "occasion")),
    "therapist_car1": ([RandomTerm(("therapist",))], Residual("car1", PERSON, "day")),
    "patient_ar1": ([RandomTerm(PERSON)], Residual("ar1", PERSON, "occasion")),
    "slopes_variances": ([RandomTerm(PERSON, "1 + day")], Residual(variance_by="occasion")),
    "nested_variances": (
        [RandomTerm(("therapist",)), RandomTerm(("therapist", "patient"))],
        Residual(variance_by="arm"),
    ),
}
SERIAL_MODEL = "y ~ day * arm + pretest"


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize("name", STRUCTURES)
def test_residual_structures(name, method):
    random, residual = STRUCTURES[name]
    fit = fit_mixed_model(SERIAL, SERIAL_MODEL, random, residual=residual, reml=method == "REML")
    expected = NLME[name][method]
    order = in_our_order(fit, expected)
    wanted = np.array(list(expected["estimates"].values()))[order]
    np.testing.assert_allclose(fit.estimates, wanted, rtol=1e-5, atol=1e-5)
    errors = np.sqrt(np.diag(expected["covariance"]))[order]
    if method == "ML" and not random:
        # gls divides by n - p even where it maximises the likelihood.
        errors *= np.sqrt((fit.n_rows - len(order)) / fit.n_rows)
    np.testing.assert_allclose(fit.standard_errors, errors, rtol=1e-5)
    assert fit.log_likelihood == pytest.approx(expected["logLik"], abs=1e-6)
    assert fit.log_likelihood > expected["logLik"] - 1e-9
    assert fit.n_parameters == expected["n_parameters"]
    assert fit.converged
    compare_residual_parameters(fit, expected)
    matrices = expected.get("random", {}).values()
    for term, matrix in zip(fit.random_covariances, matrices, strict=True):
        np.testing.assert_allclose(term.covariance, matrix, rtol=1e-5)


def compare_residual_parameters(fit: MixedModel, expected: dict) -> None:
    found = dict(fit.residual_parameters)
    correlations = [found.pop(name) for name in list(found) if not name.startswith("sd_ratio")]
    wanted = expected.get("correlation", [])
    if fit.residual.structure == "unstructured":
        pairs = [(a, b) for a in range(1, 6) for b in range(a + 1, 7)]
        correlations = [fit.residual_parameters[f"cor[{a},{b}]"] for a, b in pairs]
    np.testing.assert_allclose(correlations, wanted, atol=1e-5)
    ratios = {name[9:-1]: value for name, value in found.items()}
    if "ratio" in expected:
        # R's reference is the first value in the file, ours the first in order.
        theirs = dict.fromkeys(map(str, fit.state.likelihood.residual.strata_names), 1.0)
        theirs |= expected["ratio"]
        first = theirs[str(fit.state.likelihood.residual.strata_names[0])]
        for name, value in ratios.items():
            assert value == pytest.approx(theirs[name] / first, abs=1e-5)
        assert fit.residual_sd == pytest.approx(expected["sigma"] * first, rel=1e-5)
    else:
        assert not ratios
        assert fit.residual_sd == pytest.approx(expected["sigma"], rel=1e-5)


@pytest.mark.parametrize("name", NLME["kenward_roger"])
def test_kenward_roger_of_residual_structures(name):
    random, residual = STRUCTURES[name]
    fit = fit_mixed_model(SERIAL, SERIAL_MODEL, random, residual=residual)
    expected = NLME["kenward_roger"][name]
    order = in_our_order(fit, NLME[name]["REML"])
    tests = FixedEffectTests(fit, "kenward_roger").coefficients().values()
    np.testing.assert_allclose(
        [t.se for t in tests], np.atleast_1d(expected["se"])[order], rtol=1e-5
    )
    np.testing.assert_allclose([t.df for t in tests], np.array(expected["df"])[order], rtol=1e-3)


@deep
def test_never_below_lme4_on_random_problems():
    number = examples(30, many=300)
    terms = [
        [RandomTerm(("pat",)), RandomTerm(("ther",))],
        [RandomTerm(("pat",), LINE), RandomTerm(("ther",))],
        [RandomTerm(("pat",), LINE), RandomTerm(("ther",), LINE)],
    ]
    below, differs = {}, {}
    for problem in range(0, 300, 300 // number):
        frame = random_growth(problem)
        assert frame["y"].sum() == pytest.approx(RANDOM["sum"][problem], abs=1e-6)
        cases = [(random, reml) for random in terms for reml in (True, False)]
        for place, (random, reml) in enumerate(cases):
            fit = fit_mixed_model(frame, "y ~ time + train", random, reml=reml)
            gap = fit.log_likelihood - RANDOM["logLik"][problem][place]
            if gap < -1e-6 or not fit.converged:
                below[problem, place] = gap
            if gap < 1e-7 and abs(fit.estimates[1] - RANDOM["time"][problem][place]) > 1e-4:
                differs[problem, place] = fit.estimates[1]
    assert (below, differs) == ({}, {})
