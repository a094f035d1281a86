"""Quarto sources from Jinja2 templates, the printed statistics and the printed tables.

Templates hold prose. Every number comes by id through `stat`, every table and figure by name, every
word that depends on a number through a function. Unknown ids and names are collected and reported
together; then nothing is written.
"""

import functools
import json
import re
from collections.abc import Callable, Collection, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, Protocol

import jinja2
import jinja2.meta
import pandas as pd
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame

from attune.analyses.analysis import FigureKind
from attune.analyses.registry import ANALYSES, FIGURE_KINDS
from attune.documents.abstract import in_detail
from attune.documents.document_facts import (
    citations_of,
    confirmed_words,
    document_facts,
    smallest_cell_shown,
)
from attune.documents.instrument_facts import rules_of
from attune.documents.number_lint import numbers_typed_into, refuse_unsourced
from attune.documents.number_sources import (
    NumberSources,
    in_print,
    key_facts,
    number_sources,
)
from attune.documents.own_text import NUMBER_FORMS, OWN_FILES, OwnNumbers, OwnText
from attune.documents.own_text_checks import typed_numbers_of
from attune.documents.reporting_checklist import (
    checklist_markdown,
    marked,
    reporting_checklist,
)
from attune.printing.measure_listing import counts_of, estimates_of
from attune.printing.notes import figure_note, fill
from attune.printing.printed_table import PrintedTable
from attune.printing.spelling import (
    AMERICAN,
    Language,
    respelled_document,
    texts_of,
    with_nouns,
)
from attune.printing.store import PrintedStore
from attune.printing.table_formats import fenced, label_of, table_markdown, wide_tables_together
from attune.printing.text import Text, attribute, choice, literal, sourced
from attune.printing.wording import (
    Wording,
    document_apostrophes,
    in_sentence,
    in_words,
    listing,
    occasion_listing,
    on_or_in,
    paragraph,
    preposition,
    running_head,
    sentence_case,
    title_case,
    with_apostrophes,
    with_article,
)
from attune.specs.closed_model import did_you_mean
from attune.specs.cohort import Cohort
from attune.specs.errors import ManuscriptError
from attune.specs.instrument import Instrument
from attune.specs.study import Noun, Study

PART = "analyses/{}.qmd.j2"
"""Name under which templates import the part of an analysis."""


