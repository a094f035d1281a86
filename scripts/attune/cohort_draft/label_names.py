"""Instruments that the questions' own text names, where the columns' names (Q5_1, v17) do not."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import takewhile

from attune.cohort_draft.column_names import Meaning, meaning_of, normalised, words_of
from attune.cohort_draft.item_groups import ItemGroup
from attune.cohort_draft.vocabulary import BEHIND
from attune.instrument import Instrument
from attune.responses.column_notes import ColumnNote

SHORTEST_NAME = 3
"""Letters of an abbreviation below which it may be a word like any other."""


def named_by_labels(
    group: ItemGroup, notes: Mapping[str, ColumnNote], instruments: Mapping[str, Instrument]
) -> ItemGroup:
    """The group with the name that the label of each of its columns carries, if all carry one.

    The labels are read and never written: they may hold the wording of items.

    Parameters
    ----------
    group : ItemGroup
        Columns whose names name no instrument.
    notes : mapping of column to ColumnNote
    instruments : mapping of id to Instrument
    """
    labels = [notes[name].label for name in group.columns.values() if name in notes]
    if len(labels) < len(group.columns) or not all(labels):
        return group
    found = [stem for stem, pattern in _names(instruments) if all(map(pattern.search, labels))]
    if not found:
        return group
    said = meaning_of(words_of(_beginning(labels)), ())
    meaning = Meaning(stem=max(found, key=len), said_by="the questions' text")
    unit = said.occasion.rstrip("0123456789").rstrip("_")
    # "over the last 2 weeks" is what a person is asked about, not when.
    if said.occasion and not said.bare_number and len(unit) > 2 and unit not in BEHIND:
        meaning = replace(
            meaning,
            occasion=said.occasion,
            session=said.session,
            occasion_word=said.occasion_word,
        )
    return replace(group, meaning=meaning)


def _beginning(labels: list[str]) -> str:
    """What all labels begin with, the introduction to the items."""
    pairs = zip(min(labels), max(labels), strict=False)
    return "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _names(instruments: Mapping[str, Instrument]) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Normalised name of each instrument and what finds it: abbreviations as they are written."""
    for key, each in instruments.items():
        for text in (each.abbreviation, *each.aliases):
            if len(normalised(text)) >= SHORTEST_NAME:
                yield normalised(text), _whole(re.escape(text))
        yield normalised(each.abbreviation), _spelt_out(each.name)
        if "," in each.name:
            # Working Alliance Inventory: the short form is one of several.
            yield normalised(key.partition("_")[0]), _spelt_out(each.name.partition(",")[0])


def _spelt_out(name: str) -> re.Pattern[str]:
    return _whole(r"\W+".join(word.text for word in words_of(name)), re.IGNORECASE)


def _whole(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_]){pattern}(?![^\W_])", flags)
