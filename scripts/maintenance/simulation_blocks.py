"""Replications in blocks, side by side and kept until they are all there, and their means.

Random numbers belong to a condition and a block, so that results do not depend on the number of
processes. Every finished block is kept, so that an interrupted run goes on where it stopped.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Outcomes = dict[str, list[float]]
"""Values of every replication by name; NaN where undefined."""


class Condition(Protocol):
    """One condition of a simulation; hashable."""

    @property
    def name(self) -> str:
        """Of its files and random numbers."""

    @property
    def share(self) -> float:
        """Part of the replications that is run."""


C = TypeVar("C", bound=Condition)


def run_in_blocks(
    run: Callable[[C, int], Outcomes],
    blocks: Iterable[tuple[C, int]],
    workers: int,
    kept: Path | None = None,
) -> dict[C, dict[str, NDArray[np.float64]]]:
    """Values of all replications by condition and name.

    Parameters
    ----------
    run : callable
        Computes a block of a condition; a function of a module, for other processes to find it.
    blocks : iterable of (condition, int)
        In the order in which they are computed.
    workers : int
        Processes; 1 computes in this one.
    kept : Path, optional
        Folder of finished blocks, which are read and not computed again.
    """
    tasks = list(blocks)
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
    work = partial(_kept_block, run, kept)
    if workers == 1:
        return _collected(tasks, map(work, tasks))
    with ProcessPoolExecutor(workers) as pool:
        return _collected(tasks, pool.map(work, tasks))


def blocks_of(conditions: Sequence[C], replications: int, size: int) -> list[tuple[C, int]]:
    """Every block of `size` replications, of which a condition with share 1 has `replications`.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> few, all_of_them = (SimpleNamespace(name=str(one), share=one) for one in (0.5, 1.0))
    >>> [(one.share, block) for one, block in blocks_of([few, all_of_them], 20, 10)]
    [(0.5, 0), (1.0, 0), (1.0, 1)]
    """
    return [
        (condition, block)
        for condition in conditions
        for block in range(int(np.ceil(condition.share * replications / size)))
    ]


def _kept_block(
    run: Callable[[C, int], Outcomes], kept: Path | None, task: tuple[C, int]
) -> Outcomes:
    condition, block = task
    path = None if kept is None else kept / f"{condition.name}_{block}.json"
    if path is not None and path.exists():
        outcomes: Outcomes = json.loads(path.read_text(encoding="utf-8"))
        return outcomes
    outcomes = run(condition, block)
    if path is not None:
        # Written at once under another name: an interrupted run leaves no half a file.
        unfinished = path.with_suffix(".part")
        unfinished.write_text(json.dumps(outcomes), encoding="utf-8")
        unfinished.replace(path)
    return outcomes


def _collected(
    tasks: Iterable[tuple[C, int]], results: Iterable[Outcomes]
) -> dict[C, dict[str, NDArray[np.float64]]]:
    values: dict[C, Outcomes] = {}
    for (condition, _), outcomes in zip(tasks, results, strict=True):
        own = values.setdefault(condition, {})
        for name, found in outcomes.items():
            own.setdefault(name, []).extend(found)
    return {
        condition: {name: np.array(found) for name, found in outcomes.items()}
        for condition, outcomes in values.items()
    }


def rows_replaced(old: str, new: str, columns: int) -> str:
    r"""A Markdown table in which the rows of a new one take the place of those that they repeat.

    Parameters
    ----------
    old, new : str
        Tables with the same headings. An empty cell of the new one leaves what was there.
    columns : int
        Number of the first cells that tell which row it is. Rows that the old table does not have
        come at the end.

    Examples
    --------
    >>> head = "| a | b | c |\n|---|---|---|\n"
    >>> print(rows_replaced(head + "| 1 | x | y |", head + "| 1 |  | z |\n| 2 | u | v |", 1))
    | a | b | c |
    |---|---|---|
    | 1 | x | z |
    | 2 | u | v |
    """
    head, lines = old.splitlines()[:2], old.splitlines()[2:]
    rows = {tuple(cells[:columns]): cells for cells in map(_cells, lines)}
    for cells in map(_cells, new.splitlines()[2:]):
        before = rows.get(tuple(cells[:columns]), [""] * len(cells))
        rows[tuple(cells[:columns])] = [
            now or then for now, then in zip(cells, before, strict=True)
        ]
    return "\n".join([*head, *(f"| {' | '.join(cells)} |" for cells in rows.values())])


def counts_replaced(old: str, new: str) -> str:
    """A sentence of counts in which those of a new one take the place of those that it repeats.

    Examples
    --------
    >>> counts_replaced("Trials: one rater: 300; two raters: 120.", "Trials: two raters: 500.")
    'Trials: one rater: 300; two raters: 500.'
    """
    head = old.partition(": ")[0]
    counts: dict[str, str] = {}
    for sentence in (old, new):
        parts = sentence.partition(": ")[2].removesuffix(".").split("; ")
        counts |= {what: n for what, _, n in (part.rpartition(": ") for part in parts) if what}
    return f"{head}: {'; '.join(f'{what}: {n}' for what, n in counts.items())}."


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]


@dataclass(frozen=True)
class Mean:
    """A mean over replications.

    Attributes
    ----------
    value : float
    se : float
        Monte Carlo standard error: where several parameters are taken together, of the means of the
        replications.
    undefined : float
        Share of the values that are undefined.
    """

    value: float
    se: float
    undefined: float

    @property
    def as_rate(self) -> str:
        """Such as ``.950 ± .010``."""
        if np.isnan(self.value):
            return ""
        note = f" ({100 * self.undefined:.0f} % undefined)" if self.undefined >= 0.005 else ""
        return f"{_decimal(self.value)} ± {_decimal(self.se)}{note}"

    def as_percent(self, of: float = 1.0) -> str:
        """Such as ``-1.2 ± 0.3``, of 100 times the mean over another number."""
        if np.isnan(self.value):
            return ""
        return f"{100 * self.value / of:.1f} ± {100 * self.se / abs(of):.1f}"


def mean_of(parts: Sequence[NDArray[np.float64]]) -> Mean:
    """Mean of several parameters over replications, of the values that are defined.

    Parameters
    ----------
    parts : sequence of ndarray, shape (replications,)
        One array per parameter.

    Examples
    --------
    >>> found = mean_of([np.array([1.0, 0.0, 1.0, np.nan]), np.array([1.0, 0.0, np.nan, np.nan])])
    >>> round(found.value, 3), found.undefined
    (0.6, 0.375)
    """
    if not parts:
        return Mean(np.nan, np.nan, np.nan)
    table = np.array(parts)
    defined = np.isfinite(table)
    if not defined.any():
        return Mean(np.nan, np.nan, 1.0)
    some = defined.any(axis=0)
    of_replication = np.nansum(table[:, some], axis=0) / defined[:, some].sum(axis=0)
    se = float(of_replication.std() / np.sqrt(max(int(some.sum()), 1)))
    return Mean(float(np.nanmean(table)), se, float(1 - defined.mean()))


def _decimal(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")
