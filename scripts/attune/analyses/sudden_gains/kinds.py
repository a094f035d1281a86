"""Kinds of statistics of sudden gains; `<search>` is the id that the study gives a search."""

from typing import Any, Literal

from attune.store.statistic_kinds import (
    AVERAGE_IN_UNITS,
    COUNT,
    IN_UNITS,
    NOT_NEGATIVE,
    PERCENT,
    PERCENTAGE,
    PrintFormat,
    StatisticKind,
)

_GAINS = "attune.stats.sudden_gains.sudden_gains"
_SUMMARY = "attune.stats.sudden_gains.summarise_gains"
_EARLY = "attune.stats.sudden_gains.early_response"
_HERE = "attune.analyses.sudden_gains.estimate.find_sudden_gains"
_TANG = "10.1037/0022-006X.67.6.894"


def _kind(identifier: str, label: str, formula: str, function: str, **more: Any) -> StatisticKind:
    return StatisticKind(
        id=f"<search>.<measure>.{identifier}",
        rule="find_sudden_gains",
        label=label,
        formula=formula,
        function=function,
        **more,
    )


def _count(
    identifier: str,
    label: str,
    formula: str,
    function: str,
    people: Literal["count", "derived", "share"] | None = None,
    doi: str | None = None,
) -> StatisticKind:
    return _kind(
        identifier,
        label,
        formula,
        function,
        doi=doi,
        symbol="*n*" if people == "count" else "",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
        people=people,
    )


KINDS = (
    _count(
        "scored_n", "number of patients with a score", "patients with any score", _HERE, "count"
    ),
    _kind(
        "gain_cutoff",
        "cut-off of a sudden gain",
        "points as declared, or z × SD × √[2 (1 − reliability)]",
        "attune.stats.sudden_gains.reliable_change",
        print_format=IN_UNITS,
        allowed=NOT_NEGATIVE,
    ),
    _kind(
        "share_criterion",
        "smallest share of the score before a sudden gain",
        "as declared, in percent",
        _HERE,
        print_format=PERCENTAGE,
        allowed=PERCENT,
    ),
    _kind(
        "response_criterion",
        "smallest improvement that counts as early response",
        "as declared, in percent of the first score",
        _HERE,
        print_format=PERCENTAGE,
        allowed=PERCENT,
    ),
    _count(
        "<event>.examined_n",
        "number of patients in whom an interval could be examined",
        "patients with the scores that the criteria need around at least one interval",
        _SUMMARY,
        "count",
    ),
    _count(
        "<event>.<level>.gain_patients",
        "number of patients by sudden gain or loss",
        "patients with at least one, or none, among those examined",
        _SUMMARY,
        "count",
    ),
    _kind(
        "<event>.<level>.gain_percent",
        "share of patients by sudden gain or loss",
        "100 × patients with at least one, or none / patients examined",
        _SUMMARY,
        print_format=PERCENTAGE,
        allowed=PERCENT,
        people="derived",
    ),
    _count(
        "<event>.gain_intervals",
        "number of intervals that could be examined",
        "pairs of neighbouring sessions with the scores that the criteria need",
        _SUMMARY,
        "derived",
    ),
    _count(
        "<event>.all.gain_events",
        "number of sudden gains or losses",
        "intervals that meet every declared criterion",
        _GAINS,
        "count",
        _TANG,
    ),
    _count(
        "<event>.all.several_gains",
        "number of patients with several sudden gains or losses",
        "patients with two or more",
        _SUMMARY,
        "count",
    ),
    _kind(
        "<event>.gain_magnitude",
        "mean size of a sudden gain or loss",
        "Σ|score before − score after| / number of gains",
        _SUMMARY,
        symbol="*M*",
        print_format=PrintFormat(decimals=None, averaged=True, signed=True),
        allowed=NOT_NEGATIVE,
        people="derived",
    ),
    _kind(
        "<event>.gain_magnitude_sd",
        "standard deviation of the size of sudden gains or losses",
        "√[Σ(size − mean)² / (number − 1)]",
        _SUMMARY,
        symbol="*SD*",
        print_format=AVERAGE_IN_UNITS,
        allowed=NOT_NEGATIVE,
        people="derived",
    ),
    _count(
        "<event>.outcome.<level>.reversal_events",
        "number of sudden gains or losses by what became of them",
        "reversed: a later score lost more than the declared share of the size; kept: none did;"
        " not followed: there is no later score",
        _GAINS,
        "count",
        _TANG,
    ),
    _kind(
        "gains.course.<session>.course_mean",
        "mean score around the first sudden gain",
        "Σx / n of the patients with a gain and a score at this distance from it",
        _HERE,
        symbol="*M*",
        print_format=AVERAGE_IN_UNITS,
    ),
    _count(
        "early.response_n",
        "number of patients whose early response is known",
        "patients with a first score above 0 and a score by the declared occasion",
        _EARLY,
        "count",
    ),
    _count(
        "early.<level>.response_patients",
        "number of patients by early response",
        "patients with (first score − later score) / first score ≥ the declared share, or below",
        _EARLY,
        "count",
    ),
    _kind(
        "early.<level>.response_percent",
        "share of patients by early response",
        "100 × patients / patients whose early response is known",
        _EARLY,
        print_format=PERCENTAGE,
        allowed=PERCENT,
        people="derived",
    ),
    _kind(
        "early.early_improvement",
        "mean early improvement in percent of the first score",
        "Σ 100 (first score − later score) / first score / n, with the opposite sign where higher"
        " is better",
        _EARLY,
        symbol="*M*",
        print_format=PrintFormat(decimals=1, signed=True),
        people="derived",
    ),
)
