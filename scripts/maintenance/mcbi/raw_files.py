"""The raw files of the cohort, as a lab would hold them: a sample sheet, and rows of visits."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.synthetic.draws import Draws, Integers, Reals
from attune.synthetic.growth_data import whole_scores
from attune.synthetic.items import left_out, responses_near_alpha, ticked_cells, without_zeros
from maintenance.mcbi.assumptions import (
    CONTROL,
    ENDED_THERAPY,
    FORM_LEFT_OUT,
    FORMS,
    INTERVENTION,
    ITEM_LEFT_OUT,
    N_PATIENTS,
    N_SESSIONS,
    N_THERAPISTS,
    OTHER_EVENT,
    OTHER_SCALE_ALPHA,
    OTHER_SCALES_SD,
    SESSIONS_MISSED,
    VISITS,
    WORSENING,
    Form,
)
from maintenance.mcbi.scores import Trial, trial

FILES = {"therapist": "therapist_visits", "patient": "patient_visits"}
DYADS = pd.Series([f"D{number:03d}" for number in range(1, N_PATIENTS + 1)])


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
    drawn = trial(instruments, seed)
    everyone = np.arange(N_THERAPISTS)[drawn.therapist], np.arange(N_PATIENTS)
    sheets = {
        FILES[rater]: visit_sheet(cohort, instruments, drawn, rater, person, seed)
        for rater, person in zip(("therapist", "patient"), everyone, strict=True)
    }
    return {cohort.sample.file: sample_sheet(drawn, seed), **sheets}


def visit_sheet(
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    drawn: Trial,
    rater: str,
    person: Integers,
    seed: int,
) -> pd.DataFrame:
    """One row per dyad and visit of which a questionnaire of the rater came back.

    Parameters
    ----------
    person : numpy.ndarray of int64, shape (n_patients,)
        Number of the person who answers for each dyad; the answers of a therapist are repeated.
    """
    there = drawn.therapist_there if rater == "therapist" else drawn.patient_there
    entries = [
        entry
        for entry in cohort.questionnaires
        if entry.rater == rater and entry.occasion == VISITS[0]
    ]
    first_stream = 30 if rater == "therapist" else 40
    columns: dict[str, np.ndarray] = {}
    returned = np.zeros(there.shape, dtype=bool)
    for stream, entry in enumerate(entries, start=first_stream):
        draws = Draws(seed, stream)
        key = instruments[entry.instrument]
        came = there & (draws.uniform(there.shape) >= FORM_LEFT_OUT)
        keyed = _answers(drawn, key, rater, draws)
        blanks = (draws.uniform((len(keyed),)) < ITEM_LEFT_OUT * key.n_items).astype(np.int64)
        given = left_out(blanks, key.n_items, draws) & came.reshape(-1, 1)
        columns |= ticked_cells(entry, key, keyed, given)
        returned |= came
    visits = len(VISITS)
    dyad, visit = np.nonzero(returned[person])
    place = person[dyad] * visits + visit
    rows = {"dyad_id": DYADS.to_numpy()[dyad], "visit": np.array(VISITS)[visit]}
    return pd.DataFrame(rows | {name: cells[place] for name, cells in columns.items()})


def _answers(drawn: Trial, key: Instrument, rater: str, draws: Draws) -> Integers:
    """Complete keyed answers of every person at every visit, shape (n_persons * n_visits, n_items).

    Scales of which nothing is assumed (task and goal) lie around the bond.
    """
    low, high = key.response.minimum, key.response.maximum
    assumed: dict[str, tuple[Integers, float]] = {}
    for name, form in FORMS.items():
        if (form.instrument, form.rater) == (key.instrument, rater):
            for scale, sums in _parts(drawn.sums[name], form, key, draws).items():
                assumed[scale] = sums, form.alpha
    if key.instrument == "wai_sr":
        bond = assumed["bond"][0]
        for scale in ("goal", "task"):
            near = bond + OTHER_SCALES_SD * draws.bell(bond.shape)
            assumed[scale] = _within(near, key, scale), OTHER_SCALE_ALPHA
    answers = np.zeros((len(next(iter(assumed.values()))[0]), key.n_items), dtype=np.int64)
    for scale, (sums, alpha) in assumed.items():
        items = np.array(key.items_of(scale)) - 1
        answers[:, items] = responses_near_alpha(sums, len(items), low, high, alpha, draws)
    return without_zeros(answers) if key.instrument == "eus" else answers


def _parts(sums: Integers, form: Form, key: Instrument, draws: Draws) -> dict[str, Integers]:
    """Scores of the scales that share out the items of a form, shape (n_persons * n_visits,).

    Each is its share of the score plus the person's profile, whose parts add up to 0; rounding may
    move the score by a point or two.
    """
    if not form.parts:
        return {form.scale: sums.reshape(-1)}
    shares = [len(key.items_of(part)) / key.n_items for part in form.parts]
    profiles = form.parts_sd * draws.bell((len(form.parts), len(sums), 1))
    profiles = profiles - profiles.sum(axis=0) / len(form.parts)
    return {
        part: _within(share * sums + profile, key, part).reshape(-1)
        for part, share, profile in zip(form.parts, shares, profiles, strict=True)
    }


def _within(scores: Reals, key: Instrument, scale: str) -> Integers:
    low, high = key.score_range(scale)
    return whole_scores(scores, int(low), int(high))


def sample_sheet(drawn: Trial, seed: int) -> pd.DataFrame:
    """One row per dyad: therapist, arm, who they are, attendance, and who left and why."""
    of_therapist, of_patient = Draws(seed, 6), Draws(seed, 7)
    stays = drawn.therapist_there
    withdrew = np.where(stays[:, 2], "no", np.where(stays[:, 1], "before_follow_up", "before_end"))
    missed = np.searchsorted(
        np.cumsum(SESSIONS_MISSED), of_therapist.uniform((N_THERAPISTS,)), side="right"
    )
    few = of_therapist.integers(N_SESSIONS - 2, (N_THERAPISTS,))
    attended = np.where(stays[:, 1], N_SESSIONS - np.minimum(missed, 3), few)
    therapist_female = of_therapist.uniform((N_THERAPISTS,)) < 0.75
    experience = whole_scores(9 + 6 * of_therapist.bell((N_THERAPISTS,)), 1, 35)
    female = of_patient.uniform((N_PATIENTS,)) < 0.68
    age = whole_scores(36 + 11 * of_patient.bell((N_PATIENTS,)), 18, 75)
    ended = of_patient.uniform((N_PATIENTS,)) < ENDED_THERAPY
    left = np.where(drawn.patient_there[:, 2], "stayed", np.where(ended, "ended", "lost"))
    luck = of_patient.uniform((N_PATIENTS,))
    event = np.where(luck < WORSENING, "worsening", "none")
    event = np.where((luck >= WORSENING) & (luck < WORSENING + OTHER_EVENT), "other", event)
    person = drawn.therapist
    return pd.DataFrame(
        {
            "dyad_id": DYADS,
            "therapist_id": [f"T{number + 1:02d}" for number in person],
            "patient_id": DYADS.str.replace("D", "P"),
            "arm": np.where(drawn.in_intervention, INTERVENTION, CONTROL)[person],
            "therapist_gender": np.where(therapist_female, "F", "M")[person],
            "therapist_experience": experience[person].astype(str),
            "patient_gender": np.where(female, "F", "M"),
            "patient_age": age.astype(str),
            "sessions_attended": attended[person].astype(str),
            "therapist_withdrew": withdrew[person],
            "patient_left": left,
            "adverse_event": event,
        }
    )
