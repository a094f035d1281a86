"""The raw files of the cohort, as a lab would hold them: one row per session in one of them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.cohort import Cohort, Questionnaire
from attune.specs.instrument import Instrument
from attune.synthetic.draws import Draws, Integers, Reals
from attune.synthetic.growth_data import (
    attended,
    correlated,
    group_sizes,
    growth_scores,
    standardised_scores,
    whole_scores,
)
from attune.synthetic.items import left_out, responses_near_alpha
from maintenance.alliance_growth.assumptions import (
    AGREEMENT,
    ATTENDANCE,
    CONSISTENCY,
    CURVES,
    FORM_LEFT_OUT,
    HIGHEST_SUM,
    ITEM_LEFT_OUT,
    LARGEST_CASELOAD,
    LOWEST_SUM,
    N_PATIENTS,
    N_THERAPISTS,
    PRACTICE,
    PREDICTORS,
    SESSIONS,
    TIMES,
)

RATERS = ("patient", "therapist")
PRACTICE_FILE, SESSION_FILE = "therapist_practice", "sessions"

Answers = tuple[Integers, NDArray[np.bool_]]
"""Keyed answers of many questionnaires, shape (n, n_items), and which of them were given."""


def raw_files(
    cohort: Cohort, instruments: Mapping[str, Instrument], seed: int
) -> dict[str, pd.DataFrame]:
    """Every raw file of the cohort.

    Parameters
    ----------
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
    therapist = caseloads(Draws(seed, 0))
    practice = practice_answers(instruments, Draws(seed, 1), Draws(seed, 7))
    predictors = {
        scale: standardised_scores(_scale_mean(practice[name], instruments[name], scale))
        for scale, name in PREDICTORS.items()
    }
    dyads = pd.Series([f"D{number:03d}" for number in range(1, N_PATIENTS + 1)])
    files: dict[str, dict[str, pd.Series]] = {PRACTICE_FILE: {"dyad_id": dyads}}
    for questionnaire in cohort.questionnaires:
        if questionnaire.file == PRACTICE_FILE:
            keyed = practice[questionnaire.instrument][therapist]
            given: Answers = (keyed, np.ones(keyed.shape, dtype=bool))
            columns = _columns(questionnaire, instruments[questionnaire.instrument], given)
            files[PRACTICE_FILE] |= columns
    frames = {name: pd.DataFrame(columns) for name, columns in files.items()}
    frames[SESSION_FILE] = session_sheet(cohort, instruments, therapist, predictors, dyads, seed)
    frames[cohort.sample.file] = sample_sheet(dyads, therapist, Draws(seed, 4))
    return frames


def caseloads(draws: Draws) -> Integers:
    """Number of each patient's therapist, from 0; patients are in no order."""
    sizes = group_sizes(N_PATIENTS, N_THERAPISTS, LARGEST_CASELOAD, draws)
    return np.repeat(np.arange(N_THERAPISTS), sizes)[draws.order(N_PATIENTS)]


def practice_answers(
    instruments: Mapping[str, Instrument], levels: Draws, answers_to: Draws
) -> dict[str, Integers]:
    """Answers of every therapist to the parts of the DPCCQ, shape (n_therapists, n_items)."""
    strain = levels.bell((N_THERAPISTS,))
    found = {}
    for name, scales in PRACTICE.items():
        instrument = instruments[name]
        low, high = instrument.response.minimum, instrument.response.maximum
        answers = np.zeros((N_THERAPISTS, instrument.n_items), dtype=np.int64)
        for scale, assumed in scales.items():
            items = instrument.items_of(scale)
            level = standardised_scores(correlated(strain, assumed.strain, levels))
            mean = assumed.mean + assumed.sd * level
            sums = whole_scores(len(items) * mean, low * len(items), high * len(items))
            answers[:, np.array(items) - 1] = responses_near_alpha(
                sums, len(items), low, high, assumed.alpha, answers_to
            )
        found[name] = answers
    return found


