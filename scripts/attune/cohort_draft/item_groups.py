"""Groups of columns with the items of one questionnaire: same name, different number."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from attune.cohort_draft.column_names import Meaning, Word, meaning_of, words_of
from attune.cohort_draft.instrument_names import KnownNames
from attune.cohort_draft.survey_programs import UNKNOWN, SurveyProgram, program_words
from attune.cohort_draft.vocabulary import UNITS

FEWEST_ITEMS = 3
"""Smallest number of columns of a group; the shortest instruments have four items."""

REVERSED_MARKS = frozenset(
    {"r", "rev", "reversed", "reverse", "rec", "recoded", "inv", "inverted", "neg"}
    | {"umgepolt", "umg", "invertiert", "rekodiert"}
)
"""Words behind the number of an item that is worded, or already coded, the other way round."""

MOST_DIGITS = 6
"""Number of digits from which a number is a date or an id rather than an item."""

Skeleton = tuple[str, str]
"""The parts of a name before and after a number."""

Members = dict[int, tuple[str, int]]
"""Number -> column, and which of its words the number is."""


@dataclass(frozen=True)
class ItemGroup:
    """Columns that differ in one number.

    Attributes
    ----------
    columns : dict of int to str
        Number in the name -> column, in ascending order.
    meaning : Meaning
        Meaning of the rest of the name.
    template : tuple of Word or None
        The words of the first column, None in place of the item.
    pattern : str
        Such as `kims_{item:02d}`; "" if no pattern gives exactly these columns.
    marked : tuple of int
        Items with a mark of reversal behind their number, such as R in wai_4R.
    doubts : tuple of str
        What a person has to check about the columns.
    is_part : bool
        Whether answers rather than names decided which columns belong together.
    """

    columns: dict[int, str]
    meaning: Meaning
    template: tuple[Word | None, ...]
    pattern: str
    marked: tuple[int, ...] = ()
    doubts: tuple[str, ...] = ()
    is_part: bool = False

    @property
    def columns_text(self) -> str:
        """The columns in words."""
        names = list(self.columns.values())
        return f"{names[0]} to {names[-1]}" if len(names) > 1 else names[0]


def item_groups(
    names: Sequence[str], known: KnownNames, program: SurveyProgram = UNKNOWN
) -> tuple[list[ItemGroup], list[str]]:
    """The groups of numbered columns, and the columns that belong to none.

    If a name has several numbers, the item is the number with as many values as the instrument has
    items; otherwise the number without a unit (s3, t1, 6m), with the most values, or the last.

    Parameters
    ----------
    names : sequence of str
        Columns of a file, in any order.
    known : KnownNames
    program : SurveyProgram
        Which wrote the file.

    Examples
    --------
    >>> groups, others = item_groups(["q3", "q1", "id", "q2"], KnownNames({}))
    >>> groups[0].columns, groups[0].pattern, others
    ({1: 'q1', 2: 'q2', 3: 'q3'}, 'q{item}', ['id'])
    """
    plain = _without_marks(names)
    groups, others = _plain_groups(list(plain), known, program)
    return [_marked(group, plain) for group in groups], [plain[name] for name in others]


def _without_marks(names: Sequence[str]) -> dict[str, str]:
    """Names without a mark of reversal behind the number -> names; marked copies keep theirs.

    Some items of a questionnaire are marked, never all of them: what every column has is none.
    """
    bare = {name: _bare(name) for name in names}
    beside = Counter(map(_skeleton_of_last, names))
    found: dict[str, str] = {}
    for name in names:
        short = bare[name]
        if short and short not in bare and short not in found and beside[_skeleton_of_last(short)]:
            found[short] = name
        else:
            found[name] = name
    return found


def _bare(name: str) -> str:
    """A name without the mark of reversal at its end; "" if it has none."""
    words = words_of(name)
    if len(words) < 3 or not words[-2].is_number or words[-1].text not in REVERSED_MARKS:
        return ""
    return name[: words[-2].end] if words[-1].end == len(name) else ""


def _skeleton_of_last(name: str) -> str:
    """A name up to the number at its end; the name itself where it does not end in one."""
    last = words_of(name)[-1:]
    ends = last and last[0].is_number and last[0].end == len(name)
    return name[: last[0].start].casefold() if ends else name


def _marked(group: ItemGroup, plain: Mapping[str, str]) -> ItemGroup:
    """A group with the columns as the file has them."""
    marked = tuple(item for item, name in group.columns.items() if plain[name] != name)
    if not marked:
        return group
    columns = {item: plain[name] for item, name in group.columns.items()}
    return replace(group, columns=columns, pattern="", marked=marked)


def _plain_groups(
    names: Sequence[str], known: KnownNames, program: SurveyProgram
) -> tuple[list[ItemGroup], list[str]]:
    """The groups of numbered columns, and the others."""
    words = {name: program_words(name, program) for name in names}
    members = _chosen(names, words, known)
    numbered = [_group(member, words, known) for member in members if len(member) >= FEWEST_ITEMS]
    numbered = [_with_numbers(group, numbered, known) for group in numbered]
    groups = [_as_its_neighbours(group, numbered, known) for group in numbered]
    rest = _not_in(groups, names)
    for columns in _lettered(rest, words):
        template = [*words[columns[1]][:-1], None]
        meaning = _meaning(template, len(columns), known)
        groups.append(ItemGroup(columns, meaning, tuple(template), ""))
    return groups, _not_in(groups, names)


def _not_in(groups: Sequence[ItemGroup], names: Sequence[str]) -> list[str]:
    taken = {column for group in groups for column in group.columns.values()}
    return [name for name in names if name not in taken]


def _chosen(
    names: Sequence[str], words: Mapping[str, list[Word]], known: KnownNames
) -> list[Members]:
    """Columns by the rest of their names, each with the number that is its item."""
    slots: dict[Skeleton, Members] = {}
    for name in names:
        for place, word in enumerate(words[name]):
            if word.is_number and len(word.text) < MOST_DIGITS:
                members = slots.setdefault(_skeleton(name, word), {})
                members.setdefault(int(word.text), (name, place))
    worth = {skeleton: _worth(members, words, known) for skeleton, members in slots.items()}
    chosen: dict[Skeleton, Members] = {}
    for name in names:
        places = [
            (worth[skeleton], word.start, skeleton, word, place)
            for place, word in enumerate(words[name])
            if word.is_number and len(word.text) < MOST_DIGITS
            for skeleton in [_skeleton(name, word)]
            if len(slots[skeleton]) >= FEWEST_ITEMS
            and not (len(words[name]) > 2 and _counts_something(words[name], place))
            and slots[skeleton][int(word.text)] == (name, place)
        ]
        if places:
            *_, skeleton, word, place = max(places, key=lambda entry: entry[:2])
            chosen.setdefault(skeleton, {})[int(word.text)] = (name, place)
    return list(chosen.values())


def _skeleton(name: str, number: Word) -> Skeleton:
    return name[: number.start].casefold(), name[number.end :].casefold()


def _template(words: Sequence[Word], place: int) -> list[Word | None]:
    return [None if number == place else word for number, word in enumerate(words)]


def _worth(
    members: Members, words: Mapping[str, list[Word]], known: KnownNames
) -> tuple[int, bool, bool, int]:
    """Rank of a number in column names as the number of an item, higher is likelier."""
    name, place = next(iter(members.values()))
    own = words[name]
    stem = _meaning(_template(own, place), len(members), known).stem
    sizes = [known.n_items[instrument] for instrument in known.instruments_of(stem)]
    fits = 0
    if len(members) in sizes:
        fits = 2
    elif any(size / 2 <= len(members) <= size + 2 for size in sizes):
        fits = 1
    return fits, not _counts_something(own, place), bool(stem), len(members)


def _counts_something(words: Sequence[Word], place: int) -> bool:
    """Whether a number belongs to a unit, as in s3, t1, 6m, week_4."""
    number = words[place]
    mates = [word for word in words if word.chunk == number.chunk]
    if len(mates) == 2 and any(word.text in UNITS for word in mates):
        return True
    if len(mates) > 1 or not place:
        return False
    before = words[place - 1]
    alone = not any(word.chunk == before.chunk and word.is_number for word in words)
    return alone and len(before.text) > 2 and before.text in UNITS


def _lettered(names: Sequence[str], words: Mapping[str, list[Word]]) -> list[dict[int, str]]:
    """Columns whose items are letters from a on: F1A to F1T, phq_a to phq_i."""
    runs: dict[str, dict[int, str]] = {}
    for name in names:
        last = words[name][-1:] and words[name][-1]
        if last and len(last.text) == 1 and "a" <= last.text <= "z" and last.end == len(name):
            runs.setdefault(name[: last.start].casefold(), {})[ord(last.text) - 96] = name
    full = [run for run in runs.values() if sorted(run) == list(range(1, len(run) + 1))]
    return [dict(sorted(run.items())) for run in full if len(run) > FEWEST_ITEMS]


def _group(members: Members, words: Mapping[str, list[Word]], known: KnownNames) -> ItemGroup:
    columns = {number: members[number][0] for number in sorted(members)}
    name, place = members[min(members)]
    template = _template(words[name], place)
    meaning = _meaning(template, len(members), known)
    return ItemGroup(columns, meaning, tuple(template), _pattern(columns, words[name][place]))


def _meaning(template: list[Word | None], size: int, known: KnownNames) -> Meaning:
    """Meaning of a name; in wai_10_1 of twelve items, 10 is an occasion, not a length."""
    meaning = meaning_of(template, known.stems)
    sizes = [known.n_items[instrument] for instrument in known.instruments_of(meaning.stem)]
    if meaning.stem[-1:].isdigit() and size not in sizes:
        other = meaning_of(template, known.stems - {meaning.stem})
        if size in [known.n_items[instrument] for instrument in known.instruments_of(other.stem)]:
            return other
    return meaning


def _with_numbers(group: ItemGroup, groups: Sequence[ItemGroup], known: KnownNames) -> ItemGroup:
    """Read the number in a sentence as an occasion if the same sentence has others, too."""
    own = _without_numbers(group)
    if sum(_without_numbers(other) == own for other in groups) < 2 or group.meaning.occasion:
        return group
    return replace(group, meaning=meaning_of(group.template, known.stems, numbers_differ=True))


def _without_numbers(group: ItemGroup) -> list[str]:
    return ["" if word is None or word.is_number else word.text for word in group.template]


def _as_its_neighbours(
    group: ItemGroup, groups: Sequence[ItemGroup], known: KnownNames
) -> ItemGroup:
    """Read wai_12_1 as an occasion if wai_11_1 and wai_13_1 are occasions."""
    if not group.meaning.stem[-1:].isdigit():
        return group
    others = [entry for entry in groups if entry is not group and entry.meaning.bare_number]
    meaning = meaning_of(group.template, known.stems - {group.meaning.stem})
    same = [
        other
        for other in others
        if (other.meaning.stem, other.meaning.rater) == (meaning.stem, meaning.rater)
        and len(other.columns) == len(group.columns)
    ]
    return replace(group, meaning=meaning) if meaning.bare_number and len(same) >= 2 else group


def _pattern(columns: Mapping[int, str], number: Word) -> str:
    """The pattern that gives exactly these columns."""
    first = next(iter(columns.values()))
    if "{" in first or "}" in first:
        return ""
    before, after = first[: number.start], first[number.end :]
    formats = ["{item}"]
    if number.text.startswith("0"):
        formats = [f"{{item:0{len(number.text)}d}}", "{item}"]
    for entry in formats:
        pattern = f"{before}{entry}{after}"
        if all(pattern.format(item=item) == column for item, column in columns.items()):
            return pattern
    return ""
