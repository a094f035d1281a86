"""Whether a cell names a person."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from attune.intake.personal_data import person_names as names
from attune.intake.personal_data.headings import LETTER, plain, spaced_camel, words_of

_PART = re.compile(r"[^\W\d_]+([-'’.][^\W\d_]+)*\.?")
_PARTICLES = frozenset(
    {"de", "del", "della", "di", "da", "dos", "do", "la", "le", "van", "von", "den", "der", "ten"}
    | {"ter", "zu", "af", "av", "el", "al", "bin", "ibn", "ben", "y"}
)
"""Small words within names, as in `Anna de Vries`."""
_LETTERS_ONLY = re.compile(rf"{LETTER}+(?:[ .,'’·・-]+{LETTER}+)*[.,]?")
_FILE = re.compile(
    r"([^\n/\\]*[/\\])*(?P<stem>[^\n/\\]{3,120})\.(pdf|docx?|odt|rtf|txt|jpe?g|png|heic|tiff?|wav|mp3"
    r"|m4a|mp4|mov|avi|csv|xlsx?|zip|sav|eml|msg)",
    re.IGNORECASE,
)
"""The name of a file, with or without its folders."""
_INITIAL_AND_NAME = re.compile(
    r"([^\W\d_]\. ?){1,3}(v[ao]n |de )?[^\W\d_]{2,}(-[^\W\d_]+)?|[^\W\d_]{2,},? ([^\W\d_]\. ?){1,3}"
)
_HAN = re.compile(r"[\u4e00-\u9fff]{2,4}")
_HANGUL = re.compile(r"[\uac00-\ud7af]{3}")
_MOSTLY = 0.8
_SENTENCE = 200
"""Letters of a text from which on it is refused as free text anyway."""


def _set(lists: dict[str, str]) -> frozenset[str]:
    return frozenset(plain(" ".join(lists.values())).lower().split())


@cache
def first_names() -> frozenset[str]:
    """First names, without accents and in lower case."""
    return _set(names.FIRST_NAMES)


@cache
def _known() -> frozenset[str]:
    """First names, surnames and titles."""
    return first_names() | _set(names.SURNAMES) | _set(names.TITLES)


@cache
def _sets() -> dict[str, frozenset[str]]:
    return {
        "titles": _set(names.TITLES),
        "spoken titles": frozenset(names.SPOKEN_TITLES.split()),
        "nobody": _set(names.NO_PERSONS),
        "surnames": _set(names.SURNAMES),
        "answers": _set(names.ANSWERS),
        "files": frozenset(names.FILE_WORDS.split()),
    }


def mentions_names(texts: str) -> bool:
    """Whether any word of many texts is a known name or title; a fast test before `is_full_name`.

    Examples
    --------
    >>> mentions_names("some words and Anna among them"), mentions_names("none at all")
    (True, False)
    """
    words = set(re.findall(r"[^\W\d_]+", plain(texts).lower()))
    ending = tuple(plain(end) for end in names.SURNAME_ENDINGS)
    return not words.isdisjoint(_known()) or any(word.endswith(ending) for word in words)


def is_full_name(text: str) -> bool:
    """Whether a cell reads like `Mary Smith`, `SMITH, MARY`, `mary smith` or `Dr. Smith`.

    Examples
    --------
    >>> [is_full_name(t) for t in ("Smith, Mary", "мария иванова", "Mary Hospital", "Mary")]
    [True, True, False, False]
    """
    parts = re.split(r"[\s,]+", text.strip(" ,"), maxsplit=5) if len(text) < 60 else []
    if not 2 <= len(parts) <= 4 or not all(map(_PART.fullmatch, parts)):
        return False
    words = [word.lower() for part in parts for word in re.findall(r"[^\W\d_]+", plain(part))]
    own = [word for word in words if word not in _PARTICLES]
    if len(own) < 2 or _sets()["nobody"] & set(words):
        return False
    if own[0] in _sets()["titles"]:
        titled = text[0].isupper() and not text.isupper() and len(own[1]) > 1
        return titled or bool((first_names() | _sets()["surnames"]) & set(own[1:]))
    if first_names() & set(own):
        return True
    return any(word.endswith(_endings()) for word in own)


def mentions_a_person(text: str) -> bool:
    """Whether a sentence names somebody: `seen with Anna`, `phoned Dr. Meier again`.

    A capitalised first name behind a word in small letters, or a title before a capitalised word.

    Examples
    --------
    >>> [mentions_a_person(text) for text in ("seen with Anna today", "told Mr. Orr so", "Anna ok")]
    [True, True, False]
    >>> [mentions_a_person(text) for text in ("prefers St. John products", "as a class of Mathis")]
    [False, False]
    """
    parts = text.split()
    if len(parts) < 3 or len(text) > _SENTENCE:
        return False
    for before, part in pairwise(parts):
        word, previous = part.strip(".,;:!?()'\"’"), before.strip(".,;:!?()'\"’")
        if len(word) < 2 or not (word[0].isupper() and word[1:].islower()):
            continue
        if plain(previous).lower() in _sets()["spoken titles"]:
            return True
        if previous.islower() and plain(word).lower() in first_names():
            return True
    return False


def is_capitalised(text: str) -> bool:
    """Whether all words but particles begin with a capital and go on in small letters.

    Examples
    --------
    >>> [is_capitalised(text) for text in ("Anna de Vries", "ANNA KOCH", "anna koch")]
    [True, False, False]
    """
    words = [word for word in re.split(r"[\s,]+", text) if word.lower() not in _PARTICLES and word]
    return all(word[0].isupper() and (len(word) < 3 or not word.isupper()) for word in words)


@cache
def _endings() -> tuple[str, ...]:
    return tuple(plain(ending) for ending in names.SURNAME_ENDINGS)


def is_one_name(text: str) -> bool:
    """Whether a cell is a common first name or surname and nothing else.

    Examples
    --------
    >>> [is_one_name(text) for text in ("Anna", "KOWALSKA", "de Vries", "bed")]
    [True, True, True, False]
    """
    if len(text) > 30 or not text or any(map(str.isdigit, text)):
        return False
    word = "".join(words_of(text.lower()))
    return word in first_names() or word in _sets()["surnames"] or word.endswith(_endings())


def is_eastern_name(text: str) -> bool:
    """Whether a cell has the form of a Chinese, Japanese or Korean name.

    Examples
    --------
    >>> [is_eastern_name(text) for text in ("王小明", "田中太郎", "김민수", "本科")]
    [True, True, True, False]
    """
    bare = text.replace(" ", "").replace("\u3000", "")
    if _HANGUL.fullmatch(bare):
        return bare[0] in names.HANGUL_SURNAMES
    if len(bare) <= 5 and bare.startswith(tuple(names.SURNAMES["ja"].split()[:20])):
        return len(bare) >= 3
    return bool(_HAN.fullmatch(bare)) and bare[0] in names.HAN_SURNAMES


def is_initial_and_name(text: str) -> bool:
    """Whether a cell reads like `A. Koch` or `Koch, A.`.

    Examples
    --------
    >>> is_initial_and_name("A. Koch"), is_initial_and_name("Koch, A. M.")
    (True, True)
    """
    return bool(_INITIAL_AND_NAME.fullmatch(text)) and text[0].isupper()


def names_a_person_in_file(text: str) -> bool:
    """Whether the name of a file holds the name of a person.

    A first name beside a capitalised word, an initial or first name beside a known surname.

    Examples
    --------
    >>> [names_a_person_in_file(name) for name in ("scan_Anna_Mueller.pdf", "c_smith.docx")]
    [True, True]
    >>> [names_a_person_in_file(name) for name in ("mary_had_a_lamb.wav", "scan_p01.pdf")]
    [False, False]
    """
    for pair, first, last in _words_in_file(text):
        if (first[0] and last[1]) or (last[0] and first[1]):
            return True
        if (len(pair[0]) == 1 and last[1]) or (last[0] and len(pair[1]) == 1):
            return True
        if any(first) and all(len(word) > 1 and word[0].isupper() for word in pair):
            return True
    return False


def is_file_of_a_person(text: str) -> bool:
    """Whether the name of a file holds a known first name beside a known surname.

    Examples
    --------
    >>> is_file_of_a_person("anna_schmidt_03.wav"), is_file_of_a_person("c_smith.docx")
    (True, False)
    """
    return any(
        (first[0] and last[1]) or (last[0] and first[1]) for _, first, last in _words_in_file(text)
    )


def _words_in_file(text: str) -> Iterator[tuple[tuple[str, str], list[bool], list[bool]]]:
    """Neighbouring words in the name of a file; which are first names, which are surnames."""
    found = _FILE.fullmatch(text)
    words = re.findall(r"[^\W\d_]+", spaced_camel(found["stem"])) if found else []
    for pair in pairwise(words):
        low = [plain(word).lower() for word in pair]
        if (_sets()["nobody"] | _sets()["files"]).isdisjoint(low):
            first = [word in first_names() for word in low]
            last = [word in _sets()["surnames"] or word.endswith(_endings()) for word in low]
            yield pair, first, last


def is_answer(text: str) -> bool:
    """Whether a cell is a usual answer, such as yes or no, in any of the languages."""
    return plain(text).lower() in _sets()["answers"]


def reads_like_a_name(text: str) -> bool:
    """Whether a cell below a heading such as `name` may be one: letters, no short code, no answer.

    Examples
    --------
    >>> [reads_like_a_name(text) for text in ("Özdemir", "KOCH", "王芳", "MDD", "yes", "P001")]
    [True, True, True, False, False, False]
    """
    if not _LETTERS_ONLY.fullmatch(text) or is_answer(text):
        return False
    return len(text) > 3 or (len(text) > 1 and not text.isupper())
