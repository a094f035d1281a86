"""The declared correlations over occasions, as templates use them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from attune.analyses.repeated_correlations.declaration import repeated_families
from attune.printing.text import Text, literal
from attune.specs.cohort import Cohort
from attune.specs.study import Study
from attune.store.statistic_rows import statistic_id


@dataclass(frozen=True)
class RepeatedPair:
    """One pair: `prefix` plus `.within_r` and the like are the ids of its statistics."""

    x_label: Text
    y_label: Text
    prefix: str


@dataclass(frozen=True)
class RepeatedFacts:
    """One entry of the study's `repeated_correlations`."""

    id: str
    title: Text
    reason: Text
    dataset: str
    level: str
    """within, between or both."""
    direction: str | None
    pairs: list[RepeatedPair]
    in_manuscript: bool
    """Whether the manuscript has a table or figure of it."""


def facts(
    study: Study, cohort: Cohort, labels: Mapping[str, Text], written: Callable[[str], Text]
) -> dict[str, RepeatedFacts]:
    """The families of a study by id; see `attune.documents.document_facts`."""
    return {
        name: RepeatedFacts(
            id=name,
            title=literal(family.title),
            reason=written(family.reason),
            dataset=family.dataset,
            level=family.level,
            direction=family.direction,
            pairs=[
                RepeatedPair(labels[x], labels[y], statistic_id(name, x, y))
                for x, y in family.pairs()
            ],
            in_manuscript=name in study.in_manuscript(),
        )
        for name, family in repeated_families(study).items()
    }
