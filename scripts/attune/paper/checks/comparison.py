"""Two means against the t, F, d, g, standard error and limits that the paper prints for them.

Formulas are in `comparison_bounds`. Every number may be any value that rounds to its digits, and
every formula that papers use is an alternative: a value is inconsistent only if none fits.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from attune.paper.checks.checks import Check
from attune.paper.checks.comparison_bounds import (
    Alternatives,
    Moments,
    effect_sizes,
    effect_sizes_of_t,
    limits,
    p_values,
    ratio,
    size_of,
    standard_errors,
)
from attune.paper.checks.effect_size_test import root
from attune.paper.checks.finding import Finding
from attune.paper.checks.implied_ties import IMPLIED, implied_comparisons
from attune.paper.checks.simplest_explanation import OtherText, simplest_explanation
from attune.paper.checks.slips import slipped_point
from attune.paper.checks.wording import apart, plain_digits
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import PrintedValue
from attune.paper.ledger.relations import Comparison
from attune.stats.intervals import Interval

Readings = Mapping[str, Interval]
"""Id of a printed value -> what it may be."""

SYMBOLS = {
    "f": "F",
    "difference": "difference",
    "se": "SE",
    "ci_low": "lower limit",
    "ci_high": "upper limit",
}
UNSIGNED = ("t", "d", "g", "difference")
"""Checked numbers whose sign depends on which mean is subtracted."""


@dataclass(frozen=True)
class _Question:
    """One printed number, the printed values that bound it, and what they leave.

    `possible` computes the alternatives from readings of all values, so that other digits can be
    tried.
    """

    checked: str
    inputs: tuple[str, ...]
    possible: Callable[[Readings], Alternatives]


def checks_of(publication: Publication) -> Iterator[Finding]:
    """Every number that a paper prints about the comparison of two means.

    Parameters
    ----------
    publication : Publication
        `relations.comparison`. Without one, the two means with SDs of a ledger that prints no
        others, and its one t, are taken as a comparison if the df is that of their sizes.

    Yields
    ------
    Finding
        t, F, SE, limits, d and g against means and SDs; t against a printed difference and its SE;
        d and g against t where means or SDs are not printed.

    References
    ----------
    Student (1908). The probable error of a mean. Biometrika, 6, 1-25. doi 10.1093/biomet/6.1.1
    Hedges, L. V. (1981). Distribution theory for Glass's estimator of effect size and related
    estimators. Journal of Educational Statistics, 6, 107-128. doi 10.3102/10769986006002107

    Examples
    --------
    Means of 12 and 10 with SDs of 2 in two groups of 20 give t = 3.16 and d = 1.

    >>> numbers = {"n1": ("count", "20"), "n2": ("count", "20"), "m1": ("mean", "12.0"),
    ...     "m2": ("mean", "10.0"), "s1": ("sd", "2.0"), "s2": ("sd", "2.0"), "t": ("t", "1.05")}
    >>> paper = Publication.model_validate({
    ...     "publication": "a", "citation": "A.",
    ...     "values": [{"id": name, "kind": kind, "printed": printed, "places": ["Text"],
    ...         "quoted": "-"} for name, (kind, printed) in numbers.items()],
    ...     "relations": {"comparison": [{"design": "independent", "n": ["n1", "n2"],
    ...         "means": ["m1", "m2"], "sds": ["s1", "s2"], "t": "t"}]}})
    >>> [(finding.outcome, finding.possible) for finding in checks_of(paper)]
    [('inconsistent', '2.93 to 3.41')]
    """
    for relation in (*publication.relations.comparison, *implied_comparisons(publication)):
        sizes = tuple(publication.cases_of(name) or 0 for name in relation.n)
        if not all(sizes):
            continue
        readings = {
            name: publication.value(name).reading.interval for name in relation.values_named()
        }
        for question in _questions(publication, relation, sizes):
            if question.possible(readings):
                yield _finding(publication, relation, question, readings)


def _questions(
    publication: Publication, relation: Comparison, sizes: tuple[int, ...]
) -> Iterator[_Question]:
    """The printed numbers of a comparison that others bound."""
    of_means = (*relation.means, *(relation.sds or relation.ses))
    if relation.difference_sd:
        of_means = (*relation.means, relation.difference_sd)

    def moments(readings: Readings) -> Moments:
        return _moments(relation, sizes, readings)

    if relation.difference and relation.means:
        yield _Question(
            relation.difference,
            tuple(relation.means),
            lambda readings: {"difference of the means": size_of(_difference(relation, readings))},
        )
    has_sds = bool(relation.sds or relation.ses or relation.difference_sd)
    if relation.se and has_sds:
        inputs = of_means[len(relation.means) :]
        yield _Question(relation.se, inputs, lambda readings: standard_errors(moments(readings)))
    if relation.means and has_sds:
        tail = publication.value(relation.p).tail if relation.p else None
        yield from _of_moments(relation, of_means, moments, tail)
    elif relation.t:
        for name, kind in ((relation.d, "d"), (relation.g, "g")):
            if name:
                yield _of_t(relation, sizes, name, kind)
    if relation.t and relation.difference and relation.se:
        yield _Question(
            relation.t,
            (relation.difference, relation.se),
            lambda readings: {
                "difference / SE": ratio(
                    size_of(readings[relation.difference or ""]), readings[relation.se or ""]
                )
            },
        )


def _of_moments(
    relation: Comparison,
    inputs: tuple[str, ...],
    moments: Callable[[Readings], Moments],
    tail: str | None,
) -> Iterator[_Question]:
    """t, F, p, d, g and the limits from means and SDs."""

    def t(readings: Readings) -> Alternatives:
        known = moments(readings)
        difference = size_of(known.difference) if known.difference else None
        errors = standard_errors(known)
        return {name: ratio(difference, error) for name, error in errors.items() if difference}

    def p(readings: Readings) -> Alternatives:
        return p_values(moments(readings), t(readings), tail)

    def effect(readings: Readings, kind: str) -> Alternatives:
        return effect_sizes(moments(readings), kind)

    def lower(readings: Readings) -> Alternatives:
        known = moments(readings)
        return limits(known, standard_errors(known), relation.confidence)

    if relation.t:
        yield _Question(relation.t, inputs, t)
    if relation.f:
        yield _Question(
            relation.f, inputs, lambda readings: {name: x * x for name, x in t(readings).items()}
        )
    if relation.p:
        yield _Question(relation.p, inputs, p)
    for name, kind in ((relation.d, "d"), (relation.g, "g")):
        if name:
            yield _Question(name, inputs, partial(effect, kind=kind))
    if relation.ci_low:
        yield _Question(relation.ci_low, inputs, lower)
    if relation.ci_high:
        yield _Question(
            relation.ci_high,
            inputs,
            lambda readings: {
                name: Interval(-end.high, -end.low) for name, end in lower(readings).items()
            },
        )


def _of_t(relation: Comparison, sizes: tuple[int, ...], name: str, kind: str) -> _Question:
    t = relation.t or ""
    known = Moments(relation.design, sizes)
    return _Question(
        name, (t, *relation.n), lambda readings: effect_sizes_of_t(known, readings[t], kind)
    )


def _difference(relation: Comparison, readings: Readings) -> Interval:
    one, two = (readings[name] for name in relation.means)
    return Interval(one.low - two.high, one.high - two.low)


def _moments(relation: Comparison, sizes: tuple[int, ...], readings: Readings) -> Moments:
    sds = [readings[name] for name in relation.sds]
    if not sds and relation.ses:
        numbers = sizes * (2 // len(sizes))
        sds = [
            readings[name] * root(Fraction(n))
            for name, n in zip(relation.ses, numbers, strict=True)
        ]
    return Moments(
        relation.design,
        sizes,
        _difference(relation, readings) if relation.means else None,
        (sds[0], sds[1]) if sds else None,
        readings[relation.difference_sd] if relation.difference_sd else None,
    )


def _finding(
    publication: Publication, relation: Comparison, question: _Question, readings: Readings
) -> Finding:
    value = publication.value(question.checked)
    key = next(key for key in relation.kinds if getattr(relation, key) == value.id)
    needed = _needed(key, readings[value.id])
    possible = question.possible(readings)
    fitting = [name for name, interval in possible.items() if interval.overlaps(needed)]
    consistent = bool(fitting)
    shown = possible[fitting[0]] if fitting else _outside(possible, needed)
    name = fitting[0] if fitting else _named(possible)
    possible_text = apart(shown, needed, value.reading.decimals + consistent)
    explanation, explained = None, ""
    if not consistent:
        explanation, explained = simplest_explanation(
            slips=_slips(publication, relation, question, readings, key),
            texts=_texts(publication, question, readings, key),
        )
    symbol = SYMBOLS.get(key, key)
    given = ", ".join(
        f"{publication.value(entry).kind} {plain_digits(publication.value(entry))}"
        for entry in question.inputs
    )
    sizes = " and ".join(plain_digits(publication.value(entry)) for entry in relation.n)
    return Finding(
        check="comparison",
        value=value.id,
        values=tuple(dict.fromkeys((value.id, *question.inputs, *relation.n))),
        outcome="consistent" if consistent else "inconsistent",
        printed=value.printed,
        possible=possible_text,
        arithmetic=f"{given}, n {sizes}: {symbol} = {possible_text} by {name}; printed"
        f" {plain_digits(value)}",
        sentence=f"{value.title}, printed {value.printed}, "
        + (
            f"agrees with {_listed(publication, question)} ({name})."
            if consistent
            else f"should be {possible_text} by {_listed(publication, question)} ({name})."
        )
        + (IMPLIED if relation.because == IMPLIED else ""),
        explanation=explanation,
        explained=explained,
        allowed=shown,
    )


def _needed(key: str, printed: Interval) -> Interval:
    return size_of(printed) if key in UNSIGNED else printed


def _outside(possible: Alternatives, needed: Interval) -> Interval:
    """All that the alternatives leave; the nearest one where the print lies between them."""
    every = Interval(
        min(interval.low for interval in possible.values()),
        max(interval.high for interval in possible.values()),
    )
    if not every.overlaps(needed):
        return every

    def gap(interval: Interval) -> Fraction:
        return max(interval.low - needed.high, needed.low - interval.high)

    return min(possible.values(), key=gap)


def _named(possible: Alternatives) -> str:
    """The formulas that were tried; without the bias-corrected and reversed ones of each."""
    names = [name for name in possible if not name.endswith((", bias-corrected", " reversed"))]
    *others, last = names or list(possible)
    return f"{', '.join(others)} or {last}" if others else last


def _listed(publication: Publication, question: _Question) -> str:
    kinds = [publication.value(name).kind for name in question.inputs]
    words = {"mean": "means", "sd": "SDs", "se": "standard errors", "count": "sizes"}
    plural = [
        words.get(kind, kind) if kinds.count(kind) > 1 else {"sd": "SD", "se": "SE"}.get(kind, kind)
        for kind in dict.fromkeys(kinds)
    ]
    return f"the {' and '.join(plural)}"


def _fits(question: _Question, key: str, readings: Readings, **other: Interval) -> bool:
    changed = {**readings, **other}
    needed = _needed(key, changed[question.checked])
    return any(interval.overlaps(needed) for interval in question.possible(changed).values())


def _texts(
    publication: Publication, question: _Question, readings: Readings, key: str
) -> list[OtherText]:
    """Other digits of the checked number, then of the means and SDs."""
    found = []
    for name in (question.checked, *question.inputs):
        value = publication.value(name)
        if value.reading.digits is None or value.kind == "count":
            continue

        def fits(text: str, value: PrintedValue = value) -> bool:
            other = {value.id: value.reading.with_digits(text)}
            return _fits(question, key, readings, **other)

        label = "" if name == question.checked else value.title
        found.append(OtherText(label, value.reading.digits, fits))
    return found


def _slips(
    publication: Publication,
    relation: Comparison,
    question: _Question,
    readings: Readings,
    key: str,
) -> list[str]:
    """Slips of practice that would explain it: SE for SD and the decimal point."""
    found = []
    sizes = [publication.cases_of(name) or 1 for name in relation.n]
    numbers = sizes * (2 // len(sizes))
    if relation.sds and set(relation.sds) <= set(question.inputs):
        roots = zip(relation.sds, numbers, strict=True)
        as_errors = {name: readings[name] * root(Fraction(n)) for name, n in roots}
        if _fits(question, key, readings, **as_errors):
            found.append("standard errors printed as SDs")
    if relation.ses and set(relation.ses) <= set(question.inputs):
        roots = zip(relation.ses, numbers, strict=True)
        as_sds = {name: readings[name] * root(Fraction(1, n)) for name, n in roots}
        if _fits(question, key, readings, **as_sds):
            found.append("SDs printed as standard errors")
    value = publication.value(question.checked)

    def fits(text: str) -> bool:
        return _fits(question, key, readings, **{value.id: value.reading.with_digits(text)})

    if value.reading.digits:
        found += slipped_point("", value.reading.digits, fits)
    return found


CHECK = Check(
    name="comparison",
    title="Two means and what is printed of their difference",
    meaning="Means, SDs, and sizes give t, its standard error, and limits, d and g.",
    source="Student (1908), doi 10.1093/biomet/6.1.1; Hedges (1981), doi 10.3102/10769986006002107",
    findings=checks_of,
)
