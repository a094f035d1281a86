"""Declaration of correlations over occasions: the section `repeated_correlations`, table, figure.

The families of `correlations` take one value of each dyad, so that a measure there names its
occasion. Measures that have one value per occasion are correlated here.
"""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from attune.analyses.analysis import Analysis, FigureKind, TableKind
from attune.specs.closed_model import ClosedModel
from attune.specs.cohort import Cohort
from attune.specs.instrument import Identifier
from attune.specs.study import DeclaredAnalysis, Direction, Study, Table


class RepeatedCorrelations(DeclaredAnalysis):
    """Correlations of every x with every y over the occasions, within and between dyads."""

    TERMS: ClassVar = {"x": "measures by occasion", "y": "measures by occasion"}

    x: list[Identifier] = Field(min_length=1)
    """Measures without an occasion."""
    y: list[Identifier] = Field(min_length=1)
    """Measures without an occasion, none of them an x."""
    occasions: list[Identifier] = []
    """Occasions of the study that are used; left out: all."""
    level: Literal["within", "between", "both"] = "both"
    """within: repeated measures correlation, whether occasions with more x have more y than is
    usual for the dyad. between: of the dyads' means. both adds the contextual effect, the
    difference of both slopes."""
    direction: Direction | None = None
    """The sign that the hypothesis predicts; none declared, no one-tailed p."""

    @model_validator(mode="after")
    def _consistent(self) -> "RepeatedCorrelations":
        problems = [
            f"{key} names a measure twice"
            for key, names in (("x", self.x), ("y", self.y), ("occasions", self.occasions))
            if len(set(names)) < len(names)
        ]
        problems += [f"{name!r} is x and y" for name in self.x if name in self.y]
        if len(self.occasions) == 1:
            problems.append("occasions needs two or more; for one, declare `correlations`")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of its correlations."""
        return ("within", "between") if self.level == "both" else (self.level,)

    def pairs(self) -> list[tuple[str, str]]:
        """Every x with every y, for each y in turn."""
        return [(x, y) for y in self.y for x in self.x]


class RepeatedCorrelationSections(ClosedModel):
    """What correlations over occasions add to a study file."""

    repeated_correlations: dict[Identifier, RepeatedCorrelations] = {}


def repeated_families(study: Study) -> dict[str, RepeatedCorrelations]:
    """The families of correlations over occasions that a study declares, by id."""
    return study.repeated_correlations if isinstance(study, RepeatedCorrelationSections) else {}


def plan_problems(study: Study, cohort: Cohort) -> Iterator[str]:
    """Occasions that the study does not have."""
    for name, family in repeated_families(study).items():
        unknown = [one for one in family.occasions if one not in study.occasions]
        if unknown:
            yield (
                f"repeated_correlations.{name}.occasions: {unknown} are not among the study's"
                f" occasions: {study.occasions}"
            )


def correlated_over_occasions(table: Table, study: Study, cohort: Cohort) -> list[str]:
    """Measures of the families that a table names."""
    declared = [repeated_families(study)[name] for name in table.analyses]
    return list(dict.fromkeys(name for family in declared for name in (*family.x, *family.y)))


ANALYSIS = Analysis(
    name="repeated_correlations",
    title="Correlations over occasions",
    place=61,
    rule="correlate_occasions",
    sections=RepeatedCorrelationSections,
    plan_problems=plan_problems,
    asked_for=lambda study: bool(repeated_families(study)),
    not_asked_for="the plan has no correlations over occasions",
    tables={
        "repeated_correlations": TableKind(
            section="repeated_correlations",
            printable=correlated_over_occasions,
            interval="correlate_measures.interval",
        ),
    },
    figures={
        "repeated_correlations": FigureKind(
            "Points are correlations within {cases}, from occasion to occasion, or between them, of"
            " their means; lines are their two-sided confidence intervals. A point is filled where"
            " its interval excludes zero, which a significant one-tailed test does not imply.",
        ),
    },
)
