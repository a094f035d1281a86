"""The template context of a synthesis: what its document says of choices and evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from attune.printing.text import Text
from attune.specs.literature import Literature, Source
from attune.specs.synthesis import Crosswalk, Synthesis
from attune.store.statistic_rows import snake_case
from attune.synthesis.declared_choices import subset_name, why_not_corrected
from attune.synthesis.evidence import Evidence, ReportedEffect, n_studies
from attune.synthesis.facets import BETWEEN_WORDS, compared_facets
from attune.synthesis.influence import in_order_of_years
from attune.synthesis.literature_facts import (
    KeyedTexts,
    literature_facts,
    source_name,
    used_sources,
)
from attune.synthesis.moderators import why_no_slope, why_not_compared
from attune.synthesis.one_stage import DF
from attune.synthesis.pooling import (
    average_effect,
    is_nested,
    model_words,
    nested_effect,
    nested_words,
    why_own_test,
)
from attune.synthesis.wording import SCALES, SYMBOLS, level_label, notice_of, prose

FEWEST_FOR_A_VARIANCE = 5
"""Cohorts below which the text says that the variance between them is hardly known."""


@dataclass(frozen=True)
class FacetFacts:
    """What the document says of facets.

    Attributes
    ----------
    outcome : Text
    model : str
        Variance between studies in words.
    compared : list of (str, Text)
        Facets that are compared: part of the ids, name in print.
    left_out : list of (Text, Text)
        Facets that are not, and the reason, as a clause.
    studies : int
        Studies with a number.
    tables, cohorts : list of str
        Paths of tables of correlations and labels of cohorts, as Markdown.
    synthetic_only : bool
        Whether the data of all studies with a number are synthetic.
    """

    outcome: Text
    model: str
    compared: list[tuple[str, Text]]
    left_out: list[tuple[Text, Text]]
    studies: int
    tables: list[str]
    cohorts: list[str]
    synthetic_only: bool


@dataclass(frozen=True)
class OneStageFacts:
    """What the document says of an association pooled from rows.

    Attributes
    ----------
    predictor, outcome : Text
    standardised, fixed : bool
        Units within cohorts; whether intercepts are fixed.
    df : str
        Method of the degrees of freedom.
    few : bool
        Whether there are fewer than five cohorts.
    cohorts : list of str
        Labels, as Markdown.
    """

    predictor: Text
    outcome: Text
    standardised: bool
    fixed: bool
    df: str
    few: bool
    cohorts: list[str]


@dataclass(frozen=True)
class SlopeFacts:
    """What the document says of a numeric moderator.

    Attributes
    ----------
    name : str
        In ids.
    label : Text
    per : str
        Key of the units of the slope; empty for one unit.
    reason : str
        Why there is no slope, as a clause; empty where there is one.
    """

    name: str
    label: Text
    per: str
    reason: str


@dataclass(frozen=True)
class CorrectionFacts:
    """What the document says of the correction for unreliability.

    Attributes
    ----------
    measures : list of (str, str, str)
        Corrected measure in words; key of the reliability that all studies share, and the form in
        which it is printed; both empty where each study has its own.
    own : bool
        Whether studies have reliabilities of their own.
    source : str
        Markdown.
    reason : str
        Why nothing is corrected, as a clause; Markdown.
    """

    measures: list[tuple[str, str, str]]
    own: bool
    source: str
    reason: str


@dataclass(frozen=True)
class NeededFacts:
    """What the document says of the number needed to treat: the event, and where its share is from.

    `benefit` is the change in the event where the effect is positive, `harm` where it is negative.
    """

    event: Text
    benefit: str
    harm: str
    source: str


@dataclass(frozen=True)
class ReportedFacts:
    """What the abstract says of a reported effect that answers the question.

    Attributes
    ----------
    name : str
        Markdown: a citation, or the name by which the text calls the source.
    effect : str
        Id of the printed effect, without the part that names the statistic.
    measure : str
        r, d or g; empty where the source prints no number.
    people : str
        What the people behind it are called.
    one, many : str
        What its k counts, in the singular and the plural.
    """

    name: str
    effect: str
    measure: str
    people: str
    one: str
    many: str


@dataclass(frozen=True)
class SynthesisFacts:
    """Template context of a synthesis; the first attributes are those of every document."""

    title: Text
    authors: list[Text]
    synthetic: bool
    synthetic_only: bool
    """Whether every effect with its precision is of synthetic data."""
    notice: Text
    question: Text
    predictor: Text
    outcome: Text
    positive: Text
    """What a positive effect means, as a clause."""
    negative: Text
    """What a negative effect means, as a clause."""
    answering: list[ReportedFacts]
    """Reported effects that answer the question themselves."""
    stated: str
    """Direction that the sources of all of them state; "differs" where it is not the same."""
    associations: bool
    """Whether all of them are associations, which show no cause."""
    secondary_only: bool
    """Whether no paper of the literature was read itself."""
    read: list[str]
    """Single studies that enter by their direction and were read themselves, too."""
    metric: str
    symbol: str
    """Of the metric, as Markdown."""
    scale: str
    """Scale of pooling, as it follows what is on this scale; empty: that of print."""
    no_effect: str
    """Value of no effect in words."""
    unit: Text
    """What one unit of slopes is; empty for other metrics."""
    model: str
    nested: bool
    """Whether studies have several effects."""
    literature: list[dict[str, Any]]
    """Title, author, whether it is secondary, and its sources."""
    cohorts: list[str]
    """Cohorts of the project that enter, by their labels."""
    sites: list[str]
    """Sites that share no rows, by their labels."""
    tables: list[str]
    """Paths of tables of effects, as Markdown."""
    pooled: int
    """Number of studies that are pooled: nothing, one, two or more decide what can be said."""
    with_direction_only: int
    only_outcome: str
    """Outcome of the only study with a number, with its questionnaire; "" where there is none."""
    only_source: str
    """Whose data it is from, where they are synthetic: a cohort, and the paper that it stands for;
    "" where there is none."""
    only_reason: str
    """Why it enters and no other outcome of that study; "" where nothing is declared."""
    only_positive: str
    """What its positive sign means, where the sign was turned."""
    only_counts: str
    """What its n counts; "" where nothing is declared."""
    only_manuscript: tuple[str, str]
    """Id of the correlation that the manuscript of its cohort prints instead, and how it differs,
    as a clause; both "" without one."""
    findings: dict[str, list[str]]
    """Outcome of a check -> its sentences, as Markdown."""
    warnings: list[str]
    not_included: list[tuple[Text, str, Text]]
    """What does not enter, the key of the paper that it was made after, and why."""
    limits: list[Text]
    flow: bool
    crosswalk_note: str
    facets: FacetFacts | None = None
    one_stage: OneStageFacts | None = None
    moderators: list[Text] = field(default_factory=list)
    moderator_ids: list[str] = field(default_factory=list)
    not_compared: list[str] = field(default_factory=list)
    """Of each moderator, why its levels are not compared; empty where they are."""
    levels: list[tuple[Text, list[tuple[str, Text]]]] = field(default_factory=list)
    """For each moderator: its first level, and the others with their part of the ids."""
    slopes: list[SlopeFacts] = field(default_factory=list)
    """Numeric moderators."""
    subsets: list[tuple[str, Text]] = field(default_factory=list)
    """Group in ids and label of each declared subset."""
    correction: CorrectionFacts | None = None
    needed: NeededFacts | None = None
    truncated: bool = False
    """Whether Knapp and Hartung's variance was below that of Wald and was set to it."""
    why_own_test: str = ""
    """Why studies with several effects have the test of their model, as a clause; empty where it is
    cluster-robust."""
    marked: list[Text] = field(default_factory=list)
    """Studies that are marked as influential."""
    by_year: bool = False
    """Whether the years of all pooled studies are known."""
    cases: str = "studies"
    labels: Mapping[str, Text] = field(default_factory=dict)
    instruments: Mapping[str, Any] = field(default_factory=dict)

    def declared(self) -> dict[str, Any]:
        """A synthesis declares no analyses of a cohort."""
        return {}


