"""Printed digits against a computed value, by every conventional way of rounding.

Everything is reckoned in decimals, after the computed value was read to twelve significant digits,
so that what is left of binary rounding noise decides nothing (`attune.printing.apa.as_decimal`).
"""

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

from attune.paper.ledger.printed_text import digits_of
from attune.paper.ledger.reading import BELOW_ONE
from attune.printing.apa import as_decimal, bounded, number, p_value, quantized
from attune.stats.intervals import decimals

HALF_EVEN = "half to even"
CUT_OFF = "cut off"
TWICE = "rounded twice"


@dataclass(frozen=True)
class PrintedNumber:
    """Digits as printed.

    Attributes
    ----------
    value : Decimal
    places : int
        Digits after the decimal point.
    """

    value: Decimal
    places: int

    @property
    def unit(self) -> Decimal:
        """What the last printed digit counts."""
        return Decimal(1).scaleb(-self.places)

    @property
    def span(self) -> tuple[Decimal, Decimal]:
        """Values that some conventional way of rounding prints so, by their size.

        From 0.55 units below (rounded to one decimal more, then again) up to, but not including,
        one whole unit above (cut off). Around 0: less than one unit to either side.

        Examples
        --------
        >>> read_number(".45").span
        (Decimal('0.4445'), Decimal('0.46'))
        """
        size = abs(self.value)
        if not size:
            return -self.unit, self.unit
        return size - self.unit * Decimal("0.55"), size + self.unit


def read_number(printed: str) -> PrintedNumber | None:
    """The number of a printed text; None where it holds words, stars or a bound.

    Examples
    --------
    >>> read_number("-0.480")
    PrintedNumber(value=Decimal('-0.480'), places=3)
    >>> read_number("30 %").places, read_number("p < .05")
    (0, None)
    """
    digits = digits_of(printed)
    return PrintedNumber(Decimal(digits), decimals(digits)) if digits else None


def sort_key(printed: str) -> str:
    """What a table is sorted by where it shows this text; empty where it is no number."""
    found = read_number(printed)
    return "" if found is None else str(found.value)


def way_of_rounding(value: float, printed: PrintedNumber) -> str | None:
    """How a value is printed as these digits.

    Parameters
    ----------
    value : float
        Finite.
    printed : PrintedNumber

    Returns
    -------
    str or None
        "" where rounding half away from zero gives the digits, else the name of the conventional
        way that does: half to even, cut off (truncation), rounded twice (first to one decimal
        more). None where none does.

    Examples
    --------
    >>> [way_of_rounding(each, read_number(".45")) for each in (0.4549, 0.459, 0.4447, 0.46)]
    ['', 'cut off', 'rounded twice', None]
    >>> way_of_rounding(-0.0004, read_number(".000")), way_of_rounding(2.5, read_number("2"))
    ('', 'half to even')
    """
    exact, wanted, places = as_decimal(value), printed.value, printed.places
    if quantized(exact, places) == wanted:
        return ""
    if quantized(exact, places, ROUND_HALF_EVEN) == wanted:
        return HALF_EVEN
    if quantized(exact, places, ROUND_DOWN) == wanted:
        return CUT_OFF
    if quantized(quantized(exact, places + 1), places) == wanted:
        return TWICE
    return None


def units_away(value: float, printed: PrintedNumber) -> Decimal:
    """How many units of the last printed digit lie between a value, rounded so, and the print.

    Examples
    --------
    >>> units_away(-0.264, read_number("-0.481"))
    Decimal('217')
    """
    return abs(quantized(as_decimal(value), printed.places) - printed.value) / printed.unit


def shown_like(value: float, kind: str, places: int) -> str:
    """A computed value with the decimals of the print, in APA form.

    Examples
    --------
    >>> shown_like(-0.2641, "r", 3), shown_like(131.96, "mean", 0), shown_like(0.0002, "p", 2)
    ('−.264', '132', '< .001')
    """
    if kind == "p" and 0 <= value < 1 and not quantized(as_decimal(value), places):
        return p_value(value)
    return bounded(value, places) if kind in BELOW_ONE else number(value, places)
