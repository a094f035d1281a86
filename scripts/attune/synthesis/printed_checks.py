"""Checks of the effects that a source prints against each other, honest about rounding.

A value is contradicted only where no numbers that round to the printed digits fit together.
"""

import math
from collections.abc import Callable, Collection, Iterator
from fractions import Fraction
from functools import partial

from attune.paper.checks.finding import Finding, Outcome
from attune.paper.checks.r_squared import share_of_variance
from attune.paper.ledger.printed_value import Reading, reading_of
from attune.printing.apa import MINUS, bounded, number
from attune.specs.literature import Effect, Literature, PrintedEffect, PrintedMeasure, Source
from attune.stats.effect_conversion import EffectSize, convert, fisher_z
from attune.stats.intervals import Interval, rounding_interval
from attune.synthesis.wording import in_words

KIND_OF = {"r": "r", "d": "d", "g": "d", "or": "d", "variance_percent": "r_squared_percent"}
"""Measure -> kind of printed value of a ledger."""


def literature_findings(
    literature: Literature, names: Collection[str] | None = None
) -> list[Finding]:
    """Every check of the effects that a literature file holds.

    Parameters
    ----------
    literature : Literature
    names : collection of str, optional
        Effects that are checked, as `<literature>.<source>.<effect>`; all by default.

    Returns
    -------
    list of Finding
        Also of what agrees. The checked value is `<source>.<effect>.<measure>`.
    """
    found: list[Finding] = []
    for name, source in literature.sources.items():
        for key, effect in source.effects.items():
            if names is not None and f"{literature.literature}.{name}.{key}" not in names:
                continue
            share = partial(_variance, printer=literature.printer)
            for check in (_interval_holds, _interval_symmetric, _d_from_r, share, _counts):
                found += check(f"{name}.{key}", source, effect)
    same = same_quantity_findings(literature)
    checked = {f"{literature.literature}.{f.value.rpartition('.')[0]}": f for f in same}
    return [*found, *(f for name, f in checked.items() if names is None or name in names)]


def _reading(value: PrintedEffect) -> Reading:
    return reading_of(value.printed, KIND_OF[value.measure])  # type: ignore[arg-type]


def _name(source: Source) -> str:
    return in_words(source.label)


def _shown(text: str) -> str:
    """Printed digits with a minus sign."""
    return text.replace("-", MINUS)


def _difference_shown(text: str) -> str:
    """A printed standardised difference, which can exceed 1, with its leading zero.

    Examples
    --------
    >>> _difference_shown("-.58")
    '−0.58'
    """
    return number(float(text), len(text.partition(".")[2]))


def _range(values: Interval, decimals: int, *, below_one: bool) -> str:
    """Both ends of an interval, each rounded to the nearest."""
    form: Callable[[float, int], str] = bounded if below_one else number
    return f"{form(float(values.low), decimals)} to {form(float(values.high), decimals)}"


def _finding(
    check: str,
    value: str,
    others: tuple[str, ...],
    outcome: Outcome,
    printed: str,
    possible: str,
    arithmetic: str,
    sentence: str,
) -> Finding:
    return Finding(
        check=check,
        value=value,
        values=(value, *others),
        outcome=outcome,
        printed=printed,
        possible=possible,
        arithmetic=arithmetic,
        sentence=sentence,
        explanation="typo" if outcome == "inconsistent" else None,
    )


def _interval_holds(name: str, source: Source, effect: Effect) -> Iterator[Finding]:
    """Whether an interval holds its own estimate."""
    for value in effect.sizes:
        if not value.interval:
            continue
        low, high = (rounding_interval(end) for end in value.interval)
        own = _reading(value).interval
        inside = low.low <= own.high and own.low <= high.high
        limits = f"[{_shown(value.interval[0])}, {_shown(value.interval[1])}]"
        verb = "holds" if inside else "does not hold"
        yield _finding(
            "interval_holds_estimate",
            f"{name}.{value.measure}",
            (),
            "consistent" if inside else "inconsistent",
            _shown(value.printed),
            limits,
            f"{limits}; printed {_shown(value.printed)}",
            f"{_name(source)}: the interval {limits} {verb} its own estimate,"
            f" {value.measure} = {_shown(value.printed)}.",
        )


