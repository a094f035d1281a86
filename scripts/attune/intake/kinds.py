"""Kinds of statistics of the intake: counts of what was found in the raw files."""

from attune.store.statistic_kinds import COUNT, NOT_NEGATIVE, StatisticKind

KINDS = (
    StatisticKind(
        id="violations.<severity>[.<rule>].count",
        rule="validate_responses",
        label="count of findings in the raw files",
        formula="findings of this severity or rule",
        function="attune.intake.reading.violations.violation_counts",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
)
"""Of each severity, and of each rule that was broken."""
