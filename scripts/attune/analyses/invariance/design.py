"""The rows of a test of invariance: answers to the items of one scale."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from attune.analyses.invariance.declaration import Invariance
from attune.printing.context import occasion_words
from attune.scoring.scores import keyed_responses
from attune.specs.closed_model import did_you_mean
from attune.specs.cohort import Cohort
from attune.specs.errors import AnalysisError
from attune.specs.instrument import Instrument
from attune.stats.sem_invariance import group_model, repeated_model
from attune.store.contracts import ITEM_COLUMNS

GROUP = "group"


@dataclass(frozen=True)
class ItemAnswers:
    """Answers as a model takes them.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row per dyad (or therapist): dyad, therapist, `GROUP` (place of the condition, from 0)
        across conditions, and a float column per item and set of answers, keyed so that all items
        point one way, NaN where unanswered.
    items : tuple of int
        Numbers of the items in the instrument.
    columns : list of list of str
        Columns of the items, one list per set of answers; one list alone across conditions.
    """

    frame: pd.DataFrame
    items: tuple[int, ...]
    columns: list[list[str]]


def set_words(code: str, test: Invariance, cohort: Cohort) -> str:
    """A condition, rater or occasion as printed."""
    if test.across == "conditions":
        return cohort.sample.conditions().get(code, code)
    return occasion_words(code)


def item_answers(
    responses: pd.DataFrame,
    sample: pd.DataFrame,
    test: Invariance,
    instruments: Mapping[str, Instrument],
    cohort: Cohort,
) -> ItemAnswers:
    """Answers to the items of a scale, side by side for each rater or occasion.

    Parameters
    ----------
    responses, sample : pandas.DataFrame
        Contracts `RESPONSES` and `SAMPLE`.
    test : Invariance
    instruments : mapping of id to Instrument
    cohort : Cohort

    Raises
    ------
    AnalysisError
        No scoring key, or no such scale.
    """
    if test.instrument not in instruments:
        raise AnalysisError(f"Invariance of {test.instrument!r}: it has no scoring key.")
    instrument = instruments[test.instrument]
    if test.scale not in instrument.scales:
        hint = did_you_mean(test.scale, list(instrument.scales))
        raise AnalysisError(
            f"Invariance of {test.instrument!r}: it has no scale {test.scale!r}. {hint}"
        )
    items = tuple(instrument.items_of(test.scale))
    frame = sample[["dyad", "therapist", "condition"]].set_index("dyad")
    columns = []
    for number, (rater, occasion) in enumerate(test.places(), start=1):
        answers = _answers(responses, test, rater, occasion, instrument, items)
        prefix = "" if test.across == "conditions" else f"set{number}_"
        answers.columns = [f"{prefix}item{item}" for item in items]
        columns.append(list(answers.columns))
        frame = frame.join(answers)
    if test.across == "conditions":
        order = {code: place for place, code in enumerate(test.sets(cohort))}
        frame[GROUP] = frame["condition"].map(order)
    if test.unit == "therapist":
        frame = frame[frame["therapist"].notna()].drop_duplicates("therapist")
    return ItemAnswers(frame.reset_index(), items, columns)


def step_model(test: Invariance, answers: ItemAnswers, cohort: Cohort, step: str) -> str:
    """Model text of a step.

    Raises
    ------
    AnalysisError
        Fewer than three items, or one set of answers.
    """
    if test.across == "conditions":
        return group_model(answers.columns[0], len(test.sets(cohort)), step)
    return repeated_model(answers.columns, step)


def _answers(
    responses: pd.DataFrame,
    test: Invariance,
    rater: str,
    occasion: str,
    instrument: Instrument,
    items: tuple[int, ...],
) -> pd.DataFrame:
    """Keyed answers of one rater at one occasion; index dyad, one column per item."""
    chosen = (
        (responses["instrument"] == test.instrument)
        & (responses["rater"] == rater)
        & (responses["occasion"] == occasion)
        & (responses["state"] == test.state)
    )
    own = responses[chosen]
    given = own[list(ITEM_COLUMNS[: instrument.n_items])].to_numpy(dtype=float, na_value=np.nan)
    keyed = (
        keyed_responses(given, instrument)[:, np.array(items) - 1]
        / instrument.response.scale_factor
    )
    return pd.DataFrame(keyed, index=pd.Index(own["dyad"], name="dyad"))
