"""Checks of the sample sheet: ids, repeated dyads, order of dates, ages, outlying numbers."""

from collections.abc import Iterator
from itertools import pairwise

import pandas as pd

from attune.intake.checks.copied_sample_rows import check_copied_rows
from attune.intake.checks.demographics import check_demographics
from attune.intake.checks.filled_numbers import check_filled_numbers
from attune.intake.checks.identifiers import missing_id_reason, repeated_dyads
from attune.intake.checks.outlying_numbers import check_outlying_numbers
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.sheets import is_named
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

MERGED = 0.4
"""Share of the rows without an id from which its cells were probably merged."""


def check_sample_sheet(raw: RawCohort) -> Iterator[Violation]:
    """Violations of the sample sheet, unreadable cells and missing columns included."""
    if raw.sample_reading.value is None:
        yield from raw.sample_reading.problems
        return
    cohort, rows = raw.cohort, raw.sample_rows
    file = cohort.files[cohort.sample.file]
    yield from _rows_without_ids(rows, file.place, cohort)
    yield from repeated_dyads(
        rows[file.dyad], file.place, "duplicate_dyad", "is in the sample sheet already, in"
    )
    yield from raw.sample_reading.problems
    yield from check_dates_in_order(rows, raw.sample, cohort)
    implausible = check_demographics(rows, raw.sample, cohort)
    yield from implausible
    named = {(found.column or "", found.row or 0) for found in implausible}
    yield from check_outlying_numbers(rows, raw.sample, cohort, named)
    yield from check_filled_numbers(rows, raw.sample, cohort)
    yield from check_copied_rows(rows, raw.sample, cohort)


def _rows_without_ids(sheet: pd.DataFrame, path: str, cohort: Cohort) -> list[Violation]:
    """One error per row without a dyad, a patient or, where they are recorded, a therapist."""
    column_of = {"dyad": cohort.files[cohort.sample.file].dyad, "patient": cohort.sample.patient}
    if cohort.sample.therapist:
        column_of["therapist"] = cohort.sample.therapist
    has_id = {role: is_named(sheet[column], cohort) for role, column in column_of.items()}
    *first, last = column_of
    every = f"one {', one '.join(first)} and one {last}"
    violations = []
    for row in sheet.index[~pd.DataFrame(has_id).all(axis=1)]:
        has = {role: bool(has_id[role][row]) for role in column_of}
        absent = [role for role in has if not has[role]]
        others = " and ".join(f"a {role}" for role in has if has[role] and role != "dyad")
        dyad = str(sheet.loc[row, column_of["dyad"]])
        who = f"dyad {dyad!r}" if has["dyad"] else "the row"
        which = (
            f"{others} but no {' and no '.join(absent)}"
            if others
            else f"no {' and no '.join(absent)}"
        )
        text = str(sheet.loc[row, column_of[absent[0]]])
        violations.append(
            Violation(
                f"no_{absent[0]}",
                "error",
                path,
                f"{who} has {which} ({missing_id_reason(text)}); every row names {every}.",
                _remedy(column_of[absent[0]], has_id[absent[0]]),
                row=int(row),
                column=column_of[absent[0]],
                dyad=dyad if has["dyad"] else None,
                value=text or None,
            )
        )
    return violations


def _remedy(column: str, named: pd.Series) -> str:
    """What to do about rows without an id; cells that were merged leave only the first filled."""
    if named.iloc[0] and (~named).sum() >= MERGED * len(named):
        return (
            f"Were cells of the column {column} merged in a spreadsheet? Only the first cell of"
            " each block is saved then: split them there, fill each cell with the id above it, and"
            " save the file again."
        )
    return "Fill the cell, or delete the row if the dyad is not part of the study."


def check_dates_in_order(
    sheet: pd.DataFrame, sample: pd.DataFrame, cohort: Cohort
) -> list[Violation]:
    """One violation per dyad and date that is earlier than a date it should follow.

    Parameters
    ----------
    sheet : pandas.DataFrame of str
        The sample sheet's selected rows; the index is the row number in the file.
    sample : pandas.DataFrame
        The same rows as `read_sample` reads them; dates as text like 2024-05-31.
    cohort : Cohort
        `sample.dates_in_order` names the dates. Equal dates are in order; missing dates are
        skipped.
    """
    names = cohort.sample.dates_in_order
    if len(names) < 2:
        return []
    dates = sample[names].set_axis(sheet.index)
    # ISO dates sort as text; "" sorts before all of them.
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
        for violation in _date_violations(
            int(row), dates.loc[row], dyads[row] if named[row] else None, cohort
        )
    ]


def _date_violations(
    row: int, dates: pd.Series, dyad: str | None, cohort: Cohort
) -> Iterator[Violation]:
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
