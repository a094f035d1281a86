"""Declaration of the counts of violations, found by `attune.intake`."""

from attune.analyses.analysis import Analysis, StatisticGroup, TableKind

ANALYSIS = Analysis(
    name="violations",
    title="Quality of the raw data",
    place=90,
    rule="validate_responses",
    groups={
        "violations": StatisticGroup("What was found in the raw files"),
        "exclusions": StatisticGroup("Rows and people left out"),
    },
    tables={"violations": TableKind()},
)
