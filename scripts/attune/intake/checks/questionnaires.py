"""Checks of questionnaires and given scores: ids, repetitions, constant items, missing answers."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.intake.checks.answer_patterns import first_equal_rows
from attune.intake.checks.identifiers import repeated_dyads, rows_without_id
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.sheets import is_named, not_in, quoted_list
from attune.intake.reading.violations import Violation
from attune.printing.apa import counted
from attune.scoring.scores import NO_RESPONSE
from attune.specs.cohort import Cohort
from attune.specs.study_checks import named

FEWEST_FOR_CONSTANT = 4
"""Answers to an item below which equal answers are not reported."""

FEWEST_THERAPISTS = 5
"""Therapists with several rows from whom it can be seen that they report on themselves."""

ALIKE = 0.9
"""Share of them whose rows hold the same report."""


def check_questionnaires(raw: RawCohort) -> Iterator[Violation]:
    """Per questionnaire: unreadable cells, missing ids, repeated dyads, constant items.

    A row without an id and a row whose dyad has an earlier one are one violation each, however many
    questionnaires the row holds.
    """
    rows_reported: set[tuple[str, str, int | None]] = set()
    known = set(raw.sample["dyad"])
    in_rows = _questionnaires_of_rows(raw)
    for reading in raw.questionnaire_readings:
        yield from reading.problems
        answered = reading.value
        if answered is None:
            continue
        of_rows = [
            *rows_without_id(answered.dyads, answered.path, "answers", raw.cohort),
            *repeated_dyads(
                answered.dyads[is_named(answered.dyads, raw.cohort)],
                answered.path,
                "duplicate_questionnaire",
                f"has answered {in_rows[_place(answered)]} already, in",
                known,
            ),
        ]
        for violation in of_rows:
            place = (violation.rule, violation.file, violation.row)
            if place not in rows_reported:
                rows_reported.add(place)
                yield violation
        yield from _constant_items(answered, raw.cohort)


def _place(answered: AnsweredQuestionnaire) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The rows of a file that hold a questionnaire."""
    return answered.declared.file, tuple(sorted(answered.declared.rows.items()))


def _questionnaires_of_rows(raw: RawCohort) -> dict[object, str]:
    """The questionnaires in the same rows of a file, in words."""
    names: dict[object, list[str]] = {}
    for answered in raw.questionnaires:
        names.setdefault(_place(answered), []).append(answered.name)
    return {
        place: first + (f" and {counted(len(others), 'further questionnaire')}" if others else "")
        for place, (first, *others) in names.items()
    }


def check_given_scores(raw: RawCohort) -> Iterator[Violation]:
    """Per given score: unreadable cells, missing ids, repeated dyads."""
    for reading in raw.score_readings:
        yield from reading.problems
        given = reading.value
        if given is None:
            continue
        content = f"a score in {given.declared.column!r}"
        yield from rows_without_id(given.dyads, given.path, content, raw.cohort)
        yield from repeated_dyads(
            given.dyads[is_named(given.dyads, raw.cohort)],
            given.path,
            "duplicate_questionnaire",
            f"has a score of {named(given.key)} already, in",
        )


def check_missing_answers(raw: RawCohort) -> Iterator[Violation]:
    """Per questionnaire: one count of dyads without it, and one of items left out.

    Rules `questionnaire_not_answered` and `item_not_answered`. Counts only: no finding names a
    dyad.
    """
    sample, cohort = raw.sample, raw.cohort
    everyone = pd.Index(sample["dyad"][is_named(sample["dyad"], cohort)])
    for answered in raw.questionnaires:
        absent = int(not_in(everyone, pd.Index(answered.dyads.drop_duplicates())).sum())
        if 0 < absent < len(everyone):
            yield Violation(
                "questionnaire_not_answered",
                cohort.severity("questionnaire_not_answered"),
                answered.path,
                f"{answered.name} is missing for {absent} of {len(everyone)} {cohort.case}s.",
                "Nothing, if it was not returned. Else look for lost rows.",
            )
        yield from _items_left_out(answered, cohort)


def check_therapist_reports(raw: RawCohort) -> Iterator[Violation]:
    """Rule `therapist_reports_differ`: a report about the therapist that differs between her rows.

    A therapist's report about herself or her practice is repeated in the rows of all of her
    patients. Where 90 % of five therapists or more with several patients have the same answers in
    all of their rows, other than those of other therapists, a therapist with two reports has some
    of somebody else: rows were exchanged, or patients have another therapist in the sample sheet.
    """
    if raw.cohort.sample.therapist is None:
        return
    people = raw.sample.drop_duplicates("dyad")
    therapists = dict(zip(people["dyad"], people["therapist"].fillna(""), strict=True))
    for answered in raw.questionnaires:
        if answered.declared.rater != "therapist":
            continue
        who = pd.Series([therapists.get(dyad, "") for dyad in answered.dyads], answered.dyads.index)
        known = (who != "") & ~answered.dyads.duplicated()
        equal = first_equal_rows(answered.responses[known])
        reports = _reports_of_each(pd.factorize(who[known])[0], equal)
        alike, n = int((reports == 1).sum()), len(reports)
        distinct = len(np.unique(equal))
        if n < FEWEST_THERAPISTS or alike == n or alike < ALIKE * n or distinct < n / 2:
            continue
        number = pd.Series(equal, who.index[known])
        by_therapist = number.groupby(who[known])
        several = by_therapist.nunique()[by_therapist.size() > 1]
        usual = by_therapist.transform(lambda own: own.mode().iloc[0])
        rows = number.index[who[known].isin(several.index[several > 1]) & (number != usual)]
        yield Violation(
            "therapist_reports_differ",
            raw.cohort.severity("therapist_reports_differ"),
            answered.path,
            f"{n - alike} of {n} therapists with several {raw.cohort.case}s have different answers"
            f" to {answered.name} in their rows; those of all others are the same in each. The rows"
            f" that differ: {quoted_list(map(int, rows))}.",
            "Look whether ids were exchanged in this file, or therapists in the sample sheet.",
            row=int(rows[0]),
        )


def _reports_of_each(therapists: NDArray[np.intp], reports: NDArray[np.int64]) -> NDArray[np.intp]:
    """How many different reports each therapist with several rows has."""
    rows = np.bincount(therapists)
    pairs = np.unique(np.stack([therapists, reports]), axis=1)
    return np.bincount(pairs[0], minlength=len(rows))[rows > 1]


def _constant_items(answered: AnsweredQuestionnaire, cohort: Cohort) -> list[Violation]:
    """Items without variance, whose correlations are undefined."""
    matrix = answered.responses
    given = matrix != NO_RESPONSE
    lowest = matrix.min(axis=0, where=given, initial=32767)
    # NO_RESPONSE is lower than every code.
    highest = matrix.max(axis=0, initial=NO_RESPONSE)
    constant = (given.sum(axis=0) >= FEWEST_FOR_CONSTANT) & (lowest == highest)
    return [
        Violation(
            "constant_item",
            cohort.severity("constant_item"),
            answered.path,
            f"every answer is {answered.instrument.response.given(lowest[position])}.",
            "Check the export if that is a surprise.",
            column=answered.columns[position],
            item=int(position) + 1,
        )
        for position in np.flatnonzero(constant)
    ]


def _items_left_out(answered: AnsweredQuestionnaire, cohort: Cohort) -> list[Violation]:
    """One count of all items that were left out in answered questionnaires."""
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
            "The instrument's missing rule decides which of them get a score.",
            column=answered.columns[worst],
            item=worst + 1,
        )
    ]
