"""Alliance scores: one integer per questionnaire, correlated with mindfulness as printed."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from attune.synthetic.draws import Draws, Integers, Reals
from attune.synthetic.items import Proration
from attune.synthetic.moments import standardised
from attune.synthetic.roundings import Sums, lead_by_correlation, rounded_scores, unit_vector
from attune.synthetic.search import Target
from maintenance.ryan2012.mindfulness import SUBSCALES

LOWEST, HIGHEST = 36, 83
"""Bounds of the sums of twelve items; the questionnaire allows 12 to 84."""
MEAN, LEAST_SD, MOST_SD = 63.0, 8.5, 10.0
"""Plausible sums of twelve responses from 1 to 7 after the third session."""


def alliance_scores(
    rater: str,
    targets: Mapping[str, Target],
    mindfulness: Integers,
    brief_relational: NDArray[np.bool_],
    proration: Proration,
    draws: Draws,
) -> Integers:
    """Sums of the answered items of one rater's questionnaire.

    Parameters
    ----------
    rater : {"wai_therapist", "wai_patient"}
    targets : mapping of str to Target
        By statistic id: the five coefficients and t.
    mindfulness : numpy.ndarray of int64, shape (4, n)
    brief_relational : numpy.ndarray of bool, shape (n,)
    proration : Proration
        Of these n dyads.
    draws : Draws

    Returns
    -------
    numpy.ndarray of int64, shape (n,)
    """
    n = len(proration.units)
    fixed = dict(zip(SUBSCALES, mindfulness, strict=True))
    fixed |= {"kims_total": mindfulness.sum(axis=0), "group": brief_relational.astype(np.int64)}
    test = f"preliminary.{rater}.t"
    names = {f"alliance.{part}.{rater}.pearson_r": part for part in (*SUBSCALES, "kims_total")}
    own_targets = {name: targets[name] for name in (*names, test)}
    coefficients = {part: targets[name].middle() for name, part in names.items()}
    t = targets[test].middle()
    coefficients["group"] = t / np.sqrt(t * t + n - 2)
    # The total's coefficient follows from those of its parts.
    solved = [*SUBSCALES, "group"]
    leader = min(solved, key=lambda part: abs(coefficients[part]))
    directions = np.stack([standardised(fixed[part]) for part in solved] + [np.ones(n)])
    values = np.array([coefficients[part] for part in solved] + [0.0])

    def propose(draws: Draws) -> Integers | None:
        direction = unit_vector(directions, values, draws)
        return None if direction is None else _around(direction, proration, draws)

    def statistics(sums: Sums) -> Mapping[str, Reals]:
        correlations = {name: sums.correlation(part, fixed[part]) for name, part in names.items()}
        r = sums.correlation("group", fixed["group"])
        return correlations | {test: r * np.sqrt(n - 2) / np.sqrt(1 - r * r)}

    def lead(options: Integers) -> tuple[str, float, float]:
        return lead_by_correlation(leader, coefficients[leader], fixed[leader], options)

    return rounded_scores(propose, fixed, lead, statistics, own_targets, draws) // proration.units


def _around(direction: Reals, proration: Proration, draws: Draws) -> Integers | None:
    """The two scores next to a plausible multiple of the direction; None beyond the bounds."""
    units, common = proration.units, proration.common
    sd = LEAST_SD + (MOST_SD - LEAST_SD) * float(draws.uniform((1,))[0])
    answered = (MEAN + direction * sd * np.sqrt(len(units) - 1)) * common / units
    prorated = answered * units
    if (prorated < LOWEST * common).any() or (prorated > HIGHEST * common).any():
        return None
    low = np.floor(answered).astype(np.int64)
    return np.stack([low * units, (low + 1) * units], axis=1)
