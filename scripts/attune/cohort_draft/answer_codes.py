"""Codes inferred from the cells of a questionnaire: range, shift, missing codes, words."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from attune.cohort_draft.answer_words import in_order, word_codes
from attune.intake.reading.cell_values import COMMON_MISSING_CODES, CellProblem, read_number
from attune.intake.reading.column_notes import ColumnNote
from attune.intake.reading.nested_cells import nested_cell
from attune.specs.instrument import ResponseRange

TEXT_CODES = frozenset(code for code in COMMON_MISSING_CODES if not any(map(str.isdigit, code)))
"""Words and signs that other programs write for "no answer"."""

NUMBER_CODES = COMMON_MISSING_CODES - TEXT_CODES

MOST_WORDS = 12
"""Largest number of distinct words that are read as answers."""

LONGEST_CODE = 10
"""Largest number of characters of a missing code among numbers."""

LONGEST_WORDS = 80
"""Characters of an answer in words; longer ones are free text. The longest answers of the CES-D,
with the days in brackets, have 52."""

FEWEST_REPEATS = 3
"""Smallest number of times that a number far outside the codes, and no conventional missing code,
occurs before it may mean "no answer": a key struck twice (33 for 3) occurs now and then."""

FEWEST_WORDS = 2
"""The same for a word among numbers, and for 0 below codes from 1."""

MOST_UNUSED = 2
"""Unused codes at the upper end from which a file may hold another version of the questionnaire."""

MOST_STRAYS = 0.05
"""Largest share of answers outside the range that is treated as errors."""


@dataclass(frozen=True)
class CellCounts:
    """How often each content occurs in some columns.

    Attributes
    ----------
    numbers : dict of str to float
        Text -> its number.
    words : tuple of str
        Texts that are neither numbers nor known to mean "no answer".
    empty : tuple of str
        Texts that mean "no answer" wherever they occur, "" among them if cells are empty.
    counts : dict of str to int
        Occurrences of every text.
    """

    numbers: dict[str, float]
    words: tuple[str, ...]
    empty: tuple[str, ...]
    counts: dict[str, int]

    @property
    def answered(self) -> int:
        """Number of cells with a number or a word."""
        return sum(self.counts[text] for text in [*self.numbers, *self.words])

    @property
    def in_words(self) -> bool:
        """Whether answers are words rather than numbers."""
        words = sum(self.counts[text] for text in self.words)
        return words > sum(self.counts[text] for text in self.numbers)


@dataclass(frozen=True)
class CodeFit:
    """How the cells of a questionnaire fit the codes of an instrument.

    Attributes
    ----------
    level : {0, 1, 2, 3}
        0: all within the range; 1: after a shift; 2: some outside; 3: not these codes.
    lowest_code : int, optional
        The file's lowest code where it is not the instrument's.
    missing_codes : dict of str to str
        Cell content that seems to mean "no answer" -> reason.
    answers : dict of str to int
        Word -> code, where the file's own labels give it.
    open_words : tuple of str
        Answers in words whose codes the file does not give.
    reasons, doubts : list of str
        Doubts are about a shift or about words.
    strays : list of str
        Values outside or between the codes, and texts that are not codes.
    """

    level: int
    lowest_code: int | None = None
    missing_codes: dict[str, str] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    open_words: tuple[str, ...] = ()
    reasons: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)


def cell_counts(sheet: pd.DataFrame, columns: Sequence[str], decimal: str = ".") -> CellCounts:
    """The contents of some columns of a sheet, counted."""
    counts: dict[str, int] = {}
    for column in columns:
        for text, count in sheet[column].value_counts().items():
            if count:
                counts[str(text)] = counts.get(str(text), 0) + int(count)
    numbers, words, empty = {}, [], []
    for text in counts:
        value = read_number(text, decimal)
        if not isinstance(value, CellProblem):
            numbers[text] = value
        elif text == "" or text in TEXT_CODES:
            empty.append(text)
        else:
            words.append(text)
    return CellCounts(numbers, tuple(words), tuple(empty), counts)


def code_fit(cells: CellCounts, allowed: ResponseRange, notes: Mapping[str, ColumnNote]) -> CodeFit:
    """How well the cells fit an instrument's codes.

    Parameters
    ----------
    cells : CellCounts
    allowed : ResponseRange
        The codes of the instrument.
    notes : mapping of column to ColumnNote
        Labels and missing codes that the file declares for these columns.

    Examples
    --------
    >>> cells = CellCounts({"1": 1.0, "4": 4.0}, (), (), {"1": 5, "4": 3})
    >>> code_fit(cells, ResponseRange(minimum=0, maximum=3), {}).lowest_code
    1
    """
    if cells.in_words:
        return _words(cells, allowed, notes)
    missing = {
        word: f"{_quoted(word)} occurs {times(cells.counts[word])} among numbers"
        for word in cells.words
        if len(cells.words) <= 3
        and len(word) <= LONGEST_CODE
        and cells.counts[word] >= FEWEST_WORDS
    }
    numbers = dict(cells.numbers)
    sentinels = _sentinels(cells, allowed)
    for text in sentinels:
        numbers.pop(text)
    inside = ", ".join(_ends(numbers.values()))
    for text in sentinels:
        missing[text] = (
            f"{_quoted(text)} occurs {times(cells.counts[text])}, all other values are {inside}"
        )
    fit = _shift(numbers, cells, allowed, labelled_range(notes))
    others = len(cells.words) - len(missing.keys() & set(cells.words))
    strays = list(fit.strays)
    if others:
        texts = "one text is" if others == 1 else f"{others} different texts are"
        strays.append(f"{texts} among the numbers: look at the cells")
    declared = sorted({code for note in notes.values() for code in note.missing_codes})
    reasons = list(fit.reasons)
    if declared:
        reasons.append(f"the file declares {', '.join(declared)} as missing: read as empty")
    if labelled_range(notes) == (allowed.minimum, allowed.maximum):
        reasons.append(f"the file labels {allowed.minimum} to {allowed.maximum}")
    return replace(fit, missing_codes=fit.missing_codes | missing, reasons=reasons, strays=strays)


def values_shown(cells: CellCounts) -> str:
    """The range of the numbers, and codes far outside it, in brackets.

    Examples
    --------
    >>> numbers = {"0": 0.0, "4": 4.0, "-9999": -9999.0}
    >>> cells = CellCounts(numbers, (), (), {"0": 9, "4": 9, "-9999": 2})
    >>> values_shown(cells)
    'values 0 to 4; "-9999" occurs 2 times, a missing code?'
    """
    if not cells.numbers:
        return ""
    found = conventional_codes(cells)
    missing = "".join(f"; {reason}, a missing code?" for reason in found.values())
    values = [value for text, value in cells.numbers.items() if text not in found]
    return f"values {min(values):g} to {max(values):g}{missing}"


def conventional_codes(cells: CellCounts) -> dict[str, str]:
    """Conventional codes for "no answer" that lie far from all other numbers -> reason.

    Examples
    --------
    >>> numbers = {"0": 0.0, "4": 4.0, "99": 99.0, "33": 33.0}
    >>> conventional_codes(CellCounts(numbers, (), (), {"0": 9, "4": 9, "99": 2, "33": 1}))
    {'99': '"99" occurs 2 times'}
    """
    numbers, found = dict(cells.numbers), {}
    for text in sorted(cells.numbers, key=lambda entry: -abs(cells.numbers[entry])):
        rest = [value for other, value in numbers.items() if other != text]
        if len(rest) < 2 or f"{numbers[text]:g}" not in NUMBER_CODES:
            continue
        away = max(min(rest) - numbers[text], numbers[text] - max(rest))
        if away > max(1.0, max(rest) - min(rest)):
            del numbers[text]
            found[text] = f"{_quoted(text)} occurs {times(cells.counts[text])}"
    return found


def times(count: int) -> str:
    """A number of occurrences in words.

    Examples
    --------
    >>> times(1), times(3)
    ('once', '3 times')
    """
    return "once" if count == 1 else f"{count} times"


def _sentinels(cells: CellCounts, allowed: ResponseRange) -> list[str]:
    """Numbers far outside the codes, which mean "no answer"."""
    width = allowed.maximum - allowed.minimum
    inner = [v for v in cells.numbers.values() if -width <= v - allowed.minimum <= 2 * width]
    found = []
    for text, value in cells.numbers.items():
        away = max(allowed.minimum - value, value - allowed.maximum)
        plain = f"{value:g}"
        lonely = not any(0 < abs(value - other) <= allowed.step for other in inner)
        conventional = plain in NUMBER_CODES
        repeated = cells.counts[text] >= FEWEST_REPEATS and not _struck_twice(text, allowed)
        if (conventional and away > 0 and (away > width or value < 0 or lonely)) or (
            repeated and away > width
        ):
            found.append(text)
    rare = sum(cells.counts[text] for text in found) < cells.answered / 2
    return found if rare else []


def _struck_twice(text: str, allowed: ResponseRange) -> bool:
    """Whether a number is two codes of one digit in a row, such as 33 or 12 with codes 0 to 3."""
    if len(text) != 2 or not text.isdecimal() or allowed.maximum > 9:
        return False
    return all(allowed.minimum <= int(digit) <= allowed.maximum for digit in text)


def _shift(
    numbers: Mapping[str, float],
    cells: CellCounts,
    allowed: ResponseRange,
    labelled: tuple[float, float] | None,
) -> CodeFit:
    """How numbers fit the codes: unchanged, shifted by a constant, or partly out of range."""
    low, high = allowed.minimum, allowed.maximum
    out_of_range = {text: value for text, value in numbers.items() if not low <= value <= high}
    uneven = [
        text
        for text, value in numbers.items()
        if text not in out_of_range and allowed.stored(value) is None
    ]
    if uneven:
        return CodeFit(3, strays=[f"answers such as {uneven[0]} lie between its codes"])
    if labelled and labelled[1] - labelled[0] == high - low and labelled[0] != low:
        return _moved(int(labelled[0]), allowed, "the file labels the codes")
    if not out_of_range:
        reason = f"answers are {' and '.join(_ends(numbers.values()))}" if numbers else "no answers"
        return CodeFit(0, reasons=[reason])
    zero = [text for text, value in out_of_range.items() if value == 0 and low == 1]
    repeated = bool(zero) and cells.counts[zero[0]] >= FEWEST_WORDS
    if repeated and len(out_of_range) == 1 and max(numbers.values()) == high:
        reason = (
            f"{_quoted(zero[0])} occurs {times(cells.counts[zero[0]])}, all other values are"
            f" {low} to {high}"
        )
        return CodeFit(1, missing_codes={zero[0]: reason})
    least, most = min(numbers.values()), max(numbers.values())
    if most - least <= high - low and all(value % 1 == 0 for value in numbers.values()):
        lowest = least if most - least == high - low else (1 if low == 0 and least >= 1 else least)
        if most <= lowest + high - low:
            return _moved(int(lowest), allowed, f"the file holds {least:g} to {most:g}", most)
    strays = sum(cells.counts[text] for text in out_of_range)
    listed = ", ".join(sorted(out_of_range, key=out_of_range.__getitem__)[:5])
    verb = "is" if len(out_of_range) == 1 else "are"
    outside = f"{listed} {verb} outside {allowed.in_words()}"
    if strays > MOST_STRAYS * cells.answered:
        version = (
            f"{outside} ({strays:,} of {cells.answered:,} answers): another version or other codes?"
            " Look at the form that was filled in"
        )
        return CodeFit(3, strays=[version])
    doubt = (
        f"{outside} ({times(strays)}): typing errors? Correct the cells, or list what means"
        ' "no answer" under missing_codes'
    )
    return CodeFit(2, strays=[doubt])


def _moved(lowest: int, allowed: ResponseRange, seen: str, most: float | None = None) -> CodeFit:
    by = allowed.minimum - lowest
    doubt = (
        f"{seen}, the key's codes are {allowed.in_words()}: every answer is read as"
        f" {abs(by)} {'lower' if by < 0 else 'higher'}. Compare with the form that was filled in"
    )
    if most is not None and lowest + allowed.maximum - allowed.minimum - most >= MOST_UNUSED:
        doubt += (
            f". No answer is above {most:g}: if the form has no higher one, it is another"
            " version with fewer answers. Then delete lowest_code and correct instrument"
        )
    return CodeFit(1, lowest, doubts=[doubt])


def _words(cells: CellCounts, allowed: ResponseRange, notes: Mapping[str, ColumnNote]) -> CodeFit:
    """Answers in words, with their codes where the file's labels give them."""
    code_of: dict[str, int] = {}
    for note in notes.values():
        for code, label in note.levels.items():
            value = read_number(code)
            if not isinstance(value, CellProblem) and allowed.stored(value) is not None:
                code_of.setdefault(label.strip(), int(value))
    nested = _nested(cells, allowed)
    if nested is not None:
        return nested
    known = {word: code_of[word] for word in cells.words if word in code_of}
    if len(known) == len(cells.words):
        ordered = dict(sorted(known.items(), key=lambda entry: entry[1]))
        return CodeFit(1, answers=ordered, reasons=["codes of the words from the file's labels"])
    plain = len(cells.words) <= MOST_WORDS and all(len(w) <= LONGEST_WORDS for w in cells.words)
    if not plain:
        return CodeFit(3, strays=[f"{len(cells.words)} different texts instead of codes"])
    codes, about_codes = word_codes(cells.words, allowed)
    if codes:
        return CodeFit(1, answers=codes, doubts=[about_codes])
    doubt = "answers are words whose codes the file does not give"
    words = tuple(in_order(cells.words) or sorted(cells.words))
    return CodeFit(1, open_words=words, doubts=[doubt])


