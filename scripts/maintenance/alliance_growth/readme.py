"""The README of the cohort's folder: what the data are, and every assumption with its reason."""

from collections.abc import Mapping, Sequence

from attune.specs.instrument import Instrument
from attune.synthetic.growth_data import RaterCurve
from maintenance.alliance_growth.assumptions import (
    AGREEMENT,
    ATTENDANCE,
    CONSISTENCY,
    CURVES,
    FORM_LEFT_OUT,
    ITEM_LEFT_OUT,
    LARGEST_CASELOAD,
    LARGEST_P_OF_EFFECT,
    N_PATIENTS,
    N_THERAPISTS,
    PRACTICE,
    SEED,
    SESSIONS,
    SMALLEST_P_OF_NONE,
)

FILES = {
    "sample.csv": "one row per dyad: patient and therapist, gender, age, years of experience",
    "therapist_practice.csv": "DPCCQ of the therapist, repeated in the rows of all of the"
    " therapist's patients, because files have one row per dyad",
    "sessions.csv": "one row per dyad and session: WAI-S of patient (wai_p) and therapist (wai_t)",
    "cohort.yaml": "what the columns hold",
}

_HEAD = """\
# Synthetic data of the growth study of Nissen-Lie et al. (2015)

**These data are synthetic. No person answered any of these questionnaires.** The responses were
drawn so that the pipeline gives the findings that the abstract states; they say nothing about
therapists, patients or treatments, and are evidence of nothing. No raw data of the study are
public.

`make simulate-alliance` makes every file of this folder but cohort.yaml, the same bytes each time,
fits the growth models of workflow/studies/alliance_growth.yaml to them, and stops if a finding of
workflow/publications/alliance_growth2015.yaml is not met.

## What is known, and what is assumed

The abstract gives the sessions ({sessions}), the two raters, the questionnaires (Working
Alliance Inventory, Development of Psychotherapists Common Core Questionnaire), the method
(multilevel growth curves) and these findings: therapists' negative reactions to patients and their
in-session anxiety affected the alliance rated by patients and not that rated by therapists; flow
affected the alliance rated by therapists and not that rated by patients. It prints no number of
patients or therapists, no coefficient, mean, standard deviation or p.

**Everything else is assumed:**
"""

_TAIL = """
Effects are per standard deviation, over therapists, of the scores that the therapists' answers
give. Standard deviations around the lines and correlations between the raters are those of the
random effects. Answers are whole: four of them from 0 to 3 allow less alpha than is aimed at, by up
to 0.15. Draws are sums of twelve uniform draws, nearly normal; scores are rounded and kept
within the ends of the scale.

## Findings

With seed {seed}, p of each of the three assumed effects is below {effect:.2f}, and p of every other
effect of the three experiences on level or growth is above {none:.2f}. The seed was chosen for
this: such clear results from {therapists} therapists would be lucky. The verdicts are in
results/alliance_growth_synthetic/verdict.html.

## Files

| file | what |
|---|---|
{files}

Responses are stored as a person would tick them: reversed items are not reversed. An empty cell is
no answer. Sessions of which neither form came back have no row.

Licence: CC0-1.0.
"""


def readme(instruments: Mapping[str, Instrument]) -> str:
    """The README as Markdown.

    Parameters
    ----------
    instruments : mapping of str to Instrument
        Scoring keys that the cohort uses.
    """
    sessions = ", ".join(map(str, SESSIONS[:-1])) + f" and {SESSIONS[-1]}"
    rows = [*_design_rows(), *_alliance_rows(), *_practice_rows(instruments)]
    tail = _TAIL.format(
        seed=SEED,
        effect=LARGEST_P_OF_EFFECT,
        none=SMALLEST_P_OF_NONE,
        therapists=N_THERAPISTS,
        files="\n".join(f"| {name} | {what} |" for name, what in FILES.items()),
    )
    return _HEAD.format(sessions=sessions) + _table(rows) + tail


