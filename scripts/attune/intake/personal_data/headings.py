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
     "ی": "ي", "ک": "ك", "'": "", "’": "", "ʼ": "", "״": "", "׳": "", "\u200c": ""}
)  # fmt: skip
"""Letters that no decomposition turns into plain ones, Persian letters as Arabic ones, apostrophes
and non-joiners inside words."""
_MARKS = re.compile(r"[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u093c\u09bc]")
"""Accents, the vowel signs of Hebrew and Arabic, the points below Indian letters; the marks of
Japanese and Korean stay."""
_CAMEL = re.compile(
    r"(?<=[a-zа-яіїєґα-ω])(?=[A-ZА-ЯІЇЄҐΑ-Ω])|(?<=[A-ZА-ЯІЇЄҐΑ-Ω])(?=[A-ZА-ЯІЇЄҐΑ-Ω][a-zа-яіїєґα-ω])"
)
LETTER = r"(?:[^\W\d_]|(?![\d\u0964\u0965])[\u0900-\u0dff\u0e00-\u0e7f])"
"""A letter; the vowel signs of Indian scripts and of Thai are not letters by themselves."""
_WORDS = re.compile(rf"{LETTER}+")


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


def spaced_camel(text: str) -> str:
    """A text with blanks where words are joined by capitals.

    Examples
    --------
    >>> spaced_camel("scan_AnnaMueller")
    'scan_Anna Mueller'
    """
    return _CAMEL.sub(" ", text)


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
    exact, pattern, shortened = _vocabulary()
    kinds = set(exact.get(word, ()))
    if len(word) > 1:
        kinds |= {kind for kind, compiled in pattern.items() if compiled.fullmatch(word)}
    alike = () if kinds else shortened.get(without_vowels(word), ())
    return frozenset(kinds | {kind for full, kind in alike if _is_left_of(word, full)})


def _is_left_of(short: str, full: str) -> bool:
    """Whether letters of a word were left out: `pstcode` of `postcode`, unlike `pesticide`."""
    letters = iter(full)
    return all(letter in letters for letter in short)


SHORTENED = ("person_name", "phone", "email", "address", "postcode", "birth", "employer")
"""Kinds of which a heading may hold a word without its vowels: `lstnm`, `phn`, `addrss`."""

LONG = 6
"""Letters of a word that is shortened."""

_FEWEST_CONSONANTS = 4


def without_vowels(word: str) -> str:
    """A word without its vowels but the first letter, double letters as one; "" if little is left.

    Examples
    --------
    >>> [without_vowels(word) for word in ("lastname", "LastNm".lower(), "address", "geb")]
    ['lstnm', 'lstnm', 'adrs', '']
    """
    if not word.isascii() or len(word) < _FEWEST_CONSONANTS:
        return ""
    short = re.sub(r"(.)\1+", r"\1", word[0] + re.sub("[aeiou]", "", word[1:]))
    return short if len(short) >= _FEWEST_CONSONANTS else ""


@cache
def _vocabulary() -> tuple[
    dict[str, set[str]], dict[str, re.Pattern[str]], dict[str, set[tuple[str, str]]]
]:
    """Whole words, one pattern of each kind's words with `*`, and words without their vowels."""
    exact: dict[str, set[str]] = {}
    shortened: dict[str, set[tuple[str, str]]] = {}
    patterns: dict[str, list[str]] = {}
    for kind, languages in HEADING_WORDS.items():
        for written in " ".join(languages.values()).split():
            word = plain(written).lower()
            if kind in SHORTENED and len(word.strip("*")) >= LONG:
                full = word.strip("*")
                shortened.setdefault(without_vowels(full), set()).add((full, kind))
            if "*" in word:
                patterns.setdefault(kind, []).append(re.escape(word).replace(r"\*", ".*"))
            else:
                exact.setdefault(word, set()).add(kind)
    compiled = {kind: re.compile("|".join(sorted(set(found)))) for kind, found in patterns.items()}
    shortened.pop("", None)
    return exact, compiled, shortened
