"""Declaration of the residual gains.

The outcomes themselves belong to `attune.specs.study`: like measures, they are variables that every
analysis can name.
"""

from attune.analyses.analysis import (
    MOST_LINES,
    Analysis,
    CountOf,
    FigureKind,
    StatisticGroup,
    TableKind,
)
from attune.specs.cohort import Cohort
from attune.specs.study import Figure, Study, Table


def outcomes(study: Study) -> list[str]:
    """Ids of the outcomes of a study."""
    return list(study.outcomes)


def printable_outcomes(table: Table, study: Study, cohort: Cohort) -> list[str]:
    """Outcomes that a table of their regressions can print."""
    return outcomes(study)


def _what_stands_for_cases(figure: Figure, study: Study, count_of: CountOf) -> str:
    # Every study file is read with the declarations; this would import pandas for all of them.
    from attune.store.datasets import dataset_name

    names = figure.outcomes or list(study.outcomes)
    first = dataset_name(0, study.datasets)
    counts = [count_of(f"gains.{name}.{first}.n") or 0 for name in names]
    clouds = [count > MOST_LINES for count in counts]
    if not any(clouds):
        return "Lines are {cases} with both scores."
    points = "Other points" if all(clouds) else "Lines and other points"
    return f"{points} are {{cases}} with both scores; shaded shapes are their distributions."


ANALYSIS = Analysis(
    name="gains",
    title="Residual gains",
    place=50,
    rule="compute_residual_gains",
    asked_for=lambda study: bool(study.outcomes),
    not_asked_for="the plan has no change over time",
    groups={"gains": StatisticGroup("Residual gains", terms=lambda study: [outcomes(study)])},
    tables={"gains": TableKind(rows=outcomes, printable=printable_outcomes)},
    figures={
        "prepost": FigureKind(
            "Black points are means with their {interval} confidence intervals.",
            interval="compute_residual_gains.interval",
            further=_what_stands_for_cases,
        )
    },
    shared_tables=("gains",),
    columns={
        "outcome": "Outcome whose change was computed",
        "pretest": "Score before treatment, in the units of the outcome",
        "posttest": "Score after treatment, in the units of the outcome",
        "raw_gain": "Posttest minus pretest",
        "residual_gain": "Posttest minus what the pretest predicts by least squares",
    },
)