def synthesis_facts(
    synthesis: Synthesis,
    evidence: Evidence,
    literature: Mapping[str, Literature],
    findings: Sequence[Mapping[str, Any]],
    crosswalk: Crosswalk | None,
    texts: KeyedTexts,
) -> SynthesisFacts:
    """The template context of a synthesis.

    Parameters
    ----------
    synthesis, evidence, literature
        What was synthesised.
    findings : sequence of mapping
        The checks of the printed values.
    crosswalk : Crosswalk or None
    texts : KeyedTexts
        Collects the sentences of the files that hold numbers, with their keys.
    """
    by_outcome: dict[str, list[str]] = {"inconsistent": [], "consistent": [], "cannot_tell": []}
    used = used_sources(synthesis)
    for finding in findings:
        sentence = texts(finding["sentence"], f"checks.{finding['id']}")
        by_outcome[finding["outcome"]].append(sentence)
    labels = {
        origin: [str(prose(one.label)) for one in evidence.studies if one.origin == origin]
        for origin in ("cohort", "site")
    }
    nested = is_nested(evidence.pooled)
    answering = [entry for entry in evidence.reported if entry.name in synthesis.answering]
    directions = {entry.effect.direction for entry in answering}
    return SynthesisFacts(
        title=prose(synthesis.title),
        authors=[prose(author) for author in synthesis.authors],
        synthetic=synthesis.demonstration,
        synthetic_only=all(study.synthetic for study in evidence.pooled),
        notice=prose(notice_of(synthesis)),
        question=prose(synthesis.question),
        predictor=prose(synthesis.predictor),
        outcome=prose(synthesis.outcome),
        positive=prose(synthesis.meaning_of("positive")),
        negative=prose(synthesis.meaning_of("negative")),
        answering=[_reported(entry) for entry in answering],
        stated="differs" if len(directions) != 1 or "mixed" in directions else directions.pop(),
        associations=all(entry.effect.design == "association" for entry in answering),
        secondary_only={file.kind for file in literature.values()} == {"secondary"},
        read=_read_itself(synthesis, literature),
        **_of_metric(synthesis),
        model=_model(synthesis, evidence),
        nested=nested,
        literature=[literature_facts(file, used, texts) for file in literature.values()],
        cohorts=labels["cohort"],
        sites=labels["site"],
        tables=[f"`{table.path}`" for table in synthesis.tables.values()],
        pooled=n_studies(evidence.pooled),
        with_direction_only=len(evidence.counted),
        **_only_study(evidence, texts),
        only_source=_only_source(synthesis, evidence, literature),
        findings=by_outcome,
        warnings=[texts(text, f"samples.{key}") for key, text in evidence.warnings.items()],
        not_included=[
            (prose(entry.label), entry.after, prose(entry.reason))
            for entry in synthesis.not_included
        ],
        limits=[prose(limit) for limit in synthesis.limits],
        flow=synthesis.flow is not None,
        crosswalk_note=texts(crosswalk.note, "crosswalk.note") if crosswalk else "",
        facets=_facet_facts(synthesis, evidence, crosswalk),
        one_stage=_one_stage_facts(synthesis),
        **_choices(synthesis, evidence, texts),
    )


