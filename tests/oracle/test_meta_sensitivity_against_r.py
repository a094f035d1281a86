"""Single studies and publication bias against metafor and R (R/meta_sensitivity.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.stats.meta_sensitivity import cumulative, influence, leave_one_out
from attune.stats.p_curve import Statistic, p_curve
from attune.stats.publication_bias import egger, limit_meta_analysis, pet_peese, trim_and_fill
from attune.stats.selection_model import selection_model

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "meta_sensitivity.json").read_text())
EFFECTS = pd.read_csv(HERE / "data" / "meta_effects.csv")
TESTS = {"z": "z", "knha": "knapp-hartung"}


def rows(name: str) -> pd.DataFrame:
    return EFFECTS[EFFECTS["set"] == name]


def close(found, expected, tolerance=1e-8):
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("case", R["left"])
def test_leave_one_out(case):
    name, method, test = case.split()
    study, expected = rows(name), R["left"][case]
    found = [
        part.result
        for part in leave_one_out(study["yi"], study["vi"], method=method, test=TESTS[test])
    ]
    for key in ("estimate", "se", "ci_low", "ci_high"):
        close([getattr(part.effect, key) for part in found], expected[key])
    close([part.tau2 for part in found], expected["tau2"])
    close([part.heterogeneity.q for part in found], expected["q"])
    close([part.heterogeneity.i2 for part in found], expected["i2"])


@pytest.mark.parametrize("case", R["influence"])
def test_influence(case):
    name, *choice = case.split()
    study, expected = rows(name), R["influence"][case]
    moderators = study[["x1", "x2"]] if choice == ["moderators"] else None
    method, test = ("REML", "knha") if moderators is not None else choice
    found = influence(
        study["yi"], study["vi"], moderators=moderators, method=method, test=TESTS[test]
    )
    for key, attribute in (
        ("rstudent", "rstudent"),
        ("dffits", "dffits"),
        ("cook.d", "cook"),
        ("cov.r", "covariance_ratio"),
        ("tau2.del", "tau2_deleted"),
        ("QE.del", "q_deleted"),
        ("hat", "hat"),
        ("weight", "weight"),
        ("dfbetas", "dfbetas"),
    ):
        close(getattr(found, attribute), expected[key])
    assert found.influential.tolist() == expected["marked"]


@pytest.mark.parametrize("case", R["cumulated"])
def test_cumulative(case):
    name, method, test = case.split()
    study, expected = rows(name), R["cumulated"][case]
    found = [
        part.result
        for part in cumulative(
            study["yi"], study["vi"], study["yi"], method=method, test=TESTS[test]
        )
    ]
    close([part.effect.estimate for part in found], expected["estimate"])
    close([part.effect.se for part in found], expected["se"])
    close([part.effect.ci_low for part in found], expected["ci_low"])
    # One study: metafor says 0, here it is undefined.
    close([part.tau2 for part in found[1:]], expected["tau2"][1:])
    assert np.isnan(found[0].tau2)


def compare_line(test, expected, names=("estimate", "se", "t", "p_two_tailed")):
    close([getattr(test, name) for name in names], expected)


@pytest.mark.parametrize("case", R["egger"])
def test_egger_with_random_effects(case):
    name, test = case.split()
    study, expected = rows(name), R["egger"][case]
    found = egger(study["yi"], study["vi"], test=TESTS[test])
    for place, line in enumerate((found.limit, found.slope)):
        compare_line(line, [expected[key][place] for key in ("estimate", "se", "statistic", "p")])
    close(found.tau2, expected["tau2"])


@pytest.mark.parametrize("name", R["weighted"])
def test_classical_egger_and_pet_peese(name):
    study, expected = rows(name), R["weighted"][name]
    found = egger(study["yi"], study["vi"], model="weighted")
    close((found.slope.t, found.slope.p_two_tailed), (expected["statistic"], expected["p"]))
    for place, line in enumerate((found.limit, found.slope)):
        close((line.estimate, line.se), (expected["estimate"][place], expected["se"][place]))
    both = pet_peese(study["yi"], study["vi"])
    assert both.pet == found.limit and both.pet_slope == found.slope
    compare_line(both.pet, R["pet"][name]["pet"])
    compare_line(both.peese, R["pet"][name]["peese"])
    compare_line(both.peese_slope, R["pet"][name]["peese_slope"])


@pytest.mark.parametrize("case", R["limit"])
def test_limit_meta_analysis(case):
    name, method = case.split()
    study, expected = rows(name), R["limit"][case]
    found = limit_meta_analysis(study["yi"], study["vi"], method=method)
    close((found.effect.estimate, found.effect.se), (expected["estimate"], expected["se"]))
    close((found.alpha, found.beta), (expected["alpha"], expected["beta"]))
    close((found.q_residual, found.q_small), (expected["q_residual"], expected["q_small"]))
    # R has no value where there is no variance between studies: the limit effects are equal.
    close(found.g2, 0.0 if expected["g2"] is None else expected["g2"])


@pytest.mark.parametrize("case", [case for case in R["filled"] if not case.endswith("chosen")])
def test_trim_and_fill(case):
    name, estimator, side, method = case.split()
    study, expected = rows(name), R["filled"][case]
    found = trim_and_fill(study["yi"], study["vi"], None, estimator, side, method, "z")
    assert found.missing == expected["k0"]
    close(found.missing_se, expected["se_k0"])
    close(
        (found.result.effect.estimate, found.result.effect.se, found.result.tau2),
        (expected["estimate"], expected["se"], expected["tau2"]),
    )
    if estimator == "R0":
        close(found.p, expected["p"])


@pytest.mark.parametrize("name", R["weighted"])
def test_side_of_missing_studies(name):
    study = rows(name)
    found = trim_and_fill(study["yi"], study["vi"])
    assert found.side == R["filled"][f"{name} chosen"]["side"]


@pytest.mark.parametrize("name", R["selected"])
def test_selection_models(name):
    expected = R["selected"][name]
    study = (
        pd.read_csv(HERE / "data" / "meta_selected.csv")
        if name.startswith("selected")
        else rows(name)
    )
    found = selection_model(study["yi"], study["vi"], None, expected["direction"], expected["step"])
    close(found.log_likelihood, expected["log_likelihood"], 1e-8)
    close((found.effect.estimate, found.tau2), (expected["estimate"], expected["tau2"]), 1e-5)
    close(found.weight, expected["delta"], 1e-5)
    close(
        (found.effect.se, found.tau2_se, found.weight_se),
        (expected["se"], expected["se_tau2"], expected["se_delta"]),
        1e-4,
    )
    close((found.chi2, found.p), (expected["chi2"], expected["p"]), 1e-6)


def test_p_curve():
    expected = R["p_curve"]
    results = [
        Statistic(row["family"], row["value"], row["df1"], row["df2"] or np.inf)
        for row in expected["results"]
    ]
    found = p_curve(results)
    close(found.p, expected["p"])
    for key, test in (
        ("right", found.right_skew),
        ("right_half", found.right_skew_half),
        ("flat", found.flatness),
        ("flat_half", found.flatness_half),
    ):
        close((test.z, test.p), expected[key])
    close(found.binomial_right, expected["binomial_right"])
    close(found.binomial_flat, expected["binomial_flat"])
    close((found.power, found.power_low, found.power_high), expected["power"], 1e-6)
