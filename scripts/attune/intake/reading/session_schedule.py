"""The schedule of a study: which occasions were left out, and which rater did not answer.

These findings are about missing questionnaires, which every study has; each is one count, not a
line per dyad.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from attune.intake.reading.sheets import outside, some_of
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort
from attune.specs.study_checks import QuestionnaireKey, key_of, named

Answered = dict[QuestionnaireKey, pd.Series]
"""Who answered each questionnaire: row of the file by dyad."""


def check_schedule(answered: Answered, cohort: Cohort) -> list[Violation]:
    """Occasions that dyads left out between two others, and questionnaires of one rater only.

    Parameters
    ----------
    answered : mapping of questionnaire to pandas.Series
        Row of the file by dyad.
    cohort : Cohort
        The order in which it declares the occasions of an instrument is their order in time.
    """
    return [*_gaps(answered, cohort), *_single_raters(answered, cohort)]


def counted_dyads(dyads: Collection[str], of: int, case: str = "dyad") -> str:
    """How many dyads of how many, with the names of the first in the order given.

    Examples
    --------
    >>> counted_dyads(["d03", "d07"], 26)
    "2 of 26 dyads (8 %; 'd03' and 'd07')"
    """
    share = round(100 * len(dyads) / of)
    return f"{len(dyads)} of {of} {case}s ({share} %; {some_of(map(str, dyads))})"


def left_out(given: np.ndarray) -> np.ndarray:
    """Which occasions lie between two that were answered, but were not answered themselves.

    Parameters
    ----------
    given : numpy.ndarray of bool, shape (n_dyads, n_occasions)
        Whether a dyad answered, the occasions in their order in time.

    Returns
    -------
    numpy.ndarray of bool, shape (n_dyads, n_occasions)
        A dyad that never comes back dropped out: that is no gap; nor is a late start.

    Examples
    --------
    >>> left_out(np.array([[True, False, True, False, False]])).tolist()
    [[False, True, False, False, False]]
    """
    before = np.logical_or.accumulate(given, axis=1)
    after = np.logical_or.accumulate(given[:, ::-1], axis=1)[:, ::-1]
    return before & after & ~given


def _gaps(answered: Answered, cohort: Cohort) -> Iterator[Violation]:
    files = {key_of(each): cohort.files[each.file].place for each in cohort.selections()}
    for keys in _grouped(files, 0, 1, 3):
        # A questionnaire whose columns are missing is reported as such, not as a gap.
        keys = [key for key in keys if key in answered]
        if len(keys) < 3:
            continue
        dyads = answered[keys[0]].index
        for key in keys[1:]:
            others = answered[key].index
            dyads = dyads.append(others[outside(others, dyads)])
        gaps = left_out(~np.column_stack([outside(dyads, answered[key].index) for key in keys]))
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
    files = {key_of(each): cohort.files[each.file].place for each in cohort.selections()}
    for keys in _grouped(files, 0, 2, 3):
        for one, other in combinations(keys, 2):
            if one not in answered or other not in answered:
                continue
            for has, lacks in ((one, other), (other, one)):
                whole, rest = answered[has].index, answered[lacks].index
                alone = whole[outside(whole, rest)]
                if len(alone) and len(rest):
                    yield Violation(
                        "one_rater_only",
                        cohort.severity("one_rater_only"),
                        files[lacks],
                        f"{counted_dyads(alone, len(whole))} have {named(has)} but not"
                        f" {named(lacks)}.",
                        "Look for these questionnaires; analyses of both raters go on without"
                        " these dyads.",
                        dyad=str(alone[0]),
                    )


def _grouped(
    keys: Collection[QuestionnaireKey], *parts: int
) -> Iterator[Sequence[QuestionnaireKey]]:
    """Questionnaires that agree in these parts of their keys, in the order of declaration."""
    groups: dict[tuple[str, ...], list[QuestionnaireKey]] = {}
    for key in keys:
        groups.setdefault(tuple(key[part] for part in parts), []).append(key)
    yield from groups.values()
