"""All tables that a study declares, each built by the analysis that its kind belongs to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from attune.analyses.kinds import KINDS
from attune.analyses.registry import TABLE_KINDS, analysis_modules
from attune.analyses.study import table_problems
from attune.printing import apa
from attune.printing.context import Body, Context
from attune.printing.notes import fill, places_of_dashes, star_note, whole_note
from attune.printing.printed_table import LABEL, PrintedTable, frame_of
from attune.printing.shown_symbols import explained, missing_explanations, words_of
from attune.printing.store import StatisticsStore
from attune.printing.text import Text, choice, literal, sourced
from attune.printing.wording import title_case
from attune.specs.closed_model import did_you_mean
from attune.specs.cohort import Cohort
from attune.specs.errors import ManuscriptError
from attune.specs.instrument import Instrument
from attune.specs.study import Study, Table
from attune.store.small_cells import Hidden

Builder = Callable[[Table, Context], Body]
"""Builds the rows of a kind of table; each analysis has those of its kinds in `TABLES`."""


def build_tables(
    statistics: pd.DataFrame,
    printed: pd.DataFrame,
    study: Study,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    violations: pd.DataFrame,
    hidden: Mapping[str, Hidden] | None = None,
    powers: Mapping[str, float] | None = None,
) -> dict[str, PrintedTable]:
    """Every table that the study declares.

    Parameters
    ----------
    statistics : pandas.DataFrame
        Contract `STATISTICS`: the whole store, counts of violations included.
    printed : pandas.DataFrame
        Contract `PRINTED`, of the same statistics (see
        `attune.printing.printed_statistics.printed_statistics`).
    study, cohort : Study, Cohort
    instruments : mapping of id to Instrument
        For the names of scales; an instrument that is not in it is printed by its id.
    violations : pandas.DataFrame
        Contract `VIOLATIONS`.
    hidden : mapping of str to {"small", "complementary"}, optional
        Suppressed statistics (see `attune.store.small_cells`); `printed` was made with the same.
    powers : mapping of str to float, optional
        Power of the smallest effects that kinds of tables print, by its key of config.yaml.

    Returns
    -------
    dict of str to PrintedTable
        In the order of the study file.

    Raises
    ------
    ManuscriptError
        A table asks for statistics that do not exist; all of them at once.
    """
    store = StatisticsStore(statistics, printed, KINDS, decimals_of_measures(study), hidden)
    context = Context(study, cohort, instruments, store, violations, powers or {})
    builders: dict[str, Builder] = {}
    for module in analysis_modules("tables").values():
        builders |= module.TABLES
    tables: dict[str, PrintedTable] = {}
    problems: list[str] = []
    for name, declared in study.tables.items():
        tables[name], table_problems = _build(name, declared, builders[declared.kind], context)
        problems += [f"tables.{name}: {problem}" for problem in table_problems]
    if problems:
        raise ManuscriptError(f"The tables of study {study.study} cannot be built.", problems)
    return tables


def decimals_of_measures(study: Study) -> dict[str, int]:
    """Decimals in print of each measure; an outcome has those of its posttest."""
    decimals = {name: measure.decimals for name, measure in study.measures.items()}
    return decimals | {name: decimals[outcome.posttest] for name, outcome in study.outcomes.items()}


def _build(
    name: str, table: Table, builder: Builder, context: Context
) -> tuple[PrintedTable, list[str]]:
    across = TABLE_KINDS[table.kind].columns_are_measures
    problems = table_problems(table, context.study, context.cohort)
    body = Body({LABEL: ""}, []) if problems else builder(table, context)
    problems += body.problems
    columns = [column for column in body.headings if column != LABEL]
    if not across and table.columns and not problems:
        for column in table.columns:
            if column not in columns:
                problems.append(f"columns: no column {column!r}. {did_you_mean(column, columns)}")
        columns = [column for column in table.columns if column in columns]
    general, unfilled = fill(table.note, context.store.printed)
    printed = finished_table(
        PlacedTable(name, table.document, table.title, table.headings),
        body,
        context.store,
        columns=columns,
        interval_key=TABLE_KINDS[table.kind].interval,
        general=general,
        stars=_star_note(table, name, body, columns) if across else "",
        notice=context.cohort.synthetic_notice if context.cohort.synthetic else "",
    )
    unknown = [context.store.not_found(identifier) for identifier in context.store.pop_unknown()]
    return printed, problems + unknown + unfilled


def _star_note(table: Table, name: str, body: Body, columns: Sequence[str]) -> str:
    """What the stars mean that the table shows; empty where it shows none."""
    cells = [row.cells[column] for row in body.rows for column in columns if column in row.cells]
    shown = {len(cell.stars().characters) for cell in cells}
    return star_note(table.stars, table.tail, name, shown)


@dataclass(frozen=True)
class PlacedTable:
    """Where a table belongs, and what it is called.

    Attributes
    ----------
    name, document, title : str
    headings : mapping of str to str
        Headings of columns in place of those of the kind, as plain text.
    """

    name: str
    document: str
    title: str
    headings: Mapping[str, str] = field(default_factory=dict)


def finished_table(
    place: PlacedTable,
    body: Body,
    store: StatisticsStore,
    *,
    columns: Sequence[str] | None = None,
    interval_key: str = "",
    general: Text | None = None,
    stars: str = "",
    notice: str = "",
) -> PrintedTable:
    """Rows and headings as a printed table with its note.

    Parameters
    ----------
    place : PlacedTable
    body : Body
    store : StatisticsStore
        With the statistics that the cells print.
    columns : sequence of str, optional
        Those that are printed; all by default.
    interval_key : str, optional
        Key of the choice that sets the coverage of the intervals; empty: the statistic's own.
    general : Text, optional
        First sentences of the note.
    stars : str, optional
        Markdown: what significance stars mean.
    notice : str, optional
        Plain text: that data are synthetic.
    """
    printed = [name for name in body.headings if name != LABEL] if columns is None else columns
    headings = {
        column: str(literal(place.headings[column]))
        if column in place.headings
        else _heading(column, body, store, interval_key)
        for column in [LABEL, *printed]
    }
    cells = [row.cells[name] for row in body.rows for name in printed if name in row.cells]
    ids = [cell.id for cell in cells if cell.id]
    title = str(title_case(literal(place.title)))
    labels = [part for row in body.rows for part in (row.label, row.group)]
    shown = words_of(title, *headings.values(), *labels, *cells)
    reasons = store.undefined_reasons(ids)
    not_applicable = any(not one.id and one.characters == apa.NOT_APPLICABLE for one in cells)
    remarks = [*explained(body.remarks, shown), *store.hidden_notes(ids)]
    so_far = " ".join(words_of(general, *remarks))
    note = whole_note(
        general or Text(),
        [*remarks, *missing_explanations(so_far, shown, bool(reasons))],
        stars,
        {reason: undefined[0] for reason, undefined in reasons.items()},
        places_of_dashes(reasons, _places(body, printed), not_applicable),
        not_applicable,
    )
    frame = frame_of(body.rows, list(printed))
    return PrintedTable(place.name, place.document, title, headings, frame, note, notice)


def _places(body: Body, columns: Sequence[str]) -> dict[str, tuple[str, str, str]]:
    """Id of each printed statistic -> where its row is, of rows that say so."""
    return {
        identifier: row.place
        for row in body.rows
        for name in columns
        if row.place and name in row.cells and (identifier := row.cells[name].id)
    }


def _heading(column: str, body: Body, store: StatisticsStore, interval_key: str) -> str:
    """Heading of a column, with the coverage of its intervals."""
    heading = body.headings[column]
    if "{level}" not in heading:
        return heading
    ids = (row.cells[column].id for row in body.rows if column in row.cells)
    stored = (store.row(identifier) for identifier in ids if identifier and identifier in store)
    id_of_level = {
        row["ci_level"]: row["id"] for row in stored if row and row["ci_level"] is not None
    }
    if len(id_of_level) != 1:
        return heading.replace("{level} ", "")
    [(level, identifier)] = id_of_level.items()
    text = apa.coverage(level)
    coverage = choice(text, interval_key) if interval_key else sourced(text, identifier, "interval")
    return heading.replace("{level}", str(coverage))
