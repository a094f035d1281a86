"""Outcome scores: pretests drawn, posttests such that residual gains correlate as printed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune.calibration.alliance import meeting, standardised
from attune.calibration.draws import Draws, Integers, Reals
from attune.calibration.mindfulness import SUBSCALES
from attune.calibration.moments import centred_products
from attune.calibration.roundings import Sums, rounded_scores, unit_vector
from attune.calibration.search import Aim


@dataclass(frozen=True)
class OutcomePlan:
    """What an outcome questionnaire should look like, in sums of all its items.

    Attributes
    ----------
    name : str
        Prefix of its measures: scl or iip.
    n_items, highest : int
        Items, and the highest code of an item; the lowest is 0.
    pretest, posttest : tuple of float
        Mean and standard deviation of the sum.
    stability : float
        Correlation of pretest and posttest.
    """

    name: str
    n_items: int
    highest: int
    pretest: tuple[float, float]
    posttest: tuple[float, float]
    stability: float


SYMPTOMS = OutcomePlan("scl", 90, 4, (99.0, 40.0), (74.0, 36.0), 0.60)
"""GSI of about 1.1 at intake and 0.8 at termination, as in outpatients."""
PROBLEMS = OutcomePlan("iip", 32, 4, (46.0, 15.0), (38.0, 15.5), 0.65)
"""Item means of about 1.4 and 1.2."""


def pretest_scores(plan: OutcomePlan, units: Integers, common: int, draws: Draws) -> Integers:
    """Sums of the answered items at intake, shape (n,)."""
    mean, sd = plan.pretest
    drawn = np.clip(mean + sd * draws.bell((len(units),)), 0.15 * mean, 2.4 * mean)
    return np.rint(drawn * common / units).astype(np.int64)


def posttest_scores(
    plan: OutcomePlan,
    aims: Mapping[str, Aim],
    mindfulness: Integers,
    pretest: Integers,
    brief_relational: NDArray[np.bool_],
    absent: int,
    units: Integers,
    common: int,
    draws: Draws,
) -> Integers:
    """Sums of the answered items at termination.

    The dyad without a posttest gets the series mean, as in the analysis: its deviation is 0, so
    that sums over the others are sums over all.

    Parameters
    ----------
    plan : OutcomePlan
    aims : mapping of str to Aim
        By statistic id: the coefficients with the four subscales, and t.
    mindfulness : numpy.ndarray of int64, shape (4, n)
        Of all n dyads, the series mean where missing; times a factor, to be whole.
    pretest : numpy.ndarray of int64, shape (n,)
        Prorated, in units of the questionnaire.
    brief_relational : numpy.ndarray of bool, shape (n,)
    absent : int
        The dyad without a posttest.
    units, common
        As in `Design.unit`, for the posttest.
    draws : Draws

    Returns
    -------
    numpy.ndarray of int64, shape (n - 1,)
        In the order of the dyads, without the absent one.
    """
    n = len(pretest)
    there = np.delete(np.arange(n), absent)
    own_units = units[there]
    test = f"preliminary.{plan.name}_termination.t"
    names = {f"outcome.{part}.{plan.name}_gain.pearson_r": part for part in SUBSCALES}
    wanted = {name: aims[name] for name in (*names, test)}
    t = aims[test].middle()
    coefficients = {part: aims[name].middle() for name, part in names.items()}
    coefficients["group"] = t / np.sqrt(t * t + n - 3)
    everyone = dict(zip(SUBSCALES, mindfulness, strict=True)) | {"pretest": pretest}
    fixed = {name: variable[there] for name, variable in everyone.items()}
    fixed["group"] = brief_relational[there].astype(np.int64)
    conditions = _conditions(everyone, fixed["group"], there, absent)
    goals = _goals(plan.stability, coefficients, conditions, absent)
    mean, sd = plan.posttest

    def propose(draws: Draws) -> Integers | None:
        gain = unit_vector(conditions, goals, draws)
        if gain is None:
            return None
        predicted = plan.stability * standardised(pretest)
        deviation = predicted + np.sqrt(1 - plan.stability**2) * gain
        answered = (mean + sd * np.sqrt(n - 2) * deviation[there]) * common / own_units
        if (answered < 0.08 * mean).any() or (answered > plan.n_items * plan.highest * 0.7).any():
            return None
        low = np.floor(answered).astype(np.int64)
        return np.stack([low * own_units, (low + 1) * own_units], axis=1)

    def statistics(sums: Sums) -> Mapping[str, Reals]:
        values = _gain_correlations(sums, everyone, fixed)
        r = sums.correlation("group", fixed["group"])
        found = {name: values[part] for name, part in names.items()}
        return found | {test: r * np.sqrt(n - 3) / np.sqrt(1 - r * r)}

    def lead(options: Integers) -> tuple[str, float, float]:
        return meeting("group", coefficients["group"], fixed["group"], options)

    return rounded_scores(propose, fixed, lead, statistics, wanted, draws) // own_units


def _conditions(
    everyone: Mapping[str, Integers], group: Integers, there: Integers, absent: int
) -> Reals:
    """Directions that the residual gain is bound to: mean, pretest, absent dyad, group, subscales."""
    n = len(there) + 1
    alone, contrast = np.zeros(n), np.zeros(n)
    alone[absent] = 1.0
    contrast[there] = standardised(group)
    parts = [standardised(everyone[part]) for part in SUBSCALES]
    return np.stack([np.ones(n), standardised(everyone["pretest"]), alone, contrast, *parts])


def _goals(
    stability: float, coefficients: Mapping[str, float], conditions: Reals, absent: int
) -> Reals:
    left = np.sqrt(1 - stability**2)
    pretest, contrast = conditions[1], conditions[3]
    at_absent = -stability * pretest[absent] / left
    between = (coefficients["group"] - stability * (contrast * pretest).sum()) / left
    parts = [coefficients[part] for part in SUBSCALES]
    return np.array([0.0, 0.0, at_absent, between, *parts])


def _gain_correlations(
    sums: Sums, everyone: Mapping[str, Integers], fixed: Mapping[str, Integers]
) -> dict[str, Reals]:
    """Correlations of the subscales with the residual gain, over all dyads."""
    n = sums.n + 1
    own = sums.spread() / sums.n
    with_pretest = sums.shared("pretest", fixed["pretest"]) / sums.n
    pretest = float(centred_products(everyone["pretest"], everyone["pretest"])) / n
    slope = with_pretest / pretest
    left = np.sqrt(own - slope * with_pretest)
    found = {}
    for part in SUBSCALES:
        variable = everyone[part]
        shared = sums.shared(part, fixed[part]) / sums.n
        shared = shared - slope * (float(centred_products(variable, everyone["pretest"])) / n)
        length = np.sqrt(float(centred_products(variable, variable)) / n)
        found[part] = shared / (length * left)
    return found
