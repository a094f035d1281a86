"""The reason of a verdict, in one or two sentences."""

from decimal import Decimal

from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import BELOW_ONE, P_KINDS, PrintedNumber, PrintedValue
from attune.paper.verdicts.computed import Computed
from attune.paper.verdicts.proofs import Proof
from attune.paper.verdicts.roundings import (
    CUT_OFF,
    HALF_EVEN,
    TWICE,
    shown_like,
    units_away,
)
from attune.printing.apa import MINUS, as_decimal, equation, number, p_value, without_leading_zero

_WAYS = {
    HALF_EVEN: "with halves rounded to the even digit it is",
    CUT_OFF: "cut off instead of rounded it is",
    TWICE: "rounded to one decimal more and then again it is",
}
CANNOT_HOLD = "It is incompatible with the paper's other numbers. "
"""Beginning of every reason of the verdict `not_recoverable`."""

_MORE_PLACES = 2
"""Decimals shown beyond the printed ones."""


def shown_value(value: PrintedValue, computed: float) -> str:
    """A computed number as the paper would print it.

    Examples
    --------
    >>> shared = {"id": "a", "places": ["Text"], "quoted": "-"}
    >>> shown_value(PrintedValue(printed="-0.481", kind="r", n=26, **shared), -0.2641)
    '−.264'
    >>> shown_value(PrintedValue(printed="p < .05", kind="p", tail="two", **shared), 0.0961)
    'p = .096'
    """
    if value.reading.is_bound:
        if value.kind in P_KINDS:
            return equation("p", p_value(min(max(computed, 0.0), 1.0)))
        return number(computed, 1) + (" %" if value.kind == "percent" else "")
    printed = value.reading.number
    return shown_like(computed, value.kind, printed.decimals if printed else _MORE_PLACES)


def match_reason(value: PrintedValue, result: Computed, way: str) -> str:
    """Sentence that names the rounding rule; empty for the usual rule."""
    printed = value.reading.number
    if not way or result.value is None or printed is None:
        return _sizes(result.n, value.n)
    low, high = printed.span
    near = shown_like(result.value, value.kind, printed.decimals + _MORE_PLACES)
    span = f"{_plain(low, value.kind)} up to, but not including, {_plain(high, value.kind)}"
    size = " (without their sign)" if printed.value < 0 else ""
    return (
        f"The data give {near}; {_WAYS[way]} {value.printed}. Under some rounding rule, values"
        f" from {span}, print as {value.printed}{size}.{_sizes(result.n, value.n, ' ')}"
    )


def difference_reason(value: PrintedValue, result: Computed, note: str = "") -> str:
    """Sentence with the computed value and its distance from the printed one."""
    computed = result.value if result.value is not None else 0.0
    computed_text = shown_value(value, computed)
    if value.reading.is_bound:
        sentence = f"The data give {computed_text}, which is {_not_within(value)}."
    else:
        printed = value.reading.number
        away = _distance(computed, printed, value.kind) if printed else "no number is printed"
        sentence = f"The data give {computed_text}, {away}{f'; {note}' if note else ''}."
    return sentence + _sizes(result.n, value.n, " ")


def direction_reason(value: PrintedValue, result: Computed) -> str:
    """Sentence for a finding whose effect has the other sign in the data."""
    estimate = result.estimate if result.estimate is not None else 0.0
    side = "positive" if estimate > 0 else "negative" if estimate < 0 else "zero"
    p = shown_value(value, result.value if result.value is not None else 1.0)
    return f"The data give a {side} effect ({p}); the paper's is {value.direction}." + _sizes(
        result.n, value.n, " "
    )


def contradiction_reason(proof: Proof, reason: str) -> str:
    """Sentence for a value that the paper's own numbers contradict."""
    return f"{CANNOT_HOLD}{proof.sentence} {reason}"


def _distance(computed: float, printed: PrintedNumber, kind: str) -> str:
    """Distance of the rounded number from the print, also in units of the last digit.

    Examples
    --------
    >>> printed = PrintedNumber("-0.481")
    >>> _distance(-0.264, printed, "r")
    'which is .217 higher (217 units of the last digit)'
    """
    units = units_away(computed, printed)
    size = _plain(units * printed.unit, kind)
    side = "higher" if as_decimal(computed) > printed.value else "lower"
    if printed.decimals == 0:
        return f"which is {size} {side}"
    return f"which is {size} {side} ({_counted(units)} of the last digit)"


def _counted(units: Decimal) -> str:
    return "1 unit" if units == 1 else f"{units:,f} units"


def p_note(value: PrintedValue, computed: float, publication: Publication) -> str:
    """Clause that compares the computed p of a value with the printed p."""
    computed_text = shown_value(value, computed)
    if value.reading.is_bound:
        return f"its {computed_text} is {_not_within(value)}, as printed ({value.printed})"
    return (
        f"its p = {computed_text} and the printed {value.printed} lie on different sides of"
        f" {publication.level}"
    )


def _not_within(value: PrintedValue) -> str:
    reading = value.reading
    ends = [
        f"{word} {_plain(Decimal(float(end)).quantize(Decimal('0.0001')), value.kind)}"
        for word, end in (("below", reading.below), ("at least", reading.at_least))
        if end is not None
    ]
    return f"not {' and '.join(ends)}"


def _plain(value: Decimal, kind: str) -> str:
    """A number without needless zeros, in APA form."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if kind in BELOW_ONE:
        text = without_leading_zero(text)
    return text.replace("-", MINUS)


def _sizes(n: int | None, n_printed: int | None, before: str = "") -> str:
    if n is None or n_printed is None or n == n_printed:
        return ""
    return f"{before}Computed from n = {n:,}; the published value is from n = {n_printed:,}."
