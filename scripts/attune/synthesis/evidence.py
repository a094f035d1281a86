"""What enters a synthesis: effects of single studies, and values that meta-analyses print.

Every effect is coded so that a positive one means a better outcome: more of the predictor goes
along with a better outcome. An effect without a number has a direction only; it is counted, never
pooled.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from attune.specs.closed_model import did_you_mean
from attune.specs.errors import ConfigurationError
from attune.specs.literature import Direction, Effect, Literature, Measured, PrintedEffect, Source
from attune.specs.synthesis import CohortEffect, OwnEffect, Synthesis
from attune.stats.effect_conversion import EffectSize, convert
from attune.stats.intervals import rounding_interval

SMALLEST_N = 4
"""Fewest people of a correlation: the variance of Fisher's z is 1 / (n - 3)."""

OUTCOME = "outcome"
"""Name of the outcome among the variables of a matrix of facets."""

YEAR = "year"
"""Name of the numeric moderator whose value is the year of a study."""

SYNTHETIC = ", synthetic"
"""What is added to the label of a study with made-up data among real ones."""

Origin = Literal["literature", "table", "cohort", "site"]

COHORT_STATISTICS: dict[str, tuple[tuple[str, ...], str]] = {
    "r": (("pearson_r", "spearman_rho"), "correlation"),
    "g": (
        ("standardised_arm_difference", "standardised_average_difference"),
        "standardised difference of a trial",
    ),
    "b": (("fixed_effect", "slope"), "slope"),
    "or": ((), "odds ratio"),
}
"""Metric -> last parts of the ids of cohort statistics that can be pooled, and their name."""


@dataclass(frozen=True)
class StudyEffect:
    """One effect of one study.

    Attributes
    ----------
    key : str
        The part of the ids of its statistics: lower snake case.
    label : str
        As print shows it.
    origin : {"literature", "table", "cohort", "site"}
    direction : {"for", "against", "none", "mixed", "not_stated"}
        Stated by the source; where no source states one, the sign of the number.
    estimate : float or None
        r, g, b or the logarithm of an odds ratio, positive where it means a better outcome; None
        where only a direction is known.
    se : float or None
        Standard error of g, b or a log odds ratio.
    n : int or None
        People or dyads.
    study : str
        Key of its study, where that has several effects.
    sample : str
        Name of the sample where two effects share it.
    features : mapping of str to str
        Moderator -> level, or the number of a numeric one as text.
    synthetic : bool
        Whether its number is made up.
    place : str
        Where it comes from, for messages and notes.
    known : str
        How the predictor was measured, as far as it is known.
    outcome : str
        The outcome with its questionnaire; empty where the declaration does not name it.
    reason : str
        Why this statistic of its cohort enters and no other; a sentence.
    positive : str
        What a positive number means, where its sign was turned.
    counts : str
        What n counts, where that is declared.
    manuscript_r : float or None
        The correlation that the manuscript of its cohort prints instead, with its own sign.
    manuscript_n : int or None
    manuscript_differs : str
        How that one differs, as a clause.
    year : int or None
        Of its publication.
    risk_tool, risk_of_bias : str
        Tool and overall judgement; empty where the file gives none.
    certainty : str
        By GRADE.
    """

    key: str
    label: str
    origin: Origin
    direction: Direction
    estimate: float | None = None
    se: float | None = None
    n: int | None = None
    study: str = ""
    sample: str = ""
    features: Mapping[str, str] = field(default_factory=dict)
    synthetic: bool = False
    place: str = ""
    known: str = ""
    outcome: str = ""
    reason: str = ""
    positive: str = ""
    counts: str = ""
    manuscript_r: float | None = None
    manuscript_n: int | None = None
    manuscript_differs: str = ""
    year: int | None = None
    risk_tool: str = ""
    risk_of_bias: str = ""
    certainty: str = ""

    @property
    def pooled(self) -> bool:
        """Whether it has a number with its precision."""
        return self.estimate is not None

    @property
    def of_study(self) -> str:
        """Key of its study."""
        return self.study or self.key


@dataclass(frozen=True)
class ReportedEffect:
    """A value of a meta-analysis or review, beside others and never pooled."""

    key: str
    name: str
    """`<literature>.<source>.<effect>`."""
    source: Source
    effect: Effect
    literature: str


