"""workflow/syntheses/<name>.yaml: a synthesis of studies, with every choice declared.

One synthesis asks one question. Effects of single studies are pooled, from literature files, tables
of effects and cohorts of this project; values that meta-analyses print stand beside each other
(`reported`) and are never pooled, neither with each other nor with the studies behind them.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from attune.specs.closed_model import ClosedModel, did_you_mean
from attune.specs.instrument import Identifier
from attune.specs.literature import Measured, RiskOfBias

SynthesisName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
EffectName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")]
"""An effect of a literature file: `<literature>.<source>.<effect>`."""
StatisticId = Annotated[str, Field(pattern=r"^[a-z]\w*(\.\w+)+$")]

Metric = Literal["r", "g", "b", "or"]
"""Correlation; standardised difference (Hedges' g); slope; odds ratio, pooled as its logarithm."""

Better = Literal["higher", "lower"]
"""Which end of an outcome is the better one. Symptoms are better when lower."""


def _as_text(value: object) -> object:
    """A number of a YAML file as the text that it is, so that features may be numbers."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


FeatureValue = Annotated[str, BeforeValidator(_as_text)]
"""Level of a moderator, or the value of a numeric one."""
Year = Annotated[int, Field(ge=1900, le=2100)]
ReliabilityCoefficient = Annotated[float, Field(gt=0, le=1)]


class OwnEffect(ClosedModel):
    """An effect that attune computed, with what a synthesis has to know about it."""

    statistic: StatisticId
    """Id in results/<cohort>/statistics, or in the file of a site: of a correlation, such as
    `outcome.kims_total.iip_gain.pearson_r`; metric g: of a standardised difference of a trial;
    metric b: of a slope."""
    label: str
    """As tables print it; that the data are synthetic is added."""
    predictor: Measured
    outcome: Measured
    better: Better
    """Which end of the outcome is the better one; `lower` turns the sign of the effect."""
    positive: str = ""
    """lower: what a positive effect means once its sign is turned, such as "less distress"; empty:
    a better outcome."""
    counts: str = ""
    """What n counts, as it follows the number, such as "dyads without replaced scores"."""
    source: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")] | None = None
    """The source of a literature file that reports the same sample, `<literature>.<source>`: it is
    then counted once."""
    reason: str = ""
    """Why this statistic enters and no other of the cohort or site, as a sentence: a study with
    several outcomes enters with one."""
    features: dict[Identifier, FeatureValue] = {}
    """Moderator -> its level, or its number."""
    year: Year | None = None
    """For cumulative pooling, and the value of a numeric moderator named `year`."""
    risk_of_bias: RiskOfBias | None = None
    """Printed in the table of studies; leave it out where nobody judged it."""

    @property
    def place(self) -> str:
        """Where it stands, for messages."""
        raise NotImplementedError


class InManuscript(ClosedModel):
    """The correlation that the manuscript of a cohort prints, where it is not the one pooled."""

    statistic: StatisticId
    """Its id."""
    differs: str
    """How it differs, as a clause such as "where missing scores are replaced"."""


class CohortEffect(OwnEffect):
    """An effect of a cohort of this project, taken from results/<cohort>/statistics."""

    cohort: SynthesisName
    in_manuscript: InManuscript | None = None
    """metric r: what a reader of the manuscript of the cohort finds instead."""

    @property
    def statistics(self) -> list[str]:
        """Ids of the statistics of the cohort that the synthesis reads."""
        shown = [self.in_manuscript.statistic] if self.in_manuscript else []
        return [self.statistic, *shown]

    @property
    def place(self) -> str:
        """Where it stands, for messages."""
        return f"cohorts.{self.cohort}"


class SiteEffect(OwnEffect):
    """An effect of a site that shares no rows, taken from its file (`attune site-file`)."""

    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9_./-]+\.json$")]
    """Below workflow/syntheses."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """Sum of the file, as `attune pool-sites` printed it when its signature fitted: the workflow
    needs no key, and takes no other file."""

    @property
    def place(self) -> str:
        """Where it stands, for messages."""
        return f"sites.{self.file}"


class EffectTable(ClosedModel):
    """A table of effects: one row per effect of a study."""

    path: Annotated[str, Field(pattern=r"^[A-Za-z0-9_./-]+\.csv$")]
    """Below workflow/syntheses."""
    format: Literal["metapsy", "csv"]
    """metapsy: the columns of the public Metapsy standard; csv: study and r and n, g and se, b
    and se, or or and its limits. Both may hold means, changes or events of two arms (see
    docs/synthesis.md)."""
    better: Better | dict[str, Better] | None = None
    """Which end of the outcomes is the better one: for all rows, or by the column `instrument`.
    Without it, every row has to say it in the column `better`."""
    events: Literal["better", "worse"] | dict[str, Literal["better", "worse"]] | None = None
    """Whether an event is a better outcome (response) or a worse one (relapse): of all rows with
    events or odds ratios, or by the column `outcome_type`."""
    only: dict[str, list[str]] = {}
    """Column -> values of the rows that are read; other rows are left out."""
    synthetic: bool = False
    """Whether its numbers are made up."""


class Moderator(ClosedModel):
    """A feature of studies by which effects are compared."""

    label: str
    """As a heading prints it."""
    levels: dict[str, str] = {}
    """Level as the files write it -> as print shows it; empty: as written."""
    numeric: bool = False
    """Whether it is a number, such as a year, on which effects are regressed. A moderator named
    `year` takes the year of a source where no feature gives it."""
    per: Annotated[float, Field(gt=0)] = 1
    """numeric: how many units the slope is per, such as 10 for the change in ten years."""

    @model_validator(mode="after")
    def _levels_or_numbers(self) -> "Moderator":
        if self.numeric and self.levels:
            raise ValueError("a numeric moderator has no levels. Keep one of the two")
        if self.per != 1 and not self.numeric:
            raise ValueError("per needs `numeric: true`, since levels have no slope")
        return self


class Subset(ClosedModel):
    """A group of studies that is pooled by itself, beside all studies."""

    label: str
    """As it reads in the middle of a sentence, such as "studies at low risk of bias"."""
    moderator: Identifier
    """One of `moderators`."""
    levels: list[str] = []
    """Levels of the studies in it, as the files write them."""
    at_least: float | None = None
    """Numeric moderator: smallest value of the studies in it."""
    at_most: float | None = None
    """Numeric moderator: largest value of the studies in it."""

    def holds(self, value: str) -> bool:
        """Whether a study with this level or number of the moderator is in it."""
        if self.levels:
            return value in self.levels
        low, high = self.at_least, self.at_most
        number = float(value)
        return (low is None or number >= low) and (high is None or number <= high)

    def problem_with(self, moderator: Moderator) -> str:
        """Why it cannot be formed by this moderator; empty if it can."""
        bounds = [end for end in (self.at_least, self.at_most) if end is not None]
        if moderator.numeric and (self.levels or not bounds):
            return f"{self.moderator} is numeric. Give at_least, at_most or both, and no levels"
        if not moderator.numeric and (bounds or not self.levels):
            return f"{self.moderator} has levels. Name those of the subset under levels"
        if len(bounds) == 2 and bounds[0] > bounds[1]:
            return f"at_least {bounds[0]:g} is above at_most {bounds[1]:g}"
        return ""


class StudyReliability(ClosedModel):
    """Reliability of the measures of one study."""

    predictor: ReliabilityCoefficient | None = None
    outcome: ReliabilityCoefficient | None = None


class Reliability(StudyReliability):
    """Reliabilities, above 0 and at most 1, by which correlations are corrected.

    A measure without a reliability, neither for all studies nor for single ones, is not corrected.
    """

    source: str
    """Where they are from, as it ends the sentence "Reliabilities are from", such as "the manuals
    of the questionnaires"."""
    studies: dict[str, StudyReliability] = {}
    """Key of a study, as in the ids of its statistics -> its own reliabilities."""

    @model_validator(mode="after")
    def _corrects_something(self) -> "Reliability":
        every = (self, *self.studies.values())
        if not any(entry.predictor or entry.outcome for entry in every):
            raise ValueError("gives no reliability. Give predictor, outcome or both")
        return self

    def of(self, study: str, side: Literal["predictor", "outcome"]) -> float | None:
        """The reliability of the predictor or the outcome of a study; None where not given."""
        own = self.studies.get(study)
        return (getattr(own, side) if own else None) or getattr(self, side)


class ControlEvent(ClosedModel):
    """An event with its share in control groups, for the number needed to treat."""

    label: str
    """As it reads after "one more person with", such as "remission"."""
    rate: Annotated[float, Field(gt=0, lt=1)]
    """Share of the control groups with the event."""
    event: Literal["good", "bad"]
    """good: response, remission; bad: deterioration, relapse."""
    source: str
    """Where the share is from, as it ends a sentence."""


class Exclusion(ClosedModel):
    """A study, cohort or meta-analysis that was considered and does not enter."""

    label: str
    after: str = ""
    """Key of the bibliography of the paper that a synthetic cohort was made after, which the
    document adds to the label."""
    reason: str
    """A clause that ends a sentence, such as "it measured neither mindfulness nor empathy"."""


class Flow(ClosedModel):
    """Counts of the PRISMA 2020 flow diagram, as declared; their arithmetic is checked."""

    identified: dict[str, Annotated[int, Field(ge=0)]] = Field(min_length=1)
    """Where records were found -> how many."""
    duplicates: int = Field(default=0, ge=0)
    """Removed before the screening."""
    screened: int = Field(ge=0)
    excluded: int = Field(ge=0)
    """Excluded by title and abstract."""
    sought: int = Field(ge=0)
    """Reports sought for retrieval."""
    not_retrieved: int = Field(default=0, ge=0)
    assessed: int = Field(ge=0)
    reasons: dict[str, Annotated[int, Field(ge=0)]] = {}
    """Reports excluded -> how many, by reason."""
    included_studies: int = Field(ge=0)
    included_reports: int = Field(ge=0)
    unit: Literal["records", "sources"] = "records"
    """What is counted at the top: records of a search, or the sources of given texts."""
    note: str = ""

    def steps(self) -> list[tuple[str, int, str, int]]:
        """The sums that must agree: name of the count, the count, what it follows from, the sum."""
        found = sum(self.identified.values())
        return [
            ("screened", self.screened, "identified less duplicates", found - self.duplicates),
            ("sought", self.sought, "screened less excluded", self.screened - self.excluded),
            (
                "assessed",
                self.assessed,
                "sought less not retrieved",
                self.sought - self.not_retrieved,
            ),
            (
                "included_reports",
                self.included_reports,
                "assessed less those excluded with reasons",
                self.assessed - sum(self.reasons.values()),
            ),
        ]

    @model_validator(mode="after")
    def _adds_up(self) -> "Flow":
        problems = [
            f"{name} is {count}, but {words} gives {other}"
            for name, count, words, other in self.steps()
            if count != other
        ]
        if self.included_studies > self.included_reports:
            problems.append(
                f"included_studies is {self.included_studies}, but there are only"
                f" {self.included_reports} included_reports"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self


class Crosswalk(ClosedModel):
    """One file workflow/crosswalks/<name>.yaml: which facets each questionnaire measures."""

    crosswalk: SynthesisName
    """Id, the same as the file's name."""
    title: str
    facets: dict[Identifier, str] = Field(min_length=2)
    """Facet -> its name in print."""
    instruments: dict[Identifier, dict[Identifier, Identifier]] = Field(min_length=1)
    """Instrument -> scale of its scoring key -> facet."""
    note: str = ""

    @model_validator(mode="after")
    def _facets_exist(self) -> "Crosswalk":
        problems = [
            f"instruments.{name}.{scale}: {facet!r} is not a facet."
            f" {did_you_mean(facet, [*self.facets])}"
            for name, scales in self.instruments.items()
            for scale, facet in scales.items()
            if facet not in self.facets
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self


class FacetTable(ClosedModel):
    """A table of correlations of facets with each other and with the outcome.

    One row per correlation of a study, in the columns study, n, instrument, one, two and r: one and
    two are facets of the crosswalk or the word outcome.
    """

    path: Annotated[str, Field(pattern=r"^[A-Za-z0-9_./-]+\.csv$")]
    """Below workflow/syntheses."""
    better: Better | None = None
    """Which end of the outcomes is the better one; without it, every row with the outcome has to
    say it in the column `better`."""
    synthetic: bool = False
    """Whether its numbers are made up."""


class FacetCohort(ClosedModel):
    """A cohort of this project whose facets are correlated with each other and with an outcome."""

    cohort: SynthesisName
    label: str
    """As tables print it."""
    instrument: Identifier
    """The questionnaire, as the crosswalk names it."""
    measures: dict[Identifier, Identifier] = Field(min_length=1)
    """Facet -> measure of the study."""
    outcome: Identifier
    """A measure of the study, or an outcome, which stands for its residual gain."""
    better: Better
    """Which end of the outcome is the better one."""
    dataset: Identifier = "available"
    """Data set of the study; dyads with all of these measures enter."""


class Facets(ClosedModel):
    """Which facets of the predictor matter: their correlations are pooled together."""

    outcome: str
    """What is predicted, as it reads in a sentence."""
    compared: list[Identifier] = []
    """Facets of the crosswalk that are compared; all if none is named."""
    tables: dict[Identifier, FacetTable] = {}
    cohorts: list[FacetCohort] = []
    effects: list[EffectName] = []
    """Effects of single studies in the literature whose predictor is one facet of the crosswalk.
    Those with r and n enter with this one correlation; the others are counted."""
    between: Literal["common", "equal", "diagonal", "unstructured"] = "diagonal"
    """Variance of true correlations between studies: none, one for all, one of each, or with their
    covariances."""
    draws: Annotated[int, Field(ge=200, le=100_000)] = 2000
    """Matrices drawn around the pooled one, for the intervals of importance."""
    seed: Annotated[int, Field(ge=0)] = 1
    """Start of these draws."""

    @model_validator(mode="after")
    def _declared_once(self) -> "Facets":
        problems = [
            f"compared: {name!r} is listed twice"
            for name in sorted(set(self.compared))
            if self.compared.count(name) > 1
        ]
        if len(self.compared) == 1:
            problems.append("compared: one facet has nothing to be compared with; name two or more")
        if not (self.tables or self.cohorts or self.effects):
            problems.append("there are no correlations; name tables, cohorts or effects")
        if problems:
            raise ValueError("; ".join(problems))
        return self


class OneStageCohort(ClosedModel):
    """A cohort of this project whose rows are pooled with those of others."""

    cohort: SynthesisName
    label: str
    """As tables print it."""
    predictor: Identifier
    """Measure of the study."""
    outcome: Identifier
    """A measure of the study, or an outcome, which stands for its residual gain."""
    better: Better
    """Which end of the outcome is the better one; `lower` turns the sign of the slope."""
    dataset: Identifier = "available"
    """Data set of the study; dyads with both measures enter."""


class OneStage(ClosedModel):
    """An association pooled from the rows of cohorts, in one model and beside it in two stages."""

    predictor: str
    """As it reads in a sentence."""
    outcome: str
    units: Literal["standardised", "raw"] = "standardised"
    """standardised: both measures within each cohort; raw: as they are, where all cohorts used the
    same units."""
    intercepts: Literal["random", "fixed"] = "random"
    """raw: intercepts of cohorts as random effects, or one fixed intercept of each."""
    df: Literal["kenward_roger", "satterthwaite"] = "kenward_roger"
    """Degrees of freedom of the test. With thousands of rows Satterthwaite's are as good and
    faster."""
    cohorts: list[OneStageCohort] = Field(min_length=2)

    @model_validator(mode="after")
    def _cohorts_once(self) -> "OneStage":
        names = [entry.cohort for entry in self.cohorts]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"cohorts: {', '.join(twice)} is listed twice; keep one of each")
        return self


class Meaning(ClosedModel):
    """What the effects mean, each as a clause that begins in lower case."""

    positive: str
    """Such as "clients of more empathic therapists have better outcomes"."""
    negative: str
    """Such as "clients of more empathic therapists have worse outcomes"."""


class PoolingModel(ClosedModel):
    """How effects are pooled."""

    estimator: Literal["REML", "ML", "DL", "PM", "SJ", "HE", "common"] = "REML"
    """Variance between studies: restricted and full maximum likelihood, DerSimonian and Laird,
    Paule and Mandel, Sidik and Jonkman, Hedges; common: none is assumed."""
    test: Literal["z", "knapp-hartung", "knapp-hartung-truncated"] = "knapp-hartung"
    """Standard error, test and interval of the pooled effect."""
    prediction: Literal["z", "t(k-1)", "t(k-2)"] = "t(k-1)"
    """Convention of the prediction interval, with k studies."""
    interval: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """Coverage of all intervals."""
    several_effects: Literal["refuse", "multilevel"] = "refuse"
    """Several effects of one study. multilevel: a model with variances between studies and between
    the effects of a study, tested by cluster-robust errors."""
    rho: Annotated[float, Field(ge=0, lt=1)] = 0.6
    """multilevel: assumed correlation of the sampling errors of two effects of one study."""
    sensitivity: list[Literal["REML", "ML", "DL", "PM", "SJ", "HE", "common"]] = [
        "DL",
        "PM",
        "common",
    ]
    """Other estimators, whose pooled effects are given beside."""


@dataclass(frozen=True)
class CohortRows:
    """A cohort of which a section of a synthesis needs the rows.

    Attributes
    ----------
    section : str
        Section of the synthesis file.
    cohort : str
    columns : tuple of str
        Measures and outcomes of its study.
    """

    section: str
    cohort: str
    columns: tuple[str, ...]


class Synthesis(ClosedModel):
    """One file workflow/syntheses/<name>.yaml."""

    synthesis: SynthesisName
    """Id, the same as the file's name."""
    title: str
    question: str
    """The question in one sentence."""
    authors: list[str]
    predictor: str
    """What predicts, as it reads in a sentence, such as "therapists' mindfulness"."""
    outcome: str
    """What is predicted."""
    meaning: Meaning | None = None
    """The answer in plain words for a positive and for a negative effect; without it, the document
    speaks of predictor and outcome."""
    keywords: list[str] = []
    """Printed below the abstract, unless authors.yaml has others."""
    metric: Metric
    """Metric of the pooled effects: correlations, standardised differences, slopes, or odds ratios
    (pooled as their logarithms)."""
    unit: str = ""
    """Metric b: what one unit of the slopes is, such as "points of the SRS per session". Slopes
    can be pooled only where all studies have it."""
    licence: str = ""
    """Of its tables and texts, such as CC-BY-4.0, for its archive; empty: not stated."""
    demonstration: bool
    """Whether synthetic data may enter. Then every page, table and figure says so, and nothing in
    it is a finding."""
    literature: list[SynthesisName] = []
    effects: list[EffectName] = []
    """Effects of single studies. Those with a number and n are pooled; the others are counted by
    their direction."""
    reported: list[EffectName] = []
    """Values of meta-analyses and reviews, side by side."""
    answering: list[EffectName] = []
    """Those of `reported` that answer the question itself; the abstract gives them."""
    cohorts: list[CohortEffect] = []
    sites: list[SiteEffect] = []
    tables: dict[Identifier, EffectTable] = {}
    model: PoolingModel = PoolingModel()
    moderators: dict[Identifier, Moderator] = {}
    """Compared one by one; their levels come from `features`, or from the columns of tables."""
    features: dict[str, dict[Identifier, FeatureValue]] = {}
    """Effect of a literature file -> moderator -> its level, or its number."""
    subsets: dict[Identifier, Subset] = {}
    """Groups of studies that are pooled by themselves, as a check of the result."""
    small_studies: list[Literal["limit", "p_curve"]] = []
    """Methods for small and missing studies beside those that ten studies or more always have:
    limit meta-analysis; p-curve of the significant effects in the direction of the pooled one."""
    reliability: Reliability | None = None
    """Metric r: the pooled correlation is given corrected for unreliability, too."""
    control_event: ControlEvent | None = None
    """Metric g: the pooled difference is given as a number needed to treat, too."""
    one_stage: OneStage | None = None
    """An association of which cohorts give their rows."""
    not_included: list[Exclusion] = []
    flow: Flow | None = None
    crosswalk: SynthesisName | None = None
    """A file of workflow/crosswalks, which facets each questionnaire measures: drawn as a
    figure."""
    facets: Facets | None = None
    """Which facets carry the association; needs a crosswalk."""
    limits: list[str] = []
    """What this synthesis cannot tell, each a sentence."""
    names: list[str] = []
    """Names with digits in them that the document prints."""

    def meaning_of(self, sign: Literal["positive", "negative"]) -> str:
        """What an effect of a sign means, as a clause."""
        if self.meaning is not None:
            return self.meaning.positive if sign == "positive" else self.meaning.negative
        end = "better" if sign == "positive" else "worse"
        return (
            f"more of the predictor ({self.predictor}) goes along with a {end} outcome"
            f" ({self.outcome})"
        )

    @property
    def levelled(self) -> dict[str, Moderator]:
        """Moderators whose levels are compared."""
        return {name: one for name, one in self.moderators.items() if not one.numeric}

    @property
    def numeric(self) -> dict[str, Moderator]:
        """Moderators on whose numbers effects are regressed."""
        return {name: one for name, one in self.moderators.items() if one.numeric}

    def cohort_rows(self) -> "list[CohortRows]":
        """Cohorts whose rows are read here, with the columns that are needed of them."""
        found = [
            CohortRows("facets", entry.cohort, (*entry.measures.values(), entry.outcome))
            for entry in (self.facets.cohorts if self.facets else [])
        ]
        return found + [
            CohortRows("one_stage", entry.cohort, (entry.predictor, entry.outcome))
            for entry in (self.one_stage.cohorts if self.one_stage else [])
        ]

    @model_validator(mode="after")
    def _declared_once(self) -> "Synthesis":
        problems = [
            f"{key}: {name!r} is listed twice"
            for key, names in (("effects", self.effects), ("reported", self.reported))
            for name in sorted(set(names))
            if names.count(name) > 1
        ]
        problems += [
            f"{name!r} stands under effects and under reported; a pooled value is never pooled with"
            " its own studies. Keep it in one of them"
            for name in sorted(set(self.effects) & set(self.reported))
        ]
        problems += [
            f"answering: {name!r} is not under reported. {did_you_mean(name, self.reported)}"
            for name in self.answering
            if name not in self.reported
        ]
        problems += [
            f"features.{name}.{moderator}: there is no moderator {moderator!r}"
            for name, features in self.features.items()
            for moderator in features
            if moderator not in self.moderators
        ]
        problems += [
            f"features.{name}: not one of the effects"
            for name in self.features
            if name not in self.effects
        ]
        if (self.metric == "b") != bool(self.unit):
            problems.append(
                "unit: slopes of different scales cannot be pooled; metric b needs `unit`, which"
                " says what one unit of all its slopes is, and other metrics have none"
            )
        if self.facets is not None:
            if self.crosswalk is None:
                problems.append("facets needs a crosswalk, which says who measures which facet")
            if self.metric != "r":
                problems.append(f"facets pools correlations, but the metric is {self.metric}")
        files = [entry.file for entry in self.sites]
        problems += [
            f"sites: {file!r} is listed twice"
            for file in sorted(set(files))
            if files.count(file) > 1
        ]
        named = (self.effects, self.reported, self.cohorts, self.sites, self.tables)
        if not any((*named, self.facets, self.one_stage)):
            problems.append(
                "there is nothing to synthesise; name effects, tables, cohorts or sites"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @model_validator(mode="after")
    def _further_choices(self) -> "Synthesis":
        problems = []
        for name, subset in self.subsets.items():
            if subset.moderator not in self.moderators:
                hint = did_you_mean(subset.moderator, [*self.moderators])
                problems.append(
                    f"subsets.{name}.moderator: there is no moderator {subset.moderator!r}. {hint}"
                )
            elif problem := subset.problem_with(self.moderators[subset.moderator]):
                problems.append(f"subsets.{name}: {problem}")
        if self.subsets and "subset" in self.moderators:
            problems.append("moderators.subset: subsets use this name in ids. Choose another")
        if self.reliability is not None and self.metric != "r":
            problems.append(
                f"reliability corrects correlations, but the metric is {self.metric}. Leave it out"
            )
        if self.control_event is not None and self.metric != "g":
            problems.append(
                "control_event turns standardised differences into a number needed to treat, but"
                f" the metric is {self.metric}. Leave it out"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self
