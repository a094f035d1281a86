"""A made-up two-rater study with sessions, whose plan asks for every analysis of both partners.

Twenty therapists with four patients each; the alliance by both raters and depression at eight
sessions. Depression improves more where both raters agree on the alliance.
"""

from typing import Any

import numpy as np
import pandas as pd
from tests.conftest import ROOT
from tests.unit.analyses.one_file_cohort import one_file_cohort, questionnaires

from attune.analyses.congruence.estimate import compare_ratings, score_ranges
from attune.analyses.partners.estimate import compare_partners
from attune.analyses.study import StudyFile
from attune.analyses.sudden_gains.estimate import find_sudden_gains
from attune.specs.cohort import Cohort
from attune.specs.study import Study
from attune.store.datasets import analysis_datasets
from attune_files.yaml_file import read_instruments

SESSIONS = [f"session_{number}" for number in range(1, 9)]
WAI = {"instrument": "wai_s", "scale": "total"}
BDI = {"instrument": "bdi_ii", "scale": "total", "rater": "patient"}
INSTRUMENTS = read_instruments(
    [ROOT / f"workflow/instruments/{name}.yaml" for name in ("wai_s", "bdi_ii")]
)

MEASURES: dict[str, Any] = {
    "wai_p": {"label": "Alliance rated by patient", "rater": "patient"} | WAI,
    "wai_t": {"label": "Alliance rated by therapist", "rater": "therapist"} | WAI,
    "bdi": {"label": "Depression"} | BDI,
    "early_p": {"label": "Early alliance, patient", "rater": "patient", "occasion": "session_1"}
    | WAI,
    "early_t": {"label": "Early alliance, therapist", "rater": "therapist", "occasion": "session_1"}
    | WAI,
    "late_p": {"label": "Late alliance, patient", "rater": "patient", "occasion": "session_8"}
    | WAI,
    "late_t": {"label": "Late alliance, therapist", "rater": "therapist", "occasion": "session_8"}
    | WAI,
    "bdi_pre": {"label": "Depression, first session", "occasion": "session_1"} | BDI,
    "bdi_post": {"label": "Depression, last session", "occasion": "session_8"} | BDI,
    "age": {"label": "Age", "variable": "age"},
}

SECTIONS: dict[str, Any] = {
    "congruence": {
        "agreement": {
            "title": "Agreement on the Alliance",
            "ratings": ["early_p", "early_t"],
            "outcomes": ["bdi_gain", "bdi_post"],
            "covariates": ["age"],
            "higher_is_better": False,
            "truth": "early_p",
            "bias": "late_t",
            "dataset": "available",
            "reason": "Agreement may help.",
        }
    },
    "sudden_gains": {
        "sudden": {
            "title": "Sudden Gains in Depression",
            "measures": ["bdi"],
            "gains": {"cutoff": 7, "losses": True},
            "early_response": {"occasion": "session_4", "share": 0.25},
            "dataset": "available",
        }
    },
    "partners": {
        "many": {
            "title": "Alliance Between Therapists",
            "design": "one_with_many",
            "reports": ["wai_p", "wai_t"],
            "occasions": ["session_1"],
            "dataset": "available",
        },
        "pair": {
            "title": "Early and Late Alliance",
            "design": "actor_partner",
            "predictors": ["early_p", "early_t"],
            "outcomes": ["late_p", "late_t"],
            "dataset": "available",
        },
    },
}


def study_of(tables: Any = None, figures: Any = None, **sections: Any) -> Study:
    """The study, with sections, or keys of entries (`agreement={...}`), that a test changes."""
    content = {name: dict(entries) for name, entries in SECTIONS.items()}
    for key, change in sections.items():
        if key in StudyFile.model_fields:
            content[key] = change
            continue
        [section] = [name for name, entries in content.items() if key in entries]
        content[section][key] = content[section][key] | change
    return StudyFile.model_validate(
        {
            "study": "dyads",
            "title": "Both partners",
            "authors": ["Doe, J."],
            "template": "generic",
            "occasions": SESSIONS,
            "measures": MEASURES,
            "imputation": {"method": "none"},
            "outcomes": {
                "bdi_gain": {"label": "Depression", "pretest": "bdi_pre", "posttest": "bdi_post"}
            },
            "tables": tables or {},
            "figures": figures or {},
        }
        | content
    )


