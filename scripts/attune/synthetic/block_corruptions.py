"""Corruptions of item columns, of blocks of people, and answers that nobody gave.

Declared as those of `attune.synthetic.corruptions`, which lists them all.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.cohort import Questionnaire
from attune.specs.instrument import ResponseRange
from attune.synthetic.simulated_study import THERAPIST_COLUMN, SimulatedStudy
from attune.synthetic.study_changes import (
    BEYOND_CHANCE,
    CLEAR_ITEM,
    ONE_IN,
    Corrupted,
    Corruption,
    Instruments,
    answers_of,
    any_questionnaire,
    cells_of,
    code_shares,
    columns_of,
    item_rest,
    keyed_answers,
    rows_of,
    series_of,
    with_cells,
)

CLEAR = 6.0
"""z from which a relation that is turned is missed in a block of people; `GONE` of one that is
gone."""

GONE = 8.0

CLEAR_ORDER = 5.0
"""The same for the order of items, which their means show, too."""

ENOUGH_DROPOUTS = 12
"""People on the lowest answers from whom it can be seen that they began like the others."""

ENOUGH_REPEATED = 9
"""People with all their earlier answers who cannot be chance."""

RETEST = 0.5
"""Correlation with the first occasion from which people on the lowest answers should have begun
lower."""


def _copy_item(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    entry = any_questionnaire(study, rng)
    cells = cells_of(study, entry, keys)
    one, other = rng.choice(cells.columns, 2, replace=False)
    answers = cells[one][cells[one] != ""]
    chance = float((answers.value_counts(normalize=True) ** 2).sum())
    share = chance + (1 - chance) * BEYOND_CHANCE
    cells[other] = cells[one]
    return Corrupted(with_cells(study, entry, cells), share ** len(answers) <= ONE_IN)


def _shift_item(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """One item column, a row down."""
    entry = any_questionnaire(study, rng)
    cells = cells_of(study, entry, keys)
    item = int(rng.integers(1, len(cells.columns) + 1))
    column = cells.columns[item - 1]
    related = item_rest(study, entry, keys, item) * np.sqrt(len(cells) - 1) >= CLEAR_ITEM
    cells[column] = ["", *cells[column].iloc[:-1]]
    return Corrupted(with_cells(study, entry, cells), bool(related))


def _shift_items_sideways(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """A block of item columns pasted one column to the right; the last of it comes first."""
    entry = any_questionnaire(study, rng)
    cells = cells_of(study, entry, keys)
    length = int(rng.integers(4, len(cells.columns) + 1))
    start = int(rng.integers(0, len(cells.columns) - length + 1))
    block = list(cells.columns[start : start + length])
    cells[block] = cells[[block[-1], *block[:-1]]].to_numpy()
    again = _given_again(study, entry)
    visible = again and _own_items(study, entry, keys, range(start, start + length)) >= CLEAR_ORDER
    return Corrupted(with_cells(study, entry, cells), visible)


def _permute_items(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    entry = any_questionnaire(study, rng)
    cells = cells_of(study, entry, keys)
    order = rng.permutation(len(cells.columns))
    cells[:] = cells.to_numpy()[:, order]
    moved = np.flatnonzero(order != np.arange(len(order)))
    visible = _given_again(study, entry) and _own_items(study, entry, keys, moved) >= CLEAR_ORDER
    return Corrupted(with_cells(study, entry, cells), visible)


def _copy_people(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """Two to four people again under new ids, one cell in twenty changed."""
    names = rng.choice(study.sheets["sample"]["id"], int(rng.integers(2, 5)), replace=False)
    items: dict[str, dict[str, Questionnaire]] = {}
    for entry in study.cohort.questionnaires:
        items.setdefault(entry.file, {}).update(dict.fromkeys(columns_of(entry, keys), entry))
    new = {name: f"D{9000 + at}" for at, name in enumerate(names)}
    sheets = {}
    for file, sheet in study.sheets.items():
        rows = sheet[sheet["id"].isin(names)].copy()
        for column, entry in items.get(file, {}).items():
            codes = keys[entry.instrument].response
            slip = (rng.random(len(rows)) < 0.05) & (rows[column] != "")
            values = rng.integers(codes.minimum, codes.maximum + 1, int(slip.sum()))
            rows.loc[slip, column] = values.astype(str)
        rows["id"] = rows["id"].map(new)
        if file == "sample":
            for column in (THERAPIST_COLUMN, "patient"):
                rows[column] = [f"{cell[0]}9{cell[1:]}" for cell in rows[column]]
        sheets[file] = pd.concat([sheet, rows])
    return Corrupted(study.with_sheets(**sheets), visible=True)


def _zeros_for_dropouts(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """The lowest code in every item of phq_9 at the end for people who left."""
    entry = next(e for e in _given(study, "phq_9") if e.occasion == "termination")
    first = next(e for e in _given(study, "phq_9") if e.occasion == "intake")
    sheet, before = study.sheets[entry.file], rows_of(study, first)
    left = before[~before["id"].isin(rows_of(study, entry)["id"])]
    if left.empty:
        return None
    rows = pd.DataFrame("", index=left.index, columns=sheet.columns).assign(id=left["id"])
    for column, code in entry.rows.items():
        rows[column] = code
    rows[columns_of(entry, keys)] = str(keys["phq_9"].response.minimum)
    spoiled = study.with_sheets(**{entry.file: pd.concat([sheet, rows])})
    totals = [
        answers_of(study, e, keys).mean(axis=1).set_axis(rows_of(study, e)["id"])
        for e in (first, entry)
    ]
    r = totals[0].corr(totals[1])
    return Corrupted(spoiled, len(left) >= ENOUGH_DROPOUTS and r >= RETEST)


def _carry_forward(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """The answers before in place of the last ones, for a quarter of the people."""
    later = [e for e in study.cohort.questionnaires if e.occasion == "termination"]
    entry = later[rng.integers(len(later))]
    same = [e for e in study.cohort.questionnaires if series_of(e) == series_of(entry)]
    earlier = same[same.index(entry) - 1]
    before = rows_of(study, earlier).set_index("id")[columns_of(earlier, keys)]
    rows = rows_of(study, entry)
    rows = rows[rows["id"].isin(before.index)]
    rows = rows.loc[rng.choice(rows.index, max(3, len(rows) // 4), replace=False)]
    cells = rows[columns_of(entry, keys)].copy()
    cells[:] = before.loc[rows["id"]].to_numpy()
    distinct = sum(_rare_answers(row) >= 3 for row in cells.to_numpy())
    return Corrupted(with_cells(study, entry, cells), distinct >= ENOUGH_REPEATED)


def _rare_answers(row: NDArray[np.object_]) -> int:
    """Answers other than the person's most frequent one."""
    given = row[row != ""]
    return len(given) - int(np.unique(given.astype(str), return_counts=True)[1].max(initial=0))


