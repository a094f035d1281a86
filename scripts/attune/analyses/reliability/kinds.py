"""Kinds of statistics of the internal consistency of scales."""

import math

from attune.store.statistic_kinds import SHARE, PrintFormat, StatisticKind
from attune.store.tolerances import ITERATED

_RULE = "estimate_reliability"
_PLACE = "reliability.<instrument>.<scale>.<rater>.<occasion>[.<state>]"

KINDS = (
    StatisticKind(
        id=f"{_PLACE}.alpha",
        rule=_RULE,
        label="Cronbach's alpha",
        formula="α = k / (k − 1) · (1 − Σ item variances / variance of their sum);"
        " Feldt's interval",
        function="attune.analyses.reliability.estimate.cronbach_alpha",
        doi="10.1007/BF02310555",
        symbol="α",
        print_format=PrintFormat("bounded"),
        allowed=(-math.inf, 1.0),  # negative where items correlate negatively on average
    ),
    StatisticKind(
        id=f"{_PLACE}.alpha_robust",
        rule=_RULE,
        label="Cronbach's alpha with an interval that does not assume normal scores",
        formula="α; interval from ln(1 − α) with each questionnaire left out in turn",
        function="attune.stats.robust_intervals.robust_alpha_interval",
        doi="10.1037/1082-989X.12.2.157",
        symbol="α",
        print_format=PrintFormat("bounded", interval="robust CI"),
        allowed=(-math.inf, 1.0),
    ),
    StatisticKind(
        id=f"{_PLACE}.omega",
        rule=_RULE,
        label="omega total of a one-factor model",
        formula="ω = (Σ loadings)² / [(Σ loadings)² + Σ uniquenesses]; interval from ln(1 − ω) with"
        " each questionnaire left out in turn",
        function="attune.stats.omega.omega_total",
        doi="10.4324/9781410601087",
        symbol="ω",
        print_format=PrintFormat("bounded"),
        allowed=SHARE,
        tolerance=ITERATED,
    ),
)
"""Kinds of statistics of each scale whose items are in the data, by questionnaire."""
