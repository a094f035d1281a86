"""Numbers as print: the only place that rounds and formats, after APA 7 (sections 6.32 to 6.52).

Rounding. A journal's reader rounds halves away from zero and sees decimals, not binary fractions:
.0125 becomes .013 and 6.25 becomes 6.3, whatever the last bits of the double say. Numbers are
therefore read to twelve significant digits (what is left of rounding noise is dropped there) and
then rounded half away from zero, once. A negative number that rounds to zero loses its sign.

Words follow the printed numbers: directions and effect-size words are taken from the rounded
estimate that the reader sees; significance is taken from the exact p.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, Literal

from attune.specs.errors import ManuscriptError

MINUS = "\N{MINUS SIGN}"
NOT_APPLICABLE = "\N{EM DASH}"
"""A cell that has nothing to hold."""

COHEN_R = ((0.50, "large"), (0.30, "medium"), (0.10, "small"))
"""Sizes of correlations: Cohen (1988), Statistical power analysis, pp. 79-80."""

COHEN_D = ((0.80, "large"), (0.50, "medium"), (0.20, "small"))
"""Sizes of standardized mean differences: Cohen (1988), pp. 25-27."""

BELOW_SMALL = "negligible"
"""Cohen names nothing below small; this word does."""

P_FLOOR = 0.001
"""Smaller p are printed as < .001 (APA 7, 6.36)."""

SIGNIFICANT_DIGITS = 12
"""Digits of a computed number that are more than the noise of its binary form."""

_ARITHMETIC = Context(prec=350)
"""Wide enough for every double, so that quantizing never overflows."""


@dataclass(frozen=True)
class Form:
    """How one kind of statistic is printed.

    Attributes
    ----------
    symbol : str
        Markdown; "" for a number that needs none in running text.
    kind : str
        number; bounded (size never exceeds 1: no leading zero); count; percent; p; bayes_factor.
    decimals : int, optional
        None: those of the measure.
    interval : str
        Name of the interval.
    signed : bool
        Whether the sign is a finding, so that the statistic has a direction.
    sizes : tuple of (float, str)
        Lower bounds of effect-size words, largest first.
    share : bool
        A share of variance, printed in running text as a percentage.
    with_df : bool
        Whether the degrees of freedom stand in brackets behind the symbol.
    """

    symbol: str = ""
    kind: Literal["number", "bounded", "count", "percent", "p", "bayes_factor"] = "number"
    decimals: int | None = 2
    interval: str = "CI"
    signed: bool = False
    sizes: tuple[tuple[float, str], ...] = ()
    share: bool = False
    with_df: bool = False


def _correlation(symbol: str, interval: str = "CI") -> Form:
    return Form(symbol, "bounded", 3, interval, signed=True, sizes=COHEN_R, with_df=True)


_P = Form("*p*", "p", 3)
_COUNT = Form(kind="count", decimals=0)
_PERCENT = Form(kind="percent", decimals=1)
_IN_UNITS = Form(decimals=None)

FORMS: dict[str, Form] = {
    "pearson_r": _correlation("*r*"),
    "spearman_rho": _correlation("*r*~s~"),
    "partial_r": _correlation("*pr*"),
    "bootstrap_r": _correlation("*r*", "BCa CI"),
    "minimum_detectable_r": Form("*r*~min~", "bounded", 3),
    "r_squared": Form("*r*^2^", "bounded", 3, share=True),
    "bayes_factor": Form("BF~10~", "bayes_factor"),
    "bayes_factor_directed": Form("BF~directed~", "bayes_factor"),
    "permutation_p": Form("*p*~perm~", "p", 3),
    "p_holm": Form("*p*~Holm~", "p", 3),
    "p_bh": Form("*p*~BH~", "p", 3),
    "p": _P,
    "t": Form("*t*", signed=True, with_df=True),
    "f": Form("*F*", with_df=True),
    "mean_difference": Form("*M*~diff~", decimals=None, signed=True),
    "cohen_d": Form("*d*", signed=True, sizes=COHEN_D),
    "hedges_g": Form("*g*", signed=True, sizes=COHEN_D),
    "slope": Form("*b*", decimals=3, signed=True),
    "intercept": Form("*b*~0~", decimals=3),
    "alpha": Form("α", "bounded"),
    "omega": Form("ω", "bounded"),
    "mean": Form("*M*", decimals=None),
    "sd": Form("*SD*", decimals=None),
    "median": Form("*Mdn*", decimals=None),
    "minimum": _IN_UNITS,
    "maximum": _IN_UNITS,
    "n": Form("*n*", "count", 0),
    "count": _COUNT,
    "missing": _COUNT,
    "n_dyads": _COUNT,
    "n_questionnaires": _COUNT,
    "missing_items": _COUNT,
    "complete": _COUNT,
    "prorated": _COUNT,
    "none": _COUNT,
    "given": _COUNT,
    "n_items": _COUNT,
    "n_answers": _COUNT,
    "n_scales": _COUNT,
    "n_subscales": _COUNT,
    "n_global_scales": _COUNT,
    "lowest_answer": _IN_UNITS,
    "highest_answer": _IN_UNITS,
    "lowest_score": _IN_UNITS,
    "highest_score": _IN_UNITS,
    "percent": _PERCENT,
    "missing_percent": _PERCENT,
}
"""Keyed by the statistic's name. What is not listed prints as a number with two decimals."""


def rounded(value: float, decimals: int) -> Decimal:
    """Decimal value of a finite number, half away from zero, never negative zero.

    Examples
    --------
    >>> rounded(0.0125, 3), rounded(2.675, 2), rounded(-0.0004, 3)
    (Decimal('0.013'), Decimal('2.68'), Decimal('0.000'))
    """
    nearest = quantized(as_decimal(value), decimals)
    return abs(nearest) if nearest == 0 else nearest


