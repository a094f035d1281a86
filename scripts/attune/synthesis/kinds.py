"""Kinds of statistics of syntheses. They have a registry of their own: no study declares them."""

import math
from dataclasses import replace
from typing import Any

from attune.stats.effect_sizes import COHEN_D, COHEN_R
from attune.store.statistic_kinds import (
    CORRELATION,
    COUNT,
    NOT_NEGATIVE,
    P_VALUE,
    PERCENT,
    PERCENTAGE,
    SHARE,
    PrintFormat,
    StatisticKind,
    StatisticKinds,
)
from attune.store.tolerances import ITERATED

RULE = "synthesise_studies"
_META = "attune.stats.meta_analysis"
_HETEROGENEITY = "attune.stats.heterogeneity.heterogeneity"
_CONVERT = "attune.stats.effect_conversion"
_OWN = "attune.synthesis.estimate"
_NEEDED = "attune.stats.number_needed_to_treat"

R = PrintFormat("bounded", 2, signed=True, sizes=COHEN_R)
G = PrintFormat("number", 2, signed=True, sizes=COHEN_D)
B = PrintFormat("number", 2, signed=True)
OR = PrintFormat("number", 2, signed=True, no_effect=1.0)
_R_PREDICTION = PrintFormat("bounded", 2, interval="PI", signed=True)
_G_PREDICTION = PrintFormat("number", 2, interval="PI", signed=True)
_OR_PREDICTION = replace(OR, interval="PI")

RAUDENBUSH = "10.1002/sim.1482"
_POOLED_R = (
    "z = artanh(r), v = 1 / (n − 3); mean of z weighted by 1 / (v + τ²), with the interval of the"
    " test that is named; r = tanh(mean z)"
)
_POOLED_G = "mean of g weighted by 1 / (v + τ²), with the interval of the test that is named"


def _in_all_metrics(
    id_: str, label: str, formula_r: str, formula_g: str, function: str, **more: Any
) -> tuple[StatisticKind, ...]:
    """The same statistic as a correlation, standardised difference, slope and odds ratio."""
    prediction = "prediction" in id_
    return (
        StatisticKind(
            id=f"{id_}_r" if prediction else f"{id_}.r", rule=RULE, label=f"{label}, correlation",
            formula=formula_r, function=function, symbol="*r*",
            print_format=_R_PREDICTION if prediction else R, allowed=CORRELATION, **more,
        ),
        StatisticKind(
            id=f"{id_}_g" if prediction else f"{id_}.g", rule=RULE,
            label=f"{label}, standardised difference", formula=formula_g, function=function,
            symbol="*g*", print_format=_G_PREDICTION if prediction else G, **more,
        ),
        StatisticKind(
            id=f"{id_}_b" if prediction else f"{id_}.b", rule=RULE, label=f"{label}, slope",
            formula=formula_g.replace(" g ", " b "), function=function,
            symbol="*b*", print_format=_G_PREDICTION if prediction else B, **more,
        ),
        StatisticKind(
            id=f"{id_}_or" if prediction else f"{id_}.or", rule=RULE, label=f"{label}, odds ratio",
            formula=f"exp of the same of log odds ratios: {formula_g.replace(' g ', ' log OR ')}",
            function=function, symbol="*OR*",
            print_format=_OR_PREDICTION if prediction else OR, allowed=NOT_NEGATIVE, **more,
        ),
    )  # fmt: skip


def _count(id_: str, label: str, formula: str) -> StatisticKind:
    return StatisticKind(
        id=id_,
        rule=RULE,
        label=label,
        formula=formula,
        function=f"{_OWN}.synthesis_statistics",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    )


_STUDIES = (
    *_in_all_metrics(
        "studies.<study>",
        "effect of a study, positive where it means a better outcome",
        "as printed or computed, its sign turned where the lower end of the outcome is the better"
        " one; interval tanh(artanh r ± q / √(n − 3))",
        "as printed or computed, its sign turned where the lower end of the outcome is the better"
        " one; interval g ± q · SE",
        f"{_CONVERT}.fisher_z",
        doi="10.1093/biomet/10.4.507",
    ),
    StatisticKind(
        id="studies.<study>.weight",
        rule=RULE,
        label="weight of a study",
        formula="100 wᵢ / Σ w, w = 1 / (v + τ²)",
        function=f"{_META}.random_effects",
        doi=RAUDENBUSH,
        print_format=PERCENTAGE,
        allowed=PERCENT,
        tolerance=ITERATED,
    ),
    StatisticKind(
        id="studies.<study>.manuscript_r",
        rule=RULE,
        label="correlation in the manuscript of a cohort",
        formula="as the cohort has it, its sign not turned",
        function="attune.synthesis.evidence.cohort_effect",
        symbol="*r*",
        print_format=PrintFormat("bounded", 3, signed=True),
        allowed=CORRELATION,
    ),
    _count("studies.<study>.people", "number of people in a study", "as printed or counted"),
)

