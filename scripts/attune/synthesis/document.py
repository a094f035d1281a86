"""The document of a synthesis: facts for its template, and the sources of its numbers."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from attune.documents.document_facts import citations_of
from attune.documents.manuscript import DocumentParts, render_parts
from attune.documents.number_sources import (
    NumberSources,
    forms_by_key,
    names_with_digits,
    printed_texts,
)
from attune.documents.own_text import OwnText
from attune.printing.printed_table import PrintedTable
from attune.printing.spelling import AMERICAN, Language, texts_of
from attune.printing.store import PrintedStore
from attune.printing.text import Text, choice, literal, one_line
from attune.printing.wording import in_sentence
from attune.specs.literature import Literature, Source
from attune.specs.synthesis import Crosswalk, Synthesis
from attune.store.statistic_rows import snake_case
from attune.synthesis.declared_choices import subset_name, why_not_corrected
from attune.synthesis.evidence import Evidence, n_studies
from attune.synthesis.facets import BETWEEN_WORDS, compared_facets
from attune.synthesis.influence import in_order_of_years
from attune.synthesis.kinds import KINDS
from attune.synthesis.moderators import why_no_slope, why_not_compared
from attune.synthesis.one_stage import DF
from attune.synthesis.parts import DOCUMENT, FIGURE_KINDS, declared_figures, declared_tables
from attune.synthesis.pooling import (
    all_equal,
    effect_size,
    is_nested,
    model_words,
    nested_words,
    usable_test,
)
from attune.synthesis.wording import level_label, notice_of

FEWEST_FOR_A_VARIANCE = 5
"""Cohorts below which the text says that the variance between them is hardly known."""


@dataclass(frozen=True)
class SourceFacts:
    """One source in the document: what it says, and what it leaves open.

    Attributes
    ----------
    name : str
        Markdown: a citation of the bibliography, or the name by which the text calls the source.
    place : str
    kind : str
        study, meta-analysis or review.
    sentences, unknown : list of str
        Markdown; numbers in them carry the key of the literature file.
    """

    name: str
    place: str
    kind: str
    sentences: list[str]
    unknown: list[str]


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
    """

    outcome: Text
    model: str
    compared: list[tuple[str, Text]]
    left_out: list[tuple[Text, Text]]
    studies: int
    tables: list[str]
    cohorts: list[str]


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
    metric: str
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
    findings: dict[str, list[str]]
    """Outcome of a check -> its sentences, as Markdown."""
    warnings: list[str]
    not_included: list[tuple[Text, Text]]
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
    equal: bool = False
    """Whether all effects are equal, so that the declared test has no standard error."""
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


def synthesis_document(
    template: str,
    synthesis: Synthesis,
    evidence: Evidence,
    literature: Mapping[str, Literature],
    findings: Sequence[Mapping[str, Any]],
    printed: pd.DataFrame,
    tables: Mapping[str, PrintedTable],
    *,
    crosswalk: Crosswalk | None = None,
    software: Sequence[str] = (),
    level: float = 0.05,
    language: Language = AMERICAN,
    name: str = "template",
    own: OwnText | None = None,
) -> str:
    """The Quarto source of a synthesis.

    Parameters
    ----------
    template : str
        Jinja2 source.
    synthesis, evidence, literature, findings
        What was synthesised, and the checks of the printed values.
    printed : pandas.DataFrame
        Contract `PRINTED`.
    tables : mapping of str to PrintedTable
    crosswalk : Crosswalk, optional
    software : sequence of str
        Packages that computed a statistic, with versions.
    level : float
        p below it is called significant.
    language : {"en-US", "en-GB"}, optional
        Spelling of the prose; texts of the synthesis and its literature stay as typed.
    name : str
        Of the template, for messages.
    own : OwnText, optional
        What the author wrote: texts, authors, facts.

    Raises
    ------
    ManuscriptError
        As `attune.documents.manuscript.render_template`: every name that does not exist, every
        number without a source.
    """
    texts = _Texts()
    facts = _facts(synthesis, evidence, literature, findings, crosswalk, texts)
    facts = replace(facts, marked=_marked(evidence, printed))
    figures = declared_figures(synthesis, evidence, crosswalk)
    settings = _settings(synthesis, level)
    parts = DocumentParts(
        DOCUMENT,
        facts,
        synthesis.title,
        tables,
        declared_tables(synthesis, evidence, crosswalk),
        figures,
        FIGURE_KINDS,  # type: ignore[arg-type]
        own=own or OwnText(),
    )
    choices = [(f"{section}.{key}", v) for section, of in settings.items() for key, v in of.items()]
    sources = NumberSources(
        printed_texts(printed, tables),
        forms_by_key(choices) | texts.as_sources(),
        names=names_with_digits([*_names(synthesis, evidence, literature, crosswalk), *software]),
        kinds=KINDS,
    )
    return render_parts(
        template,
        parts,
        PrintedStore(printed),
        settings,
        sources,
        names={
            "software": [str(literal(version)) for version in software],
            "cited": citations_of(software),
        },
        name=name,
        language=language,
        own_texts=_own_texts(synthesis, evidence, literature, crosswalk),
    )


