"""Given scores: scale scores that a cohort brings instead of the items.

Their cells are read as strictly as answers are: a cell is a score that the scale can have, or means
"no score" because the cohort file says so, or is an error. The items are not there, so that neither
the scoring nor the internal consistency can be checked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from attune.intake.checks.scores_in_file import half_a_digit
from attune.intake.reading.cell_values import CellProblem, missing_code_hint, read_number
from attune.intake.reading.sheets import (
    duplicates,
    is_named,
    missing_columns,
    rows_of_nobody,
    selected_rows,
)
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort, GivenScore
from attune.specs.instrument import Instrument
from attune.specs.study_checks import QuestionnaireKey, key_of, named
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
        One per row with a score; the index is the row number in the file. A dyad that occurs twice,
        or a row that names nobody, is reported and still in it.
    scores : array of float64, shape (n_rows,)
        NaN where the cell is no score.
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
) -> tuple[list[ReadScores], list[Violation]]:
    """Every given score of a cohort whose column exists, with what is wrong in its cells.

    Parameters
    ----------
    sheets : mapping of file id to pandas.DataFrame of str
        Cells as given; the index is the row number in the file.
    cohort : Cohort
    instruments : mapping of id to Instrument
    """
    read: list[ReadScores] = []
    violations: list[Violation] = []
    for declared in cohort.scores:
        instrument = instruments[declared.instrument]
        found, problems = _read_scores(sheets[declared.file], declared, instrument, cohort)
        violations += problems
        if found is not None:
            read.append(found)
    return read, violations


def given_scores_table(read: Iterable[ReadScores]) -> pa.Table:
    """Given scores as rows of the contract `GIVEN_SCORES`, in the order of the files."""
    tables = [GIVEN_SCORES.schema.empty_table()]
    for each in read:
        names = (*each.key, each.declared.scale)
        columns = [pa.array(each.dyads.astype(str).tolist(), pa.string())]
        columns += [pa.array([name] * len(each.dyads), pa.string()) for name in names]
        columns.append(pa.array(each.scores, pa.float64()))
        tables.append(pa.table(columns, schema=GIVEN_SCORES.schema))
    return pa.concat_tables(tables)


def _read_scores(
    sheet: pd.DataFrame, declared: GivenScore, instrument: Instrument, cohort: Cohort
) -> tuple[ReadScores | None, list[Violation]]:
    file = cohort.files[declared.file]
    wanted = [file.dyad, *declared.rows, declared.column]
    violations = missing_columns(sheet, file.place, wanted)
    if violations:
        return None, violations
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
            violations.append(
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
    numbers = {text: each for text, each in meanings.items() if isinstance(each, float)}
    scores = cells.map(numbers).to_numpy(dtype=float)
    violations += rows_of_nobody(dyads, file.place, f"a score in {declared.column!r}", cohort)
    violations += duplicates(
        dyads[is_named(dyads, cohort)],
        file.place,
        "duplicate_questionnaire",
        f"has a score of {named(key_of(declared))} already, in",
    )
    return ReadScores(declared, file.place, dyads, scores), violations


def _read_score(text: str, scale: str, instrument: Instrument, decimal: str) -> float | CellProblem:
    """A cell's text as a score that the scale can have.

    A score that was rounded may lie half of its last digit outside.
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
