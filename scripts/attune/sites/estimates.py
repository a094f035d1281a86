"""What moments answer of a study: the estimates of its analyses, by the ids of its statistics."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from attune.analyses.conditions.declaration import declared_comparisons
from attune.analyses.correlations.declaration import families
from attune.sites.moment_set import MomentSet
from attune.sites.site_plan import SitePlan, moment_set
from attune.specs.study import Study
from attune.stats.hypothesis_tests import CorrelationTest, MeanDifferenceTest, correlation_test
from attune.stats.moment_tests import (
    correlation_of_moments,
    difference_test,
    grouped,
    regression_of_moments,
    residual_gain_correlation,
)
from attune.stats.moments import Moments, merge_moments
from attune.stats.regression import CoefficientTest

Lookup = Callable[[tuple[str, ...], str], Moments | None]
"""Moments of measures (in the given order) in a condition; None where a site has none."""


@dataclass(frozen=True)
class Estimate:
    """One estimate with its precision; what does not apply is None.

    Attributes
    ----------
    estimate : float
    n : int
        Dyads.
    se, df, p, ci_low, ci_high : float or None
    scale : {"r", "normal", ""}
        How sites are pooled in two stages: as Fisher's z, as it is, or not at all.
    held : int
        Variables that a correlation holds constant, sites not counted.
    """

    estimate: float
    n: int
    se: float | None = None
    df: float | None = None
    p: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    scale: str = ""
    held: int = 0


@dataclass(frozen=True)
class Question:
    """One question of a study, which moments answer.

    Attributes
    ----------
    name : str
        Ids of its statistics without the last part.
    parts : callable
        The moments that it needs of one site; None where the site lacks some.
    answers : callable
        Estimates by the last part of their ids, from the moments of one site or of several
        together, and the coverage of the intervals.
    needs : tuple of MomentSet
        The sets of which `parts` reads moments.
    """

    name: str
    parts: Callable[[Lookup], tuple[Moments, ...] | None]
    answers: Callable[[tuple[Moments, ...], float], dict[str, Estimate]]
    needs: tuple[MomentSet, ...]


def lookup_of(moments: Mapping[MomentSet, Moments], study: Study, plan: SitePlan) -> Lookup:
    """Look up moments by measures in any order.

    Where rows are listwise, they are part of the moments of all measures; those of all dyads are
    those of both conditions together.
    """

    def find(measures: tuple[str, ...], condition: str) -> Moments | None:
        own = [moment_set(study, measures, condition)]
        if plan.rows == "listwise":
            codes = list(plan.conditions) if plan.conditions and not condition else [condition]
            own = [MomentSet(plan.measures, code) for code in codes]
        found = [moments[one] for one in own if one in moments]
        if len(found) < len(own):
            return None
        places = [own[0].measures.index(name) for name in measures]
        return merge_moments(found).of(places)

    return find


def questions(study: Study, plan: SitePlan) -> Iterator[Question]:
    """Everything that moments answer of a study.

    Parameters
    ----------
    study : Study
    plan : SitePlan
    """
    changes = {name: (one.pretest, one.posttest) for name, one in study.outcomes.items()}
    for name in plan.measures:
        yield _question(study, f"sample.{name}", [(name,)], _description)
    for name, change in changes.items():
        if set(change) <= set(plan.measures):
            yield _question(study, f"gains.{name}.available", [change], _gain_regression)
    for name, family in families(study).items():
        if name in plan.left_out:
            continue
        for x, y in family.pairs():
            if y in changes:
                sets = [changes[y], (x, *changes[y])]
                yield _question(study, f"{name}.{x}.{y}", sets, _association_with_change)
            else:
                yield _question(study, f"{name}.{x}.{y}", [(x, y)], _association)
    for name, comparison in declared_comparisons(study).items():
        if name in plan.left_out or len(plan.conditions) != 2:
            continue
        for measure in comparison.measures:
            codes = tuple(comparison.ordered(plan.conditions))
            of_measure = changes.get(measure, (measure,))
            yield _comparison(study, codes, f"{name}.{measure}", of_measure)


def _question(
    study: Study,
    name: str,
    sets: list[tuple[str, ...]],
    answers: Callable[[tuple[Moments, ...], float], dict[str, Estimate]],
) -> Question:
    def parts(find: Lookup) -> tuple[Moments, ...] | None:
        found = [find(measures, "") for measures in sets]
        return None if None in found else tuple(one for one in found if one is not None)

    return Question(name, parts, answers, tuple(moment_set(study, one) for one in sets))


def _comparison(
    study: Study, codes: tuple[str, ...], name: str, measures: tuple[str, ...]
) -> Question:
    """Two conditions: in a measure, or in the posttest at the same pretest."""

    def parts(find: Lookup) -> tuple[Moments, ...] | None:
        first, second = (find(measures, code) for code in codes)
        return None if first is None or second is None else (grouped(first, second),)

    def answers(found: tuple[Moments, ...], interval: float) -> dict[str, Estimate]:
        # Pretest and posttest, or the one measure, and last the dummy variable of the condition.
        last = len(measures)
        predictors = [*range(last - 1), last]
        fit = regression_of_moments(found[0], last - 1, predictors, interval)
        own = _of_difference(difference_test(fit))
        if last == 2:
            return {"adjusted_difference": own}
        d = own.estimate / fit.residual_sd if fit.residual_sd else np.nan
        correction = 1 - 3 / (4 * (fit.df + 2) - 9)
        return {
            "mean_difference": own,
            "cohen_d": Estimate(float(d), own.n),
            "hedges_g": Estimate(float(d * correction), own.n),
        }

    needs = tuple(moment_set(study, measures, code) for code in codes)
    return Question(name, parts, answers, needs)


def _description(found: tuple[Moments, ...], interval: float) -> dict[str, Estimate]:
    [moments] = found
    mean = {"mean": Estimate(float(moments.mean[0]), moments.n)} if moments.groups == 1 else {}
    return mean | {"sd": Estimate(float(moments.sd[0]), moments.n)}


def _gain_regression(found: tuple[Moments, ...], interval: float) -> dict[str, Estimate]:
    fit = regression_of_moments(found[0], 1, [0], interval)
    answers = {"slope": _of_coefficient(fit.slopes[0], fit.n)}
    if fit.intercept is not None:
        answers["intercept"] = _of_coefficient(fit.intercept, fit.n)
    return answers | {"r_squared": Estimate(fit.r_squared, fit.n)}


def _association(found: tuple[Moments, ...], interval: float) -> dict[str, Estimate]:
    return {"pearson_r": _of_correlation(correlation_of_moments(found[0], interval=interval))}


def _association_with_change(found: tuple[Moments, ...], interval: float) -> dict[str, Estimate]:
    """The correlation with the residual gain, and the analysis of covariance."""
    change, all_three = found
    slope = regression_of_moments(change, 1, [0], interval).slopes[0].estimate
    gain = residual_gain_correlation(all_three, slope, interval)
    fit = regression_of_moments(all_three, 2, [1, 0], interval)
    x = fit.slopes[1]
    partial = float(x.t / np.sqrt(x.t**2 + fit.df))
    tested = correlation_test(partial, fit.n, all_three.groups, interval)
    return {
        "pearson_r": _of_correlation(gain),
        "ancova_r": _of_correlation(tested, held=1),
        "ancova_slope": _of_coefficient(x, fit.n),
    }


def _of_correlation(test: CorrelationTest, held: int = 0) -> Estimate:
    limits = (test.ci_low, test.ci_high)
    return Estimate(test.r, test.n, test.se, test.df, test.p_two_tailed, *limits, "r", held)


def _of_coefficient(test: CoefficientTest, n: int) -> Estimate:
    limits = (test.ci_low, test.ci_high)
    return Estimate(test.estimate, n, test.se, test.df, test.p_two_tailed, *limits, "normal")


def _of_difference(test: MeanDifferenceTest) -> Estimate:
    limits = (test.ci_low, test.ci_high)
    return Estimate(test.difference, test.n, test.se, test.df, test.p_two_tailed, *limits, "normal")
