"""The checklist of what a report should tell: what its documents hold, and what they do not."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from attune.analyses.registry import ANALYSES
from attune.analyses.sample.declaration import described_variables
from attune.documents.reporting_topics import NEEDS, TOPICS, Topic
from attune.printing.pipe_table import fenced
from attune.printing.sourced_spans import sourced_spans
from attune.printing.wording import in_words, listing, paragraph
from attune.specs.closed_model import did_you_mean
from attune.specs.cohort import Cohort
from attune.specs.errors import ManuscriptError
from attune.specs.study import Study

CHECKLIST = "\ue010"
"""Stands in the supplement where the checklist will."""

LABEL = "tbl-reporting-checklist"

_BLOCK = re.compile(r':::+\s*\{\.reported data-topic="([^"]*)"\}\n+(?!:::)\S')
_HEADING = re.compile(r"^(#+)\s+(.*?)(?:\s*\{[^{}]*\})?$")
_CAPTION = re.compile(r"^: (.*) \{#(tbl-[\w-]+)\}$")
_TITLE = re.compile(r'\A---\ntitle: "(.*)"$', re.MULTILINE)
_CITATIONS = re.compile(r"\s*\[[^\[\]]*@[^\[\]]*\]")

NUMBERS = ("stat", "choice", "key")
"""Spans that hold a number."""

STATES = {"filled": "in the text", "absent": "absent", "not applicable": "does not apply"}


@dataclass(frozen=True)
class Mark:
    """A place of a document that tells something.

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
        In the order of `attune.documents.reporting_topics.TOPICS`.

    Raises
    ------
    ManuscriptError
        A text is marked for a topic that does not exist.
    """
    marks = [mark for name, text in documents.items() for mark in marks_of(name, text)]
    known = [topic.id for topic in TOPICS]
    unknown = [
        f"{mark.document}: data-topic {name!r} is no topic. {did_you_mean(name, known)}"
        for mark in marks
        if mark.kind == "reported"
        for name in mark.names
        if name not in known
    ]
    if unknown:
        raise ManuscriptError("The reporting checklist cannot be filled.", unknown)
    has = _has(study, cohort)
    names = {
        "{variables}": "|".join(described_variables(study)) or "(?!)",
        "{measures}": "|".join(study.measures) or "(?!)",
    }
    return [_entry(topic, marks, has, names) for topic in TOPICS]


def _entry(
    topic: Topic, marks: Iterable[Mark], has: Mapping[str, bool], names: Mapping[str, str]
) -> Entry:
    if topic.needs and not has[topic.needs]:
        return Entry(topic, "not applicable", NEEDS[topic.needs])
    found = [mark for mark in marks if _tells(mark, topic, names)]
    if not found:
        return Entry(topic, "absent", "not stated: an author has to write it")
    # A number says more than a text that is only marked.
    best = min(found, key=lambda mark: mark.kind == "reported")
    return Entry(topic, "filled", best.place, best.text if topic.shows else "")


def _tells(mark: Mark, topic: Topic, names: Mapping[str, str]) -> bool:
    if mark.kind == "reported":
        return topic.id in mark.names
    pattern = topic.ids if mark.kind == "stat" else topic.keys
    if not pattern or mark.part == "reason" or (topic.part and mark.part != topic.part):
        return False
    for name, known in names.items():
        pattern = pattern.replace(name, known)
    return (
        topic.document in ("any", mark.document)
        # The abstract repeats; what only it says is not told.
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
    } | {f"plan.{each.name}": each.asked_for(study) for each in ANALYSES}


def marks_of(document: str, markdown: str) -> Iterator[Mark]:
    """Everything that a document marks: its title, texts about a topic, numbers with a source."""
    title = _TITLE.search(markdown)
    if title and title[1] and "TODO" not in title[1]:
        yield Mark(document, "", f"{document.capitalize()}, first page", "reported", ("title",),
                   "", "")  # fmt: skip
    places = _places(document, markdown)
    for block in _BLOCK.finditer(markdown):
        section, place = places[markdown.count("\n", 0, block.start())]
        yield Mark(document, section, place, "reported", (block[1],), "", "")
    for span in sourced_spans(markdown, (*NUMBERS, "reported")):
        section, place = places[markdown.count("\n", 0, span.start)]
        named = {"stat": "data-id", "reported": "data-topic"}.get(span.kind, "data-key")
        names = tuple(span.attributes.get(named, "").split())
        # A mark in place of a number that is withheld tells nothing.
        if any(map(str.isdigit if span.kind in NUMBERS else str.isalpha, span.held)):
            part = span.attributes.get("data-part", "")
            text = markdown[span.start : span.end]
            yield Mark(document, section, place, span.kind, names, part, text)


def _places(document: str, markdown: str) -> list[tuple[str, str]]:
    """For each line: its heading of the first level, and where it stands, as Markdown."""
    places = []
    section, heading = "", "first page"
    lines = markdown.split("\n")
    for line in lines:
        found = _HEADING.match(line)
        if found:
            heading = f"*{_CITATIONS.sub('', found[2])}*"
            section = found[2].strip().lower() if len(found[1]) == 1 else section
        places.append((section, f"{document.capitalize()}, {heading}"))
    table = ""
    for number in range(len(lines) - 1, -1, -1):
        caption = _CAPTION.match(lines[number])
        if caption:
            here = f"@{caption[2]}" if document == "supplement" else f"*{caption[1]}*"
            table = f"{document.capitalize()}, {here}"
        elif lines[number].startswith("|"):
            places[number] = (places[number][0], table)
        elif lines[number].strip():
            table = ""
    return places


def marked(topic: str, text: str) -> str:
    """A text that tells something of a topic; nothing where there is no text.

    Examples
    --------
    >>> marked("limits", "The sample is small. ")
    '[The sample is small.]{.reported data-topic="limits"}'
    >>> marked("limits", " ")
    ''
    """
    told = paragraph([text])
    return f'[{told}]{{.reported data-topic="{topic}"}}' if told else ""


def checklist_markdown(entries: Sequence[Entry], notice: str = "") -> str:
    """The checklist as a sentence and a table for the supplement; `notice`: of synthetic data."""
    counts = {state: [e for e in entries if e.state == state] for state in STATES}
    told = [
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
        f"@{LABEL} goes through what a report of a quantitative study should tell, after the"
        " reporting standards of the American Psychological Association [@appelbaum2018] in this"
        f" project's own words. Of its {in_words(len(entries), 'topic', 'topics')},"
        f" {listing(told)}."
    )
    note = (
        "*Note.* A topic is in the text only where a document holds a number or a text for it,"
        " which does not say that it tells enough. What is absent cannot follow from the data: an"
        " author has to write it."
    )
    note = " ".join(filter(None, [note, notice]))
    caption = f": Reporting Checklist {{#{LABEL}}}"
    return "\n\n".join([sentence, "\n".join(lines), caption, fenced("table-note", note)])
