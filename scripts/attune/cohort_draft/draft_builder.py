"""From raw tables to the draft of a cohort."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from attune.cohort_draft.answer_codes import TEXT_CODES, cell_counts, times, values_shown
from attune.cohort_draft.answer_rows import with_answers_in_columns
from attune.cohort_draft.column_names import normalised
from attune.cohort_draft.draft import (
    CohortDraft,
    DraftFile,
    DraftQuestionnaire,
    DraftSample,
    DraftScore,
    Evidence,
    RawTable,
    Unmapped,
    questionnaire_content,
)
from attune.cohort_draft.exclusions import with_people_only, without_tests
from attune.cohort_draft.file_scores import with_file_scores
from attune.cohort_draft.instrument_names import KnownNames
from attune.cohort_draft.layout import (
    Layout,
    layout_of,
    names_nobody,
    time_rank,
    with_numbered_rows,
)
from attune.cohort_draft.open_questionnaires import OpenQuestionnaires
from attune.cohort_draft.questionnaires import draft_questionnaires
from attune.cohort_draft.sample_columns import draft_sample
from attune.cohort_draft.sessions import with_sessions
from attune.cohort_draft.vocabulary import LIMESURVEY_COLUMNS, QUALTRICS_COLUMNS, REDCAP_COLUMNS
from attune.intake.reading.questionnaires import AnsweredQuestionnaire, read_questionnaires
from attune.intake.reading.repeated_headings import repeated_headings
from attune.intake.reading.violations import values_read
from attune.specs.closed_model import did_you_mean
from attune.specs.cohort import Cohort
from attune.specs.errors import ConfigurationError
from attune.specs.instrument import Instrument
from attune.specs.raw_file import ROW_NUMBERS

MOST_ITEMS = 90
"""Items of the longest instrument."""

_PROVISIONAL = {"title": "-", "study": "draft", "synthetic": False, "source": "-", "licence": "-"}


def draft_cohort(
    name: str,
    tables: Sequence[RawTable],
    instruments: Mapping[str, Instrument],
    id_column: str | None = None,
    unread: Sequence[Unmapped] = (),
) -> CohortDraft:
    """Draft a cohort from its raw files.

    Parameters
    ----------
    name : str
        The cohort's id.
    tables : sequence of RawTable
    instruments : mapping of id to Instrument
        The registry; keys without any scale are those that an earlier draft left to fill in.
    id_column : str, optional
        Column that names the dyad, in every file that has it.
    unread : sequence of Unmapped
        Files and sheets that could not be read as a table.

    Raises
    ------
    ConfigurationError
        No file names dyads.
    """
    unfilled = {name: key.n_items for name, key in instruments.items() if not key.scales}
    instruments = {name: key for name, key in instruments.items() if key.scales}
    known = KnownNames(instruments)
    _check_id(tables, id_column)
    if id_column is None and len(tables) == 1 and names_nobody(tables[0]):
        tables = [with_numbered_rows(tables[0])]
    tables, pasted = _without_repeated_headings(tables)
    tables, exclusions = with_people_only(tables)
    tables = [with_answers_in_columns(table, id_column) for table in tables]
    layouts, unmapped = _layouts(tables, id_column)
    unmapped += [*unread, *pasted]
    used = [table for table in tables if table.name in layouts]
    used, tests = without_tests(used, {name: layout.dyad for name, layout in layouts.items()})
    if not used:
        problems = [f"{entry.file}: {entry.reason}." for entry in unmapped]
        raise ConfigurationError("No file can be mapped. Nothing was written.", problems)
    found = _Found(OpenQuestionnaires({*instruments, *known.stems}, unfilled), unmapped)
    for table in used:
        _read_table(table, layouts[table.name], found, instruments, known)
    sample = draft_sample(used, layouts, found.free)
    unmapped += _unused(used, layouts, sample, found.free)
    selections: list[DraftQuestionnaire | DraftScore] = [*found.questionnaires, *found.scores]
    opened = found.without_key.questionnaires
    needed = {sample.file, *(selection.file for selection in [*selections, *opened])}
    files = [_file(table, layouts[table.name]) for table in used if table.name in needed]
    unmapped += [
        Unmapped(table.place, _whole(table), "none of its columns is mapped")
        for table in used
        if table.name not in needed
    ]
    return CohortDraft(
        name,
        files,
        sample,
        with_sessions(_in_time(found.questionnaires)),
        found.scores,
        _missing_codes(files, sample, [*selections, *opened]),
        unmapped,
        exclusions=[entry for entry in [*exclusions, *tests] if entry.file in ("", *needed)],
        open_questionnaires=with_sessions(opened),
        open_keys=found.without_key.keys,
    )


def _without_repeated_headings(
    tables: Sequence[RawTable],
) -> tuple[list[RawTable], list[Unmapped]]:
    """The tables without rows that repeat their headings, and a remark on each of these tables."""
    kept, found = [], []
    for table in tables:
        repeat = repeated_headings(table.sheet)
        if repeat is not None:
            rows = ", ".join(map(str, repeat.rows))
            reason = (
                "repeats the headings, as where files were pasted one below the other. Delete it"
                " in the file before `attune check`"
            )
            found.append(Unmapped(table.place, f"row {rows}", reason))
            table = replace(table, sheet=table.sheet.drop(index=list(repeat.rows)))
        kept.append(table)
    return kept, found


@dataclass
class _Found:
    """Content of the files read so far; `free`: columns not used yet, by file."""

    without_key: OpenQuestionnaires
    unmapped: list[Unmapped]
    questionnaires: list[DraftQuestionnaire] = field(default_factory=list)
    scores: list[DraftScore] = field(default_factory=list)
    free: dict[str, list[str]] = field(default_factory=dict)


def _read_table(
    table: RawTable,
    layout: Layout,
    found: _Found,
    instruments: Mapping[str, Instrument],
    known: KnownNames,
) -> None:
    """Add the content of a file to that of the files before it."""
    held = draft_questionnaires(table, layout, instruments, known)
    found.unmapped += held.unmapped
    for group in held.open_groups:
        found.without_key.add(group)
    new = _without_repeats(held.questionnaires, found.questionnaires, table, found.unmapped)
    answered = _answers(table, layout, new, instruments)
    result = with_file_scores(table, layout, new, answered, held.free, instruments, known)
    found.unmapped += result.unmapped
    found.questionnaires += result.questionnaires
    found.free[table.name] = result.free
    for score in result.scores:
        if _is_new(score, found.scores, found.questionnaires):
            found.scores.append(score)
        else:
            reason = f"{score.instrument} {score.scale} {score.occasion} is mapped already"
            found.unmapped.append(Unmapped(table.place, score.column, reason))


def _check_id(tables: Sequence[RawTable], id_column: str | None) -> None:
    """Reject an id column that no file has."""
    known = [str(name) for table in tables for name in table.sheet.columns]
    if id_column is not None and id_column not in known:
        raise ConfigurationError(
            f"No file has a column {id_column!r}, which --id names.",
            [did_you_mean(id_column, list(dict.fromkeys(known)))],
        )


def _layouts(
    tables: Sequence[RawTable], id_column: str | None
) -> tuple[dict[str, Layout], list[Unmapped]]:
    """The layout of each file that names dyads, and the files that do not."""
    layouts, unmapped = {}, []
    for table in tables:
        layout = layout_of(table, id_column, [other for other in tables if other is not table])
        if isinstance(layout, str):
            unmapped.append(Unmapped(table.place, _whole(table), layout))
        else:
            layouts[table.name] = layout
    return layouts, unmapped


def _whole(table: RawTable) -> str:
    return "the whole sheet" if "sheet" in table.settings else "the whole file"


def _file(table: RawTable, layout: Layout) -> DraftFile:
    return DraftFile(table, layout.dyad, Evidence(layout.reasons, layout.doubts))


def _without_repeats(
    found: Sequence[DraftQuestionnaire],
    earlier: Sequence[DraftQuestionnaire],
    table: RawTable,
    unmapped: list[Unmapped],
) -> list[DraftQuestionnaire]:
    """The questionnaires that no earlier file holds; the others are listed."""
    kept = []
    for draft in found:
        if any(draft.key == other.key for other in earlier):
            reason = (
                f"{' '.join(draft.key).strip()} is in another file already. State the occasion in"
                " the file's name or in its columns"
            )
            unmapped.append(Unmapped(table.place, str(draft.columns), reason))
        else:
            kept.append(draft)
    return kept


def _in_time(drafts: Sequence[DraftQuestionnaire]) -> list[DraftQuestionnaire]:
    """The entries of each questionnaire in the order of its occasions.

    Files often come in the order of their names, post.csv before pre.csv, but of two entries
    `attune check` takes the first as the earlier occasion. Other entries keep their places.
    """
    series: dict[tuple[str, str, str], list[DraftQuestionnaire]] = {}
    for draft in drafts:
        series.setdefault((draft.instrument, draft.rater, draft.state), []).append(draft)
    ordered = {
        key: iter(sorted(entries, key=lambda entry: time_rank(entry.occasion)))
        for key, entries in series.items()
    }
    return [next(ordered[draft.instrument, draft.rater, draft.state]) for draft in drafts]


def _is_new(
    score: DraftScore,
    scores: Sequence[DraftScore],
    questionnaires: Sequence[DraftQuestionnaire],
) -> bool:
    """Whether no items and no other column give this score."""
    place = (score.instrument, score.rater, score.occasion)
    if any(
        (questionnaire.instrument, questionnaire.rater, questionnaire.occasion) == place
        for questionnaire in questionnaires
    ):
        return False
    return not any(
        (entry.instrument, entry.rater, entry.occasion, entry.scale) == (*place, score.scale)
        for entry in scores
    )


def _answers(
    table: RawTable,
    layout: Layout,
    drafts: Sequence[DraftQuestionnaire],
    instruments: Mapping[str, Instrument],
) -> list[AnsweredQuestionnaire]:
    """Answers of a file's questionnaires, read as the pipeline will read them."""
    if not drafts:
        return []
    cohort = Cohort.model_validate(
        _PROVISIONAL
        | {
            "cohort": "draft",
            "missing_codes": ["", *sorted(TEXT_CODES)],
            "files": {table.name: {"path": table.path, "dyad": layout.dyad} | table.settings},
            "sample": {"file": table.name, "patient": layout.dyad},
            "questionnaires": [questionnaire_content(draft) for draft in drafts],
        }
    )
    return values_read(read_questionnaires({table.name: table.sheet}, cohort, instruments))


