"""The declared growth models, as templates use them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from attune.analyses.analysis import TestedEffect
from attune.analyses.growth.declaration import Growth, growth_models
from attune.analyses.growth.labels import (
    base_label,
    is_chance,
    levels_of,
    origin_of,
    slope_words,
    span_words,
    terms_of,
)
from attune.analyses.growth.terms import Term
from attune.printing.context import condition_names, occasion_words
from attune.printing.text import Text, literal
from attune.printing.wording import in_sentence
from attune.specs.cohort import Cohort
from attune.specs.study import Study
from attune.store.statistic_rows import statistic_id


@dataclass(frozen=True)
class Coefficient(TestedEffect):
    """A coefficient of one outcome: `prefix` plus `.fixed_effect` and the like are its ids."""

    term: str
    label: Text
    prefix: str
    what: Text
    """What it is about, or what it predicts: level, growth, growth before month 6."""
    is_slope: bool
    """Whether it predicts growth."""
    when: Text
    """Of growth itself: when, as it reads in a sentence."""
    contrast: str
    """Id prefix of the difference between two raters; "" where there is one."""
    levels: list[Text]
    """The level of a category or condition and the level that it is compared with, as they read
    in a sentence."""
    category: Text
    """The variable of a category, as it reads in a sentence; "" for the treatment condition."""
    level_names: list[Text]
    """The same levels without the name of the variable."""
    is_baseline: bool
    """Whether it is about a measure from the baseline of randomised groups, a covariate."""
    is_condition: bool
    """Whether it is about the treatment condition."""
    is_tested: bool
    """Whether its p answers a question: not at the baseline of randomised groups."""
    tested: str = "fixed_effect_t"
    effect_size: str = "fixed_effect"


@dataclass(frozen=True)
class RatedOccasion:
    """An occasion of one outcome: `prefix` begins the ids of its means."""

    prefix: str
    score_at: str
    """Score and occasion, as `Study.score_at`."""
    when: Text
    """As it reads in a sentence."""
    is_tested: bool
    """Whether conditions are tested there: not at the baseline of randomised groups."""


@dataclass(frozen=True)
class RatedOutcome:
    """One outcome of a growth model."""

    measure: str
    label: Text
    score_at: str
    """Score and the occasion at which levels are compared, as `Study.score_at`."""
    prefix: str
    time: list[Coefficient]
    """Growth itself."""
    predictors: list[Coefficient]
    """Effects on level and growth, conditions included."""
    occasions: list[RatedOccasion]
    """In the order of time."""


@dataclass(frozen=True)
class GrowthFacts:
    """One entry of the study's `growth`."""

    id: str
    title: Text
    reason: Text
    dataset: str
    outcomes: list[RatedOutcome]
    unit: Text
    shape: str
    method: str
    df: str
    residual: str
    patient: str
    therapist: str
    """none, intercept or slope."""
    split: bool
    """Whether a predictor is split into within and between."""
    condition: bool
    conditions: list[Text]
    """As they read in a sentence."""
    at: Text
    """The occasion at which levels are compared, as it reads in a sentence; "" for another time."""
    observed: bool
    """Whether it has predictors other than the condition, which nobody assigned."""
    in_manuscript: bool
    """Whether the manuscript has a table or figure of it."""

    @property
    def models_therapists(self) -> bool:
        """Whether it allows for patients of one therapist being alike."""
        return self.therapist != "none"


def facts(
    study: Study, cohort: Cohort, labels: Mapping[str, Text], written: Callable[[str], Text]
) -> dict[str, GrowthFacts]:
    """The growth models of a study by id; see `attune.documents.document_facts`."""
    return {
        name: GrowthFacts(
            id=name,
            title=literal(model.title),
            reason=written(model.reason),
            dataset=model.dataset,
            outcomes=[
                _outcome(name, model, outcome, labels, study, cohort) for outcome in model.outcomes
            ],
            unit=literal(model.time.unit),
            shape=model.time.shape,
            method=model.method,
            df=model.df,
            residual=model.residual,
            patient=model.random.patient,
            therapist=model.random.therapist,
            split=any(one.is_split for one in model.predictors.values()),
            condition=model.condition,
            conditions=[*condition_names(cohort).values()],
            at=literal(f"at {occasion_words(origin)}" if (origin := origin_of(model)) else ""),
            observed=bool(model.predictors),
            in_manuscript=name in study.in_manuscript(),
        )
        for name, model in growth_models(study).items()
    }


def _level_names(term: Term, model: Growth, cohort: Cohort) -> tuple[Text, list[Text]]:
    """Variable of a category, its level and the one that it is compared with, in a sentence.

    The treatment condition has no name as a variable (""); a term without levels has no list.
    """
    levels = levels_of(term, model, cohort)
    if levels is None:
        return literal(""), []
    variable, *both = levels
    if not variable:
        names = condition_names(cohort)
        return literal(""), [names[label] for label in both]
    return in_sentence(literal(variable)), [in_sentence(literal(label)) for label in both]


def _is_baseline(term: Term, model: Growth, study: Study) -> bool:
    predictor = model.predictors.get(term.base)
    if predictor is None or predictor.measure is None:
        return False
    return study.measures[predictor.measure].occasion in study.randomised_baselines()


def _level_words(category: Text, names: list[Text]) -> list[Text]:
    """The level of a category and the one that it is compared with; the variable is named once."""
    if not category.characters:
        return names
    return [category + ": " + names[0], names[1]]


def _outcome(
    name: str,
    model: Growth,
    outcome: str,
    labels: Mapping[str, Text],
    study: Study,
    cohort: Cohort,
) -> RatedOutcome:
    def coefficient(term: Term) -> Coefficient:
        category, names = _level_names(term, model, cohort)
        return Coefficient(
            term=term.name,
            label=literal(base_label(term, model, study, cohort)),
            prefix=statistic_id(name, outcome, term.name),
            what=literal(slope_words(slope, model) if (slope := slope_of(term)) else "level"),
            is_slope=bool(term.slope),
            when=literal(span_words(term.base, model)),
            contrast=statistic_id(name, term.name) if len(model.outcomes) > 1 else "",
            levels=_level_words(category, names),
            category=category,
            level_names=names,
            is_baseline=_is_baseline(term, model, study),
            is_condition=term.base == "condition",
            is_tested=not is_chance(term, model, study),
        )

    def slope_of(term: Term) -> str:
        return term.slope or (term.base if term.base in model.time.terms else "")

    terms = terms_of(model, cohort)
    return RatedOutcome(
        measure=outcome,
        label=labels[outcome],
        score_at=study.score_at(outcome, origin_of(model)) if origin_of(model) else "",
        prefix=statistic_id(name, outcome),
        time=[coefficient(term) for term in terms if term.base in model.time.terms],
        predictors=[
            coefficient(term) for term in terms if term.base not in ("intercept", *model.time.terms)
        ],
        occasions=[
            RatedOccasion(
                statistic_id(name, outcome, occasion),
                study.score_at(outcome, occasion),
                literal(f"at {occasion_words(occasion)}"),
                occasion not in study.randomised_baselines(),
            )
            for occasion in model.time.occasions
        ],
    )
