"""Reading questionnaires: the cells of a raw sheet as responses in the codes of the instrument.

Nothing is repaired silently: a cell is a response in the codes of its instrument, or a missing code
that the cohort file declares, or an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.intake.reading.cell_values import CellProblem, read_responses
from attune.intake.reading.outside_codes import join_outside
from attune.intake.reading.sheets import missing_columns, selected_rows
from attune.intake.reading.violations import Reading, Violation
from attune.scoring.scores import NO_RESPONSE
from attune.specs.cohort import Cohort, Questionnaire
from attune.specs.instrument import Instrument, ResponseRange
from attune.specs.study_checks import QuestionnaireKey, key_of, named


@dataclass(frozen=True)
class AnsweredQuestionnaire:
    """The responses of a cohort's dyads to one questionnaire.

    Attributes
    ----------
    declared : Questionnaire
    instrument : Instrument
    path : str
        The raw file, as the cohort file names it.
    columns : tuple of str
        The raw column of each item, item 1 first.
    dyads : pandas.Series of str
        The dyad of each row with at least one answer; the index is the row number in the file.
        Rows without an id and repeated dyads are included; checks report them.
    responses : array of int16, shape (n_rows, n_items)
        Stored codes of the instrument, before reverse keying; `NO_RESPONSE` where an item was not
        answered.
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
        """The questionnaire as messages name it, such as `kims (therapist, baseline)`."""
        return named(self.key)


def read_questionnaires(
    sheets: Mapping[str, pd.DataFrame], cohort: Cohort, instruments: Mapping[str, Instrument]
) -> list[Reading[AnsweredQuestionnaire]]:
    """Read every questionnaire of a cohort, in the order of the cohort file.

    Parameters
    ----------
    sheets : mapping of file id to pandas.DataFrame of str
        Cells as given; the index is the row number in the file.
    cohort : Cohort
    instruments : mapping of id to Instrument

    Returns
    -------
    list of Reading of AnsweredQuestionnaire
        None where a column of the questionnaire is missing.
    """
    return [
        _read_questionnaire(
            sheets[declared.file], declared, instruments[declared.instrument], cohort
        )
        for declared in cohort.questionnaires
    ]


def item_columns(declared: Questionnaire, instrument: Instrument) -> list[str]:
    """The raw column of each item, item 1 first."""
    return [str(declared.column_of(item)) for item in range(1, instrument.n_items + 1)]


def _read_questionnaire(
    sheet: pd.DataFrame, declared: Questionnaire, instrument: Instrument, cohort: Cohort
) -> Reading[AnsweredQuestionnaire]:
    file = cohort.files[declared.file]
    columns = item_columns(declared, instrument)
    needed = [file.dyad, *declared.rows, *columns, *declared.scores_in_file.values()]
    problems = missing_columns(sheet, file.place, needed)
    if problems:
        return Reading(None, problems)
    sheet = selected_rows(sheet, declared.rows)
    codes = [*cohort.missing_codes, *declared.missing_codes]
    responses, wrong_cells, wrong_rows = read_items(
        sheet[columns], codes, instrument, file.decimal, declared.answers, declared.lowest_code
    )
    wrong_cells, joined = join_outside(wrong_cells, sheet[columns], declared, instrument, cohort)
    if joined is not None:
        problems.append(joined.violation)
        # Where most numbers are not answers, those that could be some are none either.
        wrong_rows = wrong_rows | (responses != NO_RESPONSE).any(axis=1)
        responses[:, joined.items] = NO_RESPONSE
    dyads = sheet[file.dyad]
    rows = sheet.index.to_numpy()
    for row, column, text, problem in wrong_cells:
        problems.append(
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
                places=problem.places,
            )
        )
    # A wrong cell counts as an answer: the questionnaire was given, and its row is reported.
    given = (responses != NO_RESPONSE).any(axis=1) | wrong_rows
    answered = AnsweredQuestionnaire(
        declared,
        instrument,
        file.place,
        tuple(columns),
        dyads[given],
        _to_instrument_codes(responses.T[:, given].T, declared, instrument),
    )
    return Reading(answered, problems)


def read_items(
    cells: pd.DataFrame,
    missing_codes: list[str],
    instrument: Instrument,
    decimal: str = ".",
    answers: Mapping[str, int] | None = None,
    lowest_code: int | None = None,
) -> tuple[NDArray[np.int16], list[tuple[int, int, str, CellProblem]], NDArray[np.bool_]]:
    """The responses to all items of an instrument, each in the range of its item.

    Parameters and returned values are those of `read_responses`; `lowest_code` is the file's code
    of the lowest answer where it is not the instrument's: the codes of all items are shifted alike.
    """

    def allowed(item: int) -> ResponseRange:
        codes = instrument.range_of(item)
        if lowest_code is None:
            return codes
        return codes.starting_at(codes.minimum + lowest_code - instrument.response.minimum)

    if not instrument.item_ranges:
        return read_responses(cells, missing_codes, allowed(1), decimal, answers)
    responses = np.empty(cells.shape, dtype=np.int16, order="F")
    problems: list[tuple[int, int, str, CellProblem]] = []
    wrong_rows = np.zeros(len(cells), dtype=np.bool_)
    items = range(1, instrument.n_items + 1)
    for own in dict.fromkeys(instrument.item_ranges.get(item) for item in items):
        columns = [item - 1 for item in items if instrument.item_ranges.get(item) == own]
        found, wrong, rows = read_responses(
            cells.iloc[:, columns], missing_codes, allowed(columns[0] + 1), decimal, answers
        )
        responses[:, columns] = found
        problems += [(row, columns[place], text, problem) for row, place, text, problem in wrong]
        wrong_rows |= rows
    return responses, sorted(problems, key=lambda problem: problem[:2]), wrong_rows


def _to_instrument_codes(
    responses: NDArray[np.int16], declared: Questionnaire, instrument: Instrument
) -> NDArray[np.int16]:
    """Convert a file's codes to those of the instrument, as ticked on the form.

    Codes with another lowest code are shifted; items that the file holds reverse-keyed already are
    reversed back, since scoring applies the key to all of them.
    """
    codes = instrument.response
    if declared.lowest_code is not None:
        answered = responses != NO_RESPONSE
        shift = np.int16((codes.minimum - declared.lowest_code) * codes.scale_factor)
        responses = np.where(answered, responses + shift, NO_RESPONSE)
    reversed_in_file = declared.already_reversed
    items = instrument.reverse if reversed_in_file == "all" else reversed_in_file
    if items:
        columns = np.array(items) - 1
        answered = responses[:, columns] != NO_RESPONSE
        both_ends = np.sum(instrument.stored_ends(), axis=0)[columns].astype(np.int16)
        back = both_ends - responses[:, columns]
        responses = responses.copy()
        responses[:, columns] = np.where(answered, back, NO_RESPONSE)
    return responses