@dataclass(frozen=True)
class FacetStudy:
    """Correlations of one study.

    Attributes
    ----------
    key : str
        Lower snake case.
    label : str
        As print shows it.
    origin : {"literature", "table", "cohort"}
    instrument : str
        As the crosswalk names it; empty where a source of the literature does not say.
    n : int or None
    correlations : list of (str, str, float)
        Two variables (facets, or `OUTCOME` in the second place) and their r; empty for an effect of
        the literature without a number.
    measured : list of str
        Facets that it measured.
    synthetic : bool
    place : str
        For messages.
    """

    key: str
    label: str
    origin: str
    instrument: str
    n: int | None
    correlations: list[tuple[str, str, float]]
    measured: list[str]
    synthetic: bool = False
    place: str = ""

    @property
    def pooled(self) -> bool:
        """Whether it has a number."""
        return bool(self.correlations)


@dataclass(frozen=True)
class SiteStatistics:
    """What the file of a site holds for a synthesis.

    Attributes
    ----------
    site : str
    synthetic : bool
    rows : mapping of str to mapping
        Id -> estimate and n of a statistic.
    """

    site: str
    synthetic: bool
    rows: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Evidence:
    """Everything that enters a synthesis.

    Attributes
    ----------
    studies : list of StudyEffect
        In the order of the declaration: literature, tables, cohorts, sites.
    reported : list of ReportedEffect
    warnings : dict of str to str
        Name of the effects concerned -> a sentence: effects that look like the same sample.
    facets : list of FacetStudy
        Correlations of facets, see `attune.synthesis.facet_evidence`.
    """

    studies: list[StudyEffect]
    reported: list[ReportedEffect]
    warnings: dict[str, str] = field(default_factory=dict)
    facets: list[FacetStudy] = field(default_factory=list)

    @property
    def pooled(self) -> list[StudyEffect]:
        """The effects with a number."""
        return [study for study in self.studies if study.pooled]

    @property
    def directions(self) -> dict[str, Direction]:
        """One vote of each study; the vote of one whose effects do not agree is mixed."""
        found: dict[str, Direction] = {}
        for study in self.studies:
            known = found.setdefault(study.of_study, study.direction)
            found[study.of_study] = study.direction if known == study.direction else "mixed"
        return found

    def labels(self) -> dict[str, str]:
        """Names of studies and of reported effects by the part of ids that stands for them."""
        studies = {study.key: study.label for study in self.studies}
        studies |= {study.key: study.label for study in self.facets}
        return studies | {
            entry.key: f"{entry.source.label}, {entry.effect.title}" for entry in self.reported
        }

    @property
    def counted(self) -> list[StudyEffect]:
        """The effects without a number."""
        return [study for study in self.studies if not study.pooled]


def collect_evidence(
    synthesis: Synthesis,
    literature: Mapping[str, Literature],
    of_tables: Sequence[StudyEffect] = (),
    cohort_statistics: Mapping[str, Mapping[str, Mapping[str, Any]]] | None = None,
    synthetic_cohorts: Mapping[str, bool] | None = None,
    sites: Mapping[str, SiteStatistics] | None = None,
) -> Evidence:
    """Effects and reported values of a synthesis, each with its sign turned.

    Parameters
    ----------
    synthesis : Synthesis
    literature : mapping of str to Literature
        By id.
    of_tables : sequence of StudyEffect
        Effects of the tables (see `attune.synthesis.effect_table`).
    cohort_statistics : mapping of str to mapping
        Cohort -> id -> row of the contract `STATISTICS`.
    synthetic_cohorts : mapping of str to bool
        Whether the data of each cohort are made up.
    sites : mapping of str to SiteStatistics
        By the file that the synthesis names.

    Raises
    ------
    ConfigurationError
        All at once: names that do not exist; a synthetic effect in a synthesis that is no
        demonstration; a cohort without the statistic, or with one that cannot be pooled; a study
        that enters twice; two effects of one sample.
    """
    problems: list[str] = []
    studies = list(_literature_effects(synthesis, literature, problems))
    studies += of_tables
    for declared, found in _own_effects(
        synthesis, cohort_statistics or {}, synthetic_cohorts or {}, sites or {}, problems
    ):
        replaced = [study for study in studies if _is_of(study, declared.source)]
        # A vote is what the source reports; a made-up number must not change the count.
        direction = replaced[0].direction if replaced else found.direction
        year = found.year or (replaced[0].year if replaced else None)
        studies = [study for study in studies if study not in replaced]
        studies.append(replace(found, direction=direction, year=year))
    studies = [_with_year(study, synthesis) for study in studies]
    problems += _problems_of(studies, synthesis)
    reported = list(_reported(synthesis, literature, problems))
    if problems:
        raise ConfigurationError(
            f"workflow/syntheses/{synthesis.synthesis}.yaml cannot be used.",
            list(dict.fromkeys(problems)),
        )
    return Evidence(_marked(studies), reported, _same_samples(studies) | _rows_of_totals(studies))


