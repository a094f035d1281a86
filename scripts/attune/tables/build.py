"""All tables of a study."""

from collections.abc import Callable, Mapping

import pandas as pd

from attune.closed_model import did_you_mean
from attune.cohort import Cohort
from attune.errors import ManuscriptError
from attune.instrument import Instrument
from attune.markdown import literal
from attune.study import Study, Table
from attune.tables import comparison_tables, correlation_tables, sample_tables
from attune.tables.context import Body, Context
from attune.tables.notes import fill, star_note, whole_note
from attune.tables.printed_table import LABEL, PrintedTable, frame_of
from attune.tables.store import StatisticsStore

KINDS: dict[str, Callable[[Table, Context], Body]] = {
    "frequencies": sample_tables.frequencies,
    "correlation_matrix": correlation_tables.correlation_matrix,
    "correlation_details": correlation_tables.correlation_details,
    "descriptives": sample_tables.descriptives,
    "comparisons": comparison_tables.comparisons,
    "reliability": sample_tables.reliability,
    "missingness": sample_tables.missingness,
    "gains": comparison_tables.gains,
    "violations": sample_tables.violations,
}

_ACROSS = "correlation_matrix"
"""The one kind whose `columns` are measures; elsewhere they choose among the kind's columns."""


def build_tables(
    statistics: pd.DataFrame,
    printed: pd.DataFrame,
    study: Study,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    violations: pd.DataFrame,
) -> dict[str, PrintedTable]:
    """Every table that the study declares.

    Parameters
    ----------
    statistics : pandas.DataFrame
        Contract `STATISTICS`: the whole store, counts of violations included.
    printed : pandas.DataFrame
        Contract `PRINTED`, of the same statistics (see `attune.printed.printed_statistics`).
    study, cohort : Study, Cohort
    instruments : mapping of id to Instrument
        For the names of scales; an instrument that is not in it is printed by its id.
    violations : pandas.DataFrame
        Contract `VIOLATIONS`.

    Returns
    -------
    dict of str to PrintedTable
        In the order of the study file.

    Raises
    ------
    ManuscriptError
        A table asks for statistics that do not exist; all of them at once.
    """
    store = StatisticsStore(statistics, printed, decimals_of_measures(study))
    context = Context(study, cohort, instruments, store, violations)
    tables: dict[str, PrintedTable] = {}
    problems: list[str] = []
    for name, declared in study.tables.items():
        tables[name], found = _build(name, declared, context)
        problems += [f"tables.{name}: {problem}" for problem in found]
    if problems:
        raise ManuscriptError(f"The tables of study {study.study} cannot be built.", problems)
    return tables


def decimals_of_measures(study: Study) -> dict[str, int]:
    """Decimals in print of each measure; an outcome has those of its posttest."""
    decimals = {name: measure.decimals for name, measure in study.measures.items()}
    return decimals | {name: decimals[outcome.posttest] for name, outcome in study.outcomes.items()}


def _build(name: str, table: Table, context: Context) -> tuple[PrintedTable, list[str]]:
    problems = _unknown_names(table, context)
    body = Body({LABEL: ""}, []) if problems else KINDS[table.kind](table, context)
    problems += body.problems
    columns = [column for column in body.headings if column != LABEL]
    if table.kind != _ACROSS and table.columns and not problems:
        for column in table.columns:
            if column not in columns:
                problems.append(f"columns: no column {column!r}. {did_you_mean(column, columns)}")
        columns = [column for column in table.columns if column in columns]
    headings = {LABEL: body.headings[LABEL]} | {
        column: literal(table.headings[column])
        if column in table.headings and table.kind != _ACROSS
        else body.headings[column]
        for column in columns
    }
    general, unfilled = fill(table.note, context.store.printed)
    ids = [known for row in body.rows for column in columns
           if (known := row.cells.get(column, ("", None))[1])]  # fmt: skip
    note = whole_note(
        general,
        body.remarks,
        star_note(table.stars, table.tail) if table.kind == _ACROSS else "",
        context.store.reasons(ids),
        context.cohort,
    )
    unknown = [context.store.not_found(identifier) for identifier in context.store.forget()]
    printed = PrintedTable(
        name, table.document, literal(table.title), headings, frame_of(body.rows, columns), note
    )
    return printed, problems + unknown + unfilled


def _unknown_names(table: Table, context: Context) -> list[str]:
    """What the table's declaration names that is of the wrong sort for its kind."""
    study = context.study
    problems = []
    if table.kind in ("correlation_matrix", "correlation_details", "comparisons"):
        compares = table.kind == "comparisons"
        analyses = list(study.conditions if compares else study.correlations)
        if not table.analyses:
            problems.append(f"a table of kind {table.kind} needs the key 'analyses'")
        for name in table.analyses:
            if name not in analyses:
                problems.append(f"analyses: {name!r} does not fit. {did_you_mean(name, analyses)}")
    printable = [*study.measures, *study.outcomes]
    if table.kind == "descriptives":
        printable = [*study.measures, *context.cohort.sample.variables]
    if table.kind == "gains":
        printable = list(study.outcomes)
    names = [] if table.kind == "frequencies" else [("rows", name) for name in table.rows]
    if table.kind == _ACROSS:
        names += [("columns", name) for name in table.columns]
        if not table.columns:
            problems.append("a table of kind correlation_matrix needs the key 'columns'")
    problems += [
        f"{key}: {name!r} is not declared. {did_you_mean(name, printable)}"
        for key, name in names
        if name not in printable
    ]
    return problems
