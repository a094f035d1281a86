"""Degrees of freedom against the number of cases that the paper states."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from attune.paper.checks.checks import Check
from attune.paper.checks.finding import Finding
from attune.paper.checks.printed_test import welch_df
from attune.paper.checks.simplest_explanation import OtherNumber, OtherText, simplest_explanation
from attune.paper.checks.wording import apart, between, plain_digits
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import PrintedValue
from attune.printing.apa import counted
from attune.stats.intervals import Interval, exact

DESIGNS = {
    "independent": "for two independent groups n1 + n2 - 2",
    "welch": "for Welch's test from the smaller group less 1 to n1 + n2 - 2",
    "paired": "for pairs n - 1",
    "correlation": "for a correlation n - 2",
}

MOST_CONTROLLED = 10
"""Variables that a partial correlation may plausibly hold constant."""


@dataclass(frozen=True)
class _Sizes:
    """Cases behind a test: the sizes as printed, or the one number that the test states.

    `declared`: whether a relation of the ledger states the design.
    """

    design: str
    sizes: tuple[int, ...]
    values: tuple[str, ...]
    covariates: int = 0
    declared: bool = True

    @property
    def n(self) -> int:
        return sum(self.sizes)

    @property
    def words(self) -> str:
        summed = " + ".join(map(str, self.sizes))
        return f"{summed} = {self.n}" if len(self.sizes) > 1 else summed


def checks_of(publication: Publication) -> Iterator[Finding]:
    """Every printed df against the printed sizes of the sample.

    df is n1 + n2 - 2 for the t test of two independent groups (n1 + ... + nk - k for k of them),
    n - 1 for pairs, n - 2 for a correlation. A fractional df is Welch's and lies between the
    smaller group less 1 and n1 + n2 - 2; where the design is `welch`, a whole one is rounded. A
    partial correlation has one less for every variable that is held constant (key `covariates`);
    where no relation states the design, a df that only a partial correlation can have is
    `cannot_tell`.

    Parameters
    ----------
    publication : Publication
        `relations.degrees_of_freedom`, and values of kind df whose statistic states its `n`:
        without a relation, the df of either t test is accepted.

    Yields
    ------
    Finding
        One for every df and number of cases: where a statistic states another n than the groups of
        the relation add up to, both are checked.

    References
    ----------
    Student (1908). The probable error of a mean. Biometrika, 6, 1-25. doi 10.1093/biomet/6.1.1
    Welch, B. L. (1947). The generalization of 'Student's' problem when several different population
    variances are involved. Biometrika, 34, 28-35. doi 10.1093/biomet/34.1-2.28

    Examples
    --------
    >>> from attune.paper.ledger.printed_value import PrintedValue
    >>> t = PrintedValue(id="t", printed="2.1", kind="t", n=26, places=["Text"], quoted="-")
    >>> df = PrintedValue(id="df", printed="23", kind="df", of="t", places=["Text"], quoted="-")
    >>> paper = Publication(publication="paper", citation="A.", values=[t, df])
    >>> [(finding.outcome, finding.possible, finding.explained) for finding in checks_of(paper)]
    [('inconsistent', '24 or 25', "n = 25 instead of 26 would give it; so would Welch's test.")]
    """
    for df in publication.values:
        if df.kind != "df":
            continue
        for sizes in _sizes_of(publication, df):
            yield _finding(df, sizes)


def possible_df(
    design: str, sizes: Sequence[int], fractional: bool = False, covariates: int = 0
) -> list[Interval]:
    """The degrees of freedom that a design can have.

    Parameters
    ----------
    design : str
        `independent`, `welch`, `paired` or `correlation`; `t` for either t test.
    sizes : sequence of int
        Sizes of the groups, or the one n; groups of unknown size are one number.
    fractional : bool
        A df with decimals is Welch's.
    covariates : int
        Variables that a partial correlation holds constant.

    Examples
    --------
    >>> [int(df.low) for df in possible_df("independent", [12, 14])]
    [24]
    >>> [(int(df.low), int(df.high)) for df in possible_df("independent", [12, 14], True)]
    [(11, 24)]
    """
    n = sum(sizes)
    groups = len(sizes) if len(sizes) > 1 else 2
    if design == "welch" or (design == "independent" and fractional):
        # Of groups with unknown sizes the smaller one may have two cases.
        smallest = min(sizes) if len(sizes) > 1 else 2
        return [Interval(Fraction(min(smallest - 1, n - groups)), Fraction(n - groups))]
    if design == "t":
        return [*possible_df("independent", [n], fractional), exact(n - 1)]
    lost = {"independent": groups, "paired": 1, "correlation": 2 + covariates}[design]
    return [exact(n - lost)]


def _sizes_of(publication: Publication, df: PrintedValue) -> Iterator[_Sizes]:
    statistic = publication.value(df.of) if df.of else None
    covariates = (statistic.covariates if statistic else None) or 0
    related = [degree for degree in publication.relations.degrees_of_freedom if degree.df == df.id]
    for relation in related:
        cases = [publication.value(name) for name in relation.cases]
        sizes = [case.reading.interval for case in cases]
        if all(size.low == size.high and size.low.denominator == 1 for size in sizes):
            whole = tuple(int(size.low) for size in sizes)
            named = tuple(case.id for case in cases)
            yield _Sizes(relation.design, whole, named, covariates)
    n = df.n or (statistic.n if statistic else None)
    if statistic is None or n is None:
        return
    if any(_adds_up(publication, entry.cases, n) for entry in related):
        return
    design = related[0].design if related else {"t": "t", "r": "correlation"}.get(statistic.kind)
    if design:
        yield _Sizes(design, (n,), (statistic.id,), covariates, declared=bool(related))


def _adds_up(publication: Publication, cases: Sequence[str], n: int) -> bool:
    return sum(publication.value(name).reading.interval.low for name in cases) == n


def _finding(df: PrintedValue, cases: _Sizes) -> Finding:
    needed = welch_df(plain_digits(df)) if cases.design == "welch" else df.reading.interval
    fractional = df.reading.decimals > 0
    possible = possible_df(cases.design, cases.sizes, fractional, cases.covariates)
    consistent = any(entry.overlaps(needed) for entry in possible)
    if not consistent and _may_be_partial(df, cases):
        return _undecided(df, cases)
    explanation, explained = None, ""
    if not consistent:
        explanation, explained = simplest_explanation(
            number=OtherNumber("n", cases.n, lambda n: _n_fits(n, cases, needed, fractional)),
            test=_other_test(df, cases),
            texts=_texts(df, possible, cases.design == "welch"),
        )
    possible_text = " or ".join(
        between(entry, 0) if consistent else apart(entry, needed, 0)
        for entry in sorted(possible, key=lambda entry: entry.low)
    )
    rule = DESIGNS.get(cases.design, "n - 2 for two groups, n - 1 for pairs")
    if cases.covariates:
        rule = f"for a partial correlation n - 2 - {cases.covariates}"
    printed = plain_digits(df)
    return Finding(
        check="degrees_of_freedom",
        value=df.id,
        values=(df.id, *cases.values),
        outcome="consistent" if consistent else "inconsistent",
        printed=df.printed,
        possible=possible_text,
        arithmetic=f"n = {cases.words}: df = {possible_text} ({rule}); printed {printed}",
        sentence=f"{cases.n} cases leave {possible_text} degrees of freedom,"
        f" {'and' if consistent else 'but'} the paper prints {printed}.",
        explanation=explanation,
        explained=explained,
    )


def _held_constant(df: PrintedValue, cases: _Sizes) -> int:
    """Variables that a partial correlation would hold constant; 0 where it explains nothing."""
    controlled = cases.n - 2 - df.reading.interval.low
    whole = controlled.denominator == 1 and 0 < controlled <= MOST_CONTROLLED
    return int(controlled) if whole else 0


def _may_be_partial(df: PrintedValue, cases: _Sizes) -> bool:
    """Whether nothing declares the correlation's design, and a partial one has the printed df."""
    undeclared = cases.design == "correlation" and not cases.declared and not cases.covariates
    return undeclared and _held_constant(df, cases) > 0


