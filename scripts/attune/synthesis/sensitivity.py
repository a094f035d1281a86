"""What other choices change in a pooled effect: estimators, studies, moderators, small studies."""

import math
from collections.abc import Iterator, Sequence

from attune.specs.errors import AnalysisError
from attune.specs.synthesis import Synthesis
from attune.stats.meta_regression import subgroups
from attune.stats.publication_bias import egger, pet_peese, trim_and_fill
from attune.stats.regression import CoefficientTest
from attune.stats.selection_model import selection_model
from attune.store.statistic_rows import Row, statistic_row
from attune.synthesis.evidence import StudyEffect, n_studies
from attune.synthesis.pooling import (
    ESTIMATORS,
    TESTS,
    average_effect,
    average_of,
    back,
    effect_size,
    group_name,
    is_nested,
    model_words,
    pooled_row,
    pooled_rows,
)

FEWEST_FOR_SENSITIVITY = 3
"""Studies below which leaving one out, or another estimator, has nothing to compare."""

FEWEST_FOR_SMALL_STUDIES = 10
"""Studies below which asymmetry is not tested: the tests have hardly any power (Sterne et al.,
2011, doi:10.1136/bmj.d4002)."""

TOO_FEW = "fewer than ten studies, in which the effect of small studies cannot be told from chance"

_FEWEST_OF_A_LEVEL = 2


def why_not_compared(synthesis: Synthesis, moderator: str, studies: Sequence[StudyEffect]) -> str:
    """Why the levels of a moderator are not compared, as a clause; empty where they are."""
    levels = [study.features[moderator] for study in studies]
    if len(set(levels)) < 2:
        return "all studies with a number have the same level, so that there is nothing to compare"
    if synthesis.model.estimator == "common":
        return "a common effect is assumed, whose studies do not differ"
    chosen = [[s for s in studies if s.features[moderator] == level] for level in set(levels)]
    if min(map(n_studies, chosen)) < _FEWEST_OF_A_LEVEL:
        return "a level has a single study with a number"
    return ""


def can_be_varied(studies: Sequence[StudyEffect]) -> bool:
    """Whether other choices are compared: of three studies or more, with one effect each."""
    return len(studies) >= FEWEST_FOR_SENSITIVITY and not is_nested(studies)


def moderator_rows(synthesis: Synthesis, studies: Sequence[StudyEffect]) -> Iterator[Row]:
    """The pooled effect at each level of each moderator, and the test of their difference.

    Levels are compared where two or more of them have a study with a number. The test takes one
    variance between studies for all levels; it needs two studies at each. Where they are not
    compared, the test is undefined with the reason. Where studies have several effects, it is a
    meta-regression on the levels in the multilevel model, and its tests are cluster-robust.
    """
    model = synthesis.model
    for moderator in synthesis.moderators if studies else ():
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

    from attune.stats.multilevel_meta_analysis import multilevel_meta_analysis

    model = synthesis.model
    sizes = [effect_size(study) for study in studies]
    chosen = [study.features[moderator] for study in studies]
    try:
        robust = multilevel_meta_analysis(
            [size.estimate for size in sizes],
            [size.variance for size in sizes],
            [study.of_study for study in studies],
            np.array([[float(own == level) for level in levels[1:]] for own in chosen]),
            levels[1:],
            rho=model.rho,
            test="z",
            interval=model.interval,
            profile=False,
        ).robust()
        joint = robust.f(list(np.eye(len(levels))[1:]))
    except AnalysisError as error:
        reason = error.heading.rstrip(".").replace("\n", " ")
        yield statistic_row("moderator", [moderator], "f", None, reason=reason)
        return
    method = f"multilevel model, rho = {model.rho:g}; cluster-robust (CR2)"
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


def sensitivity_rows(synthesis: Synthesis, studies: Sequence[StudyEffect]) -> Iterator[Row]:
    """Other estimators, and the pooled effect without each study; nothing of fewer than three."""
    if not can_be_varied(studies):
        return
    model, metric = synthesis.model, synthesis.metric
    people = sum(study.n or 0 for study in studies)
    for name in model.sensitivity:
        if name == model.estimator:
            continue
        found = average_effect(studies, model, name)
        method = f"{ESTIMATORS[name]}; {TESTS[found.test]}"
        terms = {"x": ESTIMATORS[name]}
        yield pooled_row("estimator", name, found, metric, people, method, model.interval, **terms)
        if name != "common":
            root = math.sqrt(found.tau2)
            yield statistic_row("estimator", [name], "tau", root, method=method, **terms)
    without = []
    sizes = [effect_size(study) for study in studies]
    for place, left_out in enumerate(studies):
        # The estimator is named, so that no interval of the variance is searched for each study.
        found = average_of(sizes[:place] + sizes[place + 1 :], model, model.estimator)
        n = people - (left_out.n or 0)
        method = model_words(model, found)
        without.append(
            pooled_row(
                "without", left_out.key, found, metric, n, method, model.interval, x=left_out.key
            )
        )
    yield from without
    in_order = sorted(without, key=lambda row: float(str(row["estimate"])))
    for end, row in (("smallest", in_order[0]), ("largest", in_order[-1])):
        estimate = float(str(row["estimate"]))
        yield statistic_row("leave_one_out", [end], metric, estimate, method="of all", x=row["x"])


