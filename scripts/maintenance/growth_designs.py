"""What the simulation of docs/growth.md draws, and what it computes from it.

Scores are drawn from the assumptions of the synthetic growth cohort, without items and rounding, so
that every true value is known. The study's own growth model is fitted to them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from attune.analyses.growth.declaration import Growth, RandomEffects, growth_models
from attune.analyses.growth.design import GrowthDesign, column, growth_design, time_columns
from attune.analyses.growth.models import FittedGrowth, fit_design, random_columns
from attune.analyses.growth.shares import share_rows
from attune.analyses.growth.variances import replace_random, variance_rows
from attune.stats.explained_variance import RandomPart, variance_partition
from attune.stats.mixed_model_tests import FixedEffectTests, likelihood_ratio
from attune.stats.mixed_models import MixedModel
from attune.stats.regression import CoefficientTest
from attune.synthetic.draws import Draws, Reals
from attune.synthetic.growth_data import (
    RaterCurve,
    attended,
    correlated,
    group_sizes,
    growth_scores,
    standardised_scores,
)
from attune_files.project import read_study
from maintenance.alliance_growth.assumptions import (
    AGREEMENT,
    ATTENDANCE,
    CURVES,
    FORM_LEFT_OUT,
    LARGEST_CASELOAD,
    PRACTICE,
    PREDICTORS,
    SESSIONS,
    TIMES,
)

STUDY = Path(__file__).resolve().parents[2] / "workflow/studies/alliance_growth.yaml"
MODEL = "alliance"
RATERS = {"wai_patient": "patient", "wai_therapist": "therapist"}
"""Outcome of the study's model -> rater in the assumptions."""

LEVEL = 0.05

Outcomes = dict[str, list[float]]
"""Values of every replication by name: `estimate`, `covers <interval>` or `rejects`, of shares
`error`, `covers` and `length`, followed by ` | ` and the parameter or test; 1 or 0 of an interval
or test, NaN where it is undefined."""


@dataclass(frozen=True)
class Cell:
    """One condition of the simulation.

    Attributes
    ----------
    raters : int
        2: both in one model; 1: the patients' ratings alone.
    n_therapists, n_patients : int
    truth : str
        What is drawn: see `curves`.
    computed : str
        Key of `DESIGNS`.
    share : float
        Part of the replications that is run; below 1 for what takes long.
    """

    raters: int
    n_therapists: int
    n_patients: int
    truth: str
    computed: str
    share: float = 1.0

    @property
    def name(self) -> str:
        """Name of the random numbers, and of the files with results."""
        size = f"{self.n_therapists}_{self.n_patients}"
        return f"{self.computed}_{self.truth}_{self.raters}_{size}".replace(" ", "_")


class NormalDraws(Draws):
    """Draws of exactly normal values: the bell of `Draws` has lighter tails."""

    def __init__(self, generator: np.random.Generator):
        self._generator = generator

    def uniform(self, shape: tuple[int, ...]) -> Reals:
        """Draws from [0, 1)."""
        return self._generator.random(shape)

    def bell(self, shape: tuple[int, ...]) -> Reals:
        """Draws from the standard normal distribution."""
        return self._generator.standard_normal(shape)


def curves(cell: Cell) -> dict[str, RaterCurve]:
    """Curve of each outcome's rater.

    effects: as assumed of the cohort. no effects: neither growth nor predictors matter. no
    therapists, no slopes: these do not vary, and predictors do not matter. empty: neither growth
    nor slopes nor predictors.
    """
    changes: dict[str, dict[str, float]] = {
        "effects": {},
        "no effects": {"growth": 0.0},
        "no therapists": {"therapist_sd": 0.0},
        "no slopes": {"slope_sd": 0.0},
        "empty": {"growth": 0.0, "slope_sd": 0.0},
    }
    own = {outcome: CURVES[rater] for outcome, rater in RATERS.items()}
    if cell.truth == "effects":
        return own
    return {
        outcome: replace(curve, level_effects={}, growth_effects={}, **changes[cell.truth])
        for outcome, curve in own.items()
    }


