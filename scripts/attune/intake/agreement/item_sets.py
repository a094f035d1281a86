"""Sets of items that are turned together, and their scores."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import AnswerSheet, row_means, standardised

FEWEST_ITEMS = 2
"""Items of a set, and beside it, below which it is not compared with the others."""

FEWEST_OF_SCALE = 3
"""Items from which a scale is a set of its own."""


@dataclass(frozen=True)
class ItemSet:
    """Items of a questionnaire that one slip may turn together.

    Attributes
    ----------
    name : str
        In words; "" for the whole questionnaire.
    items : tuple of int
        Item numbers.
    facet : bool
        Whether it is a scale within the questionnaire, which may run against the other items.
    """

    name: str
    items: tuple[int, ...]
    facet: bool = False


def whole(sheet: AnswerSheet) -> ItemSet:
    """The set of all items, or the score."""
    return ItemSet("", tuple(range(1, sheet.answers.shape[1] + 1)))


def facets(sheet: AnswerSheet) -> list[ItemSet]:
    """The sum and mean scales of a questionnaire that do not hold nearly all of its items.

    Scales with the same items count once.
    """
    if sheet.scale:
        return []
    key = sheet.instrument
    found: dict[tuple[int, ...], ItemSet] = {}
    for name, scale in key.scales.items():
        items = tuple(sorted(key.items_of(name)))
        if scale.aggregation in ("sum", "mean") and (
            FEWEST_OF_SCALE <= len(items) <= key.n_items - FEWEST_ITEMS
        ):
            found.setdefault(items, ItemSet(f"the scale {name}", items, facet=True))
    return list(found.values())


def turned_items(sheet: AnswerSheet) -> list[ItemSet]:
    """The items that the key reverses, and those whose answers the form prints the other way."""
    key = sheet.instrument
    named = (
        ("the items that the key reverses", key.reverse),
        ("the items whose answers the form prints in the opposite order", key.anchor_flips),
    )
    return [
        ItemSet(name, tuple(sorted(items)))
        for name, items in named
        if not sheet.scale and FEWEST_ITEMS <= len(items) <= key.n_items - FEWEST_ITEMS
    ]


def set_score(sheet: AnswerSheet, items: Sequence[int]) -> NDArray[np.float64]:
    """Mean of the standardised keyed answers to some items, per row; NaN without any.

    Parameters
    ----------
    sheet : AnswerSheet
    items : sequence of int
        Item numbers.
    """
    return row_means(sheet.standard[:, np.array(items, dtype=int) - 1])


def standard_score(keyed: NDArray[np.float64], items: Sequence[int]) -> NDArray[np.float64]:
    """The same of keyed answers, shape (n, k); NaN where there is none."""
    keyed = keyed[:, np.array(items, dtype=int) - 1]
    return row_means(np.where(np.isfinite(keyed), standardised(keyed), np.nan))


def others_of(sheet: AnswerSheet, items: Sequence[int]) -> list[int]:
    """The items of a questionnaire that are not in a set."""
    return [item for item in whole(sheet).items if item not in items]
