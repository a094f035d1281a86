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
    n_numbers : int
        How many of the values are numbers.
    """

    kind: Literal["list", "object"]
    n_values: int
    number: str | None
    n_numbers: int = 0

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
    NestedCell(kind='list', n_values=1, number='3', n_numbers=1)
    >>> nested_cell('{"value": 3, "label": "often"}').number
    '3'
    >>> nested_cell("['1', '4']").in_words, nested_cell("[unclear]"), nested_cell("3")
    ('a list (JSON) of 2 values', None, None)
    """
    content = _content(text)
    if content is None:
        return None
    kind: Literal["list", "object"] = "list" if isinstance(content, list) else "object"
    values = content if isinstance(content, list) else list(content.values())
    numbers = [str(value) for value in values if _is_number(value)]
    only = numbers[0] if len(numbers) == 1 else None
    return NestedCell(kind, len(values), only, len(numbers))


def answers_of(text: str) -> dict[str, str]:
    """Items and answers of a cell with an object; {} where it holds something else.

    Examples
    --------
    >>> answers_of('{"phq_1": 2, "phq_2": null, "mood": "low"}'), answers_of("[1, 2]")
    ({'phq_1': '2', 'phq_2': '', 'mood': 'low'}, {})
    """
    content = _content(text)
    if not isinstance(content, dict):
        return {}
    return {
        str(name): "" if value is None else value if isinstance(value, str) else json.dumps(value)
        for name, value in content.items()
    }


def _content(text: str) -> list[object] | dict[str, object] | None:
    """The list or object that a cell holds."""
    if not (1 < len(text) <= LONGEST) or (text[0], text[-1]) not in (("[", "]"), ("{", "}")):
        return None
    # Python and JavaScript write single quotation marks.
    for written in (text, text.replace("'", '"')):
        try:
            content = json.loads(written)
        except (ValueError, RecursionError):
            continue
        if isinstance(content, list | dict):
            return content
    return None


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    try:
        return math.isfinite(float(value))
    except (ValueError, OverflowError):
        return False
