"""Who sees whom, the arms, the scores at every visit, and who leaves."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune.specs.instrument import Instrument
from attune.synthetic.draws import Draws, Integers, Reals
from attune.synthetic.growth_data import attended, group_sizes, whole_scores
from attune.synthetic.trial_data import two_arms, visit_scores
from maintenance.mcbi.assumptions import (
    FORMS,
    LARGEST_CASELOAD,
    N_INTERVENTION,
    N_PATIENTS,
    N_THERAPISTS,
    PATIENTS_STAY,
    THERAPISTS_STAY,
    Form,
)

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Trial:
    """The trial before anybody fills in a form.

    Attributes
    ----------
    therapist : numpy.ndarray of int64, shape (n_patients,)
        Number of each patient's therapist, from 0.
    in_intervention : numpy.ndarray of bool, shape (n_therapists,)
    sums : dict of str to numpy.ndarray of int64, shape (n_persons, n_visits)
        Measure -> scores of therapists or of patients.
    therapist_there, patient_there : numpy.ndarray of bool, shape (n_persons, n_visits)
        Who takes part in each visit.
    """

    therapist: Integers
    in_intervention: Bools
    sums: Mapping[str, Integers]
    therapist_there: Bools
    patient_there: Bools


def trial(instruments: Mapping[str, Instrument], seed: int) -> Trial:
    """The trial that a seed gives."""
    sizes = group_sizes(N_PATIENTS, N_THERAPISTS, LARGEST_CASELOAD, Draws(seed, 0))
    therapist = np.repeat(np.arange(N_THERAPISTS), sizes)[Draws(seed, 8).order(N_PATIENTS)]
    in_intervention = two_arms(N_THERAPISTS, N_INTERVENTION, Draws(seed, 1))
    drawn = scores(therapist, in_intervention, seed)
    sums = {name: _whole(drawn[name], form, instruments) for name, form in FORMS.items()}
    skills, depression = (sums[name].astype(float) for name in ("mindfulness_skills", "depression"))
    return Trial(
        therapist=therapist,
        in_intervention=in_intervention,
        sums=sums,
        therapist_there=attended(skills, THERAPISTS_STAY, Draws(seed, 4)),
        patient_there=attended(depression, PATIENTS_STAY, Draws(seed, 5)),
    )


def scores(therapist: Integers, in_intervention: Bools, seed: int) -> dict[str, Reals]:
    """Scores of every measure before rounding, shape (n_persons, n_visits).

    A measure with a driver follows the deviation of the driver, or of its change since baseline,
    from the mean of the control arm.
    """
    common = {
        "therapist": Draws(seed, 2).bell((N_THERAPISTS,)),
        "patient": Draws(seed, 3).bell((N_PATIENTS,)),
    }
    drawn: dict[str, Reals] = {}
    for stream, (name, form) in enumerate(FORMS.items(), start=10):
        of_patients = form.rater == "patient"
        drawn[name] = visit_scores(
            form.scores,
            in_intervention[therapist] if of_patients else in_intervention,
            Draws(seed, stream),
            common[form.rater],
            therapist if of_patients else None,
            _driver(form, drawn, therapist),
        )
    return drawn


def _driver(form: Form, drawn: Mapping[str, Reals], therapist: Integers) -> Reals | None:
    if not form.driver:
        return None
    driver = FORMS[form.driver]
    deviation = drawn[form.driver] - driver.scores.control_means
    if form.follows_change:
        deviation = deviation - deviation[:, :1]
    return deviation[therapist] if driver.rater == "therapist" else deviation


def _whole(drawn: Reals, form: Form, instruments: Mapping[str, Instrument]) -> Integers:
    low, high = instruments[form.instrument].score_range(form.scale)
    return whole_scores(drawn, int(low), int(high))
