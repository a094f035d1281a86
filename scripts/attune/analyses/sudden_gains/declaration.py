"""Declaration of sudden gains: the section `sudden_gains` of a study, tables and figures."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from attune.analyses.analysis import Analysis, FigureKind, TableKind
from attune.specs.closed_model import ClosedModel, did_you_mean
from attune.specs.cohort import Cohort
from attune.specs.instrument import Identifier
from attune.specs.study import DeclaredAnalysis, Study, Table

Share = Annotated[float, Field(gt=0, le=1)]

FEWEST_OCCASIONS = 4
"""Two sessions on each side of at least one interval."""


class ReliableChange(ClosedModel):
    """The cut-off as the smallest change of a person that is beyond measurement error."""

    reliability: Annotated[float, Field(ge=0, lt=1)]
    """Of the score, from the literature or from the table of reliabilities."""
    sd: Annotated[float, Field(gt=0)] | None = None
    """Standard deviation before treatment; by default that of the first occasion in the data."""
    z: Annotated[float, Field(gt=0)] = 1.96
    """Quantile of the normal distribution."""


class GainRule(ClosedModel):
    """What counts as a sudden gain; a criterion that is null is not applied."""

    cutoff: Annotated[float, Field(gt=0)] | ReliableChange | None
    """Fewest points between two sessions: a number, or {reliability, sd, z}: the reliable
    change."""
    share: Share | None = 0.25
    """Smallest share of the score before the gain; needs scores that are not negative."""
    stability: Literal["pooled_sd", "standard_error"] | None = "pooled_sd"
    """The means of up to three sessions before and after differ by more than the critical t times
    this; pooled_sd is what most studies compute, standard_error is easier to meet."""
    level: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """Two-tailed level of the critical t."""
    critical_value: Annotated[float, Field(gt=0)] | None = None
    """A fixed critical value instead, such as 2.776, whatever sessions are missing."""
    reversal_share: Annotated[float, Field(gt=0)] = 0.5
    """A gain is reversed when more than this share of it is lost again."""
    losses: bool = False
    """Whether sudden losses are found too, by the same criteria in reverse."""

    @model_validator(mode="after")
    def _one_criterion(self) -> "GainRule":
        if self.cutoff is None and self.share is None and self.stability is None:
            raise ValueError("needs a cutoff, a share or a stability criterion")
        return self


class EarlyRule(ClosedModel):
    """What counts as early response."""

    occasion: Identifier
    """The occasion by which patients respond."""
    share: Share
    """Smallest share of the first score by which they improve, such as 0.5."""
    missing: Literal["exact", "last_before"] = "exact"
    """exact: only patients with a score at the occasion; last_before: else their last score after
    the first occasion counts."""


class SuddenGainSearch(DeclaredAnalysis):
    """Sudden gains, early response, or both, in measures of symptoms over the occasions."""

    TERMS: ClassVar = {"measures": "measures by occasion"}

    measures: list[Identifier] = Field(min_length=1)
    """Measures without an occasion, which have one value per occasion."""
    occasions: list[Identifier] = []
    """Occasions in their order, neighbours next to each other; empty: those of the study."""
    higher_is_better: bool = False
    """Whether a rise of the score is an improvement."""
    gains: GainRule | None = None
    early_response: EarlyRule | None = None

    @model_validator(mode="after")
    def _asks_for_something(self) -> "SuddenGainSearch":
        problems = []
        if self.gains is None and self.early_response is None:
            problems.append("needs 'gains' (sudden gains), 'early_response' or both")
        if len(set(self.occasions)) < len(self.occasions):
            problems.append(f"occasions names one twice: {self.occasions}")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def occasions_of(self, study: Study) -> list[str]:
        """The occasions that are looked at, in order."""
        return self.occasions or study.occasions

    @property
    def events(self) -> tuple[str, ...]:
        """What is looked for: gains, losses, both or nothing."""
        if self.gains is None:
            return ()
        return ("gains", "losses") if self.gains.losses else ("gains",)


class SuddenGainSections(ClosedModel):
    """What sudden gains add to a study file."""

    sudden_gains: dict[Identifier, SuddenGainSearch] = {}


def gain_searches(study: Study) -> dict[str, SuddenGainSearch]:
    """The searches for sudden gains that a study declares, by id."""
    return study.sudden_gains if isinstance(study, SuddenGainSections) else {}


def plan_problems(study: Study, cohort: Cohort) -> Iterator[str]:
    """Occasions that a search names and the study does not have, or too few of them."""
    for name, search in gain_searches(study).items():
        place, used = f"sudden_gains.{name}", search.occasions_of(study)
        for occasion in used:
            if occasion not in study.occasions:
                hint = did_you_mean(occasion, study.occasions)
                yield f"{place}.occasions: {occasion!r} is not an occasion of the study. {hint}"
        if search.gains is not None and len(used) < FEWEST_OCCASIONS:
            yield (
                f"{place}.gains: sudden gains need at least {FEWEST_OCCASIONS} occasions in a row,"
                f" found {used}; leave 'gains' out to have early response alone"
            )
        early = search.early_response
        if early is not None and early.occasion not in used[1:]:
            yield (
                f"{place}.early_response.occasion: {early.occasion!r} must come after the first of"
                f" the occasions {used}"
            )


def measures_of(table: Table, study: Study, cohort: Cohort) -> list[str]:
    """Measures of the searches that a table names."""
    declared = gain_searches(study)
    return [measure for name in table.analyses for measure in declared[name].measures]


_KIND = TableKind(section="sudden_gains", printable=measures_of)

ANALYSIS = Analysis(
    name="sudden_gains",
    title="Sudden gains",
    place=57,
    rule="find_sudden_gains",
    sections=SuddenGainSections,
    plan_problems=plan_problems,
    asked_for=lambda study: bool(gain_searches(study)),
    not_asked_for="the plan looks for no sudden gains",
    tables={"sudden_gains": _KIND, "early_response": _KIND},
    figures={
        "sudden_gains": FigureKind(
            remark="Points are mean scores of the {cases} with a sudden gain, in the three sessions"
            " before and after their first one; the bars are standard errors. Patients are chosen"
            " by this change, so that its size is not an estimate of what others can expect.",
        )
    },
)
