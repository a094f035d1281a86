"""The one parser of Quarto Markdown: of stored text into values, of documents into blocks.

markdown-it-py (CommonMark) parses; what pandoc's Markdown has besides, as far as the documents use
it, is added here: spans with attributes, sub- and superscripts, citations, attributes of headings,
captions and images, fenced divisions, comments between paragraphs.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from attune.printing.text import Mark, Source, Span, Text, with_mark

_ATTRIBUTE = re.compile(
    r"\s*(?:#(?P<id>[\w:.-]+)|\.(?P<class>[\w-]+)|(?P<flag>-)(?=[\s}])"
    r'|(?P<key>[A-Za-z][\w-]*)=(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"}]+)))'
)
_CITATION = re.compile(r"-?@\w(?:[\w:./+-]*\w)?")
_CITATIONS = re.compile(rf"\[{_CITATION.pattern}(?:; {_CITATION.pattern})*\]")
_FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]")
_MARKUP = re.compile(r"[\\*_`~^\[\]{}<&@!\n]")
"""Characters without which a text has no markup."""


@dataclass(frozen=True)
class Block:
    """A paragraph, heading, caption, cell or the like of a document.

    Attributes
    ----------
    kind : str
        header, heading, text, table (one cell), caption, alternative (what is read aloud in place
        of a figure), note, or code.
    line : int
        Where it begins, from 1.
    text : Text
        Lines of the source are separated by line breaks.
    level : int
        Of a heading; of a cell, its place in the row, from 0.
    label : str
        Of the table or figure that the block belongs to, such as `tbl-sample`.
    section : str
        Heading of the first level above it, in lower case.
    heading : Text
        The last heading above it, or itself.
    topics : tuple of str
        Topics of the reporting checklist of the enclosing division.
    key : str
        Of a line of the header.
    """

    kind: str
    line: int
    text: Text
    level: int = 0
    label: str = ""
    section: str = ""
    heading: Text = field(default_factory=Text)
    topics: tuple[str, ...] = ()
    key: str = ""


@dataclass(frozen=True)
class Document:
    """A document read once.

    Attributes
    ----------
    blocks : tuple of Block
        In the order of the source.
    """

    blocks: tuple[Block, ...]

    def lines(self) -> list[str]:
        """Visible text, line by line of the source; cells of a row on one line."""
        lines: dict[int, list[str]] = {}
        for block in self.blocks:
            parts = [f"{block.key}: {block.text.to_plain()}"] if block.key else [
                line.to_plain() for line in lines_of(block.text)
            ]  # fmt: skip
            for number, text in enumerate(parts, start=block.line):
                lines.setdefault(number, []).append(text)
        return [" | ".join(filter(None, parts)) for _, parts in sorted(lines.items())]


def parse_text(markdown: str) -> Text:
    r"""Stored Markdown as a value.

    Parameters
    ----------
    markdown : str
        Inline Markdown, such as `Text.to_markdown` makes.

    Examples
    --------
    >>> parse_text(r'[*r*^2^ \< [.1, .5]]{.stat data-id="a.b.r"}\*').to_plain()
    'r² < [.1, .5]*'
    """
    if not _MARKUP.search(markdown):
        return Text((Span(markdown),))
    return _parsed(markdown)


def _parsed(markdown: str) -> Text:
    return Text(_inline(markdown)[1])


@lru_cache(maxsize=16384)
def _inline(markdown: str) -> tuple[tuple[Token, ...], tuple[Span, ...]]:
    """Inline Markdown as tokens and as spans; kept, as a document is read several times."""
    [token] = _inline_parser().parseInline(markdown)
    children = tuple(token.children or ())
    return children, tuple(_spans(children))


def lines_of(text: Text) -> list[Text]:
    """A text of several lines, line by line."""
    lines: list[list[Span]] = [[]]
    for span in text.spans:
        first, *others = span.text.split("\n")
        lines[-1].append(replace(span, text=first))
        lines += [[replace(span, text=line)] for line in others]
    return [Text(tuple(line)) for line in lines]


@lru_cache(maxsize=8)
def parse_document(markdown: str) -> Document:
    """A whole document: its header, paragraphs, headings, captions, notes and cells of tables."""
    header, body = _split_header(markdown)
    reader = _Reader(offset=header.count("\n") + 1 if header else 1)
    for token in _block_parser().parse(body):
        reader.read(token)
    return Document((*_header_blocks(header), *reader.finished()))


def _split_header(markdown: str) -> tuple[str, str]:
    """The YAML header with its fences, and everything behind it."""
    lines = markdown.split("\n")
    if lines[0] == "---" and "---" in lines[1:]:
        end = lines.index("---", 1) + 1
        return "".join(line + "\n" for line in lines[:end]), "\n".join(lines[end:])
    return "", markdown


AUTHOR_NOTE = "author-note"
"""Key of the header whose entries are blocks of their own, such as `author-note.funding`."""


def _header_blocks(header: str) -> Iterator[Block]:
    for number, line in enumerate(header.split("\n"), start=1):
        key, colon, value = line.partition(":")
        if colon:
            read = _header_value(value.strip())
            parts = {key.strip(): read}
            if key.strip() == AUTHOR_NOTE and isinstance(read, dict):
                parts = {f"{AUTHOR_NOTE}.{name}": entry for name, entry in read.items()}
            for name, entry in parts.items():
                yield Block("header", number, parse_text(_in_words(entry)), key=name)


def _header_value(value: str) -> Any:
    """A value written as JSON, or characters as they are."""
    try:
        return json.loads(value)
    except ValueError:
        return value.strip("\"'")


def _in_words(value: Any) -> str:
    """A value of the header as its readers see it: names of authors, institutions, keywords."""
    if isinstance(value, list):
        return ", ".join(map(_in_words, value))
    if isinstance(value, dict):
        return str(value.get("name") or "; ".join(map(_in_words, value.values())))
    return str(value)


@dataclass
class _Reader:
    """Gathers blocks while it goes through the tokens of a document."""

    offset: int
    blocks: list[Block] = field(default_factory=list)
    divisions: list[Source] = field(default_factory=list)
    kind: str = "text"
    level: int = 0
    line: int = 0
    item: str = ""
    label: str = ""
    section: str = ""
    heading: Text = field(default_factory=Text)

    def read(self, token: Token) -> None:
        if token.map and token.type in ("tr_open", "inline", "fence", "paragraph_open"):
            self.line = token.map[0] + self.offset
        if token.type == "div_open":
            self.divisions.append(_division(token.meta))
        elif token.type == "div_close":
            self.divisions[-1:] = []
        elif token.type == "list_item_open":
            self.item = f"{token.info}{token.markup} " if token.info else ""
        elif token.type == "heading_open":
            self.kind, self.level = "heading", int(token.tag[1])
        elif token.type == "tr_open":
            self.kind, self.level = "table", 0
        elif token.type == "table_close" or token.type == "heading_close":
            self.kind, self.level = "text", 0
        elif token.type in ("fence", "code_block"):
            self._add("code", Text((Span(f"{token.info}\n{token.content}"),)))
        elif token.type == "inline":
            self._read_inline(token.content)

    def _read_inline(self, markdown: str) -> None:
        children, spans = _inline(markdown)
        if self.item:
            spans, self.item = (Span(self.item), *spans), ""
        text = Text(tuple(_without_last_blank(spans)))
        if self.kind == "heading":
            self._begin_section(text)
        kind = self._kind(children)
        if kind == "caption":
            self.label = _label(children) or self.label
            self._label_table()
        text = text.partition(": ")[1] if kind == "caption" and _is_caption(children) else text
        self._add(kind, text)
        for aloud in _read_aloud(children):
            self._add("alternative", aloud)
        self.level += self.kind == "table"

    def _kind(self, children: Sequence[Token]) -> str:
        if self.kind != "text":
            return self.kind
        if any(division.id in ("table-note", "figure-note") for division in self.divisions):
            return "note"
        image = bool(children) and children[0].type == "image"
        return "caption" if image or _is_caption(children) else "text"

    def _begin_section(self, text: Text) -> None:
        self.heading = text
        if self.level == 1:
            self.section = text.to_plain().lower()

    def _label_table(self) -> None:
        """Label the cells of a table by the caption below it."""
        place = len(self.blocks)
        while place and self.blocks[place - 1].kind == "table":
            place -= 1
        self.blocks[place:] = [replace(block, label=self.label) for block in self.blocks[place:]]

    def _add(self, kind: str, text: Text) -> None:
        topics = tuple(division.id for division in self.divisions if division.kind == "reported")
        label = "" if kind in ("heading", "text", "table") else self.label
        self.blocks.append(
            Block(kind, self.line, text, self.level, label, self.section, self.heading, topics)
        )

    def finished(self) -> Iterable[Block]:
        return self.blocks


def _without_last_blank(spans: Sequence[Span]) -> Iterator[Span]:
    """Without the blank between a title and its attributes."""
    yield from spans[:-1]
    for span in spans[-1:]:
        yield replace(span, text=span.text.rstrip(" "))


def _division(attributes: Mapping[str, Any]) -> Source:
    source = _source(attributes)
    return source if source.kind == "reported" else Source("division", source.kind)


def _is_caption(children: Sequence[Token]) -> bool:
    return bool(children) and children[0].content.startswith(": ") and bool(_label(children))


def _label(children: Sequence[Token]) -> str:
    return next((entry.meta["id"] for entry in children if entry.meta.get("id")), "")


def _read_aloud(children: Sequence[Token]) -> Iterator[Text]:
    """What is read aloud or seen in place of an image, or behind a link."""
    for token in children:
        for name in ("fig-alt", "alt", "title"):
            value = token.meta.get(name) or (token.attrGet("title") if name == "title" else "")
            if value:
                yield Text((Span(str(value)),))


def _spans(tokens: Iterable[Token]) -> Iterator[Span]:
    """The characters of inline tokens, with their marks and sources."""
    marks: list[Mark] = []
    sources: list[Source] = []
    around: dict[str, Mark] = {
        "strong_open": "bold", "em_open": "italic", "sub_open": "subscript",
        "sup_open": "superscript",
    }  # fmt: skip
    for token in tokens:
        if token.type in around:
            marks.append(around[token.type])
        elif token.type in ("strong_close", "em_close", "sub_close", "sup_close"):
            marks.pop()
        elif token.type == "span_open":
            sources.append(_source(token.meta))
        elif token.type == "span_close":
            sources.pop()
        elif token.type == "image":
            yield from _spans(token.children or [])
        elif token.type in ("softbreak", "hardbreak"):
            yield Span("\n", frozenset(marks), tuple(sources))
        elif token.type == "html_inline" and token.content.startswith("<!--"):
            continue
        elif token.content:
            own = {"code_inline": "code", "citation": "citation"}.get(token.type)
            yield Span(
                token.content,
                frozenset([*marks, own] if own else marks),  # type: ignore[list-item]
                tuple(sources),
            )


def _source(attributes: Mapping[str, Any]) -> Source:
    """Source that the attributes of a span or division name."""
    kind = attributes.get("class", "")
    name = {"stat": "data-id", "reported": "data-topic"}.get(kind, "data-key")
    part = attributes.get("data-part", "result" if kind == "stat" else "")
    return Source(kind, attributes.get(name, ""), part)


@cache
def _inline_parser() -> MarkdownIt:
    return _new_parser()


@cache
def _block_parser() -> MarkdownIt:
    """Leaves the content of paragraphs, headings and cells to `_inline`."""
    parser = _new_parser()
    parser.core.ruler.disable(["inline", "text_join"])
    return parser


def _new_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    # A definition of a link or an indented line would hide what pandoc prints.
    parser.disable(["reference", "code", "html_block"])
    parser.inline.ruler.before("link", "bracketed", _bracketed)
    parser.inline.ruler.before("link", "footnote", _footnote)
    parser.inline.ruler.push("attributes", _attributes_alone)
    parser.inline.ruler.push("subscript", _lowered_or_raised)
    parser.inline.ruler.before("link", "citation", _citation)
    interrupts: RuleOptionsType = {"alt": ["paragraph", "blockquote", "list", "table"]}
    parser.block.ruler.before("fence", "division", _fenced_division, interrupts)
    parser.block.ruler.before("fence", "comment", _comment)
    return parser


def _attributes(text: str, start: int) -> tuple[dict[str, str], int] | None:
    """`{#id .class key="value"}` from a place on, and where it ends; None if there is none."""
    if text[start : start + 1] != "{":
        return None
    attributes: dict[str, str] = {}
    place = start + 1
    while match := _ATTRIBUTE.match(text, place):
        parts = match.groupdict()
        if parts["key"]:
            value = parts["bare"] if parts["quoted"] is None else parts["quoted"]
            attributes[parts["key"]] = html.unescape(value)
        else:
            known = "id" if parts["id"] else "class"
            attributes.setdefault(known, parts["id"] or parts["class"] or "unnumbered")
        place = match.end()
    behind = len(text) - len(text[place:].lstrip())
    return (attributes, behind + 1) if attributes and text[behind : behind + 1] == "}" else None


def _bracketed(state: StateInline, silent: bool) -> bool:
    """`[text]{.class key="value"}`."""
    if state.src[state.pos] != "[":
        return False
    end = state.md.helpers.parseLinkLabel(state, state.pos, False)
    attributes = _attributes(state.src, end + 1) if end >= 0 else None
    if not attributes or "class" not in attributes[0] or attributes[1] > state.posMax:
        return False
    if not silent:
        _nested(state, "span", state.pos + 1, end, attributes[0])
    state.pos = attributes[1]
    return True


def _nested(
    state: StateInline, kind: str, start: int, end: int, meta: dict[str, str] | None = None
) -> None:
    """Tokens of the text between two places, with an opening and a closing one around them."""
    last = state.posMax
    state.push(f"{kind}_open", kind, 1).meta = meta or {}
    state.pos, state.posMax = start, end
    state.md.inline.tokenize(state)
    state.push(f"{kind}_close", kind, -1)
    state.posMax = last


def _attributes_alone(state: StateInline, silent: bool) -> bool:
    """`{#id .class}` behind a heading, caption or image."""
    attributes = _attributes(state.src, state.pos)
    if not attributes or attributes[1] > state.posMax or state.src[state.pos + 1] not in "#.-":
        return False
    if not silent:
        state.push("attributes", "", 0).meta = attributes[0]
    state.pos = attributes[1]
    return True


def _lowered_or_raised(state: StateInline, silent: bool) -> bool:
    """`~sub~` and `^super^`, which hold no blanks."""
    sign = state.src[state.pos]
    if sign not in "~^":
        return False
    end = state.pos + 1
    while end < state.posMax and not state.src[end].isspace() and state.src[end] != sign:
        end += 2 if state.src[end] == "\\" else 1
    if end >= state.posMax or state.src[end] != sign or end == state.pos + 1:
        return False
    if not silent:
        _nested(state, "sub" if sign == "~" else "sup", state.pos + 1, end)
    state.pos = end + 1
    return True


def _citation(state: StateInline, silent: bool) -> bool:
    """`@key` or `[@key; @key]`: works of references.bib, or the label of a table or figure."""
    kind = _CITATIONS if state.src[state.pos] == "[" else _CITATION
    match = kind.match(state.src, state.pos, state.posMax)
    before = state.src[state.pos - 1 : state.pos]
    if not match or (before.isalnum() or before == "_"):
        return False
    if not silent:
        state.push("citation", "", 0).content = match[0]
    state.pos = match.end()
    return True


def _footnote(state: StateInline, silent: bool) -> bool:
    """`[^1]`: the mark of a footnote, which pandoc numbers."""
    match = _FOOTNOTE.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    if not silent:
        state.push("footnote", "", 0)
    state.pos = match.end()
    return True


def _fenced_division(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`::: {.class}` and `:::`."""
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    rest = line.lstrip(":")
    if len(line) - len(rest) < 3:
        return False
    rest = rest.strip()
    attributes = _attributes(rest, 0)
    if rest and not attributes:
        return False
    if not silent:
        token = state.push("div_open" if rest else "div_close", "div", 1 if rest else -1)
        token.meta = attributes[0] if attributes else {}
        state.line = start + 1
    return True


