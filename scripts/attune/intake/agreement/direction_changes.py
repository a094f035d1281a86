"""Questionnaires and sets of items that are reversed in one part of the rows.

A questionnaire that was reversed in half of its rows fits neither half: its correlations with
itself on other occasions cancel out. Within each part they are clear, and of opposite sign. With
Fisher's z of the correlations f within two parts of n and m rows,

    d = (f_1 - f_2) / sqrt(1 / (n - 3) + 1 / (m - 3))

is about standard normal where the correlation is the same in both parts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import (
    AnswerSheet,
    in_frame,
    in_words,
    people_once,
    row_means,
    standardised,
)
from attune.intake.agreement.item_columns import clipped
from attune.intake.agreement.item_sets import (
    ItemSet,
    facets,
    others_of,
    set_score,
    turned_items,
    whole,
)
from attune.intake.agreement.permutation import critical_z
from attune.intake.agreement.row_orders import (
    Block,
    RowOrder,
    block_of,
    block_sums,
    every_nth_row,
    first_rows,
    place_in_words,
    sample_groups,
)
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FALSE_ALARMS = 0.002
"""Family-wise level: probability of a report in a sound cohort."""

FEWEST_ROWS = 10
"""Rows of the smaller part."""

EACH_PART = 0.05
"""One-sided level at which both parts, each alone, must have a correlation of its sign."""

FEWEST_ITEMS = 6
"""Items from which the means of the items are compared."""

MIRRORED = -0.6
"""Correlation of the item means of two parts from which on they are mirrored."""

OTHER_ITEM = 2.0
"""z from which an item besides the turned ones has a direction of its own in a part of the rows."""

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Turn:
    """A set of items whose direction changes between two parts of the rows.

    Attributes
    ----------
    sheet : AnswerSheet
    items : ItemSet
    block : Block
        One of the parts, with |d|.
    with_what : str
        What the set is related to, in words; "" for the means of the items.
    inside, outside : float
        The two correlations.
    known : bool
        Whether the relation is positive in sound files, so that the negative one is wrong.
    beside : AnswerSheet, optional
        The other questionnaire that the set is related to, which may be the wrong one.
    """

    sheet: AnswerSheet
    items: ItemSet
    block: Block
    with_what: str
    inside: float
    outside: float
    known: bool
    beside: AnswerSheet | None = None


@dataclass(frozen=True)
class _Relation:
    """A set of items and what it is related to, one value per row of the sheet."""

    items: ItemSet
    own: Vector
    other: Vector
    with_what: str
    known: bool
    beside: AnswerSheet | None = None


def direction_changes(
    sheets: Sequence[AnswerSheet], sample: pd.DataFrame, cohort: Cohort
) -> Iterator[tuple[Violation, Turn]]:
    """Rule `direction_changes`: items that point the other way in one part of the rows.

    Compared are the first rows of a file up to each of twenty places with the others, every second
    to fifth row with the others (but not by other questionnaires), and the people of each therapist
    and each category of the sample sheet with the others. Of each
    questionnaire the whole, its scales, the items that the key reverses, and those whose answers
    the form prints in the opposite order. The whole is related to the same questionnaire on other
    occasions and to others of the same rater and occasion; a set of items to itself on other
    occasions and to the other items. Reported where |d| (see above) exceeds the family-wise level
    `FALSE_ALARMS`, corrected for parts, sets and relations, and both parts alone have a correlation
    of opposite sign (`EACH_PART`). Of a questionnaire that was given once, the item means of the
    parts are compared (see `_mirrored_means`).

    Of each questionnaire over all occasions, only the clearest change is reported.

    Parameters
    ----------
    sheets : sequence of AnswerSheet
    sample : pandas.DataFrame
        One row per compared person, in their order: therapist and categories.
    cohort : Cohort
    """
    units = [sheet for sheet in map(people_once, sheets) if len(sheet.people) >= 2 * FEWEST_ROWS]
    related = {id(sheet): list(_relations(sheet, units, len(sample))) for sheet in units}
    n_tests = sum(len(relations) + 1 for relations in related.values())
    variables = {str(name): sample[name].to_numpy() for name in sample.columns}
    found: list[Turn] = []
    for sheet in units:
        orders = [
            first_rows(len(sheet.people), FEWEST_ROWS),
            every_nth_row(len(sheet.people), FEWEST_ROWS),
            *sample_groups(sheet, variables, FEWEST_ROWS),
        ]
        orders = [order for order in orders if len(order.start)]
        n_parts = sum(len(order.start) for order in orders)
        limit = critical_z(FALSE_ALARMS / (2 * n_tests * max(n_parts, 1)))
        own = [relation for relation in related[id(sheet)] if relation.beside is None]
        beside = [relation for relation in related[id(sheet)] if relation.beside is not None]
        # Of evenly spaced rows, other questionnaires would be too many more relations.
        together = [order for order in orders if not order.every]
        turns = [*_turns(sheet, own, orders), *_turns(sheet, beside, together)]
        turns += _mirrored_means(sheet, orders)
        found += [turn for turn in turns if turn.block.z >= limit]
    for turn in _clearest(found):
        yield _violation(turn, cohort), turn


def _clearest(found: Sequence[Turn]) -> Iterator[Turn]:
    """The clearest of each questionnaire over all occasions.

    What only the relation to another questionnaire shows is left out where that one is reported.
    """
    named: set[object] = set()
    for turn in sorted(found, key=lambda turn: (turn.beside is not None, -turn.block.z)):
        beside = turn.beside.series if turn.beside is not None else None
        if turn.sheet.series not in named and beside not in named:
            named.add(turn.sheet.series)
            yield turn


def _relations(
    sheet: AnswerSheet, sheets: Sequence[AnswerSheet], n_people: int
) -> Iterator[_Relation]:
    """What each set of items of a sheet is related to."""
    again = [other for other in sheets if other.series == sheet.series and other is not sheet]
    beside = [
        other
        for other in sheets
        if other.key[1:] == sheet.key[1:]
        and other.series != sheet.series
        # A scale of the same questionnaire is turned with it.
        and other.key[0] != sheet.key[0]
    ]
    for items in (whole(sheet), *facets(sheet), *turned_items(sheet)):
        own = set_score(sheet, items.items)
        if again:
            scores = [in_frame(set_score(entry, items.items), entry, n_people) for entry in again]
            retest = row_means(np.stack(scores, axis=1))[sheet.people]
            words = in_words(f"{entry.occasion} of {entry.path}" for entry in again)
            yield _Relation(items, own, retest, f"the same on {words}", known=True)
        if items.name:
            rest = set_score(sheet, others_of(sheet, items.items))
            yield _Relation(items, own, rest, "the other items", known=not items.facet)
    for other in beside:
        total = in_frame(standardised(other.total[:, None])[:, 0], other, n_people)
        known = in_frame(other.total, other, n_people)
        total = np.where(np.isfinite(known), total, np.nan)[sheet.people]
        own = set_score(sheet, whole(sheet).items)
        yield _Relation(whole(sheet), own, total, other.name, known=False, beside=other)


def _turns(
    sheet: AnswerSheet, relations: Sequence[_Relation], orders: Sequence[RowOrder]
) -> Iterator[Turn]:
    """The part of a sheet in which each relation turns most clearly."""
    if not relations or not orders:
        return
    shape = len(relations), len(sheet.people)
    own = np.array([relation.own for relation in relations]).reshape(shape).T
    other = np.array([relation.other for relation in relations]).reshape(shape).T
    moments = pair_moments(own, other)
    parts = clearest_parts(moments, orders, FEWEST_ROWS)
    for relation, part in zip(relations, parts, strict=True):
        if part is not None:
            yield Turn(
                sheet,
                relation.items,
                part.block,
                relation.with_what,
                part.inside,
                part.outside,
                relation.known,
                relation.beside,
            )


@dataclass(frozen=True)
class TurnedPart:
    """A block of rows, with |d| as its z, and the correlation within it and outside of it."""

    block: Block
    inside: float
    outside: float


def clearest_part(one: Vector, other: Vector, order: RowOrder, fewest: int) -> TurnedPart | None:
    """The clearest part of one pair of variables, shape (n,), NaN where there is none.

    See `clearest_parts`.
    """
    return clearest_parts(pair_moments(one[:, None], other[:, None]), [order], fewest)[0]


def clearest_parts(
    moments: NDArray[np.float64], orders: Sequence[RowOrder], fewest: int
) -> list[TurnedPart | None]:
    """The block with the largest |d| among those with correlations of opposite sign, per pair.

    Parameters
    ----------
    moments : array of float64, shape (n, n_pairs, 6)
        As `pair_moments`.
    orders : sequence of RowOrder
        At least one.
    fewest : int
        Rows with both values within the block and outside of it.

    Returns
    -------
    list of TurnedPart or None
        None where no block has correlations of opposite sign, each at the level `EACH_PART`.
    """
    correlations, numbers = part_correlations(moments, orders)
    if not len(numbers[0]):
        return [None] * moments.shape[1]
    enough = np.minimum(*numbers) >= fewest
    sizes = [np.maximum(number - 3, 1) for number in numbers]
    fishers = [np.arctanh(np.clip(r, -0.999, 0.999)) for r in correlations]
    d = (fishers[0] - fishers[1]) / np.sqrt(1 / sizes[0] + 1 / sizes[1])
    alone = [fisher * np.sqrt(size) for fisher, size in zip(fishers, sizes, strict=True)]
    opposite = (alone[0] * alone[1] < 0) & (
        np.minimum(np.abs(alone[0]), np.abs(alone[1])) >= critical_z(EACH_PART)
    )
    size = np.where(enough & opposite, np.abs(d), 0)
    found: list[TurnedPart | None] = []
    for pair, at in enumerate(size.argmax(axis=0)):
        if size[at, pair] == 0:
            found.append(None)
            continue
        inside, outside = (float(r[at, pair]) for r in correlations)
        found.append(TurnedPart(block_of(orders, int(at), float(size[at, pair])), inside, outside))
    return found


def pair_moments(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the correlation of each pair is computed from, row by row, as sums are over rows.

    Parameters
    ----------
    one, other : array of float64, shape (n, n_pairs)
        NaN where there is none.

    Returns
    -------
    array of float64, shape (n, n_pairs, 6)
        1 where both values are there, else 0; both as z scores, limited to two standard
        deviations; their squares and their product.
    """
    both = np.isfinite(one) & np.isfinite(other)
    x, y = (clipped(standardised(np.where(both, values, np.nan))) * both for values in (one, other))
    return np.stack([both.astype(float), x, y, x * x, y * y, x * y], axis=2)


