"""Comparison of the scores in a file with the scores computed from its items by the key."""

from collections.abc import Mapping

import pandas as pd

from attune.intake.reading.cell_values import CellProblem, half_a_digit, read_number
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.violations import Violation
from attune.scoring.scores import scale_scores
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument, MissingRule

_ANSWERED = MissingRule(rule="answered", max_missing_share=0.999, source="the file's score")


def compare_scores_in_file(raw: RawCohort) -> list[Violation]:
    """Scores of a raw file that differ from the score of their own items.

    A score with decimals may be rounded: it differs if the exact score is more than half a unit of
    its last digit away.

    Returns
    -------
    list of Violation
        `score_in_file_differs` for questionnaires with every item answered;
        `score_in_file_partial` for those with items left out, whose score in the file can only rest
        on the answered items. Both values are in the message.
    """
    violations = []
    for questionnaire in raw.questionnaires:
        for scale, column in questionnaire.declared.scores_in_file.items():
            scores = scores_of_answered(questionnaire, scale)
            violations += _compare(raw.sheets, raw.cohort, questionnaire, column, scores)
    return violations


def scores_of_answered(questionnaire: AnsweredQuestionnaire, scale: str) -> pd.DataFrame:
    """Scores of a scale over the answered items, however few.

    Returns
    -------
    pandas.DataFrame
        One row per answered questionnaire, indexed by its row of the file: score (NaN where
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
    """The instrument with this scale alone, scored over the answered items."""
    scales = {scale: instrument.scales[scale]}
    denominator = scales[scale].denominator
    if denominator is not None:
        scales[denominator] = instrument.scales[denominator]
    if scales[scale].aggregation != "weighted":
        # A weighted sum is undefined without one of its items; publishers give none either.
        scales = {
            name: key.model_copy(update={"missing": _ANSWERED}) for name, key in scales.items()
        }
    return instrument.model_copy(update={"scales": scales})


def _compare(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    questionnaire: AnsweredQuestionnaire,
    column: str,
    scores: pd.DataFrame,
) -> list[Violation]:
    """One violation per row whose score differs, or has items left out."""
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
    """The file's own scores of a questionnaire.

    Returns
    -------
    pandas.DataFrame
        One row per score, indexed by its row of the file: dyad, text as given, number (NaN where
        the text is not a number), allowed: largest distance of the exact score.
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


def _violation(
    row: pd.Series, column: str, questionnaire: AnsweredQuestionnaire, cohort: Cohort
) -> Violation:
    partial = bool(row["partial"])
    rule = "score_in_file_partial" if partial else "score_in_file_differs"
    if pd.isna(row["n_answered"]):
        own_score = "no item is answered"
    else:
        answered, n_items = int(row["n_answered"]), int(row["n_items"])
        value = "undefined" if pd.isna(row["score"]) else f"{row['score']:.10g}"
        own_score = f"that of the {answered} answered items of {n_items} is {value}"
        if partial:
            are = "is" if answered == 1 else "are"
            own_score = (
                f"{answered} of its {n_items} items {are} answered, over which it is {value}"
            )
    return Violation(
        rule,
        cohort.severity(rule),
        questionnaire.path,
        f"the file's score of {questionnaire.name} is {row['text']}; {own_score}.",
        "Nothing has to be done: the file's score is only compared. Items are missing, and how the"
        " file counted them is not known; attune's own score follows the missing rule of the"
        " instrument."
        if partial
        else "Check the key, the items and the score.",
        row=int(str(row.name)),
        column=column,
        dyad=str(row["dyad"]),
        value=str(row["text"]),
    )
