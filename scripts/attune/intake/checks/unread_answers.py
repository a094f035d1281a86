"""Check of unused columns that look like the items of a questionnaire."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from attune.intake.reading.cell_values import COMMON_MISSING_CODES, CellProblem, read_number
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.sheets import columns_beside_items
from attune.intake.reading.violations import Violation
from attune.printing.apa import counted

FEWEST_NUMBERED = 4
"""Columns that differ in one number only, from which they look like a questionnaire."""

FEWEST_NEIGHBOURS = 5
"""The same for neighbours with the same lowest and highest answer and other headings."""

FEWEST_CODES = 3
"""Different answers from which a column is more than the choice of yes or no."""

FEWEST_YES_NO = 8
"""Columns from which answers of yes or no look like a questionnaire."""

WIDEST_CODES = 10
"""Largest difference between two answers; finished scores and times have larger ones."""

MOST_WORDS = 12
"""Different answers in words of one questionnaire."""

LONGEST_WORDS = 80
"""Characters of an answer in words; longer ones are free text."""

_NUMBER = re.compile(r"\d+")
_CHOICE = re.compile(r"___\w+$")
"""REDCap's columns of a question with several choices, one per choice."""
_NO_ANSWER = COMMON_MISSING_CODES - {"0", "8", "9"}


@dataclass(frozen=True)
class _Answers:
    """What an unused column holds: whole numbers of a small range, or a few words."""

    codes: frozenset[int] = frozenset()
    words: frozenset[str] = frozenset()

    def range(self) -> tuple[int, int] | None:
        return (min(self.codes), max(self.codes)) if self.codes else None


def check_unread_answers(raw: RawCohort) -> Iterator[Violation]:
    """One violation per group of unused columns that look like a questionnaire.

    A group is columns whose headings differ in one number only, or neighbours with the same lowest
    and highest answer. Their cells hold whole numbers at most `WIDEST_CODES` apart, or a few words.
    Copies of items that are read, such as codes beside words or reversed items, are none.
    """
    cohort = raw.cohort
    missing = {"", *cohort.missing_codes, *_NO_ANSWER}
    for name, sheet in raw.sheets.items():
        used = {*columns_beside_items(name, cohort), *raw.item_columns.get(name, [])}
        if used.isdisjoint(sheet.columns):
            continue
        file = cohort.files[name]
        items = set(raw.item_columns.get(name, [])) & set(sheet.columns)
        for columns, answers in _groups(sheet, used, missing, file.decimal):
            if all(_is_copy(sheet, column, items, missing) for column in columns):
                continue
            ends = f"{columns[0]} to {columns[-1]} ({counted(len(columns), 'column')}, {answers})"
            yield Violation(
                "unread_answers",
                cohort.severity("unread_answers"),
                file.place,
                f"columns {ends} are read by nothing and look like a questionnaire.",
                "Map it under `questionnaires:` in cohort.yaml (in a draft, fill in its key in"
                " workflow/instruments and remove the # of its line); if it is not part of the"
                " study, name its columns under `dropped:` of the file.",
                column=columns[0],
            )


def _is_copy(
    sheet: pd.DataFrame, column: str, items: Collection[str], missing: Collection[str]
) -> bool:
    """Whether a column holds the answers of an item that is read, in other codes, and is named so.

    The heading of one begins like that of the other, and each answer of one is one of the other.
    """
    own = sheet[column].astype(str)
    for item in items:
        if not (column.startswith(item) or item.startswith(column)):
            continue
        pairs = pd.DataFrame({"own": own, "item": sheet[item].astype(str)}).drop_duplicates()
        pairs = pairs[~pairs["own"].isin(missing) & ~pairs["item"].isin(missing)]
        if pairs["own"].is_unique and pairs["item"].is_unique:
            return True
    return False


def _groups(
    sheet: pd.DataFrame, used: Collection[str], missing: Collection[str], decimal: str
) -> Iterator[tuple[list[str], str]]:
    """Columns of each group in the order of the file, and their answers in words."""
    found: dict[str, _Answers] = {}
    for column in map(str, sheet.columns):
        if column not in used and not _CHOICE.search(column):
            answers = _answers(sheet[column], missing, decimal)
            if answers is not None:
                found[column] = answers
    taken: set[str] = set()
    for columns in [*_numbered(found), *_neighbours(sheet, found)]:
        columns = [column for column in columns if column not in taken]
        fewest = FEWEST_NUMBERED if _differ_in_a_number(columns) else FEWEST_NEIGHBOURS
        in_words = _in_words([found[column] for column in columns])
        if len(columns) >= fewest and in_words:
            taken |= set(columns)
            yield columns, in_words


def _answers(cells: pd.Series, missing: Collection[str], decimal: str) -> _Answers | None:
    """The answers in a column; None where its cells are none."""
    texts = [str(text) for text in cells.unique() if str(text) not in missing]
    if not 1 < len(texts) <= MOST_WORDS:
        return None
    numbers = [read_number(text, decimal) for text in texts]
    values = [number for number in numbers if not isinstance(number, CellProblem)]
    if not values:
        short = all(len(text) <= LONGEST_WORDS and any(map(str.isalpha, text)) for text in texts)
        return _Answers(words=frozenset(texts)) if short else None
    whole = len(values) == len(texts) and all(value == int(value) for value in values)
    if not whole or min(values) < 0 or max(values) - min(values) > WIDEST_CODES:
        return None
    return _Answers(frozenset(map(int, values)))


def _numbered(found: Mapping[str, _Answers]) -> list[list[str]]:
    """Columns whose headings differ in one number only, the largest groups first."""
    slots: dict[tuple[str, str], list[str]] = {}
    for column in found:
        for number in _NUMBER.finditer(column):
            slots.setdefault((column[: number.start()], column[number.end() :]), []).append(column)
    return sorted(slots.values(), key=lambda columns: -len(columns))


def _differ_in_a_number(columns: Sequence[str]) -> bool:
    """Whether the headings are the same but for their numbers."""
    return len({_NUMBER.sub("#", column) for column in columns}) == 1


def _neighbours(sheet: pd.DataFrame, found: Mapping[str, _Answers]) -> Iterator[list[str]]:
    """Unused columns side by side with the same lowest and highest answer."""
    run: list[str] = []
    for column in map(str, sheet.columns):
        answers = found.get(column)
        if run and (answers is None or not _alike(answers, found[run[-1]])):
            yield run
            run = []
        if answers is not None:
            run.append(column)
    yield run


def _alike(one: _Answers, other: _Answers) -> bool:
    if one.words or other.words:
        return one.words == other.words
    return one.range() == other.range()


def _in_words(group: Sequence[_Answers]) -> str:
    """The answers of a group in words; "" where they are none of a questionnaire."""
    codes = frozenset().union(*(answers.codes for answers in group))
    words = frozenset().union(*(answers.words for answers in group))
    several = max(len(codes), len(words)) >= FEWEST_CODES or len(group) >= FEWEST_YES_NO
    if bool(codes) == bool(words) or not several:
        return ""
    if words:
        return f"answers in {len(words)} different words" if len(words) <= MOST_WORDS else ""
    fits = max(codes) - min(codes) <= WIDEST_CODES
    return f"answers {min(codes)} to {max(codes)}" if fits else ""
