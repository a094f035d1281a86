"""Comparison of printed digits with a computed value, under every conventional rounding rule.

All arithmetic is decimal, on the computed value rounded to twelve significant digits, so that
binary rounding error has no effect (`attune.printing.apa.as_decimal`).
"""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from math import isnan

from attune.paper.ledger.printed_value import BELOW_ONE, PrintedNumber, Reading
from attune.printing.apa import as_decimal, bounded, number, p_value, quantized, rounded
from attune.stats.intervals import decimals

HALF_EVEN = "half to even"
CUT_OFF = "cut off"
TWICE = "rounded twice"


def way_of_rounding(value: float, printed: PrintedNumber) -> str | None:
    """Rounding rule under which a value has the printed digits.

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
    >>> [way_of_rounding(value, PrintedNumber(".45")) for value in (0.4549, 0.459, 0.4447, 0.46)]
    ['', 'cut off', 'rounded twice', None]
    >>> way_of_rounding(-0.0004, PrintedNumber(".000")), way_of_rounding(2.5, PrintedNumber("2"))
    ('', 'half to even')
    """
    exact, digits, places = as_decimal(value), printed.value, printed.decimals
    if quantized(exact, places) == digits:
        return ""
    if quantized(exact, places, ROUND_HALF_EVEN) == digits:
        return HALF_EVEN
    if quantized(exact, places, ROUND_DOWN) == digits:
        return CUT_OFF
    if quantized(quantized(exact, places + 1), places) == digits:
        return TWICE
    return None


def way_of_printing(value: float, reading: Reading) -> str | None:
    """Rounding rule under which a computed value agrees with a printed text (digits or a bound).

    Parameters
    ----------
    value : float
        In the unit of the print; finite.
    reading : Reading
        Of the printed text.

    Returns
    -------
    str or None
        "" where the value has the printed digits or lies within the printed bounds, else the name
        of another way of rounding (see `way_of_rounding`); None where the text cannot stand for
        the value.

    Examples
    --------
    >>> from attune.paper.ledger.printed_value import reading_of
    >>> [way_of_printing(p, reading_of("p < .05", "p")) for p in (0.049, 0.05)]
    ['', None]
    """
    if reading.is_bound:
        return "" if reading.bounds_hold(value) else None
    return None if reading.number is None else way_of_rounding(value, reading.number)


def has_printed_digits(value: float, reading: Reading) -> bool:
    """Whether a computed value, halves rounded away from zero, has the printed digits.

    Examples
    --------
    >>> from attune.paper.ledger.printed_value import reading_of
    >>> printed = reading_of("-0.481", "r")
    >>> [has_printed_digits(r, printed) for r in (-0.48149, -0.4816, 0.481)]
    [True, False, False]
    """
    return not isnan(value) and way_of_printing(value, reading) == ""


def as_printed(value: float, like: str) -> str:
    """A number with as many decimals as printed digits, halves rounded away from zero.

    Examples
    --------
    >>> as_printed(0.4556, ".456"), as_printed(29.92, "30")
    ('0.456', '30')
    """
    return f"{rounded(value, decimals(like)):f}"


def units_away(value: float, printed: PrintedNumber) -> Decimal:
    """Distance between a value, rounded so, and the printed value, in units of the last digit.

    Examples
    --------
    >>> units_away(-0.264, PrintedNumber("-0.481"))
    Decimal('217')
    """
    return abs(quantized(as_decimal(value), printed.decimals) - printed.value) / printed.unit


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
