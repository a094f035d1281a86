"""The declared trials, as templates use them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from attune.analyses.analysis import TestedEffect
from attune.analyses.trial.declaration import NOBODY_MISSING, Outcome, Trial, Unit, trials
from attune.printing.context import condition_names, occasion_words
from attune.printing.text import Text, literal
from attune.specs.cohort import Cohort
from attune.specs.study import Study
from attune.store.statistic_rows import statistic_id


@dataclass(frozen=True)
class Contrast(TestedEffect):
    """A difference between two arms at a visit: `prefix` plus `.arm_difference` is its id."""

    prefix: str
    visit_prefix: str
    """Beginning of the ids of what all arms share at the visit, such as `.cluster_icc`."""
    when: Text
    arm: Text
    score_at: str
    """Score and occasion, as `Study.score_at`."""
    tested: str = "arm_difference_t"
    effect_size: str = "standardised_arm_difference"


@dataclass(frozen=True)
class TrialOutcome:
    """One outcome of a trial."""

    measure: str
    label: Text
    prefix: str
    level: Unit
    better: str
    primary: bool
    contrasts: list[Contrast]
    analysed: list[str]
    """One id for each arm."""
    nested: bool
    """Whether the model has random intercepts of therapists."""
    has_criteria: bool
    """Whether criteria of reliable change are declared."""
    criteria_exceeded: bool
    """Whether a change must exceed them, as computed ones; published points are reached."""
    criteria_source: Text

    @property
    def criteria_key(self) -> str:
        """Key that is equal for outcomes whose criteria share a sentence."""
        return f"{self.criteria_exceeded} {self.criteria_source}"

    def fared(self, direction: str) -> str:
        """Whether an arm fared better or worse, given the direction of its difference."""
        return "better" if (direction == "positive") == (self.better == "higher") else "worse"


@dataclass(frozen=True)
class Event:
    """An intercurrent event with its strategy."""

    label: Text
    strategy: str
    whose: str
    from_visit: Text


@dataclass(frozen=True)
class Followed:
    """Patients or therapists through the trial: ids of counts by arm."""

    unit: Unit
    plural: str
    randomised: list[str]
    """One id for each arm."""
    assessed: list[tuple[Text, list[str]]]
    """Visit, and for each arm the beginning of the ids of its counts."""


@dataclass(frozen=True)
class TrialFacts:
    """One entry of the study's `trial`."""

    id: str
    title: Text
    reason: Text
    dataset: str
    randomised: Unit
    therapist: str
    """intercept where patients of one therapist are taken as alike; none."""
    arms: list[Text]
    """As they read in a sentence; the reference first."""
    outcomes: list[TrialOutcome]
    baseline: Text
    baseline_as: str
    visits: list[Text]
    covariance: str
    df: str
    population: Text
    events: list[Event]
    followed: list[Followed]
    methods: list[str]
    """Reference-based imputation methods."""
    method_words: list[str]
    tipping_point: bool
    nobody_missing: str
    """Reason of a tipping point where nobody of the arm is missing."""
    per_protocol: bool
    compliers: bool
    received: Text
    """The variable that says how much somebody received."""
    received_missing: str
    """What becomes of those of whom it is not recorded: not_received or left_out."""
    received_n: list[str]
    received_unknown: list[str]
    """One id for each arm."""
    harms: bool
    harmed: str
    """Whose adverse events are recorded: patients or therapists."""
    harm_percents: list[str]
    """One id for each arm."""
    in_manuscript: bool
    """Whether the manuscript has a table or figure of it."""

    @property
    def models_therapists(self) -> bool:
        """Whether it allows for patients of one therapist being alike."""
        return self.therapist != "none"

    @property
    def comparisons(self) -> list[tuple[Text, Text]]:
        """When an outcome was compared, and which arm with the reference; in the plan's order."""
        contrasts = [one for outcome in self.outcomes for one in outcome.contrasts]
        return list(dict.fromkeys((one.when, one.arm) for one in contrasts))


def facts(
    study: Study, cohort: Cohort, labels: Mapping[str, Text], written: Callable[[str], Text]
) -> dict[str, TrialFacts]:
    """The trials of a study by id; see `attune.documents.document_facts`."""
    return {
        name: _facts(name, trial, study, cohort, labels, written)
        for name, trial in trials(study).items()
    }


