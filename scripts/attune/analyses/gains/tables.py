"""Tables of the regressions behind residual gains."""

from collections.abc import Callable

from attune.printing.context import Body, Context
from attune.printing.printed_table import LABEL, Row
from attune.printing.text import literal
from attune.specs.study import DATASETS, Table
from attune.store.datasets import dataset_name, dataset_words

REGRESSION = {
    "n": ("*n*", "n", "estimate"),
    "intercept": ("Intercept", "intercept", "estimate"),
    "slope": ("*b*", "slope", "estimate"),
    "interval": ("{level} CI of *b*", "slope", "interval"),
    "p": ("*p*", "slope", "p"),
    "interval_hc3": ("{level} CI, HC3", "slope_hc3", "interval"),
    "r_squared": ("*R*^2^", "r_squared", "estimate"),
    "sd": ("*SD*", "sd", "estimate"),
}

WORDS = {"available": "Scores as observed", "imputed": "Missing scores replaced"}
"""Words for the data sets of every study; a study's own are printed by their names."""


def gains(table: Table, context: Context) -> Body:
    """One row per outcome and data set: the regression of the posttest on the pretest."""
    body = Body({LABEL: "Outcome"} | {name: spec[0] for name, spec in REGRESSION.items()}, [])
    declared = context.study.datasets
    for imputation in sorted({*DATASETS.values(), *declared.values()}):
        dataset = dataset_name(imputation, declared)
        words = WORDS.get(dataset) or literal(dataset_words(dataset).capitalize())
        for outcome in table.rows or context.study.outcomes:
            prefix = f"gains.{outcome}.{dataset}"
            if imputation and f"{prefix}.slope" not in context.store:
                continue
            row = Row(literal(context.study.label_of(outcome)), words)
            for column, (_, statistic, part) in REGRESSION.items():
                find = context.store.cell if statistic == "slope" else context.store.cell_if_known
                row.cells[column] = find(f"{prefix}.{statistic}", part)
            body.rows.append(row)
    body.remarks.append(
        "The residual gain of a patient is the posttest score minus the one that this regression"
        " predicts; *SD* = standard deviation of the residual gains, in points of the posttest."
        " HC3 = interval that allows for unequal variances along the line, as floors of symptom"
        " scales bring them."
    )
    return body


TABLES: dict[str, Callable[[Table, Context], Body]] = {"gains": gains}
