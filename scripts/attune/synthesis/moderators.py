"""Features of studies that may change the effect: levels compared, numbers regressed on."""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from attune.specs.errors import AnalysisError
from attune.specs.synthesis import PoolingModel, Synthesis
from attune.stats.meta_analysis import Test
from attune.stats.meta_regression import (
    MetaRegression,
    ModeratorTest,
    meta_regression,
    subgroups,
)
from attune.stats.regression import CoefficientTest
from attune.store.statistic_rows import Row, statistic_row
from attune.synthesis.evidence import StudyEffect, n_studies
from attune.synthesis.pooling import (
    ESTIMATORS,
    FEW_DF,
    FEWEST_DF,
    TESTS,
    all_equal,
    effect_size,
    group_name,
    is_nested,
    nested_effect,
    nested_method,
    pooled_rows,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

FEWEST_FOR_A_SLOPE = 4
"""Studies below which no slope is estimated: with three, two coefficients leave one degree of
freedom."""

_FEWEST_OF_A_LEVEL = 2

NO_ERROR = "the effects lie on a line, so that the slope has no standard error"
NO_RESIDUALS = "the effects of each level are equal, so that their difference has no standard error"

_ROUNDING = 1e-12

COMMON_EFFECT = "a common effect is assumed, whose studies do not differ"


def why_not_compared(synthesis: Synthesis, moderator: str, studies: Sequence[StudyEffect]) -> str:
    """Why the levels of a moderator are not compared, as a clause; empty where they are."""
    levels = [study.features[moderator] for study in studies]
    if len(set(levels)) < 2:
        return "all studies with a number have the same level, so that there is nothing to compare"
    if synthesis.model.estimator == "common":
        return COMMON_EFFECT
    chosen = [[s for s in studies if s.features[moderator] == level] for level in set(levels)]
    if min(map(n_studies, chosen)) < _FEWEST_OF_A_LEVEL:
        return "a level has a single study with a number"
    without_residuals = synthesis.model.test == "knapp-hartung" or is_nested(studies)
    equal = all(all_equal([effect_size(study) for study in own]) for own in chosen)
    return NO_RESIDUALS if without_residuals and equal else ""


def why_no_slope(synthesis: Synthesis, moderator: str, studies: Sequence[StudyEffect]) -> str:
    """Why effects are not regressed on a number, as a clause; empty where they are."""
    if n_studies(studies) < FEWEST_FOR_A_SLOPE:
        return "fewer than four studies have a number, too few for a slope"
    if len({float(study.features[moderator]) for study in studies}) < 2:
        return "all studies with a number have the same value, so that there is no slope"
    if synthesis.model.estimator == "common":
        return COMMON_EFFECT
    without_residuals = synthesis.model.test == "knapp-hartung" or is_nested(studies)
    return NO_ERROR if without_residuals and _on_a_line(moderator, studies) else ""


def _on_a_line(moderator: str, studies: Sequence[StudyEffect]) -> bool:
    """Whether the effects are a linear function of the moderator, up to rounding error."""
    import numpy as np

    x = np.array([float(study.features[moderator]) for study in studies])
    y = np.array([effect_size(study).estimate for study in studies])
    design = np.column_stack([np.ones(len(x)), (x - x.mean()) / np.ptp(x)])
    residuals = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return bool(np.abs(residuals).max() <= _ROUNDING)


def reason_of(error: AnalysisError) -> str:
    """What a formula refused, as a clause."""
    return error.heading.rstrip(".").replace("\n", " ")


def moderator_rows(synthesis: Synthesis, studies: Sequence[StudyEffect]) -> Iterator[Row]:
    """The pooled effect at each level of each moderator, and the test of their difference.

    Levels are compared where two or more of them have a study with a number. The test takes one
    variance between studies for all levels; it needs two studies at each. Where they are not
    compared, the test is undefined with the reason. Where studies have several effects, it is a
    meta-regression on the levels in the multilevel model, and its tests are cluster-robust where
    they have four degrees of freedom.
    """
    model = synthesis.model
    for moderator in synthesis.levelled if studies else ():
        levels = list(dict.fromkeys(study.features[moderator] for study in studies))
        reason = why_not_compared(synthesis, moderator, studies)
        if len(levels) < 2:
            yield statistic_row("moderator", [moderator], "f", None, reason=reason)
            continue
        chosen = {level: [s for s in studies if s.features[moderator] == level] for level in levels}
        for level, own in chosen.items():
            name = group_name(moderator, level)
            yield from pooled_rows(synthesis, name, own, family=moderator, level=level)
        if is_nested(studies) and not reason:
            yield from _nested_moderator_rows(synthesis, moderator, levels, studies)
            continue
        if reason:
            yield statistic_row("moderator", [moderator], "f", None, reason=reason)
            continue
        between, test = _between(model, moderator, studies)
        yield statistic_row(
            "moderator",
            [moderator],
            "f",
            between.statistic if math.isfinite(between.df2) else between.statistic / between.df1,
            df=None if math.isinf(between.df2) else between.df2,
            p_two_tailed=between.p,
            method=f"{between.df1} numerator degrees of freedom; one variance between studies;"
            f" {TESTS[test]}",
            x=moderator,
        )


def _between(
    model: PoolingModel, moderator: str, studies: Sequence[StudyEffect]
) -> tuple[ModeratorTest, Test]:
    """The test of the levels: truncated, where Knapp and Hartung's has a smaller p than Wald's."""
    sizes = [effect_size(study) for study in studies]

    def between(test: Test) -> ModeratorTest:
        return subgroups(
            [size.estimate for size in sizes],
            [size.variance for size in sizes],
            [study.features[moderator] for study in studies],
            method=model.estimator,
            test=test,
            interval=model.interval,
        ).between

    found = between(model.test)
    if model.test == "knapp-hartung" and found.p < between("z").p:
        return between("knapp-hartung-truncated"), "knapp-hartung-truncated"
    return found, model.test


def _nested_moderator_rows(
    synthesis: Synthesis, moderator: str, levels: Sequence[str], studies: Sequence[StudyEffect]
) -> Iterator[Row]:
    """Meta-regression of effects nested in studies on the levels, the first as the reference.

    Differences are on the scale of pooling, Fisher's z for correlations; tests are CR2, by study,
    or with fewer than four degrees of freedom those of the model.
    """
    import numpy as np

    model = synthesis.model
    chosen = [study.features[moderator] for study in studies]
    try:
        columns = [[float(own == level) for level in levels[1:]] for own in chosen]
        robust = nested_effect(studies, model, columns, levels[1:]).robust()
        joint = robust.f(list(np.eye(len(levels))[1:]))
        statistic, df1, df2, p = joint.f, joint.df1, joint.df2, joint.p
        why_own = FEW_DF if df2 < FEWEST_DF else ""
        own = None
        if why_own:
            own = nested_effect(studies, model, columns, levels[1:], own_test=True).moderators
        if own is not None:
            statistic, df1, df2, p = own.statistic, own.df1, own.df2, own.p
        tests = [
            _nested_coefficient(studies, model, columns, levels[1:], level) for level in levels[1:]
        ]
    except AnalysisError as error:
        reason = reason_of(error)
        yield statistic_row("moderator", [moderator], "f", None, reason=reason)
        return
    yield statistic_row(
        "moderator", [moderator], "f", statistic, df=df2, p_two_tailed=p, x=moderator,
        method=f"{df1} numerator degrees of freedom; {nested_method(model.rho, why_own)}",
    )  # fmt: skip
    for level, (test, method) in zip(levels[1:], tests, strict=True):
        yield statistic_row(
            "moderator", [moderator, level], "difference", test.estimate, se=test.se, df=test.df,
            p_two_tailed=test.p_two_tailed, ci_low=test.ci_low, ci_high=test.ci_high,
            ci_level=model.interval, x=moderator, level=level, contrast=f"less {levels[0]}",
            method=method,
        )  # fmt: skip


def _nested_coefficient(
    studies: Sequence[StudyEffect],
    model: PoolingModel,
    columns: "ArrayLike",
    names: Sequence[str],
    name: str,
) -> tuple[CoefficientTest, str]:
    """A coefficient in the multilevel model, and its test in words: cluster-robust or its own."""
    test = nested_effect(studies, model, columns, names).robust().coefficient(name, model.interval)
    if test.df >= FEWEST_DF:
        return test, nested_method(model.rho)
    own = nested_effect(studies, model, columns, names, own_test=True).coefficient(name)
    return own, nested_method(model.rho, FEW_DF)


def numeric_moderator_rows(synthesis: Synthesis, studies: Sequence[StudyEffect]) -> Iterator[Row]:
    """The slope of the effects on each numeric moderator, on the scale of pooling.

    A meta-regression with the estimator and the test of the synthesis; studies with several effects
    have the multilevel model and cluster-robust tests (CR2) of four degrees of freedom or more. The
    slope is per `per` units.
    """
    for moderator in synthesis.numeric if studies else ():
        reason = why_no_slope(synthesis, moderator, studies)
        if reason:
            for statistic in ("slope", "r_squared"):
                yield statistic_row("moderator", [moderator], statistic, None, reason=reason)
            continue
        try:
            yield from _slope_rows(synthesis, moderator, studies)
        except AnalysisError as error:
            for statistic in ("slope", "r_squared"):
                yield statistic_row(
                    "moderator", [moderator], statistic, None, reason=reason_of(error)
                )


def _slope_rows(
    synthesis: Synthesis, moderator: str, studies: Sequence[StudyEffect]
) -> Iterator[Row]:
    model, per = synthesis.model, synthesis.numeric[moderator].per
    values = [float(study.features[moderator]) / per for study in studies]
    if is_nested(studies):
        test, method = _nested_coefficient(studies, model, values, [moderator], moderator)
        yield from _test_rows(moderator, test, model.interval, method)
        reason = "studies have several effects, for whose model it is not defined"
        yield statistic_row("moderator", [moderator], "r_squared", None, reason=reason)
        return
    sizes = [effect_size(study) for study in studies]

    def regression(test: Test) -> MetaRegression:
        return meta_regression(
            [size.estimate for size in sizes],
            [size.variance for size in sizes],
            values,
            [moderator],
            method=model.estimator,
            test=test,
            interval=model.interval,
            profile=False,
        )

    found = regression(model.test)
    if model.test == "knapp-hartung":
        own, wald = (fit.coefficient(moderator) for fit in (found, regression("z")))
        if own.ci_high - own.ci_low < wald.ci_high - wald.ci_low:
            found = regression("knapp-hartung-truncated")
    method = f"{ESTIMATORS[model.estimator]}, with {TESTS[found.test]}"
    yield from _test_rows(moderator, found.coefficient(moderator), model.interval, method)
    yield statistic_row(
        "moderator", [moderator], "r_squared", found.r2, x=moderator, method=method,
        reason="without the moderator, there is no variance between studies to explain",
    )  # fmt: skip


def _test_rows(moderator: str, test: CoefficientTest, level: float, method: str) -> Iterator[Row]:
    """A slope with its interval, and its test by t, or by z where degrees of freedom are none."""
    df = None if math.isinf(test.df) else test.df
    shared: dict[str, Any] = {"x": moderator, "method": method, "p_two_tailed": test.p_two_tailed}
    yield statistic_row(
        "moderator", [moderator], "slope", test.estimate, se=test.se, df=df, ci_low=test.ci_low,
        ci_high=test.ci_high, ci_level=level, **shared,
    )  # fmt: skip
    yield statistic_row(
        "moderator", [moderator], "z" if df is None else "t", test.t, df=df, reason=NO_ERROR,
        **shared,
    )  # fmt: skip
