"""Simulated data, their power, and the panel model."""

import numpy as np
import pytest
from tests.depth import deep, examples

from attune.specs.errors import AnalysisError
from attune.stats.sem_fit import fit_sem
from attune.stats.sem_panel import cross_lagged_model
from attune.stats.sem_simulation import sem_power, simulate_sem

POPULATION = """
level: within
  y ~ 0.5*x + 1*1
  x ~~ 1*x
  y ~~ 1*y
level: between
  y ~ -0.6*w
  w ~ 2*1
  w ~~ 1*w
  y ~~ 0.4*y
"""
ANALYSIS = "level: within\ny ~ b*x\nlevel: between\ny ~ c*w"


def test_moments_of_simulated_data():
    text = POPULATION.replace(" + 1*1", "")
    rows = simulate_sem(text, 3000, 4, np.random.default_rng(1))
    assert rows.columns.tolist() == ["cluster", "y", "x", "w"]
    assert (rows.groupby("cluster")["w"].nunique() == 1).all()
    fit = fit_sem(rows, ANALYSIS, cluster="cluster")
    assert fit.estimate("b")["estimate"] == pytest.approx(0.5, abs=0.04)
    assert fit.estimate("c")["estimate"] == pytest.approx(-0.6, abs=0.06)
    assert rows["w"].mean() == pytest.approx(2, abs=0.08)
    table = fit.parameters.set_index(["level", "left", "operator", "right"])["estimate"]
    assert table["between", "y", "~~", "y"] == pytest.approx(0.4, abs=0.06)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("y ~ b*x; x ~~ 1*x; y ~~ 1*y", ["y~x (within) has no number"]),
        ("y ~ 1*x; x ~~ 1*x", ["y~~y (within) has no number"]),
        ("x ~~ 1*x + 2*y; y ~~ 1*y", ["contradict each other", "x, y"]),
        ("x ~ 1*y; y ~ 1*x; x ~~ 1*x; y ~~ 1*y", ["feed back without end"]),
    ],
)
def test_populations_that_do_not_exist(text, words):
    with pytest.raises(AnalysisError) as error:
        simulate_sem(text, 10, 1, np.random.default_rng(1))
    for word in words:
        assert word in str(error.value)


@deep
def test_power_and_error_rate():
    replicates = examples(25, many=1000)
    draw = np.random.default_rng(7)
    text = POPULATION.replace(" + 1*1", "")
    found = sem_power(text, ANALYSIS, "b", 20, 5, draw, replicates=replicates)
    assert found["power"] > 0.9
    assert found["mean_estimate"] == pytest.approx(0.5, abs=0.05)
    assert found["mean_se"] == pytest.approx(found["empirical_se"], rel=0.35)
    nothing = text.replace("0.5*x", "0*x")
    found = sem_power(nothing, ANALYSIS, "b", 20, 5, draw, replicates=replicates)
    assert found["power"] < 0.05 + 3.5 * np.sqrt(0.05 * 0.95 / replicates) + 0.02


def panel_population() -> str:
    names = ("x", "y")
    text = cross_lagged_model([f"x{t}" for t in range(4)], [f"y{t}" for t in range(4)], names=names)
    for label, value in (("x_x*", 0.3), ("x_y*", -0.2), ("y_y*", 0.2), ("y_x*", -0.3)):
        text = text.replace(label, f"{value}*")
    text = text.replace("stable_x ~~ stable_y", "stable_x ~~ -0.3*stable_y")
    lines = [
        f"own_x_{t} ~~ -0.2*own_y_{t}" if line == f"own_x_{t} ~~ own_y_{t}" else line
        for line in text.splitlines()
        for t in [line.split(" ")[0].split("_")[-1]]
    ]
    lines += [f"own_{n}_{t} ~~ 1*own_{n}_{t}" for n in names for t in range(1, 5)]
    return "\n".join([*lines, *(f"stable_{n} ~~ 1*stable_{n}" for n in names)])


def test_panel_model_finds_its_paths():
    rows = simulate_sem(panel_population(), 2500, 1, np.random.default_rng(11))
    text = cross_lagged_model([f"x{t}" for t in range(4)], [f"y{t}" for t in range(4)])
    fit = fit_sem(rows, text)
    assert fit.converged and fit.df == 2 * 4 + 8 * 9 // 2 - fit.n_parameters
    for label, value in (("x_x", 0.3), ("x_y", -0.2), ("y_y", 0.2), ("y_x", -0.3)):
        row = fit.estimate(label)
        assert abs(row["estimate"] - value) < 4 * row["se"] < 0.2


def test_panel_models_without_waves():
    for first, second, words in (
        (["a1", "a2"], ["b1", "b2"], "found 2 waves, needed are at least 3"),
        (["a1", "a2", "a3"], ["b1", "b2"], "3 and 2 waves"),
        (["a1", "a2", "a3"], ["b1", "a2", "b3"], "'a2' is named twice"),
    ):
        with pytest.raises(AnalysisError, match=words):
            cross_lagged_model(first, second)
    with pytest.raises(AnalysisError, match="two different words"):
        cross_lagged_model(["a", "b", "c"], ["d", "e", "f"], names=("x", "x"))
