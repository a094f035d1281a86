"""Responses: from raw cells to one row per completed questionnaire, with every violation.

Nothing is repaired silently: a cell either is a response in the codes of its instrument, means "no
answer" because the cohort file says so, or is an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from attune.cell_values import NO_RESPONSE, read_responses
from attune.cohort import Cohort, Questionnaire
from attune.contracts import MAX_ITEMS, QUESTIONNAIRE_KEY, RESPONSES, conform, item_column
from attune.instrument import Instrument
from attune.plan import QuestionnaireKey, check_against_instruments, key_of, named
from attune.sample_sheet import duplicates, missing_columns, read_sample
from attune.violations import Violation


@dataclass(frozen=True)
class ValidatedCohort:
    """What a cohort's raw files hold, and everything that is wrong with them.

    Attributes
    ----------
    responses : pyarrow.Table
        Contract `RESPONSES`; questionnaires without a single answer have no row.
    sample : pandas.DataFrame
        Contract `SAMPLE`.
    violations : list of Violation
    """

    responses: pa.Table
    sample: pd.DataFrame
    violations: list[Violation]


def validate_responses(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    pretests: Mapping[QuestionnaireKey, QuestionnaireKey],
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

    Raises
    ------
    ConfigurationError
        The cohort file does not fit the instruments: unknown instrument, rater or state, items
        left out, or a missing code that is a valid response.
    """
    check_against_instruments(cohort, instruments)
    sample, violations = read_sample(sheets[cohort.sample.file], cohort)
    violations += _file_violations(sheets, cohort)
    blocks = []
    answered: dict[QuestionnaireKey, set[str]] = {}
    for questionnaire in cohort.questionnaires:
        instrument = instruments[questionnaire.instrument]
        sheet = sheets[questionnaire.file]
        block, found = _read_questionnaire(sheet, questionnaire, instrument, cohort)
        violations += found
        if block is not None:
            blocks.append(block)
            answered[key_of(questionnaire)] = set(block["dyad"].to_pylist())
    violations += _sample_violations(sample, answered, cohort)
    violations += _pair_violations(answered, pretests, cohort)
    # A dyad that occurs twice is reported above; the table cannot hold it.
    errors = any(violation.severity == "error" for violation in violations)
    empty = RESPONSES.schema.empty_table()
    whole = empty if errors or not blocks else pa.concat_tables(blocks)
    return ValidatedCohort(conform(whole, RESPONSES), sample, violations)


def _file_violations(sheets: Mapping[str, pd.DataFrame], cohort: Cohort) -> list[Violation]:
    """Notes about columns that nothing uses, errors about rows without a dyad."""
    violations = []
    for name, sheet in sheets.items():
        file = cohort.files[name]
        used = {file.dyad}
        if name == cohort.sample.file:
            used |= {cohort.sample.patient, cohort.sample.therapist or ""}
            used |= {variable.column for variable in cohort.sample.variables.values()}
        for questionnaire in cohort.questionnaires:
            if questionnaire.file == name:
                used.add(questionnaire.published_total or "")
                used |= _mapped_columns(questionnaire)
        for column in sheet.columns:
            if column not in used:
                violations.append(
                    Violation(
                        "unused_column",
                        cohort.severities.unused_column,
                        file.path,
                        "cohort.yaml does not use this column.",
                        "Nothing, unless it should be used.",
                        column=column,
                    )
                )
    return violations


def _mapped_columns(questionnaire: Questionnaire) -> set[str]:
    if isinstance(questionnaire.columns, dict):
        return set(questionnaire.columns.values())
    return {str(questionnaire.column_of(item)) for item in range(1, MAX_ITEMS + 1)}


def _read_questionnaire(
    sheet: pd.DataFrame, questionnaire: Questionnaire, instrument: Instrument, cohort: Cohort
) -> tuple[pa.Table | None, list[Violation]]:
    file = cohort.files[questionnaire.file]
    items = range(1, instrument.n_items + 1)
    columns = [str(questionnaire.column_of(item)) for item in items]
    wanted = [file.dyad, *columns]
    wanted += [questionnaire.published_total] if questionnaire.published_total else []
    violations = missing_columns(sheet, file.path, wanted)
    if violations:
        return None, violations
    codes = [*cohort.missing_codes, *questionnaire.missing_codes]
    matrix, problems = read_responses(sheet[columns], codes, instrument.response, file.decimal)
    dyads = sheet[file.dyad]
    rows = sheet.index.to_numpy()
    for row, column, text, problem in problems:
        violations.append(
            Violation(
                problem.rule,
                "error",
                file.path,
                problem.message,
                problem.remedy,
                row=int(rows[row]),
                column=columns[column],
                item=column + 1,
                dyad=str(dyads.iloc[row]),
                value=text,
            )
        )
    answered = (matrix != NO_RESPONSE).any(axis=1)
    questionnaire_name = f"questionnaire {named(key_of(questionnaire))}"
    violations += duplicates(
        dyads[answered], file.path, "duplicate_questionnaire", questionnaire_name
    )
    violations += _constant_items(matrix, columns, file.path, cohort)
    block = _block(dyads[answered], matrix[answered], questionnaire)
    return block, violations


