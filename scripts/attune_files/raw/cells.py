"""The values of other programs' files as the text that a CSV file would hold."""

import datetime
import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

_MIDNIGHT = datetime.time()
_LARGEST_WHOLE = 2.0**53
"""Beyond it a float cannot represent every whole number."""


def cell_text(value: Any, decimal: str = ".") -> str:
    """One value as text: as given, without blanks around it.

    Parameters
    ----------
    value : object
        None, NaN and NaT are missing: "". Whole numbers have no decimals, dates are ISO, a time of
        midnight is left out, truth values are TRUE and FALSE as spreadsheets write them.
    decimal : {".", ","}
        Decimal sign that the cohort file declares for the file.

    Examples
    --------
    >>> [cell_text(value) for value in (3.0, 2.5, " x ", None, float("nan"), True)]
    ['3', '2.5', 'x', '', '', 'TRUE']
    >>> cell_text(2.5, ","), cell_text(1234567890123456.0)
    ('2,5', '1234567890123456')
    >>> cell_text(datetime.datetime(2020, 1, 31)), cell_text(datetime.datetime(2020, 1, 31, 9, 30))
    ('2020-01-31', '2020-01-31T09:30:00')
    """
    if isinstance(value, str):
        return value.strip()
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, bool | np.bool_):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f").replace(".", decimal)
    if isinstance(value, float | np.floating):
        return _number_text(value, decimal)
    if isinstance(value, datetime.datetime) and value.time() == _MIDNIGHT:
        return value.date().isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    return str(value).strip()


def _number_text(value: Any, decimal: str) -> str:
    number = float(value)
    if math.isnan(number):
        return ""
    if abs(number) < _LARGEST_WHOLE and number == int(number):
        return str(int(number))
    return str(value).replace(".", decimal)


def text_column(values: Iterable[Any], decimal: str = ".") -> "np.ndarray[Any, Any]":
    """A column of values of one kind as text; each different value is written once."""
    codes, different = pd.factorize(pd.Series(values))
    # Python has no four-byte numbers: 0.1 would become 0.10000000149.
    listed = different.to_numpy() if different.dtype.kind == "f" else different
    # The last place is for the code -1, which means a missing value.
    texts = np.array([*(cell_text(value, decimal) for value in listed), ""], dtype=object)
    return texts[codes]
