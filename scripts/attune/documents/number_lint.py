"""Every digit of a document has a source: a build fails where one was typed in.

A number stands in the Quarto source inside a span that says where it comes from:

* `[.46]{.stat data-id="..."}`: a statistic of the store;
* `[95%]{.choice data-key="..."}`: a choice of config.yaml, of the study or of the cohort file;
* `[39]{.key data-key="..."}`: a scoring key;
* `[18–24]{.name}`: a name that is nothing but a number.

What the span holds must be what that source prints, so that markup typed by hand is found too.
Without a span may stand: names of the study with digits in them (SCL-90-R, session 3), symbols of
statistics (BF~10~), citations, cross-references, addresses; and outside of results, tables, notes
and captions also years and the numbers of sections, tables, figures and lists.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from attune.documents.number_sources import NumberSources
from attune.printing.sourced_spans import CLOSING, sourced_spans
from attune.specs.errors import ManuscriptError

FILL = "\ue000"
"""Stands where something with a source stood."""

SOURCED = ("stat", "choice", "key", "name")
"""Classes of spans that say where a number comes from."""

RESULTS = "results"
"""Heading of the section in which nothing but statistics may stand."""

_JINJA = re.compile(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_HEADER = re.compile(r"\A---\n.*?\n---(?:\n|\Z)", re.DOTALL)
_HEADING_KEYS = ("title", "subtitle", "running-head")
_ATTRIBUTES = re.compile(r"(?<!\\)\{[#.:][^{}]*\}")
_READ_ALOUD = re.compile(r'\b(?:fig-alt|alt|title)="([^"]*)"')
_ENTITY = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|[A-Za-z]\w*);")
_NOT_SHOWN = (
    re.compile(r"<!--.*?-->", re.DOTALL),
    re.compile(r"(?<=\])\(\S+?(?=[\s)])"),
    re.compile(r"\[\^[^\]\s]+\]:?"),
)
"""Comments, the targets of links and images, the marks of footnotes."""

_ANYWHERE = (
    re.compile(
        r"(?<![\\\w])-?@\w(?:[\w:./+-]*\w)?"
        r"(?:,\s+(?:pp?|chap|ch|sec|vol|no|fig|para)\.\s*\d+(?:[–-]\d+)?)?"
    ),
    re.compile(r"\bhttps?://\S+|\bdoi:\S+|\b10\.\d{4,9}/\S+"),
)
"""Citations with their pages, cross-references, addresses."""

_IN_PROSE = (
    re.compile(r"(?<=[(,] )(?:1[89]|20)\d\d[a-z]?(?=[),;])"),
    re.compile(r"(?<=\()(?:1[89]|20)\d\d[a-z]?(?=[),;])"),
    re.compile(r"\b(?i:in|since|until|before|after|from)\s+(?:1[89]|20)\d\d\b(?!\s+[a-z]+s\b)"),
    re.compile(
        r"\b(?:Tables?|Figures?|Sections?|Chapters?|Equations?|Appendix|Appendices|Stud(?:y|ies))"
        r"\s+[A-Z]?\d+[a-z]?(?:(?:,|\s+and|\s+to|–|-)\s*[A-Z]?\d+[a-z]?)*(?![\w.%]*\d)"
    ),
    re.compile(r"^\s*\d+[.)](?=\s)", re.MULTILINE),
)
"""Years, numbers of sections, tables and figures, numbers of lists."""


@dataclass(frozen=True)
class Untraced:
    """A number that nothing stands behind.

    Attributes
    ----------
    line : int
        Of the source, from 1.
    place : str
        What the line is: heading, table, note of a table, ...
    word : str
        The word with the digit.
    text : str
        The words around it.
    problem : str
        Why its markup does not count; empty where it has none.
    """

    line: int
    place: str
    word: str
    text: str
    problem: str = ""


def numbers_without_source(markdown: str, sources: NumberSources) -> list[Untraced]:
    """Digits of a Quarto source that no statistic, choice, key or declared name stands behind.

    Parameters
    ----------
    markdown : str
        A whole document.
    sources : NumberSources
        What may stand behind a number.

    Returns
    -------
    list of Untraced
        In the order of the text; empty where the document keeps the rule. Superscript digits and
        fractions are digits too.

    Examples
    --------
    >>> sources = NumberSources({"a.b.r": {".48"}}, names=["IIP-32"])
    >>> text = 'The IIP-32 fell [@ryan2012], *r* = [.48]{.stat data-id="a.b.r"}, in 26 dyads.'
    >>> [each.word for each in numbers_without_source(text, sources)]
    ['26']
    """
    return _untraced(_without_header(markdown), markdown, sources)


def numbers_typed_into(template: str, sources: NumberSources) -> list[Untraced]:
    """The same for a Jinja2 template: digits of its prose, also in branches that are not taken.

    Examples
    --------
    >>> [each.word for each in numbers_typed_into("{{ stat('a.1') }} of 26", NumberSources())]
    ['26']
    """
    return _untraced(_JINJA.sub(_filled, template), template, sources)


HOW_TO = (
    'Every number of a document needs a source: in a template write {{ stat("id") }} or'
    ' {{ stat("id", "estimate") }}, or {{ choice("section.key", "percent") }} for a choice of'
    " config.yaml; in a note or reason of the study write {id} or {id:estimate}; a name that has"
    " digits belongs under `names:` of the study. Nothing was written."
)


def refuse_untraced(
    markdown: str, document: str, templates: Mapping[str, str], sources: NumberSources
) -> None:
    """Refuse a document with numbers that were typed in.

    Parameters
    ----------
    markdown : str
        The document.
    document : str
        Its name, for messages.
    templates : mapping of str to str
        Name -> source of the templates that it was made from.
    sources : NumberSources

    Raises
    ------
    ManuscriptError
        All of them: where, the word, what stands around it, which statistics print it.
    """
    problems, told = [], set()
    for name, template in templates.items():
        for each in numbers_typed_into(template, sources):
            told.add(each.word)
            problems.append(_sentence(name, each, sources))
    problems += [
        _sentence(document, each, sources)
        for each in numbers_without_source(markdown, sources)
        if each.word not in told
    ]
    if problems:
        raise ManuscriptError(f"{document} has numbers without a source. {HOW_TO}", problems)


def _sentence(name: str, each: Untraced, sources: NumberSources) -> str:
    why = f" ({each.problem})" if each.problem else ""
    printing = sources.printing(each.word)
    hint = f"; {', '.join(printing)} would print it" if printing else ""
    return f'{name}, line {each.line} ({each.place}): {each.word!r}{why} in "{each.text}"{hint}'


def _untraced(text: str, original: str, sources: NumberSources) -> list[Untraced]:
    text = _without_attributes(text)
    text, found = _without_spans(text, original, sources)
    for pattern in (sources.named, *_NOT_SHOWN, *_ANYWHERE):
        text = pattern.sub(_filled, text)
    text = _ENTITY.sub(_without_sign, text)
    places = list(_places(original))
    strict = "\n".join(
        _blank(line) if in_results else line
        for line, (_, in_results) in zip(text.split("\n"), places, strict=True)
    )
    for pattern in _IN_PROSE:
        for allowed in pattern.finditer(strict):
            text = text[: allowed.start()] + _filled(allowed) + text[allowed.end() :]
    return sorted([*found, *_digits(text, original, places)], key=lambda each: each.line)


def _digits(text: str, original: str, places: Sequence[tuple[str, bool]]) -> Iterator[Untraced]:
    """Words in which a digit is left."""
    lines = zip(text.split("\n"), original.split("\n"), places, strict=True)
    for number, (left, line, (place, _)) in enumerate(lines, start=1):
        for word in re.finditer(rf"[^\s|{FILL}]+", left):
            if any(is_digit(sign) for sign in word[0]):
                yield Untraced(number, place, _bare(word[0]), _around(line, *word.span()))


def _bare(word: str) -> str:
    return word.rstrip('.,;:)]"').lstrip(',;:(["')


def is_digit(sign: str) -> bool:
    """Whether a sign is a digit, a superscript or subscript digit, or a fraction.

    Examples
    --------
    >>> [is_digit(sign) for sign in "7²½x"]
    [True, True, True, False]
    """
    return unicodedata.category(sign) in ("Nd", "No")


def _without_spans(text: str, original: str, sources: NumberSources) -> tuple[str, list[Untraced]]:
    """The text without the numbers that name their source, and those whose markup is wrong."""
    found: list[Untraced] = []
    left = list(text)
    places: list[tuple[str, bool]] = []
    for span in sourced_spans(original, SOURCED):
        problem = sources.problem(span.kind, span.attributes, span.held)
        if problem and any(map(is_digit, span.held)):
            places = places or list(_places(original))
            line = original.count("\n", 0, span.start)
            begins = original.rfind("\n", 0, span.start) + 1
            around = _around(original.split("\n")[line], span.start - begins, span.end - begins)
            found.append(Untraced(line + 1, places[line][0], span.held, around, problem))
        left[span.start : span.end] = _blank(original[span.start : span.end])
    return "".join(left), found


def _without_header(markdown: str) -> str:
    """The source without its YAML header, but with the titles that it prints."""
    header = _HEADER.match(markdown)
    if header is None:
        return markdown
    titles: dict[str, str] = {}
    kept = []
    for line in header[0].split("\n"):
        key, _, value = line.partition(":")
        value = value.strip().strip('"')
        # A running head that only shortens the title says nothing of its own.
        own = not (value and titles.get("title", "").startswith(value))
        titles[key] = value
        kept.append(line if key in _HEADING_KEYS and own else _blank(line))
    return "\n".join(kept) + markdown[header.end() :]


def _without_attributes(text: str) -> str:
    """The text without `{#id .class}`, but with what is read aloud or seen in place of an image."""

    def shown(attributes: re.Match[str]) -> str:
        kept = list(_blank(attributes[0]))
        for each in _READ_ALOUD.finditer(attributes[0]):
            kept[each.start(1) : each.end(1)] = each[1]
        return "".join(kept)

    return _ATTRIBUTES.sub(shown, text)


def _places(original: str) -> Iterator[tuple[str, bool]]:
    """What each line is, and whether nothing but statistics may stand there."""
    header = _HEADER.match(original)
    left = header[0].count("\n") if header else 0
    section, fence, label = "", "", ""
    for line in original.split("\n"):
        heading = re.match(r"(#+)\s+(.*?)(?:\s*\{.*)?$", line)
        if left > 0:
            left -= 1
            yield "header", False
            continue
        if heading and len(heading[1]) == 1:
            section = heading[2].strip().lower()
        named = re.search(r"\{#((?:tbl|fig)-[\w-]+)", line)
        label = named[1] if named else label
        fence = _fence(line, fence)
        kind = _kind(line, bool(heading), fence, label)
        told = not kind.startswith(("heading", "text"))
        yield kind, told or section == RESULTS


def _fence(line: str, fence: str) -> str:
    """The kind of note that is open after this line."""
    opened = re.match(r":::+\s*\{\.((?:table|figure)-note)\}", line)
    if opened:
        return opened[1]
    return "" if re.fullmatch(r":::+\s*", line) else fence


def _kind(line: str, heading: bool, fence: str, label: str) -> str:
    if heading:
        return "heading"
    if fence:
        return f"note of {label}"
    if line.startswith("|"):
        return "table"
    if line.startswith(": ") or line.startswith("!["):
        return f"caption of {label}"
    return "text"


def _around(line: str, start: int, end: int, words: int = 30) -> str:
    """What stands around a place of a line, without the markup of its numbers."""
    before, after = line[max(0, start - 4 * words) : start], line[end : end + 4 * words]
    before, held, after = (CLOSING.sub("", part) for part in (before, line[start:end], after))
    before = before[-words:] if len(before) <= words else "…" + before[-words:].partition(" ")[2]
    after = after[:words] if len(after) <= words else after[:words].rpartition(" ")[0] + "…"
    return f"{before}{held}{after}".strip()


def _filled(found: re.Match[str]) -> str:
    return _blank(found[0])


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", FILL, text)


def _without_sign(entity: re.Match[str]) -> str:
    """An entity counts as the sign that it prints."""
    sign = html.unescape(entity[0])
    return _blank(entity[0]) if not any(map(is_digit, sign)) else entity[0]
