"""Means and SDs of whole-number scores: GRIM and GRIMMER, from the printed digits.

Sources: Brown & Heathers (2017), doi 10.1177/1948550616673876 (means); Anaya (2016),
doi 10.7287/peerj.preprints.2400v1, and Allard (2018), Analytic-GRIMMER (SDs). The arithmetic is in
`whole_number_scores`. Where there are so many cases that every printed mean or SD is possible, the
outcome is `cannot_tell`. The test assumes complete answers and an SD that divides by n - 1: declare
a `granularity` relation only where no answer was missing, prorated or replaced.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import isqrt

from attune.paper.checks.checks import Check
from attune.paper.checks.finding import Finding, Outcome
from attune.paper.checks.simplest_explanation import OtherNumber, OtherText, simplest_explanation
from attune.paper.checks.whole_number_scores import (
    MOST_SUMS,
    WholeNumberScores,
    deviation_is_informative,
    deviation_is_possible,
    largest_squares,
    mean_is_informative,
    possible_sums,
)
from attune.paper.checks.wording import number, plain_digits
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import PrintedValue
from attune.paper.ledger.relations import Granularity
from attune.stats.intervals import Interval, decimals

MOST_STEPS = 400
"""Neighbouring SDs that are tried in the search for possible ones."""


def checks_of(publication: Publication) -> Iterator[Finding]:
    """Every mean and SD that is declared to come from whole-number answers.

    Parameters
    ----------
    publication : Publication

    Yields
    ------
    Finding
        The mean first; the SD only where its mean is possible and n is 2 or more.

    Examples
    --------
    >>> relation = Granularity(mean="m", n="n", items=1, lowest=1, highest=7, score="mean")
    >>> shared = {"places": ["Text"], "quoted": "-"}
    >>> paper = Publication.model_validate(
    ...     {
    ...         "publication": "a",
    ...         "citation": "A.",
    ...         "values": [
    ...             {"id": "m", "printed": "3.45", "kind": "mean", **shared},
    ...             {"id": "n", "printed": "19", "kind": "count", **shared},
    ...         ],
    ...         "relations": {"granularity": [relation.model_dump()]},
    ...     }
    ... )
    >>> [(found.outcome, found.possible) for found in checks_of(paper)]
    [('inconsistent', '3.42 or 3.47')]
    """
    for relation in publication.relations.granularity:
        n = publication.cases_of(relation.n)
        if n is None or publication.value(relation.mean).reading.digits is None:
            continue
        scores = _scores(relation, n)
        finding = _of_mean(publication, relation, scores)
        yield finding
        if relation.sd is None or finding.outcome == "inconsistent" or scores.n < 2:
            continue
        if publication.value(relation.sd).reading.digits is not None:
            yield _of_deviation(publication, relation, scores)


def _scores(relation: Granularity, n: int) -> WholeNumberScores:
    return WholeNumberScores(n, relation.items, relation.lowest, relation.highest, relation.score)


def _of_mean(publication: Publication, relation: Granularity, scores: WholeNumberScores) -> Finding:
    value = publication.value(relation.mean)
    digits, mean = plain_digits(value), value.reading.interval
    sums = possible_sums(mean, scores)
    outcome: Outcome = "consistent"
    if not sums:
        outcome = "inconsistent"
    elif not mean_is_informative(mean, scores):
        outcome = "cannot_tell"

    def fits(text: str, n: int = scores.n) -> bool:
        return bool(possible_sums(value.reading.with_digits(text), _scores(relation, n)))

    explanation, explained = None, ""
    if outcome == "inconsistent":
        explanation, explained = simplest_explanation(
            number=OtherNumber("n", scores.n, lambda n: fits(digits, n), least=1),
            texts=[OtherText("", digits, fits)],
        )
    return Finding(
        check="granularity",
        value=value.id,
        values=(value.id, relation.n),
        outcome=outcome,
        printed=value.printed,
        possible=_nearest_means(mean, sums, scores, digits),
        arithmetic=_products(mean, sums, scores),
        sentence=_sentence_of_mean(outcome, value, scores),
        explanation=explanation,
        explained=explained,
    )


def _of_deviation(
    publication: Publication, relation: Granularity, scores: WholeNumberScores
) -> Finding:
    mean = publication.value(relation.mean)
    value = publication.value(relation.sd or "")
    digits, of_mean, deviation = plain_digits(value), plain_digits(mean), value.reading.interval
    sums = possible_sums(mean.reading.interval, scores)
    outcome: Outcome = "consistent"
    if not _deviation_fits(mean.reading.interval, deviation, scores):
        outcome = "inconsistent"
    elif not deviation_is_informative(sums, deviation, scores):
        outcome = "cannot_tell"

    def fits(text: str = digits, of: str = of_mean, n: int = scores.n) -> bool:
        around, spread = mean.reading.with_digits(of), value.reading.with_digits(text)
        return n > 1 and _deviation_fits(around, spread, _scores(relation, n))

    def divided_by_n() -> bool:
        """Whether it could be the root of Q - S^2 / n divided by n instead of n - 1."""
        wider = _times_root(deviation, Fraction(scores.n, scores.n - 1))
        return _deviation_fits(mean.reading.interval, wider, scores)

    explanation, explained = None, ""
    if outcome == "inconsistent":
        explanation, explained = simplest_explanation(
            number=OtherNumber("n", scores.n, lambda n: fits(n=n), least=2),
            test="an SD that divides by n instead of n - 1" if divided_by_n() else "",
            texts=[
                OtherText("", digits, fits),
                OtherText("M", of_mean, lambda text: fits(of=text)),
            ],
        )
    return Finding(
        check="granularity",
        value=value.id,
        values=(value.id, mean.id, relation.n),
        outcome=outcome,
        printed=value.printed,
        possible=_nearest_deviations(digits, fits) if outcome == "inconsistent" else digits,
        arithmetic=_squares_in_words(sums, deviation, scores),
        sentence=_sentence_of_deviation(outcome, value, mean, scores),
        explanation=explanation,
        explained=explained,
    )


def _deviation_fits(mean: Interval, deviation: Interval, scores: WholeNumberScores) -> bool:
    """Whether the necessary conditions allow scores with this mean and SD."""
    sums = possible_sums(mean, scores)
    if len(sums) > MOST_SUMS:
        low, span = Fraction(scores.least, scores.unit), Fraction(scores.span, scores.unit)
        largest = largest_squares(scores.n, low, low + span, mean)
        return (scores.n - 1) * deviation.low**2 <= largest
    return any(deviation_is_possible(total, deviation, scores) for total in sums)


def _times_root(interval: Interval, square: Fraction) -> Interval:
    """An interval times the root of a number, rounded outwards at the ninth decimal."""
    scale = 10**9
    root = isqrt(int(square * scale**2))
    return interval * Interval(Fraction(root, scale), Fraction(root + 1, scale))


def _nearest_means(mean: Interval, sums: range, scores: WholeNumberScores, digits: str) -> str:
    """The possible means next to the printed one: of the whole sums below and above."""
    if sums:
        return digits
    steps, fewest = scores.n * scores.unit, scores.n * scores.least
    below = int((mean.low * steps) // 1)
    inside = [
        entry for entry in (below, below + 1) if 0 <= entry - fewest <= scores.n * scores.span
    ]
    if not inside:
        inside = [fewest if below < fewest else fewest + scores.n * scores.span]
    places = decimals(digits)
    return " or ".join(number(Fraction(entry, steps), places) for entry in inside)


def _products(mean: Interval, sums: range, scores: WholeNumberScores) -> str:
    steps = scores.n * scores.unit
    times = f"{scores.n}" if scores.unit == 1 else f"{scores.n} x {scores.unit}"
    low, high = (_short(end * steps) for end in (mean.low, mean.high))
    if not sums:
        sums_text = "no possible whole number"
    elif len(sums) == 1:
        sums_text = f"{sums[0]}"
    else:
        sums_text = f"{sums[0]} to {sums[-1]}"
    return (
        f"{times} x {_short(mean.low)} to {_short(mean.high)} = {low} to {high}:"
        f" sum of all answers {sums_text}"
    )


def _squares_in_words(sums: range, deviation: Interval, scores: WholeNumberScores) -> str:
    total = f"{sums[0]}" if len(sums) == 1 else f"{sums[0]} to {sums[-1]}"
    low, high = (
        _short((scores.n - 1) * (max(Fraction(0), end) * scores.unit) ** 2)
        for end in (deviation.low, deviation.high)
    )
    return (
        f"S = {total}; Q - S^2 / {scores.n} = {scores.n - 1} x SD^2 = {low} to {high} (in points);"
        " Q is whole, odd if S is odd, and within what answers from"
        f" {scores.least} to {scores.least + scores.span} points can give"
    )


def _sentence_of_mean(outcome: Outcome, value: PrintedValue, scores: WholeNumberScores) -> str:
    answers = f"{scores.n} whole-number scores"
    if scores.unit > 1:
        answers = f"{scores.n} persons' whole-number answers to {scores.unit} items"
    if outcome == "cannot_tell":
        places = decimals(plain_digits(value))
        ending = {0: "without decimals", 1: "with one decimal"}.get(
            places, f"with {places} decimals"
        )
        return f"Too many cases for these decimals: {answers} give every mean {ending}."
    verb = "can" if outcome == "consistent" else "cannot"
    return f"{answers} {verb} have a mean of {value.printed}."


def _sentence_of_deviation(
    outcome: Outcome, value: PrintedValue, mean: PrintedValue, scores: WholeNumberScores
) -> str:
    if outcome == "cannot_tell":
        return "Too many cases for these decimals: any SD within the scale's bounds is possible."
    verb = "can" if outcome == "consistent" else "cannot"
    return (
        f"{scores.n} whole-number scores with a mean of {mean.printed} {verb} have an SD of"
        f" {value.printed}."
    )


def _nearest_deviations(digits: str, fits: Callable[[str], bool]) -> str:
    """The possible SDs next to the printed one, below and above, with its decimals."""
    places = decimals(digits)
    step, start = Fraction(1, 10**places), Fraction(digits)
    nearest = []
    for sign in (-1, 1):
        for away in range(1, MOST_STEPS):
            tried = start + sign * away * step
            if tried < 0:
                break
            text = number(tried, places, leading_zero=not digits.startswith("."))
            if fits(text):
                nearest.append(text)
                break
    return " or ".join(nearest) or "no SD near it"


def _short(value: Fraction) -> str:
    return f"{float(value):.10g}"


CHECK = Check(
    name="granularity",
    title="Means and SDs of whole-number answers (GRIM, GRIMMER)",
    meaning="Whole-number answers add up to a whole number, which few means and SDs allow.",
    source="Brown & Heathers (2017), doi 10.1177/1948550616673876; Anaya (2016); Allard (2018)",
    findings=checks_of,
)