def _own_effects(
    synthesis: Synthesis,
    cohort_statistics: Mapping[str, Mapping[str, Mapping[str, Any]]],
    synthetic_cohorts: Mapping[str, bool],
    sites: Mapping[str, SiteStatistics],
    problems: list[str],
) -> Iterator[tuple[OwnEffect, StudyEffect]]:
    """The effects of cohorts, then of sites, each with its declaration."""
    for cohort in synthesis.cohorts:
        rows = cohort_statistics.get(cohort.cohort, {})
        made_up = synthetic_cohorts.get(cohort.cohort, False)
        found = cohort_effect(cohort, rows, made_up, synthesis.metric, problems)
        if found is not None:
            yield cohort, found
    for entry in synthesis.sites:
        if entry.file not in sites:
            problems.append(f"{entry.place}: there is no such file below workflow/syntheses")
            continue
        site = sites[entry.file]
        found = own_effect(entry, site.rows, synthesis.metric, problems)
        if found is not None:
            yield entry, replace(found, key=site.site, origin="site", synthetic=site.synthetic)


def evidence_as_json(evidence: Evidence) -> str:
    """Studies and warnings as JSON, one study a line; the reported values stay in their files."""

    def lines(studies: Sequence[StudyEffect] | Sequence[FacetStudy]) -> str:
        shown = [json.dumps(asdict(study), ensure_ascii=False) for study in studies]
        return "[\n" + ",\n".join(shown) + "\n]"

    warnings = json.dumps(evidence.warnings, ensure_ascii=False)
    return (
        f'{{"studies": {lines(evidence.studies)}, "facets": {lines(evidence.facets)},'
        f' "warnings": {warnings}}}\n'
    )


def evidence_from_json(
    text: str, synthesis: Synthesis, literature: Mapping[str, Literature]
) -> Evidence:
    """The evidence that was stored, with the reported values from their files."""
    stored = json.loads(text)
    studies = [StudyEffect(**study) for study in stored["studies"]]
    facets = []
    for entry in stored["facets"]:
        entry["correlations"] = [(one, two, r) for one, two, r in entry["correlations"]]
        facets.append(FacetStudy(**entry))
    reported = list(_reported(synthesis, literature, []))
    return Evidence(studies, reported, stored["warnings"], facets)


def _marked(studies: Sequence[StudyEffect]) -> list[StudyEffect]:
    """Studies with made-up data named as such, where others are real."""
    if all(study.synthetic for study in studies):
        return list(studies)
    return [
        replace(study, label=f"{study.label}{SYNTHETIC}") if study.synthetic else study
        for study in studies
    ]


def _with_year(study: StudyEffect, synthesis: Synthesis) -> StudyEffect:
    """A study whose year is the value of the numeric moderator `year`, if it has no other."""
    if YEAR not in synthesis.numeric or study.year is None or study.features.get(YEAR):
        return study
    return replace(study, features={**study.features, YEAR: str(study.year)})


def _is_of(study: StudyEffect, source: str | None) -> bool:
    """Whether a study is that of a source `<literature>.<source>`."""
    return source is not None and study.place.startswith(f"{source}.")