def _nested(cells: CellCounts, allowed: ResponseRange) -> CodeFit | None:
    """Cells with lists or objects (JSON): their numbers as answers, if each holds one code."""
    found = {word: nested_cell(word) for word in cells.words}
    kinds = {cell.kind for cell in found.values() if cell is not None}
    if not kinds or None in found.values():
        return None
    what = f"cells hold {' and '.join(f'{kind}s' for kind in sorted(kinds))} (JSON)"
    codes = {}
    for word, cell in found.items():
        number = None if cell is None else read_number(cell.number or "")
        if not isinstance(number, float) or allowed.stored(number) is None:
            return CodeFit(
                3,
                strays=[
                    f"{what}, not one code each: export one plain value per cell (raw data, codes),"
                    " or a column for each choice"
                ],
            )
        codes[word] = int(number)
    ordered = dict(sorted(codes.items(), key=lambda entry: entry[1]))
    doubt = f"{what} with one number each, which is read as the code: is it the code of the answer?"
    return CodeFit(1, answers=ordered, doubts=[doubt])


def labelled_range(notes: Mapping[str, ColumnNote]) -> tuple[float, float] | None:
    """Lowest and highest code that the file labels, if all columns agree."""
    ranges = set()
    for note in notes.values():
        codes = [read_number(code) for code in note.levels]
        values = [value for value in codes if isinstance(value, float)]
        declared = set(note.missing_codes)
        values = [value for value in values if f"{value:g}" not in declared]
        values = [value for value in values if f"{value:g}" not in NUMBER_CODES or 0 <= value < 10]
        if len(values) >= 2:
            ranges.add((min(values), max(values)))
    return ranges.pop() if len(ranges) == 1 else None


def _ends(values: Iterable[float]) -> list[str]:
    numbers = [value for value in values if math.isfinite(value)]
    return [f"{min(numbers):g} to {max(numbers):g}"] if numbers else ["none"]


def _quoted(text: str) -> str:
    return f'"{text}"'
