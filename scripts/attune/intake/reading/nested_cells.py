"""Cells with a list or an object (JSON) in place of one value, as form programs export them."""

import json
import math
from dataclasses import dataclass
from typing import Literal

LONGEST = 2_000
"""Characters of a cell up to which it is looked at."""


@dataclass(frozen=True)
class NestedCell:
    """A cell with a list or an object.

    Attributes
    ----------
    kind : {"list", "object"}
    n_values : int
        Values in it.
    number : str, optional
        The one number in it, as written; None where there is none, or more than one.
    """

    kind: Literal["list", "object"]
    n_values: int
    number: str | None

    @property
    def in_words(self) -> str:
        """What the cell is, as messages name it."""
        values = f"{self.n_values} value{'' if self.n_values == 1 else 's'}"
        return f"{'a list' if self.kind == 'list' else 'an object'} (JSON) of {values}"


def nested_cell(text: str) -> NestedCell | None:
    """The list or object in a cell; None where it holds something else.

    Examples
    --------
    >>> nested_cell('["3"]')
    NestedCell(kind='list', n_values=1, number='3')
    >>> nested_cell('{"value": 3, "label": "often"}').number
    '3'
    >>> nested_cell("['1', '4']").in_words, nested_cell("[unclear]"), nested_cell("3")
    ('a list (JSON) of 2 values', None, None)
    """
    if not (1 < len(text) <= LONGEST) or (text[0], text[-1]) not in (("[", "]"), ("{", "}")):
        return None
    # Python and JavaScript write single quotation marks.
    for written in (text, text.replace("'", '"')):
        try:
            content = json.loads(written)
        except (ValueError, RecursionError):
            continue
        if isinstance(content, list):
            return NestedCell("list", len(content), _only_number(content))
        if isinstance(content, dict):
            return NestedCell("object", len(content), _only_number(list(content.values())))
    return None


def _only_number(values: list[object]) -> str | None:
    """The only number among the values, as written; None where there is none or several."""
    numbers = [str(value) for value in values if _is_number(value)]
    return numbers[0] if len(numbers) == 1 else None


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    try:
        return math.isfinite(float(value))
    except (ValueError, OverflowError):
        return False
