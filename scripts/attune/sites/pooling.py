"""Pooling of sites: in one stage from merged moments, and in two stages as a meta-analysis.

One stage gives the numbers that the raw rows of all sites together would give. Within sites, the
site is held constant by a mean of its own. Two stages take the estimate of each site as an effect
with its variance, so that sites may differ.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import tanh
from operator import add

import numpy as np

from attune.sites.estimates import Estimate, Lookup, Question, lookup_of, questions
from attune.sites.moment_set import MomentSet
from attune.sites.site_file import SiteContent, content_hash
from attune.sites.site_plan import SitePlan
from attune.specs.errors import AnalysisError, SiteFileError
from attune.specs.study import Study
from attune.stats.alpha import feldt_interval
from attune.stats.effect_conversion import fisher_z
from attune.stats.meta_analysis import random_effects
from attune.stats.moment_tests import alpha_of_moments
from attune.stats.moments import Moments, SquareSums, merge_moments, within_groups

MODELS = {
    "one_stage": "all rows together",
    "within_sites": "all rows together, the site held constant",
    "two_stage": "random effects over the sites (restricted maximum likelihood, Knapp and Hartung)",
}


@dataclass(frozen=True)
class PooledEstimate:
    """One pooled estimate.

    Attributes
    ----------
    id : str
        That of the same statistic of one cohort.
    model : str
        One of `MODELS`.
    sites : tuple of str
        Those that it is from.
    estimate : Estimate or None
        None where it is undefined.
    tau : float or None
        two_stage: standard deviation between sites, on the scale of pooling.
    reason : str
        Why it is undefined.
    """

    id: str
    model: str
    sites: tuple[str, ...]
    estimate: Estimate | None
    tau: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Site:
    """A site as pooling needs it.

    Attributes
    ----------
    name : str
    moments : mapping of MomentSet to Moments
    scales : mapping of str to SquareSums
        By measure.
    withheld : mapping of str to str
        What disclosure rules withheld -> the rule.
    """

    name: str
    moments: Mapping[MomentSet, Moments]
    scales: Mapping[str, SquareSums]
    withheld: Mapping[str, str]


def site_of_file(content: SiteContent) -> Site:
    """A site from its file."""
    scales = {scale.measure: scale.sums() for scale in content.scales}
    return Site(content.site, content.set_moments(), scales, content.disclosure.withheld)


def check_sites(contents: Mapping[str, SiteContent], plan: SitePlan, expected: SiteContent) -> None:
    """Refuse files that do not belong together.

    Parameters
    ----------
    contents : mapping of str to SiteContent
        By the name of the file.
    plan : SitePlan
        Of the centre's study.
    expected : SiteContent
        A file as the centre would make it, without moments: study, keys, measures, conditions.

    Raises
    ------
    SiteFileError
        All reasons at once: another study or scoring key, other units or conditions, another choice
        of rows, a set that is neither there nor withheld, the same site twice, synthetic data
        beside real ones.
    """
    problems = [
        problem for name, one in contents.items() for problem in _misfits(name, one, plan, expected)
    ]
    problems += _repeated(contents)
    kinds = {one.synthetic for one in contents.values()}
    if len(kinds) == 2:
        made_up = ", ".join(name for name, one in contents.items() if one.synthetic)
        problems.append(
            f"{made_up}: its data are synthetic, those of other sites are not; they are never"
            " pooled together"
        )
    if problems:
        raise SiteFileError("The sites cannot be pooled.", problems)


def _misfits(name: str, found: SiteContent, plan: SitePlan, expected: SiteContent) -> Iterator[str]:
    """What one file has other than the centre's study asks for."""
    if found.plan.study != expected.plan.study or found.plan.sha256 != expected.plan.sha256:
        yield (
            f"{name}: it was made with another study file ({found.plan.study},"
            f" {found.plan.sha256[:12]}; here {expected.plan.study}, {expected.plan.sha256[:12]})."
            " All sites use one file workflow/studies/<study>.yaml, unchanged"
        )
        return
    for instrument, key in expected.keys.items():
        own = found.keys.get(instrument)
        if own is None or own.sha256 != key.sha256:
            which = "no key" if own is None else f"another key (version {own.version})"
            yield (
                f"{name}: {instrument} was scored with {which}, or with another missing rule; here"
                f" is version {key.version}, {key.sha256[:12]}"
            )
    for measure, declared in expected.measures.items():
        unit = found.measures[measure].unit if measure in found.measures else None
        if unit is None:
            yield f"{name}: it has no measure {measure!r}"
        elif unit != declared.unit:
            yield f"{name}: {measure} is in {unit or 'no unit'}, here in {declared.unit or 'none'}"
    if list(found.conditions.items()) != list(expected.conditions.items()):
        yield (
            f"{name}: its conditions are {found.conditions or 'none'}, here"
            f" {expected.conditions or 'none'}; code, label and order must agree, since differences"
            " are first minus second"
        )
    if found.rows != expected.rows:
        yield f"{name}: its rows are {found.rows}, here {expected.rows} (--rows)"
        return
    there = {(tuple(one.measures), one.condition) for one in found.sets}
    for one in plan.sets:
        absent = (one.measures, one.condition) not in there
        if absent and one.name not in found.disclosure.withheld:
            yield (
                f"{name}: it lacks the moments of {one.name}, and does not say that a rule withheld"
                " them"
            )


