"""The grammar of column names: stem, rater, occasion, state and item number in any order."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from attune.cohort_draft.vocabulary import (
    BEHIND,
    GENERIC,
    OCCASIONS,
    RATERS,
    STATES,
    TOTALS,
    UNITS,
)

_CHUNK = re.compile(r"[^\W_]+")
_RUN = re.compile(r"\d+|[^\W\d_]+")
_GROWN_ON = {*RATERS, *STATES, *OCCASIONS, *TOTALS}
_KNOWN = _GROWN_ON | set(UNITS)

FEWEST_WORDS = 3
"""Words without a known meaning, each after a blank, from which a name is a sentence."""


@dataclass(frozen=True)
class Word:
    """A run of letters or of digits in a name.

    Attributes
    ----------
    text : str
        In lower case.
    start, end : int
        Its position in the name.
    chunk : int
        Number of the run of letters and digits, without separators, that it belongs to.
    after_blank : bool
        Whether a blank stands before its chunk.
    """

    text: str
    start: int
    end: int
    chunk: int
    after_blank: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it consists of digits."""
        return self.text.isdigit()


@dataclass(frozen=True)
class Meaning:
    """Meaning of the words of a name, without the item number.

    Attributes
    ----------
    stem : str
        Normalised name of a registered instrument; "" if none is found.
    rater, occasion, state : str
        "" if the name does not contain it.
    session : int, optional
        The number in the occasion, if there is one.
    rater_word, occasion_word : str
        What was read as rater and occasion.
    bare_number : bool
        The occasion is a number without a unit.
    total : bool
        The name holds a word such as "sum".
    rest : tuple of str
        Words that were not recognised.
    read_from : str
        Source of the words, as messages name it.
    """

    stem: str = ""
    rater: str = ""
    occasion: str = ""
    state: str = ""
    session: int | None = None
    rater_word: str = ""
    occasion_word: str = ""
    bare_number: bool = False
    total: bool = False
    rest: tuple[str, ...] = ()
    read_from: str = "the column names"


def normalised(name: str) -> str:
    """A name without case and separators.

    Examples
    --------
    >>> normalised("SCL-90-R")
    'scl90r'
    """
    return "".join(_CHUNK.findall(name.lower()))


def words_of(name: str) -> list[Word]:
    """The words of a name, at separators, changes between letters and digits, and camel case.

    Examples
    --------
    >>> [word.text for word in words_of("waiSumT1_07")]
    ['wai', 'sum', 't', '1', '07']
    """
    found = []
    for number, chunk in enumerate(_CHUNK.finditer(name)):
        blank = name[: chunk.start()][-1:].isspace()
        for run in _RUN.finditer(chunk[0]):
            start = chunk.start() + run.start()
            for part in _camel(run[0]):
                found.append(Word(part.lower(), start, start + len(part), number, blank))
                start += len(part)
    return found


def meaning_of(
    words: Sequence[Word | None], stems: Collection[str], numbers_differ: bool = False
) -> Meaning:
    """Instrument, rater, occasion and state in a name.

    A number within a sentence, as in "over the last 2 weeks", is not an occasion, unless it differs
    between names that are alike otherwise. "Session 3: ..." is one.

    Parameters
    ----------
    words : sequence of Word or None
        None in place of the item number.
    stems : collection of str
        Normalised names of instruments.
    numbers_differ : bool
        Whether other names of the file differ from this one in their numbers only.

    Examples
    --------
    >>> meaning = meaning_of([*words_of("wai_p_s3"), None], {"wai", "wais"})
    >>> meaning.stem, meaning.rater, meaning.occasion
    ('wai', 'patient', 'session_3')
    >>> meaning_of([*words_of("phq9: over the last 2 weeks"), None], {"phq9"}).occasion
    ''
    """
    stem, taken = _stem(words, stems)
    parts: list[Word | None] = list(words)
    if stem:
        first, last = taken
        whole = "".join(word.text for word in parts[first:last] if word is not None)
        parts[first:last] = [None, *_beside_stem(parts[first], whole, stem), None]
    return _read(parts, stem, numbers_differ or not _is_sentence(parts))


def identifier(text: str, fallback: str = "x") -> str:
    """A text as an identifier: lower case letters, digits and underscores, a letter first.

    Examples
    --------
    >>> identifier("6 Months (FU)")
    'x_6_months_fu'
    """
    plain = "_".join(re.findall(r"[a-z0-9]+", text.lower()))
    return plain if re.match(r"[a-z]", plain) else f"{fallback}_{plain}".rstrip("_")


def _camel(run: str) -> Iterator[str]:
    """The parts of a run of letters: cesdTotal, WAIPre, WAIpre, WAIp."""
    mixed = re.fullmatch(r"([A-Z]{2,})([a-z]+)", run)
    if mixed and mixed[2] in _KNOWN:
        yield from (mixed[1], mixed[2])
        return
    yield from re.findall(r"[A-ZÀ-Þ]+(?![a-zß-ÿ])|[A-ZÀ-Þ]?[^A-ZÀ-Þ]+|[A-ZÀ-Þ]+", run)


