"""The order of occasions: whether the files of two waves were exchanged.

Answers alone do not tell which wave came first. Seen is an exchange only by what runs in one
direction: dates, and numbers of days, sessions or waves, in a column of both files; and dropout.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from attune.intake.agreement.answer_sheets import MOST_PEOPLE, AnswerSheet, over_occasions
from attune.intake.agreement.time_columns import FEWEST_DATES, runs_backwards
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.sheets import selected_rows
from attune.intake.reading.violations import Violation

FALSE_ALARMS = 0.01
"""Family-wise level of the test of dropout: probability of a report in a cohort where a person is
as likely to lack the earlier as the later of two questionnaires."""

_NUMBER = re.compile(r"-?\d+([.,]\d+)?")


def exchanged_occasions(sheets: Sequence[AnswerSheet], raw: RawCohort) -> Iterator[Violation]:
    """Rule `occasions_exchanged`: two occasions whose files may have been exchanged."""
    pairs = [pair for series in over_occasions(sheets) for pair in pairwise(series)]
    why_columns: dict[tuple[object, object], str] = {}
    reported: set[tuple[object, object]] = set()
    for earlier, later in pairs:
        files = (earlier.rows, later.rows)
        if files in reported or earlier.rows == later.rows:
            continue
        if files not in why_columns:
            why_columns[files] = _columns_of_time(earlier, later, raw)
        why = why_columns[files] or _dropout(earlier, later, len(pairs))
        if why:
            reported.add(files)
            yield Violation(
                "occasions_exchanged",
                raw.cohort.severity("occasions_exchanged"),
                later.path,
                f"{earlier.name} and {later.name} may have been exchanged: {why}.",
                f"Look which of the two was given first. The first in cohort.yaml ({earlier.name})"
                " is taken as the earlier: if it is the later one, list it after the other;"
                " otherwise correct the files or their occasions.",
            )


def _dropout(earlier: AnswerSheet, later: AnswerSheet, n_pairs: int) -> str:
    """Everybody of the earlier occasion is in the later one, which has many more people."""
    people = [set(sheet.people[np.isfinite(sheet.total)].tolist()) for sheet in (earlier, later)]
    new = len(people[1] - people[0])
    if people[0] - people[1] or not people[0] or 0.5**new * n_pairs > FALSE_ALARMS:
        return ""
    return (
        f"all {len(people[0])} people who answered on the earlier occasion did so on the later"
        f" one, too, where {new} more answered; dropout goes the other way"
    )


def _columns_of_time(earlier: AnswerSheet, later: AnswerSheet, raw: RawCohort) -> str:
    """Dates or numbers of time in a column of both files that run backwards.

    Rows of one file are told apart by what cohort.yaml names: a number that is one and the same on
    an occasion tells nothing there.
    """
    names = columns_of_both(earlier, later, raw)
    if not names:
        return ""
    first, second = (cells_by_dyad(sheet, names, raw) for sheet in (earlier, later))
    for name in names:
        numbers = [_constant(frame[name]) for frame in (first, second)]
        same_file = earlier.path == later.path
        if numbers[0] is not None and numbers[1] is not None and numbers[0] > numbers[1]:
            if same_file:
                continue
            return (
                f"column {name} is {numbers[0]:g} in {earlier.path} and {numbers[1]:g} in"
                f" {later.path}"
            )
        found = runs_backwards(name, first[name], second[name])
        if found:
            what, after, known = found
            places = (f"in {earlier.path}", f"in {later.path}")
            if same_file:
                places = ("in the earlier rows", "in the later ones")
            return (
                f"the {what} in column {name} is later {places[0]} than {places[1]} for {after} of"
                f" {known} people"
            )
    return ""


def columns_of_both(one: AnswerSheet, other: AnswerSheet, raw: RawCohort) -> list[str]:
    """The columns of both files that hold neither items nor ids."""
    names: dict[str, None] = dict.fromkeys(raw.sheets[one.declared.file].columns)
    for sheet in (one, other):
        file = sheet.declared.file
        known = set(raw.sheets[file].columns)
        used = {*raw.item_columns.get(file, []), raw.cohort.files[file].dyad}
        names = {name: None for name in names if name in known and name not in used}
    return list(names)


def cells_by_dyad(sheet: AnswerSheet, names: list[str], raw: RawCohort) -> pd.DataFrame:
    """Some columns of a sheet's first rows, indexed by dyad."""
    declared = sheet.declared
    dyad = raw.cohort.files[declared.file].dyad
    wanted = list(dict.fromkeys([dyad, *names, *declared.rows]))
    frame = selected_rows(raw.sheets[declared.file][wanted], declared.rows).head(MOST_PEOPLE)
    return frame.drop_duplicates(dyad).set_index(dyad)[names]


def _constant(cells: pd.Series) -> float | None:
    """The number that all filled cells hold; None if they differ or hold no number."""
    values = {text.strip() for text in cells.unique()} - {""}
    if len(values) != 1 or len(cells) < FEWEST_DATES:
        return None
    (text,) = values
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None
