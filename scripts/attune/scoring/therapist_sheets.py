"""Questionnaires of therapists about themselves, repeated in the rows of all of their patients.

A therapist fills in such a questionnaire once at an occasion; in data with one row per dyad its
answers stand in the rows of all of the therapist's patients. Numbers of questionnaires, internal
consistency and the distribution of scores count them once. A therapist's rating of each patient,
such as of the alliance, differs between the patients and stays a questionnaire of the dyad.
"""

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.store.contracts import ITEM_COLUMNS
from attune.store.frame_rows import rows_by

RATER = "therapist"

EACH_THERAPIST_ONCE = "each therapist once"
"""Ends the column `method` of statistics that count a therapist's answers once."""


ONCE_REMARK = (
    "Answers of therapists about themselves, which are the same for all of their patients, count"
    " once for each therapist."
)
"""Sentence of the note of a table with such statistics."""


class TherapistSheets:
    """Finds repeated answers of therapists, part by part; holds one sheet per therapist.

    Parameters
    ----------
    people : pandas.DataFrame
        Columns dyad and therapist, such as of the contracts `SAMPLE` and `MEASURES`. Rows of dyads
        without a therapist repeat nothing.

    Examples
    --------
    Therapist T answers once, and rates each of two patients.

    >>> people = pd.DataFrame({"dyad": ["A", "B", "C"], "therapist": ["T", "T", "U"]})
    >>> sheets = TherapistSheets(people)
    >>> own, ratings = np.array([[4, 2], [4, 2], [1, 1]]), np.array([[4, 2], [4, 3], [1, 1]])
    >>> sheets.repeated("mindfulness", "intake", people["dyad"], own).tolist()
    [False, True, False]
    >>> sheets.repeated("alliance", "intake", people["dyad"], ratings).tolist()
    [False, True, False]
    >>> sheets.of_dyads
    {'alliance'}
    """

    def __init__(self, people: pd.DataFrame) -> None:
        therapists = people["therapist"].to_numpy(dtype=object)
        known = pd.notna(therapists) & (therapists != "") & ~people["dyad"].duplicated().to_numpy()
        self._dyads = pd.Index(people["dyad"].to_numpy(dtype=object)[known], dtype=object)
        self._therapists = therapists[known]
        self._sheets: dict[tuple[Hashable, ...], bytes] = {}
        self.of_dyads: set[Hashable] = set()
        """Questionnaires in which a therapist gave different answers in the rows of one occasion:
        they are about the patients, so that none of their rows counts as repeated."""

    def repeated(
        self,
        questionnaire: Hashable,
        occasion: Hashable,
        dyads: "pd.Series | NDArray[Any]",
        answers: NDArray[Any],
    ) -> NDArray[np.bool_]:
        """Rows in which a therapist's answers stand again.

        Parameters
        ----------
        questionnaire, occasion : hashable
            Answers of a therapist are compared within one occasion of one questionnaire.
        dyads : sequence of str, length n
        answers : ndarray, shape (n, k)

        Returns
        -------
        ndarray of bool, shape (n,)
            Holds only if the questionnaire is not in `of_dyads` when all parts were given.
        """
        again = np.zeros(len(answers), dtype=bool)
        if questionnaire in self.of_dyads:
            return again
        of_dyad = self._dyads.get_indexer(np.asarray(dyads, dtype=object))
        for row in np.flatnonzero(of_dyad >= 0):
            therapist = self._therapists[of_dyad[row]]
            place, sheet = (questionnaire, occasion, therapist), answers[row].tobytes()
            first = self._sheets.setdefault(place, sheet)
            again[row] = first is not sheet
            if first != sheet:
                self.of_dyads.add(questionnaire)
                break
        return again


def repeated_sheets(responses: pd.DataFrame, people: pd.DataFrame) -> NDArray[np.bool_]:
    """Rows of responses that repeat a therapist's questionnaire about herself.

    Parameters
    ----------
    responses : pandas.DataFrame
        Contract `RESPONSES`.
    people : pandas.DataFrame
        As in `TherapistSheets`.

    Returns
    -------
    ndarray of bool, shape (n_questionnaires,)
    """
    again = np.zeros(len(responses), dtype=bool)
    rows = np.flatnonzero(responses["rater"].to_numpy(dtype=object) == RATER)
    if not len(rows) or people["therapist"].isna().all():
        return again
    theirs = responses.iloc[rows]
    items = [name for name in ITEM_COLUMNS if name in responses.columns]
    answers = theirs[items].to_numpy(dtype=float, na_value=np.nan)
    sheets = TherapistSheets(people)
    dyads = theirs["dyad"].to_numpy(dtype=object)
    parts = rows_by(theirs, ["instrument", "state", "occasion"])
    for (*questionnaire, occasion), part in parts.items():
        found = sheets.repeated(tuple(questionnaire), occasion, dyads[part], answers[part])
        again[rows[part]] = found
    for (*questionnaire, _), part in parts.items():
        if tuple(questionnaire) in sheets.of_dyads:
            again[rows[part]] = False
    return again


def once_remarks(methods: Iterable[str | None]) -> list[str]:
    """What the note of a table says of statistics whose methods are these.

    Examples
    --------
    >>> once_remarks(["mean", None]), len(once_remarks([f"mean; {EACH_THERAPIST_ONCE}"]))
    ([], 1)
    """
    return [ONCE_REMARK] if any(EACH_THERAPIST_ONCE in (method or "") for method in methods) else []


def without_repeats(responses: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """The responses with each questionnaire of a therapist about herself once."""
    return responses[~repeated_sheets(responses, people)]


def repeated_scores(values: pd.Series, therapists: pd.Series) -> NDArray[np.bool_]:
    """Dyads in which a therapist's score stands again; none if it differs between patients.

    Parameters
    ----------
    values : pandas.Series of float
        One value per dyad; missing ones repeat nothing.
    therapists : pandas.Series of str
        Of the same dyads, in the same order.

    Examples
    --------
    >>> who = pd.Series(["T", "T", "T", "U"])
    >>> repeated_scores(pd.Series([None, 3.0, 3.0, 1.0]), who).tolist()
    [False, False, True, False]
    >>> repeated_scores(pd.Series([2.0, 3.0, 3.0, 1.0]), who).tolist()
    [False, False, False, False]
    """
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    people = therapists.to_numpy(dtype=object)
    known = np.isfinite(numbers) & pd.notna(people)
    again = np.zeros(len(numbers), dtype=bool)
    codes, _ = pd.factorize(people[known])
    first = np.unique(codes, return_index=True)[1][codes]
    if (numbers[known] == numbers[known][first]).all():
        again[known] = first != np.arange(len(first))
    return again