def _literature_effects(
    synthesis: Synthesis, literature: Mapping[str, Literature], problems: list[str]
) -> Iterator[StudyEffect]:
    for name in synthesis.effects:
        found = effect_of(name, literature)
        if isinstance(found, str):
            problems.append(f"effects: {found}")
            continue
        source, effect = found
        if source.kind != "study":
            problems.append(
                f"effects: {name} is a {source.kind.replace('_', '-')}; list it under `reported`,"
                " where nothing is pooled"
            )
            continue
        yield _of_literature(name, source, effect, synthesis, problems)


def _of_literature(
    name: str, source: Source, effect: Effect, synthesis: Synthesis, problems: list[str]
) -> StudyEffect:
    metric = synthesis.metric
    value = effect.value(metric) if metric != "b" else None
    others = [printed.measure for printed in effect.sizes if printed.measure != synthesis.metric]
    if value is None and others:
        problems.append(
            f"effects: {name} prints {', '.join(others)}, but the synthesis pools"
            f" {synthesis.metric}. Enter the value in that metric, or leave it out"
        )
    if metric in ("g", "or") and value is not None:
        problems += _interval_problems(f"effects: {name}", value)
    estimate, se = None, _printed_se(value) if metric in ("g", "or") else None
    if value is not None and value.up_to is None and (se or (metric == "r" and effect.n)):
        own = value.on_scale(value.printed)
        estimate = {"for": abs(own), "against": -abs(own)}.get(effect.direction, own)
    if metric == "r" and estimate is not None:
        problems += _correlation_problems(f"effects: {name}", value.printed, effect.n)  # type: ignore[union-attr]
    return StudyEffect(
        key=f"{name.split('.')[1]}_{name.split('.')[2]}",
        label=source.label,
        origin="literature",
        direction=effect.direction,
        estimate=estimate,
        se=se if estimate is not None else None,
        n=effect.n,
        sample=source.sample or "",
        features=dict(synthesis.features.get(name, {})),
        place=name,
        year=source.year,
        known=_known(effect.predictor.instrument, effect.predictor.rater),
        outcome=_outcome(effect.outcome),
        risk_tool=source.risk_of_bias.tool if source.risk_of_bias else "",
        risk_of_bias=source.risk_of_bias.overall if source.risk_of_bias else "",
        certainty=source.certainty or "",
    )


def _interval_problems(place: str, value: PrintedEffect) -> Iterator[str]:
    """Why a printed interval gives no standard error of its difference."""
    if value.se is not None or value.interval is None:
        return
    remedy = (
        "Correct it from the source or give `se`, or leave the interval out: then the direction is"
        " counted"
    )
    low, high, own = (rounding_interval(text) for text in (*value.interval, value.printed))
    limits = f"[{value.interval[0]}, {value.interval[1]}]"
    own_value = f"{value.measure} = {value.printed}"
    if float(value.interval[0]) == float(value.interval[1]):
        yield f"{place}: the interval {limits} of {own_value} has no width. {remedy}"
    elif own.high < low.low or own.low > high.high:
        yield (
            f"{place}: the interval {limits} does not hold its own {own_value}, so that it"
            f" is not the interval of this number. {remedy}"
        )


def _printed_se(value: PrintedEffect | None) -> float | None:
    """Standard error of a difference or log odds ratio: printed, or interval width / (2 q)."""
    if value is None:
        return None
    if value.se is not None:
        return float(value.se)
    if value.interval is None:
        return None
    coverage = int(value.level) / 100
    quantile = EffectSize("g", 0.0, 1.0).interval(coverage)[1]
    width = value.on_scale(value.interval[1]) - value.on_scale(value.interval[0])
    return width / (2 * quantile) if width > 0 else None


def _correlation_problems(place: str, printed: str, n: int | None) -> Iterator[str]:
    """Why a correlation cannot be pooled: its size, or the number of people."""
    if abs(float(printed)) >= 1:
        yield (
            f"{place}: r = {printed} cannot be pooled, since Fisher's z of a correlation of size 1"
            " is infinite. Take the value with more digits from the source, or leave the number"
            " out: then its direction is counted"
        )
    if n is not None and n < SMALLEST_N:
        yield (
            f"{place}: n = {n}; a correlation needs at least {SMALLEST_N} people, since its"
            " variance is 1 / (n - 3). Leave the number out: then its direction is counted"
        )


