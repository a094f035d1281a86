"""Spans of a Quarto source that say what their text is: `[.46]{.stat data-id="..."}`."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

CLOSING = re.compile(r"\]\{\.([a-z]+)((?:\s+[a-z-]+=\"[^\"]*\")*)\}")
"""Where a span ends: its class and its attributes."""

_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


@dataclass(frozen=True)
class Span:
    """One span.

    Attributes
    ----------
    start, end : int
        Where it begins and ends in the source, brackets and attributes included.
    kind : str
        Its class.
    attributes : mapping of str to str
    held : str
        The text inside, as Markdown.
    """

    start: int
    end: int
    kind: str
    attributes: Mapping[str, str]
    held: str


def sourced_spans(markdown: str, kinds: Collection[str]) -> Iterator[Span]:
    """The spans of some classes, in the order in which they end.

    Examples
    --------
    >>> [span] = sourced_spans('in [[.1, .5]]{.stat data-id="a.b.r"} it', ["stat"])
    >>> span.held, span.attributes
    ('[.1, .5]', {'data-id': 'a.b.r'})
    """
    for closing in CLOSING.finditer(markdown):
        if closing[1] not in kinds:
            continue
        start = _opening(markdown, closing.start())
        if start is not None:
            attributes = dict(_ATTRIBUTE.findall(closing[2]))
            held = markdown[start + 1 : closing.start()]
            yield Span(start, closing.end(), closing[1], attributes, held)


def _opening(text: str, closing: int) -> int | None:
    """Where the bracket opens that closes at a place; escaped brackets do not count."""
    depth = 0
    for place in range(closing, -1, -1):
        if text[place] not in "[]" or _is_escaped(text, place):
            continue
        depth += 1 if text[place] == "]" else -1
        if not depth:
            return place
    return None


def _is_escaped(text: str, place: int) -> bool:
    first = place
    while first and text[first - 1] == "\\":
        first -= 1
    return (place - first) % 2 == 1
