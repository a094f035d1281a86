"""Congruence of two raters: response surfaces and truth and bias models.

The formulas are in `attune.stats.response_surface` and `attune.stats.truth_and_bias`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.analyses.congruence.declaration import Congruence, congruence_analyses
from attune.specs.errors import AnalysisError
from attune.stats.regression import CoefficientTest, coefficient_test
from attune.stats.response_surface import (
    Centre,
    ResponseSurface,
    agreement_rates,
    grand_mean,
    response_surface,
    scale_midpoint,
    why_no_response_surface,
)
from attune.stats.truth_and_bias import TruthAndBias, truth_and_bias, why_no_truth_and_bias
from attune.store.datasets import missing_columns
from attune.store.statistic_rows import Row, software, statistic_row, statistics_frame

if TYPE_CHECKING:
    from attune.analyses.analysis import AnalysisInputs
    from attune.specs.instrument import Instrument
    from attune.specs.study import Study

Vector = NDArray[np.float64]

TERMS = ("intercept", "x", "y", "x2", "xy", "y2")
"""Parts of the ids of the coefficients b0 to b5; covariates follow by their names."""

FEATURES = ("a1", "a2", "a3", "a4", "a5")
"""Slope and curvature along the lines of congruence and incongruence, and the turn of the axes."""

_POINTS = {"x": "stationary_x", "y": "stationary_y"}
_AXES = {"first": ("p10", "p11"), "second": ("p20", "p21")}
NO_ERROR = "The coefficient has no standard error."


@dataclass(frozen=True)
class _Model:
    """One surface, or one truth and bias model: what all of its rows share.

    `term`: outcome or judgement; `pair`: the two ratings.
    """

    name: str
    term: str
    pair: tuple[str, str]
    dataset: str
    n: int
    method: str
    interval: float

    def row(self, parts: tuple[str, ...], statistic: str, value: float | None, **more: Any) -> Row:
        """A row of the store about this model."""
        shared: dict[str, Any] = {
            "x": self.pair[0],
            "y": self.pair[1],
            "outcome": self.term,
            "dataset": self.dataset,
            "n": self.n,
            "method": self.method,
            "software": software("attune", "scipy"),
        }
        return statistic_row(self.name, (self.term, *parts), statistic, value, **(shared | more))

    def tested(
        self,
        parts: tuple[str, ...],
        statistic: str,
        test: CoefficientTest | None,
        reason: str | None,
        **more: Any,
    ) -> Iterator[Row]:
        """A coefficient with its interval, and its t; both undefined where there is no test."""
        missing = {"reason": reason or NO_ERROR} | more
        if test is None:
            yield self.row(parts, statistic, None, **missing)
            yield self.row(parts, f"{statistic}_t", None, **missing)
            return
        yield self.row(parts, statistic, test.estimate, **(_limits(test, self.interval) | more))
        evidence = {"df": test.df, "p_two_tailed": _known(test.p_two_tailed)}
        yield self.row(parts, f"{statistic}_t", test.t, **(evidence | missing))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _limits(test: CoefficientTest, interval: float) -> dict[str, Any]:
    if not np.isfinite(test.se):
        return {"df": test.df}
    ends = {"ci_low": test.ci_low, "ci_high": test.ci_high, "ci_level": interval}
    return {"se": test.se, "df": test.df} | ends


def compare_ratings(
    datasets: Mapping[str, pd.DataFrame],
    analyses: Mapping[str, Congruence],
    ranges: Mapping[str, tuple[float, float]],
    *,
    interval: float = 0.95,
) -> pd.DataFrame:
    """Response surfaces, and truth and bias models, that a study declares.

    Parameters
    ----------
    datasets : mapping of str to pandas.DataFrame
        Data sets by name (see `analysis_datasets`): one row per dyad, one numeric column per
        measure or outcome. Dyads that lack a value of a model are left out of it.
    analyses : mapping of str to Congruence
        By id in the study.
    ranges : mapping of str to (float, float)
        Lowest and highest possible score of the ratings (see `score_ranges`).
    interval : float
        Coverage of all intervals; conditions of congruence are tested at 1 - interval.

    Returns
    -------
    pandas.DataFrame
        Contract `STATISTICS`; see `attune.analyses.congruence.kinds`. Where a model cannot be
        estimated its statistics are null with a reason; the other models go on.

    Raises
    ------
    AnalysisError
        A data set lacks a column that an analysis names.
    """
    problems = [
        problem
        for name, one in analyses.items()
        for problem in missing_columns(
            datasets,
            f"congruence analysis {name!r}",
            one.dataset,
            [*one.ratings, *one.outcomes, *one.covariates, *one.bias_measures],
        )
    ]
    if problems:
        raise AnalysisError("Ratings cannot be compared.", problems)
    rows: list[Row] = []
    for name, analysis in analyses.items():
        frame = datasets[analysis.dataset]
        for outcome in analysis.outcomes:
            rows += _surface_rows(name, analysis, outcome, frame, ranges, interval)
        if analysis.truth:
            rows += _truth_rows(name, analysis, frame, interval)
    return statistics_frame(rows)


def statistics(inputs: "AnalysisInputs", resampling: bool) -> pd.DataFrame:
    """Congruence analyses, from the inputs of all analyses."""
    return compare_ratings(
        inputs.datasets,
        congruence_analyses(inputs.study),
        score_ranges(inputs.study, inputs.instruments),
        **inputs.choices.compare_ratings.model_dump(),
    )


def score_ranges(
    study: "Study", instruments: "Mapping[str, Instrument]"
) -> dict[str, tuple[float, float]]:
    """Lowest and highest possible score of the ratings that congruence analyses name.

    Parameters
    ----------
    study : Study
    instruments : mapping of id to Instrument

    Returns
    -------
    dict of str to (float, float)
        By measure; without those that no instrument gives.
    """
    used = {name for one in congruence_analyses(study).values() for name in one.ratings}
    measures = {name: study.measures[name] for name in sorted(used)}
    return {
        name: instruments[measure.instrument].score_range(str(measure.scale))
        for name, measure in measures.items()
        if measure.instrument is not None and measure.instrument in instruments
    }


def complete_columns(frame: pd.DataFrame, names: list[str]) -> dict[str, Vector]:
    """Columns of the dyads that have all of some measures."""
    values = {name: frame[name].to_numpy(dtype=float, na_value=np.nan) for name in names}
    complete = np.logical_and.reduce([np.isfinite(column) for column in values.values()])
    return {name: column[complete] for name, column in values.items()}


def surface_columns(
    analysis: Congruence, outcome: str, frame: pd.DataFrame
) -> tuple[Vector, Vector, Vector, Vector | None]:
    """Outcome, both ratings and covariates of the dyads that have all of them."""
    names = list(dict.fromkeys([outcome, *analysis.ratings, *analysis.covariates]))
    found = complete_columns(frame, names)
    x, y = (found[name] for name in analysis.ratings)
    others = [found[name] for name in analysis.covariates]
    return found[outcome], x, y, np.column_stack(others) if others else None


def why_no_surface(
    analysis: Congruence,
    outcome: str,
    frame: pd.DataFrame,
    ranges: Mapping[str, tuple[float, float]],
) -> str | None:
    """Why a surface cannot be estimated; None where it can."""
    z, x, y, others = surface_columns(analysis, outcome, frame)
    found = [ranges[name] for name in analysis.ratings if name in ranges]
    if len(set(found)) > 1:
        ends = " and ".join(f"{low:g} to {high:g}" for low, high in found)
        return (
            f"The two ratings have different scales ({ends}), so no line of congruence is defined."
        )
    if analysis.centre == "scale_midpoint" and not found:
        return "The ends of the ratings' scale are not known, so it has no midpoint."
    return why_no_response_surface(z, x, y, others)


def why_no_truth(analysis: Congruence, frame: pd.DataFrame) -> str | None:
    """Why a truth and bias model cannot be estimated; None where it can."""
    return why_no_truth_and_bias(*_judged(analysis, frame))


def _judged(analysis: Congruence, frame: pd.DataFrame) -> tuple[Vector, Vector, Vector | None]:
    """Judgement, truth and bias of the dyads that have all of them."""
    names = [analysis.judgement, str(analysis.truth), *analysis.bias_measures]
    found = complete_columns(frame, names)
    bias = found[analysis.bias] if analysis.bias else None
    return found[analysis.judgement], found[str(analysis.truth)], bias


def _centre(
    analysis: Congruence, x: Vector, y: Vector, ranges: Mapping[str, tuple[float, float]]
) -> Centre:
    if analysis.centre == "scale_midpoint":
        return scale_midpoint(*next(ranges[name] for name in analysis.ratings if name in ranges))
    return grand_mean(x, y)


def _surface_rows(
    name: str,
    analysis: Congruence,
    outcome: str,
    frame: pd.DataFrame,
    ranges: Mapping[str, tuple[float, float]],
    interval: float,
) -> Iterator[Row]:
    z, x, y, others = surface_columns(analysis, outcome, frame)
    errors = "HC3 standard errors" if analysis.hc3 else "ordinary standard errors"
    method = f"Second-order polynomial regression, {errors}"
    model = _Model(
        name,
        outcome,
        (analysis.ratings[0], analysis.ratings[1]),
        analysis.dataset,
        len(z),
        method,
        interval,
    )
    yield model.row((), "surface_n", float(len(z)), method=None)
    reason = why_no_surface(analysis, outcome, frame, ranges)
    if reason:
        yield from _undefined_surface(model, analysis, reason)
        return
    centre = _centre(analysis, x, y, ranges)
    surface = response_surface(z, x, y, centre, interval, analysis.hc3, others)
    yield model.row((), "surface_centre", centre.value, method=centre.name)
    yield model.row((), "surface_r_squared", surface.r_squared)
    yield from _coefficient_rows(model, analysis, surface)
    yield from _feature_rows(model, surface)
    sign = 1.0 if analysis.higher_is_better else -1.0
    better = response_surface(sign * z, x, y, centre, interval, analysis.hc3, others)
    yield from _decision_rows(model, better, sign)
    yield from _agreement_rows(model, x, y)


def _undefined_surface(model: _Model, analysis: Congruence, reason: str) -> Iterator[Row]:
    yield model.row((), "surface_centre", None, reason=reason)
    yield model.row((), "surface_r_squared", None, reason=reason)
    for term in (*TERMS, *analysis.covariates):
        yield from model.tested((term,), "surface_coefficient", None, reason, level=term)
    for feature in FEATURES:
        yield from model.tested((), feature, None, reason)
    for statistic in ("congruence_broad", "congruence_strict"):
        yield model.row((), statistic, None, reason=reason)


def _coefficient_rows(
    model: _Model, analysis: Congruence, surface: ResponseSurface
) -> Iterator[Row]:
    names = (*TERMS, *analysis.covariates)
    for term, estimate, se in zip(names, surface.coefficients, surface.se, strict=True):
        test = coefficient_test(float(estimate), float(se), surface.df, model.interval)
        yield from model.tested(
            (term,),
            "surface_coefficient",
            test,
            surface.hc3_reason,
            predictor=term if term in analysis.covariates else None,
            level=term,
        )


def _feature_rows(model: _Model, surface: ResponseSurface) -> Iterator[Row]:
    for feature in FEATURES:
        yield from model.tested((), feature, getattr(surface, feature), surface.hc3_reason)
    for part, attribute in _POINTS.items():
        yield _derived(model, part, "stationary_point", getattr(surface, attribute), surface)
    for axis, (start, slope) in _AXES.items():
        yield _derived(model, axis, "axis_intercept", getattr(surface, start), surface)
        yield _derived(model, axis, "axis_slope", getattr(surface, slope), surface)


def _derived(
    model: _Model,
    part: str,
    statistic: str,
    test: CoefficientTest | None,
    surface: ResponseSurface,
) -> Row:
    """A function of the coefficients, which may not exist."""
    shared = {
        "level": part,
        "method": f"{model.method}; delta method; the surface is a {surface.shape}",
    }
    if test is None:
        return model.row((part,), statistic, None, reason=surface.reason, **shared)
    return model.row((part,), statistic, test.estimate, **(_limits(test, model.interval) | shared))


def _decision_rows(model: _Model, surface: ResponseSurface, sign: float) -> Iterator[Row]:
    """Whether the conditions of a congruence effect hold, in the broad and the strict sense.

    `surface` is that of the outcome times `sign`: agreement is to go with its highest values.
    """
    test = surface.congruence
    text = test.text if sign > 0 else f"{test.text} The sign of the outcome is reversed for it."
    met = {
        "congruence_broad": {"broad": 1.0, "strict": 1.0, "none": 0.0},
        "congruence_strict": {"broad": 0.0, "strict": 1.0, "none": 0.0},
    }
    for statistic, values in met.items():
        yield model.row((), statistic, values.get(test.decision), method=text, reason=text)


def _agreement_rows(model: _Model, x: Vector, y: Vector) -> Iterator[Row]:
    """How many dyads agree within half a standard deviation, and who is higher in the others."""
    rates = agreement_rates(x, y)
    for part, share in (
        ("x_higher", rates.first_higher),
        ("agree", rates.agree),
        ("y_higher", rates.second_higher),
    ):
        # Ids of their own group, so that small counts hide the other parts and nothing else.
        parts = ("agreement", part)
        count = float(round(share * rates.n))
        yield model.row(parts, "agreement_n", count, level=part, method=None)
        yield model.row(parts, "agreement_percent", 100 * share, level=part, method=None)


def _truth_rows(
    name: str, analysis: Congruence, frame: pd.DataFrame, interval: float
) -> Iterator[Row]:
    judgement, truth, bias = _judged(analysis, frame)
    errors = "HC3 standard errors" if analysis.hc3 else "ordinary standard errors"
    model = _Model(
        name,
        analysis.judgement,
        (analysis.judgement, str(analysis.truth)),
        analysis.dataset,
        len(judgement),
        f"Truth and bias model, {errors}",
        interval,
    )
    yield model.row((), "truth_n", float(len(judgement)), method=None)
    reason = why_no_truth_and_bias(judgement, truth, bias)
    forces = ("directional_bias", "truth_force", *(["bias_force"] if analysis.bias else []))
    if reason:
        yield model.row((), "truth_r_squared", None, reason=reason)
        for force in forces:
            yield from model.tested((), force, None, reason)
        return
    fit: TruthAndBias = truth_and_bias(
        judgement, truth, bias, analysis.bias_centre, interval, analysis.hc3
    )
    constant = "The judgement is the same in all dyads."
    yield model.row((), "truth_r_squared", fit.r_squared, reason=constant)
    for force in forces:
        predictor = {"truth_force": analysis.truth, "bias_force": analysis.bias}.get(force)
        yield from model.tested((), force, getattr(fit, force), fit.hc3_reason, predictor=predictor)