def cohort_of(therapist: bool = True, **keys: Any) -> Cohort:
    """The cohort, with or without therapists."""
    age = {"column": "age", "label": "Age", "unit": "years", "minimum": 18, "maximum": 90}
    forms = [("wai_s", "patient", "w"), ("wai_s", "therapist", "t"), ("bdi_ii", "patient", "b")]
    content = {
        "cohort": "dyads",
        "title": "Eighty dyads",
        "study": "dyads",
        "questionnaires": questionnaires(forms, SESSIONS),
    }
    return one_file_cohort({"age": age}, therapist, condition=False, **content | keys)


def measures_of(n_therapists: int = 20, n_patients: int = 4, seed: int = 5) -> pd.DataFrame:
    """Contract `MEASURES`: one row per dyad and session."""
    rng = np.random.default_rng(seed)
    rows = []
    for therapist in range(n_therapists):
        own = rng.normal(scale=4, size=2)
        for patient in range(n_patients):
            base = 60 + own + rng.multivariate_normal([0, 0], [[40, 15], [15, 40]])
            late = base + rng.normal(scale=5, size=2)
            apart = (base[0] - base[1]) / 8
            course = 28 + 1.5 * apart**2 - 0.6 * np.arange(8) + rng.normal(scale=1.2, size=8)
            if rng.random() < 0.5:
                course[rng.integers(3, 6) :] -= 12
            course = np.clip(np.round(course), 0, 63)
            for place, session in enumerate(SESSIONS):
                share = place / 7
                alliance = (1 - share) * base + share * late
                rows.append(
                    {
                        "dyad": f"{therapist}_{patient}",
                        "patient": f"{therapist}_{patient}",
                        "therapist": f"t{therapist}",
                        "condition": None,
                        "occasion": session,
                        "imputation": 0,
                        "wai_p": alliance[0],
                        "wai_t": alliance[1],
                        "bdi": course[place],
                        "early_p": base[0],
                        "early_t": base[1],
                        "late_p": late[0],
                        "late_t": late[1],
                        "bdi_pre": course[0],
                        "bdi_post": course[7],
                        "age": 20.0 + (7 * therapist + 11 * patient) % 45,
                    }
                )
    return pd.DataFrame(rows)


def gains_of(measures: pd.DataFrame) -> pd.DataFrame:
    """Contract `GAINS`: the change less its mean stands for the residual gain."""
    dyads = measures.drop_duplicates("dyad")
    change = dyads["bdi_post"] - dyads["bdi_pre"]
    return pd.DataFrame(
        {
            "dyad": dyads["dyad"],
            "outcome": "bdi_gain",
            "imputation": 0,
            "pretest": dyads["bdi_pre"],
            "posttest": dyads["bdi_post"],
            "residual_gain": change - change.mean(),
        }
    )


def statistics_of(measures: pd.DataFrame | None = None, study: Study | None = None) -> pd.DataFrame:
    """Contract `STATISTICS`: all three analyses."""
    plan: Any = study or study_of()
    data = measures_of() if measures is None else measures
    datasets = analysis_datasets(data, gains_of(data), plan.outcomes)
    frames = [
        compare_ratings(datasets, plan.congruence, score_ranges(plan, INSTRUMENTS)),
        find_sudden_gains(data, plan),
        compare_partners(data, datasets, plan),
    ]
    return pd.concat([frame for frame in frames if len(frame)], ignore_index=True)
