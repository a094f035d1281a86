"""Checks of the session schedule: skipped occasions, and questionnaires of one rater only.

Missing questionnaires are common: each finding is one count, not one line per dyad.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from attune.intake.reading.sheets import not_in, quoted_list
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort
from attune.specs.study_checks import QuestionnaireKey, key_of, named

Answered = dict[QuestionnaireKey, pd.Series]
"""Questionnaire -> its row of the file, indexed by dyad."""


def check_schedule(answered: Answered, cohort: Cohort) -> list[Violation]:
    """Occasions that dyads skipped, and questionnaires that only one of two raters answered.

    Parameters
    ----------
    answered : mapping of questionnaire to pandas.Series
        Row of the file by dyad.
    cohort : Cohort
        Its occasions of an instrument are declared in the order of time.
    """
    return [*_gaps(answered, cohort), *_single_raters(answered, cohort)]


def counted_dyads(dyads: Collection[str], of: int, case: str = "dyad") -> str:
    """A count of dyads with its total, percentage and the first ids.

    Examples
    --------
    >>> counted_dyads(["d03", "d07"], 26)
    "2 of 26 dyads (8 %; 'd03' and 'd07')"
    """
    share = round(100 * len(dyads) / of)
    return f"{len(dyads)} of {of} {case}s ({share} %; {quoted_list(map(str, dyads))})"


def skipped_occasions(answered: np.ndarray) -> np.ndarray:
    """Unanswered occasions between two answered ones.

    Parameters
    ----------
    answered : numpy.ndarray of bool, shape (n_dyads, n_occasions)
        Whether a dyad answered; occasions in the order of time.

    Returns
    -------
    numpy.ndarray of bool, shape (n_dyads, n_occasions)
        False after the last answered occasion (dropout) and before the first (late start).

    Examples
    --------
    >>> skipped_occasions(np.array([[True, False, True, False, False]])).tolist()
    [[False, True, False, False, False]]
    """
    before = np.logical_or.accumulate(answered, axis=1)
    after = np.logical_or.accumulate(answered[:, ::-1], axis=1)[:, ::-1]
    return before & after & ~answered


def _gaps(answered: Answered, cohort: Cohort) -> Iterator[Violation]:
    files = _file_of_questionnaire(cohort)
    for keys in _grouped(files, 0, 1, 3):
        # Missing columns are reported as such, not as a gap.
        keys = [key for key in keys if key in answered]
        if len(keys) < 3:
            continue
        dyads = answered[keys[0]].index
        for key in keys[1:]:
            others = answered[key].index
            dyads = dyads.append(others[not_in(others, dyads)])
        absent = [not_in(dyads, answered[key].index) for key in keys]
        gaps = skipped_occasions(~np.column_stack(absent))
        for position, key in enumerate(keys):
            gap = dyads[gaps[:, position]]
            if len(gap):
                yield Violation(
                    "session_gap",
                    cohort.severity("session_gap"),
                    files[key],
                    f"{counted_dyads(gap, len(dyads), cohort.case)} answered {key[0]} before and"
                    f" after {key[2]}, but not then ({named(key)}).",
                    "Look for these questionnaires; if they were never given, leave it.",
                    dyad=str(gap[0]),
                )


def _single_raters(answered: Answered, cohort: Cohort) -> Iterator[Violation]:
    files = _file_of_questionnaire(cohort)
    for keys in _grouped(files, 0, 2, 3):
        for one, other in combinations(keys, 2):
            if one not in answered or other not in answered:
                continue
            for has, lacks in ((one, other), (other, one)):
                whole, rest = answered[has].index, answered[lacks].index
                alone = whole[not_in(whole, rest)]
                if len(alone) and len(rest):
                    yield Violation(
                        "one_rater_only",
                        cohort.severity("one_rater_only"),
                        files[lacks],
                        f"{counted_dyads(alone, len(whole))} have {named(has)} but not"
                        f" {named(lacks)}.",
                        "Look for these questionnaires. Analyses that need both ratings of a"
                        " person leave these dyads out; mixed models use the one rating.",
                        dyad=str(alone[0]),
                    )


def _grouped(
    keys: Collection[QuestionnaireKey], *parts: int
) -> Iterator[Sequence[QuestionnaireKey]]:
    """Groups of questionnaires with equal parts of their keys, in the order of declaration."""
    groups: dict[tuple[str, ...], list[QuestionnaireKey]] = {}
    for key in keys:
        groups.setdefault(tuple(key[part] for part in parts), []).append(key)
    yield from groups.values()


def _file_of_questionnaire(cohort: Cohort) -> dict[QuestionnaireKey, str]:
    """Questionnaire -> its file, as messages name it."""
    return {key_of(entry): cohort.files[entry.file].place for entry in cohort.selections()}