_REPORTED = (
    StatisticKind(
        id="reported.<source>.r", rule=RULE, label="correlation as printed", formula="as printed",
        function=f"{_OWN}.reported_rows", symbol="*r*", print_format=R, allowed=CORRELATION,
    ),
    StatisticKind(
        id="reported.<source>.d", rule=RULE, label="standardised difference as printed",
        formula="as printed", function=f"{_OWN}.reported_rows", symbol="*d*", print_format=G,
    ),
    StatisticKind(
        id="reported.<source>.g", rule=RULE, label="Hedges' g as printed", formula="as printed",
        function=f"{_OWN}.reported_rows", symbol="*g*", print_format=G,
    ),
    StatisticKind(
        id="reported.<source>.or", rule=RULE, label="odds ratio as printed", formula="as printed",
        function=f"{_OWN}.reported_rows", symbol="*OR*", print_format=OR, allowed=NOT_NEGATIVE,
    ),
    StatisticKind(
        id="reported.<source>.or_up_to", rule=RULE,
        label="upper end of a range of odds ratios as printed", formula="as printed",
        function=f"{_OWN}.reported_rows", symbol="*OR*", print_format=OR, allowed=NOT_NEGATIVE,
    ),
    StatisticKind(
        id="reported.<source>.g_up_to", rule=RULE, label="upper end of a range of g as printed",
        formula="as printed", function=f"{_OWN}.reported_rows", symbol="*g*", print_format=G,
    ),
    StatisticKind(
        id="reported.<source>.variance_percent", rule=RULE,
        label="share of variance in percent as printed",
        formula="as printed", function=f"{_OWN}.reported_rows",
        print_format=PrintFormat("number", 0), allowed=PERCENT,
    ),
    StatisticKind(
        id="reported.<source>.converted_r", rule=RULE,
        label="printed value as a correlation",
        formula="r = d / √(d² + 4), for groups of equal size, d = √3 log OR / π of an odds ratio;"
        " a printed r as it is",
        function=f"{_CONVERT}.convert", doi="10.1002/9780470743386", symbol="*r*", print_format=R,
        allowed=CORRELATION,
    ),
    _count("reported.<source>.k", "number of studies behind a printed value", "as printed"),
    _count("reported.<source>.people", "number of people behind a printed value", "as printed"),
)  # fmt: skip

