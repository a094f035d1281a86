"""Outcome scores: pretests drawn, posttests such that residual gains correlate as printed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune.synthetic.draws import Draws, Integers, Reals
from attune.synthetic.items import Proration
from attune.synthetic.moments import centred_products, standardised
from attune.synthetic.roundings import Sums, lead_by_correlation, rounded_scores, unit_vector
from attune.synthetic.search import Target
from maintenance.ryan2012.mindfulness import SUBSCALES


@dataclass(frozen=True)
class OutcomePlan:
    """Plausible scores of an outcome questionnaire, in sums of all its items.

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


@dataclass(frozen=True)
class Known:
    """The fixed variables of all n dyads before the posttest is searched, as whole numbers.

    The dyad without a posttest gets the series mean, as in the analysis: its deviation is 0, so
    that sums over the others are sums over all.

    Attributes
    ----------
    mindfulness : numpy.ndarray of int64, shape (4, n)
        The series mean where missing; times a factor, to be whole.
    pretest : numpy.ndarray of int64, shape (n,)
        Prorated sums.
    brief_relational : numpy.ndarray of bool, shape (n,)
    absent : int
        The dyad without a posttest.
    """

    mindfulness: Integers
    pretest: Integers
    brief_relational: NDArray[np.bool_]
    absent: int

    def there(self) -> Integers:
        """Dyads with a posttest."""
        return np.delete(np.arange(len(self.pretest)), self.absent)

    def everyone(self) -> dict[str, Integers]:
        """Subscales and pretest by name."""
        return dict(zip(SUBSCALES, self.mindfulness, strict=True)) | {"pretest": self.pretest}

    def fixed(self) -> dict[str, Integers]:
        """Subscales, pretest and condition of the dyads with a posttest."""
        there = self.there()
        chosen = {name: variable[there] for name, variable in self.everyone().items()}
        return chosen | {"group": self.brief_relational[there].astype(np.int64)}


def pretest_scores(plan: OutcomePlan, proration: Proration, draws: Draws) -> Integers:
    """Sums of the answered items at intake, shape (n,)."""
    mean, sd = plan.pretest
    units, common = proration.units, proration.common
    drawn = np.clip(mean + sd * draws.bell((len(units),)), 0.15 * mean, 2.4 * mean)
    return np.rint(drawn * common / units).astype(np.int64)


def posttest_scores(
    plan: OutcomePlan,
    targets: Mapping[str, Target],
    known: Known,
    proration: Proration,
    draws: Draws,
) -> Integers:
    """Sums of the answered items at termination.

    Parameters
    ----------
    plan : OutcomePlan
    targets : mapping of str to Target
        By statistic id: the coefficients with the four subscales, and t.
    known : Known
    proration : Proration
        Of the n - 1 dyads with a posttest.
    draws : Draws

    Returns
    -------
    numpy.ndarray of int64, shape (n - 1,)
        In the order of the dyads, without the absent one.
    """
    n = len(known.pretest)
    test = f"preliminary.{plan.name}_termination.t"
    names = {f"outcome.{part}.{plan.name}_gain.pearson_r": part for part in SUBSCALES}
    own_targets = {name: targets[name] for name in (*names, test)}
    t = targets[test].middle()
    coefficients = {part: targets[name].middle() for name, part in names.items()}
    coefficients["group"] = t / np.sqrt(t * t + n - 3)
    everyone, fixed = known.everyone(), known.fixed()
    conditions = _conditions(known)
    goals = _goals(plan.stability, coefficients, conditions, known.absent)

    def propose(draws: Draws) -> Integers | None:
        gain = unit_vector(conditions, goals, draws)
        return None if gain is None else _around(gain, plan, known, proration)

    def statistics(sums: Sums) -> Mapping[str, Reals]:
        values = gain_correlations(sums, everyone, fixed)
        r = sums.correlation("group", fixed["group"])
        correlations = {name: values[part] for name, part in names.items()}
        return correlations | {test: r * np.sqrt(n - 3) / np.sqrt(1 - r * r)}

    def lead(options: Integers) -> tuple[str, float, float]:
        return lead_by_correlation("group", coefficients["group"], fixed["group"], options)

    return rounded_scores(propose, fixed, lead, statistics, own_targets, draws) // proration.units


def _conditions(known: Known) -> Reals:
    """Directions that the residual gain is bound to.

    In this order: mean, pretest, absent dyad, contrast of the conditions, the four subscales.
    """
    n, there = len(known.pretest), known.there()
    alone, contrast = np.zeros(n), np.zeros(n)
    alone[known.absent] = 1.0
    contrast[there] = standardised(known.fixed()["group"])
    parts = [standardised(part) for part in known.mindfulness]
    return np.stack([np.ones(n), standardised(known.pretest), alone, contrast, *parts])


def _goals(
    stability: float, coefficients: Mapping[str, float], conditions: Reals, absent: int
) -> Reals:
    """Products of the residual gain, of length 1, with the conditions.

    The posttest is stability * pretest + sqrt(1 - stability**2) * gain, all standardised. It is 0
    for the absent dyad, and the contrast of the conditions is that of the posttest.
    """
    left = np.sqrt(1 - stability**2)
    pretest, contrast = conditions[1], conditions[3]
    at_absent = -stability * pretest[absent] / left
    between = (coefficients["group"] - stability * (contrast * pretest).sum()) / left
    parts = [coefficients[part] for part in SUBSCALES]
    return np.array([0.0, 0.0, at_absent, between, *parts])


def _around(gain: Reals, plan: OutcomePlan, known: Known, proration: Proration) -> Integers | None:
    """The two scores next to each real posttest with this gain; None beyond plausible bounds."""
    mean, sd = plan.posttest
    units = proration.units
    predicted = plan.stability * standardised(known.pretest)
    deviation = predicted + np.sqrt(1 - plan.stability**2) * gain
    scores = mean + sd * np.sqrt(len(units) - 1) * deviation[known.there()]
    answered = scores * proration.common / units
    if (answered < 0.08 * mean).any() or (answered > plan.n_items * plan.highest * 0.7).any():
        return None
    low = np.floor(answered).astype(np.int64)
    return np.stack([low * units, (low + 1) * units], axis=1)


def gain_correlations(
    sums: Sums, everyone: Mapping[str, Integers], fixed: Mapping[str, Integers]
) -> dict[str, Reals]:
    """Correlations of the subscales with the residual gain, over all dyads.

    The residual gain is e = y - b * x with b = S_xy / S_xx, so with products of deviations S,
    r(k, e) = (S_ky - b * S_kx) / sqrt(S_kk * (S_yy - b * S_xy)).

    Parameters
    ----------
    sums : Sums
        Of the posttest y, over the dyads that have one.
    everyone : mapping of str to numpy.ndarray of int64, shape (n,)
        The subscales k and the pretest x, of all n dyads.
    fixed : mapping of str to numpy.ndarray of int64, shape (n - 1,)
        The same, of the dyads with a posttest.
    """
    n = sums.n + 1
    own = sums.spread() / sums.n
    with_pretest = sums.shared("pretest", fixed["pretest"]) / sums.n
    pretest = float(centred_products(everyone["pretest"], everyone["pretest"])) / n
    slope = with_pretest / pretest
    left = np.sqrt(own - slope * with_pretest)
    correlations = {}
    for part in SUBSCALES:
        variable = everyone[part]
        shared = sums.shared(part, fixed[part]) / sums.n
        shared = shared - slope * (float(centred_products(variable, everyone["pretest"])) / n)
        length = np.sqrt(float(centred_products(variable, variable)) / n)
        correlations[part] = shared / (length * left)
    return correlations
