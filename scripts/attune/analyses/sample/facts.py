"""The described variables and the measures whose retention is shown, as templates use them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from attune.analyses.analysis import Level
from attune.analyses.sample.declaration import described_variables, scored_measures
from attune.analyses.sample.therapists import therapist_scores
from attune.printing.text import Text, literal, named
from attune.specs.cohort import Cohort
from attune.specs.study import Study
from attune.store.statistic_rows import snake_case, statistic_id


@dataclass(frozen=True)
class Described:
    """A variable of the sample sheet; `sample.<id>` begins its ids."""

    id: str
    label: Text
    kind: str
    unit: Text
    levels: list[Level]
    """Of a category; `missing` is not among them."""


@dataclass(frozen=True)
class Retained(Level):
    """A measure that a table of kind retention shows; `prefix` begins the ids of its numbers."""

    conditions: list[Level]


@dataclass(frozen=True)
class Distribution(Level):
    """A measure or residual gain; `prefix` begins the ids of its floor, ceiling and skewness."""

    id: str
    regressed: bool
    """Whether it is the pretest or posttest of an outcome."""


@dataclass(frozen=True)
class OfTherapists(Level):
    """A score whose variance between therapists is described; `prefix` begins its ids."""

    given_pretest: bool
    by_occasion: bool
    """Whether its last occasion is meant."""
    in_manuscript: bool
    """Outcomes, or where the study has none all scores that are not models of occasions."""


@dataclass(frozen=True)
class SampleFacts:
    """What the study describes of the sample."""

    variables: list[Described] = field(default_factory=list)
    retained: list[Retained] = field(default_factory=list)
    distributions: list[Distribution] = field(default_factory=list)
    """Measures and residual gains."""
    of_therapists: list[OfTherapists] = field(default_factory=list)
    given_condition: bool = False
    """Whether shares of therapists are given the treatment condition."""


def facts(
    study: Study, cohort: Cohort, labels: Mapping[str, Text], written: Callable[[str], Text]
) -> SampleFacts:
    """The description of the sample; see `attune.documents.document_facts`."""
    variables = cohort.sample.variables
    return SampleFacts(
        variables=[
            Described(
                name,
                literal(variable.label),
                variable.kind,
                literal(variable.unit),
                [
                    Level(named(level), f"sample.{name}.{snake_case(level)}")
                    for level in variable.levels.values()
                ],
            )
            for name in described_variables(study)
            if (variable := variables.get(name)) is not None
        ],
        retained=_retained(study, cohort, labels),
        distributions=list(_distributions(study, labels)),
        of_therapists=[
            OfTherapists(
                labels[score.name],
                f"therapists.{score.name}",
                bool(score.pretest),
                score.by_occasion,
                score.name in study.outcomes or not (study.outcomes or score.by_occasion),
            )
            for score in therapist_scores(study)
        ],
        given_condition=len(cohort.sample.conditions()) > 1,
    )


def _distributions(study: Study, labels: Mapping[str, Text]) -> Iterator[Distribution]:
    by_occasion = study.measures_by_occasion()
    regressed = {
        name for outcome in study.outcomes.values() for name in (outcome.pretest, outcome.posttest)
    }
    for name in study.measures:
        if name not in by_occasion:
            yield Distribution(labels[name], f"sample.{name}", name, name in regressed)
    for name in study.outcomes:
        yield Distribution(labels[name], f"gains.{name}.available", name, regressed=False)


def _retained(study: Study, cohort: Cohort, labels: Mapping[str, Text]) -> list[Retained]:
    tables = [table for table in study.tables.values() if table.kind == "retention"]
    measures = [table.rows or scored_measures(study) for table in tables]
    return [
        Retained(
            labels[name],
            f"retention.{name}",
            [
                Level(named(label), statistic_id("retention", name, label))
                for label in cohort.sample.conditions().values()
            ],
        )
        for name in dict.fromkeys(name for names in measures for name in names)
    ]
