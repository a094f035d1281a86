"""All tables of a study."""

from collections.abc import Callable, Mapping

import pandas as pd

from attune.analyses.conditions import tables as comparison_tables
from attune.analyses.correlations import tables as correlation_tables
from attune.analyses.sample import coverage_tables
from attune.analyses.sample import tables as sample_tables
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

KINDS: dict[str, Callable[[Table, Context], Body]] = {
    "frequencies": sample_tables.frequencies,
    "correlation_matrix": correlation_tables.correlation_matrix,
    "correlation_details": correlation_tables.correlation_details,
    "descriptives": sample_tables.descriptives,
    "comparisons": comparison_tables.comparisons,
    "reliability": sample_tables.reliability,
    "missingness": sample_tables.missingness,
    "retention": coverage_tables.retention,
    "score_coverage": coverage_tables.score_coverage,
    "gains": comparison_tables.gains,
    "violations": sample_tables.violations,
}

INTERVALS = {
    "correlation_details": "correlate_measures.interval",
    "comparisons": "compare_conditions.interval",
    "reliability": "estimate_reliability.interval",
}
"""Kind of table -> the choice that its intervals have their coverage from; else a statistic's."""

_ACROSS = "correlation_matrix"
"""The one kind whose `columns` are measures; elsewhere they choose among the kind's columns."""


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
    store = StatisticsStore(statistics, printed, decimals_of_measures(study), hidden)
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
    headings = {
        column: _heading(column, table, body, context.store) for column in [LABEL, *columns]
    }
    general, unfilled = fill(table.note, context.store.printed)
    ids = [known for row in body.rows for column in columns
           if column in row.cells and (known := row.cells[column].id)]  # fmt: skip
    note = whole_note(
        general,
        [*body.remarks, *context.store.hidden_notes(ids)],
        star_note(table.stars, table.tail, name) if table.kind == _ACROSS else "",
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
    found = {row["ci_level"]: row["id"] for row in stored if row and row["ci_level"] is not None}
    if len(found) != 1:
        return heading.replace("{level} ", "")
    [(level, identifier)] = found.items()
    text, key = apa.coverage(level), INTERVALS.get(table.kind)
    coverage = choice(text, key) if key else sourced(text, identifier, "interval")
    return heading.replace("{level}", str(coverage))


def _unknown_names(table: Table, context: Context) -> list[str]:
    """What the table's declaration lacks, or names that this kind of table cannot print."""
    problems = _analysis_problems(table, context.study)
    if table.kind == _ACROSS and not table.columns:
        problems.append(f"a table of kind {_ACROSS} needs the key 'columns'")
    if problems or table.kind == "frequencies":
        return problems
    printable = _printable(table, context)
    names = [("rows", name) for name in table.rows]
    names += [("columns", name) for name in table.columns if table.kind == _ACROSS]
    return [
        f"{key}: {name!r} is nothing that this table can print. {did_you_mean(name, printable)}"
        for key, name in names
        if name not in printable
    ]


def _analysis_problems(table: Table, study: Study) -> list[str]:
    if table.kind not in ("correlation_matrix", "correlation_details", "comparisons"):
        return []
    if not table.analyses:
        return [f"a table of kind {table.kind} needs the key 'analyses'"]
    fitting = list(study.conditions if table.kind == "comparisons" else study.correlations)
    return [
        f"analyses: {name!r} does not fit the kind {table.kind}. {did_you_mean(name, fitting)}"
        for name in table.analyses
        if name not in fitting
    ]


def _printable(table: Table, context: Context) -> list[str]:
    """Names that a table of this kind and these analyses can print."""
    study = context.study
    if table.kind == "descriptives":
        return [*study.measures, *context.cohort.sample.variables]
    if table.kind == "retention":
        return [name for name, measure in study.measures.items() if measure.instrument]
    if table.kind == "gains":
        return list(study.outcomes)
    if table.kind == "comparisons":
        return [name for each in table.analyses for name in study.conditions[each].measures]
    families = [study.correlations[name] for name in table.analyses]
    return list(dict.fromkeys(name for each in families for name in (*each.x, *each.y)))
