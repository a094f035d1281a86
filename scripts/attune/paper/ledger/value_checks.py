"""Problems of single ledger entries: impossible numbers, contradictory tails."""

import re
from collections.abc import Iterator
from fractions import Fraction

from attune.paper.ledger.printed_value import NO_STAR, PrintedValue

OF_KINDS: dict[str, tuple[str, ...]] = {
    "p": ("r", "t", "F", "d", "mean", "coefficient", "count", "percent"),
    "stars": ("r", "t", "F", "d", "mean", "coefficient", "count", "percent"),
    "df": ("t", "F", "r"),
    "r_squared": ("r",),
    "r_squared_percent": ("r",),
}
"""Kinds whose `of` names another value, and the kinds that this value may be of."""

_POSSIBLE: dict[str, tuple[int, int | None]] = {
    "r": (-1, 1),
    "r_squared": (0, 1),
    "r_squared_percent": (0, 100),
    "p": (0, 1),
    "percent": (0, 100),
    "sd": (0, None),
    "F": (0, None),
    "df": (0, None),
    "count": (0, None),
    "alpha": (-1, 1),
}
"""Kind -> smallest and largest number that can be printed."""

_CHECK = "Check the digits against the paper."
_STARS = re.compile(r"^[*†‡+a-z]{1,4}$")


def value_problems(value: PrintedValue) -> Iterator[str]:
    """Problems of one printed value, taken by itself.

    Parameters
    ----------
    value : PrintedValue

    Yields
    ------
    str
        One sentence per problem: the id, what was found, what is allowed, what to do.
    """
    for problem in (
        *_text_problems(value),
        *_number_problems(value),
        *_bound_problems(value),
        *_tail_problems(value),
        *_finding_problems(value),
        *_binding_problems(value),
    ):
        yield f"{value.id}: {problem}"


def _text_problems(value: PrintedValue) -> Iterator[str]:
    """The text must hold digits, a bound, or words with given bounds."""
    printed = value.printed.strip()
    if value.kind == "stars":
        if printed.lower() != NO_STAR and not _STARS.match(printed):
            yield f'stars are printed as marks such as "*", or as {NO_STAR!r}, found {printed!r}.'
        if value.below is None and value.at_least is None:
            yield (
                "stars need the key 'below' (or 'at_least' for \"no star\"): the level that the"
                " note of the table gives them, in quotes."
            )
        return
    reading = value.reading
    legible = reading.number is not None or reading.stated_bound is not None
    if value.kind == "finding":
        if legible:
            yield (
                f"a finding is printed in words, found {printed!r}. Give a printed number the kind"
                " that it is of, such as p."
            )
        return
    if value.kind == "p":
        legible = legible or reading.is_bound
    if not legible:
        yield (
            f"found {printed!r}, which is neither a number nor a bound such as"
            ' "p < .05". One value holds one number; a range is two values, a minimum and a'
            " maximum."
        )


def _number_problems(value: PrintedValue) -> Iterator[str]:
    printed = value.reading.number
    if printed is None or value.kind not in _POSSIBLE:
        return
    lowest, highest = _POSSIBLE[value.kind]
    number = Fraction(printed.value)
    if number < lowest or (highest is not None and number > highest):
        allowed = f"from {lowest} up" if highest is None else f"from {lowest} to {highest}"
        yield f"found {value.printed!r}, but {_kind(value)} lies {allowed}. {_CHECK}"
    if value.kind == "count" and number.denominator != 1:
        yield f"found {value.printed!r}, but a count is a whole number. {_CHECK}"