SMALL_STUDY_METHODS = {
    "trim_and_fill": "trim and fill",
    "pet_peese": "PET-PEESE",
    "selection": "selection model with one step",
}
"""Method that corrects for small or missing studies -> its name."""


def small_study_rows(synthesis: Synthesis, studies: Sequence[StudyEffect]) -> Iterator[Row]:
    """Effects of small and of missing studies: tests and corrected effects, of ten studies or more.

    Of three to nine studies the rows are undefined, with the reason; of fewer there are none.
    """
    k, metric, model = len(studies), synthesis.metric, synthesis.model
    if not can_be_varied(studies):
        return
    if k < FEWEST_FOR_SMALL_STUDIES:
        for name, words in SMALL_STUDY_METHODS.items():
            yield statistic_row("small_studies", [name], metric, None, reason=TOO_FEW, x=words)
        yield statistic_row("small_studies", ["egger"], "t", None, reason=TOO_FEW)
        yield statistic_row("small_studies", ["trim_and_fill"], "missing", None, reason=TOO_FEW)
        return
    sizes = [effect_size(study) for study in studies]
    y, v = [size.estimate for size in sizes], [size.variance for size in sizes]
    yield _egger_row(y, v, model.interval)
    try:
        filled = trim_and_fill(y, v, test=model.test, interval=model.interval)
    except AnalysisError as error:
        for statistic in ("missing", metric):
            yield _without_number("trim_and_fill", statistic, error)
    else:
        side = f"side {filled.side}"
        yield statistic_row(
            "small_studies", ["trim_and_fill"], "missing", filled.missing, method=side
        )
        yield _corrected_row("trim_and_fill", filled.result.effect, side, synthesis)
    try:
        corrected = pet_peese(y, v, interval=model.interval)
    except AnalysisError as error:
        yield _without_number("pet_peese", metric, error)
    else:
        chosen = corrected.pet if corrected.chosen == "PET" else corrected.peese
        yield _corrected_row("pet_peese", chosen, corrected.chosen, synthesis)
    try:
        selected = selection_model(y, v, interval=model.interval)
    except AnalysisError as error:
        yield _without_number("selection", metric, error)
    else:
        step = "step at a one-tailed p of .025"
        yield _corrected_row("selection", selected.effect, step, synthesis)


def _egger_row(y: Sequence[float], v: Sequence[float], interval: float) -> Row:
    try:
        asymmetry = egger(y, v, model="weighted", interval=interval)
    except AnalysisError as error:
        return _without_number("egger", "t", error)
    return statistic_row(
        "small_studies", ["egger"], "t", asymmetry.slope.t, df=asymmetry.slope.df,
        p_two_tailed=asymmetry.slope.p_two_tailed, method=asymmetry.model,
    )  # fmt: skip


def _without_number(name: str, statistic: str, error: AnalysisError) -> Row:
    """The row of a method that these studies do not allow, such as studies of one size."""
    words = {"x": SMALL_STUDY_METHODS[name]} if name != "egger" and statistic != "missing" else {}
    return statistic_row("small_studies", [name], statistic, None, reason=error.heading, **words)


def _corrected_row(name: str, effect: CoefficientTest, detail: str, synthesis: Synthesis) -> Row:
    metric = synthesis.metric
    estimate, low, high = back((effect.estimate, effect.ci_low, effect.ci_high), metric)
    return statistic_row(
        "small_studies",
        [name],
        metric,
        estimate,
        reason="it did not converge",
        se=effect.se,
        df=None if math.isinf(effect.df) else effect.df,
        p_two_tailed=effect.p_two_tailed,
        ci_low=low,
        ci_high=high,
        ci_level=synthesis.model.interval,
        method=f"{SMALL_STUDY_METHODS[name]}; {detail}",
        x=SMALL_STUDY_METHODS[name],
    )