@cache
def growth_model(cell: Cell) -> Growth:
    """The study's growth model for the cell: its raters, and nothing but intercepts where empty.

    Predictors are drawn with a mean of 0 over therapists; centring them at the mean of those with a
    rating would move the true level.
    """
    model = growth_models(read_study(STUDY))[MODEL]
    predictors = {
        name: one.model_copy(update={"centre": False}) for name, one in model.predictors.items()
    }
    changes: dict[str, object] = {
        "outcomes": model.outcomes[: cell.raters],
        "predictors": {} if cell.truth == "empty" else predictors,
    }
    if cell.truth == "empty":
        changes["random"] = RandomEffects(patient="intercept")
    return model.model_copy(update=changes)


def draw_measures(cell: Cell, generator: np.random.Generator) -> pd.DataFrame:
    """One row per dyad and occasion, as contract `MEASURES`: scores, NaN after dropout."""
    draws = NormalDraws(generator)
    sizes = group_sizes(cell.n_patients, cell.n_therapists, LARGEST_CASELOAD, draws)
    therapist = np.repeat(np.arange(cell.n_therapists), sizes)
    strain = draws.bell((cell.n_therapists,))
    predictors = {
        name: standardised_scores(correlated(strain, PRACTICE[part][name].strain, draws))
        for name, part in PREDICTORS.items()
    }
    scores = growth_scores(
        list(curves(cell).values()), AGREEMENT, therapist, predictors, TIMES, draws
    )
    scores[draws.uniform(scores.shape) < FORM_LEFT_OUT] = np.nan
    scores[:, ~attended(scores[0], ATTENDANCE, draws)] = np.nan
    dyad = np.arange(cell.n_patients)
    parts = [
        pd.DataFrame(
            {"dyad": dyad, "therapist": therapist, "condition": None}
            | {"occasion": f"session_{session}"}
            | dict(zip(RATERS, scores[:, :, place], strict=True))
            | {name: values[therapist] for name, values in predictors.items()}
        )
        for place, session in enumerate(SESSIONS)
    ]
    return pd.concat(parts, ignore_index=True)


def drawn_design(cell: Cell, generator: np.random.Generator) -> GrowthDesign:
    """New scores, as the cell's model needs them."""
    no_categories = pd.DataFrame({"dyad": []})
    return growth_design(draw_measures(cell, generator), no_categories, growth_model(cell), {}, {})


def fitted_growth(
    cell: Cell, generator: np.random.Generator, variance_intervals: str = "wald"
) -> FittedGrowth:
    """The cell's model, fitted to new scores."""
    design, model = drawn_design(cell, generator), growth_model(cell)
    fit = fit_design(design, model)
    return FittedGrowth(MODEL, model, design, fit, {}, 0.95, variance_intervals)


def true_coefficients(cell: Cell) -> dict[str, float]:
    """True value of every coefficient by its column."""
    found = {}
    for outcome, curve in curves(cell).items():
        if outcome not in growth_model(cell).outcomes:
            continue
        found[column(outcome, "intercept")] = curve.level
        found[column(outcome, "time")] = curve.growth
        for name in growth_model(cell).predictors:
            found[column(outcome, name)] = curve.level_effects.get(name, 0.0)
            found[column(outcome, f"{name}_by_time")] = curve.growth_effects.get(name, 0.0)
    return found


