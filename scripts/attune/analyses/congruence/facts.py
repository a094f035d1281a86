"""The declared congruence analyses, as templates use them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from attune.analyses.congruence.declaration import congruence_analyses
from attune.printing.text import Text, literal
from attune.specs.cohort import Cohort
from attune.specs.study import Study
from attune.store.statistic_rows import statistic_id


@dataclass(frozen=True)
class Surface:
    """One surface: `prefix` plus `.a4` and the like are the ids of its statistics."""

    label: Text
    prefix: str
    agreement: str
    """Beginning of the ids of how many dyads agree."""


@dataclass(frozen=True)
class CongruenceFacts:
    """One entry of the study's `congruence`."""

    id: str
    title: Text
    reason: Text
    dataset: str
    ratings: list[Text]
    surfaces: list[Surface]
    better: str
    """higher or lower: the outcome that agreement is expected to go with."""
    centre: str
    hc3: bool
    covariates: list[Text]
    truth: Text
    judgement: Text
    bias: Text
    judged: str
    """Beginning of the ids of the truth and bias model; "" without one."""
    in_manuscript: bool
    """Whether the manuscript has a table or figure of it."""


def facts(
    study: Study, cohort: Cohort, labels: Mapping[str, Text], written: Callable[[str], Text]
) -> dict[str, CongruenceFacts]:
    """The congruence analyses of a study by id; see `attune.documents.document_facts`."""
    nothing = literal("")
    return {
        name: CongruenceFacts(
            id=name,
            title=literal(analysis.title),
            reason=written(analysis.reason),
            dataset=analysis.dataset,
            ratings=[labels[rating] for rating in analysis.ratings],
            surfaces=[
                Surface(
                    labels[outcome],
                    statistic_id(name, outcome),
                    statistic_id(name, outcome, "agreement"),
                )
                for outcome in analysis.outcomes
            ],
            better="higher" if analysis.higher_is_better else "lower",
            centre=analysis.centre,
            hc3=analysis.hc3,
            covariates=[labels[covariate] for covariate in analysis.covariates],
            truth=labels[analysis.truth] if analysis.truth else nothing,
            judgement=labels[analysis.judgement] if analysis.truth else nothing,
            bias=labels[analysis.bias] if analysis.bias else nothing,
            judged=statistic_id(name, analysis.judgement) if analysis.truth else "",
            in_manuscript=name in study.in_manuscript(),
        )
        for name, analysis in congruence_analyses(study).items()
    }
