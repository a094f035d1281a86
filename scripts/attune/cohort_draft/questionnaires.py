"""From groups of numbered columns to questionnaires: instrument, rater, occasion, state, codes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from attune.cohort_draft.answer_codes import cell_counts, values_shown
from attune.cohort_draft.column_names import Meaning, Word, meaning_of, words_of
from attune.cohort_draft.draft import DraftQuestionnaire, RawTable, Said, Unmapped
from attune.cohort_draft.instrument_match import Choice, chosen_instrument
from attune.cohort_draft.instrument_names import KnownNames
from attune.cohort_draft.item_groups import ItemGroup, item_groups
from attune.cohort_draft.label_names import named_by_labels
from attune.cohort_draft.layout import Layout
from attune.specs.instrument import Instrument

FEWEST_FOR_LIKENESS = 7
"""Items from which on their number and codes hint at an instrument."""

_EXPORTED = re.compile(
    r"\d{4}-\d\d-\d\d(_\d{4})?|(?<![^\W_])[A-Za-z]{3,9}[+ _]\d{1,2},[+ _]\d{4}([+ _]\d\d?\.\d\d)?"
)
"""The day of the export in a file's name, as REDCap and Qualtrics write it."""


@dataclass(frozen=True)
class Rows:
    """The rows of one occasion and rater in a file with several rows per dyad."""

    sheet: pd.DataFrame
    rows: dict[str, str]
    occasion: str = ""
    rater: str = ""


