"""The sample sheet: dates that are none or come in the wrong order, and impossible ages."""

from typing import Any

import pytest
from tests.conftest import Project

INTAKE = {"column": "date_in", "label": "Intake", "kind": "date"}
LAST = {"column": "date_out", "label": "Last session", "kind": "date"}


def with_dates(project: Project, **changes: Any) -> None:
    """Two dates per dyad, in order, in the sample sheet."""
    with project.table("sample.csv") as lines:
        lines[0] += ["date_in", "date_out"]
        for number, line in enumerate(lines[1:], start=1):
            line += [f"2023-01-{number:02d}", f"2023-06-{number:02d}"]
    with project.cohort() as cohort:
        cohort["sample"]["variables"] |= {"intake": INTAKE | changes, "last": LAST | changes}
        cohort["sample"]["dates_in_order"] = ["intake", "last"]


def warned(project: Project) -> list[str]:
    assert project.validate().status == 0
    log = (project.folder / "validate_responses.log").read_text("utf-8")
    return [line for line in log.splitlines() if " implausible_demographic: " in line]


def test_sound_dates_go_through_the_whole_line(project: Project) -> None:
    with_dates(project)
    assert project.run_line("validate_responses", "score_scales", "impute_measures").status == 0
    assert project.run("describe_sample").status == 0


@pytest.mark.parametrize("date", ["2023-02-31", "2023-13-01", "31.05.2023", "soon", "2023-5"])
def test_no_date(project: Project, date: str) -> None:
    with_dates(project)
    project.set_cell("sample.csv", 5, "date_in", date)
    assert (
        f"sample.csv, row 5, column date_in: found '{date}'; a date written as %Y-%m-%d is needed."
        " Correct the cell, or say in cohort.yaml how dates are written (`format:`)."
    ) in project.refused()


@pytest.mark.parametrize("date", ["0203-01-05", "1899-12-31", "2203-01-05"])
def test_a_year_out_of_time(project: Project, date: str) -> None:
    with_dates(project)
    project.set_cell("sample.csv", 5, "date_in", date)
    assert f"found '{date}'; the year must lie between 1900 and 2100." in project.refused()


def test_an_empty_date_where_none_may_be_missing(project: Project) -> None:
    with_dates(project)
    with project.cohort() as cohort:
        cohort["missing_codes"] = ["NA"]
    project.set_cell("sample.csv", 5, "date_out", "")
    project.set_cell("sample.csv", 6, "date_out", "NA")
    said = project.refused()
    assert "have 1 error." in said
    assert 'column date_out: the cell is empty. Fill it; if empty cells mean "no answer"' in said


def test_the_end_before_the_beginning(project: Project) -> None:
    with_dates(project)
    project.set_cell("sample.csv", 5, "date_out", "2022-06-04")
    assert (
        "sample.csv, row 5, column date_out: last (2022-06-04) is before intake (2023-01-04)."
        " Correct one of the two, or `dates_in_order` in cohort.yaml."
    ) in project.refused()
    with project.cohort() as cohort:
        cohort["severities"] = {"dates_out_of_order": "note"}
    assert project.validate().status == 0


def test_a_missing_date_hides_no_wrong_order(project: Project) -> None:
    with_dates(project)
    with project.table("sample.csv") as lines:
        lines[0].append("date_middle")
        for line in lines[1:]:
            line.append("")
    with project.cohort() as cohort:
        middle = INTAKE | {"column": "date_middle"}
        cohort["sample"]["variables"]["middle"] = middle
        cohort["sample"]["dates_in_order"] = ["intake", "middle", "last"]
    assert project.validate().status == 0
    project.set_cell("sample.csv", 5, "date_out", "2022-06-04")
    assert "last (2022-06-04) is before intake (2023-01-04)." in project.refused()


def test_the_same_day_is_in_order(project: Project) -> None:
    with_dates(project)
    project.set_cell("sample.csv", 5, "date_out", "2023-01-04")
    assert project.validate().status == 0


@pytest.mark.parametrize(
    ("form", "date"),
    [("%d.%m.%Y", "31.05.2023"), ("%m/%d/%y", "5/31/23"), ("%d %b %Y", "31 May 2023")],
)
def test_dates_as_they_are_written_elsewhere(project: Project, form: str, date: str) -> None:
    with_dates(project, format=form)
    with project.table("sample.csv") as lines:
        for line in lines[1:]:
            line[-2:] = [date, date]
    assert project.validate().status == 0


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("%Y-%Q-%d", "format '%Y-%Q-%d' has the unknown part %Q"),
        ("%Y-%m", "format must hold one year, one month and one day, found '%Y-%m'"),
        ("%Y-%m-%d-%y", "format must hold one year, one month and one day"),
    ],
)
def test_a_format_that_gives_no_day(project: Project, form: str, said: str) -> None:
    with_dates(project, format=form)
    assert said in project.configuration_error()


