"""Declaration of the distances between measures: the section `differences` of a study."""

from typing import ClassVar

from attune.analyses.analysis import Analysis, TableKind
from attune.specs.closed_model import ClosedModel
from attune.specs.instrument import Identifier
from attune.specs.study import DeclaredAnalysis, Study


class Differences(DeclaredAnalysis):
    """The distance between two measures."""

    TERMS: ClassVar = {"first": "measures", "second": "measures"}

    first: list[Identifier]
    """One measure."""
    second: list[Identifier]
    """The measure that it is compared with."""


class DifferenceSections(ClosedModel):
    """What the distances add to a study file."""

    differences: dict[Identifier, Differences] = {}


def declared_differences(study: Study) -> dict[str, Differences]:
    """The distances that a study declares, by id."""
    return study.differences if isinstance(study, DifferenceSections) else {}


ANALYSIS = Analysis(
    name="differences",
    title="Distances between measures",
    rule="compare_measures",
    sections=DifferenceSections,
    asked_for=lambda study: bool(declared_differences(study)),
    not_asked_for="the plan compares no measures",
    tables={"distances": TableKind(section="differences")},
)
