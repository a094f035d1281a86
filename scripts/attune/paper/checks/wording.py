"""Intervals and printed values as text."""

from fractions import Fraction

from attune.paper.ledger.printed_value import BELOW_ONE, P_KINDS, PrintedValue
from attune.printing.apa import without_leading_zero
from attune.stats.intervals import Interval

MOST_PLACES = 8
"""Most decimals with which two disjoint intervals are shown."""
PLACES_OF_P = 3


def number(value: Fraction, places: int, leading_zero: bool = True) -> str:
    """A number with so many decimals.

    Examples
    --------
    >>> number(Fraction("-0.5"), 2, leading_zero=False), number(Fraction(1), 0)
    ('-.50', '1')
    """
    text = f"{float(value):.{places}f}"
    return text if leading_zero or not places else without_leading_zero(text)


def between(possible: Interval, places: int, leading_zero: bool = True) -> str:
    """Both ends, rounded outwards; one number where they are the same.

    Examples
    --------
    >>> between(Interval(Fraction("0.5642"), Fraction("0.5707")), 3, leading_zero=False)
    '.564 to .571'
    >>> between(Interval(Fraction(25), Fraction(25)), 0)
    '25'
    """
    if possible.low == possible.high:
        if possible.low.denominator == 1:
            return number(possible.low, 0)
        exactly = possible.outwards(places)
        decimals = places if exactly.low == exactly.high else places + 2
        return number(possible.low, decimals, leading_zero)
    ends = possible.outwards(places)
    return " to ".join(number(end, places, leading_zero) for end in (ends.low, ends.high))


def apart(possible: Interval, needed: Interval, fewest: int, leading_zero: bool = True) -> str:
    """An interval with the fewest decimals that keep it apart from another one.

    Intervals that overlap are shown with `fewest` decimals.

    Examples
    --------
    >>> from attune.stats.intervals import rounding_interval, total
    >>> parts = [rounding_interval(mean) for mean in ("37.8", "31", "30.3", "32.7")]
    >>> apart(total(parts), rounding_interval("133"), 0)
    '131.15 to 132.45'
    """
    places = fewest
    if not possible.overlaps(needed):
        while places < MOST_PLACES and possible.outwards(places).overlaps(needed):
            places += 1
    return between(possible, places, leading_zero)


def possible_for(value: PrintedValue, possible: Interval, needed: Interval) -> str:
    """The possible values of a printed value, formatted as it is printed.

    If they agree with the print, with one decimal more than printed; otherwise with as many as
    show the difference. p has at least three, unless two are enough to show it.

    Examples
    --------
    >>> percent = PrintedValue(id="a", printed="20.2", kind="percent", places=["A"], quoted="-")
    >>> share = Interval(Fraction("20.115"), Fraction("20.205"))
    >>> possible_for(percent, share, Interval(Fraction("20.15"), Fraction("20.25")))
    '20.11 to 20.21'
    """
    places = value.reading.decimals
    if possible.overlaps(needed):
        places += 1
    if value.kind in P_KINDS and (possible.overlaps(needed) or value.reading.is_bound):
        places = max(PLACES_OF_P, places)
    return apart(possible, needed, places, leading_zero=value.kind not in BELOW_ONE)


def printed_as(value: PrintedValue) -> str:
    """The printed text, with the bounds that a star or a word stands for.

    Examples
    --------
    >>> star = PrintedValue(
    ...     id="s", printed="*", kind="stars", below=".05", at_least=".01", places=["Text"],
    ...     tail="two", quoted="-",
    ... )
    >>> printed_as(star)
    '* (p from .01 to below .05)'
    """
    if not value.reading.is_bound or "<" in value.printed or ">" in value.printed:
        return value.printed
    below, at_least = value.reading.below, value.reading.at_least
    name = "p " if value.kind in P_KINDS else ""
    ends = [_digits(end) for end in (at_least, below) if end is not None]
    if below is None:
        meant = f"{name}not below {ends[0]}"
    elif at_least is None:
        meant = f"{name}below {ends[0]}"
    else:
        meant = f"{name}from {ends[0]} to below {ends[1]}"
    return f"{value.printed} ({meant})"


def plain_digits(value: PrintedValue) -> str:
    """Digits of a value without name or unit; as printed where it has none."""
    return value.reading.digits or value.printed


def _digits(end: Fraction) -> str:
    """An end without trailing zeros and without a zero before the point."""
    return without_leading_zero(f"{float(end):g}")
