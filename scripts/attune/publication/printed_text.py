"""Printed digits as text: `.10` is not `.1`, so a number without quotes is refused."""

from typing import Annotated

from pydantic import BeforeValidator, Field

_LOST = (
    "found the number {value} without quotes, whose last zeros are lost; write it exactly as"
    ' printed, in quotes, such as "{value}"'
)


def _text_only(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(_LOST.format(value=value))
    return value


PrintedText = Annotated[str, BeforeValidator(_text_only), Field(min_length=1)]
"""A printed number or statement, in quotes."""

Digits = Annotated[str, BeforeValidator(_text_only), Field(pattern=r"^-?\d*\.?\d+$")]
"""A decimal number, in quotes."""
