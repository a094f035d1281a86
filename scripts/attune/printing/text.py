"""Text as a value: printed characters, typesetting marks, and the sources of numbers.

A `Text` is a sequence of spans. It knows nothing of a format until it is rendered, once each, as
Quarto Markdown (`to_markdown`, which the Word, PDF and HTML documents are made from), as HTML
(`to_html`, for pages that no document program renders), or as plain text (`to_plain`). Stored text
is Markdown; `attune.printing.quarto` reads it back into values.

Text from files (labels, notices, names, cell contents) may hold anything: HTML, Markdown,
shortcodes, what a spreadsheet would take for a formula. As a value it is plain characters, and it
comes out of every format as it was typed.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal, Union

Mark = Literal["bold", "italic", "subscript", "superscript", "code", "stars", "citation"]
"""How characters are set.

`stars` are the significance stars behind a number, `citation` is a key of references.bib or the
label of a table or figure (`@tbl-sample`).
"""

PLAIN: frozenset[Mark] = frozenset()

_MARKDOWN_OF: dict[Mark, str] = {
    "bold": "**", "italic": "*", "subscript": "~", "superscript": "^", "code": "`",
}  # fmt: skip
_ELEMENT_OF: dict[Mark, str] = {
    "bold": "strong", "italic": "em", "subscript": "sub", "superscript": "sup", "code": "code",
}  # fmt: skip
_ORDER: tuple[Mark, ...] = ("bold", "italic", "code", "subscript", "superscript")

_RAISED = str.maketrans("0123456789−-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")

_SPECIAL = frozenset("\\`*_{}[]<>#!|$^~@&\"'")
"""Characters that open markup anywhere in pandoc's Markdown, or a shortcode in Quarto's, and quotes
that would become typographic ones."""

_RUN = re.compile(r"-{2,}|\.{3,}|:{2,}|:(?=//)")
"""Runs that would become dashes, an ellipsis, a fence or a link."""

_OPENING = re.compile(r"^([-+=:%])|^(\(?\w{1,9})([.)])(?=\s|$)")
"""What makes a list, a heading's underline, a definition or a formula at the start of a text."""

_OF_NUMBERS = re.compile(r"\[[\d.,\N{MINUS SIGN}\N{INFINITY} ]+\](?![({\[:])|>(?= \.\d)")
"""Limits of an interval in brackets and bounds such as `> .999`, which are not markup. `<` is
escaped: after a bare one pandoc looks for an HTML element to the end of the text, which took nine
tenths of the time of reading long tables."""

_COMMAND = re.compile(r"`([A-Za-z0-9][A-Za-z0-9 ._/-]*)`")
"""A command in backticks that holds no character with a meaning of its own."""

_SYMBOL = re.compile(r"\b(N|n|M|SD|p|r|t|d)\b(?= (?:[=≤≥<>]|(?:values?|below)\b))")
"""A statistic's symbol, known by what follows it, which APA sets in italics."""


@dataclass(frozen=True)
class Source:
    """Where a text comes from, or what it is about.

    Attributes
    ----------
    kind : str
        stat (a statistic of the store), choice (config.yaml, the study or the cohort file), key (a
        scoring key), fact (of the author's facts.yaml), name (a name that is nothing but a number),
        reported (a topic of the reporting checklist).
    id : str
        Id of the statistic, key of the choice, topic; several are separated by blanks.
    part : str
        Of the statistic: result, estimate, interval, df, n, p, reason, ...; "" for the others, and
        in cells of tables, where the column names it.
    """

    kind: str
    id: str = ""
    part: str = ""

    @property
    def ids(self) -> list[str]:
        """The ids, keys or topics one by one."""
        return self.id.split()

    def attributes(self) -> str:
        """The attributes of a Markdown span, in braces."""
        name = {"stat": "data-id", "reported": "data-topic"}.get(self.kind, "data-key")
        identified = f' {name}="{self.id}"' if self.id else ""
        part = f' data-part="{self.part}"' if self.part not in ("", "result") else ""
        return f"{{.{self.kind}{identified}{part}}}"


@dataclass(frozen=True)
class Span:
    """Characters that are set alike and have the same source.

    Attributes
    ----------
    text : str
        The characters as a reader sees them; digits of a superscript are ordinary digits.
    marks : frozenset of str
    sources : tuple of Source
        The outermost first: a sentence about a topic holds numbers with sources of their own.
    """

    text: str
    marks: frozenset[Mark] = PLAIN
    sources: tuple[Source, ...] = ()

    @property
    def source(self) -> Source | None:
        """Where the number comes from: the innermost statistic, choice, key or name."""
        return next(
            (source for source in reversed(self.sources) if source.kind != "reported"), None
        )


