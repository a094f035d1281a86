"""Terms and sources of variance of growth models, as they are printed."""

from collections.abc import Mapping, Sequence

from attune.analyses.growth.declaration import Growth
from attune.analyses.growth.terms import Term, level_parts, model_terms
from attune.printing.context import occasion_words
from attune.printing.wording import in_words
from attune.specs.cohort import Cohort
from attune.specs.study import Study

TIME_LABELS = {
    "linear": {"time": "Time ({unit})"},
    "log": {"time": "Time (logarithm of {unit})"},
    "quadratic": {"time": "Time ({unit})", "time_squared": "Time squared"},
    "piecewise": {
        "time": "Time before {turn} ({unit})",
        "time_after": "Time after {turn} ({unit})",
    },
}
"""Shape of growth -> label of each of its terms."""

SLOPE_WORDS = {
    "linear": {"time": "growth"},
    "log": {"time": "growth"},
    "quadratic": {"time": "linear growth", "time_squared": "curvature of growth"},
    "piecewise": {"time": "growth before {turn}", "time_after": "growth after {turn}"},
}
"""Shape of growth -> what a term of time is, as it reads in a sentence."""

SPLIT_LABELS = {
    "session": {"within": "{label}, within patients", "between": "{label}, between patients"},
    "patient": {"within": "{label}, within therapists", "between": "{label}, between therapists"},
}
"""Level of a predictor that is split -> label of each part."""

SOURCES = {
    "within": "Predictors and time, within patients",
    "between": "Predictors, between patients",
    "slopes": "Differences in growth",
    "therapist": "Differences between therapists",
    "patient": "Differences between patients",
    "residual": "Residual",
}
"""Source of variance -> label."""

COMPONENTS = {
    "intercept": "level",
    "time": "growth",
    "time_after": "growth after the turn",
}
"""What varies between patients or therapists -> word."""

COMPARISONS = {
    "growth": "Growth over time, against none",
    "predictors": "Predictors, against growth alone",
    "patient_slopes": "Growth that differs between patients, against the same growth for all",
    "therapists": "Differences between therapists, against none",
}
"""Comparison of models -> label."""

OF_RANDOM_EFFECTS = frozenset({"patient_slopes", "therapists"})
"""Those of `COMPARISONS` that add variances."""


def terms_of(model: Growth, cohort: Cohort) -> tuple[Term, ...]:
    """The terms of a growth model in a cohort."""
    conditions = cohort.sample.conditions() if model.condition else {}
    return model_terms(
        model, conditions, {name: one.levels for name, one in cohort.sample.variables.items()}
    )


def term_label(term: Term, model: Growth, study: Study, cohort: Cohort) -> str:
    """A term in words, as in the first column of a table."""
    base = base_label(term, model, study, cohort)
    if not term.slope:
        return base
    time = _time_label(term.slope, model).partition(" (")[0]
    return f"{base} × {time[0].lower()}{time[1:]}"


def base_label(term: Term, model: Growth, study: Study, cohort: Cohort) -> str:
    """What a term is about, without its interaction with time."""
    if term.base == "intercept":
        return "Intercept"
    if term.base in model.time.terms:
        return _time_label(term.base, model)
    if levels := levels_of(term, model, cohort):
        variable, level, reference = levels
        return (
            f"{variable}: {level} against {reference}"
            if variable
            else f"{level} against {reference}"
        )
    predictor = model.predictors[term.base]
    label = study.measures[str(predictor.measure)].label
    if predictor.is_split:
        return SPLIT_LABELS[predictor.level][term.part].format(label=label)
    return label


def _time_label(name: str, model: Growth) -> str:
    template = TIME_LABELS[model.time.shape][name]
    return template.format(unit=model.time.unit, turn=_turn(model))


def slope_words(name: str, model: Growth) -> str:
    """What a term of time is, as it reads in a sentence."""
    return SLOPE_WORDS[model.time.shape][name].format(turn=_turn(model))


