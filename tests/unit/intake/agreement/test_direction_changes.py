"""The clearest part of several pairs of variables and orders of rows, against each by itself."""

import numpy as np
import pytest

from attune.intake.agreement.direction_changes import clearest_parts, pair_moments
from attune.intake.agreement.row_orders import RowOrder, block_of, block_sums, first_rows

N = 60
DRAWS = np.random.default_rng(3)
ORDERS = [
    first_rows(N, 10),
    RowOrder(DRAWS.permutation(N), np.array([0, 25]), np.array([25, 60]), ["site A", "site B"]),
]


def pairs() -> tuple[np.ndarray, np.ndarray]:
    """Three pairs: turned in the first 30 rows, turned at one site, not turned; with gaps."""
    draws = np.random.default_rng(4)
    one = draws.normal(size=(N, 3))
    other = one + draws.normal(0, 0.5, size=(N, 3))
    other[:30, 0] *= -1
    other[ORDERS[1].rows[:25], 1] *= -1
    other[::7] = np.nan
    return one, other


def test_pairs_and_orders_are_judged_as_each_by_itself() -> None:
    one, other = pairs()
    together = clearest_parts(pair_moments(one, other), ORDERS, 10)
    assert together[2] is None
    for column, found in enumerate(together):
        moments = pair_moments(one[:, [column]], other[:, [column]])
        alone = [clearest_parts(moments, [order], 10)[0] for order in ORDERS]
        best = max((part.block.z for part in alone if part is not None), default=None)
        assert best == (None if found is None else pytest.approx(found.block.z, rel=1e-12))


def test_the_turned_rows_are_named() -> None:
    first, site, _ = clearest_parts(pair_moments(*pairs()), ORDERS, 10)
    assert first is not None and site is not None
    # The edges lie three rows apart.
    assert abs(len(first.block.rows) - 30) <= 3 and first.block.group == ""
    assert first.block.rows.tolist() == list(range(len(first.block.rows)))
    # Of two sites, each is turned against the other.
    cut = {"site A": slice(0, 25), "site B": slice(25, 60)}[site.block.group]
    assert site.block.rows.tolist() == ORDERS[1].rows[cut].tolist()
    assert first.inside < -0.5 and first.outside > 0.5


def test_blocks_are_counted_over_all_orders() -> None:
    values = DRAWS.normal(size=(N, 2))
    sums = block_sums(ORDERS, values)
    for at, total in enumerate(sums):
        block = block_of(ORDERS, at, 1.0)
        assert values[block.rows].sum(axis=0) == pytest.approx(total)
    assert block_of(ORDERS, len(sums) - 1, 1.0).group == "site B"
