"""Corruptions of a subscale, of half of the rows, and of the raters of one wave.

Declared as those of `attune.synthetic.corruptions`, which lists them all.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from attune.specs.cohort import Questionnaire
from attune.specs.instrument import Instrument
from attune.synthetic.simulated_study import SimulatedStudy
from attune.synthetic.study_changes import (
    Corrupted,
    Corruption,
    Instruments,
    alliance_of,
    any_questionnaire,
    cells_of,
    columns_of,
    keyed_answers,
    raters_of_one_wave,
    rows_of,
    series_of,
    with_cells,
)

CLEARLY_TURNED = 6.0
"""z of the difference between two relations of opposite sign from which a turn is no accident: with
some hundred places where the sign may turn, chance reaches 4.5."""

ENOUGH_MEANS = 8
"""People with the same rounded means from whom they cannot be chance, if the means differ."""

VARIED_MEANS = 3
"""Items whose rounded means differ from the most frequent one, from which they tell the means from
one answer to all items."""


def _reverse_subscale(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """All items of one subscale on one occasion."""
    chosen = _any_subscale(study, keys, rng)
    if chosen is None:
        return None
    entry, items = chosen
    again = [other for other in _series(study, entry) if other != entry]
    z = max((_turn_over_waves(study, keys, entry, other, items) for other in again), default=0.0)
    return Corrupted(_turned(study, keys, entry, items, slice(None)), z >= CLEARLY_TURNED)


def _reverse_half(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """A whole questionnaire in the first or in the second half of the rows."""
    entry = any_questionnaire(study, rng)
    items = range(1, keys[entry.instrument].n_items + 1)
    again = [_totals(study, keys, other) for other in _series(study, entry) if other != entry]
    own = _totals(study, keys, entry)
    half = _half(study, entry, rng)
    z = max((_turn(own, other, half) for other in again), default=0.0)
    return Corrupted(_turned(study, keys, entry, items, half), z >= CLEARLY_TURNED)


def _reverse_subscale_in_half(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """One subscale in half of the rows."""
    chosen = _any_subscale(study, keys, rng)
    return None if chosen is None else _turned_in_half(study, keys, *chosen, rng)


def _reverse_keyed_items_in_half(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """The items that the key reverses, already reversed in half of the rows."""
    entry = any_questionnaire(study, rng)
    items = keys[entry.instrument].reverse
    return _turned_in_half(study, keys, entry, items, rng) if items else None


def _turned_in_half(
    study: SimulatedStudy,
    keys: Instruments,
    entry: Questionnaire,
    items: Sequence[int],
    rng: np.random.Generator,
) -> Corrupted:
    rest = [item for item in range(1, keys[entry.instrument].n_items + 1) if item not in items]
    own, others = (_totals(study, keys, entry, part) for part in (items, rest))
    half = _half(study, entry, rng)
    visible = _turn(own, others, half) >= CLEARLY_TURNED
    return Corrupted(_turned(study, keys, entry, items, half), visible)


def _exchange_raters(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """The patients' and the therapists' answers to wai_s exchanged in one wave."""
    one, other = raters_of_one_wave(study, rng)
    cells = cells_of(study, one, keys), cells_of(study, other, keys)
    changed = with_cells(study, one, cells[1].set_axis(columns_of(one, keys), axis=1))
    changed = with_cells(changed, other, cells[0].set_axis(columns_of(other, keys), axis=1))
    apart = []
    for wave in ("middle", "termination"):
        pair = alliance_of(study, wave)
        patient, therapist = (_standard(_totals(study, keys, entry)) for entry in pair)
        apart.append(patient - therapist)
    return Corrupted(changed, _z(*apart) >= CLEARLY_TURNED)


def _item_means_for_people(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """The rounded means of the items in place of the answers of some people."""
    entry = any_questionnaire(study, rng)
    cells = cells_of(study, entry, keys)
    means = cells.apply(pd.to_numeric, errors="coerce").mean().round().astype(int).astype(str)
    rows = rng.choice(cells.index, max(5, len(cells) // 6), replace=False)
    cells.loc[rows] = means.to_numpy(object)
    varied = len(means) - means.value_counts().iloc[0] >= VARIED_MEANS
    visible = bool(varied and len(rows) >= ENOUGH_MEANS)
    return Corrupted(with_cells(study, entry, cells), visible=visible)


def _any_subscale(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> tuple[Questionnaire, list[int]] | None:
    """A questionnaire and the items of one of its subscales; None where it has none."""
    entry = any_questionnaire(study, rng)
    scales = subscales(keys[entry.instrument])
    return (entry, scales[rng.integers(len(scales))]) if scales else None


def subscales(key: Instrument) -> list[list[int]]:
    """The items of each sum or mean scale of three items or more that is not the whole."""
    return [
        list(items)
        for name, scale in key.scales.items()
        if scale.aggregation in ("sum", "mean")
        and 3 <= len(items := key.items_of(name)) <= key.n_items - 2
    ]


def _series(study: SimulatedStudy, entry: Questionnaire) -> list[Questionnaire]:
    return [other for other in study.cohort.questionnaires if series_of(other) == series_of(entry)]


def _half(study: SimulatedStudy, entry: Questionnaire, rng: np.random.Generator) -> slice:
    """The first or the second half of the rows."""
    middle = len(rows_of(study, entry)) // 2
    return slice(None, middle) if rng.random() < 0.5 else slice(middle, None)


def _turned(
    study: SimulatedStudy,
    keys: Instruments,
    entry: Questionnaire,
    items: Sequence[int],
    rows: slice,
) -> SimulatedStudy:
    codes = keys[entry.instrument].response
    columns = [str(entry.column_of(item)) for item in items]
    cells = cells_of(study, entry, keys)[columns].iloc[rows]
    ends = codes.minimum + codes.maximum
    return with_cells(study, entry, cells.map(lambda cell: str(ends - int(cell)) if cell else ""))


def _totals(
    study: SimulatedStudy,
    keys: Instruments,
    entry: Questionnaire,
    items: Sequence[int] | None = None,
) -> pd.Series:
    """Mean of the keyed answers to some items, by id, in the order of the file."""
    answers = keyed_answers(study, entry, keys)
    if items is not None:
        answers = answers.iloc[:, np.array(items, dtype=int) - 1]
    return answers.mean(axis=1).set_axis(rows_of(study, entry)["id"])


def _standard(values: pd.Series) -> pd.Series:
    return (values - values.mean()) / values.std()


def _fisher(one: pd.Series, other: pd.Series) -> tuple[float, int]:
    """Fisher's z of a correlation by id, and the people with both less three."""
    both = pd.concat([one, other], axis=1, join="inner").dropna().to_numpy(dtype=float)
    if len(both) < 8:
        return 0.0, 1
    return float(np.arctanh(np.corrcoef(both.T)[0, 1])), len(both) - 3


