"""Reference-based imputation and Rubin's rules against R (R/reference_based_imputation.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.stats.imputed_outcomes import complete_outcomes
from attune.stats.incomplete_normal import NormalFit, fit_normal
from attune.stats.reference_based_imputation import resample_parameters, resampled_contrasts
from attune.stats.rubins_rules import pool
from attune.stats.trial_outcomes import TrialOutcomes, trial_outcomes

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "reference_based_imputation.json").read_text())


@pytest.fixture(scope="module")
def data() -> TrialOutcomes:
    rows = pd.read_csv(HERE / "data" / "trial.csv")
    choices = {"reference": "wait", "baseline_visit": 0, "covariates": ["severity"]}
    return trial_outcomes(rows, "score", "patient", "week", "arm", **choices)


def fits(data: TrialOutcomes) -> list[NormalFit]:
    return [fit_normal(data.outcomes[data.arm == k]) for k in range(3)]


def test_maximum_likelihood(data):
    assert data.arms == ("wait", "cbt", "pdt")
    for arm, fit in zip(data.arms, fits(data), strict=True):
        expected = R["parameters"][arm]
        np.testing.assert_allclose(fit.mean[0], expected["mean"], rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(fit.covariance[0], expected["covariance"], rtol=1e-5, atol=1e-5)
        assert fit.converged


@pytest.mark.parametrize("strategy", R["contrasts"])
def test_conditional_mean_imputation(data, strategy):
    strategies = dict.fromkeys(data.arms, strategy)
    completed = complete_outcomes(data, fits(data), strategies, None)[0]
    means = completed[data.arm == 1].mean(axis=0)
    np.testing.assert_allclose(means, R["completed"][strategy], rtol=1e-6)
    found = resampled_contrasts(resample_parameters(data), strategy, 12)
    assert [contrast.arm for contrast in found] == ["cbt", "pdt"]
    estimates = [contrast.test.estimate for contrast in found]
    np.testing.assert_allclose(estimates, R["contrasts"][strategy], rtol=1e-5)
    if strategy in R["jackknife"]:
        errors = [contrast.test.se for contrast in found]
        np.testing.assert_allclose(errors, R["jackknife"][strategy], rtol=1e-5)


@pytest.mark.parametrize("place", range(len(R["pooled"])))
def test_rubins_rules(place):
    expected = R["pooled"][place]
    found = pool(expected["q"], expected["u"], expected["complete_df"])
    assert found.test.estimate == pytest.approx(expected["qbar"], rel=1e-12)
    assert found.test.se**2 == pytest.approx(expected["t"], rel=1e-12)
    assert found.test.df == pytest.approx(expected["df"], rel=1e-9)
    assert found.missing_share == pytest.approx(expected["share"], rel=1e-12)
