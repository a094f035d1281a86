"""People who were given the means of the items, or the mean score, in place of their answers."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import AnswerSheet
from attune.intake.agreement.item_columns import binomial_tail
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FALSE_ALARMS = 0.002
"""Family-wise level: probability of a report in a sound cohort."""

FEWEST_ITEMS = 5
"""Items from which a row of means is recognised."""

FEWEST_VARIED = 3
"""Items of a row of means other than its most frequent code, below which it is too common."""

FEWEST_MEANS = 3
"""People with the same row of means, or the mean score, below which nothing is reported."""

SHARE_OF_BITS = 0.65
"""Share of the bits of a row that counts: the answers of one person depend on each other."""

USUAL_SHARE = 0.25
"""Least share of the people with a row, or with one answer different, who have the row itself."""

NEAR_MEAN = 0.02
"""Distance from the mean of the other scores, in their standard deviations, up to which a score is
that mean: it may have been computed from all of them, and rounded."""

Matrix = NDArray[np.float64]


def means_filled_in(
    sheets: Sequence[AnswerSheet], therapists: pd.Series, cohort: Cohort
) -> Iterator[Violation]:
    """Rule `means_filled_in`: people with exactly the means of the others.

    Of a questionnaire, the row of the items' means, rounded or cut off to codes. Its m people are
    reported if two probabilities are at most the family-wise level `FALSE_ALARMS`, divided by the
    questionnaires and twice for the two ways of rounding:

    * of m or more people with this row among n, if each has it with the probability of its answers
      in the other people (their product to the power `SHARE_OF_BITS`): binomial;
    * of m or more among those who have the row or differ from it in one answer: binomial with the
      share that independent answers give, at least `USUAL_SHARE`.

    Rows with nearly one answer throughout (`FEWEST_VARIED`), and questionnaires with nearly one
    answer in all people, are left out: see `rows_all_alike` and `lowest_filled_in`. A therapist
    who has a row in several dyads counts once.

    Of scores, a value between the steps of all others that lies at their mean (`NEAR_MEAN`), for
    `FEWEST_MEANS` people or more; that needs no probability.

    Parameters
    ----------
    sheets : sequence of AnswerSheet
    therapists : pandas.Series
        Therapist of each compared person, in their order.
    cohort : Cohort
    """
    units = [
        sheet
        for sheet in sheets
        if sheet.scale or (sheet.answers.shape[1] >= FEWEST_ITEMS and not sheet.at_one_end)
    ]
    level = FALSE_ALARMS / max(2 * len(units), 1)
    for sheet in units:
        rows = _mean_scores(sheet) if sheet.scale else _mean_rows(sheet, therapists, level)
        if not len(rows):
            continue
        what = "the mean score of the others in" if sheet.scale else "the rounded item means of"
        yield Violation(
            "means_filled_in",
            cohort.severity("means_filled_in"),
            sheet.path,
            f"{len(rows)} of {len(sheet.people)} people have exactly {what} {sheet.name}; that is"
            " very unlikely by chance.",
            "Probably a program filled in means for people who gave no answers: leave these cells"
            " empty, so that missing answers are treated as the study plans.",
            row=int(sheet.numbers[rows[0]]),
        )


def _mean_rows(sheet: AnswerSheet, therapists: pd.Series, level: float) -> NDArray[np.int64]:
    """Rows that are the means of the items, if chance does not explain them."""
    step = sheet.instrument.response.step / sheet.instrument.response.scale_factor
    low = sheet.codes[0]
    complete = np.isfinite(sheet.answers).all(axis=1)
    if complete.sum() < FEWEST_MEANS or not np.isfinite(sheet.answers).any(axis=0).all():
        return np.empty(0, dtype=np.int64)
    counted = complete & _once(sheet, therapists)
    means = np.nanmean(sheet.answers, axis=0)
    for rounded in (np.floor((means - low) / step + 0.5), np.floor((means - low) / step)):
        row = low + rounded * step
        differ = (np.abs(sheet.answers - row) > step / 2).sum(axis=1)
        same = counted & (differ == 0)
        if _varied(row) < FEWEST_VARIED or same.sum() < FEWEST_MEANS or (counted & ~same).sum() < 5:
            continue
        others = sheet.answers[counted & ~same]
        share = ((np.abs(others - row) < step / 2).sum(axis=0) + 1) / (len(others) + 2)
        m, near = int(same.sum()), int((counted & (differ <= 1)).sum())
        chance = float(np.prod(share) ** SHARE_OF_BITS)
        usual = max(USUAL_SHARE, float(1 / (1 + ((1 - share) / share).sum())))
        if (
            max(binomial_tail(m, int(counted.sum()), chance), binomial_tail(m, near, usual))
            <= level
        ):
            return np.flatnonzero(complete & (differ == 0))
    return np.empty(0, dtype=np.int64)


def _varied(row: Matrix) -> int:
    """Answers other than the most frequent one."""
    return len(row) - int(np.unique(row, return_counts=True)[1].max())


def _once(sheet: AnswerSheet, therapists: pd.Series) -> NDArray[np.bool_]:
    """Rows that count: of a therapist's equal reports, the first."""
    if sheet.declared.rater != "therapist":
        return np.ones(len(sheet.people), dtype=bool)
    codes, _ = pd.factorize(therapists.to_numpy()[sheet.people])
    reports = np.column_stack([codes, np.nan_to_num(sheet.answers, nan=-1e9)])
    counted = np.zeros(len(reports), dtype=bool)
    counted[np.unique(reports, axis=0, return_index=True)[1]] = True
    return counted


def _mean_scores(sheet: AnswerSheet) -> NDArray[np.int64]:
    """Rows with a score between the steps of the others that lies at their mean."""
    scores = sheet.total
    values, counts = np.unique(scores[np.isfinite(scores)], return_counts=True)
    if len(values) < 5:
        return np.empty(0, dtype=np.int64)
    at = int(counts.argmax())
    others = scores[np.isfinite(scores) & (scores != values[at])]
    whole_numbers = (np.abs(others - others.round()) < 1e-6).all()
    between = abs(values[at] - round(values[at])) > 1e-6
    near = abs(values[at] - others.mean()) <= NEAR_MEAN * others.std()
    if counts[at] >= FEWEST_MEANS and whole_numbers and between and near:
        return np.flatnonzero(scores == values[at])
    return np.empty(0, dtype=np.int64)
