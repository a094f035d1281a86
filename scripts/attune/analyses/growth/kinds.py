"""Kinds of statistics of the growth models; `<growth>` is the name that the study gives one."""

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

_RULE = "fit_growth"
_MODELS = "attune.stats.mixed_models"
_TESTS = "attune.stats.mixed_model_tests"
_GROWTH = "attune.analyses.growth"
_LME4 = "10.18637/jss.v067.i01"
_SATTERTHWAITE = "10.18637/jss.v082.i13"
_SLOPE = PrintFormat(decimals=2, signed=True)
_T = PrintFormat(signed=True, with_df=True)
_R = PrintFormat("bounded", 2, signed=True)


def _kind(identifier: str, label: str, formula: str, function: str, **more: Any) -> StatisticKind:
    shared: dict[str, Any] = {"rule": _RULE, "tolerance": ITERATED}
    return StatisticKind(
        id=identifier, label=label, formula=formula, function=function, **(shared | more)
    )


_COEFFICIENTS = (
    _kind(
        "<growth>.<outcome>.<term>.fixed_effect",
        "coefficient of a growth model",
        "β = (X′V⁻¹X)⁻¹X′V⁻¹y, V the covariance of the ratings that the random effects and the"
        " residual imply",
        f"{_MODELS}.fit_mixed_model",
        doi=_LME4,
        symbol="*b*",
        print_format=_SLOPE,
    ),
    _kind(
        "<growth>.<outcome>.<term>.fixed_effect_t",
        "t of a coefficient of a growth model",
        "t = β / SE(β), df as declared in the plan",
        f"{_TESTS}.FixedEffectTests",
        doi=_SATTERTHWAITE,
        symbol="*t*",
        print_format=_T,
        test="planned",
    ),
    _kind(
        "<growth>.<outcome>.<predictor>.fixed_effect_f",
        "F of several coefficients of a growth model",
        "F = (Lβ)′[L Cov(β) L′]⁻¹(Lβ) / rank(L), df as declared in the plan",
        f"{_TESTS}.FixedEffectTests",
        doi=_SATTERTHWAITE,
        symbol="*F*",
        print_format=PrintFormat(with_df=True),
        allowed=NOT_NEGATIVE,
        test="additional",
    ),
    _kind(
        "<growth>.<term>.rater_contrast",
        "difference between the coefficients of two raters",
        "β of the first rater − β of the second, in one model of both",
        f"{_TESTS}.FixedEffectTests",
        doi=_SATTERTHWAITE,
        symbol="*b*~diff~",
        print_format=_SLOPE,
    ),
    _kind(
        "<growth>.<term>.rater_contrast_t",
        "t of the difference between the coefficients of two raters",
        "t = difference / SE of the difference, from the joint covariance of all coefficients",
        f"{_TESTS}.FixedEffectTests",
        doi=_SATTERTHWAITE,
        symbol="*t*",
        print_format=_T,
        test="additional",
    ),
    _kind(
        "<growth>.<outcome>.<predictor>.contextual_effect",
        "contextual effect",
        "β between groups − β within groups",
        f"{_GROWTH}.estimate.fit_growth",
        doi="10.1037/1082-989X.12.2.121",
        symbol="*b*~context~",
        print_format=_SLOPE,
    ),
    _kind(
        "<growth>.<outcome>.<predictor>.contextual_effect_t",
        "t of a contextual effect",
        "t = contextual effect / SE",
        f"{_GROWTH}.estimate.fit_growth",
        doi="10.1037/1082-989X.12.2.121",
        symbol="*t*",
        print_format=_T,
        test="additional",
    ),
)

