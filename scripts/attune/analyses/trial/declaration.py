"""Declaration of randomised trials: the section `trial` of a study, its tables and figures."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from attune.analyses.analysis import Analysis, FigureKind, TableKind
from attune.specs.closed_model import ClosedModel, did_you_mean
from attune.specs.cohort import Cohort
from attune.specs.instrument import Identifier
from attune.specs.study import DeclaredAnalysis, Study, Table

Unit = Literal["patient", "therapist"]

NOBODY_MISSING = (
    "Nobody of the treated arm had dropped out by this visit, so that there is nothing to add to."
)
"""Reason of a tipping point that does not exist, by which the documents recognise such an arm."""


class ReliableChange(ClosedModel):
    """Criteria of reliable and clinically significant change of one outcome.

    After Jacobson and Truax (1991); see `attune.stats.reliable_change`.
    """

    points: Annotated[float, Field(gt=0)] | None = None
    """Published size of a change that is reliable, instead of a reliability."""
    reliability: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Published reliability of the score, from which its standard error of measurement follows."""
    sd: Annotated[float, Field(gt=0)] | None = None
    """Published standard deviation that goes with the reliability; left out: that of the baseline
    of all persons of the trial."""
    cutoff: float | None = None
    """The score of the clinical range that is next to the normal one: the lowest clinical score
    where lower is better, else the highest; left out: nobody is called recovered."""
    source: str
    """What they are based on, and where it was published: `alpha reported by Franke et al. (2017)`.
    Documents write it behind "based on"."""

    @model_validator(mode="after")
    def _one_criterion(self) -> "ReliableChange":
        if (self.points is None) == (self.reliability is None):
            raise ValueError("needs either points or a reliability")
        if self.sd is not None and self.reliability is None:
            raise ValueError("sd goes with a reliability; published points need none")
        return self


class Outcome(ClosedModel):
    """One outcome of a trial."""

    level: Unit = "patient"
    """Whom it describes. Outcomes of therapists must be the same in the rows of all patients of a
    therapist."""
    better: Literal["higher", "lower"]
    """Which scores are the better ones."""
    primary: bool = False
    reliable_change: ReliableChange | None = None


class IntercurrentEvents(ClosedModel):
    """Events after randomisation that change what an outcome means, and the strategy for each.

    ICH E9(R1) calls them intercurrent events: ending the treatment early, changing it.
    """

    variable: Identifier
    """A category of the sample sheet: which event a patient or therapist had."""
    level: Unit
    """Who has it: the patient, or the therapist with all of the therapist's patients."""
    none: str
    """Code that means that nothing happened."""
    strategies: dict[str, Literal["treatment_policy", "hypothetical"]]
    """Code of an event -> treatment_policy: outcomes count whatever happened; hypothetical: the
    outcomes from the visit `from` on are set aside, as if missing at random."""
    from_visit: Identifier | None = None
    """hypothetical: first visit whose outcomes are set aside."""

    @model_validator(mode="after")
    def _visit_is_named(self) -> "IntercurrentEvents":
        if ("hypothetical" in self.strategies.values()) != (self.from_visit is not None):
            raise ValueError("strategy hypothetical, and no other, needs the key 'from_visit'")
        if self.none in self.strategies:
            raise ValueError(f"{self.none!r} means that nothing happened and has no strategy")
        return self


class Estimand(ClosedModel):
    """What the trial estimates: population, events and their strategy, summary (ICH E9(R1)).

    Variable and treatments are the outcomes and arms of the trial.
    """

    population: str
    """Whom the effect is about, in words."""
    events: dict[Identifier, IntercurrentEvents] = {}
    summary: Literal["difference_in_means"] = "difference_in_means"


class MissingOutcomes(ClosedModel):
    """What is assumed of outcomes that are missing, beside missing at random."""

    methods: list[Literal["jump_to_reference", "copy_increments", "copy_reference"]] = []
    """Reference-based imputation; the reference is the trial's first arm."""
    tipping_point: bool = False
    """How much worse than under missing at random the missing outcomes of the treated arm would
    have to be for the effect to lose its significance."""


class Received(ClosedModel):
    """Who received the treatment: a number of the sample sheet from which on somebody did."""

    variable: Identifier
    minimum: float
    missing: Literal["not_received", "left_out"] = "not_received"
    """Whoever has no number: not_received: counts as not having received the treatment; left_out:
    is left out of the effect in compliers. The per-protocol analysis is without them either way."""
    per_protocol: bool = False
    """The analysis again with those alone who received the treatment of their arm."""
    compliers: bool = False
    """The effect in those who would take the treatment if it were offered."""