_POOLED = (
    *_in_all_metrics(
        "pooled.<group>", "pooled effect", _POOLED_R, _POOLED_G, f"{_META}.random_effects",
        doi=RAUDENBUSH, tolerance=ITERATED, test="planned",
    ),
    *_in_all_metrics(
        "pooled.<group>.prediction",
        "pooled effect with the interval for the true effect of a further study",
        "tanh(mean z ± q √(τ² + SE²)), q by the convention that is named",
        "mean ± q √(τ² + SE²), q by the convention that is named",
        f"{_META}.random_effects", doi="10.1111/j.1467-985X.2008.00552.x", tolerance=ITERATED,
    ),
    _count("pooled.<group>.k", "number of pooled studies", "count"),
    _count("pooled.<group>.effects", "number of pooled effects of studies with several", "count"),
    StatisticKind(
        id="pooled.<group>.tau_within", rule=RULE,
        label="standard deviation of true effects within studies",
        formula="√ of the variance between effects of one study in a multilevel model; profile"
        " likelihood interval",
        function="attune.stats.multilevel_meta_analysis.multilevel_meta_analysis",
        doi="10.1002/jrsm.35", symbol="τ~w~", print_format=PrintFormat(decimals=2),
        allowed=NOT_NEGATIVE, tolerance=ITERATED,
    ),
    _count("pooled.<group>.people", "number of people in the pooled studies", "sum of n"),
    StatisticKind(
        id="pooled.<group>.tau", rule=RULE, label="standard deviation of true effects",
        formula="√τ², on the scale of Fisher's z for correlations; Q-profile interval, in a"
        " multilevel model a profile likelihood interval",
        function=_HETEROGENEITY, doi="10.1002/sim.2514", symbol="τ",
        print_format=PrintFormat(decimals=2), allowed=NOT_NEGATIVE, tolerance=ITERATED,
    ),
    StatisticKind(
        id="pooled.<group>.i_squared", rule=RULE,
        label="share of the variance of effects that is not sampling error",
        formula="100 τ² / (τ² + typical sampling variance); Q-profile interval",
        function=_HETEROGENEITY, doi="10.1002/sim.1186", symbol="*I*^2^",
        print_format=PERCENTAGE, allowed=PERCENT, tolerance=ITERATED,
    ),
    StatisticKind(
        id="pooled.<group>.h", rule=RULE,
        label="standard deviation of effects over that of sampling errors alone",
        formula="√((τ² + typical sampling variance) / typical sampling variance)",
        function=_HETEROGENEITY, doi="10.1002/sim.1186", symbol="*H*",
        print_format=PrintFormat(decimals=2), allowed=NOT_NEGATIVE, tolerance=ITERATED,
    ),
    StatisticKind(
        id="pooled.<group>.q", rule=RULE, label="Cochran's test of equal true effects",
        formula="Q = Σ (yᵢ − ȳ)² / vᵢ, ȳ weighted by 1 / v; χ² with k − 1 degrees of freedom",
        function=_HETEROGENEITY, doi="10.1002/sim.1186", symbol="*Q*",
        print_format=PrintFormat(decimals=2, with_df=True), allowed=NOT_NEGATIVE, test="additional",
    ),
)  # fmt: skip

_RESTATED = (
    StatisticKind(
        id="corrected.<group>.r", rule=RULE,
        label="pooled correlation corrected for the unreliability of the measures",
        formula="r / √(rxx ryy) as z with v = ((1 − r²) / (1 − rc²))² / ((n − 3) rxx ryy), rc the"
        " corrected r; then pooled as z, and tanh",
        function="attune.synthesis.declared_choices.corrected_studies", symbol="*r*~c~",
        print_format=R, allowed=CORRELATION, tolerance=ITERATED, test="additional",
    ),
    StatisticKind(
        id="corrected.<group>.tau", rule=RULE,
        label="standard deviation of true correlations corrected for unreliability",
        formula="√τ² of the corrected correlations, on the scale of Fisher's z",
        function=_HETEROGENEITY, doi="10.1002/sim.2514", symbol="τ",
        print_format=PrintFormat(decimals=2), allowed=NOT_NEGATIVE, tolerance=ITERATED,
    ),
    StatisticKind(
        id="needed.<group>.risk_difference", rule=RULE,
        label="pooled difference as a difference of shares in percent",
        formula="100 (Φ(g + Φ⁻¹(c)) − c), c the share of controls with the event; of a bad event"
        " 100 (c − Φ(Φ⁻¹(c) − g))",
        function=f"{_NEEDED}.number_needed_from_control_rate", doi="10.1371/journal.pone.0019070",
        print_format=PrintFormat(decimals=1, signed=True), allowed=(-100.0, 100.0),
        tolerance=ITERATED,
    ),
    StatisticKind(
        id="needed.<group>.number_needed_to_treat", rule=RULE, label="number needed to treat",
        formula="1 / difference of shares; `method` says for one more or one fewer",
        function=f"{_NEEDED}.number_needed_from_control_rate", doi="10.1371/journal.pone.0019070",
        symbol="NNT", print_format=PrintFormat(decimals=1), allowed=(1.0, math.inf),
        tolerance=ITERATED,
    ),
)  # fmt: skip

_SENSITIVITY = (
    *_in_all_metrics(
        "estimator.<name>", "pooled effect by another estimator", _POOLED_R, _POOLED_G,
        f"{_META}.random_effects", doi=RAUDENBUSH, tolerance=ITERATED, test="additional",
    ),
    StatisticKind(
        id="estimator.<name>.tau", rule=RULE, label="standard deviation of true effects by another"
        " estimator", formula="√τ²", function="attune.stats.heterogeneity.estimate_tau2",
        doi="10.1016/0197-2456(86)90046-2", symbol="τ",
        print_format=PrintFormat(decimals=2), allowed=NOT_NEGATIVE, tolerance=ITERATED,
    ),
    *_in_all_metrics(
        "without.<study>", "pooled effect without one study", _POOLED_R, _POOLED_G,
        f"{_META}.random_effects", doi=RAUDENBUSH, tolerance=ITERATED, test="additional",
    ),
    *_in_all_metrics(
        "leave_one_out.<end>", "end of the range of pooled effects without one study each",
        "smallest and largest of the pooled effects without one study",
        "smallest and largest of the pooled effects without one study",
        "attune.synthesis.sensitivity.sensitivity_rows", tolerance=ITERATED,
    ),
)  # fmt: skip

