"""Correlation matrices: impossible triplets and cycles, and matrices of data that exist."""

from collections.abc import Mapping
from fractions import Fraction
from time import process_time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.paper.checks.correlation_matrix import checks_of
from attune.paper.checks.finding import Finding
from attune.paper.checks.matrix_conflict import (
    impossible_triplets,
    possible_of_triplet,
    smallest_conflict,
)
from attune.paper.checks.matrix_feasibility import feasibility, largest_product
from attune.paper.ledger.ledger import Publication
from attune.stats.intervals import Interval, exact, rounding_interval


def paper(variables: str, cells: Mapping[str, str]) -> Publication:
    names = {cell: "r_" + cell.replace(", ", "_") for cell in cells}
    shared = {"kind": "r", "n": 26, "places": ["Table"], "quoted": "made up"}
    return Publication.model_validate(
        {
            "publication": "a",
            "citation": "A.",
            "values": [
                {"id": names[cell], "printed": text, **shared} for cell, text in cells.items()
            ],
            "relations": {
                "correlation_matrix": [
                    {"name": "printed", "variables": list(variables), "cells": names}
                ]
            },
        }
    )


def data_matrix(rng: np.random.Generator, size: int, cases: int) -> np.ndarray:
    data = rng.normal(size=(cases, size)) @ rng.normal(size=(size, size))
    # The last variable is the sum of the first two, as totals are: the matrix is singular.
    data[:, -1] = data[:, 0] + data[:, 1]
    return np.corrcoef(data.T)


