"""Pooled effects of studies, with their prediction interval and heterogeneity.

Correlations are pooled as Fisher's z and printed as r, odds ratios as their logarithms;
standardised differences and slopes as they are.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attune.specs.synthesis import PoolingModel, Synthesis
from attune.stats.effect_conversion import EffectSize, fisher_z
from attune.stats.meta_analysis import (
    AverageEffect,
    Test,
    random_effects,
    shorter_than_wald,
)
from attune.stats.multilevel_meta_analysis import MultilevelMetaAnalysis, multilevel_meta_analysis
from attune.stats.regression import CoefficientTest
from attune.store.statistic_rows import Row, snake_case, statistic_row
from attune.synthesis.evidence import StudyEffect, n_people, n_studies

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

ALL = "all"
"""Group of all pooled studies."""

NONE_POOLED = "no study has a number with its precision"
NO_TAU = "one study says nothing about differences between studies"

ESTIMATORS = {
    "REML": "restricted maximum likelihood",
    "ML": "maximum likelihood",
    "DL": "DerSimonian and Laird",
    "PM": "Paule and Mandel",
    "SJ": "Sidik and Jonkman",
    "HE": "Hedges",
    "common": "a common effect, without variance between studies",
}

TESTS = {
    "z": "the Wald test",
    "knapp-hartung": "Knapp and Hartung's test",
    "knapp-hartung-truncated": "Knapp and Hartung's test, never below the Wald variance",
}


def effect_size(study: StudyEffect) -> EffectSize:
    """The effect of a study on the scale on which it is pooled: Fisher's z, g, slope or log odds.

    Slopes and log odds ratios are pooled like g, as they are; nothing of them is ever converted.
    """
    estimate = float(study.estimate) if study.estimate is not None else math.nan
    if study.se is None:
        return fisher_z(estimate, study.n or 0)
    return EffectSize("g", estimate, study.se**2)


def back(values: Iterable[float], metric: str) -> list[float]:
    """Values of the scale of pooling in the metric of the synthesis.

    tanh of Fisher's z, exp of a log odds ratio.

    Examples
    --------
    >>> [round(value, 6) for value in back([0.0, 0.549306144], "r")]
    [0.0, 0.5]
    >>> [round(value, 6) for value in back([0.0, 0.693147181], "or")]
    [1.0, 2.0]
    """
    inverse = {"r": math.tanh, "or": math.exp}.get(metric, float)
    return [inverse(value) for value in values]


def pooled_rows(
    synthesis: Synthesis, name: str, studies: Sequence[StudyEffect], **terms: str
) -> Iterator[Row]:
    """The pooled effect of some studies, its prediction interval and heterogeneity.

    Of no study, everything is undefined; of one, all that is about differences between studies.
    """
    people = n_people(studies)
    yield statistic_row("pooled", [name], "k", n_studies(studies), **terms)
    yield statistic_row("pooled", [name], "people", people, **terms)
    metric = synthesis.metric
    if is_nested(studies):
        yield from _nested_rows(synthesis, name, studies, terms)
        return
    if not studies:
        for statistic in (metric, f"prediction_{metric}", "tau", "i_squared", "q"):
            yield statistic_row("pooled", [name], statistic, None, reason=NONE_POOLED, **terms)
        return
    model = synthesis.model
    found = average_effect(studies, model)
    method = model_words(model, found)
    yield pooled_row("pooled", name, found, metric, people, method, model.interval, **terms)
    low, high = back((found.prediction.low, found.prediction.high), metric)
    estimate = back([found.effect.estimate], metric)[0]
    reason = found.undefined.get("prediction", NO_TAU)
    yield statistic_row(
        "pooled",
        [name],
        f"prediction_{metric}",
        None if math.isnan(low) else estimate,
        reason=reason,
        ci_low=low,
        ci_high=high,
        ci_level=model.interval,
        method=f"{method}; quantile of {found.prediction.convention}",
        **terms,
    )
    yield from _heterogeneity_rows(name, found, model, method, terms)
    if name == ALL and len(studies) > 1:
        for study, weight in zip(studies, found.weights, strict=True):
            yield statistic_row(
                "studies", [study.key], "weight", float(weight), x=study.key, method=method
            )


def is_nested(studies: Sequence[StudyEffect]) -> bool:
    """Whether a study has several of the effects."""
    return n_studies(studies) < len(studies)


_ROUNDING = 1e-12

FEWEST_DF = 4
"""Satterthwaite degrees of freedom below which cluster-robust p values cannot be trusted
(Tipton, 2015, doi:10.1037/met0000011)."""

FEW_DF = "cluster-robust ones have fewer than four degrees of freedom, too few to be trusted"
TOO_ALIKE = (
    "the effects differ less than their sampling errors make them, so that cluster-robust standard"
    " errors are too small"
)

ONE_NESTED = "all effects are of one study"


def _nested_rows(
    synthesis: Synthesis, name: str, studies: Sequence[StudyEffect], terms: Mapping[str, str]
) -> Iterator[Row]:
    """The pooled effect of studies with several effects each, by a multilevel model.

    Estimate, test and interval are cluster-robust (CR2), by study, or those of the model; see
    `nested_test`.
    """
    metric, model = synthesis.metric, synthesis.model
    yield statistic_row("pooled", [name], "effects", len(studies), **terms)
    if n_studies(studies) == 1:
        for statistic in (metric, f"prediction_{metric}", "tau", "tau_within", "i_squared", "q"):
            yield statistic_row("pooled", [name], statistic, None, reason=ONE_NESTED, **terms)
        return
    found = nested_effect(studies, model, profile=True)
    test, method = nested_test(found, model)
    shared: dict[str, Any] = {"method": method, **terms}
    estimate, low, high = back((test.estimate, test.ci_low, test.ci_high), metric)
    limits: dict[str, Any] = {"ci_low": low, "ci_high": high, "ci_level": model.interval}
    yield statistic_row(
        "pooled", [name], metric, estimate, se=test.se, df=test.df, n=n_people(studies),
        p_two_tailed=test.p_two_tailed, **limits, **shared,
    )  # fmt: skip
    low, high = back((found.prediction.low, found.prediction.high), metric)
    limits = {"ci_low": low, "ci_high": high, "ci_level": model.interval}
    yield statistic_row("pooled", [name], f"prediction_{metric}", estimate, **limits, **shared)
    names = {"study": "tau", "effect": "tau_within"}
    for part in found.components:
        statistic, root = names[part.level], math.sqrt(part.variance)
        limits = {"ci_low": math.sqrt(part.low), "ci_high": math.sqrt(part.high)}
        limits["ci_level"] = model.interval
        yield statistic_row("pooled", [name], statistic, root, **limits, **shared)
    share = min(100.0, sum(part.i2 for part in found.components))
    yield statistic_row("pooled", [name], "i_squared", share, **shared)
    yield statistic_row(
        "pooled", [name], "q", found.q, df=found.q_df, p_two_tailed=found.q_p, **shared
    )


def nested_effect(
    studies: Sequence[StudyEffect],
    model: PoolingModel,
    moderators: "ArrayLike | None" = None,
    names: Sequence[str] = (),
    own_test: bool = False,
    rho: float | None = None,
    profile: bool = False,
) -> MultilevelMetaAnalysis:
    """The multilevel model of studies with several effects, or its regression on moderators.

    `own_test`: whether the tests of the model are needed beside the cluster-robust ones, which asks
    for more studies than coefficients. Without `rho` it is the declared one. `profile`: whether the
    variances have their profile likelihood intervals.
    """
    sizes = [effect_size(study) for study in studies]
    return multilevel_meta_analysis(
        [size.estimate for size in sizes],
        [size.variance for size in sizes],
        [study.of_study for study in studies],
        moderators,
        names,
        rho=model.rho if rho is None else rho,
        # Tests are cluster-robust; z asks for no degrees of freedom of the model's own.
        test="t" if moderators is None or own_test else "z",
        interval=model.interval,
        profile=profile,
    )


def nested_method(rho: float, why_own: str = "") -> str:
    """The multilevel model and its tests in words; `why_own`: why they are its own.

    Examples
    --------
    >>> nested_method(0.6)
    'multilevel model, rho = 0.6; cluster-robust (CR2)'
    """
    tests = f"its own test, since {why_own}" if why_own else "cluster-robust (CR2)"
    return f"multilevel model, rho = {rho:g}; {tests}"


def nested_test(found: MultilevelMetaAnalysis, model: PoolingModel) -> tuple[CoefficientTest, str]:
    """The cluster-robust test of the average effect, or the model's own, and the method in words.

    The model's own test is given for the reasons of `why_own_test`.
    """
    reason = why_own_test(found)
    method = nested_method(found.rho, reason)
    if reason:
        return found.coefficients[0], method
    return found.robust().test([1.0], model.interval), method


def why_own_test(found: MultilevelMetaAnalysis) -> str:
    """Why the average effect has the model's own test instead of a cluster-robust one, as a clause.

    Too few degrees of freedom; or no variance of true effects and a cluster-robust standard error
    below that of the model, which then is the one that sampling errors alone make. Empty: neither.
    """
    if max(found.effects) - min(found.effects) <= _ROUNDING:
        return TOO_ALIKE
    robust = found.robust().test([1.0])
    if robust.df < FEWEST_DF:
        return FEW_DF
    without_variance = sum(part.variance for part in found.components) == 0
    return TOO_ALIKE if without_variance and robust.se < found.coefficients[0].se else ""


def _heterogeneity_rows(
    name: str,
    found: AverageEffect,
    model: PoolingModel,
    method: str,
    terms: Mapping[str, str],
) -> Iterator[Row]:
    between = found.heterogeneity
    one = found.k == 1
    common = model.estimator == "common"
    reason = NO_TAU if one else "a common effect has no variance between studies"
    root = math.sqrt(between.tau2) if between.tau2 >= 0 and not one and not common else None
    limits = {
        "ci_low": math.sqrt(between.tau2_low) if between.tau2_low >= 0 else None,
        "ci_high": math.sqrt(between.tau2_high) if between.tau2_high >= 0 else None,
        "ci_level": model.interval,
    }
    yield statistic_row(
        "pooled", [name], "tau", root, reason=reason, method=method, **limits, **terms
    )
    yield statistic_row(
        "pooled",
        [name],
        "i_squared",
        None if one or common else between.i2,
        reason=reason,
        ci_low=between.i2_low,
        ci_high=between.i2_high,
        ci_level=model.interval,
        method=method,
        **terms,
    )
    if not one and not common:
        ratio, low, high = (
            math.sqrt(value) for value in (between.h2, between.h2_low, between.h2_high)
        )
        yield statistic_row(
            "pooled", [name], "h", ratio, ci_low=low, ci_high=high, ci_level=model.interval,
            method=method, **terms,
        )  # fmt: skip
    yield statistic_row(
        "pooled",
        [name],
        "q",
        None if one else between.q,
        reason=NO_TAU,
        df=between.q_df,
        p_two_tailed=None if one else between.q_p,
        method="chi-square test",
        **terms,
    )


def average_effect(
    studies: Sequence[StudyEffect], model: PoolingModel, estimator: str = ""
) -> AverageEffect:
    """The pooled effect of some studies, by the declared estimator or another."""
    sizes = [effect_size(study) for study in studies]
    return average_of(sizes, model, estimator, [study.key for study in studies])


def average_of(
    sizes: Sequence[EffectSize],
    model: PoolingModel,
    estimator: str = "",
    names: Sequence[str] | None = None,
) -> AverageEffect:
    """The pooled effect of effect sizes.

    The variance between studies has its interval only where no `estimator` is named. The test is
    that of `truncated_where_short`.
    """

    def pooled(test: Test) -> AverageEffect:
        return random_effects(
            [size.estimate for size in sizes],
            [size.variance for size in sizes],
            names,
            method=estimator or model.estimator,  # type: ignore[arg-type]
            test=test,
            prediction=model.prediction,
            interval=model.interval,
            profile=len(sizes) > 1 and not estimator,
        )

    found = pooled(model.test)
    test = truncated_where_short(found, sizes, model)
    return found if test == model.test else pooled(test)


def all_equal(sizes: Sequence[EffectSize]) -> bool:
    """Whether two or more effects are equal, up to rounding error.

    Examples
    --------
    >>> all_equal([EffectSize("g", 0.3, 0.1), EffectSize("g", 0.3, 0.2)])
    True
    """
    estimates = [size.estimate for size in sizes]
    return len(sizes) > 1 and max(estimates) - min(estimates) <= _ROUNDING


def truncated_where_short(
    found: AverageEffect, sizes: Sequence[EffectSize], model: PoolingModel
) -> Test:
    """The declared test; truncated, where Knapp and Hartung's interval is shorter than Wald's.

    Nearly equal effects leave hardly any residuals, so that its variance would be nearly zero and
    the interval shorter than the sampling errors of the studies allow.

    Parameters
    ----------
    found : AverageEffect
        By the declared test.
    sizes : sequence of EffectSize
    model : PoolingModel
    """
    if model.test != "knapp-hartung" or found.k == 1:
        return model.test
    y, v = [size.estimate for size in sizes], [size.variance for size in sizes]
    tau2 = 0.0 if math.isnan(found.tau2) else found.tau2
    short = shorter_than_wald(y, v, tau2, model.interval)
    return "knapp-hartung-truncated" if short else model.test


def pooled_row(
    analysis: str,
    name: str,
    found: AverageEffect,
    metric: str,
    people: int,
    method: str,
    interval: float,
    **terms: str,
) -> Row:
    """One pooled effect in the metric of the synthesis; its standard error on the pooled scale."""
    effect = found.effect
    estimate, low, high = back((effect.estimate, effect.ci_low, effect.ci_high), metric)
    return statistic_row(
        analysis,
        [name],
        metric,
        estimate,
        se=effect.se,
        df=None if math.isinf(effect.df) else effect.df,
        n=people,
        p_two_tailed=effect.p_two_tailed,
        ci_low=low,
        ci_high=high,
        ci_level=interval,
        method=method,
        **terms,
    )


def nested_words(own: bool = False) -> str:
    """The multilevel model in words, without its numbers; `own`: with its own test."""
    return (
        "restricted maximum likelihood, with variances between studies and between the effects of"
        f" a study and with {'the test of this model' if own else 'cluster-robust tests'}"
    )


def model_words(model: PoolingModel, found: AverageEffect | None = None) -> str:
    """The model in words; with one study, the test that was carried out.

    Examples
    --------
    >>> model_words(PoolingModel())
    "restricted maximum likelihood, with Knapp and Hartung's test"
    """
    test = found.test if found else model.test
    return f"{ESTIMATORS[model.estimator]}, with {TESTS[test]}"


def group_name(moderator: str, level: str) -> str:
    """Name of a group of studies in ids.

    Examples
    --------
    >>> group_name("design", "Randomised trial")
    'design_randomised_trial'
    """
    return f"{moderator}_{snake_case(level)}"