_NESTED = "attune.stats.multilevel_meta_analysis.multilevel_meta_analysis"
_PUSTEJOVSKY = "10.1007/s11121-021-01246-3"

_RHO = (
    *_in_all_metrics(
        "rho.<assumed>", "pooled effect by assumed correlation of sampling errors",
        "multilevel model of z = artanh(r) with the assumed correlation; r = tanh(mean z)",
        "multilevel model of g with the assumed correlation", _NESTED, doi=_PUSTEJOVSKY,
        tolerance=ITERATED, test="additional",
    ),
    StatisticKind(
        id="rho.<assumed>.assumed", rule=RULE,
        label="assumed correlation of sampling errors of one study", formula="as assumed",
        function="attune.synthesis.sensitivity.rho_rows", symbol="ρ",
        print_format=PrintFormat("bounded", 2), allowed=SHARE,
    ),
    *(
        StatisticKind(
            id=f"rho.<assumed>.{name}", rule=RULE,
            label=f"standard deviation of true effects {words}, by assumed correlation",
            formula="√ of the variance in the multilevel model", function=_NESTED,
            doi=_PUSTEJOVSKY, symbol=symbol, print_format=PrintFormat(decimals=2),
            allowed=NOT_NEGATIVE, tolerance=ITERATED,
        )
        for name, words, symbol in (
            ("tau", "between studies", "τ"), ("tau_within", "within studies", "τ~w~"),
        )
    ),
)  # fmt: skip

_CASES = "attune.stats.meta_sensitivity"
VIECHTBAUER, LAU = "10.1002/jrsm.11", "10.1016/0895-4356(94)00106-z"


def _of_cases(
    statistic: str, label: str, formula: str, print_format: PrintFormat, **more: Any
) -> StatisticKind:
    return StatisticKind(
        id=f"influence.<study>.{statistic}", rule=RULE, label=label, formula=formula,
        function=f"{_CASES}.influence", doi=VIECHTBAUER, print_format=print_format,
        tolerance=ITERATED, **more,
    )  # fmt: skip


_SIGNED = PrintFormat("number", 2, signed=True)

_INFLUENCE = (
    _of_cases(
        "rstudent", "studentised deleted residual of a study",
        "(y − mean without it) / √(s² (v + τ²) + SE²), all without the study", _SIGNED,
    ),
    _of_cases(
        "dffits", "change of the pooled effect with a study in standard errors",
        "(mean − mean without it) / √(leverage · s² (v + τ²)), without the study", _SIGNED,
    ),
    _of_cases(
        "cook", "Cook's distance of a study", "(mean − mean without it)² / SE²",
        PrintFormat(decimals=2), allowed=NOT_NEGATIVE,
    ),
    _of_cases(
        "hat", "leverage of a study", "w / Σ w, w = 1 / (v + τ²)", PrintFormat("bounded", 2),
        allowed=SHARE,
    ),
    _of_cases(
        "marked", "whether a study is marked as influential",
        "1 where DFFITS is beyond 3 √(1 / (k − 1)), Cook's distance above the median of χ² with"
        " one df, the leverage above 3 / k, or DFBETAS beyond 1; else 0", COUNT, allowed=SHARE,
    ),
    *_in_all_metrics(
        "cumulative.<study>", "pooled effect of the studies up to one, by year", _POOLED_R,
        _POOLED_G, f"{_CASES}.cumulative", doi=LAU, tolerance=ITERATED, test="additional",
    ),
)  # fmt: skip

_REGRESSION = "attune.stats.meta_regression.meta_regression"
_KNAPP = "10.1002/sim.1482"
_LINE = "; cluster-robust (CR2) in the multilevel model for studies with several effects"

