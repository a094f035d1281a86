"""An association pooled from the rows of cohorts: one mixed model, and two stages beside it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attune.printing.context import Body
from attune.printing.printed_table import LABEL
from attune.printing.printed_table import Row as TableRow
from attune.printing.store import EMPTY, StatisticsStore
from attune.printing.text import literal
from attune.specs.closed_model import did_you_mean
from attune.specs.errors import AnalysisError, ConfigurationError
from attune.specs.synthesis import OneStage, Synthesis
from attune.store.statistic_rows import Row, statistic_row
from attune.synthesis.pooling import TESTS

if TYPE_CHECKING:
    import pandas as pd

    from attune.stats.regression import CoefficientTest

Frames = Mapping[str, Mapping[str, "pd.DataFrame"]]
"""Cohort -> data set -> one row per dyad, measures and outcomes as columns."""

UNITS = {
    "standardised": "predictor and outcome are standardised within each cohort, so that the slope"
    " of a cohort is its correlation",
    "raw": "predictor and outcome are in their own units, the predictor centred within each cohort",
}
DF = {"kenward_roger": "Kenward and Roger", "satterthwaite": "Satterthwaite"}


def one_stage_rows(synthesis: Synthesis, frames: Frames) -> Iterator[Row]:
    """Slopes of cohorts, and the pooled slope in one stage and in two.

    Parameters
    ----------
    synthesis : Synthesis
    frames : mapping
        Rows of its cohorts, see `attune.store.datasets.analysis_datasets`.

    Raises
    ------
    ConfigurationError
        Data sets or measures that do not exist; cohorts whose rows cannot be pooled.
    """
    declared = synthesis.one_stage
    if declared is None:
        return
    from attune.stats.one_stage_pooling import one_stage_pooling

    level = synthesis.model.interval
    data = _data(synthesis.synthesis, declared, frames)
    try:
        found = one_stage_pooling(data, declared.units, declared.intercepts, declared.df, level)
    except AnalysisError as error:
        path = f"workflow/syntheses/{synthesis.synthesis}.yaml"
        raise ConfigurationError(
            f"The section one_stage of {path} cannot be computed.", error.problems or [str(error)]
        ) from None
    people = sum(found.rows)
    yield statistic_row("one_stage", ["all"], "k", len(found.cohorts))
    yield statistic_row("one_stage", ["all"], "people", people)
    for name, n, slope in zip(found.cohorts, found.rows, found.slopes, strict=True):
        about = {"x": name, "n": n, "method": f"least squares; {declared.units}"}
        yield _slope_row("one_stage_cohorts", name, slope, level, about)
    model = f"mixed model, restricted maximum likelihood; {declared.units}"
    one = {"n": people, "method": f"{model}; degrees of freedom by {DF[declared.df]}"}
    yield _slope_row("one_stage", "all", found.one_stage, level, one)
    reason = "it cannot be told from these cohorts"
    yield statistic_row(
        "one_stage", ["all"], "slope_sd", found.one_stage_sd, reason=reason, method=model
    )
    two = {
        "n": people,
        "method": "slopes pooled by restricted maximum likelihood, with"
        f" {TESTS[found.two_stage_test]}",
    }
    yield _slope_row("one_stage", "two_stages", found.two_stage, level, two)
    yield statistic_row(
        "one_stage", ["two_stages"], "slope_sd", found.two_stage_sd, reason=reason, **_method(two)
    )
    difference = found.one_stage.estimate - found.two_stage.estimate
    yield statistic_row("one_stage", ["all"], "difference", difference)


def _method(about: Mapping[str, Any]) -> dict[str, Any]:
    return {"method": about["method"]}


def _slope_row(
    analysis: str, name: str, test: "CoefficientTest", level: float, about: Mapping[str, Any]
) -> Row:
    return statistic_row(
        analysis, [name], "slope", test.estimate, se=test.se,
        df=None if math.isinf(test.df) else test.df, p_two_tailed=test.p_two_tailed,
        ci_low=test.ci_low, ci_high=test.ci_high, ci_level=level,
        reason="it has no standard error", **about,
    )  # fmt: skip


def _data(name: str, declared: OneStage, frames: Frames) -> dict[str, tuple[Any, Any]]:
    """Predictor and outcome of every cohort, the better end of the outcome upwards."""
    problems, found = [], {}
    for entry in declared.cohorts:
        place = f"one_stage.cohorts.{entry.cohort}"
        datasets = frames.get(entry.cohort, {})
        if entry.dataset not in datasets:
            hint = did_you_mean(entry.dataset, [*datasets])
            problems.append(f"{place}: it has no data set {entry.dataset!r}. {hint}")
            continue
        frame = datasets[entry.dataset]
        missing = [c for c in (entry.predictor, entry.outcome) if c not in frame.columns]
        problems += [
            f"{place}: its data set has no measure {column!r}, or it changes between occasions."
            f" {did_you_mean(column, [*frame.columns])}"
            for column in missing
        ]
        if not missing:
            sign = -1.0 if entry.better == "lower" else 1.0
            outcome = sign * frame[entry.outcome].to_numpy(dtype=float)
            found[entry.cohort] = (frame[entry.predictor].to_numpy(dtype=float), outcome)
    if problems:
        path = f"workflow/syntheses/{name}.yaml"
        raise ConfigurationError(f"The section one_stage of {path} cannot be computed.", problems)
    return found


def one_stage_table(store: StatisticsStore, declared: OneStage, labels: Sequence[str]) -> Body:
    """One row per cohort, then the pooled slope in two stages and in one."""
    body = Body(
        {
            LABEL: "Rows of",
            "n": "*n*",
            "slope": "Slope",
            "interval": "{level} CI",
            "p": "*p*",
            "sd": "*SD* of slopes",
        },
        [],
    )
    lines = [
        (f"one_stage_cohorts.{entry.cohort}", label, "Cohorts")
        for entry, label in zip(declared.cohorts, labels, strict=True)
    ]
    lines += [
        ("one_stage.two_stages", "Two stages: slopes pooled", "All cohorts"),
        ("one_stage.all", "One stage: all rows in one model", "All cohorts"),
    ]
    for prefix, label, group in lines:
        pooled = group != "Cohorts"
        cells = {
            "n": store.cell(f"{prefix}.slope", "n"),
            "slope": store.cell(f"{prefix}.slope"),
            "interval": store.cell(f"{prefix}.slope", "interval"),
            "p": store.cell(f"{prefix}.slope", "p"),
            "sd": store.cell(f"{prefix}.slope_sd") if pooled else EMPTY,
        }
        body.rows.append(TableRow(literal(label), literal(group), cells))
    body.remarks.append(
        f"Slopes of the outcome on the predictor; {UNITS[declared.units]}. A positive"
        " slope means a better outcome for higher values of the predictor. *SD* of slopes ="
        " standard deviation of the true slopes between cohorts."
    )
    return body
