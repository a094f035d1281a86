"""Fit of a scoring key to the correlations between items, compared with other keys."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune.specs.instrument import Instrument

FEWEST_QUESTIONNAIRES = 20
"""With fewer complete questionnaires keys are not compared."""

CLEARLY_BETTER = 2.0
"""Standard errors by which another key must explain more. Where the declared key is right, it
explains more itself: this is far from a test at 2 standard errors."""

LEAST_GAIN = 1.05
"""Ratio of explained squared correlations that another key must exceed."""

LEAST_EXPLAINED = 0.15
"""Share of the squared correlations that another key must explain: of noise, keys explain less."""


ORDERS = 99
"""Random orders of the columns that the given one is compared with: enough for one in twenty."""


@dataclass(frozen=True)
class KeyStructure:
    """The structure that a key implies for the correlations between the columns of a file.

    Attributes
    ----------
    signs : array of float64, shape (n_columns,)
        -1 where the key turns the answers of a column.
    groups : array of int, shape (n_columns, n_columns)
        Which pairs of columns should correlate alike: the number of the smallest scale that holds
        both, or -1 where none does.
    """

    signs: NDArray[np.float64]
    groups: NDArray[np.int64]

    def reordered(self, items: NDArray[np.int64]) -> "KeyStructure":
        """The key where column c holds the item at position `items[c]`."""
        return KeyStructure(self.signs[items], self.groups[np.ix_(items, items)])

    def first(self, n_items: int) -> "KeyStructure":
        """The key of the first items."""
        return KeyStructure(self.signs[:n_items], self.groups[:n_items, :n_items])

    def with_reversed(self, columns: NDArray[np.bool_]) -> "KeyStructure":
        """The key with the direction of some columns reversed."""
        return KeyStructure(np.where(columns, -self.signs, self.signs), self.groups)


@dataclass(frozen=True)
class Comparison:
    """Two keys for the same answers.

    Attributes
    ----------
    explained, other_explained : float
        Share of the squared correlations between items that the declared and the other key
        explain.
    z : float
        Standard errors by which the other explains more.
    """

    explained: float
    other_explained: float
    z: float

    @property
    def clear(self) -> bool:
        """Whether the other key explains clearly more."""
        return self.z > CLEARLY_BETTER and self.enough

    @property
    def enough(self) -> bool:
        """Whether the other key explains enough, and enough more, to be considered."""
        gain = self.other_explained > LEAST_GAIN * self.explained
        return self.other_explained > LEAST_EXPLAINED and gain


def key_structure(instrument: Instrument) -> KeyStructure:
    """The structure of an instrument's sum and mean scales, column c holding item c."""
    n = instrument.n_items
    signs = np.ones(n)
    signs[np.array(instrument.reverse, dtype=int) - 1] = -1
    groups = np.full((n, n), -1)
    names = [
        name for name, scale in instrument.scales.items() if scale.aggregation in ("sum", "mean")
    ]
    # Larger scales first: the smallest that holds a pair has the last word.
    names.sort(key=lambda name: -len(instrument.items_of(name)))
    for number, name in enumerate(names):
        items = np.array(instrument.items_of(name), dtype=int) - 1
        groups[np.ix_(items, items)] = number
    return KeyStructure(signs, groups)