@dataclass(frozen=True)
class Text:
    r"""A run of text.

    Attributes
    ----------
    spans : tuple of Span

    Notes
    -----
    `str()` gives the Markdown, so that templates of documents print texts as they are; templates of
    pages print the HTML.

    Examples
    --------
    >>> text = sourced(italic("r") + "(23) = .456", "a.b.pearson_r") + with_mark("**", "stars")
    >>> print(text.to_markdown())
    [*r*(23) = .456]{.stat data-id="a.b.pearson_r"}\*\*
    >>> print(text.to_html())
    <span class="stat" data-id="a.b.pearson_r" title="a.b.pearson_r"><em>r</em>(23) = .456</span>**
    >>> text.to_plain()
    'r(23) = .456**'
    """

    spans: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "spans", tuple(_merged(self.spans)))

    def __add__(self, other: Union["Text", str]) -> "Text":
        return Text((*self.spans, *as_text(other).spans))

    def __radd__(self, other: str) -> "Text":
        return as_text(other) + self

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __contains__(self, words: str) -> bool:
        return words in self.characters

    def __str__(self) -> str:
        return self.to_markdown()

    def __html__(self) -> str:
        return self.to_html()

    @property
    def characters(self) -> str:
        """The characters one after the other, without marks and sources."""
        return "".join(span.text for span in self.spans)

    @property
    def id(self) -> str | None:
        """Id of the first statistic that the text prints."""
        sources = (span.source for span in self.spans)
        return next((source.id for source in sources if source and source.kind == "stat"), None)

    def of_source(self) -> "Text":
        """The part with a source: a cell without its significance stars."""
        return Text(tuple(span for span in self.spans if span.source))

    def stars(self) -> "Text":
        """The significance stars."""
        return Text(tuple(span for span in self.spans if "stars" in span.marks))

    def by_source(self) -> Iterator[tuple[int, Source, "Text"]]:
        """Where a text with a source begins, the source, and the text, for every source."""
        start = 0
        for source, group in groupby(self.spans, key=lambda span: span.source):
            content = Text(tuple(group))
            if source:
                yield start, source, content
            start += len(content.characters)

    def without_sources(self) -> "Text":
        """The same characters without their sources."""
        return Text(tuple(replace(span, sources=()) for span in self.spans))

    def without(self, mark: Mark) -> "Text":
        """Without the characters of some mark."""
        return Text(tuple(span for span in self.spans if mark not in span.marks))

    def partition(self, separator: str) -> tuple["Text", "Text"]:
        """The text before and after a separator; without separator, all of it is before."""
        for place, span in enumerate(self.spans):
            before, separates, behind = span.text.partition(separator)
            if separates:
                first = (*self.spans[:place], replace(span, text=before))
                return Text(first), Text((replace(span, text=behind), *self.spans[place + 1 :]))
        return self, Text()

    def opening_with(self, change: Callable[[str], str]) -> "Text":
        """The text whose first span reads otherwise: a capital that begins a sentence."""
        if not self.spans:
            return self
        first, *others = self.spans
        return Text((replace(first, text=change(first.text)), *others))

    def to_plain(self) -> str:
        """Words and numbers on one line; raised digits, and tables and figures by their names.

        Examples
        --------
        >>> (literal("BF") + with_mark("10", "subscript") + " = 10"
        ...     + with_mark("−5", "superscript")).to_plain()
        'BF10 = 10⁻⁵'
        """
        return " ".join("".join(map(_plain_characters, self.spans)).split())

    def to_markdown(self, opening: bool = True) -> str:
        r"""One line of Quarto Markdown, safe in paragraphs, headings, captions and table cells.

        Parameters
        ----------
        opening : bool, optional
            Whether it may begin a paragraph, where `> .999` would be a quotation.

        Examples
        --------
        >>> print(literal("<b>a|b</b> *c*").to_markdown())
        \<b\>a\|b\</b\> \*c\*
        >>> print(literal("=1+1").to_markdown())
        \=1+1
        """
        return _rendered(self.spans, _markdown_characters, _markdown_wrapped, opening)

    def to_html(self) -> str:
        """HTML in which nothing is markup that was not meant as such.

        Examples
        --------
        >>> (as_text("a < ") + italic("b")).to_html()
        'a &lt; <em>b</em>'
        """
        return _rendered(self.spans, lambda span, _: html.escape(span.text, quote=False), _element)


