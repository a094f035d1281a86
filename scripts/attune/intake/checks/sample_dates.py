"""Dates of the sample sheet: days of the calendar, in the order in which they must follow."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

import pandas as pd

from attune.intake.reading.cell_values import CellProblem
from attune.intake.reading.sheets import is_named
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort, Variable

EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
"""Years outside are slips of the keyboard, or the day zero of a spreadsheet."""

_MIDNIGHT = (" 00:00:00", "T00:00:00", " 00:00")


def read_date(text: str, variable: Variable) -> str | CellProblem:
    """A cell's text as a date of the form 2024-05-31.

    Parameters
    ----------
    text : str
        Content of the cell, without surrounding blanks.
    variable : Variable
        Of the kind date; its `format` says how the date is written. A time of midnight, which
        other programs add to a date, is left out.

    Examples
    --------
    >>> seen = Variable(column="seen", label="Seen", kind="date", format="%d.%m.%Y")
    >>> read_date("31.05.2024", seen)
    '2024-05-31'
    >>> read_date("31.02.2024", seen).message
    "found '31.02.2024'; a date written as %d.%m.%Y is needed."
    """
    for ending in _MIDNIGHT if "%H" not in variable.format else ():
        text = text.removesuffix(ending)
    try:
        day = datetime.strptime(text, variable.format)
    except ValueError:
        return CellProblem(
            "not_a_date",
            f"found {text[:30]!r}; a date written as {variable.format} is needed.",
            "Correct the cell, or say in cohort.yaml how dates are written (`format:`).",
        )
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        return CellProblem(
            "not_a_date",
            f"found {text[:30]!r}; the year must lie between {EARLIEST_YEAR} and {LATEST_YEAR}.",
            "Correct the cell.",
        )
    return day.date().isoformat()


def check_dates_in_order(
    sheet: pd.DataFrame, sample: pd.DataFrame, cohort: Cohort
) -> list[Violation]:
    """One violation per dyad and date that lies before the last one known before it.

    Parameters
    ----------
    sheet : pandas.DataFrame of str
        The sample sheet's selected rows; the index is the row number in the file.
    sample : pandas.DataFrame
        The same rows as `read_sample` reads them; dates as text like 2024-05-31.
    cohort : Cohort
        `sample.dates_in_order` names the dates. The same day twice is in order; a missing date is
        passed over.
    """
    names = cohort.sample.dates_in_order
    if len(names) < 2:
        return []
    dates = sample[names].set_axis(sheet.index)
    # Text like 2024-05-31 sorts as its days do; "" stands before every day.
    latest = pd.Series("", index=dates.index)
    wrong = pd.Series(False, index=dates.index)
    for name in names:
        day = dates[name].where(dates[name].notna(), latest)
        wrong |= day < latest
        latest = day.where(day > latest, latest)
    dyads = sheet[cohort.files[cohort.sample.file].dyad]
    named = is_named(dyads, cohort)
    return [
        violation
        for row in dates.index[wrong]
        for violation in _of_row(
            int(row), dates.loc[row], dyads[row] if named[row] else None, cohort
        )
    ]


def _of_row(row: int, dates: pd.Series, dyad: str | None, cohort: Cohort) -> Iterator[Violation]:
    variables = cohort.sample.variables
    given = [(name, day) for name, day in dates.items() if isinstance(day, str)]
    for (before, earlier), (after, later) in pairwise(given):
        if later < earlier:
            yield Violation(
                "dates_out_of_order",
                cohort.severity("dates_out_of_order"),
                cohort.files[cohort.sample.file].place,
                f"{after} ({later}) is before {before} ({earlier}).",
                "Correct one of the two, or `dates_in_order` in cohort.yaml.",
                row=row,
                column=variables[str(after)].column,
                dyad=dyad,
                value=later,
            )
