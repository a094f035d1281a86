"""Checks of files as tables: columns and rows that the cohort file does not use."""

from collections.abc import Iterator

from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.sheets import columns_beside_items, selected_rows
from attune.intake.reading.violations import Violation


def check_unused_columns(raw: RawCohort) -> Iterator[Violation]:
    """One violation per column that cohort.yaml does not use, such as item 40 of 39."""
    cohort = raw.cohort
    for name, sheet in raw.sheets.items():
        used = {*columns_beside_items(name, cohort), *raw.item_columns.get(name, [])}
        if used.isdisjoint(sheet.columns):
            # The first row may be no header: its cells could be somebody's answers.
            continue
        for column in sheet.columns:
            if column not in used:
                yield Violation(
                    "unused_column",
                    cohort.severity("unused_column"),
                    cohort.files[name].place,
                    "cohort.yaml does not use this column.",
                    "Nothing, unless it should be used.",
                    column=column,
                )


def check_unused_rows(raw: RawCohort) -> Iterator[Violation]:
    """One violation per file and code whose rows no `rows:` of cohort.yaml selects."""
    cohort = raw.cohort
    for name, sheet in raw.sheets.items():
        selections = [declared.rows for declared in cohort.selections() if declared.file == name]
        # A sample sheet of all rows does not use the answers in them.
        if name == cohort.sample.file and cohort.sample.rows:
            selections.append(cohort.sample.rows)
        columns = list(dict.fromkeys(column for rows in selections for column in rows))
        if not selections or not all(selections) or not set(columns) <= set(sheet.columns):
            continue
        used = {row for rows in selections for row in selected_rows(sheet, rows).index}
        unused = sheet.loc[[row for row in sheet.index if row not in used], columns]
        for codes, rows in unused.groupby(columns, sort=True):
            held = " and ".join(f"{c} {v!r}" for c, v in zip(columns, codes, strict=True))
            yield Violation(
                "unused_rows",
                cohort.severity("unused_rows"),
                cohort.files[name].place,
                f"{len(rows)} rows with {held} belong to no questionnaire of cohort.yaml.",
                "Add a questionnaire with these `rows:`, or leave it if they are not needed.",
                row=int(rows.index[0]),
                column=columns[0],
            )