_MODERATORS = (
    StatisticKind(
        id="moderator.<moderator>.slope", rule=RULE,
        label="slope of the effects on a numeric moderator",
        formula="b = (X'WX)⁻¹X'Wy, w = 1 / (v + τ²), on the scale of pooling (Fisher's z for"
        " correlations), per declared units" + _LINE,
        function=_REGRESSION, doi=_KNAPP, symbol="*b*",
        print_format=PrintFormat("number", 3, signed=True), test="planned", tolerance=ITERATED,
    ),
    StatisticKind(
        id="moderator.<moderator>.t", rule=RULE, label="test of the slope on a numeric moderator",
        formula="b / SE(b)" + _LINE, function=_REGRESSION, doi=_KNAPP, symbol="*t*",
        print_format=PrintFormat(decimals=2, with_df=True), test="planned", tolerance=ITERATED,
    ),
    StatisticKind(
        id="moderator.<moderator>.z", rule=RULE,
        label="Wald test of the slope on a numeric moderator", formula="b / SE(b)",
        function=_REGRESSION, doi=_KNAPP, symbol="*z*", print_format=PrintFormat(decimals=2),
        test="planned", tolerance=ITERATED,
    ),
    StatisticKind(
        id="moderator.<moderator>.r_squared", rule=RULE,
        label="share of the variance between studies that a numeric moderator explains",
        formula="100 max(0, (τ² without it − τ²) / τ² without it)", function=_REGRESSION,
        doi="10.3102/10769986010002075", symbol="*R*^2^", print_format=PERCENTAGE, allowed=PERCENT,
        tolerance=ITERATED,
    ),
    StatisticKind(
        id="moderator.<moderator>.f", rule=RULE,
        label="test that the levels of a moderator do not differ",
        formula="Wald test of the differences in a meta-regression on the levels, over df;"
        " F with Knapp and Hartung's variance, cluster-robust for studies with several effects",
        function="attune.stats.meta_regression.subgroups", doi="10.1002/9780470743386",
        symbol="*F*", print_format=PrintFormat(decimals=2, with_df=True), allowed=NOT_NEGATIVE,
        test="planned", tolerance=ITERATED,
    ),
    StatisticKind(
        id="moderator.<moderator>.<level>.difference", rule=RULE,
        label="difference of a level from the first, studies with several effects",
        formula="slope of a meta-regression in the multilevel model, on the scale of pooling"
        " (Fisher's z for correlations); cluster-robust test (CR2)",
        function="attune.stats.multilevel_meta_analysis.multilevel_meta_analysis",
        doi="10.1002/jrsm.35", symbol="*b*", print_format=PrintFormat("number", 2, signed=True),
        test="planned", tolerance=ITERATED,
    ),
)  # fmt: skip

_BIAS = "attune.stats.publication_bias"

_SMALL_STUDIES = (
    *_in_all_metrics(
        "small_studies.trim_and_fill", "pooled effect with mirror images of unmatched studies",
        "L0 = [4 S − k (k + 1)] / (2 k − 1) mirror images added, S the rank sum; then pooled",
        "L0 = [4 S − k (k + 1)] / (2 k − 1) mirror images added, S the rank sum; then pooled",
        f"{_BIAS}.trim_and_fill", doi="10.1111/j.0006-341x.2000.00455.x", tolerance=ITERATED,
        test="additional",
    ),
    *_in_all_metrics(
        "small_studies.pet_peese", "effect at a standard error of zero",
        "intercept of a weighted regression on SE (PET), or on SE² where PET is significant",
        "intercept of a weighted regression on SE (PET), or on SE² where PET is significant",
        f"{_BIAS}.pet_peese", doi="10.1002/jrsm.1095", test="additional",
    ),
    *_in_all_metrics(
        "small_studies.selection", "effect in a model of selection by significance",
        "maximum likelihood; studies with a one-tailed p above .025 are seen with probability ω",
        "maximum likelihood; studies with a one-tailed p above .025 are seen with probability ω",
        "attune.stats.selection_model.selection_model", doi="10.1007/BF02294384",
        tolerance=ITERATED, test="additional",
    ),
    StatisticKind(
        id="small_studies.egger.t", rule=RULE, label="Egger's test of funnel asymmetry",
        formula="t of the slope of y on SE, weights 1 / v", function=f"{_BIAS}.egger",
        doi="10.1136/bmj.315.7109.629", symbol="*t*",
        print_format=PrintFormat(decimals=2, with_df=True), test="additional",
    ),
    *_in_all_metrics(
        "small_studies.limit", "effect of a study without error in a limit meta-analysis",
        "β + τ α, from y / √(v + τ²) = α + β / √(v + τ²)",
        "β + τ α, from y / √(v + τ²) = α + β / √(v + τ²)",
        f"{_BIAS}.limit_meta_analysis", doi="10.1093/biostatistics/kxq046", tolerance=ITERATED,
        test="additional",
    ),
    StatisticKind(
        id="small_studies.p_curve.z", rule=RULE, label="right skew of the p-curve",
        formula="Σ Φ⁻¹(p / .05) / √k over the significant effects in the direction of the pooled"
        " one; one-tailed", function="attune.stats.p_curve.p_curve", doi="10.1037/a0033242",
        symbol="*z*", print_format=PrintFormat(decimals=2, signed=True), test="additional",
    ),
    _count("small_studies.p_curve.k", "number of significant effects in the p-curve", "count"),
    _count("small_studies.trim_and_fill.missing", "number of mirror images added", "L0"),
)  # fmt: skip

