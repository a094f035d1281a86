"""The README of the cohort's folder: what the data are, and every assumption with its reason."""

from collections.abc import Mapping, Sequence

from attune.specs.instrument import Instrument
from maintenance.mcbi.assumptions import (
    ENDED_THERAPY,
    FORM_LEFT_OUT,
    FORMS,
    ITEM_LEFT_OUT,
    LARGEST_CASELOAD,
    LARGEST_P_OF_EFFECT,
    N_INTERVENTION,
    N_PATIENTS,
    N_SESSIONS,
    N_THERAPISTS,
    OTHER_EVENT,
    OTHER_SCALE_ALPHA,
    OTHER_SCALES_SD,
    PATIENTS_STAY,
    SEED,
    SESSIONS_MISSED,
    SMALLEST_P_OF_NONE,
    THERAPISTS_STAY,
    WORSENING,
    Form,
)

FILES = {
    "sample.csv": "one row per dyad, a patient with the therapist: arm, gender, age, experience,"
    " attendance of the therapist, who left and why, adverse events",
    "therapist_visits.csv": "one row per dyad and visit: FFMQ-SF and EUS of the therapist (eus_t),"
    " repeated in the rows of all of the therapist's patients",
    "patient_visits.csv": "one row per dyad and visit: EUS of the patient about the therapist"
    " (eus_p), WAI-SR and BSI-18 of the patient",
    "cohort.yaml": "what the columns hold",
}

_HEAD = """\
# Synthetic data of the trial of Garrote-Caparrós, Lecuona, Bellosta-Batalla and others (2023)

**These data are synthetic. No person answered any of these questionnaires.** The responses were
drawn so that the pipeline gives the findings that the abstract states; they say nothing about
therapists, patients or interventions, and are evidence of nothing. No raw data of the trial are
public.

`make simulate-trial` makes every file of this folder but cohort.yaml, the same bytes each time,
fits the models of workflow/studies/mcbi.yaml to them, and stops if a finding of
workflow/publications/mcbi2023.yaml is not met.

## What is known, and what is assumed

The abstract (doi 10.1037/pst0000467) gives {therapists} psychotherapists, randomised to a
mindfulness and compassion-based intervention (MCBI) or to an empathy diary as active control,
{patients} patients, three visits (before, after, follow-up) and these findings: therapists'
mindfulness skills rose after the intervention and at follow-up, their self-rated empathy at
follow-up; the empathy that patients perceived, the bond and their symptoms were better after it,
somatization and anxiety at follow-up too; in a multilevel structural equation model the rise of
skills went with perceived empathy, this with the bond, and this with the symptoms. The registration
(NCT04680559) gives {intervention} psychotherapists with the intervention and {control} with the
comparison, {sessions} weekly sessions and the questionnaires. Neither prints an effect size, mean,
standard deviation or p.

**The questionnaires are in part not those of the paper.** Psychotherapeutic mindfulness skills have
no public scoring key; the FFMQ, which the registration names, stands in their place. The bond of
the WAI-SR stands in place of the WATOCI's. The registration names the BSI; the BSI-18 is assumed.
Self-rated and perceived empathy are the EUS, whose reversed items are known from memory only.

**Everything else is assumed:**
"""

_TAIL = """
Standard deviations are of persons' levels, of their own change since baseline and of single visits;
those of therapists are of what all patients of a therapist have in common. A score that follows
another one takes over a part of that one's deviation from the mean of the control arm, effects of
the intervention included: so effects pass from skills to empathy, bond and symptoms. The effects of
the intervention in the table are what it adds beyond that. Answers are whole, and those of the EUS
never 0, as on its form. Draws are sums of twelve uniform draws, nearly normal; scores are rounded
and kept within the ends of the scale.

## Findings

With seed {seed}, p of every effect that the abstract states is below {effect:.2f}, and p of
self-rated empathy after the intervention and of depression at follow-up above {none:.2f}; so is p
of every path between therapists of the structural equation models, from skills to empathy, bond and
symptoms, below {effect:.2f}. The seed was chosen for this, and the assumed
sizes of effects and variances were changed five times before, with an eye on the tests and on
the fit of the models: such clear results from {therapists}
therapists would be lucky. As the intervention also has effects of its own on empathy, bond and
symptoms, these models do not fit well. The verdicts are in results/mcbi_synthetic/verdict.html.

## Files

| file | what |
|---|---|
{files}

Responses are stored as a person would tick them: reversed items are not reversed. An empty cell is
no answer. Visits of which no questionnaire came back have no row.

Licence: CC0-1.0.
"""


def readme(instruments: Mapping[str, Instrument]) -> str:
    """The README as Markdown.

    Parameters
    ----------
    instruments : mapping of str to Instrument
        Scoring keys that the cohort uses.
    """
    head = _HEAD.format(
        therapists=N_THERAPISTS,
        patients=N_PATIENTS,
        intervention=N_INTERVENTION,
        control=N_THERAPISTS - N_INTERVENTION,
        sessions=N_SESSIONS,
    )
    tail = _TAIL.format(
        seed=SEED,
        effect=LARGEST_P_OF_EFFECT,
        none=SMALLEST_P_OF_NONE,
        therapists=N_THERAPISTS,
        files="\n".join(f"| {name} | {what} |" for name, what in FILES.items()),
    )
    rows = [*_design_rows(), *(row for name in FORMS for row in _form_rows(name, instruments))]
    return head + _table(rows) + tail