def session_sheet(
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    therapist: Integers,
    predictors: Mapping[str, Reals],
    dyads: pd.Series,
    seed: int,
) -> pd.DataFrame:
    """One row per dyad and attended session: the WAI-S of patient and therapist."""
    curves = [CURVES[rater] for rater in RATERS]
    drawn = growth_scores(curves, AGREEMENT, therapist, predictors, TIMES, Draws(seed, 2))
    sums = whole_scores(drawn, LOWEST_SUM, HIGHEST_SUM)
    draws = Draws(seed, 3)
    returned = draws.uniform(sums.shape) >= FORM_LEFT_OUT
    there = attended(np.where(returned[0], sums[0], np.nan), ATTENDANCE, draws)
    # Nobody knows of a session of which neither form came back.
    row, occasion = np.nonzero(there & returned.any(axis=0))
    columns = {
        "dyad_id": dyads[row].reset_index(drop=True),
        "session": pd.Series(np.array(SESSIONS)[occasion].astype(str)),
    }
    for number, rater in enumerate(RATERS):
        questionnaire = next(
            entry
            for entry in cohort.questionnaires
            if entry.file == SESSION_FILE and entry.rater == rater
        )
        instrument = instruments[questionnaire.instrument]
        given = _session_answers(
            sums[number][row, occasion],
            returned[number][row, occasion],
            instrument,
            CONSISTENCY[rater],
            Draws(seed, 5 + number),
        )
        columns |= _columns(questionnaire, instrument, given)
    return pd.DataFrame(columns)


def _session_answers(
    sums: Integers,
    returned: NDArray[np.bool_],
    instrument: Instrument,
    consistency: float,
    draws: Draws,
) -> Answers:
    """Keyed answers with these sums; nothing of forms that were not returned."""
    low, high = instrument.response.minimum, instrument.response.maximum
    keyed = responses_near_alpha(sums, instrument.n_items, low, high, consistency, draws)
    blanks = (draws.uniform((len(sums),)) < ITEM_LEFT_OUT * instrument.n_items).astype(np.int64)
    return keyed, left_out(blanks, instrument.n_items, draws) & returned[:, None]


def sample_sheet(dyads: pd.Series, therapist: Integers, draws: Draws) -> pd.DataFrame:
    """One row per dyad: who the patient and the therapist are."""
    female = draws.uniform((N_PATIENTS,)) < 0.68
    age = whole_scores(36 + 9.5 * draws.bell((N_PATIENTS,)), 19, 68)
    therapist_female = draws.uniform((N_THERAPISTS,)) < 0.6
    experience = whole_scores(10 + 6 * draws.bell((N_THERAPISTS,)), 0, 35)
    return pd.DataFrame(
        {
            "dyad_id": dyads,
            "therapist_id": [f"T{number + 1:02d}" for number in therapist],
            "patient_id": dyads.str.replace("D", "P"),
            "patient_gender": np.where(female, "F", "M"),
            "patient_age": age.astype(str),
            "therapist_gender": np.where(therapist_female, "F", "M")[therapist],
            "therapist_experience": experience[therapist].astype(str),
        }
    )


def _scale_mean(answers: Integers, instrument: Instrument, scale: str) -> Reals:
    items = np.array(instrument.items_of(scale)) - 1
    return answers[:, items].sum(axis=1) / len(items)


def _columns(
    questionnaire: Questionnaire, instrument: Instrument, answers: Answers
) -> dict[str, pd.Series]:
    """Cells of the items as a person would tick them, by column, item 1 first."""
    keyed, given = answers
    cells = {}
    for item in range(1, instrument.n_items + 1):
        ticked = keyed[:, item - 1]
        if item in instrument.reverse:
            ticked = instrument.response.minimum + instrument.response.maximum - ticked
        texts = np.where(given[:, item - 1], ticked.astype(str), "")
        cells[str(questionnaire.column_of(item))] = pd.Series(texts)
    return cells
