"""Statistics of a synthesis: effects of studies, pooled effects, printed values, counts.

Correlations are pooled as Fisher's z and printed as r, standardised differences as they are. All
formulas are those of `attune.stats.meta_analysis` and `attune.stats.effect_conversion`.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_args

from attune.paper.checks.finding import Finding
from attune.specs.literature import Direction, PrintedEffect
from attune.specs.synthesis import Crosswalk, Synthesis
from attune.stats.effect_conversion import EffectSize, convert
from attune.stats.vote_counts import count_votes
from attune.store.statistic_rows import Row, snake_case, software, statistic_row, statistics_frame
from attune.synthesis.declared_choices import corrected_rows, needed_rows, subset_rows
from attune.synthesis.evidence import Evidence, ReportedEffect, n_studies
from attune.synthesis.facets import facet_rows
from attune.synthesis.influence import influence_rows
from attune.synthesis.moderators import moderator_rows, numeric_moderator_rows
from attune.synthesis.one_stage import Frames, one_stage_rows
from attune.synthesis.pooling import ALL, back, effect_size, pooled_rows
from attune.synthesis.sensitivity import rho_rows, sensitivity_rows, small_study_rows

if TYPE_CHECKING:
    import pandas as pd

NO_NUMBER = "the source prints no number"

DIRECTIONS = get_args(Direction)


def synthesis_statistics(
    synthesis: Synthesis,
    evidence: Evidence,
    findings: Sequence[Finding],
    crosswalk: Crosswalk | None = None,
    frames: Frames | None = None,
) -> "pd.DataFrame":
    """Every statistic of a synthesis.

    Parameters
    ----------
    synthesis : Synthesis
    evidence : Evidence
    findings : sequence of Finding
        Checks of the printed values.
    crosswalk : Crosswalk, optional
        Where the synthesis compares facets.
    frames : mapping of str to mapping of str to pandas.DataFrame, optional
        Rows of cohorts, where it pools them: cohort -> data set -> one row per dyad.

    Returns
    -------
    pandas.DataFrame
        Contract `STATISTICS`. What cannot be estimated, such as the variance between studies of a
        single one, is an undefined row with its reason.
    """
    rows: list[Row] = [*_study_rows(synthesis, evidence)]
    for effect in evidence.reported:
        rows += reported_rows(effect)
    pooled = [*pooled_rows(synthesis, ALL, evidence.pooled)]
    rows += pooled
    of_all = next(row for row in pooled if row["statistic"] == synthesis.metric)
    rows += needed_rows(synthesis, of_all)
    rows += corrected_rows(synthesis, evidence.pooled)
    rows += subset_rows(synthesis, evidence.pooled)
    rows += moderator_rows(synthesis, evidence.pooled)
    rows += numeric_moderator_rows(synthesis, evidence.pooled)
    rows += sensitivity_rows(synthesis, evidence.pooled)
    rows += rho_rows(synthesis, evidence.pooled)
    rows += small_study_rows(synthesis, evidence.pooled)
    rows += influence_rows(synthesis, evidence.pooled)
    if crosswalk is not None:
        rows += facet_rows(synthesis, crosswalk, evidence.facets, frames)
    rows += one_stage_rows(synthesis, frames or {})
    rows += _vote_rows(synthesis, evidence)
    outcomes = [finding.outcome for finding in findings]
    rows.append(statistic_row("checks", ["all"], "count", len(outcomes)))
    contradicted = outcomes.count("inconsistent")
    rows.append(statistic_row("checks", ["inconsistent"], "count", contradicted))
    rows += _flow_rows(synthesis)
    used = software("attune", "scipy")
    return statistics_frame(row | {"software": used} for row in rows)


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
        # A correlation is the one that was read: back from Fisher's z it has a rounding error.
        [own] = (
            [study.estimate] if synthesis.metric == "r" else back([size.estimate], synthesis.metric)
        )
        yield statistic_row(
            "studies",
            [study.key],
            synthesis.metric,
            own,
            n=study.n,
            ci_low=low,
            ci_high=high,
            ci_level=level,
            method=f"from {study.place}",
            **terms,
        )
        if study.manuscript_r is not None:
            yield statistic_row(
                "studies", [study.key], "manuscript_r", study.manuscript_r, n=study.manuscript_n,
                method="as the manuscript of the cohort prints it", **terms,
            )  # fmt: skip


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
        (found for measure in ("r", "d", "g", "or") if (found := effect.value(measure))),
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
    ratio = printed.measure == "or"
    number = math.log(float(printed.printed)) if ratio else float(printed.printed)
    size = EffectSize("log_or" if ratio else "d", number, 1.0, n_first=1e6, n_second=1e6)
    method = f"{about['method']}; converted from {printed.measure}, groups of equal size"
    return statistic_row(
        "reported", terms, "converted_r", convert(size, "r").estimate, **{**about, "method": method}
    )


def _vote_rows(synthesis: Synthesis, evidence: Evidence) -> Iterator[Row]:
    """Directions counted, and the exact sign test of those for and against."""
    directions: list[str] = list(evidence.directions.values())
    for direction in DIRECTIONS:
        yield statistic_row("votes", [direction], "count", directions.count(direction))
    yield statistic_row("votes", ["all"], "count", len(directions))
    yield statistic_row("votes", ["without_number"], "count", n_studies(evidence.counted))
    yield statistic_row("votes", ["pooled"], "count", n_studies(evidence.pooled))
    if not directions:
        return
    level = synthesis.model.interval
    unclear = ("mixed", "not_stated")
    votes = ["unclear" if found in unclear else found for found in directions]
    counted = count_votes(votes, level)
    with_direction = counted.in_favour + counted.against
    reason = "no study has a direction for or against"
    yield statistic_row(
        "votes", ["sign"], "share", 100 * counted.share, reason=reason, n=with_direction,
        ci_low=100 * counted.ci_low, ci_high=100 * counted.ci_high, ci_level=level,
        method="exact binomial interval",
    )  # fmt: skip
    yield statistic_row(
        "votes", ["sign"], "p", counted.p, reason=reason, n=with_direction,
        method="exact sign test, two-tailed",
    )  # fmt: skip


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
