"""The cross-lagged panel model: known paths, waves that are missing."""

import numpy as np
import pytest
from tests.unit.stats.sem_populations import simulate_sem

from attune.specs.errors import AnalysisError
from attune.stats.sem_fit import fit_sem
from attune.stats.sem_panel import cross_lagged_model


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
