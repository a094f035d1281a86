"""Printed digits as text: `.10` is not `.1`, so a number without quotes is refused."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

_LOST = (
    "found the number {value} without quotes, whose last zeros are lost. Write it exactly as"
    ' printed, in quotes, such as "{value}"'
)

_MINUS = "\u2010\u2011\u2012\u2013\u2212"
"""What stands for a minus in text that was copied from a page: hyphens, a dash, the minus sign."""

_NUMBER = rf"[-{_MINUS}]?(?:\d{{1,3}}(?:,\d{{3}}){{1,4}}|\d{{1,15}}|(?=\.\d))(?:\.\d{{1,15}})?"
_NAMED = r"(?:[A-Za-z]+\s*)?"
_DIGITS = re.compile(rf"^(?:[A-Za-z]+\s*=\s*)?(?P<number>{_NUMBER})\s*%?$")
_BOUND = re.compile(rf"^{_NAMED}(?P<sign><=?|>=?|\u2264|\u2265)\s*(?P<number>{_NUMBER})\s*%?$")

NOT_SIGNIFICANT = ("not significant", "nonsignificant", "ns", "n.s.")
SIGNIFICANT = ("significant",)
NO_STAR = "no star"


def _text_only(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(_LOST.format(value=value))
    return value


PrintedText = Annotated[str, BeforeValidator(_text_only), Field(min_length=1)]
"""A printed number or statement, in quotes."""

Digits = Annotated[str, BeforeValidator(_text_only), Field(pattern=r"^-?\d{0,15}\.?\d{1,15}$")]
"""A decimal number, in quotes."""


def digits_of(printed: str) -> str | None:
    """The number of a printed text as Python reads it; None where the text is no single number.

    Examples
    --------
    >>> digits_of(".456"), digits_of("p = .40"), digits_of("1,472"), digits_of("57.7 %")
    ('.456', '.40', '1472', '57.7')
    >>> digits_of("p < .05"), digits_of("**")
    (None, None)
    """
    found = _DIGITS.match(printed.strip())
    return _plain(found["number"]) if found else None


def bound_of(printed: str) -> tuple[str, str] | None:
    """The side and the number of a printed bound; None where the text is none.

    Examples
    --------
    >>> bound_of("p < .05"), bound_of("< 5 %"), bound_of("p > .10"), bound_of(".05")
    (('below', '.05'), ('below', '5'), ('at_least', '.10'), None)
    """
    found = _BOUND.match(printed.strip())
    if not found:
        return None
    side = "below" if found["sign"] in ("<", "<=", "\u2264") else "at_least"
    return side, _plain(found["number"])


def is_number(name: str) -> bool:
    """Whether a relation gives a number itself instead of the id of a printed value.

    Examples
    --------
    >>> is_number("-3.5"), is_number(".5"), is_number("age_limit")
    (True, True, False)
    """
    return name.lstrip("-")[0] in ".0123456789"


def _plain(number: str) -> str:
    return number.replace(",", "").translate(dict.fromkeys(map(ord, _MINUS), "-"))
