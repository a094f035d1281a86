"""Declaration of the residual gains.

The outcomes themselves belong to `attune.specs.study`: like measures, they are variables that every
analysis can name.
"""

from attune.analyses.analysis import Analysis, FigureKind, StatisticGroup, TableKind
from attune.specs.cohort import Cohort
from attune.specs.study import Study, Table


def outcomes(study: Study) -> list[str]:
    """Ids of the outcomes of a study."""
    return list(study.outcomes)


def printable_outcomes(table: Table, study: Study, cohort: Cohort) -> list[str]:
    """Outcomes that a table of their regressions can print."""
    return outcomes(study)


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
            "Each line or point is one of the {cases} with both scores; black points are means"
            " with their {interval} confidence intervals.",
            interval="compute_residual_gains.interval",
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
