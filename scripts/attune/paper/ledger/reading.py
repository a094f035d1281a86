"""What a printed value stands for: the interval of values that would be printed so."""

from fractions import Fraction
from math import isnan

from attune.paper.ledger.ledger import PrintedValue, Publication
from attune.paper.ledger.printed_text import NOT_SIGNIFICANT, SIGNIFICANT, bound_of, digits_of
from attune.printing import apa
from attune.specs.errors import AttuneError
from attune.stats import intervals
from attune.stats.intervals import Interval, exact, rounding_interval

FAR = Fraction(10**9)
"""Stands for "without end" in an interval, whose ends are numbers."""

LIMITS: dict[str, tuple[Fraction, Fraction]] = {
    "r": (Fraction(-1), Fraction(1)),
    "r_squared": (Fraction(0), Fraction(1)),
    "r_squared_percent": (Fraction(0), Fraction(100)),
    "p": (Fraction(0), Fraction(1)),
    "stars": (Fraction(0), Fraction(1)),
    "alpha": (-FAR, Fraction(1)),
    "percent": (Fraction(0), Fraction(100)),
    "sd": (Fraction(0), FAR),
    "F": (Fraction(0), FAR),
    "df": (Fraction(0), FAR),
    "count": (Fraction(0), FAR),
}
"""Kind -> values that such a number can have at all; other kinds know no limits."""

BELOW_ONE = ("r", "p", "stars", "alpha", "r_squared")
"""Kinds whose size cannot exceed 1: printed without a zero before the point (APA 7, 6.36)."""

NOT_ROUNDED = ("count", "df", "constant")
"""Kinds that are whole numbers unless decimals are printed."""


def reading(value: PrintedValue, ledger: Publication | None = None) -> Interval:
    """All values that would be printed as this one.

    Digits stand for their rounding interval, whichever way halves are rounded, cut to what a
    number of that kind can be; counts, degrees of freedom and numbers of the design for
    themselves. Bounds ("p < .05", a star, "not significant") stand for what lies within them,
    the ends included.

    Parameters
    ----------
    value : PrintedValue
    ledger : Publication, optional
        Its level is the bound of "significant" and "not significant" where the value gives none;
        .05 without a ledger.

    Raises
    ------
    AttuneError
        The text holds neither digits nor bounds.

    Examples
    --------
    >>> r = PrintedValue(id="r", printed=".46", kind="r", places=["Text"], n=26, quoted="-")
    >>> reading(r)
    Interval(low=Fraction(91, 200), high=Fraction(93, 200))
    >>> star = PrintedValue(
    ...     id="s", printed="*", kind="stars", below=".05", places=["Text"], tail="two", quoted="-"
    ... )
    >>> reading(star)
    Interval(low=Fraction(0, 1), high=Fraction(1, 20))
    """
    lowest, highest = LIMITS.get(value.kind, (-FAR, FAR))
    if is_bound(value):
        below, at_least = bounds(value, ledger)
        return Interval(
            lowest if at_least is None else max(lowest, at_least),
            highest if below is None else min(highest, below),
        )
    digits = digits_of(value.printed)
    if digits is None:
        raise AttuneError(f"{value.id}: {value.printed!r} is neither a number nor a bound.")
    if value.kind in NOT_ROUNDED and not intervals.decimals(digits):
        return exact(digits)
    rounded = rounding_interval(digits)
    return Interval(max(lowest, rounded.low), min(highest, rounded.high))


def bounds(
    value: PrintedValue, ledger: Publication | None = None
) -> tuple[Fraction | None, Fraction | None]:
    """What the value must lie below, and what it must not lie below; None where nothing is said.

    Examples
    --------
    >>> p = PrintedValue(
    ...     id="p", printed="p < .05", kind="p", places=["Text"], tail="two", quoted="-"
    ... )
    >>> bounds(p)
    (Fraction(1, 20), None)
    >>> bounds(p.model_copy(update={"printed": "p < .000"}))
    (Fraction(1, 2000), None)
    """
    below, at_least = value.below, value.at_least
    if below is None and at_least is None:
        level = ledger.level if ledger else ".05"
        words = value.printed.strip().lower()
        side, number = bound_of(value.printed) or ("", "")
        if side == "below" and Fraction(number) == 0:
            # "p < .000" is what programs print as .000: it rounds to that.
            number = f"{rounding_interval(number).high}"
        below = number if side == "below" else level if words in SIGNIFICANT else None
        at_least = number if side == "at_least" else level if words in NOT_SIGNIFICANT else None
    return (
        None if below is None else Fraction(below),
        None if at_least is None else Fraction(at_least),
    )


