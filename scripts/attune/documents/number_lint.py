"""Number check of documents: the build fails if a digit has no source.

In the Quarto source, a number is inside a span that names its source:

* `[.46]{.stat data-id="..."}`: a statistic of the store;
* `[95%]{.choice data-key="..."}`: a choice of config.yaml, of the study or of the cohort file;
* `[39]{.key data-key="..."}`: a scoring key;
* `[30]{.fact data-key="..."}`: a fact that the author declared with its source;
* `[18–24]{.name}`: a name that is nothing but a number.

What the span holds must be what that source prints, so that markup typed by hand is found too.
Allowed without a span are names of the study with digits in them (SCL-90-R, session 3), symbols of
statistics (BF~10~), citations, cross-references, addresses; and outside of results, tables, notes
and captions also years and the numbers of sections, tables, figures and lists.

The document is parsed once (`attune.printing.quarto`); the check runs over its blocks and spans.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import jinja2

from attune.documents.number_sources import NumberSources, is_digit
from attune.printing.quarto import Block, Document, parse_document
from attune.printing.text import Text
from attune.specs.errors import ManuscriptError

SOURCED = ("stat", "choice", "key", "fact", "name")
"""Classes of spans that name the source of a number."""

RESULTS = "results"
"""Heading of the section in which every number is a statistic."""

_PRINTED_KEYS = ("title", "subtitle", "running-head")
"""Keys of the header whose texts the document prints as headings."""

_LOCATOR = re.compile(r",\s+(?:pp?|chap|ch|sec|vol|no|fig|para)\.\s*\d+(?:[–-]\d+)?")
"""Pages and the like behind a citation."""

_ADDRESS = re.compile(r"\bhttps?://\S+|\bdoi:\S+|\b10\.\d{4,9}/\S+")

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

_EXPRESSION = "…"
"""Replacement of a template's expressions: a word without digits."""


@dataclass(frozen=True)
class UnsourcedNumber:
    """A number without a source.

    Attributes
    ----------
    line : int
        Of the document, from 1.
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


def numbers_without_source(markdown: str, sources: NumberSources) -> list[UnsourcedNumber]:
    """Digits of a Quarto source that come from no statistic, choice, key or declared name.

    Parameters
    ----------
    markdown : str
        A whole document.
    sources : NumberSources
        What a number may come from.

    Returns
    -------
    list of UnsourcedNumber
        In the order of the text; empty where the document keeps the rule. Superscript digits and
        fractions are digits too.

    Examples
    --------
    >>> sources = NumberSources({"a.b.r": {".48"}}, names=["IIP-32"])
    >>> text = 'The IIP-32 fell [@ryan2012], *r* = [.48]{.stat data-id="a.b.r"}, in 26 dyads.'
    >>> [number.word for number in numbers_without_source(text, sources)]
    ['26']
    """
    return _unsourced(parse_document(markdown), sources)


def numbers_typed_into(template: str, sources: NumberSources) -> list[UnsourcedNumber]:
    """The same for a Jinja2 template: digits of its prose, also in branches that are not taken.

    Examples
    --------
    >>> [n.word for n in numbers_typed_into("{{ stat('a.1') }} of 26", NumberSources())]
    ['26']
    """
    return _unsourced(_prose_of(template), sources)


@cache
def _prose_of(template: str) -> Document:
    """What a template says besides its expressions; kept, as two documents share most templates."""
    prose = []
    for _, kind, text in jinja2.Environment(keep_trailing_newline=True).lex(template):
        if kind == "data":
            prose.append(text)
        else:
            prose.append(
                (_EXPRESSION if kind == "variable_begin" else "") + "\n" * text.count("\n")
            )
    return parse_document("".join(prose))


HOW_TO = (
    'Every number of a document needs a source: in a template write {{ stat("id") }} or'
    ' {{ stat("id", "estimate") }}, or {{ choice("section.key", "percent") }} for a choice of'
    " config.yaml; in a note or reason of the study write {id} or {id:estimate}; a name that has"
    " digits belongs under `names:` of the study. Nothing was written."
)


def refuse_unsourced(
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
        All of them: where, the word, the words around it, which statistics print it.
    """
    problems, reported = [], set()
    for name, template in templates.items():
        for number in numbers_typed_into(template, sources):
            reported.add(number.word)
            problems.append(_sentence(name, number, sources))
    problems += [
        _sentence(document, number, sources)
        for number in numbers_without_source(markdown, sources)
        if number.word not in reported
    ]
    if problems:
        raise ManuscriptError(f"{document} has numbers without a source. {HOW_TO}", problems)


def _sentence(name: str, number: UnsourcedNumber, sources: NumberSources) -> str:
    why = f" ({number.problem})" if number.problem else ""
    printing = sources.printing(number.word)
    hint = f"; {', '.join(printing)} would print it" if printing else ""
    place = f"{name}, line {number.line} ({number.place})"
    return f'{place}: {number.word!r}{why} in "{number.text}"{hint}'


