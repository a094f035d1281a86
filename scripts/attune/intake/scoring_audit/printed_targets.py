"""Printed means, SDs and alphas, with the interval of values that round to them."""

import re
from dataclasses import dataclass
from typing import Literal

from attune.specs.errors import ConfigurationError

Statistic = Literal["mean", "sd", "alpha"]

_PRINTED = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_EXACT = 1e-9


@dataclass(frozen=True)
class PrintedTarget:
    """One printed statistic of a scale.

    Attributes
    ----------
    statistic : {"mean", "sd", "alpha"}
    text : str
        As printed: "2.30" has a narrower interval than "2.3".
    low, high : float
        The values that round to it, either way at a tie.
    """

    statistic: Statistic
    text: str
    low: float
    high: float


def printed_target(statistic: Statistic, text: str) -> PrintedTarget:
    """A printed number with the interval that rounds to it.

    Raises
    ------
    ConfigurationError
        The text is not a number.

    Examples
    --------
    >>> target = printed_target("mean", "28.5")
    >>> round(target.low, 6), round(target.high, 6)
    (28.45, 28.55)
    """
    if not _PRINTED.fullmatch(text.strip()):
        raise ConfigurationError(
            f"{statistic} must be a number as it is printed, such as 28.5; found {text!r}."
        )
    decimals = len(text.strip().partition(".")[2])
    half = 0.5 * 10.0**-decimals + _EXACT
    value = float(text)
    return PrintedTarget(statistic, text.strip(), value - half, value + half)
