"""The sample sheet: one row per dyad, its therapist, patient, condition and variables."""

import pandas as pd

from attune.cell_values import CellProblem, read_number
from attune.closed_model import did_you_mean
from attune.cohort import Cohort, Variable
from attune.violations import Violation


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
        for numbers, code of the level for categories); missing where the cell says "no answer".
    violations : list of Violation
    """
    file = cohort.files[cohort.sample.file]
    wanted = [file.dyad, cohort.sample.patient]
    wanted += [cohort.sample.therapist] if cohort.sample.therapist else []
    wanted += [variable.column for variable in cohort.sample.variables.values()]
    violations = missing_columns(sheet, file.path, wanted)
    if violations:
        return pd.DataFrame({"dyad": [], "therapist": [], "patient": []}, dtype=str), violations
    columns: dict[str, pd.Series] = {"dyad": sheet[file.dyad]}
    columns["therapist"] = _answers(sheet, cohort.sample.therapist, cohort)
    columns["patient"] = _answers(sheet, cohort.sample.patient, cohort)
    violations += _unnamed(columns, file.path, cohort)
    violations += duplicates(sheet[file.dyad], file.path, "duplicate_dyad", "sample sheet")
    for name, variable in cohort.sample.variables.items():
        read = _numbers if variable.kind == "number" else _levels
        columns[name], found = read(sheet, variable, cohort)
        violations += found
    if cohort.sample.condition and cohort.sample.condition != "condition":
        columns["condition"] = columns[cohort.sample.condition]
    return pd.DataFrame(columns).reset_index(drop=True), violations


def missing_columns(sheet: pd.DataFrame, path: str, wanted: list[str]) -> list[Violation]:
    """One error per column that the cohort file names and the raw file lacks."""
    known = [str(name) for name in sheet.columns]
    return [
        Violation(
            "missing_column",
            "error",
            path,
            f"cohort.yaml names the column {column!r}, which the file does not have.",
            did_you_mean(column, known) if len(known) <= 12 else _closest(column, known),
            row=1,
            column=column,
        )
        for column in dict.fromkeys(wanted)
        if column not in known
    ]


def duplicates(dyads: pd.Series, path: str, rule: str, what: str) -> list[Violation]:
    """One error per row whose dyad an earlier row already has."""
    repeated = dyads[dyads.ne("") & dyads.duplicated()]
    first = dyads[~dyads.duplicated()].reset_index().set_index(dyads.name)["index"]
    return [
        Violation(
            rule,
            "error",
            path,
            f"dyad {dyad!r} already has a {what} in row {first[dyad]}.",
            "Keep one of the two rows, or correct the dyad.",
            row=int(row),
            column=str(dyads.name),
            dyad=dyad,
        )
        for row, dyad in repeated.items()
    ]


def _closest(column: str, known: list[str]) -> str:
    hint = did_you_mean(column, known)
    return hint if hint.startswith("Did") else "Correct cohort.yaml or export the file again."


def _answers(sheet: pd.DataFrame, column: str | None, cohort: Cohort) -> pd.Series:
    if column is None:
        return pd.Series([None] * len(sheet), index=sheet.index, dtype=object)
    return sheet[column].where(~sheet[column].isin({"", *cohort.missing_codes}), None)


def _unnamed(columns: dict[str, pd.Series], path: str, cohort: Cohort) -> list[Violation]:
    names = {"dyad": cohort.files[cohort.sample.file].dyad, "patient": cohort.sample.patient}
    if cohort.sample.therapist:
        names["therapist"] = cohort.sample.therapist
    violations = []
    for role, column in names.items():
        values = columns[role]
        for row in values.index[values.isna() | values.eq("")]:
            dyad = columns["dyad"][row]
            others = "patient" if role == "therapist" else "therapist"
            what = f"dyad {dyad!r} has a {others} but no {role}" if role != "dyad" else "no dyad"
            violations.append(
                Violation(
                    f"no_{role}",
                    "error",
                    path,
                    f"{what}; every row names one dyad, one therapist and one patient."
                    if cohort.sample.therapist
                    else f"{what}; every row names one dyad and one patient.",
                    "Fill the cell, or delete the row if the dyad is not part of the study.",
                    row=int(row),
                    column=column,
                    dyad=dyad or None,
                )
            )
    return violations


def _numbers(
    sheet: pd.DataFrame, variable: Variable, cohort: Cohort
) -> tuple[pd.Series, list[Violation]]:
    file = cohort.files[cohort.sample.file]
    values = pd.Series(float("nan"), index=sheet.index, dtype=float)
    violations = []
    for row, text in _answers(sheet, variable.column, cohort).dropna().items():
        number = read_number(text, file.decimal)
        if not isinstance(number, CellProblem):
            low = variable.minimum if variable.minimum is not None else float("-inf")
            high = variable.maximum if variable.maximum is not None else float("inf")
            if low <= number <= high:
                values[row] = number
                continue
            number = CellProblem(
                "number_out_of_range",
                f"found {text!r}; allowed are {low:g} to {high:g} {variable.unit}".rstrip() + ".",
                "Correct the cell, empty it, or correct the range in cohort.yaml.",
            )
        violations.append(_cell(number, file.path, row, variable, sheet.loc[row, file.dyad], text))
    return values, violations


def _levels(
    sheet: pd.DataFrame, variable: Variable, cohort: Cohort
) -> tuple[pd.Series, list[Violation]]:
    file = cohort.files[cohort.sample.file]
    codes = sheet[variable.column]
    # A code that the variable declares is a level even where it also means "no answer" elsewhere.
    answered = codes.isin(variable.levels) | ~codes.isin({"", *cohort.missing_codes})
    values = codes.where(answered, None)
    violations = []
    for row, code in values.dropna().items():
        if code not in variable.levels:
            problem = CellProblem(
                "unknown_level",
                f"found a code that is not one of {', '.join(map(repr, variable.levels))}.",
                "Correct the cell, or add the code to levels in cohort.yaml.",
            )
            violations.append(
                _cell(problem, file.path, row, variable, sheet.loc[row, file.dyad], code)
            )
    return values, violations


def _cell(
    problem: CellProblem, path: str, row: object, variable: Variable, dyad: str, text: str
) -> Violation:
    return Violation(
        problem.rule,
        "error",
        path,
        problem.message,
        problem.remedy,
        row=int(str(row)),
        column=variable.column,
        dyad=dyad or None,
        value=text,
    )
