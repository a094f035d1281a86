"""Limits of a confidence interval against each other and against the estimate."""

from collections.abc import Iterator

from attune.paper.checks.checks import Check
from attune.paper.checks.finding import Finding
from attune.paper.checks.simplest_explanation import OtherText, simplest_explanation
from attune.paper.checks.wording import plain_digits
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import PrintedValue


def checks_of(publication: Publication) -> Iterator[Finding]:
    """Every printed limit: the estimate lies between the lower and the upper one.

    How far the limits lie from the estimate is not checked here, since bootstrap intervals and
    those of r, d and g need not be symmetric; `comparison` checks those of a difference of means.

    Parameters
    ----------
    publication : Publication
        A limit needs `of`, the estimate.

    Yields
    ------
    Finding
        One for every such limit.

    References
    ----------
    Cumming, G. (2014). The new statistics: Why and how. Psychological Science, 25, 7-29.
    doi 10.1177/0956797613504966

    Examples
    --------
    >>> shared = {"places": ["Text"], "quoted": "-"}
    >>> b = PrintedValue(id="b", printed="0.36", kind="coefficient", **shared)
    >>> low = PrintedValue(id="low", printed="0.41", kind="ci_low", of="b", **shared)
    >>> paper = Publication(publication="paper", citation="A.", values=[b, low])
    >>> [(finding.outcome, finding.possible) for finding in checks_of(paper)]
    [('inconsistent', 'at most 0.36')]
    """
    for limit in publication.values:
        if limit.kind not in ("ci_low", "ci_high") or not limit.of:
            continue
        estimate = publication.value(limit.of)
        if limit.reading.number is not None and estimate.reading.number is not None:
            yield _finding(limit, estimate)


def _holds(limit: PrintedValue, estimate: PrintedValue, text: str = "", other: str = "") -> bool:
    end = limit.reading.with_digits(text) if text else limit.reading.interval
    middle = estimate.reading.with_digits(other) if other else estimate.reading.interval
    return end.low <= middle.high if limit.kind == "ci_low" else end.high >= middle.low


def _finding(limit: PrintedValue, estimate: PrintedValue) -> Finding:
    consistent = _holds(limit, estimate)
    side, name = ("at most", "lower") if limit.kind == "ci_low" else ("at least", "upper")
    printed, middle = plain_digits(limit), plain_digits(estimate)
    explanation, explained = None, ""
    if not consistent:
        explanation, explained = simplest_explanation(
            texts=[
                OtherText("", printed, lambda text: _holds(limit, estimate, text=text)),
                OtherText(estimate.title, middle, lambda text: _holds(limit, estimate, other=text)),
            ]
        )
    of = f"The {name} limit of {estimate.title}"
    right = f"{of}, {printed}, is {side} the estimate, {middle}."
    wrong = f"{of} should be {side} the estimate, {middle}, but the paper prints {printed}."
    return Finding(
        check="confidence_limits",
        value=limit.id,
        values=(limit.id, estimate.id),
        outcome="consistent" if consistent else "inconsistent",
        printed=limit.printed,
        possible=f"{side} {middle}",
        arithmetic=f"estimate {middle}, {name} limit {printed}",
        sentence=right if consistent else wrong,
        explanation=explanation,
        explained=explained,
    )


CHECK = Check(
    name="confidence_limits",
    title="Confidence limits",
    meaning="An estimate lies between the limits of its confidence interval.",
    source="Cumming (2014), doi 10.1177/0956797613504966",
    findings=checks_of,
)
