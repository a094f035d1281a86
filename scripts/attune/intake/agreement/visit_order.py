"""The visits of some people under each other's numbers: 2 for the first and 1 for the second."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from attune.intake.agreement.answer_sheets import AnswerSheet, occasions, over_occasions
from attune.intake.agreement.item_columns import binomial_tail
from attune.intake.agreement.occasion_order import cells_by_dyad, columns_of_both
from attune.intake.agreement.time_columns import days_of
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.sheets import quoted_list
from attune.intake.reading.violations import Violation

FALSE_ALARMS = 0.001
"""Probability that rows or dates in no order run forwards for so many people. Where they do, each
one that runs backwards is an exception."""

FEWEST_PEOPLE = 10
"""People with both visits below which no order is usual."""

FEWEST_BACKWARDS = 3
"""People whose rows run backwards: one or two may have been typed in another order."""

TOGETHER = 0.9
"""Share of people whose rows stand together from which a file is ordered by person."""

LOOKED_AT = 50
"""Cells of a column of which one is filled, if it is used."""

SHORTEST_DATE = 5
"""Characters of a date, or of its number in a spreadsheet."""

SAME_DISTANCE = 2.0
"""Factor up to which the dates that run backwards are as far apart as the others: the two dates of
exchanged visits are, those of a slip of the pen or of late entry are not."""


def exchanged_visits(sheets: Sequence[AnswerSheet], raw: RawCohort) -> Iterator[Violation]:
    """Rule `visits_exchanged`: people whose visits may stand under each other's numbers.

    Nothing in the answers says which visit came first. Seen is it

    * by the order of the rows, in a file that is ordered by person: for nearly everybody the rows
      of the earlier visit come first, for `FEWEST_BACKWARDS` people or more those of the later one;
    * by dates: they run forwards for most, and backwards for some by about the same distance.

    That the usual order is no accident is decided by the sign test (`FALSE_ALARMS`). Each file is
    reported once.
    """
    tested: set[object] = set()
    reported: set[object] = set()
    pairs = [pair for series in over_occasions(sheets) for pair in pairwise(series)]
    for earlier, later in pairs:
        place = earlier.path, later.path
        rows = earlier.rows, later.rows
        if earlier.rows == later.rows or place in reported or rows in tested:
            continue
        tested.add(rows)
        found = _rows_backwards(earlier, later, raw) or _dates_backwards(earlier, later, raw)
        if found is not None:
            reported.add(place)
            yield _violation(earlier, later, *found, raw)


def _rows_backwards(
    earlier: AnswerSheet, later: AnswerSheet, raw: RawCohort
) -> tuple[str, pd.Series, int] | None:
    """The people whose later visit stands first, by row; why; and how many have both visits."""
    if earlier.declared.file != later.declared.file:
        return None
    first, second = (pd.Series(s.numbers, s.people) for s in (earlier, later))
    both = first.index.intersection(second.index)
    if len(both) < FEWEST_PEOPLE:
        return None
    first, second = first[both], second[both]
    file = earlier.declared.file
    dyads = raw.sheets[file][raw.cohort.files[file].dyad]
    rows = dyads.map(dyads.value_counts())[np.minimum(first, second)].to_numpy()
    if ((second - first).abs() < rows).mean() < TOGETHER:
        return None
    backwards = second < first
    if not _exceptional(int(backwards.sum()), len(both), FEWEST_BACKWARDS):
        return None
    return (
        "the row of the later visit comes before that of the earlier one",
        first[backwards],
        len(both),
    )


def _dates_backwards(
    earlier: AnswerSheet, later: AnswerSheet, raw: RawCohort
) -> tuple[str, pd.Series, int] | None:
    """The same by a date that both visits have."""
    cells = raw.sheets[earlier.declared.file]
    names = [name for name in columns_of_both(earlier, later, raw) if _may_be_date(cells[name])]
    if not names:
        return None
    first, second = (cells_by_dyad(sheet, names, raw) for sheet in (earlier, later))
    for name in names:
        days = days_of(name, first[name], second[name])
        if days is None:
            continue
        both = days[0].index.intersection(days[1].index)
        apart = days[1][both] - days[0][both]
        backwards = apart < 0
        if not _exceptional(int(backwards.sum()), int((apart != 0).sum()), 1):
            continue
        ratio = float(-apart[backwards].median() / apart[apart > 0].median())
        if not 1 / SAME_DISTANCE <= ratio <= SAME_DISTANCE:
            continue
        numbers = _numbers(earlier, raw)
        rows = numbers[numbers.index.isin(both[backwards])]
        return f"column {name} is later on the earlier visit", rows, len(both)
    return None


def _may_be_date(cells: pd.Series) -> bool:
    """Whether the first cell that is filled may hold a date; much faster than to read them."""
    first = next((text for text in cells.head(LOOKED_AT) if text), "")
    return len(first) >= SHORTEST_DATE and any(map(str.isdigit, first))


def _exceptional(backwards: int, n: int, fewest: int) -> bool:
    """Whether some run backwards although the order is no accident."""
    enough = n >= FEWEST_PEOPLE and backwards >= fewest
    return enough and binomial_tail(n - backwards, n, 0.5) <= FALSE_ALARMS


def _numbers(sheet: AnswerSheet, raw: RawCohort) -> pd.Series:
    """Row numbers of a sheet in its file, by dyad."""
    file = sheet.declared.file
    dyads = raw.sheets[file].loc[sheet.numbers, raw.cohort.files[file].dyad]
    return pd.Series(sheet.numbers, pd.Index(dyads))


def _violation(
    earlier: AnswerSheet, later: AnswerSheet, why: str, rows: pd.Series, n: int, raw: RawCohort
) -> Violation:
    numbers = sorted(int(row) for row in rows)
    who = f"{len(numbers)} of {n} people" if len(numbers) > 1 else f"one of {n} people"
    return Violation(
        "visits_exchanged",
        raw.cohort.severity("visits_exchanged"),
        earlier.path,
        f"for {who} with {occasions([earlier, later])}, {why}, unlike for the others: row"
        f"{'s' if len(numbers) > 1 else ''} {quoted_list(numbers, most=12)}.",
        _remedy(earlier, later),
        row=numbers[0],
    )


def _remedy(earlier: AnswerSheet, later: AnswerSheet) -> str:
    """What to do: in files of one visit each, no number of a visit can be exchanged."""
    if earlier.declared.file == later.declared.file:
        return (
            "Probably the numbers of these visits are exchanged: compare them with the original"
            " questionnaires, and correct the visits (or the dates) in the file."
        )
    return (
        f"Compare these people's rows in {earlier.path} and {later.path} with the original"
        " questionnaires: the id of one of the two may be mistyped or have been given to a second"
        " person, their rows may be exchanged between the files, or a date may be wrong."
    )
