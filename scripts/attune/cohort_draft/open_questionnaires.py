"""Groups of numbered columns whose scoring key is not registered: name, items and range found."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from attune.cohort_draft.answer_codes import (
    LONGEST_WORDS,
    MOST_WORDS,
    CellCounts,
    cell_counts,
    conventional_codes,
    labelled_range,
)
from attune.cohort_draft.answer_words import in_order, numbers_in
from attune.cohort_draft.column_names import Meaning, identifier, words_of
from attune.cohort_draft.draft import DraftQuestionnaire, Evidence, OpenKey, RawTable
from attune.cohort_draft.item_groups import ItemGroup
from attune.cohort_draft.layout import Layout
from attune.cohort_draft.row_blocks import Rows, occasion_of, row_blocks
from attune.cohort_draft.vocabulary import GENERIC
from attune.intake.reading.column_notes import ColumnNote
from attune.specs.instrument import Instrument

MOST_ITEMS = 90
"""Items of the longest instrument that a scoring key may describe."""

WIDEST_RANGE = 100
"""Largest difference between two answers to an item: that of a scale from 0 to 100."""

SHORTEST_NAME = 3
"""Smallest number of letters that name a questionnaire without the name of its file."""


NO_ITEMS = "their values are those of scores, not of answers to items"
"""Reason why numbered columns are not a questionnaire, but may be finished scores."""


@dataclass(frozen=True)
class OpenGroup:
    """A questionnaire without a registered key: one entry per occasion and rater, and its key."""

    questionnaires: list[DraftQuestionnaire]
    key: OpenKey


@dataclass
class OpenQuestionnaires:
    """Questionnaires without a registered key, gathered over the files of a cohort.

    Attributes
    ----------
    taken : collection of str
        Ids and names of the registered instruments.
    unfilled : mapping of str to int
        Keys of earlier drafts without any scale yet: id -> number of items.
    questionnaires : list of DraftQuestionnaire
    keys : dict of str to OpenKey
    """

    taken: Collection[str]
    unfilled: Mapping[str, int]
    questionnaires: list[DraftQuestionnaire] = field(default_factory=list)
    keys: dict[str, OpenKey] = field(default_factory=dict)

    def add(self, group: OpenGroup) -> None:
        """Add a group; the same name with as many items at another occasion shares its key."""
        name, number = group.key.name, 2
        while not self._fits(name, group):
            name, number = f"{group.key.name}_{number}", number + 1
        self.questionnaires += [replace(entry, instrument=name) for entry in group.questionnaires]
        key, known = replace(group.key, name=name), self.keys.get(name)
        if known is not None:
            key = replace(
                known,
                lowest=min(key.lowest, known.lowest),
                highest=max(key.highest, known.highest),
                columns=f"{known.columns}; {key.columns}",
                words=tuple(sorted({*known.words, *key.words})),
                doubts=list(dict.fromkeys([*known.doubts, *key.doubts])),
            )
        self.keys[name] = key

    def _fits(self, name: str, group: OpenGroup) -> bool:
        """Whether a group may have this name."""
        if name in self.taken or self.unfilled.get(name, group.key.n_items) != group.key.n_items:
            return False
        known = self.keys.get(name)
        if known is None:
            return True
        places = {entry.key for entry in self.questionnaires}
        new = {replace(entry, instrument=name).key for entry in group.questionnaires}
        return known.n_items == group.key.n_items and places.isdisjoint(new)


def open_group(
    table: RawTable,
    layout: Layout,
    group: ItemGroup,
    file_meaning: Meaning,
    doubts: Sequence[str],
    alike: Sequence[Instrument] = (),
) -> OpenGroup | str:
    """A group of numbered columns as a questionnaire without a key, or why it cannot be one.

    Parameters
    ----------
    table : RawTable
    layout : Layout
    group : ItemGroup
        Its name is that of no registered instrument, or of one that it does not fit.
    file_meaning : Meaning
        Meaning of the file's name.
    doubts : sequence of str
        What a person has to check about its name.
    alike : sequence of Instrument
        Registered instruments that it may be: their lowest code is that of answers in words.
    """
    names = list(group.columns.values())
    if len(names) > MOST_ITEMS:
        return (
            f"{len(names)} numbered columns, but a scoring key has at most {MOST_ITEMS} items: they"
            " are several questionnaires. Write an entry for each under `questionnaires:`, with its"
            " columns as `columns: {1: COLUMN, 2: COLUMN}`, and a key in workflow/instruments"
        )
    cells = cell_counts(table.sheet, names, table.decimal)
    if _are_scores(group, cells):
        return NO_ITEMS
    notes = {name: table.notes[name] for name in names if name in table.notes}
    found = _range(cells, notes)
    if isinstance(found, str):
        return found
    lowest, highest, missing = found
    columns, about_columns = _columns(group)
    codes = _codes_of_words(cells, {int(one.response.minimum) for one in alike})
    if codes:
        lowest, highest = min(codes.values()), max(codes.values())
    key = OpenKey(
        _name(group, table),
        len(names),
        lowest,
        highest,
        f"{table.place}, {group.columns_text}",
        labelled_range(notes) is not None,
        tuple(in_order(cells.words) or sorted(cells.words)) if cells.in_words else (),
        [*doubts, *about_columns, *group.doubts, *reversal_doubts(group)],
        codes,
    )
    entries = []
    for block in row_blocks(table, layout):
        if _answered(cells, cell_counts(block.sheet, names, table.decimal), missing):
            entry = _questionnaire(table, group, columns, file_meaning, block)
            entries.append(replace(entry, instrument=key.name, missing_codes=missing))
    return OpenGroup(entries, key) if entries else "they hold no answers"


def _codes_of_words(cells: CellCounts, lowest: Collection[int]) -> dict[str, int]:
    """Codes of answers in words, in their order, from 1 or the code of the likeliest instruments.

    {} where the words are not known to have an order.
    """
    if not cells.in_words:
        return {}
    first = min(lowest) if len(set(lowest)) == 1 else 1
    ordered = in_order(cells.words)
    if ordered:
        return {word: first + place for place, word in enumerate(ordered)}
    numbered = numbers_in(cells.words)
    shift = first - min(numbered.values()) if numbered and lowest else 0
    return {word: code + shift for word, code in numbered.items()}


def reversal_doubts(group: ItemGroup, instrument: Instrument | None = None) -> Iterator[str]:
    """What to check where items have a mark of reversal behind their number.

    Parameters
    ----------
    group : ItemGroup
    instrument : Instrument, optional
        Whose key says which items are reversed.
    """
    if not group.marked:
        return
    items = ", ".join(map(str, group.marked))
    one = len(group.marked) == 1
    mark = words_of(group.columns[group.marked[0]])[-1]
    written = group.columns[group.marked[0]][mark.start : mark.end]
    seen = f"{'item' if one else 'items'} {items} {'has' if one else 'have'} {written!r} behind"
    by_key = sorted(instrument.reverse) if instrument else list(group.marked)
    if both := sorted(set(group.marked) & set(by_key)):
        yield (
            f"{seen} the number. Are these columns reversed in the file already? Then add"
            f" `already_reversed: {both}`; leave it out if the file holds what was ticked"
        )
    if instrument is not None and set(by_key) != set(group.marked):
        keyed = ", ".join(map(str, by_key)) or "none"
        yield (
            f"{seen} the number, but of the {instrument.abbreviation} the key reverses"
            f" {keyed}. Is it another version? If the file reversed items that the key does not,"
            " export the answers as they were ticked"
        )


def _are_scores(group: ItemGroup, cells: CellCounts) -> bool:
    """Whether the number in the names is the length of a form, as in hamd_17, hamd_21, hamd_28."""
    numbers = list(group.columns)
    scattered = len(numbers) * 2 <= numbers[-1] - numbers[0] + 1
    return scattered and not cells.in_words and len(cells.numbers) > MOST_WORDS


def _answered(cells: CellCounts, block: CellCounts, missing: Collection[str]) -> bool:
    """Whether some rows hold more than codes for "no answer"."""
    given = [*cells.numbers, *cells.words]
    return any(block.counts.get(text, 0) for text in given if text not in missing)


def _range(
    cells: CellCounts, notes: Mapping[str, ColumnNote]
) -> tuple[int, int, dict[str, str]] | str:
    """Lowest and highest answer and the codes for "no answer", or why these are not answers."""
    if not cells.answered:
        return "they hold no answers"
    if cells.in_words:
        plain = len(cells.words) <= MOST_WORDS and all(map(_is_answer, cells.words))
        words = f"{len(cells.words)} different texts, which are not answers to items"
        return (1, max(2, len(cells.words)), {}) if plain else words
    missing = conventional_codes(cells)
    values = [value for text, value in cells.numbers.items() if text not in missing]
    if not all(value == int(value) for value in values):
        return NO_ITEMS
    lowest, highest = labelled_range(notes) or (min(values), max(values))
    lowest, highest = min(lowest, *values), max(highest, *values)
    if lowest == highest:
        return f"every answer is {lowest:g}"
    if highest - lowest > WIDEST_RANGE:
        return NO_ITEMS
    return int(lowest), int(highest), missing


def _is_answer(text: str) -> bool:
    """Whether a text may be an answer in words: a date or a paragraph is none."""
    return len(text) <= LONGEST_WORDS and any(map(str.isalpha, text))


def _columns(group: ItemGroup) -> tuple[str | dict[int, str], list[str]]:
    """The columns as the cohort file has them, items numbered from 1, and a doubt about that."""
    numbers = list(group.columns)
    if group.is_part and numbers[-1] - numbers[0] == len(numbers) - 1 and not group.doubts:
        doubt = (
            f"{group.columns_text} are taken as one questionnaire since their answers are alike:"
            " where does it begin and end?"
        )
        whole = group.pattern if numbers[0] == 1 else ""
        return whole or dict(enumerate(group.columns.values(), start=1)), [doubt]
    if numbers == list(range(1, len(numbers) + 1)):
        return group.pattern or dict(group.columns), []
    columns = dict(enumerate(group.columns.values(), start=1))
    absent = sorted(set(range(numbers[0], numbers[-1] + 1)) - set(numbers))
    without = f", without {', '.join(map(str, absent[:5]))}" if absent else ""
    doubt = (
        f"the columns are numbered from {numbers[0]} to {numbers[-1]}{without}, and are taken as"
        f" items 1 to {len(numbers)} in this order"
    )
    return columns, [doubt]


def _name(group: ItemGroup, table: RawTable) -> str:
    """An id for the questionnaire, from its columns and, where these say little, its file."""
    meaning = group.meaning
    if meaning.stem:
        return identifier(f"{meaning.stem} {len(group.columns)} items")
    words = list(meaning.rest) or list(_other_words(group))
    if group.is_part and group.doubts:
        words = [word for word in words if word not in _QUESTION_WORDS][:MOST_NAMING]
        return identifier("_".join(words) or "questions")
    if group.is_part:
        numbers = list(group.columns)
        return identifier(f"{'_'.join(words) or 'items'} {numbers[0]} to {numbers[-1]}")
    plain = identifier("_".join(words), "scale")
    if len("".join(words)) < SHORTEST_NAME or set(words) <= GENERIC:
        return identifier(f"{_name_of_file(table)} {'_'.join(words)}")
    return plain


_QUESTION_WORDS = frozenset(
    {"how", "often", "much", "many", "did", "do", "does", "you", "your", "we", "i", "have", "has"}
    | {"had", "been", "be", "was", "were", "are", "is", "the", "a", "an", "of", "in", "on", "at"}
    | {"to", "for", "last", "past", "two", "2", "week", "weeks", "month", "months", "day", "days"}
    | {"today", "please", "rate", "following", "statements", "statement", "about", "with", "by"}
    | {"any", "each", "and", "or", "over", "during", "which", "what", "wie", "oft", "sehr", "haben"}
    | {"sie", "ich", "den", "letzten", "zwei", "wochen", "bitte", "folgende", "aussagen"}
)
"""Words of a question that say nothing about what it asks."""

MOST_NAMING = 2
"""Words of a question that make the id of its questionnaire."""

LONGEST_FILE_NAME = 24
"""Characters of a file's id up to which it is part of an id."""


