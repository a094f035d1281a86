"""Corruptions of the codes of a questionnaire: exchanged, moved on, sorted, other numbers.

Declared as those of `attune.synthetic.corruptions`, which lists them all.
"""

from collections.abc import Callable

import numpy as np

from attune.specs.cohort import Questionnaire
from attune.synthetic.simulated_study import SimulatedStudy
from attune.synthetic.study_changes import (
    Corrupted,
    Corruption,
    Instruments,
    any_questionnaire,
    cells_of,
    keyed_answers,
    recoded,
    series_of,
    with_cells,
)

CLEAR = 5.0
"""t of the fall of the correlations between items from which it is no accident."""


def _exchange_codes(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """Two codes exchanged in all items of a questionnaire."""
    entry = any_questionnaire(study, rng)
    change = _exchange(entry, keys, rng)
    return Corrupted(recoded(study, entry, keys, change), _fall(study, entry, keys, change))


def _exchange_codes_everywhere(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """Two codes exchanged in all items, on all occasions of a questionnaire."""
    chosen = any_questionnaire(study, rng)
    change, spoiled, visible = _exchange(chosen, keys, rng), study, False
    for entry in study.cohort.questionnaires:
        if series_of(entry) == series_of(chosen):
            visible |= _fall(study, entry, keys, change)
            spoiled = recoded(spoiled, entry, keys, change)
    return Corrupted(spoiled, visible)


def _rotate_codes(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """Each code one higher, and the highest the lowest: 0 to 3 as 1, 2, 3, 0; or one lower."""
    entry = any_questionnaire(study, rng)
    codes, by = keys[entry.instrument].response, int(rng.choice([-1, 1]))
    number = codes.maximum - codes.minimum + 1

    def change(code: int) -> int:
        return codes.minimum + (code - codes.minimum + by) % number

    return Corrupted(recoded(study, entry, keys, change), _fall(study, entry, keys, change))


def _exchange(
    entry: Questionnaire, keys: Instruments, rng: np.random.Generator
) -> Callable[[int], int]:
    """Two codes exchanged, but not the two ends of three, which would turn them."""
    codes = keys[entry.instrument].response
    one = int(rng.integers(codes.minimum, codes.maximum))
    exchanged = {one: one + 1, one + 1: one}
    return lambda code: exchanged.get(code, code)


def _fall(
    study: SimulatedStudy, entry: Questionnaire, keys: Instruments, change: Callable[[int], int]
) -> bool:
    """Whether the items of a scale correlate less in other codes, clearly beyond chance."""
    before = _shared(study, entry, keys)
    after = _shared(recoded(study, entry, keys, change), entry, keys)
    fall = before - after
    error = fall.std(ddof=1) / np.sqrt(len(fall))
    return bool(error > 0 and fall.mean() / error >= CLEAR)


def _shared(study: SimulatedStudy, entry: Questionnaire, keys: Instruments) -> np.ndarray:
    """What each person adds to the covariances of standardised items of the same scales."""
    keyed = keyed_answers(study, entry, keys).to_numpy(dtype=float)
    z = np.nan_to_num((keyed - np.nanmean(keyed, axis=0)) / np.nanstd(keyed, axis=0))
    key = keys[entry.instrument]
    shared = np.zeros(len(z))
    for name in key.consistency_scales():
        own = z[:, np.array(key.items_of(name), dtype=int) - 1]
        shared += own.sum(axis=1) ** 2 - (own**2).sum(axis=1)
    return shared


def _turn_by_wrong_constant(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """The items that the key reverses turned by a sum that is one too high: 4 - x for 0 to 3."""
    entry = any_questionnaire(study, rng)
    key = keys[entry.instrument]
    if not key.reverse:
        return None
    ends = key.response.minimum + key.response.maximum + 1
    cells = cells_of(study, entry, keys)
    turned = cells.columns[np.array(key.reverse, dtype=int) - 1]
    lowest = (cells[turned] == str(key.response.minimum)).to_numpy()
    cells[turned] = cells[turned].map(lambda cell: str(ends - int(cell)) if cell else "")
    return Corrupted(with_cells(study, entry, cells), bool(lowest.any()))


def _other_numbers(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """Numbers in place of answers: ten times the codes, or differences between neighbours."""
    entry = any_questionnaire(study, rng)
    if rng.random() < 0.5:
        return Corrupted(recoded(study, entry, keys, lambda code: 10 * code), visible=True)
    cells = cells_of(study, entry, keys)
    whole = cells.to_numpy(object)
    before = np.roll(whole, 1, axis=0)
    cells[:] = [
        [str(int(new) - int(old)) if new and old else "" for new, old in zip(*pair, strict=True)]
        for pair in zip(whole, before, strict=True)
    ]
    return Corrupted(with_cells(study, entry, cells), visible=True)


def _sort_within_rows(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """The answers of each person sorted from the lowest to the highest."""
    entry = any_questionnaire(study, rng)
    cells = cells_of(study, entry, keys)
    cells[:] = np.sort(cells.to_numpy(str), axis=1).astype(object)
    return Corrupted(with_cells(study, entry, cells), visible=True)


_FALLS = (
    "where the correlations between the items of a scale fall with t >= 5 over people. Else people"
    " who give the one answer differ too little from those who give the other"
)

CODES: dict[str, Corruption] = {
    "exchange two codes": Corruption(_exchange_codes, _FALLS),
    "exchange two codes on all occasions": Corruption(_exchange_codes_everywhere, _FALLS),
    "move codes on in a circle": Corruption(_rotate_codes, _FALLS),
    "turn items by a wrong constant": Corruption(
        _turn_by_wrong_constant, "where a code leaves the range. Else nobody gave the lowest answer"
    ),
    "sort within rows": Corruption(
        _sort_within_rows, "always: nobody answers so, item by item, where answers differ"
    ),
    "other numbers": Corruption(_other_numbers, "always: most numbers are not codes"),
}
"""Name -> kind of fault."""