def _block(study: SimulatedStudy, entry: Questionnaire, rng: np.random.Generator) -> pd.Index:
    """A third of the rows of a questionnaire, one after the other."""
    rows = rows_of(study, entry).index
    length = len(rows) // 3
    start = int(rng.integers(0, len(rows) - length + 1))
    return rows[start : start + length]


def _block_cells(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> tuple[Questionnaire, ResponseRange, pd.DataFrame]:
    """A questionnaire at random, its codes, and the answers of a block of people to it."""
    entry = any_questionnaire(study, rng)
    cells = cells_of(study, entry, keys).loc[_block(study, entry, rng)]
    return entry, keys[entry.instrument].response, cells


def _reverse_block(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    entry, codes, cells = _block_cells(study, keys, rng)
    cells = cells.map(lambda cell: str(codes.minimum + codes.maximum - int(cell)) if cell else "")
    # Two thirds of the people are left to show the order of the items.
    visible = _profile(study, entry, keys, cells.index) >= CLEAR
    return Corrupted(with_cells(study, entry, cells), visible)


def _random_block(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    entry, codes, cells = _block_cells(study, keys, rng)
    cells[:] = rng.integers(codes.minimum, codes.maximum + 1, cells.shape).astype(str)
    visible = _profile(study, entry, keys, cells.index) >= GONE
    return Corrupted(with_cells(study, entry, cells), visible)


def _straight_block(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """One inner code to all items, by each of a block of people."""
    entry, codes, cells = _block_cells(study, keys, rng)
    if entry.rater == "therapist":
        return None
    inner = rng.integers(codes.minimum + 1, codes.maximum, len(cells)).astype(str)
    cells[:] = np.repeat(inner[:, None], cells.shape[1], axis=1)
    return Corrupted(with_cells(study, entry, cells), len(cells) >= 6)


def _means_for_answers(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """Each person's rounded mean in place of the answers."""
    entry = any_questionnaire(study, rng)
    if entry.rater == "therapist":
        return None
    cells = cells_of(study, entry, keys)
    means = answers_of(study, entry, keys).mean(axis=1).round().astype(int).astype(str)
    cells[:] = np.repeat(means.to_numpy(object)[:, None], cells.shape[1], axis=1)
    return Corrupted(with_cells(study, entry, cells), visible=True)


def _dichotomise(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """The lower and the upper half of the codes, as the two lowest codes."""
    entry = any_questionnaire(study, rng)
    codes = keys[entry.instrument].response
    middle = (codes.minimum + codes.maximum) / 2
    cells = cells_of(study, entry, keys)
    cells = cells.map(lambda cell: str(codes.minimum + (int(cell) > middle)) if cell else "")
    shares = code_shares(study, entry, keys)
    upper = sum(share for code, share in shares.items() if code > middle)
    n = len(cells) * cells.shape[1]
    return Corrupted(with_cells(study, entry, cells), upper >= 0.27 and n >= 210)


def _swap_two_people(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """Two people's answers to a questionnaire exchanged."""
    entry = any_questionnaire(study, rng)
    cells = cells_of(study, entry, keys)
    cells = cells.loc[rng.choice(cells.index, 2, replace=False)]
    cells[:] = cells.to_numpy()[::-1]
    return Corrupted(with_cells(study, entry, cells), visible=False)


def _given(study: SimulatedStudy, instrument: str) -> list[Questionnaire]:
    return [entry for entry in study.cohort.questionnaires if entry.instrument == instrument]


def _given_again(study: SimulatedStudy, entry: Questionnaire) -> bool:
    return sum(series_of(other) == series_of(entry) for other in study.cohort.questionnaires) > 1


def _own_items(
    study: SimulatedStudy,
    entry: Questionnaire,
    keys: Instruments,
    items: range | NDArray[np.int64],
) -> float:
    """Z of what relates these items to themselves on another occasion, beyond the person's level.

    The best of the other occasions.
    """
    z = []
    own = _pattern(study, entry, keys)
    for other in study.cohort.questionnaires:
        if series_of(other) != series_of(entry) or other == entry:
            continue
        again = _pattern(study, other, keys)
        both = own.index.intersection(again.index)
        products = (own.loc[both].to_numpy() * again.loc[both].to_numpy())[:, list(items)]
        z.append(float(np.nanmean(products) * np.sqrt(products.size)) / np.sqrt(2))
    return max(z, default=0.0)


def _pattern(study: SimulatedStudy, entry: Questionnaire, keys: Instruments) -> pd.DataFrame:
    """Standardised answers less each person's mean, by id."""
    answers = keyed_answers(study, entry, keys)
    z = (answers - answers.mean()) / answers.std()
    return z.sub(z.mean(axis=1), axis=0).set_axis(rows_of(study, entry)["id"], axis=0)


def _profile(
    study: SimulatedStudy, entry: Questionnaire, keys: Instruments, block: pd.Index
) -> float:
    """Z of the relation of these people's answers to the item means of the others."""
    answers = keyed_answers(study, entry, keys)
    means = answers.drop(index=block).mean().to_numpy()
    own = answers.loc[block].to_numpy()
    own = own - np.nanmean(own, axis=1, keepdims=True)
    profile = means - means.mean()
    size = np.sqrt(np.nansum(own**2, axis=1) * (profile**2).sum())
    r = np.nansum(own * profile, axis=1) / np.maximum(size, 1e-9)
    return float(r.sum() * np.sqrt(answers.shape[1] - 1) / np.sqrt(len(block)))


COLUMNS_AND_BLOCKS: dict[str, Corruption] = {
    "copy an item": Corruption(
        _copy_item,
        "where the most closely related items (kappa .6) would agree in all people with a"
        " probability of one in 100,000 at most. Else few people, or nearly all on one code,"
        " give the same to two items",
    ),
    "shift an item by a row": Corruption(
        _shift_item,
        "where z of its correlation with the rest is 5 or more. Else a weak item looks the same",
    ),
    "shift items by a column": Corruption(
        _shift_items_sideways,
        "where the questionnaire was given again, and what is particular to these items is related"
        " to it with z >= 5. Else the items look exchangeable",
    ),
    "permute items": Corruption(_permute_items, "where the same holds"),
    "copy people": Corruption(
        _copy_people,
        "always: people with one answer throughout apart, no two give 95 % the same answers",
    ),
    "zeros for dropouts": Corruption(
        _zeros_for_dropouts,
        "where 12 people or more have them, and the others' answers correlate .5 or more with their"
        " first ones. Else they look as people who are well",
    ),
    "carry forward": Corruption(
        _carry_forward,
        "where 9 people or more are concerned who gave three answers besides their most frequent"
        " one. Else few people may repeat their answers by chance",
    ),
    "reverse a block": Corruption(
        _reverse_block,
        "where the answers of these people follow the means of the items with z >= 6. Else the"
        " items are alike, and the codes run as well the other way",
    ),
    "random block": Corruption(_random_block, "where the same is 8 or more"),
    "straight block": Corruption(
        _straight_block, "from 6 people on. Else some people tick one column"
    ),
    "means for answers": Corruption(_means_for_answers, "always"),
    "dichotomise": Corruption(
        _dichotomise,
        "where the upper of the two codes has 27 % of 210 answers or more. Else it looks like a"
        " rare answer at the end of the codes",
    ),
    "swap two people": Corruption(
        _swap_two_people, "never by statistics: two people may well have changed"
    ),
}
"""Name -> kind of fault."""
