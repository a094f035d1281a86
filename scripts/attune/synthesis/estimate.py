"""Statistics of a synthesis: effects of studies, pooled effects, printed values, counts.

Correlations are pooled as Fisher's z and printed as r, standardised differences as they are. All
formulas are those of `attune.stats.meta_analysis` and `attune.stats.effect_conversion`.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attune.paper.checks.finding import Finding
from attune.printing.apa import coverage
from attune.specs.literature import PrintedEffect
from attune.specs.synthesis import PoolingModel, Synthesis
from attune.stats.effect_conversion import EffectSize, convert, fisher_z
from attune.stats.meta_analysis import AverageEffect, random_effects
from attune.store.statistic_rows import Row, snake_case, software, statistic_row, statistics_frame
from attune.synthesis.evidence import Evidence, ReportedEffect, StudyEffect

if TYPE_CHECKING:
    import pandas as pd

ALL = "all"
"""Group of all pooled studies."""

NO_NUMBER = "the source prints no number"
NONE_POOLED = "no study has a number with its precision"
NO_TAU = "one study says nothing about differences between studies"

DIRECTIONS = ("for", "against", "none", "not_stated")

_ESTIMATORS = {
    "REML": "restricted maximum likelihood",
    "ML": "maximum likelihood",
    "DL": "DerSimonian and Laird",
    "PM": "Paule and Mandel",
    "SJ": "Sidik and Jonkman",
    "HE": "Hedges",
    "common": "a common effect, without variance between studies",
}

_TESTS = {
    "z": "Wald test",
    "knapp-hartung": "Knapp and Hartung's test",
    "knapp-hartung-truncated": "Knapp and Hartung's test, never below the Wald variance",
}


def synthesis_statistics(
    synthesis: Synthesis, evidence: Evidence, findings: Sequence[Finding]
) -> "pd.DataFrame":
    """Every statistic of a synthesis.

    Parameters
    ----------
    synthesis : Synthesis
    evidence : Evidence
    findings : sequence of Finding
        Checks of the printed values.

    Returns
    -------
    pandas.DataFrame
        Contract `STATISTICS`. What cannot be estimated, such as the variance between studies of a
        single one, is an undefined row with its reason.
    """
    rows: list[Row] = [*_study_rows(synthesis, evidence)]
    for effect in evidence.reported:
        rows += reported_rows(effect)
    rows += pooled_rows(synthesis, ALL, evidence.pooled)
    rows += _moderator_rows(synthesis, evidence)
    rows += _sensitivity_rows(synthesis, evidence.pooled)
    rows += _vote_rows(evidence)
    outcomes = [finding.outcome for finding in findings]
    rows.append(statistic_row("checks", ["all"], "count", len(outcomes)))
    contradicted = outcomes.count("inconsistent")
    rows.append(statistic_row("checks", ["inconsistent"], "count", contradicted))
    rows += _flow_rows(synthesis)
    used = software("attune", "scipy")
    return statistics_frame(row | {"software": used} for row in rows)


def effect_size(study: StudyEffect) -> EffectSize:
    """The effect of a study on the scale on which it is pooled: Fisher's z, or g."""
    estimate = float(study.estimate) if study.estimate is not None else math.nan
    if study.se is None:
        return fisher_z(estimate, study.n or 0)
    return EffectSize("g", estimate, study.se**2)


def _study_rows(synthesis: Synthesis, evidence: Evidence) -> Iterator[Row]:
    level = synthesis.model.interval
    for study in evidence.studies:
        terms = {"x": study.key, "dataset": study.origin}
        if study.n is not None:
            yield statistic_row("studies", [study.key], "people", study.n, **terms)
        if not study.pooled:
            yield statistic_row(
                "studies", [study.key], synthesis.metric, None, reason=NO_NUMBER, **terms
            )
            continue
        size = effect_size(study)
        low, high = back(size.interval(level), synthesis.metric)
        yield statistic_row(
            "studies",
            [study.key],
            synthesis.metric,
            study.estimate,
            n=study.n,
            ci_low=low,
            ci_high=high,
            ci_level=level,
            method=f"from {study.place}",
            **terms,
        )


