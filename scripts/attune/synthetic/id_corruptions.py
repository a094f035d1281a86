"""Corruptions of ids and of whole columns between questionnaires.

Declared as those of `attune.synthetic.corruptions`, which lists them all.
"""

from itertools import pairwise

import numpy as np

from attune.intake.checks.unknown_dyads import one_edit_away
from attune.specs.cohort import Questionnaire
from attune.synthetic.simulated_study import SimulatedStudy
from attune.synthetic.study_changes import (
    Corrupted,
    Corruption,
    Instruments,
    any_questionnaire,
    cells_of,
    with_cells,
)

BEYOND_CHANCE = 0.6
"""Kappa of the most closely related items."""

ONE_IN = 1e-5
"""Probability of as many equal answers of two items up to which they are no accident."""


def _copy_item_to_another_questionnaire(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """An item column in place of one of another questionnaire in the same rows, with its codes."""
    entry = any_questionnaire(study, rng)
    others = [
        other
        for other in study.cohort.questionnaires
        if _rows(other) == _rows(entry)
        and other is not entry
        and keys[other.instrument].response == keys[entry.instrument].response
        and (other.instrument, other.rater) != (entry.instrument, entry.rater)
    ]
    if not others:
        return None
    other = others[int(rng.integers(len(others)))]
    source, cells = cells_of(study, entry, keys), cells_of(study, other, keys)
    one, item = rng.choice(source.columns), rng.choice(cells.columns[1:])
    answers = source[one][source[one] != ""]
    chance = float((answers.value_counts(normalize=True) ** 2).sum())
    cells[item] = source[one]
    share = chance + (1 - chance) * BEYOND_CHANCE
    return Corrupted(with_cells(study, other, cells), share ** len(answers) <= ONE_IN)


def _rows(entry: Questionnaire) -> tuple[str, tuple[tuple[str, str], ...]]:
    return entry.file, tuple(sorted(entry.rows.items()))


def _mistype_an_id(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """The id of one row in place of that of somebody who is not in the file."""
    names = [name for name in study.sheets if name != "sample"]
    name = names[int(rng.integers(len(names)))]
    sheet = study.sheets[name].copy()
    ids, everyone = sheet["id"].tolist(), study.sheets["sample"]["id"].tolist()
    letters = sorted({letter for text in everyone for letter in text})
    slips = [
        (row, other)
        for row, own in enumerate(ids)
        for other in one_edit_away(own, letters)
        if other in everyone and other not in ids
    ]
    if not slips:
        return None
    row, other = slips[int(rng.integers(len(slips)))]
    in_order = all(before < after for before, after in pairwise(ids))
    inside = 0 < row < len(ids) - 1
    sheet["id"] = [*ids[:row], other, *ids[row + 1 :]]
    moved = inside and not ids[row - 1] < other < ids[row + 1]
    return Corrupted(study.with_sheets(**{name: sheet}), in_order and moved)


IDS: dict[str, Corruption] = {
    "copy an item to another questionnaire": Corruption(
        _copy_item_to_another_questionnaire,
        "where items that are closely related (kappa .6) would agree in all people with a"
        " probability of one in 100,000 at most",
    ),
    "mistype an id": Corruption(
        _mistype_an_id,
        "where the rows of the file are in the order of the ids, and the wrong one breaks it. Else"
        " the other person may well have answered",
    ),
}
"""Name -> kind of fault."""
