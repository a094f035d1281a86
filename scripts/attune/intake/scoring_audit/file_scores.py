"""Which keying a file used for the scores that differ from those of its own items."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from attune.intake.checks.scores_in_file import scores_of_file
from attune.intake.reading.cell_values import NO_RESPONSE
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.violations import Violation
from attune.intake.scoring_audit.keyed_scales import thinned
from attune.intake.scoring_audit.keying_search import KeyingSearch, search_keyings
from attune.specs.cohort import Cohort

FEWEST_ROWS = 4
"""Rows that must differ before a keying is searched: fewer are slips of a hand."""

MOST_PEOPLE = 20_000
"""Questionnaires whose scores are searched, evenly spread over the file."""

LEAST_SHARE = 0.9
"""Share of the rows that the other keying must reproduce."""


def explain_scores_in_file(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    questionnaires: Sequence[AnsweredQuestionnaire],
    violations: Sequence[Violation],
) -> list[Violation]:
    """One note for each column of scores that another keying reproduces.

    Parameters
    ----------
    sheets : mapping of file id to pandas.DataFrame of str
    cohort : Cohort
    questionnaires : sequence of AnsweredQuestionnaire
    violations : sequence of Violation
        With those of `compare_scores_in_file`: columns without enough differences are passed over.

    Returns
    -------
    list of Violation
        Rule `score_in_file_other_key`.
    """
    found: list[Violation] = []
    for each in questionnaires:
        for scale, column in each.declared.scores_in_file.items():
            rows = set(each.dyads.index)
            differing = sum(
                violation.rule == "score_in_file_differs"
                and (violation.file, violation.column) == (each.path, column)
                and violation.row in rows
                for violation in violations
            )
            if differing >= FEWEST_ROWS:
                found += _explained(sheets, cohort, each, scale, column)
    return found


def searched_scores(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    questionnaire: AnsweredQuestionnaire,
    scale: str,
    column: str,
) -> KeyingSearch:
    """The keyings that give a file's column of scores, of at most `MOST_PEOPLE` people.

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
    """Responses as given in the codes of the instrument, NaN where there is none."""
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
