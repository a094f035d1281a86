"""Checks of the end of treatment: sessions after the last one, and answers of later days."""

from collections.abc import Iterator, Mapping

import pandas as pd

from attune.intake.reading.cell_values import CellProblem, read_number
from attune.intake.reading.given_scores import ReadScores
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.sample_sheet import read_date
from attune.intake.reading.sheets import missing_columns
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort, DayColumn, Variable


def check_treatment_end(raw: RawCohort) -> Iterator[Violation]:
    """Sessions and days of answers that come after the end of the dyad's treatment.

    Only what the cohort file declares is compared: sessions where `sample.last_session` is given,
    in the rows of files with one row per session and in the columns or files of one session; days
    where `sample.ended` is given and a questionnaire has a column `answered_on`. Dyads without a
    last session or end are skipped.
    """
    yield from _late_rows(raw)
    yield from _late_questionnaires(raw)
    yield from _late_days(raw)


def session_columns(cohort: Cohort) -> dict[str, str]:
    """File -> the column whose codes are the numbers of sessions, for files with such rows."""
    return {
        entry.file: column
        for entry in cohort.selections()
        for column, code in entry.rows.items()
        if entry.session is not None and code == str(entry.session)
    }


def _ends(raw: RawCohort, name: str) -> Mapping[str, object]:
    """Value of a variable of the sample sheet by dyad, without missing ones."""
    sample = raw.sample
    if name not in sample:
        return {}
    found = sample.drop_duplicates("dyad").set_index("dyad")[name].dropna()
    return {str(dyad): value for dyad, value in found.items()}


def _last_session(raw: RawCohort, dyads: pd.Series) -> pd.Series:
    """The last session of each row's dyad; missing where the dyad has none."""
    declared = raw.cohort.sample.last_session
    if isinstance(declared, int):
        return pd.Series(float(declared), index=dyads.index)
    return dyads.map(_ends(raw, str(declared))).astype(float)


def _late_rows(raw: RawCohort) -> Iterator[Violation]:
    """Rows of later sessions, also those that no questionnaire of the cohort file asks for."""
    cohort = raw.cohort
    if cohort.sample.last_session is None:
        return
    for name, column in session_columns(cohort).items():
        file, sheet = cohort.files[name], raw.sheets[name]
        if not {file.dyad, column} <= set(sheet.columns):
            continue
        numbers = {text: read_number(text, file.decimal) for text in sheet[column].unique()}
        known = {text: value for text, value in numbers.items() if isinstance(value, float)}
        sessions = sheet[column].map(known).astype(float)
        yield from _late(raw, file.place, column, sheet[file.dyad], sessions)


def _late_questionnaires(raw: RawCohort) -> Iterator[Violation]:
    """Answers to questionnaires of later sessions, where a session has columns or a file."""
    cohort = raw.cohort
    if cohort.sample.last_session is None:
        return
    by_rows = session_columns(cohort)
    readings: list[AnsweredQuestionnaire | ReadScores] = [*raw.questionnaires, *raw.given_scores]
    for read in readings:
        entry = read.declared
        if entry.session is not None and by_rows.get(entry.file) not in entry.rows:
            sessions = pd.Series(float(entry.session), index=read.dyads.index)
            yield from _late(raw, read.path, None, read.dyads, sessions)


def _late(
    raw: RawCohort, path: str, column: str | None, dyads: pd.Series, sessions: pd.Series
) -> Iterator[Violation]:
    """One violation per row whose session comes after the last one of its dyad."""
    last = _last_session(raw, dyads)
    end = raw.cohort.sample.last_session
    where = f"`last_session` of the sample sheet ({end})" if isinstance(end, str) else "treatment"
    for row in sessions.index[(sessions > last).to_numpy()]:
        dyad, session = str(dyads[row]), sessions[row]
        yield Violation(
            "session_after_end",
            raw.cohort.severity("session_after_end"),
            path,
            f"dyad {dyad!r} has session {session:g}; the last session of {where} is {last[row]:g}.",
            "Correct the session, or `sample.last_session` in cohort.yaml; a follow-up is an"
            " occasion of its own and no session.",
            row=int(row),
            column=column,
            dyad=dyad or None,
            value=f"{session:g}",
        )


def _late_days(raw: RawCohort) -> Iterator[Violation]:
    """Answers of a day after the end, once per file and column."""
    cohort = raw.cohort
    if cohort.sample.ended is None:
        return
    ends = _ends(raw, cohort.sample.ended)
    declared = {
        (entry.file, entry.answered_on.column): entry.answered_on
        for entry in cohort.selections()
        if entry.answered_on
    }
    for (name, _), day in declared.items():
        yield from _days_of_file(raw, name, day, ends)


def _days_of_file(
    raw: RawCohort, name: str, day: DayColumn, ends: Mapping[str, object]
) -> Iterator[Violation]:
    cohort = raw.cohort
    file, sheet = cohort.files[name], raw.sheets[name]
    absent = missing_columns(sheet, file.place, [day.column])
    yield from absent
    if absent or file.dyad not in sheet.columns:
        return
    variable = Variable(column=day.column, label=day.column, kind="date", format=day.format)
    cells = sheet[day.column]
    read = {
        text: read_date(text, variable)
        for text in cells.unique()
        if text and text not in cohort.missing_codes
    }
    rows = zip(cells.index.tolist(), cells.tolist(), sheet[file.dyad].tolist(), strict=True)
    for row, text, owner in rows:
        dyad, found = str(owner), read.get(text)
        end = ends.get(dyad)
        if isinstance(found, CellProblem):
            rule, message, remedy = found.rule, found.message, found.remedy
        elif isinstance(found, str) and isinstance(end, str) and found > end:
            rule = "answered_after_end"
            message = f"dyad {dyad!r} answered on {found}, after the end of treatment on {end}."
            remedy = (
                f"Correct the day, or the end ({cohort.sample.ended}) in the sample sheet; set its"
                " severity to note where answers may come later."
            )
        else:
            continue
        yield Violation(
            rule,
            cohort.severity(rule),
            file.place,
            message,
            remedy,
            row=int(row),
            column=day.column,
            dyad=dyad or None,
            value=text,
        )
