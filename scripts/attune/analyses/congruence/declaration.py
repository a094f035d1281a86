"""Declaration of congruence analyses: the section `congruence` of a study, tables and figures."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from attune.analyses.analysis import Analysis, FigureKind, TableKind
from attune.specs.closed_model import ClosedModel
from attune.specs.cohort import Cohort
from attune.specs.instrument import Identifier
from attune.specs.study import DeclaredAnalysis, Study, Table


class Congruence(DeclaredAnalysis):
    """Two raters' measures of the same thing: what goes with their agreement, and who is right."""

    TERMS: ClassVar = {
        "ratings": "measures",
        "outcomes": "measures or outcomes",
        "covariates": "measures",
        "bias_measures": "measures",
    }

    ratings: list[Identifier] = Field(min_length=2, max_length=2)
    """x and y of the surface: two raters' measures of the same thing on the same scale."""
    outcomes: list[Identifier] = []
    """What the surface predicts, one surface each; empty: only the truth and bias model."""
    higher_is_better: bool = True
    """Whether agreement is expected to go with high outcomes; false for symptoms, where the
    conditions of a congruence effect are checked for the outcome with its sign reversed."""
    centre: Literal["grand_mean", "scale_midpoint"] = "grand_mean"
    """The point that is subtracted from both ratings. grand_mean: the mean of all ratings of both
    raters; scale_midpoint: the middle of the possible scores."""
    hc3: bool = False
    """Whether standard errors allow for unequal variances."""
    covariates: list[Identifier] = []
    """Further predictors of the surface, entered linearly."""
    truth: Identifier | None = None
    """One of the ratings, which the other rater's judgement is compared with: adds the truth and
    bias model."""
    bias: Identifier | None = None
    """A measure that may bias the judgement, such as what the judge felt; in the same units."""
    bias_centre: Literal["mean of the bias", "mean of the truth"] = "mean of the bias"
    """The value of the bias measure at which the directional bias is taken."""

    @model_validator(mode="after")
    def _consistent(self) -> "Congruence":
        problems = []
        if self.ratings[0] == self.ratings[1]:
            problems.append("ratings names a measure twice; name one measure of each rater")
        if not self.outcomes and self.truth is None:
            problems.append("needs 'outcomes' (response surface), 'truth' (truth and bias) or both")
        if self.truth is not None and self.truth not in self.ratings:
            problems.append(f"truth must be one of the ratings {self.ratings}, found {self.truth}")
        if self.bias is not None and self.truth is None:
            problems.append("bias belongs to the truth and bias model, which needs the key 'truth'")
        twice = sorted({*self.ratings} & {*self.outcomes, *self.covariates, *self.bias_measures})
        if twice:
            problems.append(f"{twice} are ratings and cannot be outcome, covariate or bias, too")
        if set(self.outcomes) & set(self.covariates):
            problems.append("a measure cannot be outcome and covariate of the same surface")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def bias_measures(self) -> list[str]:
        """The measure of the bias, if there is one."""
        return [self.bias] if self.bias else []

    @property
    def judgement(self) -> str:
        """The rating that follows the truth; "" without a truth."""
        return next(name for name in self.ratings if name != self.truth) if self.truth else ""

    def terms(self) -> list[list[str]]:
        """Ids begin with the analysis and an outcome, or the judgement; see `KINDS`."""
        return []


class CongruenceSections(ClosedModel):
    """What the congruence analyses add to a study file."""

    congruence: dict[Identifier, Congruence] = {}


def congruence_analyses(study: Study) -> dict[str, Congruence]:
    """The congruence analyses that a study declares, by id."""
    return study.congruence if isinstance(study, CongruenceSections) else {}


def plan_problems(study: Study, cohort: Cohort) -> Iterator[str]:
    """What congruence analyses ask for that the study's measures cannot give."""
    for name, analysis in congruence_analyses(study).items():
        unscored = [key for key in analysis.ratings if study.measures[key].instrument is None]
        if analysis.centre == "scale_midpoint" and unscored:
            yield (
                f"congruence.{name}.centre: {unscored} come from the sample sheet, where a scale"
                " has no known ends; write `centre: grand_mean`"
            )


def outcomes_of(table: Table, study: Study, cohort: Cohort) -> list[str]:
    """Outcomes of the surfaces that a table names."""
    declared = congruence_analyses(study)
    return [outcome for name in table.analyses for outcome in declared[name].outcomes]


def judgements_of(table: Table, study: Study, cohort: Cohort) -> list[str]:
    """Judgements of the truth and bias models that a table names."""
    declared = congruence_analyses(study)
    return [declared[name].judgement for name in table.analyses if declared[name].truth]


ANALYSIS = Analysis(
    name="congruence",
    title="Congruence of two raters",
    place=56,
    rule="compare_ratings",
    sections=CongruenceSections,
    plan_problems=plan_problems,
    asked_for=lambda study: bool(congruence_analyses(study)),
    not_asked_for="the plan has no congruence analysis",
    tables={
        "response_surface": TableKind(
            section="congruence", printable=outcomes_of, interval="compare_ratings.interval"
        ),
        "truth_and_bias": TableKind(
            section="congruence", printable=judgements_of, interval="compare_ratings.interval"
        ),
    },
    figures={
        "response_surface": FigureKind(
            remark="Darker areas and the numbers on the contours are the outcome that the surface"
            " predicts; it is drawn only where there are ratings. The solid line is the line of"
            " congruence, on which both raters give the same rating, the dashed line that of"
            " incongruence; each point is one of the {cases}.",
        )
    },
)
