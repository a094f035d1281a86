"""A condition of the simulation of docs/inference.md, and what is counted in its replications."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 499
"""Few, for speed: the interval of a study uses many more."""

ORDERS = 499

LEVEL = 0.05

Array = NDArray[np.float64]
Outcomes = dict[str, list[float]]


@dataclass(frozen=True)
class Cell:
    """One condition of the simulation; `design` selects what is drawn and computed."""

    design: str
    kind: str
    n: int
    correlation: float = 0.0
    effect: float = 0.0

    @property
    def name(self) -> str:
        """Name of the random numbers."""
        return f"{self.design}, {self.kind}, {self.n}, {self.correlation}, {self.effect}"


def covers(low: float, truth: float, high: float) -> float:
    """1 if the interval holds the truth, 0 if not, NaN if it is undefined."""
    return float(low <= truth <= high) if np.isfinite(low) and np.isfinite(high) else np.nan


def rejections(p_values: dict[str, Iterable[float]]) -> Outcomes:
    """Whether each p is below the level, by name."""
    return {name: [float(p < LEVEL) for p in values] for name, values in p_values.items()}


def append(rates: Outcomes, found: dict[str, float]) -> None:
    """Add what one replication found."""
    for name, value in found.items():
        rates.setdefault(name, []).append(value)
