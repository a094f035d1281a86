"""Small cells: counts of so few people that they could be recognised, and what gives them away."""

from collections.abc import Mapping
from typing import Literal

from attune.cohort import Cohort

Hidden = Literal["small", "beside"]
"""small: the count itself is too small; beside: it would give a small count away."""


def hidden_counts(counts: Mapping[str, int], smallest: int) -> dict[str, Hidden]:
    """Which counts of a group are not shown, where the group's total is known.

    Parameters
    ----------
    counts : mapping of str to int
        Cell -> people; together they are the group.
    smallest : int
        Counts from 1 to one less are hidden; 0 hides nothing.

    Returns
    -------
    dict of str to {"small", "beside"}
        Small counts and, from the next larger on, as many others as it takes that no small count
        follows from the total: whoever knows that small counts lie between 1 and `smallest` - 1,
        and the others at or above it, still has at least two values to choose from. Where no others
        are left for that, all cells are hidden as `beside`, which says nothing about any of them.

    Examples
    --------
    >>> hidden_counts({"single": 20, "married": 12, "widowed": 2, "divorced": 0}, 5)
    {'widowed': 'small', 'married': 'beside'}
    >>> hidden_counts({"yes": 9, "no": 1}, 5)
    {'no': 'small', 'yes': 'beside'}
    >>> hidden_counts({"yes": 5, "no": 1}, 5)
    {'no': 'beside', 'yes': 'beside'}
    """
    small = {cell: count for cell, count in counts.items() if 0 < count < smallest}
    if not small:
        return {}
    others = sorted((cell for cell in counts if counts[cell] >= smallest), key=counts.__getitem__)
    for more in range(len(others) + 1):
        beside = others[:more]
        total = sum(small.values()) + sum(counts[cell] for cell in beside)
        if len(small) + more > 1 and _values_left(len(small), more, total, smallest) > 1:
            hidden: dict[str, Hidden] = dict.fromkeys(small, "small")
            return hidden | dict.fromkeys(beside, "beside")
    return dict.fromkeys([*small, *(cell for cell in counts if cell not in small)], "beside")


def _values_left(n_small: int, n_others: int, total: int, smallest: int) -> int:
    """How many values a small count may still have, given the sum of all hidden ones."""
    left = 0
    for value in range(1, smallest):
        rest = total - value
        lowest = (n_small - 1) + n_others * smallest
        highest = (n_small - 1) * (smallest - 1)
        left += lowest <= rest and (n_others > 0 or rest <= highest)
    return left


def smallest_cell(cohort: Cohort, default: int) -> int:
    """The smallest count of people that is shown: the cohort's own limit, or the default."""
    return default if cohort.smallest_cell is None else cohort.smallest_cell.count
