"""Which printed values contradict others: every rule that ties them is checked by intervals.

A contradiction is a proof: whatever the data were, the values that may hide behind the digits of
the inputs cannot give the printed value. Which of the contradicting values to give up is a choice;
here the parts are kept and what follows from them is given up, because a total is defined by its
parts, a percentage by its count and a p by its statistic.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import sqrt
from typing import Literal

from scipy import stats

from attune.paper.ledger.ledger import PrintedValue, Publication
from attune.paper.ledger.reading import as_printed, is_bound, reading
from attune.stats.intervals import Interval, correlation_of_sum, exact, percentage, total
from maintenance.ryan2012.bound_values import bound_values, statistic_of

PARTS = ("kims_observe", "kims_describe", "kims_act", "kims_accept")
WHOLE = "kims_total"

Direction = Literal["positive", "negative", "none"]

Values = Sequence[PrintedValue]


@dataclass(frozen=True)
class Input:
    """A printed value that a proof uses, with the values that its digits allow."""

    name: str
    printed: str
    interval: Interval


@dataclass(frozen=True)
class Contradiction:
    """Proof that a printed value cannot be met together with the inputs.

    Attributes
    ----------
    value : PrintedValue
    reason : str
        One sentence.
    formula : str
        How the value follows from the inputs.
    assumptions : tuple of str
        What the proof takes for granted.
    inputs : tuple of Input
    possible : Interval
        All that the formula can give.
    needed : Interval
        What would be printed as the value; it has no value in common with `possible`.
    """

    value: PrintedValue
    reason: str
    formula: str
    assumptions: tuple[str, ...]
    inputs: tuple[Input, ...]
    possible: Interval
    needed: Interval


@dataclass(frozen=True)
class Analysis:
    """What the proofs need to know about the correlations of one analysis."""

    n: int
    direction: Direction


def contradictions(
    publication: Publication, analyses: Mapping[str, Analysis], n: int
) -> list[Contradiction]:
    """Every printed value that contradicts the values it follows from.

    Parameters
    ----------
    publication : Publication
    analyses : mapping of str to Analysis
        Analysis -> number of dyads and predicted direction of its correlations.
    n : int
        Dyads, the base of the percentages.

    Returns
    -------
    list of Contradiction
        In the order of the ledger; a value that agrees with all its inputs is not in it.
    """
    bound = bound_values(publication)
    checks = [
        *_mean_of_total(bound),
        *_percentages(bound, n),
        *_p_of_t(bound),
        *_correlations_with_total(bound),
    ]
    contradicted = {check.value.id: check.possible for check in checks if _fails(check)}
    checks += _p_of_correlations(bound, analyses, contradicted)
    found = {check.value.id: check for check in checks if _fails(check)}
    return [found[value.id] for value in bound if value.id in found]


def _fails(check: Contradiction) -> bool:
    return not check.possible.overlaps(check.needed)


def _printed(values: Values, statistic: str, field: str = "estimate") -> PrintedValue | None:
    """The first value that prints a statistic in digits."""
    for value in values:
        if value.statistic == statistic and value.field == field and not is_bound(value):
            return value
    return None


def _inputs(values: Values, statistics: Sequence[str]) -> tuple[Input, ...] | None:
    found = [_printed(values, statistic) for statistic in statistics]
    if any(value is None for value in found):
        return None
    return tuple(Input(t.id, t.printed, reading(t)) for t in found if t is not None)


def _mean_of_total(values: Values) -> Iterator[Contradiction]:
    value = _printed(values, f"sample.{WHOLE}.mean")
    inputs = _inputs(values, [f"sample.{part}.mean" for part in PARTS])
    if value is None or inputs is None:
        return
    yield Contradiction(
        value,
        "The total is the sum of the four subscales, and its mean the sum of their means.",
        "M(total) = M(observe) + M(describe) + M(act) + M(accept)",
        (
            "The five means are over the same therapists, each with all 39 items.",
            "A mean printed without decimals is rounded to an integer.",
        ),
        inputs,
        total([each.interval for each in inputs]),
        reading(value),
    )


def _percentages(values: Values, n: int) -> Iterator[Contradiction]:
    for value in values:
        if not statistic_of(value).endswith(".percent"):
            continue
        count = _printed(values, statistic_of(value).removesuffix("percent") + "count")
        if count is None:
            continue
        whole = int(count.printed)
        yield Contradiction(
            value,
            f"{whole} of {n} is {_share(whole, n, value)} %, not {value.printed}.",
            f"100 * n / {n}",
            (f"The percentages of Table I have all {n} patients as their base.",),
            (Input(count.id, count.printed, exact(whole)), Input("dyads", str(n), exact(n))),
            percentage(whole, n),
            reading(value),
        )


def _p_of_t(values: Values) -> Iterator[Contradiction]:
    for value in values:
        if not statistic_of(value).endswith(".t") or value.field != "p_two_tailed":
            continue
        t, df = _printed(values, statistic_of(value)), _printed(values, statistic_of(value), "df")
        if t is None or df is None:
            continue
        yield Contradiction(
            value,
            f"It follows from t = {t.printed} with {df.printed} degrees of freedom.",
            "p = 2 * P(T > |t|), which falls as |t| grows",
            ("p is two-tailed, from Student's t distribution with the printed df.",),
            (Input(t.id, t.printed, reading(t)), Input(df.id, df.printed, exact(df.printed))),
            _p_over(reading(t), partial(p_of_t, df=int(df.printed))),
            reading(value),
        )


def _correlations_with_total(values: Values) -> Iterator[Contradiction]:
    deviations = _inputs(values, [f"sample.{part}.sd" for part in PARTS])
    deviation = _inputs(values, [f"sample.{WHOLE}.sd"])
    for value in values:
        analysis, *terms = statistic_of(value).split(".")
        if is_bound(value) or value.field != "estimate" or terms[0] != WHOLE or len(terms) != 3:
            continue
        coefficients = _inputs(
            values, [f"{analysis}.{part}.{terms[1]}.{terms[2]}" for part in PARTS]
        )
        if deviations is None or deviation is None or coefficients is None:
            continue
        yield Contradiction(
            value,
            "The total is the sum of the four subscales, and its r follows from theirs and the"
            " standard deviations.",
            "r(total, y) = sum of r(part, y) * SD(part) over the four subscales, / SD(total)",
            (
                "The five coefficients of y are over the same dyads.",
                "The standard deviations are those of the same therapists; replacing the scores of"
                " a therapist without KIMS by the series means shrinks all five by the same factor,"
                " which cancels.",
                "A standard deviation printed without decimals is rounded to an integer.",
            ),
            (*coefficients, *deviations, *deviation),
            correlation_of_sum(
                [each.interval for each in coefficients],
                [each.interval for each in deviations],
                deviation[0].interval,
            ),
            reading(value),
        )


def _p_of_correlations(
    values: Values, analyses: Mapping[str, Analysis], contradicted: Mapping[str, Interval]
) -> Iterator[Contradiction]:
    for value in values:
        analysis = statistic_of(value).partition(".")[0]
        if not value.field.startswith("p_") or analysis not in analyses:
            continue
        printed = _printed(values, statistic_of(value))
        if printed is None:
            continue
        yield _p_of_correlation(value, printed, analyses[analysis], contradicted.get(printed.id))


def _p_of_correlation(
    value: PrintedValue, printed: PrintedValue, analysis: Analysis, possible: Interval | None
) -> Contradiction:
    """Check of one p, from the printed coefficient or, where that is given up, the possible one."""
    n, r = analysis.n, possible or reading(printed)
    tail: Direction = "none" if value.field == "p_two_tailed" else analysis.direction
    source = "printed" if possible is None else "that the four subscales allow"
    return Contradiction(
        value,
        f"p follows from the coefficient {source}, over {n} dyads.",
        f"p of t = r * sqrt(n - 2) / sqrt(1 - r**2) with n = {n},"
        f" {'two-tailed' if tail == 'none' else 'one-tailed, predicted ' + tail}",
        (f"The coefficient is the one {source}, over {n} dyads.",),
        (Input(printed.id, printed.printed, r),),
        _p_over(r, lambda value: p_of_correlation(value, n, tail)),
        _needed(value),
    )


def p_of_t(t: float, df: int) -> float:
    """Two-tailed p of Student's t.

    Examples
    --------
    >>> round(p_of_t(-2.0687, 23), 4)
    0.05
    """
    return float(2 * stats.t.sf(abs(t), df))


def p_of_correlation(r: float, n: int, direction: Direction) -> float:
    """P of a Pearson correlation: two-tailed without a direction, else in that direction.

    Examples
    --------
    >>> round(p_of_correlation(-0.547, 26, "negative"), 4)
    0.0019
    """
    t = r * sqrt(n - 2) / sqrt(1 - r * r)
    if direction == "none":
        return p_of_t(t, n - 2)
    return float(stats.t.sf(t if direction == "positive" else -t, n - 2))


def _needed(value: PrintedValue) -> Interval:
    if not is_bound(value):
        return reading(value)
    return Interval(Fraction(value.at_least or "0"), Fraction(value.below or "1"))


def _p_over(interval: Interval, p: Callable[[float], float]) -> Interval:
    """All p of an interval: p is monotone on either side of 0, so ends and 0 bound it."""
    ends = [interval.low, interval.high]
    if interval.overlaps(exact(0)):
        ends.append(Fraction(0))
    found = [Fraction(p(float(end))) for end in ends]
    return Interval(min(found), max(found))


def _share(count: int, n: int, like: PrintedValue) -> str:
    return as_printed(100 * count / n, like.printed)
