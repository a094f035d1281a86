"""Printed numbers that no number of their kind can be, such as a negative p."""

from collections.abc import Iterator

from attune.paper.checks.checks import Check
from attune.paper.checks.finding import Finding
from attune.paper.checks.simplest_explanation import OtherText, simplest_explanation
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import FAR, LIMITS, PrintedValue
from attune.stats.intervals import Interval

NAMES = {
    "r": "a correlation",
    "r_squared": "a squared correlation",
    "r_squared_percent": "a share of variance",
    "eta_squared": "an eta squared",
    "alpha": "an alpha",
    "sd": "an SD",
    "se": "a standard error",
    "F": "an F",
    "chi2": "a chi-square",
    "df": "a number of degrees of freedom",
    "percent": "a percentage",
}
"""Kind -> its name with an article; other kinds have their own."""


def checks_of(publication: Publication) -> Iterator[Finding]:
    """Every printed number outside the range of its kind, and every count with decimals.

    p lies from 0 to 1, r from -1 to 1, shares from 0 to 1 or 100; SD, SE, F, chi-square, df and
    counts are not negative; alpha is at most 1 and has no lower bound, since items that correlate
    negatively make it negative (Cronbach, 1951).

    Parameters
    ----------
    publication : Publication

    Yields
    ------
    Finding
        One for every impossible number; possible ones give none. The other checks leave the
        impossible numbers out.

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika,
    16, 297-334. doi 10.1007/BF02310555

    Examples
    --------
    >>> p = PrintedValue(id="p", printed="-.22", kind="p", places=["Text"], quoted="-")
    >>> paper = Publication(publication="paper", citation="A.", values=[p])
    >>> [(finding.possible, finding.explained) for finding in checks_of(paper)]
    [('0 to 1', '.22 instead of -.22 (the sign) would be consistent.')]
    """
    for value in publication.values:
        if not value.reading.is_possible:
            yield _finding(value)


def impossible_values(publication: Publication) -> list[str]:
    """Ids of the impossible numbers, which no other check can use."""
    return [value.id for value in publication.values if not value.reading.is_possible]


def _finding(value: PrintedValue) -> Finding:
    name = NAMES.get(value.kind, f"a {value.kind}")
    lowest, highest = LIMITS[value.kind]
    possible = _range_of(value)
    digits = value.reading.digits
    explanation, explained = simplest_explanation(
        texts=[OtherText("", digits, lambda text: _fits(value, text))] if digits else []
    )
    return Finding(
        check="possible_number",
        value=value.id,
        values=(value.id,),
        outcome="inconsistent",
        printed=value.printed,
        possible=possible,
        arithmetic=f"{name} is {possible}; printed {value.printed}",
        sentence=f"Impossible number: the paper prints {value.printed}, but {name} is {possible}.",
        explanation=explanation,
        explained=explained,
        allowed=Interval(lowest, highest),
    )


def _range_of(value: PrintedValue) -> str:
    """The possible numbers in words."""
    number = value.reading.number
    if value.kind == "count" and number is not None and number.value % 1:
        return "a whole number"
    lowest, highest = LIMITS[value.kind]
    if lowest == -FAR:
        return f"at most {int(highest)}"
    return f"at least {int(lowest)}" if highest == FAR else f"{int(lowest)} to {int(highest)}"


def _fits(value: PrintedValue, text: str) -> bool:
    value.reading.with_digits(text)  # raises where no number of the kind is printed so
    return value.kind != "count" or "." not in text


CHECK = Check(
    name="possible_number",
    title="Impossible numbers",
    meaning="A p lies between 0 and 1, an SD is not negative, a count is a whole number.",
    source="Cronbach (1951), doi 10.1007/BF02310555, on negative alphas",
    findings=checks_of,
)