def _settings(synthesis: Synthesis, level: float) -> dict[str, dict[str, float]]:
    """Numbers of the synthesis file that its document may print: section -> key -> number."""
    settings: dict[str, dict[str, float]] = {
        "build_tables": {"level": level},
        "model": {"interval": synthesis.model.interval, "rho": synthesis.model.rho},
        "per": {name: moderator.per for name, moderator in synthesis.numeric.items()},
    }
    if synthesis.facets is not None:
        settings["facets"] = {"draws": synthesis.facets.draws, "seed": synthesis.facets.seed}
    if synthesis.control_event is not None:
        settings["control_event"] = {"rate": synthesis.control_event.rate}
    if synthesis.reliability is not None:
        both = {side: getattr(synthesis.reliability, side) for side in ("predictor", "outcome")}
        settings["reliability"] = {side: value for side, value in both.items() if value}
    return settings


def _own_texts(
    synthesis: Synthesis,
    evidence: Evidence,
    literature: Mapping[str, Literature],
    crosswalk: Crosswalk | None,
) -> list[str]:
    """Texts of the authors of a synthesis, its literature and its cohorts."""
    files = [synthesis, *literature.values(), *([crosswalk] if crosswalk else [])]
    labels = [study.label for study in evidence.studies]
    labels += [study.label for study in evidence.facets]
    return [*texts_of(*(file.model_dump() for file in files)), *texts_of(labels)]


