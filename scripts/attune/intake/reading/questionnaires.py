"""Questionnaires: from the cells of a raw sheet to responses in the codes of the instrument.

Nothing is repaired silently: a cell either is a response in the codes of its instrument, means "no
answer" because the cohort file says so, or is an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.intake.reading.cell_values import NO_RESPONSE, read_responses
from attune.intake.reading.sheets import (
    duplicates,
    is_named,
    missing_columns,
    rows_of_nobody,
    selected_rows,
)
from attune.intake.reading.violations import Violation
from attune.scoring.scores import reverse_key
from attune.specs.cohort import Cohort, Questionnaire
from attune.specs.instrument import Instrument
from attune.specs.study_checks import QuestionnaireKey, key_of, named


@dataclass(frozen=True)
class AnsweredQuestionnaire:
    """What the dyads of a cohort answered in one questionnaire.

    Attributes
    ----------
    declared : Questionnaire
    instrument : Instrument
    path : str
        The raw file, as the cohort file names it.
    columns : tuple of str
        The raw column of each item, item 1 first.
    dyads : pandas.Series of str
        One per row with at least one answer; the index is the row number in the file. A dyad that
        occurs twice, or a row that names nobody, is reported and still in it.
    responses : array of int16, shape (n_rows, n_items)
        In the codes of the instrument as they are stored, not keyed; `NO_RESPONSE` where there is
        none.
    """

    declared: Questionnaire
    instrument: Instrument
    path: str
    columns: tuple[str, ...]
    dyads: pd.Series
    responses: NDArray[np.int16]

    @property
    def key(self) -> QuestionnaireKey:
        """Instrument, rater, occasion, state."""
        return key_of(self.declared)

    @property
    def name(self) -> str:
        """The questionnaire in words, such as `kims (therapist, baseline)`."""
        return named(self.key)


def read_questionnaires(
    sheets: Mapping[str, pd.DataFrame], cohort: Cohort, instruments: Mapping[str, Instrument]
) -> tuple[list[AnsweredQuestionnaire], list[Violation]]:
    """Every questionnaire of a cohort whose columns exist, with what is wrong in its cells.

    Parameters
    ----------
    sheets : mapping of file id to pandas.DataFrame of str
        Cells as given; the index is the row number in the file.
    cohort : Cohort
    instruments : mapping of id to Instrument
    """
    answered: list[AnsweredQuestionnaire] = []
    violations: list[Violation] = []
    for declared in cohort.questionnaires:
        instrument = instruments[declared.instrument]
        found, problems = _read_questionnaire(sheets[declared.file], declared, instrument, cohort)
        violations += problems
        if found is not None:
            answered.append(found)
    return answered, violations


def item_columns(declared: Questionnaire, instrument: Instrument) -> list[str]:
    """The raw column of each item, item 1 first."""
    return [str(declared.column_of(item)) for item in range(1, instrument.n_items + 1)]


def _read_questionnaire(
    sheet: pd.DataFrame, declared: Questionnaire, instrument: Instrument, cohort: Cohort
) -> tuple[AnsweredQuestionnaire | None, list[Violation]]:
    file = cohort.files[declared.file]
    columns = item_columns(declared, instrument)
    wanted = [file.dyad, *declared.rows, *columns, *declared.scores_in_file.values()]
    violations = missing_columns(sheet, file.place, wanted)
    if violations:
        return None, violations
    sheet = selected_rows(sheet, declared.rows)
    codes = [*cohort.missing_codes, *declared.missing_codes]
    allowed = instrument.response
    if declared.lowest_code is not None:
        allowed = allowed.starting_at(declared.lowest_code)
    responses, problems, wrong = read_responses(
        sheet[columns], codes, allowed, file.decimal, declared.answers
    )
    dyads = sheet[file.dyad]
    rows = sheet.index.to_numpy()
    for row, column, text, problem in problems:
        violations.append(
            Violation(
                problem.rule,
                "error",
                file.place,
                problem.message,
                problem.remedy,
                row=int(rows[row]),
                column=columns[column],
                item=column + 1,
                dyad=str(dyads.iloc[row]) or None,
                value=text,
            )
        )
    # A cell that is no response is an answer all the same: the questionnaire was given.
    given = (responses != NO_RESPONSE).any(axis=1) | wrong
    answered = AnsweredQuestionnaire(
        declared,
        instrument,
        file.place,
        tuple(columns),
        dyads[given],
        _as_given(responses.T[:, given].T, declared, instrument),
    )
    violations += rows_of_nobody(answered.dyads, file.place, "answers", cohort)
    violations += duplicates(
        answered.dyads[is_named(answered.dyads, cohort)],
        file.place,
        "duplicate_questionnaire",
        f"has answered {answered.name} already, in",
    )
    return answered, violations + _constant_items(answered, cohort)


def _as_given(
    responses: NDArray[np.int16], declared: Questionnaire, instrument: Instrument
) -> NDArray[np.int16]:
    """Responses in the codes of the instrument, with items that the file had reversed turned back.

    The key reverses them again: what the person ticked is what is stored.
    """
    codes = instrument.response
    if declared.lowest_code is not None:
        answered = responses != NO_RESPONSE
        shift = np.int16((codes.minimum - declared.lowest_code) * codes.scale_factor)
        responses = np.where(answered, responses + shift, NO_RESPONSE)
    turned = declared.already_reversed
    items = instrument.reverse if turned == "all" else turned
    if items:
        columns = np.array(items) - 1
        answered = responses[:, columns] != NO_RESPONSE
        back = reverse_key(responses[:, columns], codes.stored_minimum, codes.stored_maximum)
        responses = responses.copy()
        responses[:, columns] = np.where(answered, back, NO_RESPONSE)
    return responses


def _constant_items(answered: AnsweredQuestionnaire, cohort: Cohort) -> list[Violation]:
    """Items that everybody answered alike: they cannot correlate with anything."""
    matrix = answered.responses
    given = matrix != NO_RESPONSE
    lowest = matrix.min(axis=0, where=given, initial=32767)
    # "No response" is below every answer.
    highest = matrix.max(axis=0, initial=NO_RESPONSE)
    constant = (given.sum(axis=0) >= 4) & (lowest == highest)
    return [
        Violation(
            "constant_item",
            cohort.severity("constant_item"),
            answered.path,
            f"every answer is {answered.instrument.response.given(lowest[position])}.",
            "Check the export if that is a surprise.",
            column=answered.columns[position],
            item=int(position) + 1,
        )
        for position in np.flatnonzero(constant)
    ]
