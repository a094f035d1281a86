"""Tables of correlations: the matrix with stars, and the details for the supplement."""

from collections.abc import Callable, Iterator, Mapping

from attune.analyses.correlations.declaration import families
from attune.printing import apa
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
    "ancova_r": ("*pr*~pre~", "ancova_r", "estimate"),
    "ancova_interval": ("{level} CI of *pr*~pre~", "ancova_r", "interval"),
    "ancova_p": ("*p*~ANCOVA~", "ancova_r", "p"),
    "pretest_r": ("*r*~x,pre~", "pretest_r", "estimate"),
    "p_holm": ("*p*~Holm~", "p_holm", "estimate"),
    "p_bh": ("*p*~BH~", "p_bh", "estimate"),
    "permutation_p": ("*p*~perm~", "permutation_p", "estimate"),
    "robust": ("{level} robust CI", "robust_r", "interval"),
    "sandwich": ("{level} sandwich CI", "sandwich_r", "interval"),
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
    " *p*~Holm~, *p*~BH~ and *p*~perm~ are one-tailed where a direction is declared; robust CI ="
    " interval that does not assume normal scores; BCa = bias-corrected and accelerated bootstrap;"
    " *r*~s~ = Spearman's correlation; *pr* = partial correlation that holds the treatment"
    " condition constant; BF~10~ = Bayes factor for a correlation against none; BF~d0~ = Bayes"
    " factor for one in the predicted direction; *r*~min~ = smallest correlation that a sample of"
    " this size detects with {power}, one-tailed where a direction is declared."
)

SANDWICH_REMARK = (
    "Sandwich CI = interval by the influence of each dyad on the correlation, which does not assume"
    " normal scores."
)

CHANGE_REMARK = (
    "*pr*~pre~ = partial correlation with the posttest, given the pretest (analysis of"
    " covariance), with *p*~ANCOVA~, one-tailed where a direction is declared; *r*~x,pre~ ="
    " correlation with the pretest; *p*~perm~ permutes the analysis of covariance after Freedman"
    " and Lane; *r*~s~ and *pr* are of the residual gain. {tested}"
)

TESTED = {
    "ancova": "The plan tests residual gains by the analysis of covariance: adjusted *p*, Bayes"
    " factors, robust and BCa intervals and *r*~min~ are of *pr*~pre~.",
    "residual_gain": "The plan tests residual gains as if they were scores, which is too strict"
    " where *r*~x,pre~ is not zero; the analysis of covariance stands beside. *r*~min~ is in units"
    " of the correlation with the residual gain.",
}
"""How the plan tests residual gains -> sentence for the table."""

MATRIX_REMARK = (
    "Values for a residual gain are partial correlations with the posttest, given the pretest."
)

STARS_REMARK = "Stars are not adjusted for the number of tests."

CHANGE = {
    "pretest_r": ("*r*~x,pre~", "pretest_r", "estimate"),
    "change_r": ("*r* raw change", "change_r", "estimate"),
    "change_p": ("*p*", "change_r", "p_two_tailed"),
    "residual_r": ("*r* residual gain", "pearson_r", "estimate"),
    "residual_p": ("*p*", "pearson_r", "p"),
    "ancova_r": ("*pr* ANCOVA", "ancova_r", "estimate"),
    "ancova_p": ("*p*", "ancova_r", "p"),
    "semipartial": ("*sr*", "ancova_semipartial_r", "estimate"),
    "slope": ("*b*", "ancova_slope", "estimate"),
    "slope_interval": ("{level} CI of *b*", "ancova_slope", "interval"),
    "slope_hc3": ("{level} CI, HC3", "ancova_slope_hc3", "interval"),
    "p_hc3": ("*p*, HC3", "ancova_slope_hc3", "p"),
    "corrected": ("*b*~corrected~", "ancova_slope_corrected", "estimate"),
    "corrected_interval": ("{level} CI, corrected", "ancova_slope_corrected", "interval"),
}
"""Column -> heading, statistic, part of it."""

CHANGE_COMPARED_REMARK = (
    "*r*~x,pre~ = correlation with the pretest; raw change = posttest minus pretest; *pr* ="
    " partial correlation with the posttest, given the pretest (analysis of covariance, ANCOVA);"
    " *sr* = semipartial correlation, whose square is what the measure adds to the explained"
    " variance of the posttest; *b* = difference in the posttest, in its units, per unit"
    " of the measure, among patients with the same pretest; HC3 = standard errors that allow for"
    " unequal variances. *p* is one-tailed where a direction is declared, else two-tailed; that of"
    " the raw change, for which none is declared, is two-tailed."
)

CORRECTED_REMARK = (
    "*b*~corrected~ = *b* corrected for the measurement error of the pretest, with the reliability"
    " that the plan declares for it; its interval takes this reliability as known."
)


