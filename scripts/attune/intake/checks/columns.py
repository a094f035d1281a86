"""Checks of files as tables: unused columns, unused or excluded rows, data dictionaries."""

from collections.abc import Iterator, Mapping

import pandas as pd

from attune.intake.reading.cell_values import (
    CellProblem,
    missing_code_hint,
    read_number,
    short_text,
)
from attune.intake.reading.column_notes import ColumnNote
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.sheets import columns_beside_items, id_columns, selected_rows
from attune.intake.reading.violations import Violation
from attune.printing.apa import counted
from attune.specs.cohort import Cohort

MOST_CHOICES = 12
"""Choices that a message lists."""


def check_repeated_headings(raw: RawCohort) -> Iterator[Violation]:
    """One violation per file with rows that repeat its headings."""
    for name, found in raw.repeated_headings.items():
        rows = found.rows
        further = (
            f"; so {'does' if len(rows) == 2 else 'do'} {counted(len(rows) - 1, 'further row')}"
        )
        remedy = (
            "Delete the row" if len(rows) == 1 else f"Delete the rows {', '.join(map(str, rows))}"
        )
        yield Violation(
            "repeated_headings",
            raw.cohort.severity("repeated_headings"),
            raw.cohort.files[name].place,
            "the row repeats the headings, as where files were pasted one below the other"
            f"{further if len(rows) > 1 else ''}.",
            f"{remedy}, and see that no person is in the file twice."
            if found.in_order
            else f"{remedy} after the columns below are brought into the order of the first row:"
            " they are in another one there.",
            row=rows[0],
        )


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
            selection = " and ".join(
                # A number in quotation marks would be hidden where an id is the same number.
                f"{column} {code if str(code).isdigit() else repr(code)}"
                for column, code in zip(columns, codes, strict=True)
            )
            yield Violation(
                "unused_rows",
                cohort.severity("unused_rows"),
                cohort.files[name].place,
                f"{counted(len(rows), 'row')} with {selection}: no questionnaire of cohort.yaml has"
                " such `rows:`.",
                "Add a questionnaire with them, or leave it if they are not needed.",
                row=int(rows.index[0]),
                column=columns[0],
            )


def check_exclusions(raw: RawCohort) -> Iterator[Violation]:
    """One violation per entry of `exclude`: its numbers, or that no row fits it."""
    for entry in raw.excluded:
        rule = "excluded" if entry.rows else "exclusion_of_nobody"
        people = f", {entry.people} {raw.cohort.case}s" if entry.people else ""
        rows = "1 row" if entry.rows == 1 else f"{entry.rows} rows"
        yield Violation(
            rule,
            raw.cohort.severity(rule),
            entry.file or raw.cohort.files[raw.cohort.sample.file].place,
            f"{rows}{people} left out: {entry.declared.reason}."
            if entry.rows
            else f"no row fits the entry of `exclude` with the reason {entry.declared.reason!r}.",
            "Nothing; the manuscript states it."
            if entry.rows
            else "Correct its ids or codes in cohort.yaml, or remove it.",
        )


def check_column_notes(raw: RawCohort) -> Iterator[Violation]:
    """Cells that a data dictionary of the cohort does not allow."""
    for name, notes in raw.notes.items():
        path = raw.cohort.files[name].place
        yield from check_against_notes(raw.sheets[name], notes, path, raw.cohort)


