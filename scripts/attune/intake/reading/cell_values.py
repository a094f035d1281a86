"""Raw cells as numbers, responses or missing answers, with the reason where a cell is none."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.intake.reading.nested_cells import nested_cell
from attune.intake.reading.spreadsheet_traces import spreadsheet_trace
from attune.scoring.scores import NO_RESPONSE
from attune.specs.instrument import ResponseRange

MOST_LISTED = 1000
"""Most cells reported per column: a large file may hold words in all rows."""

MOST_IN_ONE_BLOCK = 10_000
"""Rows up to which all columns are looked up together; of more, their copy would need memory."""

COMMON_MISSING_CODES = frozenset(
    {"0", "8", "9", "77", "88", "98", "99", "777", "888", "998", "999", "7777", "8888", "9999"}
    | {"-1", "-7", "-8", "-9", "-77", "-88", "-99", "-999", "-9999"}
    | {"NULL", "#NULL!", "null", "NA", "#N/A", "N/A", "n/a", "na", "NaN", "nan", "None", "none"}
    | {"missing", ".", "-", "?"}
)
"""Codes that programs commonly write for "no answer"; suggested in messages, never assumed."""

POSSIBLE_ANSWERS = frozenset({"0", "8", "9", "-1"})
"""Those that are answers of other questionnaires: as a missing code of all files, such a number
would delete answers without a word."""

LARGEST_DIFFERENCE = 1e-6
"""Scores are small whole numbers or short decimals; anything larger is another score."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_WORD = re.compile(r"[^\W\d_]{2}")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")


@dataclass(frozen=True)
class CellProblem:
    """Why a cell is not a value: the broken rule, what was found and what to do.

    `places` counts the cell and, in the last one listed of a column, those that are not listed.
    """

    rule: str
    message: str
    remedy: str
    places: int = 1


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
        # It may be a decimal or a thousands separator; the cohort file has to declare which.
        return CellProblem(
            "decimal_point",
            f"found {short_text(text)}, but cohort.yaml declares a decimal comma for this file.",
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
            f"found {short_text(text)}, a number with a decimal comma.",
            'If the file uses decimal commas, add `decimal: ","` to this file in cohort.yaml.',
        )
    nested = nested_cell(text)
    if nested is not None:
        return CellProblem(
            "text_in_number",
            f"found {short_text(text)}, {nested.in_words}, where a number is needed.",
            "Export one plain value per cell (raw data, codes), or take the number out of each cell"
            " before the file is read; the answers of a questionnaire can also be declared under"
            f" `answers:` in cohort.yaml, as in `{_quoted_key(text)}: {nested.number or 0}`.",
        )
    trace = None if text in COMMON_MISSING_CODES else spreadsheet_trace(text)
    if trace is not None:
        message = f"found {short_text(text)}, {trace.what}."
        return CellProblem("text_in_number", message, trace.remedy)
    return CellProblem(
        "text_in_number",
        f"found {short_text(text)}, where a number is needed.",
        missing_code_hint(text),
    )


def _quoted_key(text: str) -> str:
    """A cell as a key of a YAML file, in single quotation marks."""
    return "'" + text.replace("'", "''") + "'"


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
        return _word_for_code(number, text)
    stored = allowed.stored(number)
    if stored is not None:
        return stored
    message = f"found {short_text(text)}; allowed are {allowed.in_words()}."
    if allowed.minimum <= number <= allowed.maximum:
        return CellProblem("response_between_steps", message, "Correct the cell, or empty it.")
    return CellProblem("response_out_of_range", message, missing_code_hint(text))


