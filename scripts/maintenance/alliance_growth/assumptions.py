"""Every number of the synthetic cohort: the abstract gives the sessions, and no other."""

from dataclasses import dataclass

import numpy as np

from attune.synthetic.growth_data import Agreement, Attendance, RaterCurve

SEED = 130
"""The first seed, from 1 on, whose files give the assumed effects and no other with the margin
below."""

SESSIONS = (3, 12, 20, 40)
TIMES = np.round(np.log(np.array(SESSIONS) / SESSIONS[0]), 9).astype(np.float64)
"""Time of growth: 0 at the first of these sessions, its logarithm after that. Rounded, so that the
scores do not depend on the last bit of a library."""

N_THERAPISTS, N_PATIENTS, LARGEST_CASELOAD = 70, 255, 10

LOWEST_SUM, HIGHEST_SUM = 12, 84
"""Ends of the WAI-S, twelve answers from 1 to 7."""
CONSISTENCY = {"patient": 0.90, "therapist": 0.88}
"""Cronbach's alpha of the WAI-S by rater."""

CURVES = {
    "patient": RaterCurve(
        level=62.0,
        growth=1.6,
        therapist_sd=2.6,
        patient_sd=8.0,
        slope_sd=1.8,
        residual_sd=5.0,
        level_effects={"negative_reactions": -2.3},
        growth_effects={"anxiety": -0.9},
    ),
    "therapist": RaterCurve(
        level=58.0,
        growth=2.0,
        therapist_sd=3.4,
        patient_sd=5.8,
        slope_sd=1.4,
        residual_sd=4.4,
        level_effects={"flow": 2.2},
    ),
}
"""Points of the WAI-S sum; effects per standard deviation of the therapists' scale scores."""

AGREEMENT = Agreement(therapist=0.3, patient=0.4, slope=0.4, residual=0.25)

ATTENDANCE = Attendance(chances=(0.88, 0.80, 0.60), per_sd=0.06)
"""Chances to come to sessions 12, 20 and 40 after the one before."""

FORM_LEFT_OUT, ITEM_LEFT_OUT = 0.04, 0.004
"""Share of WAI-S forms that a rater did not return, and of items left out of the other forms."""


@dataclass(frozen=True)
class PracticeScale:
    """What is assumed of a scale of the DPCCQ.

    Attributes
    ----------
    mean, sd : float
        Over therapists, of the mean of the items.
    alpha : float
    strain : float
        Correlation with what the scales have in common, called strain here.
    """

    mean: float
    sd: float
    alpha: float
    strain: float


PRACTICE = {
    "dpccq_difficulties": {
        "professional_self_doubt": PracticeScale(1.6, 0.55, 0.88, 0.60),
        "negative_reactions": PracticeScale(1.1, 0.50, 0.74, 0.50),
        "frustrating_case": PracticeScale(1.5, 0.55, 0.79, 0.60),
    },
    "dpccq_feelings": {
        "flow": PracticeScale(1.8, 0.45, 0.64, -0.25),
        "boredom": PracticeScale(0.7, 0.40, 0.66, 0.35),
        "anxiety": PracticeScale(0.9, 0.45, 0.77, 0.50),
    },
}
"""Instrument -> scale -> what is assumed of it."""

PREDICTORS = {
    "negative_reactions": "dpccq_difficulties",
    "anxiety": "dpccq_feelings",
    "flow": "dpccq_feelings",
}
"""Scale -> its instrument; the scales that the abstract's findings are about."""

LARGEST_P_OF_EFFECT, SMALLEST_P_OF_NONE = 0.01, 0.40
"""The margin: p of an assumed effect lies below the one, p of every other effect of a predictor on
level or growth above the other."""
