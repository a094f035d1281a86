"""Who the dyads are: the sample sheet, with the printed counts in random order."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.synthetic.draws import Draws, Integers
from maintenance.ryan2012.experience import QUARTERS, band

COUNTS = {
    "patient_gender": {"F": 17, "M": 9},
    "patient_marital_status": {"single": 15, "married": 7, "divorced": 4},
    "patient_ethnicity": {"caucasian": 24, "other": 2},
    "patient_education": {"college": 20, "below": 6},
    "axis_1": {
        "depressive": 15,
        "anxiety": 6,
        "adjustment": 2,
        "body_dysmorphic": 1,
        "other": 1,
        "none": 1,
    },
    "axis_2": {
        "pd_nos": 9,
        "avoidant": 3,
        "obsessive_compulsive": 3,
        "negativistic": 1,
        "depressive": 1,
        "none": 9,
    },
    "therapist_gender": {"F": 18, "M": 8},
}
"""Dyads per level: the printed counts, and the counts that the printed percentages have."""

AGE = (24, 48, 68)
"""Minimum, median and maximum in years."""
BANDS = ("under_2", "2_to_5", "over_5")
RESIDENTS = 4
"""Of the five who do not report their experience; the fifth gives no profession either."""


def sample_sheet(
    brief_relational: NDArray[np.bool_], reporting: Integers, quarters: Integers, draws: Draws
) -> pd.DataFrame:
    """The sample sheet of the cohort.

    Parameters
    ----------
    brief_relational : numpy.ndarray of bool, shape (n,)
    reporting : numpy.ndarray of int64
        Dyads whose therapists report their experience.
    quarters : numpy.ndarray of int64
        Their experience in quarters of a year.
    draws : Draws

    Returns
    -------
    pandas.DataFrame of str
        One row per dyad, cells as they are written.
    """
    n = len(brief_relational)
    columns: dict[str, list[str]] = {
        "dyad_id": [f"D{number:02d}" for number in range(1, n + 1)],
        "therapist_id": [f"T{number:02d}" for number in range(1, n + 1)],
        "patient_id": [f"P{number:02d}" for number in range(1, n + 1)],
        "condition": ["BRT" if first else "CBT" for first in brief_relational],
        "patient_age": [str(age) for age in _ages(n, draws)],
    }
    for name, levels in COUNTS.items():
        codes = [code for code, count in levels.items() for _ in range(count)]
        columns[name] = draws.shuffled(codes)
    years, bands, professions = ([""] * n for _ in range(3))
    for dyad, quarter, which in zip(reporting, quarters, band(quarters), strict=True):
        years[dyad] = f"{quarter / QUARTERS:g}"
        bands[dyad] = BANDS[which]
        professions[dyad] = "psychologist" if which == 2 else "trainee"
    for dyad in np.delete(np.arange(n), reporting)[:RESIDENTS]:
        professions[dyad] = "resident"
    columns["therapist_profession"] = professions
    columns["therapist_experience_band"] = bands
    columns["therapist_experience"] = years
    order = ["dyad_id", "therapist_id", "patient_id", "condition", "patient_gender", "patient_age"]
    return pd.DataFrame(columns)[[*order, *(name for name in columns if name not in order)]]


def _ages(n: int, draws: Draws) -> list[int]:
    youngest, median, oldest = AGE
    younger = youngest + 1 + draws.integers(median - youngest - 2, (n // 2 - 2,))
    older = median + 2 + draws.integers(oldest - median - 2, (n // 2 - 2,))
    # The two in the middle are one year to either side of the median.
    ages = [youngest, *younger, median - 1, median + 1, *older, oldest]
    return [int(age) for age in draws.shuffled(ages)]