def render_template(
    template: str,
    document: str,
    study: Study,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    printed: pd.DataFrame,
    tables: Mapping[str, PrintedTable],
    settings: Mapping[str, Any],
    software: Sequence[str] = (),
    shared: Mapping[str, str] | None = None,
    name: str = "template",
    manuscript: str = "",
    confirmation: Mapping[str, Any] | None = None,
    language: Language = AMERICAN,
    own: OwnText | None = None,
    conclusions_compared: tuple[int, int] = (1, 1),
    seeded: bool = False,
) -> str:
    """The source of one document.

    Parameters
    ----------
    template : str
        Jinja2 source of the document.
    document : {"manuscript", "supplement"}
        Which of the study's tables and figures it has to place.
    study, cohort : Study, Cohort
    instruments : mapping of id to Instrument
    printed : pandas.DataFrame
        Contract `PRINTED`: the statistics that the text may print.
    tables : mapping of str to PrintedTable
    settings : mapping
        The analyst's choices (sections of config.yaml), for the description of the methods.
    software : sequence of str
        Package and version of everything that computed a statistic.
    shared : mapping of str to str, optional
        Jinja2 sources that templates import, by name: `macros.qmd.j2`, and
        `analyses/<name>.qmd.j2` of each analysis that adds to the documents.
    name : str
        Name of the template, for messages.
    manuscript : str
        The manuscript's source, which the supplement's reporting checklist goes through.
    confirmation : mapping, optional
        Content of `confirmation.json`: the software that recomputed statistics, and how many of
        each kind it confirmed.
    language : {"en-US", "en-GB"}, optional
        Spelling of the prose; texts of the study, the cohort and the instruments stay as typed.
    own : OwnText, optional
        What the author wrote: texts, authors, facts.
    conclusions_compared : tuple of int, optional
        How many conclusions of the publication's abstract are compared with the data, of how many.
    seeded : bool, optional
        Whether a statistic depends on random numbers, so that the seed is printed.

    Returns
    -------
    str
        Quarto Markdown, ending in a newline.

    Raises
    ------
    ManuscriptError
        Every statistic, table, figure and name that does not exist; every table and figure of the
        document that the template does not place or refer to; a mistake in the template's syntax;
        every number that has no source (see `attune.documents.number_lint`).
    """
    store = PrintedStore(printed)
    problems: list[str] = []

    def written(text: str) -> Text:
        filled, unfilled = fill(text, store)
        problems.extend(unfilled)
        return filled

    shared = _parts_in_use(template, shared or {}, study)
    facts = document_facts(study, cohort, instruments, written, conclusions_compared)
    second = [confirmation["software"]] if confirmation else []

    def checklist(text: str) -> str:
        entries = reporting_checklist({"manuscript": manuscript, document: text}, study, cohort)
        return checklist_markdown(entries)

    return render_parts(
        template,
        DocumentParts(
            *(document, facts, study.title, tables, study.tables, study.figures, FIGURE_KINDS),
            figure_remarks=_figure_remarks(study, store),
            own=own or OwnText(),
            keys=dict(fact for key in instruments.values() for fact in key_facts(key)),
            nouns=study.nouns,
        ),
        store,
        settings,
        number_sources(study, cohort, instruments, printed, tables, settings, [*software, *second]),
        names={
            **_software_names(software, confirmation or {}),
            "smallest_cell": smallest_cell_shown(cohort, settings),
            "seeded": seeded,
            "analysis_parts": _analysis_parts(shared),
        },
        shared=shared,
        name=name,
        checklist=checklist,
        problems=problems,
        language=language,
        own_texts=texts_of(*(f.model_dump() for f in (study, cohort, *instruments.values()))),
    )


def _software_names(software: Sequence[str], confirmation: Mapping[str, Any]) -> dict[str, Any]:
    """What computed the statistics, and what recomputed them, as templates name it."""
    return {
        "software": [str(literal(version)) for version in software],
        "cited": citations_of(software),
        "confirmed": confirmed_words(confirmation),
        "confirmed_by": str(literal(confirmation["software"])) if confirmation else "",
    }


def _figure_remarks(study: Study, store: PrintedStore) -> dict[str, str]:
    """What is to be said of single figures, beside the remark of their kind."""
    count_of = Wording(store, []).count_of
    return {
        name: FIGURE_KINDS[figure.kind].further(figure, study, count_of)
        for name, figure in study.figures.items()
    }


def _parts_in_use(template: str, shared: Mapping[str, str], study: Study) -> dict[str, str]:
    """Templates that a document can need: no parts of analyses that the study does not ask for.

    To read and compile them all took half of the time of a document of few analyses.
    """
    idle = {PART.format(entry.name) for entry in ANALYSES if not entry.asked_for(study)}
    # A mistake in the syntax is told with its place where names are checked.
    with suppress(jinja2.TemplateSyntaxError):
        idle -= set(jinja2.meta.find_referenced_templates(_parsed(template)))
    return {name: source for name, source in shared.items() if name not in idle}


def _analysis_parts(shared: Collection[str]) -> list[str]:
    """Names of the parts of analyses among the shared templates, in the order of the analyses."""
    return [part for analysis in ANALYSES if (part := PART.format(analysis.name)) in shared]


class PlacedPart(Protocol):
    """A declared table or figure that a document places."""

    @property
    def document(self) -> str:
        """Name of the document."""

    @property
    def kind(self) -> str:
        """Key of its kind."""

    @property
    def analyses(self) -> list[str]:
        """Analyses that it shows."""


class PlacedFigure(PlacedPart, Protocol):
    """A figure that a document places."""

    @property
    def title(self) -> str:
        """Printed title."""

    @property
    def alt(self) -> str:
        """Alternative text."""


