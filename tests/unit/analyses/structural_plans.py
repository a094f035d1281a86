"""A made-up trial of a training for therapists, whose plan asks for structural equation models.

Sixty therapists, half of them trained, with two or three patients each: mindfulness of the
therapist, empathy and bond rated by the patient and symptoms, before and after; symptoms and bond
also at two later sessions. The training raises mindfulness, mindfulness empathy.
"""

from typing import Any

import numpy as np
import pandas as pd
from tests.conftest import ROOT
from tests.unit.analyses.one_file_cohort import ARMS, one_file_cohort, questionnaires

from attune.analyses.invariance.estimate import test_invariance as invariance_statistics
from attune.analyses.structural_models.estimate import fit_structural_models
from attune.analyses.study import StudyFile
from attune.specs.cohort import Cohort
from attune.specs.study import Study
from attune.store.contracts import ITEM_COLUMNS
from attune_files.yaml_file import read_instruments

OCCASIONS = ["before", "after", "later", "last"]
INSTRUMENTS = read_instruments(
    [ROOT / f"workflow/instruments/{name}.yaml" for name in ("wai_s", "bdi_ii", "kims")]
)
WAI = {"instrument": "wai_s", "rater": "patient"}

MEASURES: dict[str, Any] = {
    "mindfulness": {"label": "Mindfulness", "instrument": "kims", "scale": "total",
                    "rater": "therapist"},
    "task": {"label": "Agreement on tasks", "scale": "task"} | WAI,
    "bond": {"label": "Bond", "scale": "bond"} | WAI,
    "symptoms": {"label": "Depression", "instrument": "bdi_ii", "scale": "total",
                 "rater": "patient"},
    "first_bond": {"label": "First bond", "scale": "bond", "occasion": "before"} | WAI,
}  # fmt: skip

TEXT = """
level: within
  bond ~ task
  symptoms ~ bond + task
level: between
  skills ~ a*training
  task ~ b*skills
  bond ~ c*task
  symptoms ~ d*bond
indirect := a*b*c*d
first_part := a*b
"""

SECTIONS: dict[str, Any] = {
    "structural_models": {
        "chain": {
            "title": "From Training to Symptoms",
            "model": TEXT,
            "variables": {
                "training": {"condition": "t", "label": "Training"},
                "skills": {"change": ["skills_after", "skills_before"],
                           "label": "Change of mindfulness"},
                "skills_before": {"measure": "mindfulness", "occasion": "before"},
                "skills_after": {"measure": "mindfulness", "occasion": "after"},
                "task": {"measure": "task", "occasion": "after"},
                "bond": {"measure": "bond", "occasion": "after"},
                "symptoms": {"measure": "symptoms", "occasion": "after"},
            },
            "cluster": "therapist",
            "indirect": {"interval": "monte_carlo", "draws": 2000},
            "comparisons": {"no_training": {"title": "Without the training", "zero": ["a"]}},
            "dataset": "available",
            "reason": "Training should reach patients.",
        },
        "factor": {
            "title": "Symptoms as a Factor",
            "model": "depression =~ symptoms.before + symptoms.after + symptoms.later\n"
                     "depression ~ first_bond",
            "cluster": "therapist",
            "standard_errors": "robust",
            "dataset": "available",
        },
        "panel": {
            "title": "Bond and Symptoms Over Time",
            "cross_lagged": {"first": "bond", "second": "symptoms", "occasions": OCCASIONS},
            "dataset": "available",
        },
    },
    "invariance": {
        "over_time": {
            "title": "Invariance of the Bond Over Time",
            "instrument": "wai_s",
            "scale": "bond",
            "across": "occasions",
            "rater": "patient",
            "occasions": ["before", "after"],
            "cluster": "therapist",
            "strict": True,
            "reason": "Change scores need it.",
        },
        "in_arms": {
            "title": "Invariance of the Bond in Both Conditions",
            "instrument": "wai_s",
            "scale": "bond",
            "across": "conditions",
            "rater": "patient",
            "occasion": "after",
        },
    },
}  # fmt: skip


def study_of(tables: Any = None, figures: Any = None, **sections: Any) -> Study:
    """The study, with sections, or keys of entries (`chain={...}`), that a test changes."""
    content = {name: dict(entries) for name, entries in SECTIONS.items()}
    for key, change in sections.items():
        if key in content:
            content[key] = change
            continue
        [section] = [name for name, entries in content.items() if key in entries]
        content[section][key] = content[section][key] | change
    return StudyFile.model_validate(
        {
            "study": "training",
            "title": "A training",
            "authors": ["Doe, J."],
            "template": "generic",
            "occasions": OCCASIONS,
            "measures": MEASURES,
            "imputation": {"method": "none"},
            "tables": tables or {},
            "figures": figures or {},
        }
        | content
    )


def cohort_of(therapist: bool = True, **keys: Any) -> Cohort:
    """The cohort, with or without therapists."""
    arm = ARMS | {"label": "Condition", "levels": {"c": "Diary", "t": "Training"}}
    age = {"column": "age", "label": "Age", "unit": "years", "minimum": 18, "maximum": 90}
    forms = [("wai_s", "patient", "w"), ("bdi_ii", "patient", "b"), ("kims", "therapist", "k")]
    content = {
        "cohort": "training",
        "title": "A hundred and fifty dyads",
        "study": "training",
        "questionnaires": questionnaires(forms, OCCASIONS),
    }
    return one_file_cohort({"arm": arm, "age": age}, therapist, **content | keys)


