"""Shares of variance against the correlations that they are the squares of."""

from collections.abc import Iterator

from attune.paper.checks.checks import Check
from attune.paper.checks.finding import Finding
from attune.paper.checks.simplest_explanation import OtherText, simplest_explanation
from attune.paper.checks.wording import plain_digits, possible_for
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import PrintedValue
from attune.stats.intervals import Interval, exact

KINDS = ("r_squared", "r_squared_percent")


def checks_of(publication: Publication) -> Iterator[Finding]:
    """Every printed share of variance against the square of its correlation.

    The share is r**2, in percent 100 * r**2, of any r that rounds to the printed digits.

    Parameters
    ----------
    publication : Publication
        A share of variance needs `of`, the correlation.

    Yields
    ------
    Finding
        One for every such share.

    References
    ----------
    Cohen, J., Cohen, P., West, S. G., & Aiken, L. S. (2003). Applied multiple
    regression/correlation analysis for the behavioral sciences (3rd ed.), chapter 2.
    doi 10.4324/9780203774441

    Examples
    --------
    >>> r = PrintedValue(id="r", printed=".449", kind="r", places=["Text"], quoted="-")
    >>> share = PrintedValue(
    ...     id="share", printed="20.2", kind="r_squared_percent", of="r", places=["Text"],
    ...     quoted="-",
    ... )
    >>> paper = Publication(publication="paper", citation="A.", values=[r, share])
    >>> [(finding.outcome, finding.arithmetic) for finding in checks_of(paper)]
    [('consistent', '100 * (.449)**2 = 20.11 to 20.21; printed 20.2')]
    """
    for value in publication.values:
        if value.kind in KINDS and value.of:
            r = publication.value(value.of)
            if r.kind == "r":
                yield _finding(value, r)


def share_of_variance(r: Interval, unit_of_share: int = 1) -> Interval:
    """The square of a correlation, times 1 or 100.

    Examples
    --------
    >>> from attune.stats.intervals import rounding_interval
    >>> share = share_of_variance(rounding_interval("-.5"), 100)
    >>> float(share.low), float(share.high)
    (20.25, 30.25)
    """
    ends = sorted(end * end for end in (r.low, r.high))
    low = exact(0).low if r.low <= 0 <= r.high else ends[0]
    return Interval(low * unit_of_share, ends[1] * unit_of_share)


def _finding(value: PrintedValue, r: PrintedValue) -> Finding:
    needed = value.reading.interval
    possible = share_of_variance(r.reading.interval, value.print_factor)
    consistent = possible.overlaps(needed)
    possible_text = possible_for(value, possible, needed)
    explanation, explained = (
        (None, "") if consistent else simplest_explanation(texts=_texts(value, r))
    )
    digits, percent = plain_digits(value), " %" if value.print_factor == 100 else ""
    times = "100 * " if percent else ""
    return Finding(
        check="r_squared",
        value=value.id,
        values=(value.id, r.id),
        outcome="consistent" if consistent else "inconsistent",
        printed=value.printed,
        possible=possible_text,
        arithmetic=f"{times}({plain_digits(r)})**2 = {possible_text}; printed {digits}",
        sentence=f"r = {plain_digits(r)} explains {possible_text}{percent} of the variance,"
        f" {'and' if consistent else 'but'} the paper prints {digits}{percent}.",
        explanation=explanation,
        explained=explained,
        allowed=possible,
    )


def _texts(value: PrintedValue, r: PrintedValue) -> list[OtherText]:
    def share_fits(digits: str) -> bool:
        other = value.reading.with_digits(digits)
        return share_of_variance(r.reading.interval, value.print_factor).overlaps(other)

    def r_fits(digits: str) -> bool:
        other = r.reading.with_digits(digits)
        return share_of_variance(other, value.print_factor).overlaps(value.reading.interval)

    candidates = [("", value, share_fits), ("r", r, r_fits)]
    return [
        OtherText(name, digits, fits)
        for name, printed, fits in candidates
        if (digits := printed.reading.digits)
    ]


CHECK = Check(
    name="r_squared",
    title="Variance explained from r",
    meaning="The share of variance that a correlation explains is its square.",
    source="Cohen et al. (2003), doi 10.4324/9780203774441",
    findings=checks_of,
)
