"""Alternative keys: item numbers off by one, reversals applied already, a look-alike."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from attune.intake.scoring_audit.key_fit import (
    Comparison,
    KeyStructure,
    compare_keys,
    key_structure,
)
from attune.intake.scoring_audit.keyed_scales import judging_scales
from attune.specs.instrument import Instrument

Kind = Literal[
    "miskeyed_items",
    "shifted",
    "back_to_front",
    "as_words",
    "already_reversed",
    "box_position",
    "look_alike",
]


LEAST_HELD = 0.99
"""Share of the answers that another instrument's codes must hold. Typing errors are
rarer."""


FEWEST_AS_WORDS = 10
"""Items from which the order of their numbers as words (1, 10, 2) is another one."""

ORDERS_OF_ITEMS = frozenset({"shifted", "back_to_front", "as_words"})
"""Kinds of keys in which the columns stand in another order."""

AS_GOOD = 0.9
"""Share of what the best order explains from which another one may be the right one."""


@dataclass(frozen=True)
class OtherKey:
    """A key that a file may follow instead of the declared one.

    Attributes
    ----------
    kind : str
        As `Kind`.
        miskeyed_items: the declared key with some items reversed; back_to_front: the column of the
        first item holds the last, and so on; as_words: the columns hold the items in the order of
        their numbers as words (1, 10, 11, 2).
    name : str
        look_alike: the instrument's id.
    shift : int
        shifted: the column of item i holds item i + shift.
    structure : KeyStructure
    fit : Comparison, optional
        With the declared key.
    as_good : tuple of OtherKey
        Other orders of the items that explain nearly as much.
    """

    kind: Kind
    structure: KeyStructure
    name: str = ""
    shift: int = 0
    fit: Comparison = field(default_factory=lambda: Comparison(0.0, 0.0, 0.0))
    as_good: tuple["OtherKey", ...] = ()


def better_key(
    responses: NDArray[np.float64],
    instrument: Instrument,
    instruments: Mapping[str, Instrument],
    miskeyed: Sequence[int] = (),
) -> OtherKey | None:
    """The key that explains the answers best, if it is clearly better than the declared one.

    Numbers off by one can only be seen where items are reversed, or where there are several
    scales: a shift moves the items of a single unreversed scale among themselves.

    Parameters
    ----------
    responses : array of float64, shape (n, n_items)
        As given, not keyed; NaN where missing.
    instrument : Instrument
    instruments : mapping of id to Instrument
        Where its look-alikes are found; one whose codes hold fewer than `LEAST_HELD` of the
        answers is none.
    miskeyed : sequence of int
        Items that point against their scales: with these reversed, the declared key is one of the
        candidates.

    Returns
    -------
    OtherKey or None
    """
    declared = key_structure(instrument)
    usable = {name: key for name, key in instruments.items() if can_hold(key, responses)}
    candidates = list(_others(declared, instrument, usable))
    if miskeyed:
        columns = np.isin(np.arange(instrument.n_items) + 1, miskeyed)
        candidates.append(OtherKey("miskeyed_items", declared.with_reversed(columns)))
    others = [other for other in candidates if not _same(other.structure, declared)]
    structures = [other.structure for other in others]
    fits = compare_keys(responses, declared, structures)
    ranked = sorted(zip(others, fits, strict=True), key=lambda pair: -pair[1].other_explained)
    if not ranked or not ranked[0][1].clear:
        return None
    best, fit = ranked[0]
    as_good = tuple(
        replace(other, fit=its)
        for other, its in ranked[1:]
        if {other.kind, best.kind} <= ORDERS_OF_ITEMS
        and its.clear
        and its.other_explained >= AS_GOOD * fit.other_explained
    )
    return OtherKey(best.kind, best.structure, best.name, best.shift, fit, as_good)


def order_of_words(n: int) -> NDArray[np.int64]:
    """Position of the item that each column holds if the items are sorted as words.

    Examples
    --------
    >>> (order_of_words(12) + 1).tolist()
    [1, 10, 11, 12, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    return np.array(sorted(range(n), key=lambda item: str(item + 1)), dtype=np.int64)


def can_hold(instrument: Instrument, responses: NDArray[np.float64]) -> bool:
    """Whether the answers are codes of the instrument, typing errors apart."""
    given = responses[np.isfinite(responses)]
    codes = instrument.response
    held = (given >= codes.stored_minimum) & (given <= codes.stored_maximum)
    return bool(held.mean() >= LEAST_HELD) if len(given) else False


def _others(
    declared: KeyStructure, instrument: Instrument, instruments: Mapping[str, Instrument]
) -> Iterator[OtherKey]:
    n = instrument.n_items
    items = np.arange(n)
    # Numbers run round: the column of the last item holds the first, or the other way.
    for shift in (1, -1):
        yield OtherKey("shifted", declared.reordered((items + shift) % n), shift=shift)
    yield OtherKey("back_to_front", declared.reordered(items[::-1]))
    if n >= FEWEST_AS_WORDS:
        yield OtherKey("as_words", declared.reordered(order_of_words(n)))
    if _divides_a_scale(instrument, instrument.reverse):
        columns = np.isin(items + 1, instrument.reverse)
        yield OtherKey("already_reversed", declared.with_reversed(columns))
    if _divides_a_scale(instrument, instrument.anchor_flips):
        columns = np.isin(items + 1, instrument.anchor_flips)
        yield OtherKey("box_position", declared.with_reversed(columns))
    for name in instrument.look_alikes:
        other = instruments.get(name)
        if other is not None and other.n_items == n:
            yield OtherKey("look_alike", key_structure(other), name)


def _divides_a_scale(instrument: Instrument, turned: Sequence[int]) -> bool:
    """Whether some scale holds items that are turned and items that are not.

    Turning a whole facet changes none of the correlations within it, and a facet may run against
    the others: then nothing shows whether its items were turned.
    """
    judges = judging_scales(instrument)
    scales = {name for names in judges.values() for name in names}
    chosen = set(turned)
    return any(
        0 < len(chosen & set(items)) < len(items)
        for items in map(instrument.items_of, sorted(scales))
    )


def _same(one: KeyStructure, other: KeyStructure) -> bool:
    """Whether two keys are equivalent up to the numbering of their scales."""
    if not np.array_equal(np.outer(one.signs, one.signs), np.outer(other.signs, other.signs)):
        return False
    # Groups are numbered from -1, pairs without a common scale, upwards.
    first, second = one.groups.ravel() + 1, other.groups.ravel() + 1
    pairs = np.unique(first * (second.max() + 1) + second)
    return len(np.unique(first)) == len(np.unique(second)) == len(pairs)