def _of_metric(synthesis: Synthesis) -> dict[str, Any]:
    metric = synthesis.metric
    return {
        "metric": metric,
        "symbol": SYMBOLS[metric],
        "scale": SCALES[metric],
        "no_effect": "one" if metric == "or" else "zero",
        "unit": prose(synthesis.unit),
    }


def _of_only(evidence: Evidence, attribute: str, texts: KeyedTexts) -> str:
    """A text of the only effect with a number; "" where there are none or several."""
    if len(evidence.pooled) != 1:
        return ""
    study = evidence.pooled[0]
    return texts(getattr(study, attribute), f"studies.{study.key}.{attribute}")


def _only_study(evidence: Evidence, texts: KeyedTexts) -> dict[str, Any]:
    """What is said of the only effect with a number; all "" where there are none or several."""
    found: dict[str, Any] = {
        f"only_{name}": _of_only(evidence, name, texts)
        for name in ("outcome", "reason", "positive", "counts")
    }
    differs = _of_only(evidence, "manuscript_differs", texts)
    shown = f"studies.{evidence.pooled[0].key}.manuscript_r" if differs else ""
    return found | {"only_manuscript": (shown, differs)}


def _only_source(
    synthesis: Synthesis, evidence: Evidence, literature: Mapping[str, Literature]
) -> str:
    """What synthetic data the only effect with a number is from; "" for others or several."""
    if len(evidence.pooled) != 1 or not evidence.pooled[0].synthetic:
        return ""
    study = evidence.pooled[0]
    if study.origin != "cohort":
        return "synthetic data"
    declared = [entry.source or "" for entry in synthesis.cohorts if entry.cohort == study.key]
    papers = _sources(declared, literature)
    return f"a synthetic cohort after {source_name(papers[0])}" if papers else "a synthetic cohort"


