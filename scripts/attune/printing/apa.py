"""Format numbers for print: all rounding and formatting, after APA 7 (sections 6.32 to 6.52).

Readers round halves away from zero and see decimals, not binary fractions: .0125 becomes .013 and
6.25 becomes 6.3, whatever the last bits of the double are. A number is therefore first taken to
twelve significant digits, which drops binary rounding error, and then rounded once, half away from
zero. A negative number that rounds to zero loses its sign.

Directions and effect-size words follow the rounded estimate that is printed; significance follows
the exact p.
"""

import math
import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from attune.specs.errors import ManuscriptError
from attune.store.statistic_kinds import PrintFormat

MINUS = "\N{MINUS SIGN}"
_HYPHEN_FOR_MINUS = re.compile(r"(?<![\w.)])-(?=\.?\d)")
NOT_APPLICABLE = "\N{EM DASH}"
"""Printed in a cell without a value."""

BELOW_SMALL = "negligible"
"""Effects below small, for which Cohen (1988) has no word."""

P_FLOOR = 0.001
"""A smaller p is printed as < .001 (APA 7, 6.36)."""

SIGNIFICANT_DIGITS = 12
"""Digits of a computed number that are free of binary rounding error."""

_ARITHMETIC = Context(prec=350)
"""Precise enough to quantize every double."""


def rounded(value: float, decimals: int) -> Decimal:
    """Round a finite number half away from zero; the result is never negative zero.

    Examples
    --------
    >>> rounded(0.0125, 3), rounded(2.675, 2), rounded(-0.0004, 3)
    (Decimal('0.013'), Decimal('2.68'), Decimal('0.000'))
    """
    nearest = quantized(as_decimal(value), decimals)
    return abs(nearest) if nearest == 0 else nearest


def as_decimal(value: float) -> Decimal:
    """A computed value without binary rounding error.

    Examples
    --------
    >>> as_decimal(0.1 + 0.2), as_decimal(37.849999999999994)
    (Decimal('0.3'), Decimal('37.85'))
    """
    return Decimal(format(value, f".{SIGNIFICANT_DIGITS}g")).normalize(_ARITHMETIC)


def quantized(value: Decimal, decimals: int, rounding: str = ROUND_HALF_UP) -> Decimal:
    """A value with so many decimals, halves away from zero by default.

    Examples
    --------
    >>> quantized(Decimal("2.5"), 0), quantized(Decimal("2.5"), 0, "ROUND_HALF_EVEN")
    (Decimal('3'), Decimal('2'))
    """
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=rounding, context=_ARITHMETIC)


def number(value: float, decimals: int) -> str:
    """A number with a leading zero, commas between thousands, and U+2212 as minus.

    Examples
    --------
    >>> number(-1234.5, 1), number(0.85, 2)
    ('−1,234.5', '0.85')
    """
    if math.isinf(value):
        return MINUS + "∞" if value < 0 else "∞"
    return f"{rounded(value, decimals):,f}".replace("-", MINUS)


def with_minus_signs(text: str) -> str:
    """Text in which the hyphen before a number is a minus sign; ranges and names keep theirs.

    Examples
    --------
    >>> with_minus_signs("-.285 to -.259, of the IIP-32, 10-12"), with_minus_signs("t = -2.1")
    ('−.285 to −.259, of the IIP-32, 10-12', 't = −2.1')
    """
    return _HYPHEN_FOR_MINUS.sub(MINUS, text)


