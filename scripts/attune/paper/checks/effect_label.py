"""Words for the size of an effect against Cohen's thresholds."""

from collections.abc import Iterator
from fractions import Fraction

from attune.paper.checks.checks import Check
from attune.paper.checks.finding import Finding
from attune.paper.checks.wording import plain_digits
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.relations import EffectLabel
from attune.printing.apa import bounded, number
from attune.stats.effect_sizes import COHEN_D, COHEN_R
from attune.stats.intervals import Interval

THRESHOLDS: dict[str, dict[str, str]] = {
    "r": {word: bounded(start, 2) for start, word in reversed(COHEN_R)},
    "d": {word: number(start, 1) for start, word in reversed(COHEN_D)},
}
"""Smallest absolute size of each label, in increasing order, as printed."""
NONE = "less than small"


def checks_of(publication: Publication) -> Iterator[Finding]:
    """Every effect that the paper calls small, medium, or large, against Cohen's thresholds.

    A word is consistent if some value that rounds to the printed digits lies in its range, the
    lower threshold included: an r printed .30 may be small or medium, one printed .301 is medium.

    Parameters
    ----------
    publication : Publication
        `relations.effect_label`.

    Yields
    ------
    Finding
        One for every such word.

    References
    ----------
    Cohen, J. (1992). A power primer. Psychological Bulletin, 112, 155-159.
    doi 10.1037/0033-2909.112.1.155

    Examples
    --------
    >>> from attune.paper.ledger.printed_value import PrintedValue
    >>> from attune.paper.ledger.relations import Relations
    >>> r = PrintedValue(id="r", printed=".525", kind="r", places=["Text"], quoted="-")
    >>> label = EffectLabel(value="r", measure="r", label="medium")
    >>> paper = Publication(
    ...     publication="paper", citation="A.", values=[r],
    ...     relations=Relations(effect_label=[label]),
    ... )
    >>> [(finding.outcome, finding.possible, finding.arithmetic) for finding in checks_of(paper)]
    [('inconsistent', 'large', 'r = .525; medium: from .30 to below .50; large: from .50')]
    """
    for relation in publication.relations.effect_label:
        yield _finding(publication, relation)


def labels_of(value: Interval, measure: str) -> list[str]:
    """Every word that an effect can have, given its rounding; the sign does not count.

    Examples
    --------
    >>> from attune.stats.intervals import rounding_interval
    >>> labels_of(rounding_interval("-.30"), "r"), labels_of(rounding_interval(".05"), "r")
    (['small', 'medium'], ['less than small'])
    """
    ends = sorted((abs(value.low), abs(value.high)))
    low, high = (Fraction(0) if value.low <= 0 <= value.high else ends[0]), ends[1]
    names = [NONE, *THRESHOLDS[measure]]
    starts = [Fraction(0), *(Fraction(threshold) for threshold in THRESHOLDS[measure].values())]
    return [
        name
        for name, start, end in zip(names, starts, [*starts[1:], None], strict=True)
        if high >= start and (end is None or low < end)
    ]


def _finding(publication: Publication, relation: EffectLabel) -> Finding:
    value = publication.value(relation.value)
    fitting = labels_of(value.reading.interval, relation.measure)
    consistent = relation.label in fitting
    possible = " or ".join(fitting)
    size = f"{relation.measure} = {plain_digits(value)}"
    where = f" ({', '.join(relation.places)})" if relation.places else ""
    compared = dict.fromkeys([relation.label, *fitting])
    ranges = "; ".join(_range(name, relation.measure) for name in compared)
    is_so = "which is" if consistent else "but by Cohen's convention it is"
    return Finding(
        check="effect_label",
        value=value.id,
        values=(value.id,),
        outcome="consistent" if consistent else "inconsistent",
        printed=f"{value.printed}, called {relation.label}",
        possible=possible,
        arithmetic=f"{size}; {ranges}",
        sentence=f"The paper calls {size} {relation.label}{where}, {is_so} {possible}.",
        explanation=None if consistent else "typo",
        explained="" if consistent else f"The word {fitting[0]!r} would be consistent.",
    )


def _range(name: str, measure: str) -> str:
    names, starts = zip(*THRESHOLDS[measure].items(), strict=True)
    if name == NONE:
        return f"{NONE}: below {starts[0]}"
    place = names.index(name)
    end = f" to below {starts[place + 1]}" if place + 1 < len(starts) else ""
    return f"{name}: from {starts[place]}{end}"


CHECK = Check(
    name="effect_label",
    title="Words for the size of an effect",
    meaning="An effect that is called small, medium, or large reaches Cohen's threshold for it.",
    source="Cohen (1992), doi 10.1037/0033-2909.112.1.155",
    findings=checks_of,
)