def _name_of_file(table: RawTable) -> str:
    """The id of a file without the numbers and dates that its program writes into it."""
    if len(table.name) <= LONGEST_FILE_NAME:
        return table.name
    words = [word for word in table.name.split("_") if not any(map(str.isdigit, word))]
    short = ""
    for word in words:
        if len(short) + len(word) >= LONGEST_FILE_NAME:
            break
        short = f"{short}_{word}" if short else word
    return short or "survey"


def _other_words(group: ItemGroup) -> Iterator[str]:
    """Words in the names, where all of them could be read as rater or as filling."""
    for word in group.template:
        if word is not None and not word.is_number and word.text not in group.meaning.occasion_word:
            yield word.text


def _questionnaire(
    table: RawTable,
    group: ItemGroup,
    columns: str | dict[int, str],
    file_meaning: Meaning,
    block: Rows,
) -> DraftQuestionnaire:
    meaning = group.meaning
    if not (meaning.stem or meaning.rest):
        # C1 to C5 are a scale called C, not answers of clients.
        meaning = replace(meaning, rater="", rater_word="", state="")
    rater = meaning.rater or block.rater or file_meaning.rater or "patient"
    occasion, session, about_time = occasion_of((rater,), meaning, file_meaning, block)
    return DraftQuestionnaire(
        "",
        rater,
        occasion,
        "",
        table.name,
        columns,
        {"occasion": about_time, "columns": Evidence()},
        session=session,
        rows=block.rows,
    )
