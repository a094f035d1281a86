"""What a template may know of study and cohort: names as Markdown, ids as they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from attune import apa
from attune.cohort import Cohort
from attune.instrument import Instrument
from attune.key_words import CONFIDENCE_WORDS
from attune.markdown import literal, with_commands, with_symbols
from attune.missing_rules import rule_in_words
from attune.statistic_rows import snake_case, statistic_id
from attune.study import Measure, Study
from attune.tables.context import occasion_words
from attune.wording import listing


@dataclass(frozen=True)
class Pair:
    """A correlation: `prefix` plus `.pearson_r` and the like are its ids."""

    x: str
    y: str
    x_label: str
    y_label: str
    prefix: str


@dataclass(frozen=True)
class Target:
    """One y of a family with all its pairs."""

    y: str
    label: str
    pairs: list[Pair]


@dataclass(frozen=True)
class Family:
    """A family of correlations, one entry of the study's `correlations`."""

    id: str
    title: str
    reason: str
    direction: str
    """positive, negative, or "" where none was declared."""
    dataset: str
    targets: list[Target]

    @property
    def pairs(self) -> list[Pair]:
        """All pairs, target by target."""
        return [pair for target in self.targets for pair in target.pairs]


@dataclass(frozen=True)
class Test:
    """A comparison of the conditions: `prefix` plus `.t` and the like are its ids."""

    __test__ = False  # not one of pytest's

    measure: str
    label: str
    prefix: str
    means: list[str]
    """Ids of the conditions' means, in their order."""


@dataclass(frozen=True)
class Comparison:
    """One entry of the study's `conditions`."""

    id: str
    title: str
    reason: str
    dataset: str
    statistic: str
    """t for two conditions, f for more."""
    conditions: list[str]
    tests: list[Test]


@dataclass(frozen=True)
class Questionnaires:
    """An instrument as the study uses it."""

    id: str
    name: str
    abbreviation: str
    citation_key: str
    n_items: str
    minimum: str
    maximum: str
    given: list[str]
    """Who filled it in and when, such as `the therapist at baseline`."""
    has_items: bool
    """Whether the cohort holds answers to its items, and not scores only."""
    states: list[str]
    """States that were rated one by one, such as worst."""
    missing_rules: list[str]
    """What happens to unanswered items of the scales in use, as clauses."""
    scales: list["Scale"]
    """Scales that are measures of the study."""
    version: str
    """Version of the scoring key."""
    confidence: str
    """How well the scoring key is established, as the predicate of a sentence."""


@dataclass(frozen=True)
class Gain:
    """An outcome; `gains.<id>.<dataset>` is where the ids of its regression begin."""

    id: str
    label: str
    pretest: str
    posttest: str


@dataclass(frozen=True)
class Described:
    """A variable of the sample sheet; `sample.<id>` is where its ids begin."""

    id: str
    label: str
    kind: str
    unit: str
    levels: list["Level"]
    """Of a category; `missing` is not among them."""


@dataclass(frozen=True)
class Level:
    """Something with a name whose statistics' ids begin with `prefix`."""

    label: str
    prefix: str


@dataclass(frozen=True)
class Retained(Level):
    """A measure that a table of kind retention shows; `prefix` begins the ids of its numbers."""

    conditions: list[Level]


@dataclass(frozen=True)
class Scale(Level):
    """A measure that is a score; the ids of its reliability begin with `prefix`."""

    measure: str
    lowest: str
    """The lowest and highest score that complete responses can give."""
    highest: str


@dataclass(frozen=True)
class Facts:
    """Everything that is known before a number is computed."""

    title: str
    authors: list[str]
    cohort: str
    cases: str
    """What the rows of the sample sheet are called: dyads, or patients without a therapist."""
    source: str
    licence: str
    synthetic: bool
    notice: str
    imputation: str
    labels: dict[str, str]
    """Of measures and outcomes, as they read in a sentence."""
    families: dict[str, Family] = field(default_factory=dict)
    comparisons: dict[str, Comparison] = field(default_factory=dict)
    instruments: dict[str, Questionnaires] = field(default_factory=dict)
    outcomes: list[Gain] = field(default_factory=list)
    variables: list[Described] = field(default_factory=list)
    retained: list[Retained] = field(default_factory=list)

    @property
    def has_items(self) -> bool:
        """Whether the measures rest on answers to items, at least in part."""
        return any(each.has_items for each in self.instruments.values())

    @property
    def scores(self) -> dict[str, Scale]:
        """Measures that are scores of a questionnaire, by id."""
        return {scale.measure: scale for each in self.instruments.values() for scale in each.scales}