def check_against_notes(
    sheet: pd.DataFrame, notes: Mapping[str, ColumnNote], path: str, cohort: Cohort
) -> list[Violation]:
    """Cells that the file's own description does not allow.

    Parameters
    ----------
    sheet : pandas.DataFrame of str
        One raw file; the index is the row number in the file.
    notes : mapping of column to ColumnNote
        Notes of the file about its columns. Choices are checked where they are complete; a cell may
        hold a choice's code or its label. Ranges are checked for every cell.
    path : str
        The file, as the cohort file names it.
    cohort : Cohort
        Its missing codes are allowed everywhere, those of a questionnaire in its file.

    Returns
    -------
    list of Violation
        `not_in_dictionary` per cell, or one violation if the description belongs to another file;
        `personal_column` per column that is marked as an identifier and is none in the cohort file.
    """
    known = [str(column) for column in sheet.columns if column in notes]
    if notes and not known:
        return [
            Violation(
                "not_in_dictionary",
                cohort.severity("not_in_dictionary"),
                path,
                "none of its columns is in its data dictionary.",
                "Correct `dictionary:` of this file in cohort.yaml.",
            )
        ]
    files = {name: file for name, file in cohort.files.items() if file.place == path}
    decimal = next((file.decimal for file in files.values()), ".")
    selected = [entry for entry in cohort.selections() if entry.file in files]
    missing = {"", *cohort.missing_codes, *(c for entry in selected for c in entry.missing_codes)}
    if cohort.sample.file in files:
        missing |= {c for one in cohort.sample.variables.values() for c in one.missing_codes}
    severity = cohort.severity("not_in_dictionary")
    violations = [
        _identifier(column, path, cohort)
        for column in known
        if notes[column].identifier
        and not any(column in id_columns(name, cohort) for name in files)
    ]
    for column in known:
        for row, text, message in _contradictions(sheet[column], notes[column], missing, decimal):
            remedy = missing_code_hint(text)
            violations.append(
                Violation(
                    "not_in_dictionary",
                    severity,
                    path,
                    message,
                    remedy,
                    row=row,
                    column=column,
                    value=text,
                )
            )
    return violations


def _contradictions(
    cells: pd.Series, note: ColumnNote, missing: set[str], decimal: str
) -> Iterator[tuple[int, str, str]]:
    """Row number, content and message of each cell that does not fit; each text is judged once."""
    codes, texts = pd.factorize(cells.astype(object))
    messages = [None if text in missing else _contradiction(text, note, decimal) for text in texts]
    for row, code in zip(cells.index, codes, strict=True):
        message = messages[code]
        if message is not None:
            yield int(row), str(texts[int(code)]), message


def _contradiction(text: str, note: ColumnNote, decimal: str) -> str | None:
    """Why a cell does not fit its column's note; None where it does."""
    number = read_number(text, decimal)
    if note.complete:
        as_code = _code(number) if isinstance(number, float) else text
        if text in note.levels or as_code in note.levels or text in note.levels.values():
            return None
        choices = ", ".join(note.levels)
        allowed = choices if len(note.levels) <= MOST_CHOICES else f"{len(note.levels)} choices"
        return f"found {short_text(text)}; its data dictionary allows {allowed}."
    if note.minimum is None and note.maximum is None:
        return None
    if isinstance(number, CellProblem):
        return f"found {short_text(text)}; its data dictionary allows numbers, {_limits(note)}."
    above = note.minimum is None or note.minimum <= number
    below = note.maximum is None or number <= note.maximum
    if above and below:
        return None
    return f"found {short_text(text)}; its data dictionary allows {_limits(note)}."


def _limits(note: ColumnNote) -> str:
    """The range of a note in words.

    Examples
    --------
    >>> _limits(ColumnNote(minimum=18, maximum=99)), _limits(ColumnNote(minimum=0.5))
    ('18 to 99', '0.5 or more')
    """
    if note.maximum is None:
        return f"{note.minimum:g} or more"
    if note.minimum is None:
        return f"{note.maximum:g} or less"
    return f"{note.minimum:g} to {note.maximum:g}"


def _code(number: float) -> str:
    """A number as dictionaries write codes."""
    return str(int(number)) if number == int(number) else str(number)


def _identifier(column: str, path: str, cohort: Cohort) -> Violation:
    return Violation(
        "personal_column",
        cohort.severity("personal_column"),
        path,
        "its data dictionary marks the column as an identifier; no analysis needs it.",
        "Add the column to `dropped:` of this file in cohort.yaml, or export without it.",
        column=column,
    )