def _z(one: pd.Series, other: pd.Series) -> float:
    """Z of the difference between a relation and the opposite one."""
    fisher, n = _fisher(one, other)
    return 2 * fisher * np.sqrt(n) / np.sqrt(2)


def _turn(own: pd.Series, other: pd.Series, half: slice) -> float:
    """Z of the difference between two halves, one of which is turned."""
    inside = own.index[half]
    parts = [_fisher(own.loc[inside], other), _fisher(own.drop(inside), other)]
    error = np.sqrt(sum(1 / n for _, n in parts))
    return abs(sum(fisher for fisher, _ in parts)) / error


def _turn_over_waves(
    study: SimulatedStudy,
    keys: Instruments,
    entry: Questionnaire,
    again: Questionnaire,
    items: Sequence[int],
) -> float:
    """Z of the retest of a subscale, together with its turned relation to the other items."""
    rest = [item for item in range(1, keys[entry.instrument].n_items + 1) if item not in items]
    own, later = (_totals(study, keys, e, items) for e in (entry, again))
    retest, n = _fisher(own, later)
    with_rest = [
        _fisher(part, _totals(study, keys, e, rest)) for part, e in ((own, entry), (later, again))
    ]
    difference = sum(fisher for fisher, _ in with_rest) / np.sqrt(sum(1 / m for _, m in with_rest))
    return float((retest * np.sqrt(n) + abs(difference)) / np.sqrt(2))


PARTS: dict[str, Corruption] = {
    "reverse a subscale": Corruption(
        _reverse_subscale,
        "where the questionnaire was given again, and z of the subscale's retest and of its"
        " relation to the other items, which turns, are 6 or more together. Else a subscale may"
        " run against the others",
    ),
    "reverse half of the rows": Corruption(
        _reverse_half,
        "where the questionnaire was given again, and z of the difference between the two halves'"
        " correlations with it is 6 or more. Else the codes run as well the other way",
    ),
    "reverse a subscale in half of the rows": Corruption(
        _reverse_subscale_in_half,
        "where z of the difference between the two halves' correlations with the other items is 6"
        " or more. Else the subscale has nothing to do with the others",
    ),
    "reverse keyed items in half of the rows": Corruption(
        _reverse_keyed_items_in_half, "where the same holds"
    ),
    "exchange raters": Corruption(
        _exchange_raters,
        "where the differences between the raters are related over the waves, z of the change of"
        " their sign being 6 or more. Else the raters are alike",
    ),
    "item means for people": Corruption(
        _item_means_for_people,
        "where 8 people or more have them, and three items or more have other rounded means than"
        " the rest. Else they look like people who tick one column",
    ),
}
"""Name -> kind of fault."""
