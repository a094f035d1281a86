"""A local search for integers whose statistics fall into given intervals."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from attune.specs.errors import AttuneError
from attune.synthetic.draws import Draws, Integers, Reals

Statistics = Callable[[Integers], Mapping[str, Reals]]
"""Named statistics of a batch of candidates, each with one value per candidate."""
Proposal = Callable[[Integers, Draws, int], Integers]
"""A batch of candidates near the current integers."""

BATCH = 256
"""Candidates per round."""
PATIENCE = 20
"""Rounds without improvement before the search restarts from a perturbed solution."""
KICKS = 3


class CalibrationError(AttuneError):
    """No integers were found whose statistics fall into the intervals."""


@dataclass(frozen=True)
class Target:
    """The interval that a statistic should fall into.

    Attributes
    ----------
    low, high : float
    inner : float
        Share of the interval, around its middle, that counts as met: the rest is the margin.
    step : float
        How much the statistic changes, about, when one score changes by one. Distances count in
        steps, so that a narrow interval does not outweigh all others.
    """

    low: float
    high: float
    inner: float = 0.8
    step: float = 0.05

    def middle(self) -> float:
        """Middle of the interval."""
        return self.low + (self.high - self.low) / 2

    def misfit(self, values: Reals) -> Reals:
        """0 where the target is met, else the distance from its inner part in steps."""
        half = (self.high - self.low) / 2
        return np.maximum(np.abs(values - (self.low + half)) - self.inner * half, 0.0) / self.step


def misfit(values: Mapping[str, Reals], targets: Mapping[str, Target]) -> Reals:
    """How far a batch of candidates is from its targets; 0 where every target is met.

    Examples
    --------
    >>> targets = {"mean": Target(0.0, 2.0, inner=0.5, step=1.0)}
    >>> misfit({"mean": np.array([1.2, 2.0])}, targets)
    array([0. , 0.5])
    """
    total = np.zeros_like(next(iter(values.values())), dtype=np.float64)
    for name in sorted(targets):
        distance = targets[name].misfit(values[name])
        total = total + distance
    return total


def search(
    start: Integers,
    proposal: Proposal,
    statistics: Statistics,
    targets: Mapping[str, Target],
    draws: Draws,
    rounds: int = 40_000,
) -> Integers:
    """Integers whose statistics all meet their targets.

    Hill climbing: each round takes the best of a batch of neighbours if it is better; where that
    ends outside the targets, the best so far is changed at random and the climb begins again.

    Parameters
    ----------
    start : numpy.ndarray of int64
        Where the search begins, any shape.
    proposal : callable
        Gives a batch of candidates, shape (batch, *start.shape).
    statistics : callable
        Gives the named statistics of a batch.
    targets : mapping of str to Target
        Intervals, for names that `statistics` gives.
    draws : Draws
    rounds : int
        After so many rounds the search gives up.

    Returns
    -------
    numpy.ndarray of int64, shape of `start`

    Raises
    ------
    CalibrationError
        With the statistics that are still outside their intervals.

    Examples
    --------
    >>> found = search(
    ...     np.zeros(4, dtype=np.int64),
    ...     neighbours(low=0, high=9),
    ...     lambda batch: {"sum": batch.sum(axis=-1).astype(float)},
    ...     {"sum": Target(19.5, 20.5)},
    ...     Draws(1, 0),
    ... )
    >>> int(found.sum())
    20
    """
    current = best = start
    worth = least = float(misfit(statistics(current[None]), targets)[0])
    stalled = 0
    for _ in range(rounds):
        if worth == 0:
            return current
        candidates = proposal(current, draws, BATCH)
        misfits = misfit(statistics(candidates), targets)
        chosen = int(np.argmin(misfits))
        if misfits[chosen] < worth:
            current, worth, stalled = candidates[chosen], float(misfits[chosen]), 0
            if worth < least:
                best, least = current, worth
            continue
        stalled += 1
        if stalled == PATIENCE:
            current = best
            for _ in range(KICKS):
                current = proposal(current, draws, 1)[0]
            worth, stalled = float(misfit(statistics(current[None]), targets)[0]), 0
    left = missed_targets(statistics(best[None]), targets)
    raise CalibrationError("No scores were found that give the printed values.", left)


def neighbours(low: int | Integers, high: int | Integers, cells: int = 3) -> Proposal:
    """Candidates close to the current integers, of three kinds.

    Some cells a little higher or lower; one cell higher and another of the same row as much lower,
    which keeps the row's mean; and two cells of a row exchanged, which keeps its mean and variance.

    Parameters
    ----------
    low, high : int or array of the shape of the current integers
        Bounds of every cell.
    cells : int
        Most cells changed at once by the first kind.
    """
    sizes = np.array([-2, -1, -1, 1, 1, 2], dtype=np.int64)

    def propose(current: Integers, draws: Draws, batch: int) -> Integers:
        width = current.shape[-1]
        flat = np.repeat(current.reshape(1, -1), batch, axis=0)
        every = np.arange(batch)
        kind = draws.integers(3, (batch,))
        active = draws.integers(cells, (batch,))
        places = draws.integers(flat.shape[1], (cells, batch))
        changes = sizes[draws.integers(len(sizes), (cells, batch))]
        for turn in range(cells):
            flat[every, places[turn]] += np.where((kind == 0) & (turn <= active), changes[turn], 0)
        one = places[0]
        two = one - one % width + draws.integers(width, (batch,))
        step = np.where(kind == 1, changes[0], 0)
        step = np.where(kind == 2, flat[every, two] - flat[every, one], step)
        flat[every, one] += step
        flat[every, two] -= step
        return np.clip(flat.reshape(batch, *current.shape), low, high)

    return propose


def missed_targets(values: Mapping[str, Reals], targets: Mapping[str, Target]) -> list[str]:
    """One sentence per target that the first candidate does not meet."""
    return [
        f"{name} is {float(values[name][0]):.5f}; the target is {target.low:.5f} to"
        f" {target.high:.5f}"
        for name, target in sorted(targets.items())
        if target.misfit(values[name])[0] > 0
    ]