def back(values: Iterable[float], metric: str) -> list[float]:
    """Values of the scale of pooling in the metric of the synthesis: tanh of Fisher's z.

    Examples
    --------
    >>> back([0.0, 0.5493061443340549], "r")
    [0.0, 0.5]
    """
    return [round(math.tanh(value), 15) if metric == "r" else value for value in values]


def reported_rows(reported: ReportedEffect) -> Iterator[Row]:
    """Printed values of one effect of a meta-analysis, and the correlation that they amount to."""
    effect = reported.effect
    about = {"x": reported.key, "method": f"as printed, {reported.name}"}
    for name, count in (("k", effect.k), ("people", effect.n)):
        if count is not None:
            yield statistic_row("reported", [reported.key], name, count, **about)
    for value in effect.sizes:
        limits = _limits(value)
        yield statistic_row(
            "reported", [reported.key], value.measure, float(value.printed), **about, **limits
        )
        if value.up_to is not None:
            yield statistic_row(
                "reported", [reported.key], f"{value.measure}_up_to", float(value.up_to), **about
            )
    yield _converted_row(reported, about)


def _limits(value: PrintedEffect) -> dict[str, Any]:
    if value.interval is None:
        return {}
    low, high = map(float, value.interval)
    return {"ci_low": low, "ci_high": high, "ci_level": int(value.level) / 100}


def _converted_row(reported: ReportedEffect, about: Mapping[str, str]) -> Row:
    """The printed value as a correlation, for a picture of all side by side."""
    effect, terms = reported.effect, [reported.key]
    printed = next(
        (found for measure in ("r", "d", "g") if (found := effect.value(measure))),
        None,
    )
    if printed is None:
        return statistic_row("reported", terms, "converted_r", None, reason=NO_NUMBER, **about)
    if printed.up_to is not None:
        reason = "the source prints a range of effects, and no single one"
        return statistic_row("reported", terms, "converted_r", None, reason=reason, **about)
    if printed.measure == "r":
        limits = _limits(printed)
        return statistic_row(
            "reported", terms, "converted_r", float(printed.printed), **about, **limits
        )
    # The variance of a printed value is unknown; the estimate does not depend on it.
    size = EffectSize("d", float(printed.printed), variance=1.0, n_first=1e6, n_second=1e6)
    method = f"{about['method']}; converted from {printed.measure}, groups of equal size"
    return statistic_row(
        "reported", terms, "converted_r", convert(size, "r").estimate, **{**about, "method": method}
    )


def pooled_rows(
    synthesis: Synthesis, name: str, studies: Sequence[StudyEffect], **terms: str
) -> Iterator[Row]:
    """The pooled effect of some studies, its prediction interval and heterogeneity.

    Of no study, everything is undefined; of one, all that is about differences between studies.
    """
    people = sum(study.n or 0 for study in studies)
    yield statistic_row("pooled", [name], "k", len(studies), **terms)
    yield statistic_row("pooled", [name], "people", people, **terms)
    metric = synthesis.metric
    if not studies:
        for statistic in (metric, f"prediction_{metric}", "tau", "i_squared", "q"):
            yield statistic_row("pooled", [name], statistic, None, reason=NONE_POOLED, **terms)
        return
    model = synthesis.model
    found = _average(studies, model)
    method = model_words(model, found)
    yield _pooled_row("pooled", name, found, metric, people, method, model.interval, **terms)
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
    if name == ALL:
        for study, weight in zip(studies, found.weights, strict=True):
            yield statistic_row(
                "studies", [study.key], "weight", float(weight), x=study.key, method=method
            )


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


def _average(
    studies: Sequence[StudyEffect], model: PoolingModel, estimator: str = ""
) -> AverageEffect:
    sizes = [effect_size(study) for study in studies]
    return random_effects(
        [size.estimate for size in sizes],
        [size.variance for size in sizes],
        [study.key for study in studies],
        method=estimator or model.estimator,  # type: ignore[arg-type]
        test=model.test,
        prediction=model.prediction,
        interval=model.interval,
        profile=len(studies) > 1 and not estimator,
    )


def _pooled_row(
    analysis: str,
    name: str,
    found: AverageEffect,
    metric: str,
    people: int,
    method: str,
    interval: float,
    **terms: str,
) -> Row:
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


def model_words(model: PoolingModel, found: AverageEffect | None = None) -> str:
    """The model in words; with one study, the test that was carried out.

    Examples
    --------
    >>> model_words(PoolingModel())
    "restricted maximum likelihood; Knapp and Hartung's test"
    """
    test = found.test if found else model.test
    return f"{_ESTIMATORS[model.estimator]}; {_TESTS[test]}"