_VOTES: tuple[StatisticKind, ...] = tuple(
    _count(f"votes.{name}.count", label, "count")
    for name, label in (
        ("for", "number of studies with a positive direction"),
        ("against", "number of studies with a negative direction"),
        ("none", "number of studies without a relation"),
        ("mixed", "number of studies with a relation in some outcomes only"),
        ("not_stated", "number of studies without a stated direction"),
        ("all", "number of studies"),
        ("without_number", "number of studies without a number"),
        ("pooled", "number of studies with a number"),
    )
)

_VOTES = (
    *_VOTES,
    StatisticKind(
        id="votes.sign.share", rule=RULE,
        label="share of positive directions among the positive and negative ones",
        formula="100 · for / (for + against); exact binomial interval",
        function="attune.stats.vote_counts.count_votes", doi="10.1037/0033-2909.88.2.359",
        print_format=PERCENTAGE, allowed=PERCENT,
    ),
    StatisticKind(
        id="votes.sign.p", rule=RULE, label="exact sign test of the directions",
        formula="min(1, 2 P(at least max(for, against) of for + against)), binomial with 1/2",
        function="attune.stats.vote_counts.count_votes", doi="10.1037/0033-2909.88.2.359",
        symbol="*p*", print_format=P_VALUE, allowed=SHARE, test="additional",
    ),
)  # fmt: skip

_FACETS_OF = "attune.synthesis.facets.facet_rows"
_POOL = "attune.stats.correlation_matrices.pool_correlations"
_DOMINANCE = "attune.stats.dominance.dominance"
_R2 = PrintFormat("bounded", 3)
_RESAMPLED = "attune.stats.relative_weights.bootstrap_relative_weights"
TONIDANDEL = "10.1037/a0017735"
_DRAWN = "; limits are quantiles over matrices drawn around the pooled one"
_POOLED_MATRIX = "r = (Σ X'V⁻¹X)⁻¹ Σ X'V⁻¹r of all correlations of all studies; z test"
BECKER, BUDESCU, AZEN = (
    "10.3102/10769986017004341", "10.1037/0033-2909.114.3.542", "10.1037/1082-989X.8.2.129",
)  # fmt: skip