def _read_itself(synthesis: Synthesis, literature: Mapping[str, Literature]) -> list[str]:
    """Sources of the declared effects of which the paper itself was read."""
    papers = _sources(synthesis.effects, literature)
    return list(dict.fromkeys(source_name(paper) for paper in papers if paper.read))


def _sources(names: Sequence[str], literature: Mapping[str, Literature]) -> list[Source]:
    """The sources that names `<literature>.<source>` of effects and papers begin with."""
    known = {
        f"{file}.{name}": source
        for file, entry in literature.items()
        for name, source in entry.sources.items()
    }
    places = (".".join(name.split(".")[:2]) for name in names)
    return [known[place] for place in places if place in known]


def _reported(entry: ReportedEffect) -> ReportedFacts:
    sizes = entry.effect.sizes
    return ReportedFacts(
        name=source_name(entry.source),
        effect=f"reported.{entry.key}",
        measure=sizes[0].measure if sizes else "",
        people=str(prose(entry.effect.n_unit)),
        one=str(prose(_singular(entry.effect.k_unit))),
        many=str(prose(entry.effect.k_unit)),
    )


def _singular(unit: str) -> str:
    """What k counts, of one.

    Examples
    --------
    >>> _singular("studies"), _singular("independent samples")
    ('study', 'independent sample')
    """
    return f"{unit[:-3]}y" if unit.endswith("ies") else unit.removesuffix("s")


def _choices(synthesis: Synthesis, evidence: Evidence, texts: KeyedTexts) -> dict[str, Any]:
    """Facts of moderators, subsets, corrections and the influence of studies."""
    return {
        "moderators": [prose(entry.label) for entry in synthesis.levelled.values()],
        "moderator_ids": [*synthesis.levelled],
        "not_compared": [
            why_not_compared(synthesis, name, evidence.pooled) for name in synthesis.levelled
        ],
        "levels": [_levels(synthesis, evidence, name) for name in synthesis.levelled],
        "slopes": _slopes(synthesis, evidence),
        "subsets": [
            (subset_name(name), prose(subset.label)) for name, subset in synthesis.subsets.items()
        ],
        "correction": _correction(synthesis, evidence, texts),
        "needed": _needed(synthesis, texts),
        **_test_facts(synthesis, evidence),
        "by_year": bool(in_order_of_years(evidence.pooled)),
    }


def _test_facts(synthesis: Synthesis, evidence: Evidence) -> dict[str, Any]:
    """Whether the pooled effect has another test than the declared one, and which."""
    model = synthesis.model
    if n_studies(evidence.pooled) < 2:
        return {"truncated": False, "why_own_test": ""}
    if is_nested(evidence.pooled):
        return {
            "truncated": False,
            "why_own_test": why_own_test(nested_effect(evidence.pooled, model)),
        }
    test = average_effect(evidence.pooled, model, model.estimator).test
    return {"truncated": test != model.test, "why_own_test": ""}