def _table(rows: Sequence[tuple[str, str, str]]) -> str:
    lines = ["", "| what | assumed | why |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def _chances(values: Sequence[float]) -> str:
    return " and ".join(f"{value:.0%}" for value in values)


def _design_rows() -> list[tuple[str, str, str]]:
    missed = ", ".join(f"{share:.0%}" for share in SESSIONS_MISSED)
    per_sd = f"{-PATIENTS_STAY.per_sd:.0%}"
    return [
        (
            "patients per therapist",
            f"1 to {LARGEST_CASELOAD}, uneven, every therapist with one at least",
            f"{N_PATIENTS} patients of {N_THERAPISTS} therapists",
        ),
        (
            "therapists who take part after the intervention and at follow-up, of those before",
            _chances(THERAPISTS_STAY.chances),
            "few withdraw from a training of eight weeks",
        ),
        (
            "patients who take part after the intervention and at follow-up, of those before",
            f"{_chances(PATIENTS_STAY.chances)}; {per_sd} fewer per standard deviation of the"
            " patient's last depression",
            "about an eighth missing after, a quarter at follow-up; what is missing depends on"
            " scores that are there",
        ),
        (
            "patients who left: ended therapy, lost",
            f"{ENDED_THERAPY:.0%}, {1 - ENDED_THERAPY:.0%}",
            "some months lie between the visits",
        ),
        (
            "sessions or diary weeks attended",
            f"all but 0, 1, 2, 3 of {N_SESSIONS} by {missed} of the therapists who stayed; less"
            " than 6 by the others",
            "usual in trainings; unrelated to scores",
        ),
        (
            "adverse events of patients",
            f"worsening of symptoms {WORSENING:.0%}, other {OTHER_EVENT:.0%}",
            "in both arms alike, unrelated to scores",
        ),
        (
            "questionnaires not returned, items left out",
            f"{FORM_LEFT_OUT:.0%}, {ITEM_LEFT_OUT:.1%}",
            "usual in clinics",
        ),
        ("gender, age, experience", "see sample.csv", "not public; no test uses them"),
        (
            "task and goal of the WAI-SR",
            f"around the bond with SD {OTHER_SCALES_SD:g}, alpha {OTHER_SCALE_ALPHA:.2f}",
            "no analysis uses them",
        ),
    ]


_REASONS = {
    "mindfulness_skills": "the abstract finds a rise that lasts",
    "self_rated_empathy": "the abstract finds a rise at follow-up only",
    "perceived_empathy": "rises with the therapist's skills after the intervention, little at"
    " follow-up, for which the abstract states nothing",
    "bond": "follows the empathy that the patient perceives; no effect is stated at follow-up",
    "somatization": "follows the bond; the abstract finds an effect that lasts",
    "depression": "follows the bond; the abstract does not name it among the effects that last",
    "anxiety": "follows the bond; the abstract finds an effect that lasts",
}
"""Measure -> why its scores are assumed so."""


def _form_rows(name: str, instruments: Mapping[str, Instrument]) -> list[tuple[str, str, str]]:
    form = FORMS[name]
    key, scores = instruments[form.instrument], form.scores
    low, high = key.score_range(form.scale)
    label = f"{name.replace('_', ' ')} ({key.abbreviation}, {form.rater}, {low:g} to {high:g})"
    sds = f"levels {scores.stable_sd:g}, change {scores.change_sd:g}, visits {scores.visit_sd:g}"
    if form.rater == "patient":
        sds += (
            f", therapists {scores.therapist_sd:g} and their change {scores.therapist_change_sd:g}"
        )
    parts = f" of each facet, which vary around their share with {form.parts_sd:g}"
    alpha = f"alpha {form.alpha:.2f}{parts if form.parts else ''}"
    shared = (
        f"; correlation of the level with what the person's other scores have in common"
        f" {scores.shared:g}"
        if scores.shared
        else ""
    )
    return [
        (
            label,
            f"mean {scores.level:g}; change in the control arm {_both(scores.time_effects)};"
            f" standard deviations: {sds}; {alpha}{shared}",
            "plausible for the scale",
        ),
        (
            f"effects of the intervention on {name.replace('_', ' ')}",
            f"{_both(scores.arm_effects)}{_driver(form)}",
            _REASONS[name],
        ),
    ]


def _both(effects: Sequence[float]) -> str:
    after, follow_up = effects
    return f"{after:+g} after, {follow_up:+g} at follow-up"


def _driver(form: Form) -> str:
    if not form.driver:
        return ""
    baseline, after, follow_up = form.scores.driver_slopes
    driver = form.driver.replace("_", " ")
    if form.follows_change:
        return (
            f"; {after:+g} after and {follow_up:+g} at follow-up per point of the change in"
            f" {driver} since baseline"
        )
    if baseline == after == follow_up:
        return f"; {after:+g} per point of {driver} at every visit"
    return (
        f"; per point of {driver} {baseline:+g} before, {after:+g} after, {follow_up:+g} at"
        " follow-up"
    )
