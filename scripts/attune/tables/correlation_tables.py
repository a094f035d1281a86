"""Tables of correlations: the matrix with stars, and everything else for the supplement."""

from collections.abc import Iterator

from attune.markdown import literal
from attune.study import Table
from attune.tables.context import Body, Context
from attune.tables.printed_table import LABEL, Row

DETAILS = {
    "n": ("*n*", "pearson_r", "n"),
    "r": ("*r*", "pearson_r", "estimate"),
    "interval": ("95% CI", "pearson_r", "interval"),
    "p_two_tailed": ("*p*~two-tailed~", "pearson_r", "p_two_tailed"),
    "p_one_tailed": ("*p*~one-tailed~", "pearson_r", "p_one_tailed"),
    "p_holm": ("*p*~Holm~", "p_holm", "estimate"),
    "p_bh": ("*p*~BH~", "p_bh", "estimate"),
    "permutation_p": ("*p*~perm~", "permutation_p", "estimate"),
    "bootstrap": ("95% BCa CI", "bootstrap_r", "interval"),
    "spearman_rho": ("*r*~s~", "spearman_rho", "estimate"),
    "partial_r": ("*pr*", "partial_r", "estimate"),
    "bayes_factor": ("BF~10~", "bayes_factor", "estimate"),
    "minimum_detectable_r": ("*r*~min~", "minimum_detectable_r", "estimate"),
}
"""Column -> heading, statistic, part of it."""

DETAILS_REMARK = (
    "*p*~Holm~ and *p*~BH~ are adjusted within the analysis; *p*~perm~ is from a permutation test;"
    " the BCa interval is from a bootstrap; *r*~s~ is Spearman's correlation; *pr* holds the"
    " treatment condition constant; BF~10~ is the evidence for a correlation against none; *r*~min~"
    " is the smallest correlation that the sample would have detected."
)


def correlation_matrix(table: Table, context: Context) -> Body:
    """Correlations of the table's rows with its columns, with stars for their p.

    A pair is looked up in the table's analyses, whichever of the two is x there.
    """
    rows_of = table.rows or _other_side(table, context)
    headings = {LABEL: literal(_side_name(rows_of, context))}
    for column in table.columns:
        label = table.headings.get(column) or context.study.label_of(column)
        headings[column] = literal(label)
    body = Body(headings, [])
    if table.stars and table.tail == "one":
        body.problems += [
            f"stars for one-tailed p, but analysis {name!r} declares no direction"
            for name in table.analyses
            if context.study.correlations[name].direction is None
        ]
    for name in rows_of:
        row = Row(literal(table.headings.get(name) or context.study.label_of(name)))
        for column in table.columns:
            identifier = _pair_id(name, column, table, context)
            row.cells[column] = context.store.starred(identifier, table.stars, table.tail)
        body.rows.append(row)
    return body


def correlation_details(table: Table, context: Context) -> Body:
    """One row per pair of the table's analyses with all that was computed for it."""
    body = Body({LABEL: "Measure"} | {name: each[0] for name, each in DETAILS.items()}, [])
    for analysis, x, y in _pairs(table, context):
        group = context.study.label_of(y)
        row = Row(literal(context.study.label_of(x)), literal(group))
        for column, (_, statistic, part) in DETAILS.items():
            identifier = f"{analysis}.{x}.{y}.{statistic}"
            needed = statistic == "pearson_r"
            find = context.store.cell if needed else context.store.cell_if_known
            row.cells[column] = find(identifier, part)
        body.rows.append(row)
    if all(context.study.correlations[name].direction is None for name in table.analyses):
        del body.headings["p_one_tailed"]
    body.remarks.append(DETAILS_REMARK)
    return body.without_empty_columns()


def _pairs(table: Table, context: Context) -> Iterator[tuple[str, str, str]]:
    for analysis in table.analyses:
        family = context.study.correlations[analysis]
        for y in family.y:
            for x in family.x:
                if not table.rows or x in table.rows or y in table.rows:
                    yield analysis, x, y


def _pair_id(one: str, other: str, table: Table, context: Context) -> str:
    for analysis in table.analyses:
        family = context.study.correlations[analysis]
        for x, y in ((one, other), (other, one)):
            if x in family.x and y in family.y:
                return f"{analysis}.{x}.{y}.pearson_r"
    return f"{(table.analyses or ['?'])[0]}.{one}.{other}.pearson_r"


def _other_side(table: Table, context: Context) -> list[str]:
    """All that the analyses correlate with the table's columns, in their order."""
    found: dict[str, None] = {}
    for analysis in table.analyses:
        family = context.study.correlations[analysis]
        across = set(table.columns)
        found |= dict.fromkeys(family.x if across & set(family.y) else family.y)
    return [name for name in found if name not in table.columns]


def _side_name(names: list[str], context: Context) -> str:
    return "Residual gain" if set(names) <= set(context.study.outcomes) else "Measure"