_VARIANCES = (
    _kind(
        "<growth>.<outcome>.<level>.<component>.random_sd",
        "standard deviation of a random effect",
        "square root of the variance of the intercepts or slopes between patients or therapists;"
        " interval as config.yaml says",
        f"{_MODELS}.fit_mixed_model",
        doi=_LME4,
        symbol="*SD*",
        print_format=PrintFormat(),
        allowed=NOT_NEGATIVE,
    ),
    _kind(
        "<growth>.<outcome>.<level>.<components>.random_correlation",
        "correlation of two random effects",
        "covariance / product of the standard deviations, as when patients who begin higher change"
        " less",
        f"{_MODELS}.fit_mixed_model",
        doi=_LME4,
        symbol="*r*",
        print_format=_R,
        allowed=CORRELATION,
    ),
    _kind(
        "<growth>.<level>.<component>.rater_correlation",
        "correlation of a random effect between two raters",
        "covariance / product of the standard deviations of both raters' intercepts, slopes, or"
        " residuals of the same session",
        f"{_MODELS}.fit_mixed_model",
        doi=_LME4,
        symbol="*r*",
        print_format=_R,
        allowed=CORRELATION,
    ),
    _kind(
        "<growth>.<outcome>[.<occasion>].residual_sd",
        "standard deviation of the residual",
        "square root of the variance between sessions of a patient that the model leaves",
        f"{_MODELS}.fit_mixed_model",
        doi=_LME4,
        symbol="*SD*",
        print_format=PrintFormat(),
        allowed=NOT_NEGATIVE,
    ),
    _kind(
        "<growth>.residual_autocorrelation",
        "correlation of neighbouring residuals",
        "φ of residuals one unit of time apart (continuous) or one occasion apart",
        f"{_MODELS}.fit_mixed_model",
        doi=_LME4,
        symbol="φ",
        print_format=_R,
        allowed=CORRELATION,
    ),
    _kind(
        "<growth>.<outcome>.<level>.icc",
        "share of variance between patients or therapists",
        "variance of the level / sum of the variances of all levels and the residual, in a model"
        " without predictors",
        "attune.stats.explained_variance.intraclass_correlation",
        doi="10.1037/0033-2909.86.2.420",
        symbol="ICC",
        print_format=PrintFormat("bounded", 2, share=False),
        allowed=SHARE,
    ),
    _kind(
        "<growth>.<outcome>.<source>.explained_share",
        "share of variance",
        "share of the model-implied variance that comes from the predictors, from the random"
        " slopes, from the random intercepts, or from the residual; interval from draws of the"
        " estimates without refits, for predictors by inversion (attune.stats.share_intervals)",
        "attune.stats.explained_variance.variance_partition",
        doi="10.1037/met0000184",
        symbol="*R*^2^",
        print_format=PrintFormat("bounded", 2),
        allowed=SHARE,
    ),
)

