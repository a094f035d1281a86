"""Influence of single studies on the pooled effect, and the effect as studies accumulated."""

from collections.abc import Iterator, Sequence

from attune.printing.context import Body
from attune.printing.printed_table import LABEL
from attune.printing.printed_table import Row as TableRow
from attune.printing.store import StatisticsStore
from attune.printing.text import literal
from attune.specs.synthesis import Metric, Synthesis
from attune.stats.meta_sensitivity import cumulative, influence
from attune.store.statistic_rows import Row, statistic_row
from attune.synthesis.evidence import StudyEffect
from attune.synthesis.pooling import (
    average_effect,
    average_of,
    effect_size,
    model_words,
    pooled_row,
    truncated_where_short,
)
from attune.synthesis.sensitivity import can_be_varied
from attune.synthesis.wording import SYMBOLS

STATISTICS = ("rstudent", "dffits", "cook", "hat", "marked")
"""Statistics of a study, in the order of print; marked: 1 where one of the rules marks it."""

NO_VARIANCE = "the other studies leave no variance of their own"


def in_order_of_years(studies: Sequence[StudyEffect]) -> list[StudyEffect]:
    """Studies by year, those of one year in their own order; none where a year is not known."""
    if any(study.year is None for study in studies):
        return []
    return sorted(studies, key=lambda study: study.year or 0)


def influence_rows(synthesis: Synthesis, studies: Sequence[StudyEffect]) -> Iterator[Row]:
    """Case diagnostics of each study, and the pooled effect after each year's studies.

    Of three studies or more with one effect each. What cannot be computed, such as the residual of
    a study beside others that are equal, is undefined with the reason.
    """
    if not can_be_varied(studies):
        return
    model = synthesis.model
    sizes = [effect_size(study) for study in studies]
    y, v = [size.estimate for size in sizes], [size.variance for size in sizes]
    test = average_effect(studies, model, model.estimator).test
    found = influence(y, v, method=model.estimator, test=test)  # type: ignore[arg-type]
    method = f"{model_words(model)}; each study left out in turn"
    values = (found.rstudent, found.dffits, found.cook, found.hat, found.influential)
    for place, study in enumerate(studies):
        for name, column in zip(STATISTICS, values, strict=True):
            yield statistic_row(
                "influence", [study.key], name, float(column[place]), reason=NO_VARIANCE,
                x=study.key, method=method,
            )  # fmt: skip
    yield from _cumulative_rows(synthesis, in_order_of_years(studies))


def _cumulative_rows(synthesis: Synthesis, studies: Sequence[StudyEffect]) -> Iterator[Row]:
    if not studies:
        return
    model = synthesis.model
    sizes = [effect_size(study) for study in studies]
    parts = cumulative(
        [size.estimate for size in sizes],
        [size.variance for size in sizes],
        [float(study.year or 0) for study in studies],
        [study.key for study in studies],
        model.estimator,
        model.test,
        model.prediction,
        model.interval,
    )
    people = 0
    for place, (study, part) in enumerate(zip(studies, parts, strict=True)):
        people += study.n or 0
        own = sizes[: place + 1]
        short = truncated_where_short(part.result, own, model) != model.test
        result = average_of(own, model, model.estimator) if short else part.result
        method = f"{model_words(model, result)}; studies up to this one, by year"
        yield pooled_row(
            "cumulative", study.key, result, synthesis.metric, people, method, model.interval,
            x=study.key,
        )  # fmt: skip


def influence_table(store: StatisticsStore, studies: Sequence[StudyEffect], metric: Metric) -> Body:
    """One row per study: case diagnostics, and the pooled effect of the studies up to it."""
    ordered = in_order_of_years(studies)
    headings = {
        LABEL: "Study",
        "rstudent": "Studentised residual",
        "dffits": "DFFITS",
        "cook": "Cook's distance",
        "hat": "Leverage",
        "marked": "Marked",
    }
    if ordered:
        headings |= {
            "effect": f"Cumulated >> {SYMBOLS[metric]}",
            "interval": "Cumulated >> {level} CI",
        }
    body = Body(headings, [])
    for study in ordered or studies:
        prefix = f"influence.{study.key}"
        cells = {name: store.cell(f"{prefix}.{name}") for name in STATISTICS[:-1]}
        row = store.row(f"{prefix}.marked")
        cells["marked"] = literal("yes" if row and row["estimate"] else "no")
        if ordered:
            identifier = f"cumulative.{study.key}.{metric}"
            cells["effect"] = store.cell(identifier)
            cells["interval"] = store.cell(identifier, "interval")
        body.rows.append(TableRow(literal(study.label), None, cells))
    body.remarks.append(
        "Studentised residual: the effect less what the other studies predict, in standard errors."
        " DFFITS: change of the pooled effect with the study, in standard errors. Marked: DFFITS,"
        " Cook's distance, leverage, or DFBETAS is beyond its bound, a reason to look at the study"
        " again and none to leave it out."
    )
    if ordered:
        body.remarks.append(
            "Cumulated: pooled effect of this study and all before it, in the order of their years;"
            " the steps are not independent tests."
        )
    return body
