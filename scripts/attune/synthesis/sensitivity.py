"""What other choices change in a pooled effect: estimators, studies, small studies."""

import math
from collections.abc import Iterator, Sequence

from attune.specs.errors import AnalysisError
from attune.specs.synthesis import PoolingModel, Synthesis
from attune.stats.meta_analysis import shorter_than_wald
from attune.stats.multilevel_meta_analysis import RHOS
from attune.stats.p_curve import Statistic, p_curve
from attune.stats.publication_bias import (
    TrimAndFill,
    egger,
    limit_meta_analysis,
    pet_peese,
    trim_and_fill,
)
from attune.stats.regression import CoefficientTest
from attune.stats.selection_model import selection_model
from attune.store.statistic_rows import Row, statistic_row
from attune.synthesis.evidence import StudyEffect, n_people, n_studies
from attune.synthesis.pooling import (
    ESTIMATORS,
    TESTS,
    average_effect,
    average_of,
    back,
    effect_size,
    is_nested,
    model_words,
    nested_effect,
    nested_test,
    pooled_row,
)

FEWEST_FOR_SENSITIVITY = 3
"""Studies below which leaving one out, or another estimator, has nothing to compare."""

FEWEST_FOR_SMALL_STUDIES = 10
"""Studies below which asymmetry is not tested: the tests have hardly any power (Sterne et al.,
2011, doi:10.1136/bmj.d4002)."""

TOO_FEW = "fewer than ten studies, in which the effect of small studies cannot be told from chance"


def can_be_varied(studies: Sequence[StudyEffect]) -> bool:
    """Whether other choices are compared: of three studies or more, with one effect each."""
    return len(studies) >= FEWEST_FOR_SENSITIVITY and not is_nested(studies)


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
        method = f"{ESTIMATORS[name]}, with {TESTS[found.test]}"
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


def rho_rows(synthesis: Synthesis, studies: Sequence[StudyEffect]) -> Iterator[Row]:
    """The pooled effect of studies with several effects by assumed correlation of their errors.

    Those of `RHOS` and the declared one; nothing of studies with one effect each, or of one study.
    """
    if not can_assume_rhos(studies):
        return
    model, metric = synthesis.model, synthesis.metric
    of_rho = []
    for rho in sorted({*RHOS, model.rho}):
        found = nested_effect(studies, model, rho=rho)
        test, method = nested_test(found, model)
        name, shared = f"at_{round(1000 * rho):03d}", {"method": method, "x": f"{rho:g}"}
        yield statistic_row("rho", [name], "assumed", rho, x=f"{rho:g}")
        estimate, low, high = back((test.estimate, test.ci_low, test.ci_high), metric)
        row = statistic_row(
            "rho", [name], metric, estimate, se=test.se, df=test.df, n=n_people(studies),
            p_two_tailed=test.p_two_tailed, ci_low=low, ci_high=high, ci_level=model.interval,
            **shared,
        )  # fmt: skip
        of_rho.append(row)
        yield row
        for statistic, level in (("tau", "study"), ("tau_within", "effect")):
            part = next(part for part in found.components if part.level == level)
            yield statistic_row("rho", [name], statistic, math.sqrt(part.variance), **shared)
    in_order = sorted(of_rho, key=lambda row: float(str(row["estimate"])))
    for end, row in (("smallest", in_order[0]), ("largest", in_order[-1])):
        yield statistic_row(
            "rho", [end], metric, float(str(row["estimate"])), method="of all", x=row["x"]
        )


def can_assume_rhos(studies: Sequence[StudyEffect]) -> bool:
    """Whether there are several studies, and some of them have several effects."""
    return is_nested(studies) and n_studies(studies) > 1


SMALL_STUDY_METHODS = {
    "trim_and_fill": "trim and fill",
    "pet_peese": "PET-PEESE",
    "selection": "selection model with one step",
}
"""Method that corrects for small or missing studies -> its name."""

FURTHER_METHODS = {"limit": "limit meta-analysis"}
"""The same of methods that a synthesis may ask for."""


def small_study_methods(synthesis: Synthesis) -> dict[str, str]:
    """Methods that give a corrected effect -> their names: those of all, and those asked for."""
    asked = {
        name: words for name, words in FURTHER_METHODS.items() if name in synthesis.small_studies
    }
    return SMALL_STUDY_METHODS | asked


