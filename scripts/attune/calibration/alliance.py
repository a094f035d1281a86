"""Alliance scores: one integer per questionnaire, correlated with mindfulness as printed."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from attune.calibration.draws import Draws, Integers, Reals
from attune.calibration.mindfulness import SUBSCALES
from attune.calibration.roundings import Sums, rounded_scores, unit_vector
from attune.calibration.search import Aim

LOWEST, HIGHEST = 36, 83
"""Bounds of the sums of twelve items; the questionnaire allows 12 to 84."""
MEAN, LEAST_SD, MOST_SD = 63.0, 8.5, 10.0
"""Plausible sums of twelve responses from 1 to 7 after the third session."""
LEAD_WIDTH = 0.003
"""Half width, in correlations, of the condition by which the roundings of two halves meet."""


def alliance_scores(
    rater: str,
    aims: Mapping[str, Aim],
    mindfulness: Integers,
    brief_relational: NDArray[np.bool_],
    units: Integers,
    common: int,
    draws: Draws,
) -> Integers:
    """Sums of the answered items of one rater's questionnaire.

    Parameters
    ----------
    rater : {"wai_therapist", "wai_patient"}
    aims : mapping of str to Aim
        By statistic id: the five coefficients and t.
    mindfulness : numpy.ndarray of int64, shape (4, n)
    brief_relational : numpy.ndarray of bool, shape (n,)
    units : numpy.ndarray of int64, shape (n,)
        What a point of an answered item adds to the prorated score.
    common : int
        Units of a point where every item is answered.
    draws : Draws

    Returns
    -------
    numpy.ndarray of int64, shape (n,)
    """
    n = len(units)
    fixed = dict(zip(SUBSCALES, mindfulness, strict=True))
    fixed |= {"kims_total": mindfulness.sum(axis=0), "group": brief_relational.astype(np.int64)}
    test = f"preliminary.{rater}.t"
    names = {f"alliance.{part}.{rater}.pearson_r": part for part in (*SUBSCALES, "kims_total")}
    wanted = {name: aims[name] for name in (*names, test)}
    coefficients = {part: aims[name].middle() for name, part in names.items()}
    t = aims[test].middle()
    coefficients["group"] = t / np.sqrt(t * t + n - 2)
    solved = [*SUBSCALES, "group"]
    leader = min(solved, key=lambda part: abs(coefficients[part]))
    directions = np.stack([standardised(fixed[part]) for part in solved] + [np.ones(n)])
    values = np.array([coefficients[part] for part in solved] + [0.0])

    def propose(draws: Draws) -> Integers | None:
        direction = unit_vector(directions, values, draws)
        if direction is None:
            return None
        sd = LEAST_SD + (MOST_SD - LEAST_SD) * float(draws.uniform((1,))[0])
        answered = (MEAN + direction * sd * np.sqrt(n - 1)) * common / units
        if (answered * units < LOWEST * common).any() or (
            answered * units > HIGHEST * common
        ).any():
            return None
        low = np.floor(answered).astype(np.int64)
        return np.stack([low * units, (low + 1) * units], axis=1)

    def statistics(sums: Sums) -> Mapping[str, Reals]:
        found = {name: sums.correlation(part, fixed[part]) for name, part in names.items()}
        r = sums.correlation("group", fixed["group"])
        return found | {test: r * np.sqrt(n - 2) / np.sqrt(1 - r * r)}

    def lead(options: Integers) -> tuple[str, float, float]:
        return meeting(leader, coefficients[leader], fixed[leader], options)

    return rounded_scores(propose, fixed, lead, statistics, wanted, draws) // units


def standardised(variable: Integers) -> Reals:
    """A variable with mean 0 and length 1."""
    centred = variable - variable.mean()
    return centred / np.sqrt((centred * centred).sum())


def meeting(name: str, r: float, fixed: Integers, options: Integers) -> tuple[str, float, float]:
    """The interval of n times the centred product that gives a correlation of about r."""
    n = len(fixed)
    middle = options.mean(axis=1)
    lengths = n * np.sqrt(
        ((middle - middle.mean()) ** 2).sum() * ((fixed - fixed.mean()) ** 2).sum()
    )
    # Rounding also moves the standard deviation of the scores, by at most about two percent.
    width = LEAD_WIDTH + 0.02 * abs(r)
    return name, (r - width) * lengths, (r + width) * lengths
