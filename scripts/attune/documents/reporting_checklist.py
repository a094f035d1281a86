"""The reporting checklist: which topics the documents report, and where."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from attune.analyses.registry import ANALYSES
from attune.analyses.sample.declaration import described_variables
from attune.documents.consort_topics import CONSORT_TOPICS
from attune.documents.own_text import OF_AUTHOR_NOTE, home_of
from attune.documents.reporting_topics import NEEDS, TOPICS, Topic
from attune.printing.quarto import AUTHOR_NOTE, Block, parse_document
from attune.printing.table_formats import fenced
from attune.printing.text import Source, Text
from attune.printing.wording import in_words, listing, paragraph
from attune.specs.closed_model import did_you_mean
from attune.specs.cohort import Cohort
from attune.specs.errors import ManuscriptError
from attune.specs.study import Study

OWN_TEXTS = ("consort-outcomes", "consort-methods")
"""`data-topic`s that only topics of another name ask for."""


@dataclass(frozen=True)
class Checklist:
    """A reporting standard: its topics, its label, its caption and where it comes from."""

    topics: Sequence[Topic]
    label: str
    caption: str
    about: str


CHECKLISTS = (
    Checklist(
        TOPICS,
        "tbl-reporting-checklist",
        "Reporting Checklist",
        "what authors of a quantitative study should report, after the reporting standards of the"
        " American Psychological Association [@appelbaum2018]",
    ),
    Checklist(
        CONSORT_TOPICS,
        "tbl-consort-checklist",
        "Checklist of a Randomised Trial",
        "what authors of a randomised trial should report, after the CONSORT statement"
        " [@schulz2010] with its extension to clusters [@campbell2012]",
    ),
)
"""Every standard; one applies to a study if any of its topics does."""

KNOWN_TOPICS = [
    *(topic.id for checklist in CHECKLISTS for topic in checklist.topics),
    *OWN_TEXTS,
]
"""Every `data-topic` that a text may be about."""

NUMBERS = ("stat", "choice", "key")
"""Spans that hold a number."""

STATES = {"filled": "in the text", "absent": "absent", "not applicable": "does not apply"}


@dataclass(frozen=True)
class Mark:
    """A place of a document that reports on a topic.

    Attributes
    ----------
    document : str
        manuscript or supplement.
    section : str
        Its heading of the first level, in lower case.
    place : str
        Markdown: heading or table.
    kind : str
        stat, choice, key or reported.
    names : tuple of str
        Ids, key or topic.
    part : str
        Of the statistic.
    text : str
        The span with its attributes.
    """

    document: str
    section: str
    place: str
    kind: str
    names: tuple[str, ...]
    part: str
    text: str


@dataclass(frozen=True)
class Entry:
    """One row of the checklist."""

    topic: Topic
    state: str
    """filled, absent or not applicable."""
    where: str = ""
    """Markdown: where the document holds it; why it does not apply; what to do."""
    value: str = ""
    """Markdown: the number itself."""


def reporting_checklist(documents: Mapping[str, str], study: Study, cohort: Cohort) -> list[Entry]:
    """What the documents hold of every topic.

    Parameters
    ----------
    documents : mapping of str to str
        Quarto sources by name: manuscript, supplement.
    study, cohort : Study, Cohort
        What the topics may ask for.

    Returns
    -------
    list of Entry
        In the order of the topics of all `CHECKLISTS`.

    Raises
    ------
    ManuscriptError
        A text is marked for a topic that does not exist.
    """
    marks = [mark for name, text in documents.items() for mark in marks_of(name, text)]
    topics = [topic for checklist in CHECKLISTS for topic in checklist.topics]
    unknown = [
        f"{mark.document}: data-topic {name!r} is not a topic. {did_you_mean(name, KNOWN_TOPICS)}"
        for mark in marks
        if mark.kind == "reported"
        for name in mark.names
        if name not in KNOWN_TOPICS
    ]
    if unknown:
        raise ManuscriptError("The reporting checklist cannot be filled.", unknown)
    has = _has(study, cohort)
    names = {
        "{variables}": "|".join(described_variables(study)) or "(?!)",
        "{measures}": "|".join(study.measures) or "(?!)",
    }
    return [_entry(topic, marks, has, names) for topic in topics]


def not_applicable(study: Study, cohort: Cohort) -> set[str]:
    """Topics that a study has nothing to report on."""
    has = _has(study, cohort)
    topics = (topic for checklist in CHECKLISTS for topic in checklist.topics)
    return {topic.id for topic in topics if topic.needs and not has[topic.needs]}


def _entry(
    topic: Topic, marks: Iterable[Mark], has: Mapping[str, bool], names: Mapping[str, str]
) -> Entry:
    if topic.needs and not has[topic.needs]:
        return Entry(topic, "not applicable", NEEDS[topic.needs])
    reporting = [mark for mark in marks if _reports(mark, topic, names)]
    if not reporting:
        home = home_of(topic.id, topic.texts)
        where = f"write it into `{home}`" if home else "an author has to write it"
        return Entry(topic, "absent", f"not stated: {where}")
    # A number is preferred to a text that is only marked.
    best = min(reporting, key=lambda mark: mark.kind == "reported")
    return Entry(topic, "filled", best.place, best.text if topic.shows else "")


def _reports(mark: Mark, topic: Topic, names: Mapping[str, str]) -> bool:
    if mark.kind == "reported":
        return not {topic.id, *topic.texts}.isdisjoint(mark.names)
    pattern = topic.ids if mark.kind == "stat" else topic.keys
    if not pattern or mark.part == "reason" or (topic.part and mark.part != topic.part):
        return False
    for name, known in names.items():
        pattern = pattern.replace(name, known)
    return (
        topic.document in ("any", mark.document)
        # The abstract repeats; what only the abstract holds is not reported.
        and (mark.section == topic.within if topic.within else mark.section != "abstract")
        and any(re.fullmatch(pattern, name) for name in mark.names)
    )


def _has(study: Study, cohort: Cohort) -> dict[str, bool]:
    """Whether the study has what a topic may need, by the keys of `NEEDS`."""
    return {
        "conditions": cohort.sample.condition is not None,
        "items": bool(cohort.questionnaires),
        "instruments": any(measure.instrument for measure in study.measures.values()),
        "analyses": bool(study.analyses()),
    } | {f"plan.{analysis.name}": analysis.asked_for(study) for analysis in ANALYSES}


def marks_of(document: str, markdown: str) -> Iterator[Mark]:
    """Everything that a document marks: its title, texts about a topic, numbers with a source."""
    parsed = parse_document(markdown)
    captions = {block.label: block.text for block in parsed.blocks if block.kind == "caption"}
    for block in parsed.blocks:
        of_note = OF_AUTHOR_NOTE.get(block.key.removeprefix(f"{AUTHOR_NOTE}."))
        if of_note and block.text:
            yield Mark(document, "", f"{document.capitalize()}, author note", "reported",
                       (of_note,), "", "")  # fmt: skip
        if block.key == "title" and block.text and "TODO" not in block.text.characters:
            place = f"{document.capitalize()}, first page"
            yield Mark(document, "", place, "reported", ("title",), "", "")
        if block.kind == "header":
            continue
        place = _place(document, block, captions)
        for topic in block.topics:
            yield Mark(document, block.section, place, "reported", (topic,), "", "")
        for source, content in _sources_of(block.text):
            # A mark in place of a suppressed number reports nothing.
            needed = str.isdigit if source.kind in NUMBERS else str.isalpha
            if any(map(needed, content.characters)):
                text = str(_with_source(content, source)) if source.kind in NUMBERS else ""
                names, part = tuple(source.ids), source.part.replace("result", "")
                yield Mark(document, block.section, place, source.kind, names, part, text)


def _sources_of(text: Text) -> Iterator[tuple[Source, Text]]:
    """Sources and topics of a text with what each holds, in the order in which they end."""
    known = dict.fromkeys(source for span in text.spans for source in span.sources)
    ends: list[tuple[int, Source, Text]] = []
    for source in known:
        if source.kind not in (*NUMBERS, "reported"):
            continue
        for inside, group in groupby(text.spans, key=lambda span: source in span.sources):
            spans = tuple(group)
            if inside:
                ends.append((text.spans.index(spans[-1]), source, Text(spans)))
    yield from (
        (source, content) for _, source, content in sorted(ends, key=lambda entry: entry[0])
    )


def _with_source(content: Text, source: Source) -> Text:
    return Text(tuple(replace(span, sources=(source,)) for span in content.spans))


def _place(document: str, block: Block, captions: Mapping[str, Text]) -> str:
    """Place of a block, as Markdown: its table or the heading above it."""
    if block.kind == "table" and block.label in captions:
        table = f"@{block.label}" if document == "supplement" else f"*{captions[block.label]}*"
        return f"{document.capitalize()}, {table}"
    heading = str(block.heading.without("citation")).strip()
    return f"{document.capitalize()}, {f'*{heading}*' if heading else 'first page'}"


def marked(topic: str, text: Text | str) -> str:
    """A text marked for a topic of the checklist; nothing where there is no text.

    Examples
    --------
    >>> marked("limits", "The sample is small. ")
    '[The sample is small.]{.reported data-topic="limits"}'
    >>> marked("limits", " ")
    ''
    """
    content = paragraph([text])
    return f'[{content}]{{.reported data-topic="{topic}"}}' if content else ""


def checklist_markdown(entries: Sequence[Entry]) -> str:
    """Every checklist that applies, each as a sentence and a table for the supplement.

    Parameters
    ----------
    entries : sequence of Entry
        As from `reporting_checklist`.
    """
    by_topic = {entry.topic.id: entry for entry in entries}
    parts = []
    for checklist in CHECKLISTS:
        own = [by_topic[topic.id] for topic in checklist.topics if topic.id in by_topic]
        if any(entry.state != "not applicable" for entry in own):
            parts.append(_one_checklist(checklist, own))
    return "\n\n".join(parts)


def _one_checklist(checklist: Checklist, entries: Sequence[Entry]) -> str:
    counts = {state: [e for e in entries if e.state == state] for state in STATES}
    counted = [
        f"{in_words(len(counts[state]), one, more)} {words}"
        for state, one, more, words in (
            ("filled", "is", "are", "in the documents"),
            ("absent", "is", "are", "absent"),
            ("not applicable", "does", "do", "not apply to this study"),
        )
        if counts[state]
    ]
    lines = ["| Topic | State | Where, or why not | Number |", "|:--|:--|:--|:--|"]
    section = ""
    for entry in entries:
        if entry.topic.section != section:
            section = entry.topic.section
            lines.append(f"| {section} |  |  |  |")
        state = STATES[entry.state]
        lines.append(f"| {entry.topic.words} | {state} | {entry.where} | {entry.value} |")
    sentence = (
        f"@{checklist.label} goes through {checklist.about} in this project's own words. Of its"
        f" {in_words(len(entries), 'topic', 'topics')}, {listing(counted)}."
    )
    note = (
        "*Note.* A topic is in the text only where a document holds a number or a text for it,"
        " which does not mean that coverage is sufficient. What is absent cannot follow from the"
        " data: an author has to write it."
    )
    caption = f": {checklist.caption} {{#{checklist.label}}}"
    return "\n\n".join([sentence, "\n".join(lines), caption, fenced("table-note", note)])
