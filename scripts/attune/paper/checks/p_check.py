"""Checks a printed p, or a star, against the test that it belongs to.

A correlation is tested by t = r * sqrt((n - 2) / (1 - r**2)) with n - 2 degrees of freedom. r, t
and F are any value that rounds to the printed digits; n is exact. Formulas are in `p_values`.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from attune.paper.checks.checks import Check
from attune.paper.checks.finding import Finding
from attune.paper.checks.printed_test import PrintedTest, equation_of, printed_tests
from attune.paper.checks.simplest_explanation import (
    LEAST_N,
    OtherNumber,
    OtherText,
    simplest_explanation,
)
from attune.paper.checks.slips import MOST_TESTS, bonferroni, p_slips, rounding_slips
from attune.paper.checks.wording import plain_digits, possible_for, printed_as
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import Kind, PrintedValue
from attune.stats.intervals import Interval

TWO, ONE, AGAINST = "two-tailed", "one-tailed", "one-tailed p against the predicted direction"
UPPER = "upper-tail"


def checks_of_correlations(publication: Publication) -> Iterator[Finding]:
    """Every printed p of a printed correlation against its r and n.

    Parameters
    ----------
    publication : Publication
        A p needs `of`, the correlation; the correlation needs `n`, or a printed df.

    Yields
    ------
    Finding
        One for every such p, including bounds such as "p < .05" or "not significant". It checks the
        tail that the value declares (either one if it declares none) and names the tail that fits.

    References
    ----------
    Nuijten, M. B., Hartgerink, C. H. J., van Assen, M. A. L. M., Epskamp, S., & Wicherts, J. M.
    (2016). The prevalence of statistical reporting errors in psychology (1985-2013). Behavior
    Research Methods, 48, 1205-1226. doi 10.3758/s13428-015-0664-2

    Examples
    --------
    >>> from attune.paper.ledger.printed_value import PrintedValue
    >>> r = PrintedValue(id="r", printed=".17", kind="r", n=99, places=["Text"], quoted="-")
    >>> p = PrintedValue(
    ...     id="p", printed=".084", kind="p", tail="two", of="r", places=["Text"], quoted="-"
    ... )
    >>> paper = Publication(publication="paper", citation="A.", values=[r, p])
    >>> [(finding.outcome, finding.arithmetic) for finding in checks_of_correlations(paper)]
    [('consistent', 'r = .17, n = 99: two-tailed p = .0831 to .1027; printed .084')]
    """
    yield from p_findings(publication, "p_from_r", "p", ("r",))


def checks_of_tests(publication: Publication) -> Iterator[Finding]:
    """Every printed p of a printed t, F, z or chi-square against the statistic and its df.

    The two-tailed p of t is twice the upper tail of Student's distribution beyond |t|; one-tailed
    it is the tail in the predicted direction. The p of F and chi-square is the upper tail of their
    distributions, that of z is normal. Each is any value that rounds to the printed digits;
    fractional degrees of freedom of t (Welch) are rounded too.

    Parameters
    ----------
    publication : Publication
        A p needs `of`, the test or an estimate with a t or z of its own; t and chi-square need
        their printed df (F two, the numerator's first), z none.

    Yields
    ------
    Finding
        One for every such p.

    References
    ----------
    Nuijten, M. B., Hartgerink, C. H. J., van Assen, M. A. L. M., Epskamp, S., & Wicherts, J. M.
    (2016). The prevalence of statistical reporting errors in psychology (1985-2013). Behavior
    Research Methods, 48, 1205-1226. doi 10.3758/s13428-015-0664-2

    Examples
    --------
    >>> from attune.paper.ledger.printed_value import PrintedValue
    >>> t = PrintedValue(id="t", printed=".58", kind="t", places=["Text"], quoted="-")
    >>> df = PrintedValue(id="df", printed="23", kind="df", of="t", places=["Text"], quoted="-")
    >>> p = PrintedValue(
    ...     id="p", printed=".58", kind="p", tail="two", of="t", places=["Text"], quoted="-"
    ... )
    >>> paper = Publication(publication="paper", citation="A.", values=[t, df, p])
    >>> [(finding.outcome, finding.arithmetic) for finding in checks_of_tests(paper)]
    [('inconsistent', 't = .58, df = 23: two-tailed p = .564 to .571; printed .58')]
    """
    yield from p_findings(publication, "p_from_t", "p", ("t", "F", "z", "chi2"))


def checks_of_effect_sizes(publication: Publication) -> Iterator[Finding]:
    """Every printed p of a printed d or g against what its number of cases allows.

    With the sizes of both groups (`relations.comparison`), t = d * sqrt(n1 n2 / n) gives the p.
    With n alone, only the largest p is known: that of groups of 2 and n - 2. See
    `effect_size_test`.

    Parameters
    ----------
    publication : Publication

    Yields
    ------
    Finding
        One for every such p: `cannot_tell` where no n is printed.

    References
    ----------
    Lakens, D. (2013). Calculating and reporting effect sizes to facilitate cumulative science.
    Frontiers in Psychology, 4, 863. doi 10.3389/fpsyg.2013.00863

    Examples
    --------
    >>> from attune.paper.ledger.printed_value import PrintedValue
    >>> d = PrintedValue(id="d", printed="-0.63", kind="d", n=525, places=["Text"], quoted="-")
    >>> p = PrintedValue(
    ...     id="p", printed="p = .900", kind="p", tail="two", of="d", places=["Text"], quoted="-"
    ... )
    >>> paper = Publication(publication="paper", citation="A.", values=[d, p])
    >>> [(finding.outcome, finding.possible) for finding in checks_of_effect_sizes(paper)]
    [('inconsistent', '.000 to .534')]
    """
    found = list(p_findings(publication, "p_from_d", "p", ("d", "g")))
    checked = {finding.value for finding in found}
    yield from found
    for value in publication.values:
        owner = publication.value(value.of) if value.of and value.kind == "p" else None
        if owner is not None and owner.kind in ("d", "g") and value.id not in checked:
            yield _unchecked(value, owner)


def _unchecked(value: PrintedValue, owner: PrintedValue) -> Finding:
    needed = "n, or relations.comparison with the sizes of both groups"
    return Finding(
        check="p_from_d",
        value=value.id,
        values=(value.id, owner.id),
        outcome="cannot_tell",
        printed=value.printed,
        possible="0 to 1",
        arithmetic=f"{equation_of(owner)}: any p without the number of cases",
        sentence=f"The p of {owner.title} is not checked, which takes {needed}.",
    )


def p_findings(
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
        Kinds of test statistics that are checked.
    """
    for value, test in printed_tests(publication, kind):
        if test.statistic.kind in of:
            yield check_p(check, value, test, partial(_numbers_of_tests, publication, value))


def _numbers_of_tests(publication: Publication, value: PrintedValue) -> list[int]:
    """How many p are printed in the places of this one, and in the whole paper."""
    every = [entry for entry in publication.values if entry.kind == "p" and entry.of]
    near = [entry for entry in every if set(entry.places) & set(value.places)]
    return [len(near), len(every)]


def check_p(
    check: str,
    value: PrintedValue,
    test: PrintedTest,
    n_tests: Callable[[], Sequence[int]] = list,
) -> Finding:
    """Whether the test can have the printed p in the tail that the paper declares.

    If it declares none, either tail is accepted. A one-tailed p lies in the predicted direction: a
    result on the other side has a p above one half.
    """
    needed = value.reading.interval
    readings = p_by_tail(test, value)
    declared = declared_tails(value, test)
    fitting = [tail for tail, p in readings.items() if p.overlaps(needed)]
    meant = next((tail for tail in declared if tail in fitting), declared[0])
    consistent = meant in fitting
    possible_text = possible_for(value, readings[meant], needed)
    printed = printed_as(value)
    explanation, explained = None, ""
    if not consistent:
        possible = [readings[tail] for tail in declared]
        explanation, explained = simplest_explanation(
            first_slips=rounding_slips(value, possible),
            slips=p_slips(value, test, possible, n_tests()),
            further_slips=_any_bonferroni(value, possible),
            tails=[_with_p(tail) for tail in fitting if tail not in declared],
            number=_other_size(value, test, declared, needed),
            texts=_other_texts(value, test, declared, needed, readings),
        )
    ending = f"the paper prints {printed}"
    return Finding(
        check=check,
        value=value.id,
        values=(value.id, *(entry.id for entry in test.inputs)),
        outcome="consistent" if consistent else "inconsistent",
        printed=value.printed,
        possible=possible_text,
        arithmetic=f"{test.words}: {_with_p(meant)} = {possible_text};"
        f" printed {plain_digits(value)}",
        sentence=f"With {test.words}, the {_with_p(meant)} is {possible_text}"
        + (f", and {ending}." if consistent else f", but {ending}.")
        + (_other_tail(readings, fitting) if consistent else ""),
        explanation=explanation,
        explained=explained,
        allowed=readings[meant],
    )


def _any_bonferroni(value: PrintedValue, possible: Sequence[Interval]) -> list[str]:
    if value.reading.number is None:
        return []
    return list(bonferroni(possible, value.reading.interval, range(2, MOST_TESTS + 1)))


def p_by_tail(test: PrintedTest, value: PrintedValue) -> dict[str, Interval]:
    """The p in each tail that is possible for the test, by the tail's name.

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


def declared_tails(value: PrintedValue, test: PrintedTest) -> tuple[str, ...]:
    """Names of the tails that the paper declares for a p; either one if it declares none."""
    if test.statistic.kind in ("F", "chi2"):
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
        lambda size: any(side(size) == 0 for side in sides),
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
        other = value.reading.with_digits(digits)
        return any(readings[tail].overlaps(other) for tail in declared)

    def statistic_fits(digits: str) -> bool:
        others = p_by_tail(test.with_digits(digits), value)
        return any(others[tail].overlaps(needed) for tail in declared)

    candidates = [("p", value, p_fits), (test.statistic.kind, test.statistic, statistic_fits)]
    return [
        OtherText(name, printed.reading.digits, fits)
        for name, printed, fits in candidates
        if printed.reading.digits is not None
    ]


def _with_p(tail: str) -> str:
    return tail if " p" in tail else f"{tail} p"


def _other_tail(readings: dict[str, Interval], fitting: list[str]) -> str:
    """A sentence on whether the p is also consistent in the other tail; empty for F."""
    if TWO not in readings:
        return ""
    if TWO in fitting and ONE in fitting:
        return " It holds one- and two-tailed."
    return f" It holds {'two' if TWO in fitting else 'one'}-tailed only."


CHECK_FROM_R = Check(
    name="p_from_r",
    title="p from r and n",
    meaning="A correlation and its number of cases leave only a narrow range for p.",
    source="Nuijten et al. (2016), doi 10.3758/s13428-015-0664-2",
    findings=checks_of_correlations,
)

CHECK_FROM_D = Check(
    name="p_from_d",
    title="p from d or g and the number of cases",
    meaning="A standardized mean difference and its number of cases bound the p of its test.",
    source="Lakens (2013), doi 10.3389/fpsyg.2013.00863",
    findings=checks_of_effect_sizes,
)

CHECK_FROM_T = Check(
    name="p_from_t",
    title="p from t, F, z or chi-square and the degrees of freedom",
    meaning="A test statistic and its degrees of freedom leave only a narrow range for p.",
    source="Nuijten et al. (2016), doi 10.3758/s13428-015-0664-2",
    findings=checks_of_tests,
)
