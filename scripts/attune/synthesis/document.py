"""The document of a synthesis: its template filled in, and the sources of its numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
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
from attune.printing.text import Text, literal
from attune.printing.wording import with_apostrophes
from attune.specs.literature import Literature
from attune.specs.synthesis import Crosswalk, Synthesis
from attune.synthesis.evidence import Evidence
from attune.synthesis.facts import synthesis_facts
from attune.synthesis.kinds import KINDS
from attune.synthesis.literature_facts import KeyedTexts
from attune.synthesis.parts import DOCUMENT, FIGURE_KINDS, declared_figures, declared_tables


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
    texts = KeyedTexts()
    facts = synthesis_facts(synthesis, evidence, literature, findings, crosswalk, texts)
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
        own=_with_keywords(own or OwnText(), synthesis),
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


def _with_keywords(own: OwnText, synthesis: Synthesis) -> OwnText:
    """What the author wrote, with the keywords of the synthesis file where there are no others."""
    if own.authors.keywords:
        return own
    return replace(own, authors=own.authors.model_copy(update={"keywords": synthesis.keywords}))


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
    own = [*texts_of(*(file.model_dump() for file in files)), *texts_of(labels)]
    return list(dict.fromkeys([*own, *map(with_apostrophes, own)]))


def _marked(evidence: Evidence, printed: pd.DataFrame) -> list[Text]:
    """Labels of the studies that the case diagnostics mark."""
    estimates = dict(zip(printed["id"], printed["estimate"], strict=True))
    return [
        literal(study.label)
        for study in evidence.pooled
        if estimates.get(f"influence.{study.key}.marked") == "1"
    ]


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
    yield from (study.risk_tool for study in evidence.studies)
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