def correlation_matrix(table: Table, context: Context) -> Body:
    """Correlations of the table's rows with its columns, with stars for their p.

    A pair is looked up in the table's analyses, whichever of the two is x there. Pairs that none
    of them declares have no correlation, and rows without any are left out unless the table names
    them.
    """
    rows_of = table.rows or _other_side(table, context)
    only_gains = set(rows_of) <= set(context.study.outcomes)
    headings = {LABEL: "Residual gain" if only_gains else "Measure"}
    for column in table.columns:
        headings[column] = str(literal(full_label(table, context.study, column)))
    body = Body(headings, [])
    families_of = [families(context.study)[name] for name in table.analyses]
    if any(f.tested(y, context.study.outcomes) == "ancova_r" for f in families_of for y in f.y):
        body.remarks.append(MATRIX_REMARK)
    for name in rows_of:
        label = full_label(table, context.study, name)
        if only_gains and name not in table.headings:
            label = context.study.label_of(name)
        row = Row(literal(label))
        for column in table.columns:
            identifier = _pair_id(name, column, table, context)
            row.cells[column] = (
                context.store.with_stars(identifier, table.stars, table.tail)
                if identifier
                else literal(apa.NOT_APPLICABLE)
            )
        body.rows.append(row)
    if any("*" in cell.characters for row in body.rows for cell in row.cells.values()):
        body.remarks.append(STARS_REMARK)
    return body


def correlation_details(table: Table, context: Context) -> Body:
    """One row per pair of the table's analyses with all that was computed for it."""
    body = Body({LABEL: "Measure"} | {name: spec[0] for name, spec in DETAILS.items()}, [])
    body.rows += [_row(DETAILS, pair, table, context) for pair in _pairs(table, context)]
    declared = [families(context.study)[name] for name in table.analyses]
    if all(family.direction is None for family in declared):
        del body.headings["p_one_tailed"]
    power = context.power_words("correlate_measures.power")
    body.remarks.append(DETAILS_REMARK.format(power=power))
    if any(family.interval == "sandwich" for family in declared):
        body.remarks.append(SANDWICH_REMARK)
    else:
        del body.headings["sandwich"]
    tests = {family.test for family in declared if set(family.y) & set(context.study.outcomes)}
    if tests:
        tested = " ".join(TESTED[test] for test in sorted(tests))
        body.remarks.append(CHANGE_REMARK.format(tested=tested))
    return body.without_empty_columns()


def associations_with_change(table: Table, context: Context) -> Body:
    """One row per pair with a residual gain: raw change, residual gain and ANCOVA side by side."""
    body = Body({LABEL: "Measure"} | {name: spec[0] for name, spec in CHANGE.items()}, [])
    body.rows += [
        _row(CHANGE, pair, table, context)
        for pair in _pairs(table, context)
        if pair[2] in context.study.outcomes
    ]
    body.remarks.append(CHANGE_COMPARED_REMARK)
    shown = body.without_empty_columns()
    if "corrected" in shown.headings:
        shown.remarks.append(CORRECTED_REMARK)
    return shown


def _row(
    columns: Mapping[str, tuple[str, str, str]],
    pair: tuple[str, str, str],
    table: Table,
    context: Context,
) -> Row:
    analysis, x, y = pair
    label, group = (literal(full_label(table, context.study, name)) for name in (x, y))
    row = Row(label, group)
    for column, (_, statistic, part) in columns.items():
        find = context.store.cell if statistic == "pearson_r" else context.store.cell_if_known
        row.cells[column] = find(f"{analysis}.{x}.{y}.{statistic}", part)
    return row


def _pairs(table: Table, context: Context) -> Iterator[tuple[str, str, str]]:
    for analysis in table.analyses:
        family = families(context.study)[analysis]
        for x, y in family.pairs():
            if not table.rows or x in table.rows or y in table.rows:
                yield analysis, x, y


def _pair_id(one: str, other: str, table: Table, context: Context) -> str:
    """Id of the correlation of a pair; empty where no analysis of the table declares it."""
    for analysis in table.analyses:
        family = families(context.study)[analysis]
        for x, y in ((one, other), (other, one)):
            if (x, y) in family.pairs():
                return f"{analysis}.{x}.{y}.{family.tested(y, context.study.outcomes)}"
    return ""


def _other_side(table: Table, context: Context) -> list[str]:
    """All that the analyses correlate with the table's columns, in their order."""
    names: dict[str, None] = {}
    for analysis in table.analyses:
        family = families(context.study)[analysis]
        every_pair = set(family.x) & set(family.y)
        across = every_pair or set(table.columns) & set(family.y)
        names |= dict.fromkeys(family.x if across else family.y)
    return [
        name
        for name in names
        if name not in table.columns
        and any(_pair_id(name, column, table, context) for column in table.columns)
    ]


TABLES: dict[str, Callable[[Table, Context], Body]] = {
    "correlation_matrix": correlation_matrix,
    "correlation_details": correlation_details,
    "associations_with_change": associations_with_change,
}
