"""Item columns that hold the answers to another item, of another questionnaire or occasion."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import AnswerSheet, in_frame, people_once
from attune.intake.agreement.equal_content import EQUAL_SHARE
from attune.intake.agreement.item_columns import (
    FALSE_ALARMS,
    KAPPA,
    Matrix,
    binomial_tail,
    has_items,
)
from attune.intake.agreement.permutation import FEWEST_PEOPLE
from attune.intake.reading.questionnaires import item_columns
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort, Questionnaire

MOST_SHEETS = 60
"""Questionnaires and occasions of which all pairs are compared; of more, the first."""

MOST_NAMED = 4
"""Pairs of items that a message names."""


def columns_of_others(
    sheets: Sequence[AnswerSheet], cohort: Cohort, n_people: int
) -> Iterator[Violation]:
    """Rule `items_alike`: an item column that is the copy of another questionnaire's.

    As `copied_items`, of two items of different questionnaires, raters or occasions: 95 % of the
    people give both the same answer. The same item on two occasions is left to `pasted_items`. Two
    different items are taken to agree in a share c + (1 - c) k of the people, with c by chance and
    k of `KAPPA`, or of the closest other pair of these two questionnaires if that is closer; the
    number of people is binomial. Its probability must be at most `FALSE_ALARMS`, divided by the
    pairs of questionnaires; the number of pairs of items is allowed for by taking the closest.
    Columns that cohort.yaml reads for both, as of a short form within a long one, are not copies.
    """
    units = [people_once(sheet) for sheet in sheets if has_items(sheet) and not sheet.at_one_end]
    units = units[:MOST_SHEETS]
    placed = [in_frame(sheet.answers, sheet, n_people) for sheet in units]
    pairs = list(combinations(range(len(units)), 2))
    for one, other in pairs:
        first, second = units[one], units[other]
        equal, both, kappa, chance = _crossed(placed[one], placed[other])
        near = (equal >= EQUAL_SHARE * both) & (both >= FEWEST_PEOPLE)
        if first.series[0] == second.series[0]:  # the same item by another rater or at another time
            np.fill_diagonal(near, False)
        near = np.logical_and(near, np.logical_not(_one_column(first, second)))
        if not near.any():
            continue
        others = np.logical_not(near)
        if first.series[0] == second.series[0]:
            np.fill_diagonal(others, False)
        closest = float(kappa[others].max(initial=KAPPA))
        share = np.minimum(chance + (1 - chance) * closest, 1.0)
        copies = [
            (int(a), int(b))
            for a, b in zip(*np.nonzero(near), strict=True)
            if binomial_tail(int(equal[a, b]), int(both[a, b]), float(share[a, b]))
            <= FALSE_ALARMS / len(pairs)
        ]
        if copies:
            a, b = copies[0]
            expected = float(share[a, b] * both[a, b])
            yield _violation(first, second, copies, (equal[a, b], both[a, b], expected), cohort)


def _crossed(one: Matrix, other: Matrix) -> tuple[Matrix, Matrix, Matrix, Matrix]:
    """Per item of one and item of another: equal answers, people with both, kappa, chance."""
    given, known = (np.isfinite(answers).astype(float) for answers in (one, other))
    both = given.T @ known
    n = np.maximum(both, 1)
    equal, chance = np.zeros_like(both), np.zeros_like(both)
    for code in np.intersect1d(one[np.isfinite(one)], other[np.isfinite(other)]):
        ticked, there = (one == code).astype(float), (other == code).astype(float)
        equal += ticked.T @ there
        chance += (ticked.T @ known) * (given.T @ there) / n**2
    kappa = np.divide(equal / n - chance, 1 - chance, out=np.zeros_like(n), where=chance < 1 - 1e-9)
    return equal, both, kappa, chance


def _one_column(first: AnswerSheet, second: AnswerSheet) -> NDArray[np.bool_]:
    """Whether items of two questionnaires are read from the same column and the same rows."""
    shape = first.answers.shape[1], second.answers.shape[1]
    one, other = first.declared, second.declared
    if first.rows != second.rows:
        return np.zeros(shape, dtype=bool)
    if not isinstance(one, Questionnaire) or not isinstance(other, Questionnaire):
        return np.zeros(shape, dtype=bool)
    columns = [
        np.array(item_columns(sheet, key), dtype=object)
        for sheet, key in ((one, first.instrument), (other, second.instrument))
    ]
    return np.asarray(columns[0][:, None] == columns[1])


def _violation(
    first: AnswerSheet,
    second: AnswerSheet,
    copies: Sequence[tuple[int, int]],
    counts: tuple[float, float, float],
    cohort: Cohort,
) -> Violation:
    alike, n, expected = counts
    items = [f"item {a + 1} and item {b + 1}" for a, b in copies[:MOST_NAMED]]
    more = f", and {len(copies) - MOST_NAMED} more pairs" if len(copies) > MOST_NAMED else ""
    who = f"all {n:.0f}" if alike == n else f"{alike:.0f} of {n:.0f}"
    elsewhere = "" if first.path == second.path else f" of {first.path}"
    return Violation(
        "items_alike",
        cohort.severity("items_alike"),
        second.path,
        f"{who} people gave the same answers to {first.name}{elsewhere}, item {copies[0][0] + 1},"
        f" and to {second.name}, item {copies[0][1] + 1}; of the most closely related other items,"
        f" {expected:.0f} would be expected"
        + (f" (so do {'; '.join(items[1:])}{more})." if len(copies) > 1 else "."),
        "One column was probably copied over the other, or the columns were mixed when files were"
        " merged or turned from one row per person to one per visit: compare some answers with the"
        " original questionnaires. If both forms hold the same item, change nothing.",
        item=copies[0][1] + 1,
    )
