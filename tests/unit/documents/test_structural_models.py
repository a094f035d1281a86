"""Structural equation models: what documents, tables and figures say."""

import dataclasses
import functools
from typing import Any

import pandas as pd
import pytest
from matplotlib.patches import FancyArrowPatch
from matplotlib.text import Text
from tests.unit.analyses.structural_plans import (
    INSTRUMENTS,
    cohort_of,
    invariance_of,
    measures_of,
    statistics_of,
    study_of,
)
from tests.unit.documents.conftest import SmallStudy
from tests.unit.documents.test_manuscript import SETTINGS
from tests.unit.documents.words import as_words

from attune.analyses.kinds import KINDS
from attune.documents.figures import FigureContext, draw_figure
from attune.documents.manuscript import render_template
from attune.documents.tables import build_tables, decimals_of_measures
from attune.printing.printed_statistics import printed_statistics
from attune.printing.printed_table import PrintedTable
from attune.specs.study import Study
from attune.store.small_cells import hidden_statistics

TABLES = {
    "paths": ("structural_paths", "chain"),
    "rest": ("structural_parameters", "chain"),
    "fit": ("structural_fit", "chain"),
    "moments": ("structural_covariances", "chain"),
    "hints": ("structural_hints", "factor"),
    "factor": ("structural_paths", "factor"),
    "panel": ("structural_paths", "panel"),
    "steps": ("invariance", "over_time"),
    "items": ("invariance_items", "over_time"),
    "arms": ("invariance", "in_arms"),
}
FIGURES = {name: ("path_diagram", name) for name in ("chain", "factor", "panel")}
SLOTS = ("tests", "results", "cautions", "further_headline", "further_hypotheses", "supplement")
CHOICES = {"fit_structural_models": {"interval": 0.95, "power": 0.8},
           "test_invariance": {"interval": 0.95}}  # fmt: skip


def declared(parts: dict[str, tuple[str, str]], document: str) -> dict[str, Any]:
    return {
        name: {"document": document, "kind": kind, "title": f"The {name}", "analyses": [analysis]}
        for name, (kind, analysis) in parts.items()
    }


def plan(document: str, **sections: Any) -> Study:
    figures = {name: one | {"alt": "A figure"} for name, one in declared(FIGURES, document).items()}
    return study_of(declared(TABLES, document), figures, **sections)


@functools.cache
def store() -> pd.DataFrame:
    return pd.concat([statistics_of(), invariance_of()], ignore_index=True)


def tables_of(rows: pd.DataFrame, study: Study, smallest: int = 0) -> tuple[Any, Any]:
    hidden = hidden_statistics(rows, KINDS, smallest)
    printed = printed_statistics(rows, KINDS, 0.05, decimals_of_measures(study), hidden, smallest)
    made = build_tables(
        rows, printed, study, cohort_of(), INSTRUMENTS, SmallStudy().violations(), hidden
    )
    return printed, made


def text_of(kind: str = "manuscript", rows: pd.DataFrame | None = None, **sections: Any) -> str:
    """All that the models add to a document, as a reader sees its numbers."""
    study = plan(kind, **sections)
    printed, tables = tables_of(store() if rows is None else rows, study)
    template = '{% import "macros.qmd.j2" as say with context %}\n{{ header() }}\n'
    template += "\n".join(f'{{{{ say.from_analyses("{slot}") }}}}\n' for slot in SLOTS)
    template += "{{ refer(parts(rest=true)) }}\n{{ place(parts(rest=true)) }}\n"
    template += "".join(f'{{{{ place([("table", "{name}")]) }}}}\n\n' for name in TABLES)
    template += "".join(f'{{{{ place([("figure", "{name}")]) }}}}\n\n' for name in FIGURES)
    shared = SmallStudy().shared_templates()
    words = as_words(
        render_template(
            template, kind, study, cohort_of(), INSTRUMENTS, printed, tables,
            SETTINGS | CHOICES, shared=shared,
        )
    )  # fmt: skip
    return " ".join(words.split())