def as_text(text: Text | str) -> Text:
    """A value as it is; a string as plain characters."""
    return text if isinstance(text, Text) else Text((Span(text),))


def joined(texts: Iterable[Text | str], separator: Text | str = "") -> Text:
    """Texts one after the other.

    Examples
    --------
    >>> joined([italic("a"), "b"], ", ").to_markdown()
    '*a*, b'
    """
    spans: list[Span] = []
    for place, text in enumerate(texts):
        spans += as_text(separator).spans if place else ()
        spans += as_text(text).spans
    return Text(tuple(spans))


def one_line(text: str) -> str:
    r"""One line without control characters, for titles of files and attributes.

    Line breaks and tabs become spaces; characters that are not seen but act (control characters
    and the marks that reverse the direction of writing) are dropped.

    Examples
    --------
    >>> one_line("two\nlines\x07")
    'two lines'
    """
    single = " ".join(text.split())
    return "".join(sign for sign in single if unicodedata.category(sign) not in ("Cc", "Cf"))


def literal(text: str) -> Text:
    """A text from a file, printed exactly as it is; line breaks become spaces."""
    return Text((Span(one_line(text)),))


def with_mark(text: str, mark: Mark) -> Text:
    """Plain characters that are set in one way."""
    return Text((Span(text, frozenset([mark])),))


def italic(text: str) -> Text:
    """Plain characters in italics, as symbols of statistics are set."""
    return with_mark(text, "italic")


def with_commands(text: str) -> Text:
    r"""A text from a file whose commands in backticks are set as code.

    Examples
    --------
    >>> print(with_commands("made by `make twin`, *twice*"))
    made by `make twin`, \*twice\*
    >>> print(with_commands("`{{< video >}}`"))
    \`\{\{\< video \>\}\}\`
    """
    pieces = _COMMAND.split(one_line(text))
    return Text(
        tuple(
            Span(piece, frozenset(["code"]) if place % 2 else PLAIN)
            for place, piece in enumerate(pieces)
        )
    )


def with_symbols(text: str) -> Text:
    """A text from a file in which the symbols of statistics are in italics.

    Examples
    --------
    >>> print(with_symbols("The p values of all r = .5 in plan p"))
    The *p* values of all *r* = .5 in plan p
    """
    pieces = _SYMBOL.split(text)
    return Text(
        tuple(
            Span(piece, frozenset(["italic"]) if place % 2 else PLAIN)
            for place, piece in enumerate(pieces)
        )
    )


def sourced(text: Text | str, identifier: str, part: str = "result", kind: str = "stat") -> Text:
    """A text with its source: by default, the part of a statistic that it prints.

    Examples
    --------
    >>> print(sourced(".46", "a.b.r", "estimate"))
    [.46]{.stat data-id="a.b.r" data-part="estimate"}
    """
    source = Source(kind, identifier, part if kind == "stat" else "")
    return Text(
        tuple(replace(span, sources=(source, *span.sources)) for span in as_text(text).spans)
    )


def named(text: str) -> Text:
    """A name from a file; one that is nothing but numbers is marked as a name.

    Examples
    --------
    >>> print(named("Session 3"), named("18-24"))
    Session 3 [18-24]{.name}
    """
    only_numbers = any(map(str.isnumeric, text)) and not any(map(str.isalpha, text))
    return sourced(literal(text), "", kind="name") if only_numbers else literal(text)


def choice(text: str, key: str) -> Text:
    """A number of config.yaml, the study or the cohort file, with its key.

    Examples
    --------
    >>> print(choice("95%", "correlate_measures.interval"))
    [95%]{.choice data-key="correlate_measures.interval"}
    """
    return sourced(text, key, kind="choice")


def key_fact(text: str, key: str) -> Text:
    """A number of a scoring key, with the instrument and the key of its file.

    Examples
    --------
    >>> print(key_fact("39", "kims.n_items"))
    [39]{.key data-key="kims.n_items"}
    """
    return sourced(text, key, kind="key")


