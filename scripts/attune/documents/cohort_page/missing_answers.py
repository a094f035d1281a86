"""Missing answers, by item and by dyad: counts and shares, never whose they are."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from attune.documents.cohort_page.cohort_check import MissingByDyad, MissingItems
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.scoring.scores import MISSING

TENTHS = 10


def missing_by_item(
    answered: Sequence[AnsweredQuestionnaire], n_dyads: int
) -> tuple[MissingItems, ...]:
    """How often each item was left out by those who returned the questionnaire."""
    found = []
    for each in answered:
        absent = each.responses == MISSING
        found.append(
            MissingItems(
                questionnaire=each.name,
                n_expected=n_dyads,
                n_returned=len(each.dyads),
                n_complete=int((~absent.any(axis=1)).sum()),
                missing=tuple(map(int, absent.sum(axis=0))),
            )
        )
    return tuple(found)


def missing_by_dyad(answered: Sequence[AnsweredQuestionnaire], dyads: pd.Index) -> MissingByDyad:
    """Dyads by the share of all mapped items that they lack.

    Parameters
    ----------
    answered : sequence of AnsweredQuestionnaire
    dyads : pandas.Index
        The dyads of the sample sheet, each once.

    Returns
    -------
    MissingByDyad
        A questionnaire that was not returned lacks all of its items.
    """
    asked = sum(each.responses.shape[1] for each in answered)
    if not asked or dyads.empty:
        return MissingByDyad(())
    given = pd.Series(0, index=dyads, dtype="int64")
    for each in answered:
        count = pd.Series((each.responses != MISSING).sum(axis=1), index=each.dyads.to_numpy())
        # A dyad that stands twice in a file is an error already; its first row counts.
        given += count[~count.index.duplicated()].reindex(dyads, fill_value=0)
    lacking = asked - given.to_numpy()
    # Whole numbers decide the tenth: 0.3 of 30 items is 9 of them, whatever binary fractions say.
    tenth = np.minimum(-(-lacking * TENTHS // asked), TENTHS)
    tenth = np.where(lacking == asked, TENTHS + 1, tenth)
    return MissingByDyad(tuple(map(int, np.bincount(tenth, minlength=TENTHS + 2))))
