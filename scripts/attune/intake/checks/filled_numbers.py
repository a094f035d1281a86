"""Numbers of the sample sheet that nobody gave: means filled in, limits, dragged values."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.intake.checks.demographics import is_age
from attune.intake.reading.sheets import quoted_list
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort, Variable

FALSE_ALARMS = 0.0005
"""Probability of a report of one kind in a sound column; docs/scoring_audit.md says what comes of
it in simulated sheets."""

FEWEST_PEOPLE = 20
"""Values of a column below which nothing is compared."""

FEWEST_MEANS = 2
"""Values with a fraction at the mean of the others; a single one may be a slip."""

FEWEST_AT_LIMIT = 6
"""People at the lowest or highest age from whom a limit is suspected."""

TIMES_NEXT = 3.0
"""How many times as many people as at any of the next ages. Among students the lowest age is often
the most frequent one, too, but not so much more frequent."""

NEXT_AGES = 3
"""Ages beside one that it is compared with."""

SHORTEST_RUN = 5
"""Values in consecutive rows that a spreadsheet may have filled in."""

MOST_ORDERED = 0.8
"""Share of the steps from row to row in one direction from which a sheet is sorted: there, equal
and consecutive numbers stand together."""

ORDERED_ROWS = 6
"""Rows that rise or fall one after the other, of which random numbers have few."""

IN_ORDER = 0.2
"""Share of the rows in such stretches from which a sheet is sorted within groups: of random numbers
2 % are."""

HEAP = 5
"""People round their age to multiples of five, which are therefore not compared with others."""

TOGETHER = 0.9
"""Share of the therapists with several patients whose rows agree, from which a number is theirs."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Filled:
    """Positions of numbers that were filled in, what they look like, and what to do."""

    at: NDArray[np.int64]
    what: str
    remedy: str


def check_filled_numbers(
    sheet: pd.DataFrame, sample: pd.DataFrame, cohort: Cohort
) -> Iterator[Violation]:
    """Rule `numbers_filled_in`: numbers that a program or a person put in the place of others.

    Of each number with `FEWEST_PEOPLE` values or more; what one therapist's patients share (her
    age) counts once.

    * The mean in place of missing ones: `FEWEST_MEANS` values or more with a fraction, where all
      others are whole, that are the rounded mean of the others.
    * Ages at a limit: `TIMES_NEXT` times as many people have the lowest (or highest) age, or the
      rounded mean, as any of the ages beside it, more than a Poisson distribution explains.
    * Values dragged down: the same or the next number in so many consecutive rows that chance does
      not explain them, in a sheet that is not sorted by them.

    Parameters
    ----------
    sheet : pandas.DataFrame of str
        The sample sheet's selected rows; the index is the row number in the file.
    sample : pandas.DataFrame
        The same rows as `read_sample` reads them.
    cohort : Cohort
    """
    file = cohort.files[cohort.sample.file]
    for name, variable in cohort.sample.variables.items():
        if variable.kind != "number":
            continue
        values = sample[name].set_axis(sheet.index)
        values = values[~_repeated(values, sample)].dropna()
        if len(values) < FEWEST_PEOPLE:
            continue
        for find in _kinds(name, variable):
            filled = find(values.to_numpy(dtype=float))
            if filled is None:
                continue
            rows = [int(row) for row in values.index[filled.at]]
            which = f"rows {quoted_list(rows, most=8)}" if len(rows) > 1 else f"row {rows[0]}"
            yield Violation(
                "numbers_filled_in",
                cohort.severity("numbers_filled_in"),
                file.place,
                f"{filled.what}: {which}.",
                filled.remedy,
                row=rows[0],
                column=variable.column,
            )


def _kinds(name: str, variable: Variable) -> Iterator[Callable[[Values], Filled | None]]:
    yield means_with_fractions
    if is_age(name, variable):
        yield piled_up
    yield dragged_down


def _repeated(values: pd.Series, sample: pd.DataFrame) -> NDArray[np.bool_]:
    """Rows that repeat the value of their therapist, if it is the therapist's own."""
    if "therapist" not in sample or not is_of_therapist(values, sample["therapist"]):
        return np.zeros(len(values), dtype=bool)
    return sample["therapist"].duplicated().to_numpy()


def is_of_therapist(values: pd.Series, therapists: pd.Series) -> bool:
    """Whether a variable is the same in the rows of a therapist's patients: her own.

    So it is where the rows of the share `TOGETHER` of the therapists with several patients agree.

    Parameters
    ----------
    values, therapists : pandas.Series
        In the same order; rows without a value are left out.
    """
    known = values.notna().to_numpy()
    who = pd.factorize(therapists.to_numpy()[known])[0]
    what = pd.factorize(values.to_numpy()[known])[0]
    if not len(who):
        return False
    several = np.bincount(who) > 1
    pairs = np.unique(np.stack([who, what]), axis=1)[0]
    numbers = np.bincount(pairs, minlength=len(several))[several]
    return bool(len(numbers) and (numbers == 1).mean() >= TOGETHER)


