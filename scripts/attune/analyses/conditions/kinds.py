"""Kinds of statistics of the comparisons of treatment conditions."""

from attune.stats.effect_sizes import COHEN_D
from attune.store.statistic_kinds import (
    AVERAGE_IN_UNITS,
    COUNT,
    NOT_NEGATIVE,
    PrintFormat,
    StatisticKind,
)
from attune.store.tolerances import ITERATED

_RULE = "compare_conditions"
_TESTS = "attune.stats.hypothesis_tests"
_COMPARE = "attune.analyses.conditions.estimate.compare_conditions"
_EFFECT_SIZE = PrintFormat(signed=True, sizes=COHEN_D)

KINDS = (
    StatisticKind(
        id="<comparison>.<measure>.t",
        rule=_RULE,
        label="t of the difference between two conditions",
        formula="t = (M1 − M2) / SE; pooled: SE = s √(1/n1 + 1/n2), df = n1 + n2 − 2; Welch:"
        " SE = √(s1²/n1 + s2²/n2)",
        function=f"{_TESTS}.mean_difference_test",
        doi="10.1093/biomet/6.1.1",
        symbol="*t*",
        print_format=PrintFormat(signed=True, with_df=True),
        test="planned",
    ),
    StatisticKind(
        id="<comparison>.<measure>.f",
        rule=_RULE,
        label="F of the differences between the conditions",
        formula="F = mean square between / mean square within the conditions, or Welch's weighted"
        " form",
        function="attune.analyses.conditions.estimate.f_test",
        doi="10.1093/biomet/38.3-4.330",
        symbol="*F*",
        print_format=PrintFormat(with_df=True),
        allowed=NOT_NEGATIVE,
        test="planned",
    ),
    StatisticKind(
        id="<comparison>.<measure>.mean_difference",
        rule=_RULE,
        label="difference between the means of two conditions",
        formula="M1 − M2; interval ± t(df) · SE",
        function=f"{_TESTS}.mean_difference_test",
        doi="10.1093/biomet/6.1.1",
        symbol="*M*~diff~",
        print_format=PrintFormat(decimals=None, signed=True),
        test="additional",
    ),
    StatisticKind(
        id="<comparison>.<measure>.cohen_d",
        rule=_RULE,
        label="Cohen's d",
        formula="d = (M1 − M2) / s, s = √{[(n1 − 1) s1² + (n2 − 1) s2²] / (n1 + n2 − 2)}; interval"
        " from the noncentral t distribution",
        function=f"{_TESTS}.standardised_difference",
        doi="10.4324/9780203771587",
        symbol="*d*",
        print_format=_EFFECT_SIZE,
        tolerance=ITERATED,  # the limits are found by search
    ),
    StatisticKind(
        id="<comparison>.<measure>.hedges_g",
        rule=_RULE,
        label="Hedges's g",
        formula="g = d · [1 − 3 / (4(n1 + n2) − 9)]",
        function=f"{_TESTS}.standardised_difference",
        doi="10.3102/10769986006002107",
        symbol="*g*",
        print_format=_EFFECT_SIZE,
        tolerance=ITERATED,
    ),
    StatisticKind(
        id="<comparison>.<measure>.bayes_factor",
        rule=_RULE,
        label="Bayes factor of a difference between two conditions against none",
        formula="BF10 = p(t | effect size from a Cauchy prior) / p(t | no effect)",
        function="attune.stats.bayes_factors.mean_difference_bayes_factor",
        doi="10.3758/PBR.16.2.225",
        symbol="BF~10~",
        print_format=PrintFormat("bayes_factor"),
        allowed=NOT_NEGATIVE,
        tolerance=ITERATED,
    ),
    StatisticKind(
        id="<comparison>.<measure>.<condition>.mean",
        rule=_RULE,
        label="mean in a condition",
        formula="Σx / n",
        function=_COMPARE,
        symbol="*M*",
        print_format=AVERAGE_IN_UNITS,
        people="derived",
    ),
    StatisticKind(
        id="<comparison>.<measure>.<condition>.sd",
        rule=_RULE,
        label="standard deviation in a condition",
        formula="√[Σ(x − mean)² / (n − 1)]",
        function=_COMPARE,
        symbol="*SD*",
        print_format=AVERAGE_IN_UNITS,
        allowed=NOT_NEGATIVE,
        people="derived",
    ),
    StatisticKind(
        id="<comparison>.<measure>.<condition>.n",
        rule=_RULE,
        label="size of a condition",
        formula="dyads of the condition that have the measure",
        function=_COMPARE,
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
        people="count",
    ),
)
"""Of each measure of each comparison; `<comparison>` is the name that the study gives it."""
