"""A coefficient, difference or mean against its t or z and its standard error."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from attune.paper.checks.checks import Check
from attune.paper.checks.comparison_bounds import ratio, size_of
from attune.paper.checks.finding import Finding
from attune.paper.checks.implied_ties import implied_estimates
from attune.paper.checks.printed_test import equation_of
from attune.paper.checks.simplest_explanation import OtherText, simplest_explanation
from attune.paper.checks.slips import slipped_point
from attune.paper.checks.wording import apart, plain_digits
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import FAR, PrintedValue
from attune.stats.intervals import Interval

Fits = Callable[[dict[str, Interval]], bool]
"""Whether printed values agree, some of them read otherwise."""


def checks_of(publication: Publication) -> Iterator[Finding]:
    """Every t or z that belongs to an estimate: the same sign, and estimate / SE.

    Parameters
    ----------
    publication : Publication
        The t or z needs `of`, a mean, difference or coefficient; so does the se. In a ledger with
        one coefficient and one t, in one place, they belong together without it.

    Yields
    ------
    Finding
        One for every such t or z with a printed number; where an SE is printed, the size is checked
        too.

    References
    ----------
    Cohen, J., Cohen, P., West, S. G., & Aiken, L. S. (2003). Applied multiple
    regression/correlation analysis for the behavioral sciences (3rd ed.), chapter 3.
    doi 10.4324/9780203774441

    Examples
    --------
    >>> shared = {"places": ["Text"], "quoted": "-"}
    >>> b = PrintedValue(id="b", printed="-0.36", kind="coefficient", **shared)
    >>> t = PrintedValue(id="t", printed="2.27", kind="t", of="b", **shared)
    >>> paper = Publication(publication="paper", citation="A.", values=[b, t])
    >>> [(finding.outcome, finding.explained) for finding in checks_of(paper)]
    [('inconsistent', '-2.27 instead of 2.27 (the sign) would be consistent.')]
    """
    for estimate, test in _pairs(publication):
        if estimate.reading.number is None or test.reading.number is None:
            continue
        errors = [v for v in publication.values if v.kind == "se" and v.of == estimate.id]
        yield _finding(estimate, test, errors[0] if len(errors) == 1 else None)


def _pairs(publication: Publication) -> Iterator[tuple[PrintedValue, PrintedValue]]:
    for test in publication.values:
        if test.kind in ("t", "z") and test.of:
            yield publication.value(test.of), test
    yield from implied_estimates(publication)


def possible_test(estimate: Interval, error: Interval | None) -> Interval | None:
    """The t or z of an estimate; without SE only its sign is known, and nothing around 0.

    Examples
    --------
    >>> from attune.stats.intervals import rounding_interval
    >>> t = possible_test(rounding_interval("-0.36"), rounding_interval("0.16"))
    >>> round(float(t.low), 2), round(float(t.high), 2)
    (-2.35, -2.15)
    """
    size = Interval(Fraction(0), FAR) if error is None else ratio(size_of(estimate), error)
    if estimate.low > 0:
        return size
    if estimate.high < 0:
        return Interval(-size.high, -size.low)
    return None if error is None else Interval(-size.high, size.high)


def _finding(estimate: PrintedValue, test: PrintedValue, error: PrintedValue | None) -> Finding:
    needed = test.reading.interval
    readings = {value.id: value.reading.interval for value in (estimate, test, error) if value}

    def possible(changed: dict[str, Interval]) -> Interval | None:
        known = readings | changed
        return possible_test(known[estimate.id], known[error.id] if error else None)

    def fits(changed: dict[str, Interval]) -> bool:
        found = possible(changed)
        return found is None or found.overlaps((readings | changed)[test.id])

    found = possible({})
    consistent = fits({})
    explanation, explained = None, ""
    if not consistent:
        inputs = [value for value in (test, estimate, error) if value]
        explanation, explained = simplest_explanation(
            slips=_points(inputs, fits), texts=_texts(inputs, fits)
        )
    possible_text = "either sign" if found is None else _in_words(found, needed, test, error)
    given = f"{estimate.title} = {plain_digits(estimate)}"
    given += f", SE = {plain_digits(error)}" if error else ""
    joined = "and" if consistent else "but"
    return Finding(
        check="estimate_and_test",
        value=test.id,
        values=tuple(value.id for value in (test, estimate, error) if value),
        outcome="consistent" if consistent else "inconsistent",
        printed=test.printed,
        possible=possible_text,
        arithmetic=f"{given}: {test.kind} = {possible_text}; printed {plain_digits(test)}",
        sentence=f"With {given}, {test.kind} is {possible_text}, {joined} the paper prints"
        f" {equation_of(test)}.",
        explanation=explanation,
        explained=explained,
        allowed=found if error else None,
    )


def _in_words(
    found: Interval, needed: Interval, test: PrintedValue, error: PrintedValue | None
) -> str:
    if error is None:
        return "positive" if found.low >= 0 else "negative"
    return apart(found, needed, test.reading.decimals)


def _texts(inputs: Sequence[PrintedValue], fits: Fits) -> list[OtherText]:
    return [
        OtherText("" if place == 0 else value.title, value.reading.digits, _changed(value, fits))
        for place, value in enumerate(inputs)
        if value.reading.digits
    ]


def _points(inputs: Sequence[PrintedValue], fits: Fits) -> list[str]:
    return [
        slip
        for place, value in enumerate(inputs)
        if value.reading.digits
        for slip in slipped_point(
            "" if place == 0 else value.title, value.reading.digits, _changed(value, fits)
        )
    ]


def _changed(value: PrintedValue, fits: Fits) -> Callable[[str], bool]:
    return lambda text: fits({value.id: value.reading.with_digits(text)})


CHECK = Check(
    name="estimate_and_test",
    title="Estimate, standard error, and t",
    meaning="A coefficient and its t have one sign, and t is the coefficient divided by its SE.",
    source="Cohen et al. (2003), doi 10.4324/9780203774441",
    findings=checks_of,
)
