"""Checks of ids: turned into dates, missing, and dyads that occur twice."""

from collections.abc import Iterator

import pandas as pd

from attune.intake.reading.ids_as_dates import HOW_TO_GET_BACK, ids_like_dates
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.sheets import SPREADSHEET_GAPS, is_named
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort


def check_ids_as_dates(raw: RawCohort) -> Iterator[Violation]:
    """One violation per file most of whose ids look like dates."""
    for name, sheet in raw.sheets.items():
        file = raw.cohort.files[name]
        found = ids_like_dates(sheet[file.dyad]) if file.dyad in sheet.columns else []
        if found:
            yield Violation(
                "ids_as_dates",
                raw.cohort.severity("ids_as_dates"),
                file.place,
                f"{len(found)} of its ids look like dates.",
                f"{HOW_TO_GET_BACK}.",
                column=file.dyad,
            )


def rows_without_id(dyads: pd.Series, path: str, content: str, cohort: Cohort) -> list[Violation]:
    """One error per row with data but without a dyad id.

    Parameters
    ----------
    dyads : pandas.Series of str
        Dyad of each row that has data, named after its column; the index is the row number in the
        file.
    path : str
        File of the violations.
    content : str
        What the rows hold, such as "answers".
    cohort : Cohort
    """
    unnamed = dyads[~is_named(dyads, cohort)]
    return [
        Violation(
            "no_dyad",
            "error",
            path,
            f"the row holds {content}, but names no dyad ({missing_id_reason(text)}).",
            "Fill the cell, or delete the row.",
            row=int(row),
            column=str(dyads.name),
            value=text or None,
        )
        for row, text in zip(unnamed.index, unnamed, strict=True)
    ]


def repeated_dyads(dyads: pd.Series, path: str, rule: str, repeats: str) -> list[Violation]:
    """One error per row whose dyad occurs in an earlier row.

    Parameters
    ----------
    dyads : pandas.Series of str
        Dyad per row, named after its column; the index is the row number in the file.
    path, rule : str
        File and rule of the violations.
    repeats : str
        Verb phrase of the message between the dyad and the number of the earlier row, such as "is
        in the sample sheet already, in".
    """
    repeated = dyads[dyads.duplicated() & dyads.ne("")]
    if repeated.empty:
        return []
    rows = dyads.drop_duplicates()
    first = dict(zip(rows, rows.index, strict=True))
    return [
        Violation(
            rule,
            "error",
            path,
            f"dyad {dyad!r} {repeats} row {first[dyad]}.",
            "Keep one of the two rows (delete the other, or name it under `exclude:` in"
            " cohort.yaml by columns in which the two differ), or correct the dyad.",
            row=int(row),
            column=str(dyads.name),
            dyad=dyad,
        )
        for row, dyad in zip(repeated.index, repeated, strict=True)
    ]


def missing_id_reason(text: str) -> str:
    """Why a cell is no id, as a clause.

    Examples
    --------
    >>> missing_id_reason(""), missing_id_reason("-9")
    ('the cell is empty', "the cell holds '-9', which is one of missing_codes")
    """
    if text in SPREADSHEET_GAPS:
        return f"the cell holds {text!r}, which spreadsheets write for an empty cell"
    return (
        f"the cell holds {text!r}, which is one of missing_codes" if text else "the cell is empty"
    )