def _unsourced(document: Document, sources: NumberSources) -> list[UnsourcedNumber]:
    numbers = [
        number
        for block in document.blocks
        if _is_printed(block, document)
        for number in _in_block(block, sources)
    ]
    return sorted(numbers, key=lambda number: number.line)


def _is_printed(block: Block, document: Document) -> bool:
    """Of the header, only titles count; a running head that shortens the title adds nothing."""
    if block.kind != "header":
        return True
    titles = (entry.text.characters for entry in document.blocks if entry.key == "title")
    # A title is printed in title case, its running head in capitals.
    title, head = next(titles, "").casefold(), block.text.characters.casefold()
    shortened = block.key != "title" and title.startswith(head)
    return block.key in _PRINTED_KEYS and not shortened


def _in_block(block: Block, sources: NumberSources) -> Iterator[UnsourcedNumber]:
    """Numbers of one block: those whose markup is wrong, and those without any."""
    characters = block.text.characters
    if not any(map(is_digit, characters)):
        return
    sourced = [entry for entry in block.text.by_source() if entry[1].kind in SOURCED]
    for start, source, content in sourced:
        problem = sources.problem(source, content)
        if problem and any(map(is_digit, content.characters)):
            end = start + len(content.characters)
            yield _number(block, start, end, content.characters, problem)
    covered = [(start, start + len(content.characters)) for start, _, content in sourced]
    free = _gaps(covered, len(characters))
    allowed = [*covered, *_citations(block.text), *_symbols(block.text, sources)]
    prose = () if _is_strict(block) else _IN_PROSE
    for pattern in (sources.named, _ADDRESS, *prose):
        allowed += [match.span() for gap in free for match in pattern.finditer(characters, *gap)]
    for start, end in _gaps(allowed, len(characters)):
        for word in _WORD.finditer(characters, start, end):
            if any(map(is_digit, word[0])):
                yield _number(block, *word.span(), word[0].rstrip('.,;:)]"').lstrip(',;:(["'))


_WORD = re.compile(r"[^\s|]+")


def _is_strict(block: Block) -> bool:
    """Whether every number of the block has to be a statistic, choice or key."""
    prose = block.kind in ("header", "heading", "text", "code")
    return not prose or block.section == RESULTS


def _citations(text: Text) -> Iterator[tuple[int, int]]:
    """Where citations begin and end, with the pages behind them."""
    start = 0
    for span in text.spans:
        end = start + len(span.text)
        if "citation" in span.marks:
            locator = _LOCATOR.match(text.characters, end)
            yield start, locator.end() if locator else end
        start = end


def _symbols(text: Text, sources: NumberSources) -> Iterator[tuple[int, int]]:
    """Where symbols of statistics with lowered or raised digits begin and end."""
    start, characters = 0, text.characters
    for span in text.spans:
        end = start + len(span.text)
        if span.marks & {"subscript", "superscript"} and not _AT_WORD.match(characters, end):
            for letters, digits in sources.symbols:
                begin = start - len(letters)
                before = characters[begin - 1 : begin] if begin > 0 else ""
                named = characters[max(begin, 0) : end] == letters + digits
                if named and not (before.isalnum() or before in ("_", ".")):
                    yield begin, end
        start = end


_AT_WORD = re.compile(r"\w|[.,]\d")


def _gaps(ranges: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """What some ranges leave free, from 0 to a length.

    Examples
    --------
    >>> _gaps([(4, 6), (1, 2), (1, 5)], 8)
    [(0, 1), (6, 8)]
    """
    gaps, place = [], 0
    for start, end in sorted(ranges):
        if start > place:
            gaps.append((place, start))
        place = max(place, end)
    return [*gaps, (place, length)] if place < length else gaps


def _number(block: Block, start: int, end: int, word: str, problem: str = "") -> UnsourcedNumber:
    characters = block.text.characters
    begins = characters.rfind("\n", 0, start) + 1
    line = characters[begins:].partition("\n")[0]
    return UnsourcedNumber(
        block.line + characters.count("\n", 0, start),
        _place(block),
        word,
        _around(line, start - begins, end - begins),
        problem,
    )


def _place(block: Block) -> str:
    """What a block is, in a reader's words."""
    kind = {"alternative": "caption", "code": "text"}.get(block.kind, block.kind)
    return f"{kind} of {block.label}" if kind in ("caption", "note") else kind


def _around(line: str, start: int, end: int, width: int = 30) -> str:
    """The words around a place of a line."""
    before, after = line[:start], line[end:]
    before = before[-width:] if len(before) <= width else "…" + before[-width:].partition(" ")[2]
    after = after[:width] if len(after) <= width else after[:width].rpartition(" ")[0] + "…"
    return f"{before}{line[start:end]}{after}".strip()
