"""The table of correlations over occasions."""

from collections.abc import Callable

from attune.analyses.repeated_correlations.declaration import repeated_families
from attune.printing.context import Body, Context
from attune.printing.printed_table import LABEL, Row
from attune.printing.text import literal
from attune.specs.study import Table
from attune.store.statistic_rows import statistic_id

COLUMNS = {
    "occasions": ("Occasions", "occasions_n", "estimate"),
    "within": ("Within >> *r*", "within_r", "estimate"),
    "within_interval": ("Within >> {level} CI", "within_r", "interval"),
    "within_p": ("Within >> *p*", "within_r", "p"),
    "between": ("Between >> *r*", "between_r", "estimate"),
    "between_interval": ("Between >> {level} CI", "between_r", "interval"),
    "between_p": ("Between >> *p*", "between_r", "p"),
    "context": ("Contextual effect >> *b*", "contextual_slope", "estimate"),
    "context_interval": ("Contextual effect >> {level} CI", "contextual_slope", "interval"),
    "context_p": ("Contextual effect >> *p*", "contextual_slope_t", "p"),
}
"""Column -> heading, statistic and part."""


def repeated_correlations(table: Table, context: Context) -> Body:
    """One row per pair, under its y: the correlation within and between, and the difference."""
    headings = {name: heading for name, (heading, _, _) in COLUMNS.items()}
    body = Body({LABEL: "Measure", "n": "*n*"} | headings, [])
    declared = repeated_families(context.study)
    for name in table.analyses:
        for x, y in declared[name].pairs():
            if table.rows and not {x, y} & set(table.rows):
                continue
            row = Row(literal(context.study.label_of(x)), literal(context.study.label_of(y)))
            prefix = statistic_id(name, x, y)
            row.cells["n"] = context.store.cell_if_known(f"{prefix}.occasions_n", "n")
            for column, (_, statistic, part) in COLUMNS.items():
                row.cells[column] = context.store.cell_if_known(f"{prefix}.{statistic}", part)
            body.rows.append(row)
    tails = {declared[name].direction for name in table.analyses} - {None}
    body.remarks.append(
        "Within: whether occasions with more of one measure have more of the other than is usual"
        f" for the {context.cohort.case} (repeated measures correlation); a change that all have in"
        f" common counts. Between: correlation of the {context.cohort.case}s' means. *n* ="
        f" {context.cohort.case}s. Contextual effect: the slope between minus the slope within, in"
        " units of the measure above per unit of the row's; CI = confidence interval."
        + (" *p* of correlations is one-tailed where a direction is declared." if tails else "")
    )
    return body.without_empty_columns()


TABLES: dict[str, Callable[[Table, Context], Body]] = {
    "repeated_correlations": repeated_correlations,
}
