"""What the analyses of a made-up plan add to a document, as a reader sees its numbers."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from tests.unit.documents.conftest import SmallStudy
from tests.unit.documents.test_manuscript import SETTINGS
from tests.unit.documents.words import as_words

from attune.analyses.kinds import KINDS
from attune.documents.manuscript import render_template
from attune.documents.tables import build_tables, decimals_of_measures
from attune.printing.printed_statistics import printed_statistics
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.specs.study import Study
from attune.store.small_cells import hidden_statistics

Kinds = Mapping[str, tuple[str, str]]
"""Id of a table or figure -> its kind and its analysis."""

SLOTS = ("tests", "results", "cautions", "further_headline", "further_hypotheses", "supplement")


def declared(parts: Kinds, document: str, **keys: Any) -> dict[str, Any]:
    """Tables or figures of a study file."""
    shared = {"document": document} | keys
    return {
        name: {"kind": kind, "title": f"The {name}", "analyses": [analysis]} | shared
        for name, (kind, analysis) in parts.items()
    }


def printed_and_tables(
    rows: pd.DataFrame,
    study: Study,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    smallest: int = 0,
) -> tuple[Any, Any]:
    """The statistics as printed, and the tables."""
    hidden = hidden_statistics(rows, KINDS, smallest)
    decimals = decimals_of_measures(study)
    printed = printed_statistics(rows, KINDS, 0.05, decimals, hidden, smallest)
    violations = SmallStudy().violations()
    return printed, build_tables(rows, printed, study, cohort, instruments, violations, hidden)


def document_text(
    kind: str,
    study: Study,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    made: tuple[Any, Any],
    choices: Mapping[str, Any],
    places: Iterable[str] = (),
) -> str:
    """All that the analyses of the study add to a document, with its tables and figures.

    Parameters
    ----------
    made : tuple
        As from `printed_and_tables`.
    choices : mapping
        Of config.yaml, besides those of every study.
    places : iterable of str
        Lines of the template before the tables and figures.
    """
    printed, tables = made
    lines = ['{% import "macros.qmd.j2" as say with context %}', "{{ header() }}"]
    lines += [f'{{{{ say.from_analyses("{slot}") }}}}\n' for slot in SLOTS]
    lines += places
    parts = [("table", name) for name in tables] + [("figure", name) for name in study.figures]
    lines += [f'{{{{ place([("{what}", "{name}")]) }}}}\n' for what, name in parts]
    return as_words(
        render_template(
            "\n".join(lines) + "\n", kind, study, cohort, instruments, printed,
            tables, {**SETTINGS, **choices}, shared=SmallStudy().shared_templates(),
        )
    )  # fmt: skip