def _missing_codes(
    files: Sequence[DraftFile],
    sample: DraftSample,
    selections: Sequence[DraftQuestionnaire | DraftScore],
) -> dict[str, str]:
    """Missing codes of all files: empty cells, and words that other programs write."""
    counts: dict[str, int] = {}
    for file in files:
        columns = {
            column
            for selection in selections
            if selection.file == file.table.name
            for column in _columns(selection)
        }
        if file.table.name == sample.file:
            columns |= {variable.column for variable in sample.variables.values()}
        for column in columns & set(file.table.sheet.columns):
            cells = file.table.sheet[column].value_counts()
            levels = {
                text
                for variable in sample.variables.values()
                if variable.column == column and file.table.name == sample.file
                for text in variable.levels
            }
            for text in cells.index.intersection(sorted(TEXT_CODES - levels)):
                counts[str(text)] = counts.get(str(text), 0) + int(cells[text])
    found = {text: f'"{text}" occurs {times(counts[text])}' for text in sorted(counts)}
    return {"": "empty cells"} | {text: reason for text, reason in found.items() if counts[text]}


def _columns(selection: DraftQuestionnaire | DraftScore) -> list[str]:
    """The columns that a questionnaire or score reads."""
    if isinstance(selection, DraftScore):
        return [selection.column]
    if isinstance(selection.columns, dict):
        return list(selection.columns.values())
    return [selection.columns.format(item=item) for item in range(1, MOST_ITEMS + 1)]


