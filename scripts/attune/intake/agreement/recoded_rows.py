"""Consecutive people in other codes than the rest: 1 to 4 in place of 0 to 3, cut at the end."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import (
    AnswerSheet,
    people_once,
    row_means,
    standardised,
)
from attune.intake.agreement.permutation import critical_z
from attune.intake.agreement.row_orders import (
    Block,
    consecutive_rows,
    every_nth_row,
    place_in_words,
)
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FALSE_ALARMS = 0.002
"""Family-wise level: probability of a report in a sound cohort."""

FEWEST_ITEMS = 3
"""Items of a questionnaire below which its codes are too few to be compared."""

FEWEST_ROWS = 5
"""Consecutive people of a block."""

FEWEST_BEYOND = 5
"""Other people who are as high as one from whom it is seen how often they lack the lowest code."""

LARGEST_PART = 0.5
"""Share of the rows up to which a block is the exception."""

FEWEST_EACH = 2
"""Reversed items, and others, from which both sides are compared."""

HIGHER = 0.5
"""Standard deviations by which the people of the block must be higher on both sides."""

NEARLY_NOBODY = 0.9
"""Share of the people of a block who lack the code: a few may have been corrected."""

CERTAIN = 0.5
"""Share of the shortest length that is judged at all."""

SCREENED = 0.5
"""Share of the limit that the sum of a block, in variances of one side, must reach to be judged: u
and v being related, that of both is at most 2, and the block itself makes it larger."""

USUAL = 0.9
"""Share of all people who lack a code from which that shows nothing."""

Matrix = NDArray[np.float64]


def recoded_rows(sheets: Sequence[AnswerSheet], cohort: Cohort) -> Iterator[Violation]:
    """Rule `rows_recoded`: a block of people who never give the lowest answer, or the highest.

    Where 0 to 3 were stored one higher and cut at 3, nobody has a 0. Two things show that these
    people are not only more severe; each has half of the family-wise level `FALSE_ALARMS`, divided
    by the questionnaires, both ends of the codes, and the places where a block may begin and end.

    * People as severe as they are give that answer (`_lost_code`): each is compared with the people
      outside of the block whose mean answer is as high or higher, since the higher it is, the rarer
      the lowest code. If m of n such people lack it, so does this one with the probability
      (m + 1) / (n + 1), or 1 if they are fewer than `FEWEST_BEYOND`. The product over consecutive
      rows that lack it, or every second to fifth one, is judged.
    * They are higher in the items that the key reverses as well as in the others (`_both_ways`),
      where severe people are higher in the others and lower in these. Judged is the mean of u + v
      over the block, u and v being the two sums of a person's standardised answers, against that of
      the other people; both must be higher by `HIGHER`, and nearly nobody may give the code.

    Assumed is that people of one level answer independently: in files sorted by the answers they
    do, too.
    """
    units = [
        people_once(sheet)
        for sheet in sheets
        if not sheet.scale and sheet.answers.shape[1] >= FEWEST_ITEMS
    ]
    for sheet in units:
        level = FALSE_ALARMS / (4 * len(units))
        for code, sign in zip(sheet.codes, (1, -1), strict=True):
            lacks = _lacking(sheet.answers, code)
            block = _lost_code(sheet, lacks, sign, level) or _both_ways(sheet, lacks, sign, level)
            if block is not None:
                yield _violation(sheet, block, code, cohort)
                break


def _lost_code(
    sheet: AnswerSheet, lacks: NDArray[np.bool_], sign: int, level: float
) -> Block | None:
    """The most improbable run of people without a code that others of their level give."""
    severity = sign * row_means(sheet.answers)
    orders = list(_orders(len(lacks)))
    # The lost code is the rarer, the higher a person is: no run is less probable than in all rows.
    places = len(lacks) ** 2 / 2 * len(orders)
    shortest = np.log(level / places) / np.log(np.clip(lacks.mean(), 1e-9, 1 - 1e-9))
    runs = [
        (_by_chance(rows, lacks, severity), Block(rows, 0.0, every=every))
        for order, every in orders
        for rows in _runs(lacks, order)
        if len(rows) >= CERTAIN * shortest
    ]
    chance, block = min(runs, key=lambda run: run[0], default=(1.0, None))
    return block if chance * places <= level else None


def _both_ways(
    sheet: AnswerSheet, lacks: NDArray[np.bool_], sign: int, level: float
) -> Block | None:
    """The block that is the highest in reversed and other items at once, if it is high enough."""
    reverse_scored = np.isin(np.arange(sheet.answers.shape[1]) + 1, sheet.instrument.reverse)
    if min(reverse_scored.sum(), (~reverse_scored).sum()) < FEWEST_EACH or lacks.mean() > USUAL:
        return None
    z = sign * standardised(sheet.answers)
    sides = [
        standardised(z[:, side].sum(axis=1)[:, None])[:, 0]
        for side in (reverse_scored, ~reverse_scored)
    ]
    both = sides[0] + sides[1]
    n, values = len(both), np.stack([both, both**2, *sides, lacks], axis=1)
    found = []
    orders = [consecutive_rows(n), every_nth_row(n)]
    for order in (order for order in orders if len(order.start)):
        own = order.end - order.start
        limit = critical_z(level / len(own) / len(orders))
        if float((order.sums(both - both.mean()) / np.sqrt(own)).max()) < SCREENED * limit:
            continue
        rest = np.maximum(n - own, 1)
        sums = order.sums(values)
        inside, outside = sums / own[:, None], (values.sum(axis=0) - sums) / rest[:, None]
        apart = inside - outside
        spread = np.sqrt(np.maximum(outside[:, 1] - outside[:, 0] ** 2, 1e-9))
        high = apart[:, 0] / (spread * np.sqrt(1 / own + 1 / rest))
        possible = (own <= LARGEST_PART * n) & (apart[:, 2:4].min(axis=1) >= HIGHER)
        high[~possible | (inside[:, 4] < NEARLY_NOBODY)] = 0
        at = int(high.argmax())
        if high[at] >= limit:
            found.append(order.block(at, float(high[at])))
    return max(found, key=lambda block: block.z, default=None)


def _lacking(answers: Matrix, code: float) -> NDArray[np.bool_]:
    """Rows with answers, none of which is a code."""
    return np.asarray(np.isfinite(answers).any(axis=1) & ~(answers == code).any(axis=1))


def _orders(n: int) -> Iterator[tuple[NDArray[np.int64], int]]:
    """The rows as they stand, then every second to fifth one, and how far they are apart."""
    yield np.arange(n), 1
    order = every_nth_row(n)
    for start, end, every in zip(order.start, order.end, order.every, strict=True):
        yield order.rows[start:end], every


def _runs(lacks: NDArray[np.bool_], order: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """The longest run of rows that lack a code."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], lacks[order].astype(int), [0]])))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return
    longest = int((ends - starts).argmax())
    length = int(ends[longest] - starts[longest])
    if FEWEST_ROWS <= length <= LARGEST_PART * len(lacks):
        yield order[starts[longest] : ends[longest]]


