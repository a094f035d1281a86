"""Whole-number scores near a real solution that meet many narrow intervals at once.

A vector of real scores with exactly the target correlations is easy to write down; rounding it
moves every correlation by some thousandths. Each of n scores can be rounded to two neighbours,
which gives 2**n vectors around the solution. They are searched whole: the sums of all roundings of
one half of the dyads meet the sums of all roundings of the other half, sorted, so that only pairs
that fit the narrowest condition are examined.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from attune.synthetic.draws import Draws, Integers, Reals
from attune.synthetic.search import CalibrationError, Target, misfit, missed_targets

CHUNK = 64
"""Roundings of the first half that are met with the second half at once."""
TRIES = 200
"""Real solutions that are rounded before the search gives up."""
LEAD_WIDTH = 0.003
"""Half width, in correlations, of the condition by which the roundings of two halves meet."""


def unit_vector(conditions: Reals, values: Reals, draws: Draws) -> Reals | None:
    """A random vector of length 1 whose products with given vectors are given.

    Parameters
    ----------
    conditions : numpy.ndarray, shape (conditions, n)
    values : numpy.ndarray, shape (conditions,)
    draws : Draws

    Returns
    -------
    numpy.ndarray, shape (n,)
        None where no vector of length 1 has these products.
    """
    gram = conditions @ conditions.T
    nearest = np.linalg.solve(gram, values) @ conditions
    room = 1.0 - float((nearest * nearest).sum())
    if room <= 0:
        return None
    free = draws.bell((conditions.shape[1],))
    free = free - np.linalg.solve(gram, conditions @ free) @ conditions
    return nearest + free * np.sqrt(room / float((free * free).sum()))


@dataclass(frozen=True)
class Sums:
    """Sums over the dyads of many candidate vectors y.

    Attributes
    ----------
    n : int
        Dyads.
    scores, squares : numpy.ndarray of int64, shape (candidates,)
        Sum of y and of its square.
    products : mapping of str to numpy.ndarray of int64, shape (candidates,)
        Sum of the products of y with each fixed variable.
    """

    n: int
    scores: Integers
    squares: Integers
    products: Mapping[str, Integers]

    def spread(self) -> Reals:
        """N times the sum of squared deviations."""
        return (self.n * self.squares - self.scores * self.scores).astype(np.float64)

    def shared(self, name: str, fixed: Integers) -> Reals:
        """N times the sum of products of deviations, with a fixed variable."""
        return (self.n * self.products[name] - self.scores * fixed.sum()).astype(np.float64)

    def correlation(self, name: str, fixed: Integers) -> Reals:
        """Pearson correlation with a fixed variable."""
        own = float(len(fixed) * (fixed * fixed).sum() - fixed.sum() ** 2)
        return self.shared(name, fixed) / np.sqrt(self.spread() * own)


Statistics = Callable[[Sums], Mapping[str, Reals]]


def lead_by_correlation(
    name: str, r: float, fixed: Integers, options: Integers
) -> tuple[str, float, float]:
    """The lead of `meet` that keeps the correlation with one fixed variable near r."""
    n = len(fixed)
    middle = options.mean(axis=1)
    lengths = n * np.sqrt(
        ((middle - middle.mean()) ** 2).sum() * ((fixed - fixed.mean()) ** 2).sum()
    )
    # Rounding also moves the standard deviation of the scores, by at most about two percent.
    width = LEAD_WIDTH + 0.02 * abs(r)
    return name, (r - width) * lengths, (r + width) * lengths


def meet(
    options: Integers,
    fixed: Mapping[str, Integers],
    lead: tuple[str, float, float],
    statistics: Statistics,
    targets: Mapping[str, Target],
) -> tuple[Integers, float, Mapping[str, Reals]]:
    """The best of all 2**n choices between two scores per dyad.

    Parameters
    ----------
    options : numpy.ndarray of int64, shape (n, 2)
        The two scores that each dyad may have.
    fixed : mapping of str to numpy.ndarray of int64, shape (n,)
        Variables whose products with the scores the statistics need.
    lead : (str, float, float)
        A fixed variable and the interval in which n times its centred product with the scores
        must lie: the narrowest condition, by which the halves meet.
    statistics : callable
        Named statistics of `Sums`.
    targets : mapping of str to Target

    Returns
    -------
    scores : numpy.ndarray of int64, shape (n,)
    misfit : float
        0 where every target is met.
    values : mapping
        The statistics of these scores, each with shape (1,).
    """
    n = len(options)
    name, low, high = lead
    # Centred once, so that the condition is one sum: n * sum(y * x) - sum(y) * sum(x).
    leading = n * fixed[name] - fixed[name].sum()
    half = n // 2
    first, second = _all_choices(options[:half]), _all_choices(options[half:])
    key = (second * leading[half:]).sum(axis=1)
    order = np.argsort(key, kind="stable")
    second, key = second[order], key[order]
    left, right = (
        _features(part, {k: v[place] for k, v in fixed.items()})
        for part, place in ((first, slice(0, half)), (second, slice(half, n)))
    )
    offset = (first * leading[:half]).sum(axis=1)
    starts = np.searchsorted(key, low - offset, side="left")
    ends = np.searchsorted(key, high - offset, side="right")
    best: tuple[float, int, int] = (np.inf, 0, 0)
    for begin in range(0, len(first), CHUNK):
        counts = np.maximum(ends[begin : begin + CHUNK] - starts[begin : begin + CHUNK], 0)
        rows = np.repeat(np.arange(begin, begin + len(counts)), counts)
        if not len(rows):
            continue
        before = np.repeat(np.cumsum(counts) - counts, counts)
        places = np.arange(len(rows)) - before + np.repeat(starts[begin : begin + CHUNK], counts)
        misfits = misfit(statistics(_joined(n, left, right, rows, places, fixed)), targets)
        lowest = int(np.argmin(misfits))
        if misfits[lowest] < best[0]:
            best = (float(misfits[lowest]), int(rows[lowest]), int(places[lowest]))
        if best[0] == 0:
            break
    scores = np.concatenate([first[best[1]], second[best[2]]])
    one = _joined(n, left, right, np.array([best[1]]), np.array([best[2]]), fixed)
    return scores, best[0], statistics(one)


def rounded_scores(
    propose: Callable[[Draws], Integers | None],
    fixed: Mapping[str, Integers],
    lead: Callable[[Integers], tuple[str, float, float]],
    statistics: Statistics,
    targets: Mapping[str, Target],
    draws: Draws,
) -> Integers:
    """Scores that meet every target, from the roundings of one real solution after another.

    Parameters
    ----------
    propose : callable
        Gives two scores per dyad around a random real solution, or None if it has none.
    fixed, statistics, targets
        See `meet`.
    lead : callable
        Gives the lead of `meet` for these options.
    draws : Draws

    Raises
    ------
    CalibrationError
        With the statistics of the best scores that are still outside their intervals.
    """
    least, closest = np.inf, []
    for _ in range(TRIES):
        options = propose(draws)
        if options is None:
            continue
        scores, distance, values = meet(options, fixed, lead(options), statistics, targets)
        if distance == 0:
            return scores
        if distance < least:
            least, closest = distance, missed_targets(values, targets)
    raise CalibrationError("No scores were found that give the printed values.", closest)


def _all_choices(options: Integers) -> Integers:
    """Every choice between two values per dyad, shape (2**dyads, dyads)."""
    count = len(options)
    bits = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
    return np.where(bits == 1, options[:, 1], options[:, 0])


def _features(choices: Integers, fixed: Mapping[str, Integers]) -> Integers:
    products = [(choices * variable).sum(axis=1) for variable in fixed.values()]
    return np.stack([choices.sum(axis=1), (choices * choices).sum(axis=1), *products])


def _joined(
    n: int,
    left: Integers,
    right: Integers,
    rows: Integers,
    places: Integers,
    fixed: Mapping[str, Integers],
) -> Sums:
    total = left[:, rows] + right[:, places]
    return Sums(n, total[0], total[1], dict(zip(fixed, total[2:], strict=True)))
