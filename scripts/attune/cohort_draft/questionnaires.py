"""From groups of numbered columns to questionnaires: instrument, rater, occasion, state, codes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from attune.cohort_draft.answer_codes import cell_counts, values_shown
from attune.cohort_draft.column_names import Meaning, Word, meaning_of, words_of
from attune.cohort_draft.draft import DraftQuestionnaire, Evidence, RawTable, Unmapped
from attune.cohort_draft.instrument_match import InstrumentMatch, match_instrument
from attune.cohort_draft.instrument_names import KnownNames
from attune.cohort_draft.item_groups import ItemGroup, item_groups
from attune.cohort_draft.label_names import named_by_labels
from attune.cohort_draft.layout import Layout
from attune.specs.instrument import Instrument

FEWEST_FOR_LIKENESS = 7
"""Smallest number of items for which number and codes suggest an instrument."""

_EXPORTED = re.compile(
    r"\d{4}-\d\d-\d\d(_\d{4})?|(?<![^\W_])[A-Za-z]{3,9}[+ _]\d{1,2},[+ _]\d{4}([+ _]\d\d?\.\d\d)?"
)
"""The export date in a file name, as REDCap and Qualtrics write it."""


@dataclass(frozen=True)
class Rows:
    """The rows of one occasion and rater in a file with several rows per dyad."""

    sheet: pd.DataFrame
    rows: dict[str, str]
    occasion: str = ""
    rater: str = ""


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
    """

    questionnaires: list[DraftQuestionnaire]
    unmapped: list[Unmapped]
    free: list[str]


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
    names = [str(name) for name in table.sheet.columns if name not in used]
    groups, free = item_groups(names, known)
    file_meaning = meaning_of(_words_of_file(table), known.stems)
    found: list[DraftQuestionnaire] = []
    unmapped: list[Unmapped] = []
    for group in _named(groups, table, instruments, known):
        stem = group.meaning.stem or (file_meaning.stem if not group.meaning.rest else "")
        if not stem:
            unmapped.append(_unknown_instrument(group, table, instruments))
            continue
        cells = cell_counts(table.sheet, list(group.columns.values()), table.decimal)
        notes = {name: table.notes[name] for name in group.columns.values() if name in table.notes}
        match = match_instrument(group, stem, cells, instruments, known, notes)
        if isinstance(match, str):
            unmapped.append(Unmapped(table.place, _columns_text(group), match))
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
    return FoundQuestionnaires(found, unmapped, free)


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


