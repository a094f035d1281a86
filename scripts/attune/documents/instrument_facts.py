"""Template context of the questionnaires: how the study uses each, and its scoring key."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from attune.analyses.analysis import Level
from attune.printing import apa
from attune.printing.context import occasion_words, when_given
from attune.printing.key_words import CONFIDENCE, rule_in_words
from attune.printing.text import Text, key_fact, literal
from attune.printing.wording import listing
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument, MissingRule
from attune.specs.study import Measure, Study, at_each_occasion
from attune.store.statistic_rows import statistic_id


@dataclass(frozen=True)
class Scale(Level):
    """A measure that is a score; the ids of its reliability begin with `prefix`."""

    measure: str
    name: Text
    """The instrument's name of the scale."""
    meaning: Text
    """What a higher score means; empty where the scoring key does not say so."""
    coverage: str
    """Begins the ids that count how its scores came about."""
    asked: str
    """Id of the number of people who were asked."""
    lowest: Text
    """The lowest and highest score that complete responses can give."""
    highest: Text


@dataclass(frozen=True)
class Rule:
    """A missing rule of the scales in use.

    Attributes
    ----------
    rule : MissingRule
    chosen : bool
        Whether this cohort chose it; then its source is given.
    key : str
        Where the instrument's file holds it.
    """

    rule: MissingRule
    chosen: bool
    key: str

    @property
    def share(self) -> str:
        """The largest share of missing items, in percent."""
        return apa.coverage(self.rule.max_missing_share)

    def clause(self, share: Text | str) -> str:
        """The rule as a clause; `share` is how the largest share of missing items is printed."""
        words = rule_in_words(self.rule, str(share))
        return f"{words} ({literal(self.rule.source)})" if self.chosen else words


@dataclass(frozen=True)
class OtherRange:
    """Items that are rated on another range than the rest of their instrument."""

    n_items: Text
    minimum: Text
    maximum: Text


@dataclass(frozen=True)
class Questionnaires:
    """An instrument as the study uses it."""

    id: str
    name: Text
    abbreviation: Text
    citation_key: str
    """Entry of the bibliography; "" where it has none and `citation` is printed."""
    citation: Text
    n_items: Text
    minimum: Text
    maximum: Text
    other_ranges: list[OtherRange]
    """Ranges of the items that have one of their own."""
    given: list[str]
    """Who filled it in and when, such as `the therapist at baseline`."""
    has_items: bool
    """Whether the cohort holds answers to its items, and not scores only."""
    states: list[Text]
    """States that were rated one by one, such as worst."""
    rules: list[Rule]
    """What happens to unanswered items of the scales in use."""
    scales: list[Scale]
    """Scales that are measures of the study."""
    version: Text
    """Version of the scoring key."""
    confidence: str
    """How well the scoring key is established, as the predicate of a sentence."""

    @property
    def missing_rules(self) -> list[str]:
        """What happens to unanswered items, as clauses."""
        return rules_of([self])

    @property
    def rule_words(self) -> list[str]:
        """The same without the source of its numbers: equal for instruments that share rules."""
        return [rule.clause(rule.share) for rule in self.rules]