def _moderator_rows(synthesis: Synthesis, evidence: Evidence) -> Iterator[Row]:
    """The pooled effect at each level of each moderator that two levels of studies have."""
    for moderator in synthesis.moderators:
        levels = dict.fromkeys(study.features[moderator] for study in evidence.pooled)
        for level in levels if len(levels) > 1 else ():
            chosen = [study for study in evidence.pooled if study.features[moderator] == level]
            name = group_name(moderator, level)
            yield from pooled_rows(synthesis, name, chosen, family=moderator, level=level)


def group_name(moderator: str, level: str) -> str:
    """Name of a group of studies in ids.

    Examples
    --------
    >>> group_name("design", "Randomised trial")
    'design_randomised_trial'
    """
    return f"{moderator}_{snake_case(level)}"


def _sensitivity_rows(synthesis: Synthesis, studies: Sequence[StudyEffect]) -> Iterator[Row]:
    """Other estimators, and the pooled effect without each study; nothing of fewer than three."""
    if len(studies) < FEWEST_FOR_SENSITIVITY:
        return
    model, metric = synthesis.model, synthesis.metric
    people = sum(study.n or 0 for study in studies)
    for name in model.sensitivity:
        if name == model.estimator:
            continue
        found = _average(studies, model, name)
        method = f"{_ESTIMATORS[name]}; {_TESTS[found.test]}"
        terms = {"x": _ESTIMATORS[name]}
        yield _pooled_row("estimator", name, found, metric, people, method, model.interval, **terms)
        if name != "common":
            root = math.sqrt(found.tau2)
            yield statistic_row("estimator", [name], "tau", root, method=method, **terms)
    for left_out in studies:
        others = [study for study in studies if study is not left_out]
        found = _average(others, model)
        n = sum(study.n or 0 for study in others)
        method = model_words(model, found)
        yield _pooled_row(
            "without", left_out.key, found, metric, n, method, model.interval, x=left_out.key
        )


FEWEST_FOR_SENSITIVITY = 3
"""Studies below which leaving one out, or another estimator, has nothing to compare."""


def _vote_rows(evidence: Evidence) -> Iterator[Row]:
    directions: list[str] = [study.direction for study in evidence.studies]
    for direction in DIRECTIONS:
        yield statistic_row("votes", [direction], "count", directions.count(direction))
    yield statistic_row("votes", ["all"], "count", len(directions))
    yield statistic_row("votes", ["without_number"], "count", len(evidence.counted))
    yield statistic_row("votes", ["pooled"], "count", len(evidence.pooled))


def flow_counts(synthesis: Synthesis) -> dict[str, tuple[str, int]]:
    """Boxes of the flow diagram: name in ids -> words, count."""
    flow = synthesis.flow
    if flow is None:
        return {}
    counts: dict[str, tuple[str, int]] = {}
    for words, count in flow.identified.items():
        counts[f"identified_{snake_case(words)}"] = (words, count)
    fixed: Iterable[tuple[str, str, Any]] = (
        ("duplicates", "Duplicates removed", flow.duplicates),
        ("screened", f"{flow.unit.capitalize()} screened", flow.screened),
        ("excluded", f"{flow.unit.capitalize()} excluded", flow.excluded),
        ("sought", "Reports sought for retrieval", flow.sought),
        ("not_retrieved", "Reports not retrieved", flow.not_retrieved),
        ("assessed", "Reports assessed for eligibility", flow.assessed),
    )
    counts |= {name: (words, count) for name, words, count in fixed}
    for words, count in flow.reasons.items():
        counts[f"reason_{snake_case(words)}"] = (words, count)
    counts["included_studies"] = ("Studies included", flow.included_studies)
    counts["included_reports"] = ("Reports of included studies", flow.included_reports)
    return counts


def _flow_rows(synthesis: Synthesis) -> Iterator[Row]:
    for name, (_, count) in flow_counts(synthesis).items():
        yield statistic_row("flow", [name], "count", count, method="as declared")


def interval_words(synthesis: Synthesis) -> str:
    """Coverage of the intervals, as print shows it."""
    return coverage(synthesis.model.interval)
