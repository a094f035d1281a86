"""Declaration of the internal consistency of scales, which every cohort with items has."""

from attune.analyses.analysis import Analysis, StatisticGroup, TableKind

ANALYSIS = Analysis(
    name="reliability",
    title="Internal consistency",
    place=30,
    rule="estimate_reliability",
    groups={"reliability": StatisticGroup("Internal consistency", of_questionnaires=True)},
    tables={"reliability": TableKind(needs_items=True, interval="estimate_reliability.interval")},
)
