"""Implausible ages and years of experience, also where no range is declared."""

import re
from collections.abc import Iterator

import pandas as pd

from attune.intake.reading.sheets import quoted_list
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort, Variable

OLDEST = 120
"""Highest plausible age in years; the longest documented life lasted 122."""
EARLIEST_WORK = 15
"""Youngest age at which experience is taken to begin, in years."""
BIRTH_YEARS = (1900, 2030)
"""Whole numbers between are years of birth, not ages."""
FEWEST_YEARS = 5
"""Years with four digits from which a column holds years."""
LEAST_YEARS = 0.2
"""Share of the values that must be such years, if all others have two digits."""

_AGE = {"age", "ages", "alter"}
_EXPERIENCE = {"experience", "practice", "berufserfahrung"}
_PEOPLE = {"patient", "therapist", "client", "counselor", "counsellor", "observer", "informant"}


def check_demographics(
    sheet: pd.DataFrame, sample: pd.DataFrame, cohort: Cohort
) -> list[Violation]:
    """Ages outside 0 to 120 years, years of birth instead of ages, and impossible experience.

    A number is an age if its id or label holds the word age, and an experience if it holds the
    word experience or practice; both only where the unit is years or not declared. The experience
    is compared with the age of the same person: both name the therapist, or both the patient.

    Parameters
    ----------
    sheet : pandas.DataFrame of str
        The sample sheet's selected rows; the index is the row number in the file.
    sample : pandas.DataFrame
        The same rows as `read_sample` reads them.
    cohort : Cohort
    """
    numbers = {
        name: variable
        for name, variable in cohort.sample.variables.items()
        if variable.kind == "number" and variable.unit in ("", "year", "years")
    }
    ages = {name: variable for name, variable in numbers.items() if is_age(name, variable)}
    violations: list[Violation] = []
    for name, variable in numbers.items():
        values = sample[name].set_axis(sheet.index)
        if name in ages:
            violations += _found(_age_problems(values), values, variable, sheet, cohort)
        elif (words := _words(name, variable)) & _EXPERIENCE:
            age = next((a for a, other in ages.items() if words & _words(a, other) & _PEOPLE), None)
            known = sample[age].set_axis(sheet.index) if age else None
            problems = _experience_problems(values, known)
            violations += _found(problems, values, variable, sheet, cohort)
        else:
            violations += _two_digit_years(values, variable, cohort)
    return violations


def _two_digit_years(values: pd.Series, variable: Variable, cohort: Cohort) -> list[Violation]:
    """One violation per column of years some of which have two digits."""
    known = values.dropna()
    years = known.between(*BIRTH_YEARS) & (known % 1 == 0)
    short = known.between(0, 99) & (known % 1 == 0)
    enough = years.sum() >= max(FEWEST_YEARS, LEAST_YEARS * len(known))
    if not (enough and short.any() and (years | short).all()):
        return []
    rows = [int(row) for row in known.index[short]]
    which = f"rows {quoted_list(rows)}" if len(rows) > 1 else f"row {rows[0]}"
    return [
        Violation(
            "implausible_demographic",
            cohort.severity("implausible_demographic"),
            cohort.files[cohort.sample.file].place,
            f"{len(rows)} of {len(known)} years have two digits, the others four: {which}.",
            "Write all years with four digits.",
            row=rows[0],
            column=variable.column,
        )
    ]


def is_age(name: str, variable: Variable) -> bool:
    """Whether a variable is an age in years."""
    return variable.unit in ("", "year", "years") and bool(_words(name, variable) & _AGE)


def _words(name: str, variable: Variable) -> set[str]:
    return set(re.findall(r"[a-z]+", f"{name} {variable.label}".lower().replace("_", " ")))


Problem = tuple[pd.Series, str, str]
"""Rows, message and remedy."""


def _age_problems(values: pd.Series) -> Iterator[Problem]:
    born = values.between(*BIRTH_YEARS) & (values % 1 == 0)
    yield (
        born,
        "looks like a year of birth, not an age",
        "Give the age at intake instead.",
    )
    yield (
        ~born & ((values < 0) | (values > OLDEST)),
        f"is not an age in years; people are 0 to {OLDEST} years old",
        'Correct the cell; if it means "no answer", add it to missing_codes in cohort.yaml.',
    )


def _experience_problems(values: pd.Series, age: pd.Series | None) -> Iterator[Problem]:
    yield values < 0, "is negative, which no experience is", "Correct the cell."
    if age is not None:
        yield (
            (values >= 0) & age.between(0, OLDEST) & (values > age - EARLIEST_WORK),
            f"years of experience began before the age of {EARLIEST_WORK}",
            "Compare it with the age in the same row, and correct one of the two.",
        )


def _found(
    problems: Iterator[Problem],
    values: pd.Series,
    variable: Variable,
    sheet: pd.DataFrame,
    cohort: Cohort,
) -> list[Violation]:
    file = cohort.files[cohort.sample.file]
    return [
        Violation(
            "implausible_demographic",
            cohort.severity("implausible_demographic"),
            file.place,
            f"{values[row]:g} {what}.",
            remedy,
            row=int(row),
            column=variable.column,
            dyad=str(sheet.loc[row, file.dyad]) or None,
            value=str(sheet.loc[row, variable.column]),
        )
        for rows, what, remedy in problems
        for row in values.index[rows]
    ]