class _Texts:
    """Sentences of the literature files that hold numbers, each with the key that it comes from."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def __call__(self, text: str, key: str) -> str:
        """The sentence as Markdown; one with a digit carries its key."""
        if not any(map(str.isdigit, text)):
            return str(literal(text))
        name = key
        number = 1
        while self._texts.get(name, text) != text:
            number += 1
            name = f"{key}.{number}"
        self._texts[name] = text
        return str(choice(one_line(text), name))

    def as_sources(self) -> dict[str, set[str]]:
        """Key -> the sentence that it prints."""
        return {key: {str(literal(text))} for key, text in self._texts.items()}


def _marked(evidence: Evidence, printed: pd.DataFrame) -> list[Text]:
    """Labels of the studies that the case diagnostics mark."""
    estimates = dict(zip(printed["id"], printed["estimate"], strict=True))
    return [
        literal(study.label)
        for study in evidence.pooled
        if estimates.get(f"influence.{study.key}.marked") == "1"
    ]


def _facts(
    synthesis: Synthesis,
    evidence: Evidence,
    literature: Mapping[str, Literature],
    findings: Sequence[Mapping[str, Any]],
    crosswalk: Crosswalk | None,
    texts: _Texts,
) -> SynthesisFacts:
    by_outcome: dict[str, list[str]] = {"inconsistent": [], "consistent": [], "cannot_tell": []}
    used = _used_sources(synthesis)
    for finding in findings:
        sentence = texts(finding["sentence"], f"checks.{finding['id']}")
        by_outcome[finding["outcome"]].append(sentence)
    labels = {
        origin: [str(literal(one.label)) for one in evidence.studies if one.origin == origin]
        for origin in ("cohort", "site")
    }
    nested = is_nested(evidence.pooled)
    return SynthesisFacts(
        title=literal(synthesis.title),
        authors=[literal(author) for author in synthesis.authors],
        synthetic=synthesis.demonstration,
        synthetic_only=all(study.synthetic for study in evidence.pooled),
        notice=literal(notice_of(synthesis)),
        question=literal(synthesis.question),
        predictor=literal(synthesis.predictor),
        outcome=literal(synthesis.outcome),
        metric=synthesis.metric,
        unit=literal(synthesis.unit),
        model=nested_words() if nested else model_words(synthesis.model),
        nested=nested,
        literature=[_literature(file, used, texts) for file in literature.values()],
        cohorts=labels["cohort"],
        sites=labels["site"],
        tables=[f"`{table.path}`" for table in synthesis.tables.values()],
        pooled=n_studies(evidence.pooled),
        with_direction_only=len(evidence.counted),
        findings=by_outcome,
        warnings=[texts(text, f"samples.{key}") for key, text in evidence.warnings.items()],
        not_included=[
            (literal(entry.label), literal(entry.reason)) for entry in synthesis.not_included
        ],
        limits=[literal(limit) for limit in synthesis.limits],
        flow=synthesis.flow is not None,
        crosswalk_note=texts(crosswalk.note, "crosswalk.note") if crosswalk else "",
        facets=_facet_facts(synthesis, evidence, crosswalk),
        one_stage=_one_stage_facts(synthesis),
        **_choices(synthesis, evidence, texts),
    )


def _choices(synthesis: Synthesis, evidence: Evidence, texts: _Texts) -> dict[str, Any]:
    """Facts of moderators, subsets, corrections and the influence of studies."""
    return {
        "moderators": [literal(entry.label) for entry in synthesis.levelled.values()],
        "moderator_ids": [*synthesis.levelled],
        "not_compared": [
            why_not_compared(synthesis, name, evidence.pooled) for name in synthesis.levelled
        ],
        "levels": [_levels(synthesis, evidence, name) for name in synthesis.levelled],
        "slopes": _slopes(synthesis, evidence),
        "subsets": [
            (subset_name(name), literal(subset.label)) for name, subset in synthesis.subsets.items()
        ],
        "correction": _correction(synthesis, evidence, texts),
        "needed": _needed(synthesis, texts),
        "equal": _without_error(synthesis, evidence),
        "by_year": bool(in_order_of_years(evidence.pooled)),
    }


def _without_error(synthesis: Synthesis, evidence: Evidence) -> bool:
    """Whether the declared test has no standard error, since all effects are equal."""
    sizes = [effect_size(study) for study in evidence.pooled]
    if is_nested(evidence.pooled):
        return n_studies(evidence.pooled) > 1 and all_equal(sizes)
    return usable_test(sizes, synthesis.model) != synthesis.model.test


def _slopes(synthesis: Synthesis, evidence: Evidence) -> list[SlopeFacts]:
    return [
        SlopeFacts(
            name=name,
            label=literal(moderator.label),
            per="" if moderator.per == 1 else f"per.{name}",
            reason=why_no_slope(synthesis, name, evidence.pooled),
        )
        for name, moderator in synthesis.numeric.items()
    ]


def _correction(synthesis: Synthesis, evidence: Evidence, texts: _Texts) -> CorrectionFacts | None:
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


def _needed(synthesis: Synthesis, texts: _Texts) -> NeededFacts | None:
    declared = synthesis.control_event
    if declared is None:
        return None
    changes = ("one more", "one fewer")
    benefit, harm = changes if declared.event == "good" else changes[::-1]
    source = texts(declared.source, "control_event.source")
    return NeededFacts(literal(declared.label), benefit, harm, source)


def _literature(
    file: Literature, used: Collection[tuple[str, ...]], texts: _Texts
) -> dict[str, object]:
    """A literature file, and those of its sources that the synthesis uses."""
    return {
        "title": literal(file.title),
        "author": literal(file.author),
        "secondary": file.kind == "secondary",
        "note": texts(file.note, f"{file.literature}.note"),
        "sources": [
            _source(file.literature, name, source, texts)
            for name, source in file.sources.items()
            if (file.literature, name) in used
        ],
    }


def _facet_facts(
    synthesis: Synthesis, evidence: Evidence, crosswalk: Crosswalk | None
) -> FacetFacts | None:
    declared = synthesis.facets
    if declared is None or crosswalk is None:
        return None
    found = compared_facets(declared, crosswalk, evidence.facets)
    return FacetFacts(
        outcome=literal(declared.outcome),
        model=BETWEEN_WORDS[declared.between if len(found.studies) > 1 else "common"],
        compared=[(facet, literal(crosswalk.facets[facet])) for facet in found.facets],
        left_out=[
            (literal(crosswalk.facets[facet]), literal(reason))
            for facet, reason in found.left_out.items()
        ],
        studies=len(found.studies),
        tables=[f"`{table.path}`" for table in declared.tables.values()],
        cohorts=[
            str(literal(study.label)) for study in evidence.facets if study.origin == "cohort"
        ],
    )


def _levels(
    synthesis: Synthesis, evidence: Evidence, moderator: str
) -> tuple[Text, list[tuple[str, Text]]]:
    """The first level of a moderator as print shows it, and the others with their ids."""
    found = list(dict.fromkeys(study.features[moderator] for study in evidence.pooled))
    labels = [literal(level_label(synthesis, moderator, level)) for level in found]
    others = [
        (snake_case(level), label) for level, label in zip(found[1:], labels[1:], strict=True)
    ]
    return (labels[0] if labels else literal("")), others


def _one_stage_facts(synthesis: Synthesis) -> OneStageFacts | None:
    declared = synthesis.one_stage
    if declared is None:
        return None
    return OneStageFacts(
        predictor=literal(declared.predictor),
        outcome=literal(declared.outcome),
        standardised=declared.units == "standardised",
        fixed=declared.intercepts == "fixed",
        df=DF[declared.df],
        few=len(declared.cohorts) < FEWEST_FOR_A_VARIANCE,
        cohorts=[str(literal(entry.label)) for entry in declared.cohorts],
    )


def _used_sources(synthesis: Synthesis) -> set[tuple[str, ...]]:
    of_facets = synthesis.facets.effects if synthesis.facets else []
    names = [*synthesis.effects, *synthesis.reported, *of_facets]
    return {tuple(name.split(".")[:2]) for name in names}


def _source(file: str, name: str, source: Source, texts: _Texts) -> SourceFacts:
    key = f"{file}.{name}"
    notes = [effect.note for effect in source.effects.values() if effect.note]
    statements = dict.fromkeys([*source.known, *source.quality, *notes])
    return SourceFacts(
        name=f"@{source.citation_key}" if source.citation_key else str(literal(source.label)),
        place=texts(source.place, f"{key}.place"),
        kind=source.kind.replace("_", "-"),
        sentences=[texts(sentence, f"{key}.known") for sentence in statements],
        unknown=[
            texts(str(in_sentence(words.strip().removesuffix("."))), f"{key}.unknown")
            for words in source.unknown
        ],
    )


def _names(
    synthesis: Synthesis,
    evidence: Evidence,
    literature: Mapping[str, Literature],
    crosswalk: Crosswalk | None,
) -> Iterator[str]:
    """Names with digits that the document may print: labels of sources and of instruments."""
    yield from ("PRISMA 2020", *synthesis.names)
    yield from (study.label for study in evidence.studies)
    yield from (study.known for study in evidence.studies)
    yield from (study.label for study in evidence.facets)
    for file in literature.values():
        yield from (source.label for source in file.sources.values())
    yield from (entry.label for entry in synthesis.not_included)
    yield from (table.path for table in synthesis.tables.values())
    yield from (subset.label for subset in synthesis.subsets.values())
    yield from (moderator.label for moderator in synthesis.numeric.values())
    if synthesis.control_event is not None:
        yield synthesis.control_event.label
    if synthesis.one_stage is not None:
        yield from (entry.label for entry in synthesis.one_stage.cohorts)
    if synthesis.facets is not None:
        yield from (table.path for table in synthesis.facets.tables.values())
    if crosswalk is not None:
        yield from crosswalk.facets.values()
