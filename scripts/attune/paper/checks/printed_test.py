"""A printed r, t, F, z, chi-square, d or g with the sizes that its p depends on."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from attune.paper.checks.effect_size_test import LEAST_OF_GROUPS, t_of_effect_size
from attune.paper.checks.p_values import Tails, p_of_chi2, p_of_f, p_of_r, p_of_t, p_of_z
from attune.paper.checks.wording import between, plain_digits
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import Kind, PrintedValue
from attune.paper.ledger.relations import Comparison
from attune.printing.apa import counted
from attune.stats.intervals import Interval, decimals, exact, rounding_interval

EFFECT_SIZES = ("d", "g")
ESTIMATES = ("mean", "difference", "coefficient")
"""Kinds that are tested by a t or z of their own."""


@dataclass(frozen=True)
class PrintedTest:
    """A test statistic as printed.

    Attributes
    ----------
    statistic : PrintedValue
        The r, t, F, z, chi-square, d or g.
    size_name : str
        `n` for r, d and g, `df` for t and chi-square, the second `df` for F, empty for z.
    size : Interval
        That number; exact unless a fractional df was rounded.
    inputs : tuple of PrintedValue
        The statistic and its printed degrees of freedom.
    value : Interval
        What the statistic can be.
    numerator : Interval or None
        First degrees of freedom of F.
    covariates : int
        Variables that a partial correlation holds constant, unless its df is printed.
    groups : tuple of int or None
        Sizes of the two groups that d or g compares, where they are known.
    """

    statistic: PrintedValue
    size_name: str
    size: Interval
    inputs: tuple[PrintedValue, ...]
    value: Interval
    numerator: Interval | None = None
    covariates: int = 0
    groups: tuple[int, int] | None = None

    def tails(self) -> Tails:
        """The p that it can have, in each tail."""
        tails = self._tails()
        reading = self.statistic.reading
        if reading.is_bound and reading.below is None and tails.negative is not None:
            # "t > 2.2" may leave the sign out, so that a negative t is possible, too.
            return replace(tails, negative=Interval(Fraction(0), Fraction(1)))
        return tails

    def _tails(self) -> Tails:
        kind = self.statistic.kind
        if kind == "r":
            return p_of_r(self.value, int(self.size.low) - self.covariates)
        if kind in EFFECT_SIZES:
            n = int(self.size.low)
            return p_of_t(t_of_effect_size(self.value, kind, n, self.groups), exact(n - 2))
        if kind == "z":
            return p_of_z(self.value)
        if kind == "chi2":
            return p_of_chi2(self.value, self.size)
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
        """Whether it is an F or chi-square with one df, the square of a t or z."""
        df = self.size if self.statistic.kind == "chi2" else self.numerator
        return df is not None and df == exact(1)

    @property
    def stated_size(self) -> int | None:
        """The size as a whole number; None where a fractional df is printed."""
        whole = self.size.low == self.size.high and self.size.low.denominator == 1
        whole = whole and bool(self.size_name) and self.groups is None
        return int(self.size.low) if whole else None

    @property
    def words(self) -> str:
        """The statistic with its sizes: `t = .58, df = 23`."""
        kind, statistic = self.statistic.kind, equation_of(self.statistic)
        df = [plain_digits(entry) for entry in self.inputs if entry.kind == "df"]
        if df and (kind != "r" or self.statistic.n not in (None, self.stated_size)):
            return f"{statistic}, df = {' and '.join(df)}"
        if not self.size_name:
            return statistic
        places = decimals(f"{float(self.size.low):g}")
        held = f", {counted(self.covariates, 'covariate')}" if self.covariates else ""
        sizes = f"{self.size_name} = {between(self.size, places)}"
        if self.groups:
            sizes = f"n = {self.groups[0]} and {self.groups[1]}"
        return f"{statistic}, {sizes}{held}"


def equation_of(statistic: PrintedValue) -> str:
    """The statistic's symbol with its digits or bound: `t = .58`, `t < 2.2`.

    Examples
    --------
    >>> value = PrintedValue(id="t", printed="t < 2.2", kind="t", places=["Text"], quoted="-")
    >>> equation_of(value)
    't < 2.2'
    """
    symbol = {"chi2": "chi-square", "eta_squared": "eta squared"}.get(
        statistic.kind, statistic.kind
    )
    bound = statistic.reading.stated_bound
    if bound is not None:
        return f"{symbol} {'<' if bound.side == 'below' else '>'} {bound.digits}"
    return f"{symbol} = {plain_digits(statistic)}"


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
    a rounded one; chi-square has one; F has two, the numerator's first in the file; z has none. d
    and g have the n of their p, their own, or the sizes of the groups that a relation compares. The
    p of a mean, a difference or a coefficient is that of the one t or z that belongs to it.

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
    groups = {
        name: sizes
        for entry in publication.relations.comparison
        if (sizes := group_sizes(publication, entry)) is not None
        for name in (entry.d, entry.g)
        if name
    }
    for value in publication.values:
        statistic = _tested(publication, by_id.get(value.of or ""))
        if value.kind == kind and statistic is not None:
            if statistic.kind in EFFECT_SIZES:
                test = _effect_size(statistic, value.n, groups.get(statistic.id))
            else:
                test = _test(statistic, value.n, df_of.get(statistic.id, []), welch)
            if test is not None:
                yield value, test


def _tested(publication: Publication, owner: PrintedValue | None) -> PrintedValue | None:
    """The statistic that tests a value: itself, or the one t or z of an estimate."""
    if owner is None or owner.kind not in ESTIMATES:
        return owner
    tests = [v for v in publication.values if v.of == owner.id and v.kind in ("t", "z")]
    return tests[0] if len(tests) == 1 else owner


def group_sizes(publication: Publication, entry: Comparison) -> tuple[int, int] | None:
    """Sizes of the two independent groups of a comparison, where both are printed."""
    if entry.design == "paired" or len(entry.n) != 2:
        return None
    one, two = (publication.cases_of(name) for name in entry.n)
    return (one, two) if one and two and one + two > 2 else None


def _effect_size(
    statistic: PrintedValue, n_of_p: int | None, groups: tuple[int, int] | None
) -> PrintedTest | None:
    n = sum(groups) if groups else n_of_p or statistic.n
    if n is None or n < LEAST_OF_GROUPS:
        return None
    value = statistic.reading.interval
    return PrintedTest(statistic, "n", exact(n), (statistic,), value, groups=groups)


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
    if statistic.kind == "z":
        return PrintedTest(statistic, "", exact(0), (statistic,), value)
    if statistic.kind in ("t", "chi2") and sizes:
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
        held = statistic.covariates or 0
        if n < 3 + held:
            return None
        value = statistic.reading.interval
        return PrintedTest(statistic, "n", exact(n), (statistic,), value, covariates=held)
    if not df:
        return None
    size = df[0].reading.interval + exact(2)
    if size.low != size.high or size.low.denominator != 1 or size.low < Fraction(3):
        return None
    return PrintedTest(statistic, "n", size, (statistic, df[0]), statistic.reading.interval)
