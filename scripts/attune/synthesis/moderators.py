"""Features of studies that may change the effect: levels compared, numbers regressed on."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from attune.specs.errors import AnalysisError
from attune.specs.synthesis import Synthesis
from attune.stats.meta_regression import meta_regression, subgroups
from attune.stats.regression import CoefficientTest
from attune.store.statistic_rows import Row, statistic_row
from attune.synthesis.evidence import StudyEffect, n_studies
from attune.synthesis.pooling import (
    all_equal,
    effect_size,
    group_name,
    is_nested,
    model_words,
    nested_effect,
    nested_method,
    pooled_rows,
)

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
    meta-regression on the levels in the multilevel model, and its tests are cluster-robust.
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
        sizes = [effect_size(study) for study in studies]
        between = subgroups(
            [size.estimate for size in sizes],
            [size.variance for size in sizes],
            [study.features[moderator] for study in studies],
            method=model.estimator,
            test=model.test,
            interval=model.interval,
        ).between
        yield statistic_row(
            "moderator",
            [moderator],
            "f",
            between.statistic if math.isfinite(between.df2) else between.statistic / between.df1,
            df=None if math.isinf(between.df2) else between.df2,
            p_two_tailed=between.p,
            method=f"{between.df1} numerator degrees of freedom; one variance between studies",
            x=moderator,
        )


def _nested_moderator_rows(
    synthesis: Synthesis, moderator: str, levels: Sequence[str], studies: Sequence[StudyEffect]
) -> Iterator[Row]:
    """Meta-regression of effects nested in studies on the levels, the first as the reference.

    Differences are on the scale of pooling, Fisher's z for correlations; tests are CR2, by study.
    """
    import numpy as np

    model = synthesis.model
    chosen = [study.features[moderator] for study in studies]
    try:
        columns = [[float(own == level) for level in levels[1:]] for own in chosen]
        robust = nested_effect(studies, model, columns, levels[1:]).robust()
        joint = robust.f(list(np.eye(len(levels))[1:]))
    except AnalysisError as error:
        reason = reason_of(error)
        yield statistic_row("moderator", [moderator], "f", None, reason=reason)
        return
    method = nested_method(model)
    yield statistic_row(
        "moderator", [moderator], "f", joint.f, df=joint.df2, p_two_tailed=joint.p, x=moderator,
        method=f"{joint.df1} numerator degrees of freedom; {method}",
    )  # fmt: skip
    for level in levels[1:]:
        test = robust.coefficient(level, model.interval)
        yield statistic_row(
            "moderator", [moderator, level], "difference", test.estimate, se=test.se, df=test.df,
            p_two_tailed=test.p_two_tailed, ci_low=test.ci_low, ci_high=test.ci_high,
            ci_level=model.interval, x=moderator, level=level, contrast=f"less {levels[0]}",
            method=method,
        )  # fmt: skip


def numeric_moderator_rows(synthesis: Synthesis, studies: Sequence[StudyEffect]) -> Iterator[Row]:
    """The slope of the effects on each numeric moderator, on the scale of pooling.

    A meta-regression with the estimator and the test of the synthesis; studies with several effects
    have the multilevel model and cluster-robust tests (CR2). The slope is per `per` units.
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
        robust = nested_effect(studies, model, values, [moderator]).robust()
        test = robust.coefficient(moderator, model.interval)
        yield from _test_rows(moderator, test, model.interval, nested_method(model))
        reason = "studies have several effects, for whose model it is not defined"
        yield statistic_row("moderator", [moderator], "r_squared", None, reason=reason)
        return
    sizes = [effect_size(study) for study in studies]
    found = meta_regression(
        [size.estimate for size in sizes],
        [size.variance for size in sizes],
        values,
        [moderator],
        method=model.estimator,
        test=model.test,
        interval=model.interval,
        profile=False,
    )
    method = model_words(model)
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
