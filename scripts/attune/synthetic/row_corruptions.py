"""Corruptions of some rows: shifted, recoded, typed twice, turned, of other raters or visits.

Declared as those of `attune.synthetic.corruptions`, which lists them all.
"""

from collections.abc import Sequence

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

FEWEST_BEYOND = 5
"""People who are as far as one in the direction of the codes from whom the lost code is missed."""

CLEAR_BITS = 25.0
"""Bits from which no run of people in a sound file comes near."""

SCATTERED = 9.0
"""The same of single people here and there, who must be told from many more sets of people."""

RELATED = 4.0
"""z from which two raters are known to be related."""

SLIP = 0.02
"""Share of answers that are typed differently the second time."""

DIFFERENT = 30
"""Answers besides each person's most frequent one from which a page cannot be another by chance."""


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


def _type_a_page_twice(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """The answers of consecutive people typed again, with a slip in fifty, under the next ids."""
    entry = any_questionnaire(study, rng)
    cells = cells_of(study, entry, keys)
    length = int(rng.integers(4, max(5, len(cells) // 4)))
    start = int(rng.integers(0, len(cells) - 2 * length + 1))
    answers = cells.to_numpy(object).copy()
    copied = answers[start : start + length].copy()
    slips = rng.random(copied.shape) < SLIP
    codes = keys[entry.instrument].response
    copied[slips] = rng.integers(codes.minimum, codes.maximum + 1, slips.sum()).astype(str)
    answers[start + length : start + 2 * length] = copied
    given = answers_of(study, entry, keys).iloc[start : start + length].to_numpy(dtype=float)
    others = sum(
        int((row != np.bincount(row).argmax()).sum())
        for row in (row[np.isfinite(row)].astype(int) for row in given)
    )
    cells[:] = answers
    return Corrupted(with_cells(study, entry, cells), others >= DIFFERENT)


def _recode_a_block(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """All answers of a block one code higher, cut at the highest, or one lower, cut at the lowest.

    Visible where people who are as high (or low) as these are now give the lost code else.
    """
    entry = any_questionnaire(study, rng)
    cells, codes = cells_of(study, entry, keys), keys[entry.instrument].response
    part, by = _part(len(cells), rng, fewest=8), int(rng.choice([-1, 1]))
    answers = answers_of(study, entry, keys).to_numpy(dtype=float)
    lost = codes.minimum if by > 0 else codes.maximum
    moved = np.clip(answers[part] + by, codes.minimum, codes.maximum)
    others = np.delete(answers, np.r_[part], axis=0)
    levels, never = by * np.nanmean(others, axis=1), ~(others == lost).any(axis=1)
    visible = _both_ways(answers, moved, by, part, keys[entry.instrument].reverse) >= CLEAR
    visible &= bool(never.mean() <= 0.8)
    bits = 0.0
    for level in by * np.nanmean(moved, axis=1):
        beyond = never[levels >= level]
        if len(beyond) >= FEWEST_BEYOND:
            bits -= np.log2((beyond.sum() + 1) / (len(beyond) + 1))
    cells.iloc[part] = cells.iloc[part].map(
        lambda cell: str(int(np.clip(int(cell) + by, codes.minimum, codes.maximum))) if cell else ""
    )
    return Corrupted(with_cells(study, entry, cells), visible or bool(bits >= CLEAR_BITS))


def _both_ways(
    answers: np.ndarray, moved: np.ndarray, by: int, part: slice, reverse: Sequence[int]
) -> float:
    """Z by which a block comes to lie higher in reversed and in other items at once."""
    turned = np.isin(np.arange(answers.shape[1]) + 1, reverse)
    if min(turned.sum(), (~turned).sum()) < 2:
        return 0.0
    after = answers.copy()
    after[part] = moved
    z = by * (after - np.nanmean(after, axis=0)) / np.nanstd(after, axis=0)
    sides = [np.nansum(z[:, side], axis=1) for side in (turned, ~turned)]
    both = sum(side / side.std() for side in sides)
    rest = np.delete(both, np.r_[part])
    apart = (both[part].mean() - rest.mean()) / rest.std()
    return float(apart / np.sqrt(1 / len(moved) + 1 / len(rest)))


def _reverse_every_third(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """Every second, third or fourth row coded backwards, as by one of several typists."""
    entry = any_questionnaire(study, rng)
    cells, codes = cells_of(study, entry, keys), keys[entry.instrument].response
    every = int(rng.integers(2, 5))
    rows = np.arange(int(rng.integers(every)), len(cells), every)
    keyed = keyed_answers(study, entry, keys).to_numpy(dtype=float)
    visible = _profile_z(keyed, rows) >= CLEAR
    ends = codes.minimum + codes.maximum
    cells.iloc[rows] = cells.iloc[rows].map(lambda cell: str(ends - int(cell)) if cell else "")
    return Corrupted(with_cells(study, entry, cells), visible)


def _profile_z(keyed: np.ndarray, rows: np.ndarray) -> float:
    """How far the answers of these people follow the means of the others' items."""
    rest = np.delete(keyed, rows, axis=0)
    means = np.nanmean(rest, axis=0) - np.nanmean(rest)
    # Half of the rows coded backwards leave the means of nobody.
    weight = 1 - 2 * len(rows) / len(keyed)
    own = keyed[rows] - np.nanmean(keyed[rows], axis=1, keepdims=True)
    size = np.sqrt(np.nansum(own**2, axis=1) * (means**2).sum())
    r = np.nansum(own * means, axis=1) / np.maximum(size, 1e-9)
    z = r.sum() * np.sqrt(len(means) - 1) / np.sqrt(len(rows))
    return float(z) if weight > 0.2 else 0.0


def _exchange_raters_of_dyads(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """The two raters' answers to wai_s exchanged for a third of the dyads, together or anywhere."""
    one, other = raters_of_one_wave(study, rng)
    first, second = (_by_id(study, entry, keys) for entry in (one, other))
    ids = first.index.intersection(second.index)
    number = max(8, len(ids) // 3)
    start = int(rng.integers(0, len(ids) - number + 1))
    block = ids[start : start + number]
    chosen = block if rng.random() < 0.5 else pd.Index(rng.choice(ids, number, replace=False))
    z = _difference_z(study, keys, one, other, chosen)
    changed = _exchanged(study, keys, one, other, chosen, slice(None))
    return Corrupted(changed, visible=z >= (CLEAR if chosen is block else SCATTERED))


def _exchange_raters_of_items(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """Up to three items of wai_s exchanged between the raters, for all dyads of a wave."""
    one, other = raters_of_one_wave(study, rng)
    items = rng.choice(keys[one.instrument].n_items, int(rng.integers(1, 4)), replace=False)
    first, second = (_by_id(study, entry, keys) for entry in (one, other))
    ids = first.index.intersection(second.index)
    apart = (first.loc[ids] - second.loc[ids].to_numpy()).to_numpy(dtype=float)
    apart = apart - np.nanmean(apart, axis=0)
    rest = np.nanmean(np.delete(apart, items, axis=1), axis=1)
    z = []
    for item in items:
        known = np.isfinite(apart[:, item])
        r = np.corrcoef(apart[known, item], rest[known])[0, 1]
        z.append(r * np.sqrt(known.sum() - 1))
    raters = first.loc[ids].mean(axis=1), second.loc[ids].mean(axis=1)
    related = raters[0].corr(raters[1]) * np.sqrt(len(ids) - 1) >= RELATED
    changed = _exchanged(study, keys, one, other, ids, items)
    return Corrupted(changed, visible=bool(related and max(z) >= CLEAR))


def _by_id(study: SimulatedStudy, entry: Questionnaire, keys: Instruments) -> pd.DataFrame:
    """Keyed answers with the ids as index, items numbered from 0."""
    keyed = keyed_answers(study, entry, keys)
    return keyed.set_axis(rows_of(study, entry)["id"]).set_axis(range(keyed.shape[1]), axis=1)


def _difference_z(
    study: SimulatedStudy,
    keys: Instruments,
    one: Questionnaire,
    other: Questionnaire,
    ids: pd.Index,
) -> float:
    """Z of the relation of these dyads' differences between the raters to those in the other wave.

    The mean over dyads of the product of both differences, each divided by its standard deviation,
    times the root of their number.
    """
    waves = []
    for wave in ("middle", "termination"):
        pair = [entry.model_copy(update={"occasion": wave}) for entry in (one, other)]
        entries = [
            entry
            for like in pair
            for entry in study.cohort.questionnaires
            if (entry.instrument, entry.rater, entry.occasion)
            == (like.instrument, like.rater, like.occasion)
        ]
        first, second = (_by_id(study, entry, keys).mean(axis=1) for entry in entries)
        apart = (first - second).dropna()
        waves.append((apart - apart.mean()) / apart.std())
    product = (waves[0] * waves[1]).dropna()
    chosen = product[product.index.isin(ids)]
    return float(chosen.mean() * np.sqrt(len(chosen))) if len(chosen) else 0.0


def _exchanged(
    study: SimulatedStudy,
    keys: Instruments,
    one: Questionnaire,
    other: Questionnaire,
    ids: pd.Index,
    items: slice | np.ndarray,
) -> SimulatedStudy:
    """The study with the cells of two raters exchanged for some dyads and items."""
    cells = []
    for entry in (one, other):
        frame = cells_of(study, entry, keys)
        who = rows_of(study, entry)["id"]
        frame = frame[who.isin(ids)]
        columns = list(np.array(columns_of(entry, keys), dtype=object)[items])
        cells.append(frame[columns].set_axis(who[frame.index], axis=0))
    for entry, source in zip((one, other), reversed(cells), strict=True):
        frame = cells_of(study, entry, keys)
        who = rows_of(study, entry)["id"]
        columns = list(np.array(columns_of(entry, keys), dtype=object)[items])
        frame = frame.loc[who.isin(ids), columns]
        frame[:] = source.loc[who[frame.index]].to_numpy(object)
        study = with_cells(study, entry, frame)
    return study


def _exchange_visits(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """The numbers of two visits exchanged for a fifth of the people, in a file of all visits."""
    if not study.design.long:
        return None
    sheet = study.sheets["visits"]
    one, other = sorted(rng.choice(["1", "2", "3"], 2, replace=False))
    with_both = set(sheet.loc[sheet["visit"] == one, "id"]) & set(
        sheet.loc[sheet["visit"] == other, "id"]
    )
    ids = sorted(with_both)
    chosen = set(rng.choice(ids, max(4, len(ids) // 5), replace=False))
    turned = {one: other, other: one}
    visits = [
        turned.get(visit, visit) if person in chosen else visit
        for person, visit in zip(sheet["id"], sheet["visit"], strict=True)
    ]
    # Everybody's visits stand in their order, in whatever order the people are.
    return Corrupted(study.with_sheets(visits=sheet.assign(visit=visits)), visible=True)


ROWS: dict[str, Corruption] = {
    "shift the answers of a block": Corruption(
        _shift_answers,
        "where the answers of these people, one item off, are like the means of the items they"
        " belong to rather than of those they stand at, with z >= 7. Else the items are alike",
    ),
    "recode a block": Corruption(
        _recode_a_block,
        "where people of their new level give the lost code else: 25 bits over these people, each"
        " compared with the others who are as far in that direction. Or where they are higher in"
        " reversed and other items at once, with z >= 7. Else they are more severe",
    ),
    "reverse every third row": Corruption(
        _reverse_every_third,
        "where the answers of these people follow the means of the items with z >= 7. Else the"
        " items are alike, and the codes run as well the other way; nor in half of the rows",
    ),
    "exchange raters for dyads": Corruption(
        _exchange_raters_of_dyads,
        "where these dyads' differences between the raters are related to those in the other wave,"
        " with z >= 7 (of dyads anywhere, 9). Else the raters are alike",
    ),
    "exchange raters for items": Corruption(
        _exchange_raters_of_items,
        "where the differences between the raters in such an item are related to those in the other"
        " items with z >= 7, and the raters to each other with z >= 4. Else the item is a weak one",
    ),
    "exchange visits of people": Corruption(
        _exchange_visits,
        "where the rows of each person stand in the order of the visits, as here, or have dates."
        " Else the answers do not say which visit was first",
    ),
    "type a page twice": Corruption(
        _type_a_page_twice,
        "where these people gave 30 answers besides each one's most frequent one. Else several"
        " people may give the same simple answers",
    ),
}
"""Name -> kind of fault."""
