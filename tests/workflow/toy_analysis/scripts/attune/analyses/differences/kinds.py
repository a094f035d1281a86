"""Kinds of statistics of the distances between measures."""

from attune.store.statistic_kinds import NOT_NEGATIVE, StatisticKind

KINDS = (
    StatisticKind(
        id="<pair>.<first>.<second>.mean_absolute_difference",
        rule="compare_measures",
        label="mean absolute difference of two measures",
        formula="Σ|x − y| / n",
        function="attune.analyses.differences.estimate.mean_absolute_difference",
        symbol="*MAD*",
        allowed=NOT_NEGATIVE,
    ),
)
