"""The declared models of both partners, as templates use them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from attune.analyses.partners.declaration import (
    Partners,
    actor_partner_designs,
    one_with_many_designs,
)
from attune.printing.context import occasion_words
from attune.printing.text import Text, literal
from attune.specs.cohort import Cohort
from attune.specs.study import Study
from attune.store.statistic_rows import statistic_id


@dataclass(frozen=True)
class Report:
    """One partner's report at one occasion: `prefix` begins the ids of its statistics."""

    label: Text
    prefix: str


@dataclass(frozen=True)
class Partition:
    """A one-with-many model at one occasion."""

    when: Text
    """As it reads in a sentence: "at session 3"; "" where the reports have one occasion."""
    prefix: str
    reports: list[Report]


@dataclass(frozen=True)
class Member:
    """One partner of an actor-partner model."""

    label: Text
    """Of the outcome."""
    own: Text
    """Of the predictor of the same partner."""
    other: Text
    prefix: str


@dataclass(frozen=True)
class PartnerFacts:
    """One entry of the study's `partners`."""

    id: str
    title: Text
    reason: Text
    dataset: str
    design: str
    in_manuscript: bool
    """Whether the manuscript has a table or figure of it."""
    partitions: list[Partition] = field(default_factory=list)
    method: str = ""
    members: list[Member] = field(default_factory=list)
    has_covariates: bool = False

    @property
    def models_therapists(self) -> bool:
        """Whether it allows for patients of one therapist being alike."""
        return self.design == "one_with_many"


def facts(
    study: Study, cohort: Cohort, labels: Mapping[str, Text], written: Callable[[str], Text]
) -> dict[str, PartnerFacts]:
    """The models of both partners of a study by id; see `attune.documents.document_facts`."""
    many, pairs = one_with_many_designs(study), actor_partner_designs(study)
    shown = study.in_manuscript()
    found = {}
    for name, entry in (many | pairs).items():
        found[name] = PartnerFacts(
            id=name,
            title=literal(entry.title),
            reason=written(entry.reason),
            dataset=entry.dataset,
            design=entry.design,
            in_manuscript=name in shown,
            partitions=_partitions(name, many[name], labels) if name in many else [],
            method=many[name].method if name in many else "",
            members=_members(name, pairs[name], labels) if name in pairs else [],
            has_covariates=name in pairs and bool(pairs[name].covariates),
        )
    return found


def _partitions(name: str, design: Partners, labels: Mapping[str, Text]) -> list[Partition]:
    return [
        Partition(
            when=literal(f"at {occasion_words(occasion)}" if occasion else ""),
            prefix=statistic_id(name, occasion),
            reports=[
                Report(labels[report], statistic_id(name, report, occasion))
                for report in design.reports
            ],
        )
        for occasion in design.times
    ]


def _members(name: str, design: Partners, labels: Mapping[str, Text]) -> list[Member]:
    return [
        Member(
            label=labels[outcome],
            own=labels[design.predictors[place]],
            other=labels[design.predictors[1 - place]],
            prefix=statistic_id(name, outcome),
        )
        for place, outcome in enumerate(design.outcomes)
    ]