def _known(instrument: str, rater: str) -> str:
    return ", ".join(filter(None, [instrument, f"{rater} rating" if rater else ""]))


def _outcome(measured: Measured) -> str:
    """The outcome as a sentence names it, with its questionnaire where that is known."""
    return measured.label + (f" on the {measured.instrument}" if measured.instrument else "")


def effect_of(name: str, literature: Mapping[str, Literature]) -> tuple[Source, Effect] | str:
    """Source and effect of a name `<literature>.<source>.<effect>`, or why there is none."""
    file, source, effect = name.split(".")
    if file not in literature:
        hint = did_you_mean(file, [*literature])
        return f"{name}: the synthesis reads no literature {file!r}. {hint}"
    sources = literature[file].sources
    if source not in sources:
        return f"{name}: {file} has no source {source!r}. {did_you_mean(source, [*sources])}"
    effects = sources[source].effects
    if effect not in effects:
        return f"{name}: {source} has no effect {effect!r}. {did_you_mean(effect, [*effects])}"
    return sources[source], effects[effect]


def cohort_effect(
    declared: CohortEffect,
    rows: Mapping[str, Mapping[str, Any]],
    synthetic: bool,
    metric: str,
    problems: list[str],
) -> StudyEffect | None:
    """The effect of a cohort, as `own_effect`; `synthetic`: its data are made up."""
    found = own_effect(declared, rows, metric, problems)
    if found is None:
        return None
    shown = _in_manuscript(declared, rows, problems)
    return replace(found, key=declared.cohort, synthetic=synthetic, **shown)


def _in_manuscript(
    declared: CohortEffect, rows: Mapping[str, Mapping[str, Any]], problems: list[str]
) -> dict[str, Any]:
    """The correlation that the manuscript of a cohort prints instead of the pooled one."""
    other = declared.in_manuscript
    if other is None:
        return {}
    row = rows.get(other.statistic)
    if row is None or row["estimate"] is None or not is_correlation(other.statistic):
        problems.append(
            f"{declared.place}: in_manuscript names {other.statistic!r}, which is not a"
            f" correlation of"
            f" this cohort. {did_you_mean(other.statistic, [*rows])}"
        )
        return {}
    return {
        "manuscript_r": float(row["estimate"]),
        "manuscript_n": None if row["n"] is None else int(row["n"]),
        "manuscript_differs": other.differs,
    }


def is_correlation(statistic: str) -> bool:
    """Whether an id is that of a correlation."""
    return statistic.rpartition(".")[2] in COHORT_STATISTICS["r"][0]


def is_twin(study: StudyEffect, synthesis: Synthesis) -> bool:
    """Whether the direction is that of a published study and the number that of its twin."""
    declared = synthesis.cohorts
    return study.synthetic and any(entry.cohort == study.key and entry.source for entry in declared)


def own_effect(
    declared: OwnEffect,
    rows: Mapping[str, Mapping[str, Any]],
    metric: str,
    problems: list[str],
) -> StudyEffect | None:
    """The effect of a cohort or of a site, from its statistics.

    Parameters
    ----------
    declared : OwnEffect
    rows : mapping of str to mapping
        Id -> estimate, n, standard error and, of an undefined statistic, the reason.
    metric : str
        Of the synthesis.
    problems : list of str
        Gets a sentence where there is no effect.

    Returns
    -------
    StudyEffect or None
        Without a key. None where the statistic does not exist, is undefined, is none that the
        metric can pool, or has no sampling variance.
    """
    place = declared.place
    row = rows.get(declared.statistic)
    if row is None:
        hint = did_you_mean(declared.statistic, [*rows]) if rows else "It has no statistics yet."
        problems.append(
            f"{place}: it has no statistic {declared.statistic!r}, so that it has no measure of"
            f" {declared.predictor.label} or of {declared.outcome.label} for this synthesis. {hint}"
        )
        return None
    endings, what = COHORT_STATISTICS[metric]
    if not endings:
        problems.append(
            f"{place}: no statistic of a cohort or site is an {what}; a synthesis of metric"
            f" {metric} takes its effects from tables and the literature"
        )
        return None
    if declared.statistic.rpartition(".")[2] not in endings:
        problems.append(
            f"{place}: {declared.statistic} is not a {what}, which a synthesis of metric {metric}"
            f" pools; name one that ends in {' or '.join(endings)}"
        )
        return None
    if row["estimate"] is None:
        problems.append(f"{place}: {declared.statistic} is undefined ({row['reason']})")
        return None
    number = _cohort_number(row, metric)
    if isinstance(number, str):
        problems.append(f"{place}: {number}")
        return None
    estimate, se = number
    turned = -estimate if declared.better == "lower" else estimate
    return StudyEffect(
        key="",
        label=declared.label,
        origin="cohort",
        direction=direction_of(turned),
        estimate=turned,
        se=se,
        n=None if row["n"] is None else int(row["n"]),
        features=dict(declared.features),
        place=f"{place}.{declared.statistic}",
        year=declared.year,
        risk_tool=declared.risk_of_bias.tool if declared.risk_of_bias else "",
        risk_of_bias=declared.risk_of_bias.overall if declared.risk_of_bias else "",
        known=_known(declared.predictor.instrument, declared.predictor.rater),
        outcome=_outcome(declared.outcome),
        reason=declared.reason,
        positive=(declared.positive or "a better outcome") if declared.better == "lower" else "",
        counts=declared.counts,
    )