def counted(n: int, noun: str, plural: str = "") -> str:
    """A number with its noun.

    Examples
    --------
    >>> counted(1, "error"), counted(1200, "error"), counted(2, "dyad", "dyads")
    ('1 error', '1,200 errors', '2 dyads')
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def bounded(value: float, decimals: int = 3) -> str:
    """A number whose size cannot exceed 1, without leading zero.

    Examples
    --------
    >>> bounded(-0.4814), bounded(1.0, 2)
    ('−.481', '1.00')
    """
    return without_leading_zero(number(value, decimals))


def without_leading_zero(text: str) -> str:
    """A printed number without the zero before its decimal point; any minus sign is kept.

    Examples
    --------
    >>> [without_leading_zero(text) for text in ("-0.50", "−0.5", "0.05", "10.5", "0")]
    ['-.50', '−.5', '.05', '10.5', '0']
    """
    return text.replace("0.", ".", 1) if text.lstrip(f"-{MINUS}").startswith("0.") else text


def p_value(value: float) -> str:
    """An exact p to three decimals, `< .001` below that and `> .999` where it would round to 1.

    Raises
    ------
    ManuscriptError
        The value is not a probability.

    Examples
    --------
    >>> p_value(0.0114), p_value(0.00099), p_value(0.9996)
    ('.011', '< .001', '> .999')
    """
    if not 0 <= value <= 1:
        raise ManuscriptError(f"A p value must lie between 0 and 1, found {value}.")
    if value < P_FLOOR:
        return "< .001"
    return "> .999" if rounded(value, 3) >= 1 else bounded(value, 3)


def bayes_factor(value: float) -> str:
    """A Bayes factor: two decimals, three below 0.1, powers of ten beyond 0.001 and 10,000.

    Examples
    --------
    >>> bayes_factor(3.206), bayes_factor(0.0432), bayes_factor(123456.0)
    ('3.21', '0.043', '1.23 × 10^5^')
    """
    if value == 0 or math.isinf(value) or 0.001 <= value < 10_000:
        return number(value, 3 if value < 0.1 else 2)
    exponent = math.floor(math.log10(value))
    digits = rounded(value / 10.0**exponent, 2)
    if digits >= 10:
        digits, exponent = rounded(1, 2), exponent + 1
    return f"{digits} × 10^{number(exponent, 0)}^"


def percentage(value: float) -> str:
    """A percentage with one decimal and its sign.

    Examples
    --------
    >>> percentage(100 * 15 / 26)
    '57.7%'
    """
    return number(value, 1) + "%"


def degrees_of_freedom(value: float) -> str:
    """Degrees of freedom with two decimals, or none where these are zeros; no commas.

    Examples
    --------
    >>> degrees_of_freedom(94.0), degrees_of_freedom(93.9996), degrees_of_freedom(53.854)
    ('94', '94', '53.85')
    """
    return number(value, 2).replace(",", "").removesuffix(".00")


def significance_stars(p: float | None, levels: Sequence[float]) -> str:
    """One star for every level that an exact p is below; none where p is undefined.

    Examples
    --------
    >>> significance_stars(0.004, [0.05, 0.01, 0.001]), significance_stars(0.05, [0.05])
    ('**', '')
    """
    return "" if p is None else "*" * sum(p < level for level in levels)


def level_of(value: float) -> str:
    """A significance level or coverage with the digits in which it was set.

    Examples
    --------
    >>> level_of(0.05), level_of(0.001)
    ('.05', '.001')
    """
    return format(value, "f").rstrip("0").removeprefix("0")


def limits(low: float, high: float, print_format: PrintFormat, decimals: int) -> str:
    """Both limits of an interval in brackets, with the decimals of the estimate beside them.

    Examples
    --------
    >>> limits(-0.0012, 0.7149, PrintFormat("bounded", 3), 3)
    '[−.001, .715]'
    >>> limits(-0.0012, 12.5, PrintFormat(), 2)
    '[0.00, 12.50]'
    """
    printed = bounded if print_format.style == "bounded" else number
    return f"[{printed(low, decimals)}, {printed(high, decimals)}]"


def equation(symbol: str, value: str) -> str:
    """`symbol = value`, or `symbol < bound` where the value is a bound.

    Examples
    --------
    >>> equation("*p*", p_value(0.0002)), equation("*p*", p_value(0.04))
    ('*p* < .001', '*p* = .040')
    """
    return f"{symbol} {value}" if value[:1] in "<>" else f"{symbol} = {value}"


def size_word(estimate: Decimal, sizes: tuple[tuple[float, str], ...]) -> str:
    """The word for the size of an effect.

    Examples
    --------
    >>> from attune.stats.effect_sizes import COHEN_R
    >>> size_word(Decimal("-0.500"), COHEN_R), size_word(Decimal("0.499"), COHEN_R)
    ('large', 'medium')
    """
    for bound, word in sizes:
        if abs(estimate) >= Decimal(str(bound)):
            return word
    return BELOW_SMALL


def plain_estimate(
    row: Mapping[str, Any], print_format: PrintFormat, decimals: Mapping[str, int]
) -> str:
    """The estimate of a statistic without symbol or percent sign, as a table cell prints it.

    Parameters
    ----------
    row : mapping
        Row of the statistics store.
    print_format : PrintFormat
        Of the statistic's kind.
    decimals : mapping of str to int
        Decimals of each measure and outcome. A variable that is not in it has none for whole
        numbers and one for others.

    Examples
    --------
    >>> plain_estimate({"x": "age", "estimate": 48.0}, PrintFormat(decimals=None), {})
    '48'
    """
    value = row["estimate"]
    if value is None:
        return NOT_APPLICABLE
    if print_format.style == "p":
        return p_value(value)
    if print_format.style == "bayes_factor":
        return bayes_factor(value)
    places = decimals_of(row, print_format, decimals)
    return bounded(value, places) if print_format.style == "bounded" else number(value, places)


def decimals_of(
    row: Mapping[str, Any], print_format: PrintFormat, decimals: Mapping[str, int]
) -> int:
    """Decimals of a statistic: those of its kind, else of its measure, else one or none.

    Examples
    --------
    >>> as_given = PrintFormat(as_given=True)
    >>> [decimals_of({"estimate": value}, as_given, {}) for value in (16.0, 2.75)]
    [0, 2]
    """
    if print_format.as_given:
        return len(f"{row['estimate']:.10g}".partition(".")[2])
    if print_format.decimals is not None:
        return print_format.decimals
    if row["x"] in decimals:
        return decimals[row["x"]]
    whole = row["estimate"] is not None and float(row["estimate"]).is_integer()
    return 0 if whole and not print_format.averaged else 1


def coverage(ci_level: float | None) -> str:
    """Coverage of an interval in percent, with the digits in which it was set.

    Examples
    --------
    >>> coverage(0.95), coverage(0.999)
    ('95%', '99.9%')
    """
    if ci_level is None:
        return ""
    return format(rounded(100 * ci_level, 4).normalize(), "f") + "%"
