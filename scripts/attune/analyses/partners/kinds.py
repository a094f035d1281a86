"""Kinds of statistics of models of both partners; `<partners>` is the id in the study."""

from typing import Any

from attune.store.statistic_kinds import (
    AVERAGE_IN_UNITS,
    CORRELATION,
    COUNT,
    NOT_NEGATIVE,
    SHARE,
    PrintFormat,
    StatisticKind,
)
from attune.store.tolerances import ITERATED

_MANY = "attune.stats.one_with_many.one_with_many"
_PAIR = "attune.stats.actor_partner.actor_partner"
_RATIO = "attune.stats.actor_partner.partner_ratio"
_MARCUS = "10.1037/a0017291"
_COOK = "10.1080/01650250444000405"
_HERE = "attune.analyses.partners.estimate.compare_partners"
_SIGNED = PrintFormat(decimals=2, signed=True)
_T = PrintFormat(signed=True, with_df=True)
_R = PrintFormat("bounded", 2, signed=True)
_SHARE = PrintFormat("bounded", 2, share=True)


def _kind(identifier: str, label: str, formula: str, function: str, **more: Any) -> StatisticKind:
    if function == _MANY:
        more = {"doi": _MARCUS} | more
    return StatisticKind(
        id=f"<partners>{identifier}",
        rule="compare_partners",
        label=label,
        formula=formula,
        function=function,
        **more,
    )


_COUNTS = tuple(
    _kind(
        identifier,
        label,
        formula,
        _HERE,
        symbol="*n*" if people else "",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
        people=people,
    )
    for identifier, label, formula, people in (
        (
            "[.<occasion>].partition_n",
            "number of dyads of a one-with-many model",
            "dyads with a therapist and at least one report",
            "count",
        ),
        (
            "[.<occasion>].partition_complete_n",
            "number of dyads with both reports",
            "dyads with a therapist and both reports",
            "count",
        ),
        (
            "[.<occasion>].partition_therapists",
            "number of therapists of a one-with-many model",
            "therapists of these dyads",
            None,
        ),
        (
            ".<report>[.<occasion>].report_n",
            "number of reports",
            "dyads with a therapist and this report",
            "count",
        ),
        (
            "[.<occasion>].partition_boundary",
            "number of estimates at their boundary",
            "variances of 0 and correlations of 1 or −1, or undefined with them",
            None,
        ),
        (
            ".pair_n",
            "number of dyads of an actor-partner model",
            "dyads with both predictors, both outcomes, and every covariate",
            "count",
        ),
    )
)

_VARIANCES = (
    _kind(
        ".<report>[.<occasion>].report_mean",
        "mean of the reports, given therapists",
        "generalised least squares with the variances of the model",
        _MANY,
        symbol="*M*",
        print_format=AVERAGE_IN_UNITS,
        tolerance=ITERATED,
        people="derived",
    ),
    _kind(
        ".<report>[.<occasion>].therapist_variance",
        "variance between therapists",
        "variance of u in report = mean + u(therapist) + e(dyad); p by likelihood ratio against 0,"
        " from an equal mixture of χ² with 1 and 2 degrees of freedom",
        _MANY,
        symbol="σ^2^",
        print_format=PrintFormat(),
        allowed=NOT_NEGATIVE,
        tolerance=ITERATED,
        test="additional",
    ),
    _kind(
        ".<report>[.<occasion>].dyad_variance",
        "variance between the dyads of a therapist",
        "variance of e in report = mean + u(therapist) + e(dyad), error of measurement included",
        _MANY,
        symbol="σ^2^",
        print_format=PrintFormat(),
        allowed=NOT_NEGATIVE,
        tolerance=ITERATED,
    ),
    _kind(
        ".<report>[.<occasion>].therapist_share",
        "share of variance between therapists",
        "variance between therapists / (variance between therapists + between dyads)",
        _MANY,
        symbol="",
        print_format=PrintFormat("bounded", 2),
        allowed=SHARE,
        tolerance=ITERATED,
    ),
    _kind(
        ".<report>[.<occasion>].dyad_share",
        "share of variance between the dyads of a therapist",
        "1 − share of variance between therapists",
        _MANY,
        symbol="",
        print_format=PrintFormat("bounded", 2),
        allowed=SHARE,
        tolerance=ITERATED,
    ),
    *(
        _kind(
            f"[.<occasion>].{name}",
            label,
            f"covariance of the two reports' {part} parts / product of their standard deviations;"
            " p by likelihood ratio against 0",
            _MANY,
            symbol="*r*",
            print_format=_R,
            allowed=CORRELATION,
            tolerance=ITERATED,
            test="additional",
        )
        for name, label, part in (
            ("generalised_reciprocity", "generalised reciprocity", "therapist"),
            ("dyadic_reciprocity", "dyadic reciprocity", "dyad"),
        )
    ),
)


def _tested(identifier: str, label: str, formula: str) -> tuple[StatisticKind, StatisticKind]:
    """An effect, and its t."""
    shared: dict[str, Any] = {"function": _PAIR, "doi": _COOK}
    return (
        _kind(identifier, label, formula, symbol="*b*", print_format=_SIGNED, **shared),
        _kind(
            f"{identifier}_t",
            f"t of the {label}",
            "t = b / SE(b), n − 3 − covariates degrees of freedom",
            symbol="*t*",
            print_format=_T,
            test="additional",
            **shared,
        ),
    )


_EFFECTS = (
    *_tested(
        ".<outcome>.actor_effect",
        "actor effect",
        "a in y = c + a x(own) + p x(partner) + e, the coefficient of one's own predictor",
    ),
    *_tested(
        ".<outcome>.partner_effect",
        "partner effect",
        "p in y = c + a x(own) + p x(partner) + e, the coefficient of the partner's predictor",
    ),
    _kind(
        ".<outcome>.partner_ratio",
        "ratio of partner to actor effect",
        "k = p / a, with Fieller's interval where it is bounded",
        _RATIO,
        doi="10.1037/a0019651",
        symbol="*k*",
        print_format=_SIGNED,
    ),
    _kind(
        ".<outcome>.pair_r_squared",
        "explained share of a partner's outcome",
        "R² = 1 − Σe² / Σ(y − mean)²",
        _PAIR,
        doi=_COOK,
        symbol="*R*^2^",
        print_format=_SHARE,
        allowed=SHARE,
    ),
    *_tested(
        ".actor_difference", "difference between actor effects", "a of the first − a of the second"
    ),
    *_tested(
        ".partner_difference",
        "difference between partner effects",
        "p of the first − p of the second",
    ),
    _kind(
        ".residual_association",
        "correlation of the residuals of both partners",
        "Σe₁e₂ / √(Σe₁² Σe₂²)",
        _PAIR,
        doi=_COOK,
        symbol="*r*",
        print_format=PrintFormat("bounded", 2, signed=True, with_df=True),
        allowed=CORRELATION,
        test="additional",
    ),
    _kind(
        ".distinguishability",
        "test that the two roles differ",
        "χ² = n log(|S exchanged| / |S|), S the covariance of both predictors and outcomes",
        _PAIR,
        doi=_COOK,
        symbol="χ^2^",
        print_format=PrintFormat(with_df=True),
        allowed=NOT_NEGATIVE,
        test="additional",
    ),
)

KINDS = (*_COUNTS, *_VARIANCES, *_EFFECTS)