def read_responses(
    cells: pd.DataFrame,
    missing_codes: list[str],
    allowed: ResponseRange,
    decimal: str = ".",
    answers: Mapping[str, int] | None = None,
) -> tuple[NDArray[np.int16], list[tuple[int, int, str, CellProblem]], NDArray[np.bool_]]:
    """The responses of one block of columns.

    Parameters
    ----------
    cells : pandas.DataFrame of str, shape (n_rows, n_items)
    missing_codes : list of str
        Cell contents that mean "no answer"; "" is the empty cell.
    allowed : ResponseRange
    decimal : {".", ","}
    answers : mapping of text to code, optional
        Codes of the words in the file; cells with other words are problems.

    Returns
    -------
    responses : numpy.ndarray of int16, shape (n_rows, n_items)
        In the codes of `allowed` as they are stored; `NO_RESPONSE` where there is no answer or a
        problem.
    problems : list of (row, column, text, CellProblem)
        Positions in `cells` whose text is not a response, at most `MOST_LISTED` of a column; the
        last of these states the number of further ones.
    wrong : numpy.ndarray of bool, shape (n_rows,)
        Rows with such a cell, whether it is listed or not.
    """
    responses = np.empty(cells.shape, dtype=np.int16, order="F")
    words = Answers(answers or {}, decimal)
    meaning_of: dict[str, int | CellProblem] = {}
    problems: list[tuple[int, int, str, CellProblem]] = []
    wrong_rows = np.zeros(len(cells), dtype=np.bool_)
    for columns, codes, texts in _distinct(cells):
        for text in texts:
            if text not in meaning_of:
                meaning_of[text] = _meaning(text, missing_codes, allowed, decimal, words)
        meanings = [meaning_of[text] for text in texts]
        wrong = np.array([isinstance(meaning, CellProblem) for meaning in meanings], dtype=bool)
        values = [
            int(NO_RESPONSE) if isinstance(meaning, CellProblem) else meaning
            for meaning in meanings
        ]
        responses[:, columns] = np.array(values, dtype=np.int16)[codes]
        if not wrong.any():
            continue
        for column, own in enumerate(codes.T, start=columns.start):
            rows = np.flatnonzero(wrong[own])
            wrong_rows[rows] = True
            for number, row in enumerate(rows[:MOST_LISTED], start=1):
                problem = meanings[own[row]]
                if isinstance(problem, CellProblem):
                    more = len(rows) - number if number == MOST_LISTED else 0
                    listed = _with_more(problem, more) if more else problem
                    problems.append((int(row), column, texts[own[row]], listed))
    return responses, sorted(problems, key=lambda problem: problem[:2]), wrong_rows


def _with_more(problem: CellProblem, more: int) -> CellProblem:
    """The last cell of a column that is listed, with the number of those that are not."""
    cells = (
        "1 more cell of this column is not an answer"
        if more == 1
        else f"{more} more cells of this column are not answers"
    )
    message = f"{problem.message} {cells}; not listed here."
    return replace(problem, message=message, places=1 + more)


def _distinct(
    cells: pd.DataFrame,
) -> Iterator[tuple[slice, NDArray[np.integer], list[str]]]:
    """Blocks of columns: index codes per cell, and the distinct texts that they refer to.

    Columns of a large file are categories, each a block of its own. All columns of a small one are
    a block: column by column, most of the time would go to starting.
    """
    categories = any(isinstance(kind, pd.CategoricalDtype) for kind in cells.dtypes)
    if not categories and len(cells) <= MOST_IN_ONE_BLOCK:
        block, words = pd.factorize(cells.to_numpy(dtype=object).ravel(order="F"))
        yield slice(0, cells.shape[1]), block.reshape(cells.shape, order="F"), list(words)
        return
    for column in range(cells.shape[1]):
        own = cells.iloc[:, column]
        if isinstance(own.dtype, pd.CategoricalDtype):
            codes, texts = own.cat.codes.to_numpy(), own.cat.categories
        else:
            codes, texts = pd.factorize(own)
        yield slice(column, column + 1), codes[:, None], list(texts)


