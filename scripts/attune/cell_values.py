"""What the text of a raw cell means: a number, no answer, or something to ask about."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from attune.instrument import ResponseRange

NO_RESPONSE = np.int16(np.iinfo(np.int16).min)
"""Stands for "no answer" in integer matrices; never written to a file."""

COMMON_MISSING_CODES = frozenset(
    {"0", "8", "9", "77", "88", "98", "99", "777", "888", "998", "999", "7777", "8888", "9999"}
    | {"-1", "-7", "-8", "-9", "-77", "-88", "-99", "-999", "-9999"}
    | {"NULL", "#NULL!", "null", "NA", "#N/A", "N/A", "n/a", "na", "NaN", "nan", "None", "none"}
    | {"missing", ".", "-", "?"}
)
"""Codes that other programs write for "no answer"; they are only ever suggested, never assumed."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")


@dataclass(frozen=True)
class CellProblem:
    """Why a cell is not a value: the broken rule, what was found and what to do."""

    rule: str
    message: str
    remedy: str


def read_number(text: str, decimal: str = ".") -> float | CellProblem:
    """A cell's text as a number.

    Parameters
    ----------
    text : str
        Content of the cell, without surrounding blanks.
    decimal : {".", ","}
        Decimal sign that the cohort file declares for the file.

    Examples
    --------
    >>> read_number("4")
    4.0
    >>> read_number("4,5", decimal=",")
    4.5
    >>> read_number("4,5").rule
    'decimal_comma'
    >>> read_number("four").rule
    'text_in_number'
    >>> read_number("1.234", decimal=",").rule
    'decimal_point'
    """
    if decimal == "," and "." in text and _NUMBER.fullmatch(text):
        # It may be a thousand and more: whoever wrote the file has to say.
        return CellProblem(
            "decimal_point",
            f"found {_short(text)}, but cohort.yaml declares a decimal comma for this file.",
            "Write the number with a comma, or without the point that groups its thousands.",
        )
    written = text.replace(",", ".") if decimal == "," and _DECIMAL_COMMA.fullmatch(text) else text
    if _NUMBER.fullmatch(written):
        value = float(written)
        if math.isfinite(value):
            return value
    if text == "":
        return CellProblem("empty_cell", "the cell is empty.", missing_code_hint(text))
    if _DECIMAL_COMMA.fullmatch(text):
        return CellProblem(
            "decimal_comma",
            f"found {_short(text)}, a number with a decimal comma.",
            'If the file uses decimal commas, add `decimal: ","` to this file in cohort.yaml.',
        )
    return CellProblem(
        "text_in_number",
        f"found {_short(text)}, where a number is needed.",
        missing_code_hint(text),
    )


def read_response(text: str, allowed: ResponseRange, decimal: str = ".") -> int | CellProblem:
    """A cell's text as a response in the codes of the instrument, as they are stored.

    Examples
    --------
    >>> likert = ResponseRange(minimum=1, maximum=5)
    >>> read_response("5", likert)
    5
    >>> read_response("7.3", ResponseRange(minimum=0, maximum=10, decimals=1))
    73
    >>> read_response("99", likert).message
    "found '99'; allowed are 1 to 5."
    """
    number = read_number(text, decimal)
    if isinstance(number, CellProblem):
        return number
    stored = allowed.stored(number)
    if stored is not None:
        return stored
    found = f"found {_short(text)}; allowed are {allowed.in_words()}."
    if allowed.minimum <= number <= allowed.maximum:
        return CellProblem("response_between_steps", found, "Correct the cell, or empty it.")
    return CellProblem("response_out_of_range", found, missing_code_hint(text))


def read_responses(
    cells: pd.DataFrame,
    missing_codes: list[str],
    allowed: ResponseRange,
    decimal: str = ".",
    answers: Mapping[str, int] | None = None,
) -> tuple[np.ndarray, list[tuple[int, int, str, CellProblem]]]:
    """The responses of one block of columns.

    Parameters
    ----------
    cells : pandas.DataFrame of str, shape (n_rows, n_items)
    missing_codes : list of str
        Cell contents that mean "no answer"; "" is the empty cell.
    allowed : ResponseRange
    decimal : {".", ","}
    answers : mapping of text to code, optional
        What the words of a file stand for; cells with other words are problems.

    Returns
    -------
    responses : numpy.ndarray of int16, shape (n_rows, n_items)
        In the codes of `allowed` as they are stored; `NO_RESPONSE` where there is no answer or a
        problem.
    problems : list of (row, column, text, CellProblem)
        Positions in `cells` whose text is not a response.
    """
    shape = cells.shape
    codes, texts = pd.factorize(cells.to_numpy(dtype=object).ravel())
    meanings: list[int | CellProblem] = []
    for text in texts:
        stripped = str(text).strip()
        if stripped in missing_codes:
            meanings.append(int(NO_RESPONSE))
        elif answers and stripped in answers:
            meanings.append(answers[stripped] * allowed.scale_factor)
        else:
            meanings.append(read_response(stripped, allowed, decimal))
    values = np.array(
        [NO_RESPONSE if isinstance(meaning, CellProblem) else meaning for meaning in meanings],
        dtype=np.int16,
    )
    wrong = np.array([isinstance(meaning, CellProblem) for meaning in meanings], dtype=bool)
    if not len(values):
        return np.empty(shape, dtype=np.int16), []
    problems = []
    for position in np.flatnonzero(wrong[codes]):
        row, column = divmod(int(position), shape[1])
        meaning = meanings[codes[position]]
        if isinstance(meaning, CellProblem):
            problems.append((row, column, str(texts[codes[position]]), meaning))
    return values[codes].reshape(shape), problems


def missing_code_hint(text: str) -> str:
    """What to do about a cell that is not a value, if it may stand for "no answer".

    Examples
    --------
    >>> print(missing_code_hint("99"))
    Correct the cell; if it means "no answer", add "99" to missing_codes in cohort.yaml.
    """
    if text == "":
        return 'Fill it; if empty cells mean "no answer", add "" to missing_codes in cohort.yaml.'
    if text in COMMON_MISSING_CODES:
        code = f'add "{text}" to missing_codes in cohort.yaml.'
        return f'Correct the cell; if it means "no answer", {code}'
    return "Correct the cell, or empty it if there was no answer."


def _short(text: str) -> str:
    return repr(text if len(text) <= 30 else text[:27] + "...")