def as_decimal(value: float) -> Decimal:
    """A computed value without the rounding noise of its binary form.

    Examples
    --------
    >>> as_decimal(0.1 + 0.2), as_decimal(37.849999999999994)
    (Decimal('0.3'), Decimal('37.85'))
    """
    return Decimal(format(value, f".{SIGNIFICANT_DIGITS}g")).normalize(_ARITHMETIC)


def quantized(value: Decimal, decimals: int, rounding: str = ROUND_HALF_UP) -> Decimal:
    """A value with so many decimals; halves away from zero unless told otherwise.

    Examples
    --------
    >>> quantized(Decimal("2.5"), 0), quantized(Decimal("2.5"), 0, "ROUND_HALF_EVEN")
    (Decimal('3'), Decimal('2'))
    """
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=rounding, context=_ARITHMETIC)


def number(value: float, decimals: int) -> str:
    """A number with a leading zero, thousands set off by commas, and U+2212 as minus.

    Examples
    --------
    >>> number(-1234.5, 1), number(0.85, 2)
    ('−1,234.5', '0.85')
    """
    if math.isinf(value):
        return MINUS + "∞" if value < 0 else "∞"
    return f"{rounded(value, decimals):,f}".replace("-", MINUS)


def counted(n: int, noun: str, plural: str = "") -> str:
    """A number with its noun.

    Examples
    --------
    >>> counted(1, "error"), counted(1200, "error"), counted(2, "dyad", "dyads")
    ('1 error', '1,200 errors', '2 dyads')
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def bounded(value: float, decimals: int = 3) -> str:
    """A number whose size cannot exceed 1, without its leading zero.

    Examples
    --------
    >>> bounded(-0.4814), bounded(1.0, 2)
    ('−.481', '1.00')
    """
    return without_leading_zero(number(value, decimals))


def without_leading_zero(text: str) -> str:
    """A printed number without the zero before its point, whichever sign of minus it has.

    Examples
    --------
    >>> [without_leading_zero(each) for each in ("-0.50", "−0.5", "0.05", "10.5", "0")]
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
    """Whole numbers as they are, others (Welch) with two decimals; never with commas."""
    return number(value, 0 if float(value).is_integer() else 2).replace(",", "")


def level_of(value: float) -> str:
    """A significance level or coverage with the digits it was given in.

    Examples
    --------
    >>> level_of(0.05), level_of(0.001)
    ('.05', '.001')
    """
    return format(value, "f").rstrip("0").removeprefix("0")


def limits(low: float, high: float, form: Form, decimals: int) -> str:
    """Both ends of an interval in brackets; a correlation's with two decimals.

    Examples
    --------
    >>> limits(-0.0012, 0.7149, FORMS["pearson_r"], 3)
    '[.00, .71]'
    """
    if form.kind == "bounded":
        return f"[{bounded(low, 2)}, {bounded(high, 2)}]"
    return f"[{number(low, decimals)}, {number(high, decimals)}]"


def equation(symbol: str, value: str) -> str:
    """`symbol = value`, or `symbol < bound` where the value is a bound.

    Examples
    --------
    >>> equation("*p*", p_value(0.0002)), equation("*p*", p_value(0.04))
    ('*p* < .001', '*p* = .040')
    """
    return f"{symbol} {value}" if value[:1] in "<>" else f"{symbol} = {value}"


def size_word(estimate: Decimal, sizes: tuple[tuple[float, str], ...]) -> str:
    """The word for an effect's size.

    Examples
    --------
    >>> size_word(Decimal("-0.500"), COHEN_R), size_word(Decimal("0.499"), COHEN_R)
    ('large', 'medium')
    """
    for bound, word in sizes:
        if abs(estimate) >= Decimal(str(bound)):
            return word
    return BELOW_SMALL


def plain_estimate(row: Mapping[str, Any], decimals: Mapping[str, int]) -> str:
    """The estimate of one statistic without symbol or sign of percentage, as a cell holds it.

    Parameters
    ----------
    row : mapping
        One row of the statistics store.
    decimals : mapping of str to int
        Decimals of each measure and outcome; whatever is not in it shows whole numbers as such
        and others with one decimal.
    """
    value = row["estimate"]
    if value is None:
        return NOT_APPLICABLE
    form = form_of(row["statistic"])
    if form.kind == "p":
        return p_value(value)
    if form.kind == "bayes_factor":
        return bayes_factor(value)
    places = decimals_of(row, decimals)
    return bounded(value, places) if form.kind == "bounded" else number(value, places)


def form_of(statistic: str) -> Form:
    """How a statistic of this name is printed."""
    return FORMS.get(statistic, Form())


def decimals_of(row: Mapping[str, Any], decimals: Mapping[str, int]) -> int:
    """Decimals of a statistic: its own, its measure's, or as many as a plain variable needs."""
    own = form_of(row["statistic"]).decimals
    if own is not None:
        return own
    if row["x"] in decimals:
        return decimals[row["x"]]
    whole = row["estimate"] is not None and float(row["estimate"]).is_integer()
    return 0 if whole and row["statistic"] not in ("mean", "sd") else 1


def coverage(ci_level: float | None) -> str:
    """Coverage of an interval in percent, with the digits it was given in.

    Examples
    --------
    >>> coverage(0.95), coverage(0.999)
    ('95%', '99.9%')
    """
    if ci_level is None:
        return ""
    return format(rounded(100 * ci_level, 4).normalize(), "f") + "%"
