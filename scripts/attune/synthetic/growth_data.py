"""Draws of a study of change: sessions in patients in therapists, rated by two raters.

Scores follow the model that is fitted to such data: a level and a growth over time that depend on
the therapist's characteristics, a random intercept of therapist and patient, a random slope of the
patient and a residual. Both raters have a part of each random effect in common.

Only sums, products, quotients and square roots are used, so that a seed gives the same scores on
every machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from attune.specs.errors import AttuneError
from attune.synthetic.draws import Draws, Integers, Reals

N_RATERS = 2


@dataclass(frozen=True)
class RaterCurve:
    """Mean curve of one rater's scores, and how much they vary around it; in points of the scale.

    Attributes
    ----------
    level : float
        Mean at time 0 of an average therapist.
    growth : float
        Change of the mean per unit of time.
    therapist_sd, patient_sd : float
        Standard deviation of the levels of therapists, and of patients within a therapist.
    slope_sd : float
        Standard deviation of the growth of patients.
    residual_sd : float
        Standard deviation of the sessions of a patient around the patient's own line.
    level_effects, growth_effects : mapping of str to float
        Predictor -> change of level, and of growth, per unit of the predictor; 0 if left out.
    """

    level: float
    growth: float
    therapist_sd: float
    patient_sd: float
    slope_sd: float
    residual_sd: float
    level_effects: Mapping[str, float] = field(default_factory=dict)
    growth_effects: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Agreement:
    """Correlation of the two raters' random effects and residuals, each between -1 and 1."""

    therapist: float
    patient: float
    slope: float
    residual: float


@dataclass(frozen=True)
class Attendance:
    """Chances that a patient who came to one occasion comes to the next.

    Attributes
    ----------
    chances : sequence of float
        One per occasion after the first, for a patient with an average score.
    per_sd : float
        Change of the chance per standard deviation of the score at the occasion before.
    """

    chances: Sequence[float]
    per_sd: float


def group_sizes(n_members: int, n_groups: int, largest: int, draws: Draws) -> Integers:
    """Sizes of groups, from 1 to `largest`, uneven as caseloads are.

    Each group has one member. The others join one by one, a group being chosen in proportion to a
    weight of its own, drawn between 0 and 1, as long as it is not full.

    Parameters
    ----------
    n_members, n_groups, largest : int
    draws : Draws

    Returns
    -------
    numpy.ndarray of int64, shape (n_groups,)

    Raises
    ------
    AttuneError
        There are fewer members than groups, or more than the groups can hold.

    Examples
    --------
    >>> sizes = group_sizes(12, 5, 4, Draws(1, 0))
    >>> int(sizes.sum()), int(sizes.min()) >= 1, int(sizes.max()) <= 4
    (12, True, True)
    """
    if not n_groups <= n_members <= n_groups * largest:
        raise AttuneError(
            f"{n_groups} groups of 1 to {largest} hold {n_groups} to {n_groups * largest} members,"
            f" found {n_members}. Change one of the three."
        )
    sizes = np.ones(n_groups, dtype=np.int64)
    weights = draws.uniform((n_groups,)) + 1e-6  # no group is out of the question
    for chosen in draws.uniform((n_members - n_groups,)):
        open_weights = np.cumsum(np.where(sizes < largest, weights, 0.0))
        sizes[np.searchsorted(open_weights, chosen * open_weights[-1], side="right")] += 1
    return sizes


def standardised_scores(scores: Reals) -> Reals:
    """Scores with mean 0 and standard deviation 1 (n - 1 in the denominator).

    Examples
    --------
    >>> standardised_scores(np.array([1.0, 2.0, 3.0])).tolist()
    [-1.0, 0.0, 1.0]
    """
    centred = scores - scores.sum() / len(scores)
    return centred / np.sqrt((centred * centred).sum() / (len(scores) - 1))


def correlated(first: Reals, correlation: float, draws: Draws) -> Reals:
    r"""Draws with standard deviation 1 that correlate with others of standard deviation 1.

    .. math:: y = r x + \sqrt{1 - r^2}\, e

    Parameters
    ----------
    first : numpy.ndarray of float64
        x, any shape.
    correlation : float
        r, between -1 and 1.
    draws : Draws

    Examples
    --------
    >>> correlated(np.array([-1.0, 1.0]), 1.0, Draws(1, 0)).tolist()
    [-1.0, 1.0]
    """
    own = np.sqrt(1 - correlation * correlation)
    return correlation * first + own * draws.bell(first.shape)


