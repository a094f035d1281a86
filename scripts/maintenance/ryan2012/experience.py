"""Years of experience in three bands, correlated with mindfulness as printed."""

from collections.abc import Mapping

import numpy as np

from attune.synthetic.draws import Draws, Integers, Reals
from attune.synthetic.moments import correlation
from attune.synthetic.search import Target, search
from maintenance.ryan2012.mindfulness import SUBSCALES

QUARTERS = 4
"""Experience is searched in quarters of a year."""
UNDER_2, FROM_2_TO_5, MOST = 15, 5, 24
"""Therapists in the first and second band; quarters of the most experienced one."""
NOT_SIGNIFICANT = Target(-0.40, 0.40)
"""Two-tailed p of at least .05 with 20 therapists, with room."""


def quarters_of_experience(
    targets: Mapping[str, Target], mindfulness: Integers, scored: Integers, draws: Draws
) -> Integers:
    """Quarters of a year of the therapists who report their experience.

    Parameters
    ----------
    targets : mapping of str to Target
        By statistic id: the coefficients with the total and with Observe.
    mindfulness : numpy.ndarray of int64, shape (4, scored)
        Of those who report and have mindfulness scores.
    scored : numpy.ndarray of int64
        Positions of these among all who report.
    draws : Draws

    Returns
    -------
    numpy.ndarray of int64, shape (21,)
    """
    start = np.concatenate(
        [1 + draws.integers(7, (UNDER_2,)), 8 + draws.integers(13, (FROM_2_TO_5,)), [MOST]]
    )[draws.order(UNDER_2 + FROM_2_TO_5 + 1)]
    parts = dict(zip(SUBSCALES, mindfulness, strict=True))
    parts["kims_total"] = mindfulness.sum(axis=0)
    names = {f"experience.{part}.experience.pearson_r": part for part in parts}
    own_targets = {name: targets.get(name, NOT_SIGNIFICANT) for name in names}

    def statistics(batch: Integers) -> Mapping[str, Reals]:
        chosen = batch[..., scored]
        return {name: correlation(parts[part], chosen) for name, part in names.items()}

    return search(start, _neighbours, statistics, own_targets, draws)


def _neighbours(current: Integers, draws: Draws, batch: int) -> Integers:
    """Two or three therapists exchanged, or one moved by a quarter within the band."""
    every = np.arange(batch)
    rows = np.repeat(current[None], batch, axis=0)
    kind = draws.integers(3, (batch,))
    one, two, three = draws.integers(len(current), (3, batch))
    for first, second, active in ((one, two, kind < 2), (two, three, kind == 1)):
        a, b = rows[every, first], rows[every, second]
        rows[every, first] = np.where(active, b, a)
        rows[every, second] = np.where(active, a, rows[every, second])
    before = rows[every, one]
    moved = before + 2 * draws.integers(2, (batch,)) - 1
    same = (kind == 2) & (band(moved) == band(before)) & (moved > 0)
    rows[every, one] = np.where(same & (before != MOST), moved, before)
    return rows


def band(quarters: Integers) -> Integers:
    """0 under two years, 1 from two to five years, 2 above."""
    return np.where(quarters < 2 * QUARTERS, 0, np.where(quarters <= 5 * QUARTERS, 1, 2))