def _repeated(contents: Mapping[str, SiteContent]) -> Iterator[str]:
    """Files of one site, under one name or two."""
    names: dict[str, str] = {}
    hashes: dict[str, str] = {}
    for file, content in contents.items():
        if content.site in names:
            yield f"{file}: the site {content.site!r} is in {names[content.site]} already"
        names.setdefault(content.site, file)
        same = content_hash([one.model_dump() for one in content.sets])
        if content.sets and same in hashes and contents[hashes[same]].site != content.site:
            yield (
                f"{file}: its moments are those of {hashes[same]}; one site under two names would"
                " count twice"
            )
        hashes.setdefault(same, file)


def pool_sites(
    sites: Sequence[Site], study: Study, plan: SitePlan, interval: float = 0.95
) -> list[PooledEstimate]:
    """Every question of a study, answered from all sites together.

    Parameters
    ----------
    sites : sequence of Site
        One is enough: its own estimates.
    study : Study
    plan : SitePlan
    interval : float
        Coverage of all intervals.

    Returns
    -------
    list of PooledEstimate
        For each statistic the models of `MODELS` that apply; of one site only `one_stage`. A site
        whose moments were withheld does not enter the estimates that need them.
    """
    lookups = {site.name: lookup_of(site.moments, study, plan) for site in sites}
    found: list[PooledEstimate] = []
    for question in questions(study, plan):
        found += _pooled(question, lookups, interval)
    for scale in plan.scales:
        own = {
            site.name: site.scales[scale.measure] for site in sites if scale.measure in site.scales
        }
        terms = (scale.instrument, scale.scale, scale.rater, scale.occasion, scale.state)
        identifier = ".".join(["reliability", *filter(None, terms), "alpha"])
        found += _alphas(identifier, own, interval)
    return found


def _pooled(
    question: Question, lookups: Mapping[str, Lookup], interval: float
) -> Iterator[PooledEstimate]:
    parts = {
        name: own for name, find in lookups.items() if (own := question.parts(find)) is not None
    }
    names = tuple(parts)
    if not parts:
        reason = "No site has these moments."
        yield PooledEstimate(f"{question.name}.n", "one_stage", (), None, reason=reason)
        return
    merges: dict[str, Callable[[Sequence[Moments]], Moments]] = {"one_stage": merge_moments}
    if len(parts) > 1:
        merges["within_sites"] = within_groups
    for model, merge in merges.items():
        together = tuple(merge(one) for one in zip(*parts.values(), strict=True))
        answers, reason = _answers(question, together, interval)
        for statistic, estimate in answers.items():
            yield PooledEstimate(f"{question.name}.{statistic}", model, names, estimate)
        if reason:
            yield PooledEstimate(f"{question.name}.n", model, names, None, reason=reason)
    if len(parts) > 1:
        yield from _two_stages(question, parts, interval)


