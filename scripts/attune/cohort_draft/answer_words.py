"""Answers in words: the order of common answers, and the codes that this order suggests."""

import re
from collections.abc import Iterable

from attune.specs.instrument import ResponseRange

_LADDERS: tuple[str, ...] = (
    # How often
    "never, not ever, at no time"
    " < almost never, hardly ever, very rarely, very seldom, nearly never"
    " < rarely, seldom"
    " < occasionally, now and then, once in a while, some of the time"
    " < sometimes"
    " < about half the time, half of the time, more than half of the time"
    " < fairly often, regularly"
    " < often, frequently"
    " < very often, very frequently, mostly, usually, most of the time"
    " < almost always, nearly always, nearly all the time"
    " < always, all the time, all of the time, constantly",
    "nie, niemals < fast nie, sehr selten < selten < gelegentlich < manchmal, teils-teils"
    " < regelmäßig, ziemlich oft < oft, häufig < sehr oft, sehr häufig, meistens"
    " < fast immer < immer, ständig",
    # On how many days
    "not at all < several days, some days"
    " < more than half the days, more than half of the days, most days"
    " < nearly every day, every day",
    "rarely or none of the time < some or a little of the time"
    " < occasionally or a moderate amount of the time, occasionally or a moderate amount of time"
    " < most or all of the time, all of the time",
    "überhaupt nicht < an einzelnen tagen < an mehr als der hälfte der tage"
    " < beinahe jeden tag, fast jeden tag",
    # How much
    "not at all, none, not present < very little, very slightly, slight, minimal, hardly, mild"
    " < a little, a little bit, slightly < somewhat, moderately, moderate, to some extent, partly"
    " < quite a bit, considerably, fairly, quite a lot"
    " < very much, a lot, very, severe, a great deal, strongly"
    " < extremely, completely, very severe, totally",
    "überhaupt nicht, gar nicht, nicht < kaum, sehr wenig < ein wenig, etwas, wenig"
    " < mäßig, teilweise, mittelmäßig, einigermaßen < ziemlich, überwiegend < stark, sehr"
    " < sehr stark, völlig, äußerst",
    # Whether people agree
    "strongly disagree, completely disagree, totally disagree, disagree strongly"
    " < disagree, mostly disagree, moderately disagree"
    " < slightly disagree, somewhat disagree, disagree slightly, disagree a little"
    " < neutral, neither agree nor disagree, neither, undecided, neither disagree nor agree"
    " < slightly agree, somewhat agree, agree slightly, agree a little"
    " < agree, mostly agree, moderately agree"
    " < strongly agree, completely agree, totally agree, agree strongly",
    "stimme überhaupt nicht zu, trifft überhaupt nicht zu, stimme gar nicht zu, trifft gar nicht zu"
    " < stimme nicht zu, trifft nicht zu < stimme eher nicht zu, trifft eher nicht zu"
    " < teils-teils, teils/teils, weder noch, neutral < stimme eher zu, trifft eher zu"
    " < stimme zu, trifft zu < stimme voll zu, trifft völlig zu, stimme völlig zu, trifft voll zu"
    ", stimme voll und ganz zu, trifft voll und ganz zu, trifft genau zu",
    # Whether it is true
    "not at all true, definitely false, not true at all < rarely true, mostly false, hardly true"
    " < sometimes true, somewhat true, moderately true < often true, mostly true"
    " < very true, definitely true, exactly true, true nearly all the time",
    "no < yes",
    "nein < ja",
    "false < true",
)
"""Common answers in English and German, from the least to the most."""

_NUMBER = re.compile(r"\d+")


def _rungs() -> list[dict[str, int]]:
    return [
        {
            _plain(word): rank
            for rank, rung in enumerate(ladder.split("<"))
            for word in rung.split(",")
        }
        for ladder in _LADDERS
    ]


def _plain(word: str) -> str:
    """An answer without case, remarks in brackets behind it, final points and repeated blanks."""
    bare = re.sub(r"\s*\([^()]*\)\s*$", "", word)
    return " ".join((bare or word).casefold().replace("–", "-").split()).strip(" .!")


def in_order(words: Iterable[str]) -> list[str]:
    """Common answers from the least to the most; [] where any is unknown, or two mean the same.

    Examples
    --------
    >>> in_order(["Often", "never", "Sometimes"]), in_order(["often", "blue"])
    (['never', 'Sometimes', 'Often'], [])
    """
    given = list(words)
    for rungs in _rungs():
        ranks = {word: rungs.get(_plain(word), -1) for word in given}
        if min(ranks.values(), default=-1) >= 0 and len(set(ranks.values())) == len(given):
            return sorted(given, key=lambda word: ranks[word])
    return []


def numbers_in(words: Iterable[str]) -> dict[str, int]:
    """The number within each answer, such as `A3` or `3 (often)`; {} where it tells none apart.

    Examples
    --------
    >>> numbers_in(["A1", "A3"]), numbers_in(["2 days", "2 weeks"]), numbers_in(["A1", "often"])
    ({'A1': 1, 'A3': 3}, {}, {})
    """
    found = {word: _NUMBER.findall(word) for word in words}
    if not all(len(numbers) == 1 for numbers in found.values()):
        return {}
    codes = {word: int(numbers[0]) for word, numbers in found.items()}
    if len(set(codes.values())) < len(codes):
        return {}
    return dict(sorted(codes.items(), key=lambda entry: entry[1]))


def word_codes(words: Iterable[str], allowed: ResponseRange) -> tuple[dict[str, int], str]:
    """Codes of answers in words, as far as words and range suggest them, and a doubt about it.

    Parameters
    ----------
    words : iterable of str
        The different answers found.
    allowed : ResponseRange
        Codes of the instrument.

    Returns
    -------
    tuple of (dict of str to int, str)
        ({}, "") where nothing suggests the codes.

    Examples
    --------
    >>> word_codes(["A2", "A1"], ResponseRange(minimum=0, maximum=1))[0]
    {'A1': 0, 'A2': 1}
    >>> word_codes(["often", "never"], ResponseRange(minimum=1, maximum=5))
    ({}, '')
    """
    given = list(words)
    low, high = int(allowed.minimum), int(allowed.maximum)
    numbered = numbers_in(given)
    if numbered:
        lowest, highest = min(numbered.values()), max(numbered.values())
        if low <= lowest and highest <= high:
            return numbered, "the number in each answer is taken as its code: compare with the form"
        if highest - lowest == high - low:
            moved = {word: code - lowest + low for word, code in numbered.items()}
            return moved, (
                f"the numbers in the answers go from {lowest} to {highest}, the codes of the key"
                f" from {low} to {high}: are these the same answers?"
            )
    ordered = in_order(given)
    if ordered and len(ordered) == high - low + 1 and allowed.step == 1:
        codes = {word: low + place for place, word in enumerate(ordered)}
        return codes, (
            "the codes of the words are guessed: in the order of what they mean, from the lowest"
            " code of the key. Compare with the form"
        )
    return {}, ""
