"""Smallest sets of contradicting cells of a correlation matrix.

Correlations are cosines of angles between variables, and angles obey the triangle inequality
(Olkin, 1981, Psychometrika, 46, 469-472): three variables contradict each other where one angle
exceeds the sum of the other two, or all three exceed a full turn. Two cells never contradict each
other, so an impossible triplet is a smallest set. Larger sets are found by removing one cell after
the other, starting with the smallest weight in the proof, as long as the remaining cells are still
impossible.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import acos, cos, pi

from attune.paper.checks.matrix_feasibility import Cells, feasibility
from attune.stats.intervals import Interval

Pair = tuple[int, int]

_ROUNDING = 1e-12
"""Angles closer than this count as equal."""


def possible_of_triplet(one: Interval, two: Interval) -> tuple[float, float]:
    """Correlations of b and c that those of a with b and of a with c allow.

    r_ab r_ac -/+ sqrt((1 - r_ab**2) (1 - r_ac**2)), the cosines of the sum and the difference of
    the two angles, over both intervals.

    Examples
    --------
    .8 and .8: at least 2 * .64 - 1.

    >>> from attune.stats.intervals import exact
    >>> low, high = possible_of_triplet(exact("0.8"), exact("0.8"))
    >>> round(low, 6), round(high, 6)
    (0.28, 1.0)
    """
    (low_1, high_1), (low_2, high_2) = _angles(one), _angles(two)
    widest = high_1 + high_2
    # Beyond half a turn the sum of the angles passes through r = -1.
    narrowest_sum = low_1 + low_2
    low = -1.0 if narrowest_sum <= pi <= widest else min(cos(widest), cos(narrowest_sum))
    apart = max(0.0, low_1 - high_2, low_2 - high_1)
    return low, cos(apart)


def impossible_triplets(size: int, cells: Cells) -> Iterator[tuple[Pair, Pair, Pair]]:
    """Triplets of variables whose three known correlations contradict each other.

    Examples
    --------
    >>> from attune.stats.intervals import exact
    >>> cells = {(0, 1): exact("0.9"), (0, 2): exact("0.9"), (1, 2): exact("-0.5")}
    >>> list(impossible_triplets(3, cells))
    [((0, 1), (0, 2), (1, 2))]
    """
    angles = {pair: _angles(cell) for pair, cell in cells.items()}
    for a, b, c in combinations(range(size), 3):
        pairs = ((a, b), (a, c), (b, c))
        if all(pair in angles for pair in pairs) and _cannot_be([angles[pair] for pair in pairs]):
            yield pairs


def impossible_triplet(size: int, cells: Cells) -> tuple[Pair, Pair, Pair] | None:
    """The first triplet that is proved to be impossible; quick, also among many variables.

    Examples
    --------
    >>> from attune.stats.intervals import exact
    >>> impossible_triplet(3, dict.fromkeys([(0, 1), (0, 2), (1, 2)], exact("0.9"))) is None
    True
    """
    triplets = impossible_triplets(size, cells)
    return next(
        (entry for entry in triplets if _proved({pair: cells[pair] for pair in entry})), None
    )


def smallest_conflict(size: int, cells: Cells) -> tuple[Pair, ...]:
    """A smallest set of contradicting cells: without any one of them, the others are possible.

    Parameters
    ----------
    size : int
    cells : mapping of (int, int) to Interval
        Of a matrix that is proved not to exist.

    Returns
    -------
    tuple of (int, int)
        An impossible triplet if there is one, else a set that is no longer proved impossible once
        any of its cells is left out.
    """
    triplet = impossible_triplet(size, cells)
    if triplet:
        return triplet
    ordered = _least_weighted_first(size, cells)
    remaining = _heaviest(ordered, cells)
    for pair in [pair for pair in ordered if pair in remaining]:
        fewer = {other: cell for other, cell in remaining.items() if other != pair}
        if _proved(fewer):
            remaining = fewer
    return tuple(sorted(remaining))


def _angles(cell: Interval) -> tuple[float, float]:
    return acos(min(1.0, float(cell.high))), acos(max(-1.0, float(cell.low)))


def _heaviest(ordered: list[Pair], cells: Cells) -> dict[Pair, Interval]:
    """The last cells of the order that contradict each other; each try takes twice as many."""
    few = 4
    while few < len(ordered):
        heaviest = {pair: cells[pair] for pair in ordered[-few:]}
        if _proved(heaviest):
            return heaviest
        few *= 2
    return dict(cells)


def _cannot_be(angles: Sequence[tuple[float, float]]) -> bool:
    if sum(low for low, _ in angles) > 2 * pi + _ROUNDING:
        return True
    most = sum(high for _, high in angles)
    return any(low > most - high + _ROUNDING for low, high in angles)


def _proved(cells: Cells) -> bool:
    """Whether the matrix of the variables that these cells name is proved not to exist."""
    names = sorted({name for pair in cells for name in pair})
    place = {name: number for number, name in enumerate(names)}
    renamed = {(place[one], place[two]): cell for (one, two), cell in cells.items()}
    return feasibility(len(names), renamed).exists is False


def _least_weighted_first(size: int, cells: Cells) -> list[Pair]:
    weights = feasibility(size, cells).weights or {}
    return sorted(cells, key=lambda pair: abs(weights.get(pair, 0)))
