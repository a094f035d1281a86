"""The outcomes of a study, as templates use them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from attune.printing.context import occasion_words
from attune.printing.text import Text, literal
from attune.specs.cohort import Cohort
from attune.specs.study import Study
from attune.store.datasets import dataset_name


@dataclass(frozen=True)
class Gain:
    """An outcome; `observed` begins the ids of its regression on the scores as observed."""

    id: str
    label: Text
    pretest: Text
    posttest: Text
    observed: str
    occasions: tuple[Text, ...]
    """Those of the pretest and the posttest, as they read in a sentence; the scores' labels where
    they have none."""


def facts(
    study: Study, cohort: Cohort, labels: Mapping[str, Text], written: Callable[[str], Text]
) -> list[Gain]:
    """The outcomes of a study; see `attune.documents.document_facts`."""
    return [
        Gain(
            name,
            literal(outcome.label),
            labels[outcome.pretest],
            labels[outcome.posttest],
            f"gains.{name}.{dataset_name(0, study.datasets)}",
            tuple(
                literal(occasion_words(occasion)) if occasion else labels[measure]
                for measure in (outcome.pretest, outcome.posttest)
                for occasion in [study.measures[measure].occasion]
            ),
        )
        for name, outcome in study.outcomes.items()
    ]
