"""Blocks of rows: people whose answers were coded backwards, given at random, or all alike.

Two scores of each person have the mean 0 and the variance 1 if the answers have nothing to do with
the place where they stand, and a positive mean in sound data:

* the profile: with the item means m of all people and the keyed answers x of this one, each in
  deviations, r sqrt(k - 1) with r = x'm / (|x| |m|). If the k answers had come in any order, every
  order would be as likely;
* the retest: a'b of the same person's z scores on this and on the other occasions, divided by its
  root mean square over all people b. If the answers were another person's, every person would be
  as likely. To find answers at random, the level of each person is taken from the z scores before:
  people who all have a middle level, as in a file sorted by the total, have a low retest with it.

Over L rows, sum / sqrt(L) is then about standard normal (Hoeffding, 1951,
https://doi.org/10.1214/aoms/1177729545). People are assumed to answer independently: of a
therapist's report about herself, which is repeated in the rows of her patients, one row counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import (
    AnswerSheet,
    in_frame,
    over_occasions,
    people_once,
    standardised,
)
from attune.intake.agreement.permutation import critical_z
from attune.intake.agreement.row_orders import (
    FEWEST_ROWS,
    Block,
    RowOrder,
    consecutive_rows,
    every_nth_row,
    place_in_words,
    sample_groups,
)
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FALSE_ALARMS = 0.002
"""Family-wise level of each rule here: probability of a report in a sound cohort."""

FEWEST_ITEMS = 6
"""Answers from which a profile says anything."""

FEWEST_PEOPLE = 20
"""People in a questionnaire below which no block is looked for."""

STILL_RELATED = 0.25
"""Share of the others' mean retest that answers at random may reach."""

RATHER_REVERSED = -3.0
"""z from which answers that differ from those of the others are reversed, not unrelated."""

STILL_LIKE = 0.15
"""Share of the others' mean profile that they may reach. In reference cohorts the profile of the
fifteen people with the lowest total is .2 to .9 of it."""

ALL_ALIKE = 0.05
"""Least probability that a person gives one answer to all items, other than the lowest or highest
of the codes; of k items 1 / k if that is more. In the shipped and reference cohorts it is .04 or
less (12 items and more)."""

SHORTEST_LINE = 5
"""Items from which one answer to all of them is a straight line."""

Matrix = NDArray[np.float64]


def faulty_blocks(
    sheets: Sequence[AnswerSheet], sample: pd.DataFrame, cohort: Cohort, comparable: bool = True
) -> Iterator[Violation]:
    """Rules `rows_reversed` and `rows_unrelated`: a block of people, judged by the scores above.

    Looked at are all blocks of `FEWEST_ROWS` consecutive rows or more in each questionnaire, every
    second to fifth row, and the people of each therapist and each category of the sample sheet; by
    the profile, by the retest and by their sum.

    * Reversed: the sum is negative beyond the family-wise level `FALSE_ALARMS`, corrected for
      blocks, scores and questionnaires. Sound answers give no negative one in any group.
    * Unrelated: the mean is lower than that of the other people by as much as that level asks, and
      the answers vary no less from item to item than theirs: people with few symptoms have low
      scores, too, but answers that vary little. Where there is a retest, it must be at most
      `STILL_RELATED` of the others' mean, since the profile of a group may differ; where there is
      none, the profile must be at most `STILL_LIKE` of it.

    Parameters
    ----------
    sheets : sequence of AnswerSheet
    sample : pandas.DataFrame
        One row per compared person, in their order: therapist and variables.
    cohort : Cohort
    comparable : bool
        Whether the retest is used: not where an occasion is faulty as a whole.
    """
    units = judged_by_rows(sheets)
    retests = _retest_scores(units, len(sample), level=True) if comparable else {}
    patterns = _retest_scores(units, len(sample), level=False) if comparable else {}
    level = FALSE_ALARMS / (3 * max(len(units), 1))
    variables = {str(name): sample[name].to_numpy() for name in sample.columns}
    found: dict[object, list[tuple[float, str, AnswerSheet, Block]]] = {}
    for sheet in units:
        scores = _scores(sheet, retests)
        orders = row_parts(sheet, variables)
        rule, block = "rows_reversed", reversed_block(scores, orders, level)
        if block is None:
            rule = "rows_unrelated"
            block = _unrelated(_scores(sheet, patterns), _spread(sheet.keyed), orders, level)
            if block is not None and min(_z(score, block) for score in scores) <= RATHER_REVERSED:
                rule = "rows_reversed"
        if block is not None:
            others = np.delete(scores[0], block.rows)
            rest = others.mean() if len(others) else 0.0
            own = float(scores[0][block.rows].mean() / max(rest, 0.1))
            found.setdefault(sheet.series, []).append((own, rule, sheet, block))
    for suspects in found.values():
        # The retest is low on both occasions; the profile only on the one with the fault.
        first, *later = sorted(suspects, key=lambda suspect: suspect[0])
        for _, rule, sheet, block in (first, *(o for o in later if o[0] <= STILL_RELATED)):
            yield _violation(rule, sheet, block, cohort)