_FACETS = (
    _count("facets.all.k", "number of studies with correlations of facets", "count"),
    _count("facets.all.people", "number of people in studies with facets", "sum of n"),
    _count("facets.all.without_number", "number of studies of facets without a number", "count"),
    _count("facets.<facet>.k", "number of studies that measured a facet", "count"),
    _count("facets.<facet>.people", "number of people whose facet was measured", "sum of n"),
    StatisticKind(
        id="facets.<facet>.r_alone", rule=RULE,
        label="correlation of a facet with the outcome, pooled by itself", formula=_POOLED_R,
        function=f"{_META}.random_effects", doi=RAUDENBUSH, symbol="*r*", print_format=R,
        allowed=CORRELATION, tolerance=ITERATED, test="additional",
    ),
    StatisticKind(
        id="facets.<facet>.r", rule=RULE,
        label="correlation of a facet with the outcome, all pooled together",
        formula=_POOLED_MATRIX, function=_POOL, doi=BECKER, symbol="*r*", print_format=R,
        allowed=CORRELATION, tolerance=ITERATED, test="planned",
    ),
    StatisticKind(
        id="facet_pairs.<facet>.<other>.r", rule=RULE, label="correlation of two facets",
        formula=_POOLED_MATRIX, function=_POOL, doi=BECKER, symbol="*r*", print_format=R,
        allowed=CORRELATION, tolerance=ITERATED, test="additional",
    ),
    StatisticKind(
        id="facets.<facet>.tau", rule=RULE,
        label="standard deviation of the true correlations of a facet with the outcome",
        formula="√ of its diagonal of T by restricted maximum likelihood", function=_POOL,
        doi=BECKER, symbol="τ", print_format=PrintFormat(decimals=2), allowed=NOT_NEGATIVE,
        tolerance=ITERATED,
    ),
    StatisticKind(
        id="facets.all.q", rule=RULE, label="test that all studies share one matrix of facets",
        formula="Q = Σ (r − Xρ)' S⁻¹ (r − Xρ); χ²", function=_POOL, doi=BECKER, symbol="*Q*",
        print_format=PrintFormat(decimals=2, with_df=True), allowed=NOT_NEGATIVE,
        test="additional",
    ),
    StatisticKind(
        id="facets.all.r_squared", rule=RULE,
        label="share of the variance of the outcome that the facets explain together",
        formula="R² = r'R⁻¹r of the pooled matrix" + _DRAWN, function=_DOMINANCE, doi=BUDESCU,
        symbol="*R*^2^", print_format=_R2, allowed=SHARE, tolerance=ITERATED,
    ),
    StatisticKind(
        id="facets.all.draws_kept", rule=RULE,
        label="share of the drawn matrices that are correlation matrices",
        formula="100 · positive definite / drawn",
        function="attune.stats.correlation_matrices.monte_carlo_values",
        doi="10.1080/19312458.2012.679848", print_format=PERCENTAGE, allowed=PERCENT,
        tolerance=ITERATED,
    ),
    StatisticKind(
        id="facets.<facet>.partial_r", rule=RULE,
        label="correlation of a facet with the outcome, the other facets held constant",
        formula="−Pᵢᵧ / √(Pᵢᵢ Pᵧᵧ), P = R⁻¹ of the pooled matrix" + _DRAWN,
        function="attune.stats.correlation_matrices.partial_correlations", symbol="*pr*",
        print_format=R, allowed=CORRELATION, tolerance=ITERATED,
    ),
    StatisticKind(
        id="facets.<facet>.general_dominance", rule=RULE, label="general dominance of a facet",
        formula="mean, over the numbers of other facets in the model, of the mean of what it adds"
        " to R²" + _DRAWN,
        function=_DOMINANCE, doi=BUDESCU, print_format=_R2, allowed=SHARE, tolerance=ITERATED,
    ),
    StatisticKind(
        id="facets.<facet>.dominance_share", rule=RULE,
        label="general dominance of a facet in percent of the explained variance",
        formula="100 · general dominance / R²" + _DRAWN, function=_DOMINANCE, doi=BUDESCU,
        print_format=PERCENTAGE, allowed=PERCENT, tolerance=ITERATED,
    ),
    StatisticKind(
        id="facets.<facet>.relative_weight", rule=RULE, label="relative weight of a facet",
        formula="Σ λ² β², λ the correlations with the closest orthogonal variables, β their"
        " slopes" + _DRAWN,
        function="attune.stats.relative_weights.relative_weights",
        doi="10.1207/S15327906MBR3501_1", print_format=_R2, allowed=SHARE, tolerance=ITERATED,
    ),
    StatisticKind(
        id="facets.<facet>.resampled_weight", rule=RULE,
        label="relative weight of a facet in the rows of the only cohort",
        formula="as the relative weight; BCa interval over resampled rows", function=_RESAMPLED,
        doi=TONIDANDEL, print_format=PrintFormat("bounded", 3, interval="BCa CI"), allowed=SHARE,
        tolerance=ITERATED,
    ),
    StatisticKind(
        id="facets.<facet>.above_random", rule=RULE,
        label="relative weight of a facet less that of a variable of random numbers",
        formula="relative weight less that of one random variable beside all facets; BCa interval"
        " over resampled rows",
        function=_RESAMPLED, doi=TONIDANDEL,
        print_format=PrintFormat("bounded", 3, interval="BCa CI", signed=True),
        allowed=CORRELATION, tolerance=ITERATED,
    ),
    StatisticKind(
        id="facet_beside.<facet>.<others>.r_squared_added", rule=RULE,
        label="what a facet adds to R² beside a number of others",
        formula="mean of R²(S ∪ i) − R²(S) over all S of this size" + _DRAWN, function=_DOMINANCE,
        doi=AZEN, print_format=_R2, allowed=SHARE, tolerance=ITERATED,
    ),
    StatisticKind(
        id="facet_pairs.<facet>.<other>.dominance_difference", rule=RULE,
        label="difference in general dominance of two facets",
        formula="general dominance of the first less that of the second" + _DRAWN,
        function=_DOMINANCE, doi=AZEN, print_format=PrintFormat("bounded", 3, signed=True),
        allowed=CORRELATION, tolerance=ITERATED,
    ),
    StatisticKind(
        id="facet_pairs.<facet>.<other>.complete_dominance", rule=RULE,
        label="complete dominance of one facet over another",
        formula="1: it adds more to every subset of the others; 0: less; .5: neither",
        function=_DOMINANCE, doi=AZEN, print_format=PrintFormat("bounded", 1), allowed=SHARE,
        tolerance=ITERATED,
    ),
    StatisticKind(
        id="facet_pairs.<facet>.<other>.complete_reproduced", rule=RULE,
        label="share of the drawn matrices with the same verdict on complete dominance",
        formula="100 · same verdict / drawn", function="attune.stats.dominance.complete_dominance",
        doi=AZEN, print_format=PERCENTAGE, allowed=PERCENT, tolerance=ITERATED,
    ),
)  # fmt: skip

