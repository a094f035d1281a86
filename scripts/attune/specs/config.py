"""config.yaml: the analyst's choices, in sections named after the stages."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from attune.specs.closed_model import ClosedModel
from attune.specs.cohort import CellLimit

Level = Annotated[float, Field(gt=0.5, lt=1)]
CohortName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class CheckCohort(ClosedModel):
    """The cohort page."""

    show_values: Literal["codes", "all", "none"] = "codes"
    """Which offending values it prints: codes (short numbers and words for "missing"), all, none.
    Ids and rows of answers are never printed."""


class EstimateReliability(ClosedModel):
    """Internal consistency."""

    interval: Level = 0.95
    """Coverage of the interval of alpha."""


class DescribeSample(ClosedModel):
    """The sample and its scores."""

    interval: Level = 0.95
    """Coverage of the intervals of shares of variance between therapists."""


class ComputeResidualGains(ClosedModel):
    """Regressions of posttest on pretest."""

    interval: Level = 0.95
    """Coverage of the intervals of slope and intercept, and of the means in pre-post figures."""


class CorrelateMeasures(ClosedModel):
    """Correlations: intervals, bootstrap, permutation tests, Bayes factors and power."""

    interval: Level = 0.95
    """Coverage of all intervals."""
    bootstrap_samples: int = Field(default=9999, ge=999)
    """Resamples of the bias-corrected and accelerated bootstrap interval."""
    permutations: int = Field(default=99999, ge=999)
    """Monte Carlo permutations; where n allows no more orders than these, all are taken."""
    bayes_factor_scale: float = Field(default=1.0, gt=0, le=2)
    """Width kappa of the stretched beta prior of the correlation (1: uniform)."""
    power: float = Field(default=0.80, gt=0.5, lt=1)
    """Power for which the smallest detectable correlation is given."""


class CompareConditions(ClosedModel):
    """Independent-samples t tests."""

    interval: Level = 0.95
    variances: Literal["pooled", "welch"] = "pooled"
    """pooled: Student's t test; welch: Welch's."""


class FitGrowth(ClosedModel):
    """Growth models."""

    interval: Level = 0.95
    """Coverage of all intervals."""
    variance_intervals: Literal["wald", "profile"] = "wald"
    """Intervals of standard deviations and correlations of random effects. wald: from the curvature
    of the likelihood; profile: from its profile, which is better where a variance is small and may
    take half a minute for two raters."""


class AnalyseTrial(ClosedModel):
    """Randomised trials."""

    interval: Level = 0.95
    """Coverage of all intervals."""
    imputations: int = Field(default=50, ge=5)
    """Completed copies of the data where missing outcomes are imputed from the reference arm."""


class CompareRatings(ClosedModel):
    """Response surfaces, and truth and bias models, of two raters."""

    interval: Level = 0.95
    """Coverage of all intervals; conditions of congruence are tested at the rest."""


class ComparePartners(ClosedModel):
    """One-with-many and actor-partner models."""

    interval: Level = 0.95
    """Coverage of all intervals."""


class FitStructuralModels(ClosedModel):
    """Structural equation models."""

    interval: Level = 0.95
    """Coverage of all intervals but the RMSEA's, which is 90 % by convention."""
    power: float = Field(default=0.80, gt=0.5, lt=1)
    """Power for which the smallest detectable path is given."""


class TestInvariance(ClosedModel):
    """Measurement invariance of questionnaires."""

    interval: Level = 0.95
    """Coverage of all intervals but the RMSEA's, which is 90 % by convention."""


class Print(ClosedModel):
    """Significance in words, and small-cell suppression.

    Significance stars have levels of their own: `tables.<name>.stars` of the study file.
    """

    level: float = Field(default=0.05, gt=0, lt=0.5)
    """p below this is called significant."""
    smallest_cell: CellLimit = 5
    """Counts of fewer people than this are suppressed in everything that is shared, as are figures
    from which they could be derived; 0: nothing is."""


class RenderManuscript(ClosedModel):
    """The program that makes the documents."""

    renderer: Literal["auto", "quarto", "embedded"] = "auto"
    """auto: Quarto if it is found (QUARTO_PATH, PATH), else pandoc and Typst from their wheels."""


class Documents(ClosedModel):
    """How manuscripts, supplements and syntheses are written and laid out."""

    language: Literal["en-US", "en-GB"] = "en-US"
    """Spelling of the prose: American or British. Texts of the study, the cohort, the instruments
    and the literature stay as typed."""
    masked: bool = False
    """true: for masked review. Authors, affiliations, author note, acknowledgments and what is
    marked as identifying are left out, and no file names a person in its properties."""
    line_numbers: bool = False
    """true: Word and PDF number their lines."""


class Choices(ClosedModel):
    """The choices that statistics depend on."""

    seed: int = Field(default=2012, ge=0)
    """Start of every random number; each family of correlations derives its own streams from its id
    and its number of cases."""
    estimate_reliability: EstimateReliability = EstimateReliability()
    describe_sample: DescribeSample = DescribeSample()
    compute_residual_gains: ComputeResidualGains = ComputeResidualGains()
    correlate_measures: CorrelateMeasures = CorrelateMeasures()
    compare_conditions: CompareConditions = CompareConditions()
    fit_growth: FitGrowth = FitGrowth()
    analyse_trial: AnalyseTrial = AnalyseTrial()
    compare_ratings: CompareRatings = CompareRatings()
    compare_partners: ComparePartners = ComparePartners()
    fit_structural_models: FitStructuralModels = FitStructuralModels()
    test_invariance: TestInvariance = TestInvariance()
    build_tables: Print = Print()


class Config(Choices):
    """The whole file."""

    cohorts: list[CohortName]
    """Folders of data/ that are analysed. Of further cohorts that a synthesis names, the statistics
    that it needs are computed, without pages and documents."""
    syntheses: list[CohortName] = []
    """Files of workflow/syntheses that are made."""
    given_statistics: dict[CohortName, Literal["real", "synthetic"]] = {}
    """Cohorts of syntheses whose statistics are in results/ and are taken as they are, without raw
    files; whether their data are real or synthetic. Archives of syntheses are read in this way."""
    check_cohort: CheckCohort = CheckCohort()
    documents: Documents = Documents()
    render_manuscript: RenderManuscript = RenderManuscript()

    def documented(self) -> dict[str, Any]:
        """The choices that the documents describe, by section."""
        left_out = {"cohorts", "syntheses", "given_statistics", "check_cohort", "documents"}
        left_out |= {"render_manuscript"}
        return self.model_dump(exclude=left_out)

    @model_validator(mode="after")
    def _something_to_do(self) -> "Config":
        problems = []
        if not (self.cohorts or self.syntheses):
            problems.append("names neither cohorts nor syntheses; there is nothing to do")
        problems += [
            f"{name!r} stands under cohorts and under given_statistics; its statistics are either"
            " computed or taken as they are. Keep it in one of them"
            for name in self.given_statistics
            if name in self.cohorts
        ]
        for named in (self.cohorts, self.syntheses):
            twice = [name for name in dict.fromkeys(named) if named.count(name) > 1]
            problems += [f"{name!r} is named more than once. Keep one" for name in twice]
        if problems:
            raise ValueError("; ".join(problems))
        return self