def judged_by_rows(sheets: Sequence[AnswerSheet]) -> list[AnswerSheet]:
    """The sheets with enough items and people to compare parts of the rows; therapists once."""
    units = [
        sheet
        for sheet in map(people_once, sheets)
        if not sheet.scale and sheet.answers.shape[1] >= FEWEST_ITEMS
    ]
    return [sheet for sheet in units if len(sheet.people) >= FEWEST_PEOPLE]


def row_parts(sheet: AnswerSheet, variables: Mapping[str, NDArray[Any]]) -> list[RowOrder]:
    """The parts of a sheet in which a fault may lie: blocks, evenly spaced rows, groups of people.

    Parameters
    ----------
    sheet : AnswerSheet
    variables : mapping of str to array, shape (n_people,)
        Therapist and categories of each compared person.
    """
    n = len(sheet.people)
    orders = [consecutive_rows(n), every_nth_row(n), *sample_groups(sheet, variables)]
    return [order for order in orders if len(order.start)]


def profile_scores(keyed: Matrix) -> Matrix:
    """The profile score of each row; 0 where fewer than `FEWEST_ITEMS` answers, or all alike.

    Examples
    --------
    >>> hard_and_easy = np.array([[0.0, 0, 1, 2, 3, 3]] * 5 + [[3.0, 3, 2, 1, 0, 0]])
    >>> profile_scores(hard_and_easy).round(2).tolist()
    [2.24, 2.24, 2.24, 2.24, 2.24, -2.24]
    """
    given = np.isfinite(keyed)
    n = given.sum(axis=1, keepdims=True)
    means = np.where(given, keyed, 0).sum(axis=0) / np.maximum(given.sum(axis=0), 1)
    answers = _centred(keyed, given, n)
    profile = _centred(np.broadcast_to(means, keyed.shape), given, n)
    size = np.sqrt((answers**2).sum(axis=1) * (profile**2).sum(axis=1))
    enough = (n[:, 0] >= FEWEST_ITEMS) & (size > 1e-9)
    r = np.divide((answers * profile).sum(axis=1), size, out=np.zeros(len(keyed)), where=enough)
    return np.asarray(r * np.sqrt(np.maximum(n[:, 0] - 1, 0)))


def _centred(values: Matrix, given: NDArray[np.bool_], n: NDArray[np.int64]) -> Matrix:
    values = np.where(given, values, 0.0)
    mean = values.sum(axis=1, keepdims=True) / np.maximum(n, 1)
    return np.where(given, values - mean, 0.0)


def _spread(keyed: Matrix) -> Matrix:
    """Variance of each person's standardised answers over the items."""
    z, given = standardised(keyed), np.isfinite(keyed)
    n = given.sum(axis=1, keepdims=True)
    squares = _centred(z, given, n) ** 2
    return np.asarray(squares.sum(axis=1) / np.maximum(n[:, 0] - 1, 1))


