"""The raw files of the cohort, as a lab would hold them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.cohort import Cohort, Questionnaire
from attune.specs.instrument import Instrument
from attune.synthetic.draws import Draws, Integers
from attune.synthetic.items import left_out, responses_with_sums
from attune.synthetic.search import Target
from maintenance.ryan2012.all_scores import Scores, find_scores
from maintenance.ryan2012.design import N_DYADS, Design, design
from maintenance.ryan2012.people import sample_sheet
from maintenance.ryan2012.self_affiliation import best_ratings, worst_ratings

CONSISTENCY = {
    "kims_observe": 0.86,
    "kims_describe": 0.84,
    "kims_act": 0.78,
    "kims_accept": 0.88,
    "wai": 0.90,
    "scl": 0.965,
    "iip": 0.89,
}
"""Target of Cronbach's alpha, within the ranges that the paper quotes."""
SCALES = {
    "kims_observe": "observe",
    "kims_describe": "describe",
    "kims_act": "act_with_awareness",
    "kims_accept": "accept_without_judgment",
}


def raw_files(
    targets: Mapping[str, Target], cohort: Cohort, instruments: Mapping[str, Instrument], seed: int
) -> dict[str, pd.DataFrame]:
    """Every raw file of the cohort.

    Parameters
    ----------
    targets : mapping of str to Target
        By statistic id.
    cohort : Cohort
        Names the files and the columns of every item.
    instruments : mapping of str to Instrument
        Reversed items are stored as a person would tick them.
    seed : int

    Returns
    -------
    dict of str to pandas.DataFrame of str
        By the id of the file in the cohort file; cells as they are written, "" for no answer.
    """
    plan = design(Draws(seed, 0))
    scores = find_scores(targets, plan, seed)
    sheet = sample_sheet(plan.brief_relational, scores.reporting, scores.quarters, Draws(seed, 12))
    files = {
        name: {} if name == cohort.sample.file else {"dyad_id": sheet["dyad_id"]}
        for name in cohort.files
    }
    for number, questionnaire in enumerate(cohort.questionnaires):
        instrument = instruments[questionnaire.instrument]
        draws = Draws(seed, 20 + number)
        keyed, answered = _keyed_responses(questionnaire, instrument, plan, scores, draws)
        for item in sorted(
            range(1, instrument.n_items + 1), key=lambda k: _position(questionnaire.column_of(k))
        ):
            given = keyed[:, item - 1]
            if item in instrument.reverse:
                given = instrument.response.minimum + instrument.response.maximum - given
            cells = np.where(answered[:, item - 1], given.astype(str), "")
            files[questionnaire.file][str(questionnaire.column_of(item))] = pd.Series(cells)
    frames = {name: pd.DataFrame(columns) for name, columns in files.items()}
    frames[cohort.sample.file] = sheet
    return frames


def _position(column: str | None) -> int:
    """The number at the end of a column's name: files list items as they are printed."""
    return int(str(column).rpartition("_")[2])


Keyed = tuple[Integers, NDArray[np.bool_]]
"""Keyed responses of all dyads to one questionnaire, and which of them were given."""


def _keyed_responses(
    questionnaire: Questionnaire,
    instrument: Instrument,
    plan: Design,
    scores: Scores,
    draws: Draws,
) -> Keyed:
    if questionnaire.instrument == "intrex":
        worst = questionnaire.state == "worst"
        keyed = worst_ratings(scores.affiliation, draws) if worst else best_ratings(N_DYADS, draws)
        return keyed, np.ones(keyed.shape, dtype=bool)
    if questionnaire.instrument == "kims":
        return _of_subscales(instrument, plan, scores, draws)
    name = questionnaire.instrument.partition("_")[0]
    about = questionnaire.rater if name == "wai" else questionnaire.occasion
    return _of_total(f"{name}_{about}", instrument, plan, scores, draws)


def _of_subscales(instrument: Instrument, plan: Design, scores: Scores, draws: Draws) -> Keyed:
    """The KIMS: all items answered, by all but one therapist."""
    there = plan.with_mindfulness()
    low, high = instrument.response.minimum, instrument.response.maximum
    keyed = np.zeros((N_DYADS, instrument.n_items), dtype=np.int64)
    for sums, (part, scale) in zip(scores.mindfulness, SCALES.items(), strict=True):
        items = np.array(instrument.items_of(scale)) - 1
        every = np.ones((len(there), len(items)), dtype=bool)
        keyed[np.ix_(there, items)] = responses_with_sums(
            sums, every, low, high, CONSISTENCY[part], draws
        )
    given = np.zeros(keyed.shape, dtype=bool)
    given[there] = True
    return keyed, given


def _of_total(
    measure: str, instrument: Instrument, plan: Design, scores: Scores, draws: Draws
) -> Keyed:
    """A questionnaire with one total, of the dyads that returned it."""
    there = _who_returned(measure, plan)
    low, high = instrument.response.minimum, instrument.response.maximum
    answered = left_out(plan.items_left_out(measure)[there], instrument.n_items, draws)
    keyed = np.zeros((N_DYADS, instrument.n_items), dtype=np.int64)
    keyed[there] = responses_with_sums(
        scores.totals[measure],
        answered,
        low,
        high,
        CONSISTENCY[measure.partition("_")[0]],
        draws,
    )
    given = np.zeros(keyed.shape, dtype=bool)
    given[there] = answered
    return keyed, given


def _who_returned(measure: str, plan: Design) -> Integers:
    if measure.startswith("wai"):
        return plan.with_mindfulness()
    return plan.with_termination() if measure.endswith("termination") else np.arange(N_DYADS)
