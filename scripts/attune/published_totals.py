"""Compares the totals that a publisher put beside the items with the totals that the key gives."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from attune.cell_values import CellProblem, read_number
from attune.cohort import Cohort, Questionnaire
from attune.instrument import Instrument, MissingRule
from attune.plan import key_of, named
from attune.scores import score_scales
from attune.violations import Violation

LARGEST_DIFFERENCE = 1e-6
"""Totals are small whole numbers or short decimals; anything larger is another total."""

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
        the sum of what was answered. Both values are in the message.
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
    """Per dyad: the sum over the answered items, how many were answered, and of how many."""
    scale = str(questionnaire.published_scale)
    declared = instrument.scales[scale].model_copy(update={"missing": _ANSWERED})
    answered_only = instrument.model_copy(update={"scales": {scale: declared}})
    key = key_of(questionnaire)
    mask = np.ones(len(responses), dtype=bool)
    for column, value in zip(("instrument", "rater", "occasion", "state"), key, strict=True):
        mask &= np.asarray(responses[column].to_pylist(), dtype=object) == value
    chosen = responses.filter(pa.array(mask))
    scores = score_scales(chosen, {questionnaire.instrument: answered_only}).to_pandas()
    return scores.set_index("dyad")[["score", "n_answered", "n_items"]]


def _compare(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    questionnaire: Questionnaire,
    totals: pd.DataFrame,
) -> list[Violation]:
    file = cohort.files[questionnaire.file]
    sheet = sheets[questionnaire.file]
    violations = []
    for row, dyad, text in zip(
        sheet.index, sheet[file.dyad], sheet[questionnaire.published_total], strict=True
    ):
        if dyad not in totals.index or text in {"", *cohort.missing_codes}:
            continue
        published = read_number(text, file.decimal)
        computed = totals.loc[dyad]
        partial = computed["n_answered"] < computed["n_items"]
        same = (
            not isinstance(published, CellProblem)
            and abs(published - computed["score"]) <= LARGEST_DIFFERENCE
        )
        if not partial and same:
            continue
        rule = "published_total_partial" if partial else "published_total_differs"
        answered = f"the sum over the {computed['n_answered']:.0f} answered items of {computed['n_items']:.0f}"
        violations.append(
            Violation(
                rule,
                getattr(cohort.severities, rule),
                file.path,
                f"the file's total of {named(key_of(questionnaire))} is {text}; {answered} is"
                f" {computed['score']:g}.",
                "attune gives no score where its missing rule allows none."
                if partial
                else "Check the key, the items and the total.",
                row=int(str(row)),
                column=questionnaire.published_total,
                dyad=str(dyad),
                value=text,
            )
        )
    return violations
