"""Judges a printed p, or a star, against the test that it belongs to."""

from collections.abc import Iterator
from functools import partial

from attune.paper.checks.finding import Finding
from attune.paper.checks.printed_test import PrintedTest, printed_tests
from attune.paper.checks.simplest_explanation import LEAST_N, OtherNumber, OtherText, weakest
from attune.paper.checks.wording import plain_digits, possible_for, printed_as
from attune.paper.ledger.ledger import Kind, PrintedValue, Publication
from attune.paper.ledger.printed_text import digits_of
from attune.paper.ledger.reading import is_bound, reading
from attune.stats.intervals import Interval

TWO, ONE, AGAINST = "two-tailed", "one-tailed", "one-tailed p against the predicted direction"
UPPER = "upper-tail"


def judged(
    publication: Publication, check: str, kind: Kind, of: tuple[Kind, ...]
) -> Iterator[Finding]:
    """A finding for every printed value of a kind whose test is printed.

    Parameters
    ----------
    publication : Publication
    check : str
        Key of the findings.
    kind : str
        `p` or `stars`.
    of : tuple of str
        Kinds of the test statistics that are looked at.
    """
    for value, test in printed_tests(publication, kind):
        if test.statistic.kind in of:
            yield judged_p(publication, check, value, test)


def judged_p(
    publication: Publication, check: str, value: PrintedValue, test: PrintedTest
) -> Finding:
    """Whether the test can have the printed p in the tail that the paper declares.

    Where it declares none, either tail will do. A one-tailed p lies in the predicted direction: a
    result on the other side has a p above one half.
    """
    needed = reading(value, publication)
    readings = p_by_tail(test, value)
    declared = _declared(value, test)
    fitting = [tail for tail, p in readings.items() if p.overlaps(needed)]
    meant = next((tail for tail in declared if tail in fitting), declared[0])
    consistent = meant in fitting
    shown = possible_for(value, readings[meant], needed)
    printed = printed_as(value, publication)
    explanation, explained = None, ""
    if not consistent:
        explanation, explained = weakest(
            tails=[_with_p(tail) for tail in fitting if tail not in declared],
            number=_other_size(value, test, declared, needed),
            texts=_other_texts(value, test, declared, needed, readings),
        )
    ending = f"the paper prints {printed}"
    return Finding(
        check=check,
        value=value.id,
        values=(value.id, *(each.id for each in test.inputs)),
        outcome="consistent" if consistent else "inconsistent",
        printed=value.printed,
        possible=shown,
        arithmetic=f"{test.words}: {_with_p(meant)} = {shown}; printed {plain_digits(value)}",
        sentence=f"With {test.words}, the {_with_p(meant)} is {shown}"
        + (f", and {ending}." if consistent else f", but {ending}.")
        + (_other_tail(readings, fitting) if consistent else ""),
        explanation=explanation,
        explained=explained,
    )


def p_by_tail(test: PrintedTest, value: PrintedValue) -> dict[str, Interval]:
    """The p under every reading that the paper leaves open, by the reading's name.

    F with one numerator df is the square of a t, whose one-tailed p is half of that of F.
    """
    tails = test.tails()
    if tails.positive is None or tails.negative is None:
        return {UPPER: tails.two} | ({ONE: tails.one} if test.is_squared_t else {})
    if value.direction is None:
        against = Interval(1 - tails.one.high, 1 - tails.one.low)
        return {TWO: tails.two, ONE: tails.one, AGAINST: against}
    one, against = tails.positive, tails.negative
    if value.direction == "negative":
        one, against = against, one
    return {TWO: tails.two, ONE: one, AGAINST: against}


def _declared(value: PrintedValue, test: PrintedTest) -> tuple[str, ...]:
    if test.statistic.kind == "F":
        return (ONE,) if test.is_squared_t and value.tail == "one" else (UPPER,)
    return {"two": (TWO,), "one": (ONE,), None: (TWO, ONE)}[value.tail]


def _other_size(
    value: PrintedValue, test: PrintedTest, declared: tuple[str, ...], needed: Interval
) -> OtherNumber | None:
    if test.stated_size is None:
        return None

    def side(size: int, tail: str) -> int:
        p = p_by_tail(test.with_size(size), value)[tail]
        return (needed.low > p.high) - (needed.high < p.low)

    least = LEAST_N if test.size_name == "n" else 1
    # With more cases the p of r and t moves one way; that of F need not.
    sides = tuple(partial(side, tail=tail) for tail in declared)
    return OtherNumber(
        test.size_name,
        test.stated_size,
        lambda size: any(each(size) == 0 for each in sides),
        least,
        () if test.statistic.kind == "F" else sides,
    )


def _other_texts(
    value: PrintedValue,
    test: PrintedTest,
    declared: tuple[str, ...],
    needed: Interval,
    readings: dict[str, Interval],
) -> list[OtherText]:
    """Other digits of the p, then of the statistic; a bound such as p < .05 has none."""

    def p_fits(digits: str) -> bool:
        other = reading(value.model_copy(update={"printed": digits}))
        return any(readings[tail].overlaps(other) for tail in declared)

    def statistic_fits(digits: str) -> bool:
        others = p_by_tail(test.with_digits(digits), value)
        return any(others[tail].overlaps(needed) for tail in declared)

    texts = []
    digits = digits_of(value.printed)
    if digits is not None and not is_bound(value):
        texts.append(OtherText("p", digits, p_fits))
    digits = digits_of(test.statistic.printed)
    if digits is not None:
        texts.append(OtherText(test.statistic.kind, digits, statistic_fits))
    return texts


def _with_p(tail: str) -> str:
    return tail if " p" in tail else f"{tail} p"


def _other_tail(readings: dict[str, Interval], fitting: list[str]) -> str:
    """A sentence on the tail that was not needed; empty for F."""
    if TWO not in readings:
        return ""
    if TWO in fitting and ONE in fitting:
        return " It holds one- and two-tailed."
    return f" It holds {'two' if TWO in fitting else 'one'}-tailed only."
