"""Kinds of statistics of congruence analyses; `<congruence>` is the id that the study gives one."""

from typing import Any

from attune.store.statistic_kinds import (
    COUNT,
    NOT_NEGATIVE,
    PERCENT,
    PERCENTAGE,
    SHARE,
    PrintFormat,
    StatisticKind,
)

_SURFACE = "attune.stats.response_surface.response_surface"
_TEST = "attune.stats.response_surface.congruence_test"
_TRUTH = "attune.stats.truth_and_bias.truth_and_bias"
_SHANOCK = "10.1007/s10869-010-9183-4"
_HUMBERG = "10.1177/1948550618757600"
_WEST = "10.1037/a0022936"
_SIGNED = PrintFormat(decimals=2, signed=True)
_SMALL = PrintFormat(decimals=3, signed=True)
_T = PrintFormat(signed=True, with_df=True)
_R_SQUARED = PrintFormat("bounded", 2, share=True)


def _kind(identifier: str, label: str, formula: str, function: str, **more: Any) -> StatisticKind:
    return StatisticKind(
        id=f"<congruence>.{identifier}",
        rule="compare_ratings",
        label=label,
        formula=formula,
        function=function,
        **more,
    )


def _t(identifier: str, label: str, formula: str, function: str, doi: str) -> StatisticKind:
    return _kind(
        identifier,
        label,
        formula,
        function,
        doi=doi,
        symbol="*t*",
        print_format=_T,
        test="additional",
    )


