"""Consecutive rows that are those of other people: a page typed or scanned twice."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import AnswerSheet
from attune.intake.agreement.near_copies import spare_bits
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FALSE_ALARMS = 0.002
"""Expected number of reported runs in a sound cohort."""

SHORTEST_RUN = 3
"""Rows of a page."""

FEWEST_ANSWERS = 3
"""Answers of both people below which a row says nothing."""

BREAK = -1e3
"""Bits of two rows that are not copies of each other, which end a run."""

Matrix = NDArray[np.float64]


def repeated_runs(
    sheets: Sequence[AnswerSheet], people: pd.DataFrame, cohort: Cohort
) -> Iterator[Violation]:
    """Rule `rows_repeated`: consecutive rows with the answers of others, in the same order.

    The answers of one row are few in a short questionnaire, and may be those of another person by
    chance; those of a whole page are not. With S_i the bits that two rows d rows apart have in
    common beyond what their differences take (see `nearly_equal_people`), two runs of rows agree so
    far with at most the probability 2^-sum(S_i). Times the beginnings, ends and distances of runs,
    and the questionnaires, that must be at most `FALSE_ALARMS`. Rows of one patient, and what one
    therapist reported twice, count nothing.

    Parameters
    ----------
    sheets : sequence of AnswerSheet
    people : pandas.DataFrame
        One row per compared person, in their order: patient and, where recorded, therapist.
    cohort : Cohort
    """
    units = [sheet for sheet in sheets if not sheet.scale and len(sheet.people) > 2 * SHORTEST_RUN]
    for sheet in units:
        by_therapist = sheet.declared.rater == "therapist" and "therapist" in people
        names = people["therapist" if by_therapist else "patient"].to_numpy()
        spare, _, _ = spare_bits(sheet.answers, fewest=FEWEST_ANSWERS)
        own = names[sheet.people]
        spare[own[:, None] == own] = BREAK
        n = len(spare)
        needed = np.log2(n**3 / 2 * len(units) / FALSE_ALARMS)
        for first, second, length in _runs(spare, float(needed)):
            yield _violation(sheet, first, second, length, cohort)


def _runs(spare: Matrix, needed: float) -> Iterator[tuple[int, int, int]]:
    """Beginnings and length of the clearest run at each distance, if its bits suffice."""
    n = len(spare)
    taken = np.zeros(n, dtype=bool)
    found = []
    one, other = np.nonzero(np.triu(spare > 0, 1))
    in_common = np.bincount(other - one, spare[one, other], minlength=n)
    for apart in np.flatnonzero(in_common >= needed).tolist():
        bits = np.maximum(np.diagonal(spare, apart), BREAK)
        sums = np.concatenate([[0.0], np.cumsum(bits)])
        lowest = np.minimum.accumulate(sums)
        end = int((sums - lowest).argmax())
        start = int(sums[:end].argmin()) if end else 0
        # Two runs that overlap would be one period that is repeated.
        if sums[end] - sums[start] >= needed and SHORTEST_RUN <= end - start <= apart:
            found.append((sums[end] - sums[start], start, start + apart, end - start))
    for _, first, second, length in sorted(found, reverse=True):
        if not taken[second : second + length].any():
            taken[second : second + length] = True
            yield first, second, length


def _violation(
    sheet: AnswerSheet, first: int, second: int, length: int, cohort: Cohort
) -> Violation:
    numbers = sheet.numbers
    rows = [f"{numbers[at]} to {numbers[at + length - 1]}" for at in (first, second)]
    return Violation(
        "rows_repeated",
        cohort.severity("rows_repeated"),
        sheet.path,
        f"the answers to {sheet.name} in rows {rows[1]} ({length} people) are those of rows"
        f" {rows[0]}, in the same order; that is very unlikely by chance.",
        "Probably a page of questionnaires was typed or scanned twice, the second time under the"
        " next ids: compare both with the original questionnaires, and enter the right ones.",
        row=int(numbers[second]),
    )