def _cohort_number(row: Mapping[str, Any], metric: str) -> tuple[float, float | None] | str:
    """Estimate and standard error of a statistic, or why it cannot be pooled.

    d becomes g. Its standard error, which holds the clustering of patients in therapists where the
    trial's model does, is corrected in the same way (`attune.stats.effect_conversion`).
    """
    estimate, n, se = row["estimate"], row["n"], row.get("se")
    if metric == "r":
        if n is None or n < SMALLEST_N or abs(estimate) >= 1:
            return (
                f"r = {estimate:g} with n = {n} has no sampling variance; a correlation needs"
                f" n of at least {SMALLEST_N} and a size below 1"
            )
        return estimate, None
    if se is None or se <= 0:
        return f"{row['id']} has no standard error, without which it cannot be pooled"
    if metric == "b":
        return estimate, se
    if n is None or n < SMALLEST_N:
        return f"{row['id']} is over {n} people; a difference needs at least {SMALLEST_N}"
    # The correction depends on the number of people in both arms together.
    size = convert(EffectSize("d", estimate, se**2, n / 2, n / 2), "g")
    return size.estimate, size.se


def n_studies(studies: Sequence[StudyEffect]) -> int:
    """Number of different studies behind some effects."""
    return len({study.of_study for study in studies})


def n_people(studies: Sequence[StudyEffect]) -> int:
    """People behind some effects; those of a study with several effects count once."""
    most: dict[str, int] = {}
    for study in studies:
        most[study.of_study] = max(most.get(study.of_study, 0), study.n or 0)
    return sum(most.values())


def direction_of(estimate: float) -> Direction:
    """The direction of a number, whatever its p.

    Examples
    --------
    >>> direction_of(0.2), direction_of(-0.2), direction_of(0.0)
    ('for', 'against', 'none')
    """
    return "for" if estimate > 0 else "against" if estimate < 0 else "none"


def _problems_of(studies: Sequence[StudyEffect], synthesis: Synthesis) -> Iterator[str]:
    """Effects that may not enter together, or not at all."""
    if not synthesis.demonstration:
        for study in studies:
            if study.synthetic:
                yield (
                    f"{study.place}: its data are synthetic, which never enter a pooled result."
                    " Remove it, or declare the whole synthesis as `demonstration: true`"
                )
    keys = [study.key for study in studies]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield f"{key}: the study enters twice; keep one effect of each sample"
    samples = [study.sample for study in studies if study.sample]
    for sample in sorted({name for name in samples if samples.count(name) > 1}):
        labels = [study.label for study in studies if study.sample == sample]
        yield (
            f"{' and '.join(labels)} share the sample {sample!r}; keep one of them, since their"
            " effects are not independent"
        )
    for study in studies:
        if study.estimate is not None and not math.isfinite(study.estimate):
            yield f"{study.place}: the effect is not a finite number"
        yield from (
            f"{study.place}: no level of the moderator {name!r} is given"
            for name in synthesis.levelled
            if not study.features.get(name)
        )
        yield from _number_problems(study, synthesis)
    yield from _problems_of_choices(studies, synthesis)


