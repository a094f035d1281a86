"""Whether a correlation matrix with given cells can exist: positive semi-definiteness by intervals.

A matrix of correlations among the same cases has no negative eigenvalue. Where cells are rounded or
unknown, the question is whether some matrix with every cell within its interval has none: a
semidefinite program, maximise t such that X - t I is positive semi-definite, the diagonal of X is 1
and every cell of X lies within its interval (completion of partial matrices: Grone, Johnson, Sá &
Wolkowicz, 1984, doi 10.1016/0024-3795(84)90207-6; solver: Goulart & Chen, 2024, Clarabel,
doi 10.48550/arXiv.2405.12762).

The answer of the solver is verified. If it reports a feasible matrix, the eigenvalues are computed
anew. If it reports infeasibility, it returns weights Y, a positive semi-definite matrix for which
<X, Y> = sum of X_ij Y_ij is negative whatever the cells are; it never is for a positive
semi-definite X. Y is rounded to a product L L' of whole numbers, which is positive semi-definite by
construction, and the largest <X, Y> is summed up in fractions: a proof without rounding.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from attune.stats.intervals import Interval

Cells = Mapping[tuple[int, int], Interval]
"""Interval of the cell of two variables, the smaller number first; cells left out are unknown."""

SAFE = 1e-9
"""An eigenvalue above this is not the rounding of a negative one (which is of size 1e-14)."""

_DOUBLE = Fraction(1, 10**15)

MOST_VARIABLES = 60
"""Most variables that the solver is run for; more take minutes."""

SCALE = 2**24
"""Weights of a proof are rounded to whole numbers of this size."""


@dataclass(frozen=True)
class Feasibility:
    """Result of the test whether a correlation matrix can exist.

    Attributes
    ----------
    exists : bool or None
        None: undecided, since neither could be proved or there are too many variables.
    matrix : ndarray or None
        Where it exists, one such matrix.
    weights : dict of (int, int) to int
        Where it does not, the weights of the cells in the proof, those of unknown cells included.
    """

    exists: bool | None
    matrix: NDArray[np.float64] | None = None
    weights: Mapping[tuple[int, int], int] | None = None


def feasibility(size: int, cells: Cells) -> Feasibility:
    """Whether some correlation matrix has every cell within its interval.

    Parameters
    ----------
    size : int
        Variables.
    cells : mapping of (int, int) to Interval
        Every end between -1 and 1.

    Returns
    -------
    Feasibility

    Examples
    --------
    Two variables that correlate .9 with a third correlate at least
    .9 * .9 - (1 - .9**2) = .62 with each other.

    >>> from attune.stats.intervals import exact
    >>> known = {(0, 1): exact("0.9"), (0, 2): exact("0.9")}
    >>> feasibility(3, {**known, (1, 2): exact("0.63")}).exists
    True
    >>> feasibility(3, {**known, (1, 2): exact("0.61")}).exists
    False
    """
    middle = _middle(size, cells)
    if _least_eigenvalue(middle) > SAFE:
        return Feasibility(True, matrix=middle)
    if size > MOST_VARIABLES:
        return Feasibility(None)
    matrix, dual = _solve(size, cells)
    if matrix is not None and _least_eigenvalue(matrix) > SAFE and _within(matrix, cells):
        return Feasibility(True, matrix=matrix)
    weights = _whole_weights(dual) if dual is not None else None
    if weights is not None and largest_product(weights, cells) < 0:
        return Feasibility(False, weights=_off_diagonal(weights))
    return Feasibility(None)


def largest_product(weights: NDArray[np.object_], cells: Cells) -> Fraction:
    """Largest sum of X_ij Y_ij over all matrices X with 1 on the diagonal and cells as given.

    Parameters
    ----------
    weights : ndarray of int, shape (size, size)
        Y, symmetric.
    cells : mapping of (int, int) to Interval
        Unknown cells range from -1 to 1.

    Examples
    --------
    Three correlations of -.6 are impossible: with all weights 1 (the matrix of a sum of the
    variables,
    whose variance this is) the largest product is 3 - 6 * .6.

    >>> from attune.stats.intervals import exact
    >>> ones = np.ones((3, 3), dtype=object)
    >>> largest_product(ones, dict.fromkeys([(0, 1), (0, 2), (1, 2)], exact("-0.6")))
    Fraction(-3, 5)
    """
    size = len(weights)
    result = Fraction(sum(int(weights[i, i]) for i in range(size)))
    for i in range(size):
        for j in range(i + 1, size):
            weight, cell = int(weights[i, j]), cells.get((i, j))
            if cell is None:
                result += 2 * abs(weight)
            else:
                result += 2 * weight * (cell.high if weight > 0 else cell.low)
    return result


def _middle(size: int, cells: Cells) -> NDArray[np.float64]:
    """The matrix with every cell in the middle of its interval, unknown cells 0."""
    matrix = np.eye(size)
    for (i, j), cell in cells.items():
        matrix[i, j] = matrix[j, i] = float((cell.low + cell.high) / 2)
    return matrix


def _least_eigenvalue(matrix: NDArray[np.float64]) -> float:
    return float(np.linalg.eigvalsh(matrix)[0])


def _within(matrix: NDArray[np.float64], cells: Cells) -> bool:
    """Whether the diagonal is 1 and every cell lies within its interval.

    Up to the distance of a fraction to its nearest double: moving the cells into their intervals
    changes no eigenvalue by more than the matrix's size times it, far less than `SAFE`.
    """
    return bool(np.all(np.diag(matrix) == 1)) and all(
        cell.low - _DOUBLE <= Fraction(float(matrix[i, j])) <= cell.high + _DOUBLE
        for (i, j), cell in cells.items()
    )


def _whole_weights(dual: NDArray[np.float64]) -> NDArray[np.object_] | None:
    """The solver's weights as L L' of whole numbers: positive semi-definite by construction."""
    values, vectors = np.linalg.eigh(dual)
    root = vectors * np.sqrt(np.clip(values, 0, None))
    largest = np.abs(root).max()
    if not np.isfinite(largest) or largest == 0:
        return None
    whole = np.rint(root / largest * SCALE).astype(np.int64).astype(object)
    return whole @ whole.T


def _off_diagonal(weights: NDArray[np.object_]) -> dict[tuple[int, int], int]:
    size = len(weights)
    return {(i, j): int(weights[i, j]) for i in range(size) for j in range(i + 1, size)}


def _solve(
    size: int, cells: Cells
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """The solver's matrix, put back into the intervals, and its weights; None where it gave up.

    Variables are t and the cells that are not single points; the upper triangle of X - t I is put
    into the solver's cone column by column, off-diagonal entries times the root of 2.
    """
    import clarabel
    from scipy import sparse

    place = {(i, j): j * (j + 1) // 2 + i for j in range(size) for i in range(j + 1)}
    pairs = [pair for pair in place if pair[0] < pair[1]]
    low, high = (np.array([_end(cells, pair, side) for pair in pairs]) for side in ("low", "high"))
    free = np.flatnonzero(high > low)
    rows = np.array([place[pairs[number]] for number in free], dtype=int)
    constant = np.zeros(len(place))
    constant[[place[i, i] for i in range(size)]] = 1
    constant[[place[pair] for pair in pairs]] = np.where(high > low, 0, low) * np.sqrt(2)

    cone = np.zeros((len(place), 1 + len(free)))
    cone[[place[i, i] for i in range(size)], 0] = 1
    cone[rows, 1 + np.arange(len(free))] = -np.sqrt(2)
    box = np.hstack([np.zeros((len(free), 1)), np.eye(len(free))])
    system = sparse.csc_matrix(np.vstack([box, -box, cone]))
    bounds = np.concatenate([high[free], -low[free], constant])

    aim = np.zeros(1 + len(free))
    aim[0] = -1
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    cones = [clarabel.NonnegativeConeT(2 * len(free)), clarabel.PSDTriangleConeT(size)]
    if not len(free):
        cones = cones[1:]
    quadratic = sparse.csc_matrix((len(aim), len(aim)))
    solution = clarabel.DefaultSolver(quadratic, aim, system, bounds, cones, settings).solve()
    return (
        _matrix(size, pairs, free, np.array(solution.x)[1:], low, high),
        _symmetric(size, place, np.array(solution.z)[2 * len(free) :]),
    )


def _end(cells: Cells, pair: tuple[int, int], side: str) -> float:
    if pair not in cells:
        return -1.0 if side == "low" else 1.0
    return float(getattr(cells[pair], side))


def _matrix(
    size: int,
    pairs: list[tuple[int, int]],
    free: NDArray[np.intp],
    solution: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> NDArray[np.float64] | None:
    """The found matrix, its cells put back between their ends where the solver overstepped them."""
    if not np.all(np.isfinite(solution)):
        return None
    values = low.copy()
    # A little inside: the ends are fractions, and their nearest double may lie outside.
    inside = 1e-9 * (high - low)[free]
    values[free] = np.clip(solution, low[free] + inside, high[free] - inside)
    matrix = np.eye(size)
    for (i, j), value in zip(pairs, values, strict=True):
        matrix[i, j] = matrix[j, i] = value
    return matrix


def _symmetric(
    size: int, place: Mapping[tuple[int, int], int], triangle: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """The solver's dual variable as a symmetric matrix."""
    if len(triangle) != len(place) or not np.all(np.isfinite(triangle)):
        return None
    matrix = np.zeros((size, size))
    for (i, j), number in place.items():
        matrix[i, j] = matrix[j, i] = triangle[number] / (1 if i == j else np.sqrt(2))
    return matrix
