"""Orders of the rows of a questionnaire, and the parts of it that are compared with the others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import AnswerSheet

FEWEST_ROWS = 5
"""Rows of the shortest block."""

MOST_EDGES = 150
"""Rows at which a block may begin or end in a large file."""

LONGEST_PERIOD = 5
"""Raters or typists who take turns, so that the rows of each are evenly spaced."""

ORDINALS = {2: "second", 3: "third", 4: "fourth", 5: "fifth"}

PARTS = 20
"""Equal parts of a file between which its first part may end."""


@dataclass(frozen=True)
class Block:
    """Rows of a questionnaire, all of a group if it has a name.

    Attributes
    ----------
    rows : array of int64
        Positions in the sheet.
    z : float
        What was found about them.
    group : str
        Name of the column of the sample sheet and the value of these people; "" for rows of the
        file.
    every : int
        1 for consecutive rows; 3 for every third row.
    """

    rows: NDArray[np.int64]
    z: float
    group: str = ""
    every: int = 1


@dataclass(frozen=True)
class RowOrder:
    """An order of the rows and the blocks that are looked at in it.

    Attributes
    ----------
    rows : array of int64, shape (n,)
    start, end : array of int64, shape (n_blocks,)
        First row of each block, and the one after its last.
    groups : sequence of str
        Name of each block; none for rows of the file.
    every : sequence of int
        How far the rows of each block are apart; none for consecutive rows and groups.
    """

    rows: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    groups: Sequence[str] = ()
    every: Sequence[int] = ()

    def block(self, at: int, z: float) -> Block:
        """One block with its z."""
        rows = self.rows[self.start[at] : self.end[at]]
        group = self.groups[at] if self.groups else ""
        return Block(rows, z, group, self.every[at] if self.every else 1)

    def sums(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum over the rows of each block, shape (n_blocks, ...)."""
        ordered = np.cumsum(values[self.rows], axis=0)
        sums = np.concatenate([np.zeros_like(ordered[:1]), ordered])
        return np.asarray(sums[self.end] - sums[self.start])


def block_sums(orders: Sequence[RowOrder], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum over the rows of each block, order after order, shape (n_blocks, ...)."""
    return np.concatenate([order.sums(values) for order in orders])


def block_of(orders: Sequence[RowOrder], at: int, z: float) -> Block:
    """One block with its z, counted as in `block_sums`."""
    for order in orders:
        if at < len(order.start):
            return order.block(at, z)
        at -= len(order.start)
    raise IndexError(at)


def consecutive_rows(n: int) -> RowOrder:
    """All blocks of consecutive rows; in large files those between `MOST_EDGES` edges."""
    edges = np.unique(np.linspace(0, n, min(n, MOST_EDGES) + 1).round().astype(np.int64))
    first, last = np.triu_indices(len(edges), 1)
    start, end = edges[first], edges[last]
    long = end - start >= FEWEST_ROWS
    return RowOrder(np.arange(n), start[long], end[long])


def first_rows(n: int, fewest: int) -> RowOrder:
    """The rows up to each of `PARTS` places, with `fewest` rows or more on either side."""
    edges = np.unique(np.linspace(0, n, PARTS + 1).round().astype(np.int64))
    edges = edges[(edges >= fewest) & (edges <= n - fewest)]
    return RowOrder(np.arange(n), np.zeros_like(edges), edges)


def every_nth_row(n: int, fewest: int = FEWEST_ROWS) -> RowOrder:
    """Every second to `LONGEST_PERIOD`th row, beginning at each: those of one of several typists.

    The rows stand in it once for each period.

    Parameters
    ----------
    n : int
    fewest : int
        Rows of the smallest group.

    Examples
    --------
    >>> order = every_nth_row(5, 2)
    >>> [order.rows[a:b].tolist() for a, b in zip(order.start, order.end, strict=True)]
    [[0, 2, 4], [1, 3]]
    """
    periods = range(2, min(LONGEST_PERIOD, n // fewest) + 1)
    parts = [(np.arange(first, n, by), by) for by in periods for first in range(by)]
    if not parts:
        return RowOrder(np.arange(n), np.empty(0, np.int64), np.empty(0, np.int64))
    ends = np.cumsum([len(rows) for rows, _ in parts])
    starts = np.concatenate([[0], ends[:-1]])
    rows = np.concatenate([rows for rows, _ in parts])
    return RowOrder(rows, starts, ends, every=[by for _, by in parts])


def sample_groups(
    sheet: AnswerSheet, variables: Mapping[str, NDArray[Any]], fewest: int = FEWEST_ROWS
) -> Iterator[RowOrder]:
    """The rows by therapist and by each category of the sample sheet.

    Parameters
    ----------
    sheet : AnswerSheet
    variables : mapping of str to array, shape (n_people,)
        Therapist and categories of each compared person.
    fewest : int
        Rows of the smallest group.
    """
    for name, values in variables.items():
        codes, labels = pd.factorize(values[sheet.people])
        rows = np.argsort(codes, kind="stable")
        ends = np.searchsorted(codes[rows], np.arange(len(labels) + 1))
        large = np.flatnonzero(np.diff(ends) >= fewest)
        if len(labels) > 1:
            names = [f"{name} {labels[group]}" for group in large]
            yield RowOrder(rows, ends[large], ends[large + 1], names)


def place_in_words(numbers: NDArray[np.int64], block: Block) -> str:
    """The people of a block as messages name them.

    Parameters
    ----------
    numbers : array of int64
        Number of each row of the sheet in the file.
    block : Block

    Examples
    --------
    >>> numbers = np.arange(2, 32)
    >>> place_in_words(numbers, Block(np.arange(5, 15), -6.0))
    'about 10 people (rows 7 to 16)'
    >>> place_in_words(numbers, Block(np.arange(1, 30, 3), -6.0, every=3))
    'the 10 people in every third row from row 3 on'
    """
    own, people = numbers[block.rows], f"{len(block.rows)} people"
    if block.group:
        return f"the {people} with {block.group}"
    if block.every > 1:
        return f"the {people} in every {ORDINALS[block.every]} row from row {own.min()} on"
    return f"about {people} (rows {own.min()} to {own.max()})"
