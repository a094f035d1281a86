"""Growth models: counts, coefficients with their contrasts, and means over time.

The design is in `attune.analyses.growth.design`, variances and comparisons of models in
`attune.analyses.growth.variances`, the formulas in `attune.stats.mixed_models` and
`attune.stats.mixed_model_tests`.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from attune.analyses.growth.declaration import Growth, growth_models
from attune.analyses.growth.design import column, growth_design, time_columns
from attune.analyses.growth.models import FittedGrowth, fit_design
from attune.analyses.growth.sensitivity import sensitivity_rows
from attune.analyses.growth.terms import level_parts, model_terms
from attune.analyses.growth.therapists import therapist_rows
from attune.analyses.growth.variances import comparison_rows, variance_rows
from attune.specs.errors import AnalysisError
from attune.stats.mixed_search import HARDLY_DETERMINED
from attune.stats.regression import CoefficientTest
from attune.store.statistic_rows import Row, statistic_row, statistics_frame

if TYPE_CHECKING:
    from attune.analyses.analysis import AnalysisInputs
    from attune.specs.cohort import Cohort
    from attune.specs.study import Study

FEW_PATIENTS = 5
"""Therapists with fewer patients say little about differences between therapists: Schiefele et al.
(2017, 10.1007/s10488-016-0736-3) found shares of variance to be biased below four or five each."""


def fit_growth(
    measures: pd.DataFrame,
    sample: pd.DataFrame,
    study: "Study",
    cohort: "Cohort",
    *,
    interval: float = 0.95,
    variance_intervals: str = "wald",
    seed: int = 2012,
) -> pd.DataFrame:
    """Every growth model that a study declares.

    Parameters
    ----------
    measures : pandas.DataFrame
        Contract `MEASURES`, one row per dyad and occasion.
    sample : pandas.DataFrame
        Contract `SAMPLE`.
    study : Study
    cohort : Cohort
    interval : float
        Coverage of all intervals.
    variance_intervals : {"wald", "profile"}
        How intervals of standard deviations and correlations of random effects are found.
    seed : int
        Start of the random numbers that intervals of shares of variance are drawn with.

    Returns
    -------
    pandas.DataFrame
        Contract `STATISTICS`; see `attune.analyses.growth.kinds`. Where a model cannot be
        estimated its coefficients are null with a reason; the other models go on.
    """
    rows: list[Row] = []
    categories = {name: one.levels for name, one in cohort.sample.variables.items()}
    for name, model in growth_models(study).items():
        chosen = measures[measures["imputation"] == study.imputation_of(model.dataset)]
        conditions = cohort.sample.conditions() if model.condition else {}
        try:
            design = growth_design(chosen, sample, model, conditions, categories)
            fit = fit_design(design, model)
        except AnalysisError as error:
            reason = " ".join([error.heading, "; ".join(error.problems)]).strip()
            rows += _undefined(name, model, conditions, categories, reason)
            continue
        fitted = FittedGrowth(
            name, model, design, fit, conditions, interval, variance_intervals, seed
        )
        rows += _count_rows(fitted)
        rows += _coefficient_rows(fitted)
        rows += variance_rows(fitted)
        rows += comparison_rows(fitted)
        rows += _occasion_rows(fitted)
        rows += sensitivity_rows(fitted)
        rows += therapist_rows(fitted, cohort.hashed_ids is not None, _fewest_with_code(cohort))
    return statistics_frame(rows)


def statistics(inputs: "AnalysisInputs", resampling: bool) -> pd.DataFrame:
    """Growth models, from the inputs of all analyses."""
    choices = inputs.choices.fit_growth
    return fit_growth(
        inputs.measures,
        inputs.sample,
        inputs.study,
        inputs.cohort,
        seed=inputs.choices.seed,
        **choices.model_dump(),
    )


def _fewest_with_code(cohort: "Cohort") -> int:
    """Patients that a therapist needs to be shown under a code."""
    own = cohort.smallest_cell.count if cohort.smallest_cell else 0
    return max(FEW_PATIENTS, own)


def _undefined(
    name: str,
    model: Growth,
    conditions: Mapping[str, str],
    categories: Mapping[str, Mapping[str, str]],
    reason: str,
) -> Iterator[Row]:
    """The coefficients of a model that cannot be estimated."""
    for outcome in model.outcomes:
        for term in model_terms(model, conditions, categories):
            shared = {"x": outcome, "outcome": outcome, "level": term.name, "reason": reason}
            for statistic in ("fixed_effect", "fixed_effect_t")[: 1 + (term.name != "intercept")]:
                yield statistic_row(
                    name, (outcome, term.name), statistic, None, dataset=model.dataset, **shared
                )


def _count_rows(fitted: FittedGrowth) -> Iterator[Row]:
    design = fitted.design
    counts = {
        "n_ratings": len(design.frame),
        "n_sessions": design.count("session"),
        "n_patients": design.count("dyad"),
        "n_left_out": design.n_left_out + design.n_few,
    }
    if "therapist" in design.frame:
        patients = design.frame.groupby("therapist")["dyad"].nunique()
        counts["n_therapists"] = len(patients)
        counts["n_therapists_of_few"] = int((patients < FEW_PATIENTS).sum())
    for statistic, count in counts.items():
        yield fitted.row((), statistic, float(count), n=count, method=None)
    fit = fitted.fit
    named = " ".join(fit.messages) or None
    yield fitted.row((), "n_singular", float(fit.singular), n=None, method=named)
    yield fitted.row((), "n_not_converged", float(not fit.converged), n=None, method=named)
    flat = sum(one.startswith(HARDLY_DETERMINED) for one in fit.messages)
    yield fitted.row((), "n_hardly_determined", float(flat), n=None, method=named)
    last = design.frame.groupby("dyad")["time"].max()
    for occasion, time in fitted.model.time.occasions.items():
        n = int((last == time).sum())
        yield fitted.row((occasion,), "last_rated_n", float(n), n=n, occasion=occasion, method=None)


def _test_columns(test: CoefficientTest, interval: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """Columns of a coefficient, and of its t."""
    limits = {"ci_low": test.ci_low, "ci_high": test.ci_high, "ci_level": interval}
    return (
        {"se": test.se, "df": test.df, **limits},
        {"df": test.df, "p_two_tailed": test.p_two_tailed},
    )


def _tested(
    fitted: FittedGrowth,
    parts: tuple[str, ...],
    statistic: str,
    weights: Mapping[str, float],
    **columns: Any,
) -> Iterator[Row]:
    """A contrast of the coefficients, and its t."""
    test = fitted.tests.contrast(weights, fitted.interval)
    size, evidence = _test_columns(test, fitted.interval)
    yield fitted.row(parts, statistic, test.estimate, **size, **columns)
    if parts[-1] != "intercept":
        reason = "The coefficient has no standard error."
        yield fitted.row(parts, f"{statistic}_t", test.t, **evidence, **columns, reason=reason)


def _coefficient_rows(fitted: FittedGrowth) -> Iterator[Row]:
    design = fitted.design
    for outcome in design.outcomes:
        shared = {"x": outcome, "outcome": outcome, "n": fitted.n_of(outcome)}
        for term in design.terms:
            yield from _tested(
                fitted,
                (outcome, term.name),
                "fixed_effect",
                {column(outcome, term.name): 1.0},
                y=_measure_of(fitted.model, term.base),
                predictor=term.base,
                level=term.name,
                **shared,
            )
        yield from _contextual_rows(fitted, outcome, shared)
        yield from _f_rows(fitted, outcome, shared)
    if len(design.outcomes) == 2:
        first, second = design.outcomes
        for term in design.terms:
            weights = {column(first, term.name): 1.0, column(second, term.name): -1.0}
            yield from _tested(
                fitted,
                (term.name,),
                "rater_contrast",
                weights,
                x=first,
                y=_measure_of(fitted.model, term.base),
                predictor=term.base,
                level=term.name,
                contrast=f"{first} minus {second}",
            )


def _contextual_rows(fitted: FittedGrowth, outcome: str, shared: dict[str, Any]) -> Iterator[Row]:
    """Between minus within, of every predictor that is split, in level and growth."""
    terms = fitted.design.terms
    for between in terms:
        if between.part != "between" or not _is_split(fitted.model, between.base):
            continue
        [within] = [
            term
            for term in terms
            if (term.base, term.slope, term.part) == (between.base, between.slope, "within")
        ]
        name = f"{between.base}_by_{between.slope}" if between.slope else between.base
        weights = {column(outcome, between.name): 1.0, column(outcome, within.name): -1.0}
        yield from _tested(
            fitted,
            (outcome, name),
            "contextual_effect",
            weights,
            y=_measure_of(fitted.model, between.base),
            predictor=between.base,
            level=name,
            contrast="between minus within",
            **shared,
        )


def _measure_of(model: Growth, base: str) -> str | None:
    """The measure that a predictor is, which names its scoring key."""
    predictor = model.predictors.get(base)
    return None if predictor is None else predictor.measure


def _is_split(model: Growth, base: str) -> bool:
    return base in model.predictors and model.predictors[base].is_split


def _f_rows(fitted: FittedGrowth, outcome: str, shared: dict[str, Any]) -> Iterator[Row]:
    """F of the coefficients of one predictor that belong together and are more than one."""
    groups: dict[str, list[str]] = {}
    for term in fitted.design.terms:
        if term.base == "intercept" or _is_split(fitted.model, term.base):
            continue
        base = "growth" if term.base in fitted.model.time.terms else term.base
        key = f"{base}_growth" if term.slope else base
        groups.setdefault(key, []).append(column(outcome, term.name))
    for key, columns in groups.items():
        if len(columns) < 2:
            continue
        test = fitted.tests.f([{name: 1.0} for name in columns])
        yield fitted.row(
            (outcome, key),
            "fixed_effect_f",
            test.f,
            df=test.df2,
            p_two_tailed=test.p,
            predictor=key,
            level=key,
            **(shared | {"method": f"{fitted.method}, {test.df1} numerator degrees of freedom"}),
        )


def _occasion_rows(fitted: FittedGrowth) -> Iterator[Row]:
    for outcome in fitted.design.outcomes:
        for occasion in fitted.model.time.occasions:
            yield from _means_at(fitted, outcome, occasion)
            yield from _differences_at(fitted, outcome, occasion)


def _means_at(fitted: FittedGrowth, outcome: str, occasion: str) -> Iterator[Row]:
    """Observed and predicted means at an occasion, over all and in each condition."""
    frame = fitted.design.frame
    here = frame[(frame["outcome"] == outcome) & (frame["occasion"] == occasion)]
    shared = {"x": outcome, "outcome": outcome, "occasion": occasion}
    groups: dict[str, tuple[pd.DataFrame, str | None]] = {"": (here, None)}
    for code, label in fitted.conditions.items():
        groups[label] = (here[here["condition"] == code], code)
    for label, (rows, condition) in groups.items():
        parts = (outcome, occasion, label) if label else (outcome, occasion)
        scores = rows["score"].to_numpy()
        n = len(scores)
        own = shared | {"n": n, "level": label or None}
        yield fitted.row(parts, "observed_n", float(n), **own)
        few = "There are no ratings." if n == 0 else "One rating has no standard deviation."
        mean = scores.mean() if n else None
        yield fitted.row(parts, "observed_mean", mean, **own, reason=few)
        sd = scores.std(ddof=1) if n > 1 else None
        yield fitted.row(parts, "observed_sd", sd, **own, reason=few)
        weights = _weights_at(fitted, outcome, fitted.model.time.occasions[occasion], condition)
        test = fitted.tests.contrast(weights, fitted.interval)
        yield fitted.row(
            parts, "model_mean", test.estimate, **_test_columns(test, fitted.interval)[0], **own
        )


def _differences_at(fitted: FittedGrowth, outcome: str, occasion: str) -> Iterator[Row]:
    """Differences between the predicted means of each condition and the first one."""
    codes = list(fitted.conditions)
    for code in codes[1:]:
        time = fitted.model.time.occasions[occasion]
        base = _weights_at(fitted, outcome, time, codes[0])
        other = _weights_at(fitted, outcome, time, code)
        weights = {name: other[name] - base[name] for name in other if other[name] != base[name]}
        label = fitted.conditions[code]
        yield from _tested(
            fitted,
            (outcome, occasion) if len(codes) == 2 else (outcome, occasion, label),
            "condition_difference",
            weights,
            x=outcome,
            outcome=outcome,
            occasion=occasion,
            level=None if len(codes) == 2 else label,
            contrast=f"{label} minus {fitted.conditions[codes[0]]}",
            n=fitted.n_of(outcome),
        )


def _weights_at(
    fitted: FittedGrowth, outcome: str, time: float, condition: str | None
) -> dict[str, float]:
    """Weights of the coefficients in a predicted mean: every predictor at its mean over patients.

    condition None: each condition with its share of the patients.
    """
    own = fitted.design.of(outcome).frame
    patients = own.groupby("dyad").first()
    times = {k: float(v[0]) for k, v in time_columns(np.array([time]), fitted.model.time).items()}
    weights = {}
    for term in fitted.design.terms:
        if term.base == "intercept":
            value = 1.0
        elif term.base in times:
            value = times[term.base]
        elif term.base == "condition" and condition is not None:
            value = float(_part_of(condition, fitted.conditions) == term.part)
        else:
            level = column(outcome, f"{term.base}_{term.part}" if term.part else term.base)
            value = float(patients[level].mean())
        weights[column(outcome, term.name)] = value * times.get(term.slope, 1.0)
    return weights


def _part_of(condition: str, conditions: Mapping[str, str]) -> str | None:
    """Part of the names of the terms of a condition; the first has none."""
    place = [*conditions].index(condition)
    return level_parts([*conditions.values()])[place - 1] if place else None
