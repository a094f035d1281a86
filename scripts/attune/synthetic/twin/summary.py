"""The published summary of a cohort: the numbers of a methods section, without any row of data."""

from typing import Annotated

from pydantic import Field, model_validator

from attune.specs.closed_model import ClosedModel
from attune.specs.instrument import Identifier

Share = Annotated[float, Field(ge=0, le=1)]
Correlation = Annotated[float, Field(ge=-1, le=1)]


class Moments(ClosedModel):
    """A number or a score over the dyads that have it."""

    n: int | None
    """Empty where the count is suppressed."""
    mean: float | None = None
    """Left out where fewer dyads have it than the smallest cell."""
    sd: float | None = Field(default=None, ge=0)
    alpha: float | None = Field(default=None, le=1)
    """Cronbach's alpha (scales of two items or more)."""
    decimals: int = Field(default=2, ge=0, le=4)
    """Decimals that the values have in the file (numbers and given scores)."""


class LevelCounts(ClosedModel):
    """How many dyads are of each level."""

    counts: dict[str, int | None]
    """Code -> dyads; empty where the count is suppressed."""
    missing: int | None = 0
    """Dyads without a level; empty where the count is suppressed."""


class QuestionnaireSummary(ClosedModel):
    """One questionnaire."""

    n: int | None
    """Dyads with at least one answer; empty where the count is suppressed."""
    n_incomplete: int | None = 0
    """Of these, dyads with an answer missing; empty where the count is suppressed."""
    missing_share: Share | None = 0.0
    """Share of the answers that these dyads left out; empty where it would reveal a
    suppressed count."""
    scales: dict[Identifier, Moments]


class Summary(ClosedModel):
    """One file data/<cohort>/summary.yaml."""

    cohort: Identifier
    n_dyads: int = Field(ge=1)
    n_therapists: int | None = None
    n_patients: int | None = None
    smallest_cell: int = Field(ge=0)
    """Counts from 1 up to one less than this are suppressed."""
    seed: int = 2012
    """Start of the twin's random numbers."""
    numbers: dict[Identifier, Moments] = {}
    """Variables of the sample sheet; dates in days since 1970."""
    categories: dict[Identifier, LevelCounts] = {}
    questionnaires: dict[str, QuestionnaireSummary] = {}
    """`instrument.rater.occasion[.state]` -> what its dyads scored."""
    scores: dict[str, Moments] = {}
    """Given scores: `instrument.rater.occasion[.state].scale`."""
    correlations: dict[str, list[Correlation | None]] = {}
    """Score or number -> its correlations with those above it, in their order; empty where too few
    dyads have both."""

    @model_validator(mode="after")
    def _triangle(self) -> "Summary":
        for place, (name, row) in enumerate(self.correlations.items()):
            if len(row) != place:
                raise ValueError(f"correlations.{name} needs {place} values, found {len(row)}")
        return self
