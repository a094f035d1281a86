"""The declared searches for sudden gains, as templates use them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from attune.analyses.sudden_gains.declaration import (
    ReliableChange,
    SuddenGainSearch,
    gain_searches,
)
from attune.printing.context import occasion_words
from attune.printing.text import Text, literal
from attune.specs.cohort import Cohort
from attune.specs.study import Study
from attune.store.statistic_rows import statistic_id


@dataclass(frozen=True)
class Event:
    """Gains or losses in one measure."""

    word: str
    """gain or loss."""
    prefix: str


@dataclass(frozen=True)
class SearchedMeasure:
    """One measure of a search: `prefix` begins the ids of its statistics."""

    label: Text
    prefix: str
    events: list[Event]
    early: str
    """Beginning of the ids of early response; "" without it."""


@dataclass(frozen=True)
class SearchFacts:
    """One entry of the study's `sudden_gains`."""

    id: str
    title: Text
    reason: Text
    dataset: str
    measures: list[SearchedMeasure]
    has_cutoff: bool
    reliable: bool
    """Whether the cut-off is the reliable change."""
    has_share: bool
    stability: str
    """pooled_sd, standard_error or ""."""
    by: Text
    """The occasion of early response, in words; "" without it."""
    last_before: bool
    in_manuscript: bool
    """Whether the manuscript has a table or figure of it."""
    has_tests: bool = False
    """It counts; nothing in it takes patients as independent."""


def facts(
    study: Study, cohort: Cohort, labels: Mapping[str, Text], written: Callable[[str], Text]
) -> dict[str, SearchFacts]:
    """The searches of a study by id; see `attune.documents.document_facts`."""
    found = {}
    for name, search in gain_searches(study).items():
        rule, early = search.gains, search.early_response
        found[name] = SearchFacts(
            id=name,
            title=literal(search.title),
            reason=written(search.reason),
            dataset=search.dataset,
            measures=[_measure(name, measure, search, labels) for measure in search.measures],
            has_cutoff=rule is not None and rule.cutoff is not None,
            reliable=rule is not None and isinstance(rule.cutoff, ReliableChange),
            has_share=rule is not None and rule.share is not None,
            stability=(rule.stability or "") if rule else "",
            by=literal(occasion_words(early.occasion) if early else ""),
            last_before=early is not None and early.missing == "last_before",
            in_manuscript=name in study.in_manuscript(),
        )
    return found


def _measure(
    name: str, measure: str, search: SuddenGainSearch, labels: Mapping[str, Text]
) -> SearchedMeasure:
    words = {"gains": "gain", "losses": "loss"}
    return SearchedMeasure(
        label=labels[measure],
        prefix=statistic_id(name, measure),
        events=[Event(words[one], statistic_id(name, measure, one)) for one in search.events],
        early=statistic_id(name, measure, "early") if search.early_response else "",
    )