def _interval_symmetric(name: str, source: Source, effect: Effect) -> Iterator[Finding]:
    """Whether the limits of a correlation lie equally far from it on the scale of Fisher's z.

    The limits are tanh(artanh(r) ± c), so that artanh(low) + artanh(high) = 2 artanh(r)
    (Fisher, 1921).
    """
    value = effect.value("r")
    if value is None or value.interval is None:
        return
    ends = [_reading(value).interval, *(rounding_interval(end) for end in value.interval)]
    if any(abs(end) >= 1 for interval in ends for end in (interval.low, interval.high)):
        return
    own, low, high = ends
    middle = tuple((math.atanh(a) + math.atanh(b)) / 2 for a, b in (
        (low.low, high.low), (low.high, high.high)
    ))  # fmt: skip
    possible = Interval(Fraction(math.tanh(middle[0])), Fraction(math.tanh(middle[1])))
    agrees = possible.overlaps(own)
    text = _range(possible, len(value.printed.partition(".")[2]) + 1, below_one=True)
    limits = f"[{_shown(value.interval[0])}, {_shown(value.interval[1])}]"
    verb = "agrees" if agrees else "does not agree"
    yield _finding(
        "interval_symmetric",
        f"{name}.r",
        (),
        "consistent" if agrees else "inconsistent",
        _shown(value.printed),
        text,
        f"tanh of the middle of artanh {limits} = {text}; printed {_shown(value.printed)}",
        f"{_name(source)}: the interval {limits} lies around r = {text} on the scale of Fisher's z;"
        f" the printed r = {_shown(value.printed)} {verb} with it.",
    )


def _d_from_r(name: str, source: Source, effect: Effect) -> Iterator[Finding]:
    """Whether a printed d or g is that of the printed r: d = 2r / sqrt(1 - r²)."""
    r = effect.value("r")
    measures: tuple[PrintedMeasure, ...] = ("d", "g")
    for measure in measures:
        value = effect.value(measure)
        if r is None or value is None or value.up_to:
            continue
        own = _reading(r).interval
        possible = Interval(_as_d(own.low), _as_d(own.high))
        agrees = possible.overlaps(_reading(value).interval)
        text = _range(possible, len(value.printed.partition(".")[2]) + 1, below_one=False)
        shown, r_shown = _difference_shown(value.printed), _shown(r.printed)
        verb = "agrees" if agrees else "does not agree"
        yield _finding(
            "d_from_r",
            f"{name}.{measure}",
            (f"{name}.r",),
            "consistent" if agrees else "inconsistent",
            shown,
            text,
            f"2 r / √(1 − r²) = {text} for r = {r_shown}; printed {shown}",
            f"{_name(source)}: r = {r_shown} is the same as {measure} = {text}; the printed"
            f" {measure} = {shown} {verb} with it.",
        )


def _as_d(r: Fraction) -> Fraction:
    """The standardised difference that is the same as a correlation."""
    return Fraction(convert(EffectSize("r", float(r), variance=1.0), "d").estimate)


def _variance(name: str, source: Source, effect: Effect, *, printer: str) -> Iterator[Finding]:
    """Whether a share of variance is the square of the printed r."""
    r, share = effect.value("r"), effect.value("variance_percent")
    if r is None or share is None:
        return
    possible = share_of_variance(_reading(r).interval, 100)
    agrees = possible.overlaps(_reading(share).interval)
    text = _range(possible, 1, below_one=False)
    about = "about " if share.approximate else ""
    verdict = "which agrees" if agrees else "which is not a rounding of it"
    yield _finding(
        "r_squared",
        f"{name}.variance_percent",
        (f"{name}.r",),
        "consistent" if agrees else "inconsistent",
        share.printed,
        text,
        f"100 r² = {text} for r = {_shown(r.printed)}; printed {share.printed}",
        f"{_name(source)}: r = {_shown(r.printed)} explains {text}% of the variance;"
        f" {printer} prints {about}{share.printed}%, {verdict}.",
    )


