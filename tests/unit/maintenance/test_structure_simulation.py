"""The simulation of docs/structural_models.md: what it draws, a part of it, and its tables."""

import re

import numpy as np
import pytest

from attune.stats.sem_fit import fit_sem
from maintenance.simulate_structure import BLOCK, PAGE, Cell, all_cells, simulate, tables
from maintenance.structure_designs import BETWEEN, MODEL, PATHS, WITHIN, caseloads, draw, replicate

LARGE = Cell(4000, 12_000, "chain")


def test_drawn_data_have_the_true_paths_and_variances() -> None:
    frame = draw(LARGE, np.random.default_rng(1))
    fit = fit_sem(frame, MODEL, cluster="therapist")
    for label, true in LARGE.paths.items():
        row = fit.estimate(label)
        assert abs(row["estimate"] - true) < 3.5 * row["se"], label
    table = fit.parameters.set_index(["level", "operator", "left", "right"])["estimate"]
    for name, true in WITHIN.items():
        assert table["within", "~~", name, name] == pytest.approx(true, rel=0.05)
    assert table["between", "~~", "skills", "skills"] == pytest.approx(BETWEEN["skills"], rel=0.07)
    assert frame.groupby("therapist")["training"].first().mean() == pytest.approx(33 / 63, abs=1e-3)


def test_conditions_without_an_indirect_effect() -> None:
    for truth in ("no last link", "no training"):
        assert Cell(63, 121, truth).paths["indirect"] == 0
    assert Cell(63, 121, "chain").paths["indirect"] == pytest.approx(
        PATHS["a"] * PATHS["b"] * PATHS["c"] * PATHS["d"]
    )


def test_dropout_takes_all_scores_of_a_patient() -> None:
    frame = draw(Cell(400, 1200, "chain", dropout=True), np.random.default_rng(2))
    lost = frame[["empathy", "bond", "symptoms"]].isna()
    assert (lost.all(axis=1) == lost.any(axis=1)).all()
    assert lost["bond"].mean() == pytest.approx(0.12, abs=0.03)
    assert frame["skills"].notna().all()


@pytest.mark.parametrize(("therapists", "patients"), [(63, 121), (63, 315), (200, 400)])
def test_caseloads(therapists: int, patients: int) -> None:
    found = caseloads(therapists, patients, np.random.default_rng(3))
    assert found.sum() == patients and found.min() >= 1 and len(found) == therapists


def test_a_small_part_is_the_same_whatever_the_processes(tmp_path) -> None:
    cells = [Cell(63, 121, "chain"), Cell(63, 121, "no last link")]
    alone = simulate(cells, BLOCK, 1, tmp_path)
    assert len(list(tmp_path.glob("*.json"))) == 2
    again = simulate(cells, BLOCK, 1, tmp_path)
    for cell in cells:
        for name, found in alone[cell].items():
            assert np.array_equal(found, again[cell][name], equal_nan=True), name
            assert len(found) == BLOCK
    made = tables(alone)
    assert f"{BLOCK:,} data sets of each condition" in made["replications"]
    assert "| training → skills | 5.5 |" in made["paths"]


def test_outcomes_are_shares() -> None:
    found = replicate(Cell(63, 121, "chain"), np.random.default_rng(4), 2)
    for name, values in found.items():
        if name.startswith(("covers", "rejects")):
            known = [one for one in values if np.isfinite(one)]
            assert set(known) <= {0.0, 1.0}, name


def test_the_page_holds_every_table() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for mark in tables({}):
        content = page.partition(f"<!-- {mark} -->")[2].partition(f"<!-- /{mark} -->")[0]
        assert re.search(r"\d", content), mark
    assert len({cell.name for cell in all_cells()}) == len(all_cells())