def growth_scores(
    curves: Sequence[RaterCurve],
    agreement: Agreement,
    therapist: Integers,
    predictors: Mapping[str, Reals],
    times: Reals,
    draws: Draws,
) -> Reals:
    r"""Scores of every patient at every occasion, by both raters, before rounding and dropout.

    .. math:: y_{rit} = \beta_r + \gamma_r t + \sum_k (b_{rk} + g_{rk} t) x_{k j(i)}
              + v_{r j(i)} + u_{ri} + s_{ri} t + e_{rit}

    for rater r, patient i of therapist j(i), predictor k and time t.

    Parameters
    ----------
    curves : sequence of RaterCurve
        Of the two raters.
    agreement : Agreement
    therapist : numpy.ndarray of int64, shape (n_patients,)
        Number of each patient's therapist, from 0.
    predictors : mapping of str to numpy.ndarray of float64, shape (n_therapists,)
        Characteristics of the therapists, such as scores with mean 0.
    times : numpy.ndarray of float64, shape (n_occasions,)
    draws : Draws

    Returns
    -------
    numpy.ndarray of float64, shape (2, n_patients, n_occasions)

    Raises
    ------
    AttuneError
        An effect names a predictor that is not among `predictors`.
    """
    n_patients, n_therapists = len(therapist), int(therapist.max()) + 1
    _require_predictors(curves, predictors)

    def both(correlation: float, *shape: int) -> Reals:
        first = draws.bell(shape)
        return np.stack([first, correlated(first, correlation, draws)])

    of_therapist = both(agreement.therapist, n_therapists)
    of_patient = both(agreement.patient, n_patients)
    slope = both(agreement.slope, n_patients)
    residual = both(agreement.residual, n_patients, len(times))
    scores = np.empty((N_RATERS, n_patients, len(times)))
    for rater, curve in enumerate(curves):
        level = curve.level + curve.therapist_sd * of_therapist[rater][therapist]
        level = level + curve.patient_sd * of_patient[rater]
        growth = curve.growth + curve.slope_sd * slope[rater]
        for name, values in predictors.items():
            level = level + curve.level_effects.get(name, 0.0) * values[therapist]
            growth = growth + curve.growth_effects.get(name, 0.0) * values[therapist]
        line = level[:, None] + growth[:, None] * times
        scores[rater] = line + curve.residual_sd * residual[rater]
    return scores


def attended(scores: Reals, attendance: Attendance, draws: Draws) -> NDArray[np.bool_]:
    """Occasions to which each patient came: all up to one, and none after it.

    Whether a patient comes again depends on the score at the occasion before, which is observed,
    and on nothing else: what is missing by dropout is missing at random.

    Parameters
    ----------
    scores : numpy.ndarray of float64, shape (n_patients, n_occasions)
        NaN where a score was not observed; such a patient has an average chance.
    attendance : Attendance
    draws : Draws

    Returns
    -------
    numpy.ndarray of bool, shape (n_patients, n_occasions)

    Examples
    --------
    Low scores leave, high scores stay.

    >>> scores = np.array([[10.0, 10.0], [30.0, 30.0]])
    >>> attended(scores, Attendance(chances=[0.5], per_sd=0.8), Draws(1, 0)).tolist()
    [[True, False], [True, True]]
    """
    there = np.ones(scores.shape, dtype=bool)
    luck = draws.uniform(scores.shape)
    for occasion, chance in enumerate(attendance.chances, start=1):
        before = there[:, occasion - 1]
        seen = before & np.isfinite(scores[:, occasion - 1])
        standing = np.zeros(len(scores))
        standing[seen] = standardised_scores(scores[seen, occasion - 1])
        there[:, occasion] = before & (luck[:, occasion] < chance + attendance.per_sd * standing)
    return there


def whole_scores(scores: Reals, low: int, high: int) -> Integers:
    """Scores as whole numbers within the bounds of the scale.

    Examples
    --------
    >>> whole_scores(np.array([11.2, 47.6, 90.0]), 12, 84).tolist()
    [12, 48, 84]
    """
    return np.clip(np.rint(scores), low, high).astype(np.int64)


def _require_predictors(curves: Sequence[RaterCurve], predictors: Mapping[str, Reals]) -> None:
    named = {name for curve in curves for name in (*curve.level_effects, *curve.growth_effects)}
    unknown = sorted(named - set(predictors))
    if unknown:
        raise AttuneError(
            f"Effects name the predictors {unknown}, but there are only {sorted(predictors)}."
            " Correct the names."
        )
