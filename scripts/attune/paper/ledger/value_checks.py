"""Problems of single ledger entries: illegible numbers, contradictory bounds and tails.

Impossible numbers are no problem of the ledger: the check `possible_number` reports them.
"""

import re
from collections.abc import Iterator
from fractions import Fraction

from attune.paper.ledger.printed_value import NO_STAR, PrintedValue

_TESTED = (
    *(
        "r",
        "t",
        "F",
        "z",
        "chi2",
        "d",
        "g",
        "mean",
        "difference",
        "coefficient",
        "count",
        "percent",
    ),
)
_ESTIMATES = ("mean", "difference", "coefficient")

OF_KINDS: dict[str, tuple[str, ...]] = {
    "p": _TESTED,
    "stars": _TESTED,
    "df": ("t", "F", "chi2", "r"),
    "r_squared": ("r",),
    "r_squared_percent": ("r",),
    "t": _ESTIMATES,
    "z": _ESTIMATES,
    "se": _ESTIMATES,
    "sd": ("mean",),
    "ci_low": (*_ESTIMATES, "r", "d", "g"),
    "ci_high": (*_ESTIMATES, "r", "d", "g"),
    "eta_squared": ("F",),
}
"""Kinds whose `of` names another value, and the kinds that this value may be of."""

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
    if reading.is_ambiguous:
        yield (
            f"found {printed!r}, in which the comma may be a decimal comma or separate thousands."
            " Say which the paper uses: decimal_mark: comma or decimal_mark: point at the top of"
            " the file."
        )
        return
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
        if value.direction_assumed:
            yield f"the key 'direction_assumed' is for findings, and its kind is {value.kind!r}."
        return
    if value.significant is None:
        yield (
            "a finding needs the key 'significant': true if the words state an effect, false if"
            " they state that there is none."
        )
    if value.direction_assumed and value.direction is None:
        yield (
            "direction_assumed says that the direction is assumed, and none is given. Write"
            " direction: positive or negative, or remove direction_assumed."
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
    if value.contrast and value.kind != "finding":
        yield (f"only a finding has the key 'contrast', and its kind is {value.kind!r}. Remove it.")
    if value.statistic and value.why_unbound:
        key = "quoted" if value.quoted else "not_asked"
        yield (
            f"it has both 'statistic' and '{key}'. Keep the statistic that should give it, or say"
            f" why {'no data could' if value.quoted else 'the study did not compute it'}."
        )
    if value.quoted and value.not_asked:
        yield (
            "it has both 'quoted' and 'not_asked'. Keep 'not_asked' where the data could give it,"
            " 'quoted' where they could not."
        )
    if value.of and value.kind not in OF_KINDS:
        kinds = ", ".join(OF_KINDS)
        yield f"the key 'of' is for {kinds}; this value is of kind {value.kind!r}."
    if value.covariates is not None and value.kind != "r":
        yield f"the key 'covariates' is for r; this value is of kind {value.kind!r}."
    if value.kind == "df" and value.statistic and value.field not in ("df", "estimate"):
        yield f"degrees of freedom have field: df, found {value.field!r}."