ASSUMPTIONS = {
    "egger": "Egger's test assumes that effects go with their standard errors only if studies are"
    " missing, although differences and log odds ratios always do so a little",
    "trim_and_fill": "trim and fill assumes that the studies with the most extreme effects on one"
    " side are missing, whatever their *p*",
    "pet_peese": "PET-PEESE assumes that effects go with standard errors, or their squares, through"
    " selection alone",
    "selection": "the selection model assumes normal true effects and one step, at the bound of"
    " significance, above which studies are published less often",
    "limit": "limit meta-analysis assumes a bias in proportion to the standard error of a study",
    "p_curve": "the p-curve assumes one result of each study, chosen without regard to its *p*, and"
    " is misled by heterogeneous power",
}
"""Method -> what it assumes, as a clause."""


def small_study_rows(synthesis: Synthesis, studies: Sequence[StudyEffect]) -> Iterator[Row]:
    """Effects of small and of missing studies: tests and corrected effects, of ten studies or more.

    Of three to nine studies the rows are undefined, with the reason; of fewer there are none.
    """
    k, metric, model = len(studies), synthesis.metric, synthesis.model
    if not can_be_varied(studies):
        return
    if k < FEWEST_FOR_SMALL_STUDIES:
        for name, words in small_study_methods(synthesis).items():
            yield statistic_row("small_studies", [name], metric, None, reason=TOO_FEW, x=words)
        yield statistic_row("small_studies", ["egger"], "t", None, reason=TOO_FEW)
        yield statistic_row("small_studies", ["trim_and_fill"], "missing", None, reason=TOO_FEW)
        if "p_curve" in synthesis.small_studies:
            yield statistic_row("small_studies", ["p_curve"], "z", None, reason=TOO_FEW)
        return
    sizes = [effect_size(study) for study in studies]
    y, v = [size.estimate for size in sizes], [size.variance for size in sizes]
    yield _egger_row(y, v, model.interval)
    try:
        filled = _filled(y, v, model)
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
    yield from _further_rows(synthesis, y, v)


def _further_rows(synthesis: Synthesis, y: Sequence[float], v: Sequence[float]) -> Iterator[Row]:
    """Limit meta-analysis and p-curve, where the synthesis asks for them."""
    model, metric = synthesis.model, synthesis.metric
    if "limit" in synthesis.small_studies:
        try:
            limit = limit_meta_analysis(y, v, method=model.estimator, interval=model.interval)
        except AnalysisError as error:
            yield _without_number("limit", metric, error)
        else:
            yield _corrected_row("limit", limit.effect, "a study without error", synthesis)
    if "p_curve" in synthesis.small_studies:
        yield from _p_curve_rows(y, v)


def _p_curve_rows(y: Sequence[float], v: Sequence[float]) -> Iterator[Row]:
    """Right skew of the p values of significant effects in the direction of the pooled one."""
    total = sum(effect / variance for effect, variance in zip(y, v, strict=True))
    tests = [
        Statistic("z", effect / math.sqrt(variance))
        for effect, variance in zip(y, v, strict=True)
        if effect * total > 0
    ]
    try:
        found = p_curve(tests)
    except AnalysisError as error:
        yield statistic_row("small_studies", ["p_curve"], "z", None, reason=error.heading)
        return
    yield statistic_row("small_studies", ["p_curve"], "k", found.k)
    yield statistic_row(
        "small_studies", ["p_curve"], "z", found.right_skew.z, p_two_tailed=found.right_skew.p,
        method="Stouffer's test of right skew, full curve; one-tailed",
    )  # fmt: skip


def _filled(y: Sequence[float], v: Sequence[float], model: PoolingModel) -> TrimAndFill:
    """Trim and fill; truncated, where Knapp and Hartung's interval is shorter than Wald's."""
    found = trim_and_fill(y, v, test=model.test, interval=model.interval)
    if model.test == "knapp-hartung":
        effects = [*y, *found.filled_effects]
        variances = [*v, *found.filled_variances]
        if shorter_than_wald(effects, variances, found.result.tau2, model.interval):
            return trim_and_fill(y, v, test="knapp-hartung-truncated", interval=model.interval)
    return found


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
    names = SMALL_STUDY_METHODS | FURTHER_METHODS
    words = {"x": names[name]} if name != "egger" and statistic != "missing" else {}
    return statistic_row("small_studies", [name], statistic, None, reason=error.heading, **words)


def _corrected_row(name: str, effect: CoefficientTest, detail: str, synthesis: Synthesis) -> Row:
    metric, words = synthesis.metric, (SMALL_STUDY_METHODS | FURTHER_METHODS)[name]
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
        method=f"{words}; {detail}",
        x=words,
    )
