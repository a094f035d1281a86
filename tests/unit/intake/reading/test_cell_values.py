"""What the text of a raw cell means."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import ROOT

from attune.intake.reading import cell_values
from attune.intake.reading.cell_values import (
    COMMON_MISSING_CODES,
    CellProblem,
    missing_code_hint,
    read_number,
    read_response,
    read_responses,
)
from attune.intake.reading.questionnaires import read_items
from attune.scoring.scores import NO_RESPONSE
from attune.specs.instrument import ResponseRange
from attune_files.yaml_file import read_instruments

LIKERT = ResponseRange(minimum=1, maximum=5)
TENS = ResponseRange(minimum=0, maximum=100, step=10)


def rule(value: float | CellProblem) -> str:
    assert isinstance(value, CellProblem)
    return value.rule


@pytest.mark.parametrize(
    ("text", "value"),
    [("4", 4), ("+4", 4), ("-2", -2), ("4.0", 4), (".5", 0.5), ("1e2", 100), ("004", 4)],
)
def test_numbers(text: str, value: float) -> None:
    assert read_number(text) == value
    assert read_number(text, ",") == value or "." in text


@pytest.mark.parametrize(
    ("text", "decimal", "broken"),
    [
        ("", ".", "empty_cell"),
        ("4,5", ".", "decimal_comma"),
        ("1.234", ",", "decimal_point"),
        ("1,234,567", ",", "text_in_number"),
        ("1 000", ".", "text_in_number"),
        ("nan", ".", "text_in_number"),
        ("inf", ".", "text_in_number"),
        ("1e999", ".", "text_in_number"),
        ("1_0", ".", "text_in_number"),
        ("0x10", ".", "text_in_number"),
        ("TRUE", ".", "text_in_number"),
        ("=2", ".", "text_in_number"),
        ("-", ".", "text_in_number"),
    ],
)
def test_what_is_no_number(text: str, decimal: str, broken: str) -> None:
    assert rule(read_number(text, decimal)) == broken


def test_declared_decimal_commas() -> None:
    assert read_number("4,5", ",") == 4.5
    assert read_number("-0,5", ",") == -0.5


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_written_number_is_read_back(value: float) -> None:
    assert read_number(repr(value)) == value


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_a_problem(text: str) -> None:
    for decimal in (".", ","):
        value = read_number(text.strip(), decimal)
        assert isinstance(value, CellProblem) or np.isfinite(value)


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("0", "response_out_of_range"),
        ("6", "response_out_of_range"),
        ("2.5", "response_between_steps"),
    ],
)
def test_responses_outside_the_codes(text: str, broken: str) -> None:
    assert rule(read_response(text, LIKERT)) == broken


def test_responses_in_steps() -> None:
    assert read_response("50", TENS) == 50
    problem = read_response("55", TENS)
    assert isinstance(problem, CellProblem)
    assert problem.message == "found '55'; allowed are 0 to 100 in steps of 10."


def test_common_codes_are_suggested_never_assumed() -> None:
    for code in COMMON_MISSING_CODES:
        assert f'add "{code}" to missing_codes' in missing_code_hint(code)
        value = read_response(code, ResponseRange(minimum=2, maximum=3))
        assert isinstance(value, CellProblem)
        assert value.remedy == missing_code_hint(code)
    assert "missing_codes" not in missing_code_hint("7.5")


def test_a_block_of_cells() -> None:
    cells = pd.DataFrame([["1", " 5 ", ""], ["9", "x", "3"], ["-9", "2", "9"]])
    responses, problems, _ = read_responses(cells, ["", "-9"], LIKERT)
    none = int(NO_RESPONSE)
    assert responses.tolist() == [[1, 5, none], [none, none, 3], [none, 2, none]]
    assert responses.dtype == np.int16
    assert [(row, column, text) for row, column, text, _ in problems] == [
        (1, 0, "9"),
        (1, 1, "x"),
        (2, 2, "9"),
    ]


def test_no_rows() -> None:
    responses, problems, _ = read_responses(pd.DataFrame(columns=["a", "b"]), [], LIKERT)
    assert responses.shape == (0, 2)
    assert problems == []


def test_an_empty_cell_needs_to_be_declared() -> None:
    cells = pd.DataFrame([["1", ""]])
    assert read_responses(cells, [""], LIKERT)[1] == []
    assert [problem.rule for *_, problem in read_responses(cells, ["NA"], LIKERT)[1]] == [
        "empty_cell"
    ]


def test_declared_numbers_are_the_only_numbers() -> None:
    """`answers: {"1": 0}`: a 0 or 1.0 of the file must not pass as a code of the instrument."""
    cells = pd.DataFrame({"a": ["1", "1.0", "2", "2,0"], "b": ["0", "5", "never", "01"]})
    answers = {"1": 0, "2": 1, "3": 2, "4": 3, "5.0": 4}
    likert = ResponseRange(minimum=0, maximum=4)
    responses, problems, _ = read_responses(cells, [], likert, answers=answers)
    assert responses[:, 0].tolist() == [0, 0, 1, NO_RESPONSE]
    assert responses[:, 1].tolist() == [NO_RESPONSE, 4, NO_RESPONSE, 0]
    assert [(row, column, each.rule) for row, column, _, each in problems] == [
        (0, 1, "response_out_of_range"),
        (2, 1, "text_in_number"),
        (3, 0, "decimal_comma"),
    ]
    assert problems[0][3].remedy.endswith("or add it to `answers:`.")
    responses, problems, _ = read_responses(
        pd.DataFrame({"a": ["never", "3"]}), [], likert, answers={"never": 0}
    )
    assert responses.tolist() == [[0], [3]] and not problems


def test_a_flood_of_wrong_cells_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_values, "MOST_LISTED", 3)
    cells = pd.DataFrame({"a": ["often"] * 6 + ["1"], "b": ["often"] * 3 + ["", "2", "3", "4"]})
    responses, problems, wrong = read_responses(cells, [""], LIKERT)
    assert [(row, column) for row, column, *_ in problems] == [
        (row, column) for row in range(3) for column in range(2)
    ]
    assert problems[4][3].message == (
        "found 'often', where a number is needed. 3 more cells of this column are not answers; not"
        " listed here."
    )
    assert problems[5][3].message == "found 'often', where a number is needed."
    assert wrong.tolist() == [True] * 6 + [False]
    assert (responses[:6, 0] == NO_RESPONSE).all()
    # The cells that are not listed count, too.
    assert sum(problem.places for *_, problem in problems) == 9


def test_items_are_read_in_their_own_ranges() -> None:
    path = ROOT / "workflow/instruments/ham_d_17.yaml"
    (key,) = read_instruments([path]).values()
    cells = pd.DataFrame([["4"] * 17, ["0"] * 17, [""] * 17])
    responses, problems, wrong = read_items(cells, [""], key)
    assert [column + 1 for row, column, *_ in problems if row == 0] == [4, 5, 6, 12, 13, 14, 16, 17]
    assert problems[0][3].message == "found '4'; allowed are 0 to 2."
    assert wrong.tolist() == [True, False, False]
    assert responses[0].tolist()[:4] == [4, 4, 4, NO_RESPONSE]
    shifted, problems, _ = read_items(cells.replace("4", "1"), ["", "0"], key, lowest_code=1)
    assert not problems
    assert set(shifted[0].tolist()) == {1}


@pytest.mark.parametrize(
    ("text", "what", "key"),
    [
        ('["3"]', "a list (JSON) of 1 value", """`'["3"]': 3`"""),
        ('{"value": 3}', "an object (JSON) of 1 value", """`'{"value": 3}': 3`"""),
        ("['3']", "a list (JSON) of 1 value", "`'[''3'']': 3`"),
    ],
)
def test_a_list_in_a_cell_is_named_with_what_to_do(text: str, what: str, key: str) -> None:
    problem = read_response(text, ResponseRange(minimum=0, maximum=4))
    assert isinstance(problem, CellProblem)
    assert what in problem.message
    assert "Export one plain value per cell" in problem.remedy
    assert key in problem.remedy
