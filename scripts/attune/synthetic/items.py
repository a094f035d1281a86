"""Item responses with given sums and a plausible internal consistency."""

from dataclasses import dataclass
from math import lcm

import numpy as np
from numpy.typing import NDArray

from attune.scoring.scores import reverse_key
from attune.specs.cohort import Questionnaire
from attune.specs.instrument import Instrument
from attune.stats.alpha import cronbach_alpha
from attune.synthetic.draws import Draws, Integers

LARGEST_SHIFT = 0.35
"""Standard deviation of item difficulties, in response codes."""

SHARES_OF_REST = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""How much more than a target is asked for, in shares of what is left up to 1."""


def responses_with_sums(
    sums: Integers,
    answered: NDArray[np.bool_],
    low: int,
    high: int,
    consistency: float,
    draws: Draws,
) -> Integers:
    """Keyed responses of one scale.

    Every response is the person's mean, plus the item's difficulty, plus noise, rounded; then
    single responses are moved by one until the sum is right. The noise has the variance that gives
    about the target internal consistency:

        alpha = k / (k - 1) * (1 - k * v / s**2), so v = (1 - alpha * (k - 1) / k) * s**2 / k

    with k items of variance v and sums of variance s**2; a part s**2 / k**2 of v is the persons'.

    Parameters
    ----------
    sums : numpy.ndarray of int64, shape (n,)
        Sum of the answered items of each person.
    answered : numpy.ndarray of bool, shape (n, k)
        Which items were answered.
    low, high : int
        Codes of the lowest and the highest response.
    consistency : float
        Target of Cronbach's alpha.
    draws : Draws

    Returns
    -------
    numpy.ndarray of int64, shape (n, k)
        0 where nothing was answered (see `answered`).
    """
    count = answered.shape[1]
    means = sums / answered.sum(axis=1)
    spread = float(np.var(means * count, ddof=1))
    single = (1 - consistency * (count - 1) / count) * spread / count
    variance = max(single - spread / count**2, 0.05)
    difficulty = LARGEST_SHIFT * draws.bell((1, count))
    noise = np.sqrt(variance) * draws.bell(answered.shape)
    drawn = np.clip(np.rint(means[:, None] + difficulty + noise), low, high).astype(np.int64)
    drawn = np.where(answered, drawn, 0)
    for person in range(len(sums)):
        drawn[person] = _adjusted(
            drawn[person], int(sums[person]), answered[person], low, high, draws
        )
    return drawn


def responses_near_alpha(
    sums: Integers, n_items: int, low: int, high: int, consistency: float, draws: Draws
) -> Integers:
    """Complete keyed responses with given sums, whose alpha comes close to a target.

    Rounding to whole responses lowers alpha, of short scales by a lot. So `responses_with_sums` is
    asked for more and more, and the responses with the closest alpha are kept.

    Parameters
    ----------
    sums : numpy.ndarray of int64, shape (n,)
        Sum of the items of each person, from `n_items` * `low` to `n_items` * `high`.
    n_items : int
    low, high : int
        Codes of the lowest and the highest response.
    consistency : float
        Target of Cronbach's alpha, below 1.
    draws : Draws

    Returns
    -------
    numpy.ndarray of int64, shape (n, n_items)
    """
    every = np.ones((len(sums), n_items), dtype=bool)
    tried = [
        responses_with_sums(sums, every, low, high, consistency + share * (1 - consistency), draws)
        for share in SHARES_OF_REST
    ]
    return min(tried, key=lambda one: abs(cronbach_alpha(one.astype(np.float64)) - consistency))


def _adjusted(
    responses: Integers,
    goal: int,
    answered: NDArray[np.bool_],
    low: int,
    high: int,
    draws: Draws,
) -> Integers:
    """Responses moved by one, in random order, until they add up."""
    adjusted = responses.copy()
    while (missing := goal - int(adjusted.sum())) != 0:
        step = 1 if missing > 0 else -1
        for item in draws.order(len(adjusted)):
            if missing == 0:
                break
            if answered[item] and low <= adjusted[item] + step <= high:
                adjusted[item] += step
                missing -= step
    return adjusted


def without_zeros(responses: Integers) -> Integers:
    """Responses to a form whose answers go from below to above 0 and leave 0 out; sums stay.

    Zeros become 1 and -1 in turn. One that is left becomes 1 or -1, and another answer that can do
    so without becoming 0 moves by one the other way.

    Parameters
    ----------
    responses : numpy.ndarray of int64, shape (n, k)
        Complete responses from -m to m, with m of 2 or more; k is even.

    Returns
    -------
    numpy.ndarray of int64, shape (n, k)

    Examples
    --------
    >>> without_zeros(np.array([[0, 2, 0, -3], [0, 1, 3, 2], [0, 1, 1, -2]])).tolist()
    [[1, 2, -1, -3], [1, 1, 2, 2], [1, 1, 1, -3]]
    """
    found = responses.copy()
    highest = max(int(np.abs(responses).max()), 2)
    for person in np.flatnonzero((responses == 0).any(axis=1)):
        row = found[person]
        places = np.flatnonzero(row == 0)
        row[places[0::2]], row[places[1::2]] = 1, -1
        if len(places) % 2:
            last = int(places[-1])
            others = np.arange(len(row)) != last
            may_fall = others & (row != 1) & (row > -highest)
            may_rise = others & (row != -1) & (row < highest)
            step = -1 if may_fall.any() else 1
            row[last] = -step
            row[np.flatnonzero(may_fall if step < 0 else may_rise)[0]] += step
    return found


def left_out(counts: Integers, n_items: int, draws: Draws) -> NDArray[np.bool_]:
    """Answered items: all but a given number, at random positions.

    Parameters
    ----------
    counts : numpy.ndarray of int64, shape (n,)
        Items left out by each person.

    Returns
    -------
    numpy.ndarray of bool, shape (n, n_items)
    """
    answered = np.ones((len(counts), n_items), dtype=bool)
    for person in np.flatnonzero(counts):
        answered[person, draws.order(n_items)[: counts[person]]] = False
    return answered


@dataclass(frozen=True)
class Proration:
    """Weight of an answered item in a prorated sum, as whole numbers.

    A sum over m of k items is multiplied by k / m. In units of 1 / `common`, every prorated
    sum is a whole number, so that sums over dyads stay exact:

        prorated sum of the items = sum of the answered items * units / common

    Attributes
    ----------
    units : numpy.ndarray of int64, shape (n,)
        One number per dyad; equal to `common` where every item is answered.
    common : int
    """

    units: Integers
    common: int

    @classmethod
    def of_answers(cls, answered: Integers, n_items: int) -> "Proration":
        """Units for dyads that answered so many of the items.

        Examples
        --------
        Of two items one is worth two points of the prorated sum where the other is left out.

        >>> Proration.of_answers(np.array([2, 1]), 2).units.tolist()
        [1, 2]
        """
        common = lcm(n_items, *answered.tolist()) // n_items
        return cls(common * n_items // answered, common)

    def of(self, dyads: Integers) -> "Proration":
        """The proration of some of the dyads."""
        return Proration(self.units[dyads], self.common)


def ticked_cells(
    entry: Questionnaire, key: Instrument, keyed: Integers, given: NDArray[np.bool_]
) -> dict[str, np.ndarray]:
    """Cells of the items as a person would tick them, by column, item 1 first.

    Parameters
    ----------
    entry : Questionnaire
    key : Instrument
    keyed : numpy.ndarray of int64, shape (n, n_items)
        Keyed responses: reversed items are turned back.
    given : numpy.ndarray of bool, shape (n, n_items)
        Whether an item was answered; its cell is empty otherwise.
    """
    cells = {}
    for item in range(1, key.n_items + 1):
        ticked = keyed[:, item - 1]
        if item in key.reverse:
            ticked = reverse_key(ticked, key.response.minimum, key.response.maximum)
        cells[str(entry.column_of(item))] = np.where(given[:, item - 1], ticked.astype(str), "")
    return cells
