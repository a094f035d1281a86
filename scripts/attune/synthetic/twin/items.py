"""Keyed responses with given person means and a given alpha."""

import numpy as np
from numpy.typing import NDArray

from attune.synthetic.draws import Draws

Reals = NDArray[np.float64]
Integers = NDArray[np.int64]

ROUNDS = 14
"""Bisection steps of the search for the noise that gives the target alpha."""


def block_responses(
    means: Reals, n_items: int, steps: int, consistency: float, draws: Draws
) -> Integers:
    """Responses of one block, as numbers of steps above the lowest code.

    Every response is the person's mean plus noise, rounded; then the responses that rounding moved
    furthest are moved back until the person's sum is the rounded one. The amount of
    noise that gives the target alpha is found by bisection.

    Parameters
    ----------
    means : numpy.ndarray of float64, shape (n,)
        Mean response of each person, in steps.
    n_items : int
    steps : int
        Steps from the lowest to the highest code.
    consistency : float
        Target of Cronbach's alpha.
    draws : Draws

    Returns
    -------
    numpy.ndarray of int64, shape (n, n_items)
    """
    sums = np.clip(np.rint(means * n_items), 0, steps * n_items).astype(np.int64)
    noise = draws.bell((len(means), n_items))
    if n_items == 1 or len(means) < 3:
        return _with_sums(np.repeat(means[:, np.newaxis], n_items, axis=1), sums, steps)
    noise -= noise.mean(axis=1, keepdims=True)
    person = (sums / n_items)[:, np.newaxis]
    low, high = 0.0, float(steps)
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        # More noise makes items less consistent.
        if _alpha(_with_sums(person + middle * noise, sums, steps)) > consistency:
            low = middle
        else:
            high = middle
    return _with_sums(person + (low + high) / 2 * noise, sums, steps)


def _with_sums(real: Reals, sums: Integers, steps: int) -> Integers:
    """Whole responses near real ones, with the right sums."""
    responses = np.clip(np.rint(real), 0, steps).astype(np.int64)
    people = np.arange(len(responses))
    while (gap := sums - responses.sum(axis=1)).any():
        up = np.where(responses < steps, real - responses, -np.inf)
        down = np.where(responses > 0, responses - real, -np.inf)
        item = np.where(gap > 0, up.argmax(axis=1), down.argmax(axis=1))
        responses[people, item] += np.sign(gap)
    return responses


def _alpha(responses: Integers) -> float:
    """Cronbach's alpha; 1 if all persons have the same sum."""
    k = responses.shape[1]
    total = responses.sum(axis=1).var(ddof=1)
    if total == 0:
        return 1.0
    return float(k / (k - 1) * (1 - responses.var(axis=0, ddof=1).sum() / total))


def left_out(
    who: NDArray[np.bool_], n_items: int, n_missing: int, draws: Draws
) -> NDArray[np.bool_]:
    """Which responses are missing: a given number, among some persons, never all of one person.

    Parameters
    ----------
    who : numpy.ndarray of bool, shape (n,)
        Persons who left something out.

    Returns
    -------
    numpy.ndarray of bool, shape (n, n_items)
    """
    missing = np.zeros((len(who), n_items), dtype=bool)
    people = np.flatnonzero(who)
    if not len(people) or n_items < 2:
        return missing
    n_missing = max(len(people), min(n_missing, len(people) * (n_items - 1)))
    share, rest = divmod(n_missing, len(people))
    order = np.argsort(draws.uniform((len(people), n_items)), axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    counts = np.full(len(people), share)
    counts[:rest] += 1
    missing[people] = rank < counts[:, np.newaxis]
    return missing
