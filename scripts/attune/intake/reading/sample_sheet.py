"""The sample sheet: one row per dyad, its therapist, patient, condition and variables."""

from collections.abc import Callable

import pandas as pd

from attune.intake.checks.demographics import check_demographics
from attune.intake.checks.sample_dates import check_dates_in_order, read_date
from attune.intake.reading.cell_values import CellProblem, missing_code_hint, read_number
from attune.intake.reading.sheets import (
    duplicates,
    is_named,
    missing_columns,
    nameless,
    selected_rows,
)
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort, Variable


def read_sample(sheet: pd.DataFrame, cohort: Cohort) -> tuple[pd.DataFrame, list[Violation]]:
    """The dyads of a cohort, with everything that is wrong in the sample sheet.

    Parameters
    ----------
    sheet : pandas.DataFrame of str
        One row per dyad; the index is the row number in the file.
    cohort : Cohort

    Returns
    -------
    sample : pandas.DataFrame
        Contract `SAMPLE`: dyad, therapist, patient, condition and one column per variable (float
        for numbers, code of the level for categories, text like 2024-05-31 for dates); missing
        where the cell says "no answer".
        Without rows where a column is missing.
    violations : list of Violation
    """
    file = cohort.files[cohort.sample.file]
    wanted = [file.dyad, cohort.sample.patient]
    wanted += [cohort.sample.therapist] if cohort.sample.therapist else []
    wanted += [variable.column for variable in cohort.sample.variables.values()]
    violations = missing_columns(sheet, file.place, [*wanted, *cohort.sample.rows])
    if violations:
        return pd.DataFrame({"dyad": [], "therapist": [], "patient": []}, dtype=str), violations
    sheet = selected_rows(sheet, cohort.sample.rows)
    columns = {"dyad": sheet[file.dyad], "patient": sheet[cohort.sample.patient]}
    if cohort.sample.therapist:
        columns["therapist"] = sheet[cohort.sample.therapist]
    violations += _unnamed(sheet, file.place, cohort)
    violations += duplicates(
        sheet[file.dyad], file.place, "duplicate_dyad", "is in the sample sheet already, in"
    )
    for name, variable in cohort.sample.variables.items():
        columns[name], found = _READERS[variable.kind](sheet, variable, cohort)
        violations += found
    if cohort.sample.condition and cohort.sample.condition != "condition":
        columns["condition"] = columns[cohort.sample.condition]
    sample = pd.DataFrame(columns).reset_index(drop=True)
    violations += check_dates_in_order(sheet, sample, cohort)
    violations += check_demographics(sheet, sample, cohort)
    return sample, violations


def _unnamed(sheet: pd.DataFrame, path: str, cohort: Cohort) -> list[Violation]:
    """One error per row without a dyad, a patient or, where they are recorded, a therapist."""
    column_of = {"dyad": cohort.files[cohort.sample.file].dyad, "patient": cohort.sample.patient}
    if cohort.sample.therapist:
        column_of["therapist"] = cohort.sample.therapist
    named = {role: is_named(sheet[column], cohort) for role, column in column_of.items()}
    *first, last = column_of
    every = f"one {', one '.join(first)} and one {last}"
    violations = []
    for row in sheet.index[~pd.DataFrame(named).all(axis=1)]:
        has = {role: bool(named[role][row]) for role in column_of}
        absent = [role for role in has if not has[role]]
        others = " and ".join(f"a {role}" for role in has if has[role] and role != "dyad")
        dyad = str(sheet.loc[row, column_of["dyad"]])
        who = f"dyad {dyad!r}" if has["dyad"] else "the row"
        which = (
            f"{others} but no {' and no '.join(absent)}"
            if others
            else f"no {' and no '.join(absent)}"
        )
        text = str(sheet.loc[row, column_of[absent[0]]])
        violations.append(
            Violation(
                f"no_{absent[0]}",
                "error",
                path,
                f"{who} has {which} ({nameless(text)}); every row names {every}.",
                "Fill the cell, or delete the row if the dyad is not part of the study.",
                row=int(row),
                column=column_of[absent[0]],
                dyad=dyad if has["dyad"] else None,
                value=text or None,
            )
        )
    return violations


def _numbers(
    sheet: pd.DataFrame, variable: Variable, cohort: Cohort
) -> tuple[pd.Series, list[Violation]]:
    """A number per dyad; every distinct text is read once."""
    decimal = cohort.files[cohort.sample.file].decimal
    cells = sheet[variable.column]
    read = {text: read_number(text, decimal) for text in cells.unique()}
    meanings = {
        text: _within(number, text, variable) if isinstance(number, float) else number
        for text, number in read.items()
        if text not in cohort.missing_codes
    }
    numbers = {text: value for text, value in meanings.items() if isinstance(value, float)}
    wrong = {text: value for text, value in meanings.items() if isinstance(value, CellProblem)}
    return cells.map(numbers).astype(float), _cells(sheet, variable, cohort, wrong.get)


def _within(number: float, text: str, variable: Variable) -> float | CellProblem:
    """A number, unless it lies outside the variable's range."""
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
    """A code per dyad."""
    codes = sheet[variable.column]
    # A code that the variable declares is a level even where it also means "no answer" elsewhere.
    answered = codes.isin(list(variable.levels)) | ~codes.isin(cohort.missing_codes)
    allowed = ", ".join(map(repr, variable.levels))
    wrong = {
        code: CellProblem(
            "unknown_level",
            f"found {code!r}, which is not one of {allowed}."
            if code
            else f"the cell is empty; allowed are {allowed}.",
            f"{missing_code_hint(code).rstrip('.')}, or add it to levels in cohort.yaml."
            if code
            else missing_code_hint(code),
        )
        for code in codes[answered].unique()
        if code not in variable.levels
    }
    return codes.where(answered, None), _cells(sheet, variable, cohort, wrong.get)


def _dates(
    sheet: pd.DataFrame, variable: Variable, cohort: Cohort
) -> tuple[pd.Series, list[Violation]]:
    """A date per dyad, as text like 2024-05-31; every distinct text is read once."""
    cells = sheet[variable.column]
    read = {
        text: read_date(text, variable)
        for text in cells.unique()
        if text and text not in cohort.missing_codes
    }
    days = {text: value for text, value in read.items() if isinstance(value, str)}
    wrong = {text: value for text, value in read.items() if isinstance(value, CellProblem)}
    if "" not in cohort.missing_codes:
        wrong[""] = CellProblem("empty_cell", "the cell is empty.", missing_code_hint(""))
    return cells.map(days).astype(object), _cells(sheet, variable, cohort, wrong.get)


_READERS: dict[str, Callable[..., tuple[pd.Series, list[Violation]]]] = {
    "number": _numbers,
    "category": _levels,
    "date": _dates,
}
"""How the cells of each kind of variable are read."""


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
