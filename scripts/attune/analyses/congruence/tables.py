"""Tables of congruence analyses."""

from collections.abc import Callable, Iterator

from attune.analyses.congruence.declaration import Congruence, congruence_analyses
from attune.printing.context import Body, Context
from attune.printing.printed_table import LABEL, Row
from attune.printing.text import Text, literal
from attune.specs.study import Table
from attune.store.statistic_rows import statistic_id

HEADINGS = {
    LABEL: "Term",
    "b": "*b*",
    "interval": "{level} CI",
    "t": "*t*",
    "df": "*df*",
    "p": "*p*",
}

FEATURES = {
    "a1": "*a*~1~, slope along the line of congruence",
    "a2": "*a*~2~, curvature along the line of congruence",
    "a3": "*a*~3~, slope along the line of incongruence",
    "a4": "*a*~4~, curvature along the line of incongruence",
    "a5": "*a*~5~, turn of the axes",
}

DERIVED = (
    ("x.stationary_point", "Stationary point, {x}"),
    ("y.stationary_point", "Stationary point, {y}"),
    ("first.axis_intercept", "First principal axis, intercept"),
    ("first.axis_slope", "First principal axis, slope"),
    ("second.axis_intercept", "Second principal axis, intercept"),
    ("second.axis_slope", "Second principal axis, slope"),
)

SURFACE_REMARK = (
    "*b* = coefficient or feature of the surface, in units of the outcome per unit of the ratings;"
    " CI = confidence interval; *df* = degrees of freedom; *p* is two-tailed{hc3}. Both ratings,"
    " the stationary point, and the axes are deviations from {centre}; intervals of the latter two"
    " are by the delta method. The ridge is the first principal axis, and the valley the second."
)

TRUTH_REMARK = (
    "*b* = coefficient in units of the ratings; CI = confidence interval; *df* = degrees of"
    " freedom; *p* is two-tailed, against zero{hc3}. Directional bias = mean judgement less mean"
    " truth, where truth and bias are at their centres; a force of the truth of one means that"
    " judgements follow it fully."
)

CENTRES = {
    "grand_mean": "the mean of all ratings of both raters",
    "scale_midpoint": "the middle of their scale",
}


def _entries(table: Table, context: Context) -> Iterator[tuple[str, Congruence]]:
    declared = congruence_analyses(context.study)
    for name in table.analyses or declared:
        yield name, declared[name]


def response_surface(table: Table, context: Context) -> Body:
    """Coefficients, slopes and curvatures, stationary point and axes, outcome by outcome."""
    body = Body(dict(HEADINGS), [])
    shown = [*_entries(table, context)]
    for name, analysis in shown:
        for outcome in analysis.outcomes:
            if not table.rows or outcome in table.rows:
                body.rows += _surface(name, analysis, outcome, context, len(shown) > 1)
    hc3 = any(analysis.hc3 for _, analysis in shown)
    centres = " or ".join(dict.fromkeys(CENTRES[analysis.centre] for _, analysis in shown))
    body.remarks.append(SURFACE_REMARK.format(hc3=_errors(hc3), centre=centres))
    return body.without_empty_columns()


def _errors(hc3: bool) -> str:
    return ", with HC3 standard errors" if hc3 else ""


def _surface(
    name: str, analysis: Congruence, outcome: str, context: Context, several: bool
) -> Iterator[Row]:
    label = context.study.label_of(outcome)
    group = literal(f"{analysis.title}: {label}" if several else label)
    x, y = (context.study.label_of(rating) for rating in analysis.ratings)
    terms = {
        "intercept": "Intercept",
        "x": x,
        "y": y,
        "x2": f"{x}, squared",
        "xy": "Product of both ratings",
        "y2": f"{y}, squared",
    } | {name: context.study.label_of(name) for name in analysis.covariates}
    for term, words in terms.items():
        prefix = statistic_id(name, outcome, term, "surface_coefficient")
        yield _row(context, literal(words), group, prefix)
    for feature, words in FEATURES.items():
        yield _row(context, words, group, statistic_id(name, outcome, feature))
    for part, words in DERIVED:
        identifier = f"{statistic_id(name, outcome)}.{part}"
        if identifier in context.store:
            yield _row(context, literal(words.format(x=x, y=y)), group, identifier)
    share = statistic_id(name, outcome, "surface_r_squared")
    yield Row("*R*^2^", group, {"b": context.store.cell(share)})


def _row(context: Context, label: Text | str, group: Text, identifier: str) -> Row:
    """A coefficient with its interval and, where it is tested, its t."""
    row = Row(label, group)
    row.cells["b"] = context.store.cell(identifier)
    row.cells["interval"] = context.store.cell(identifier, "interval")
    for column, part in (("t", "estimate"), ("df", "df"), ("p", "p")):
        row.cells[column] = context.store.cell_if_known(f"{identifier}_t", part)
    return row


def truth_and_bias(table: Table, context: Context) -> Body:
    """Directional bias and forces, judgement by judgement."""
    body = Body(dict(HEADINGS), [])
    hc3 = False
    for name, analysis in _entries(table, context):
        if not analysis.truth or (table.rows and analysis.judgement not in table.rows):
            continue
        hc3 |= analysis.hc3
        label = context.study.label_of
        forces = {
            "directional_bias": "Directional bias",
            "truth_force": f"Truth: {label(analysis.truth)}",
        }
        if analysis.bias:
            forces["bias_force"] = f"Bias: {label(analysis.bias)}"
        for force, words in forces.items():
            identifier = statistic_id(name, analysis.judgement, force)
            group = literal(label(analysis.judgement))
            body.rows.append(_row(context, literal(words), group, identifier))
    body.remarks.append(TRUTH_REMARK.format(hc3=_errors(hc3)))
    return body.without_empty_columns()


TABLES: dict[str, Callable[[Table, Context], Body]] = {
    "response_surface": response_surface,
    "truth_and_bias": truth_and_bias,
}