class DocumentFacts(Protocol):
    """What a document states of its subject before a number is computed."""

    @property
    def title(self) -> Text:
        """Title of the document."""

    @property
    def authors(self) -> list[Text]:
        """Authors."""

    @property
    def cases(self) -> str:
        """What is analysed, in the plural: dyads, studies."""

    @property
    def synthetic(self) -> bool:
        """Whether any of the data are made up."""

    @property
    def notice(self) -> Text:
        """Notice on synthetic data."""

    @property
    def labels(self) -> Mapping[str, Text]:
        """Labels of measures and the like."""

    @property
    def instruments(self) -> Mapping[str, Any]:
        """Instruments by id."""

    def declared(self) -> Mapping[str, Any]:
        """Declared analyses by id."""


@dataclass(frozen=True)
class DocumentParts:
    """What a document is about, and which tables and figures it has to place.

    Attributes
    ----------
    document : str
        Its name; it places the tables and figures that name it.
    facts : DocumentFacts
    title : str
        As declared, for the running head.
    tables : mapping of str to PrintedTable
        As printed.
    declared : mapping of str to PlacedPart
        The same tables as declared.
    figures : mapping of str to PlacedFigure
    figure_kinds : mapping of str to FigureKind
        How figures of each kind are read.
    figure_remarks : mapping of str to str, optional
        What else is to be said of some figures, by name, as Markdown.
    own : OwnText
        What the author wrote.
    keys : mapping of str to object
        Facts of scoring keys that the author's text may print.
    nouns : mapping of str to Noun
        What the study calls patients, therapists, observers and informants.
    """

    document: str
    facts: DocumentFacts
    title: str
    tables: Mapping[str, PrintedTable]
    declared: Mapping[str, PlacedPart]
    figures: Mapping[str, PlacedFigure]
    figure_kinds: Mapping[str, FigureKind]
    figure_remarks: Mapping[str, str] = field(default_factory=dict)
    own: OwnText = field(default_factory=OwnText)
    keys: Mapping[str, Any] = field(default_factory=dict)
    nouns: Mapping[str, Noun] = field(default_factory=dict)


def render_parts(
    template: str,
    parts: DocumentParts,
    store: PrintedStore,
    settings: Mapping[str, Any],
    sources: NumberSources,
    *,
    names: Mapping[str, Any],
    shared: Mapping[str, str] | None = None,
    name: str = "template",
    checklist: Callable[[str], str] | None = None,
    problems: Sequence[str] = (),
    language: Language = AMERICAN,
    own_texts: Sequence[str] = (),
) -> str:
    """The source of a document about anything that has printed statistics: a cohort, a synthesis.

    Parameters
    ----------
    template : str
        Jinja2 source of the document.
    parts : DocumentParts
    store : PrintedStore
        The statistics that the text may print.
    settings : mapping
        Choices that the text may print, by section.
    sources : NumberSources
        What a number of the document may come from.
    names : mapping
        Further names that templates use.
    shared, name
        As for `render_template`.
    checklist : callable, optional
        Makes the reporting checklist from the text of the document that holds it.
    problems : sequence of str
        What was found wrong before.
    language : {"en-US", "en-GB"}, optional
        Spelling of the prose.
    own_texts : sequence of str
        Texts of the authors, which stay as typed.

    Raises
    ------
    ManuscriptError
        As `render_template`.
    """
    found = list(problems)
    numbers = OwnNumbers(settings, parts.own.facts, parts.keys, store)
    sections, unknown = parts.own.sections(numbers)
    found += [*unknown, *typed_numbers_of(parts.own, numbers, sources)]
    source = _Document(parts, Wording(store, found), settings, sections, language)
    known = source.names() | {"settings": settings} | dict(names)
    templates = {name: template} | dict(shared or {})
    environment = _template_environment(templates)
    found += _undeclared_names(environment, templates, list(known))
    text = _filled(environment, name, known, source, found)
    if source.asked_for_checklist and checklist is not None:
        # The checklist goes through the document that holds it, so that it is rendered again.
        source.start_again(checklist(text))
        text = _filled(environment, name, known, source, found)
    known_numbers = sources.with_facts(parts.own.facts)
    refuse_unsourced(text, f"{parts.document}.qmd", templates, known_numbers)
    sourced_by = [fact.source for fact in parts.own.facts.values()]
    texts = [*own_texts, *sourced_by]
    named = with_nouns(text, parts.nouns, texts, sections.values())
    respelled = respelled_document(named, language, texts, sections.values())
    return document_apostrophes(respelled)


