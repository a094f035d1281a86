"""The raw files of the cohort, as a lab would hold them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.calibration import alliance, experience, mindfulness, outcome, self_affiliation
from attune.calibration.design import N_DYADS, Design, design
from attune.calibration.draws import Draws, Integers
from attune.calibration.items import left_out, responses_with_sums
from attune.calibration.people import sample_sheet
from attune.calibration.search import Aim
from attune.cohort import Cohort
from attune.instrument import Instrument

ALPHA = {
    "kims_observe": 0.86,
    "kims_describe": 0.84,
    "kims_act": 0.78,
    "kims_accept": 0.88,
    "wai": 0.90,
    "scl": 0.965,
    "iip": 0.89,
}
"""Internal consistencies to aim at, within the ranges that the paper quotes."""

SCALES = {
    "kims_observe": "observe",
    "kims_describe": "describe",
    "kims_act": "act_with_awareness",
    "kims_accept": "accept_without_judgment",
}
OUTCOMES = (outcome.SYMPTOMS, outcome.PROBLEMS)


@dataclass(frozen=True)
class Scores:
    """The scores that were searched, each in its own units, in the order of the dyads.

    Attributes
    ----------
    mindfulness : numpy.ndarray of int64, shape (4, 25)
    affiliation : numpy.ndarray of int64, shape (26,)
    alliance : mapping of rater to numpy.ndarray of int64, shape (25,)
    pretest, posttest : mapping of outcome to numpy.ndarray of int64, shapes (26,) and (25,)
    reporting, quarters : numpy.ndarray of int64, shape (21,)
    """

    mindfulness: Integers
    affiliation: Integers
    alliance: Mapping[str, Integers]
    pretest: Mapping[str, Integers]
    posttest: Mapping[str, Integers]
    reporting: Integers
    quarters: Integers


def find_scores(aims: Mapping[str, Aim], plan: Design, seed: int) -> Scores:
    """Scores that meet every aim, measure by measure; mindfulness comes first."""
    scored = plan.with_mindfulness()
    groups = plan.brief_relational[scored]
    kims = mindfulness.mindfulness_scores(aims, groups, Draws(seed, 1))
    ratings = {}
    for number, rater in enumerate(("wai_therapist", "wai_patient")):
        units, common = plan.unit(rater, 12)
        ratings[rater] = alliance.alliance_scores(
            rater, aims, kims, groups, units[scored], common, Draws(seed, 2 + number)
        )
    # The therapist without KIMS has an attitude towards the self all the same.
    known = self_affiliation.affiliation_scores(aims, kims, Draws(seed, 4))
    affiliation = np.insert(known, plan.without_mindfulness, int(np.sort(known)[len(known) // 2]))
    everyone = np.zeros((4, N_DYADS), dtype=np.int64)
    everyone[:, scored] = len(scored) * kims
    everyone[:, plan.without_mindfulness] = kims.sum(axis=1)
    before, after = {}, {}
    for number, each in enumerate(OUTCOMES):
        units, common = plan.unit(f"{each.name}_intake", each.n_items)
        own, own_common = plan.unit(f"{each.name}_termination", each.n_items)
        before[each.name] = outcome.pretest_scores(each, units, common, Draws(seed, 6 + number))
        after[each.name] = outcome.posttest_scores(
            each,
            aims,
            everyone,
            before[each.name] * units,
            plan.brief_relational,
            plan.without_termination,
            own,
            own_common,
            Draws(seed, 8 + number),
        )
    reporting = _reporting(plan, Draws(seed, 10))
    both = reporting[reporting != plan.without_mindfulness]
    quarters = experience.quarters_of_experience(
        aims,
        kims[:, np.searchsorted(scored, both)],
        np.flatnonzero(reporting != plan.without_mindfulness),
        Draws(seed, 11),
    )
    return Scores(kims, affiliation, ratings, before, after, reporting, quarters)


def _reporting(plan: Design, draws: Draws) -> Integers:
    """Dyads whose therapists report their experience; the one without KIMS is among them."""
    count = experience.UNDER_2 + experience.FROM_2_TO_5 + 1
    others = draws.shuffled(list(plan.with_mindfulness()))[: count - 1]
    return np.sort(np.array([plan.without_mindfulness, *others], dtype=np.int64))


def raw_files(
    aims: Mapping[str, Aim], cohort: Cohort, instruments: Mapping[str, Instrument], seed: int
) -> dict[str, pd.DataFrame]:
    """Every raw file of the cohort.

    Parameters
    ----------
    aims : mapping of str to Aim
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
    scores = find_scores(aims, plan, seed)
    sheet = sample_sheet(plan.brief_relational, scores.reporting, scores.quarters, Draws(seed, 12))
    files = {
        name: {} if name == cohort.sample.file else {"dyad_id": sheet["dyad_id"]}
        for name in cohort.files
    }
    for number, questionnaire in enumerate(cohort.questionnaires):
        instrument = instruments[questionnaire.instrument]
        keyed, answered = _keyed_responses(
            questionnaire.instrument,
            questionnaire.rater,
            questionnaire.occasion,
            questionnaire.state,
            instrument,
            plan,
            scores,
            Draws(seed, 20 + number),
        )
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


def _keyed_responses(
    name: str,
    rater: str,
    occasion: str,
    state: str,
    instrument: Instrument,
    plan: Design,
    scores: Scores,
    draws: Draws,
) -> tuple[Integers, NDArray[np.bool_]]:
    """Keyed responses of all dyads to one questionnaire, and which of them were given."""
    shape = (N_DYADS, instrument.n_items)
    if name == "intrex":
        ratings = (
            self_affiliation.worst_ratings(scores.affiliation, draws)
            if state == "worst"
            else self_affiliation.best_ratings(N_DYADS, draws)
        )
        return ratings, np.ones(shape, dtype=bool)
    if name == "kims":
        there = plan.with_mindfulness()
        keyed = np.zeros(shape, dtype=np.int64)
        for sums, (part, scale) in zip(scores.mindfulness, SCALES.items(), strict=True):
            items = np.array(instrument.items_of(scale)) - 1
            every = np.ones((len(there), len(items)), dtype=bool)
            keyed[np.ix_(there, items)] = responses_with_sums(sums, every, 1, 5, ALPHA[part], draws)
        return keyed, _given(shape, there, np.ones((len(there), shape[1]), dtype=bool))
    short = name.partition("_")[0]
    if short == "wai":
        there, measure = plan.with_mindfulness(), f"wai_{rater}"
        sums = scores.alliance[measure]
    elif occasion == "intake":
        there, measure = np.arange(N_DYADS), f"{short}_intake"
        sums = scores.pretest[short]
    else:
        there, measure = plan.with_termination(), f"{short}_termination"
        sums = scores.posttest[short]
    counts = np.array([plan.left_out[measure].get(int(dyad), 0) for dyad in there])
    answered = left_out(counts, instrument.n_items, draws)
    keyed = np.zeros(shape, dtype=np.int64)
    low, high = instrument.response.minimum, instrument.response.maximum
    keyed[there] = responses_with_sums(sums, answered, low, high, ALPHA[short], draws)
    return keyed, _given(shape, there, answered)


def _given(
    shape: tuple[int, int], there: Integers, answered: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    given = np.zeros(shape, dtype=bool)
    given[there] = answered
    return given
