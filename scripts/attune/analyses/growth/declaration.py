"""Declaration of the growth models: the section `growth` of a study, tables and figures."""

from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from attune.analyses.analysis import Analysis, CountOf, FigureKind, TableKind
from attune.specs.closed_model import ClosedModel
from attune.specs.cohort import Cohort
from attune.specs.instrument import Identifier
from attune.specs.study import DeclaredAnalysis, Figure, Study, Table

Level = Literal["session", "patient", "therapist"]

TIME_TERMS = {
    "linear": ("time",),
    "log": ("time",),
    "quadratic": ("time", "time_squared"),
    "piecewise": ("time", "time_after"),
}
"""Shape of growth -> its terms. piecewise: the slope before the knot, and after it."""


class TimeScale(ClosedModel):
    """When the occasions were, and the shape of growth between them."""

    occasions: dict[Identifier, float] = Field(min_length=2)
    """Occasion of the study -> its time, such as the number of the session, in ascending order."""
    unit: str
    """What the times count, in the plural: sessions, months."""
    shape: Literal["linear", "log", "quadratic", "piecewise"] = "linear"
    """log: the natural logarithm of the time, for change that slows down."""
    origin: float = 0.0
    """The time at which intercepts and differences in level are taken. With log, the time whose
    logarithm is subtracted."""
    knot: float | None = None
    """piecewise: the time at which the slope may change."""

    @model_validator(mode="after")
    def _times_fit(self) -> "TimeScale":
        times = list(self.occasions.values())
        problems = []
        if any(later <= earlier for earlier, later in pairwise(times)):
            problems.append(f"times must ascend in the order of the occasions, found {times}")
        if self.shape == "log" and min(times[0], self.origin) <= 0:
            problems.append(
                "shape log needs times and an origin above 0, found"
                f" {min(times[0], self.origin):g}; count the first occasion as 1, or set origin"
            )
        if (self.shape == "piecewise") != (self.knot is not None):
            problems.append("shape piecewise, and no other, needs the key 'knot'")
        elif self.knot is not None and not times[0] < self.knot < times[-1]:
            problems.append(
                f"knot must lie between the first and the last time, found {self.knot:g}"
            )
        needed = len(TIME_TERMS[self.shape]) + 1
        if len(times) < needed:
            problems.append(
                f"shape {self.shape} needs {needed} or more occasions, found {len(times)}"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the terms of time in the model."""
        return TIME_TERMS[self.shape]


class Predictor(ClosedModel):
    """A predictor of level and growth."""

    measure: Identifier | None = None
    """A measure of the study; one without an occasion changes from session to session."""
    variable: Identifier | None = None
    """A category of the sample sheet, instead of a measure."""
    level: Level
    """What has one value each: a session, a patient (dyad) or a therapist. A predictor of
    therapists must be the same for all patients of a therapist."""
    split: bool | None = None
    """Whether it enters as two terms: the mean of the group one level up (between), and the
    deviation from it (within). Default: yes for sessions, no for patients; therapists have none."""
    growth: bool = True
    """Whether it predicts the slope of time too, and not the level alone."""
    centre: bool = True
    """Whether its mean is subtracted: over therapists, patients or sessions, by its level."""

    @model_validator(mode="after")
    def _consistent(self) -> "Predictor":
        if (self.measure is None) == (self.variable is None):
            raise ValueError("needs either a measure or a variable")
        if self.variable is not None and self.split:
            raise ValueError("a category cannot be split into within and between; remove 'split'")
        if self.level == "therapist" and self.split:
            raise ValueError("a predictor of therapists has no level above it; remove 'split'")
        return self

    @property
    def is_split(self) -> bool:
        """Whether it enters as a within and a between term."""
        if self.split is not None:
            return self.split
        return self.level == "session" and self.measure is not None


class RandomEffects(ClosedModel):
    """What varies between therapists and between patients."""

    patient: Literal["intercept", "slope"] = "slope"
    """slope: level and growth vary between patients, and may go together."""
    therapist: Literal["none", "intercept", "slope"] = "intercept"


class Growth(DeclaredAnalysis):
    """A growth model of one outcome, or of the same outcome by two raters in one model."""

    TERMS: ClassVar = {"outcomes": "measures by occasion", "predictor_measures": "any measures"}

    outcomes: list[Identifier] = Field(min_length=1, max_length=2)
    """One measure, or two that two raters gave of the same sessions; without an occasion."""
    time: TimeScale
    random: RandomEffects = RandomEffects()
    residual: Literal["independent", "ar1", "continuous_ar1"] = "independent"
    """Residuals of a patient over the occasions. continuous_ar1: correlated the more, the closer
    two occasions are; ar1: by their order alone."""
    residual_variances: Literal["equal", "by_occasion"] = "equal"
    """Two raters have a residual variance each in either case."""
    condition: bool = False
    """Whether level and growth depend on the treatment condition."""
    predictors: dict[Identifier, Predictor] = {}
    method: Literal["reml", "ml"] = "reml"
    """Of the coefficients and variances; models with different coefficients are compared by ml."""
    df: Literal["satterthwaite", "kenward_roger"] = "satterthwaite"
    """Degrees of freedom of t and F."""
    minimum_patients: int = Field(default=1, ge=1)
    """Therapists with fewer patients are left out; 1 keeps all, which the models can do."""

    @model_validator(mode="after")
    def _names_are_free(self) -> "Growth":
        taken = {"intercept", "condition", *self.time.terms}
        wrong = sorted(taken & set(self.predictors))
        if wrong:
            raise ValueError(f"predictors: {wrong} are names of terms of every model; rename them")
        clashing = [
            f"{key}_{part}"
            for key, one in self.predictors.items()
            for part in ("within", "between", *(f"by_{term}" for term in self.time.terms))
            if f"{key}_{part}" in self.predictors
        ]
        if clashing:
            raise ValueError(f"predictors: {clashing} are terms of other predictors; rename them")
        if len(set(self.outcomes)) < len(self.outcomes):
            raise ValueError("outcomes names a measure twice")
        return self

    @property
    def predictor_measures(self) -> list[str]:
        """Measures that are predictors."""
        return [one.measure for one in self.predictors.values() if one.measure]

    def terms(self) -> list[list[str]]:
        """Ids begin with the analysis and an outcome, or a term of the model; see `KINDS`."""
        return []


class GrowthSections(ClosedModel):
    """What the growth models add to a study file."""

    growth: dict[Identifier, Growth] = {}


def growth_models(study: Study) -> dict[str, Growth]:
    """The growth models that a study declares, by id."""
    return study.growth if isinstance(study, GrowthSections) else {}


def plan_problems(study: Study, cohort: Cohort) -> Iterator[str]:
    """What growth models ask of a cohort that it does not have."""
    for name, model in growth_models(study).items():
        place = f"growth.{name}"
        unknown = [occasion for occasion in model.time.occasions if occasion not in study.occasions]
        if unknown:
            yield (
                f"{place}.time.occasions: {unknown} are not among the study's occasions:"
                f" {study.occasions}"
            )
        if model.condition and cohort.sample.condition is None:
            yield f"{place}.condition: the cohort declares no sample.condition"
        has_therapists = cohort.sample.therapist is not None
        if model.random.therapist != "none" and not has_therapists:
            yield (
                f"{place}.random.therapist: the cohort records no therapist; write"
                " `random: {therapist: none}`"
            )
        for key, predictor in model.predictors.items():
            if predictor.level == "therapist" and not has_therapists:
                yield f"{place}.predictors.{key}: the cohort records no therapist"
            yield from _predictor_problems(f"{place}.predictors.{key}", predictor, study, cohort)


def _predictor_problems(
    place: str, predictor: Predictor, study: Study, cohort: Cohort
) -> Iterator[str]:
    if predictor.variable is not None:
        declared = cohort.sample.variables.get(predictor.variable)
        if declared is None or declared.kind != "category":
            yield f"{place}.variable: {predictor.variable!r} is not a category of sample.variables"
        return
    changes = predictor.measure in study.measures_by_occasion()
    if changes != (predictor.level == "session"):
        yield (
            f"{place}: {predictor.measure!r} has one value per"
            f" {'occasion; its level is session' if changes else 'dyad; its level is no session'}"
        )


def outcomes_of(table: Table, study: Study, cohort: Cohort) -> list[str]:
    """Outcomes of the growth models that a table names."""
    declared = growth_models(study)
    return [outcome for name in table.analyses for outcome in declared[name].outcomes]


LINES = {
    "linear": "because the line is straight",
    "log": "because the line follows a logarithm",
    "quadratic": "because the line is a parabola",
    "piecewise": "because the line is straight up to and after its turn",
}
"""Shape of growth -> why the means of the occasions need not lie on its line."""


def _why_points_differ(figure: Figure, study: Study, count_of: CountOf) -> str:
    models = growth_models(study)
    shown = [models[name] for name in figure.analyses or models if name in models]
    reasons = ["because patients were lost", *(LINES[model.time.shape] for model in shown)]
    if any(model.predictors for model in shown):
        reasons.append("because it is adjusted for predictors")
    *others, last = [*dict.fromkeys(reasons), "by chance"]
    return (
        "Points are means of the ratings at hand, which can differ from the lines"
        f" {', '.join(others)}, or {last}."
    )


_KIND = TableKind(section="growth", printable=outcomes_of, interval="fit_growth.interval")

ANALYSIS = Analysis(
    name="growth",
    title="Growth models",
    place=55,
    rule="fit_growth",
    sections=GrowthSections,
    plan_problems=plan_problems,
    asked_for=lambda study: bool(growth_models(study)),
    not_asked_for="the plan has no growth model",
    tables=dict.fromkeys(
        (
            "growth_coefficients",
            "growth_variances",
            "growth_comparisons",
            "growth_occasions",
            "growth_sensitivity",
        ),
        _KIND,
    ),
    figures={
        "trajectories": FigureKind(
            remark="Lines are the means that the model predicts, with their {interval} bands.",
            interval="fit_growth.interval",
            further=_why_points_differ,
        ),
        "therapist_effects": FigureKind(
            remark="Each point is one therapist, in ascending order: the deviation from the average"
            " therapist, drawn towards it the more, the fewer patients there are, with its"
            " {interval} interval. Codes are hashes, the same in every panel; therapists with few"
            " patients have none.",
            interval="fit_growth.interval",
        ),
    },
)
