"""Tolerances for numbers of a repeated run.

Text, counts, truth values and whole numbers must be equal. Numbers with a fraction may differ by
the floating-point effects of another processor or another version of a numerical library. Random
numbers need no tolerance: their seed is stored, so that the same draws are made.

Contracts (`attune.store.contracts`) state the tolerance of each column, kinds of statistics
(`attune.store.statistic_kinds`) that of each statistic.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Tolerance:
    """The largest difference at which two numbers count as equal.

    Attributes
    ----------
    relative : float
        As a share of the larger of the two magnitudes.
    absolute : float
        Difference that is always allowed, for numbers near zero.
    """

    relative: float = 0.0
    absolute: float = 0.0

    def allows(self, one: float, other: float) -> bool:
        """Whether two numbers count as equal; two missing ones (NaN) do.

        Examples
        --------
        >>> Tolerance(relative=1e-9).allows(0.413, 0.4130000000001)
        True
        >>> EXACT.allows(0.413, 0.4130000000001)
        False
        >>> EXACT.allows(math.nan, math.nan)
        True
        """
        if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        return math.isclose(one, other, rel_tol=self.relative, abs_tol=self.absolute)


EXACT = Tolerance()
"""Equal to the last digit."""

ARITHMETIC = Tolerance(relative=1e-9, absolute=1e-12)
"""Sums, products and distribution functions, computed in another order of operations."""

ITERATED = Tolerance(relative=1e-6, absolute=1e-9)
"""Results of an optimiser, a search or a numerical integral, which stop near the exact value."""
