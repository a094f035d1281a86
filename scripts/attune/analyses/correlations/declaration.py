"""Declaration of the correlations: the section `correlations` of a study, tables and figures."""

from typing import ClassVar

from pydantic import Field

from attune.analyses.analysis import Analysis, FigureKind, TableKind
from attune.specs.closed_model import ClosedModel
from attune.specs.cohort import Cohort
from attune.specs.instrument import Identifier
from attune.specs.study import DeclaredAnalysis, Direction, Study, Table


class Correlations(DeclaredAnalysis):
    """A family of correlations of every x with every y."""

    TERMS: ClassVar = {"x": "measures", "y": "measures or outcomes"}

    x: list[Identifier] = Field(min_length=1)
    """Measures."""
    y: list[Identifier] = Field(min_length=1)
    """Measures or outcomes (for an outcome, its residual gain is used)."""
    direction: Direction | None = None
    """The sign that the hypothesis predicts; none declared, no one-tailed p."""
    hold_condition: bool = True
    """Also give the partial correlation that holds the treatment condition."""


class CorrelationSections(ClosedModel):
    """What the correlations add to a study file."""

    correlations: dict[Identifier, Correlations] = {}


def families(study: Study) -> dict[str, Correlations]:
    """The families of correlations that a study declares, by id."""
    return study.correlations if isinstance(study, CorrelationSections) else {}


def correlated(table: Table, study: Study, cohort: Cohort) -> list[str]:
    """Measures and outcomes of the families that a table names."""
    declared = [families(study)[name] for name in table.analyses]
    return list(dict.fromkeys(name for family in declared for name in (*family.x, *family.y)))


ANALYSIS = Analysis(
    name="correlations",
    title="Correlations",
    place=60,
    rule="correlate_measures",
    sections=CorrelationSections,
    asked_for=lambda study: bool(families(study)),
    not_asked_for="the plan has no correlations",
    tables={
        "correlation_matrix": TableKind(
            section="correlations", printable=correlated, columns_are_measures=True
        ),
        "correlation_details": TableKind(
            section="correlations", printable=correlated, interval="correlate_measures.interval"
        ),
    },
    figures={
        "scatter": FigureKind(
            "The line is the least-squares regression, the band its {interval} confidence band;"
            " above each panel, Pearson's correlation (*r*) with its {interval} confidence interval"
            " (CI) and the number of {cases} (*n*).",
            interval="correlate_measures.interval",
        ),
        "heatmap": FigureKind(
            "Pearson's correlations; red cells are positive, blue cells negative."
        ),
        "forest": FigureKind(
            "Points are Pearson's correlations, lines their confidence intervals; a point is filled"
            " where its interval excludes zero."
        ),
    },
)
