"""Fit indices by their formulas, and models that must not be compared."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ncx2
from tests.unit.stats.sem_populations import simulate_sem

from attune.specs.errors import AnalysisError
from attune.stats import sem_tests
from attune.stats.sem_fit import fit_sem
from attune.stats.sem_search import maximise
from attune.stats.sem_tests import fit_indices, likelihood_ratio, rmsea_interval

POPULATION = """
level: within
  f =~ 1*a + 0.8*b + 0.7*c
  f ~~ 1*f
  a ~~ 0.5*a + 0.3*b
  b ~~ 0.6*b
  c ~~ 0.7*c
level: between
  a ~~ 0.5*a + 0.3*b + 0.2*c
  b ~~ 0.5*b + 0.2*c
  c ~~ 0.4*c
"""
SATURATED = "level: within\na ~~ b + c; b ~~ c\nlevel: between\na ~~ b + c; b ~~ c"
APART = "level: within\na ~~ 0*b + 0*c; b ~~ 0*c\nlevel: between\na ~~ 0*b + 0*c; b ~~ 0*c"
SOME = "level: within\na ~~ b + 0*c; b ~~ 0*c\nlevel: between\na ~~ b + 0*c; b ~~ 0*c"


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return simulate_sem(POPULATION, 60, 5, np.random.default_rng(4))


def test_the_saturated_model_fits_exactly(rows):
    found = fit_indices(fit_sem(rows, SATURATED, cluster="cluster"))
    assert (found.df, found.cfi, found.tli, found.rmsea) == (0, 1.0, 1.0, 0.0)
    assert found.chi2 == pytest.approx(0, abs=1e-7)
    assert found.srmr == pytest.approx(0, abs=1e-6)
    assert np.isnan([found.p, found.p_close, found.rmsea_low]).all()


def test_the_independence_model_is_the_baseline(rows):
    found = fit_indices(fit_sem(rows, APART, cluster="cluster"))
    assert (found.df, found.baseline_df) == (6, 6)
    assert found.chi2 == pytest.approx(found.baseline_chi2)
    assert found.cfi == pytest.approx(0) and found.tli == pytest.approx(0)
    assert found.srmr == pytest.approx(found.srmr_within + found.srmr_between)


def test_indices_from_their_formulas(rows):
    found = fit_indices(fit_sem(rows, SOME, cluster="cluster"))
    chi2, df, n = found.chi2, found.df, len(rows)
    assert df == 4
    base, base_df = found.baseline_chi2, found.baseline_df
    assert found.cfi == pytest.approx(1 - (chi2 - df) / (base - base_df))
    assert found.tli == pytest.approx((base / base_df - chi2 / df) / (base / base_df - 1))
    assert found.rmsea == pytest.approx(np.sqrt((chi2 - df) / (df * n)))
    for limit, share in ((found.rmsea_low, 0.95), (found.rmsea_high, 0.05)):
        assert ncx2.cdf(chi2, df, limit**2 * n * df) == pytest.approx(share, abs=1e-6)
    assert found.p_close == pytest.approx(ncx2.sf(chi2, df, 0.05**2 * n * df), abs=1e-8)


def test_limits_of_small_chi_squares_are_zero():
    assert rmsea_interval(2.0, 10, 100) == (0.0, 0.0)
    low, high = rmsea_interval(10.0, 10, 100)
    assert low == 0.0 < high


def test_likelihood_ratio(rows):
    small, large = (fit_sem(rows, text, cluster="cluster") for text in (APART, SOME))
    found = likelihood_ratio(small, large)
    assert found.chi2 == pytest.approx(2 * (large.log_likelihood - small.log_likelihood))
    assert (found.df, found.scaled) == (2, False)
    with pytest.raises(AnalysisError, match="exchange them"):
        likelihood_ratio(large, small)
    with pytest.raises(AnalysisError, match="same rows and variables"):
        likelihood_ratio(fit_sem(rows[5:], APART, cluster="cluster"), large)
    # One covariance within, which is large, against two between, which are small.
    within, between = "level: within\na ~~ {} + 0*c; b ~~ 0*c\n", "level: between\na ~~ {}; b ~~ {}"
    one = within.format("b") + between.format("0*b + 0*c", "0*c")
    two = within.format("0*b") + between.format("b + c", "0*c")
    with pytest.raises(AnalysisError, match="not nested"):
        likelihood_ratio(*(fit_sem(rows, text, cluster="cluster") for text in (one, two)))


def test_scaling_needs_robust_standard_errors(rows):
    assert np.isnan(fit_indices(fit_sem(rows, SOME, cluster="cluster")).scaling)
    robust = fit_sem(rows, SOME, cluster="cluster", standard_errors="robust")
    found = fit_indices(robust)
    assert found.chi2_scaled == pytest.approx(found.chi2 / found.scaling)
    # Normal data: nothing to correct, up to sampling error.
    assert found.scaling == pytest.approx(1, abs=0.3)


def test_complete_rows_need_no_search_for_the_models_of_reference(monkeypatch):
    """Sample moments are the maximum that the search finds, its curvature the expected one."""
    rng = np.random.default_rng(8)
    # Drawn with one root of the covariances, which is the same on every processor.
    covariances = np.full((5, 5), 0.4) + 0.6 * np.eye(5)
    values = rng.normal(size=(240, 5)) @ np.linalg.cholesky(covariances).T
    rows = pd.DataFrame(values + np.array([3, 0, 10, 1, 2]), columns=list("abcde"))
    rows["kind"] = np.repeat(["one", "two"], 120)
    # Both predictors covary in the model of independence, as in lavaan.
    model = "f =~ a + b + c\nf ~ d + e"
    fits = [
        fit_sem(rows, model, standard_errors="robust"),
        fit_sem(rows, model, group="kind", standard_errors="robust"),
    ]
    with monkeypatch.context() as patch:
        patch.setattr(sem_tests, "maximise", lambda *_: pytest.fail("a search"))
        without = [fit_indices(fit) for fit in fits]
    monkeypatch.setattr(sem_tests, "_sample_moments_fit", lambda *_: None)
    for fit, found in zip(fits, without, strict=True):
        searched = fit_indices(fit)
        assert searched.scaling != pytest.approx(1, abs=1e-3)
        # A root of a small difference, the RMSEA magnifies what the search leaves: 1.7e-6 was seen.
        assert vars(found) == pytest.approx(vars(searched), rel=2e-5, nan_ok=True)


def test_missing_values_need_the_search(monkeypatch):
    rng = np.random.default_rng(9)
    rows = pd.DataFrame(rng.normal(size=(80, 3)), columns=list("abc"))
    rows.loc[0, "a"] = np.nan
    fit = fit_sem(rows, "c ~ a + 0*b")
    searches = []
    monkeypatch.setattr(sem_tests, "maximise", lambda *of: searches.append(of) or maximise(*of))
    fit_indices(fit)
    assert len(searches) == 2
