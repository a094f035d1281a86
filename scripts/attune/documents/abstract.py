"""The abstract: one paragraph, with no more words than APA allows."""

import re
from collections.abc import Callable, Iterable

from attune.printing.quarto import Block, parse_document, parse_text
from attune.printing.text import Text

ABSTRACT_WORDS = 250
"""Most words of an abstract (APA 7, section 2.9)."""

HEADING = "abstract"


_CITED = re.compile(r"@[\w:./+-]*\w")
_AS_CITED = "Name et al., 2000"
"""As many words as the citation of a work has at most."""


def word_count(markdown: str) -> int:
    """Words as a word processor counts them: whatever stands between two spaces.

    Parameters
    ----------
    markdown : str
        Running text. Markup and ids of numbers are not counted, a space that does not break is a
        space, and a cited work has four words.

    Examples
    --------
    >>> word_count('The difference was small, [*d* = 0.18]{.stat data-id="a.b.d"} (see Table 1).')
    10
    >>> word_count("As before [@ryan2012].")
    6
    """
    return _words(parse_text(markdown))


def _words(text: Text) -> int:
    spans = (
        _CITED.sub(_AS_CITED, span.text) if "citation" in span.marks else span.text
        for span in text.spans
    )
    return len("".join(spans).split())


def longest_that_fits(versions: Iterable[str], limit: int = ABSTRACT_WORDS) -> str:
    """The first version of a text that has no more words than allowed, or the shortest.

    Parameters
    ----------
    versions : iterable of str
        Markdown; the one with the most detail first.
    limit : int, optional

    Examples
    --------
    >>> longest_that_fits(["one two three four", "one two three", "one"], limit=3)
    'one two three'
    >>> longest_that_fits(["one two three", "one two"], limit=1)
    'one two'
    """
    texts = list(versions)
    fitting = (text for text in texts if word_count(text) <= limit)
    return next(fitting, min(texts, key=word_count))


def in_detail(write: Callable[[int], str], levels: int) -> str:
    """A text written with as much detail as fits into an abstract.

    Parameters
    ----------
    write : callable
        The text at a level: 0 has the most detail.
    levels : int
        How many levels there are.
    """
    return longest_that_fits(write(level) for level in range(levels))


def _blocks(document: str) -> list[Block]:
    return [
        block
        for block in parse_document(document).blocks
        if block.section == HEADING and block.kind != "heading"
    ]


def abstract_notice(document: str) -> str:
    """What an editor would object to in the length of an abstract; empty where nothing is.

    Parameters
    ----------
    document : str
        Quarto Markdown of a whole document.
    """
    words = sum(_words(block.text) for block in _blocks(document))
    if words <= ABSTRACT_WORDS:
        return ""
    return (
        f"The abstract has {words} words, and APA allows {ABSTRACT_WORDS}. It names the main result"
        " of every analysis that a table or figure of the manuscript shows; move tables and figures"
        " of some analyses to the supplement (`document: supplement` in the study file), or shorten"
        " text/abstract.md."
    )
