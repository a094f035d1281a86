"""Matrices of many variables end soon: nonsense, one wrong cell, and too many to tell."""

from time import monotonic

import numpy as np

from attune.paper.checks.correlation_matrix import checks_of
from attune.paper.checks.finding import Finding
from attune.paper.ledger.ledger import Publication


def finding(matrix: np.ndarray) -> Finding:
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


def test_nonsense_among_seventy_variables_is_told_soon() -> None:
    matrix = np.random.default_rng(1).uniform(-1, 1, size=(70, 70))
    start = monotonic()
    found = finding(matrix)
    assert (found.outcome, found.explanation) == ("inconsistent", "impossible")
    assert monotonic() - start < 20


def test_one_wrong_digit_among_many_cells_is_named() -> None:
    rng = np.random.default_rng(2)
    matrix = np.corrcoef(rng.normal(size=(500, 20)) + 2 * rng.normal(size=(500, 1)), rowvar=False)
    assert finding(matrix).outcome == "consistent"
    matrix[3, 7] = -matrix[3, 7]
    found = finding(matrix)
    assert (found.value, found.explanation) == ("r3_7", "typo")
    assert len(found.values) == 3


def test_more_variables_than_the_solver_takes() -> None:
    scores = np.random.default_rng(3).normal(size=(30, 65))
    found = finding(0.6 * np.corrcoef(scores, rowvar=False) + 0.4 * np.eye(65))
    assert found.outcome == "consistent"
    found = finding(np.full((65, 65), -0.05))
    assert found.outcome == "cannot_tell"
    assert found.sentence == "More than 60 variables are too many to tell."
