"""Which facets carry the association: pooled correlations of facets and what follows from them.

Correlations of all studies are pooled as one matrix (`attune.stats.correlation_matrices`), from
which partial correlations, dominance and relative weights follow. Beside it, the correlation of
each facet with the outcome is pooled by itself, as the synthesis declares it for all effects.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from attune.specs.errors import AnalysisError, ConfigurationError
from attune.specs.synthesis import Crosswalk, FacetCohort, Facets, Synthesis
from attune.store.statistic_rows import Row, statistic_row
from attune.synthesis.evidence import OUTCOME, FacetStudy, StudyEffect, direction_of
from attune.synthesis.one_stage import Frames
from attune.synthesis.pooling import average_effect, model_words, pooled_row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from attune.stats.correlation_matrices import PooledCorrelations

NOT_MEASURED = "no study measured it"
NO_CORRELATION = "no study gives its correlation with the outcome"
ALONE = "one facet has nothing to be compared with"
NOTHING = "no study gives correlations of facets"

IMPORTANCE = ("partial_r", "general_dominance", "dominance_share", "relative_weight")
"""Statistics of a facet beside the others, in the order of print."""

RESAMPLED = ("resampled_weight", "above_random")
"""Statistics of a facet from the rows of the only cohort that measured it."""

BETWEEN_WORDS = {
    "common": "one matrix for all studies",
    "equal": "one variance between studies for all correlations",
    "diagonal": "a variance between studies of each correlation",
    "unstructured": "variances and covariances between studies",
}


@dataclass(frozen=True)
class Compared:
    """Facets that can be pooled together, and why others cannot.

    Attributes
    ----------
    facets : list of str
        In the order of the crosswalk; every pair of them, and each with the outcome, is known from
        a study or more.
    left_out : dict of str to str
        Facet -> reason.
    studies : list of FacetStudy
        Those that give a correlation of these facets.
    """

    facets: list[str]
    left_out: dict[str, str] = field(default_factory=dict)
    studies: list[FacetStudy] = field(default_factory=list)


def compared_facets(
    declared: Facets, crosswalk: Crosswalk, studies: Sequence[FacetStudy]
) -> Compared:
    """Facets of which the whole matrix of correlations is known, from some study each.

    A facet is left out where no study measured it, where none gives its correlation with the
    outcome, or, one after the other, where it lacks most correlations with other facets.
    """
    kept, left_out = [], {}
    pairs = {frozenset((one, two)) for study in studies for one, two, _ in study.correlations}
    for facet in crosswalk.facets:
        if declared.compared and facet not in declared.compared:
            continue
        if frozenset((facet, OUTCOME)) in pairs:
            kept.append(facet)
        else:
            measured = any(facet in study.measured for study in studies)
            left_out[facet] = NO_CORRELATION if measured else NOT_MEASURED
    while kept:
        lacking = {
            facet: [o for o in kept if o != facet and frozenset((facet, o)) not in pairs]
            for facet in kept
        }
        worst = max(kept, key=lambda facet: (len(lacking[facet]), kept.index(facet)))
        if not lacking[worst]:
            break
        others = " or ".join(crosswalk.facets[other] for other in lacking[worst])
        left_out[worst] = f"no study gives its correlation with {others}"
        kept.remove(worst)
    own = [
        study
        for study in studies
        if any({one, two} <= {*kept, OUTCOME} for one, two, _ in study.correlations)
    ]
    return Compared(kept, left_out, own)


def facet_rows(
    synthesis: Synthesis,
    crosswalk: Crosswalk,
    studies: Sequence[FacetStudy],
    frames: Frames | None = None,
) -> Iterator[Row]:
    """Statistics of facets: counts, pooled correlations, importance.

    Parameters
    ----------
    synthesis : Synthesis
    crosswalk : Crosswalk
    studies : sequence of FacetStudy
    frames : mapping, optional
        Rows of its cohorts: where all correlations are those of one cohort, these are resampled.

    Raises
    ------
    ConfigurationError
        Matrices of studies that cannot be pooled: all of them at once, with the study.
    """
    declared = synthesis.facets
    if declared is None:
        return
    compared = compared_facets(declared, crosswalk, studies)
    yield from _counts(compared, studies)
    yield from _alone_rows(synthesis, compared, studies)
    pooled = _pooled(synthesis, compared)
    if pooled is None:
        for facet in compared.facets or compared.left_out:
            yield from _undefined(facet, compared.left_out.get(facet, NOTHING))
        yield statistic_row("facets", ["all"], "r_squared", None, reason=NOTHING)
        return
    method = f"generalised least squares, {BETWEEN_WORDS[pooled.between]}"
    yield from _correlation_rows(synthesis, compared, pooled, method)
    yield from _importance_rows(synthesis, compared, pooled, method)
    yield from _resampled_rows(synthesis, compared, frames or {})
    for facet, reason in compared.left_out.items():
        yield from _undefined(facet, reason)


def _undefined(facet: str, reason: str) -> Iterator[Row]:
    for statistic in ("r", "tau", *IMPORTANCE):
        yield statistic_row("facets", [facet], statistic, None, reason=reason, x=facet)


def _counts(compared: Compared, studies: Sequence[FacetStudy]) -> Iterator[Row]:
    pooled = [study for study in studies if study.pooled]
    yield statistic_row("facets", ["all"], "k", len(pooled))
    yield statistic_row("facets", ["all"], "people", sum(study.n or 0 for study in pooled))
    without = len(studies) - len(pooled)
    yield statistic_row("facets", ["all"], "without_number", without)
    for facet in (*compared.facets, *compared.left_out):
        own = [study for study in pooled if facet in study.measured]
        yield statistic_row("facets", [facet], "k", len(own), x=facet)
        yield statistic_row("facets", [facet], "people", sum(s.n or 0 for s in own), x=facet)


def _alone_rows(
    synthesis: Synthesis, compared: Compared, studies: Sequence[FacetStudy]
) -> Iterator[Row]:
    """Each facet by itself, with the estimator and the test of the synthesis."""
    model = synthesis.model
    for facet in (*compared.facets, *compared.left_out):
        effects = [
            StudyEffect(study.key, study.label, "table", direction_of(r), r, n=study.n)
            for study in studies
            for one, two, r in study.correlations
            if (one, two) == (facet, OUTCOME)
        ]
        if not effects:
            reason = compared.left_out.get(facet, NOTHING)
            yield statistic_row("facets", [facet], "r_alone", None, reason=reason, x=facet)
            continue
        found = average_effect(effects, model)
        people = sum(effect.n or 0 for effect in effects)
        words = model_words(model, found)
        row = pooled_row("facets", facet, found, "r", people, words, model.interval, x=facet)
        yield row | {"id": f"facets.{facet}.r_alone", "statistic": "r_alone"}


def _pooled(synthesis: Synthesis, compared: Compared) -> "PooledCorrelations | None":
    """The pooled matrix of the compared facets and the outcome; None without any facet."""
    import numpy as np

    from attune.stats.correlation_matrices import pool_correlations

    declared = synthesis.facets
    if declared is None or not compared.facets:
        return None
    names = [*compared.facets, OUTCOME]
    matrices = []
    for study in compared.studies:
        matrix = np.full((len(names), len(names)), np.nan)
        for one, two, r in study.correlations:
            if one in names and two in names:
                matrix[names.index(one), names.index(two)] = r
                matrix[names.index(two), names.index(one)] = r
        matrices.append(matrix)
    try:
        return pool_correlations(
            matrices,
            [study.n or 0 for study in compared.studies],
            names,
            [study.label for study in compared.studies],
            between=declared.between,
            interval=synthesis.model.interval,
        )
    except AnalysisError as error:
        raise ConfigurationError(
            f"The facets of workflow/syntheses/{synthesis.synthesis}.yaml cannot be pooled.",
            error.problems or [error.heading],
        ) from None


def _correlation_rows(
    synthesis: Synthesis, compared: Compared, pooled: "PooledCorrelations", method: str
) -> Iterator[Row]:
    """Pooled correlations of each facet with the outcome, and of facets with each other."""
    level = synthesis.model.interval
    names = [*compared.facets, OUTCOME]
    yield statistic_row(
        "facets", ["all"], "q", pooled.q, reason="nothing is known twice", df=pooled.q_df or None,
        p_two_tailed=pooled.q_p, method="chi-square test",
    )  # fmt: skip
    for place, one in enumerate(names):
        for two in names[place + 1 :]:
            test = pooled.correlation(one, two)
            terms = [one] if two == OUTCOME else [one, two]
            analysis = "facets" if two == OUTCOME else "facet_pairs"
            people = sum(
                study.n or 0
                for study in compared.studies
                if any({a, b} == {one, two} for a, b, _ in study.correlations)
            )
            yield statistic_row(
                analysis, terms, "r", test.estimate, se=test.se, p_two_tailed=test.p_two_tailed,
                # A Wald interval on the scale of r can pass its ends.
                ci_low=max(test.ci_low, -1.0), ci_high=min(test.ci_high, 1.0), ci_level=level,
                n=people, method=method, x=one, y=two,
            )  # fmt: skip
            if two == OUTCOME:
                tau = pooled.tau(one, two) if pooled.between != "common" else math.nan
                reason = "it has one study, or one matrix is taken for all"
                yield statistic_row("facets", terms, "tau", tau, reason=reason, x=one)


def _importance_rows(
    synthesis: Synthesis, compared: Compared, pooled: "PooledCorrelations", method: str
) -> Iterator[Row]:
    """Partial correlations, dominance and relative weights, with intervals from drawn matrices."""
    declared, reason = synthesis.facets or Facets(outcome=""), ALONE
    found, values, kept = None, None, math.nan
    if len(compared.facets) > 1:
        try:
            found, values, kept = _importance(declared, compared, pooled)
        except AnalysisError as error:
            reason = " ".join([error.heading, *error.problems]).rstrip(".")
    if found is None or values is None:
        yield statistic_row("facets", ["all"], "r_squared", None, reason=reason)
        for facet in compared.facets:
            for statistic in IMPORTANCE:
                yield statistic_row("facets", [facet], statistic, None, reason=reason, x=facet)
        return
    row = partial(_with_limits, found, values, synthesis.model.interval, f"{method}; drawn limits")
    yield row(["all"], "r_squared", "r_squared")
    yield statistic_row("facets", ["all"], "draws_kept", 100 * kept, method=method)
    for place, facet in enumerate(compared.facets):
        for statistic in IMPORTANCE:
            yield row([facet], statistic, statistic, (place,), x=facet)
        for size in range(len(compared.facets)):
            terms = [facet, str(size)]
            about: dict[str, Any] = {"analysis": "facet_beside", "x": facet}
            yield row(terms, "r_squared_added", "conditional", (place, size), **about)
        for other in range(place + 1, len(compared.facets)):
            two = compared.facets[other]
            about = {"analysis": "facet_pairs", "x": facet, "y": two}
            at, terms = (place, other), [facet, two]
            yield row(terms, "dominance_difference", "differences", at, **about)
            verdict = float(found["complete"][at])
            agreeing = 100 * float((values["complete"][:, place, other] == verdict).mean())
            yield statistic_row(
                "facet_pairs", terms, "complete_dominance", verdict, x=facet, y=two, method=method
            )
            yield statistic_row(
                "facet_pairs", terms, "complete_reproduced", agreeing, x=facet, y=two, method=method
            )


def only_cohort(synthesis: Synthesis, compared: Compared) -> FacetCohort | None:
    """The cohort whose rows are all that is known of the compared facets, if there is one."""
    if synthesis.facets is None or len(compared.studies) != 1 or len(compared.facets) < 2:
        return None
    cohorts = {entry.cohort: entry for entry in synthesis.facets.cohorts}
    [study] = compared.studies
    return cohorts.get(study.key) if study.origin == "cohort" else None


def _resampled_rows(synthesis: Synthesis, compared: Compared, frames: Frames) -> Iterator[Row]:
    """Relative weights with intervals from the rows of the only cohort behind them.

    Matrices drawn around a pooled one take its correlations for normal; with the rows at hand,
    these are drawn instead. A weight is compared with that of a variable of random numbers, too.
    """
    declared, cohort = synthesis.facets, only_cohort(synthesis, compared)
    if declared is None or cohort is None or cohort.cohort not in frames:
        return
    from attune.stats.relative_weights import bootstrap_relative_weights
    from attune.stats.resampling import stream

    frame = frames[cohort.cohort][cohort.dataset]
    # All measures of the cohort, so that the dyads are those of its correlations.
    complete = frame[[*cohort.measures.values(), cohort.outcome]].dropna()
    try:
        found = bootstrap_relative_weights(
            complete[[cohort.measures[facet] for facet in compared.facets]],
            complete[cohort.outcome],
            declared.draws,
            stream(declared.seed, "facets.rows"),
            compared.facets,
            synthesis.model.interval,
        )
    except AnalysisError as error:
        for facet in compared.facets:
            for statistic in RESAMPLED:
                yield statistic_row(
                    "facets", [facet], statistic, None, reason=error.heading.rstrip("."), x=facet
                )
        return
    parts = (
        (found.weights, found.low, found.high),
        (found.above_random, found.above_random_low, found.above_random_high),
    )
    for place, facet in enumerate(compared.facets):
        for statistic, (values, low, high) in zip(RESAMPLED, parts, strict=True):
            yield statistic_row(
                "facets", [facet], statistic, float(values[place]), ci_low=float(low[place]),
                ci_high=float(high[place]), ci_level=synthesis.model.interval, n=found.n, x=facet,
                method=f"BCa interval over {declared.draws} resamples of the rows of one cohort",
            )  # fmt: skip


Values = Mapping[str, "NDArray[np.float64]"]


def _importance(
    declared: Facets, compared: Compared, pooled: "PooledCorrelations"
) -> tuple[Values, Values, float]:
    """Importance by the pooled matrix, by drawn matrices, and the share of draws that count."""
    from attune.stats.correlation_matrices import checked_correlation_matrix, monte_carlo_values
    from attune.stats.resampling import stream

    checked_correlation_matrix(pooled.matrix, [*compared.facets, "the outcome"])
    found = _values(pooled.matrix[None])
    generator = stream(declared.seed, "facets")
    values, kept = monte_carlo_values(pooled, _values, declared.draws, generator)
    return {name: value[0] for name, value in found.items()}, values, kept


def _values(matrices: "NDArray[np.float64]") -> dict[str, "NDArray[np.float64]"]:
    """Every measure of importance of some matrices."""
    from attune.stats.correlation_matrices import partial_correlations
    from attune.stats.dominance import (
        complete_dominance,
        conditional_dominance,
        explained_by_subsets,
    )
    from attune.stats.relative_weights import relative_weights

    shares = explained_by_subsets(matrices)
    conditional = conditional_dominance(shares)
    general = conditional.mean(axis=-1)
    return {
        "r_squared": shares[:, -1],
        "partial_r": partial_correlations(matrices),
        "general_dominance": general,
        "dominance_share": 100 * general / shares[:, -1:],
        "relative_weight": relative_weights(matrices),
        "conditional": conditional,
        "differences": general[:, :, None] - general[:, None, :],
        "complete": complete_dominance(shares),
    }


def _with_limits(
    found: Values, values: Values, interval: float, method: str, terms: Sequence[str],
    statistic: str, name: str, at: tuple[int, ...] = (), analysis: str = "facets", **about: str,
) -> Row:  # fmt: skip
    """A row with percentile limits of the drawn matrices."""
    import numpy as np

    place: Any = (slice(None), *at)
    drawn = values[name][place]
    low, high = np.quantile(drawn, [(1 - interval) / 2, (1 + interval) / 2])
    return statistic_row(
        analysis, terms, statistic, float(found[name][at]), ci_low=float(low), ci_high=float(high),
        ci_level=interval, method=method, reason="the facets explain nothing", **about,
    )  # fmt: skip