class TestFeasibility:
    @pytest.mark.parametrize(
        ("cells", "exists"),
        [
            # Langford, Schwertman & Owens (2001): r_ac is no less than r_ab r_bc less the rest.
            ((".8", ".8", ".27"), False),
            ((".8", ".8", ".28"), True),
            ((".9", ".9", ".62"), True),
            ((".9", ".9", ".61"), False),
            (("-.5", "-.5", "-.5"), True),
            (("-.51", "-.51", "-.51"), False),
            (("1", "1", ".999"), False),
            (("1", "-1", "-1"), None),
        ],
    )
    def test_triplets(self, cells: tuple[str, str, str], exists: bool | None) -> None:
        """Exactly at the border (a singular matrix of exact numbers) nothing is claimed."""
        found = feasibility(3, dict(zip([(0, 1), (0, 2), (1, 2)], map(exact, cells), strict=True)))
        assert found.exists in ((exists, None) if exists is not False else (False,))

    def test_rounding_is_carried_through(self) -> None:
        # .61 is impossible beside two .90, but not beside what rounds to them.
        cells = dict(
            zip(
                [(0, 1), (0, 2), (1, 2)], map(rounding_interval, (".90", ".90", ".61")), strict=True
            )
        )
        assert feasibility(3, cells).exists
        cells[1, 2] = rounding_interval(".58")
        assert feasibility(3, cells).exists is False

    @given(st.integers(min_value=0, max_value=2**32), st.integers(min_value=1, max_value=3))
    def test_no_false_alarm(self, seed: int, places: int) -> None:
        rng = np.random.default_rng(seed)
        size, cases = int(rng.integers(3, 9)), int(rng.integers(3, 30))
        matrix = data_matrix(rng, size, cases)
        known = {
            (i, j): rounding_interval(f"{matrix[i, j]:.{places}f}")
            for i in range(size)
            for j in range(i + 1, size)
            if rng.random() < rng.uniform(0.3, 1)
        }
        cut = {pair: clipped(cell) for pair, cell in known.items()}
        assert feasibility(size, cut).exists is not False

    @given(st.integers(min_value=0, max_value=2**32))
    def test_against_the_angles_of_triplets(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        cells = {
            pair: rounding_interval(f"{rng.uniform(-0.99, 0.99):.2f}")
            for pair in [(0, 1), (0, 2), (1, 2)]
        }
        found = feasibility(3, cells).exists
        assert found is not bool(list(impossible_triplets(3, cells)))

    @given(st.integers(min_value=0, max_value=2**32))
    def test_a_proof_holds_for_every_matrix(self, seed: int) -> None:
        """<X, L L'> is never negative for a matrix of data, whatever L is."""
        rng = np.random.default_rng(seed)
        size = int(rng.integers(3, 7))
        matrix = data_matrix(rng, size, 12)
        root = rng.integers(-9, 10, size=(size, size)).astype(object)
        cells = {
            (i, j): clipped(rounding_interval(f"{matrix[i, j]:.2f}"))
            for i in range(size)
            for j in range(i + 1, size)
            if rng.random() < 0.8
        }
        assert largest_product(root @ root.T, cells) >= 0

    def test_unknown_cells_have_no_say_in_a_proof(self) -> None:
        """They may lie anywhere from -1 to 1: 3 - 2 x .6 - 2 x .6 + 2 x 1."""
        ones = np.ones((3, 3), dtype=object)
        known = {(0, 1): exact("-0.6"), (1, 2): exact("-0.6")}
        assert largest_product(ones, known) == Fraction("2.6")

    def test_a_found_matrix_is_one(self) -> None:
        cells = {(0, 1): exact("0.9"), (1, 2): exact("0.9"), (2, 3): rounding_interval(".60")}
        found = feasibility(4, cells)
        assert found.matrix is not None
        assert np.linalg.eigvalsh(found.matrix)[0] > 0
        assert np.array_equal(found.matrix, found.matrix.T)
        assert found.matrix[0, 1] == found.matrix[1, 2] == 0.9
        assert cells[2, 3].low <= Fraction(float(found.matrix[2, 3])) <= cells[2, 3].high

    def test_decides_twelve_variables_with_half_the_cells(self) -> None:
        rng = np.random.default_rng(5)
        matrix = data_matrix(rng, 12, 26)
        cells = {
            (i, j): clipped(rounding_interval(f"{matrix[i, j]:.3f}"))
            for i in range(12)
            for j in range(i + 1, 12)
            if (i + j) % 2
        }
        cells[0, 1] = cells[0, 11] = rounding_interval(".95")
        cells[1, 10] = rounding_interval("-.95")
        assert feasibility(12, cells).exists is False


def clipped(cell: Interval) -> Interval:
    one = Fraction(1)
    return Interval(max(cell.low, -one), min(cell.high, one))


class TestConflict:
    @pytest.mark.parametrize(
        ("one", "two", "low", "high"),
        [
            ("0.8", "0.8", 0.28, 1),
            ("0.9", "0.3", 0.27 - np.sqrt(0.19 * 0.91), 0.27 + np.sqrt(0.19 * 0.91)),
            ("-0.6", "0.8", -0.96, 0.0),
            ("0", "0", -1, 1),
        ],
    )
    def test_what_a_triplet_leaves(self, one: str, two: str, low: float, high: float) -> None:
        assert possible_of_triplet(exact(one), exact(two)) == pytest.approx((low, high))

    def test_triplets_over_intervals(self) -> None:
        """Against a dense grid of the two intervals."""
        one, two = rounding_interval("-.3"), rounding_interval(".9")
        grid = [
            (a * b - np.sqrt((1 - a * a) * (1 - b * b)), a * b + np.sqrt((1 - a * a) * (1 - b * b)))
            for a in np.linspace(float(one.low), float(one.high), 60)
            for b in np.linspace(float(two.low), float(two.high), 60)
        ]
        low, high = possible_of_triplet(one, two)
        assert low == pytest.approx(min(each for each, _ in grid), abs=1e-3)
        assert high == pytest.approx(max(each for _, each in grid), abs=1e-3)

    def test_a_cycle_of_four(self) -> None:
        """No triplet is known, but a goes with b, b with c, c with d, and a against d."""
        cells = {
            (0, 1): rounding_interval(".95"),
            (1, 2): rounding_interval(".95"),
            (2, 3): rounding_interval(".95"),
            (0, 3): rounding_interval("-.30"),
            (3, 4): rounding_interval(".20"),
            (0, 4): rounding_interval(".10"),
        }
        assert feasibility(5, cells).exists is False
        assert smallest_conflict(5, cells) == ((0, 1), (0, 3), (1, 2), (2, 3))

    @given(st.integers(min_value=0, max_value=2**32))
    def test_every_cell_of_a_conflict_is_needed(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        cells = {
            (i, j): rounding_interval(f"{rng.uniform(-0.95, 0.95):.2f}")
            for i in range(5)
            for j in range(i + 1, 5)
            if rng.random() < 0.7
        }
        if len(cells) < 3 or feasibility(5, cells).exists is not False:
            return
        conflict = smallest_conflict(5, cells)
        assert feasibility(5, {pair: cells[pair] for pair in conflict}).exists is False
        for left_out in conflict:
            rest = {pair: cells[pair] for pair in conflict if pair != left_out}
            assert feasibility(5, rest).exists is not False


class TestFindings:
    def test_an_impossible_triplet_among_others_is_named(self) -> None:
        cells = {
            "a, b": ".85",
            "a, c": ".80",
            "b, c": "-.12",
            "a, d": ".20",
            "b, d": ".15",
            "c, e": ".30",
        }
        (found,) = checks_of(paper("abcde", cells))
        assert found.outcome == "inconsistent"
        assert set(found.values) == {"r_a_b", "r_a_c", "r_b_c"}
        assert found.explanation == "typo"
        assert found.printed == cells[found.value.removeprefix("r_").replace("_", ", ")]

    def test_unknown_cells_are_left_open(self) -> None:
        (found,) = checks_of(paper("abcd", {"a, b": ".9", "b, c": ".9", "c, d": ".9"}))
        assert found.outcome == "consistent"
        assert "3 that are not printed" in found.sentence

    def test_cells_in_either_order(self) -> None:
        (found,) = checks_of(paper("abc", {"b, a": ".9", "c, a": ".9", "c, b": "-.2"}))
        assert found.outcome == "inconsistent"

    def test_fewer_than_three_cells_tell_nothing(self) -> None:
        assert not list(checks_of(paper("abc", {"a, b": ".9", "b, c": ".9"})))

    def test_nothing_is_claimed_too_close_to_the_border(self, monkeypatch) -> None:  # type: ignore[no-untyped-def]
        from attune.paper.checks import correlation_matrix as module
        from attune.paper.checks.matrix_feasibility import Feasibility

        monkeypatch.setattr(module, "feasibility", lambda *_: Feasibility(None))
        (found,) = checks_of(paper("abc", {"a, b": ".9", "a, c": ".9", "b, c": ".6"}))
        assert found.outcome == "cannot_tell"


def finding_of(matrix: np.ndarray) -> Finding:
    size = len(matrix)
    cells = {f"v{i}, v{j}": f"r{i}_{j}" for i in range(size) for j in range(i + 1, size)}
    texts = [f"{matrix[i, j]:.2f}" for i in range(size) for j in range(i + 1, size)]
    shared = {"kind": "r", "n": 26, "places": ["Table"], "quoted": "made up"}
    names = [f"v{i}" for i in range(size)]
    paper = Publication.model_validate(
        {
            "publication": "a",
            "citation": "A.",
            "values": [
                {"id": name, "printed": text, **shared}
                for name, text in zip(cells.values(), texts, strict=True)
            ],
            "relations": {
                "correlation_matrix": [{"name": "all", "variables": names, "cells": cells}]
            },
        }
    )
    return next(iter(checks_of(paper)))


def test_nonsense_among_seventy_variables_is_found_soon() -> None:
    matrix = np.random.default_rng(1).uniform(-1, 1, size=(70, 70))
    start = process_time()
    found = finding_of(matrix)
    assert (found.outcome, found.explanation) == ("inconsistent", "impossible")
    assert process_time() - start < 20


def test_one_wrong_digit_among_many_cells_is_named() -> None:
    rng = np.random.default_rng(2)
    matrix = np.corrcoef(rng.normal(size=(500, 20)) + 2 * rng.normal(size=(500, 1)), rowvar=False)
    assert finding_of(matrix).outcome == "consistent"
    matrix[3, 7] = -matrix[3, 7]
    found = finding_of(matrix)
    assert (found.value, found.explanation) == ("r3_7", "typo")
    assert len(found.values) == 3


def test_more_variables_than_the_solver_takes() -> None:
    scores = np.random.default_rng(3).normal(size=(30, 65))
    found = finding_of(0.6 * np.corrcoef(scores, rowvar=False) + 0.4 * np.eye(65))
    assert found.outcome == "consistent"
    found = finding_of(np.full((65, 65), -0.05))
    assert found.outcome == "cannot_tell"
    assert found.sentence == "More than 60 variables are too many to tell."