def is_bound(value: PrintedValue) -> bool:
    """Whether the value says only where a number lies: "p < .05", a star, "not significant".

    Examples
    --------
    >>> shared = {"kind": "p", "places": ["Text"], "tail": "two", "quoted": "-"}
    >>> is_bound(PrintedValue(id="p", printed="p < .05", **shared))
    True
    >>> is_bound(PrintedValue(id="p", printed=".042", **shared))
    False
    """
    if value.below is not None or value.at_least is not None:
        return True
    words = value.printed.strip().lower()
    return bound_of(value.printed) is not None or words in (*NOT_SIGNIFICANT, *SIGNIFICANT)


def within_bounds(value: PrintedValue, number: float, ledger: Publication | None = None) -> bool:
    """Whether a number lies within a printed bound; at the bound itself it is not below it.

    Examples
    --------
    >>> p = {"id": "p", "printed": "p < .05", "kind": "p", "places": ["Text"], "tail": "two"}
    >>> paper = Publication(publication="a", citation="A", values=[p | {"quoted": "-"}])
    >>> [within_bounds(paper.values[0], each, paper) for each in (0.049, 0.05)]
    [True, False]
    """
    below, at_least = bounds(value, ledger)
    exact = Fraction(apa.as_decimal(number))
    return (below is None or exact < below) and (at_least is None or exact >= at_least)


def decimals(value: PrintedValue) -> int:
    """Digits after the decimal point, or of the bound where only a bound is printed.

    Examples
    --------
    >>> decimals(PrintedValue(id="r", printed=".450", kind="mean", places=["Text"], quoted="-"))
    3
    """
    digits = digits_of(value.printed) or (bound_of(value.printed) or ("", ""))[1]
    return intervals.decimals(digits or value.below or value.at_least or "")


def label(value: PrintedValue) -> str:
    """What the value is, for a reader: its label, or its id in words.

    Examples
    --------
    >>> label(PrintedValue(id="kims_sd", printed="15", kind="sd", places=["Text"], quoted="-"))
    'kims sd'
    """
    return value.label or value.id.replace("_", " ")


def unit(value: PrintedValue) -> int:
    """What a statistic of the store is multiplied by before it is printed as this value.

    A share of variance is stored as a share, and printed in percent.
    """
    return 100 if value.kind == "r_squared_percent" else 1


def given_by(value: PrintedValue, computed: float, ledger: Publication | None = None) -> bool:
    """Whether a computed number, in the unit of the print, is printed as this value.

    Digits must be the same after rounding to as many decimals, halves away from zero; bounds are
    strict: p = .05 is not below .05.

    Raises
    ------
    AttuneError
        The printed text holds neither digits nor a bound.

    Examples
    --------
    >>> r = PrintedValue(
    ...     id="r", printed="-0.481", kind="r", places=["Table III"], n=26, quoted="-"
    ... )
    >>> given_by(r, -0.48149), given_by(r, -0.4816), given_by(r, 0.481)
    (True, False, False)
    """
    if isnan(computed):
        return False
    if is_bound(value):
        return within_bounds(value, computed, ledger)
    digits = digits_of(value.printed)
    if digits is None:
        raise AttuneError(f"{value.id}: {value.printed!r} is neither a number nor a bound.")
    return as_printed(computed, digits) == as_printed(float(digits), digits)


def as_printed(number: float, like: str) -> str:
    """A number with as many decimals as a printed one, halves rounded away from zero.

    Examples
    --------
    >>> as_printed(0.4556, ".456")
    '0.456'
    >>> as_printed(29.92, "30")
    '30'
    """
    return f"{apa.rounded(number, intervals.decimals(like)):f}"
