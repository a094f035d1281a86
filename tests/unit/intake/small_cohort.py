"""A cohort of one short questionnaire, for tests of the validation code."""

from typing import Any

import pandas as pd

from attune.specs.closed_model import read_as
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument

MOOD = read_as(
    Instrument,
    {
        "instrument": "mood",
        "version": "1.0",
        "name": "Mood",
        "abbreviation": "MOOD",
        "citation": "none",
        "citation_key": "none",
        "raters": ["patient", "therapist"],
        "n_items": 3,
        "response": {"minimum": 0, "maximum": 4},
        "reverse": [3],
        "scales": {
            "total": {"label": "Total", "aggregation": "sum", "items": "all"},
            "mean": {"label": "Mean", "aggregation": "mean", "items": "all"},
            "high": {"label": "High", "aggregation": "count", "items": "all", "threshold": 3},
            "intensity": {
                "label": "Intensity",
                "aggregation": "ratio",
                "items": "all",
                "denominator": "high",
            },
            "axis": {
                "label": "Axis",
                "aggregation": "weighted",
                "weights": {1: 1.0, 2: -1.0},
                "missing": {"rule": "complete", "source": "test"},
            },
        },
        "missing": {"rule": "prorate", "max_missing_share": 0.4, "source": "test"},
        "confidence": {"level": "mixed", "note": "test"},
        "licence": "none",
    },
    "mood.yaml",
)
MOOD_OF_FOUR = read_as(
    Instrument,
    {
        "instrument": "mood",
        "version": "1.0",
        "name": "Mood",
        "abbreviation": "MOOD",
        "citation": "none",
        "citation_key": "none",
        "raters": ["patient"],
        "n_items": 4,
        "response": {"minimum": 0, "maximum": 3},
        "scales": {"total": {"label": "Total", "aggregation": "sum", "items": "all"}},
        "missing": {"rule": "complete", "source": "test"},
        "confidence": {"level": "mixed", "note": "test"},
        "licence": "none",
    },
    "mood.yaml",
)
"""Four items and their sum."""

INSTRUMENTS = {"mood": MOOD}
QUESTIONNAIRE = {"instrument": "mood", "rater": "patient", "columns": "mood_{item}"}


def cohort(**changes: Any) -> Cohort:
    """Intake and termination in a file each, ages in the sample sheet."""
    content = {
        "cohort": "toy",
        "title": "Toy",
        "study": "toy",
        "synthetic": False,
        "source": "test",
        "licence": "none",
        "missing_codes": [""],
        "files": {
            name: {"path": f"{name}.csv", "dyad": "id"} for name in ("who", "intake", "termination")
        },
        "sample": {
            "file": "who",
            "therapist": "therapist",
            "patient": "patient",
            "variables": {"age": {"column": "age", "label": "Age", "minimum": 18}},
        },
        "questionnaires": [
            QUESTIONNAIRE | {"occasion": name, "file": name} for name in ("intake", "termination")
        ],
    }
    return read_as(Cohort, content | changes, "data/toy/cohort.yaml")


def sheet(*rows: str, columns: str = "id mood_1 mood_2 mood_3") -> pd.DataFrame:
    """Rows of blank-separated cells, "_" for the empty cell, numbered as a spreadsheet does."""
    cells = [["" if cell == "_" else cell for cell in row.split()] for row in rows]
    index = pd.RangeIndex(2, 2 + len(rows))
    return pd.DataFrame(cells, columns=columns.split(), index=index, dtype=object)


def sheets(**changes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Raw sheets of two dyads without a mistake."""
    who = sheet("a t1 p1 30", "b t2 p2 40", columns="id therapist patient age")
    sound = {
        "who": who,
        "intake": sheet("a 1 2 3", "b 4 0 _"),
        "termination": sheet("a 0 0 1", "b 2 1 0"),
    }
    return sound | changes
