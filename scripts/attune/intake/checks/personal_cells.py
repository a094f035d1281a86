"""Personal data in the raw files of a cohort: refused by the column, never quoted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from attune.intake.checks.privacy import personal_columns
from attune.intake.reading.sheets import id_columns
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

Place = tuple[str, str]
"""File name and column."""


def refuse_personal_columns(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    items: Mapping[str, Sequence[str]],
    violations: Sequence[Violation],
) -> list[Violation]:
    """The violations, with one more per personal column and without what its cells hold.

    Parameters
    ----------
    sheets : mapping of file id to pandas.DataFrame of str
    cohort : Cohort
        Columns that it drops are in no sheet, or are left alone.
    items : mapping of file id to columns
        The columns of items. One whose every cell is an answer is not looked at.
    violations : sequence of Violation
        Everything else that was found in these sheets.

    Returns
    -------
    list of Violation
        Where the names of dyads, patients or therapists are personal data and so an error, without
        all findings that name a dyad: they can be shown once the file has codes.
    """
    wrong = {(each.file, each.column) for each in violations if each.row is not None}
    reasons: dict[Place, str] = {}
    found: list[Violation] = []
    for name, sheet in sheets.items():
        file = cohort.files[name]
        sound = {column for column in items.get(name, ()) if (file.place, column) not in wrong}
        judged = [each for each in sheet.columns if each not in {*sound, *file.dropped}]
        for column, reason in personal_columns(sheet[judged]).items():
            reasons[file.place, column] = reason
            found.append(_refusal(name, column, reason, cohort))
    named = any(
        each.severity == "error" and each.column in id_columns(name, cohort)
        for name in sheets
        for each in found
        if each.file == cohort.files[name].place
    )
    kept = [each for each in violations if not (named and each.row is not None)]
    kept = [each for each in kept if not (named and each.dyad is not None)]
    return found + [_without_cell(each, reasons) for each in kept]


def _refusal(file: str, column: str, reason: str, cohort: Cohort) -> Violation:
    if column in id_columns(file, cohort):
        remedy = "Write codes in their place, or add `hashed_ids:` to cohort.yaml."
    else:
        remedy = "Add it to `dropped:` of this file in cohort.yaml, or delete it from the export."
    return Violation(
        "personal_column",
        cohort.severity("personal_column"),
        cohort.files[file].place,
        f"the column seems to hold {reason}; no analysis needs personal data.",
        remedy,
        column=column,
    )


def _without_cell(violation: Violation, reasons: Mapping[Place, str]) -> Violation:
    """A finding in a single cell of a personal column does not say what the cell holds."""
    reason = reasons.get((violation.file, violation.column or ""))
    if reason is None or (violation.row is None and violation.value is None):
        return violation
    message = f"the cell is not allowed here; it is not shown, as the column may hold {reason}."
    return replace(violation, message=message, remedy="Correct the cell.", value=None)
