"""Mindfulness scores: four integer subscales per therapist, and their sum."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from attune.synthetic.draws import Draws, Integers, Reals
from attune.synthetic.moments import standard_deviation, t_statistic
from attune.synthetic.search import Target, neighbours, search

SUBSCALES = ("kims_observe", "kims_describe", "kims_act", "kims_accept")
LOWEST = np.array([17, 15, 16, 14], dtype=np.int64)
HIGHEST = np.array([56, 40, 45, 45], dtype=np.int64)
"""Bounds of the scores: the questionnaire allows 12-60, 8-40, 10-50 and 9-45."""

PLAUSIBLE = {
    "kims_observe with kims_describe": Target(0.15, 0.45),
    "kims_observe with kims_act": Target(-0.10, 0.30),
    "kims_observe with kims_accept": Target(-0.25, 0.20),
    "kims_describe with kims_act": Target(0.10, 0.45),
    "kims_describe with kims_accept": Target(0.10, 0.45),
    "kims_act with kims_accept": Target(0.15, 0.50),
    # "31" may mean 31.0, if a last zero was dropped: the cohort fits both readings.
    "sample.kims_describe.mean": Target(30.95, 31.05),
}
"""Correlations between the subscales are modest, and near zero for Observe with Accept (Baer et
al., 2004, doi 10.1177/1073191104268029, and the public records of openpsychometrics.org)."""


def mindfulness_scores(
    targets: Mapping[str, Target], brief_relational: NDArray[np.bool_], draws: Draws
) -> Integers:
    """Subscale scores of the therapists who filled in the KIMS.

    Parameters
    ----------
    targets : mapping of str to Target
        By statistic id: means, standard deviations, range and t of the KIMS, and the coefficients
        of the alliance, which the standard deviation of the total must allow.
    brief_relational : numpy.ndarray of bool, shape (n,)
        Whose condition comes first in the t test.
    draws : Draws

    Returns
    -------
    numpy.ndarray of int64, shape (4, n)
        Rows in the order of `SUBSCALES`.
    """
    own_targets = {
        name: target
        for name, target in targets.items()
        if name.startswith("sample.kims_") or name == "preliminary.kims_total.t"
    }
    own_targets |= PLAUSIBLE
    # The total's standard deviation has little room: see the two coefficients below.
    spread = targets["sample.kims_total.sd"]
    own_targets["sample.kims_total.sd"] = Target(spread.low, spread.high, inner=0.95)
    ratings = {}
    for rater in ("wai_therapist", "wai_patient"):
        coefficients = [
            targets[f"alliance.{part}.{rater}.pearson_r"].middle() for part in SUBSCALES
        ]
        ratings[rater] = coefficients
        whole = targets[f"alliance.kims_total.{rater}.pearson_r"]
        own_targets[f"sum of parts with {rater}"] = Target(whole.low, whole.high, inner=0.5)

    def statistics(batch: Integers) -> Mapping[str, Reals]:
        return _statistics(batch, brief_relational, ratings)

    proposal = neighbours(LOWEST[:, None], HIGHEST[:, None], cells=4)
    return search(
        _start(len(brief_relational), own_targets, draws),
        proposal,
        statistics,
        own_targets,
        draws,
    )


def _start(n: int, targets: Mapping[str, Target], draws: Draws) -> Integers:
    """Scores with about the target moments, from one shared factor and one of each subscale."""
    shared, own = draws.bell((1, n)), draws.bell((4, n))
    means = np.array([[targets[f"sample.{part}.mean"].middle()] for part in SUBSCALES])
    deviations = np.array([[targets[f"sample.{part}.sd"].middle()] for part in SUBSCALES])
    drawn = means + deviations * (0.45 * shared + 0.9 * own)
    return np.clip(np.rint(drawn).astype(np.int64), LOWEST[:, None], HIGHEST[:, None])


def _statistics(
    batch: Integers, brief_relational: NDArray[np.bool_], ratings: Mapping[str, list[float]]
) -> dict[str, Reals]:
    total, n = batch.sum(axis=-2), batch.shape[-1]
    sums = batch.sum(axis=-1)
    products = n * np.einsum("bin,bjn->bij", batch, batch) - sums[:, :, None] * sums[:, None, :]
    deviations = np.sqrt(np.einsum("bii->bi", products) / (n * (n - 1)))
    values = {
        "sample.kims_total.sd": standard_deviation(total),
        "sample.kims_total.minimum": total.min(axis=-1).astype(np.float64),
        "sample.kims_total.maximum": total.max(axis=-1).astype(np.float64),
        "preliminary.kims_total.t": t_statistic(total, brief_relational),
    }
    for row, name in enumerate(SUBSCALES):
        values[f"sample.{name}.mean"] = sums[:, row] / n
        values[f"sample.{name}.sd"] = deviations[:, row]
        for other in range(row + 1, len(SUBSCALES)):
            spread = deviations[:, row] * deviations[:, other] * (n * (n - 1))
            values[f"{name} with {SUBSCALES[other]}"] = products[:, row, other] / spread
    for rater, coefficients in ratings.items():
        shared = np.zeros(len(batch))
        for name, coefficient in zip(SUBSCALES, coefficients, strict=True):
            shared = shared + coefficient * values[f"sample.{name}.sd"]
        values[f"sum of parts with {rater}"] = shared / values["sample.kims_total.sd"]
    return values
