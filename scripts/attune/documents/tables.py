"""All tables that a study declares, each built by the analysis that its kind belongs to."""

from collections.abc import Callable, Mapping

import pandas as pd

from attune.analyses.kinds import KINDS
from attune.analyses.registry import TABLE_KINDS, analysis_modules
from attune.printing import apa
from attune.printing.context import Body, Context
from attune.printing.notes import fill, star_note, whole_note
from attune.printing.printed_table import LABEL, PrintedTable, frame_of
from attune.printing.store import StatisticsStore
from attune.printing.text import choice, literal, sourced
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
    hidden : mapping of str to {"small", "beside"}, optional
        Suppressed statistics (see `attune.store.small_cells`); `printed` was made with the same.

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
    context = Context(study, cohort, instruments, store, violations)
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
    problems = _unknown_names(table, context)
    body = Body({LABEL: ""}, []) if problems else builder(table, context)
    problems += body.problems
    columns = [column for column in body.headings if column != LABEL]
    if not across and table.columns and not problems:
        for column in table.columns:
            if column not in columns:
                problems.append(f"columns: no column {column!r}. {did_you_mean(column, columns)}")
        columns = [column for column in table.columns if column in columns]
    headings = {
        column: _heading(column, table, body, context.store) for column in [LABEL, *columns]
    }
    general, unfilled = fill(table.note, context.store.printed)
    ids = [known for row in body.rows for column in columns
           if column in row.cells and (known := row.cells[column].id)]  # fmt: skip
    note = whole_note(
        general,
        [*body.remarks, *context.store.hidden_notes(ids)],
        star_note(table.stars, table.tail, name) if across else "",
        context.store.undefined_reasons(ids),
        context.cohort,
    )
    unknown = [context.store.not_found(identifier) for identifier in context.store.pop_unknown()]
    printed = PrintedTable(
        name,
        table.document,
        str(literal(table.title)),
        headings,
        frame_of(body.rows, columns),
        note,
    )
    return printed, problems + unknown + unfilled


def _heading(column: str, table: Table, body: Body, store: StatisticsStore) -> str:
    """Heading of a column: the table's own or the kind's, with the coverage of its intervals."""
    if column in table.headings:
        return str(literal(table.headings[column]))
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
    text, key = apa.coverage(level), TABLE_KINDS[table.kind].interval
    coverage = choice(text, key) if key else sourced(text, identifier, "interval")
    return heading.replace("{level}", str(coverage))


def _unknown_names(table: Table, context: Context) -> list[str]:
    """Problems of a table's declaration: missing keys, and names that its kind cannot print."""
    kind = TABLE_KINDS[table.kind]
    problems = _analysis_problems(table, context.study)
    if kind.columns_are_measures and not table.columns:
        problems.append(f"a table of kind {table.kind} needs the key 'columns'")
    if problems or kind.printable is None:
        return problems
    printable = kind.printable(table, context.study, context.cohort)
    names = [("rows", name) for name in table.rows]
    names += [("columns", name) for name in table.columns if kind.columns_are_measures]
    return [
        f"{key}: {name!r} cannot be printed by this table. {did_you_mean(name, printable)}"
        for key, name in names
        if name not in printable
    ]


def _analysis_problems(table: Table, study: Study) -> list[str]:
    section = TABLE_KINDS[table.kind].section
    if not section:
        return []
    if not table.analyses:
        return [f"a table of kind {table.kind} needs the key 'analyses'"]
    fitting = list(study.sections().get(section, {}))
    return [
        f"analyses: {name!r} does not fit the kind {table.kind}. {did_you_mean(name, fitting)}"
        for name in table.analyses
        if name not in fitting
    ]
