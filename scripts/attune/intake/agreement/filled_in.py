"""Answers that nobody gave: the lowest for people who left, the earlier ones, codes for missing."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import (
    AnswerSheet,
    in_frame,
    over_occasions,
    people_once,
    row_means,
    standardised,
)
from attune.intake.agreement.permutation import FEWEST_PEOPLE
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FALSE_ALARMS = 0.002
"""Family-wise level of each rule here: probability of a report in a sound cohort."""

NEAR_LOWEST = 0.125
"""Share of the range of the codes up to which a person is near the lowest mean."""

LOWEST_EXPECTED = (0.2, 0.5)
"""Least and greatest share of the people near the lowest mean who are right on it."""

PER_ITEM = 8
"""That share is PER_ITEM / items: the more items, the rarer is the lowest answer to all. In the
shipped and reference cohorts it is .37 or less (BDI-II, 21 items), .07 (HSCL, 58 items)."""

NO_LOWER = -0.45
"""Difference of the earlier means, in standard deviations: people on the lowest mean of a sound
questionnaire began .6 lower or more where it is related to the earlier one."""

SAME_SCORE = 1 / 3
"""Highest share of the people whose score changed by two points at most who have the same score."""

FEWEST_VALUES = 20
"""Possible scores from which equal ones are counted."""

SUSPICIOUS_CODES = (9, 99, 999, 77, 88, 98, 777, 888, 998)
"""Numbers that data sets use for "no answer"."""

FEWEST_REPEATED = 3

FEWEST_RARE = 3
"""Answers other than a person's most frequent one from which repeating all of them counts."""

MOSTLY_DIFFERENT = 0.3
"""Mean share of the items that people answer in another way, from which the beta-binomial
distribution describes those who answer none so."""

FEWEST_OTHERS = 8
"""People with other answers from whom the share of repeated ones is estimated."""

Matrix = NDArray[np.float64]


def lowest_filled_in(
    sheets: Sequence[AnswerSheet], cohort: Cohort, n_people: int
) -> Iterator[Violation]:
    """Rule `lowest_filled_in`: people without a later questionnaire who were given its lowest code.

    Two probabilities are combined by Fisher's method, for people who gave the lowest answer to all
    items as ticked (or have the lowest score):

    * of their number among the people near the lowest mean (within `NEAR_LOWEST` of the range).
      Where answers taper off, at most `PER_ITEM` / items of these are right on it (within
      `LOWEST_EXPECTED`), and the number is binomial;
    * of their earlier mean, if it lay on the regression of the earlier on the later mean among the
      others (t test of a prediction, one-sided). People who are free of symptoms at the end usually
      began with fewer; people who left began like the others.

    Reported if the combined probability is at most the family-wise level `FALSE_ALARMS`, divided by
    the later questionnaires of the cohort, and if these people did not begin lower than the others
    by more than `NO_LOWER`.
    """
    later = [
        (sheet, earlier)
        for series in over_occasions(sheets)
        for place, sheet in enumerate(series)
        if (earlier := [before for before in series[:place] if not before.at_one_end])
    ]
    for sheet, earlier in later:
        means = _ticked_means(sheet)
        lowest = means <= 1e-9
        f, near = int(lowest.sum()), int((means <= NEAR_LOWEST).sum())
        before = _earlier_mean(earlier, n_people)[sheet.people]
        known = np.isfinite(before) & np.isfinite(means)
        if (known & lowest).sum() < 2 or (known & ~lowest).sum() < FEWEST_PEOPLE:
            continue
        share = float(np.clip(PER_ITEM / sheet.instrument.n_items, *LOWEST_EXPECTED))
        if _chance_of_lowest(means[known], before[known], (f, near, share)) > (
            FALSE_ALARMS / len(later)
        ):
            continue
        what = "the lowest score of" if sheet.scale else "the lowest answer to all items of"
        low = sheet.codes[0]
        yield Violation(
            "lowest_filled_in",
            cohort.severity("lowest_filled_in"),
            sheet.path,
            f"{f} of {len(means)} people have {what} {sheet.name}; {near - f} others are near it."
            f" The {f} did not begin lower than the rest, as people who end without symptoms"
            " usually do.",
            f"If they did not return the questionnaire, {low:g} stands for a missing answer: leave"
            " these cells empty, or declare the code under `missing_codes:` in cohort.yaml.",
            row=int(sheet.numbers[np.flatnonzero(lowest)[0]]),
        )


