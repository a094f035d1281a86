"""Self-affiliation at worst: ratings of eight clusters, correlated with mindfulness as printed."""

from collections.abc import Mapping

import numpy as np

from attune.synthetic.draws import Draws, Integers, Reals
from attune.synthetic.moments import standard_deviation, standardised
from attune.synthetic.roundings import Sums, lead_by_correlation, rounded_scores, unit_vector
from attune.synthetic.search import Target
from maintenance.ryan2012.mindfulness import SUBSCALES

FRIENDLY, HOSTILE = 15, 26
"""Weights 4.5 of C2 + C4 - C6 - C8 and 7.8 of C3 - C7, as whole numbers: times 10 / 3."""
MOST_SHARED, MOST_OWN, MOST_APART = 16, 9, 2
"""Largest C2 + C4 - C6 - C8 and C3 - C7, in tens; most that one differs from half the other."""
MEAN, SD = 30.0, 140.0
"""In the units above: about 5 and 25 on the scale from -100 to 100."""
OBSERVE = Target(-0.02, 0.06)
NOT_SIGNIFICANT = Target(-0.25, 0.30)
"""Observe and Describe are printed as not significant, without a coefficient."""


def attainable() -> dict[int, tuple[int, int]]:
    """Every affiliation that plausible ratings give, with C2 + C4 - C6 - C8 and C3 - C7."""
    affiliations = {}
    for shared in range(-MOST_SHARED, MOST_SHARED + 1):
        for own in range(-MOST_OWN, MOST_OWN + 1):
            if abs(own - shared / 2) <= MOST_APART:
                affiliations[FRIENDLY * shared + HOSTILE * own] = (shared, own)
    return affiliations


def affiliation_scores(
    targets: Mapping[str, Target], mindfulness: Integers, draws: Draws
) -> Integers:
    """Affiliation at worst of the therapists with mindfulness scores.

    Parameters
    ----------
    targets : mapping of str to Target
        By statistic id: the coefficients with the total, Act with Awareness and Accept.
    mindfulness : numpy.ndarray of int64, shape (4, n)
    draws : Draws

    Returns
    -------
    numpy.ndarray of int64, shape (n,)
        Keys of `attainable`.
    """
    values = np.array(sorted(attainable()), dtype=np.int64)
    fixed = dict(zip(SUBSCALES, mindfulness, strict=True))
    fixed["kims_total"] = mindfulness.sum(axis=0)
    names = {f"affiliation.{part}.affiliation_worst.pearson_r": part for part in fixed}
    own_targets = {name: targets.get(name, NOT_SIGNIFICANT) for name in names}
    coefficients = _coefficients(fixed, targets)
    directions = np.stack([standardised(fixed[part]) for part in SUBSCALES])
    directions = np.vstack([directions, np.ones(len(directions[0]))])

    def propose(draws: Draws) -> Integers | None:
        goals = np.array([*coefficients, 0.0])
        direction = unit_vector(directions, goals, draws)
        if direction is None:
            return None
        real = MEAN + SD * np.sqrt(len(direction) - 1) * direction
        above = np.searchsorted(values, real)
        if (above == 0).any() or (above == len(values)).any():
            return None
        return np.stack([values[above - 1], values[above]], axis=1)

    def statistics(sums: Sums) -> Mapping[str, Reals]:
        return {name: sums.correlation(part, fixed[part]) for name, part in names.items()}

    def lead(options: Integers) -> tuple[str, float, float]:
        return lead_by_correlation("kims_act", coefficients[2], fixed["kims_act"], options)

    return rounded_scores(propose, fixed, lead, statistics, own_targets, draws)


def _coefficients(fixed: Mapping[str, Integers], targets: Mapping[str, Target]) -> list[float]:
    """The four coefficients, the unprinted one of Describe so that the total has its own."""
    whole, act, accept = (
        targets[f"affiliation.{part}.affiliation_worst.pearson_r"].middle()
        for part in ("kims_total", "kims_act", "kims_accept")
    )
    spread = {part: float(standard_deviation(scores)) for part, scores in fixed.items()}
    observe = OBSERVE.middle()
    rest = whole * spread["kims_total"] - observe * spread["kims_observe"]
    rest -= act * spread["kims_act"] + accept * spread["kims_accept"]
    return [observe, rest / spread["kims_describe"], act, accept]


def worst_ratings(affiliation: Integers, draws: Draws) -> Integers:
    """Ratings of the eight clusters that give these affiliations, 0 to 100 in tens.

    Parameters
    ----------
    affiliation : numpy.ndarray of int64, shape (n,)
        Keys of `attainable`.

    Returns
    -------
    numpy.ndarray of int64, shape (n, 8)
        Clusters 1 to 8.
    """
    known = attainable()
    rows = []
    for score in affiliation:
        shared, own = known[int(score)]
        love, attack = _split(own, 1, draws)
        friendly, hostile = _split(shared, 2, draws)
        affirm, protect = _halves(friendly, draws)
        blame, neglect = _halves(hostile, draws)
        free, control = (int(x) for x in np.clip(np.rint(4 + 2 * draws.bell((2,))), 0, 10))
        rows.append([free, affirm, love, protect, control, blame, attack, neglect])
    return 10 * np.array(rows, dtype=np.int64)


def best_ratings(count: int, draws: Draws) -> Integers:
    """Ratings at best: friendly, with little blame; shape (count, 8), 0 to 100 in tens."""
    means = np.array([5.0, 7.5, 7.0, 7.0, 5.0, 2.0, 1.0, 1.5])
    drawn = means + 1.6 * draws.bell((count, 8)) + 0.8 * draws.bell((count, 1))
    return 10 * np.clip(np.rint(drawn), 0, 10).astype(np.int64)


def _split(difference: int, clusters: int, draws: Draws) -> tuple[int, int]:
    """Two totals of so many clusters with a given difference."""
    top = 10 * clusters
    room = top - abs(difference)
    lower = min(room, max(0, round(room / 2 + 0.9 * clusters * float(draws.bell((1,))[0]))))
    return (lower + difference, lower) if difference >= 0 else (lower, lower - difference)


def _halves(total: int, draws: Draws) -> tuple[int, int]:
    """A total as two ratings of 0 to 10."""
    first = round(total / 2 + float(draws.bell((1,))[0]))
    first = min(10, total, max(0, total - 10, first))
    return first, total - first
