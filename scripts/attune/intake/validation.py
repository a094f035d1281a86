"""Responses: a cohort's raw sheets as one row per completed questionnaire, with every violation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from attune.intake.checks.answer_checks import check_answers
from attune.intake.checks.column_notes import ColumnNote, check_against_notes
from attune.intake.checks.dyads import check_dyads
from attune.intake.checks.missing_answers import check_missing_answers
from attune.intake.checks.people import check_people
from attune.intake.checks.personal_cells import refuse_personal_columns
from attune.intake.checks.scores_in_file import compare_scores_in_file
from attune.intake.reading.given_scores import given_scores_table, read_given_scores
from attune.intake.reading.questionnaires import (
    AnsweredQuestionnaire,
    item_columns,
    read_questionnaires,
)
from attune.intake.reading.response_batches import response_batches
from attune.intake.reading.sample_sheet import read_sample
from attune.intake.reading.sheets import columns_beside_items, selected_rows
from attune.intake.reading.violations import Violation
from attune.intake.scoring_audit.file_scores import explain_scores_in_file
from attune.intake.scoring_audit.findings import audit_scoring
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.specs.study_checks import QuestionnaireKey, check_against_instruments
from attune.store.contracts import GIVEN_SCORES, RESPONSES, conform


@dataclass(frozen=True)
class ValidatedCohort:
    """What a cohort's raw files hold, and everything that is wrong with them.

    Attributes
    ----------
    given_scores : pyarrow.Table
        Contract `GIVEN_SCORES`: the scores that the cohort brings instead of items. Empty where
        there is an error.
    sample : pandas.DataFrame
        Contract `SAMPLE`.
    questionnaires : list of AnsweredQuestionnaire
        What was answered, each questionnaire with its place in the raw files; also where there
        are errors.
    violations : list of Violation
    """

    given_scores: pa.Table
    sample: pd.DataFrame
    questionnaires: list[AnsweredQuestionnaire]
    violations: list[Violation]

    def batches(self) -> Iterator[pa.Table]:
        """The responses, contract `RESPONSES`, sorted by its key across all batches.

        Questionnaires without a single answer have no row. None where there is an error: a table
        could not hold a dyad that occurs twice.
        """
        if not any(violation.severity == "error" for violation in self.violations):
            yield from response_batches(self.questionnaires)

    @property
    def responses(self) -> pa.Table:
        """All batches at once."""
        return pa.concat_tables([RESPONSES.schema.empty_table(), *self.batches()])


def validate_responses(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    pretests: Mapping[QuestionnaireKey, QuestionnaireKey],
    notes: Mapping[str, Mapping[str, ColumnNote]] | None = None,
) -> ValidatedCohort:
    """Read the raw sheets of a cohort as responses and report every violation at once.

    Parameters
    ----------
    sheets : mapping of file id to pandas.DataFrame of str
        Cells as given; the index is the row number in the file.
    cohort : Cohort
    instruments : mapping of id to Instrument
    pretests : mapping of questionnaire to questionnaire
        Which questionnaire is the pretest of which posttest, from the study's outcomes.
    notes : mapping of file id to mapping of column to ColumnNote, optional
        What data dictionaries say about the columns of the raw files.

    Raises
    ------
    ConfigurationError
        As `check_against_instruments`.
    """
    check_against_instruments(cohort, instruments)
    sample, violations = read_sample(sheets[cohort.sample.file], cohort)
    items = _item_columns(cohort, instruments)
    violations += _unused_columns(sheets, cohort, items)
    violations += _unused_rows(sheets, cohort)
    for name, described in (notes or {}).items():
        path = cohort.files[name].place
        violations += check_against_notes(sheets[name], described, path, cohort)
    questionnaires, found = read_questionnaires(sheets, cohort, instruments)
    violations += found
    given, found = read_given_scores(sheets, cohort, instruments)
    violations += found
    violations += check_people(sheets, sample, cohort)
    violations += check_dyads(sample, [*questionnaires, *given], pretests, cohort)
    # Where cells are wrong, what is missing is not known yet.
    wrong = {violation.file for violation in violations if violation.severity == "error"}
    sound = [each for each in questionnaires if each.path not in wrong]
    violations += check_missing_answers(sound, sample, cohort)
    violations += check_answers(questionnaires, sample, cohort)
    violations += audit_scoring(questionnaires, cohort, instruments)
    violations += compare_scores_in_file(sheets, cohort, questionnaires)
    violations += explain_scores_in_file(sheets, cohort, questionnaires, violations)
    violations = refuse_personal_columns(sheets, cohort, items, violations)
    errors = any(violation.severity == "error" for violation in violations)
    return ValidatedCohort(
        conform(given_scores_table([] if errors else given), GIVEN_SCORES),
        sample,
        questionnaires,
        violations,
    )


def _item_columns(cohort: Cohort, instruments: Mapping[str, Instrument]) -> dict[str, list[str]]:
    """File -> the columns of its items."""
    columns: dict[str, list[str]] = {}
    for each in cohort.questionnaires:
        columns.setdefault(each.file, []).extend(item_columns(each, instruments[each.instrument]))
    return columns


def _unused_columns(
    sheets: Mapping[str, pd.DataFrame], cohort: Cohort, items: Mapping[str, list[str]]
) -> list[Violation]:
    """Notes about columns that nothing uses, such as the item 40 of 39."""
    violations = []
    for name, sheet in sheets.items():
        file = cohort.files[name]
        used = {*columns_beside_items(name, cohort), *items.get(name, [])}
        if used.isdisjoint(sheet.columns):
            # Its first row may be no header: somebody's answers would be shown.
            continue
        for column in sheet.columns:
            if column not in used:
                violations.append(
                    Violation(
                        "unused_column",
                        cohort.severity("unused_column"),
                        file.place,
                        "cohort.yaml does not use this column.",
                        "Nothing, unless it should be used.",
                        column=column,
                    )
                )
    return violations


def _unused_rows(sheets: Mapping[str, pd.DataFrame], cohort: Cohort) -> list[Violation]:
    """Rows that nothing selects, one finding per file and code."""
    violations = []
    for name, sheet in sheets.items():
        wanted = [each.rows for each in cohort.selections() if each.file == name]
        # A sample sheet of all rows does not make up for answers that nobody reads.
        wanted += [cohort.sample.rows] if name == cohort.sample.file and cohort.sample.rows else []
        columns = list(dict.fromkeys(column for rows in wanted for column in rows))
        if not wanted or not all(wanted) or not set(columns) <= set(sheet.columns):
            continue
        used = {row for rows in wanted for row in selected_rows(sheet, rows).index}
        rest = sheet.loc[[row for row in sheet.index if row not in used], columns]
        for codes, rows in rest.groupby(columns, sort=True):
            held = " and ".join(f"{c} {v!r}" for c, v in zip(columns, codes, strict=True))
            violations.append(
                Violation(
                    "unused_rows",
                    cohort.severity("unused_rows"),
                    cohort.files[name].place,
                    f"{len(rows)} rows with {held} belong to no questionnaire of cohort.yaml.",
                    "Add a questionnaire with these `rows:`, or leave it if they are not wanted.",
                    row=int(rows.index[0]),
                    column=columns[0],
                )
            )
    return violations