def _chance_of_lowest(means: Matrix, before: Matrix, count: tuple[int, int, float]) -> float:
    """Combined probability of the number of lowest means and of their earlier means.

    1 where these people began lower than the others.
    """
    from scipy.special import bdtrc, stdtr

    f, near, share = count
    lowest = means <= 1e-9
    x, y = means[~lowest], before[~lowest]
    own = before[lowest]
    n, squares = len(x), float(((x - x.mean()) ** 2).sum())
    if own.mean() - y.mean() < NO_LOWER or squares <= 0:
        return 1.0
    slope = float(((x - x.mean()) * y).sum()) / squares
    residuals = y - y.mean() - slope * (x - x.mean())
    error = np.sqrt((residuals**2).sum() / (n - 2))
    error *= np.sqrt(1 / len(own) + 1 / n + x.mean() ** 2 / squares)
    above = (own.mean() - y.mean() + slope * x.mean()) / max(error, 1e-9)
    product = float(bdtrc(f - 1, near, share)) * float(stdtr(n - 2, -above))
    return product * (1 - np.log(product)) if product > 0 else 0.0


def _ticked_means(sheet: AnswerSheet) -> Matrix:
    """Mean of each person's answers as ticked, as a share of the range of the codes."""
    low, high = sheet.codes
    return row_means(sheet.answers - low) / (high - low)


def _earlier_mean(earlier: Sequence[AnswerSheet], n_people: int) -> Matrix:
    """Each person's mean z score on the earlier occasions; NaN without one."""
    columns = []
    for sheet in earlier:
        means = _ticked_means(sheet)
        z = np.where(np.isfinite(means), standardised(means[:, None])[:, 0], np.nan)
        columns.append(in_frame(z, sheet, n_people))
    return row_means(np.stack(columns, axis=1))


def carried_forward(
    sheets: Sequence[AnswerSheet], cohort: Cohort, n_people: int
) -> Iterator[Violation]:
    """Rule `carried_forward`: more people than chance repeat all of their earlier answers.

    Of a questionnaire, for people with three answers or more other than their own most frequent
    one, the smaller of two probabilities, times 2. Their m such answers are all repeated with
    probability q^m, q being the 90th percentile of the share that people with other answers repeat
    (at least one half), and the number of repeated rows is at most Poisson with the mean sum q^m.
    And the items that a person answers in another way are beta-binomial, with the mean and variance
    of the people who do so at all, if the mean is `MOSTLY_DIFFERENT` of the items or more; the
    number of people without any is binomial with that probability of none (at least the share of
    people with one), and one person in n more.

    Of scores with `FEWEST_VALUES` possible values: of the people whose score changed by at most two
    points, `SAME_SCORE` or fewer have the same, and their number is binomial; two lowest or highest
    scores do not count. Either must have at most the family-wise level `FALSE_ALARMS`
    among the pairs of neighbouring occasions.
    """
    pairs = [
        (series[place - 1], series[place])
        for series in over_occasions([people_once(sheet) for sheet in sheets])
        for place in range(1, len(series))
        if not series[place - 1].at_one_end
    ]
    for one, other in pairs:
        first, second = (in_frame(sheet.answers, sheet, n_people) for sheet in (one, other))
        both = np.isfinite(first).any(axis=1) & np.isfinite(second).any(axis=1)
        if both.sum() < FEWEST_PEOPLE:
            continue
        test = _equal_scores if one.answers.shape[1] == 1 else _equal_rows
        same, chance = test(first[both], second[both], one)
        if same < FEWEST_REPEATED or chance > FALSE_ALARMS / len(pairs):
            continue
        what = "score" if one.scale else "answers to all items"
        yield Violation(
            "carried_forward",
            cohort.severity("carried_forward"),
            other.path,
            f"{same} of {int(both.sum())} people have exactly the same {what} of {other.name} as"
            f" of {one.name} in {one.path}; that is very unlikely by chance.",
            "Probably the earlier answers were carried forward for people who gave none: leave"
            " these cells empty, so that missing answers are treated as the study plans.",
        )


