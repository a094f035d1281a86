"""People whose answers stand one item too early or too late, in one part of the rows.

Whoever types the second answer under the first item shifts all the others of that person. Two
scores of a person show it, each with the mean 0 and the variance 1 if nothing tells one item from
another, and negative if the answers stand where they belong:

* by the profile: the correlation of the answers, as ticked, with the difference between the items'
  means one place further and the means themselves, times sqrt(k - 1). If the items have nothing
  particular, every order of a person's answers is as likely, which gives its variance;
* by the retest: the same of the z scores with the person's own z scores on other occasions.

Over L rows, sum / sqrt(L) is about standard normal or lower.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import (
    AnswerSheet,
    in_frame,
    over_occasions,
    row_means,
    standardised,
)
from attune.intake.agreement.permutation import critical_z
from attune.intake.agreement.row_blocks import FEWEST_ITEMS, judged_by_rows, row_parts
from attune.intake.agreement.row_orders import Block, RowOrder, place_in_words
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FALSE_ALARMS = 0.002
"""Family-wise level: probability of a report in a sound cohort."""

LIKE_NEIGHBOURS = 0.4
"""Correlation of the block's item means with those of the others' neighbouring items from which on
they are these. In blocks that are typed one place off it is .8 and more, from five people on."""

BETTER_BY = 0.3
"""How much higher it must be than the correlation with the means of the items themselves: a group
of people may have a profile of its own, but not this one."""

AT_ALL = 2.0
"""z by the means of all people, those of the part among them, below which no part is looked at."""

MOST_OF_ROWS = 0.5
"""Share of the rows up to which a part is the shifted one."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class ShiftedAnswers:
    """A part of the rows whose answers stand `by` places too far right (or left, if negative)."""

    sheet: AnswerSheet
    block: Block
    by: int


def shifted_answers(
    sheets: Sequence[AnswerSheet], sample: pd.DataFrame, comparable: bool = True
) -> list[ShiftedAnswers]:
    """Rule `answers_shifted`: answers that stand one item off, in one part of the rows.

    Looked at are the parts of `row_parts` in each questionnaire, by the profile, by the retest and
    by their sum; see above. Reported where one of them is positive beyond the family-wise level
    `FALSE_ALARMS`, corrected for parts, scores, both directions and questionnaires, and the item
    means of the part are those of the other people's neighbouring items (`LIKE_NEIGHBOURS`,
    `BETTER_BY`). Of each questionnaire the clearest part is reported.

    Parameters
    ----------
    sheets : sequence of AnswerSheet
    sample : pandas.DataFrame
        One row per compared person, in their order: therapist and categories.
    comparable : bool
        Whether the retest is used: not where an occasion is faulty as a whole.
    """
    units = judged_by_rows(sheets)
    elsewhere = answers_elsewhere(units, len(sample)) if comparable else {}
    variables = {str(name): sample[name].to_numpy() for name in sample.columns}
    level = FALSE_ALARMS / (6 * max(len(units), 1))
    found = []
    for sheet in units:
        orders = row_parts(sheet, variables)
        again = elsewhere.get(id(sheet))
        scores = {by: _row_scores(sheet, by, again) for by in (1, -1)}
        parts = []
        for order, by in product(orders, scores):
            n = np.sqrt(order.end - order.start)
            if max(float((order.sums(score) / n).max()) for score in scores[by]) < AT_ALL:
                continue
            means = _means_of_others(sheet, order)
            parts += [
                (part, by)
                for z in _z_of_parts(sheet, order, by, means, scores[by])
                if (part := _clearest(sheet, order, z, by, level / len(orders)))
            ]
        if parts:
            found.append(ShiftedAnswers(sheet, *max(parts, key=lambda part: part[0].z)))
    return found


def _clearest(
    sheet: AnswerSheet, order: RowOrder, z: Matrix, by: int, level: float
) -> Block | None:
    """The part with the largest z, if it is large enough and its means are those of neighbours."""
    allowed = order.end - order.start <= MOST_OF_ROWS * len(sheet.people)
    at = int(np.where(allowed, z, 0).argmax())
    if not allowed[at] or z[at] < critical_z(level / len(z)):
        return None
    block = order.block(at, float(z[at]))
    return block if _is_of_neighbours(sheet, block, by) else None


def shift_violation(found: ShiftedAnswers, cohort: Cohort) -> Violation:
    """The finding in words."""
    sheet, numbers = found.sheet, found.sheet.numbers
    late, first = found.by > 0, 1 if found.by > 0 else 2
    return Violation(
        "answers_shifted",
        cohort.severity("answers_shifted"),
        sheet.path,
        f"the answers of {place_in_words(numbers, found.block)} to {sheet.name} seem to stand one"
        f" item too {'late' if late else 'early'}: the answer to item {first} is in the column of"
        f" item {first + found.by}, and so on.",
        "Compare some of these rows with the original questionnaires, and move their answers back"
        " in the file; one answer at the end was lost or typed twice.",
        row=int(numbers[found.block.rows[0]]),
    )


def _means_of_others(sheet: AnswerSheet, order: RowOrder) -> Matrix:
    """Means of the items over the people outside of each part, shape (n_parts, k).

    A part changes the means that it would be compared with.
    """
    given = np.isfinite(sheet.answers)
    filled = np.where(given, sheet.answers, 0.0)
    if given.all():
        number = (len(filled) - (order.end - order.start))[:, None]
    else:
        number = given.sum(axis=0) - order.sums(given.astype(float))
    return np.asarray((filled.sum(axis=0) - order.sums(filled)) / np.maximum(number, 1))


