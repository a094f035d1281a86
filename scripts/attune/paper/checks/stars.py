"""Stars against the p that the printed test gives, and against a p printed for the same value."""

from collections.abc import Iterator
from fractions import Fraction

from attune.paper.checks.checks import Check
from attune.paper.checks.finding import Finding
from attune.paper.checks.p_check import p_findings
from attune.paper.checks.simplest_explanation import OtherText, simplest_explanation
from attune.paper.checks.wording import possible_for, printed_as
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import Kind, PrintedValue
from attune.stats.intervals import Interval

KINDS: tuple[Kind, ...] = ("r", "t", "F", "z", "chi2", "d", "g")
"""Kinds of tested statistics whose stars are checked."""


def checks_of(publication: Publication) -> Iterator[Finding]:
    """Every star, or missing star, against the p of its statistic.

    Formulas and rounding are those of `p_check`. A star stands for the p from its
    `at_least` (the level of the next star, if the paper has one) to below its `below`.

    Parameters
    ----------
    publication : Publication
        Stars need `of`, `below` or `at_least`, and what the p of that value depends on.

    Yields
    ------
    Finding
        One for every such star.

    References
    ----------
    Nuijten, M. B., Hartgerink, C. H. J., van Assen, M. A. L. M., Epskamp, S., & Wicherts, J. M.
    (2016). The prevalence of statistical reporting errors in psychology (1985-2013). Behavior
    Research Methods, 48, 1205-1226. doi 10.3758/s13428-015-0664-2

    Examples
    --------
    >>> r = PrintedValue(id="r", printed=".456", kind="r", n=26, places=["Text"], quoted="-")
    >>> star = PrintedValue(
    ...     id="star", printed="*", kind="stars", tail="one", direction="positive", of="r",
    ...     below=".05", at_least=".01", places=["Text"], quoted="-",
    ... )
    >>> paper = Publication(publication="paper", citation="A.", values=[r, star])
    >>> [(finding.explanation, finding.explained) for finding in checks_of(paper)]
    [('different_tail', 'The two-tailed p would fit; so would n = 25 instead of 26.')]
    """
    yield from p_findings(publication, "stars", "stars", KINDS)


def checks_against_p(publication: Publication) -> Iterator[Finding]:
    """Every star against each p that is printed for the same value.

    Both have the same tail, which the ledger ensures; their intervals must overlap.

    Parameters
    ----------
    publication : Publication

    Yields
    ------
    Finding
        One for every pair of a star and a p with the same `of`.

    Examples
    --------
    >>> shared = {"of": "r", "tail": "two", "places": ["Text"], "quoted": "-"}
    >>> r = PrintedValue(id="r", printed=".45", kind="r", n=26, places=["Text"], quoted="-")
    >>> star = PrintedValue(id="star", printed="**", kind="stars", below=".01", **shared)
    >>> p = PrintedValue(id="p", printed=".021", kind="p", **shared)
    >>> paper = Publication(publication="paper", citation="A.", values=[r, star, p])
    >>> [(finding.outcome, finding.sentence) for finding in checks_against_p(paper)]
    [('inconsistent', 'The paper prints p = .021 for r, but ** (p below .01).')]
    """
    p_of: dict[str, list[PrintedValue]] = {}
    for value in publication.values:
        if value.kind == "p" and value.of:
            p_of.setdefault(value.of, []).append(value)
    for star in publication.values:
        if star.kind == "stars":
            for p in p_of.get(star.of or "", []):
                yield _pair(publication, star, p)


def _pair(publication: Publication, star: PrintedValue, p: PrintedValue) -> Finding:
    needed = star.reading.interval
    read = p.reading.interval
    consistent = read.overlaps(needed)
    possible_text = possible_for(star, read, needed)
    printed = p.printed if p.reading.is_bound or "=" in p.printed else f"p = {p.printed}"
    star_text = printed_as(star)
    explanation, explained = None, ""
    if not consistent:
        explanation, explained = simplest_explanation(
            tails=_other_tails(star, read, needed), texts=_other_digits(p, needed)
        )
    joined = "and" if consistent else "but"
    tested = publication.value(str(star.of)).title
    return Finding(
        check="stars_and_p",
        value=star.id,
        values=(star.id, p.id),
        outcome="consistent" if consistent else "inconsistent",
        printed=star.printed,
        possible=possible_text,
        arithmetic=f"{printed} stands for {possible_text}; {star_text}",
        sentence=f"The paper prints {printed} for {tested}, {joined} {star_text}.",
        explanation=explanation,
        explained=explained,
        allowed=read,
    )


def _other_tails(star: PrintedValue, read: Interval, needed: Interval) -> list[str]:
    """The other tail, if the p would be consistent in it."""
    candidates = [("two-tailed", _doubled(read))] if star.tail != "two" else []
    candidates += [("one-tailed", _halved(read))] if star.tail != "one" else []
    return [f"{name} p" for name, other in candidates if other.overlaps(needed)]


def _other_digits(p: PrintedValue, needed: Interval) -> list[OtherText]:
    digits = p.reading.digits
    if digits is None:
        return []

    def fits(other: str) -> bool:
        return p.reading.with_digits(other).overlaps(needed)

    return [OtherText("p", digits, fits)]


def _halved(p: Interval) -> Interval:
    return Interval(p.low / 2, p.high / 2)


def _doubled(p: Interval) -> Interval:
    return Interval(min(2 * p.low, Fraction(1)), min(2 * p.high, Fraction(1)))


CHECK = Check(
    name="stars",
    title="Stars from r or t",
    meaning="A coefficient and its number of cases give a p, and that p the number of stars.",
    source="Nuijten et al. (2016), doi 10.3758/s13428-015-0664-2",
    findings=checks_of,
)

CHECK_AGAINST_P = Check(
    name="stars_and_p",
    title="Stars and p of the same value",
    meaning="Stars in a table and the p that is printed for the same value agree.",
    source="Nuijten et al. (2016), doi 10.3758/s13428-015-0664-2",
    findings=checks_against_p,
)
