"""Numbers of the sample sheet far outside their own column: 999, a year, a slipped decimal sign."""

from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FEWEST_PEOPLE = 20
"""Values of a column below which nothing is far outside."""

FAR = 5.0
"""Robust standard deviations of the logarithms between a value and the median."""

GAP = 3.0
"""Factor between a value and the next one within the column."""

LEAST_SPREAD = 0.18
"""Least standard deviation of the logarithms that is assumed: the factor 1.2."""

COMPACT = 0.18
"""Standard deviation of the logarithms up to which low values are looked at, too: numbers that vary
more, as ages or counts do, may lie a large factor below their median."""

LARGEST_SHARE = 0.05
"""Share of the values above which they are not exceptions."""

NEGATIVE_CODES = (-9, -77, -88, -99, -777, -888, -999, -9999)
"""Codes for "no answer" that cannot be values where all others are 0 or more."""


def check_outlying_numbers(
    sheet: pd.DataFrame, sample: pd.DataFrame, cohort: Cohort, named: Collection[tuple[str, int]]
) -> Iterator[Violation]:
    """Rule `number_outlying`: numbers that their own column makes impossible.

    Of each number without a declared upper and lower bound, with `FEWEST_PEOPLE` values or more. A
    positive value is reported if its logarithm lies `FAR` robust standard deviations or more from
    the median (the larger of the interquartile range / 1.349 and of the distance between the median
    and the 90th percentile / 1.2816, for long tails), and if it is `GAP` times the next value or
    more; where the column is compact, also a low one that is the next value divided by `GAP` or
    less. No more than `LARGEST_SHARE` of the values may be so. If nobody else is below 0, the codes
    `NEGATIVE_CODES` are reported, too. docs/scoring_audit.md says how often sound columns are
    reported.

    Parameters
    ----------
    sheet : pandas.DataFrame of str
        The sample sheet's selected rows; the index is the row number in the file.
    sample : pandas.DataFrame
        The same rows as `read_sample` reads them.
    cohort : Cohort
    named : collection of (str, int)
        Column and row of the cells that another rule has named.
    """
    file = cohort.files[cohort.sample.file]
    for name, variable in cohort.sample.variables.items():
        bounded = variable.minimum is not None and variable.maximum is not None
        if variable.kind != "number" or bounded:
            continue
        values = sample[name].set_axis(sheet.index).dropna()
        far = far_outside(values.to_numpy(dtype=float))
        middle = float(values.median()) if len(values) else np.nan
        for row, value in zip(values.index[far].tolist(), values[far].tolist(), strict=True):
            if (variable.column, row) in named:
                continue
            yield Violation(
                "number_outlying",
                cohort.severity("number_outlying"),
                file.place,
                f"{value:g} lies far outside the other values of this column (median {middle:g}).",
                "Compare the cell with the original: a code for no answer (then add it to"
                " `missing_codes` of this variable in cohort.yaml), a year, or a slipped decimal"
                " sign? If it is right, declare `minimum` and `maximum` of this variable.",
                row=int(row),
                column=variable.column,
                dyad=str(sheet.loc[row, file.dyad]) or None,
            )


def far_outside(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which values are far outside, see `check_outlying_numbers`.

    Parameters
    ----------
    values : array of float64, shape (n,)

    Returns
    -------
    array of bool, shape (n,)

    Examples
    --------
    >>> ages = np.array([22.0, 31, 45, 28, 36, 52, 61, 19, 40, 33] * 3)
    >>> [int(far_outside(np.append(ages, slip))[-1]) for slip in (999, 1987, 600, 3.5, 80, -9)]
    [1, 1, 1, 0, 0, 1]
    """
    far = np.zeros(len(values), dtype=bool)
    if len(values) < FEWEST_PEOPLE:
        return far
    codes = np.isin(values, NEGATIVE_CODES)
    if codes.any() and (values[~codes] >= 0).all():
        far |= codes
    positive = np.flatnonzero(values > 0)
    if len(positive) < FEWEST_PEOPLE:
        return far
    logs = np.log(values[positive])
    low, middle, high, tail = np.quantile(logs, [0.25, 0.5, 0.75, 0.9])
    spread = max(float(high - low) / 1.349, float(tail - middle) / 1.2816, LEAST_SPREAD)
    for sign in (1, -1) if spread <= COMPACT else (1,):
        away = sign * (logs - middle)
        order = np.argsort(away)
        steps = np.diff(away[order])
        # The first gap towards the outside, beyond which all values are outside.
        gaps = np.flatnonzero((steps >= np.log(GAP)) & (away[order][1:] >= FAR * spread))
        if len(gaps):
            outside = order[gaps[0] + 1 :]
            if len(outside) <= max(1, LARGEST_SHARE * len(values)):
                far[positive[outside]] = True
    return far
