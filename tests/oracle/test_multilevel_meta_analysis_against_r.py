"""Effects nested in studies against metafor and clubSandwich (R/multilevel_meta_analysis.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.stats.multilevel_meta_analysis import multilevel_meta_analysis

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "multilevel_meta_analysis.json").read_text())["fits"]
EFFECTS = pd.read_csv(HERE / "data" / "meta_effects.csv")


def rows(name: str) -> pd.DataFrame:
    return EFFECTS[EFFECTS["set"] == name]


def close(found, expected, tolerance):
    np.testing.assert_allclose(found, np.atleast_1d(expected), rtol=tolerance, atol=tolerance)


def fitted(case: str):
    name, *choice = case.split()
    study, arguments = rows(name), {"profile": "profile" in R[case], "test": "z"}
    if choice[0] == "CHE":
        arguments["rho"] = float(choice[1])
    elif choice[0] == "three-level":
        arguments["method"] = choice[1]
    elif choice[0] == "moderators":
        arguments |= {"moderators": study[["x1", "x2"]], "rho": 0.6}
    elif choice[0] == "levels":
        kind = np.array(R[case]["kind"])
        arguments |= {"moderators": np.column_stack([kind == "b", kind == "c"]), "rho": 0.6}
    elif choice[0] == "study":
        arguments["levels"] = ["study"]
    else:
        arguments["test"] = choice[0]
    return multilevel_meta_analysis(study["yi"], study["vi"], study["study"], **arguments)


@pytest.mark.parametrize("case", R)
def test_models(case):
    expected, found = R[case], fitted(case)
    # metafor's optimizer stops where the likelihood is flat: variances agree to 1e-6 at best.
    close(found.log_likelihood, expected["log_likelihood"], 1e-9)
    assert found.log_likelihood >= expected["log_likelihood"] - 1e-10
    close([part.variance for part in found.components], expected["sigma2"], 1e-6)
    close([part.i2 for part in found.components], expected["i2"], 1e-5)
    tests = found.coefficients
    for name, key in (
        ("estimate", "estimate"),
        ("se", "se"),
        ("t", "statistic"),
        ("p_two_tailed", "p"),
        ("ci_low", "ci_low"),
        ("ci_high", "ci_high"),
    ):
        close([getattr(test, name) for test in tests], expected[key], 1e-6)
    close((found.q, found.q_p), (expected["q"], expected["q_p"]), 1e-8)
    if len(tests) == 1:
        limits = (found.prediction.low, found.prediction.high)
        close(limits, (expected["pi_low"], expected["pi_high"]), 1e-6)
    if "profile" in expected:
        for part, limits in zip(found.components, expected["profile"], strict=True):
            close((part.low, part.high), limits, 1e-5)
    if "qm" in expected:
        close(
            (found.moderators.statistic, found.moderators.p),
            (expected["qm"], expected["qm_p"]),
            1e-6,
        )


@pytest.mark.parametrize("case", R)
def test_robust_tests(case):
    expected, found = R[case]["robust"], fitted(case)
    robust = found.robust()
    tests = [robust.coefficient(name) for name in robust.names]
    close([test.se for test in tests], expected["se"], 1e-6)
    close([test.df for test in tests], expected["df"], 1e-5)
    close([test.p_two_tailed for test in tests], expected["p"], 1e-6)
    if "f" in expected:
        joint = robust.f(np.eye(len(tests))[1:])
        wanted = [expected[key] for key in ("f", "f_df2", "f_p")]
        close((joint.f, joint.df2, joint.p), wanted, 1e-5)