def _unused(
    tables: Sequence[RawTable],
    layouts: Mapping[str, Layout],
    sample: DraftSample,
    free: Mapping[str, Sequence[str]],
) -> list[Unmapped]:
    """Unused columns with the reason."""
    found = []
    for table in tables:
        layout = layouts[table.name]
        taken = {layout.dyad, layout.occasion, layout.rater, *table.personal}
        if table.name == sample.file:
            taken |= {sample.patient, sample.therapist}
            taken |= {variable.column for variable in sample.variables.values()}
        for name in free[table.name]:
            if name not in taken:
                found.append(_unused_column(name, table))
    return found


def _unused_column(name: str, table: RawTable) -> Unmapped:
    if name in REDCAP_COLUMNS or name.endswith("_complete"):
        return Unmapped(table.place, name, "added by REDCap")
    plain = normalised(name)
    program = table.program
    if program.adds(name):
        return Unmapped(table.place, name, f"added by {program.name}")
    if plain in LIMESURVEY_COLUMNS or plain.startswith("grouptime"):
        return Unmapped(table.place, name, "added by LimeSurvey")
    # KoboToolbox writes an underscore before its own columns: _status is none of Qualtrics.
    if plain in QUALTRICS_COLUMNS and not name.startswith("_"):
        return Unmapped(table.place, name, "added by Qualtrics")
    if name == ROW_NUMBERS:
        return Unmapped(table.place, name, "the row numbers that R writes without a name")
    values = values_shown(cell_counts(table.sheet, [name], table.decimal))
    return Unmapped(
        table.place, name, "its name matches no instrument and no characteristic", values
    )