class Reasons(ClosedModel):
    """Why somebody has no outcome at a visit: a category of the sample sheet."""

    variable: Identifier
    none: str
    """Code that means that nothing happened."""


class Harms(Reasons):
    """Adverse events: a category of the sample sheet."""

    level: Unit = "patient"


class Trial(DeclaredAnalysis):
    """A randomised trial of two or more arms: the condition of the cohort."""

    TERMS: ClassVar = {"outcomes": "measures by occasion"}

    randomised: Unit
    """What was randomised: patients, or therapists with all of their patients (clusters)."""
    outcomes: dict[Identifier, Outcome] = Field(min_length=1)
    """Measure without an occasion -> what kind of outcome it is."""
    baseline: Identifier
    """Occasion before the randomisation."""
    baseline_as: Literal["covariate", "outcome"] = "covariate"
    """covariate: a slope at each visit; a missing baseline is replaced by the mean of all, which
    leaves the comparison of randomised arms unbiased (White & Thompson, 2005, doi
    10.1002/sim.1981). outcome: the first outcome of the model, whose mean is the same in all arms
    (constrained longitudinal data analysis); only where patients were randomised."""
    visits: list[Identifier] = Field(min_length=1)
    """Occasions after it, in their order."""
    visit_words: dict[Identifier, str] = {}
    """Visit -> when it was, as it reads in a sentence, such as `after the training`; default: at
    and its name."""
    estimand: Estimand
    covariance: Literal["unstructured", "compound_symmetry", "ar1"] = "unstructured"
    """Covariance of the residuals of a person over the visits."""
    df: Literal["satterthwaite", "kenward_roger"] = "kenward_roger"
    """kenward_roger does not exist for covariance ar1."""
    characteristics: dict[Identifier, Unit] = {}
    """Variables of the sample sheet in the table of baseline characteristics -> whom they
    describe."""
    reasons_for_loss: dict[Unit, Reasons] = {}
    """What the sample sheet records of those who have no outcome at a visit."""
    missing_outcomes: MissingOutcomes = MissingOutcomes()
    received: Received | None = None
    harms: Harms | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "Trial":
        problems = []
        if self.baseline in self.visits:
            problems.append(f"visits names the baseline {self.baseline!r}; remove it there")
        unknown = [name for name in self.visit_words if name not in self.visits]
        if unknown:
            problems.append(f"visit_words names {unknown}, which are none of visits {self.visits}")
        if len(set(self.visits)) < len(self.visits):
            problems.append(f"visits names an occasion twice: {self.visits}")
        if self.covariance == "ar1" and self.df == "kenward_roger":
            problems.append(
                "df kenward_roger, which is the default, does not exist for covariance ar1, which"
                " is not linear in its parameters; write df: satterthwaite, or another covariance"
            )
        if self.randomised == "therapist" and self.baseline_as == "outcome":
            problems.append(
                "baseline_as outcome would take therapists as alike in their change, and make"
                " intervals too narrow where therapists were randomised; write covariate"
            )
        if self.randomised == "patient":
            problems += [
                f"outcomes.{name}.level: where patients are randomised, their therapists have no"
                " arm"
                for name, outcome in self.outcomes.items()
                if outcome.level == "therapist"
            ]
        problems += [
            f"estimand.events.{name}.from_visit: {event.from_visit!r} is none of visits"
            f" {self.visits}"
            for name, event in self.estimand.events.items()
            if event.from_visit is not None and event.from_visit not in self.visits
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def terms(self) -> list[list[str]]:
        """Ids begin with the trial and an outcome, an arm or a variable; see `KINDS`."""
        return []

    @property
    def levels(self) -> list[Unit]:
        """Whom its outcomes describe, what was randomised first."""
        found = {outcome.level for outcome in self.outcomes.values()} | {self.randomised}
        return [unit for unit in ("therapist", "patient") if unit in found]

    def categories(self) -> Iterator[tuple[str, str]]:
        """Place and name of every variable that must be a category of the sample sheet."""
        for name, event in self.estimand.events.items():
            yield f"estimand.events.{name}.variable", event.variable
        for unit, reasons in self.reasons_for_loss.items():
            yield f"reasons_for_loss.{unit}.variable", reasons.variable
        if self.harms is not None:
            yield "harms.variable", self.harms.variable


class TrialSections(ClosedModel):
    """What trials add to a study file."""

    trial: dict[Identifier, Trial] = {}


def trials(study: Study) -> dict[str, Trial]:
    """The trials that a study declares, by id."""
    return study.trial if isinstance(study, TrialSections) else {}


def plan_problems(study: Study, cohort: Cohort) -> Iterator[str]:
    """What trials ask of a cohort that it does not have."""
    for name, trial in trials(study).items():
        place = f"trial.{name}"
        if cohort.sample.condition is None:
            yield f"{place}: the cohort declares no sample.condition, which would be the arms"
        if cohort.sample.therapist is None and "therapist" in trial.levels:
            yield (
                f"{place}: the cohort records no therapist; name the column in sample.therapist, or"
                " declare `randomised: patient` and outcomes of level patient alone"
            )
        if len(cohort.sample.conditions()) > 2 and trial.received and trial.received.compliers:
            yield (
                f"{place}.received.compliers: effects in compliers are of two arms, and the cohort"
                f" has {len(cohort.sample.conditions())}; remove the key"
            )
        for key, occasion in [("baseline", trial.baseline)] + [
            ("visits", visit) for visit in trial.visits
        ]:
            if occasion not in study.occasions:
                hint = did_you_mean(occasion, study.occasions)
                yield f"{place}.{key}: {occasion!r} is not an occasion of the study. {hint}"
        yield from _variable_problems(place, trial, cohort)


def _variable_problems(place: str, trial: Trial, cohort: Cohort) -> Iterator[str]:
    """Variables that the sample sheet does not hold, or that are of another kind."""
    known = cohort.sample.variables
    for key, name in trial.categories():
        if name not in known or known[name].kind != "category":
            yield f"{place}.{key}: {name!r} is not a category of sample.variables"
    for name in trial.characteristics:
        if name not in known or known[name].kind == "date":
            yield (
                f"{place}.characteristics: {name!r} is neither a number nor a category of"
                " sample.variables"
            )
    received = trial.received
    if received is not None and (
        received.variable not in known or known[received.variable].kind != "number"
    ):
        yield (
            f"{place}.received.variable: {received.variable!r} is not a number of sample.variables"
        )
    for name, event in trial.estimand.events.items():
        if event.variable in known:
            yield from _event_problems(f"{place}.estimand.events.{name}", event, cohort)
    recorded: dict[str, Reasons] = {
        f"reasons_for_loss.{unit}": one for unit, one in trial.reasons_for_loss.items()
    }
    if trial.harms is not None:
        recorded["harms"] = trial.harms
    for key, reasons in recorded.items():
        codes = list(known[reasons.variable].levels) if reasons.variable in known else []
        if codes and reasons.none not in codes:
            yield f"{place}.{key}.none: {reasons.none!r} is not a code; codes are {codes}"


def _event_problems(place: str, event: IntercurrentEvents, cohort: Cohort) -> Iterator[str]:
    """Events that the cohort knows and the plan does not, and the other way round."""
    codes = list(cohort.sample.variables[event.variable].levels)
    named = [event.none, *event.strategies]
    unknown = [code for code in named if code not in codes]
    if unknown:
        yield f"{place}: {unknown} are not codes of {event.variable!r}; codes are {codes}"
    missing = [code for code in codes if code not in named]
    if missing:
        yield (
            f"{place}.strategies: the cohort knows the events {missing} of {event.variable!r}, and"
            " the plan has no strategy for them; name one of treatment_policy and hypothetical"
        )


def outcomes_of(table: Table, study: Study, cohort: Cohort) -> list[str]:
    """Outcomes of the trials that a table names."""
    declared = trials(study)
    return [outcome for name in table.analyses for outcome in declared[name].outcomes]


_KIND = TableKind(section="trial", printable=outcomes_of, interval="analyse_trial.interval")

ANALYSIS = Analysis(
    name="trial",
    title="Randomised trial",
    place=45,
    rule="analyse_trial",
    sections=TrialSections,
    plan_problems=plan_problems,
    asked_for=lambda study: bool(trials(study)),
    not_asked_for="the plan has no trial",
    tables=dict.fromkeys(
        (
            "trial_baseline",
            "trial_effects",
            "trial_means",
            "trial_variances",
            "trial_sensitivity",
            "trial_responders",
            "trial_harms",
        ),
        _KIND,
    ),
    figures={
        "participant_flow": FigureKind(
            remark="Counts are of the sample sheet and of the scores at hand; people who are not"
            " in the data, randomised or not, are not counted."
        ),
        "trial_means": FigureKind(
            remark="Points are the adjusted means of each arm with their {interval} intervals; at"
            " baseline they are the observed means, not adjusted, of all who have one.",
            interval="analyse_trial.interval",
        ),
    },
)
