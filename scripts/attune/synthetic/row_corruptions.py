"""Corruptions of some of the rows: shifted, recoded, typed twice, turned, of other raters or visits.

Declared as those of `attune.synthetic.corruptions`, which lists them all.
"""

import numpy as np
import pandas as pd

from attune.specs.cohort import Questionnaire
from attune.synthetic.simulated_study import SimulatedStudy
from attune.synthetic.study_changes import (
    Corrupted,
    Corruption,
    Instruments,
    answers_of,
    any_questionnaire,
    cells_of,
    columns_of,
    keyed_answers,
    raters_of_one_wave,
    rows_of,
    with_cells,
)

CLEAR = 7.0
"""z of a part of the rows from which no other part of a sound file comes near."""

BITS = 1e-9
"""Probability that so many rows are as they are by chance, in any place of a file."""


def _part(n: int, rng: np.random.Generator, fewest: int = 6) -> slice:
    """Consecutive rows, up to a third of them."""
    length = int(rng.integers(fewest, max(fewest + 1, n // 3)))
    start = int(rng.integers(0, n - length + 1))
    return slice(start, start + length)


def _shift_answers(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """The answers of some people one item too late; the last one is lost, the first one empty."""
    entry = any_questionnaire(study, rng)
    cells = cells_of(study, entry, keys)
    part = _part(len(cells), rng)
    answers = answers_of(study, entry, keys).to_numpy(dtype=float)
    visible = _neighbours_z(answers, part) >= CLEAR
    changed = cells.to_numpy(object).copy()
    changed[part, 1:], changed[part, 0] = changed[part, :-1].copy(), ""
    cells[:] = changed
    return Corrupted(with_cells(study, entry, cells), visible)


def _neighbours_z(answers: np.ndarray, part: slice) -> float:
    """How far the answers of these people, one place off, are like the means of those items."""
    means = np.nanmean(np.delete(answers, np.r_[part], axis=0), axis=0)
    gain = means[:-1] - means[1:]
    own = answers[part, :-1] - np.nanmean(answers[part, :-1], axis=1, keepdims=True)
    gain = gain - gain.mean()
    size = np.sqrt(np.nansum(own**2, axis=1) * (gain**2).sum())
    r = np.nansum(own * gain, axis=1) / np.maximum(size, 1e-9)
    return float(r.sum() * np.sqrt(len(gain) - 1) / np.sqrt(len(own)))


ROWS: dict[str, Corruption] = {
    "shift the answers of a block": Corruption(
        _shift_answers,
        "where the answers of these people, one item off, are like the means of the items they"
        " belong to rather than of those they stand at, with z >= 7. Else the items are alike",
    ),
}
"""Name -> kind of fault."""