def _model(synthesis: Synthesis, evidence: Evidence) -> str:
    """The model in words."""
    if not is_nested(evidence.pooled):
        return model_words(synthesis.model)
    return nested_words(own=bool(_test_facts(synthesis, evidence)["why_own_test"]))


def _slopes(synthesis: Synthesis, evidence: Evidence) -> list[SlopeFacts]:
    return [
        SlopeFacts(
            name=name,
            label=prose(moderator.label),
            per="" if moderator.per == 1 else f"per.{name}",
            reason=why_no_slope(synthesis, name, evidence.pooled),
        )
        for name, moderator in synthesis.numeric.items()
    ]


def _correction(
    synthesis: Synthesis, evidence: Evidence, texts: KeyedTexts
) -> CorrectionFacts | None:
    declared = synthesis.reliability
    if declared is None:
        return None
    measures = []
    for side in ("predictor", "outcome"):
        shared = getattr(declared, side)
        if shared:
            key = f"reliability.{side}"
            measures.append((f"the {side}", key, "level" if shared < 1 else "shortest"))
        elif any(getattr(own, side) for own in declared.studies.values()):
            measures.append((f"the {side}", "", ""))
    return CorrectionFacts(
        measures=measures,
        own=bool(declared.studies),
        source=texts(declared.source, "reliability.source"),
        reason=texts(why_not_corrected(declared, evidence.pooled), "reliability.reason"),
    )


def _needed(synthesis: Synthesis, texts: KeyedTexts) -> NeededFacts | None:
    declared = synthesis.control_event
    if declared is None:
        return None
    changes = ("one more", "one fewer")
    benefit, harm = changes if declared.event == "good" else changes[::-1]
    source = texts(declared.source, "control_event.source")
    return NeededFacts(prose(declared.label), benefit, harm, source)


def _facet_facts(
    synthesis: Synthesis, evidence: Evidence, crosswalk: Crosswalk | None
) -> FacetFacts | None:
    declared = synthesis.facets
    if declared is None or crosswalk is None:
        return None
    found = compared_facets(declared, crosswalk, evidence.facets)
    return FacetFacts(
        outcome=prose(declared.outcome),
        model=BETWEEN_WORDS[declared.between if len(found.studies) > 1 else "common"],
        compared=[(facet, prose(crosswalk.facets[facet])) for facet in found.facets],
        left_out=[
            (prose(crosswalk.facets[facet]), prose(reason))
            for facet, reason in found.left_out.items()
        ],
        studies=len(found.studies),
        tables=[f"`{table.path}`" for table in declared.tables.values()],
        cohorts=[str(prose(study.label)) for study in evidence.facets if study.origin == "cohort"],
        synthetic_only=all(study.synthetic for study in found.studies),
    )


def _levels(
    synthesis: Synthesis, evidence: Evidence, moderator: str
) -> tuple[Text, list[tuple[str, Text]]]:
    """The first level of a moderator as print shows it, and the others with their ids."""
    found = list(dict.fromkeys(study.features[moderator] for study in evidence.pooled))
    labels = [prose(level_label(synthesis, moderator, level)) for level in found]
    others = [
        (snake_case(level), label) for level, label in zip(found[1:], labels[1:], strict=True)
    ]
    return (labels[0] if labels else prose("")), others


def _one_stage_facts(synthesis: Synthesis) -> OneStageFacts | None:
    declared = synthesis.one_stage
    if declared is None:
        return None
    return OneStageFacts(
        predictor=prose(declared.predictor),
        outcome=prose(declared.outcome),
        standardised=declared.units == "standardised",
        fixed=declared.intercepts == "fixed",
        df=DF[declared.df],
        few=len(declared.cohorts) < FEWEST_FOR_A_VARIANCE,
        cohorts=[str(prose(entry.label)) for entry in declared.cohorts],
    )
