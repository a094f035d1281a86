"""Tables of comparisons of treatment conditions."""

from collections.abc import Callable, Iterator, Mapping

from attune.analyses.conditions.declaration import (
    Conditions,
    declared_comparisons,
    effect_size,
    untested_measures,
)
from attune.printing.apa import NOT_APPLICABLE
from attune.printing.context import Body, Context, full_label
from attune.printing.printed_table import LABEL, Row
from attune.printing.text import literal, named
from attune.specs.study import Table
from attune.store.statistic_rows import statistic_id

TEST_OF_TWO = {
    "t": ("*t*", "tested", "estimate"),
    "df": ("*df*", "tested", "df"),
    "p": ("*p*", "tested", "p"),
    "cohen_d": ("*d*", "effect_size", "estimate"),
    "interval": ("{level} CI of *d*", "effect_size", "interval"),
    "other_t": ("Other test >> *t*", "other", "estimate"),
    "other_p": ("Other test >> *p*", "other", "p"),
    "bayes_factor": ("BF~10~", "bayes_factor", "estimate"),
}
"""Column -> heading, statistic (or its role in the plan), part of it."""

REMARK_OF_TWO = (
    "Differences are {contrast}. *df* = degrees of freedom; *p* is"
    " two-tailed; *d* = difference in {deviations}; CI = confidence interval; BF~10~ = Bayes factor"
    " for a difference against none."
)

REMARKS_OF_CHANGE = {
    "ancova": "Residual gains are tested by the analysis of covariance: *t* is of the difference"
    " between the means of the posttest, adjusted for the pretest, and *d* is in standard"
    " deviations of the posttest; other test = of the residual gain, taken as a score. *M*, *SD*"
    " and BF~10~ are of the residual gain.",
    "residual_gain": "Residual gains are tested as if they were scores, with *d* in standard"
    " deviations of the residual gain; other test = analysis of covariance of the posttest,"
    " adjusted for the pretest.",
}
"""How the plan tests residual gains -> sentence for the table."""

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
            tested = comparison.tested(measure, context.study.outcomes)
            roles = {"tested": tested, "effect_size": effect_size(comparison, tested)}
            if measure in context.study.outcomes:
                roles["other"] = "t" if tested == "ancova_t" else "ancova_t"
            untested = measure in untested_measures(context.study, comparison)
            for column, (_, role, part) in tests.items():
                if untested and column != "cohen_d":
                    row.cells[column] = literal(NOT_APPLICABLE)
                    continue
                statistic = roles.get(role, role)
                find = context.store.cell if role != "other" else context.store.cell_if_known
                row.cells[column] = find(f"{prefix}.{statistic}", part)
            body.rows.append(row)
    body.remarks += _remarks([declared[name] for name in table.analyses], tests, context)
    return body.without_empty_columns()


def _remarks(
    comparisons: list[Conditions], tests: Mapping[str, tuple[str, str, str]], context: Context
) -> Iterator[str]:
    if tests is not TEST_OF_TWO:
        yield REMARK_OF_MORE
        return
    pooled = any(comparison.variances != "welch" for comparison in comparisons)
    yield REMARK_OF_TWO.format(
        deviations="pooled standard deviations"
        if pooled
        else "standard deviations from the mean of both variances",
        contrast=_contrast(comparisons, context),
    )
    with_change = {
        comparison.test
        for comparison in comparisons
        if set(comparison.measures) & set(context.study.outcomes)
    }
    if any(untested_measures(context.study, comparison) for comparison in comparisons):
        yield "Differences at baseline are not tested, as the groups were randomised."
    yield from (REMARKS_OF_CHANGE[test] for test in sorted(with_change))


def _contrast(comparisons: list[Conditions], context: Context) -> str:
    """Which condition is subtracted from which, where comparisons declare a reference."""
    if not any(comparison.reference for comparison in comparisons):
        return "the first condition minus the second"
    orders = [comparison.ordered(_levels(context)) for comparison in comparisons]
    words = [" minus ".join(str(named(label)) for label in order.values()) for order in orders]
    if len(set(words)) == 1:
        return words[0]
    titles = [str(literal(comparison.title)) for comparison in comparisons]
    return "; ".join(f"{word} in {title}" for word, title in zip(words, titles, strict=True))


def _levels(context: Context) -> dict[str, str]:
    """Code -> label of the treatment conditions, in the order of the cohort file."""
    name = context.cohort.sample.condition
    return context.cohort.sample.variables[name].levels if name else {}


TABLES: dict[str, Callable[[Table, Context], Body]] = {"comparisons": comparisons}