_MODELS_COMPARED = (
    _kind(
        "<growth>.<comparison>.likelihood_ratio",
        "likelihood ratio of two models",
        "χ² = 2 (log-likelihood of the larger − of the smaller model); as a variance cannot be"
        " negative, p of one more variance is from a mixture of χ² distributions, and p of several"
        " at once, from χ², is conservative",
        f"{_TESTS}.likelihood_ratio",
        doi="10.2307/2533455",
        symbol="χ^2^",
        print_format=PrintFormat(with_df=True),
        allowed=NOT_NEGATIVE,
        test="additional",
    ),
    _kind(
        "<growth>.log_likelihood",
        "log-likelihood of a growth model",
        "log density of the ratings at the estimates; restricted for reml",
        f"{_MODELS}.fit_mixed_model",
        doi=_LME4,
        symbol="log-likelihood",
    ),
    _kind(
        "<growth>.n_parameters",
        "number of parameters",
        "coefficients, variances, and correlations of the model",
        f"{_MODELS}.fit_mixed_model",
        doi=_LME4,
        symbol="*k*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
)

_OCCASIONS = (
    _kind(
        "<growth>.<outcome>.<occasion>[.<condition>].observed_n",
        "number of ratings at an occasion",
        "ratings in the model",
        f"{_GROWTH}.estimate.fit_growth",
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
        people="count",
    ),
    _kind(
        "<growth>.<outcome>.<occasion>[.<condition>].observed_mean",
        "mean at an occasion",
        "Σx / n of the ratings in the model",
        f"{_GROWTH}.estimate.fit_growth",
        symbol="*M*",
        print_format=AVERAGE_IN_UNITS,
        people="derived",
    ),
    _kind(
        "<growth>.<outcome>.<occasion>[.<condition>].observed_sd",
        "standard deviation at an occasion",
        "√[Σ(x − mean)² / (n − 1)] of the ratings in the model",
        f"{_GROWTH}.estimate.fit_growth",
        symbol="*SD*",
        print_format=AVERAGE_IN_UNITS,
        allowed=NOT_NEGATIVE,
        people="derived",
    ),
    _kind(
        "<growth>.<outcome>.<occasion>[.<condition>].model_mean",
        "mean that the growth model predicts at an occasion",
        "Lβ at the mean of every predictor",
        f"{_TESTS}.FixedEffectTests",
        doi=_SATTERTHWAITE,
        symbol="*M*~model~",
        print_format=AVERAGE_IN_UNITS,
        people="derived",
    ),
    _kind(
        "<growth>.<outcome>.<occasion>[.<condition>].condition_difference",
        "difference between two conditions at an occasion, by the growth model",
        "predicted mean of the second condition − that of the first",
        f"{_TESTS}.FixedEffectTests",
        doi=_SATTERTHWAITE,
        symbol="*M*~diff~",
        print_format=PrintFormat(decimals=None, signed=True),
    ),
    _kind(
        "<growth>.<outcome>.<occasion>[.<condition>].condition_difference_t",
        "t of a difference between two conditions at an occasion",
        "t = difference / SE",
        f"{_TESTS}.FixedEffectTests",
        doi=_SATTERTHWAITE,
        symbol="*t*",
        print_format=_T,
        test="additional",
    ),
    _kind(
        "<growth>.<occasion>.last_rated_n",
        "number of patients who were last rated at an occasion",
        "patients without a rating at any later occasion",
        f"{_GROWTH}.estimate.fit_growth",
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
        people="count",
    ),
)

_COUNTS = tuple(
    _kind(
        f"<growth>.{name}",
        label,
        formula,
        f"{_GROWTH}.design.growth_design",
        symbol="*n*" if people else "",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
        people=people,
    )
    for name, label, formula, people in (
        ("n_ratings", "number of ratings", "ratings in the model", None),
        ("n_sessions", "number of sessions", "sessions with a rating in the model", None),
        ("n_patients", "number of patients", "patients with a rating in the model", "count"),
        ("n_therapists", "number of therapists", "therapists of these patients", None),
        (
            "n_therapists_of_few",
            "number of therapists with fewer than five patients",
            "therapists with one to four patients in the model",
            None,
        ),
        (
            "n_singular",
            "whether random effects have no variance in some direction",
            "1 where a variance or a combination of random effects is estimated as zero, else 0",
            None,
        ),
        (
            "n_not_converged",
            "whether the search for the largest likelihood failed",
            "1 where it did not end at a maximum, else 0",
            None,
        ),
        (
            "n_hardly_determined",
            "number of directions in which the likelihood is flat",
            "combinations of variances that the data hardly determine; none where the fit is"
            " singular",
            None,
        ),
        (
            "n_left_out",
            "number of ratings left out",
            "ratings that lack a predictor, or whose therapist has too few patients",
            None,
        ),
    )
)

_SENSITIVITY = (
    _kind(
        "<growth>.<outcome>.<term>.pattern_mixture",
        "slope of time averaged over patterns of dropout",
        "slope of patients with and without the last occasion, weighted by their shares",
        f"{_GROWTH}.sensitivity.dropout_slopes",
        doi="10.1037/1082-989X.2.1.64",
        symbol="*b*",
        print_format=_SLOPE,
    ),
    _kind(
        "<growth>.<outcome>.<term>.conditional_linear",
        "slope of time given when patients were last rated",
        "slope at the mean of the last rated time, on which level and slope depend linearly",
        f"{_GROWTH}.sensitivity.dropout_slopes",
        doi="10.2307/2531694",
        symbol="*b*",
        print_format=_SLOPE,
    ),
    _kind(
        "<growth>.<outcome>.<term>.largest_influence",
        "largest change of a coefficient without one therapist or patient",
        "max |β without one − β| / SE(β)",
        f"{_GROWTH}.sensitivity.largest_influences",
        symbol="",
        print_format=PrintFormat(),
        allowed=NOT_NEGATIVE,
    ),
    _kind(
        "<growth>.<outcome>.residual_skewness",
        "skewness of the residuals",
        "third standardised moment of the residuals given the random effects",
        f"{_GROWTH}.sensitivity.residual_moments",
        symbol="skewness",
        print_format=PrintFormat(signed=True),
    ),
    _kind(
        "<growth>.<outcome>.residual_kurtosis",
        "excess kurtosis of the residuals",
        "fourth standardised moment of the residuals given the random effects, minus 3",
        f"{_GROWTH}.sensitivity.residual_moments",
        symbol="kurtosis",
        print_format=PrintFormat(signed=True),
    ),
    _kind(
        "<growth>.<outcome>.<rank>.therapist_effect",
        "effect of a therapist, drawn towards the mean",
        "best linear unbiased prediction of the therapist's intercept; interval from its"
        " conditional variance",
        f"{_MODELS}.MixedModel",
        doi=_LME4,
        symbol="",
        print_format=PrintFormat(signed=True),
    ),
)

KINDS = (
    *_COEFFICIENTS,
    *_VARIANCES,
    *_MODELS_COMPARED,
    *_OCCASIONS,
    *_COUNTS,
    *_SENSITIVITY,
)