@dataclass(frozen=True)
class FoundQuestionnaires:
    """What a file holds.

    Attributes
    ----------
    questionnaires : list of DraftQuestionnaire
    unmapped : list of Unmapped
        Numbered columns that are left out.
    free : list of str
        Columns that no group of numbered columns takes.
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
    of_file = meaning_of(_words_of_file(table), known.stems)
    found: list[DraftQuestionnaire] = []
    unmapped: list[Unmapped] = []
    for group in _named(groups, table, instruments, known):
        stem = group.meaning.stem or (of_file.stem if not group.meaning.rest else "")
        if not stem:
            unmapped.append(_stranger(group, table, instruments))
            continue
        cells = cell_counts(table.sheet, list(group.columns.values()), table.decimal)
        notes = {name: table.notes[name] for name in group.columns.values() if name in table.notes}
        choice = chosen_instrument(group, stem, cells, instruments, known, notes)
        if isinstance(choice, str):
            unmapped.append(Unmapped(table.place, _shown(group), choice))
            continue
        if not group.meaning.stem:
            choice.doubts.append(f"only the file's name says {stem}")
        elif group.meaning.said_by != Meaning.said_by:
            choice.reasons[0] = f"{len(group.columns)} columns"
            choice.doubts.append(f"only {group.meaning.said_by} says {stem}")
        drafts = list(_by_rows(table, layout, group, choice, of_file))
        if not drafts:
            unmapped.append(Unmapped(table.place, _shown(group), "nobody answered them"))
        for draft in drafts:
            same = [other for other in found if other.key == draft.key]
            if same:
                reason = (
                    f"{' '.join(draft.key).strip()} is mapped already, by other columns. If these"
                    " were answered at another time, map them with another `occasion:`"
                )
                unmapped.append(Unmapped(table.place, _shown(group), reason))
            else:
                found.append(draft)
    return FoundQuestionnaires(found, unmapped, free)


def _named(
    groups: Sequence[ItemGroup],
    table: RawTable,
    instruments: Mapping[str, Instrument],
    known: KnownNames,
) -> Iterator[ItemGroup]:
    """Groups whose columns name an instrument first; then those whose labels might."""
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
    table: RawTable, layout: Layout, group: ItemGroup, choice: Choice, of_file: Meaning
) -> Iterator[DraftQuestionnaire]:
    """One questionnaire per occasion and rater at which anybody answered."""
    names = choice.items.names(choice.instrument.n_items)
    for block in row_blocks(table, layout):
        cells = cell_counts(block.sheet, names, table.decimal)
        missing = sum(
            cells.counts[text] for text in choice.codes.missing_codes if text in cells.counts
        )
        if cells.answered > missing:
            yield _questionnaire(table, group, choice, of_file, block)


def _questionnaire(
    table: RawTable, group: ItemGroup, choice: Choice, of_file: Meaning, block: Rows
) -> DraftQuestionnaire:
    instrument, meaning = choice.instrument, group.meaning
    rater, rater_said = rater_of(instrument, meaning, of_file, block)
    occasion, session, occasion_said = occasion_of(instrument, meaning, of_file, block)
    state, state_said = _state(instrument, meaning)
    doubts = [*choice.doubts, *choice.codes.strays]
    if meaning.rest and meaning.stem:
        doubts.append(f'the names also hold "{" ".join(meaning.rest)}"')
    said = {
        "instrument": Said(choice.reasons, doubts),
        "rater": rater_said,
        "occasion": occasion_said,
        "state": state_said,
        "columns": Said(choice.items.reasons, choice.items.doubts),
        "lowest_code": Said([], [] if choice.codes.lowest_code is None else choice.codes.doubts),
        "answers": Said(
            choice.codes.reasons if choice.codes.answers else [],
            choice.codes.doubts if choice.codes.open_words else [],
        ),
        "rows": Said([f"one row per dyad and {' and '.join(block.rows)}"] if block.rows else []),
    }
    return DraftQuestionnaire(
        instrument.instrument,
        rater,
        occasion,
        state,
        table.name,
        choice.items.columns,
        said,
        session=session,
        rows=block.rows,
        missing_codes=dict(choice.codes.missing_codes),
        lowest_code=choice.codes.lowest_code,
        answers=choice.codes.answers,
        open_words=choice.codes.open_words,
    )


def rater_of(
    instrument: Instrument, meaning: Meaning, of_file: Meaning, block: Rows
) -> tuple[str, Said]:
    """Who filled it in: by the column, the row, the file, or the instrument."""
    allowed = list(instrument.raters)
    if meaning.rater in allowed:
        said = f'"{meaning.rater_word}" in {meaning.said_by}'
        sure = meaning.said_by == Meaning.said_by
        return meaning.rater, Said([said], []) if sure else Said([], [said])
    if block.rater in allowed:
        return block.rater, Said(["by the rows"])
    if len(allowed) == 1:
        return allowed[0], Said([f"{instrument.abbreviation} has no other rater"])
    if of_file.rater in allowed:
        return of_file.rater, Said([f'"{of_file.rater_word}" in the file\'s name'])
    chosen = "patient" if "patient" in allowed else allowed[0]
    return chosen, Said([], [f"nothing says who answered; could be {' or '.join(allowed)}"])


def occasion_of(
    instrument: Instrument, meaning: Meaning, of_file: Meaning, block: Rows
) -> tuple[str, int | None, Said]:
    """When: by the column, the row, or the file; with the number in it."""
    occasion, session, said = "", None, Said()
    if meaning.occasion:
        occasion, session = meaning.occasion, meaning.session
        said = Said([f'"{meaning.occasion_word}" in {meaning.said_by}'])
        if meaning.rater_word == "t" and "therapist" not in instrument.raters:
            occasion = f"t{session}" if meaning.bare_number else occasion
        elif meaning.bare_number:
            said = Said([], [f"only the number {session} says when: is it a session, a month?"])
    if block.occasion:
        both = f"{block.occasion}_{occasion}" if occasion else block.occasion
        number = block.occasion.rstrip("0123456789")
        digits = block.occasion[len(number) :]
        if digits and not number.endswith("_arm_"):
            session = int(digits)
        return both, session, Said(["by the rows"], said.doubts)
    if occasion:
        return occasion, session, said
    if of_file.occasion:
        doubts = []
        if of_file.bare_number:
            doubts = [f"only the {of_file.session} in the file's name says when: is it a month?"]
        reasons = [] if doubts else [f'"{of_file.occasion_word}" in the file\'s name']
        return of_file.occasion, of_file.session, Said(reasons, doubts)
    return "baseline", None, Said([], ["nothing says when it was answered"])


def _state(instrument: Instrument, meaning: Meaning) -> tuple[str, Said]:
    if meaning.state in instrument.states:
        return meaning.state, Said([f'"{meaning.state}" in the column names'])
    if instrument.states:
        states = " or ".join(instrument.states)
        return instrument.states[0], Said([], [f"nothing says which state was rated: {states}"])
    return "", Said()


def _shown(group: ItemGroup) -> str:
    return f"{group.shown} ({len(group.columns)} columns)"


def _stranger(group: ItemGroup, table: RawTable, instruments: Mapping[str, Instrument]) -> Unmapped:
    """Numbered columns without a known name; which instruments have as many items and the codes."""
    cells = cell_counts(table.sheet, list(group.columns.values()), table.decimal)
    values = set(cells.numbers.values())
    like = [
        instrument.abbreviation
        for instrument in instruments.values()
        if instrument.n_items == len(group.columns) >= FEWEST_FOR_LIKENESS
        and values == set(range(instrument.response.minimum, instrument.response.maximum + 1))
    ]
    detail = values_shown(cells)
    if like:
        detail += f"; as many items and the same codes as {', '.join(like)}"
    reason = (
        "no instrument of the registry goes by this name. `attune instruments` lists them; a"
        " questionnaire of your own is one more file in workflow/instruments"
    )
    return Unmapped(table.place, _shown(group), reason, detail)
