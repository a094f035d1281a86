"""Checks of the scores that a file holds, and the keying that reproduces those that differ."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from attune.intake.checks.scores_in_file import compare_scores_in_file, scores_of_file
from attune.intake.reading.cell_values import NO_RESPONSE
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.violations import Violation
from attune.intake.scoring_audit.keyed_scales import thinned
from attune.intake.scoring_audit.keying_search import KeyingSearch, search_keyings
from attune.specs.cohort import Cohort

FEWEST_ROWS = 4
"""Differing rows from which a keying is searched: fewer are single mistakes."""

MOST_PEOPLE = 20_000
"""Questionnaires whose scores are compared with keyings, evenly spread over the file."""

LEAST_SHARE = 0.9
"""Share of the rows that another keying must reproduce to be reported."""


def check_scores_in_file(raw: RawCohort) -> list[Violation]:
    """Compare the scores that files hold with the keys, and explain columns that differ.

    Returns
    -------
    list of Violation
        Those of `compare_scores_in_file`; then `score_in_file_other_key`, one per column of scores
        that another keying reproduces.
    """
    differences = compare_scores_in_file(raw)
    return [*differences, *_explain_differences(raw, differences)]


def _explain_differences(raw: RawCohort, differences: Sequence[Violation]) -> Iterator[Violation]:
    """One violation per column with `FEWEST_ROWS` differences that another keying reproduces."""
    for questionnaire in raw.questionnaires:
        rows = set(questionnaire.dyads.index)
        for scale, column in questionnaire.declared.scores_in_file.items():
            differing = sum(
                violation.rule == "score_in_file_differs"
                and (violation.file, violation.column) == (questionnaire.path, column)
                and violation.row in rows
                for violation in differences
            )
            if differing >= FEWEST_ROWS:
                yield from _explained(raw.sheets, raw.cohort, questionnaire, scale, column)


def searched_scores(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    questionnaire: AnsweredQuestionnaire,
    scale: str,
    column: str,
) -> KeyingSearch:
    """Keyings that reproduce a column of scores in a file, for at most `MOST_PEOPLE` people.

    Raises
    ------
    AnalysisError
        As `search_keyings`.
    """
    known = scores_of_file(sheets, cohort, questionnaire, column)
    questionnaire = thinned(questionnaire, MOST_PEOPLE)
    known = known.reindex(questionnaire.dyads.index)
    return search_keyings(
        given_answers(questionnaire),
        questionnaire.instrument,
        scale,
        known["number"].to_numpy(float),
        known["allowed"].fillna(0).to_numpy(float),
    )


def given_answers(questionnaire: AnsweredQuestionnaire) -> np.ndarray:
    """Responses in the codes of the instrument, not reversed; NaN where not answered."""
    responses = questionnaire.responses
    given = np.where(responses == NO_RESPONSE, np.nan, responses.astype(float))
    return given / questionnaire.instrument.response.scale_factor


def _explained(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    questionnaire: AnsweredQuestionnaire,
    scale: str,
    column: str,
) -> Iterator[Violation]:
    if questionnaire.instrument.scales[scale].aggregation not in ("sum", "mean"):
        return
    search = searched_scores(sheets, cohort, questionnaire, scale, column)
    best = search.best
    if best.reproduced < LEAST_SHARE * best.known or not best.keying.words:
        return
    others = search.ties
    only = (
        "No other of the keyings tried does."
        if not others
        else f"So are they {search.equals[0].keying.in_words()}"
        + (f", and in {others - 1} more ways." if others > 1 else ".")
    )
    yield Violation(
        "score_in_file_other_key",
        cohort.severity("score_in_file_other_key"),
        questionnaire.path,
        f"the file's scores {scale} of {questionnaire.name} are reproduced in"
        f" {best.reproduced} of {best.known} rows {best.keying.in_words()}. {only}",
        "The file's scores are not used. Find out which of the two keys is right before you compare"
        " results with earlier ones.",
        column=column,
    )