def true_variances(cell: Cell) -> dict[str, float]:
    """True standard deviations, correlations and shares by the id of their statistic."""
    found = {}
    for outcome, curve in curves(cell).items():
        place = f"{MODEL}.{outcome}"
        found[f"{place}.therapist.intercept.random_sd"] = curve.therapist_sd
        found[f"{place}.patient.intercept.random_sd"] = curve.patient_sd
        found[f"{place}.patient.time.random_sd"] = curve.slope_sd
        found[f"{place}.patient.intercept_time.random_correlation"] = 0.0
        found[f"{place}.residual_sd"] = curve.residual_sd
        if cell.truth == "empty":
            parts = np.array([curve.therapist_sd, curve.patient_sd, curve.residual_sd]) ** 2
            found[f"{place}.therapist.icc"] = float(parts[0] / parts.sum())
            found[f"{place}.patient.icc"] = float(parts[1] / parts.sum())
    found[f"{MODEL}.therapist.intercept.rater_correlation"] = AGREEMENT.therapist
    found[f"{MODEL}.patient.intercept.rater_correlation"] = AGREEMENT.patient
    found[f"{MODEL}.patient.time.rater_correlation"] = AGREEMENT.slope
    found[f"{MODEL}.session.residual.rater_correlation"] = AGREEMENT.residual
    return found


def recovery(cell: Cell, generator: np.random.Generator, count: int) -> Outcomes:
    """Estimates and intervals of every parameter; of coefficients alone where they are all 0."""
    outcomes: Outcomes = {}
    for _ in range(count):
        fitted = fitted_growth(cell, generator)
        found = {
            "singular | fit": float(fitted.fit.singular),
            "not converged | fit": float(not fitted.fit.converged),
        }
        found |= dict(_coefficients(fitted, true_coefficients(cell)))
        if cell.truth != "no effects":
            found |= dict(_variances(fitted, true_variances(cell), "covers Wald"))
        _append(outcomes, found)
    return outcomes


def profiles(cell: Cell, generator: np.random.Generator, count: int) -> Outcomes:
    """Profile intervals of the variances."""
    outcomes: Outcomes = {}
    for _ in range(count):
        fitted = fitted_growth(cell, generator, "profile")
        _append(outcomes, dict(_variances(fitted, true_variances(cell), "covers profile")))
    return outcomes


def comparisons(cell: Cell, generator: np.random.Generator, count: int) -> Outcomes:
    """Likelihood-ratio tests of what is not there, as `comparison_rows` makes them."""
    outcomes: Outcomes = {}
    for _ in range(count):
        design, model = drawn_design(cell, generator), growth_model(cell)
        for name, smaller, larger in _nested_models(cell, design, model):
            p = likelihood_ratio(smaller, larger).p
            outcomes.setdefault(f"rejects | {name}", []).append(float(p < LEVEL))
    return outcomes


def _nested_models(
    cell: Cell, design: GrowthDesign, model: Growth
) -> Iterator[tuple[str, MixedModel, MixedModel]]:
    if cell.truth == "no effects":
        growth = [term for term in design.terms if term.base in ("intercept", "time")]
        mean, line, full = (
            fit_design(design, model, terms=terms, reml=False)
            for terms in (growth[:1], growth, None)
        )
        yield "growth", mean, line
        yield "predictors", line, full
    elif cell.truth == "no therapists":
        without = replace_random(model, patient=None, therapist="none")
        yield "therapists", fit_design(design, without), fit_design(design, model)
    else:
        without = replace_random(model, patient="intercept", therapist=None)
        yield "patient_slopes", fit_design(design, without), fit_design(design, model)


def shares(cell: Cell, generator: np.random.Generator, count: int) -> Outcomes:
    """Shares of explained variance with their intervals, by source.

    Their true values are those of the drawn patients: what the true coefficients and variances give
    for the sessions and predictors at hand.
    """
    outcomes: Outcomes = {}
    for number in range(count):
        fitted = replace(fitted_growth(cell, generator), seed=number)
        found: dict[str, float] = {}
        for outcome in fitted.design.outcomes:
            truth = true_shares(cell, fitted, outcome)
            for row in share_rows(fitted, outcome):
                source = str(row["level"])
                name, true = f"{outcome} {source}", truth[source]
                estimate, low, high = (_number(row.get(key)) for key in ENDS)
                found[f"error | {name}"] = estimate - true
                # A share of 0 is covered by a lower limit of 0, rounding errors apart.
                found[f"covers | {name}"] = float(low <= true + 1e-12 and true <= high)
                found[f"length | {name}"] = high - low
        _append(outcomes, found)
    return outcomes