def means_with_fractions(values: Values) -> Filled | None:
    """The rounded mean of whole numbers in place of missing ones.

    Examples
    --------
    >>> ages = np.arange(20.0, 44.0)
    >>> means_with_fractions(np.append(ages, [31.5, 31.5])).at.tolist()
    [24, 25]
    >>> means_with_fractions(np.append(ages, [30.5, 30.5])) is None
    True
    """
    whole = values % 1 == 0
    at = np.flatnonzero(~whole)
    fractions = np.unique(values[at])
    if len(at) < FEWEST_MEANS or len(fractions) != 1 or len(at) > len(values) / 2:
        return None
    decimals = len(f"{fractions[0]:.10g}".partition(".")[2])
    mean = values[whole].mean()
    if abs(mean - fractions[0]) > 0.5 * 10.0**-decimals + 1e-9:
        return None
    return Filled(
        at,
        f"{len(at)} values are the mean of all others ({fractions[0]:g}), which are whole numbers",
        "Probably the mean was filled in for missing numbers: delete these values, so that they"
        " count as missing.",
    )


def piled_up(ages: Values) -> Filled | None:
    """The lowest or highest age, or the mean, that far more people have than the ages beside it.

    Examples
    --------
    >>> ages = np.array([18.0] * 12 + [19, 21, 22, 24, 25, 26, 28, 31, 33, 34, 36, 38, 41, 45] * 2)
    >>> len(piled_up(ages).at), piled_up(ages[8:]) is None
    (12, True)
    """
    from scipy.special import pdtrc

    whole = np.floor(ages)
    low, high, mean = int(whole.min()), int(whole.max()), round(float(ages.mean()))
    if high - low < 2 * NEXT_AGES:
        return None
    for age, sides, what, why in (
        (low, (1,), "the lowest age", "lower ages were raised to it"),
        (high, (-1,), "the highest age", "higher ages were lowered to it"),
        (mean, (-1, 1), "the mean age", "it was filled in for missing ages"),
    ):
        if what == "the mean age" and (age % HEAP == 0 or age in (low, high)):
            continue
        if abs(float(np.median(whole)) - age) <= NEXT_AGES and what != "the mean age":
            # Students are of a few ages, of which the lowest may be the most frequent by far.
            continue
        beside = [
            int((whole == age + sign * by).sum())
            for sign in sides
            for by in range(1, NEXT_AGES + 1)
        ]
        usual = max(*beside, len(ages) / (high - low + 1), 1.0)
        found = np.flatnonzero(whole == age)
        many = len(found) >= max(FEWEST_AT_LIMIT, TIMES_NEXT * usual)
        if many and float(pdtrc(len(found) - 1, usual)) <= FALSE_ALARMS:
            return Filled(
                found,
                f"{len(found)} people have {what} ({age}), no more than {max(beside)} any of the"
                " next ones",
                f"Perhaps {why}: compare these rows with the original forms; if they are right,"
                " write `severities: {numbers_filled_in: note}` in cohort.yaml.",
            )
    return None


def dragged_down(values: Values) -> Filled | None:
    """The same number, or the next one each time, in too many consecutive rows.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> ages = rng.integers(20, 60, 40).astype(float)
    >>> dragged_down(ages) is None, dragged_down(np.sort(ages)) is None
    (True, True)
    >>> ages[10:18] = range(31, 39)
    >>> dragged_down(ages).at.tolist()
    [10, 11, 12, 13, 14, 15, 16, 17]
    """
    steps = np.diff(values)
    for step, words in ((0.0, "the same number"), (1.0, "a series"), (-1.0, "a series")):
        alike = steps == step
        edges = np.flatnonzero(np.diff(np.concatenate([[0], alike.astype(int), [0]])))
        if not len(edges):
            continue
        lengths = edges[1::2] - edges[::2]
        start, length = int(edges[::2][lengths.argmax()]), int(lengths.max())
        others = np.delete(steps, np.s_[start : start + length])
        if length + 1 < SHORTEST_RUN or len(others) < FEWEST_PEOPLE / 2:
            continue
        sorted_here = _is_sorted(steps, start, length)
        # Of the same value again: as often as it occurs, or as any does after itself.
        usual = (float((others == step).sum()) + 1) / (len(others) + 1)
        if step == 0:
            usual = max(
                usual,
                float(
                    (np.delete(values, np.s_[start : start + length + 1]) == values[start]).mean()
                ),
            )
        if sorted_here or len(values) * usual**length > FALSE_ALARMS:
            continue
        return Filled(
            np.arange(start, start + length + 1),
            f"{length + 1} consecutive rows hold {words} ({values[start]:g}"
            + (")" if step == 0 else f" to {values[start + length]:g})"),
            "Probably a value was dragged down in a spreadsheet program: compare these rows with"
            " the original forms.",
        )
    return None


def _is_sorted(steps: Values, start: int, length: int) -> bool:
    """Whether a sheet is sorted by these numbers, as a whole or within groups, besides a run.

    Examples
    --------
    >>> groups = np.concatenate([np.repeat([18.0, 19, 20, 23, 24, 27, 30, 31], 4)] * 3)
    >>> _is_sorted(np.diff(groups), 0, 3)
    True
    >>> _is_sorted(np.diff(np.random.default_rng(1).integers(18, 60, 60).astype(float)), 10, 4)
    False
    """
    others = np.delete(steps, np.s_[start : start + length])
    moving = others[others != 0]
    if not len(moving):
        return True
    up = float((moving > 0).mean())
    if max(up, 1 - up) >= MOST_ORDERED:
        return True
    for sign in (1, -1):
        follows = sign * others >= 0
        edges = np.flatnonzero(np.diff(np.concatenate([[0], follows.astype(int), [0]])))
        lengths = edges[1::2] - edges[::2]
        if lengths[lengths >= ORDERED_ROWS - 1].sum() >= IN_ORDER * len(others):
            return True
    return False
