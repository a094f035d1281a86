"""Declaration of the comparisons of treatment conditions: the section `conditions` of a study."""

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from attune.analyses.analysis import Analysis, TableKind
from attune.specs.closed_model import ClosedModel
from attune.specs.cohort import Cohort
from attune.specs.instrument import Identifier
from attune.specs.study import DeclaredAnalysis, Study, Table


class Conditions(DeclaredAnalysis):
    """Comparisons of the treatment conditions, one per measure."""

    TERMS: ClassVar = {"measures": "measures or outcomes"}

    measures: list[Identifier] = Field(min_length=1)
    """Measures or outcomes."""


class ConditionSections(ClosedModel):
    """What the comparisons of conditions add to a study file."""

    conditions: dict[Identifier, Conditions] = {}


def declared_comparisons(study: Study) -> dict[str, Conditions]:
    """The comparisons of conditions that a study declares, by id."""
    return study.conditions if isinstance(study, ConditionSections) else {}


def plan_problems(study: Study, cohort: Cohort) -> Iterator[str]:
    """Comparisons without two conditions to compare."""
    if not declared_comparisons(study):
        return
    if cohort.sample.condition is None:
        yield "conditions: the cohort declares no sample.condition to compare"
        return
    levels = list(cohort.sample.variables[cohort.sample.condition].levels.values())
    if len(levels) != 2:
        yield (
            f"conditions: two conditions can be compared, but {cohort.sample.condition!r} has"
            f" {len(levels)}: {', '.join(levels)}"
        )


def compared(table: Table, study: Study, cohort: Cohort) -> list[str]:
    """Measures and outcomes of the comparisons that a table names."""
    declared = declared_comparisons(study)
    return [measure for name in table.analyses for measure in declared[name].measures]


ANALYSIS = Analysis(
    name="conditions",
    title="Comparisons of conditions",
    place=40,
    rule="compare_conditions",
    sections=ConditionSections,
    plan_problems=plan_problems,
    asked_for=lambda study: bool(declared_comparisons(study)),
    not_asked_for="the plan compares no conditions",
    tables={
        "comparisons": TableKind(
            section="conditions", printable=compared, interval="compare_conditions.interval"
        )
    },
)
