"""From groups of numbered columns to questionnaires: instrument, rater, occasion, state, codes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from attune.cohort_draft.answer_blocks import answer_blocks, answer_runs
from attune.cohort_draft.answer_codes import (
    CellCounts,
    cell_counts,
    conventional_codes,
    values_shown,
)
from attune.cohort_draft.column_names import Meaning, Word, meaning_of, words_of
from attune.cohort_draft.draft import DraftQuestionnaire, Evidence, RawTable, Unmapped
from attune.cohort_draft.instrument_match import InstrumentMatch, match_instrument
from attune.cohort_draft.instrument_names import KnownNames
from attune.cohort_draft.item_groups import ItemGroup, item_groups
from attune.cohort_draft.label_names import named_by_labels
from attune.cohort_draft.layout import Layout
from attune.cohort_draft.open_questionnaires import (
    NO_ITEMS,
    OpenGroup,
    open_group,
    reversal_doubts,
)
from attune.cohort_draft.row_blocks import Rows, occasion_of, rater_of, row_blocks
from attune.specs.instrument import Instrument

FEWEST_FOR_LIKENESS = 7
"""Smallest number of items for which number and codes suggest an instrument."""

MOST_NEAR = 4
"""Registered instruments of the same length, but with other codes, that a remark names."""

_EXPORTED = re.compile(
    r"\d{4}-\d\d-\d\d([_ T]\d\d-?\d\d(-?\d\d)?)?"
    r"|(?<![^\W_])[A-Za-z]{3,9}[+ _]\d{1,2},[+ _]\d{4}([+ _]\d\d?\.\d\d)?"
    r"|\(\d+-\d+\)|(?<!\d)(?!(19|20)\d\d(?!\d))\d{4,}(?!\d)|Form Responses \d+"
)
"""What programs write into the name of an export: its date, the number of the survey or project,
the numbers of the first and last response, the number of the sheet of answers."""


@dataclass(frozen=True)
class FoundQuestionnaires:
    """Questionnaires of a file, and its other columns.

    Attributes
    ----------
    questionnaires : list of DraftQuestionnaire
    unmapped : list of Unmapped
        Numbered columns that are left out.
    free : list of str
        Columns outside all groups of numbered columns.
    open_groups : list of OpenGroup
        Numbered columns without a registered key.
    """

    questionnaires: list[DraftQuestionnaire]
    unmapped: list[Unmapped]
    free: list[str]
    open_groups: list[OpenGroup] = field(default_factory=list)


def draft_questionnaires(
    table: RawTable, layout: Layout, instruments: Mapping[str, Instrument], known: KnownNames
) -> FoundQuestionnaires:
    """The questionnaires of a file.

    Parameters
    ----------
    table : RawTable
    layout : Layout
    instruments : mapping of id to Instrument
    known : KnownNames
    """
    used = {layout.dyad, layout.occasion, layout.rater, *table.personal}
    program = table.program
    names = [str(name) for name in table.sheet.columns if name not in used]
    own = {name for name in names if program.adds(name)}
    groups, free = item_groups([name for name in names if name not in own], known, program)
    groups, free = _by_answers(groups, [*free, *(n for n in names if n in own)], table, known)
    file_meaning = meaning_of(_words_of_file(table), known.stems)
    found: list[DraftQuestionnaire] = []
    unmapped: list[Unmapped] = []
    without_key: list[OpenGroup] = []

    def leave_open(group: ItemGroup, cells: CellCounts, doubts: list[str]) -> None:
        alike = alike_instruments(group, cells, instruments)
        opened = open_group(table, layout, group, file_meaning, doubts, alike)
        if isinstance(opened, OpenGroup):
            without_key.append(opened)
            return
        if opened == NO_ITEMS:
            free.extend(group.columns.values())
            return
        reason = f"{doubts[0]}; {opened}" if doubts else opened
        unmapped.append(Unmapped(table.place, _columns_text(group), reason, values_shown(cells)))

    for group in _named(groups, table, instruments, known):
        stem = group.meaning.stem or (file_meaning.stem if not group.meaning.rest else "")
        cells = cell_counts(table.sheet, list(group.columns.values()), table.decimal)
        if not stem:
            leave_open(group, cells, list(_similar(group, cells, instruments)))
            continue
        notes = {name: table.notes[name] for name in group.columns.values() if name in table.notes}
        match = match_instrument(group, stem, cells, instruments, known, notes)
        if isinstance(match, str):
            leave_open(group, cells, [match])
            continue
        if not group.meaning.stem:
            match.doubts.append(f"the instrument ({stem}) is only in the file's name")
        elif group.meaning.read_from != Meaning.read_from:
            match.reasons[0] = f"{len(group.columns)} columns"
            match.doubts.append(f"the instrument ({stem}) is only in {group.meaning.read_from}")
        drafts = list(_by_rows(table, layout, group, match, file_meaning))
        if not drafts:
            unmapped.append(Unmapped(table.place, _columns_text(group), "they hold no answers"))
        for draft in drafts:
            same = [other for other in found if other.key == draft.key]
            if same:
                reason = (
                    f"{' '.join(draft.key).strip()} is mapped already, by other columns. If these"
                    " were answered on another occasion, map them with another `occasion:`"
                )
                unmapped.append(Unmapped(table.place, _columns_text(group), reason))
            else:
                found.append(draft)
    return FoundQuestionnaires(found, unmapped, free, without_key)


def _by_answers(
    groups: Sequence[ItemGroup], free: Sequence[str], table: RawTable, known: KnownNames
) -> tuple[list[ItemGroup], list[str]]:
    """Groups split where other answers begin, with those that only their answers show."""
    found: list[ItemGroup] = []
    for group in groups:
        found += [group] if group.meaning.stem else answer_runs(group, table)
    grouped = {column for group in found for column in group.columns.values()}
    rest = [
        *free,
        *(name for group in groups for name in group.columns.values() if name not in grouped),
    ]
    blocks = answer_blocks(rest, table, known.stems)
    grouped |= {column for group in blocks for column in group.columns.values()}
    return [*found, *blocks], [name for name in rest if name not in grouped]


def _named(
    groups: Sequence[ItemGroup],
    table: RawTable,
    instruments: Mapping[str, Instrument],
    known: KnownNames,
) -> Iterator[ItemGroup]:
    """Groups with an instrument in their column names, then those to be identified by labels."""
    yield from (group for group in groups if group.meaning.stem)
    for group in groups:
        if not group.meaning.stem:
            yield from named_by_labels(group, table.notes, instruments, known)


def _words_of_file(table: RawTable) -> list[Word]:
    """The words of a file's name, without its ending and its version (v2), and of its sheet."""
    name = _EXPORTED.sub(" ", table.path.rpartition(".")[0])
    words = words_of(f"{table.settings.get('sheet', '')} {name}")
    return [
        word
        for place, word in enumerate(words)
        if not (word.text == "v" or (word.is_number and place and words[place - 1].text == "v"))
    ]


