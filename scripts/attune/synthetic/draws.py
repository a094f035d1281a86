"""Random draws that are the same on every machine and with every version of NumPy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]


class Draws:
    """A stream of draws, made from the raw integers of PCG64 alone.

    NumPy promises that the raw stream never changes, which it does not promise for its
    distributions; these also go through the logarithm of the C library.

    Parameters
    ----------
    seed : int
        Seed of the cohort.
    stream : int
        Number of the part that draws, so that parts do not disturb each other.

    Examples
    --------
    >>> [int(draw) for draw in Draws(2012, 0).integers(6, (5,))]
    [1, 0, 2, 1, 5]
    """

    def __init__(self, seed: int, stream: int):
        self._bits = np.random.PCG64(np.random.SeedSequence([seed, stream]))

    def uniform(self, shape: tuple[int, ...]) -> Reals:
        """Draws from [0, 1), multiples of 2**-53."""
        count = int(np.prod(shape))
        raw = np.asarray(self._bits.random_raw(count), dtype=np.uint64)
        return ((raw >> np.uint64(11)).astype(np.float64) * 2.0**-53).reshape(shape)

    def integers(self, bound: int, shape: tuple[int, ...]) -> Integers:
        """Draws from 0, 1, ..., bound - 1."""
        return np.floor(self.uniform(shape) * bound).astype(np.int64)

    def bell(self, shape: tuple[int, ...]) -> Reals:
        """Draws with mean 0 and standard deviation 1: twelve uniform draws added, minus six.

        Nearly normal, never beyond six, and free of transcendental functions.
        """
        total = np.zeros(shape)
        for _ in range(12):
            total = total + self.uniform(shape)
        return total - 6.0

    def order(self, count: int) -> Integers:
        """The numbers 0 to count - 1 in random order."""
        return np.argsort(self.uniform((count,)), kind="stable").astype(np.int64)

    def shuffled(self, values: list[Any]) -> list[Any]:
        """The values in random order."""
        return [values[place] for place in self.order(len(values))]
