"""People whose answers stand in the order of their codes: cells that were sorted within rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import AnswerSheet, people_once
from attune.intake.reading.sheets import quoted_list
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FALSE_ALARMS = 0.002
"""Family-wise level: probability of a report in a sound cohort."""

FEWEST_ITEMS = 6
"""Items below which many people give their answers in the order of the codes."""

BY_CHANCE = 0.01
"""Probability that the answers of a person, in random order, are sorted, up to which she counts."""

MILD_TO_SEVERE = 0.2
"""Share of such people whose answers may be sorted because the items run from mild to severe."""

FEWEST_PEOPLE = 3
"""Sorted people below which nothing is reported."""

HALF = 0.5
"""Share of these people from which nothing else is looked for in the answers."""

MOST_NAMED = 20
"""Rows that a message names."""


@dataclass(frozen=True)
class SortedRows:
    """People whose answers to a questionnaire are sorted.

    Attributes
    ----------
    sheet : AnswerSheet
    rows : array of int64
        Their positions in the sheet.
    n : int
        People whose answers differ enough to judge.
    """

    sheet: AnswerSheet
    rows: NDArray[np.int64]
    n: int

    @property
    def nearly_all(self) -> bool:
        """Whether nothing else can be seen in these answers."""
        return len(self.rows) >= HALF * self.n


def sorted_rows(sheets: Sequence[AnswerSheet]) -> list[SortedRows]:
    """Questionnaires with rows whose cells run up, or down, throughout.

    Of n answers with the frequencies c there are n! / (c1! c2! ...) orders, two of which are
    sorted. Counted are the people for whom that has a probability of `BY_CHANCE` at most, over all
    orders. Items that run from mild to severe make it likelier, and `MILD_TO_SEVERE` allows for
    that: reported where more of these people are sorted than a binomial distribution with this
    probability explains, at the level `FALSE_ALARMS` divided by the questionnaires. Of 9,000
    simulated sound studies, in half of which the items run from mild to severe, none was reported.
    """
    from scipy.special import bdtrc

    units = [
        people_once(sheet)
        for sheet in sheets
        if not sheet.scale and sheet.answers.shape[1] >= FEWEST_ITEMS
    ]
    found = []
    for sheet in units:
        judged = _chance_of_order(sheet.answers) <= BY_CHANCE
        rows = np.flatnonzero(judged & _runs_one_way(sheet.answers))
        n, number = int(judged.sum()), len(rows)
        if number < FEWEST_PEOPLE:
            continue
        if float(bdtrc(number - 1, n, MILD_TO_SEVERE)) <= FALSE_ALARMS / len(units):
            found.append(SortedRows(sheet, rows, n))
    return found


def running_one_way(sheet: AnswerSheet) -> tuple[int, int]:
    """People whose answers run one way, and those who can be judged; see `sorted_rows`."""
    judged = _chance_of_order(sheet.answers) <= BY_CHANCE
    return int((judged & _runs_one_way(sheet.answers)).sum()), int(judged.sum())


def _runs_one_way(answers: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Rows whose answers never fall, or never rise; missing ones are passed over.

    Examples
    --------
    >>> _runs_one_way(np.array([[0.0, 1, np.nan, 3], [3, 1, 1, 0], [0, 2, 1, 3]])).tolist()
    [True, True, False]
    """
    given = np.isfinite(answers)
    lowest = np.where(given, answers, -np.inf)
    highest = np.where(given, answers, np.inf)
    rises = (np.maximum.accumulate(lowest, axis=1) == lowest) | ~given
    falls = (np.minimum.accumulate(highest, axis=1) == highest) | ~given
    return np.asarray(rises.all(axis=1) | falls.all(axis=1))


def _chance_of_order(answers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of each row that its answers are sorted if their order is random, at most 1.

    Examples
    --------
    >>> _chance_of_order(np.array([[0.0, 1, 2, 3], [1, 1, 1, 1]])).round(3).tolist()
    [0.083, 1.0]
    """
    from scipy.special import gammaln

    given = np.isfinite(answers)
    codes = np.unique(answers[given])
    counts = (answers[:, :, None] == codes).sum(axis=1)
    orders = gammaln(given.sum(axis=1) + 1) - gammaln(counts + 1).sum(axis=1)
    return np.minimum(2 * np.exp(-orders), 1.0)


def sorted_violation(found: SortedRows, cohort: Cohort) -> Violation:
    """Rule `answers_sorted`: the finding in words."""
    sheet, n = found.sheet, found.n
    numbers = [int(number) for number in sheet.numbers[found.rows]]
    return Violation(
        "answers_sorted",
        cohort.severity("answers_sorted"),
        sheet.path,
        f"the answers of {len(numbers)} people to {sheet.name} run from the lowest to the highest"
        f" code, or back, from the first item to the last; of {n} people whose answers differ"
        " enough to judge, hardly one would do so by chance: rows"
        f" {quoted_list(numbers, most=MOST_NAMED)}.",
        "The cells may have been sorted within the rows: nothing in the file says to which item an"
        " answer belongs. Export the file again, or enter it from the original questionnaires.",
        row=numbers[0],
    )
