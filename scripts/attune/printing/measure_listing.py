"""Numbers of measures in a series: the occasions of one measure together, equal numbers once."""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from attune.printing.text import Text
from attune.printing.wording import Wording, listing, occasion_listing

_WHEN = re.compile(r"(?P<measure>.+) (?P<when>(?:at|after|before) [^,;()]+)")
"""A measure with its occasion, such as `the CES-D at 6 months`."""

Numbered = tuple[str, Text | str]
"""Id of a statistic, and the name of its measure."""

Show = Callable[[Sequence[str], bool], str]
"""Prints the number that some statistics share; whether it is the first of the series."""


def estimates_of(wording: Wording, numbered: Iterable[Numbered]) -> str:
    """Estimates of measures, equal ones of a measure once; the first has its symbol."""

    def show(names: Sequence[str], is_first: bool) -> str:
        return wording.same_number(names, "result" if is_first else "estimate")

    def printed(name: str) -> object:
        row = wording.printed.row(name)
        return row and row["estimate"]

    return by_measure(numbered, show, equal=printed)


def counts_of(wording: Wording, numbered: Iterable[Numbered]) -> str:
    """Counts of measures, each with the number of people that it is of."""

    def show(names: Sequence[str], _: bool) -> str:
        return f"{wording.stat(names[0], 'estimate')} of {wording.stat(names[0], 'n')}"

    return by_measure(numbered, show)


def by_measure(
    numbered: Iterable[Numbered], show: Show, equal: Callable[[str], object] = lambda name: name
) -> str:
    """Numbers with the measures that they are of.

    Parameters
    ----------
    numbered : iterable of (str, str)
        Id of the statistic and the measure as the noun of a sentence, in their order. A measure
        that ends with its occasion shares a phrase with its other occasions.
    show : callable
        Ids of statistics with equal numbers, whether they begin the series -> the number.
    equal : callable, optional
        Id -> what is the same for statistics that print the same number; default: nothing is.

    Examples
    --------
    >>> entries = [("a", "calm at baseline"), ("b", "calm at month 6"), ("c", "calm at month 12")]
    >>> def show(names, first):
    ...     return ("α = " if first else "") + ".9" + "-".join(names)
    >>> by_measure(entries, show)
    'α = .9a for calm at baseline, .9b at month 6, and .9c at month 12'
    >>> by_measure([*entries, ("d", "rest after training")], show, equal=lambda name: name == "a")
    'α = .9a for calm at baseline, and .9b-c at months 6 and 12; and .9d for rest after training'
    >>> by_measure([("a", "calm"), ("b", "rest"), ("c", "trust")], show)
    'α = .9a for calm, .9b for rest, and .9c for trust'
    """
    phrases: list[str] = []
    for measure, entries in _measures([(name, str(label)) for name, label in numbered]):
        parts = []
        for is_first, names, when in _values(entries, equal):
            number = show(names, not phrases and is_first)
            parts.append(
                f"{number} for {measure} {when}".strip() if is_first else f"{number} {when}"
            )
        phrases.append(_series(parts))
    is_long = any("," in phrase or " and " in phrase for phrase in phrases)
    if len(phrases) == 2 and is_long:
        return f"{phrases[0]}; and {phrases[1]}"
    return listing(phrases, ";" if is_long else ",")


def _measures(numbered: list[tuple[str, str]]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Measures, each with its ids and occasions; one occasion stays in the name of its measure."""
    groups = []
    for (measure, has_occasion), group in groupby(numbered, key=lambda entry: _key(entry[1])):
        entries = list(group)
        if has_occasion and len(entries) > 1:
            groups.append((measure, [(name, _split(label)[1]) for name, label in entries]))
        else:
            groups += [(label, [(name, "")]) for name, label in entries]
    return groups


def _key(label: str) -> tuple[str, bool]:
    measure, when = _split(label)
    return measure, bool(when)


def _split(label: str) -> tuple[str, str]:
    found = _WHEN.fullmatch(label)
    return (found["measure"], found["when"]) if found else (label, "")


def _values(
    entries: Sequence[tuple[str, str]], equal: Callable[[str], object]
) -> list[tuple[bool, list[str], str]]:
    """Ids of equal numbers with their occasions, and whether they are the first."""
    groups: dict[object, list[tuple[str, str]]] = {}
    for entry in entries:
        groups.setdefault(equal(entry[0]), []).append(entry)
    return [
        (not place, [name for name, _ in group], occasion_listing(when for _, when in group))
        for place, group in enumerate(groups.values())
    ]


def _series(parts: Sequence[str]) -> str:
    """A series with a comma before its last "and" where a part has an "and" of its own."""
    if len(parts) == 2 and any(" and " in part for part in parts):
        return f"{parts[0]}, and {parts[1]}"
    return listing(parts)