def _bound_problems(value: PrintedValue) -> Iterator[str]:
    given = {"below": value.below, "at_least": value.at_least}
    bounded = {side: number for side, number in given.items() if number is not None}
    if bounded and value.kind == "finding":
        keys = " and ".join(map(repr, bounded))
        yield f"the bound of a finding is the paper's 'level'. Remove {keys}."
        return
    if bounded and value.reading.number is not None:
        keys = " and ".join(map(repr, bounded))
        yield f"{value.printed!r} is printed in digits, so it does not need {keys}. Remove it."
    stated = value.reading.stated_bound
    if stated and bounded:
        side, digits = stated.side, stated.digits
        if side not in bounded or Fraction(bounded[side]) != Fraction(digits):
            keys = ", ".join(f"{key}: {text!r}" for key, text in bounded.items())
            yield (
                f"the printed text {value.printed!r} contradicts {keys}. Write"
                f' {side}: "{digits}", or correct the text.'
            )
    if len(bounded) == 2 and Fraction(bounded["at_least"]) >= Fraction(bounded["below"]):
        yield (f"at_least {bounded['at_least']!r} must be smaller than below {bounded['below']!r}.")
    if value.kind in ("p", "stars"):
        wrong = [text for text in bounded.values() if not 0 <= Fraction(text) <= 1]
        if wrong:
            yield f"found the level {wrong[0]!r}, but a p lies between 0 and 1. {_CHECK}"


def _tail_problems(value: PrintedValue) -> Iterator[str]:
    if value.kind not in ("p", "stars"):
        keys = ("tail",) if value.kind == "finding" else ("tail", "direction")
        for key in keys:
            if getattr(value, key) is not None:
                yield f"the key {key!r} is for p and stars; this value is of kind {value.kind!r}."
        return
    if value.tail == "two" and value.direction is not None:
        yield (
            f"it is two-tailed and has the direction {value.direction!r}; two tails have none."
            " Remove the direction, or write tail: one."
        )
    if value.tail == "one" and value.direction is None:
        yield (
            "it is one-tailed, but no direction is given. Write the sign that the paper predicted,"
            " direction: positive or negative."
        )
    if value.tail is None and value.direction is not None:
        yield f"it has the direction {value.direction!r} but no tail. Write tail: one."
    fields = {"one": "p_one_tailed", "two": "p_two_tailed"}
    if value.statistic and value.tail and value.field != fields[value.tail]:
        yield (
            f"tail {value.tail!r} contradicts field {value.field!r}; a {value.tail}-tailed p is"
            f" field: {fields[value.tail]}."
        )


def _finding_problems(value: PrintedValue) -> Iterator[str]:
    """A finding says whether there is an effect, and is compared with a p."""
    if value.kind != "finding":
        if value.significant is not None:
            yield (f"the key 'significant' is for findings; this value is of kind {value.kind!r}.")
        return
    if value.significant is None:
        yield (
            "a finding needs the key 'significant': true if the words state an effect, false if"
            " they state that there is none."
        )
    if value.significant is False and value.direction is not None:
        yield (
            f"it states that there is no effect, and has the direction {value.direction!r}. Remove"
            " the direction."
        )
    if value.statistic and value.field not in ("p_two_tailed", "p_one_tailed"):
        yield (
            "a finding is compared with a p; write field: p_two_tailed (or p_one_tailed), found"
            f" {value.field!r}."
        )


def _binding_problems(value: PrintedValue) -> Iterator[str]:
    if value.statistic and value.quoted:
        yield (
            "it has both 'statistic' and 'quoted'. Keep the statistic that should give it, or say"
            " why no data could."
        )
    if value.of and value.kind not in OF_KINDS:
        kinds = ", ".join(OF_KINDS)
        yield f"the key 'of' is for {kinds}; this value is of kind {value.kind!r}."
    if value.kind == "df" and value.statistic and value.field not in ("df", "estimate"):
        yield f"degrees of freedom have field: df, found {value.field!r}."


def _kind(value: PrintedValue) -> str:
    names = {
        "sd": "an SD",
        "r": "an r",
        "r_squared": "a squared r",
        "r_squared_percent": "a share of variance",
        "alpha": "an alpha",
        "df": "a number of degrees of freedom",
        "F": "an F",
    }
    return names.get(value.kind, f"a {value.kind}")
