"""Indices of careless responding: the longest run, the spread within a person, the distance.

References
----------
Curran, P. G. (2016). Methods for the detection of carelessly invalid responses in survey data.
Journal of Experimental Social Psychology, 66, 4-19. https://doi.org/10.1016/j.jesp.2015.07.006

Dunn, A. M., Heggestad, E. D., Shanock, L. R., & Theilgard, N. (2018). Intra-individual response
variability as an indicator of insufficient effort responding. Journal of Business and Psychology,
33, 105-121. https://doi.org/10.1007/s10869-016-9479-0

Meade, A. W., & Craig, S. B. (2012). Identifying careless responses in survey data. Psychological
Methods, 17, 437-455. https://doi.org/10.1037/a0028085
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune.scoring.scores import NO_RESPONSE

OUTLIER_LEVEL = 0.001
"""Level of the test of each distance."""

ROWS_PER_ITEM = 2
"""Complete questionnaires per item that the estimate of a covariance matrix needs."""

MOST_FOR_COVARIANCE = 50_000
"""Rows, evenly spread over the file, from which means and covariances are estimated."""

_ROWS_AT_ONCE = 16_384


@dataclass(frozen=True)
class LongestRuns:
    """The longest run of identical answers in each row; the first where two are equally long.

    Attributes
    ----------
    length : array of int, shape (n_rows,)
        Answers in the run; an item that was left out neither counts nor ends a run.
    value : array of int, shape (n_rows,)
        The answer; `NO_RESPONSE` where nothing was answered.
    first, last : arrays of int, shape (n_rows,)
        Positions of the run's first and last item, from 0.
    """

    length: NDArray[np.int64]
    value: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]


def longest_runs(responses: NDArray[np.int16]) -> LongestRuns:
    """The longest run of identical answers of each person ("long string"; Curran, 2016).

    Parameters
    ----------
    responses : numpy.ndarray of int16, shape (n_rows, n_items)
        As given, before any item is reversed; `NO_RESPONSE` where there is no answer.

    Examples
    --------
    >>> runs = longest_runs(np.array([[1, 3, 3, 3, 2], [4, 4, 0, 0, 1]], dtype=np.int16))
    >>> runs.length.tolist(), runs.value.tolist(), runs.first.tolist(), runs.last.tolist()
    ([3, 2], [3, 4], [1, 0], [3, 1])
    """
    n_rows = len(responses)
    length, first, last = (np.zeros(n_rows, dtype=np.int64) for _ in range(3))
    value = np.full(n_rows, int(NO_RESPONSE), dtype=np.int64)
    rows, items = np.nonzero(responses != NO_RESPONSE)
    if not len(rows):
        return LongestRuns(length, value, first, last)
    answers = responses[rows, items]
    begins = np.ones(len(rows), dtype=bool)
    begins[1:] = (rows[1:] != rows[:-1]) | (answers[1:] != answers[:-1])
    starts = np.flatnonzero(begins)
    lengths = np.diff(np.append(starts, len(rows)))
    # Per row the longest run first; among equally long ones the earliest.
    order = np.lexsort((starts, -lengths, rows[starts]))
    best = order[np.unique(rows[starts][order], return_index=True)[1]]
    row = rows[starts[best]]
    length[row], value[row] = lengths[best], answers[starts[best]]
    first[row], last[row] = items[starts[best]], items[starts[best] + lengths[best] - 1]
    return LongestRuns(length, value, first, last)


def rows_with_runs(responses: NDArray[np.int16], length: int) -> NDArray[np.int64]:
    """Rows that can hold a run of at least `length` answers, found without looking at any run.

    A run of half of the items or more covers one of the two in the middle: only rows qualify that
    give the answer to one of them at least `length` times, or leave one of them out.

    Parameters
    ----------
    responses : numpy.ndarray of int16, shape (n_rows, n_items)
    length : int
        At least half of the number of items.
    """
    n_items = responses.shape[1]
    possible = np.zeros(len(responses), dtype=bool)
    for start in range(0, len(responses), _ROWS_AT_ONCE):
        block = responses[start : start + _ROWS_AT_ONCE]
        candidates = possible[start : start + len(block)]
        for item in {(n_items - 1) // 2, n_items // 2}:
            middle = block[:, item]
            alike = np.count_nonzero(block == middle[:, None], axis=1) >= length
            candidates |= alike | (middle == NO_RESPONSE)
    return np.flatnonzero(possible)


def response_variability(responses: NDArray[np.int16]) -> NDArray[np.float64]:
    """Intra-individual response variability: the SD of a person's answers over the items.

    Divided by n - 1, over the answered items (Dunn et al., 2018); NaN for fewer than two answers.

    Parameters
    ----------
    responses : numpy.ndarray of int16, shape (n_rows, n_items)
        As given, before any item is reversed; `NO_RESPONSE` where there is no answer.

    Examples
    --------
    >>> response_variability(np.array([[2, 2, 2], [1, 2, 3]], dtype=np.int16)).tolist()
    [0.0, 1.0]
    """
    spread = np.full(len(responses), np.nan)
    for start in range(0, len(responses), _ROWS_AT_ONCE):
        block = responses[start : start + _ROWS_AT_ONCE]
        answered = block != NO_RESPONSE
        n = np.count_nonzero(answered, axis=1)
        values = np.where(answered, block, np.int16(0)).astype(float)
        total, squares = values.sum(axis=1), np.einsum("ij,ij->i", values, values)
        enough = n > 1
        n, total = n[enough], total[enough]
        variance = np.maximum(squares[enough] - total**2 / n, 0) / (n - 1)
        spread[start : start + len(block)][enough] = np.sqrt(variance)
    return spread


@dataclass(frozen=True)
class Distances:
    """How far each complete row lies from the centre of all.

    Attributes
    ----------
    squared : array of float64, shape (n_rows,)
        Squared Mahalanobis distance; NaN for rows with a missing answer.
    df : int
        Rank of the covariance matrix: degrees of freedom of the chi-square distribution.
    n : int
        Complete rows.
    """

    squared: NDArray[np.float64]
    df: int
    n: int

    def outliers(self, level: float = OUTLIER_LEVEL) -> NDArray[np.int64]:
        """Rows beyond the chi-square quantile 1 - level, the farthest first."""
        from scipy.special import chdtri

        if self.df == 0:
            return np.empty(0, dtype=np.int64)
        far = np.flatnonzero(self.squared > chdtri(self.df, level))
        return far[np.argsort(-self.squared[far], kind="stable")]


def mahalanobis_distances(responses: NDArray[np.int16]) -> Distances:
    """Squared Mahalanobis distances (x - m)' S+ (x - m) of the complete rows.

    S+ is the Moore-Penrose inverse of the sample covariance matrix, so that constant or redundant
    items add nothing; under normality the squared distances are about chi-square distributed with
    rank(S) degrees of freedom (Meade & Craig, 2012).

    Parameters
    ----------
    responses : numpy.ndarray of int16, shape (n_rows, n_items)
        `NO_RESPONSE` where there is no answer.

    Returns
    -------
    Distances
        All NaN and 0 degrees of freedom where there are no more than `ROWS_PER_ITEM` complete rows
        per item.

    Examples
    --------
    >>> square = np.array([[0, 0], [0, 2], [2, 0], [2, 2], [1, 1]], dtype=np.int16)
    >>> mahalanobis_distances(square).squared.round(3).tolist()
    [2.0, 2.0, 2.0, 2.0, 0.0]
    """
    complete = np.flatnonzero((responses != NO_RESPONSE).all(axis=1))
    squared = np.full(len(responses), np.nan)
    n, n_items = len(complete), responses.shape[1]
    if n <= ROWS_PER_ITEM * n_items:
        return Distances(squared, 0, n)
    parts = [complete[start : start + _ROWS_AT_ONCE] for start in range(0, n, _ROWS_AT_ONCE)]
    some = responses[complete[:: -(-n // MOST_FOR_COVARIANCE)]].astype(float)
    mean = some.mean(axis=0)
    values, vectors = np.linalg.eigh((some - mean).T @ (some - mean) / (len(some) - 1))
    nonzero = values > max(values[-1], 0) * n_items * np.finfo(float).eps
    axes = vectors[:, nonzero] / np.sqrt(values[nonzero])
    # Single precision is twice as fast, and exact enough for a threshold.
    mean, axes = mean.astype(np.float32), axes.astype(np.float32)
    for part in parts:
        projected = (responses[part].astype(np.float32) - mean) @ axes
        squared[part] = np.einsum("ij,ij->i", projected, projected)
    return Distances(squared, int(nonzero.sum()), n)