def _number_problems(study: StudyEffect, synthesis: Synthesis) -> Iterator[str]:
    """Numeric moderators of which a study with an effect has no number."""
    for name in synthesis.numeric if study.pooled else ():
        value = study.features.get(name, "")
        if not value:
            yield (
                f"{study.place}: no value of the numeric moderator {name!r} is given; a study"
                " without it cannot enter the regression"
            )
        elif not _is_number(value):
            yield f"{study.place}: the moderator {name!r} is {value!r}, where a number is needed"


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _problems_of_choices(studies: Sequence[StudyEffect], synthesis: Synthesis) -> Iterator[str]:
    """Levels of subsets that no study has; reliabilities of unknown studies, or of some only."""
    for name, subset in synthesis.subsets.items():
        declared = synthesis.moderators[subset.moderator].levels
        levels = sorted({study.features.get(subset.moderator, "") for study in studies})
        yield from (
            f"subsets.{name}: no study has the level {level!r} of {subset.moderator}."
            f" {did_you_mean(level, levels)}"
            for level in subset.levels
            if level not in levels and level not in declared
        )
    reliability = synthesis.reliability
    if reliability is None:
        return
    keys = list(dict.fromkeys(study.of_study for study in studies))
    yield from (
        f"reliability.studies.{key}: there is no study of this key. {did_you_mean(key, keys)}"
        for key in reliability.studies
        if key not in keys
    )
    pooled = dict.fromkeys(study.of_study for study in studies if study.pooled)
    sides: tuple[Literal["predictor", "outcome"], ...] = ("predictor", "outcome")
    for side in sides:
        without = [key for key in pooled if reliability.of(key, side) is None]
        if 0 < len(without) < len(pooled):
            yield (
                f"reliability: {', '.join(without)} has no reliability of the {side}, others do;"
                f" corrected and uncorrected correlations are not pooled together. Give"
                f" reliability.{side} for all studies, or one of each study"
            )


def _same_samples(studies: Sequence[StudyEffect]) -> dict[str, str]:
    """Pairs of effects with the same number and n, or standard error, under two names."""
    pairs: dict[str, str] = {}
    with_numbers = [study for study in studies if study.pooled and (study.n or study.se)]
    for place, one in enumerate(with_numbers):
        for two in with_numbers[place + 1 :]:
            same = (one.n, one.se) == (two.n, two.se) if one.n is None else one.n == two.n
            if same and math.isclose(one.estimate or 0, two.estimate or 0, abs_tol=5e-4):
                shared = f"n ({one.n})" if one.n else f"standard error ({one.se:g})"
                pairs[f"{one.key}.{two.key}"] = (
                    f"{one.label} and {two.label} have the same effect and the same {shared};"
                    " they may be one sample under two names, which would count twice."
                )
    return pairs


def _rows_of_totals(studies: Sequence[StudyEffect]) -> dict[str, str]:
    """Effects of a table with as many people as all others of it, as its row of totals would."""
    found = {}
    of_tables: dict[str, list[StudyEffect]] = {}
    for study in studies:
        if study.origin == "table" and study.pooled and study.n:
            of_tables.setdefault(study.place.split(", row ")[0], []).append(study)
    for rows in of_tables.values():
        people = sum(row.n or 0 for row in rows)
        for row in rows:
            if len(rows) > 2 and 2 * (row.n or 0) == people:
                found[f"{row.key}.all"] = (
                    f"{row.label} has as many people ({row.n}) as all other studies of its table"
                    " together; it may be the row of their totals, which would count them twice."
                )
    return found


def _reported(
    synthesis: Synthesis, literature: Mapping[str, Literature], problems: list[str]
) -> Iterator[ReportedEffect]:
    for name in synthesis.reported:
        found = effect_of(name, literature)
        if isinstance(found, str):
            problems.append(f"reported: {found}")
            continue
        source, effect = found
        if source.kind == "study":
            problems.append(f"reported: {name} is a single study; list it under `effects`")
            continue
        file, source_name, effect_name = name.split(".")
        yield ReportedEffect(f"{source_name}_{effect_name}", name, source, effect, file)
