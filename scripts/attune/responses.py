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
from attune.contracts import QUESTIONNAIRE_KEY, RESPONSES, conform, item_column
from attune.instrument import Instrument
from attune.plan import QuestionnaireKey, check_against_instruments, key_of, named
from attune.sample_sheet import duplicates, is_named, missing_columns, nameless, read_sample
from attune.violations import Violation

Answered = dict[QuestionnaireKey, dict[str, int]]
"""Which dyads answered which questionnaire, each with its row in the file."""


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
        As `check_against_instruments`.
    """
    check_against_instruments(cohort, instruments)
    sample, violations = read_sample(sheets[cohort.sample.file], cohort)
    violations += _unused_columns(sheets, cohort, instruments)
    blocks = []
    answered: Answered = {}
    for questionnaire in cohort.questionnaires:
        instrument = instruments[questionnaire.instrument]
        sheet = sheets[questionnaire.file]
        block, rows, found = _read_questionnaire(sheet, questionnaire, instrument, cohort)
        violations += found
        if block is not None:
            blocks.append(block)
            answered[key_of(questionnaire)] = rows
    violations += _sample_violations(sample, answered, cohort)
    violations += _pair_violations(answered, pretests, cohort)
    # A dyad that occurs twice is reported above; the table cannot hold it.
    errors = any(violation.severity == "error" for violation in violations)
    empty = RESPONSES.schema.empty_table()
    whole = empty if errors or not blocks else pa.concat_tables(blocks)
    return ValidatedCohort(conform(whole, RESPONSES), sample, violations)


def _unused_columns(
    sheets: Mapping[str, pd.DataFrame], cohort: Cohort, instruments: Mapping[str, Instrument]
) -> list[Violation]:
    """Notes about columns that nothing uses, such as the item 40 of 39."""
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
                used |= set(_item_columns(questionnaire, instruments[questionnaire.instrument]))
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


def _item_columns(questionnaire: Questionnaire, instrument: Instrument) -> list[str]:
    """The raw column of each item, item 1 first."""
    return [str(questionnaire.column_of(item)) for item in range(1, instrument.n_items + 1)]


def _read_questionnaire(
    sheet: pd.DataFrame, questionnaire: Questionnaire, instrument: Instrument, cohort: Cohort
) -> tuple[pa.Table | None, dict[str, int], list[Violation]]:
    """Responses of one questionnaire, the row of every dyad that answered, and what is wrong."""
    file = cohort.files[questionnaire.file]
    columns = _item_columns(questionnaire, instrument)
    wanted = [file.dyad, *columns]
    wanted += [questionnaire.published_total] if questionnaire.published_total else []
    violations = missing_columns(sheet, file.path, wanted)
    if violations:
        return None, {}, violations
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
                dyad=str(dyads.iloc[row]) or None,
                value=text,
            )
        )
    answered = (matrix != NO_RESPONSE).any(axis=1)
    # A cell that is no response is an answer all the same: the questionnaire was given.
    answered[[row for row, *_ in problems]] = True
    given = dyads[answered & is_named(dyads, cohort)]
    violations += _answers_of_nobody(dyads[answered], file.path, cohort)
    name = named(key_of(questionnaire))
    violations += duplicates(
        given, file.path, "duplicate_questionnaire", f"has answered {name} already, in"
    )
    violations += _constant_items(matrix, columns, file.path, cohort)
    block = _block(dyads[answered], matrix[answered], questionnaire)
    return block, dict(zip(given, map(int, given.index), strict=True)), violations


def _answers_of_nobody(dyads: pd.Series, path: str, cohort: Cohort) -> list[Violation]:
    """One error per row that holds answers but names no dyad."""
    unnamed = dyads[~is_named(dyads, cohort)]
    return [
        Violation(
            "no_dyad",
            "error",
            path,
            f"the row holds answers, but names no dyad ({nameless(text)}).",
            "Fill the cell, or delete the row.",
            row=int(row),
            column=str(dyads.name),
            value=text or None,
        )
        for row, text in zip(unnamed.index, unnamed, strict=True)
    ]


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


def _sample_violations(sample: pd.DataFrame, answered: Answered, cohort: Cohort) -> list[Violation]:
    violations = []
    known = set(sample["dyad"][is_named(sample["dyad"], cohort)])
    path = cohort.files[cohort.sample.file].path
    files = {key_of(each): cohort.files[each.file].path for each in cohort.questionnaires}
    column_of = {key_of(each): cohort.files[each.file].dyad for each in cohort.questionnaires}
    for key, dyads in answered.items():
        for dyad in sorted(dyads.keys() - known) if known else []:
            violations.append(
                Violation(
                    "unknown_dyad",
                    "error",
                    files[key],
                    f"dyad {dyad!r} answered {named(key)} but is not in the sample sheet {path}.",
                    "Add the dyad to the sample sheet, or correct its name.",
                    row=dyads[dyad],
                    column=column_of[key],
                    dyad=dyad,
                )
            )
        if not dyads:
            violations.append(
                Violation(
                    "unanswered_questionnaire",
                    cohort.severities.unanswered_questionnaire,
                    files[key],
                    f"nobody answered {named(key)}.",
                    "Its scores are missing; check the columns in cohort.yaml.",
                )
            )
    somewhere = set().union(*answered.values())
    for dyad in sorted(known - somewhere) if len(answered) == len(files) else []:
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
    answered: Answered,
    pretests: Mapping[QuestionnaireKey, QuestionnaireKey],
    cohort: Cohort,
) -> list[Violation]:
    files = {key_of(each): cohort.files[each.file].path for each in cohort.questionnaires}
    violations = []
    for posttest, pretest in pretests.items():
        if posttest not in answered or pretest not in answered:
            continue
        for dyad in sorted(answered[posttest].keys() - answered[pretest].keys()):
            violations.append(
                Violation(
                    "posttest_without_pretest",
                    cohort.severities.posttest_without_pretest,
                    files[posttest],
                    f"dyad {dyad!r} has {named(posttest)} but not {named(pretest)}.",
                    "Add the pretest, or set `posttest_without_pretest: warning` under severities"
                    " in cohort.yaml to go on without a gain for this dyad.",
                    row=answered[posttest][dyad],
                    dyad=dyad,
                )
            )
        for dyad in sorted(answered[pretest].keys() - answered[posttest].keys()):
            violations.append(
                Violation(
                    "posttest_missing",
                    cohort.severities.posttest_missing,
                    files[posttest],
                    f"dyad {dyad!r} has {named(pretest)} but not {named(posttest)}.",
                    "Nothing, if it was not returned; the study says what replaces missing scores.",
                    dyad=dyad,
                )
            )
    return violations
