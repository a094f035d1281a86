"""A cell lost or typed twice in the rows of people here and there: the rest moved by one place.

Such a row ends without an answer to the last item (a cell was lost), or begins without one to the
first (a cell was inserted). People leave out these items as well; whether their other answers stand
one place off is seen over all of them, in the half of the items behind (or before) most of the
places where a cell may have been lost.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import AnswerSheet, row_means, standardised
from attune.intake.agreement.permutation import critical_z
from attune.intake.agreement.row_blocks import judged_by_rows
from attune.intake.agreement.shifted_answers import (
    FALSE_ALARMS,
    MOST_OF_ROWS,
    answers_elsewhere,
    like_neighbours,
)
from attune.intake.reading.sheets import quoted_list
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FEWEST_ITEMS = 8
"""Items of which half has a profile."""

FEWEST_ROWS = 5
"""Rows without the first or last answer below which nothing is looked for."""

Matrix = NDArray[np.float64]


def lost_cells(
    sheets: Sequence[AnswerSheet], cohort: Cohort, n_people: int, comparable: bool = True
) -> Iterator[Violation]:
    """Rule `answers_shifted`, of people here and there.

    Looked at are the people who answered everything but the last item (or the first). Each one's
    answers are correlated with the difference between the means of the neighbouring items and of
    the items themselves (those of the other people), weighted by how likely each item is to be
    moved, times sqrt(k - 1); and with the same of the person's own z scores on other occasions, if
    they are `comparable`. Reported where the mean of one of them, or of their sum, is higher than
    that of the other people beyond `FALSE_ALARMS` (z), corrected for scores, both ends and
    questionnaires, and where the item means in the half of the items that is moved in most are
    those of the others' neighbouring items, as in `shifted_answers`.

    If who leaves out the last item is no question of the other answers, these people are any of
    the sample, which gives the level. Tired ones may answer with less profile, but not with that of
    the neighbouring items.
    """
    units = [s for s in judged_by_rows(sheets) if s.answers.shape[1] >= FEWEST_ITEMS]
    elsewhere: Mapping[int, Matrix] = answers_elsewhere(units, n_people) if comparable else {}
    limit = critical_z(FALSE_ALARMS / (6 * max(len(units), 1)))
    for sheet in units:
        for by in (-1, 1):
            rows = _rows_with_a_gap(sheet.answers, by)
            if not FEWEST_ROWS <= rows.sum() <= MOST_OF_ROWS * len(rows):
                continue
            if _z(sheet, rows, by, elsewhere.get(id(sheet))) >= limit:
                yield _violation(sheet, sheet.numbers[rows], by, cohort)


def _rows_with_a_gap(answers: Matrix, by: int) -> NDArray[np.bool_]:
    """The rows that lack the answer to the last item alone (by = -1), or to the first."""
    missing = ~np.isfinite(answers)
    return np.asarray(missing[:, -1 if by < 0 else 0] & (missing.sum(axis=1) == 1))


def _z(sheet: AnswerSheet, rows: NDArray[np.bool_], by: int, again: Matrix | None) -> float:
    """The largest z of the scores; 0 where the item means are not those of neighbours."""
    k = sheet.answers.shape[1]
    half = slice(k // 2, k) if by < 0 else slice(0, k - k // 2)
    own, others = sheet.answers[rows][:, half], sheet.answers[~rows][:, half]
    here, there = (row_means(answers.T) for answers in (own, others))
    if not like_neighbours(_off(here, by)[0], *_off(there, by)):
        return 0.0
    means = row_means(sheet.answers[~rows].T)
    profile = _scores(sheet.answers, np.broadcast_to(means, sheet.answers.shape), by)
    scores = [profile]
    if again is not None:
        retest = _scores(standardised(sheet.answers), again, by)
        scores += [retest, (profile + retest) / np.sqrt(2)]
    return max(_difference(score, rows) for score in scores)


def _difference(score: Matrix, rows: NDArray[np.bool_]) -> float:
    """Z of the difference between the means of these rows and of the others."""
    own, others = score[rows], score[~rows]
    spread = float(others.std(ddof=1)) if len(others) > 1 else 0.0
    if spread < 1e-9:
        return 0.0
    error = spread * np.sqrt(1 / len(own) + 1 / len(others))
    return float((own.mean() - others.mean()) / error)


def _off(values: Matrix, by: int) -> tuple[Matrix, Matrix]:
    """Per column with an answer: its own item, and the item that it holds if one place off."""
    if by < 0:
        return values[..., :-1], values[..., 1:]
    return values[..., 1:], values[..., :-1]


def _scores(answers: Matrix, expected: Matrix, by: int) -> Matrix:
    """Correlation of each row with (expected one place off - expected), times sqrt(k - 1).

    The difference of an item weighs as much as it is likely to be moved, if each cell is as likely
    to be the lost one.
    """
    given, _ = _off(answers, by)
    as_given, moved = _off(expected, by)
    weights = np.arange(1, given.shape[1] + 1) / given.shape[1]
    gain = (moved - as_given) * (weights if by < 0 else weights[::-1])
    known = np.isfinite(given) & np.isfinite(gain)
    n = known.sum(axis=1, keepdims=True)
    centred = []
    for values in (given, gain):
        filled = np.where(known, values, 0.0)
        centred.append(np.where(known, filled - filled.sum(axis=1, keepdims=True) / n.clip(1), 0))
    size = np.sqrt((centred[0] ** 2).sum(axis=1) * (centred[1] ** 2).sum(axis=1))
    product = (centred[0] * centred[1]).sum(axis=1)
    r = np.divide(product, size, out=np.zeros_like(size), where=size > 1e-9)
    return np.asarray(r * np.sqrt((n[:, 0] - 1).clip(0)))


def _violation(
    sheet: AnswerSheet, numbers: NDArray[np.int64], by: int, cohort: Cohort
) -> Violation:
    end, what = ("last", "lost") if by < 0 else ("first", "inserted")
    way = "early" if by < 0 else "late"
    return Violation(
        "answers_shifted",
        cohort.severity("answers_shifted"),
        sheet.path,
        f"{len(numbers)} people lack the {end} answer to {sheet.name} alone, and others of their"
        f" answers seem to stand one item too {way}: rows"
        f" {quoted_list(map(int, numbers), most=12)}.",
        f"In some of these rows a cell was probably {what}, and the answers"
        f" {'behind' if by < 0 else 'before'} it moved by one: compare these rows with the original"
        " questionnaires, and move the answers back.",
        row=int(numbers[0]),
    )
