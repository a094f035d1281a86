"""Corruptions of a single item column: pasted from another occasion, sorted, shuffled or filled.

Declared as those of `attune.synthetic.corruptions`, which lists them all.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from attune.specs.cohort import Questionnaire
from attune.synthetic.simulated_study import SimulatedStudy
from attune.synthetic.study_changes import (
    BEYOND_CHANCE,
    CLEAR_ITEM,
    ONE_IN,
    Corrupted,
    Corruption,
    Instruments,
    any_questionnaire,
    cells_of,
    item_rest,
    rows_of,
    series_of,
    with_cells,
)

CLEAR_DIFFERENCE = 6.0
"""z of the relation of an item to its scale on other occasions, from which it is missed on one."""

BETWEEN_ITEMS = 0.06
"""Standard deviation of how the relations of items change from occasion to occasion."""

ENOUGH_ROWS = 45
"""Rows from which the order of a column is no accident."""

NOT_ONE_CODE = 0.7
"""Share of a code up to which that is so."""

ENOUGH_FILLED = 100
"""Rows from which a long run of one value is no accident."""

NOT_FREQUENT = 0.4
"""Share of the most frequent code up to which that is so."""

Column = list[str]


def _given_before(study: SimulatedStudy, entry: Questionnaire) -> list[Questionnaire]:
    """The other occasions of a questionnaire."""
    entries = study.cohort.questionnaires
    return [other for other in entries if series_of(other) == series_of(entry) and other != entry]


def _any_item(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> tuple[Questionnaire, int, pd.Series]:
    """An item at random with its questionnaire and its cells."""
    entry = any_questionnaire(study, rng)
    cells = cells_of(study, entry, keys)
    item = int(rng.integers(1, len(cells.columns) + 1))
    return entry, item, cells[cells.columns[item - 1]]


def _with_column(
    study: SimulatedStudy, entry: Questionnaire, column: pd.Series, cells: Column
) -> SimulatedStudy:
    return with_cells(study, entry, pd.DataFrame({column.name: cells}, index=column.index))


def _paste_item(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """An item column as on another occasion, by id."""
    entry, item, column = _any_item(study, keys, rng)
    others = _given_before(study, entry)
    if not others:
        return None
    other = others[rng.integers(len(others))]
    source = rows_of(study, other).set_index("id")[str(other.column_of(item))]
    pasted = rows_of(study, entry)["id"].map(source).fillna("")
    answers = pasted[pasted != ""]
    chance = float((answers.value_counts(normalize=True) ** 2).sum())
    share = chance + (1 - chance) * BEYOND_CHANCE
    visible = share ** len(answers) <= ONE_IN
    return Corrupted(_with_column(study, entry, column, [*pasted]), visible)


def _shuffle_item(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """An item column in random order."""
    entry, item, column = _any_item(study, keys, rng)
    others = _given_before(study, entry)
    sizes = np.array([len(rows_of(study, other)) - 3.0 for other in others])
    visible = False
    if others:
        r = [item_rest(study, other, keys, item) for other in others]
        usual = float((np.arctanh(r) * sizes).sum() / sizes.sum())
        error = np.sqrt(1 / (len(column) - 3) + 1 / sizes.sum() + BETWEEN_ITEMS**2)
        visible = usual / error >= CLEAR_DIFFERENCE
    return Corrupted(_with_column(study, entry, column, [*rng.permutation(column)]), bool(visible))


def _ordered(
    change: Callable[[Column, Column], Column],
    fewest: int = ENOUGH_ROWS,
    most: float = NOT_ONE_CODE,
) -> Callable[[SimulatedStudy, Instruments, np.random.Generator], Corrupted | None]:
    """An item column in an order of its own.

    `change` takes the cells and the codes of the questionnaire, and gives the cells. It can be seen
    from `fewest` rows on, with a share of the most frequent code of at most `most`.
    """

    def apply(
        study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
    ) -> Corrupted | None:
        entry, item, column = _any_item(study, keys, rng)
        if entry.rater == "therapist":
            return None
        response = keys[entry.instrument].response
        codes = [str(code) for code in range(response.minimum, response.maximum + 1)]
        clear = item_rest(study, entry, keys, item) * np.sqrt(len(column) - 1) >= CLEAR_ITEM
        varies = column.value_counts(normalize=True).max() <= most
        spoiled = _with_column(study, entry, column, change([*column], codes))
        return Corrupted(spoiled, bool(clear and varies and len(column) >= fewest))

    return apply


def _filled_down(cells: Column, codes: Column) -> Column:
    """One value from a third of the rows on."""
    start = len(cells) // 3
    value = cells[start] or codes[len(codes) // 2]
    return [*cells[:start], *[value] * (len(cells) - start)]


def _continued(cells: Column, codes: Column) -> Column:
    """The codes one after the other, again and again."""
    return [codes[row % len(codes)] for row in range(len(cells))]


_CLEAR = (
    "where 45 people or more answered, no code has more than 70 % of the answers, and z of the"
    " correlation of the item with the rest is 5 or more"
)

LONE_COLUMNS: dict[str, Corruption] = {
    "paste an item from another wave": Corruption(
        _paste_item,
        "where the questionnaire was given again, and items that people repeat closely (kappa .6)"
        " would agree in all people with a probability of one in 100,000 at most",
    ),
    "shuffle an item": Corruption(
        _shuffle_item,
        "where the questionnaire was given again, and z of the item's correlation with the rest on"
        " other occasions is 6 or more. Else a weak item looks the same",
    ),
    "sort an item": Corruption(
        _ordered(lambda cells, codes: sorted(cells)),
        f"{_CLEAR}. Else a file sorted by one item looks the same",
    ),
    "fill an item down": Corruption(
        _ordered(_filled_down, ENOUGH_FILLED, NOT_FREQUENT),
        "where the same holds of 100 people and 40 %. Else many people may give one answer",
    ),
    "continue a series down an item": Corruption(_ordered(_continued), "where the same holds"),
}
"""Name -> kind of fault."""
