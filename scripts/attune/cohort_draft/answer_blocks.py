"""Columns that are items by their answers: neighbours that share a set of answers.

Forms with full questions as headings have no numbers in their names, and survey programs number all
questions in one row. What belongs together shows in the answers.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from attune.cohort_draft.answer_codes import (
    LONGEST_WORDS,
    MOST_WORDS,
    CellCounts,
    cell_counts,
    conventional_codes,
)
from attune.cohort_draft.column_names import Meaning, meaning_of, normalised, words_of
from attune.cohort_draft.draft import RawTable
from attune.cohort_draft.item_groups import FEWEST_ITEMS, ItemGroup
from attune.cohort_draft.vocabulary import CATEGORIES, CONDITION_COLUMNS, GENERIC, NUMBERS

FEWEST_ANSWERS = 3
"""Different answers from which neighbours are items; yes and no are asked about anything."""

FEWEST_YES_NO = 8
"""Neighbouring columns of two answers from which they are a questionnaire."""

FEWEST_OF_NUMBERS = 5
"""Neighbouring columns of the same numbers from which they are one, without words in common."""

WIDEST_CODES = 10
"""Largest difference between two codes of answers in neighbouring columns."""

FAR_APART = 5
"""Difference of two neighbouring numbers from which they belong to different questionnaires."""

WINDOW = 3
"""Columns on both sides of a boundary that must agree among themselves."""

_GRID_ROW = re.compile(r"^(?P<question>.{3,}?)\s*(\[.+\]|\(.+\)|[:|>] .+| - .+)\s*$")
"""A question, and the row of its grid, as survey programs write them into one heading."""


@dataclass(frozen=True)
class Answers:
    """Answers in one column: words, or the lowest and highest code."""

    words: frozenset[str] = frozenset()
    lowest: float = 0
    highest: float = 0


def answers_in(table: RawTable, column: str) -> Answers | None:
    """The answers in a column; None where it holds no answers of few kinds."""
    cells = cell_counts(table.sheet, [column], table.decimal)
    if cells.in_words:
        fits = len(cells.words) <= MOST_WORDS and all(map(_is_short, cells.words))
        return Answers(frozenset(cells.words)) if fits and not cells.numbers else None
    values = _codes(cells)
    if len(values) < 2 or cells.words or any(value != int(value) for value in values):
        return None
    return Answers(frozenset(), min(values), max(values))


def _is_short(text: str) -> bool:
    return len(text) <= LONGEST_WORDS and any(map(str.isalpha, text))


def _codes(cells: CellCounts) -> set[float]:
    missing = conventional_codes(cells)
    return {value for text, value in cells.numbers.items() if text not in missing}


def answer_runs(group: ItemGroup, table: RawTable) -> list[ItemGroup]:
    """A group of numbered columns, split where other answers begin.

    Columns that a word names, such as mood1 to mood9, are one questionnaire by their name; those
    that a program numbers through, such as v_1 to v_40, need not be.

    Parameters
    ----------
    group : ItemGroup
        Without the name of an instrument.
    table : RawTable

    Returns
    -------
    list of ItemGroup
        In the order of the numbers; parts of fewer than `FEWEST_ITEMS` columns are left out.
    """
    if not _says_nothing(group):
        return [group]
    numbers = list(group.columns)
    far = FAR_APART if _counts_up(numbers) else 1 + max(numbers)
    answers = [answers_in(table, group.columns[number]) for number in numbers]
    starts = [0]
    for place in range(1, len(numbers)):
        gap = numbers[place] - numbers[place - 1]
        left, right = answers[starts[-1] : place], answers[place:]
        if gap >= far or _differ(left[-WINDOW:], right[:WINDOW], gap):
            starts.append(place)
    if len(starts) == 1:
        return [group]
    parts = []
    for first, end in zip(starts, [*starts[1:], len(numbers)], strict=True):
        columns = {number: group.columns[number] for number in numbers[first:end]}
        if len(columns) >= FEWEST_ITEMS:
            pattern = group.pattern if numbers[first] == 1 else ""
            parts.append(replace(group, columns=columns, pattern=pattern, is_part=True))
    return parts


def _says_nothing(group: ItemGroup) -> bool:
    """Whether the names hold no word beside the number that a questionnaire could be called."""
    words = [word.text for word in group.template if word is not None and not word.is_number]
    return all(len(word) == 1 or word in GENERIC for word in words)


def _counts_up(numbers: Sequence[int]) -> bool:
    """Whether most numbers follow the one before, unlike those of items drawn from a pool."""
    following = sum(after - before == 1 for before, after in pairwise(numbers))
    return following >= len(numbers) / 2


def _differ(left: Sequence[Answers | None], right: Sequence[Answers | None], gap: int) -> bool:
    """Whether answers on both sides of a boundary are those of different questionnaires."""
    before = [answers for answers in left if answers is not None]
    after = [answers for answers in right if answers is not None]
    if not before or not after or left[-1] is None or right[0] is None:
        return (left[-1] is None) != (right[0] is None)
    if before[-1].words or after[0].words:
        return not _alike(after[0].words, frozenset().union(*(one.words for one in before)))
    if after[0].highest > 3 * max(before[-1].highest, 1) + 3:
        return True
    if before[-1].highest > 3 * max(after[0].highest, 1) + 3:
        return True
    if min(len(before), len(after)) < (WINDOW if gap == 1 else 1):
        return False
    sides = [{(one.lowest, one.highest) for one in side} for side in (before, after)]
    return all(len(side) == 1 for side in sides) and sides[0] != sides[1]


def _alike(words: Collection[str], known: Collection[str]) -> bool:
    """Whether most answers of a column are known, or all known ones are among them."""
    shared = set(words) & set(known)
    return 2 * len(shared) >= len(set(words)) and 2 * len(shared) >= min(len(set(known)), 3)


def answer_blocks(free: Sequence[str], table: RawTable, stems: Collection[str]) -> list[ItemGroup]:
    """Neighbouring columns without numbers in their names that share a set of answers.

    Parameters
    ----------
    free : sequence of str
        Columns outside all groups of numbered columns.
    table : RawTable
    stems : collection of str
        Normalised names of instruments.
    """
    found = []
    for run in _runs(free, table):
        for names in _by_question(run):
            if _are_items(names, table):
                found.append(_group(names, stems))
    return found


def _runs(free: Sequence[str], table: RawTable) -> Iterator[list[str]]:
    """Neighbours in the file with alike answers."""
    program, known_free = table.program, set(free)
    run: list[str] = []
    known: Answers | None = None
    for name in map(str, table.sheet.columns):
        usable = name in known_free and not program.adds(name) and not _describes(name)
        answers = answers_in(table, name) if usable else None
        if answers is not None and answers.highest - answers.lowest > WIDEST_CODES:
            answers = None
        if answers is None or (known is not None and not _continues(answers, known)):
            yield run
            run, known = [], None
        if answers is not None:
            run.append(name)
            known = _together(answers, known)
    yield run


def _continues(answers: Answers, known: Answers) -> bool:
    if answers.words or known.words:
        few = len(answers.words | known.words) <= MOST_WORDS
        return few and _alike(answers.words, known.words)
    return (answers.lowest, answers.highest) == (known.lowest, known.highest)


def _together(answers: Answers, known: Answers | None) -> Answers:
    return answers if known is None else replace(known, words=known.words | answers.words)


def _describes(name: str) -> bool:
    """Whether a heading names a characteristic of people."""
    known = {*CATEGORIES, *NUMBERS}
    return normalised(name) in CONDITION_COLUMNS or any(w.text in known for w in words_of(name))


def _by_question(run: Sequence[str]) -> Iterator[list[str]]:
    """A run, split where another question of a grid begins."""
    part: list[str] = []
    for name in run:
        if part and _question(name) != _question(part[-1]):
            yield part
            part = []
        part.append(name)
    yield part


def _question(name: str) -> str:
    """The question of a grid whose row a column is; "" where the heading is not a row of a grid."""
    match = _GRID_ROW.match(name)
    return match["question"] if match else ""


def _are_items(names: Sequence[str], table: RawTable) -> bool:
    """Whether so many neighbours with so many answers are a questionnaire."""
    if len(names) < FEWEST_ITEMS:
        return False
    answers = [one for name in names if (one := answers_in(table, name)) is not None]
    words = frozenset().union(*(one.words for one in answers))
    in_common = bool(_question(names[0])) or len(_beginning(names)) > 1
    if words:
        return len(words) >= FEWEST_ANSWERS or len(names) >= FEWEST_YES_NO
    several = answers[0].highest - answers[0].lowest >= FEWEST_ANSWERS - 1
    enough = len(names) >= (FEWEST_ITEMS if in_common else FEWEST_OF_NUMBERS)
    return enough and (several or len(names) >= FEWEST_YES_NO)


def _beginning(names: Sequence[str]) -> list[str]:
    """The words with which all names begin."""
    texts = [[word.text for word in words_of(name)] for name in names]
    same = takewhile(lambda words: len(set(words)) == 1, zip(*texts, strict=False))
    return [words[0] for words in same]


def _group(names: Sequence[str], stems: Collection[str]) -> ItemGroup:
    question = _question(names[0]) or " ".join(_beginning(names))
    words = words_of(question)
    meaning = meaning_of(words, stems)
    if not meaning.stem:
        # In a sentence, words for rater and occasion mean other things.
        meaning = Meaning()
    doubt = "the items are numbered in the order of the columns: compare with the form"
    return ItemGroup(
        dict(enumerate(names, start=1)),
        meaning,
        (*words, None),
        "",
        doubts=(doubt,),
        is_part=True,
    )
