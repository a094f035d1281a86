"""People whose answers are those of another person with a few cells changed."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import AnswerSheet, in_frame, in_words
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FALSE_ALARMS = 0.002
"""Expected number of pairs of people in a sound cohort that are reported."""

EQUAL_SHARE = 0.75
"""Share of equal answers below which nobody is a copy of another."""

FEWEST_ANSWERS = 12
"""Answers of both people below which they are not compared."""

MOST_DIFFERENT = 400
"""Answers of a person that are compared; more would not make a decision clearer."""

SHARE_OF_BITS = 0.7
"""Share of the bits of equal answers that counts: the answers of one person depend on each other.
With it, the most similar two of the 1,900 people in the shipped and reference cohorts lie eight
bits below what is reported."""

Matrix = NDArray[np.float64]


def nearly_equal_people(
    sheets: Sequence[AnswerSheet], patients: Sequence[str], cohort: Cohort, n_people: int
) -> Iterator[Violation]:
    """Rule `nearly_same_answers`: a person's answers under another id, with a few cells changed.

    Compared are all pairs of people in each questionnaire of patients (or observers), in all of an
    occasion, and in all of the cohort; therapists repeat their answers for several patients. With
    c answers of both, d of them different, the equal ones carry S bits: the least of
    -sum log2 p_item(answer) and of the entropy of either person's answers (see `pattern_bits`),
    times `SHARE_OF_BITS`. To name the d places among c takes log2 C(c, d) bits, and the other
    answers d log2(codes - 1). Two sound people agree so far with at most the probability
    2^-(S - places - other answers); times the pairs and occasions that must be at most
    `FALSE_ALARMS`. Answers that are equal throughout belong to the rule `same_answers`.

    Parameters
    ----------
    sheets : sequence of AnswerSheet
    patients : sequence of str
        The patient of each compared person; two dyads of one patient are not compared.
    cohort : Cohort
    n_people : int
    """
    own = [sheet for sheet in sheets if not sheet.scale and sheet.declared.rater != "therapist"]
    by_occasion: dict[str, list[AnswerSheet]] = {}
    for sheet in own:
        by_occasion.setdefault(sheet.key[2], []).append(sheet)
    together = [group for group in (*by_occasion.values(), own) if len(group) > 1]
    groups = [*together, *([sheet] for sheet in own)]
    reported: set[tuple[int, int]] = set()
    names = np.asarray(patients)
    for group in groups:
        answers = np.hstack([in_frame(sheet.answers, sheet, n_people) for sheet in group])
        answers = answers[:, :: -(-answers.shape[1] // MOST_DIFFERENT)]
        rows = np.flatnonzero(np.isfinite(answers).sum(axis=1) >= FEWEST_ANSWERS)
        if len(rows) < 3:
            continue
        spare, equal, both = spare_bits(answers[rows])
        needed = np.log2(len(rows) * (len(rows) - 1) / 2 * len(groups) / FALSE_ALARMS)
        copies = np.triu((spare >= needed) & (equal < both), 1)
        for one, other in zip(*np.nonzero(copies), strict=True):
            pair = int(rows[one]), int(rows[other])
            if pair in reported or names[pair[0]] == names[pair[1]]:
                continue
            reported.add(pair)
            yield _violation(group, pair, int(equal[one, other]), int(both[one, other]), cohort)


def _violation(
    group: Sequence[AnswerSheet], pair: tuple[int, int], equal: int, both: int, cohort: Cohort
) -> Violation:
    sheet = next(s for s in group if set(pair) <= set(s.people.tolist()))
    several = f"{len(group)} questionnaires"
    names = in_words(sheet.name for sheet in group) if len(group) < 4 else several
    first, second = sorted(int(sheet.numbers[sheet.people == person][0]) for person in pair)
    return Violation(
        "nearly_same_answers",
        cohort.severity("nearly_same_answers"),
        sheet.path,
        f"{equal} of {both} answers to {names} are the same as in row {first}; so few differences"
        " are very unlikely between two people.",
        "Compare both with the original questionnaires: one may be a copy of the other with some"
        " answers changed.",
        row=second,
    )


def spare_bits(answers: Matrix, fewest: int = FEWEST_ANSWERS) -> tuple[Matrix, Matrix, Matrix]:
    """Per pair of people: bits beyond what the differences take, equal answers, answers of both.

    -inf below `fewest` answers of both, and below `EQUAL_SHARE` of equal ones.
    """
    from scipy.special import gammaln

    given = np.isfinite(answers)
    n = given.sum(axis=1)
    both = given.astype(np.float32) @ given.T.astype(np.float32)
    equal, bits = np.zeros_like(both), np.zeros_like(both)
    entropy = np.zeros(len(answers))
    codes = np.unique(answers[given])
    for code in codes:
        ticked = answers == code
        share = (ticked.sum(axis=0) + 1) / (given.sum(axis=0) + 2)
        marks = ticked.astype(np.float32)
        equal += marks @ marks.T
        bits += (marks * -np.log2(share).astype(np.float32)) @ marks.T
        times = ticked.sum(axis=1)
        entropy -= times * np.log2(np.maximum(times, 1) / np.maximum(n, 1))
    within = entropy / np.maximum(n, 1)
    bits = np.minimum(bits, equal * np.minimum(within[:, None], within))
    differ = both - equal
    places = (gammaln(both + 1) - gammaln(equal + 1) - gammaln(differ + 1)) / np.log(2)
    spare = SHARE_OF_BITS * bits - places - differ * np.log2(max(len(codes) - 1, 1))
    spare[(equal < EQUAL_SHARE * both) | (both < fewest)] = -np.inf
    return np.asarray(spare, dtype=float), equal.astype(float), both.astype(float)