def _facts(
    name: str,
    trial: Trial,
    study: Study,
    cohort: Cohort,
    labels: Mapping[str, Text],
    written: Callable[[str], Text],
) -> TrialFacts:
    arms = [*cohort.sample.conditions().values()]
    received = trial.received
    return TrialFacts(
        id=name,
        title=literal(trial.title),
        reason=written(trial.reason),
        dataset=trial.dataset,
        randomised=trial.randomised,
        therapist="none" if cohort.sample.therapist is None else "intercept",
        arms=[*condition_names(cohort).values()],
        outcomes=[
            _outcome(name, trial, key, outcome, study, cohort, labels, written)
            for key, outcome in trial.outcomes.items()
        ],
        baseline=literal(occasion_words(trial.baseline)),
        baseline_as=trial.baseline_as,
        visits=[literal(occasion_words(visit)) for visit in trial.visits],
        covariance=trial.covariance,
        df=trial.df,
        population=written(trial.estimand.population),
        events=[*_events(trial, cohort)],
        followed=[_followed(name, trial, unit, arms) for unit in trial.levels],
        methods=list(trial.missing_outcomes.methods),
        method_words=[one.replace("_", " ") for one in trial.missing_outcomes.methods],
        tipping_point=trial.missing_outcomes.tipping_point,
        nobody_missing=NOBODY_MISSING,
        per_protocol=received is not None and received.per_protocol,
        compliers=received is not None and received.compliers,
        received=literal(cohort.sample.variables[received.variable].label if received else ""),
        received_missing=received.missing if received else "",
        received_unknown=[
            statistic_id(name, "received", arm, "received_unknown_n") for arm in arms
        ],
        received_n=[statistic_id(name, "received", arm, "received_n") for arm in arms],
        harms=trial.harms is not None,
        harmed=f"{trial.harms.level}s" if trial.harms else "",
        harm_percents=[statistic_id(name, "harms", arm, "harm_percent") for arm in arms],
        in_manuscript=name in study.in_manuscript(),
    )


def _when(trial: Trial, visit: str) -> str:
    """When a visit was, as it reads in a sentence."""
    return trial.visit_words.get(visit, f"at {occasion_words(visit)}")


def _outcome(
    name: str,
    trial: Trial,
    key: str,
    outcome: Outcome,
    study: Study,
    cohort: Cohort,
    labels: Mapping[str, Text],
    written: Callable[[str], Text],
) -> TrialOutcome:
    arms = [*cohort.sample.conditions().values()]
    others = arms[1:]
    names = condition_names(cohort)
    contrasts = [
        Contrast(
            prefix=statistic_id(name, key, visit, arm if len(others) > 1 else ""),
            visit_prefix=statistic_id(name, key, visit),
            when=literal(_when(trial, visit)),
            arm=names[arm],
            score_at=study.score_at(key, visit),
        )
        for visit in trial.visits
        for arm in others
    ]
    return TrialOutcome(
        measure=key,
        label=labels[key],
        prefix=statistic_id(name, key),
        level=outcome.level,
        better=outcome.better,
        primary=outcome.primary,
        contrasts=contrasts,
        analysed=[statistic_id(name, key, arm, "analysed_n") for arm in arms],
        nested=outcome.level == "patient" and cohort.sample.therapist is not None,
        has_criteria=outcome.reliable_change is not None,
        criteria_exceeded=outcome.reliable_change is not None
        and outcome.reliable_change.points is None,
        criteria_source=written(outcome.reliable_change.source)
        if outcome.reliable_change
        else literal(""),
    )


def _events(trial: Trial, cohort: Cohort) -> list[Event]:
    found = []
    for event in trial.estimand.events.values():
        levels = cohort.sample.variables[event.variable].levels
        found += [
            Event(
                label=literal(levels[code]),
                strategy=strategy,
                whose=event.level,
                from_visit=literal(occasion_words(event.from_visit or "")),
            )
            for code, strategy in event.strategies.items()
        ]
    return found


def _followed(name: str, trial: Trial, unit: Unit, arms: list[str]) -> Followed:
    return Followed(
        unit=unit,
        plural=f"{unit}s",
        randomised=[statistic_id(name, unit, arm, "randomised_n") for arm in arms],
        assessed=[
            (
                literal(_when(trial, visit)),
                [statistic_id(name, unit, arm, visit) for arm in arms],
            )
            for visit in (trial.baseline, *trial.visits)
        ],
    )