def span_words(name: str, model: Growth) -> str:
    """When a term of time is about growth, as it reads in a sentence; else the whole time."""
    if model.time.shape == "piecewise" and name in model.time.terms:
        return f"{'until' if name == 'time' else 'after'} {_turn(model)}"
    first, *_, last = sorted(model.time.occasions, key=model.time.occasions.__getitem__)
    return f"from {occasion_words(first)} to {occasion_words(last)}"


def _turn(model: Growth) -> str:
    """The time at which a piecewise slope may change: its occasion, if it has one."""
    for occasion, time in model.time.occasions.items():
        if time == model.time.knot:
            return occasion_words(occasion)
    return "the turn"


def levels_of(term: Term, model: Growth, cohort: Cohort) -> tuple[str, str, str] | None:
    """Variable of a category, the level that a term is about, and the one it is compared with.

    The treatment condition is not named as a variable ("").
    """
    if term.base == "condition":
        levels, name = [*cohort.sample.conditions().values()], ""
    elif term.base in model.predictors and (key := model.predictors[term.base].variable):
        variable = cohort.sample.variables[key]
        levels = [*variable.levels.values()]
        name = "" if key == cohort.sample.condition else variable.label
    else:
        return None
    return name, levels[level_parts(levels).index(term.part) + 1], levels[0]


def origin_of(model: Growth) -> str:
    """The occasion at which levels are compared; "" for another time."""
    times = model.time.occasions.items()
    return next((occasion for occasion, time in times if time == model.time.origin), "")


def is_chance(term: Term, model: Growth, study: Study) -> bool:
    """Whether a term is the difference of randomised groups at baseline, which is not tested."""
    at_baseline = origin_of(model) in study.randomised_baselines()
    return term.base == "condition" and not term.slope and at_baseline


FEW_THERAPISTS = 20
"""Therapists below which a study is taken as like the smaller simulated design."""

DESIGNS = {"few": (12, 60), "many": (70, 255)}
"""Simulated designs of docs/growth.md: therapists and patients."""

SLOPES: Mapping[str, Mapping[str, tuple[float, ...]]] = {
    "Wald": {"few": (0.928, 0.952), "many": (0.924, 0.934)},
    "profile": {"few": (0.866,), "many": (0.956,)},
}
"""Kind of interval -> coverage of the standard deviation of patients' slopes, for two raters in one
model and for one (profile: one); docs/growth.md, to which tests hold it."""

PREDICTORS = {"few": (0.922, 0.878, 0.881, 0.871), "many": (0.938, 0.938, 0.925, 0.915)}
"""Coverage of the shares of predictors within and between patients, for one rater and for two, from
the same page."""


def coverage_remark(n_therapists: float, slopes: str) -> str:
    """What the simulation says about intervals of variances, in words.

    Parameters
    ----------
    n_therapists : float
        Of the study.
    slopes : str
        Kind of the intervals of the patients' slopes; "" where slopes do not vary.

    Examples
    --------
    >>> "slopes in eighty-seven percent, and shares" in coverage_remark(14, "profile")
    True
    """
    design = "few" if n_therapists < FEW_THERAPISTS else "many"
    covered = f"shares of predictors in {_range(PREDICTORS[design])} percent"
    if slopes:
        rates = _range(SLOPES[slopes][design])
        covered = f"the standard deviation of patients' slopes in {rates} percent, and {covered}"
    therapists = in_words(DESIGNS[design][0], "therapist", "therapists")
    return (
        f"In simulated studies with {therapists} (docs/growth.md), intervals meant to cover"
        f" ninety-five percent covered {covered}."
    )


def _range(rates: Sequence[float]) -> str:
    """From the lowest to the highest percentage, in words."""
    percents = sorted({round(100 * rate) for rate in rates})
    words = [in_words(percent, "", "").strip() for percent in percents]
    return words[0] if len(words) == 1 else f"{words[0]} to {words[-1]}"
