"""Tables of comparisons of treatment conditions."""

from collections.abc import Callable

from attune.analyses.conditions.declaration import declared_comparisons
from attune.printing.context import Body, Context, full_label
from attune.printing.printed_table import LABEL, Row
from attune.printing.text import literal, named
from attune.specs.study import Table
from attune.store.statistic_rows import statistic_id

TEST_OF_TWO = {
    "t": ("*t*", "t", "estimate"),
    "df": ("*df*", "t", "df"),
    "p": ("*p*", "t", "p"),
    "cohen_d": ("*d*", "cohen_d", "estimate"),
    "interval": ("{level} CI of *d*", "cohen_d", "interval"),
    "bayes_factor": ("BF~10~", "bayes_factor", "estimate"),
}
"""Column -> heading, statistic, part of it."""

REMARK_OF_TWO = (
    "Differences are the first condition minus the second. *df* = degrees of freedom; *p* is"
    " two-tailed; *d* = Cohen's *d*; CI = confidence interval; BF~10~ = Bayes factor for a"
    " difference against none."
)

TEST_OF_MORE = {
    "f": ("*F*", "f", "estimate"),
    "df": ("*df*~within~", "f", "df"),
    "p": ("*p*", "f", "p"),
}

REMARK_OF_MORE = "*F* is from a one-way analysis of variance."


def comparisons(table: Table, context: Context) -> Body:
    """One row per measure: mean and SD of each condition, the test and its effect size."""
    levels = _levels(context)
    headings = {LABEL: "Measure"}
    for number, label in enumerate(levels.values(), start=1):
        headings |= {f"mean_{number}": f"{named(label)} >> *M*"}
        headings |= {f"sd_{number}": f"{named(label)} >> *SD*"}
    tests = TEST_OF_TWO if len(levels) <= 2 else TEST_OF_MORE
    body = Body(headings | {name: spec[0] for name, spec in tests.items()}, [])
    declared = declared_comparisons(context.study)
    for analysis in table.analyses:
        comparison = declared[analysis]
        for measure in comparison.measures:
            if table.rows and measure not in table.rows:
                continue
            row, prefix = (
                Row(literal(full_label(table, context.study, measure))),
                f"{analysis}.{measure}",
            )
            for number, label in enumerate(levels.values(), start=1):
                for part in ("mean", "sd"):
                    identifier = statistic_id(analysis, measure, label, part)
                    row.cells[f"{part}_{number}"] = context.store.cell(identifier)
            for column, (_, statistic, part) in tests.items():
                row.cells[column] = context.store.cell(f"{prefix}.{statistic}", part)
            body.rows.append(row)
    body.remarks.append(REMARK_OF_TWO if tests is TEST_OF_TWO else REMARK_OF_MORE)
    return body


def _levels(context: Context) -> dict[str, str]:
    """Code -> label of the treatment conditions, in the order of the cohort file."""
    name = context.cohort.sample.condition
    return context.cohort.sample.variables[name].levels if name else {}


TABLES: dict[str, Callable[[Table, Context], Body]] = {"comparisons": comparisons}
