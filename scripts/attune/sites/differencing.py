"""Whether sums over overlapping groups disclose a few people: the differencing attack.

Who knows the sum of a measure over two groups knows its sum over the people in one of them only.
With many groups it is not enough to compare pairs: any weighted sum of the groups may cancel all
but a few people. The check here is exact for all of them.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

MOST_COMBINATIONS = 20_000
"""Combinations of small cells that are tried; with more, the groups count as disclosing. At 20,000
the check takes about half a second, and cohorts of hundreds of dyads stay below."""

_TOLERANCE = 1e-9
"""Below it a singular value is 0: the matrices hold zeros and ones."""


def discloses(groups: Sequence[Sequence[bool]], people: Sequence[int], smallest: int) -> bool:
    """Whether some weighted sum of groups is a sum over fewer people than allowed.

    Parameters
    ----------
    groups : sequence of sequence of bool, shape (n_groups, n_cells)
        Whether the people of a cell belong to a group. A cell holds the people who belong to the
        same groups.
    people : sequence of int, shape (n_cells,)
        People in each cell, at least one.
    smallest : int
        Fewest people that a sum may be over; 0 or 1 forbids nothing.

    Returns
    -------
    bool
        True where a vector other than 0 in the span of the groups lies within cells of fewer than
        `smallest` people together, or where there are too many combinations to tell.

    Notes
    -----
    A vector in the span of the rows lies within some cells exactly where the columns of the other
    cells have a lower rank than all columns. Cells of `smallest` people or more are always among
    the other ones, so that only their complement is searched.

    Examples
    --------
    Ten people have both measures, and two more have the first one only:

    >>> discloses([[True, True], [True, False]], [10, 2], smallest=5)
    True
    >>> discloses([[True, True], [True, False]], [10, 6], smallest=5)
    False

    No two groups differ by one person only, but all three together isolate one:

    >>> groups = [[True, False, False], [False, True, False], [True, True, True]]
    >>> discloses(groups, [8, 7, 1], smallest=5), discloses(groups[1:], [8, 7, 1], smallest=5)
    (True, False)
    """
    matrix = np.array(groups, dtype=float).reshape(len(groups), len(people))
    if smallest < 2 or not matrix.any():
        return False
    sizes = np.array(people)
    used = matrix.any(axis=0)
    matrix, sizes = matrix[:, used], sizes[used]
    small = sizes < smallest
    rest = _beyond(matrix[:, ~small], matrix[:, small])
    rank = np.linalg.matrix_rank(rest, tol=_TOLERANCE) if rest.size else 0
    if not rank:
        return False
    relevant = np.abs(rest).max(axis=0) > _TOLERANCE
    cells = [int(size) for size in sizes[small][relevant]]
    if sum(cells) < smallest:
        return True
    return _isolates(rest[:, relevant], cells, int(rank), smallest)


def _beyond(large: NDArray[np.float64], small: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the columns of small cells hold beyond the span of those of the large cells."""
    if not large.size or not small.size:
        return small
    left, values, _ = np.linalg.svd(large, full_matrices=False)
    basis = left[:, values > _TOLERANCE]
    return np.asarray(small - basis @ (basis.T @ small))


def _isolates(columns: NDArray[np.float64], cells: Sequence[int], rank: int, smallest: int) -> bool:
    """Whether the rank falls without the columns of some cells of few people."""
    for tried, chosen in enumerate(_small_unions(cells, smallest)):
        if tried >= MOST_COMBINATIONS:
            return True
        kept = np.delete(columns, chosen, axis=1)
        if np.linalg.matrix_rank(kept, tol=_TOLERANCE) < rank:
            return True
    return False


def _small_unions(cells: Sequence[int], smallest: int) -> Iterator[tuple[int, ...]]:
    """Places of cells that hold fewer than `smallest` people together."""
    for size in range(1, smallest):
        fits = False
        for chosen in combinations(range(len(cells)), size):
            if sum(cells[place] for place in chosen) < smallest:
                fits = True
                yield chosen
        if not fits:
            return