def questionnaires(instrument: Instrument, study: Study, cohort: Cohort) -> Questionnaires:
    """An instrument as the study uses it; numbers of its key carry where they come from."""
    used = {
        (measure.rater, occasion)
        for measure in study.measures.values()
        if measure.instrument == instrument.instrument
        for occasion in [one.occasion for one in at_each_occasion(measure, study)]
    }
    occasions: dict[str, list[str]] = {}
    for entry in cohort.selections():
        if entry.instrument == instrument.instrument and (entry.rater, entry.occasion) in used:
            occasions.setdefault(entry.rater, []).append(entry.occasion)
    return Questionnaires(
        id=instrument.instrument,
        name=literal(instrument.name),
        abbreviation=literal(instrument.abbreviation),
        citation_key=instrument.citation_key,
        citation=literal(instrument.printed_citation),
        n_items=_fact(instrument, "n_items", instrument.n_items),
        minimum=_fact(instrument, "response.minimum", instrument.response.minimum),
        maximum=_fact(instrument, "response.maximum", instrument.response.maximum),
        other_ranges=[
            OtherRange(
                *(
                    _fact(instrument, f"item_ranges.{low}_{high}.{name}", value)
                    for name, value in (
                        ("n_items", len(items)),
                        ("minimum", low),
                        ("maximum", high),
                    )
                )
            )
            for (low, high), items in instrument.items_by_range().items()
        ],
        has_items=any(
            questionnaire.instrument == instrument.instrument
            for questionnaire in cohort.questionnaires
        ),
        given=given_by(occasions, study),
        states=[literal(occasion_words(state)) for state in instrument.states],
        rules=_rules(instrument, study, cohort),
        scales=[
            _scale(
                name,
                at,
                instrument,
                "" if measure.occasion else when_given([str(at.occasion)], study),
            )
            for name, measure in study.measures.items()
            if measure.instrument == instrument.instrument
            for at in at_each_occasion(measure, study)
        ],
        version=key_fact(instrument.version, f"{instrument.instrument}.version"),
        confidence=CONFIDENCE[instrument.confidence.level],
    )


def given_by(occasions: Mapping[str, Sequence[str]], study: Study) -> list[str]:
    """Who filled in a questionnaire and when; raters of the same occasions together."""
    raters: dict[str, list[str]] = {}
    for rater, ids in occasions.items():
        raters.setdefault(when_given(ids, study), []).append(f"the {rater}")
    return [f"{listing(together)} {literal(when)}" for when, together in raters.items()]


def _scale(name: str, measure: Measure, instrument: Instrument, when: str) -> Scale:
    """A scale at an occasion, which its label names where the measure has one value for each."""
    lowest, highest = instrument.score_range(str(measure.scale))
    return Scale(
        label=literal(f"{measure.label} {when}".rstrip()),
        prefix=statistic_id("reliability", *_reliability_key(measure)),
        measure=name,
        name=literal(instrument.scales[str(measure.scale)].label),
        meaning=literal(instrument.scales[str(measure.scale)].higher_means),
        coverage=statistic_id("scores", *_coverage_key(measure)),
        asked=statistic_id("missingness", *_coverage_key(measure)[:-1], "n_dyads"),
        lowest=_fact(instrument, f"scales.{measure.scale}.lowest", lowest),
        highest=_fact(instrument, f"scales.{measure.scale}.highest", highest),
    )


def _fact(instrument: Instrument, key: str, value: float) -> Text:
    return key_fact(apa.number(value, 0), f"{instrument.instrument}.{key}")


def _reliability_key(measure: Measure) -> list[str]:
    key = (measure.instrument, measure.scale, measure.rater, measure.occasion, measure.state)
    return [part for part in key if part]


def _coverage_key(measure: Measure) -> list[str]:
    key = (measure.instrument, measure.rater, measure.occasion, measure.state, measure.scale)
    return [part for part in key if part]


def _rules(instrument: Instrument, study: Study, cohort: Cohort) -> list[Rule]:
    """Missing rules of the scales in use, each once."""
    rules: dict[str, Rule] = {}
    for measure in study.measures.values():
        if measure.instrument != instrument.instrument or not measure.scale:
            continue
        declared = instrument.missing_rule(measure.scale)
        chosen = declared == cohort.missing_rules.get(instrument.instrument)
        key = f"{instrument.instrument}.scales.{measure.scale}.missing"
        rule = Rule(declared, chosen, key)
        rules.setdefault(rule.clause(rule.share), rule)
    return list(rules.values())


def rules_of(group: Iterable[Questionnaires]) -> list[str]:
    """Missing rules of instruments that share them, as clauses; shares name all their keys."""
    return [
        same[0].clause(key_fact(same[0].share, " ".join(rule.key for rule in same)))
        for same in zip(*(questionnaire.rules for questionnaire in group), strict=True)
    ]