def _answers(
    question: Question, moments: tuple[Moments, ...], interval: float
) -> tuple[dict[str, Estimate], str]:
    """The estimates, or why there are none."""
    try:
        return question.answers(moments, interval), ""
    except AnalysisError as error:
        return {}, error.heading


def _two_stages(
    question: Question, parts: Mapping[str, tuple[Moments, ...]], interval: float
) -> Iterator[PooledEstimate]:
    """Random effects over the sites that have an estimate of their own."""
    own = {name: _answers(question, moments, interval)[0] for name, moments in parts.items()}
    statistics = dict.fromkeys(name for answers in own.values() for name in answers)
    for statistic in statistics:
        effects = {
            name: answers[statistic]
            for name, answers in own.items()
            if statistic in answers and _has_variance(answers[statistic])
        }
        if len(effects) < 2:
            continue
        scale = next(iter(effects.values())).scale
        own_effects = [_effect(one) for one in effects.values()]
        fit = random_effects(
            [effect for effect, _ in own_effects],
            [variance for _, variance in own_effects],
            ids=list(effects),
            interval=interval,
            profile=False,
        )
        limits = (fit.effect.estimate, fit.effect.ci_low, fit.effect.ci_high)
        estimate, low, high = map(tanh, limits) if scale == "r" else limits
        pooled = Estimate(
            estimate=float(estimate),
            n=sum(one.n for one in effects.values()),
            # Of a correlation, the standard error is that of Fisher's z and is not printed.
            se=None if scale == "r" else fit.effect.se,
            df=fit.effect.df,
            p=fit.effect.p_two_tailed,
            ci_low=float(low),
            ci_high=float(high),
        )
        tau = float(np.sqrt(fit.tau2))
        yield PooledEstimate(
            f"{question.name}.{statistic}", "two_stage", tuple(effects), pooled, tau
        )


def _has_variance(estimate: Estimate) -> bool:
    """Whether a site's estimate can be an effect of a meta-analysis."""
    if estimate.scale == "r":
        return abs(estimate.estimate) < 1 and estimate.n - estimate.held > 3
    return estimate.scale == "normal" and bool(estimate.se)


def _effect(estimate: Estimate) -> tuple[float, float]:
    """Effect and sampling variance on the scale of pooling."""
    if estimate.scale == "r":
        size = fisher_z(estimate.estimate, estimate.n - estimate.held)
        return size.estimate, size.variance
    return estimate.estimate, float(estimate.se or 0.0) ** 2


def _alphas(
    identifier: str, own: Mapping[str, SquareSums], interval: float
) -> Iterator[PooledEstimate]:
    """Alpha over all rows, and with the means of each site taken out."""
    if not own:
        return
    merged = reduce(add, own.values())
    sums = {"one_stage": merged}
    if len(own) > 1:
        within = sum(one.squares for one in own.values())
        sums["within_sites"] = SquareSums(merged.n, merged.mean, np.asarray(within))
    for model, one in sums.items():
        try:
            alpha = alpha_of_moments(one.squares[:-1], float(one.squares[-1]))
        except AnalysisError as error:
            yield PooledEstimate(identifier, model, tuple(own), None, reason=error.heading)
            continue
        # Feldt's interval is that of one sample.
        limits = (
            feldt_interval(alpha, one.n, len(one.squares) - 1, interval)
            if model == "one_stage"
            else (None, None)
        )
        estimate = Estimate(alpha, one.n, ci_low=limits[0], ci_high=limits[1])
        yield PooledEstimate(identifier, model, tuple(own), estimate)
