"""From the design of a growth model to its fit, and the smaller models that it is compared with."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from attune.analyses.growth.declaration import Growth, Predictor
from attune.analyses.growth.design import SAME, UNIT_OF, GrowthDesign, column
from attune.analyses.growth.terms import Term
from attune.specs.errors import AnalysisError
from attune.stats.explained_variance import Share
from attune.stats.mixed_model_intervals import (
    ParameterInterval,
    profile_intervals,
    wald_intervals,
)
from attune.stats.mixed_model_tests import FixedEffectTests
from attune.stats.mixed_models import (
    MixedModel,
    RandomCovariance,
    RandomTerm,
    Residual,
    fit_mixed_model,
)
from attune.store.statistic_rows import Row, software, statistic_row

METHODS = {
    "satterthwaite": "Satterthwaite's degrees of freedom",
    "kenward_roger": "Kenward and Roger's standard errors and degrees of freedom",
}

LEVELS = ("patient", "therapist")
"""Levels that have random effects, the lowest first."""

GROUPS = {"patient": "dyad", "therapist": "therapist"}
"""Level -> the column of the design that names its groups."""


@dataclass(frozen=True)
class FittedGrowth:
    """One growth model of a study, fitted.

    Attributes
    ----------
    name : str
        Its id in the study.
    model : Growth
    design : GrowthDesign
    fit : MixedModel
    conditions : dict of str to str
        Code -> label of the treatment conditions; empty where the model has none.
    interval : float
        Coverage of all intervals.
    variance_intervals : {"wald", "profile"}
        How intervals of standard deviations and correlations are found.
    seed : int
        Start of the random numbers that intervals of shares are drawn with.
    """

    name: str
    model: Growth
    design: GrowthDesign
    fit: MixedModel
    conditions: Mapping[str, str]
    interval: float
    variance_intervals: str = "wald"
    seed: int = 2012

    def row(
        self, parts: Sequence[str], statistic: str, estimate: float | None, **columns: Any
    ) -> Row:
        """A row of the store about this model."""
        shared: dict[str, Any] = {
            "dataset": self.model.dataset,
            "n": len(self.design.frame),
            "software": software("attune", "scipy"),
            "method": self.method,
        }
        return statistic_row(self.name, parts, statistic, estimate, **(shared | columns))

    @cached_property
    def residual_sds(self) -> dict[tuple[str, str], float]:
        """Residual standard deviations by outcome and occasion."""
        return {
            (outcome, occasion): sd
            for outcome in self.design.outcomes
            for occasion, sd in residual_sds(self.fit, self.model, self.design, outcome).items()
        }

    @property
    def method(self) -> str:
        """How the model was fitted, in words."""
        likelihood = "restricted maximum likelihood" if self.fit.reml else "maximum likelihood"
        return f"Linear mixed model, {likelihood}, {METHODS[self.model.df]}"

    @cached_property
    def tests(self) -> FixedEffectTests:
        """Tests of the coefficients, with the degrees of freedom that the plan declares."""
        return FixedEffectTests(self.fit, self.model.df)

    @cached_property
    def parameter_intervals(self) -> dict[tuple[str, ...], ParameterInterval]:
        """Intervals of the variance parameters by kind, group and sorted names."""
        if self.variance_intervals == "profile":
            found = profile_intervals(self.fit, self.interval)
        else:
            covariance, _ = self.tests.variance_parameters
            found = wald_intervals(self.fit, self.interval, covariance)
        return {(one.kind, one.group, *sorted(one.names)): one for one in found}

    def limits_of(self, kind: str, level: str, *names: str) -> dict[str, Any]:
        """Columns with the limits of a variance parameter; empty where it has none."""
        found = self.parameter_intervals.get((kind, GROUPS.get(level, ""), *sorted(names)))
        if found is None or not (np.isfinite(found.low) and np.isfinite(found.high)):
            return {}
        how = "profile of the likelihood" if self.variance_intervals == "profile" else "Wald"
        return {
            "ci_low": found.low,
            "ci_high": found.high,
            "ci_level": self.interval,
            "method": f"{self.method}; interval by {how}",
        }

    def share_limits(self, share: Share) -> dict[str, Any]:
        """Columns with the limits of a share of variance; empty where it has none."""
        if not np.isfinite(share.ci_low):
            return {}
        return {"ci_low": share.ci_low, "ci_high": share.ci_high, "ci_level": self.interval}

    def n_of(self, outcome: str) -> int:
        """Ratings of one outcome."""
        return int((self.design.frame["outcome"] == outcome).sum())


def covariance_of(fitted: FittedGrowth, level: str) -> RandomCovariance | None:
    """Covariance of the random effects of a level; None where the model has none."""
    for one in fitted.fit.random_covariances:
        if one.groups == (GROUPS[level],):
            return one
    return None


def residual_sds(
    fit: MixedModel, model: Growth, design: GrowthDesign, outcome: str
) -> dict[str, float]:
    """Residual standard deviation of an outcome at each of its occasions."""
    own = design.frame.loc[design.frame["outcome"] == outcome, "occasion"]
    return {
        occasion: fit.residual_sd
        * fit.residual_parameters.get(residual_ratio(fit, outcome, occasion), 1.0)
        for occasion in model.time.occasions
        if (own == occasion).any()
    }


def residual_ratio(fit: MixedModel, outcome: str, occasion: str) -> str:
    """The residual parameter by which a standard deviation differs from that of the first stratum.

    The model may have no parameter of this name: the first stratum has none, nor have equal
    variances.
    """
    strata = {"outcome": outcome, "occasion": occasion, "stratum": f"{outcome} {occasion}"}
    return f"sd_ratio[{strata.get(fit.residual.variance_by or '', '')}]"


def random_columns(model: Growth, outcome: str, level: str) -> list[str]:
    """Design columns whose coefficients vary between the groups of a level."""
    declared = getattr(model.random, level)
    if declared == "none":
        return []
    names = ["intercept"]
    if declared == "slope":
        # A random curvature needs more occasions than studies have.
        names += [name for name in model.time.terms if name != "time_squared"]
    return [column(outcome, name) for name in names]


def random_terms(model: Growth, outcomes: Sequence[str]) -> list[RandomTerm]:
    """Random effects of patients and therapists; those of two raters are correlated."""
    terms = []
    for level in LEVELS:
        columns = [one for outcome in outcomes for one in random_columns(model, outcome, level)]
        if columns:
            terms.append(RandomTerm((GROUPS[level],), " + ".join(["0", *columns])))
    return terms


def residual_of(model: Growth, outcomes: Sequence[str]) -> Residual:
    """Covariance of the residuals of a patient.

    Two raters have a variance each, and the residuals of one session are correlated; where the
    residuals of neighbouring sessions are, those of the two raters are not.
    """
    structure = {"continuous_ar1": "car1"}.get(model.residual, model.residual)
    by = "outcome" if len(outcomes) > 1 else None
    if model.residual_variances == "by_occasion":
        by = "stratum" if by else "occasion"
    if structure != "independent":
        return Residual(structure, ("dyad", "outcome"), "time", by)  # type: ignore[arg-type]
    if len(outcomes) > 1:
        return Residual("unstructured", ("session",), "outcome", by)
    return Residual(variance_by=by)


def fit_design(
    design: GrowthDesign,
    model: Growth,
    *,
    terms: Sequence[Term] | None = None,
    reml: bool | None = None,
) -> MixedModel:
    """Fit a growth model, or one with fewer terms.

    Raises
    ------
    AnalysisError
        With every reason why the ratings cannot carry the model (see `why_no_growth`).
    """
    problems = why_no_growth(design, model)
    if problems:
        raise AnalysisError("The growth model cannot be estimated.", problems)
    columns = [one for outcome in design.outcomes for one in design.columns(outcome, terms)]
    frame = design.frame.assign(
        stratum=design.frame["outcome"].astype(str) + " " + design.frame["occasion"].astype(str)
    )
    try:
        return fit_mixed_model(
            frame,
            " + ".join(["score ~ 0", *columns]),
            random_terms(model, design.outcomes),
            residual=residual_of(model, design.outcomes),
            reml=model.method == "reml" if reml is None else reml,
        )
    except AnalysisError as error:
        # Columns are called outcome__term; a reader of the reason knows the terms.
        named = [
            re.sub(r"\b(\w+?)__(\w+)", r"\2 (\1)", one) for one in (error.heading, *error.problems)
        ]
        raise AnalysisError(named[0], named[1:]) from error


def why_no_growth(design: GrowthDesign, model: Growth) -> list[str]:
    """Why the ratings cannot carry a growth model, and what to do; empty where they can."""
    problems = []
    for outcome in design.outcomes:
        own = design.of(outcome)
        occasions = own.frame["occasion"].nunique()
        needed = len(model.time.terms) + 1
        if not len(own.frame):
            return [f"{outcome} has no rating at any occasion with all predictors."]
        if occasions < needed:
            problems.append(
                f"growth of the shape {model.time.shape} needs ratings of {outcome} at {needed}"
                f" occasions, found {occasions}"
            )
        problems += _few_groups(own, model, outcome)
        problems += _constant_predictors(own, model, outcome)
    return problems


def _constant_predictors(own: GrowthDesign, model: Growth, outcome: str) -> list[str]:
    """Predictors that are the same for all ratings, or never differ at their declared level."""
    problems = []
    for name in dict.fromkeys(term.base for term in own.terms):
        if name in ("intercept", *model.time.terms):
            continue
        terms = [term for term in own.terms if term.base == name and not term.slope]
        values = {term: own.frame[column(outcome, term.name)] for term in terms}
        constant = [term.name for term in terms if np.ptp(values[term].to_numpy()) < 1e-12]
        wrong_level = ""
        if name in model.predictors and len(constant) < len(terms):
            lower = [values[term] for term in terms if term.part != "between"]
            wrong_level = _at_too_low_a_level(own, model.predictors[name], name, lower)
        problems += (
            [wrong_level]
            if wrong_level
            else [
                f"the predictor {term} is the same for all ratings of {outcome}; remove it"
                for term in constant
            ]
        )
    return problems


def _at_too_low_a_level(
    own: GrowthDesign, predictor: Predictor, name: str, values: Sequence[pd.Series]
) -> str:
    """What is wrong with a predictor that differs between groups alone; "" if nothing is.

    An unsplit predictor of patients may do so: with few therapists of several patients, chance is
    enough, and its coefficient means the same.
    """
    level = predictor.level
    if level == "therapist" or (level == "patient" and not predictor.is_split):
        return ""
    groups = own.frame[UNIT_OF[level]]
    if groups.value_counts().max() < 2:
        return ""
    for one in values:
        spread = one.groupby(groups).max() - one.groupby(groups).min()
        if spread.max() > SAME * max(1.0, float(one.abs().max())):
            return ""
    above = {"session": "patient", "patient": "therapist"}[level]
    what = f"the measure {predictor.measure!r}"
    if predictor.variable is not None:
        what = f"the category {predictor.variable!r} of the sample sheet"
    remedy = f"declare `level: {above}`"
    if predictor.split:
        remedy += " without `split`"
    if predictor.measure is not None and level == "session":
        remedy = f"give the measure the `occasion` that it belongs to, and {remedy}"
    return (
        f"the predictor {name} is declared with `level: {level}`, but {what} does not vary within"
        f" {above}s; {remedy}"
    )


def _few_groups(own: GrowthDesign, model: Growth, outcome: str) -> list[str]:
    patients, therapists, n = own.count("dyad"), own.count("therapist"), len(own.frame)
    if patients < 2:
        return [f"a growth model needs two or more patients with {outcome}, found {patients}"]
    if patients == n:
        return [
            f"every patient has one rating of {outcome}: neither growth nor differences between"
            " patients can be told from the residual"
        ]
    effects = patients * len(random_columns(model, outcome, "patient"))
    problems = []
    if n <= effects:
        problems.append(
            f"{outcome} has {n} ratings for {effects} random effects of patients; write"
            " `random: {patient: intercept}`"
        )
    if model.random.therapist == "none":
        return problems
    if therapists < 2:
        problems.append(
            f"differences between therapists need two or more of them, found {therapists}; write"
            " `random: {therapist: none}`"
        )
    elif therapists == patients:
        problems.append(
            "every therapist has one patient, so that therapists cannot be told from patients;"
            " write `random: {therapist: none}`"
        )
    return problems
