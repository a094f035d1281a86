"""Draws of a cluster-randomised trial: visits of patients in therapists, who are randomised.

Every questionnaire has one score per visit. Its mean depends on the visit and on the arm of the
therapist; it may follow another questionnaire, so that an effect is passed on from one to the next.

Only sums, products, quotients and square roots are used, so that a seed gives the same scores on
every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune.specs.errors import AttuneError
from attune.synthetic.draws import Draws, Integers, Reals
from attune.synthetic.growth_data import correlated


@dataclass(frozen=True)
class VisitScore:
    """What is assumed of the scores of one questionnaire, in points of its scale.

    Attributes
    ----------
    level : float
        Mean at the first visit, in both arms.
    time_effects : sequence of float
        Change of the mean since the first visit in the control arm, one per later visit.
    arm_effects : sequence of float
        What the intervention adds at each later visit, beyond what it adds through `driver`.
    stable_sd : float
        Standard deviation of persons' levels; of patients within a therapist.
    change_sd : float
        Standard deviation of persons' own change, the same at all later visits.
    visit_sd : float
        Standard deviation of single visits around a person's course.
    therapist_sd : float
        Standard deviation of the levels of therapists, where patients answer.
    therapist_change_sd : float
        Standard deviation of what a therapist's patients have in common in their change since the
        first visit, the same at all later visits.
    shared : float
        Correlation of the level with what questionnaires of a person have in common.
    driver_slopes : sequence of float
        Points per point of the driver, one per visit; empty: nothing drives the score.
    """

    level: float
    time_effects: Sequence[float]
    arm_effects: Sequence[float]
    stable_sd: float
    change_sd: float
    visit_sd: float
    therapist_sd: float = 0.0
    therapist_change_sd: float = 0.0
    shared: float = 0.0
    driver_slopes: Sequence[float] = ()

    @property
    def control_means(self) -> Reals:
        """Mean of the control arm at every visit, shape (n_visits,)."""
        return self.level + np.array([0.0, *self.time_effects])


def visit_scores(
    assumed: VisitScore,
    in_intervention: NDArray[np.bool_],
    draws: Draws,
    common: Reals,
    therapist: Integers | None = None,
    driver: Reals | None = None,
) -> Reals:
    r"""Scores of every person at every visit, before rounding and dropout.

    .. math:: y_{iv} = \mu_v + \alpha_v a_i + \gamma_v d_{iv} + t_{j(i)} + s_i
              + (u_{j(i)} + c_i) [v > 0] + e_{iv}

    for person i of therapist j(i) at visit v, with a = 1 in the intervention and d the deviation of
    the driver from its mean in the control arm.

    Parameters
    ----------
    assumed : VisitScore
    in_intervention : numpy.ndarray of bool, shape (n_persons,)
    draws : Draws
    common : numpy.ndarray of float64, shape (n_persons,)
        What the questionnaires of a person have in common, with standard deviation 1.
    therapist : numpy.ndarray of int64, shape (n_persons,), optional
        Number of each patient's therapist, from 0; left out where therapists answer themselves.
    driver : numpy.ndarray of float64, shape (n_persons, n_visits), optional

    Returns
    -------
    numpy.ndarray of float64, shape (n_persons, n_visits)

    Raises
    ------
    AttuneError
        Effects, slopes and driver do not fit together.

    Examples
    --------
    Without any variation, the arms differ by the effect of the intervention.

    >>> assumed = VisitScore(10, [1, 2], [3, 0], stable_sd=0, change_sd=0, visit_sd=0)
    >>> visit_scores(assumed, np.array([False, True]), Draws(1, 0), np.zeros(2)).tolist()
    [[10.0, 11.0, 12.0], [10.0, 14.0, 12.0]]
    """
    _require_fit(assumed, driver)
    n_persons, n_visits = len(in_intervention), len(assumed.time_effects) + 1
    arm_effects = np.array([0.0, *assumed.arm_effects])
    scores = assumed.control_means + in_intervention[:, None] * arm_effects
    if driver is not None:
        scores = scores + np.array(assumed.driver_slopes) * driver
    later = np.array([0.0] + [1.0] * (n_visits - 1))
    if therapist is not None:
        level, change = draws.bell((2, int(therapist.max()) + 1))
        scores = scores + assumed.therapist_sd * level[therapist][:, None]
        scores = scores + assumed.therapist_change_sd * change[therapist][:, None] * later
    stable = correlated(common, assumed.shared, draws)
    scores = scores + assumed.stable_sd * stable[:, None]
    scores = scores + assumed.change_sd * draws.bell((n_persons,))[:, None] * later
    return scores + assumed.visit_sd * draws.bell((n_persons, n_visits))


def two_arms(n_clusters: int, n_intervention: int, draws: Draws) -> NDArray[np.bool_]:
    """Which clusters are randomised to the intervention.

    Parameters
    ----------
    n_clusters, n_intervention : int
    draws : Draws

    Returns
    -------
    numpy.ndarray of bool, shape (n_clusters,)

    Examples
    --------
    >>> int(two_arms(5, 3, Draws(1, 0)).sum())
    3
    """
    chosen = np.zeros(n_clusters, dtype=bool)
    chosen[draws.order(n_clusters)[:n_intervention]] = True
    return chosen


def _require_fit(assumed: VisitScore, driver: Reals | None) -> None:
    n_visits = len(assumed.time_effects) + 1
    slopes = len(assumed.driver_slopes)
    problems = []
    if len(assumed.arm_effects) != n_visits - 1:
        problems.append(f"{len(assumed.arm_effects)} arm_effects for {n_visits - 1} later visits")
    if (driver is None) != (slopes == 0):
        problems.append("driver_slopes and driver must be given together")
    elif driver is not None and (slopes, driver.shape[1]) != (n_visits, n_visits):
        problems.append(f"{slopes} driver_slopes and {driver.shape[1]} visits of the driver, not")
        problems[-1] += f" {n_visits}"
    if problems:
        raise AttuneError("; ".join(problems) + ". Give one number per visit.")
