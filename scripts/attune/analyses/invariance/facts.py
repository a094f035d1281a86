"""The declared tests of invariance, as templates use them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from attune.analyses.invariance.declaration import Invariance, invariance_tests
from attune.analyses.invariance.design import set_words
from attune.printing.context import condition_names, when_given
from attune.printing.text import Text, literal
from attune.printing.wording import listing
from attune.specs.cohort import Cohort
from attune.specs.study import Study
from attune.store.statistic_rows import statistic_id


@dataclass(frozen=True)
class AnswerSet:
    """A condition, rater or occasion: `prefix` begins the ids of its statistics."""

    label: Text
    prefix: str


@dataclass(frozen=True)
class InvarianceFacts:
    """One entry of the study's `invariance`."""

    id: str
    title: Text
    reason: Text
    dataset: str
    scale: Text
    """Label of a measure of the study that is the same scale; empty where it has none."""
    in_manuscript: bool
    """Whether the manuscript has a table of it."""
    across: str
    where: Text
    """Which conditions, raters or occasions are compared, with their preposition, and where they
    are not occasions, when the items were answered."""
    clustered: bool
    robust: bool
    steps: list[str]
    sets: list[AnswerSet]

    @property
    def models_therapists(self) -> bool:
        """Whether it allows for patients of one therapist being alike."""
        return self.clustered


def facts(
    study: Study, cohort: Cohort, labels: Mapping[str, Text], written: Callable[[str], Text]
) -> dict[str, InvarianceFacts]:
    """The tests of invariance of a study by id; see `attune.documents.document_facts`."""
    shown = study.in_manuscript()
    return {
        name: InvarianceFacts(
            id=name,
            title=literal(test.title),
            reason=written(test.reason),
            dataset=test.dataset,
            scale=_scale_label(test, study),
            in_manuscript=name in shown,
            across=test.across,
            where=literal(_where(test, study, cohort)),
            clustered=test.cluster == "therapist",
            robust=test.robust,
            steps=list(test.steps),
            sets=[
                AnswerSet(literal(set_words(one, test, cohort)), statistic_id(name, one))
                for one in test.sets(cohort)
            ],
        )
        for name, test in invariance_tests(study).items()
    }


def _where(test: Invariance, study: Study, cohort: Cohort) -> str:
    """The sets of answers as they read behind "equal loadings"."""
    if test.across == "occasions":
        return when_given(test.occasions, study)
    words = [set_words(one, test, cohort) for one in test.sets(cohort)]
    if test.across == "conditions":
        names = condition_names(cohort)
        words = [str(names.get(label, label)) for label in words]
    compared = (
        f"by {listing(f'the {rater}' for rater in words)}"
        if test.across == "raters"
        else f"in {listing(words)}"
    )
    return f"{compared} {when_given([test.occasion], study)}" if test.occasion else compared


def _scale_label(test: Invariance, study: Study) -> Text:
    """What the study calls the scale of a test; of several measures the one of its rater."""
    found = [
        measure
        for measure in study.measures.values()
        if (measure.instrument, measure.scale) == (test.instrument, test.scale)
    ]
    own = [measure for measure in found if measure.rater == test.rater] or found
    return literal(own[0].label if own else "")