_AS_THEY_ARE = ("id", "orcid", "email", "corresponding", "roles", "affiliations")
"""Keys of authors and institutions that hold no text: ids, addresses, terms of a taxonomy."""


def _escaped(value: Any) -> Any:
    """Keys of a header with every text as Markdown."""
    if isinstance(value, dict):
        return {
            key: entry if key in _AS_THEY_ARE and _is_plain(entry) else _escaped(entry)
            for key, entry in value.items()
        }
    return [_escaped(entry) for entry in value] if isinstance(value, list) else str(literal(value))


def _is_plain(entry: Any) -> bool:
    return not (isinstance(entry, list) and any(isinstance(one, dict) for one in entry))


def _filled(
    environment: jinja2.Environment,
    name: str,
    names: Mapping[str, Any],
    source: "_Document",
    problems: list[str],
) -> str:
    """The text of a template; everything that does not exist is reported together."""
    text = ""
    if not problems:
        try:
            text = environment.get_template(name).render(names)
            text = wide_tables_together(re.sub(r"\n{3,}", "\n\n", text).strip() + "\n")
            problems += source.not_placed()
        except jinja2.TemplateError as error:
            problems.append(f"{_place_of(error, name)}: {error.message}")
    if problems:
        raise ManuscriptError(
            f"{name} uses names that do not exist, or a text has numbers without a source."
            " Nothing was written.",
            list(dict.fromkeys(problems)),
        )
    return text


def prepare_templates(templates: Mapping[str, str]) -> None:
    """Compile the templates of documents and read their prose: both are kept for the documents.

    Parameters
    ----------
    templates : mapping of str to str
        Jinja2 sources by name.

    Raises
    ------
    jinja2.TemplateSyntaxError
        The first mistake in the syntax of one.
    """
    for name, source in templates.items():
        _compiled(source, name)
        numbers_typed_into(source, NumberSources())


class _Templates(jinja2.DictLoader):
    """Templates by name, each content parsed and compiled once.

    Manuscript and supplement import the same templates; compiling them takes longer than rendering.
    """

    def load(
        self,
        environment: jinja2.Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,
    ) -> jinja2.Template:
        """A template, as the base class gives it."""
        if name not in self.mapping:
            raise jinja2.TemplateNotFound(name)
        code, _ = _compiled(self.mapping[name], name)
        return environment.template_class.from_code(environment, code, globals or {})


@functools.cache
def _parsed(source: str) -> nodes.Template:
    return _template_environment({}).parse(source)


@functools.cache
def _compiled(source: str, name: str) -> tuple[CodeType, frozenset[str]]:
    """The code of a template, and the names that it uses and does not set anywhere itself."""
    environment, tree, used = _template_environment({}), _parsed(source), set[str]()

    class Generator(CodeGenerator):
        """Writes the code of a template and notes the names that it looks up."""

        def enter_frame(self, frame: Frame) -> None:
            super().enter_frame(frame)
            used.update(
                str(name) for action, name in frame.symbols.loads.values() if action == "resolve"
            )

    environment.code_generator_class = Generator
    # A name that is set in only one branch counts as undeclared; rendering reports real cases.
    given = {node.name for node in tree.find_all(nodes.Name) if node.ctx != "load"}
    code = environment.compile(tree, name, "<template>")
    return code, frozenset(used - given - set(environment.globals))


def _template_environment(templates: Mapping[str, str]) -> jinja2.Environment:
    """Jinja2 for Markdown: an unknown name is an error, and nothing is escaped."""
    # The output is Markdown, where HTML's escaping would be wrong; texts from files are escaped
    # for Markdown before templates see them.
    environment = jinja2.Environment(
        loader=_Templates(dict(templates)),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "sentence_case": sentence_case,
        "in_sentence": in_sentence,
        "with_article": with_article,
        "on_or_in": on_or_in,
        "preposition": preposition,
        "title_case": title_case,
        **NUMBER_FORMS,
    }
    return environment


