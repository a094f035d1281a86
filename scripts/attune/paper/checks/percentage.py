"""Percentages against counts; without a count, against every whole number of cases (GRIM)."""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor

from attune.paper.checks.checks import Check
from attune.paper.checks.finding import Finding, Outcome
from attune.paper.checks.simplest_explanation import OtherNumber, OtherText, simplest_explanation
from attune.paper.checks.wording import MOST_PLACES, number, plain_digits
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import PrintedValue
from attune.paper.ledger.relations import Percentage
from attune.specs.errors import AttuneError
from attune.stats.intervals import Interval, exact


def checks_of(publication: Publication) -> Iterator[Finding]:
    """Every percentage whose base is printed.

    With a count it is 100 * count / base. Without one, some whole number of cases from 0 to the
    base must round to it. Where every percentage with so many decimals can be had, as with 100
    cases and none, the outcome is `cannot_tell`.

    Parameters
    ----------
    publication : Publication
        `relations.percentage`.

    Yields
    ------
    Finding
        One for every relation whose base is a whole number above 0, and its count in digits.

    References
    ----------
    Brown, N. J. L., & Heathers, J. A. J. (2017). The GRIM test: A simple technique detects numerous
    anomalies in the reporting of results in psychology. Social Psychological and Personality
    Science, 8, 363-369. doi 10.1177/1948550616673876

    Examples
    --------
    >>> from attune.paper.ledger.relations import Relations
    >>> shared = {"places": ["Table I"], "quoted": "-"}
    >>> base = PrintedValue(id="n", printed="26", kind="count", **shared)
    >>> share = PrintedValue(id="share", printed="34.7", kind="percent", **shared)
    >>> paper = Publication(
    ...     publication="paper", citation="A.", values=[base, share],
    ...     relations=Relations(percentage=[Percentage(percent="share", base="n")]),
    ... )
    >>> [finding.arithmetic for finding in checks_of(paper)][0]
    '9 of 26 = 34.62 %, 10 of 26 = 38.46 %; printed 34.7'
    """
    for relation in publication.relations.percentage:
        base = publication.value(relation.base).reading.interval
        counted = relation.count is None or publication.value(relation.count).reading.digits
        if counted and base.low == base.high and base.low.denominator == 1 and base.low > 0:
            yield _finding(publication, relation, int(base.low))


def nearest_counts(percent: Interval, base: int) -> tuple[int, int]:
    """The whole numbers of cases next to a percentage: the same one twice where one rounds to it.

    Examples
    --------
    >>> from attune.stats.intervals import rounding_interval
    >>> [nearest_counts(rounding_interval(percent), 26) for percent in ("34.6", "34.7")]
    [(9, 9), (9, 10)]
    """
    least, most = ceil(percent.low * base / 100), floor(percent.high * base / 100)
    if least <= most:
        # Of several counts that round to it, the one closest to the middle.
        middle = round((percent.low + percent.high) * base / 200)
        count = min(max(middle, least, 0), most, base)
        return count, count
    return max(most, 0), min(least, base)


def _finding(publication: Publication, relation: Percentage, base: int) -> Finding:
    value = publication.value(relation.percent)
    needed = value.reading.interval
    count = publication.value(relation.count) if relation.count else None
    counts = nearest_counts(needed, base) if count is None else (_whole(count),) * 2
    consistent = any(_rounds_to(needed, k, base) for k in counts)
    outcome: Outcome = "consistent" if consistent else "inconsistent"
    if consistent and count is None and (needed.high - needed.low) * base >= 100:
        outcome = "cannot_tell"
    explanation, explained = None, ""
    if not consistent:
        explanation, explained = simplest_explanation(
            number=OtherNumber(
                "base",
                base,
                lambda other: any(
                    _rounds_to(needed, k, other)
                    for k in (nearest_counts(needed, other) if count is None else counts)
                ),
                least=1,
            ),
            texts=_texts(value, count, base),
        )
    shares = {k: _share(k, base, needed, value.reading.decimals) for k in counts}
    printed = plain_digits(value).removesuffix("%").rstrip()
    return Finding(
        check="percentage",
        value=value.id,
        values=(value.id, *([count.id] if count else []), relation.base),
        outcome=outcome,
        printed=value.printed,
        possible=" or ".join(shares.values()),
        arithmetic=", ".join(f"{k} of {base} = {share} %" for k, share in shares.items())
        + f"; printed {printed}",
        sentence=_sentence(printed, base, shares, consistent),
        explanation=explanation,
        explained=explained,
        allowed=exact(Fraction(100 * counts[0], base)) if counts[0] == counts[1] else None,
    )


def _sentence(printed: str, base: int, shares: dict[int, str], consistent: bool) -> str:
    shares_of_counts = [f"{k} of {base} cases are {share} %" for k, share in shares.items()]
    if len(shares_of_counts) > 1:
        return f"No whole number of cases gives {printed} %: {', '.join(shares_of_counts)}."
    return f"{shares_of_counts[0]}, {'and' if consistent else 'but'} the paper prints {printed} %."


def _whole(count: PrintedValue) -> int:
    read = count.reading.interval
    if read.low != read.high or read.low.denominator != 1:
        raise AttuneError(f"{count.id}: a count is a whole number, found {count.printed!r}.")
    return int(read.low)


def _rounds_to(needed: Interval, count: int, base: int) -> bool:
    return needed.low <= Fraction(100 * count, base) <= needed.high


def _share(count: int, base: int, needed: Interval, places: int) -> str:
    """A percentage with the fewest decimals that show whether it rounds to the printed one.

    1 of 26 is shown as 3.846, not as 3.85, which by itself would be printed 3.9.
    """
    share = Fraction(100 * count, base)
    inside = needed.low <= share <= needed.high
    for decimals in range(places + 1, MOST_PLACES):
        rounded = round(share, decimals)
        if rounded == share or (needed.low < rounded < needed.high) == inside:
            return number(share, decimals)
    return number(share, MOST_PLACES)


def _texts(value: PrintedValue, count: PrintedValue | None, base: int) -> list[OtherText]:
    """Other digits of the percentage, then of the count."""

    def percent_fits(digits: str) -> bool:
        other = value.reading.with_digits(digits)
        counts = nearest_counts(other, base) if count is None else (_whole(count),)
        return any(_rounds_to(other, k, base) for k in counts)

    def count_fits(digits: str) -> bool:
        return _rounds_to(value.reading.interval, int(digits), base)

    texts = []
    digits = value.reading.digits
    if digits:
        texts.append(OtherText("", digits, percent_fits))
    if count is not None:
        texts.append(OtherText("count", str(_whole(count)), count_fits))
    return texts


CHECK = Check(
    name="percentage",
    title="Percentages from counts",
    meaning="A percentage is a whole number of cases divided by all cases.",
    source="Brown & Heathers (2017), doi 10.1177/1948550616673876",
    findings=checks_of,
)
