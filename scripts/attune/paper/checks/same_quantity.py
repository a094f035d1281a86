"""Check that a quantity printed more than once has the same value each time."""

from collections.abc import Iterator

from attune.paper.checks.checks import Check
from attune.paper.checks.finding import Finding
from attune.paper.checks.simplest_explanation import OtherText, simplest_explanation
from attune.paper.checks.wording import between, plain_digits
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import PrintedValue


def checks_of(publication: Publication) -> Iterator[Finding]:
    """Every further printed value of a quantity against the first one that the relation names.

    Two printed values agree if some number rounds to both; .45 and .453 do. The check does not
    decide which of two values is wrong.

    Parameters
    ----------
    publication : Publication
        `relations.same_quantity`.

    Yields
    ------
    Finding
        One for every printed value of a relation except the first.

    References
    ----------
    Moore, R. E., Kearfott, R. B., & Cloud, M. J. (2009). Introduction to interval analysis.
    doi 10.1137/1.9780898717716: intersections of intervals.

    Examples
    --------
    >>> from attune.paper.ledger.relations import Relations, SameQuantity
    >>> table = PrintedValue(id="table", printed="0.291", kind="r", places=["Table"], quoted="-")
    >>> text = PrintedValue(id="text", printed=".219", kind="r", places=["Text"], quoted="-")
    >>> paper = Publication(
    ...     publication="paper", citation="A.", values=[table, text],
    ...     relations=Relations(same_quantity=[SameQuantity(values=["table", "text"])]),
    ... )
    >>> [(finding.value, finding.explanation, finding.explained) for finding in checks_of(paper)]
    [('text', 'typo', '.291 instead of .219 (two digits swapped) would be consistent.')]
    """
    for relation in publication.relations.same_quantity:
        first, *others = (publication.value(name) for name in relation.values)
        for other in others:
            yield _finding(first, other)


def _finding(first: PrintedValue, value: PrintedValue) -> Finding:
    expected = first.reading.interval
    consistent = expected.overlaps(value.reading.interval)
    explanation, explained = None, ""
    if not consistent:
        explanation, explained = simplest_explanation(texts=_texts(first, value))
    one, other = plain_digits(first), plain_digits(value)
    same = "the same as" if one == other else "which agrees with" if consistent else "but"
    return Finding(
        check="same_quantity",
        value=value.id,
        values=(value.id, first.id),
        outcome="consistent" if consistent else "inconsistent",
        printed=value.printed,
        possible=between(
            expected, first.reading.decimals + 1, leading_zero=not other.startswith(".")
        ),
        arithmetic=f"{_places(first)}: {one}; {_places(value)}: {other}",
        sentence=f"{_places(first)} prints {one}, {same} {other} in {_places(value)}.",
        explanation=explanation,
        explained=explained,
        allowed=expected,
    )


def _texts(first: PrintedValue, value: PrintedValue) -> list[OtherText]:
    texts = []
    for checked, against in ((value, first), (first, value)):
        digits = checked.reading.digits

        def fits(
            other: str, checked: PrintedValue = checked, against: PrintedValue = against
        ) -> bool:
            read = checked.reading.with_digits(other)
            return read.overlaps(against.reading.interval)

        if digits:
            texts.append(OtherText("", digits, fits))
    return texts


def _places(value: PrintedValue) -> str:
    return ", ".join(value.places)


CHECK = Check(
    name="same_quantity",
    title="The same quantity printed twice",
    meaning="A number that is printed in several places is the same number in all of them.",
    source="Moore et al. (2009), doi 10.1137/1.9780898717716, on intervals",
    findings=checks_of,
)