def dyads_of(n_therapists: int = 60, seed: int = 5) -> pd.DataFrame:
    """One row per dyad: the values of all measures at all occasions, as <measure> <occasion>."""
    rng = np.random.default_rng(seed)
    rows = []
    for therapist in range(n_therapists):
        arm = therapist % 2
        start = 120 + rng.normal(scale=12)
        gain = 8 * arm + rng.normal(scale=6)
        own = 0.15 * gain + rng.normal(scale=1.0)
        skills = start + np.r_[0, gain + rng.normal(size=3)]
        for patient in range(2 + therapist % 2):
            stable = rng.normal(scale=1.5)
            task = 18 + own + stable + rng.normal(scale=2)
            row: dict[str, Any] = {
                "dyad": f"{therapist}_{patient}",
                "therapist": f"t{therapist}",
                "condition": "ct"[arm],
                "age": 20.0 + (7 * therapist + 11 * patient) % 45,
            }
            bond, burden = task + rng.normal(scale=2), 24 + rng.normal(scale=6)
            for place, occasion in enumerate(OCCASIONS):
                row[f"mindfulness {occasion}"] = skills[place]
                row[f"task {occasion}"] = task + rng.normal(scale=1.5)
                row[f"bond {occasion}"] = 0.6 * task + 0.4 * bond + rng.normal(scale=1.5)
                row[f"symptoms {occasion}"] = burden - 0.8 * (bond - 18) + rng.normal(scale=4)
                bond = task + 0.4 * (bond - task) + rng.normal(scale=2)
            rows.append(row)
    return pd.DataFrame(rows)


def measures_of(n_therapists: int = 60, seed: int = 5) -> pd.DataFrame:
    """Contract `MEASURES`: one row per dyad and occasion."""
    wide = dyads_of(n_therapists, seed)
    frames = []
    for occasion in OCCASIONS:
        own = {name: wide[f"{name} {occasion}"] for name in MEASURES if name != "first_bond"}
        frames.append(
            pd.DataFrame(
                {
                    "dyad": wide["dyad"],
                    "patient": wide["dyad"],
                    "therapist": wide["therapist"],
                    "condition": wide["condition"],
                    "occasion": occasion,
                    "imputation": 0,
                    **own,
                    "first_bond": wide["bond before"],
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def sample_of(measures: pd.DataFrame) -> pd.DataFrame:
    """Contract `SAMPLE`."""
    dyads = measures.drop_duplicates("dyad")
    return pd.DataFrame(
        {
            "dyad": dyads["dyad"],
            "patient": dyads["patient"],
            "therapist": dyads["therapist"],
            "condition": dyads["condition"],
            "arm": dyads["condition"],
            "age": 30.0,
        }
    ).reset_index(drop=True)


def responses_of(
    measures: pd.DataFrame, seed: int = 3, shift: float = 0.0, missing: float = 0.03
) -> pd.DataFrame:
    """Contract `RESPONSES`: answers to the WAI-S, whose bond items follow the measure of the bond.

    `shift` is added to the first bond item at all occasions but the first, whatever the bond.
    """
    rng = np.random.default_rng(seed)
    rows = measures[["dyad", "occasion"]].rename_axis(None).reset_index(drop=True)
    bond = (measures["bond"].to_numpy() - 18) / 4
    items = 4.5 + np.outer(bond, np.linspace(0.7, 1.1, 12)) + rng.normal(size=(len(rows), 12))
    later = (rows["occasion"] != "before").to_numpy()
    items[later, 2] += shift
    answers = pd.DataFrame(np.clip(np.round(items), 1, 7), columns=ITEM_COLUMNS[:12])
    # Items 4 and 10 are asked the other way round.
    answers[["item_004", "item_010"]] = 8 - answers[["item_004", "item_010"]]
    answers = answers.mask(rng.random(answers.shape) < missing)
    key = {"instrument": "wai_s", "rater": "patient", "state": ""}
    return pd.concat([rows, answers], axis=1).assign(**key)


def invariance_of(
    responses: pd.DataFrame | None = None, study: Study | None = None
) -> pd.DataFrame:
    """Contract `STATISTICS` of the tests of invariance."""
    measures = measures_of()
    answers = responses_of(measures) if responses is None else responses
    plan = study or study_of()
    return invariance_statistics(answers, sample_of(measures), plan, cohort_of(), INSTRUMENTS)


def statistics_of(measures: pd.DataFrame | None = None, study: Study | None = None) -> pd.DataFrame:
    """Contract `STATISTICS` of the structural equation models."""
    data = measures_of() if measures is None else measures
    return fit_structural_models(data, sample_of(data), study or study_of(), cohort_of())


def every_statistic() -> pd.DataFrame:
    """All kinds of statistics of both analyses: also of items that differ over time."""
    answers = responses_of(measures_of(), shift=1.5)
    return pd.concat([statistics_of(), invariance_of(answers)], ignore_index=True)
