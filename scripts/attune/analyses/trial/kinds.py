"""Kinds of statistics of trials; `<trial>` is the name that the study gives one."""

from typing import Any

from attune.store.statistic_kinds import (
    AVERAGE_IN_UNITS,
    CORRELATION,
    COUNT,
    NOT_NEGATIVE,
    PERCENT,
    PERCENTAGE,
    SHARE,
    PrintFormat,
    StatisticKind,
)
from attune.store.tolerances import ITERATED

_RULE = "analyse_trial"
_FLOW = "attune.analyses.trial.flow"
_EFFECTS = "attune.analyses.trial.effects.effect_rows"
_MODEL = "attune.stats.repeated_measures.fit_repeated_measures"
_MMRM = "10.1177/009286150804200402"
_T = PrintFormat(signed=True, with_df=True)
_DIFFERENCE = PrintFormat(decimals=2, signed=True)
_D = PrintFormat(
    signed=True, sizes=((0.8, "large"), (0.5, "medium"), (0.2, "small"), (0, "less than small"))
)


def _kind(identifier: str, label: str, formula: str, function: str, **more: Any) -> StatisticKind:
    return StatisticKind(
        id=identifier, rule=_RULE, label=label, formula=formula, function=function, **more
    )


_PEOPLE = (
    _kind(
        "<trial>.<unit>.<arm>.randomised_n",
        "number of those who were randomised to an arm",
        "patients or therapists of the sample sheet, each counted once",
        f"{_FLOW}.flow_rows",
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
    _kind(
        "<trial>.<unit>.<arm>.<visit>.assessed_n",
        "number of those who were assessed at a visit",
        "those with at least one outcome of their level at the visit; therapists without outcomes"
        " of their own: those with a patient who was assessed",
        f"{_FLOW}.flow_rows",
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
    _kind(
        "<trial>.<unit>.<arm>.<visit>.not_assessed_n",
        "number of those who were not assessed at a visit",
        "randomised − assessed",
        f"{_FLOW}.flow_rows",
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
    _kind(
        "<trial>.<unit>.<arm>.<visit>.<reason>.lost_n",
        "number of those who were not assessed at a visit for a reason",
        "those who were not assessed, by the reason that the sample sheet records",
        f"{_FLOW}.flow_rows",
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
        people="part",
    ),
    _kind(
        "<trial>.<characteristic>.<arm>.baseline_n",
        "number of values at baseline",
        "values that are there, each patient or therapist once",
        f"{_FLOW}.baseline_rows",
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
    _kind(
        "<trial>.<characteristic>.<arm>.baseline_mean",
        "mean at baseline",
        "Σx / n",
        f"{_FLOW}.baseline_rows",
        symbol="*M*",
        print_format=AVERAGE_IN_UNITS,
    ),
    _kind(
        "<trial>.<characteristic>.<arm>.baseline_sd",
        "standard deviation at baseline",
        "√(Σ(x − M)² / (n − 1))",
        f"{_FLOW}.baseline_rows",
        symbol="*SD*",
        print_format=AVERAGE_IN_UNITS,
        allowed=NOT_NEGATIVE,
    ),
    _kind(
        "<trial>.<characteristic>.<arm>.<level>.baseline_count",
        "number of people with a characteristic",
        "patients or therapists of the arm, each counted once",
        f"{_FLOW}.baseline_rows",
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
        people="part",
    ),
    _kind(
        "<trial>.<characteristic>.<arm>.<level>.baseline_percent",
        "percentage of people with a characteristic",
        "100 × n of the level / n with a value",
        f"{_FLOW}.baseline_rows",
        print_format=PERCENTAGE,
        allowed=PERCENT,
        people="derived",
    ),
    _kind(
        "<trial>.<outcome>.<arm>.analysed_n",
        "number of those who are in the model",
        "persons with an outcome at one visit or more; with the baseline as outcome, persons with"
        " any score",
        _EFFECTS,
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
    _kind(
        "<trial>.<outcome>.baseline_replaced_n",
        "number of those whose missing baseline was replaced by the mean",
        "persons in the model whose baseline is missing; the mean is that of all arms together",
        _EFFECTS,
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
)

_MEANS = (
    _kind(
        "<trial>.<outcome>.<visit>.<arm>.visit_n",
        "number of outcomes at a visit",
        "outcomes that are there",
        _EFFECTS,
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
    _kind(
        "<trial>.<outcome>.<visit>.<arm>.visit_mean",
        "observed mean at a visit",
        "Σx / n",
        _EFFECTS,
        symbol="*M*",
        print_format=AVERAGE_IN_UNITS,
    ),
    _kind(
        "<trial>.<outcome>.<visit>.<arm>.visit_sd",
        "observed standard deviation at a visit",
        "√(Σ(x − M)² / (n − 1))",
        _EFFECTS,
        symbol="*SD*",
        print_format=AVERAGE_IN_UNITS,
        allowed=NOT_NEGATIVE,
    ),
    _kind(
        "<trial>.<outcome>.<visit>.<arm>.adjusted_visit_mean",
        "adjusted mean at a visit",
        "mean of the arm at the visit by the model, for the mean baseline of all who are analysed",
        _MODEL,
        doi=_MMRM,
        symbol="*M*~adj~",
        print_format=AVERAGE_IN_UNITS,
        tolerance=ITERATED,
    ),
)

_DIFFERENCES = (
    _kind(
        "<trial>.<outcome>.<visit>[.<arm>].arm_difference",
        "adjusted difference between arms",
        "adjusted mean of the arm − adjusted mean of the reference arm at the visit",
        _MODEL,
        doi=_MMRM,
        symbol="*M*~diff~",
        print_format=_DIFFERENCE,
        tolerance=ITERATED,
    ),
    _kind(
        "<trial>.<outcome>.<visit>[.<arm>].arm_difference_t",
        "t of the adjusted difference between arms",
        "t = difference / SE, standard error and df as the plan declares",
        _MODEL,
        doi=_MMRM,
        symbol="*t*",
        print_format=_T,
        test="planned",
        tolerance=ITERATED,
    ),
    _kind(
        "<trial>.<outcome>.<visit>[.<arm>].standardised_arm_difference",
        "standardised difference between arms",
        "d = adjusted difference / SD of the baseline, pooled over the arms; interval by the delta"
        " method",
        _MODEL,
        doi=_MMRM,
        symbol="*d*",
        print_format=_D,
        tolerance=ITERATED,
    ),
    _kind(
        "<trial>.<outcome>[.<arm>].average_difference",
        "adjusted difference between arms, averaged over the visits",
        "Σ difference at each visit / number of visits",
        _MODEL,
        doi=_MMRM,
        symbol="*M*~diff~",
        print_format=_DIFFERENCE,
        tolerance=ITERATED,
    ),
    _kind(
        "<trial>.<outcome>[.<arm>].average_difference_t",
        "t of the averaged difference between arms",
        "t = difference / SE",
        _MODEL,
        doi=_MMRM,
        symbol="*t*",
        print_format=_T,
        test="additional",
        tolerance=ITERATED,
    ),
    _kind(
        "<trial>.<outcome>[.<arm>].standardised_average_difference",
        "standardised difference between arms, averaged over the visits",
        "d = averaged difference / SD of the baseline, pooled over the arms",
        _MODEL,
        doi=_MMRM,
        symbol="*d*",
        print_format=_D,
        tolerance=ITERATED,
    ),
    _kind(
        "<trial>.<outcome>.arm_by_visit_f",
        "F of arm by visit",
        "F that the differences between the arms are the same at all visits",
        _MODEL,
        doi=_MMRM,
        symbol="*F*",
        print_format=PrintFormat(with_df=True),
        allowed=NOT_NEGATIVE,
        test="additional",
        tolerance=ITERATED,
    ),
)

_VARIANCES = (
    _kind(
        "<trial>.<outcome>.<visit>.visit_residual_sd",
        "standard deviation of the outcome at a visit, given the baseline",
        "√ of the diagonal of the residual covariance",
        _MODEL,
        doi=_MMRM,
        symbol="*SD*",
        print_format=PrintFormat(),
        allowed=NOT_NEGATIVE,
        tolerance=ITERATED,
    ),
    _kind(
        "<trial>.<outcome>.<visits>.visit_residual_correlation",
        "correlation of a person's outcomes at two visits, given the baseline",
        "covariance / product of the standard deviations",
        _MODEL,
        doi=_MMRM,
        symbol="*r*",
        print_format=PrintFormat("bounded", 2, signed=True),
        allowed=CORRELATION,
        tolerance=ITERATED,
    ),
    _kind(
        "<trial>.<outcome>.cluster_sd",
        "standard deviation between therapists",
        "√ of the variance of the therapists' intercepts",
        _MODEL,
        doi=_MMRM,
        symbol="*SD*",
        print_format=PrintFormat(),
        allowed=NOT_NEGATIVE,
        tolerance=ITERATED,
    ),
    _kind(
        "<trial>.<outcome>.<visit>.cluster_icc",
        "intraclass correlation of patients of one therapist",
        "variance between therapists / (variance between + variance within), given the baseline",
        "attune.stats.explained_variance.intraclass_correlation",
        doi="10.1037/0033-2909.86.2.420",
        symbol="ICC",
        print_format=PrintFormat("bounded", 2),
        allowed=SHARE,
        tolerance=ITERATED,
    ),
    _kind(
        "<trial>.<outcome>.<visit>.mean_cluster_size",
        "patients per therapist",
        "patients with an outcome / therapists",
        _EFFECTS,
        symbol="*m*",
        print_format=PrintFormat(),
        allowed=NOT_NEGATIVE,
    ),
    _kind(
        "<trial>.<outcome>.<visit>.cluster_size_cv",
        "coefficient of variation of the patients per therapist",
        "SD of the number of patients / their mean",
        _EFFECTS,
        symbol="*CV*",
        print_format=PrintFormat(),
        allowed=NOT_NEGATIVE,
    ),
    _kind(
        "<trial>.<outcome>.<visit>.design_effect",
        "design effect",
        "1 + ((CV² + 1) m − 1) ICC",
        "attune.stats.repeated_measures.design_effect",
        doi="10.1093/ije/dyl129",
        symbol="*DE*",
        print_format=PrintFormat(),
        allowed=NOT_NEGATIVE,
        tolerance=ITERATED,
    ),
    _kind(
        "<trial>.<outcome>.model_warnings",
        "number of warnings about a model",
        "variances at zero, a search that did not end at a maximum; named in `method`",
        _EFFECTS,
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
    _kind(
        "<trial>.<outcome>.model_singular",
        "whether a variance was estimated as zero",
        "1 if a variance or a combination of random effects is zero, else 0",
        _EFFECTS,
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
    _kind(
        "<trial>.<outcome>.model_not_converged",
        "whether the search for the estimates did not end at a maximum",
        "1 if the gradient of the likelihood is not zero where the search ended, else 0",
        _EFFECTS,
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
)

_RESPONDERS_OF = "attune.analyses.trial.responders"
_JACOBSON = "10.1037/0022-006X.59.1.12"
_PERCENT_DIFFERENCE = PrintFormat(decimals=1, signed=True)

_RESPONDERS = (
    _kind(
        "<trial>.<outcome>.reliable_points",
        "size of a reliable change",
        "1.96 √2 SD √(1 − reliability), or as published",
        "attune.stats.reliable_change.change_criteria",
        doi=_JACOBSON,
        print_format=PrintFormat(),
        allowed=NOT_NEGATIVE,
    ),
    _kind(
        "<trial>.<outcome>.clinical_cutoff",
        "cut-off between the clinical and the normal range",
        "as published",
        f"{_RESPONDERS_OF}.criteria_of",
        doi=_JACOBSON,
        print_format=PrintFormat(),
    ),
    _kind(
        "<trial>.<outcome>.<visit>.<arm>.<response>.response_n",
        "number of those who responded, or did not",
        "recovered or improved; unchanged or deteriorated; of those with both scores",
        "attune.stats.reliable_change.classify_change",
        doi=_JACOBSON,
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
        people="part",
    ),
    _kind(
        "<trial>.<outcome>.<visit>.<arm>.<response>.response_percent",
        "percentage of those who responded, or did not",
        "100 × n / n with both scores",
        "attune.stats.reliable_change.classify_change",
        doi=_JACOBSON,
        print_format=PERCENTAGE,
        allowed=PERCENT,
        people="derived",
    ),
    _kind(
        "<trial>.<outcome>.<visit>.<arm>.<response>.<category>.change_n",
        "number of those whose change is of a category",
        "recovered, improved, unchanged or deteriorated, of those with both scores",
        "attune.stats.reliable_change.classify_change",
        doi=_JACOBSON,
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
        people="part",
    ),
    _kind(
        "<trial>.<outcome>.<visit>.<arm>.<response>.<category>.change_percent",
        "percentage of those whose change is of a category",
        "100 × n of the category / n with both scores",
        "attune.stats.reliable_change.classify_change",
        doi=_JACOBSON,
        print_format=PERCENTAGE,
        allowed=PERCENT,
        people="derived",
    ),
    _kind(
        "<trial>.<outcome>.<visit>[.<arm>].responder_difference",
        "difference between arms in the percentage of responders",
        "percentage recovered or improved in the arm − in the reference arm",
        "attune.stats.risk_difference.clustered_risk_difference",
        doi="10.2307/2532311",
        print_format=_PERCENT_DIFFERENCE,
        allowed=(-100.0, 100.0),
        people="derived",
    ),
    _kind(
        "<trial>.<outcome>.<visit>[.<arm>].number_needed_to_treat",
        "number needed to treat",
        "1 / difference of the shares of responders; `method` says for one more or one fewer",
        "attune.stats.number_needed_to_treat.number_needed_to_treat",
        doi="10.1136/bmj.317.7168.1309",
        symbol="NNT",
        print_format=PrintFormat(decimals=1),
        allowed=(1.0, float("inf")),
        people="derived",
    ),
)

_HARMS = (
    _kind(
        "<trial>.harms.<arm>.<any>.any_harm_n",
        "number of those with any adverse event, or none",
        "persons of the arm, each counted once",
        f"{_RESPONDERS_OF}.harm_rows",
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
        people="part",
    ),
    _kind(
        "<trial>.harms.<arm>.any.<event>.harm_n",
        "number of those with an adverse event",
        "persons of the arm with the event, each counted once",
        f"{_RESPONDERS_OF}.harm_rows",
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
        people="part",
    ),
    _kind(
        "<trial>.harms.<arm>.harm_percent",
        "percentage of those with any adverse event",
        "100 × n with an event / n of the arm",
        "attune.stats.risk_difference.risk",
        doi="10.1093/biomet/26.4.404",
        print_format=PERCENTAGE,
        allowed=PERCENT,
        people="share",
    ),
    _kind(
        "<trial>.harms[.<arm>].harm_difference",
        "difference between arms in the percentage with any adverse event",
        "percentage in the arm − percentage in the reference arm",
        "attune.stats.risk_difference.clustered_risk_difference",
        doi="10.2307/2532311",
        print_format=_PERCENT_DIFFERENCE,
        allowed=(-100.0, 100.0),
        people="derived",
    ),
)

_CACE = "10.1080/01621459.1996.10476902"
_COMPLIERS = "attune.stats.complier_effect.complier_average_causal_effect"

_RECEIVED = (
    _kind(
        "<trial>.received.<arm>.received_n",
        "number of those who received the treatment of their arm",
        "those with at least the declared amount",
        "attune.analyses.trial.received.received_n_rows",
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
    _kind(
        "<trial>.received.received_minimum",
        "least amount that counts as having received the treatment",
        "as declared",
        "attune.analyses.trial.received.received_n_rows",
        print_format=PrintFormat(decimals=0),
    ),
    _kind(
        "<trial>.<outcome>.<visit>[.<arm>].per_protocol_difference",
        "adjusted difference between arms, per protocol",
        "difference of the adjusted means over those who received the treatment of their arm",
        _MODEL,
        doi=_MMRM,
        symbol="*M*~diff~",
        print_format=_DIFFERENCE,
        tolerance=ITERATED,
    ),
    _kind(
        "<trial>.<outcome>.<visit>[.<arm>].per_protocol_difference_t",
        "t of the difference between arms, per protocol",
        "t = difference / SE",
        _MODEL,
        doi=_MMRM,
        symbol="*t*",
        print_format=_T,
        test="additional",
        tolerance=ITERATED,
    ),
    _kind(
        "<trial>.<outcome>.<visit>.complier_effect",
        "effect in compliers",
        "two-stage least squares with the randomised arm as instrument of the treatment received,"
        " adjusted for the baseline",
        _COMPLIERS,
        doi=_CACE,
        symbol="*b*",
        print_format=_DIFFERENCE,
    ),
    _kind(
        "<trial>.<outcome>.<visit>.complier_effect_t",
        "t of the effect in compliers",
        "t = effect / CR2 standard error",
        _COMPLIERS,
        doi=_CACE,
        symbol="*t*",
        print_format=_T,
        test="additional",
    ),
)

_IMPUTATION = "attune.stats.reference_based_imputation"
_CARPENTER = "10.1111/rssa.12423"
_WOLBERS = "10.1002/pst.2234"

_MISSING = (
    _kind(
        "<trial>.<outcome>.<visit>[.<arm>].<method>.imputed_difference",
        "difference between arms with missing outcomes imputed",
        "analysis of covariance at the visit in each imputed copy, pooled by Rubin's rules",
        f"{_IMPUTATION}.pooled_contrasts",
        doi=_CARPENTER,
        symbol="*M*~diff~",
        print_format=_DIFFERENCE,
        tolerance=ITERATED,
    ),
    _kind(
        "<trial>.<outcome>.<visit>[.<arm>].<method>.imputed_difference_t",
        "t of the difference with missing outcomes imputed",
        "t = difference / √T, T Rubin's total variance, df after Barnard and Rubin",
        f"{_IMPUTATION}.pooled_contrasts",
        doi=_CARPENTER,
        symbol="*t*",
        print_format=_T,
        test="additional",
        tolerance=ITERATED,
    ),
    _kind(
        "<trial>.<outcome>.<visit>[.<arm>].<method>.resampled_difference",
        "difference between arms with conditional means imputed",
        "analysis of covariance at the visit with every missing outcome at its conditional mean;"
        " standard error by the jackknife over persons or therapists",
        f"{_IMPUTATION}.resampled_contrasts",
        doi=_WOLBERS,
        symbol="*M*~diff~",
        print_format=_DIFFERENCE,
        tolerance=ITERATED,
    ),
    _kind(
        "<trial>.<outcome>.<visit>[.<arm>].<method>.resampled_difference_t",
        "t of the difference with conditional means imputed",
        "t = difference / jackknife standard error",
        f"{_IMPUTATION}.resampled_contrasts",
        doi=_WOLBERS,
        symbol="*t*",
        print_format=_T,
        test="additional",
        tolerance=ITERATED,
    ),
    _kind(
        "<trial>.<outcome>.<visit>[.<arm>].tipping_point",
        "tipping point",
        "points added to the imputed outcomes of the treated arm at which its difference is no"
        " longer significant",
        f"{_IMPUTATION}.tipping_point",
        doi="10.1080/10543400903243009",
        symbol="Δ",
        print_format=PrintFormat(decimals=2, signed=True),
        tolerance=ITERATED,
    ),
)

KINDS = (
    *_PEOPLE,
    *_MEANS,
    *_DIFFERENCES,
    *_VARIANCES,
    *_RESPONDERS,
    *_HARMS,
    *_RECEIVED,
    *_MISSING,
)
