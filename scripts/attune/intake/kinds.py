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
    StatisticKind(
        id="exclusions.<number>.rows_n",
        rule="validate_responses",
        label="number of rows left out for this reason",
        formula="rows of the raw files that the exclusion names",
        function="attune.intake.reading.exclusions.exclusion_counts",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
    StatisticKind(
        id="exclusions.<number>.people_n",
        rule="validate_responses",
        label="number of people left out for this reason",
        formula="ids that are in the sample sheet before the exclusion and not after it",
        function="attune.intake.reading.exclusions.exclusion_counts",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
)
"""Of each severity, and of each rule that was broken; and of each exclusion. People who are not
part of the sample are not suppressed where they are few: a flow of participants has to name
them."""
