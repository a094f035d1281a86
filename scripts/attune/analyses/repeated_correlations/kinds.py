"""Kinds of statistics of correlations over occasions; `<repeated>` is the id in the study."""

from typing import Any

from attune.store.statistic_kinds import (
    CORRELATION,
    COUNT,
    NOT_NEGATIVE,
    PrintFormat,
    StatisticKind,
)
from attune.store.tolerances import ITERATED

_STATS = "attune.stats.repeated_correlation"
_BAKDASH = "10.3389/fpsyg.2017.00456"
_ENDERS = "10.1037/1082-989X.12.2.121"

R_FORMAT = PrintFormat("bounded", 2, signed=True, with_df=True)
"""A correlation over occasions as printed."""


def _kind(statistic: str, label: str, formula: str, function: str, **more: Any) -> StatisticKind:
    return StatisticKind(
        id=f"<repeated>.<x>.<y>.{statistic}",
        rule="correlate_occasions",
        label=label,
        formula=formula,
        function=function,
        **more,
    )


_CORRELATIONS = tuple(
    _kind(
        f"{level}_r",
        label,
        formula,
        f"{_STATS}.{level}_correlation",
        doi=_BAKDASH,
        symbol=symbol,
        print_format=R_FORMAT,
        allowed=CORRELATION,
        test="planned",
    )
    for level, label, symbol, formula in (
        (
            "within",
            "correlation within dyads",
            "*r*~within~",
            "Σ(x − dyad's mean)(y − dyad's mean) / √[Σ(x − dyad's mean)² Σ(y − dyad's mean)²],"
            " df = occasions − dyads − 1",
        ),
        (
            "between",
            "correlation between dyads",
            "*r*~between~",
            "Pearson correlation of the dyads' means over the occasions with both measures",
        ),
    )
)

_SLOPES = tuple(
    kind
    for statistic, label, symbol, formula in (
        ("slope_within", "slope within dyads", "*b*~within~", "β of x − dyad's mean"),
        ("slope_between", "slope between dyads", "*b*~between~", "β of the dyad's mean of x"),
        (
            "contextual_slope",
            "contextual effect over occasions",
            "*b*~context~",
            "slope between dyads − slope within dyads",
        ),
    )
    for kind in (
        _kind(
            statistic,
            label,
            f"{formula}, in y = β0 + βW (x − mean) + βB mean + u(dyad) + e"
            if "β of" in formula
            else formula,
            f"{_STATS}.slopes_within_and_between",
            doi=_ENDERS,
            symbol=symbol,
            print_format=PrintFormat(decimals=2, signed=True),
            tolerance=ITERATED,
        ),
        _kind(
            f"{statistic}_t",
            f"t of the {label}",
            "t = estimate / SE",
            f"{_STATS}.slopes_within_and_between",
            doi=_ENDERS,
            symbol="*t*",
            print_format=PrintFormat(signed=True, with_df=True),
            tolerance=ITERATED,
            test="additional",
        ),
    )
)

KINDS = (
    _kind(
        "occasions_n",
        "number of occasions with both measures",
        "occasions of all dyads with both measures",
        f"{_STATS}.complete_pairs",
        symbol="*n*~occasions~",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
    *_CORRELATIONS,
    *_SLOPES,
)
