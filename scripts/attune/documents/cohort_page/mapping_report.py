"""Mapping of raw files to questionnaires, and which names of them may be shown on the page."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from attune.documents.cohort_page.cohort_check import MappedFile, MappedQuestionnaire
from attune.documents.cohort_page.disclosure import Disclosure, ShowValues
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.sheets import is_named, selected_rows
from attune.intake.reading.violations import Violation
from attune.printing.key_words import CONFIDENCE
from attune.specs.cohort import Cohort, GivenScore, Questionnaire, Selection
from attune.specs.instrument import Instrument
from attune.specs.study_checks import named


def mapped_files(
    sheets: Mapping[str, pd.DataFrame], cohort: Cohort, violations: Sequence[Violation]
) -> tuple[MappedFile, ...]:
    """Rows and columns of the raw files, in the order of the cohort file."""
    unused = [violation.file for violation in violations if violation.rule == "unused_column"]
    return tuple(
        MappedFile(
            path=cohort.files[name].place,
            kind=cohort.files[name].kind(),
            n_rows=len(sheet),
            n_columns=len(sheet.columns),
            n_unused=unused.count(cohort.files[name].place),
        )
        for name, sheet in sheets.items()
    )


def mapped_questionnaires(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    answered: Sequence[AnsweredQuestionnaire],
    n_dyads: int,
) -> tuple[MappedQuestionnaire, ...]:
    """The columns of each questionnaire, also of those whose columns do not exist."""
    counts = {questionnaire.key: len(questionnaire.dyads) for questionnaire in answered}
    mapped = []
    for entry in cohort.selections():
        key = (entry.instrument, entry.rater, entry.occasion, entry.state)
        if isinstance(entry, Questionnaire):
            columns, n = columns_in_short(entry), counts.get(key, 0)
        elif isinstance(entry, GivenScore):
            columns, n = f"{entry.column} (score {entry.scale})", _given(sheets, cohort, entry)
        mapped.append(_mapped(entry, cohort, instruments[entry.instrument], columns, n, n_dyads))
    return tuple(mapped)


def columns_in_short(declared: Questionnaire) -> str:
    """The columns of a questionnaire: its pattern, or the ends of its explicit map.

    Examples
    --------
    >>> entry = {"instrument": "mood", "rater": "patient", "occasion": "intake", "file": "a"}
    >>> columns_in_short(Questionnaire(**entry, columns="mood_{item}"))
    'mood_{item}'
    >>> columns_in_short(Questionnaire(**entry, columns={1: "happy", 2: "calm", 3: "sad"}))
    'map: 1 = happy, 2 = calm, 3 = sad'
    """
    if isinstance(declared.columns, str):
        return declared.columns
    pairs = [f"{item} = {column}" for item, column in sorted(declared.columns.items())]
    if len(pairs) > 4:
        pairs = [*pairs[:2], "…", pairs[-1]]
    return f"map: {', '.join(pairs)}"


def disclosure_of(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    show_values: ShowValues,
) -> Disclosure:
    """Which contents of a cohort's raw files may be printed; their ids may not."""
    columns = {cohort.sample.patient, cohort.sample.therapist or ""}
    columns |= {file.dyad for file in cohort.files.values()}
    ids: set[str] = set()
    for sheet in sheets.values():
        for column in columns & set(map(str, sheet.columns)):
            ids |= set(sheet[column])
    return Disclosure(
        show_values=show_values,
        ids=ids - {"", *cohort.missing_codes},
        id_columns=columns - {""},
        public=set(_public(sheets, cohort, instruments)),
    )


def _public(
    sheets: Mapping[str, pd.DataFrame], cohort: Cohort, instruments: Mapping[str, Instrument]
) -> Iterator[str]:
    """Names used by files, cohort file and scoring keys that do not identify a person."""
    for sheet in sheets.values():
        yield from map(str, sheet.columns)
    for name, file in cohort.files.items():
        yield from (name, file.path, file.place)
    for name, variable in cohort.sample.variables.items():
        yield from (name, variable.label, *variable.levels, *variable.levels.values())
    for selection in cohort.selections():
        yield from (selection.occasion, selection.state, *selection.rows.values())
        if isinstance(selection, Questionnaire):
            yield from selection.answers
            yield named(
                (selection.instrument, selection.rater, selection.occasion, selection.state)
            )
    for name, instrument in instruments.items():
        yield from (name, instrument.abbreviation, *instrument.scales)
    yield from cohort.missing_codes


def _mapped(
    selection: Selection,
    cohort: Cohort,
    instrument: Instrument,
    columns: str,
    n_answered: int,
    n_dyads: int,
) -> MappedQuestionnaire:
    key = (selection.instrument, selection.rater, selection.occasion, selection.state)
    rows = ", ".join(f"{column} {code}" for column, code in selection.rows.items())
    return MappedQuestionnaire(
        name=named(key),
        instrument=instrument.name,
        abbreviation=instrument.abbreviation,
        version=instrument.version,
        key=CONFIDENCE[instrument.confidence.level],
        pitfalls=tuple(map(str, getattr(instrument, "pitfalls", ()))),
        rater=selection.rater,
        occasion=selection.occasion,
        state=selection.state,
        path=cohort.files[selection.file].place,
        columns=f"{columns}, rows with {rows}" if rows else columns,
        n_items=instrument.n_items if isinstance(selection, Questionnaire) else 0,
        n_answered=n_answered,
        n_expected=n_dyads,
    )


def _given(sheets: Mapping[str, pd.DataFrame], cohort: Cohort, score: GivenScore) -> int:
    """Rows that hold a given score."""
    sheet = sheets[score.file]
    if not {score.column, *score.rows} <= set(sheet.columns):
        return 0
    return int(is_named(selected_rows(sheet, score.rows)[score.column], cohort).sum())