def _retest_scores(
    units: Sequence[AnswerSheet], n_people: int, level: bool
) -> Mapping[int, Matrix]:
    """Per questionnaire that was given again: the retest score of each row, 0 without a retest.

    With the total beside the items, or without each person's level.
    """
    scores = {}
    for series in over_occasions(units):
        placed = [in_frame(_compared(sheet, level), sheet, n_people) for sheet in series]
        for place, sheet in enumerate(series):
            own = placed[place]
            others = np.nan_to_num(np.stack([*placed[:place], *placed[place + 1 :]])).sum(axis=0)
            both = np.isfinite(own).all(axis=1) & (others != 0).any(axis=1)
            a, b = np.where(both[:, None], np.nan_to_num(own), 0.0), others * both[:, None]
            # The mean square of a'b over all people b is a'Ca.
            squares = np.einsum("ij,jk,ik->i", a, b.T @ b / max(int(both.sum()), 1), a)
            size = np.sqrt(np.maximum(squares, 1e-12))
            scores[id(sheet)] = ((a * b).sum(axis=1) / size)[sheet.people]
    return scores


def _compared(sheet: AnswerSheet, level: bool) -> Matrix:
    z = standardised(sheet.keyed)
    if not level:
        return standardised(z - z.mean(axis=1, keepdims=True))
    # The total counts as much as all the items.
    total = standardised(sheet.total[:, None]) * np.sqrt(z.shape[1])
    return np.hstack([z, total])


def block_scores(
    sheets: Sequence[AnswerSheet], n_people: int, comparable: bool
) -> list[list[Matrix]]:
    """Per sheet the scores by which blocks of it are judged: profile, retest, and their sum.

    Parameters
    ----------
    sheets : sequence of AnswerSheet
    n_people : int
    comparable : bool
        Whether the retest is used.
    """
    retests = _retest_scores(sheets, n_people, level=True) if comparable else {}
    return [_scores(sheet, retests) for sheet in sheets]


def _scores(sheet: AnswerSheet, retests: Mapping[int, Matrix]) -> list[Matrix]:
    """Profile, retest, and their sum, as far as they exist."""
    profile = profile_scores(sheet.keyed)
    retest = retests.get(id(sheet))
    if retest is None:
        return [profile]
    return [profile, retest, (profile + retest) / np.sqrt(2)]


def reversed_block(
    scores: Sequence[Matrix], orders: Sequence[RowOrder], level: float
) -> Block | None:
    """The block with the most negative sum, if it is negative enough."""
    found = []
    columns = np.column_stack(scores)
    for order in orders:
        z = order.sums(columns) / np.sqrt(order.end - order.start)[:, None]
        limit = -critical_z(level / len(z) / len(orders))
        for score, at in enumerate(z.argmin(axis=0)):
            if z[at, score] <= limit:
                found.append(order.block(int(at), float(z[at, score])))
    return min(found, key=lambda block: block.z, default=None)


def _unrelated(
    scores: Sequence[Matrix], spread: Matrix, orders: Sequence[RowOrder], level: float
) -> Block | None:
    """The block whose scores are the lowest against the others' and near 0, if low enough."""
    has_retest = len(scores) > 1
    guard, share = (scores[1], STILL_RELATED) if has_retest else (scores[0], STILL_LIKE)
    # People without another occasion say nothing about the retest.
    known = ((guard != 0) if has_retest else np.ones(len(guard), bool)).astype(float)
    tested = np.column_stack(scores[1:] if has_retest else scores)
    columns = np.column_stack([np.ones(len(guard)), guard, spread, tested, tested**2])
    columns *= known[:, None]
    total = columns.sum(axis=0)
    found = []
    for order in orders:
        sums = order.sums(columns)
        people = sums[:, :1]
        n, rest_n = np.maximum(people, 1), np.maximum(total[0] - people, 1)
        (mean, varies, own, _), (rest, others_vary, others, squares) = (
            np.split(means[:, 1:], [1, 2, 2 + tested.shape[1]], axis=1)
            for means in (sums / n, (total - sums) / rest_n)
        )
        possible = (mean <= share * rest) & (varies >= others_vary) & (n <= rest_n)
        deviation = np.sqrt(np.maximum(1, squares - others**2))
        z = (own - others) / (deviation * np.sqrt(1 / n + 1 / rest_n))
        z = np.where(possible & (people >= FEWEST_ROWS), z, 0)
        limit = -critical_z(level / len(z) / len(orders))
        for score, at in enumerate(z.argmin(axis=0)):
            if z[at, score] <= limit:
                found.append(order.block(int(at), float(z[at, score])))
    return min(found, key=lambda block: block.z, default=None)