def _z_of_parts(
    sheet: AnswerSheet, order: RowOrder, by: int, means: Matrix, scores: Sequence[Matrix]
) -> Iterator[Matrix]:
    """Per part of the rows z by the profile of the others, by the retest, and of their sum."""
    n = order.end - order.start
    here = _without_ends(sheet.answers, by)
    own = _centred(here, np.isfinite(here))
    size = np.sqrt((own**2).sum(axis=1, keepdims=True))
    unit = np.divide(own, size, out=np.zeros_like(own), where=size > 1e-9)
    gain = (means[:, :-1] if by > 0 else means[:, 1:]) - _without_ends(means, by)
    gain -= gain.mean(axis=1, keepdims=True)
    length = np.maximum(np.sqrt(np.einsum("ij,ij->i", gain, gain)), 1e-9)
    one = np.einsum("ij,ij->i", order.sums(unit), gain) / length
    one *= np.sqrt((unit.shape[1] - 1) / n)
    yield one
    if len(scores) > 1:
        other = order.sums(scores[1]) / np.sqrt(n)
        yield other
        yield (one + other) / np.sqrt(2)


def _row_scores(sheet: AnswerSheet, by: int, again: Matrix | None) -> list[Matrix]:
    """The scores of each row: by the means of all people, by its own answers elsewhere, their sum.

    Only the first where there is no other occasion. A part of the rows is among these people: a
    third of them, shifted, still has half of its z then, so that `AT_ALL` is far below the limit.
    """
    profile = np.broadcast_to(row_means(sheet.answers.T), sheet.answers.shape)
    one = _towards_neighbours(sheet.answers, profile, by)
    if again is None:
        return [one]
    retest = _towards_neighbours(standardised(sheet.answers), again, by)
    return [one, retest, (one + retest) / np.sqrt(2)]


def _towards_neighbours(answers: Matrix, expected: Matrix, by: int) -> Matrix:
    """Correlation of each row with (expected one place off - expected), times sqrt(k - 1).

    Compared are the items that have a neighbour; 0 where fewer than `FEWEST_ITEMS` are answered.
    """
    own, there = _without_ends(answers, by), _without_ends(expected, by)
    moved = expected[:, :-1] if by > 0 else expected[:, 1:]
    given = np.isfinite(own) & np.isfinite(there) & np.isfinite(moved)
    n = given.sum(axis=1)
    a, b = (_centred(values, given) for values in (own, moved - there))
    size = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    enough = (n >= FEWEST_ITEMS - 1) & (size > 1e-9)
    r = np.divide((a * b).sum(axis=1), size, out=np.zeros(len(a)), where=enough)
    return np.asarray(r * np.sqrt(np.maximum(n - 1, 0)))


def _without_ends(values: Matrix, by: int) -> Matrix:
    """The columns that have a neighbour on the side from which answers came."""
    return values[:, 1:] if by > 0 else values[:, :-1]


def _centred(values: Matrix, given: NDArray[np.bool_]) -> Matrix:
    filled = np.where(given, values, 0.0)
    mean = filled.sum(axis=1, keepdims=True) / np.maximum(given.sum(axis=1, keepdims=True), 1)
    return np.where(given, filled - mean, 0.0)


def answers_elsewhere(units: Sequence[AnswerSheet], n_people: int) -> Mapping[int, Matrix]:
    """Per questionnaire that was given again: each person's mean z scores on other occasions."""
    found = {}
    for series in over_occasions(units):
        placed = [in_frame(standardised(sheet.answers), sheet, n_people) for sheet in series]
        for place, sheet in enumerate(series):
            others = np.stack([*placed[:place], *placed[place + 1 :]])
            known = np.isfinite(others)
            sums = np.where(known, others, 0.0).sum(axis=0)
            number = known.sum(axis=0)
            means = np.divide(sums, number, out=np.full_like(sums, np.nan), where=number > 0)
            found[id(sheet)] = means[sheet.people]
    return found


def _is_of_neighbours(sheet: AnswerSheet, block: Block, by: int) -> bool:
    """Whether the part's item means are those of the other people's neighbouring items."""
    inside = np.zeros(len(sheet.people), dtype=bool)
    inside[block.rows] = True
    own, rest = (row_means(sheet.answers[rows].T) for rows in (inside, ~inside))
    here, there = (_without_ends(means[None], by)[0] for means in (own, rest))
    return like_neighbours(here, there, rest[:-1] if by > 0 else rest[1:])


def like_neighbours(found: Matrix, own: Matrix, neighbours: Matrix) -> bool:
    """Whether means of items are those of the items' neighbours, and not of the items themselves.

    Parameters
    ----------
    found : array, shape (n_items,)
        Means of the answers of the people in question, under the items where they stand.
    own, neighbours : array, shape (n_items,)
        Means of the same items, and of the neighbours from which answers came, over other people.
    """
    if not np.isfinite([found, own, neighbours]).all():
        return False
    if min(found.std(), own.std(), neighbours.std()) < 1e-9:
        return False
    like, as_given = (float(np.corrcoef(found, means)[0, 1]) for means in (neighbours, own))
    # Answers that are coded backwards are the mirror image of these means.
    return like >= LIKE_NEIGHBOURS and like >= abs(as_given) + BETTER_BY