def compare_keys(
    answers: NDArray[np.float64], declared: KeyStructure, others: list[KeyStructure]
) -> list[Comparison]:
    r"""Whether other keys explain the correlations between items better than the declared one.

    A key implies that all pairs of a scale correlate equally, and positively once the reversed
    items are reversed; pairs without a common scale may have any correlation, but the same one. Its
    prediction
    :math:`m_{ij}` of a pair is the mean over the pairs of its group (at least 0 within a scale).
    Key A explains more than key B by

    .. math:: d_p = \sum_{i<j} \left[ (z_{pi} z_{pj} - m^B_{ij})^2
              - (z_{pi} z_{pj} - m^A_{ij})^2 \right]

    on average over the people p, whose standardised answers are z; the mean of d over its standard
    error is the test of Vuong for least squares.

    Parameters
    ----------
    answers : array, shape (n, n_columns)
        As given, NaN where missing. Only complete rows count, and no constant column.
    declared : KeyStructure
    others : list of KeyStructure

    Returns
    -------
    list of Comparison
        As many as `others`; z = 0 where there are too few complete rows, or nothing varies.

    References
    ----------
    Vuong, Q. H. (1989). Likelihood ratio tests for model selection and non-nested hypotheses.
    Econometrica, 57, 307-333. https://doi.org/10.2307/1912557
    """
    standard = _standardised(answers)
    undecided = [Comparison(0.0, 0.0, 0.0)] * len(others)
    if len(standard) < FEWEST_QUESTIONNAIRES:
        return undecided
    correlations = _correlations(standard)
    all_squares = (correlations**2).sum()
    if not all_squares:
        return undecided
    predicted = _predicted(correlations, declared)
    comparisons = []
    for other in others:
        better = _predicted(correlations, other)
        difference = better - predicted
        # Half the sum over all i, j is the sum over pairs; the factor 2 of the product stays.
        gain = np.einsum("pi,ij,pj->p", standard, difference, standard, optimize=True)
        gain -= ((better**2).sum() - (predicted**2).sum()) / 2
        error = gain.std(ddof=1) / np.sqrt(len(gain))
        comparisons.append(
            Comparison(
                explained=float((predicted**2).sum() / all_squares),
                other_explained=float((better**2).sum() / all_squares),
                z=float(gain.mean() / error) if error > 0 else 0.0,
            )
        )
    return comparisons


def orders_as_good(answers: NDArray[np.float64], key: KeyStructure) -> float:
    """Share of random orders of the columns that explain as much as the given one.

    The given one counts as one of them, so that the share is at least 1 / (`ORDERS` + 1); 0 where
    there are too few complete rows.

    Parameters
    ----------
    answers : array, shape (n, n_columns)
        As given, NaN where missing. Only complete rows count.
    key : KeyStructure
    """
    standard = _standardised(answers)
    if len(standard) < FEWEST_QUESTIONNAIRES:
        return 0.0
    correlations, rng = _correlations(standard), np.random.default_rng(len(key.signs))
    orders = [rng.permutation(len(key.signs)) for _ in range(ORDERS)]
    given = (_predicted(correlations, key) ** 2).sum()
    others = [(_predicted(correlations, key.reordered(order)) ** 2).sum() for order in orders]
    return (1 + sum(other >= given for other in others)) / (ORDERS + 1)


def _standardised(answers: NDArray[np.float64]) -> NDArray[np.float64]:
    """The complete rows with the mean 0 and the variance 1 in each column."""
    complete = answers[np.isfinite(answers).all(axis=1)]
    if not len(complete):
        return complete
    spread = complete.std(axis=0)
    return np.asarray((complete - complete.mean(axis=0)) / np.where(spread > 0, spread, 1))


def _correlations(standard: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlations between standardised columns, 0 in the diagonal."""
    correlations = standard.T @ standard / len(standard)
    np.fill_diagonal(correlations, 0)
    return np.asarray(correlations)


def _predicted(correlations: NDArray[np.float64], key: KeyStructure) -> NDArray[np.float64]:
    """Correlations predicted by a key: the mean of their group, with the key's sign."""
    signs = np.outer(key.signs, key.signs)
    group = key.groups + 1
    off = ~np.eye(len(group), dtype=bool)
    size = group.max() + 1
    sums = np.bincount(group[off], (correlations * signs)[off], minlength=size)
    means = sums / np.maximum(np.bincount(group[off], minlength=size), 1)
    means[1:] = np.maximum(means[1:], 0)
    return np.where(off, means[group] * signs, 0)
