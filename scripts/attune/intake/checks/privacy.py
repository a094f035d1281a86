"""Privacy: violations for columns that identify persons, and messages without their cells."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from attune.intake.personal_data.detection import personal_columns
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.sheets import id_columns
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

Place = tuple[str, str]
"""File name and column."""


def with_personal_columns(raw: RawCohort, violations: Sequence[Violation]) -> list[Violation]:
    """Add one violation per column with personal data, and withhold the contents of its cells.

    This comes after all checks: an item column is examined only where a check found a wrong cell in
    it, and no message may quote a cell of a personal column. Columns of `dropped:` are skipped.

    Parameters
    ----------
    raw : RawCohort
    violations : sequence of Violation
        Those of all checks.

    Returns
    -------
    list of Violation
        Personal columns first. If the ids themselves are personal data (an error), all violations
        with a row or a dyad are left out; they are reported once the file has codes.
    """
    cohort = raw.cohort
    wrong = {
        (violation.file, violation.column) for violation in violations if violation.row is not None
    }
    reasons: dict[Place, str] = {}
    personal: list[Violation] = []
    for name, sheet in raw.sheets.items():
        file = cohort.files[name]
        items = raw.item_columns.get(name, ())
        sound = {column for column in items if (file.place, column) not in wrong}
        examined = [column for column in sheet.columns if column not in {*sound, *file.dropped}]
        for column, reason in personal_columns(sheet[examined]).items():
            reasons[file.place, column] = reason
            personal.append(_personal_column(name, column, reason, cohort))
    ids_are_personal = any(
        violation.severity == "error" and violation.column in id_columns(name, cohort)
        for name in raw.sheets
        for violation in personal
        if violation.file == cohort.files[name].place
    )
    if ids_are_personal:
        violations = [
            violation
            for violation in violations
            if violation.row is None and violation.dyad is None
        ]
    return personal + [_without_cell(violation, reasons) for violation in violations]


def _personal_column(file: str, column: str, reason: str, cohort: Cohort) -> Violation:
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
    """The violation; in a cell of a personal column, without the content of the cell."""
    reason = reasons.get((violation.file, violation.column or ""))
    if reason is None or (violation.row is None and violation.value is None):
        return violation
    message = f"the cell is not allowed here; it is not shown, as the column may hold {reason}."
    return replace(violation, message=message, remedy="Correct the cell.", value=None)