def document_facts(study: Study, cohort: Cohort, instruments: Mapping[str, Instrument]) -> Facts:
    """Facts for templates; every name and sentence from a file is escaped.

    Parameters
    ----------
    study, cohort : Study, Cohort
    instruments : mapping of id to Instrument
        Those that the study's measures use.
    """
    labels = {name: literal(measure.label) for name, measure in study.measures.items()}
    labels |= {
        name: f"the residual gain in {literal(outcome.label)}"
        for name, outcome in study.outcomes.items()
    }
    variables = cohort.sample.variables
    return Facts(
        title=literal(study.title),
        authors=[literal(author) for author in study.authors],
        cohort=literal(cohort.title),
        cases=f"{cohort.case}s",
        source=with_commands(cohort.source),
        licence=literal(cohort.licence),
        synthetic=cohort.synthetic,
        notice=literal(cohort.synthetic_notice),
        imputation=study.imputation.method,
        labels=labels,
        families=_families(study, labels),
        comparisons=_comparisons(study, cohort, labels),
        instruments={
            name: _questionnaires(instrument, study, cohort)
            for name, instrument in instruments.items()
            if any(measure.instrument == name for measure in study.measures.values())
        },
        outcomes=[
            Gain(name, literal(outcome.label), labels[outcome.pretest], labels[outcome.posttest])
            for name, outcome in study.outcomes.items()
        ],
        variables=[
            Described(
                name,
                literal(each.label),
                each.kind,
                literal(each.unit),
                [
                    Level(literal(level), f"sample.{name}.{snake_case(level)}")
                    for level in each.levels.values()
                ],
            )
            for name in study.variables
            if (each := variables.get(name)) is not None
        ],
        retained=_retained(study, cohort, labels),
    )


def _retained(study: Study, cohort: Cohort, labels: Mapping[str, str]) -> list[Retained]:
    scored = [name for name, measure in study.measures.items() if measure.instrument]
    shown = [table.rows or scored for table in study.tables.values() if table.kind == "retention"]
    return [
        Retained(
            labels[name],
            f"retention.{name}",
            [
                Level(literal(label), statistic_id("retention", name, label))
                for label in cohort.sample.conditions().values()
            ],
        )
        for name in dict.fromkeys(name for names in shown for name in names)
    ]


def _families(study: Study, labels: Mapping[str, str]) -> dict[str, Family]:
    return {
        name: Family(
            id=name,
            title=literal(family.title),
            reason=with_symbols(literal(family.reason)),
            direction=family.direction or "",
            dataset=family.dataset,
            targets=[
                Target(
                    y,
                    labels[y],
                    [Pair(x, y, labels[x], labels[y], f"{name}.{x}.{y}") for x in family.x],
                )
                for y in family.y
            ],
        )
        for name, family in study.correlations.items()
    }


def _comparisons(study: Study, cohort: Cohort, labels: Mapping[str, str]) -> dict[str, Comparison]:
    name = cohort.sample.condition
    conditions = list(cohort.sample.variables[name].levels.values()) if name else []
    return {
        name: Comparison(
            id=name,
            title=literal(comparison.title),
            reason=with_symbols(literal(comparison.reason)),
            dataset=comparison.dataset,
            statistic="f" if len(conditions) > 2 else "t",
            conditions=[literal(each) for each in conditions],
            tests=[
                Test(
                    each,
                    labels[each],
                    f"{name}.{each}",
                    [statistic_id(name, each, level, "mean") for level in conditions],
                )
                for each in comparison.measures
            ],
        )
        for name, comparison in study.conditions.items()
    }


def _questionnaires(instrument: Instrument, study: Study, cohort: Cohort) -> Questionnaires:
    used = {
        (measure.rater, measure.occasion)
        for measure in study.measures.values()
        if measure.instrument == instrument.instrument
    }
    occasions: dict[str, list[str]] = {}
    for asked in cohort.selections():
        if asked.instrument == instrument.instrument and (asked.rater, asked.occasion) in used:
            when = occasion_words(asked.occasion)
            if when not in occasions.setdefault(asked.rater, []):
                occasions[asked.rater].append(when)
    return Questionnaires(
        id=instrument.instrument,
        name=literal(instrument.name),
        abbreviation=literal(instrument.abbreviation),
        citation_key=instrument.citation_key,
        n_items=apa.number(instrument.n_items, 0),
        minimum=apa.number(instrument.response.minimum, 0),
        maximum=apa.number(instrument.response.maximum, 0),
        has_items=any(each.instrument == instrument.instrument for each in cohort.questionnaires),
        given=[f"the {rater} at {literal(listing(when))}" for rater, when in occasions.items()],
        states=[literal(occasion_words(state)) for state in instrument.states],
        missing_rules=list(
            dict.fromkeys(
                _rule_of(measure.scale, instrument, cohort)
                for measure in study.measures.values()
                if measure.instrument == instrument.instrument and measure.scale
            )
        ),
        scales=[
            _scale(name, measure, instrument)
            for name, measure in study.measures.items()
            if measure.instrument == instrument.instrument
        ],
        version=instrument.version,
        confidence=CONFIDENCE_WORDS[instrument.confidence.level],
    )


def _scale(name: str, measure: Measure, instrument: Instrument) -> Scale:
    lowest, highest = instrument.score_range(str(measure.scale))
    return Scale(
        label=literal(measure.label),
        prefix=statistic_id("reliability", *_reliability_key(measure)),
        measure=name,
        lowest=apa.number(lowest, 0),
        highest=apa.number(highest, 0),
    )


def _reliability_key(measure: Measure) -> list[str]:
    key = (measure.instrument, measure.scale, measure.rater, measure.occasion, measure.state)
    return [part for part in key if part]


def _rule_of(scale: str, instrument: Instrument, cohort: Cohort) -> str:
    """A scale's missing rule as a clause; one that this cohort chose says where it comes from."""
    rule = instrument.missing_rule(scale)
    words = rule_in_words(rule)
    if rule != cohort.missing_rules.get(instrument.instrument):
        return words
    return f"{words} ({literal(rule.source)})"
