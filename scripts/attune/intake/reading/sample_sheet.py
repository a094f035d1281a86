"""Reading the sample sheet: one row per dyad with its patient, therapist, condition, variables."""

import re
from collections.abc import Callable, Collection
from datetime import datetime

import pandas as pd

from attune.intake.reading.cell_values import CellProblem, missing_code_hint, read_number
from attune.intake.reading.sheets import missing_columns, sample_rows
from attune.intake.reading.spreadsheet_traces import spreadsheet_trace
from attune.intake.reading.violations import Reading, Violation
from attune.specs.cohort import Cohort, Variable

EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
"""Years outside this range are typing errors, or day zero of a spreadsheet."""

_MIDNIGHT = (" 00:00:00", "T00:00:00", " 00:00")


def read_sample(sheet: pd.DataFrame, cohort: Cohort) -> Reading[pd.DataFrame]:
    """Read the dyads of a cohort from its sample sheet.

    Parameters
    ----------
    sheet : pandas.DataFrame of str
        One row per dyad; the index is the row number in the file.
    cohort : Cohort

    Returns
    -------
    Reading of pandas.DataFrame
        Contract `SAMPLE`: dyad, therapist, patient, condition and one column per variable (float
        for numbers, code of the level for categories, text like 2024-05-31 for dates), one row per
        selected row of the sheet. Missing where the cell holds a missing code or no value. None
        where a column is missing.
    """
    file = cohort.files[cohort.sample.file]
    needed = [file.dyad, cohort.sample.patient]
    needed += [cohort.sample.therapist] if cohort.sample.therapist else []
    needed += [variable.column for variable in cohort.sample.variables.values()]
    problems = missing_columns(sheet, file.place, [*needed, *cohort.sample.rows])
    if problems:
        return Reading(None, problems)
    sheet = sample_rows(sheet, cohort)
    columns = {"dyad": sheet[file.dyad], "patient": sheet[cohort.sample.patient]}
    if cohort.sample.therapist:
        columns["therapist"] = sheet[cohort.sample.therapist]
    for name, variable in cohort.sample.variables.items():
        columns[name], cell_problems = _READERS[variable.kind](sheet, variable, cohort)
        problems += cell_problems
    if cohort.sample.condition and cohort.sample.condition != "condition":
        columns["condition"] = columns[cohort.sample.condition]
    return Reading(pd.DataFrame(columns).reset_index(drop=True), problems)


def _numbers(
    sheet: pd.DataFrame, variable: Variable, cohort: Cohort
) -> tuple[pd.Series, list[Violation]]:
    """A number per dyad; each distinct text is parsed once."""
    decimal = cohort.files[cohort.sample.file].decimal
    cells = sheet[variable.column]
    read = {text: read_number(text, decimal) for text in cells.unique()}
    meanings = {
        text: _within(number, text, variable) if isinstance(number, float) else number
        for text, number in read.items()
        if text not in variable.missing_among(cohort.missing_codes)
    }
    numbers = {text: value for text, value in meanings.items() if isinstance(value, float)}
    wrong = {text: value for text, value in meanings.items() if isinstance(value, CellProblem)}
    return cells.map(numbers).astype(float), _cells(sheet, variable, cohort, wrong.get)


def _within(number: float, text: str, variable: Variable) -> float | CellProblem:
    """The number, or a problem where it is outside the variable's range."""
    low, high = variable.minimum, variable.maximum
    if (low is None or number >= low) and (high is None or number <= high):
        return number
    if low is None:
        allowed = f"at most {high:g}"
    elif high is None:
        allowed = f"at least {low:g}"
    else:
        allowed = f"{low:g} to {high:g}"
    return CellProblem(
        "number_out_of_range",
        f"found {text!r}; allowed are {allowed} {variable.unit}".rstrip() + ".",
        f"{missing_code_hint(text).rstrip('.')}, or correct the range in cohort.yaml.",
    )


def _levels(
    sheet: pd.DataFrame, variable: Variable, cohort: Cohort
) -> tuple[pd.Series, list[Violation]]:
    """The code of a level per dyad."""
    codes = sheet[variable.column].map(lambda code: _as_level(code, variable.levels))
    # A declared level stays a level even where the same code means "no answer" in other columns.
    missing = variable.missing_among(cohort.missing_codes)
    answered = {code for code in codes if code in variable.levels or code not in missing}
    allowed = ", ".join(map(repr, variable.levels))
    wrong = {
        code: _unknown_level(code, allowed) for code in answered if code not in variable.levels
    }
    # A cell of `sheet` is as given: 2.0 is the level 2.
    problem = {code: wrong.get(_as_level(code, variable.levels)) for code in sheet[variable.column]}
    levels = [code if code in answered else None for code in codes]
    return pd.Series(levels, codes.index, dtype=object), _cells(
        sheet, variable, cohort, problem.get
    )


