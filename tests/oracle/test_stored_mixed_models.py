"""Stored fits of lme4, lmerTest and nlme (a_lmm.json, a2_lmm_edge.json); with ATTUNE_REFERENCE.

The demands: fixed effects 1e-6, standard errors 1e-5, log-likelihood 1e-6, Satterthwaite and
Kenward-Roger degrees of freedom 1e-3, relative.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.oracle.test_mixed_models_against_r import LINE, MODELS, PATIENT, THERAPIST, r_name

from attune.stats.mixed_model_intervals import profile_intervals
from attune.stats.mixed_model_tests import FixedEffectTests, likelihood_ratio
from attune.stats.mixed_models import MixedModel, RandomTerm, fit_mixed_model

FILES = {"bal": "growth3", "unbal": "growth3_unbal", "small": "growth3_small"}
GROWTH = [name for name in MODELS if name != "S"]
FITS = [f"{data}_{model}_{how}" for data in FILES for model in GROWTH for how in ("REML", "ML")]
FITS += ["sleep_REML", "sleep_ML"]
EDGES = ["factor", "quad", "singular", "na", "null", "rewb"]


@pytest.fixture(scope="module")
def lme4(stored: Path) -> dict:
    return json.loads((stored / "expected/a_lmm.json").read_text())


def fitted(stored: Path, name: str) -> MixedModel:
    data, *model, how = name.split("_")
    rows = pd.read_csv(stored / f"data/{FILES.get(data, 'sleepstudy')}.csv")
    return fit_mixed_model(rows, *MODELS[model[0] if model else "S"], reml=how == "REML")


def by_r_name(fit: MixedModel, values: np.ndarray) -> dict[str, float]:
    return {r_name(name): value for name, value in zip(fit.coefficients, values, strict=True)}


def sorted_parts(values: dict) -> dict:
    return {":".join(sorted(name.split(":"))): value for name, value in values.items()}


def assert_fit(fit: MixedModel, expected: dict, df: dict) -> None:
    wanted = {part: sorted_parts(expected[part]) for part in ("fixef", "se")}
    assert fit.converged
    assert by_r_name(fit, fit.estimates) == pytest.approx(wanted["fixef"], abs=1e-6, rel=0)
    assert by_r_name(fit, fit.standard_errors) == pytest.approx(wanted["se"], abs=1e-5, rel=0)
    assert fit.log_likelihood == pytest.approx(expected["logLik"], abs=1e-6)
    assert fit.residual_sd == pytest.approx(expected["sigma"], rel=1e-5)
    assert fit.singular == expected["singular"]
    if not expected["singular"]:
        found = [test.df for test in FixedEffectTests(fit).coefficients().values()]
        assert by_r_name(fit, found) == pytest.approx(sorted_parts(df), rel=1e-3)


@pytest.mark.parametrize("name", FITS)
def test_fits(stored, lme4, name):
    fit = fitted(stored, name)
    assert_fit(fit, lme4[name], lme4[name]["satt"]["df"])
    assert fit.aic == pytest.approx(lme4[name]["AIC"], abs=1e-5)
    assert fit.bic == pytest.approx(lme4[name]["BIC"], abs=1e-5)
    variances = [np.diag(term.covariance) for term in fit.random_covariances]
    wanted = [
        row["vcov"] for row in lme4[name]["vc"] if "var2" not in row and row["grp"] != "Residual"
    ]
    np.testing.assert_allclose(sorted(np.concatenate(variances)), sorted(wanted), rtol=1e-4)


@pytest.mark.parametrize("name", EDGES)
def test_factors_powers_gaps_and_levels(stored, name):
    expected = json.loads((stored / "expected/a2_lmm_edge.json").read_text())[name]
    rows = pd.read_csv(stored / f"data/growth3_{'na' if name == 'na' else 'tx'}.csv")
    rows["tx"] = pd.Categorical(rows["tx"], categories=["TAU", "CBT", "PDT"])
    line, level = RandomTerm(PATIENT, LINE), RandomTerm(THERAPIST)
    fixed, random = {
        "factor": ("y ~ time * tx + train", [line, level]),
        "quad": ("y ~ time + I(time**2) + alli", [line, level]),
        "singular": ("y ~ time", [line, RandomTerm(THERAPIST, LINE)]),
        "na": ("y ~ time * alli", [line, level]),
        "null": ("y ~ 1", [level, RandomTerm(PATIENT)]),
        "rewb": ("y ~ time + alli_w + alli_b", [line, level]),
    }[name]
    if name == "singular":
        rows = rows[rows["ther"].isin(rows["ther"].unique()[40:46]) & (rows["time"] < 3)]
    if name == "rewb":
        patients = rows.drop_duplicates(["ther", "pat", "alli"])
        rows["alli_b"] = rows["ther"].map(patients.groupby("ther")["alli"].mean())
        rows["alli_w"] = rows["alli"] - rows["alli_b"]
    # R writes the entries of a single coefficient without their names.
    df = expected["satt"] if name != "null" else {"(Intercept)": expected["satt"][0]}
    se = expected["se"] if name != "null" else {"(Intercept)": expected["se"][0]}
    assert_fit(fit_mixed_model(rows, fixed, random), expected | {"se": se}, df)


@pytest.mark.parametrize("name", ["unbal_M1", "sleep"])
def test_kenward_roger(stored, lme4, name):
    fit = fitted(stored, f"{name}_REML")
    tests = FixedEffectTests(fit, "kenward_roger").coefficients().values()
    for part, tolerance in (("df", 1e-3), ("se", 1e-5)):
        found = by_r_name(fit, [getattr(test, part) for test in tests])
        assert found == pytest.approx(sorted_parts(lme4[f"{name}_KR"][part]), rel=tolerance)


@pytest.mark.parametrize("data", FILES)
def test_likelihood_ratios(stored, lme4, data):
    small, large = (fitted(stored, f"{data}_{model}_ML") for model in ("M1r", "M1"))
    found, expected = likelihood_ratio(small, large), lme4[f"{data}_LRT_M1"]
    assert (found.chi2, found.df) == (pytest.approx(expected["chisq"], abs=4e-6), expected["df"])
    small, large = (fitted(stored, f"{data}_{model}_REML") for model in ("M1", "M3"))
    found, expected = likelihood_ratio(small, large), lme4[f"{data}_LRT_M1M3_REML"]
    assert (found.chi2, found.df) == (pytest.approx(expected["chisq"], abs=4e-6), expected["df"])


def test_profile_intervals(stored, lme4):
    expected = lme4["unbal_M1_ML_profileCI"]
    variances = expected["names"].index("(Intercept)")
    limits = sorted(list(zip(expected["lo"], expected["hi"], strict=True))[:variances])
    fit = fitted(stored, "unbal_M1_ML")
    found = sorted((limit.low, limit.high) for limit in profile_intervals(fit))
    # lme4 interpolates the profile by splines.
    np.testing.assert_allclose(found, limits, rtol=1e-5)


def test_nlme(stored, lme4):
    fit, expected = fitted(stored, "unbal_M1_REML"), lme4["unbal_M1_REML_nlme"]
    wanted = pytest.approx(sorted_parts(expected["fixef"]), abs=1e-6, rel=0)
    assert by_r_name(fit, fit.estimates) == wanted
    assert fit.log_likelihood == pytest.approx(expected["logLik"], abs=1e-6)


def test_every_stored_result_is_compared(stored, lme4):
    others = {"unbal_M1_KR", "sleep_KR", "unbal_M1_ML_profileCI", "unbal_M1_REML_nlme"}
    others |= {f"{data}_{test}" for data in FILES for test in ("LRT_M1", "LRT_M1M3_REML")}
    assert set(lme4) == {"versions", *FITS, *others, "timing_s", "default_optimizer_diff_M1"}
    edges = json.loads((stored / "expected/a2_lmm_edge.json").read_text())
    assert set(edges) == set(EDGES)
