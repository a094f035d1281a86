"""Equal content: a file, or a questionnaire, that was copied over another."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from attune.intake.agreement.answer_sheets import AnswerSheet, in_frame
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Questionnaire

EQUAL_SHARE = 0.95
"""Share of the people with equal answers from which a questionnaire is a copy: a few cells may
have been corrected afterwards."""

FALSE_ALARMS = 0.001
"""Expected number of pairs of questionnaires in a cohort that agree that far by chance."""

REPEATED = 0.8
"""Probability that a person repeats an answer other than the own most frequent one; in
questionnaires given twice, half to two thirds are repeated."""

REPEATED_SCORE = 0.5
"""Probability of the same score again, where there are more than `FEW_VALUES` of them."""

FEW_VALUES = 11

FEWEST_ITEMS = 5
"""Items from which the answers to two instruments are compared: shorter ones agree by chance."""

FEWEST_ROWS = 3
"""Rows of two files whose equal content is an error, whatever it is."""


def equal_files(raw: RawCohort) -> Iterator[tuple[Violation, frozenset[str]]]:
    """Rule `same_content`: two raw files with the same cells from which the same columns are read.

    Yields
    ------
    (Violation, frozenset of str)
        The finding and the two files.
    """
    files = raw.cohort.files
    columns: dict[str, set[str]] = {}
    for entry in raw.cohort.questionnaires:
        items = range(1, raw.instruments[entry.instrument].n_items + 1)
        columns.setdefault(entry.file, set()).update(str(entry.column_of(item)) for item in items)
    for score in raw.cohort.scores:
        columns.setdefault(score.file, set()).add(score.column)
    for one, other in combinations(columns, 2):
        if files[one].place == files[other].place or not columns[one] & columns[other]:
            continue
        first, second = raw.sheets[one], raw.sheets[other]
        if len(first) < FEWEST_ROWS or not _same_cells(first, second):
            continue
        violation = Violation(
            "same_content",
            raw.cohort.severity("same_content"),
            files[other].place,
            f"the file is a copy of {files[one].place}: all {len(second)} rows are the same.",
            f"One of the two was saved over the other: export {files[other].place} or"
            f" {files[one].place} again.",
        )
        yield violation, frozenset({files[one].place, files[other].place})


def equal_questionnaires(
    sheets: Sequence[AnswerSheet],
    raw: RawCohort,
    n_people: int,
    paths: Iterable[frozenset[str]] = (),
) -> Iterator[Violation]:
    """Rule `same_content`: the same answers on two occasions, by two raters or to two instruments.

    Of two instruments the items with the same numbers are compared, as many as the shorter one has.
    Not for pairs of files (`paths`) that are copies as a whole.
    """
    copied = set(paths)
    pairs = [pair for pair in combinations(sheets, 2) if _may_be_copies(*pair)]
    pairs = [pair for pair in pairs if frozenset(sheet.path for sheet in pair) not in copied]
    for one, other in pairs:
        n, equal = _equal_people(one, other, n_people, len(pairs))
        if not equal:
            continue
        who = f"all {n}" if equal == n else f"{equal} of {n}"
        place = "the same file" if one.path == other.path else one.path
        yield Violation(
            "same_content",
            raw.cohort.severity("same_content"),
            other.path,
            f"{other.name} has the same answers as {one.name} in {place}, for {who}"
            f" {raw.cohort.case}s who have both.",
            "One of the two was copied over the other, or cohort.yaml reads the same columns twice:"
            " compare both with the original questionnaires and export them again.",
        )


def _may_be_copies(one: AnswerSheet, other: AnswerSheet) -> bool:
    if one.key[0] == other.key[0]:
        return one.scale == other.scale and _source(one) != _source(other)
    n_items = _n_compared(one, other)
    return n_items >= FEWEST_ITEMS and _cells_of(one, n_items) != _cells_of(other, n_items)


def _n_compared(one: AnswerSheet, other: AnswerSheet) -> int:
    return min(one.answers.shape[1], other.answers.shape[1])


def _cells_of(sheet: AnswerSheet, n_items: int) -> tuple[object, ...]:
    """File, rows and columns of the first items: two keys may read the same ones."""
    declared = sheet.declared
    if not isinstance(declared, Questionnaire):
        return (*sheet.rows, sheet.declared)
    return (*sheet.rows, *(str(declared.column_of(item)) for item in range(1, n_items + 1)))


def _source(sheet: AnswerSheet) -> tuple[object, ...]:
    """File, rows and columns; a questionnaire that is declared twice is not a copy."""
    declared = sheet.declared
    columns = declared.columns if isinstance(declared, Questionnaire) else sheet.declared
    return (*sheet.rows, str(columns))


def _same_cells(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    if one.shape != other.shape or list(one.columns) != list(other.columns):
        return False
    head = slice(0, 10)
    if (one.iloc[head].to_numpy(str) != other.iloc[head].to_numpy(str)).any():
        return False
    return all(
        np.array_equal(one[name].to_numpy(str), other[name].to_numpy(str)) for name in one.columns
    )


def _equal_people(
    one: AnswerSheet, other: AnswerSheet, n_people: int, n_pairs: int
) -> tuple[int, int]:
    """People with both sheets, and those with equal answers; 0 of the latter if chance may be it.

    m answers other than a person's most frequent one (of scores: than the most frequent score) are
    all repeated with probability q^m, which must be at most `FALSE_ALARMS` / n_pairs.
    """
    n_items = _n_compared(one, other)
    first, second = (
        in_frame(sheet.answers[:, :n_items], sheet, n_people) for sheet in (one, other)
    )
    both = np.isfinite(first).any(axis=1) & np.isfinite(second).any(axis=1)
    first, second = first[both], second[both]
    same = ((first == second) | (np.isnan(first) & np.isnan(second))).all(axis=1)
    n, equal = len(same), int(same.sum())
    if equal < FEWEST_ROWS or equal < EQUAL_SHARE * n:
        return n, 0
    answers = first[same] if first.shape[1] > 1 else first[same].T
    values, counts = np.unique(answers[np.isfinite(answers)], return_counts=True)
    if first.shape[1] > 1:
        times = np.stack([(answers == value).sum(axis=1) for value in values])
        rare = int(np.isfinite(answers).sum() - times.max(axis=0).sum())
    else:
        rare = int(counts.sum() - counts.max())
    repeated = REPEATED if len(values) <= FEW_VALUES else REPEATED_SCORE
    enough = rare * -np.log2(repeated) >= np.log2(n_pairs / FALSE_ALARMS)
    return n, equal if enough else 0