def row_blocks(table: RawTable, layout: Layout) -> Iterator[Rows]:
    """The rows of each occasion and rater; all rows where a file has one row per dyad."""
    occasions = layout.occasions or {"": ""}
    raters = layout.raters or {"": ""}
    for level, occasion in occasions.items():
        for code, rater in raters.items():
            sheet, rows = table.sheet, {}
            if layout.occasion is not None and level:
                rows[layout.occasion] = level
            if layout.rater is not None and code:
                rows[layout.rater] = code
            for column, cell in rows.items():
                sheet = sheet[sheet[column] == cell]
            yield Rows(sheet, rows, occasion, rater)


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
    occasion, session, occasion_evidence = occasion_of(instrument, meaning, file_meaning, block)
    state, state_evidence = _state(instrument, meaning)
    doubts = [*match.doubts, *match.codes.strays]
    if meaning.rest and meaning.stem:
        doubts.append(f'the names also hold "{" ".join(meaning.rest)}"')
    evidence = {
        "instrument": Evidence(match.reasons, doubts),
        "rater": rater_evidence,
        "occasion": occasion_evidence,
        "state": state_evidence,
        "columns": Evidence(match.items.reasons, match.items.doubts),
        "lowest_code": Evidence([], [] if match.codes.lowest_code is None else match.codes.doubts),
        "answers": Evidence(
            match.codes.reasons if match.codes.answers else [],
            match.codes.doubts if match.codes.open_words else [],
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


def rater_of(
    instrument: Instrument, meaning: Meaning, file_meaning: Meaning, block: Rows
) -> tuple[str, Evidence]:
    """The rater, by the column, the row, the file, or the instrument."""
    allowed = list(instrument.raters)
    if meaning.rater in allowed:
        evidence = f'"{meaning.rater_word}" in {meaning.read_from}'
        sure = meaning.read_from == Meaning.read_from
        return meaning.rater, Evidence([evidence], []) if sure else Evidence([], [evidence])
    if block.rater in allowed:
        return block.rater, Evidence(["by the rows"])
    if len(allowed) == 1:
        return allowed[0], Evidence([f"{instrument.abbreviation} has no other rater"])
    if file_meaning.rater in allowed:
        return file_meaning.rater, Evidence([f'"{file_meaning.rater_word}" in the file\'s name'])
    chosen = "patient" if "patient" in allowed else allowed[0]
    return chosen, Evidence([], [f"the rater is not stated; could be {' or '.join(allowed)}"])


def occasion_of(
    instrument: Instrument, meaning: Meaning, file_meaning: Meaning, block: Rows
) -> tuple[str, int | None, Evidence]:
    """The occasion, by the column, the row, or the file, and the number in it."""
    occasion, session, evidence = "", None, Evidence()
    if meaning.occasion:
        occasion, session = meaning.occasion, meaning.session
        evidence = Evidence([f'"{meaning.occasion_word}" in {meaning.read_from}'])
        if meaning.rater_word == "t" and "therapist" not in instrument.raters:
            occasion = f"t{session}" if meaning.bare_number else occasion
        elif meaning.bare_number:
            evidence = Evidence(
                [], [f"the occasion is only a number ({session}): is it a session, a month?"]
            )
    if block.occasion:
        both = f"{block.occasion}_{occasion}" if occasion else block.occasion
        number = block.occasion.rstrip("0123456789")
        digits = block.occasion[len(number) :]
        if digits and not number.endswith("_arm_"):
            session = int(digits)
        return both, session, Evidence(["by the rows"], evidence.doubts)
    if occasion:
        return occasion, session, evidence
    if file_meaning.occasion:
        doubts = []
        if file_meaning.bare_number:
            file_session = file_meaning.session
            doubts = [
                f"the occasion is only the number {file_session} in the file's name: is it a month?"
            ]
        reasons = [] if doubts else [f'"{file_meaning.occasion_word}" in the file\'s name']
        return file_meaning.occasion, file_meaning.session, Evidence(reasons, doubts)
    return "baseline", None, Evidence([], ["the occasion is not stated"])


def _state(instrument: Instrument, meaning: Meaning) -> tuple[str, Evidence]:
    if meaning.state in instrument.states:
        return meaning.state, Evidence([f'"{meaning.state}" in the column names'])
    if instrument.states:
        states = " or ".join(instrument.states)
        return instrument.states[0], Evidence([], [f"the rated state is not stated: {states}"])
    return "", Evidence()


def _columns_text(group: ItemGroup) -> str:
    return f"{group.columns_text} ({len(group.columns)} columns)"


def _unknown_instrument(
    group: ItemGroup, table: RawTable, instruments: Mapping[str, Instrument]
) -> Unmapped:
    """List columns without a known name, with instruments of the same length and codes."""
    cells = cell_counts(table.sheet, list(group.columns.values()), table.decimal)
    values = set(cells.numbers.values())
    similar = [
        instrument.abbreviation
        for instrument in instruments.values()
        if instrument.n_items == len(group.columns) >= FEWEST_FOR_LIKENESS
        and values == set(range(instrument.response.minimum, instrument.response.maximum + 1))
    ]
    detail = values_shown(cells)
    if similar:
        detail += f"; as many items and the same codes as {', '.join(similar)}"
    reason = (
        "no registered instrument has this name. `attune instruments` lists them; for a"
        " questionnaire of your own, add a file to workflow/instruments"
    )
    return Unmapped(table.place, _columns_text(group), reason, detail)
