"""Every number of the synthetic cohort: abstract and registry give sizes and visits, no other."""

from dataclasses import dataclass

from attune.synthetic.growth_data import Attendance
from attune.synthetic.trial_data import VisitScore

SEED = 175
"""The first seed, from 1 on, whose files give every finding with the margin below, whose
structural equation models have no variance below 0, fit indices and an indirect effect within the
margin, and in which 10 to 16 % of the patients are missing after the intervention, 20 to 26 % at
follow-up."""

VISITS = ("baseline", "after", "follow_up")
N_THERAPISTS, N_INTERVENTION, N_PATIENTS, LARGEST_CASELOAD = 63, 33, 121, 4
N_SESSIONS = 8
"""Weekly sessions of the intervention, or weeks of the diary."""
INTERVENTION, CONTROL = "MCBI", "DIARY"


@dataclass(frozen=True)
class Form:
    """A measure, the questionnaire that gives it, and what is assumed of its scores.

    Attributes
    ----------
    instrument, scale : str
    rater : str
        therapist or patient.
    alpha : float
        Cronbach's alpha over all visits; of each part, where there are.
    scores : VisitScore
    driver : str
        Measure whose scores, or whose change since baseline, the scores follow; "" for none.
    follows_change : bool
        Whether the driver counts as change since baseline.
    parts : tuple of str
        Scales that share out the items.
    parts_sd : float
        Standard deviation of persons' profiles: how far a part lies from its share of the score.
    """

    instrument: str
    scale: str
    rater: str
    alpha: float
    scores: VisitScore
    driver: str = ""
    follows_change: bool = False
    parts: tuple[str, ...] = ()
    parts_sd: float = 0.0


FORMS = {
    "mindfulness_skills": Form(
        "ffmq_24", "total", "therapist", 0.75,
        VisitScore(
            level=84, time_effects=(1, 1), arm_effects=(5.5, 5),
            stable_sd=8, change_sd=4, visit_sd=3, shared=0.6,
        ),
        parts=("observe", "describe", "act_with_awareness", "nonjudge", "nonreact"), parts_sd=2,
    ),
    "self_rated_empathy": Form(
        "eus", "total", "therapist", 0.84,
        VisitScore(
            level=22, time_effects=(1, 1), arm_effects=(0, 5),
            stable_sd=8, change_sd=3, visit_sd=4, shared=0.6,
        ),
    ),
    "perceived_empathy": Form(
        "eus", "total", "patient", 0.88,
        VisitScore(
            level=20, time_effects=(1, 1), arm_effects=(2.5, 0),
            stable_sd=8, change_sd=3, visit_sd=4.5, therapist_sd=4,
            therapist_change_sd=3.5, driver_slopes=(0, 0.8, 0.2),
        ),
        driver="mindfulness_skills", follows_change=True,
    ),
    "bond": Form(
        "wai_sr", "bond", "patient", 0.85,
        VisitScore(
            level=14.5, time_effects=(0.3, 0.4), arm_effects=(0.5, 0),
            stable_sd=1.7, change_sd=0.8, visit_sd=1, therapist_sd=0.7,
            therapist_change_sd=0.9, driver_slopes=(0.16, 0.16, 0.16),
        ),
        driver="perceived_empathy",
    ),
    "somatization": Form(
        "bsi_18", "somatization", "patient", 0.82,
        VisitScore(
            level=7, time_effects=(-0.4, -0.5), arm_effects=(-1, -2),
            stable_sd=3, change_sd=1, visit_sd=1.4, therapist_sd=0.9, shared=0.7,
            therapist_change_sd=1, driver_slopes=(-0.6, -0.6, -0.6),
        ),
        driver="bond",
    ),
    "depression": Form(
        "bsi_18", "depression", "patient", 0.87,
        VisitScore(
            level=9, time_effects=(-0.6, -0.9), arm_effects=(-1, 0),
            stable_sd=3.4, change_sd=1.1, visit_sd=1.5, therapist_sd=0.9, shared=0.7,
            therapist_change_sd=1, driver_slopes=(-0.65, -0.65, -0.65),
        ),
        driver="bond",
    ),
    "anxiety": Form(
        "bsi_18", "anxiety", "patient", 0.84,
        VisitScore(
            level=9, time_effects=(-0.6, -0.8), arm_effects=(-1, -2),
            stable_sd=3.2, change_sd=1, visit_sd=1.4, therapist_sd=0.9, shared=0.7,
            therapist_change_sd=1, driver_slopes=(-0.6, -0.6, -0.6),
        ),
        driver="bond",
    ),
}  # fmt: skip
"""Measure -> what is assumed of it, in points of its scale."""

OTHER_SCALE_ALPHA = 0.80
"""Alpha of the task and goal scales of the WAI-SR, which no analysis uses."""
OTHER_SCALES_SD = 1.5
"""Standard deviation of task and goal around the bond."""

THERAPISTS_STAY = Attendance(chances=(0.95, 0.94), per_sd=0.0)
PATIENTS_STAY = Attendance(chances=(0.88, 0.88), per_sd=-0.04)
"""Chances to take part after treatment and at follow-up after the visit before; of patients per
standard deviation of their depression at that visit."""

FORM_LEFT_OUT, ITEM_LEFT_OUT = 0.03, 0.004
"""Share of questionnaires that were not returned, and of items left out of the others."""

ENDED_THERAPY = 0.6
"""Share of the patients who left because they ended therapy; the others were lost."""
WORSENING, OTHER_EVENT = 0.06, 0.03
"""Chances of an adverse event, in both arms alike."""
SESSIONS_MISSED = (0.45, 0.3, 0.15, 0.1)
"""Chances of a therapist who stayed to miss 0, 1, 2 and 3 sessions."""

LARGEST_P_OF_EFFECT, SMALLEST_P_OF_NONE = 0.02, 0.20
"""The margin: p of every effect that the abstract states lies below the one, p of every effect that
it does not find above the other."""
