"""A wrong cell stops the line with its place, what was found, what is allowed and what to do."""

import pyarrow.parquet as pq
import pytest
from tests.conftest import Project

HEADING = "The raw files of cohort small have 1 error. Nothing was written.\n  - "


def refused(project: Project) -> str:
    """What is said about the one mistake."""
    said = project.refused()
    assert said.startswith(HEADING), said
    error, _, hint = said.removeprefix(HEADING).rpartition("\n  - ")
    assert "results/small/intake.html" in hint
    return error


def response(project: Project, dyad: str, item: str, occasion: str = "baseline") -> int | None:
    rows = pq.read_table(project.results / "responses.parquet").to_pylist()
    return next(r[item] for r in rows if r["dyad"] == dyad and r["occasion"] == occasion)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "6",
            "found '6'; allowed are 1 to 5. Correct the cell, or empty it if there was no answer.",
        ),
        ("four", "found 'four', where a number is needed. Correct the cell, or empty it"),
        ("2.5", "found '2.5'; allowed are 1 to 5. Correct the cell, or empty it."),
        ("2,5", "found '2,5', a number with a decimal comma. If the file uses decimal commas, add"),
        ("=1+1", "found '=1+1', the formula of a spreadsheet program in place of its result."),
        ("2024-01-02", "found '2024-01-02', a date; a spreadsheet program makes one of a value"),
        ("02-Jan", "found '02-Jan', a date into which a spreadsheet program turned a value"),
        ("=B3", "found '=B3', the formula of a spreadsheet program in place of its result. In the"),
        ("=SUM(A1:A3)", "found '=SUM(A1:A3)', the formula of a spreadsheet program"),
        ("1,00E+02", "found '1,00E+02', a number in the scientific notation of a spreadsheet"),
        ("#REF!", "found '#REF!', an error of a spreadsheet program: its formula had no result."),
        ("#DIV/0!", "found '#DIV/0!', an error of a spreadsheet program"),
        ("####", "found '####', a column that was too narrow when a spreadsheet program saved it"),
        ("1e999", "found '1e999', where a number is needed."),
        ("x" * 500, "found 'xxxxxxxxxxxxxxxxxxxxxxxxxxx...', where a number is needed."),
    ],
)
def test_what_is_no_response(project: Project, text: str, said: str) -> None:
    project.set_cell("therapists.csv", 4, "kims_7", text)
    message = refused(project)
    assert message.startswith("therapists.csv, row 4, column kims_7, item 7: " + said)


@pytest.mark.parametrize("code", ["0", "99", "-9999", "NULL"])
class TestMissingValueCodes:
    def test_undeclared_it_is_an_error_that_suggests_the_remedy(
        self, project: Project, code: str
    ) -> None:
        project.set_cell("therapists.csv", 2, "kims_1", code)
        # 0 is an answer to other questionnaires.
        one = " of this questionnaire or variable" if code == "0" else ""
        assert f'if it means "no answer", add "{code}" to missing_codes{one} in' in refused(project)

    def test_declared_it_is_missing(self, project: Project, code: str) -> None:
        project.set_cell("therapists.csv", 2, "kims_1", code)
        with project.cohort() as cohort:
            cohort["questionnaires"][0]["missing_codes"] = [code]
        assert project.validate().status == 0
        assert response(project, "d01", "item_001") is None
        assert response(project, "d01", "item_002") is not None


def test_an_empty_cell_is_missing_only_if_declared(project: Project) -> None:
    project.set_cell("therapists.csv", 2, "kims_1", "")
    assert project.validate().status == 0
    assert response(project, "d01", "item_001") is None
    with project.cohort() as cohort:
        cohort["missing_codes"] = ["NA"]
    done = project.validate()
    assert done.status == 1
    assert (
        "therapists.csv, row 2, column kims_1, item 1: the cell is empty. Fill it; if empty cells"
        ' mean "no answer", add "" to missing_codes in cohort.yaml.'
    ) in done.said


