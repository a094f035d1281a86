"""Mixed models for repeated measures against nlme and dense matrices (R/repeated_measures.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.stats.repeated_measures import RepeatedMeasuresFit, fit_repeated_measures

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "repeated_measures.json").read_text())
TRIAL = pd.read_csv(HERE / "data" / "trial.csv")
TRIAL["arm"] = pd.Categorical(TRIAL["arm"], categories=["wait", "cbt", "pdt"])


def with_baseline() -> pd.DataFrame:
    """Later visits of those with a baseline, which becomes a column."""
    before = TRIAL[TRIAL["week"] == 0].set_index("patient")["score"].rename("before")
    later = TRIAL[TRIAL["week"] > 0].join(before, on="patient")
    return later[later["before"].notna()]


MODELS = {
    "unstructured": {"covariates": ["severity", "sex"]},
    "constrained": {"covariates": ["severity"], "constrained_visit": 0},
    "baseline_by_visit": {"covariates": ["severity"], "covariates_by_visit": ["before"]},
    "clustered": {"covariates": ["severity", "sex"], "cluster": "therapist"},
    "constrained_clustered": {"cluster": "therapist", "constrained_visit": 0},
    "compound_symmetry": {"covariance": "compound_symmetry"},
    "heterogeneous_ar1": {"covariance": "heterogeneous_ar1", "df": "satterthwaite"},
}


def fitted(name: str, **choices: str) -> RepeatedMeasuresFit:
    frame = with_baseline() if name == "baseline_by_visit" else TRIAL
    model = MODELS[name] | choices
    return fit_repeated_measures(frame, "score", "patient", "week", "arm", **model)


@pytest.mark.parametrize("name", sorted(set(R) - {"source"}))
def test_fits(name):
    fit, expected = fitted(name), R[name]
    assert fit.model.converged
    assert (fit.n_rows, fit.n_persons) == (expected["n"], expected["n_persons"])
    # Maximum of the likelihood: nlme may stop earlier, never higher.
    assert -1e-7 < fit.model.log_likelihood - expected["logLik"] < 1e-6
    # nlme alone gives the last one; Fisher scoring drove the others to the maximum.
    close, variances = (2e-5, 1e-4) if name == "heterogeneous_ar1" else (1e-6, 1e-5)
    np.testing.assert_allclose(fit.model.estimates, expected["means"], rtol=close)
    assert [mean.test.estimate for mean in fit.means] == list(fit.model.estimates[: len(fit.means)])
    np.testing.assert_allclose(fit.within_covariance, expected["covariance"], rtol=variances)
    if expected["cluster_variance"] is None:
        assert fit.cluster_variance is None
    else:
        assert fit.cluster_variance == pytest.approx(expected["cluster_variance"], rel=variances)
    found = [contrast.test for contrast in (*fit.contrasts, *fit.averages)]
    assert len(found) == len(expected["contrasts"])
    for test, wanted in zip(found, expected["contrasts"], strict=True):
        assert test.estimate == pytest.approx(wanted["estimate"], rel=5 * close)
        assert test.se == pytest.approx(wanted["se"], rel=close)
        if "df" in wanted:
            assert test.df == pytest.approx(wanted["df"], rel=1e-5)
    for kind in ("arm_by_visit", "any_difference"):
        if kind in expected:
            test, wanted = getattr(fit, kind), expected[kind]
            assert test.f == pytest.approx(wanted["f"], rel=1e-5)
            assert test.df2 == pytest.approx(wanted["df"], rel=1e-5)
            assert test.scaling == pytest.approx(wanted["scaling"], rel=1e-5)
            assert test.p == pytest.approx(wanted["p"], rel=1e-4)


@pytest.mark.parametrize("name", [name for name in MODELS if name != "heterogeneous_ar1"])
def test_satterthwaite(name):
    fit = fitted(name, df="satterthwaite")
    found = [contrast.test.df for contrast in (*fit.contrasts, *fit.averages)]
    np.testing.assert_allclose(found, R[name]["satterthwaite"], rtol=1e-4)