def _undecided(df: PrintedValue, cases: _Sizes) -> Finding:
    """A df that is right if the correlation is partial, which the ledger does not state."""
    printed, held = plain_digits(df), _held_constant(df, cases)
    return Finding(
        check="degrees_of_freedom",
        value=df.id,
        values=(df.id, *cases.values),
        outcome="cannot_tell",
        printed=df.printed,
        possible=f"{cases.n - 2}, or fewer with covariates",
        arithmetic=f"n = {cases.n}: df = {cases.n - 2} less the covariates; printed {printed}",
        sentence=f"{cases.n} cases leave {cases.n - 2} degrees of freedom; {printed} are right for"
        f" a partial correlation with {counted(held, 'covariate')}. If it is one, add"
        f" covariates: {held} to the r.",
    )


def _other_test(df: PrintedValue, cases: _Sizes) -> str:
    """Welch's test, if its rounded df could be printed so, or a partial correlation.

    The latter has a df less for every variable that is held constant.
    """
    if cases.design == "correlation":
        return "a partial correlation" if _held_constant(df, cases) else ""
    if cases.design not in ("independent", "t") or len(cases.sizes) > 2:
        return ""
    possible = possible_df("welch", cases.sizes)
    rounded = welch_df(plain_digits(df))
    return "Welch's test" if any(entry.overlaps(rounded) for entry in possible) else ""


def _n_fits(n: int, cases: _Sizes, needed: Interval, fractional: bool) -> bool:
    """Whether another n would give the df; the cases may be missing from either group."""
    lost = cases.n - n
    every = [
        (*cases.sizes[:place], size - lost, *cases.sizes[place + 1 :])
        for place, size in enumerate(cases.sizes)
    ]
    return any(
        interval.overlaps(needed)
        for sizes in every
        if min(sizes) >= 1
        for interval in possible_df(cases.design, sizes, fractional, cases.covariates)
    )


def _texts(df: PrintedValue, possible: Sequence[Interval], welch: bool) -> list[OtherText]:
    def fits(digits: str) -> bool:
        other = welch_df(digits) if welch else df.reading.with_digits(digits)
        return any(entry.overlaps(other) for entry in possible)

    digits = df.reading.digits
    return [OtherText("df", digits, fits)] if digits else []


CHECK = Check(
    name="degrees_of_freedom",
    title="Degrees of freedom from the number of cases",
    meaning="The design and the number of cases fix the degrees of freedom of a test.",
    source="Student (1908), doi 10.1093/biomet/6.1.1; Welch (1947), doi 10.1093/biomet/34.1-2.28",
    findings=checks_of,
)