def _by_rows(
    table: RawTable, layout: Layout, group: ItemGroup, match: InstrumentMatch, file_meaning: Meaning
) -> Iterator[DraftQuestionnaire]:
    """One questionnaire per occasion and rater with any answer."""
    names = match.items.names(match.instrument.n_items)
    for block in row_blocks(table, layout):
        cells = cell_counts(block.sheet, names, table.decimal)
        missing = sum(
            cells.counts[text] for text in match.codes.missing_codes if text in cells.counts
        )
        if cells.answered > missing:
            yield _questionnaire(table, group, match, file_meaning, block)


def _questionnaire(
    table: RawTable, group: ItemGroup, match: InstrumentMatch, file_meaning: Meaning, block: Rows
) -> DraftQuestionnaire:
    instrument, meaning = match.instrument, group.meaning
    rater, rater_evidence = rater_of(instrument, meaning, file_meaning, block)
    occasion, session, occasion_evidence = occasion_of(
        instrument.raters, meaning, file_meaning, block
    )
    state, state_evidence = _state(instrument, meaning)
    doubts = [*match.doubts, *match.codes.strays]
    if meaning.rest and meaning.stem:
        doubts.append(f'the names also hold "{" ".join(meaning.rest)}"')
    evidence = {
        "instrument": Evidence(match.reasons, doubts),
        "rater": rater_evidence,
        "occasion": occasion_evidence,
        "state": state_evidence,
        "columns": Evidence(
            match.items.reasons,
            [*match.items.doubts, *group.doubts, *reversal_doubts(group, instrument)],
        ),
        "lowest_code": Evidence([], [] if match.codes.lowest_code is None else match.codes.doubts),
        "answers": Evidence(
            match.codes.reasons if match.codes.answers else [],
            match.codes.doubts if match.codes.open_words or match.codes.answers else [],
        ),
        "rows": Evidence(
            [f"one row per dyad and {' and '.join(block.rows)}"] if block.rows else []
        ),
    }
    return DraftQuestionnaire(
        instrument.instrument,
        rater,
        occasion,
        state,
        table.name,
        match.items.columns,
        evidence,
        session=session,
        rows=block.rows,
        missing_codes=dict(match.codes.missing_codes),
        lowest_code=match.codes.lowest_code,
        answers=match.codes.answers,
        open_words=match.codes.open_words,
    )


