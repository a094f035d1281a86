"""The outcomes of a study, as templates use them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from attune.printing.text import Text, literal
from attune.specs.cohort import Cohort
from attune.specs.study import Study


@dataclass(frozen=True)
class Gain:
    """An outcome; `gains.<id>.<dataset>` begins the ids of its regression."""

    id: str
    label: Text
    pretest: Text
    posttest: Text


def facts(
    study: Study, cohort: Cohort, labels: Mapping[str, Text], written: Callable[[str], Text]
) -> list[Gain]:
    """The outcomes of a study; see `attune.documents.document_facts`."""
    return [
        Gain(name, literal(outcome.label), labels[outcome.pretest], labels[outcome.posttest])
        for name, outcome in study.outcomes.items()
    ]