def _counts(name: str, source: Source, effect: Effect) -> Iterator[Finding]:
    """Whether n people can belong to k studies, and the interval to n people.

    A correlation needs four people. An interval of a pooled correlation is never narrower than that
    of a common effect, whose variance is 1 / (n - 3k) (Hedges & Olkin, 1985).
    """
    if effect.n is None or effect.k is None or effect.k_at_most:
        return
    n, k = effect.n, effect.k
    enough = n >= 4 * k
    yield _finding(
        "n_and_k",
        f"{name}.n",
        (f"{name}.k",),
        "consistent" if enough else "inconsistent",
        number(n, 0),
        f"at least {number(4 * k, 0)}",
        f"{number(n, 0)} {effect.n_unit} in {number(k, 0)} {effect.k_unit}",
        f"{_name(source)}: {number(n, 0)} {effect.n_unit} {'can' if enough else 'cannot'} belong to"
        f" {number(k, 0)} {effect.k_unit} of at least four each.",
    )
    value = effect.value("r")
    if value is None or value.interval is None or not enough:
        return
    low, high = (rounding_interval(end) for end in value.interval)
    if high.high >= 1 or low.low <= -1:
        return
    widest = math.atanh(high.high) - math.atanh(low.low)
    # A common effect of k studies has the precision of one study of n - 3 (k - 1) people.
    one_study = fisher_z(float(value.printed), n - 3 * (k - 1))
    ends = one_study.interval(int(value.level) / 100)
    narrowest = ends[1] - ends[0]
    agrees = widest >= narrowest
    limits = f"[{_shown(value.interval[0])}, {_shown(value.interval[1])}]"
    yield _finding(
        "interval_and_n",
        f"{name}.r",
        (f"{name}.n", f"{name}.k"),
        "consistent" if agrees else "inconsistent",
        limits,
        f"at least {number(narrowest, 3)} wide",
        f"width on the scale of Fisher's z: at most {number(widest, 3)}; of a common effect:"
        f" {number(narrowest, 3)}",
        f"{_name(source)}: the interval {limits} is {'not ' if agrees else ''}narrower"
        f" than {number(n, 0)} {effect.n_unit} allow.",
    )


def same_quantity_findings(literature: Literature) -> Iterator[Finding]:
    """Effects that one source takes from another of the same file: same k, and sizes that agree."""
    for name, source in literature.sources.items():
        for key, effect in source.effects.items():
            if not effect.same_as:
                continue
            other_source, other_key = effect.same_as.split(".")
            other = literature.sources[other_source].effects[other_key]
            yield from _same_quantity(f"{name}.{key}", source, effect, effect.same_as, other)


def _same_quantity(
    name: str, source: Source, effect: Effect, other_name: str, other: Effect
) -> Iterator[Finding]:
    mine = effect.value("g") or effect.value("d")
    theirs = other.value("d") or other.value("g")
    if mine is None or theirs is None:
        return
    agrees = effect.k == other.k and _reading(mine).interval.overlaps(_reading(theirs).interval)
    shown = f"{mine.measure} = {_difference_shown(mine.printed)} in {effect.k} {effect.k_unit}"
    theirs_shown = (
        f"{theirs.measure} = {_difference_shown(theirs.printed)} in {other.k} {other.k_unit}"
    )
    yield _finding(
        "same_quantity",
        f"{name}.{mine.measure}",
        (f"{other_name}.{theirs.measure}",),
        "consistent" if agrees else "inconsistent",
        shown,
        theirs_shown,
        f"{shown}; {theirs_shown}",
        f"{_name(source)}: {shown} {'is' if agrees else 'is not'} the {theirs_shown} of the source"
        " that it summarises.",
    )