def attribute(text: str) -> str:
    """A text for the inside of a double-quoted Markdown attribute such as fig-alt.

    Braces would end the attribute list and angle brackets begin a shortcode, so that they, the
    quotation mark and the ampersand are written as entities.

    Examples
    --------
    >>> attribute('a "b" {c}')
    'a &quot;b&quot; &#123;c&#125;'
    """
    entities = {
        "&": "&amp;", '"': "&quot;", "<": "&lt;", ">": "&gt;",
        "{": "&#123;", "}": "&#125;", "\\": "&#92;", "|": "&#124;",
    }  # fmt: skip
    return "".join(entities.get(sign, sign) for sign in one_line(text))


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans that are not empty; neighbours that are set alike are one."""
    pending: Span | None = None
    for span in spans:
        if not span.text:
            continue
        if pending and (pending.marks, pending.sources) == (span.marks, span.sources):
            pending = replace(pending, text=pending.text + span.text)
            continue
        if pending:
            yield pending
        pending = span
    if pending:
        yield pending


def _plain_characters(span: Span) -> str:
    if "superscript" in span.marks:
        return span.text.translate(_RAISED)
    if "citation" in span.marks:
        kind, _, name = span.text.partition("-")
        what = {"@tbl": "Table", "@fig": "Figure"}.get(kind)
        return f'{what} "{name}"' if what else span.text
    return span.text


def _markdown_characters(span: Span, opening: bool) -> str:
    """The characters of a span, escaped; `opening`: they begin a block."""
    if span.marks & {"code", "citation"}:
        return span.text
    text, pieces, start = span.text, [], 0
    for match in _OF_NUMBERS.finditer(text):
        pieces += [_escaped(text[start : match.start()]), match[0]]
        start = match.end()
    escaped = "".join([*pieces, _escaped(text[start:])])
    if not opening:
        return escaped
    return "\\" + escaped if escaped.startswith("> ") else _OPENING.sub(_escaped_opening, escaped)


def _escaped(text: str) -> str:
    escaped = "".join("\\" + sign if sign in _SPECIAL else sign for sign in text)
    return _RUN.sub(lambda run: "".join("\\" + sign for sign in run.group()), escaped)


def _escaped_opening(match: re.Match[str]) -> str:
    if match.group(1):
        return "\\" + match.group(1)
    return f"{match.group(2)}\\{match.group(3)}"


def _markdown_wrapped(wrapper: Source | Mark, content: str) -> str:
    if isinstance(wrapper, Source):
        return f"[{content}]{wrapper.attributes()}"
    sign = _MARKDOWN_OF[wrapper]
    if wrapper not in ("bold", "italic"):
        return f"{sign}{content}{sign}"
    # Emphasis neither begins nor ends with a blank.
    inner = content.strip(" ")
    before, _, behind = content.partition(inner)
    return f"{before}{sign}{inner}{sign}{behind}" if inner else content


def _element(wrapper: Source | Mark, content: str) -> str:
    if not isinstance(wrapper, Source):
        return f"<{_ELEMENT_OF[wrapper]}>{content}</{_ELEMENT_OF[wrapper]}>"
    if wrapper.kind != "stat":
        return content
    name = html.escape(wrapper.id)
    return f'<span class="stat" data-id="{name}" title="{name}">{content}</span>'


def _rendered(
    spans: Sequence[Span],
    characters: Callable[[Span, bool], str],
    wrapped: Callable[[Source | Mark, str], str],
    opening: bool = False,
    open_already: frozenset[Source | Mark] = frozenset(),
) -> str:
    """Spans with what surrounds them, what surrounds most of them outermost."""
    parts, place = [], 0
    while place < len(spans):
        first = opening and not place
        around = [w for w in _wrappers(spans[place]) if w not in open_already]
        if not around:
            parts.append(characters(spans[place], first))
            place += 1
            continue
        ends = [_end_of(wrapper, spans, place) for wrapper in around]
        end = max(ends)
        wrapper = around[ends.index(end)]
        first = first and not (isinstance(wrapper, Source) and wrapper.kind == "stat")
        content = _rendered(spans[place:end], characters, wrapped, first, open_already | {wrapper})
        parts.append(wrapped(wrapper, content))
        place = end
    return "".join(parts)


def _wrappers(span: Span) -> list[Source | Mark]:
    return [*span.sources, *(mark for mark in _ORDER if mark in span.marks)]


def _end_of(wrapper: Source | Mark, spans: Sequence[Span], place: int) -> int:
    while place < len(spans) and wrapper in _wrappers(spans[place]):
        place += 1
    return place