def _as_level(code: str, levels: Collection[str]) -> str:
    """The level that a cell names; programs write 2.0 for 2 where a column has empty cells.

    Examples
    --------
    >>> _as_level("2.0", {"1", "2"}), _as_level("2.5", {"1", "2"}), _as_level("x", {"1"})
    ('2', '2.5', 'x')
    """
    whole = re.fullmatch(r"(-?\d+)[.,]0+", code) if code not in levels else None
    return whole[1] if whole is not None and whole[1] in levels else code


def _unknown_level(code: str, allowed: str) -> CellProblem:
    """What is wrong with a cell that holds none of the declared levels."""
    if not code:
        message = f"the cell is empty; allowed are {allowed}."
        return CellProblem("unknown_level", message, missing_code_hint(code))
    message = f"found {code!r}, which is not one of {allowed}."
    trace = spreadsheet_trace(code)
    if trace is not None:
        message = f"found {code!r}, {trace.what}; allowed are {allowed}."
        return CellProblem("unknown_level", message, trace.remedy)
    remedy = f"{missing_code_hint(code).rstrip('.')}, or add it to levels in cohort.yaml."
    return CellProblem("unknown_level", message, remedy)


def read_date(text: str, variable: Variable) -> str | CellProblem:
    """A cell's text as a date of the form 2024-05-31.

    Parameters
    ----------
    text : str
        Content of the cell, without surrounding blanks.
    variable : Variable
        A variable of kind date; `format` is the format of its dates. A time of midnight, which
        some programs append to a date, is ignored.

    Examples
    --------
    >>> seen = Variable(column="seen", label="Seen", kind="date", format="%d.%m.%Y")
    >>> read_date("31.05.2024", seen)
    '2024-05-31'
    >>> read_date("31.02.2024", seen).message
    "found '31.02.2024'; a date written as %d.%m.%Y is needed."
    """
    for ending in _MIDNIGHT if "%H" not in variable.format else ():
        text = text.removesuffix(ending)
    try:
        day = datetime.strptime(text, variable.format)
    except ValueError:
        return CellProblem(
            "not_a_date",
            f"found {text[:30]!r}; a date written as {variable.format} is needed.",
            "Correct the cell, or say in cohort.yaml how dates are written (`format:`).",
        )
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        return CellProblem(
            "not_a_date",
            f"found {text[:30]!r}; the year must lie between {EARLIEST_YEAR} and {LATEST_YEAR}.",
            "Correct the cell.",
        )
    return day.date().isoformat()


def _dates(
    sheet: pd.DataFrame, variable: Variable, cohort: Cohort
) -> tuple[pd.Series, list[Violation]]:
    """A date per dyad, as text like 2024-05-31; each distinct text is parsed once."""
    cells = sheet[variable.column]
    read = {
        text: read_date(text, variable)
        for text in cells.unique()
        if text and text not in variable.missing_among(cohort.missing_codes)
    }
    days = {text: value for text, value in read.items() if isinstance(value, str)}
    wrong = {text: value for text, value in read.items() if isinstance(value, CellProblem)}
    if "" not in variable.missing_among(cohort.missing_codes):
        wrong[""] = CellProblem("empty_cell", "the cell is empty.", missing_code_hint(""))
    return cells.map(days).astype(object), _cells(sheet, variable, cohort, wrong.get)


_READERS: dict[str, Callable[..., tuple[pd.Series, list[Violation]]]] = {
    "number": _numbers,
    "category": _levels,
    "date": _dates,
}
"""Kind of variable -> the function that reads its cells."""


def _cells(
    sheet: pd.DataFrame,
    variable: Variable,
    cohort: Cohort,
    problem_of: Callable[[str], CellProblem | None],
) -> list[Violation]:
    """One error per cell whose text has a problem."""
    file = cohort.files[cohort.sample.file]
    rows = zip(sheet.index, sheet[variable.column], sheet[file.dyad], strict=True)
    return [
        Violation(
            problem.rule,
            cohort.severity(problem.rule),
            file.place,
            problem.message,
            problem.remedy,
            row=int(row),
            column=variable.column,
            dyad=dyad or None,
            value=text,
        )
        for row, text, dyad in rows
        if (problem := problem_of(text)) is not None
    ]
