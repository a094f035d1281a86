"""Tables of correlations: the matrix with stars, and the details for the supplement."""

from collections.abc import Callable, Iterator

from attune.analyses.correlations.declaration import families
from attune.printing.context import Body, Context, full_label
from attune.printing.printed_table import LABEL, Row
from attune.printing.text import literal
from attune.specs.study import Table

DETAILS = {
    "n": ("*n*", "pearson_r", "n"),
    "r": ("*r*", "pearson_r", "estimate"),
    "interval": ("{level} CI", "pearson_r", "interval"),
    "p_two_tailed": ("*p*~2~", "pearson_r", "p_two_tailed"),
    "p_one_tailed": ("*p*~1~", "pearson_r", "p_one_tailed"),
    "p_holm": ("*p*~Holm~", "p_holm", "estimate"),
    "p_bh": ("*p*~BH~", "p_bh", "estimate"),
    "permutation_p": ("*p*~perm~", "permutation_p", "estimate"),
    "bootstrap": ("{level} BCa CI", "bootstrap_r", "interval"),
    "spearman_rho": ("*r*~s~", "spearman_rho", "estimate"),
    "partial_r": ("*pr*", "partial_r", "estimate"),
    "bayes_factor": ("BF~10~", "bayes_factor", "estimate"),
    "bayes_factor_directed": ("BF~d0~", "bayes_factor_directed", "estimate"),
    "minimum_detectable_r": ("*r*~min~", "minimum_detectable_r", "estimate"),
}
"""Column -> heading, statistic, part of it."""

DETAILS_REMARK = (
    "*r* = Pearson's correlation; CI = confidence interval; *p*~2~ = two-tailed *p*; *p*~1~ ="
    " one-tailed *p* in the predicted direction; *p*~Holm~ and *p*~BH~ = *p* adjusted after Holm"
    " and after Benjamini and Hochberg within the analysis; *p*~perm~ = *p* of a permutation test;"
    " *p*~Holm~, *p*~BH~ and *p*~perm~ are one-tailed where a direction is declared;"
    " BCa = bias-corrected and accelerated bootstrap; *r*~s~ = Spearman's correlation; *pr* ="
    " partial correlation that holds the treatment condition constant; BF~10~ = Bayes factor for a"
    " correlation against none, BF~d0~ = the same for one in the predicted direction; *r*~min~ ="
    " smallest correlation that a sample of this size would have detected."
)


def correlation_matrix(table: Table, context: Context) -> Body:
    """Correlations of the table's rows with its columns, with stars for their p.

    A pair is looked up in the table's analyses, whichever of the two is x there.
    """
    rows_of = table.rows or _other_side(table, context)
    only_gains = set(rows_of) <= set(context.study.outcomes)
    headings = {LABEL: "Residual gain" if only_gains else "Measure"}
    for column in table.columns:
        headings[column] = str(literal(full_label(table, context.study, column)))
    body = Body(headings, [])
    if table.stars and table.tail == "one":
        body.problems += [
            f"stars for one-tailed p, but analysis {name!r} declares no direction"
            for name in table.analyses
            if families(context.study)[name].direction is None
        ]
    for name in rows_of:
        label = full_label(table, context.study, name)
        if only_gains and name not in table.headings:
            label = context.study.label_of(name)
        row = Row(literal(label))
        for column in table.columns:
            identifier = _pair_id(name, column, table, context)
            row.cells[column] = context.store.with_stars(identifier, table.stars, table.tail)
        body.rows.append(row)
    return body


def correlation_details(table: Table, context: Context) -> Body:
    """One row per pair of the table's analyses with all that was computed for it."""
    body = Body({LABEL: "Measure"} | {name: spec[0] for name, spec in DETAILS.items()}, [])
    for analysis, x, y in _pairs(table, context):
        label, group = (literal(full_label(table, context.study, name)) for name in (x, y))
        row = Row(label, group)
        for column, (_, statistic, part) in DETAILS.items():
            identifier = f"{analysis}.{x}.{y}.{statistic}"
            needed = statistic == "pearson_r"
            find = context.store.cell if needed else context.store.cell_if_known
            row.cells[column] = find(identifier, part)
        body.rows.append(row)
    if all(families(context.study)[name].direction is None for name in table.analyses):
        del body.headings["p_one_tailed"]
    body.remarks.append(DETAILS_REMARK)
    return body.without_empty_columns()


def _pairs(table: Table, context: Context) -> Iterator[tuple[str, str, str]]:
    for analysis in table.analyses:
        family = families(context.study)[analysis]
        for y in family.y:
            for x in family.x:
                if not table.rows or x in table.rows or y in table.rows:
                    yield analysis, x, y


def _pair_id(one: str, other: str, table: Table, context: Context) -> str:
    for analysis in table.analyses:
        family = families(context.study)[analysis]
        for x, y in ((one, other), (other, one)):
            if x in family.x and y in family.y:
                return f"{analysis}.{x}.{y}.pearson_r"
    return f"{(table.analyses or ['?'])[0]}.{one}.{other}.pearson_r"


def _other_side(table: Table, context: Context) -> list[str]:
    """All that the analyses correlate with the table's columns, in their order."""
    names: dict[str, None] = {}
    for analysis in table.analyses:
        family = families(context.study)[analysis]
        across = set(table.columns)
        names |= dict.fromkeys(family.x if across & set(family.y) else family.y)
    return [name for name in names if name not in table.columns]


TABLES: dict[str, Callable[[Table, Context], Body]] = {
    "correlation_matrix": correlation_matrix,
    "correlation_details": correlation_details,
}
