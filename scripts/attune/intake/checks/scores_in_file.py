"""Compares the scores that a file holds beside the items with the scores that the key gives."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from attune.intake.reading.cell_values import CellProblem, read_number
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.violations import Violation
from attune.scoring.scores import scale_scores
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument, MissingRule

LARGEST_DIFFERENCE = 1e-6
"""Scores are small whole numbers or short decimals; anything larger is another score."""

_ANSWERED = MissingRule(rule="answered", max_missing_share=0.999, source="the file's score")


def compare_scores_in_file(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    questionnaires: Sequence[AnsweredQuestionnaire],
) -> list[Violation]:
    """Every score of a raw file that is not the score of its own items.

    A score with decimals may be rounded: it differs if it is more than half of its last digit away.

    Parameters
    ----------
    sheets : mapping of file id to pandas.DataFrame of str
    cohort : Cohort
    questionnaires : sequence of AnsweredQuestionnaire

    Returns
    -------
    list of Violation
        `score_in_file_differs` for questionnaires with every item answered;
        `score_in_file_partial` for those with items left out, whose score in the file is at best
        that of what was answered. Both values are in the message.
    """
    violations = []
    for each in questionnaires:
        for scale, column in each.declared.scores_in_file.items():
            scores = scores_of_answered(each, scale)
            violations += _compare(sheets, cohort, each, column, scores)
    return violations


def scores_of_answered(questionnaire: AnsweredQuestionnaire, scale: str) -> pd.DataFrame:
    """A scale over the answered items, however few they are.

    Returns
    -------
    pandas.DataFrame
        One row per answered questionnaire, in its row of the file: score (missing where it is
        undefined), n_answered, n_items.
    """
    instrument = _answered_only(questionnaire.instrument, scale)
    scored = scale_scores(questionnaire.responses, instrument)
    position = scored.scales.index(scale)
    return pd.DataFrame(
        {
            "score": scored.score[position],
            "n_answered": scored.n_answered[position],
            "n_items": len(instrument.items_of(scale)),
        },
        index=questionnaire.dyads.index,
    )


def _answered_only(instrument: Instrument, scale: str) -> Instrument:
    """The instrument with this scale alone, scored over whatever was answered."""
    scales = {scale: instrument.scales[scale]}
    denominator = scales[scale].denominator
    if denominator is not None:
        scales[denominator] = instrument.scales[denominator]
    if scales[scale].aggregation != "weighted":
        # A weighted sum has no meaning without one of its items; publishers give none either.
        scales = {
            name: each.model_copy(update={"missing": _ANSWERED}) for name, each in scales.items()
        }
    return instrument.model_copy(update={"scales": scales})


def _compare(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    questionnaire: AnsweredQuestionnaire,
    column: str,
    scores: pd.DataFrame,
) -> list[Violation]:
    """One violation per row whose score is not that of its items, or of all its items."""
    rows = scores_of_file(sheets, cohort, questionnaire, column).join(scores)
    same = (rows["number"] - rows["score"]).abs() <= rows["allowed"]
    rows["partial"] = ~(rows["n_answered"] >= rows["n_items"])
    return [
        _violation(row, column, questionnaire, cohort)
        for _, row in rows[rows["partial"] | ~same].iterrows()
    ]


def scores_of_file(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    questionnaire: AnsweredQuestionnaire,
    column: str,
) -> pd.DataFrame:
    """The scores that a file holds for a questionnaire.

    Returns
    -------
    pandas.DataFrame
        One row per score, in its row of the file: dyad, text as given, number (NaN where the text
        is none), allowed: how far the exact score may be from it.
    """
    declared = questionnaire.declared
    file = cohort.files[declared.file]
    sheet = sheets[declared.file]
    rows = pd.DataFrame({"dyad": sheet[file.dyad], "text": sheet[column]})
    for name, code in declared.rows.items():
        rows = rows[sheet.loc[rows.index, name] == code]
    codes = ["", *cohort.missing_codes, *declared.missing_codes]
    rows = rows[~rows["text"].isin(codes)]
    numbers = {text: read_number(text, file.decimal) for text in rows["text"].unique()}
    numbers = {text: n for text, n in numbers.items() if not isinstance(n, CellProblem)}
    allowed = {text: half_a_digit(text, file.decimal) for text in numbers}
    return rows.assign(
        number=rows["text"].map(numbers).astype(float),
        allowed=rows["text"].map(allowed).astype(float),
    )


def half_a_digit(text: str, decimal: str) -> float:
    """How far a printed score may be from the exact one.

    A whole number is taken as exact: sums are.
    """
    _, point, decimals = text.partition(decimal)
    rounding = 0.5 * 10.0 ** -len(decimals) if point and decimals.isdigit() else 0.0
    return max(LARGEST_DIFFERENCE, float(np.nextafter(rounding, 1)))


def _violation(
    row: pd.Series, column: str, questionnaire: AnsweredQuestionnaire, cohort: Cohort
) -> Violation:
    partial = bool(row["partial"])
    rule = "score_in_file_partial" if partial else "score_in_file_differs"
    if pd.isna(row["n_answered"]):
        found = "no item is answered"
    else:
        items = f"{row['n_answered']:.0f} answered items of {row['n_items']:.0f}"
        value = "undefined" if pd.isna(row["score"]) else f"{row['score']:.10g}"
        found = f"that of the {items} is {value}"
    return Violation(
        rule,
        cohort.severity(rule),
        questionnaire.path,
        f"the file's score of {questionnaire.name} is {row['text']}; {found}.",
        "The file's score is not used; attune's score follows the instrument's missing rule."
        if partial
        else "Check the key, the items and the score.",
        row=int(str(row.name)),
        column=column,
        dyad=str(row["dyad"]),
        value=str(row["text"]),
    )