def _table(rows: Sequence[tuple[str, str, str]]) -> str:
    lines = ["", "| what | assumed | why |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def _design_rows() -> list[tuple[str, str, str]]:
    chances = ", ".join(f"{chance:.0%}" for chance in ATTENDANCE.chances)
    return [
        (
            "therapists and patients",
            f"{N_THERAPISTS} and {N_PATIENTS}",
            "another paper of the same project has these numbers (Nissen-Lie et al., 2017,"
            " doi 10.1002/cpp.1977)",
        ),
        (
            "patients per therapist",
            f"1 to {LARGEST_CASELOAD}, uneven",
            "outpatient clinics; therapists with one patient stay in the models",
        ),
        (
            "patients who come to sessions "
            + ", ".join(map(str, SESSIONS[1:]))
            + ", of those at the one before",
            f"{chances}; {ATTENDANCE.per_sd:.0%} more per standard deviation of the patient's last"
            " rating",
            "open-ended treatment; what is missing depends on ratings that are there",
        ),
        (
            "forms not returned, items left out",
            f"{FORM_LEFT_OUT:.0%}, {ITEM_LEFT_OUT:.1%}",
            "usual in clinics",
        ),
        (
            "form of the WAI",
            "WAI-S, twelve items, sum, for both raters",
            "the abstract names no form; the short one is usual where both raters fill it in"
            " repeatedly",
        ),
        ("time", "natural logarithm of session / 3", "change slows down"),
        ("gender, age, experience", "see sample.csv", "not public; no analysis uses them"),
    ]


def _alliance_rows() -> list[tuple[str, str, str]]:
    rows = [
        (
            f"WAI-S rated by {rater}",
            f"mean {curve.level:g} at session {SESSIONS[0]}, {curve.growth:+g} per unit of time;"
            f" standard deviations: therapists {curve.therapist_sd:g}, patients"
            f" {curve.patient_sd:g}, growth {curve.slope_sd:g}, sessions {curve.residual_sd:g};"
            f" alpha {CONSISTENCY[rater]:.2f}",
            "plausible for sums from 12 to 84; ratings rise a little",
        )
        for rater, curve in CURVES.items()
    ]
    rows += [
        (f"effects on the WAI-S rated by {rater}", _effects(curve), _REASONS[rater])
        for rater, curve in CURVES.items()
    ]
    correlations = (
        f"therapists {AGREEMENT.therapist:g}, patients {AGREEMENT.patient:g}, growth"
        f" {AGREEMENT.slope:g}, sessions {AGREEMENT.residual:g}"
    )
    return [*rows, ("correlation of the two raters", correlations, "moderate agreement")]


_REASONS = {
    "patient": "the abstract does not say whether level or growth is affected; one of each is"
    " assumed, both lower",
    "therapist": "a higher level is assumed",
}


def _effects(curve: RaterCurve) -> str:
    effects = [
        f"{name.replace('_', ' ')} {size:+g} {on}"
        for on, sizes in (
            ("in level", curve.level_effects),
            ("in growth per unit of time", curve.growth_effects),
        )
        for name, size in sizes.items()
    ]
    return "; ".join(effects) + "; no other"


def _practice_rows(instruments: Mapping[str, Instrument]) -> list[tuple[str, str, str]]:
    rows = []
    for name, scales in PRACTICE.items():
        key = instruments[name]
        for scale, assumed in scales.items():
            rows.append(
                (
                    f"{key.scales[scale].label} ({key.abbreviation},"
                    f" {len(key.items_of(scale))} items)",
                    f"mean {assumed.mean:g}, SD {assumed.sd:g}, alpha {assumed.alpha:.2f};"
                    f" correlation with the others' common part {assumed.strain:+g}",
                    f"answers from {key.response.minimum} to {key.response.maximum}; alpha as"
                    " recalled from Orlinsky and Rønnestad (2005), not checked",
                )
            )
    return rows
