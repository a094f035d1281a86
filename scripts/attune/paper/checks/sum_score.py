"""Check of sum scores: SD of the total and its correlations, from those of the parts.

Covariances add. With x = x1 + ... + xk over the same cases,

* sd(x)**2 = sum of r(xi, xj) sd(xi) sd(xj), and since every r lies between -1 and 1,
  sd(x) lies between the largest sd(xi) less all others (or 0) and the sum of them all;
* r(x, y) = sum of r(xi, y) sd(xi) / sd(x) for any y (Nunnally & Bernstein, 1994, Psychometric
  theory, 3rd ed., chapter 5: the algebra of linear combinations).

Correlations over fewer cases than the SDs, or over cases with different missing answers, need not
obey it: declare a `sum_score` relation only where all are over the same cases.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial

from attune.paper.checks.checks import Check
from attune.paper.checks.finding import Finding
from attune.paper.checks.simplest_explanation import OtherText, simplest_explanation
from attune.paper.checks.wording import plain_digits, possible_for
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.relations import SumScore, SumScoreCorrelations
from attune.stats.intervals import Interval, correlation_of_sum

Intervals = Mapping[str, Interval]
"""Printed value -> its interval."""


def deviation_of_sum(parts: Sequence[Interval]) -> Interval:
    """Possible SDs of a sum of parts with these SDs, whatever the correlations of the parts.

    Parameters
    ----------
    parts : sequence of Interval
        SDs of the parts, none negative.

    Examples
    --------
    Parts with SDs 10 and 3: from 10 - 3, where they correlate -1, to 10 + 3.

    >>> from attune.stats.intervals import exact
    >>> deviation_of_sum([exact(10), exact(3)])
    Interval(low=Fraction(7, 1), high=Fraction(13, 1))
    """
    most = sum((part.high for part in parts), Fraction(0))
    least = max(part.low - (most - part.high) for part in parts)
    return Interval(max(Fraction(0), least), most)


def correlation_of_total(
    correlations: Sequence[Interval], deviations: Sequence[Interval], deviation: Interval
) -> Interval | None:
    """Possible correlations of a total with a variable, given those of its parts and the SDs.

    The SD of the total is first narrowed to what the SDs of the parts allow, where they agree.

    Parameters
    ----------
    correlations, deviations : sequence of Interval
        Of the parts, in the same order.
    deviation : Interval
        SD of the total.

    Returns
    -------
    Interval or None
        Beyond -1 and 1 where the parts share more with the variable than the SD of the total
        leaves room for. None where that SD may be 0.

    Examples
    --------
    Two parts with SD 3 and 4 that correlate .5 and 0; the total has SD 5: r = .5 * 3 / 5.

    >>> from attune.stats.intervals import exact
    >>> correlation_of_total([exact("0.5"), exact(0)], [exact(3), exact(4)], exact(5))
    Interval(low=Fraction(3, 10), high=Fraction(3, 10))
    """
    of_parts = deviation_of_sum(deviations)
    if deviation.overlaps(of_parts):
        deviation = Interval(max(deviation.low, of_parts.low), min(deviation.high, of_parts.high))
    if deviation.low <= 0:
        return None
    return correlation_of_sum(correlations, deviations, deviation)


def checks_of(publication: Publication) -> Iterator[Finding]:
    """Every declared total: its SD, then its correlations.

    Parameters
    ----------
    publication : Publication

    Yields
    ------
    Finding
        Of the total's SD where all SDs are printed, and of each of its correlations where these
        and all correlations of the parts are printed in digits.

    Examples
    --------
    >>> shared = {"kind": "sd", "places": ["Text"], "quoted": "-"}
    >>> paper = Publication.model_validate(
    ...     {
    ...         "publication": "a",
    ...         "citation": "A.",
    ...         "values": [
    ...             {"id": "total", "printed": "9.0", **shared},
    ...             {"id": "one", "printed": "4.5", **shared},
    ...             {"id": "two", "printed": "3.5", **shared},
    ...         ],
    ...         "relations": {"sum_score": [{"total_sd": "total", "part_sds": ["one", "two"]}]},
    ...     }
    ... )
    >>> [(found.outcome, found.possible) for found in checks_of(paper)]
    [('inconsistent', '0.9 to 8.1')]
    """
    for relation in publication.relations.sum_score:
        names = [relation.total_sd, *relation.part_sds]
        deviations = _printed(publication, names)
        if deviations is None:
            continue
        yield _of_deviation(publication, relation, deviations)
        for correlation in relation.correlations:
            coefficients = _printed(publication, [correlation.total, *correlation.parts])
            if coefficients is None or len(correlation.parts) != len(relation.part_sds):
                continue
            known = {**deviations, **coefficients}
            if _possible_correlation(relation, correlation, known) is not None:
                yield _of_correlation(publication, relation, correlation, known)


def _printed(publication: Publication, names: Sequence[str]) -> dict[str, Interval] | None:
    """The interval of each value; None unless all are printed in digits."""
    intervals = {name: publication.interval_of(name) for name in names}
    known = {name: interval for name, interval in intervals.items() if interval is not None}
    return known if len(known) == len(intervals) else None


def _possible_correlation(
    relation: SumScore, correlations: SumScoreCorrelations, known: Intervals
) -> Interval | None:
    return correlation_of_total(
        [known[name] for name in correlations.parts],
        [known[name] for name in relation.part_sds],
        known[relation.total_sd],
    )


def _of_deviation(publication: Publication, relation: SumScore, known: Intervals) -> Finding:
    total, parts = relation.total_sd, relation.part_sds
    value = publication.value(total)

    def agrees(given: Intervals) -> bool:
        return deviation_of_sum([given[name] for name in parts]).overlaps(given[total])

    digits = [plain_digits(publication.value(name)) for name in parts]
    allowed = deviation_of_sum([known[name] for name in parts])
    possible = possible_for(value, allowed, known[total])
    verb = "can" if agrees(known) else "cannot"
    return _finding(
        publication,
        (total, *parts),
        known,
        agrees,
        allowed=allowed,
        possible=possible,
        arithmetic=f"largest SD less the others to {' + '.join(digits)}: {possible}",
        sentence=(
            f"{value.title}, printed {value.printed}, {verb} be the SD of a total whose parts"
            f" have the SDs {', '.join(digits)}."
        ),
    )


def _of_correlation(
    publication: Publication,
    relation: SumScore,
    correlations: SumScoreCorrelations,
    known: Intervals,
) -> Finding:
    value = publication.value(correlations.total)

    def agrees(given: Intervals) -> bool:
        possible = _possible_correlation(relation, correlations, given)
        return possible is not None and possible.overlaps(given[correlations.total])

    interval = _possible_correlation(relation, correlations, known)
    possible = (
        "anything" if interval is None else possible_for(value, interval, known[correlations.total])
    )
    products = [
        f"{plain_digits(publication.value(r))} x {plain_digits(publication.value(sd))}"
        for r, sd in zip(correlations.parts, relation.part_sds, strict=True)
    ]
    total_sd = plain_digits(publication.value(relation.total_sd))
    verdict = (
        f"agrees with what its parts give, {possible}."
        if agrees(known)
        else f"does not follow from its parts, which give {possible}."
    )
    return _finding(
        publication,
        (correlations.total, *correlations.parts, relation.total_sd, *relation.part_sds),
        known,
        agrees,
        allowed=interval,
        possible=possible,
        arithmetic=f"({' + '.join(products).replace('+ -', '- ')}) / {total_sd} = {possible}",
        sentence=f"{value.title}, printed {value.printed}, {verdict}",
    )


def _finding(
    publication: Publication,
    names: tuple[str, ...],
    known: Intervals,
    agrees: Callable[[Intervals], bool],
    *,
    allowed: Interval | None,
    possible: str,
    arithmetic: str,
    sentence: str,
) -> Finding:
    """The finding about the first of the names, with the simplest explanation of a disagreement."""
    consistent = agrees(known)
    explanation, explained = None, ""
    if not consistent:

        def fits(name: str, text: str) -> bool:
            return agrees({**known, name: publication.value(name).reading.with_digits(text)})

        explanation, explained = simplest_explanation(
            texts=[
                OtherText(
                    "" if name == names[0] else publication.value(name).title,
                    plain_digits(publication.value(name)),
                    partial(fits, name),
                )
                for name in names
            ]
        )
    return Finding(
        check="sum_score",
        value=names[0],
        values=names,
        outcome="consistent" if consistent else "inconsistent",
        printed=publication.value(names[0]).printed,
        possible=possible,
        arithmetic=arithmetic,
        sentence=sentence,
        explanation=explanation,
        explained=explained,
        allowed=allowed,
    )


CHECK = Check(
    name="sum_score",
    title="Totals and their parts",
    meaning=(
        "The SD of a total, and its correlation with anything, follow from the SDs and the"
        " correlations of the parts that it is the sum of."
    ),
    source="Nunnally & Bernstein (1994), Psychometric theory, chapter 5",
    findings=checks_of,
)
