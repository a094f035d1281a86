"""Declaration of the description of the sample: the key `variables` of a study, and its tables."""

from collections.abc import Iterator

from attune.analyses.analysis import (
    Analysis,
    CountOf,
    FigureKind,
    StatisticGroup,
    TableKind,
    measures_and_outcomes,
)
from attune.specs.closed_model import ClosedModel, did_you_mean
from attune.specs.cohort import Cohort
from attune.specs.instrument import Identifier
from attune.specs.study import Figure, Study, Table


class SampleSections(ClosedModel):
    """What the description of the sample adds to a study file."""

    variables: list[Identifier] = []
    """Variables of the sample sheet that are described (counts, median, range)."""


def described_variables(study: Study) -> list[str]:
    """Variables of the sample sheet that a study describes."""
    return study.variables if isinstance(study, SampleSections) else []


def plan_problems(study: Study, cohort: Cohort) -> Iterator[str]:
    """Variables that the sample sheet does not hold, or that cannot be described."""
    known = cohort.sample.variables
    for name in described_variables(study):
        if name not in known:
            yield f"variables: {name!r} is not in the sample sheet. {did_you_mean(name, [*known])}"
    for name in described_variables(study):
        if name in known and known[name].kind == "date":
            yield f"variables: {name!r} is a date; only numbers and categories are described"


def scored_measures(study: Study) -> list[str]:
    """Measures that come from an instrument: those whose retention is counted."""
    return [name for name in study.measures_of_dyads() if study.measures[name].instrument]


def described(study: Study) -> list[str]:
    """What ids of the sample's statistics may name behind `sample`."""
    names = [*study.measures, *study.outcomes]
    return ["all", "therapists", *described_variables(study), *names]


def described_categories(table: Table, study: Study, cohort: Cohort) -> list[str]:
    """Described variables whose levels a table can count."""
    known = cohort.sample.variables
    return [
        name
        for name in described_variables(study)
        if name in known and known[name].kind == "category"
    ]


def describable(table: Table, study: Study, cohort: Cohort) -> list[str]:
    """Measures and variables whose distribution a table can print."""
    return [*study.measures_of_dyads(), *cohort.sample.variables]


def distributable(table: Table, study: Study, cohort: Cohort) -> list[str]:
    """Measures whose floor, ceiling and skewness a table can print, and outcomes."""
    return [*study.measures_of_dyads(), *study.outcomes]


def retainable(table: Table, study: Study, cohort: Cohort) -> list[str]:
    """Measures whose retention a table can print."""
    return scored_measures(study)


def _answers_of_therapists(figure: Figure, study: Study, count_of: CountOf) -> str:
    """How the figure of missing answers counts therapists with several patients."""
    asked = any(measure.rater == "therapist" for measure in study.measures.values())
    therapists, dyads = count_of("sample.therapists.n"), count_of("sample.all.n")
    if not asked or not therapists or therapists == dyads:
        return ""
    return (
        "Therapists' answers about themselves are in the columns of all of their patients; the"
        " percentage counts them once for each therapist."
    )


ANALYSIS = Analysis(
    name="sample",
    title="Sample and scores",
    place=10,
    rule="describe_sample",
    sections=SampleSections,
    plan_problems=plan_problems,
    groups={
        "sample": StatisticGroup("Sample and scores", terms=lambda study: [described(study)]),
        "therapists": StatisticGroup("Therapists"),
        "retention": StatisticGroup("Retention", terms=lambda study: [list(study.measures)]),
        "missingness": StatisticGroup("Missing answers", of_questionnaires=True),
    },
    tables={
        "frequencies": TableKind(
            rows=described_variables,
            printable=described_categories,
            needs_rows="`variables:` of the study names no category of the sample sheet",
        ),
        "descriptives": TableKind(printable=describable, of_measures=True),
        "distributions": TableKind(printable=distributable, of_measures=True),
        "therapist_shares": TableKind(
            rows=measures_and_outcomes, printable=None, interval="describe_sample.interval"
        ),
        "missingness": TableKind(needs_items=True),
        "retention": TableKind(printable=retainable, of_measures=True),
    },
    figures={
        "missingness": FigureKind(
            "Each column is one of the {cases}. At the right is the percentage of item responses"
            " that are missing.",
            needs_items=True,
            further=_answers_of_therapists,
        ),
        "therapist_deviations": FigureKind(
            "Each point is one therapist with two or more scores, in ascending order, without a"
            " name: the deviation from the average therapist, drawn towards it the more, the fewer"
            " patients there are, with its {interval} interval. Scores in which the variance"
            " between therapists is estimated as zero are not drawn.",
            interval="describe_sample.interval",
        ),
    },
)
