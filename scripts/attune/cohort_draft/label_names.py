"""Instruments named in the text of questions, if the columns' names (Q5_1, v17) have none."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile

from attune.cohort_draft.column_names import Meaning, meaning_of, normalised, words_of
from attune.cohort_draft.instrument_names import KnownNames
from attune.cohort_draft.item_groups import ItemGroup
from attune.cohort_draft.vocabulary import BEHIND
from attune.intake.reading.column_notes import ColumnNote
from attune.specs.instrument import Instrument

SHORTEST_NAME = 3
"""Smallest number of letters of an abbreviation that is searched for."""


def named_by_labels(
    group: ItemGroup,
    notes: Mapping[str, ColumnNote],
    instruments: Mapping[str, Instrument],
    known: KnownNames,
) -> list[ItemGroup]:
    """Split a group of columns into the questionnaires named in the labels of its columns.

    The labels are read and never written, since they may contain the wording of items.

    Parameters
    ----------
    group : ItemGroup
        Columns without the name of an instrument.
    notes : mapping of column to ColumnNote
    instruments : mapping of id to Instrument
    known : KnownNames

    Returns
    -------
    list of ItemGroup
        The group itself if no label names an instrument; columns whose label names none stay
        together, without a name.
    """
    labels = {name: notes[name].label for name in group.columns.values() if name in notes}
    names = list(_names(instruments))
    stems = {name: _stem(label, names) for name, label in labels.items()}
    if not any(stems.values()):
        return [group]
    parts: dict[tuple[str, str], dict[int, str]] = {}
    for number, name in group.columns.items():
        stem = stems.get(name, "")
        sizes = [known.n_items[instrument] for instrument in known.instruments_of(stem)]
        whole = list(stems.values()).count(stem) in sizes
        when = "" if whole or not stem else _occasion(_meaning(labels[name], stem))
        parts.setdefault((stem, when), {})[number] = name
    return [_named(group, part, stem, labels) for (stem, _), part in parts.items()]


def _named(
    group: ItemGroup, part: dict[int, str], stem: str, labels: Mapping[str, str]
) -> ItemGroup:
    """Some columns of a group as a separate group, with the meaning of their introduction."""
    columns = replace(group, columns=part)
    if not stem:
        return columns
    introduction = _meaning(_beginning([labels[name] for name in part.values()]), stem)
    meaning = Meaning(stem=stem, read_from="the questions' text")
    if introduction.rater and not introduction.rest:
        # In a sentence, the therapist may be the one who is judged.
        meaning = replace(meaning, rater=introduction.rater, rater_word=introduction.rater_word)
    if _occasion(introduction):
        meaning = replace(
            meaning,
            occasion=introduction.occasion,
            occasion_word=introduction.occasion_word,
            session=introduction.session,
        )
    return replace(columns, meaning=meaning)


def _meaning(label: str, stem: str) -> Meaning:
    return meaning_of(words_of(label), {stem})


def _occasion(meaning: Meaning) -> str:
    """The occasion in a label; "the last 2 weeks" is not one."""
    unit = meaning.occasion.rstrip("0123456789").rstrip("_")
    return "" if meaning.bare_number or len(unit) < 3 or unit in BEHIND else meaning.occasion


def _stem(label: str, names: Sequence[tuple[str, re.Pattern[str]]]) -> str:
    """The longest name of an instrument in a label."""
    return max((stem for stem, pattern in names if pattern.search(label)), key=len, default="")


def _beginning(labels: list[str]) -> str:
    """The common beginning of all labels, which introduces the items."""
    pairs = zip(min(labels), max(labels), strict=False)
    return "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _names(instruments: Mapping[str, Instrument]) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Normalised name of each instrument and its search pattern; abbreviations match by case."""
    for name, key in instruments.items():
        for text in (key.abbreviation, *key.aliases):
            if len(normalised(text)) >= SHORTEST_NAME:
                yield normalised(text), _whole(re.escape(text))
        yield normalised(key.abbreviation), _spelt_out(key.name)
        if "," in key.name:
            # Working Alliance Inventory: the short form is one of several.
            yield normalised(name.partition("_")[0]), _spelt_out(key.name.partition(",")[0])


def _spelt_out(name: str) -> re.Pattern[str]:
    return _whole(r"\W+".join(word.text for word in words_of(name)), re.IGNORECASE)


def _whole(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_]){pattern}(?![^\W_])", flags)
