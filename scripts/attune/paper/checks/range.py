"""Minimum, maximum, mean, median, and SD of a variable against each other and against its limits.

The limits are the ends of a scale or the inclusion criteria. Formulas and sources are in
`range_bounds`; all numbers must be about the same cases.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import isqrt
from typing import Any

from attune.paper.checks.checks import Check
from attune.paper.checks.finding import Finding
from attune.paper.checks.range_bounds import POSSIBLE, Ends, Known, agrees
from attune.paper.checks.simplest_explanation import OtherNumber, OtherText, simplest_explanation
from attune.paper.checks.wording import apart, plain_digits
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import FAR, PrintedValue, is_number
from attune.paper.ledger.relations import Range
from attune.stats.intervals import Interval

NUMBERS = ("minimum", "maximum", "mean", "median", "sd", "lowest", "highest")
WORDS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "mean": "M",
    "median": "median",
    "sd": "SD",
    "lowest": "lowest allowed",
    "highest": "highest allowed",
    "n": "n",
}
INPUTS = {
    "minimum": ("lowest", "maximum", "highest"),
    "maximum": ("lowest", "highest"),
    "mean": ("minimum", "maximum", "lowest", "highest", "n"),
    "median": ("minimum", "maximum", "lowest", "highest"),
    "sd": ("minimum", "maximum", "mean", "median", "lowest", "highest", "n"),
}
"""Checked number -> the printed numbers that bound it."""
MEAN_OF_ENDS = "both ends occur: ((n - 1) minimum + maximum) / n to (minimum + (n - 1) maximum) / n"
LARGEST_SD = "largest with everybody at an end: SD^2 = n (b - M) (M - a) / (n - 1)"
LEAST_SD = "least with one person at either end and all others at one value"


def checks_of(publication: Publication) -> Iterator[Finding]:
    """Every number of every declared range.

    Parameters
    ----------
    publication : Publication

    Yields
    ------
    Finding
        One for each printed number with at least one bound. The SD is checked only where the mean
        is possible, and its check needs n. Of a minimum above the maximum, and of limits in the
        wrong order, only this is reported.

    Examples
    --------
    >>> shared = {"places": ["Text"], "quoted": "-"}
    >>> paper = Publication.model_validate(
    ...     {
    ...         "publication": "a",
    ...         "citation": "A.",
    ...         "values": [{"id": "oldest", "printed": "68", "kind": "maximum", **shared}],
    ...         "relations": {"range": [{"maximum": "oldest", "highest": "65"}]},
    ...     }
    ... )
    >>> [(found.outcome, found.possible) for found in checks_of(paper)]
    [('inconsistent', 'at most 65')]
    """
    for relation in publication.relations.range:
        known = _known(publication, relation)
        if known.lowest and known.highest and known.lowest.low > known.highest.high:
            yield _limits_apart(publication, relation)
            continue
        checked = [name for name in POSSIBLE if getattr(known, name) is not None]
        if known.minimum and known.maximum and known.minimum.low > known.maximum.high:
            checked = ["minimum"]
        for name in checked:
            if POSSIBLE[name](known) == (None, None):
                continue
            if name == "sd" and known.mean is not None and not agrees("mean", known):
                continue
            yield _finding(publication, relation, known, name)


def _known(publication: Publication, relation: Range) -> Known:
    numbers = {name: publication.interval_of(getattr(relation, name)) for name in NUMBERS}
    return Known(**numbers, n=publication.cases_of(relation.n))


def _finding(publication: Publication, relation: Range, known: Known, checked: str) -> Finding:
    value = publication.value(getattr(relation, checked))
    inputs = [name for name in INPUTS[checked] if getattr(known, name) is not None]
    if checked == "mean" and not {"minimum", "maximum"} <= set(inputs):
        # The number of persons matters only where minimum and maximum are printed.
        inputs = [name for name in inputs if name != "n"]
    named = [getattr(relation, name) for name in inputs]
    consistent = agrees(checked, known)
    explanation, explained = None, ""
    if not consistent:
        explanation, explained = simplest_explanation(
            number=_other_n(known, checked) if "n" in inputs else None,
            texts=[
                _other_text(publication, relation, known, checked, name)
                for name in (checked, *inputs)
                if name != "n" and not is_number(getattr(relation, name))
            ],
        )
    possible = _in_words(value, checked, known)
    return Finding(
        check="range",
        value=value.id,
        values=(value.id, *(name for name in named if not is_number(name))),
        outcome="consistent" if consistent else "inconsistent",
        printed=value.printed,
        possible=possible,
        arithmetic=_arithmetic(publication, relation, checked, inputs, possible),
        sentence=_sentence(value, inputs, possible, consistent),
        explanation=explanation,
        explained=explained,
    )


def _limits_apart(publication: Publication, relation: Range) -> Finding:
    """A lower limit above the upper one, at least one of them printed."""
    named = [name for name in (relation.lowest, relation.highest) if name]
    printed = [name for name in named if not is_number(name)]
    low, high = (
        name if is_number(name) else plain_digits(publication.value(name)) for name in named
    )
    value = publication.value(printed[0])
    possible = f"at most {high}" if printed[0] == relation.lowest else f"at least {low}"
    return Finding(
        check="range",
        value=value.id,
        values=tuple(printed),
        outcome="inconsistent",
        printed=value.printed,
        possible=possible,
        arithmetic=f"lowest allowed {low}, highest allowed {high}",
        sentence=f"The lower limit, {low}, lies above the upper limit, {high}.",
        explanation="typo",
    )


def _other_n(known: Known, checked: str) -> OtherNumber:
    return OtherNumber("n", known.n or 0, lambda n: agrees(checked, replace(known, n=n)), least=2)


def _other_text(
    publication: Publication, relation: Range, known: Known, checked: str, name: str
) -> OtherText:
    value = publication.value(getattr(relation, name))

    def fits(text: str) -> bool:
        changed: dict[str, Any] = {name: value.reading.with_digits(text)}
        other = replace(known, **changed)
        # A correction that explains one number must not contradict another.
        return all(agrees(entry, other) for entry in {checked, "minimum", "mean", "median"})

    return OtherText("" if name == checked else WORDS[name], plain_digits(value), fits)


def _in_words(value: PrintedValue, checked: str, known: Known) -> str:
    """The possible values as text: `107 to 169`, `at most 65`."""
    low, high = POSSIBLE[checked](known)
    printed: Interval = getattr(known, checked)
    if checked == "sd":
        low, high = _roots((low, high))
    fewest = value.reading.decimals
    if low is not None and high is not None:
        if low > high:
            return "nothing"
        return apart(Interval(low, high), printed, fewest)
    if high is not None:
        below = apart(Interval(min(high, printed.low) - FAR, high), printed, fewest)
        return f"at most {below.rpartition(' to ')[2]}"
    if low is not None:
        above = apart(Interval(low, max(low, printed.high) + FAR), printed, fewest)
        return f"at least {above.partition(' to ')[0]}"
    return "anything"


def _roots(ends: Ends) -> Ends:
    """Square roots, rounded outwards at the ninth decimal."""
    low, high = ends
    scale = 10**9
    return (
        None if low is None else Fraction(isqrt(int(low * scale**2)), scale),
        None if high is None else Fraction(isqrt(int(high * scale**2)) + 1, scale),
    )


def _arithmetic(
    publication: Publication, relation: Range, checked: str, inputs: list[str], possible: str
) -> str:
    given = []
    for name in inputs:
        named = getattr(relation, name)
        digits = named if is_number(named) else plain_digits(publication.value(named))
        given.append(f"{WORDS[name]} {digits}")
    formulas = [MEAN_OF_ENDS] if checked == "mean" and "n" in inputs else []
    if checked == "sd":
        formulas = [LARGEST_SD, *([LEAST_SD] if {"minimum", "maximum"} <= set(inputs) else [])]
    return f"{', '.join(given)}: {WORDS[checked]} {possible}" + "".join(
        f"; {formula}" for formula in formulas
    )


def _sentence(value: PrintedValue, inputs: list[str], possible: str, consistent: bool) -> str:
    names = {name: name for name in NUMBERS} | {"sd": "SD", "n": "n"}
    listed = " and ".join(_listed([names[name] for name in inputs]))
    if consistent:
        return f"{value.title}, printed {value.printed}, agrees with {listed}."
    return f"{value.title} is printed as {value.printed}; by {listed} it is {possible}."


def _listed(names: list[str]) -> list[str]:
    """Names as a series for a sentence; the two limits are named once."""
    limits = [name for name in names if name in ("lowest", "highest")]
    listed = [name for name in names if name not in limits] + (["the limits"] if limits else [])
    return [", ".join(listed[:-1]), listed[-1]] if listed[1:] else listed


CHECK = Check(
    name="range",
    title="Ranges",
    meaning=(
        "Minimum, maximum, mean, median, and SD bound each other, and nobody lies beyond the ends"
        " of the scale or the criteria of inclusion."
    ),
    source="Bhatia & Davis (2000), doi 10.1080/00029890.2000.12005203",
    findings=checks_of,
)