def _state(instrument: Instrument, meaning: Meaning) -> tuple[str, Evidence]:
    if meaning.state in instrument.states:
        return meaning.state, Evidence([f'"{meaning.state}" in the column names'])
    if instrument.states:
        states = " or ".join(instrument.states)
        return instrument.states[0], Evidence(
            [], [f"no name says which state was rated: {states}?"]
        )
    return "", Evidence()


def _columns_text(group: ItemGroup) -> str:
    return f"{group.columns_text} ({len(group.columns)} columns)"


def _similar(
    group: ItemGroup, cells: CellCounts, instruments: Mapping[str, Instrument]
) -> Iterator[str]:
    """Registered instruments with as many items and the same codes as unnamed columns."""
    lowest = min(_codes(cells), default=0)
    found = [
        f"{instrument.abbreviation} (`instrument: {instrument.instrument}"
        f"{_shift(instrument, lowest, cells)}`)"
        for instrument in alike_instruments(group, cells, instruments)
    ]
    same = "answers" if cells.in_words else "codes"
    if found:
        yield f"it has as many items and the same {same} as {' and '.join(found)}: is it that?"
    elif len(group.columns) >= FEWEST_FOR_LIKENESS and not cells.in_words:
        near = {
            f"{instrument.abbreviation} ({instrument.response.in_words()})"
            for instrument in instruments.values()
            if instrument.n_items == len(group.columns)
        }
        if near:
            yield (
                f"as many items, but other codes, have {', '.join(sorted(near)[:MOST_NEAR])}:"
                " is it a version of one of these?"
            )


def _codes(cells: CellCounts) -> set[float]:
    """The numbers among the cells without codes for "no answer"."""
    missing = conventional_codes(cells)
    return {value for text, value in cells.numbers.items() if text not in missing}


def _shift(instrument: Instrument, lowest: float, cells: CellCounts) -> str:
    """The key that a line needs where its codes begin elsewhere than those of the instrument."""
    if cells.in_words or lowest == instrument.response.minimum:
        return ""
    return f", lowest_code: {lowest:g}"


def alike_instruments(
    group: ItemGroup, cells: CellCounts, instruments: Mapping[str, Instrument]
) -> list[Instrument]:
    """Registered instruments with as many items and codes as unnamed columns.

    Answers in words have no codes: their number decides. So does the number of codes from 1 where
    an instrument counts from 0, since survey programs number the answers of a question from 1.
    """
    values, found = _codes(cells), []
    for instrument in instruments.values():
        low, high = int(instrument.response.minimum), int(instrument.response.maximum)
        if not instrument.n_items == len(group.columns) >= FEWEST_FOR_LIKENESS:
            continue
        n_codes = high - low + 1
        moved = values == set(range(1, n_codes + 1)) and low == 0
        same = values == set(range(low, high + 1)) or moved
        if len(cells.words) == n_codes if cells.in_words else same:
            found.append(instrument)
    return found
