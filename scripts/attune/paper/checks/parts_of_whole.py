"""Counts, percentages, and means that must add up, or must not exceed a whole."""

from collections.abc import Iterator, Sequence

from attune.paper.checks.checks import Check
from attune.paper.checks.finding import Finding
from attune.paper.checks.simplest_explanation import OtherNumber, OtherText, simplest_explanation
from attune.paper.checks.wording import apart, between, plain_digits
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import PrintedValue
from attune.paper.ledger.relations import PartsOfWhole
from attune.stats.intervals import Interval, exact, total


def checks_of(publication: Publication) -> Iterator[Finding]:
    """Every sum of printed parts against its whole.

    Whole = sum of the parts, where each lies within half a unit of its last printed digit: k
    rounded percentages may add up to 100 plus or minus k such halves. Counts are exact. Parts
    that are not complete must not exceed the whole.

    Parameters
    ----------
    publication : Publication
        `relations.parts_of_whole`.

    Yields
    ------
    Finding
        One for every relation. It judges the whole; where the whole is not a printed value, such as
        100 %, the first part.

    References
    ----------
    Moore, R. E., Kearfott, R. B., & Cloud, M. J. (2009). Introduction to interval analysis.
    doi 10.1137/1.9780898717716: sums of intervals.

    Examples
    --------
    >>> from attune.paper.ledger.relations import Relations
    >>> means = {"a": "37.8", "b": "31", "c": "30.3", "d": "32.7", "total": "133"}
    >>> paper = Publication(
    ...     publication="paper", citation="A.", values=[
    ...         PrintedValue(id=name, printed=mean, kind="mean", places=["Text"], quoted="-")
    ...         for name, mean in means.items()
    ...     ],
    ...     relations=Relations(parts_of_whole=[PartsOfWhole(whole="total", parts=list("abcd"))]),
    ... )
    >>> [(finding.arithmetic, finding.explained) for finding in checks_of(paper)][0][0]
    '37.8 + 31 + 30.3 + 32.7 = 131.15 to 132.45; printed 133'
    """
    for relation in publication.relations.parts_of_whole:
        yield _finding(publication, relation)


def _finding(publication: Publication, relation: PartsOfWhole) -> Finding:
    parts = [publication.value(name) for name in relation.parts]
    whole = _printed_whole(publication, relation)
    needed = whole.reading.interval if whole else exact(relation.whole)
    summed = total([part.reading.interval for part in parts])
    consistent = agree(summed, needed, relation.complete)
    explanation, explained = None, ""
    if not consistent:
        explanation, explained = simplest_explanation(
            number=_other_n(whole, parts, summed, relation.complete),
            texts=_texts(publication, relation, whole, parts),
        )
    places = max(part.reading.decimals for part in [*parts, *([whole] if whole else [])])
    sum_text = between(summed, places + 1) if consistent else apart(summed, needed, places)
    terms = " + ".join(plain_digits(part) for part in parts)
    digits = plain_digits(whole) if whole else relation.whole
    return Finding(
        check="parts_of_whole",
        value=whole.id if whole else parts[0].id,
        values=(*([whole.id] if whole else []), *relation.parts),
        outcome="consistent" if consistent else "inconsistent",
        printed=whole.printed if whole else terms,
        possible=_possible(sum_text, relation) if whole else digits,
        arithmetic=f"{terms} = {sum_text}; {'printed' if whole else 'the whole is'} {digits}",
        sentence=_sentence(relation, whole, sum_text, digits, consistent),
        explanation=explanation,
        explained=explained,
        allowed=summed if whole else None,
    )


def _printed_whole(publication: Publication, relation: PartsOfWhole) -> PrintedValue | None:
    known = {value.id: value for value in publication.values}
    return known.get(relation.whole)


def _possible(sum_text: str, relation: PartsOfWhole) -> str:
    return sum_text if relation.complete else f"at least {sum_text.partition(' to ')[0]}"


def _sentence(
    relation: PartsOfWhole, whole: PrintedValue | None, sum_text: str, digits: str, consistent: bool
) -> str:
    because = relation.because.rstrip(".")
    start = f"{because}: the parts" if because else "The parts"
    what = f"for {whole.title} the paper prints {digits}" if whole else f"the whole is {digits}"
    if not relation.complete and not consistent:
        what += ", which is less"
    return f"{start} add up to {sum_text}, {'and' if consistent else 'but'} {what}."


def _other_n(
    whole: PrintedValue | None, parts: Sequence[PrintedValue], summed: Interval, complete: bool
) -> OtherNumber | None:
    """Another number of cases, where counts are added up."""
    counted = whole is not None and all(part.kind == "count" for part in [whole, *parts])
    if whole is None or not counted:
        return None
    stated = whole.reading.interval.low

    def fits(n: int) -> bool:
        return agree(summed, exact(n), complete)

    return OtherNumber("n", int(stated), fits, least=1)


def _texts(
    publication: Publication,
    relation: PartsOfWhole,
    whole: PrintedValue | None,
    parts: Sequence[PrintedValue],
) -> list[OtherText]:
    """Other digits of the whole, then of each part."""

    def text_of(changed: PrintedValue, digits: str) -> OtherText:
        def fits(other: str) -> bool:
            slipped = changed.reading.with_digits(other)
            summed = total(
                [slipped if part is changed else part.reading.interval for part in parts]
            )
            if whole is None:
                return agree(summed, exact(relation.whole), relation.complete)
            needed = slipped if whole is changed else whole.reading.interval
            return agree(summed, needed, relation.complete)

        return OtherText("" if changed is whole else changed.title, digits, fits)

    candidates = [*([whole] if whole else []), *parts]
    return [
        text_of(candidate, digits)
        for candidate in candidates
        if (digits := candidate.reading.digits)
    ]


def agree(summed: Interval, whole: Interval, complete: bool = True) -> bool:
    """Whether a sum can be the whole, or, where parts are left out, at least not exceed it.

    Examples
    --------
    >>> agree(exact(25), exact(26)), agree(exact(25), exact(26), complete=False)
    (False, True)
    """
    return summed.overlaps(whole) if complete else summed.low <= whole.high


CHECK = Check(
    name="parts_of_whole",
    title="Parts that add up to a whole",
    meaning="Counts, percentages, and means of parts add up to those of the whole.",
    source="Moore et al. (2009), doi 10.1137/1.9780898717716, on sums of intervals",
    findings=checks_of,
)
