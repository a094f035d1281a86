"""A cohort of forty dyads with answers that agree, and a study of it."""

from typing import Any

import numpy as np
import pandas as pd
from tests.unit.intake.small_cohort import QUESTIONNAIRE, cohort

from attune.analyses.study import StudyFile
from attune.specs.closed_model import read_as
from attune.specs.cohort import Cohort
from attune.specs.study import Study

N = 40
PEOPLE = [f"SECRET{number:02d}" for number in range(N)]


def study(**changes: Any) -> Study:
    """Mood before and after, its gain, its correlation with age, and two conditions."""
    mood = {"instrument": "mood", "scale": "total", "rater": "patient"}
    content = {
        "study": "toy",
        "title": "Toy",
        "authors": [],
        "template": "generic",
        "measures": {
            "before": {"label": "Mood before", "occasion": "intake"} | mood,
            "after": {"label": "Mood after", "occasion": "termination"} | mood,
            "age": {"label": "Age", "variable": "age"},
        },
        "imputation": {"method": "none"},
        "outcomes": {"gain": {"label": "Mood", "pretest": "before", "posttest": "after"}},
        "correlations": {
            "ages": {"title": "Age", "x": ["age"], "y": ["before", "gain"], "dataset": "available"}
        },
        "conditions": {
            "arms": {"title": "Arms", "measures": ["before", "gain"], "dataset": "available"}
        },
    }
    return read_as(StudyFile, content | changes, "toy.yaml")


def people(**changes: Any) -> Cohort:
    """The cohort file, with two conditions."""
    sample = {
        "file": "who",
        "therapist": "therapist",
        "patient": "patient",
        "condition": "arm",
        "variables": {
            "age": {"column": "age", "label": "Age", "minimum": 18},
            "arm": {
                "column": "arm",
                "label": "Arm",
                "kind": "category",
                "levels": {"a": "New", "b": "Usual"},
            },
        },
    }
    return cohort(**({"sample": sample} | changes))


def tables(turned: int | None = None) -> dict[str, pd.DataFrame]:
    """Raw sheets; `turned` is an item whose answers the file holds the other way round."""
    rng = np.random.default_rng(5)
    rows = pd.RangeIndex(2, 2 + N)
    level = rng.normal(size=(N, 1))
    found = {}
    for name in ("intake", "termination"):
        keyed = np.clip(np.round(2 + 1.2 * level + 0.5 * rng.normal(size=(N, 3))), 0, 4).astype(int)
        keyed[:, 2] = 4 - keyed[:, 2]
        if turned:
            keyed[:, turned - 1] = 4 - keyed[:, turned - 1]
        cells = {"id": PEOPLE} | {f"mood_{i + 1}": keyed[:, i].astype(str) for i in range(3)}
        found[name] = pd.DataFrame(cells, index=rows, dtype=object)
    found["who"] = pd.DataFrame(
        {
            "id": PEOPLE,
            "therapist": [f"T{number % 9}" for number in range(N)],
            "patient": [f"P{number}" for number in range(N)],
            "age": [str(20 + number) for number in range(N)],
            "arm": ["a" if number % 2 else "b" for number in range(N)],
        },
        index=rows,
        dtype=object,
    )
    return found


def questionnaires(*occasions: str) -> list[dict[str, Any]]:
    """Entries of the cohort file."""
    return [QUESTIONNAIRE | {"occasion": occasion, "file": occasion} for occasion in occasions]