def _meaning(
    text: str,
    missing_codes: list[str],
    allowed: ResponseRange,
    decimal: str,
    answers: "Answers",
) -> int | CellProblem:
    """A cell's text as a stored response, `NO_RESPONSE`, or what is wrong with it."""
    stripped = text.strip()
    if stripped in missing_codes:
        return int(NO_RESPONSE)
    code = answers.code_of(stripped, decimal)
    if isinstance(code, CellProblem):
        return code
    if code is not None:
        return code * allowed.scale_factor
    return read_response(stripped, allowed, decimal)


class Answers:
    """The file's texts for answers, as `answers:` of the cohort file declares them.

    If it declares numbers, they are codes of the file: other numbers are errors, since they would
    be read as codes of the instrument.
    """

    def __init__(self, answers: Mapping[str, int], decimal: str = ".") -> None:
        self._words = answers
        read = {read_number(text, decimal): code for text, code in answers.items()}
        self._numbers = {text: code for text, code in read.items() if isinstance(text, float)}

    def code_of(self, text: str, decimal: str) -> int | CellProblem | None:
        """The code of a cell; None where the cell may hold a code of the instrument.

        Examples
        --------
        >>> answers = Answers({"1": 0, "2": 1, "always": 2})
        >>> answers.code_of("1.0", "."), answers.code_of("always", ".")
        (0, 2)
        >>> answers.code_of("0", ".").message
        "found '0'; `answers:` in cohort.yaml declares the numbers 1, 2."
        """
        if text in self._words or not self._numbers:
            return self._words.get(text)
        number = read_number(text, decimal)
        if isinstance(number, CellProblem):
            return None
        if number in self._numbers:
            return self._numbers[number]
        known = ", ".join(f"{number:g}" for number in sorted(self._numbers))
        return CellProblem(
            "response_out_of_range",
            f"found {short_text(text)}; `answers:` in cohort.yaml declares the numbers {known}.",
            f"{missing_code_hint(text).rstrip('.')}, or add it to `answers:`.",
        )


def _word_for_code(problem: CellProblem, text: str) -> CellProblem:
    """The problem; if the cell may hold an answer's label, with a remedy for that."""
    if nested_cell(text) is not None or spreadsheet_trace(text) is not None:
        return problem
    if problem.rule != "text_in_number" or text in COMMON_MISSING_CODES or not _WORD.search(text):
        return problem
    hint = (
        "Correct the cell, or empty it if there was no answer. If the file holds words in place of"
        " codes, export the codes (raw data), or add each word and its code to `answers:` of the"
        " questionnaire in cohort.yaml."
    )
    return CellProblem(problem.rule, problem.message, hint)


def missing_code_hint(text: str) -> str:
    """Remedy for a cell that is not a value, which may be a missing code.

    Examples
    --------
    >>> print(missing_code_hint("99"))
    Correct the cell; if it means "no answer", add "99" to missing_codes in cohort.yaml.
    >>> "missing_codes of this questionnaire or variable" in missing_code_hint("0")
    True
    """
    if text == "":
        return 'Fill it; if empty cells mean "no answer", add "" to missing_codes in cohort.yaml.'
    if text in POSSIBLE_ANSWERS:
        return (
            f'Correct the cell; if it means "no answer", add "{text}" to missing_codes of this'
            " questionnaire or variable in cohort.yaml (not to those of all files: elsewhere it may"
            " be an answer)."
        )
    if text in COMMON_MISSING_CODES:
        code = f'add "{text}" to missing_codes in cohort.yaml.'
        return f'Correct the cell; if it means "no answer", {code}'
    return "Correct the cell, or empty it if there was no answer."


def half_a_digit(text: str, decimal: str) -> float:
    """Largest distance between a score as written and the exact one.

    Half a unit of the last decimal; whole numbers are exact, as sums are.
    """
    _, point, decimals = text.partition(decimal)
    rounding = 0.5 * 10.0 ** -len(decimals) if point and decimals.isdigit() else 0.0
    return max(LARGEST_DIFFERENCE, float(np.nextafter(rounding, 1)))


def short_text(text: str) -> str:
    """A cell's content as messages quote it."""
    return repr(text if len(text) <= 30 else text[:27] + "...")
