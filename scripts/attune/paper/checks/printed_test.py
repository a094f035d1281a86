"""A printed r, t or F with the sizes that its p depends on."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from attune.paper.checks.p_values import Tails, p_of_f, p_of_r, p_of_t
from attune.paper.checks.wording import between, plain_digits
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import Kind, PrintedValue
from attune.stats.intervals import Interval, decimals, exact, rounding_interval


@dataclass(frozen=True)
class PrintedTest:
    """A test statistic as printed.

    Attributes
    ----------
    statistic : PrintedValue
        The r, t or F.
    size_name : str
        `n` for r, `df` for t, the second `df` for F.
    size : Interval
        That number; exact unless a fractional df was rounded.
    inputs : tuple of PrintedValue
        The statistic and its printed degrees of freedom.
    value : Interval
        What the statistic can be.
    numerator : Interval or None
        First degrees of freedom of F.
    """

    statistic: PrintedValue
    size_name: str
    size: Interval
    inputs: tuple[PrintedValue, ...]
    value: Interval
    numerator: Interval | None = None

    def tails(self) -> Tails:
        """The p that it can have, in each tail."""
        if self.statistic.kind == "r":
            return p_of_r(self.value, int(self.size.low))
        if self.numerator is not None:
            return p_of_f(self.value, self.numerator, self.size)
        return p_of_t(self.value, self.size)

    def with_size(self, size: int) -> "PrintedTest":
        """The test with another number of cases or degrees of freedom."""
        return replace(self, size=exact(size))

    def with_digits(self, digits: str) -> "PrintedTest":
        """The test with other printed digits."""
        return self.with_value(self.statistic.reading.with_digits(digits))

    def with_value(self, value: Interval) -> "PrintedTest":
        """The test with another interval in which the statistic lies."""
        return replace(self, value=value)

    @property
    def is_squared_t(self) -> bool:
        """Whether it is an F with one numerator df, the square of a t."""
        return self.numerator is not None and self.numerator == exact(1)

    @property
    def stated_size(self) -> int | None:
        """The size as a whole number; None where a fractional df is printed."""
        whole = self.size.low == self.size.high and self.size.low.denominator == 1
        return int(self.size.low) if whole else None

    @property
    def words(self) -> str:
        """The statistic with its sizes: `t = .58, df = 23`."""
        kind, digits = self.statistic.kind, plain_digits(self.statistic)
        df = [plain_digits(entry) for entry in self.inputs if entry.kind == "df"]
        if df and (kind != "r" or self.statistic.n not in (None, self.stated_size)):
            return f"{kind} = {digits}, df = {' and '.join(df)}"
        places = decimals(f"{float(self.size.low):g}")
        return f"{kind} = {digits}, {self.size_name} = {between(self.size, places)}"


def welch_df(digits: str) -> Interval:
    """What the printed df of Welch's test stands for: a whole one was rounded, or cut off.

    Examples
    --------
    >>> welch_df("23")
    Interval(low=Fraction(45, 2), high=Fraction(24, 1))
    """
    rounded = rounding_interval(digits)
    cut_off = rounded.high + (Fraction(0) if decimals(digits) else Fraction(1, 2))
    return Interval(rounded.low, cut_off)


def printed_tests(
    publication: Publication, kind: Kind
) -> Iterator[tuple[PrintedValue, PrintedTest]]:
    """Every printed p, or star, with the test that it belongs to.

    A correlation has its n from the key `n` of its p, else from its printed df (a partial one has
    fewer than n - 2), else its own; t has one printed df, of a test that is declared to be Welch's
    a rounded one; F has two, the numerator's first in the file.

    Parameters
    ----------
    publication : Publication
    kind : str
        `p` or `stars`.

    Yields
    ------
    value, test : PrintedValue, PrintedTest
        Only where the paper prints all that the p depends on.
    """
    by_id = {value.id: value for value in publication.values}
    related = publication.relations.degrees_of_freedom
    welch = {entry.df for entry in related if entry.design == "welch"}
    df_of: dict[str, list[PrintedValue]] = {}
    for entry in publication.values:
        if entry.kind == "df" and entry.of:
            df_of.setdefault(entry.of, []).append(entry)
    for value in publication.values:
        statistic = by_id.get(value.of or "")
        if value.kind == kind and statistic is not None:
            test = _test(statistic, value.n, df_of.get(statistic.id, []), welch)
            if test is not None:
                yield value, test


def _test(
    statistic: PrintedValue,
    n_of_p: int | None,
    df: Sequence[PrintedValue],
    welch: Container[str],
) -> PrintedTest | None:
    if statistic.kind == "r":
        return _correlation(statistic, n_of_p, df)
    sizes = [
        welch_df(plain_digits(value)) if value.id in welch else value.reading.interval
        for value in df
    ]
    if any(size.low <= 0 for size in sizes):
        # The check of the degrees of freedom reports that none can be 0.
        return None
    value = statistic.reading.interval
    if statistic.kind == "t" and sizes:
        return PrintedTest(statistic, "df", sizes[0], (statistic, df[0]), value)
    # The p of F need not be monotone in fractional degrees of freedom.
    if statistic.kind == "F" and len(sizes) == 2 and all(size.low == size.high for size in sizes):
        return PrintedTest(statistic, "second df", sizes[1], (statistic, *df), value, sizes[0])
    return None


def _correlation(
    statistic: PrintedValue, n_of_p: int | None, df: Sequence[PrintedValue]
) -> PrintedTest | None:
    n = n_of_p or (None if df else statistic.n)
    if n is not None:
        if n < 3:
            return None
        return PrintedTest(statistic, "n", exact(n), (statistic,), statistic.reading.interval)
    if not df:
        return None
    size = df[0].reading.interval + exact(2)
    if size.low != size.high or size.low.denominator != 1 or size.low < Fraction(3):
        return None
    return PrintedTest(statistic, "n", size, (statistic, df[0]), statistic.reading.interval)
