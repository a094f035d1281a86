"""Headings of columns: their words, and the kinds of personal data that they announce."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from attune.intake.personal_data.heading_words import HEADING_WORDS

_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D",
     "ı": "i", "œ": "oe", "þ": "th", "ð": "d", "ς": "σ",
     "'": "", "’": "", "ʼ": "", "״": "", "׳": ""}
)  # fmt: skip
"""Letters that no decomposition turns into plain ones, and apostrophes inside words."""
_MARKS = re.compile(r"[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
"""Accents, and the vowel signs of Hebrew and Arabic; the marks of Japanese and Korean stay."""
_CAMEL = re.compile(
    r"(?<=[a-zа-яіїєґα-ω])(?=[A-ZА-ЯІЇЄҐΑ-Ω])|(?<=[A-ZА-ЯІЇЄҐΑ-Ω])(?=[A-ZА-ЯІЇЄҐΑ-Ω][a-zа-яіїєґα-ω])"
)
_WORDS = re.compile(r"[^\W\d_]+")


def plain(text: str) -> str:
    """Text without accents, in compatible characters; letters keep their case.

    Examples
    --------
    >>> plain("Fødselsnr Größe Příjmení"), plain("氏名（全角）")
    ('Fodselsnr Grosse Prijmeni', '氏名(全角)')
    """
    if text.isascii():
        return text.replace("'", "")
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return unicodedata.normalize("NFC", _MARKS.sub("", decomposed)).translate(_LETTERS)


def words_of(name: str) -> tuple[str, ...]:
    """The words of a column's name, in lower case and without accents.

    Examples
    --------
    >>> words_of("RecipientLastName"), words_of("Prénom_2"), words_of("e-postadress")
    (('recipient', 'last', 'name'), ('prenom',), ('e', 'postadress'))
    """
    return tuple(word.lower() for word in _WORDS.findall(_CAMEL.sub(" ", plain(name))))


@dataclass(frozen=True)
class Heading:
    """Words of a column's name and label.

    Attributes
    ----------
    words : tuple of str
        Those of the name.
    kinds : frozenset of str
        Keys of `HEADING_WORDS` of which the name or the label holds a word.
    only_name : bool
        Whether every word means a name or a part of one.
    """

    words: tuple[str, ...]
    kinds: frozenset[str]
    only_name: bool


def heading_of(name: str, label: str = "") -> Heading:
    """The heading of a column.

    Examples
    --------
    >>> sorted(heading_of("pat_nachname").kinds), sorted(heading_of("Geb.dat.").kinds)
    (['person', 'person_name'], ['birth'])
    >>> sorted(heading_of("v12", "Telephone at home").kinds)
    ['phone']
    """
    in_name, in_label = words_of(name), words_of(label)
    kinds: set[str] = set()
    for words in (in_name, in_label):
        joined = {"".join(words), *(first + second for first, second in pairwise(words))}
        joined |= {"".join(words[start : start + 3]) for start in range(len(words) - 2)}
        for word in {*words, *joined}:
            kinds |= _kinds_of(word)
    named = all(_kinds_of(word) & {"name", "name_part"} for word in (*in_name, *in_label))
    return Heading(in_name, frozenset(kinds), bool(in_name) and named)


@lru_cache(maxsize=20_000)
def _kinds_of(word: str) -> frozenset[str]:
    exact, pattern = _vocabulary()
    kinds = set(exact.get(word, ()))
    if len(word) > 1:
        kinds |= {kind for kind, compiled in pattern.items() if compiled.fullmatch(word)}
    return frozenset(kinds)


@cache
def _vocabulary() -> tuple[dict[str, set[str]], dict[str, re.Pattern[str]]]:
    """Whole words with their kinds, and of each kind one pattern of the words with `*`."""
    exact: dict[str, set[str]] = {}
    patterns: dict[str, list[str]] = {}
    for kind, languages in HEADING_WORDS.items():
        for written in " ".join(languages.values()).split():
            word = plain(written).lower()
            if "*" in word:
                patterns.setdefault(kind, []).append(re.escape(word).replace(r"\*", ".*"))
            else:
                exact.setdefault(word, set()).add(kind)
    compiled = {kind: re.compile("|".join(sorted(set(found)))) for kind, found in patterns.items()}
    return exact, compiled