def _z(score: Matrix, block: Block) -> float:
    """Sum of the scores of a block, in SDs of unrelated answers."""
    return float(score[block.rows].sum() / np.sqrt(len(block.rows)))


def _violation(rule: str, sheet: AnswerSheet, block: Block, cohort: Cohort) -> Violation:
    place = place_in_words(sheet.numbers, block)
    if rule == "rows_reversed":
        message = (
            f"the answers of {place} to {sheet.name} seem to be coded backwards: where the"
            " other people give high answers, these give low ones."
        )
        remedy = (
            "Compare some of these rows with the original questionnaires, find out who entered"
            " them, and turn the codes back in the file."
        )
    else:
        message = (
            f"the answers of {place} to {sheet.name} are hardly related to the items or to the"
            " same people's answers on other occasions, unlike those of the others."
        )
        remedy = (
            "They may be random, invented or other people's: compare some of these rows with the"
            " original questionnaires, and decide before the analysis whether they count."
        )
    return Violation(
        rule,
        cohort.severity(rule),
        sheet.path,
        message,
        remedy,
        row=int(sheet.numbers[block.rows[0]]),
    )


def straight_lines(sheets: Sequence[AnswerSheet], cohort: Cohort) -> Iterator[Violation]:
    """Rule `rows_all_alike`: more people than usual give one answer to all items.

    Counted are people who give the same answer, neither the lowest nor the highest, to all of
    `SHORTEST_LINE` items or more; not for therapists, whose report about themselves is repeated.
    If each does so with probability q, m of n people are binomial, and L in consecutive rows occur
    with at most n q^L. q is 1 / items, at least `ALL_ALIKE`, and for the consecutive rows the share
    of the other people if it is higher. Reported if either is at most `FALSE_ALARMS`, divided by
    twice the questionnaires.
    """
    from scipy.special import bdtrc

    units = [
        sheet
        for sheet in sheets
        if not sheet.scale
        and sheet.answers.shape[1] >= SHORTEST_LINE
        and sheet.declared.rater != "therapist"
        and len(sheet.people) >= FEWEST_ROWS
    ]
    for sheet in units:
        alike = _all_alike(sheet)
        n, m = len(alike), int(alike.sum())
        if m < 3:
            continue
        ends = np.flatnonzero(np.diff(np.concatenate([[0], alike.astype(int), [0]])))
        lengths = ends[1::2] - ends[::2]
        longest = int(lengths.max())
        usual = max(ALL_ALIKE, 1 / sheet.answers.shape[1])
        q = max(usual, (m - longest) / max(n - longest, 1))
        level = FALSE_ALARMS / (2 * len(units))
        if min(float(bdtrc(m - 1, n, usual)), n * q**longest) > level:
            continue
        rows = np.flatnonzero(alike)
        if n * q**longest <= level:
            first = ends[::2][lengths.argmax()]
            rows = np.arange(first, first + longest)
        yield Violation(
            "rows_all_alike",
            cohort.severity("rows_all_alike"),
            sheet.path,
            f"{m} of {n} people give one answer to all items of {sheet.name}, neither the lowest"
            f" nor the highest; the most in consecutive rows are {longest}.",
            "These answers may be filled in, or each person's mean in place of the answers: compare"
            " some of these rows with the original questionnaires.",
            row=int(sheet.numbers[rows[0]]),
        )


def _all_alike(sheet: AnswerSheet) -> NDArray[np.bool_]:
    """Rows with one answer to all items, neither the lowest nor the highest code."""
    given = np.isfinite(sheet.answers)
    lowest = np.where(given, sheet.answers, np.inf).min(axis=1)
    highest = np.where(given, sheet.answers, -np.inf).max(axis=1)
    inner = (lowest > sheet.codes[0]) & (highest < sheet.codes[1])
    return np.asarray((lowest == highest) & inner & (given.sum(axis=1) >= SHORTEST_LINE))