def _stem(words: Sequence[Word | None], stems: Collection[str]) -> tuple[str, tuple[int, int]]:
    """The longest name of an instrument among the words, and its position."""
    best: tuple[str, tuple[int, int]] = ("", (0, 0))
    for first in range(len(words)):
        for last in range(first + 1, len(words) + 1):
            run = words[first:last]
            if any(word is None for word in run):
                break
            text = "".join(word.text for word in run if word is not None)
            if text in stems and len(text) > len(best[0]) and _whole(words, first, last):
                best = (text, (first, last))
    if best[0]:
        return best
    for place, word in enumerate(words):
        if word is not None:
            for known in sorted(stems, key=len, reverse=True):
                if len(known) >= 3 and _glued(word.text, known):
                    return known, (place, place + 1)
    return best


def _whole(words: Sequence[Word | None], first: int, last: int) -> bool:
    """Whether a run of words is a complete name, not the beginning of a longer one."""
    start, end = words[first], words[last - 1]
    following = words[last] if last < len(words) else None
    before = words[first - 1] if first else None
    if start is None or end is None:
        return False
    if before is not None and before.chunk == start.chunk and before.text not in _KNOWN:
        return False
    several = start.chunk != end.chunk
    if several and following is not None and following.chunk == end.chunk:
        return False  # wai_s3: a session, not the WAI-S
    # wai_s_3_1: s counts what follows, unless that is the item.
    counts = end.text in UNITS and following is not None and following.is_number
    return not (several and counts)


def _glued(text: str, stem: str) -> bool:
    """Whether a word is a stem joined to another word, as in waip or prewai."""
    return (text.startswith(stem) and text[len(stem) :] in _GROWN_ON) or (
        text.endswith(stem) and len(text) > len(stem) and text[: -len(stem)] in _GROWN_ON
    )


def _beside_stem(word: Word | None, text: str, stem: str) -> list[Word]:
    """The word that is joined to a stem, such as p in waip."""
    if word is None or text == stem:
        return []
    rest = text.removeprefix(stem) if text.startswith(stem) else text.removesuffix(stem)
    return [Word(rest, word.start, word.end, word.chunk)]


def _is_sentence(words: Sequence[Word | None]) -> bool:
    """Whether a name is worded: several words in a row that say nothing about rater or time."""
    return (
        sum(
            word is not None
            and word.after_blank
            and not word.is_number
            and word.text not in _KNOWN
            and word.text not in GENERIC
            for word in words
        )
        >= FEWEST_WORDS
    )


def _read(words: Sequence[Word | None], stem: str, numbers_count: bool) -> Meaning:
    """Meaning of all words except the stem.

    Where numbers do not count, only "session 3" and the like are occasions with a number.
    """
    fields: dict[str, object] = {"stem": stem}
    rest = []
    place = 0
    words = _follow_up_joined(words)
    while place < len(words):
        word = words[place]
        following = words[place + 1] if place + 1 < len(words) else None
        place += 1
        if word is None:
            continue
        occasion = _occasion(word, following)
        if word.is_number and not numbers_count:
            continue
        if occasion is not None and "occasion" not in fields:
            name, session, length = occasion
            both = [word.text, following.text] if length == 2 and following else [word.text]
            fields |= {"occasion": name, "session": session, "occasion_word": "".join(both)}
            place += length - 1
        elif word.text in STATES:
            fields["state"] = word.text
        elif word.text in RATERS and "rater" not in fields:
            fields |= {"rater": RATERS[word.text], "rater_word": word.text}
        elif word.text == "arm" and following is not None and following.is_number:
            place += 1  # REDCap's arms
        elif word.text in TOTALS:
            fields["total"] = True
        elif word.is_number and "occasion" not in fields:
            number = int(word.text)
            fields |= {"occasion": f"occasion_{number}", "session": number, "bare_number": True}
            fields["occasion_word"] = word.text
        elif word.text not in GENERIC:
            rest.append(word.text)
    return Meaning(**fields, rest=tuple(rest))  # type: ignore[arg-type]


def _follow_up_joined(words: Sequence[Word | None]) -> list[Word | None]:
    """The words with follow_up as one word, as it is in followup."""
    joined: list[Word | None] = []
    for word in words:
        before = joined[-1] if joined else None
        if word is not None and before is not None and (before.text, word.text) == ("follow", "up"):
            joined[-1] = replace(word, text="followup", start=before.start)
        else:
            joined.append(word)
    return joined


def _occasion(word: Word, following: Word | None) -> tuple[str, int | None, int] | None:
    """Occasion, its number and how many words it takes."""
    number = following is not None and following.is_number
    glued = following is not None and following.chunk == word.chunk
    if word.text in OCCASIONS:
        name = OCCASIONS[word.text] or word.text
        if number and following is not None:
            return f"{name}_{int(following.text)}", int(following.text), 2
        return name, None, 1
    if word.text in UNITS and number and following is not None:
        unit = UNITS[word.text]
        if glued or word.text != "t":
            value = int(following.text)
            return (f"t{value}" if unit == "t" else f"{unit}_{value}"), value, 2
    if word.is_number and following is not None and following.text in UNITS:
        unit = UNITS[following.text]
        if unit in BEHIND and (glued or len(following.text) > 2):
            return f"{unit}_{int(word.text)}", int(word.text), 2
    return None