_ONE = "attune.stats.one_stage_pooling.one_stage_pooling"
_BURKE = "10.1002/sim.7141"
_SLOPE = _SIGNED


def _of_slopes(id_: str, label: str, formula: str, **more: Any) -> StatisticKind:
    return StatisticKind(
        id=id_, rule=RULE, label=label, formula=formula, function=_ONE, doi=_BURKE,
        tolerance=ITERATED, **more,
    )  # fmt: skip


_ONE_STAGE = (
    _count("one_stage.all.k", "number of cohorts whose rows are pooled", "count"),
    _count("one_stage.all.people", "number of rows that are pooled", "count"),
    _of_slopes(
        "one_stage_cohorts.<cohort>.slope", "slope of a cohort by itself",
        "b = Σ (x − x̄) y / Σ (x − x̄)²; t with n − 2 degrees of freedom",
        symbol="*b*", print_format=_SLOPE, test="additional",
    ),
    _of_slopes(
        "one_stage.all.slope", "slope from the rows of all cohorts in one model",
        "y = α + (β + b)(x − x̄) + e, α, and b of each cohort; restricted maximum likelihood",
        symbol="*b*", print_format=_SLOPE, test="planned",
    ),
    _of_slopes(
        "one_stage.all.slope_sd", "standard deviation of true slopes between cohorts in one model",
        "√ of the variance of b", symbol="τ", allowed=NOT_NEGATIVE,
    ),
    _of_slopes(
        "one_stage.two_stages.slope", "slopes of the cohorts pooled in two stages",
        "mean of b weighted by 1 / (SE² + τ²); Knapp and Hartung's test, with Wald's variance where"
        " its interval would be shorter",
        symbol="*b*", print_format=_SLOPE, test="additional",
    ),
    _of_slopes(
        "one_stage.two_stages.slope_sd",
        "standard deviation of true slopes between cohorts in two stages", "√τ²", symbol="τ",
        allowed=NOT_NEGATIVE,
    ),
    _of_slopes(
        "one_stage.all.difference", "slope in one stage less that in two", "difference",
        print_format=PrintFormat("number", 3, signed=True),
    ),
)  # fmt: skip

_CHECKS = tuple(
    _count(f"checks.{name}.count", label, "count")
    for name, label in (
        ("all", "number of checks of printed values"),
        ("inconsistent", "number of printed values that others contradict"),
    )
)

_FLOW = (_count("flow.<step>.count", "count of the flow diagram", "as declared"),)

KINDS = StatisticKinds(
    [
        *_STUDIES,
        *_REPORTED,
        *_POOLED,
        *_RESTATED,
        *_SENSITIVITY,
        *_RHO,
        *_INFLUENCE,
        *_MODERATORS,
        *_SMALL_STUDIES,
        *_FACETS,
        *_ONE_STAGE,
        *_VOTES,
        *_CHECKS,
        *_FLOW,
    ]
)
"""All kinds of statistics of a synthesis."""
