"""Codes that seem to begin elsewhere than those of the instrument, without one out of range."""

from collections.abc import Iterator

import numpy as np

from attune.intake.reading.cell_values import NO_RESPONSE
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FEWEST_PEOPLE = 10
FEWEST_NEIGHBOURS = 20
"""Answers with the code next to the unused end."""

LEAST_SHARE = 0.05
"""Their share of all answers."""


def check_codes(questionnaire: AnsweredQuestionnaire, cohort: Cohort) -> Iterator[Violation]:
    """A warning where an end of the codes is never used although the code next to it is common.

    Answers 0 to 3 that are stored as 1 to 4 break no rule as long as nobody gave the highest one;
    they then never hold the lowest code of the instrument. Likewise 1 to 5 stored as 0 to 4, as
    long as nobody gave the lowest: they never hold the highest code.
    """
    declared = questionnaire.declared
    codes = questionnaire.instrument.response
    low, high, step = codes.stored_minimum, codes.stored_maximum, codes.step
    answers = questionnaire.responses[questionnaire.responses != NO_RESPONSE]
    if declared.answers or len(questionnaire.responses) < FEWEST_PEOPLE or high - low < 2 * step:
        return
    if codes.minimum == 0:
        unused, neighbour, end, lowest = low, low + step, "lowest", 1
    elif codes.minimum == 1:
        unused, neighbour, end, lowest = high, high - step, "highest", 0
    else:
        return
    enough = max(FEWEST_NEIGHBOURS, LEAST_SHARE * len(answers))
    if (answers == unused).any() or np.count_nonzero(answers == neighbour) < enough:
        return
    remedy = (
        f"If the file's codes go from {lowest} to {lowest + codes.maximum - codes.minimum}, add"
        f" `lowest_code: {lowest}` to this questionnaire in cohort.yaml."
    )
    if declared.lowest_code is not None:
        remedy = (
            "If the file's codes are those of the instrument, remove `lowest_code:` from this"
            " questionnaire in cohort.yaml."
        )
    yield Violation(
        "codes_shifted",
        cohort.severity("codes_shifted"),
        questionnaire.path,
        f"nobody ever gave the {end} answer of {questionnaire.name}, {codes.given(unused)},"
        f" in {len(answers)} answers, but {np.count_nonzero(answers == neighbour)} times the one"
        f" next to it, {codes.given(neighbour)}; the codes of the instrument go from"
        f" {codes.in_words()}.",
        remedy,
        column=questionnaire.columns[0],
    )
