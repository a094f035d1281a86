"""Questionnaires and given scores as matrices of people, for comparisons between files."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.sheets import is_named
from attune.intake.scoring_audit.keyed_scales import keyed_matrix
from attune.specs.cohort import Selection
from attune.specs.instrument import Instrument
from attune.specs.study_checks import QuestionnaireKey, key_of, named

MOST_PEOPLE = 300
"""People whose answers are compared, the first of the sample sheet: with so many, the weakest
correlation that is tested (.2) is four standard errors away from zero."""

ONE_CODE = 0.8
"""Share of a code from which a questionnaire is at one end of its codes. In samples of patients the
lowest code has two thirds of the answers or less."""


@dataclass(frozen=True)
class AnswerSheet:
    """The answers to one questionnaire, or the scores of one scale, of the compared people.

    Attributes
    ----------
    declared : Selection
    instrument : Instrument
    path : str
        The raw file, as the cohort file names it.
    people : array of int64, shape (n,)
        Position of each row's dyad in the sample sheet, in the order of the file; each dyad once.
    answers : array of float64, shape (n, k)
        As ticked, in the codes of the instrument; NaN where there is none. k is 1 for a score.
    total : array of float64, shape (n,)
        Mean of the keyed answers, or the score; NaN without any answer.
    numbers : array of int64, shape (n,)
        Number of each row in the file, as a spreadsheet counts.
    """

    declared: Selection
    instrument: Instrument
    path: str
    people: NDArray[np.int64]
    answers: NDArray[np.float64]
    total: NDArray[np.float64]
    numbers: NDArray[np.int64]
    scale: str = ""
    """Name of the scale of a given score; "" for a questionnaire."""

    @cached_property
    def keyed(self) -> NDArray[np.float64]:
        """The answers with reversed items turned, shape (n, k); a score as it is."""
        return self.answers.copy() if self.scale else self.turned(self.instrument.reverse)

    @cached_property
    def standard(self) -> NDArray[np.float64]:
        """The keyed answers as z scores of their items, shape (n, k); NaN where there is none."""
        return np.where(np.isfinite(self.keyed), standardised(self.keyed), np.nan)

    def turned(self, items: Sequence[int]) -> NDArray[np.float64]:
        """The answers with those to some items counted from the other end of the codes."""
        answers, at = self.answers.copy(), np.array(items, dtype=int) - 1
        ends = np.sum(self.instrument.stored_ends(), axis=0)[at]
        answers[:, at] = ends / self.instrument.response.scale_factor - answers[:, at]
        return answers

    @cached_property
    def once(self) -> "AnswerSheet":
        """The sheet with each row of a therapist once, who has several patients; else the sheet.

        A therapist's report about herself is repeated in the rows of all of her patients.
        """
        if self.declared.rater != "therapist":
            return self
        answers = np.nan_to_num(self.answers, nan=-1e9)
        first = np.unique(answers, axis=0, return_index=True)[1]
        return self if len(first) == len(self.people) else self.only(np.sort(first))

    @cached_property
    def at_one_end(self) -> bool:
        """Whether `ONE_CODE` of the answers or more are one code: where nearly nobody has symptoms.

        What people repeat, how rare the lowest answer is and what is particular to an item cannot
        be judged from so few other answers.
        """
        answers = self.answers[np.isfinite(self.answers)]
        if self.scale or not len(answers):
            return False
        return bool(np.unique(answers, return_counts=True)[1].max() >= ONE_CODE * len(answers))

    def only(self, rows: NDArray[np.int64]) -> "AnswerSheet":
        """Some of the rows."""
        return replace(
            self,
            people=self.people[rows],
            answers=self.answers[rows],
            total=self.total[rows],
            numbers=self.numbers[rows],
        )

    @property
    def key(self) -> QuestionnaireKey:
        """Instrument, rater, occasion, state."""
        return key_of(self.declared)

    @property
    def name(self) -> str:
        """The questionnaire as messages name it."""
        return f"{named(self.key)}, scale {self.scale}" if self.scale else named(self.key)

    @property
    def occasion(self) -> str:
        """The occasion as messages name it: a name such as `after` is not a word of a sentence."""
        return f"occasion {self.key[2]}"

    @property
    def series(self) -> tuple[str, str, str, str]:
        """What is repeated over occasions: instrument, rater, state, scale."""
        instrument, rater, _, state = self.key
        return instrument, rater, state, self.scale

    @property
    def rows(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The rows of the file that hold it: file and codes of `rows:`."""
        return self.declared.file, tuple(sorted(self.declared.rows.items()))

    @property
    def codes(self) -> tuple[float, float]:
        """Lowest and highest answer or score that there is."""
        if self.scale:
            return self.instrument.score_range(self.scale)
        return self.instrument.response.minimum, self.instrument.response.maximum