def _equal_rows(first: Matrix, second: Matrix, sheet: AnswerSheet) -> tuple[int, float]:
    """Rows with the same answers to all items, and the probability of so many."""
    from scipy.special import bdtrc, pdtrc

    given = np.isfinite(first) & np.isfinite(second)
    if not given.any():
        return 0, 1.0
    equal = (first == second) | (np.isnan(first) & np.isnan(second))
    codes = np.unique(first[given])
    times = np.stack([(first == code).sum(axis=1) for code in codes])
    rare = given & (first != codes[times.argmax(axis=0)][:, None])
    n_rare = rare.sum(axis=1)
    counted = n_rare >= FEWEST_RARE
    same = equal.all(axis=1) & counted
    others = ~same & counted
    m = int(same.sum())
    if not m:
        return 0, 1.0
    q = 0.8
    if others.sum() >= FEWEST_OTHERS:
        shares = (rare & equal)[others].sum(axis=1) / n_rare[others]
        q = float(np.clip(np.quantile(shares, 0.9), 0.5, 0.99))
    chance = float(pdtrc(m - 1, (q ** n_rare[counted]).sum()))
    if others.sum() >= FEWEST_OTHERS:
        differ, n = (given & ~equal)[others].sum(axis=1), int(counted.sum())
        k = first.shape[1]
        none = 1.0 if differ.mean() < MOSTLY_DIFFERENT * k else _beta_binomial_zero(differ, k)
        none = max(none, float((differ == 1).sum()) / n)
        chance = min(chance, float(bdtrc(m - 1, n, min(none + 1 / n, 1.0))))
    return m, min(1.0, 2 * chance)


def _beta_binomial_zero(counts: NDArray[np.int64], k: int) -> float:
    """Probability of 0 of k under the beta-binomial distribution with these counts' moments.

    That of the binomial where they vary no more than it allows.

    Examples
    --------
    >>> round(_beta_binomial_zero(np.array([4, 5, 4, 5, 4, 5]), 9), 4)
    0.002
    """
    from scipy.special import betaln

    mean, variance = float(counts.mean()), float(counts.var())
    share = mean / k
    binomial = k * share * (1 - share)
    if binomial <= 0 or variance <= binomial:
        return float((1 - share) ** k)
    overdispersion = min((variance / binomial - 1) / (k - 1), 0.99)
    a = share * (1 / overdispersion - 1)
    b = (1 - share) * (1 / overdispersion - 1)
    return float(np.exp(betaln(a, b + k) - betaln(a, b)))


def _equal_scores(first: Matrix, second: Matrix, sheet: AnswerSheet) -> tuple[int, float]:
    """Equal scores, and the probability of so many among those within two points."""
    from scipy.special import bdtrc

    one, other = first[:, 0], second[:, 0]
    values = np.unique(np.concatenate([one, other]))
    steps = np.diff(values)
    if len(steps) == 0 or (sheet.codes[1] - sheet.codes[0]) / steps.min() < FEWEST_VALUES:
        return 0, 1.0
    inner = ~((one == other) & np.isin(one, sheet.codes))
    change = np.abs(other - one)[inner] / steps.min()
    same, near = int((change < 0.5).sum()), int((change < 2.5).sum())
    return same, float(bdtrc(same - 1, near, SAME_SCORE)) if same else 1.0


def missing_codes_as_answers(sheets: Sequence[AnswerSheet], cohort: Cohort) -> Iterator[Violation]:
    """Rule `missing_code_as_answer`: 9 or 99 far more often than the numbers beside it.

    Only where the codes of the instrument include it, as on a scale from 0 to 100, and where it is
    no round number. Of the answers
    (scores) within two steps of such a number, at most half are the number itself in sound data;
    each person counts once. The binomial probability must be at most the family-wise level
    `FALSE_ALARMS` among the numbers and questionnaires of the cohort.
    """
    from scipy.special import bdtrc

    tests = []
    for sheet in map(people_once, sheets):
        low, high = sheet.codes
        response = sheet.instrument.response
        step = 1.0 if sheet.scale else response.step / response.scale_factor
        for code in SUSPICIOUS_CODES:
            # People who mark a line prefer round numbers.
            if low < code < high and round(code / step) % 5:
                at = np.asarray((np.abs(sheet.answers - code) < step / 2).any(axis=1))
                beside = np.asarray((np.abs(sheet.answers - code) < 2.5 * step).any(axis=1))
                tests.append((sheet, code, at, int(at.sum()), int(beside.sum())))
    for sheet, code, at, number, near in tests:
        if number < FEWEST_REPEATED or bdtrc(number - 1, near, 0.5) > FALSE_ALARMS / len(tests):
            continue
        yield Violation(
            "missing_code_as_answer",
            cohort.severity("missing_code_as_answer"),
            sheet.path,
            f"{number} of {len(at)} people have {code} in {sheet.name}, but only {near - number}"
            " have a number beside it.",
            f"If {code} means that there is no answer, declare it under `missing_codes:` of this"
            " questionnaire in cohort.yaml.",
            row=int(sheet.numbers[np.flatnonzero(at)[0]]),
        )