_SURFACES = (
    _kind(
        "<outcome>.surface_n",
        "number of dyads of a response surface",
        "dyads with the outcome, both ratings, and every covariate",
        _SURFACE,
        doi=_SHANOCK,
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
        people="count",
    ),
    _kind(
        "<outcome>.surface_centre",
        "point that is subtracted from both ratings",
        "the mean of all ratings of both raters, or the middle of the possible scores",
        "attune.stats.response_surface.grand_mean",
        symbol="*c*",
        print_format=PrintFormat(decimals=2),
    ),
    _kind(
        "<outcome>.surface_r_squared",
        "explained share of the outcome",
        "R² = 1 − Σe² / Σ(z − mean)²",
        _SURFACE,
        doi=_SHANOCK,
        symbol="*R*^2^",
        print_format=_R_SQUARED,
        allowed=SHARE,
    ),
    _kind(
        "<outcome>.<term>.surface_coefficient",
        "coefficient of a response surface",
        "z = b₀ + b₁x + b₂y + b₃x² + b₄xy + b₅y² + e, with x and y the ratings less the centre",
        _SURFACE,
        doi=_SHANOCK,
        symbol="*b*",
        print_format=_SMALL,
    ),
    _t(
        "<outcome>.<term>.surface_coefficient_t",
        "t of a coefficient of a response surface",
        "t = b / SE(b), n − 6 − covariates degrees of freedom",
        _SURFACE,
        _SHANOCK,
    ),
    *(
        kind
        for number, label, formula in (
            (1, "slope along the line of congruence", "a₁ = b₁ + b₂, at the centre"),
            (2, "curvature along the line of congruence", "a₂ = b₃ + b₄ + b₅"),
            (3, "slope along the line of incongruence", "a₃ = b₁ − b₂, at the centre"),
            (4, "curvature along the line of incongruence", "a₄ = b₃ − b₄ + b₅"),
            (5, "turn of the principal axes away from the line of congruence", "a₅ = b₃ − b₅"),
        )
        for kind in (
            _kind(
                f"<outcome>.a{number}",
                label,
                formula,
                _SURFACE,
                doi=_SHANOCK,
                symbol=f"*a*~{number}~",
                print_format=_SMALL,
            ),
            _t(
                f"<outcome>.a{number}_t",
                f"t of the {label}",
                f"t = a{chr(0x2080 + number)} / SE, n − 6 − covariates degrees of freedom",
                _SURFACE,
                _SHANOCK,
            ),
        )
    ),
    _kind(
        "<outcome>.<rating>.stationary_point",
        "point at which the surface is level",
        "x₀ = (b₂b₄ − 2b₁b₅) / (4b₃b₅ − b₄²), y₀ = (b₁b₄ − 2b₂b₃) / (4b₃b₅ − b₄²), from the centre",
        _SURFACE,
        doi=_SHANOCK,
        symbol="",
        print_format=_SIGNED,
    ),
    _kind(
        "<outcome>.<axis>.axis_slope",
        "slope of a principal axis",
        "p₁₁, p₂₁ = [b₅ − b₃ ± √((b₃ − b₅)² + b₄²)] / b₄",
        _SURFACE,
        doi=_SHANOCK,
        symbol="*p*~slope~",
        print_format=_SIGNED,
    ),
    _kind(
        "<outcome>.<axis>.axis_intercept",
        "intercept of a principal axis",
        "p₁₀ = y₀ − p₁₁x₀, p₂₀ = y₀ − p₂₁x₀",
        _SURFACE,
        doi=_SHANOCK,
        symbol="*p*~intercept~",
        print_format=_SIGNED,
    ),
    _kind(
        "<outcome>.congruence_broad",
        "whether the conditions of a congruence effect hold",
        "1 where 0 is in the interval of p₁₀, 1 in that of p₁₁, 0 in that of a₃, and a₄ is"
        " significantly negative; else 0. Where low outcomes are better, for the outcome with its"
        " sign reversed",
        _TEST,
        doi=_HUMBERG,
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
    _kind(
        "<outcome>.congruence_strict",
        "whether the conditions of a congruence effect in the strict sense hold",
        "1 where those in the broad sense hold and 0 is in the intervals of a₁ and a₂; else 0",
        _TEST,
        doi=_HUMBERG,
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
)

_AGREEMENT = (
    _kind(
        "<outcome>.<group>.<agreement>.agreement_n",
        "number of dyads by agreement",
        "dyads whose z scores differ by at most 0.5, or by more with the first or second higher",
        "attune.stats.response_surface.agreement_rates",
        doi=_SHANOCK,
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
        people="count",
    ),
    _kind(
        "<outcome>.<group>.<agreement>.agreement_percent",
        "share of dyads by agreement",
        "100 × dyads with this agreement / n",
        "attune.stats.response_surface.agreement_rates",
        doi=_SHANOCK,
        print_format=PERCENTAGE,
        allowed=PERCENT,
        people="derived",
    ),
)

_JUDGEMENTS = (
    _kind(
        "<judgement>.truth_n",
        "number of dyads of a truth and bias model",
        "dyads with judgement, truth and, where one is declared, bias",
        _TRUTH,
        doi=_WEST,
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
        people="count",
    ),
    _kind(
        "<judgement>.truth_r_squared",
        "explained share of the judgement",
        "R² = 1 − Σe² / Σ(J − mean)²",
        _TRUTH,
        doi=_WEST,
        symbol="*R*^2^",
        print_format=_R_SQUARED,
        allowed=SHARE,
    ),
    *(
        kind
        for name, label, formula in (
            (
                "directional_bias",
                "directional bias of a judgement",
                "b₀ in J − mean(T) = b₀ + t(T − mean(T)) + b(B − c) + e",
            ),
            ("truth_force", "force of the truth", "t in the same regression: 1 follows it fully"),
            ("bias_force", "force of the bias", "b in the same regression"),
        )
        for kind in (
            _kind(
                f"<judgement>.{name}",
                label,
                formula,
                _TRUTH,
                doi=_WEST,
                symbol="*b*",
                print_format=_SIGNED,
            ),
            _t(
                f"<judgement>.{name}_t",
                f"t of the {label}",
                "t = b / SE(b), n − 2 degrees of freedom, n − 3 with a bias",
                _TRUTH,
                _WEST,
            ),
        )
    ),
)

KINDS = (*_SURFACES, *_AGREEMENT, *_JUDGEMENTS)
