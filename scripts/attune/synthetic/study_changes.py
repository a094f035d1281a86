"""Places and changes in the files of a simulated study, from which corruptions are made."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from attune.specs.cohort import Questionnaire
from attune.specs.instrument import Instrument
from attune.synthetic.simulated_study import SimulatedStudy

Instruments = dict[str, Instrument]

ONE_IN = 1e-5
"""Probability of a finding in sound data from which it is no accident."""

CLEAR_ITEM = 5.0
"""z of the relation of an item to its scale from which it is missed."""

BEYOND_CHANCE = 0.6
"""Kappa of the most closely related pair of different items."""


@dataclass(frozen=True)
class Corrupted:
    """A study with one fault, and whether it can be seen in principle."""

    study: SimulatedStudy
    visible: bool


@dataclass(frozen=True)
class Corruption:
    """A kind of fault.

    Attributes
    ----------
    apply : callable
        (study, instruments, rng) -> Corrupted, or None where the study has no place for it.
    in_principle : str
        When it can be seen, and why else it cannot.
    """

    apply: Callable[[SimulatedStudy, Instruments, np.random.Generator], Corrupted | None]
    in_principle: str


def series_of(entry: Questionnaire) -> tuple[str, str, str]:
    """What is repeated over the waves: instrument, rater, state."""
    return entry.instrument, entry.rater, entry.state


def two_waves(study: SimulatedStudy, rng: np.random.Generator) -> tuple[str, str]:
    """Two different waves at random."""
    one, other = rng.permutation(["intake", "middle", "termination"])[:2]
    return str(one), str(other)


def file_of_people(study: SimulatedStudy, rng: np.random.Generator) -> str:
    """Any file but the sample sheet."""
    names = [name for name in study.sheets if name != "sample"]
    return names[rng.integers(len(names))]


def any_questionnaire(study: SimulatedStudy, rng: np.random.Generator) -> Questionnaire:
    """A questionnaire at random."""
    entries = study.cohort.questionnaires
    return entries[rng.integers(len(entries))]


def alliance_of(study: SimulatedStudy, occasion: str) -> list[Questionnaire]:
    """The raters' forms of the WAI-S on one occasion."""
    return [
        entry
        for entry in study.cohort.questionnaires
        if (entry.instrument, entry.occasion) == ("wai_s", occasion)
    ]


def raters_of_one_wave(
    study: SimulatedStudy, rng: np.random.Generator
) -> tuple[Questionnaire, Questionnaire]:
    """The patients' and the therapists' form of the WAI-S in a wave at random."""
    every = [entry for entry in study.cohort.questionnaires if entry.instrument == "wai_s"]
    one, other = alliance_of(study, every[rng.integers(len(every))].occasion)
    return one, other


def rows_of(study: SimulatedStudy, entry: Questionnaire) -> pd.DataFrame:
    """The rows of its file that hold a questionnaire."""
    sheet = study.sheets[entry.file]
    for column, code in entry.rows.items():
        sheet = sheet[sheet[column] == code]
    return sheet


def ids_at(study: SimulatedStudy, occasion: str) -> set[str]:
    """Who has a row on an occasion."""
    entry = next(e for e in study.cohort.questionnaires if e.occasion == occasion)
    return set(rows_of(study, entry)["id"])


def recoded(
    study: SimulatedStudy,
    entry: Questionnaire,
    keys: Instruments,
    change: Callable[[int], int],
    items: set[int] | None = None,
) -> SimulatedStudy:
    """The answers to a questionnaire in other codes."""
    sheet = study.sheets[entry.file].copy()
    rows = rows_of(study, entry).index
    for item in range(1, keys[entry.instrument].n_items + 1):
        if items is None or item in items:
            column = str(entry.column_of(item))
            cells = sheet.loc[rows, column]
            sheet.loc[rows, column] = [str(change(int(cell))) if cell else "" for cell in cells]
    return study.with_sheets(**{entry.file: sheet})


def columns_of(entry: Questionnaire, keys: Instruments) -> list[str]:
    """The column of each item."""
    return [str(entry.column_of(item)) for item in range(1, keys[entry.instrument].n_items + 1)]


def cells_of(study: SimulatedStudy, entry: Questionnaire, keys: Instruments) -> pd.DataFrame:
    """The cells of a questionnaire, to be changed."""
    return rows_of(study, entry)[columns_of(entry, keys)].copy()


def with_cells(study: SimulatedStudy, entry: Questionnaire, cells: pd.DataFrame) -> SimulatedStudy:
    """The study with other cells in some rows and columns of a questionnaire."""
    sheet = study.sheets[entry.file].copy()
    sheet.loc[cells.index, cells.columns] = cells
    return study.with_sheets(**{entry.file: sheet})


def answers_of(study: SimulatedStudy, entry: Questionnaire, keys: Instruments) -> pd.DataFrame:
    """The answers as numbers, NaN where there is none."""
    return rows_of(study, entry)[columns_of(entry, keys)].apply(pd.to_numeric, errors="coerce")


def keyed_answers(study: SimulatedStudy, entry: Questionnaire, keys: Instruments) -> pd.DataFrame:
    """The answers with reversed items turned."""
    key = keys[entry.instrument]
    answers = answers_of(study, entry, keys)
    turned = answers.columns[np.array(key.reverse, dtype=int) - 1]
    answers[turned] = key.response.minimum + key.response.maximum - answers[turned]
    return answers


def code_shares(study: SimulatedStudy, entry: Questionnaire, keys: Instruments) -> dict[int, float]:
    """Share of each code."""
    answers = answers_of(study, entry, keys).to_numpy().ravel()
    codes, counts = np.unique(answers[np.isfinite(answers)], return_counts=True)
    return {int(code): float(part) for code, part in zip(codes, counts / counts.sum(), strict=True)}


def item_rest(study: SimulatedStudy, entry: Questionnaire, keys: Instruments, item: int) -> float:
    """Correlation of an item with the others of its shortest sum or mean scale, all keyed."""
    key = keys[entry.instrument]
    scales = [
        list(key.items_of(name))
        for name, scale in key.scales.items()
        if scale.aggregation in ("sum", "mean") and item in key.items_of(name)
    ]
    items = min(scales, key=len, default=[])
    if len(items) < 3:
        return 0.0
    keyed = keyed_answers(study, entry, keys).to_numpy(dtype=float)
    rest = np.nanmean(keyed[:, [other - 1 for other in items if other != item]], axis=1)
    known = np.isfinite(keyed[:, item - 1]) & np.isfinite(rest)
    return float(np.corrcoef(keyed[known, item - 1], rest[known])[0, 1])