def _comment(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A comment that takes whole lines, empty ones included."""
    first = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith("<!--", first):
        return False
    close = state.src.find("-->", first)
    last = state.src.count("\n", 0, close)
    if close < 0 or last >= end or state.src[close + 3 : state.eMarks[last]].strip():
        return False
    if not silent:
        state.line = last + 1
    return True


def stored_cell(cell: Text) -> tuple[str, str | None]:
    r"""A cell as a table stores it: Markdown without its source, and the id of its statistic.

    Examples
    --------
    >>> loaded_cell(".46\\*", "a.b.r") == loaded_cell(*stored_cell(loaded_cell(".46\\*", "a.b.r")))
    True
    """
    text = cell.without_sources() if cell.id else cell
    return text.to_markdown(opening=False), cell.id


def loaded_cell(markdown: str, identifier: object) -> Text:
    r"""The cell that was stored; asterisks behind a number are its significance stars.

    Examples
    --------
    >>> print(loaded_cell(".46\\*", "a.b.r"))
    [.46]{.stat data-id="a.b.r"}\*
    """
    text = parse_text(markdown)
    if not isinstance(identifier, str):
        return text
    source = Source("stat", identifier)
    spans = [replace(span, sources=(source,)) for span in text.spans]
    if not spans:
        return text
    number = spans[-1].text.rstrip("*")
    stars = len(spans[-1].text) - len(number)
    spans[-1] = replace(spans[-1], text=number)
    return Text((*spans, *with_mark("*" * stars, "stars").spans))
