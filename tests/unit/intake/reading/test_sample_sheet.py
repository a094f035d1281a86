"""The sample sheet: who took part."""

import pandas as pd
import pytest
from tests.unit.intake.small_cohort import cohort, sheet

from attune.intake.checks.identifiers import repeated_dyads
from attune.intake.reading.sample_sheet import read_sample
from attune.intake.reading.sheets import missing_columns
from attune.specs.cohort import Cohort

COLUMNS = "id therapist patient age sex"
SEX = {"column": "sex", "label": "Sex", "kind": "category", "levels": {"F": "Female", "0": "Male"}}
AGE = {"column": "age", "label": "Age", "unit": "years", "minimum": 18}


def declared(codes: list[str] | None = None, **sample: object) -> Cohort:
    part = {"file": "who", "therapist": "therapist", "patient": "patient", "condition": "sex"}
    part |= {"variables": {"age": AGE, "sex": SEX}} | sample
    return cohort(sample=part, missing_codes=codes or [""])


def read(rows: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    """The sample of rows that can all be read."""
    reading = read_sample(rows, cohort)
    assert reading.problems == []
    assert reading.value is not None
    return reading.value


def test_values_and_missing_values() -> None:
    rows = sheet("a t1 p1 30.5 F", "b t1 p2 _ 0", "c t2 p3 40 _", columns=COLUMNS)
    sample = read(rows, declared())
    assert sample["age"].tolist()[::2] == [30.5, 40.0]
    assert sample["age"].isna().tolist() == [False, True, False]
    assert sample["sex"].fillna("-").tolist() == ["F", "0", "-"]
    assert sample["condition"].equals(sample["sex"].rename("condition"))


def test_a_declared_level_is_no_missing_code() -> None:
    rows = sheet("a t1 p1 30 0", "b t1 p2 0 F", columns=COLUMNS)
    sample = read(rows, declared(["", "0"]))
    assert sample["sex"].tolist() == ["0", "F"]
    assert sample["age"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("limits", "allowed"),
    [
        ({"minimum": 18}, "at least 18 years"),
        ({"maximum": 16, "minimum": None}, "at most 16 years"),
        ({"minimum": 18, "maximum": 99}, "18 to 99 years"),
    ],
)
def test_ranges_in_words(limits: dict[str, float | None], allowed: str) -> None:
    rows = sheet("a t1 p1 17 F", columns=COLUMNS)
    (violation,) = read_sample(rows, declared(variables={"age": AGE | limits, "sex": SEX})).problems
    assert violation.message == f"found '17'; allowed are {allowed}."
    assert (violation.row, violation.column, violation.dyad) == (2, "age", "a")


def test_the_bounds_belong_to_the_range() -> None:
    rows = sheet("a t1 p1 18 F", "b t1 p2 65 F", columns=COLUMNS)
    variables = {"age": AGE | {"maximum": 65}, "sex": SEX}
    assert read_sample(rows, declared(variables=variables)).problems == []


def test_without_a_column_there_is_no_sample() -> None:
    reading = read_sample(sheet("a t1 p1", columns="id therapist patient"), declared())
    assert reading.value is None
    assert [violation.column for violation in reading.problems] == ["age", "sex"]


def test_the_column_that_was_meant_is_not_one_that_is_in_use() -> None:
    raw = pd.DataFrame(columns=["id", "item_17", "item_07"])
    (violation,) = missing_columns(raw, "a.csv", ["id", "item_17", "item_7"])
    assert violation.remedy == "Did you mean 'item_07'?"
    wide = pd.DataFrame(columns=["id", *(f"x{number}" for number in range(50))])
    (violation,) = missing_columns(wide, "a.csv", ["id", "patient"])
    assert violation.remedy == "Correct cohort.yaml, or export the file again."


def test_every_repetition_names_the_first_row() -> None:
    dyads = pd.Series(["a", "b", "a", "", "", "a"], index=range(2, 8), name="id")
    found = repeated_dyads(dyads, "a.csv", "duplicate_dyad", "is there already, in")
    assert [(violation.row, violation.message) for violation in found] == [
        (4, "dyad 'a' is there already, in row 2."),
        (7, "dyad 'a' is there already, in row 2."),
    ]


def test_a_level_that_a_spreadsheet_turned_into_a_date() -> None:
    (problem,) = read_sample(sheet("a t1 p1 30 2-Jan", columns=COLUMNS), declared()).problems
    assert problem.rule == "unknown_level"
    assert problem.message == (
        "found '2-Jan', a date into which a spreadsheet program turned a value such as 1-2 or 2.1;"
        " allowed are 'F', '0'."
    )
    assert problem.remedy.startswith("Take the value from the original form or export")
