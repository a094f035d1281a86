"""A made-up trial: sixteen therapists randomised to two arms, three patients each, three visits.

The training raises skills (therapists) by 4 and lowers symptoms (patients) by 3 after the baseline.
"""

from typing import Any

import numpy as np
import pandas as pd
from tests.unit.analyses.one_file_cohort import one_file_cohort

from attune.analyses.study import StudyFile
from attune.analyses.trial.estimate import analyse_trial
from attune.specs.cohort import Cohort

VISITS = ["baseline", "after", "later"]
SCORED = {"instrument": "bdi_ii", "scale": "total"}

TRIAL: dict[str, Any] = {
    "title": "Training",
    "dataset": "available",
    "randomised": "therapist",
    "baseline": "baseline",
    "visits": ["after", "later"],
    "outcomes": {
        "skills": {"level": "therapist", "better": "higher", "primary": True},
        "symptoms": {
            "level": "patient",
            "better": "lower",
            "reliable_change": {"points": 4, "cutoff": 20, "source": "a manual"},
        },
    },
    "estimand": {
        "population": "all who were randomised",
        "events": {
            "stopped": {
                "variable": "left",
                "level": "patient",
                "none": "no",
                "strategies": {"moved": "treatment_policy", "ended": "treatment_policy"},
            }
        },
    },
    "characteristics": {"age": "patient", "sex": "therapist"},
    "reasons_for_loss": {"patient": {"variable": "left", "none": "no"}},
    "received": {"variable": "sessions", "minimum": 4, "per_protocol": True, "compliers": True},
    "harms": {"variable": "harm", "none": "none"},
    "reason": "The training may help.",
}

CATEGORIES = {
    "arm": {"c": "Control", "t": "Training"},
    "left": {"no": "Stayed", "moved": "Moved", "ended": "Ended therapy"},
    "sex": {"f": "Female", "m": "Male"},
    "harm": {"none": "None", "worse": "Worse"},
}


def study_of(tables: Any = None, figures: Any = None, **trial: Any) -> Any:
    """The study; keys of the trial that a test changes."""
    measures = {
        "skills": {"label": "Skills", "rater": "therapist", **SCORED},
        "symptoms": {"label": "Symptoms", "rater": "patient", **SCORED},
    }
    return StudyFile.model_validate(
        {
            "study": "s",
            "title": "A training",
            "authors": ["Doe, J."],
            "template": "generic",
            "occasions": VISITS,
            "measures": measures,
            "imputation": {"method": "none"},
            "trial": {"rct": TRIAL | trial},
            "tables": tables or {},
            "figures": figures or {},
        }
    )


def cohort_of(therapist: bool = True, condition: bool = True) -> Cohort:
    """The cohort, with or without therapists and arms."""
    variables: dict[str, Any] = {
        name: {"column": name, "label": name.capitalize(), "kind": "category", "levels": levels}
        for name, levels in CATEGORIES.items()
    }
    variables["age"] = {"column": "age", "label": "Age", "unit": "years"}
    variables["sessions"] = {"column": "sessions", "label": "Sessions"}
    scores = [
        {"rater": rater, "occasion": visit, "file": "f", "column": f"{rater}_{visit}"} | SCORED
        for rater in ("patient", "therapist")
        for visit in VISITS
    ]
    return one_file_cohort(variables, therapist, condition, title="A trial", scores=scores)


def measures_of(n_therapists: int = 16, n_patients: int = 3, seed: int = 4) -> pd.DataFrame:
    """Contract `MEASURES`, with some visits missing."""
    rng = np.random.default_rng(seed)
    rows = []
    for therapist in range(n_therapists):
        treated = therapist % 2
        skill, own = rng.normal(30, 5), rng.normal(0, 1.5)
        skills = [skill + rng.normal(0, 3) + 4 * treated * (visit > 0) for visit in range(3)]
        for patient in range(n_patients):
            level = 24 + own + rng.normal(0, 5)
            for place, visit in enumerate(VISITS):
                gone = place > 0 and patient == 2 and therapist % 4 in (1, 2)
                symptoms = level + rng.normal(0, 3) - 3 * treated * (place > 0)
                rows.append(
                    {
                        "dyad": f"{therapist}_{patient}",
                        "patient": f"p{therapist}_{patient}",
                        "therapist": f"t{therapist}",
                        "condition": "ct"[treated],
                        "occasion": visit,
                        "imputation": 0,
                        "skills": skills[place],
                        "symptoms": np.nan if gone else symptoms,
                    }
                )
    return pd.DataFrame(rows)


def sample_of(measures: pd.DataFrame) -> pd.DataFrame:
    """Contract `SAMPLE`: who left, who was trained, and one adverse event."""
    dyads = measures.drop_duplicates("dyad").reset_index(drop=True)
    number = dyads["therapist"].str[1:].astype(int)
    place = dyads["dyad"].str[-1].astype(int)
    gone = (place == 2) & number.mod(4).isin([1, 2])
    return dyads[["dyad", "patient", "therapist", "condition"]].assign(
        arm=dyads["condition"],
        age=20.0 + (7 * number + 11 * place) % 40,
        sex=np.where(number < 9, "f", "m"),
        left=np.where(gone, np.where(number.mod(4) == 1, "moved", "ended"), "no"),
        sessions=np.where(number == 1, 2.0, 6.0),
        harm=np.where((number == 3) & (place == 0), "worse", "none"),
    )


def statistics_of(
    measures: pd.DataFrame | None = None,
    sample: pd.DataFrame | None = None,
    level: float = 0.05,
    **trial: Any,
) -> pd.DataFrame:
    """Contract `STATISTICS` by id."""
    data = measures_of() if measures is None else measures
    people = sample_of(data) if sample is None else sample
    rows = analyse_trial(data, people, study_of(**trial), cohort_of(), imputations=5, level=level)
    return rows.set_index("id")