def _block(dyads: pd.Series, matrix: np.ndarray, questionnaire: Questionnaire) -> pa.Table:
    columns = {"dyad": pa.array(dyads.astype(str).tolist(), pa.string())}
    for name, value in zip(QUESTIONNAIRE_KEY[1:], key_of(questionnaire), strict=True):
        columns[name] = pa.array([value] * len(dyads), pa.string())
    for item in range(1, matrix.shape[1] + 1):
        responses = matrix[:, item - 1]
        columns[item_column(item)] = pa.array(responses, pa.int16(), mask=responses == NO_RESPONSE)
    missing = [field for field in RESPONSES.schema if field.name not in columns]
    for field in missing:
        columns[field.name] = pa.nulls(len(dyads), field.type)
    return pa.table([columns[name] for name in RESPONSES.schema.names], schema=RESPONSES.schema)


def _constant_items(
    matrix: np.ndarray, columns: list[str], path: str, cohort: Cohort
) -> list[Violation]:
    """Items that everybody answered alike: they cannot correlate with anything."""
    answered = matrix != NO_RESPONSE
    lowest = np.where(answered, matrix, np.iinfo(np.int16).max).min(axis=0, initial=32767)
    highest = np.where(answered, matrix, np.iinfo(np.int16).min).max(axis=0, initial=-32768)
    constant = (answered.sum(axis=0) >= 4) & (lowest == highest)
    return [
        Violation(
            "constant_item",
            cohort.severities.constant_item,
            path,
            f"every answer is {lowest[position]}.",
            "Check the export if that is a surprise.",
            column=columns[position],
            item=int(position) + 1,
        )
        for position in np.flatnonzero(constant)
    ]


def _sample_violations(
    sample: pd.DataFrame, answered: Mapping[QuestionnaireKey, set[str]], cohort: Cohort
) -> list[Violation]:
    violations = []
    known = set(sample["dyad"])
    path = cohort.files[cohort.sample.file].path
    files = {key_of(each): cohort.files[each.file].path for each in cohort.questionnaires}
    for key, dyads in answered.items():
        for dyad in sorted(dyads - known) if known else []:
            violations.append(
                Violation(
                    "unknown_dyad",
                    "error",
                    files[key],
                    f"dyad {dyad!r} answered {named(key)} but is not in the sample sheet {path}.",
                    "Add the dyad to the sample sheet, or correct its name.",
                    dyad=dyad,
                )
            )
        if not dyads:
            violations.append(
                Violation(
                    "unanswered_questionnaire",
                    "warning",
                    files[key],
                    f"nobody answered {named(key)}.",
                    "Its scores are missing; check the columns in cohort.yaml.",
                )
            )
    somewhere = set().union(*answered.values())
    for dyad in sorted(known - somewhere - {""}) if len(answered) == len(files) else []:
        violations.append(
            Violation(
                "dyad_without_questionnaires",
                cohort.severities.dyad_without_questionnaires,
                path,
                f"dyad {dyad!r} has no questionnaire at all.",
                "Delete the row if the dyad is not part of the study.",
                dyad=dyad,
            )
        )
    return violations


def _pair_violations(
    answered: Mapping[QuestionnaireKey, set[str]],
    pretests: Mapping[QuestionnaireKey, QuestionnaireKey],
    cohort: Cohort,
) -> list[Violation]:
    files = {key_of(each): cohort.files[each.file].path for each in cohort.questionnaires}
    violations = []
    for posttest, pretest in pretests.items():
        if posttest not in answered or pretest not in answered:
            continue
        for dyad in sorted(answered[posttest] - answered[pretest]):
            violations.append(
                Violation(
                    "posttest_without_pretest",
                    cohort.severities.posttest_without_pretest,
                    files[posttest],
                    f"dyad {dyad!r} has {named(posttest)} but not {named(pretest)}.",
                    "Add the pretest, or set posttest_without_pretest: warning under severities in"
                    " cohort.yaml to go on without a gain for this dyad.",
                    dyad=dyad,
                )
            )
        for dyad in sorted(answered[pretest] - answered[posttest]):
            violations.append(
                Violation(
                    "posttest_missing",
                    cohort.severities.posttest_missing,
                    files[posttest],
                    f"dyad {dyad!r} has {named(pretest)} but not {named(posttest)}.",
                    "The posttest is missing; the study says how missing scores are replaced.",
                    dyad=dyad,
                )
            )
    return violations
