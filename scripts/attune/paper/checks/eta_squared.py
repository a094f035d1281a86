"""Partial eta squared against F and its degrees of freedom."""

from collections.abc import Iterator
from fractions import Fraction

from attune.paper.checks.checks import Check
from attune.paper.checks.finding import Finding
from attune.paper.checks.printed_test import equation_of
from attune.paper.checks.simplest_explanation import OtherText, simplest_explanation
from attune.paper.checks.slips import slipped_point
from attune.paper.checks.wording import apart, plain_digits
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import PrintedValue
from attune.stats.intervals import Interval


def checks_of(publication: Publication) -> Iterator[Finding]:
    """Every eta squared against the largest that F leaves: F df1 / (F df1 + df2).

    That is the partial eta squared; without "partial" it may be smaller, where the design has other
    effects, so a smaller one is consistent.

    Parameters
    ----------
    publication : Publication
        The eta squared needs `of`, the F, and that its two df, the numerator's first.

    Yields
    ------
    Finding
        One for every such eta squared.

    References
    ----------
    Lakens, D. (2013). Calculating and reporting effect sizes to facilitate cumulative science.
    Frontiers in Psychology, 4, 863. doi 10.3389/fpsyg.2013.00863

    Examples
    --------
    >>> shared = {"places": ["Text"], "quoted": "-"}
    >>> values = [
    ...     PrintedValue(id="f", printed="4.00", kind="F", **shared),
    ...     PrintedValue(id="df1", printed="1", kind="df", of="f", **shared),
    ...     PrintedValue(id="df2", printed="36", kind="df", of="f", **shared),
    ...     PrintedValue(id="eta", printed=".20", kind="eta_squared", of="f", **shared),
    ... ]
    >>> paper = Publication(publication="paper", citation="A.", values=values)
    >>> [(finding.outcome, finding.possible) for finding in checks_of(paper)]
    [('inconsistent', 'at most .11')]
    """
    for eta in publication.values:
        if eta.kind != "eta_squared" or not eta.of or eta.reading.number is None:
            continue
        f = publication.value(eta.of)
        df = [value for value in publication.values if value.of == f.id and value.kind == "df"]
        if len(df) == 2 and f.reading.number is not None:
            sizes = [value.reading.interval for value in df]
            if all(size.low > 0 for size in sizes):
                yield _finding(eta, f, df, largest(f.reading.interval, *sizes))


def largest(f: Interval, df1: Interval, df2: Interval) -> Fraction:
    """The largest partial eta squared.

    Examples
    --------
    >>> from attune.stats.intervals import exact
    >>> largest(exact(4), exact(1), exact(36))
    Fraction(1, 10)
    """
    return f.high * df1.high / (f.high * df1.high + df2.low)


def _finding(eta: PrintedValue, f: PrintedValue, df: list[PrintedValue], most: Fraction) -> Finding:
    needed = eta.reading.interval
    consistent = needed.low <= most
    explanation, explained = None, ""
    if not consistent:

        def eta_fits(text: str) -> bool:
            return eta.reading.with_digits(text).low <= most

        def f_fits(text: str) -> bool:
            sizes = [value.reading.interval for value in df]
            return needed.low <= largest(f.reading.with_digits(text), *sizes)

        explanation, explained = simplest_explanation(
            slips=slipped_point("", plain_digits(eta), eta_fits)
            + slipped_point("F", plain_digits(f), f_fits),
            texts=[
                OtherText("", plain_digits(eta), eta_fits),
                OtherText("F", plain_digits(f), f_fits),
            ],
        )
    shown = apart(Interval(Fraction(0), most), needed, eta.reading.decimals, leading_zero=False)
    possible = f"at most {shown.rpartition(' ')[2]}"
    given = f"{equation_of(f)}, df = {' and '.join(plain_digits(value) for value in df)}"
    return Finding(
        check="eta_squared",
        value=eta.id,
        values=(eta.id, f.id, *(value.id for value in df)),
        outcome="consistent" if consistent else "inconsistent",
        printed=eta.printed,
        possible=possible,
        arithmetic=f"{given}: F df1 / (F df1 + df2) {possible}; printed {plain_digits(eta)}",
        sentence=f"With {given}, eta squared is {possible},"
        f" {'and' if consistent else 'but'} the paper prints {plain_digits(eta)}.",
        explanation=explanation,
        explained=explained,
    )


CHECK = Check(
    name="eta_squared",
    title="Eta squared from F",
    meaning="F and its degrees of freedom give the partial eta squared, the largest there can be.",
    source="Lakens (2013), doi 10.3389/fpsyg.2013.00863",
    findings=checks_of,
)