def _undeclared_names(
    environment: jinja2.Environment, templates: Mapping[str, str], known: list[str]
) -> list[str]:
    """Names that the templates use and that are not defined, before anything is rendered."""
    problems = []
    known = [*known, *environment.globals]
    for name, source in templates.items():
        try:
            _, used = _compiled(source, name)
        except jinja2.TemplateSyntaxError as error:
            problems.append(f"{name}, line {error.lineno}: {error.message}")
            continue
        problems += [
            f"{name}: {variable!r} is not defined. {did_you_mean(variable, known)}"
            for variable in sorted(used - set(known))
        ]
    return problems


def _place_of(error: BaseException, template: str) -> str:
    """Template and line that an error comes from."""
    place, trace = template, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in ("<template>", "<unknown>"):
            place = f"{template}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return place


_NUMBERS_IN_WORDS = (
    "stat", "because", "significant", "was", "direction", "magnitude", "associated", "state",
    "findings", "holds_zero", "at_floor", "at_ceiling", "skewed", "pooled_interval", "counted",
    "in_few", "ran", "ran_in", "bound_of_p", "range_of", "sample_size", "has", "fewer", "below",
    "is_zero",
)  # fmt: skip
"""Methods of `Wording` that templates use by their names."""


@dataclass
class _Document:
    """The functions that templates call."""

    about: DocumentParts
    wording: Wording
    settings: Mapping[str, Any]
    """The analyst's choices."""
    sections: Mapping[str, str]
    """The author's texts by the name of their file, as the document prints them."""
    language: Language = AMERICAN
    placed: set[str] = field(default_factory=set)
    referred: set[str] = field(default_factory=set)
    texts_placed: set[str] = field(default_factory=set)
    checklist: str = ""
    asked_for_checklist: bool = False

    @property
    def document(self) -> str:
        """Name of the document."""
        return self.about.document

    @property
    def facts(self) -> DocumentFacts:
        """What it states of its subject."""
        return self.about.facts

    @property
    def tables(self) -> Mapping[str, PrintedTable]:
        """Tables of all documents about the subject."""
        return self.about.tables

    @property
    def figures(self) -> Mapping[str, PlacedFigure]:
        """Figures of all documents about the subject."""
        return self.about.figures

    def names(self) -> dict[str, Any]:
        """Everything that a template can use, by name."""
        wording = self.wording
        return {
            "facts": self.facts,
            "notice": self.facts.notice,
            **{name: getattr(wording, name) for name in _NUMBERS_IN_WORDS},
            "in_detail": in_detail,
            "in_words": in_words,
            "paragraph": paragraph,
            "estimates_of": functools.partial(estimates_of, wording),
            "counts_of": functools.partial(counts_of, wording),
            "analysis": lambda name: self._named(self.facts.declared(), name, "analyses"),
            "label": lambda name: self._named(self.facts.labels, name, "measures and outcomes"),
            "instrument": lambda name: self._named(self.facts.instruments, name, "instruments"),
            "header": self.header,
            "own_text": self.own_text,
            "own_facts": self.own_facts(),
            "table": self.table,
            "figure": self.figure,
            "supplement_kinds": {
                part.kind
                for part in (*self.about.declared.values(), *self.figures.values())
                if part.document == "supplement"
            },
            "in_a_table": self.in_a_table,
            "table_names": [n for n, t in self.tables.items() if t.document == self.document],
            "figure_names": [n for n, f in self.figures.items() if f.document == self.document],
            "table_reference": self.table_reference,
            "figure_reference": self.figure_reference,
            "parts": self.parts,
            "refer": self.refer,
            "place": self.place,
            "listing": listing,
            "occasion_listing": occasion_listing,
            "choice": self.choice,
            "rules_of": rules_of,
            "reported": marked,
            "reporting_checklist": self.reporting_checklist,
        }

    def reporting_checklist(self) -> str:
        """The reporting checklist; nothing while the document that it goes through is made."""
        self.asked_for_checklist = True
        return self.checklist

    def start_again(self, checklist: str) -> None:
        """Forget what was placed and referred to, for a second rendering with the checklist."""
        self.checklist, self.placed, self.referred = checklist, set(), set()

    def header(
        self,
        subtitle: str = "",
        table_prefix: str = "",
        verdicts: str = "",
    ) -> str:
        """The document's YAML header; all texts are quoted.

        `verdicts` is the sentence of the author note, as Markdown, that leads to the page of
        verdicts.
        """
        short = running_head(self.about.title)
        head = str(literal(with_apostrophes(short))) if short != self.about.title else ""
        authors = [str(author) for author in self.facts.authors]
        keys: dict[str, Any] = {"title": str(title_case(self._title())), "subtitle": subtitle}
        own = _escaped(self.about.own.authors.front_matter())
        if self.document == "supplement":
            own = {key: own[key] for key in ("author", "affiliations") if key in own}
        keys |= {"author": authors} | own
        if verdicts:
            keys["author-note"] = {**keys.get("author-note", {}), "verdicts": verdicts}
        keys |= {"lang": self.language, "running-head": head}
        keys |= {"numbers": f"{self.document}_numbers", "table-prefix": table_prefix}
        keys |= {"synthetic-notice": str(self.facts.notice)}
        keys |= {"engine": "markdown"}
        lines = [f"{k}: {json.dumps(v, ensure_ascii=False)}" for k, v in keys.items() if v]
        return "\n".join(["---", *lines, "---"])

    def _title(self) -> Text:
        """The title; of synthetic data it says so, since indexes list titles without notices."""
        title = self.facts.title
        is_said = "synthetic" in title.characters.casefold()
        return (
            title + " " + literal("[synthetic data]")
            if self.facts.synthetic and not is_said
            else title
        )

    def own_facts(self) -> list[list[Text]]:
        """Name, value and source of every fact of the author."""
        return [
            [
                sourced(literal(text), name, kind="fact")
                for text in (in_print(name), fact.printed, fact.source)
            ]
            for name, fact in self.about.own.facts.items()
        ]

    def own_text(self, name: str) -> str:
        """What the author wrote into a file of the folder text; empty where there is nothing."""
        self._named(OWN_FILES, name, "author's texts")
        self.texts_placed.add(name)
        return self.sections.get(name, "")

    def table(self, name: str) -> str:
        """A table with caption and note."""
        if name not in self.tables:
            self._unknown("table", name, list(self.tables))
            return ""
        self.placed.add(f"tables.{name}")
        return table_markdown(self.tables[name])

    def figure(self, name: str) -> str:
        """A figure with caption, alternative text and a note on how to read it."""
        if name not in self.figures:
            self._unknown("figure", name, list(self.figures))
            return ""
        self.placed.add(f"figures.{name}")
        declared = self.figures[name]
        image = (
            f"![{title_case(literal(declared.title))}](figures/{name}.png)"
            f'{{#{label_of("fig", name)} fig-alt="{attribute(with_apostrophes(declared.alt))}"}}'
        )
        kind = self.about.figure_kinds[declared.kind]
        interval = self.choice(kind.interval, "percent") if kind.interval else ""
        remark = " ".join(filter(None, [kind.remark, self.about.figure_remarks.get(name)]))
        note = figure_note(remark, interval, self.facts.cases)
        return f"{image}\n\n{fenced('figure-note', note)}"

    def table_reference(self, name: str) -> str:
        """`Table n`, or the other document with the table's title in brackets."""
        if name not in self.tables:
            self._unknown("table", name, list(self.tables))
            return ""
        table = self.tables[name]
        return self._reference("tbl", name, table.document, table.title)

    def figure_reference(self, name: str) -> str:
        """`Figure n`, or the other document with the figure's title in brackets."""
        if name not in self.figures:
            self._unknown("figure", name, list(self.figures))
            return ""
        figure = self.figures[name]
        return self._reference("fig", name, figure.document, str(title_case(literal(figure.title))))

    def choice(self, key: str, form: str = "shortest") -> str:
        """A number of config.yaml, such as `build_tables.level`, with its key.

        Forms are shortest, whole (with commas), percent and level (without a leading zero).
        """
        value: Any = self.settings
        for part in key.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if not isinstance(value, (int, float)) or form not in NUMBER_FORMS:
            known = [f"{section}.{name}" for section, choices in self.settings.items()
                     if isinstance(choices, Mapping) for name in choices]  # fmt: skip
            self.wording.problems.append(
                f"{key!r} as {form!r} is not a number of config.yaml. {did_you_mean(key, known)}"
            )
            return ""
        return str(choice(NUMBER_FORMS[form](value), key))

    def parts(
        self, kinds: Sequence[str] = (), analysis: str = "", rest: bool = False
    ) -> list[tuple[str, str]]:
        """Kind (table or figure) and name of parts of this document, in the order of the study.

        Those of some kinds, those that show an analysis, or the rest that no sentence has
        referred to so far.
        """
        declared: list[tuple[str, str, PlacedPart]] = [
            ("table", name, part) for name, part in self.about.declared.items()
        ]
        declared += [("figure", name, part) for name, part in self.figures.items()]
        return [
            (what, name)
            for what, name, part in declared
            if part.document == self.document
            and (part.kind in kinds or analysis in part.analyses
                 or (rest and f"{what}s.{name}" not in self.referred))
        ]  # fmt: skip

    def in_a_table(self, statistic: str) -> bool:
        """Whether a table of any document has cells of a statistic, such as `bayes_factor`."""
        return any(
            table.frame[name].astype(str).str.endswith(f".{statistic}").any()
            for table in self.tables.values()
            for name in table.frame.columns
            if name.endswith("_id")
        )

    def refer(self, parts: Sequence[tuple[str, str]]) -> str:
        """`Table 1 and Figure 2`."""
        reference = {"table": self.table_reference, "figure": self.figure_reference}
        return listing([reference[kind](name) for kind, name in parts])

    def place(self, parts: Sequence[tuple[str, str]]) -> str:
        """Place those of the parts that the document has not placed yet."""
        put = {"table": self.table, "figure": self.figure}
        new = [part for part in parts if "s.".join(part) not in self.placed]
        return "\n\n".join(put[kind](name) for kind, name in new)

    def not_placed(self) -> list[str]:
        """Tables, figures and texts of this document that the template forgot to place."""
        declared = [(f"tables.{n}", "table", n, t.document) for n, t in self.tables.items()]
        declared += [(f"figures.{n}", "figure", n, f.document) for n, f in self.figures.items()]
        parts = [
            f"{key} of the study belongs to the {document}, but the template does not place it;"
            f' add {{{{ {kind}("{name}") }}}}'
            for key, kind, name, document in declared
            if document == self.document and key not in self.placed
        ]
        references = [
            f"no sentence of the {document} refers to {key} of the study;"
            f' add {{{{ {kind}_reference("{name}") }}}}'
            for key, kind, name, document in declared
            if key in self.placed and key not in self.referred
        ]
        texts = [
            f"{self.about.own.paths[name]} holds text, but the template of the {self.document} does"
            f' not place it; add {{{{ own_text("{name}") }}}}, or move the text to another file'
            for name in self.sections
            if name not in self.texts_placed and self.document != "supplement"
        ]
        return [*parts, *references, *texts]

    def _reference(self, kind: str, name: str, document: str, title: str) -> str:
        self.referred.add(f"{'tables' if kind == 'tbl' else 'figures'}.{name}")
        here = document == self.document
        return f"@{label_of(kind, name)}" if here else f"the {document} (*{title}*)"

    def _named(self, known: Mapping[str, Any], name: str, section: str) -> Any:
        if name in known:
            return known[name]
        hint = did_you_mean(name, list(known))
        self.wording.problems.append(f"{name!r} is not one of the {section}. {hint}")
        # Whatever the template does with it leads to nothing, so that it runs to its end.
        return jinja2.ChainableUndefined(name=name)

    def _unknown(self, kind: str, name: str, known: list[str]) -> None:
        self.wording.problems.append(f"{kind} {name!r} does not exist. {did_you_mean(name, known)}")
