"""American or British spelling of the prose that this project ships.

Templates and phrases are written once; documents are put into the spelling that `language` of
config.yaml names. Titles, labels, notes and reasons are their authors' own and stay as typed.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Literal

from attune.printing.text import literal

Language = Literal["en-US", "en-GB"]
AMERICAN: Language = "en-US"
BRITISH: Language = "en-GB"

STEMS = {
    "acknowledgment": "acknowledgement",
    "analyz": "analys",
    "authoriz": "authoris",
    "behavior": "behaviour",
    "categoriz": "categoris",
    "center": "centre",
    "centered": "centred",
    "centering": "centring",
    "characteriz": "characteris",
    "color": "colour",
    "favor": "favour",
    "generaliz": "generalis",
    "judgment": "judgement",
    "labeled": "labelled",
    "labeling": "labelling",
    "license": "licence",
    "maximiz": "maximis",
    "minimiz": "minimis",
    "modeled": "modelled",
    "modeling": "modelling",
    "neighbor": "neighbour",
    "normaliz": "normalis",
    "optimiz": "optimis",
    "organiz": "organis",
    "penaliz": "penalis",
    "randomiz": "randomis",
    "recogniz": "recognis",
    "standardiz": "standardis",
    "summariz": "summaris",
    "synthesiz": "synthesis",
    "toward": "towards",
}
"""American stem -> British stem of the words of the templates and phrases that differ. One that
ends in -iz or -is is followed by e, ed, es, er, ing or ation; the others stand alone or in the
plural (behavioral, neighboring and colored besides)."""

_VERB_ENDINGS = ("e", "ed", "es", "er", "ers", "ing", "ation", "ations")
_NOUN_ENDINGS = {
    "behavior": ("", "s", "al"),
    "neighbor": ("", "s", "ing"),
    "color": ("", "s", "ed"),
    "favor": ("", "s", "ed", "able"),
}
_SAME_IN_BOTH = frozenset({"analyses"})
"""The plural of analysis, which is no verb in the documents."""

_PROTECTED = re.compile(
    r"\A---\n.*?\n---\n|```.*?```|`[^`\n]*`|\{[^{}\n]*\}|\]\([^()\s]*\)|<https?:[^>\s]*>"
    r"|https?://\S+|@[\w:.-]+",
    re.DOTALL,
)
"""The header, code, attributes, addresses and citation keys of a document."""

_IDENTIFIER = re.compile(r"[a-z0-9_.]+")


@cache
def spellings(language: Language) -> Mapping[str, str]:
    """Every word of the other spelling, in lower case -> the word in this one.

    Parameters
    ----------
    language : {"en-US", "en-GB"}

    Examples
    --------
    >>> spellings("en-US")["randomised"], spellings("en-GB")["centers"]
    ('randomized', 'centres')
    >>> "analyses" in spellings("en-US")
    False
    """
    pairs = [
        (american + ending, british + ending)
        for american, british in STEMS.items()
        for ending in _endings(american)
    ]
    pairs = [pair for pair in pairs if not _SAME_IN_BOTH & {*pair}]
    if language == BRITISH:
        return dict(pairs)
    return {british: american for american, british in pairs}


def _endings(american: str) -> Sequence[str]:
    if american.endswith(("iz", "yz")):
        return _VERB_ENDINGS
    if american.endswith(("ed", "ing", "toward")):
        return ("",)
    return _NOUN_ENDINGS.get(american, ("", "s"))


@cache
def _words(language: Language) -> re.Pattern[str]:
    """The words of the other spelling; not those inside of identifiers and paths."""
    alternatives = "|".join(sorted(spellings(language), key=len, reverse=True))
    return re.compile(rf"(?<![\w./])(?:{alternatives})(?![\w/]|\.\w)", re.IGNORECASE)


def respelled(text: str, language: Language) -> str:
    """A phrase in the spelling of a language; identifiers and paths stay.

    Parameters
    ----------
    text : str
    language : {"en-US", "en-GB"}

    Examples
    --------
    >>> respelled("Randomised; analysed by trial.randomised_n of the centre", "en-US")
    'Randomized; analyzed by trial.randomised_n of the center'
    >>> respelled("Randomized analyses", "en-GB")
    'Randomised analyses'
    """
    words = spellings(language)

    def in_language(match: re.Match[str]) -> str:
        word = words[match[0].lower()]
        return word.capitalize() if match[0][0].isupper() else word

    return _words(language).sub(in_language, text)


def respelled_document(
    source: str,
    language: Language,
    own_texts: Iterable[str] = (),
    own_markdown: Iterable[str] = (),
) -> str:
    """The source of a document with its prose in the spelling of a language.

    Parameters
    ----------
    source : str
        Quarto Markdown. Its header, code, attributes, addresses and citation keys stay.
    language : {"en-US", "en-GB"}
    own_texts : iterable of str
        Texts of the authors (see `texts_of`). Wherever one of them stands in the document, in
        whatever case, it stays as typed.
    own_markdown : iterable of str
        Texts of the authors as the document holds them, line by line.

    Examples
    --------
    >>> text = "The randomised arm, `randomised`, of the Centre for Behaviour."
    >>> respelled_document(text, "en-US", ["the Centre for Behaviour"])
    'The randomized arm, `randomised`, of the Centre for Behaviour.'
    """
    kept = [_PROTECTED.pattern]
    found = {piece for text in own_texts for piece in _own_pieces(text, language)}
    lines = {line for text in own_markdown for line in text.splitlines()}
    found |= {line.strip() for line in lines if _words(language).search(line)}
    kept += [re.escape(piece) for piece in sorted(found, key=len, reverse=True)]
    # Alternatives are tried in order at each place, so that a longer text of an author is kept
    # whole before a shorter one inside of it is found.
    pattern = re.compile("|".join(kept), re.DOTALL | re.IGNORECASE)
    return _between(pattern, source, lambda prose: respelled(prose, language))


def _own_pieces(text: str, language: Language) -> Iterable[str]:
    """The parts of an author's text between its placeholders, as a document prints them."""
    for piece in re.split(r"\{[^{}]*\}", text):
        printed = str(literal(piece.strip()))
        if _words(language).search(printed):
            yield printed


def _between(kept: re.Pattern[str], text: str, change: Callable[[str], str]) -> str:
    """The text with a change of everything that a pattern does not match."""
    pieces, start = [], 0
    for match in kept.finditer(text):
        pieces += [change(text[start : match.start()]), match[0]]
        start = match.end()
    return "".join([*pieces, change(text[start:])])


def texts_of(*contents: Any) -> list[str]:
    """Every text of some files as they were read: what their authors wrote.

    Parameters
    ----------
    *contents
        Nested mappings and sequences, as `model_dump()` gives them. Values that are a single word
        in lower case are ids and options of the files, no prose.

    Examples
    --------
    >>> texts_of({"title": "Behaviour", "kind": "standardised", "notes": ["a colour of its own"]})
    ['Behaviour', 'a colour of its own']
    """
    texts: list[str] = []
    for content in contents:
        if isinstance(content, str):
            texts += [] if _IDENTIFIER.fullmatch(content) else [content]
        elif isinstance(content, Mapping):
            texts += texts_of(*content.values())
        elif isinstance(content, (list, tuple, set, frozenset)):
            texts += texts_of(*content)
    return texts