ENDS = ("estimate", "ci_low", "ci_high")


def true_shares(cell: Cell, fitted: FittedGrowth, outcome: str) -> dict[str, float]:
    """The partition of the variance by the true values, of the design at hand."""
    own, curve = fitted.design.of(outcome), curves(cell)[outcome]
    names, true = own.columns(outcome), true_coefficients(cell)
    sds = {"patient": [curve.patient_sd, curve.slope_sd], "therapist": [curve.therapist_sd]}
    random = {}
    for level, values in sds.items():
        columns = random_columns(fitted.model, outcome, level)
        covariance = np.diag(np.square(values[: len(columns)]))
        random[level] = RandomPart(own.frame[columns].to_numpy(), covariance)
    predicted = own.frame[names].to_numpy() @ np.array([true[name] for name in names])
    return variance_partition(predicted, own.frame["dyad"], random, curve.residual_sd**2)


DESIGNS: dict[str, Callable[[Cell, np.random.Generator, int], Outcomes]] = {
    "recovery": recovery,
    "profiles": profiles,
    "comparisons": comparisons,
    "shares": shares,
}


def _coefficients(fitted: FittedGrowth, truth: dict[str, float]) -> Iterator[tuple[str, float]]:
    """Coefficients, rater contrasts and means over time, with both kinds of degrees of freedom."""
    adjusted = FixedEffectTests(fitted.fit, "kenward_roger")
    for name, estimate in zip(fitted.fit.coefficients, fitted.fit.estimates, strict=True):
        yield f"estimate | {name}", float(estimate)
    for label, weights in _contrasts(fitted):
        true = sum(weight * truth[name] for name, weight in weights.items())
        for method, tests in (("Satterthwaite", fitted.tests), ("Kenward-Roger", adjusted)):
            yield f"covers {method} | {label}", _covers(tests.contrast(weights), true)


def _contrasts(fitted: FittedGrowth) -> Iterator[tuple[str, dict[str, float]]]:
    design, scale = fitted.design, fitted.model.time
    for name in fitted.fit.coefficients:
        yield name, {name: 1.0}
    if len(design.outcomes) == 2:
        for term in design.terms:
            first, second = (column(outcome, term.name) for outcome in design.outcomes)
            yield f"contrast__{term.name}", {first: 1.0, second: -1.0}
    for outcome in design.outcomes:
        own = design.of(outcome).frame.groupby("dyad").first()
        for occasion, time in scale.occasions.items():
            [moved] = time_columns(np.array([time]), scale)["time"]
            weights = {}
            for term in design.terms:
                grows = term.slope or term.base == "time"
                base = "intercept" if term.base == "time" else term.base
                value = float(own[column(outcome, base)].mean()) * (moved if grows else 1.0)
                if value:
                    weights[column(outcome, term.name)] = value
            yield f"mean__{outcome}__{occasion}", weights


def _variances(
    fitted: FittedGrowth, truth: dict[str, float], covers: str
) -> Iterator[tuple[str, float]]:
    for row in variance_rows(fitted):
        name = str(row["id"])
        if name not in truth:
            continue
        estimate, low, high = (_number(row.get(key)) for key in ("estimate", "ci_low", "ci_high"))
        yield f"estimate | {name}", estimate
        inside = low <= truth[name] <= high
        yield f"{covers} | {name}", float(inside) if np.isfinite(low) else np.nan


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else np.nan


def _covers(test: CoefficientTest, truth: float) -> float:
    return float(test.ci_low <= truth <= test.ci_high)


def _append(outcomes: Outcomes, found: dict[str, float]) -> None:
    for name, value in found.items():
        outcomes.setdefault(name, []).append(value)
