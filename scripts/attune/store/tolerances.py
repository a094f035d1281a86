"""How far a number of a recomputed run may lie from the archived one, per table and column.

Text, counts, truth values and whole numbers must be the same. Numbers with a fraction may differ by
what floating-point arithmetic makes of another processor or another version of a numerical
library. Random numbers get no room of their own: their seed is stored, so the same draws are made.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Tolerance:
    """The largest distance at which two numbers count as the same.

    Attributes
    ----------
    relative : float
        Share of the larger of the two magnitudes.
    absolute : float
        Distance that is always allowed, for numbers near zero.
    """

    relative: float = 0.0
    absolute: float = 0.0

    def allows(self, one: float, other: float) -> bool:
        """Whether two numbers count as the same; two missing ones (NaN) do.

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
"""The same number to its last digit."""

ARITHMETIC = Tolerance(relative=1e-9, absolute=1e-12)
"""Sums, products and distribution functions in another order of operations."""

ITERATED = Tolerance(relative=1e-6, absolute=1e-9)
"""What an optimiser or a numerical integral approaches and stops near."""


@dataclass(frozen=True)
class TableTolerances:
    """The tolerances of one table.

    Attributes
    ----------
    columns : mapping of str to Tolerance
        By column; what is not named takes `otherwise`.
    otherwise : Tolerance
        Of every other column with fractions.
    by_statistic : mapping of str to Tolerance
        Of rows whose column `statistic` holds this word, in every column with a tolerance.
    """

    columns: Mapping[str, Tolerance] = field(default_factory=dict)
    otherwise: Tolerance = EXACT
    by_statistic: Mapping[str, Tolerance] = field(default_factory=dict)

    def of(self, column: str, statistic: str | None = None) -> Tolerance:
        """The tolerance of a column, in the row of a statistic.

        Examples
        --------
        >>> TOLERANCES["statistics"].of("estimate", "omega") is ITERATED
        True
        >>> TOLERANCES["statistics"].of("ci_level", "omega") is EXACT
        True
        """
        declared = self.columns.get(column, self.otherwise)
        if declared == EXACT or statistic is None:
            return declared
        return self.by_statistic.get(statistic, declared)


_ITERATED_STATISTICS = dict.fromkeys(
    (
        *("omega", "bayes_factor", "bayes_factor_directed", "minimum_detectable_r"),
        # Limits of the noncentral t distribution are found by search.
        *("cohen_d", "hedges_g"),
    ),
    ITERATED,
)

TOLERANCES: dict[str, TableTolerances] = {
    "statistics": TableTolerances(
        columns=dict.fromkeys(
            ("estimate", "se", "df", "p_two_tailed", "p_one_tailed", "ci_low", "ci_high"),
            ARITHMETIC,
        ),
        by_statistic=_ITERATED_STATISTICS,
    ),
    "reliability": TableTolerances(columns={"omega": ITERATED}, otherwise=ARITHMETIC),
    "measures": TableTolerances(otherwise=ARITHMETIC),
    "gains": TableTolerances(otherwise=ARITHMETIC),
    "verdicts": TableTolerances(columns={"computed": ITERATED}),
}
"""By the name of the contract. Tables that are not named are compared to the last digit: responses,
scores and everything that is printed."""


def tolerances_of(contract: str) -> TableTolerances:
    """The tolerances of a table, given its contract's name."""
    return TOLERANCES.get(contract, TableTolerances())
