"""Reading given scores: scale scores that a cohort has in place of item responses.

A cell is a score that the scale can take, or a missing code that the cohort file declares, or an
error. Without the items, neither the scoring nor the internal consistency can be checked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from attune.intake.reading.cell_values import (
    CellProblem,
    half_a_digit,
    missing_code_hint,
    read_number,
)
from attune.intake.reading.sheets import missing_columns, selected_rows
from attune.intake.reading.violations import Reading, Violation
from attune.specs.cohort import Cohort, GivenScore
from attune.specs.instrument import Instrument
from attune.specs.study_checks import QuestionnaireKey, key_of
from attune.store.contracts import GIVEN_SCORES


@dataclass(frozen=True)
class ReadScores:
    """The scores of one scale that a raw file holds.

    Attributes
    ----------
    declared : GivenScore
    path : str
        The raw file, as the cohort file names it.
    dyads : pandas.Series of str
        The dyad of each row with a score; the index is the row number in the file. Rows without
        an id and repeated dyads are included; checks report them.
    scores : array of float64, shape (n_rows,)
        NaN where the cell is not a score.
    """

    declared: GivenScore
    path: str
    dyads: pd.Series
    scores: NDArray[np.float64]

    @property
    def key(self) -> QuestionnaireKey:
        """Instrument, rater, occasion, state."""
        return key_of(self.declared)


def read_given_scores(
    sheets: Mapping[str, pd.DataFrame], cohort: Cohort, instruments: Mapping[str, Instrument]
) -> list[Reading[ReadScores]]:
    """Read every given score of a cohort, in the order of the cohort file.

    Parameters
    ----------
    sheets : mapping of file id to pandas.DataFrame of str
        Cells as given; the index is the row number in the file.
    cohort : Cohort
    instruments : mapping of id to Instrument

    Returns
    -------
    list of Reading of ReadScores
        None where the column of a score is missing.
    """
    return [
        _read_scores(sheets[declared.file], declared, instruments[declared.instrument], cohort)
        for declared in cohort.scores
    ]


def given_scores_table(given: Iterable[ReadScores]) -> pa.Table:
    """Given scores as rows of the contract `GIVEN_SCORES`, in the order of the files."""
    tables = [GIVEN_SCORES.schema.empty_table()]
    for scale in given:
        names = (*scale.key, scale.declared.scale)
        columns = [pa.array(scale.dyads.astype(str).tolist(), pa.string())]
        columns += [pa.array([name] * len(scale.dyads), pa.string()) for name in names]
        columns.append(pa.array(scale.scores, pa.float64()))
        tables.append(pa.table(columns, schema=GIVEN_SCORES.schema))
    return pa.concat_tables(tables)


def _read_scores(
    sheet: pd.DataFrame, declared: GivenScore, instrument: Instrument, cohort: Cohort
) -> Reading[ReadScores]:
    file = cohort.files[declared.file]
    needed = [file.dyad, *declared.rows, declared.column]
    problems = missing_columns(sheet, file.place, needed)
    if problems:
        return Reading(None, problems)
    sheet = selected_rows(sheet, declared.rows)
    codes = [*cohort.missing_codes, *declared.missing_codes]
    cells = sheet[declared.column]
    cells = cells[~cells.isin(codes)]
    dyads = sheet.loc[cells.index, file.dyad]
    meanings = {
        text: _read_score(text, declared.scale, instrument, file.decimal) for text in cells.unique()
    }
    for row, text in zip(cells.index, cells, strict=True):
        problem = meanings[text]
        if isinstance(problem, CellProblem):
            problems.append(
                Violation(
                    problem.rule,
                    "error",
                    file.place,
                    problem.message,
                    problem.remedy,
                    row=int(row),
                    column=declared.column,
                    dyad=str(dyads[row]) or None,
                    value=text,
                )
            )
    numbers = {text: score for text, score in meanings.items() if isinstance(score, float)}
    scores = cells.map(numbers).to_numpy(dtype=float)
    return Reading(ReadScores(declared, file.place, dyads, scores), problems)


def _read_score(text: str, scale: str, instrument: Instrument, decimal: str) -> float | CellProblem:
    """A cell's text as a score within the scale's range.

    A rounded score may exceed the range by half a unit of its last digit.
    """
    number = read_number(text, decimal)
    if isinstance(number, CellProblem):
        return number
    lowest, highest = instrument.score_range(scale)
    rounding = half_a_digit(text, decimal)
    if lowest - rounding <= number <= highest + rounding:
        return number
    return CellProblem(
        "score_out_of_range",
        f"found {text!r}; scores of {instrument.abbreviation}, scale {scale}, go from {lowest:g} to"
        f" {highest:g}.",
        f"{missing_code_hint(text).rstrip('.')}, or correct the scale or the column in"
        " cohort.yaml if the file scores it differently.",
    )