def test_a_code_that_is_also_a_response_is_refused(project: Project) -> None:
    with project.cohort() as cohort:
        cohort["missing_codes"] = ["", "0"]
    said = project.configuration_error()
    assert (
        "questionnaires.1 (iip_32 (patient, intake)): the missing code '0' is also a valid response"
        ' of IIP-32 (0 to 4). Declare it only for the questionnaires where it means "no answer"'
    ) in said
    assert "kims" not in said


def test_a_code_that_is_also_a_valid_age_is_refused(project: Project) -> None:
    with project.cohort() as cohort:
        cohort["missing_codes"] = ["", "88"]
    assert (
        "sample.variables.age: the missing code '88' is also a valid value (18 to 90). Narrow the"
    ) in project.configuration_error()


def test_declared_decimal_commas_are_read(project: Project) -> None:
    with project.cohort() as cohort:
        cohort["files"]["sample_sheet"] |= {"delimiter": ";", "decimal": ","}
    with project.table("sample.csv") as lines:
        lines[1][lines[0].index("age")] = "40,5"
        lines[:] = [[";".join(line)] for line in lines]
    raw = project.data / "sample.csv"
    raw.write_text(raw.read_text(encoding="utf-8").replace('"', ""), encoding="utf-8")
    assert project.validate().status == 0
    ages = pq.read_table(project.results / "sample.parquet")["age"].to_pylist()
    assert ages[0] == 40.5


def test_a_point_among_declared_decimal_commas_is_not_guessed(project: Project) -> None:
    with project.cohort() as cohort:
        cohort["files"]["sample_sheet"]["decimal"] = ","
    project.set_cell("sample.csv", 2, "age", "1.234")
    assert refused(project) == (
        "sample.csv, row 2, column age: found '1.234', but cohort.yaml declares a decimal comma for"
        " this file. Write the number with a comma, or without the point that groups its thousands."
    )


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("age", "210", "found '210'; allowed are 18 to 90 years. Correct the cell, or empty it"),
        ("age", "-5", "found '-5'; allowed are 18 to 90 years."),
        ("age", "999", 'if it means "no answer", add "999" to missing_codes in cohort.yaml, or'),
        ("age", "n.n.", "found 'n.n.', where a number is needed."),
        ("condition", "C", "found 'C', which is not one of 'A', 'B'. Correct the cell"),
        ("condition", "a", "found 'a', which is not one of 'A', 'B'."),
        ("condition", "99", 'add "99" to missing_codes in cohort.yaml, or add it to levels in'),
    ],
)
def test_a_wrong_value_in_the_sample_sheet(
    project: Project, column: str, text: str, said: str
) -> None:
    project.set_cell("sample.csv", 9, column, text)
    message = refused(project)
    assert message.startswith(f"sample.csv, row 9, column {column}: found")
    assert said in message


def test_all_mistakes_of_all_files_are_told_at_once(project: Project) -> None:
    project.set_cell("therapists.csv", 2, "kims_1", "9")
    project.set_cell("intake.csv", 3, "iip_2", "x")
    project.set_cell("sample.csv", 4, "age", "1")
    done = project.validate()
    assert "have 3 errors" in done.said
    for place in (
        "therapists.csv, row 2, column kims_1, item 1:",
        "intake.csv, row 3, column iip_2, item 2:",
        "sample.csv, row 4, column age:",
    ):
        assert place in done.said


def test_a_flood_of_mistakes_is_cut_but_counted(project: Project) -> None:
    with project.table("therapists.csv") as lines:
        lines[1:] = [[line[0], *("7" for _ in line[1:])] for line in lines[1:]]
    said = project.validate().said
    assert "have 468 errors" in said
    assert said.count("found '7'; allowed are 1 to 5.") == 5
    assert (
        "- therapists.csv: 463 more of this kind (response_out_of_range), in columns kims_6,"
        in said
    )
    # A wrong answer is not a missing questionnaire.
    assert "no questionnaire" not in said