def test_dates_in_order_that_are_none(project: Project) -> None:
    with project.cohort() as cohort:
        cohort["sample"]["dates_in_order"] = ["age", "intake"]
    assert (
        "dates_in_order must name dates of variables: [], found ['age', 'intake']"
        in project.configuration_error()
    )
    with_dates(project)
    with project.cohort() as cohort:
        cohort["sample"]["dates_in_order"] = ["intake"]
    assert "dates_in_order needs two or more dates, each once" in project.configuration_error()


def test_a_number_has_no_format_and_a_date_no_range(project: Project) -> None:
    with_dates(project, minimum=3)
    assert "a date has neither minimum nor maximum" in project.configuration_error()
    with project.cohort() as cohort:
        cohort["sample"]["variables"] = {"age": {"column": "age", "label": "Age", "format": "%Y"}}
        cohort["sample"]["dates_in_order"] = []
    assert "only a date has the key 'format', a number has none" in project.configuration_error()


def test_a_date_is_no_measure_and_not_described(project: Project) -> None:
    with_dates(project)
    with project.study() as study:
        study["measures"]["age"]["variable"] = "last"
        study["variables"] = ["condition", "intake"]
    said = project.configuration_error()
    assert "measures.age: 'last' is a date; a measure is a number" in said
    assert "variables: 'intake' is a date; only numbers and categories are described" in said


def undeclared_ages(project: Project) -> None:
    with project.cohort() as cohort:
        age = cohort["sample"]["variables"]["age"]
        del age["minimum"], age["maximum"]


@pytest.mark.parametrize(
    ("age", "said"),
    [
        ("1987", "1987 looks like a year of birth, not an age. Give the age at intake instead."),
        ("-3", "-3 is not an age in years; people are 0 to 120 years old."),
        ("230", "230 is not an age in years; people are 0 to 120 years old."),
        ("999", 'if it means "no answer", add it to missing_codes in cohort.yaml.'),
    ],
)
def test_ages_of_nobody(project: Project, age: str, said: str) -> None:
    undeclared_ages(project)
    project.set_cell("sample.csv", 5, "age", age)
    (line,) = warned(project)
    assert "warning implausible_demographic: sample.csv, row 5, column age: " in line
    assert said in line


@pytest.mark.parametrize("age", ["0", "0.5", "120", "17"])
def test_ages_of_somebody(project: Project, age: str) -> None:
    undeclared_ages(project)
    project.set_cell("sample.csv", 5, "age", age)
    assert warned(project) == []


def test_an_age_in_months_is_no_age_in_years(project: Project) -> None:
    undeclared_ages(project)
    with project.cohort() as cohort:
        cohort["sample"]["variables"]["age"]["unit"] = "months"
    project.set_cell("sample.csv", 5, "age", "230")
    assert warned(project) == []


def experience(project: Project, name: str, age: str) -> None:
    """Years of experience of the therapist, and the age of `age`."""
    undeclared_ages(project)
    with project.table("sample.csv") as lines:
        lines[0].append("years")
        for line in lines[1:]:
            line.append("3")
    with project.cohort() as cohort:
        variables = cohort["sample"]["variables"]
        variables[name] = {"column": "years", "label": "Years of experience"}
        variables[age] = variables.pop("age") | {"label": "Age"}
    with project.study() as study:
        study["measures"]["age"]["variable"] = age
        study["variables"] = ["condition"]


def test_experience_since_childhood(project: Project) -> None:
    experience(project, "therapist_experience", "therapist_age")
    project.set_cell("sample.csv", 5, "age", "30")
    project.set_cell("sample.csv", 5, "years", "16")
    project.set_cell("sample.csv", 6, "years", "-1")
    first, second = warned(project)
    negative, early = sorted([first, second], key=lambda line: "row 5" in line)
    assert "row 6, column years: -1 is negative, which no experience is." in negative
    assert "row 5, column years: 16 years of experience began before the age of 15." in early
    project.set_cell("sample.csv", 5, "years", "15")
    project.set_cell("sample.csv", 6, "years", "0")
    assert warned(project) == []


def test_experience_is_not_compared_with_the_age_of_another_person(project: Project) -> None:
    experience(project, "therapist_experience", "patient_age")
    project.set_cell("sample.csv", 5, "age", "20")
    project.set_cell("sample.csv", 5, "years", "40")
    assert warned(project) == []
