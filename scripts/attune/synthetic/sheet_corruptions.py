"""Corruptions of headings and orders of columns, and of the sample sheet.

Declared as those of `attune.synthetic.corruptions`, which lists them all.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from attune.specs.cohort import Variable
from attune.synthetic.simulated_study import THERAPIST_COLUMN, SimulatedStudy
from attune.synthetic.study_changes import (
    Corrupted,
    Corruption,
    Instruments,
    cells_of,
    columns_of,
    item_rest,
    series_of,
    with_cells,
)

CLEAR_ITEM = 0.4
"""Item-rest correlation from which an item in the place of one that points the other way is seen in
50 people."""

ENOUGH_PEOPLE = 50

AT_LIMIT = 9
"""People at one age, four times as many as at the next ones, that are no accident."""


def _presentation_order(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """All questionnaires of one series with their items in another order, the same everywhere."""
    entries = study.cohort.questionnaires
    chosen = series_of(entries[rng.integers(len(entries))])
    own = [entry for entry in entries if series_of(entry) == chosen]
    key = keys[chosen[0]]
    order = rng.permutation(key.n_items)
    turned = np.isin(np.arange(key.n_items) + 1, key.reverse)
    rest = [item_rest(study, own[-1], keys, item) for item in range(1, key.n_items + 1)]
    # What was answered the other way than the key says of the column where it now stands.
    wrong = np.flatnonzero(turned != turned[order])
    strongest = max((rest[order[at]] for at in wrong), default=0.0)
    enough = len(cells_of(study, own[-1], keys)) >= ENOUGH_PEOPLE
    for entry in own:
        cells = cells_of(study, entry, keys)
        cells[:] = cells.to_numpy(object)[:, order]
        study = with_cells(study, entry, cells)
    return Corrupted(study, bool(enough and len(wrong) > 0 and strongest >= CLEAR_ITEM))


def _exchange_headings(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """The columns of phq_9 and of the first nine items of ces_d exchanged in all waves."""
    n = 0
    for wave in ("intake", "middle", "termination"):
        one, other = (
            next(
                entry
                for entry in study.cohort.questionnaires
                if (entry.instrument, entry.occasion) == (name, wave)
            )
            for name in ("ces_d", "phq_9")
        )
        columns = columns_of(other, keys), columns_of(one, keys)[: keys["phq_9"].n_items]
        cells = [cells_of(study, entry, keys) for entry in (other, one)]
        first, second = (part[list(names)] for part, names in zip(cells, columns, strict=True))
        study = with_cells(study, other, second.set_axis(first.columns, axis=1))
        study = with_cells(study, one, first.set_axis(second.columns, axis=1))
        n = max(n, len(first))
    # ces_d reverses two of these items, phq_9 none: nothing else tells the two apart.
    return Corrupted(study, visible=n >= 2 * ENOUGH_PEOPLE)


def _look_alike_id(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """A therapist with a second patient, under an id that only looks like hers."""
    sheet = study.sheets["sample"].copy()
    one, other = rng.choice(len(sheet), 2, replace=False)
    name = str(sheet[THERAPIST_COLUMN].iloc[one])
    alike = name.replace("0", "O", 1) if rng.random() < 0.5 else name.replace("T", "\u0422", 1)
    sheet.loc[sheet.index[other], THERAPIST_COLUMN] = alike
    return Corrupted(study.with_sheets(sample=sheet), visible=True)


def _mean_ages(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """The mean with two decimals in place of a tenth of the ages."""
    ages = _ages(study)
    rows = rng.choice(len(ages), max(2, len(ages) // 10), replace=False)
    mean = float(np.delete(ages, rows).mean())
    text = [str(int(age)) for age in ages]
    for row in rows:
        text[row] = f"{mean:.2f}"
    return Corrupted(_with_ages(study, text), visible=round(mean, 2) % 1 > 0)


def _floored_ages(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """All ages below a limit raised to it."""
    ages = _ages(study)
    limit = int(np.quantile(ages, rng.uniform(0.15, 0.35)))
    changed = np.maximum(ages, limit)
    beside = max(int((changed == limit + by).sum()) for by in (1, 2, 3))
    at_limit = int((changed == limit).sum())
    visible = at_limit >= max(AT_LIMIT, 4 * beside)
    return Corrupted(_with_ages(study, [str(int(age)) for age in changed]), visible)


def _dragged_ages(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """One age dragged down over the next seven rows: the same, or one more in each."""
    ages = _ages(study)
    start = int(rng.integers(0, len(ages) - 8))
    step = int(rng.integers(0, 2))
    ages[start : start + 8] = ages[start] + step * np.arange(8)
    return Corrupted(_with_ages(study, [str(int(age)) for age in ages]), visible=True)


def _copied_sample_rows(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """Age, year of the first contact and residence of people copied over those of the next ones."""
    n = len(study.sheets["sample"])
    sheet = study.sheets["sample"].copy()
    sheet["weeks"] = rng.integers(1, 53, n).astype(str)
    sheet["sessions"] = rng.integers(4, 40, n).astype(str)
    length = int(rng.integers(4, max(5, n // 5)))
    start = int(rng.integers(0, n - 2 * length + 1))
    names = ["age", "weeks", "sessions"]
    source = sheet.iloc[start : start + length][names].to_numpy(object)
    rows = sheet.index[start + length : start + 2 * length]
    sheet.loc[rows, names] = source
    declared = {name: Variable(column=name, label=name) for name in names}
    return Corrupted(_with_variables(study, sheet, declared), visible=True)


def _short_years(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """Years of birth with two digits in the first rows."""
    sheet = study.sheets["sample"].copy()
    years = [str(2020 - int(age)) for age in _ages(study)]
    first = int(rng.integers(2, max(3, len(years) // 3)))
    sheet["born"] = [year[2:] if row < first else year for row, year in enumerate(years)]
    declared = {"born": Variable(column="born", label="Year of birth")}
    return Corrupted(_with_variables(study, sheet, declared), visible=True)


def _ages(study: SimulatedStudy) -> np.ndarray:
    return study.sheets["sample"]["age"].astype(float).to_numpy().copy()


def _with_ages(study: SimulatedStudy, ages: list[str]) -> SimulatedStudy:
    return study.with_sheets(sample=study.sheets["sample"].assign(age=ages).astype(object))


def _with_variables(
    study: SimulatedStudy, sheet: pd.DataFrame, declared: dict[str, Variable]
) -> SimulatedStudy:
    """The study with another sample sheet and further variables in it."""
    sample = study.cohort.sample
    changed = sample.model_copy(update={"variables": {**sample.variables, **declared}})
    cohort = study.cohort.model_copy(update={"sample": changed})
    return replace(study, cohort=cohort).with_sheets(sample=sheet.astype(object))


SHEETS: dict[str, Corruption] = {
    "items in the order of presentation": Corruption(
        _presentation_order,
        "where an item that correlates .4 or more with its scale comes to stand where the key has"
        " one of the other direction, and 50 people answered. Else the items are alike",
    ),
    "exchange headings": Corruption(
        _exchange_headings,
        "with 100 people, as one of the two has reversed items among these. Else the two are alike",
    ),
    "an id that looks alike": Corruption(_look_alike_id, "always"),
    "mean ages": Corruption(_mean_ages, "where the mean has a fraction. Else it is an age"),
    "ages at a limit": Corruption(
        _floored_ages,
        "where 9 people have that age, and four times as many as any of the next three. Else many"
        " may be so old",
    ),
    "ages dragged down": Corruption(_dragged_ages, "always: eight in a row are no accident"),
    "copy rows of the sample sheet": Corruption(
        _copied_sample_rows, "always: four people or more with the same three numbers"
    ),
    "years of two digits": Corruption(_short_years, "always"),
}
"""Name -> kind of fault."""
