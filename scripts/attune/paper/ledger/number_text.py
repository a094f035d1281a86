"""Reads the number in a printed text: minus signs, decimal commas, thousands, powers of ten."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from attune.stats.intervals import decimals

DecimalMark = Literal["point", "comma"]

_MINUS = "\u2010\u2011\u2012\u2013\u2212"
"""Signs used for a minus in text copied from a page: hyphens, a dash, the minus sign."""

_RAISED = str.maketrans(
    "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207b", "0123456789-"
)
_SIGNS = str.maketrans(dict.fromkeys(_MINUS, "-"))

_BODY = r"(?:\d[\d.,]{0,40}|[.,]\d[\d.,]{0,30})"
_POWER = (
    r"(?:\s?[eE]\s?(?P<e>[-+]?\d{1,2})|\s?[x\u00d7\u00b7*]\s?10\s?\^?\s?(?P<ten>[-+]?\d{1,2}))?"
)
_NUMBER = rf"(?P<sign>-\s*)?(?P<body>{_BODY}){_POWER}"
_NAME = r"\|?[^\W\d_]{1,20}\d?\|?(?:\s?\([^()]{0,40}\))?"
_DIGITS = re.compile(rf"^(?:{_NAME}\s*=\s*)?{_NUMBER}\s*%?$")
_BOUND = re.compile(rf"^(?:{_NAME}\s*)?(?P<bound><=?|>=?|\u2264|\u2265)\s*{_NUMBER}\s*%?$")

_POINT = re.compile(r"^(?:\d{1,15}|(?=\.\d))(?:\.\d{1,15})?$")
_COMMA = re.compile(r"^\d{0,15},\d{1,15}$")
_COMMA_GROUPS = re.compile(r"^[1-9]\d{0,2}(?:,\d{3}){1,4}(?:\.\d{1,15})?$")
_POINT_GROUPS = re.compile(r"^[1-9]\d{0,2}(?:\.\d{3}){1,4}(?:,\d{1,15})?$")


@dataclass(frozen=True)
class NumberText:
    """What a printed text states in digits.

    Attributes
    ----------
    digits : str or None
        As Python reads them, without exponent: ".456", "-0.480", "1472"; None where no number, or
        more than one, can be read.
    bound : {"below", "at_least"} or None
        Side of a bound such as "< .05"; None where the number itself is printed.
    is_ambiguous : bool
        Whether a comma may be a decimal comma or separate thousands.
    """

    digits: str | None = None
    bound: Literal["below", "at_least"] | None = None
    is_ambiguous: bool = False


def number_text(text: str, *, whole: bool = False, mark: DecimalMark | None = None) -> NumberText:
    """The number that a text states, or the bound.

    Parameters
    ----------
    text : str
        As printed, perhaps with a name before it and a percent sign after it.
    whole : bool
        Whether it can only be a whole number, as a count: its commas separate thousands.
    mark : {"point", "comma"}, optional
        The decimal mark of the paper, where the ledger states it. Without it, a comma before
        exactly three digits is ambiguous unless a 0 stands before it, which no group of thousands
        begins with.

    Examples
    --------
    >>> [number_text(t).digits for t in (".456", "- .35", "0,640", "3,45", "1,472.5", "1.234,5")]
    ['.456', '-.35', '0.640', '3.45', '1472.5', '1234.5']
    >>> number_text("3,452"), number_text("3,452", whole=True).digits
    (NumberText(digits=None, bound=None, is_ambiguous=True), '3452')
    >>> number_text("3,452", mark="comma").digits, number_text("3,452", mark="point").digits
    ('3.452', '3452')

    Powers of ten are written out. One whose last digit stands for tens or more is not read, since
    its rounding would be lost.

    >>> number_text("p = 1.2 \u00d7 10\u207b\u2075").digits, number_text("1.2e3").digits
    ('0.000012', None)
    >>> number_text("t(28) < 2.2")
    NumberText(digits='2.2', bound='below', is_ambiguous=False)
    """
    plain = text.strip().translate(_RAISED).translate(_SIGNS)
    match = _DIGITS.match(plain) or _BOUND.match(plain)
    if match is None:
        return NumberText()
    sign = match.groupdict().get("bound")
    bound: Literal["below", "at_least"] | None = None
    if sign:
        bound = "below" if sign in ("<", "<=", "\u2264") else "at_least"
    body = _with_point(match["body"], whole, mark)
    if body is None:
        return NumberText(bound=bound, is_ambiguous=bool(_COMMA_GROUPS.match(match["body"])))
    digits = _written_out(body, match["e"] or match["ten"])
    minus = "-" if match["sign"] else ""
    return NumberText(digits and f"{minus}{digits}", bound)


def _with_point(body: str, whole: bool, mark: DecimalMark | None) -> str | None:
    """Digits with a decimal point and without marks between thousands."""
    if mark == "comma" and _POINT_GROUPS.match(body):
        return body.replace(".", "").replace(",", ".")
    if _POINT.match(body):
        return body
    if _COMMA_GROUPS.match(body) and not (mark == "comma" and _COMMA.match(body)):
        if _COMMA.match(body) and not whole and mark is None:
            return None
        return body.replace(",", "")
    if _COMMA.match(body):
        return body.replace(",", ".")
    if _POINT_GROUPS.match(body):
        return body.replace(".", "").replace(",", ".")
    return None


def _written_out(body: str, power: str | None) -> str | None:
    """Digits times a power of ten, without exponent; None where decimals would be negative."""
    if power is None:
        return body
    if decimals(body) < int(power):
        return None
    return f"{Decimal(f'{body}e{int(power)}'):f}"
