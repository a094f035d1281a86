"""Headings that were sorted without the answers below them, such as item_1, item_10, item_2."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.violations import Violation
from attune.intake.scoring_audit.item_findings import miskeyed_items
from attune.specs.cohort import Cohort

MOST_MAPPED = 12
"""Columns that a remedy lists."""


def sorted_headings(
    questionnaire: AnsweredQuestionnaire, sheet_columns: Sequence[str], cohort: Cohort
) -> Violation | None:
    """One violation where the answers follow the order of the columns, not their headings.

    It is one where items point against their scales as the headings name them, and none does if
    the columns hold items 1, 2, 3 ... in the order of the file.

    Parameters
    ----------
    questionnaire : AnsweredQuestionnaire
    sheet_columns : sequence of str
        All columns of its file, in their order.
    cohort : Cohort
    """
    place_of = {column: place for place, column in enumerate(sheet_columns)}
    order = np.argsort([place_of[column] for column in questionnaire.columns])
    if np.array_equal(order, np.arange(len(order))):
        return None
    declared = miskeyed_items(questionnaire)
    if not declared.against:
        return None
    moved = replace(questionnaire, responses=questionnaire.responses[:, order])
    left = miskeyed_items(moved)
    before = len(declared.against) + len(declared.unclear)
    if left.against or len(left.unclear) > before / 2:
        return None
    in_file = [questionnaire.columns[item] for item in order]
    how = " as words" if in_file == sorted(in_file) else ""
    pairs = [f"{item}: {column}" for item, column in enumerate(in_file[:MOST_MAPPED], start=1)]
    more = ", ..." if len(in_file) > MOST_MAPPED else ""
    return Violation(
        "headings_sorted",
        cohort.severity("headings_sorted"),
        questionnaire.path,
        f"the headings of {questionnaire.name} stand in the order {', '.join(in_file[:3])} ...: as"
        f" they name the items, {_count(declared.against)} against the others; if the columns hold"
        " the items in the order of the file, none does.",
        f"Probably the headings were sorted{how} without the answers below them. Compare the first"
        " columns with the form; if so, write"
        f" `columns: {{{', '.join(pairs)}{more}}}` for this questionnaire in cohort.yaml.",
        column=in_file[0],
    )


def _count(items: Sequence[int]) -> str:
    listed = ", ".join(map(str, items))
    return f"item {listed} points" if len(items) == 1 else f"items {listed} point"
