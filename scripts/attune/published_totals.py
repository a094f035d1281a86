"""Compares the totals that a publisher put beside the items with the totals that the key gives."""

from collections.abc import Mapping
from functools import reduce

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from attune.cell_values import CellProblem, read_number
from attune.cohort import Cohort, Questionnaire
from attune.contracts import QUESTIONNAIRE_KEY
from attune.instrument import Instrument, MissingRule
from attune.plan import key_of, named
from attune.scores import score_scales
from attune.violations import Violation

LARGEST_DIFFERENCE = 1e-6
"""Totals are small whole numbers or short decimals; anything larger is another total."""

_KEY = list(QUESTIONNAIRE_KEY[1:])
_ANSWERED = MissingRule(rule="answered", max_missing_share=0.999, source="the publisher's total")


def compare_published_totals(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    responses: pa.Table,
) -> list[Violation]:
    """Every total of a raw file that is not the total of its own items.

    Parameters
    ----------
    sheets : mapping of file id to pandas.DataFrame of str
    cohort : Cohort
    instruments : mapping of id to Instrument
    responses : pyarrow.Table
        Contract `RESPONSES`.

    Returns
    -------
    list of Violation
        `published_total_differs` for questionnaires with every item answered;
        `published_total_partial` for those with items left out, whose published total is at best
        that of what was answered. Both values are in the message.
    """
    violations = []
    for questionnaire in cohort.questionnaires:
        if questionnaire.published_total is not None and len(responses):
            instrument = instruments[questionnaire.instrument]
            totals = _totals(responses, questionnaire, instrument)
            violations += _compare(sheets, cohort, questionnaire, totals)
    return violations


def _totals(
    responses: pa.Table, questionnaire: Questionnaire, instrument: Instrument
) -> pd.DataFrame:
    """Per dyad: the score of the answered items, how many were answered, and of how many."""
    name = str(questionnaire.published_scale)
    scales = {name: instrument.scales[name]}
    denominator = scales[name].denominator
    if denominator is not None:
        scales[denominator] = instrument.scales[denominator]
    if scales[name].aggregation != "weighted":
        # A weighted sum has no meaning without one of its items; publishers give none either.
        scales = {
            key: each.model_copy(update={"missing": _ANSWERED}) for key, each in scales.items()
        }
    answered_only = instrument.model_copy(update={"scales": scales})
    chosen = responses.filter(
        reduce(pc.and_, map(pc.equal, responses.select(_KEY).columns, key_of(questionnaire)))
    )
    scores = score_scales(chosen, {questionnaire.instrument: answered_only})
    scores = scores.filter(pc.equal(scores["scale"], name))
    return scores.select(["dyad", "score", "n_answered", "n_items"]).to_pandas().set_index("dyad")


def _compare(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    questionnaire: Questionnaire,
    totals: pd.DataFrame,
) -> list[Violation]:
    """One violation per row whose total is not that of its items, or of all its items."""
    file = cohort.files[questionnaire.file]
    sheet = sheets[questionnaire.file]
    column = str(questionnaire.published_total)
    texts = sheet[column]
    codes = ["", *cohort.missing_codes, *questionnaire.missing_codes]
    rows = pd.DataFrame({"dyad": sheet[file.dyad], "text": texts})[~texts.isin(codes)]
    numbers = {text: read_number(text, file.decimal) for text in rows["text"].unique()}
    numbers = {text: n for text, n in numbers.items() if not isinstance(n, CellProblem)}
    rows = rows.join(totals, on="dyad")
    same = (rows["text"].map(numbers).astype(float) - rows["score"]).abs() <= LARGEST_DIFFERENCE
    rows["partial"] = ~(rows["n_answered"] >= rows["n_items"])
    return [
        _violation(row, file.path, questionnaire, cohort)
        for _, row in rows[rows["partial"] | ~same].iterrows()
    ]


def _violation(
    row: pd.Series, path: str, questionnaire: Questionnaire, cohort: Cohort
) -> Violation:
    partial = bool(row["partial"])
    rule = "published_total_partial" if partial else "published_total_differs"
    if pd.isna(row["n_answered"]):
        found = "no item is answered"
    else:
        items = f"{row['n_answered']:.0f} answered items of {row['n_items']:.0f}"
        value = "undefined" if pd.isna(row["score"]) else f"{row['score']:.10g}"
        found = f"that of the {items} is {value}"
    return Violation(
        rule,
        getattr(cohort.severities, rule),
        path,
        f"the file's total of {named(key_of(questionnaire))} is {row['text']}; {found}.",
        "The file's total is not used; attune's score follows the instrument's missing rule."
        if partial
        else "Check the key, the items and the total.",
        row=int(str(row.name)),
        column=questionnaire.published_total,
        dyad=str(row["dyad"]),
        value=str(row["text"]),
    )
