"""The standard error of a mean against the SD and the number of cases."""

from collections.abc import Iterator
from fractions import Fraction

from attune.paper.checks.checks import Check
from attune.paper.checks.effect_size_test import root
from attune.paper.checks.finding import Finding
from attune.paper.checks.simplest_explanation import OtherNumber, OtherText, simplest_explanation
from attune.paper.checks.slips import slipped_point
from attune.paper.checks.wording import plain_digits, possible_for
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import PrintedValue
from attune.stats.intervals import Interval


def checks_of(publication: Publication) -> Iterator[Finding]:
    """Every standard error of a mean whose SD and n are printed too: SE = SD / sqrt(n).

    Parameters
    ----------
    publication : Publication
        The se and the sd need `of`, the mean; one of the three states its `n`.

    Yields
    ------
    Finding
        One for every such standard error.

    References
    ----------
    Altman, D. G., & Bland, J. M. (2005). Standard deviations and standard errors. BMJ, 331, 903.
    doi 10.1136/bmj.331.7521.903

    Examples
    --------
    >>> shared = {"places": ["Table"], "quoted": "-"}
    >>> mean = PrintedValue(id="m", printed="12.0", kind="mean", n=25, **shared)
    >>> sd = PrintedValue(id="sd", printed="2.0", kind="sd", of="m", **shared)
    >>> se = PrintedValue(id="se", printed="2.0", kind="se", of="m", **shared)
    >>> paper = Publication(publication="paper", citation="A.", values=[mean, sd, se])
    >>> [(finding.outcome, finding.possible, finding.explained) for finding in checks_of(paper)]
    [('inconsistent', '0.3 to 0.5', 'The SD printed as a standard error would give it.')]
    """
    for error in publication.values:
        if error.kind != "se" or not error.of:
            continue
        mean = publication.value(error.of)
        sds = [value for value in publication.values if value.kind == "sd" and value.of == mean.id]
        if mean.kind != "mean" or len(sds) != 1:
            continue
        n = error.n or mean.n or sds[0].n
        legible = error.reading.digits and sds[0].reading.digits
        if n is not None and legible:
            yield _finding(error, sds[0], mean, n)


def standard_error(sd: Interval, n: int) -> Interval:
    """SD / sqrt(n).

    Examples
    --------
    >>> from attune.stats.intervals import exact
    >>> float(standard_error(exact(2), 25).low)
    0.4
    """
    return sd * root(Fraction(1, n))


def _finding(error: PrintedValue, sd: PrintedValue, mean: PrintedValue, n: int) -> Finding:
    needed, possible = error.reading.interval, standard_error(sd.reading.interval, n)
    consistent = possible.overlaps(needed)
    explanation, explained = None, ""
    if not consistent:
        explanation, explained = simplest_explanation(
            slips=_slips(error, sd, n),
            number=OtherNumber(
                "n", n, lambda n: standard_error(sd.reading.interval, n).overlaps(needed), 2
            ),
            texts=[
                OtherText("", plain_digits(error), lambda text: _fits(error, sd, n, error=text)),
                OtherText("SD", plain_digits(sd), lambda text: _fits(error, sd, n, sd=text)),
            ],
        )
    possible_text = possible_for(error, possible, needed)
    return Finding(
        check="standard_error",
        value=error.id,
        values=(error.id, sd.id, mean.id),
        outcome="consistent" if consistent else "inconsistent",
        printed=error.printed,
        possible=possible_text,
        arithmetic=f"SD = {plain_digits(sd)}, n = {n}: SE = SD / sqrt(n) = {possible_text}; printed"
        f" {plain_digits(error)}",
        sentence=f"With SD = {plain_digits(sd)} and n = {n}, the standard error is {possible_text},"
        f" {'and' if consistent else 'but'} the paper prints {plain_digits(error)}.",
        explanation=explanation,
        explained=explained,
        allowed=possible,
    )


def _fits(
    printed: PrintedValue, of_sd: PrintedValue, n: int, error: str = "", sd: str = ""
) -> bool:
    needed = printed.reading.with_digits(error) if error else printed.reading.interval
    spread = of_sd.reading.with_digits(sd) if sd else of_sd.reading.interval
    return standard_error(spread, n).overlaps(needed)


def _slips(error: PrintedValue, sd: PrintedValue, n: int) -> list[str]:
    found = []
    if error.reading.interval.overlaps(sd.reading.interval):
        found.append("the SD printed as a standard error")
    if error.reading.interval.overlaps(sd.reading.interval * root(Fraction(n))):
        found.append("the standard error printed as SD, and the SD as standard error")
    return found + slipped_point(
        "", plain_digits(error), lambda text: _fits(error, sd, n, error=text)
    )


CHECK = Check(
    name="standard_error",
    title="Standard error of a mean",
    meaning="The standard error of a mean is the SD divided by the root of the number of cases.",
    source="Altman & Bland (2005), doi 10.1136/bmj.331.7521.903",
    findings=checks_of,
)