def compared_people(raw: RawCohort, most: int = MOST_PEOPLE) -> pd.Index:
    """The first dyads of the sample sheet, at most `most`."""
    dyads = raw.sample["dyad"]
    return pd.Index(dyads[is_named(dyads, raw.cohort)].drop_duplicates().iloc[:most])


def answer_sheets(raw: RawCohort, most: int = MOST_PEOPLE) -> list[AnswerSheet]:
    """All questionnaires, then all given scores, in the order of the cohort file.

    Of repeated dyads the first row counts; rows without an id and unknown dyads are left out. Codes
    that the instrument does not have count as missing.
    """
    everyone = compared_people(raw, most)
    sheets = []
    for questionnaire in raw.questionnaires:
        people, rows = _first_rows(questionnaire.dyads, everyone)
        key = questionnaire.instrument
        keyed = keyed_matrix(questionnaire.responses[rows], key)
        answers = np.where(np.isfinite(keyed), questionnaire.responses[rows], np.nan)
        answers /= key.response.scale_factor
        total = row_means(keyed)
        declared = questionnaire.declared
        numbers = questionnaire.dyads.index.to_numpy(np.int64)[rows]
        sheets.append(
            AnswerSheet(declared, key, questionnaire.path, people, answers, total, numbers)
        )
    for given in raw.given_scores:
        people, rows = _first_rows(given.dyads, everyone)
        scores = given.scores[rows]
        key = raw.instruments[given.declared.instrument]
        declared_score = given.declared
        numbers = given.dyads.index.to_numpy(np.int64)[rows]
        columns = scores[:, None], scores, numbers, declared_score.scale
        sheets.append(AnswerSheet(declared_score, key, given.path, people, *columns))
    return sheets


def people_once(sheet: AnswerSheet) -> AnswerSheet:
    """See `AnswerSheet.once`."""
    return sheet.once


def over_occasions(sheets: Iterable[AnswerSheet]) -> Iterator[list[AnswerSheet]]:
    """The sheets of each instrument, rater, state and scale, in the declared order of occasions."""
    ordered = sorted(sheets, key=lambda sheet: sheet.series)
    for _, group in groupby(ordered, key=lambda sheet: sheet.series):
        same = list(group)
        if len(same) > 1:
            yield same


def in_frame(values: NDArray[np.float64], sheet: AnswerSheet, n: int) -> NDArray[np.float64]:
    """Rows of a sheet placed at the positions of their people, NaN for all others."""
    placed = np.full((n, *values.shape[1:]), np.nan)
    placed[sheet.people] = values
    return placed


def standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Columns as z scores over the rows that have a value; 0 where there is none or no variance.

    Examples
    --------
    >>> standardised(np.array([[1.0, 2.0], [3.0, 2.0], [np.nan, 2.0]])).tolist()
    [[-1.0, 0.0], [1.0, 0.0], [0.0, 0.0]]
    """
    given = np.isfinite(values)
    n = np.maximum(given.sum(axis=0), 1)
    centred = np.where(given, values, 0.0)
    centred = np.where(given, centred - centred.sum(axis=0) / n, 0.0)
    deviation = np.sqrt((centred**2).sum(axis=0) / n)
    varies = deviation > 1e-9
    return np.divide(centred, deviation, out=np.zeros_like(centred), where=varies)


def row_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of each row's values, NaN where there is none."""
    given = np.isfinite(values)
    n = given.sum(axis=1)
    sums = np.where(given, values, 0.0).sum(axis=1)
    return np.divide(sums, n, out=np.full(len(values), np.nan), where=n > 0)


def _first_rows(
    dyads: pd.Series, everyone: pd.Index
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of the compared people and of their first rows, in the order of the file."""
    position = everyone.get_indexer(pd.Index(dyads)).astype(np.int64)
    known = np.flatnonzero(position >= 0)
    _, first = np.unique(position[known], return_index=True)
    rows = known[np.sort(first)]
    return position[rows], rows


def occasions(sheets: Sequence[AnswerSheet]) -> str:
    """The occasions of several sheets in words."""
    names = list(dict.fromkeys(sheet.key[2] for sheet in sheets))
    return f"occasion{'s' if len(names) > 1 else ''} {in_words(names)}"


def in_words(names: Iterable[str]) -> str:
    """Names in a sentence.

    Examples
    --------
    >>> in_words(["a", "b", "c"])
    'a, b and c'
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
