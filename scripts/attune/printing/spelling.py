"""Spelling of the prose that this project ships, and its nouns for the people of a study.

Templates and phrases are written once. Documents are put into the spelling that `language` of
config.yaml names, and call patients and therapists what `nouns` of the plan calls them. Titles,
labels, notes and reasons are their authors' own and stay as typed.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Literal

from attune.printing.text import literal
from attune.specs.study import Noun

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
    "hypothesiz": "hypothesis",
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
    "studentiz": "studentis",
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
"""The plural of analysis, which is not a verb in the documents."""

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
    words = _words(language)
    # Most labels of a figure hold none of the words; to find the authors' texts takes long.
    if not words.search(source):
        return source
    kept = _kept(words, own_texts, own_markdown)
    return _between(kept, source, lambda prose: respelled(prose, language))


def with_nouns(
    source: str,
    nouns: Mapping[str, Noun],
    own_texts: Iterable[str] = (),
    own_markdown: Iterable[str] = (),
) -> str:
    """The source of a document whose prose calls people what their study calls them.

    Parameters
    ----------
    source, own_texts, own_markdown
        As for `respelled_document`. Texts of the authors of a single word do not stay: `Patient`
        as a label would keep every patient of the document.
    nouns : mapping of str to Noun
        Word of the shipped prose, in the singular -> the study's own.

    Examples
    --------
    >>> nouns = {"patient": Noun(one="adolescent"), "therapist": Noun(one="counselor")}
    >>> text = "A patient left. Patients' scores, rated by a therapist (`patient`)."
    >>> with_nouns(text, nouns)
    "An adolescent left. Adolescents' scores, rated by a counselor (`patient`)."
    """
    if not nouns:
        return source
    words = {one: noun.one for one, noun in nouns.items()}
    words |= {f"{one}s": noun.several or f"{noun.one}s" for one, noun in nouns.items()}
    alternatives = "|".join(sorted(words, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w./])(an? )?({alternatives})(?![\w/]|\.\w)", re.IGNORECASE)

    def named(match: re.Match[str]) -> str:
        article, word = match[1] or "", words[match[2].lower()]
        if article:
            article = article[0] + ("n " if word[0].lower() in "aeiou" else " ")
        return article + (word[0].upper() + word[1:] if match[2][0].isupper() else word)

    if not pattern.search(source):
        return source
    sentences = [text for text in own_texts if " " in text.strip()]
    kept = _kept(pattern, sentences, own_markdown)
    return _between(kept, source, lambda prose: pattern.sub(named, prose))


def _kept(
    words: re.Pattern[str], own_texts: Iterable[str], own_markdown: Iterable[str]
) -> re.Pattern[str]:
    """What stays as it is: syntax, and texts of the authors that hold one of the words."""
    found = {piece for text in own_texts for piece in _own_pieces(text) if words.search(piece)}
    lines = {line for text in own_markdown for line in text.splitlines()}
    found |= {line.strip() for line in lines if words.search(line)}
    # Alternatives are tried in order at each place, so that a longer text of an author is kept
    # whole before a shorter one inside of it is found.
    pieces = [re.escape(piece) for piece in sorted(found, key=len, reverse=True)]
    return re.compile("|".join([_PROTECTED.pattern, *pieces]), re.DOTALL | re.IGNORECASE)


def _own_pieces(text: str) -> Iterable[str]:
    """The parts of an author's text between its placeholders, as a document prints them."""
    return [str(literal(piece.strip())) for piece in re.split(r"\{[^{}]*\}", text)]


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