def _by_chance(rows: NDArray[np.int64], lacks: NDArray[np.bool_], level: Matrix) -> float:
    """Probability that all of these rows lack the code, as often as others of their level."""
    others = np.delete(np.arange(len(lacks)), rows)
    others = others[np.isfinite(level[others])]
    order = others[np.argsort(-level[others], kind="stable")]
    beyond = np.searchsorted(-level[order], -level[rows], side="right")
    without = np.concatenate([[0], np.cumsum(lacks[order])])[beyond]
    share = np.where(beyond >= FEWEST_BEYOND, (without + 1) / (beyond + 1), 1.0)
    return float(np.prod(share))


def _violation(sheet: AnswerSheet, block: Block, code: float, cohort: Cohort) -> Violation:
    low, _ = sheet.codes
    end, other = ("lowest", "high") if code == low else ("highest", "low")
    return Violation(
        "rows_recoded",
        cohort.severity("rows_recoded"),
        sheet.path,
        f"none of {place_in_words(sheet.numbers, block)} gives the {end} answer ({code:g}) to any"
        f" item of {sheet.name}, although others whose answers are as {other} do.",
        _remedy(sheet, block, code),
        row=int(sheet.numbers[block.rows[0]]),
    )


def _remedy(sheet: AnswerSheet, block: Block, code: float) -> str:
    """What to do: two codes that nobody gives are those of another form, one was cut off."""
    low, high = sheet.codes
    given = sheet.answers[block.rows]
    last = float(np.nanmin(given) if code == low else np.nanmax(given))
    step = float(sheet.instrument.response.step)
    if abs(last - code) >= 2 * step:
        beyond = "below" if code == low else "above"
        return (
            f"Nobody of them gives an answer {beyond} {last:g}: they may have filled in another"
            " version of the form, with fewer answers or other codes. Look which form they had. One"
            " with the same items and fewer answers cannot be scored together with this one; other"
            " codes of the same answers are corrected in these rows of the file."
        )
    return (
        f"Their answers may be in other codes, such as {low + 1:g} to {high + 1:g} in place of"
        f" {low:g} to {high:g}, cut at the end: compare some of these rows with the original"
        " questionnaires, and enter them again; what was cut cannot be computed back."
    )
