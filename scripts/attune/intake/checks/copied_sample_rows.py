"""Rows of the sample sheet that hold the values of other people: copied over theirs."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.intake.checks.filled_numbers import is_of_therapist
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FALSE_ALARMS = 0.002
"""Expected number of reported runs of rows in a sound sheet."""

SHARE_OF_BITS = 0.6
"""Share of the bits of equal values that counts: variables depend on each other."""

LARGEST_GROUP = 25
"""People with equal values beyond which these say nothing."""

FEWEST_PEOPLE = 20


def check_copied_rows(
    sheet: pd.DataFrame, sample: pd.DataFrame, cohort: Cohort
) -> Iterator[Violation]:
    """Rule `sample_rows_alike`: consecutive people with the values of other consecutive people.

    Compared are all declared variables of the patients. Two rows that agree in all of them carry
    -sum log2 p(value) bits, p being the share of the people with that value, times
    `SHARE_OF_BITS`. Two runs of rows, of one row or more, agree by chance with at most the
    probability 2^-sum(bits); times the beginnings, ends and distances of runs, that must be at most
    `FALSE_ALARMS`.

    Parameters
    ----------
    sheet : pandas.DataFrame of str
        The sample sheet's selected rows; the index is the row number in the file.
    sample : pandas.DataFrame
        The same rows as `read_sample` reads them.
    cohort : Cohort
    """
    names = [
        name
        for name in cohort.sample.variables
        if name in sample and sample[name].notna().any() and not _of_therapist(name, sample)
    ]
    n = len(sample)
    if len(names) < 2 or n < FEWEST_PEOPLE:
        return
    values = sample[names]
    known = values.notna().all(axis=1).to_numpy()
    codes = np.stack([pd.factorize(values[name])[0] for name in names], axis=1)
    bits = np.zeros(n)
    for column in codes.T:
        share = np.bincount(column[column >= 0], minlength=column.max() + 1) / max(known.sum(), 1)
        bits += np.where(column >= 0, -np.log2(np.maximum(share[column], 1e-9)), 0)
    needed = np.log2(n**3 / 2 / FALSE_ALARMS)
    runs = _runs(codes, known, SHARE_OF_BITS * bits, float(needed))
    if not runs:
        return
    rows = sheet.index.to_numpy()
    of = [
        f"{_rows(rows, second, length)} as {_rows(rows, first, length)}"
        for first, second, length in runs
    ]
    which = "; ".join([*of[:5], *([f"and {len(of) - 5} more"] if len(of) > 5 else [])])
    yield Violation(
        "sample_rows_alike",
        cohort.severity("sample_rows_alike"),
        cohort.files[cohort.sample.file].place,
        f"rows of the sample sheet hold the same values of {len(names)} variables as others, in the"
        f" same order: {which}; that is very unlikely by chance.",
        "Probably rows were copied over those of other people: compare them with the original"
        " forms.",
        row=int(rows[runs[0][1]]),
    )


def _of_therapist(name: str, sample: pd.DataFrame) -> bool:
    return "therapist" in sample and is_of_therapist(sample[name], sample["therapist"])


def _runs(
    codes: NDArray[np.int64], known: NDArray[np.bool_], bits: NDArray[np.float64], needed: float
) -> list[tuple[int, int, int]]:
    """First rows and length of each run of rows that repeats an earlier one."""
    groups: dict[bytes, list[int]] = {}
    for row in np.flatnonzero(known).tolist():
        groups.setdefault(codes[row].tobytes(), []).append(row)
    by_distance: dict[int, list[int]] = {}
    for group in groups.values():
        if 1 < len(group) <= LARGEST_GROUP:
            for place, second in enumerate(group):
                for first in group[:place]:
                    by_distance.setdefault(second - first, []).append(first)
    found = []
    for apart, firsts in by_distance.items():
        places = np.sort(np.array(firsts))
        for part in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1):
            if bits[part].sum() >= needed and len(part) <= apart:
                found.append((int(part[0]), int(part[0]) + apart, len(part)))
    return sorted(found)


def _rows(rows: NDArray[np.int64], start: int, length: int) -> str:
    return f"{rows[start]}" if length == 1 else f"{rows[start]} to {rows[start + length - 1]}"
