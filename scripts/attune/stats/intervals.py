"""Interval arithmetic over rounding: which values could have been printed as these digits.

Ends are exact fractions, so that a proof does not itself depend on rounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from attune.specs.errors import AttuneError


@dataclass(frozen=True)
class Interval:
    """All values from `low` to `high`, ends included."""

    low: Fraction
    high: Fraction

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise AttuneError(f"An interval cannot go from {self.low} to {self.high}.")

    def __add__(self, other: "Interval") -> "Interval":
        """Every sum of a value of one and a value of the other."""
        return Interval(self.low + other.low, self.high + other.high)

    def __mul__(self, other: "Interval") -> "Interval":
        """Every product of a value of one and a value of the other."""
        corners = [one * two for one in (self.low, self.high) for two in (other.low, other.high)]
        return Interval(min(corners), max(corners))

    def __truediv__(self, other: "Interval") -> "Interval":
        """Every quotient; the divisor must not contain 0."""
        if other.low <= 0 <= other.high:
            raise AttuneError(f"The divisor {other.low} to {other.high} contains 0.")
        return self * Interval(1 / other.high, 1 / other.low)

    def overlaps(self, other: "Interval") -> bool:
        """Whether the two have a value in common."""
        return self.low <= other.high and other.low <= self.high

    def outwards(self, places: int) -> "Interval":
        """The ends with so many decimals, rounded away from what lies between them.

        Examples
        --------
        >>> Interval(Fraction("0.5642"), Fraction("0.5701")).outwards(2)
        Interval(low=Fraction(14, 25), high=Fraction(29, 50))
        """
        scale = 10**places
        return Interval(
            Fraction(floor(self.low * scale), scale), Fraction(ceil(self.high * scale), scale)
        )


def exact(value: int | str | Fraction) -> Interval:
    """A count or any other value that was not rounded."""
    return Interval(Fraction(value), Fraction(value))


def decimals(printed: str) -> int:
    """Number of digits after the decimal point.

    Examples
    --------
    >>> decimals("-0.481"), decimals("133")
    (3, 0)
    """
    return len(printed.partition(".")[2])


def rounding_interval(printed: str) -> Interval:
    """Values that are printed as these digits, whichever way halves are rounded.

    Parameters
    ----------
    printed : str
        A decimal number: ".456", "-0.481", "133".

    Raises
    ------
    AttuneError
        The text is not a number.

    Examples
    --------
    >>> rounding_interval("7.4")
    Interval(low=Fraction(147, 20), high=Fraction(149, 20))
    """
    try:
        value = Fraction(printed)
    except ValueError:
        raise AttuneError(f"{printed!r} is not a number, so no interval belongs to it.") from None
    half = Fraction(1, 2 * 10 ** decimals(printed))
    return Interval(value - half, value + half)


def total(parts: Sequence[Interval]) -> Interval:
    """Every sum with one value of each part.

    Examples
    --------
    >>> total([exact(1), rounding_interval("2")])
    Interval(low=Fraction(5, 2), high=Fraction(7, 2))
    """
    result = exact(0)
    for part in parts:
        result = result + part
    return result


def correlation_of_sum(
    correlations: Sequence[Interval], deviations: Sequence[Interval], deviation: Interval
) -> Interval:
    """Correlation of a sum of parts with a third variable.

    Covariances add: with x = x1 + ... + xk, cov(x, y) = sum of cov(xi, y), so
    r(x, y) = sum of r(xi, y) * sd(xi) / sd(x).

    Parameters
    ----------
    correlations : sequence of Interval
        r(xi, y) of each part.
    deviations : sequence of Interval
        sd(xi) of each part, in the same order.
    deviation : Interval
        sd(x) of the sum; positive.

    Returns
    -------
    Interval
        Holds every possible r(x, y); it may be wider than what is possible.

    Examples
    --------
    >>> correlation_of_sum([exact("0.5"), exact("-0.5")], [exact(3), exact(1)], exact(2))
    Interval(low=Fraction(1, 2), high=Fraction(1, 2))
    """
    products = [r * sd for r, sd in zip(correlations, deviations, strict=True)]
    return total(products) / deviation


def percentage(count: int, n: int) -> Interval:
    """A share of n in percent, exactly.

    Examples
    --------
    >>> percentage(15, 26).low
    Fraction(750, 13)
    """
    return Interval(Fraction(100 * count, n), Fraction(100 * count, n))
