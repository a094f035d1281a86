"""Kinds of statistics of the regressions that give the residual gains."""

from attune.store.statistic_kinds import (
    AVERAGE_IN_UNITS,
    COUNT,
    NOT_NEGATIVE,
    SHARE,
    PrintFormat,
    StatisticKind,
)

_RULE = "compute_residual_gains"
_REGRESSION = "attune.analyses.gains.estimate.regress_posttest"
_DOI = "10.1037/h0029382"

KINDS = (
    StatisticKind(
        id="gains.<outcome>.<dataset>.slope",
        rule=_RULE,
        label="slope of the posttest on the pretest",
        formula="b = Σ(x − mean x)(y − mean y) / Σ(x − mean x)², pretest x, posttest y",
        function=_REGRESSION,
        doi=_DOI,
        symbol="*b*",
        print_format=PrintFormat(decimals=3, signed=True),
        test="additional",
    ),
    StatisticKind(
        id="gains.<outcome>.<dataset>.slope_hc3",
        rule=_RULE,
        label="slope of the posttest on the pretest, with a standard error for unequal variances",
        formula="b as above; variance Σ (x − mean x)² e² / (1 − h)² / [Σ (x − mean x)²]², e the"
        " residuals, h the leverages",
        function="attune.stats.regression.hc3_slope_test",
        doi="10.1080/00031305.2000.10474549",
        symbol="*b*",
        print_format=PrintFormat(decimals=3, signed=True),
        test="additional",
    ),
    StatisticKind(
        id="gains.<outcome>.<dataset>.intercept",
        rule=_RULE,
        label="intercept of the posttest on the pretest",
        formula="mean y − b · mean x, pretest x, posttest y",
        function=_REGRESSION,
        doi=_DOI,
        symbol="*b*~0~",
        print_format=PrintFormat(decimals=3),
        test="additional",
    ),
    StatisticKind(
        id="gains.<outcome>.<dataset>.r_squared",
        rule=_RULE,
        label="share of the posttest's variance that the pretest predicts",
        formula="1 − Σ(y − predicted y)² / Σ(y − mean y)²",
        function=_REGRESSION,
        doi=_DOI,
        symbol="*r*^2^",
        print_format=PrintFormat("bounded", 3, share=True),
        allowed=SHARE,
    ),
    StatisticKind(
        id="gains.<outcome>.<dataset>.sd",
        rule=_RULE,
        label="standard deviation of the residual gain",
        formula="√[Σ e² / (n − 1)], residual gains e, whose mean is zero",
        function="attune.analyses.gains.estimate.residual_gain_sd",
        doi=_DOI,
        symbol="*SD*",
        print_format=AVERAGE_IN_UNITS,
        allowed=NOT_NEGATIVE,
        people="derived",
    ),
    StatisticKind(
        id="gains.<outcome>.<dataset>.skewness",
        rule=_RULE,
        label="skewness of the residual gain",
        formula="G1 = √[n(n − 1)] / (n − 2) · m3 / m2^(3/2), mj = Σ e^j / n, residual gains e",
        function="attune.stats.score_distribution.skewness",
        doi="10.1111/1467-9884.00122",
        symbol="skewness",
        print_format=PrintFormat(signed=True),
    ),
    StatisticKind(
        id="gains.<outcome>.<dataset>.n",
        rule=_RULE,
        label="size of the regression",
        formula="dyads with pretest and posttest",
        function=_REGRESSION,
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
        people="count",
    ),
)
"""Kinds of statistics of each outcome in each data set."""
