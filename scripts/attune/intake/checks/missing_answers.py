"""What was not answered: whole questionnaires and single items, counted per questionnaire."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from attune.intake.reading.cell_values import NO_RESPONSE
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.sheets import is_named, outside
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort


def check_missing_answers(
    questionnaires: Sequence[AnsweredQuestionnaire], sample: pd.DataFrame, cohort: Cohort
) -> list[Violation]:
    """One finding per questionnaire that some dyads did not answer, one where items were left out.

    Parameters
    ----------
    questionnaires : sequence of AnsweredQuestionnaire
    sample : pandas.DataFrame
        As `read_sample` gives it.
    cohort : Cohort

    Returns
    -------
    list of Violation
        `questionnaire_not_answered` and `item_not_answered`, with counts and no dyad's name.
    """
    everyone = pd.Index(sample["dyad"][is_named(sample["dyad"], cohort)])
    violations = []
    for each in questionnaires:
        absent = int(outside(everyone, pd.Index(each.dyads.drop_duplicates())).sum())
        if 0 < absent < len(everyone):
            violations.append(
                Violation(
                    "questionnaire_not_answered",
                    cohort.severity("questionnaire_not_answered"),
                    each.path,
                    f"{each.name} is missing for {absent} of {len(everyone)} {cohort.case}s.",
                    "Nothing, if it was not returned. Else look for lost rows.",
                )
            )
        violations += _left_out(each, cohort)
    return violations


def _left_out(answered: AnsweredQuestionnaire, cohort: Cohort) -> list[Violation]:
    """The items that answered questionnaires left out, counted together."""
    missing = answered.responses == NO_RESPONSE
    by_item = missing.sum(axis=0)
    if not by_item.any():
        return []
    worst = int(np.argmax(by_item))
    return [
        Violation(
            "item_not_answered",
            cohort.severity("item_not_answered"),
            answered.path,
            f"{answered.name}: {by_item.sum()} of {missing.size} answers missing, in"
            f" {int(missing.any(axis=1).sum())} of {len(missing)} questionnaires; most often item"
            f" {worst + 1} ({by_item[worst]}).",
            "The instrument's missing rule says which of them get a score.",
            column=answered.columns[worst],
            item=worst + 1,
        )
    ]
