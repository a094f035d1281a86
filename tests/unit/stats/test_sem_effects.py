"""Standardised estimates and intervals of indirect effects."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.stats.sem_populations import simulate_sem

from attune.specs.errors import AnalysisError
from attune.stats.sem_effects import bootstrap_intervals, monte_carlo_intervals, standardised
from attune.stats.sem_fit import SemFit, fit_sem

POPULATION = """
level: within
  m ~ 0.5*x
  y ~ 0.4*m
  x ~~ 1*x
  m ~~ 1*m
  y ~~ 1*y
level: between
  x ~~ 0.5*x
  m ~ 0.8*x
  y ~ 0.6*m
  m ~~ 0.3*m
  y ~~ 0.3*y
"""
MODEL = """
level: within
  m ~ aw*x
  y ~ bw*m
level: between
  m ~ ab*x
  y ~ bb*m
within := aw*bw
between := ab*bb
contrast := ab*bb - aw*bw
"""


@pytest.fixture(scope="module")
def fit() -> SemFit:
    rows = simulate_sem(POPULATION, 50, 6, np.random.default_rng(3))
    return fit_sem(rows, MODEL, cluster="cluster")


def test_standardised_is_the_fit_of_standardised_variables():
    rows = simulate_sem("y ~ 0.5*x; x ~~ 4*x; y ~~ 2*y", 200, 1, np.random.default_rng(1))
    found = standardised(fit_sem(rows, "y ~ b*x")).set_index("label").loc["b"]
    r = np.corrcoef(rows["x"], rows["y"])[0, 1]
    assert found["estimate"] == pytest.approx(r, rel=1e-6)
    # Delta method for a correlation of normal variables: (1 - r^2) / sqrt(n).
    assert found["se"] == pytest.approx((1 - r**2) / np.sqrt(len(rows)), rel=1e-4)


def test_levels_have_their_own_standard_deviations(fit):
    table = standardised(fit)
    values = fit.parameters.set_index(["level", "left", "operator", "right"])["estimate"]
    for level, label in (("within", "aw"), ("between", "ab")):
        slope = values[level, "m", "~", "x"]
        x = values[level, "x", "~~", "x"]
        m = slope**2 * x + values[level, "m", "~~", "m"]
        found = table.set_index("label").loc[label, "estimate"]
        assert found == pytest.approx(slope * np.sqrt(x / m))
    table = table.set_index("label")["estimate"]
    assert table["within"] == pytest.approx(table["aw"] * table["bw"])


def test_delta_method_of_a_product(fit):
    place = fit.specification.labels
    a, b = (int(place[name]) for name in ("aw", "bw"))
    v, (va, vb) = fit.covariance, fit.free[[a, b]]
    expected = np.sqrt(vb**2 * v[a, a] + va**2 * v[b, b] + 2 * va * vb * v[a, b])
    assert fit.estimate("within")["se"] == pytest.approx(expected, rel=1e-9)


def test_monte_carlo_intervals(fit):
    found = monte_carlo_intervals(fit, np.random.default_rng(2), draws=40_000)
    assert found["name"].tolist() == ["within", "between", "contrast"]
    one = found.set_index("name").loc["within"]
    assert one["se"] == pytest.approx(fit.estimate("within")["se"], rel=0.05)
    place = fit.specification.labels
    a, b = int(place["aw"]), int(place["bw"])
    root = np.linalg.cholesky(fit.covariance[np.ix_([a, b], [a, b])])
    draws = fit.free[[a, b]] + np.random.default_rng(9).standard_normal((200_000, 2)) @ root.T
    limits = np.quantile(draws.prod(axis=1), [0.025, 0.975])
    np.testing.assert_allclose(one[["ci_low", "ci_high"]].to_numpy(float), limits, atol=0.003)
    again = monte_carlo_intervals(fit, np.random.default_rng(2), draws=40_000)
    pd.testing.assert_frame_equal(found, again)


def test_bootstrap_intervals(fit):
    found = bootstrap_intervals(
        fit, np.random.default_rng(2), names=["within", "aw"], replicates=60
    )
    for name, row in found.set_index("name").iterrows():
        assert row["n_replicates"] == 60
        assert row["ci_low"] < row["estimate"] < row["ci_high"]
        assert row["se"] == pytest.approx(fit.estimate(str(name))["se"], rel=0.4)


def test_one_bootstrap_fit_is_the_fit_of_the_drawn_clusters(fit):
    """Draw clusters by hand, fit from scratch, and compare with the quick search."""
    [low, high] = bootstrap_intervals(
        fit, np.random.default_rng(5), names=["aw"], replicates=1
    ).loc[0, ["ci_low", "ci_high"]]
    rows = fit.data.frame
    drawn = np.random.default_rng(5).integers(0, 50, 50)
    parts = [rows[rows["cluster"] == j + 1].assign(cluster=i) for i, j in enumerate(drawn)]
    again = fit_sem(pd.concat(parts), MODEL, cluster="cluster")
    assert low == high == pytest.approx(again.estimate("aw")["estimate"], abs=1e-6)


def test_unknown_names(fit):
    with pytest.raises(AnalysisError, match=r"'ind' is not a label; labels and defined .* aw"):
        monte_carlo_intervals(fit, np.random.default_rng(1), names=["ind"])
    rows = fit.data.frame
    with pytest.raises(AnalysisError, match="defines no parameter"):
        bootstrap_intervals(fit_sem(rows, "y ~ x"), np.random.default_rng(1))


def test_draws_do_not_depend_on_the_signs_of_eigenvectors(monkeypatch):
    """Signs are a matter of the library of linear algebra; intervals must not depend on it."""
    rng = np.random.default_rng(5)
    rows = pd.DataFrame(rng.normal(size=(60, 2)), columns=["x", "m"])
    rows["y"] = rows["m"] + rng.normal(size=60)
    fit = fit_sem(rows, "m ~ a*x\ny ~ b*m\nindirect := a*b")
    found = monte_carlo_intervals(fit, np.random.default_rng(1), draws=500)
    eigh = np.linalg.eigh

    def turned(matrix):
        values, vectors = eigh(matrix)
        return values, vectors * np.where(np.arange(len(values)) % 2, -1.0, 1.0)

    monkeypatch.setattr(np.linalg, "eigh", turned)
    again = monte_carlo_intervals(fit, np.random.default_rng(1), draws=500)
    pd.testing.assert_frame_equal(found, again)