def part_correlations(
    moments: NDArray[np.float64], orders: Sequence[RowOrder]
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    """Correlations within each block and in the rows outside of it, and the numbers of rows.

    0 where nothing varies.

    Parameters
    ----------
    moments : array of float64, shape (n, n_pairs, 6)
        As `pair_moments`.
    orders : sequence of RowOrder

    Returns
    -------
    correlations, numbers : list of two arrays, shape (n_blocks, n_pairs)
        Within the blocks, and outside of them.

    Examples
    --------
    >>> x = np.arange(8.0)[:, None]
    >>> y = np.array([[0.0, 1, 2, 3, 3, 2, 1, 0]]).T
    >>> half = RowOrder(np.arange(8), np.array([0]), np.array([4]))
    >>> [float(r[0, 0].round(3)) for r in part_correlations(pair_moments(x, y), [half])[0]]
    [1.0, -1.0]
    """
    parts = _both_parts(orders, moments)
    return [_correlation(part) for part in parts], [part[..., 0] for part in parts]


def _correlation(moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlations from numbers, sums, sums of squares and of products (the last axis)."""
    n, x, y, xx, yy, xy = np.moveaxis(moments, -1, 0)
    n = np.maximum(n, 1)
    product = np.maximum(xx - x * x / n, 0) * np.maximum(yy - y * y / n, 0)
    varies = product > 1e-9
    return np.divide(xy - x * y / n, np.sqrt(product), out=np.zeros_like(n), where=varies)


def _mirrored_means(sheet: AnswerSheet, orders: Sequence[RowOrder]) -> Iterator[Turn]:
    """The part whose people answer the items the other way round than the means of the others.

    Each person's correlation with the means of the other part's items, times sqrt(k - 1), has the
    mean 0 and the variance 1 if every order of the answers is as likely; summed over the part and
    divided by the root of its size, it is about standard normal. Besides, the item means of both
    parts must correlate `MIRRORED` or less and lie nearer to each other's mirror image than to each
    other: the profile of a group may differ, but not so.
    """
    if not orders or sheet.scale or sheet.answers.shape[1] < FEWEST_ITEMS:
        return
    given = np.isfinite(sheet.keyed)
    answers = np.where(given, sheet.keyed, 0.0)
    own = np.where(given, answers - row_means(sheet.keyed)[:, None], 0.0)
    size = np.sqrt((own**2).sum(axis=1, keepdims=True))
    own = np.divide(own, size, out=np.zeros_like(own), where=size > 1e-9)
    sums = [_both_parts(orders, values) for values in (answers, given, own, size > 1e-9)]
    means = [total / np.maximum(n, 1) for total, n in zip(sums[0], sums[1], strict=True)]
    people = [n[:, 0] for n in sums[3]]
    profiles = [mean - mean.mean(axis=1, keepdims=True) for mean in means]
    profiles = [p / np.maximum(np.sqrt((p**2).sum(axis=1, keepdims=True)), 1e-9) for p in profiles]
    r = (profiles[0] * profiles[1]).sum(axis=1)
    z = [
        (total * profile).sum(axis=1) * np.sqrt((own.shape[1] - 1) / np.maximum(n, 1))
        for total, profile, n in zip(sums[2], reversed(profiles), people, strict=True)
    ]
    ends = np.sum(sheet.instrument.stored_ends(), axis=0) / sheet.instrument.response.scale_factor
    apart, mirrored = means[0] - means[1], means[0] - (ends - means[1])
    nearer = (mirrored**2).sum(axis=1) < (apart**2).sum(axis=1)
    enough = np.minimum(*people) >= FEWEST_ROWS
    clear = np.where(enough & nearer & (r <= MIRRORED), -np.minimum(*z), 0)
    at = int(clear.argmax())
    if clear[at] > 0:
        block = block_of(orders, at, float(clear[at]))
        yield Turn(sheet, whole(sheet), block, "", float(r[at]), float(r[at]), known=False)


def _both_parts(
    orders: Sequence[RowOrder], values: NDArray[np.float64] | NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums over the rows of each block, and over the other rows, shape (n_blocks, ...)."""
    numbers = values.astype(float)
    inside = block_sums(orders, numbers)
    return inside, numbers.sum(axis=0) - inside


def part_in_words(numbers: NDArray[np.int64], block: Block) -> tuple[str, str]:
    """The rows of a block and the other ones, as messages name them.

    Parameters
    ----------
    numbers : array of int64, shape (n,)
        Number of each row in the file.
    block : Block
    """
    if block.group or block.every > 1:
        return place_in_words(numbers, block), "the others"
    own, rest = numbers[block.rows], np.delete(numbers, block.rows)
    return f"rows {own.min()} to {own.max()}", f"rows {rest.min()} to {rest.max()}"


def _others_against(turn: Turn) -> list[int]:
    """Items besides the set that run against the others in the part where the set is turned.

    Each is compared with the sum of all others, those of the set turned back, in the part and in
    the other rows. In a reversed part, none changes its direction (z of `OTHER_ITEM` at most in the
    part, and as much above 0 in the others).
    """
    if not turn.items.name or not turn.known:
        return []
    sheet, inside = turn.sheet, np.zeros(len(turn.sheet.people), dtype=bool)
    inside[turn.block.rows] = True
    part = inside if turn.inside < 0 else ~inside
    at = np.array(turn.items.items, dtype=int) - 1
    found = []
    for rows, sign in ((part, -1.0), (~part, 1.0)):
        z = standardised(sheet.keyed[rows])
        z[:, at] *= sign
        rest = standardised(z.sum(axis=1, keepdims=True) - z)
        found.append((z * rest).mean(axis=0) * np.sqrt(max(len(z) - 1, 0)))
    changed = (found[0] <= -OTHER_ITEM) & (found[1] >= OTHER_ITEM)
    changed[at] = False
    return [int(item) + 1 for item in np.flatnonzero(changed)]


def _violation(turn: Turn, cohort: Cohort) -> Violation:
    sheet, (first, second) = turn.sheet, part_in_words(turn.sheet.numbers, turn.block)
    what = turn.items.name and f"{turn.items.name} ({', '.join(map(str, turn.items.items))}) of "
    if turn.with_what:
        found = (
            f"correlates {turn.inside:.2f} with {turn.with_what} in {first}, but"
            f" {turn.outside:.2f} in {second}"
        )
    else:
        found = (
            f"has item means in {first} that are the mirror image of those in {second}"
            f" (they correlate {turn.inside:.2f})"
        )
    wrong = "one of the two parts"
    if turn.beside is not None:
        wrong += ", here or in the other questionnaire"
    if turn.known:
        wrong = first if turn.inside < 0 else second
    others = _others_against(turn)
    remedy = (
        f"Probably the codes are reversed in {wrong}: compare some rows of both parts with the"
        " original questionnaires, and turn the codes back in the file. Nothing that cohort.yaml"
        " can declare for the whole column, such as `already_reversed:`, is right for both parts."
    )
    if others:
        listed = in_words(map(str, others))
        remedy = (
            f"In {wrong}, item{'s' if len(others) > 1 else ''} {listed} run"
            f"{'' if len(others) > 1 else 's'} against the others, too: the items probably stand in"
            " another order there, as in another edition of the form. Do not turn the codes: find"
            " the form of these rows, and put each answer into the column of its item."
        )
    return Violation(
        "direction_changes",
        cohort.severity("direction_changes"),
        sheet.path,
        f"the score of {what}{sheet.name} {found}.",
        remedy,
        row=int(sheet.numbers[turn.block.rows[0]]),
        item=turn.items.items[0] if turn.items.name else None,
    )
