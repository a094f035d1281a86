"""Slips of practice that explain an inconsistent number better than a wrong digit does."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from attune.paper.checks.p_values import p_of_f
from attune.paper.checks.printed_test import PrintedTest
from attune.paper.ledger.printed_value import PrintedValue
from attune.printing.apa import without_leading_zero
from attune.specs.errors import AttuneError
from attune.stats.intervals import Interval, decimals, exact

LEVELS = tuple(map(Fraction, (".1", ".05", ".01", ".005", ".001", ".0005", ".0001")))
"""Conventional levels, which papers print as "p <"."""
MOST_TESTS = 10
"""Tests that an undeclared Bonferroni correction may be for; with more, almost any p has one."""
_EPSILONS = [Fraction(number, 100) for number in range(99, 0, -1)]


def rounding_slips(value: PrintedValue, possible: Sequence[Interval]) -> list[str]:
    """Slips of writing a p: digits cut off instead of rounded, "=" for "<".

    Parameters
    ----------
    value : PrintedValue
        The p, or a star.
    possible : sequence of Interval
        What the p may be, in each tail that the paper declares.

    Examples
    --------
    >>> p = PrintedValue(id="p", printed=".01", kind="p", places=["Text"], quoted="-")
    >>> rounding_slips(p, [Interval(Fraction("0.0174"), Fraction("0.0178"))])
    ['digits cut off instead of rounded']
    >>> rounding_slips(p, [Interval(Fraction("0.0018"), Fraction("0.0019"))])
    ['p < .01, printed with = for <,']
    """
    number, found = value.reading.number, []
    if number is None:
        return []
    size, unit = Fraction(number.value), Fraction(number.unit)
    if any(p.low < size + unit and p.high >= size for p in possible):
        found.append("digits cut off instead of rounded")
    if size in LEVELS and any(p.low < size for p in possible):
        found.append(f"p < {number.digits}, printed with = for <,")
    return found


def p_slips(
    value: PrintedValue, test: PrintedTest, possible: Sequence[Interval], n_tests: Sequence[int]
) -> list[str]:
    """Slips of computing or copying a p: each in words that "would give it" may follow.

    In this order: a slipped decimal point of p or of the statistic, a Bonferroni correction for as
    many tests as are printed, df corrected for sphericity.

    Parameters
    ----------
    value : PrintedValue
        The p, or a star.
    test : PrintedTest
    possible : sequence of Interval
        What the p may be, in each tail that the paper declares.
    n_tests : sequence of int
        Numbers of tests that the paper may have corrected for.
    """
    number, needed = value.reading.number, value.reading.interval
    found = []
    if number is not None:

        def p_fits(text: str) -> bool:
            other = value.reading.with_digits(text)
            return any(other.overlaps(p) for p in possible)

        found += slipped_point("p", number.digits, p_fits)
    found += _of_statistic(value, test, needed)
    if number is not None:
        found += bonferroni(possible, needed, n_tests)
    return found + list(_sphericity(test, needed))


def bonferroni(
    possible: Sequence[Interval], needed: Interval, n_tests: Sequence[int]
) -> Iterator[str]:
    """The first number of tests for which p times that number is the printed p.

    Examples
    --------
    >>> from attune.stats.intervals import rounding_interval
    >>> list(bonferroni([rounding_interval(".012")], rounding_interval(".036"), [3]))
    ['p times 3 (Bonferroni correction for 3 tests)']
    """
    for tests in dict.fromkeys(n_tests):
        for p in possible:
            corrected = Interval(min(p.low * tests, Fraction(1)), min(p.high * tests, Fraction(1)))
            if tests > 1 and corrected.overlaps(needed):
                yield f"p times {tests} (Bonferroni correction for {tests} tests)"
                return


def slipped_point(name: str, digits: str, fits: Callable[[str], bool]) -> list[str]:
    """Digits with the decimal point one place further, where they fit.

    Examples
    --------
    >>> slipped_point("F", "1.203", lambda text: text == "12.03")
    ['F = 12.03 instead of 1.203 (a slipped decimal point)']
    """
    for shift in (-1, 1):
        if decimals(digits) < shift:
            continue
        moved = f"{Decimal(digits).scaleb(shift):f}"
        if digits.lstrip("-").startswith("."):
            moved = without_leading_zero(moved)
        try:
            fitting = fits(moved)
        except AttuneError:
            continue
        if fitting:
            start = f"{name} = " if name else ""
            return [f"{start}{moved} instead of {digits} (a slipped decimal point)"]
    return []


def _of_statistic(value: PrintedValue, test: PrintedTest, needed: Interval) -> list[str]:
    digits = test.statistic.reading.digits
    if digits is None or test.statistic.kind == "r":
        return []

    def fits(text: str) -> bool:
        tails = test.with_digits(text).tails()
        p = tails.one if value.tail == "one" else tails.two
        return p.overlaps(needed)

    return slipped_point(test.statistic.kind, digits, fits)


def _sphericity(test: PrintedTest, needed: Interval) -> Iterator[str]:
    """The epsilon that corrects the df of a repeated-measures F, from 1 / df1 to 1."""
    if test.numerator is None or test.numerator.low < 2:
        return
    least = 1 / test.numerator.low
    for epsilon in (*_EPSILONS, least):
        if epsilon < least:
            continue
        df1, df2 = (exact(df.low * epsilon) for df in (test.numerator, test.size))
        if p_of_f(test.value, df1, df2).two.overlaps(needed):
            shown = without_leading_zero(f"{float(epsilon):.2f}")
            yield f"df corrected for sphericity (Greenhouse-Geisser, epsilon {shown})"
            return
