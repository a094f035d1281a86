"""Candidate keyings of a scale: the declared key and common departures from it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from attune.specs.instrument import Instrument

Missing = Literal["declared", "complete", "prorate", "answered"]


@dataclass(frozen=True)
class KeyedItems:
    """Which items are counted, and which of them are reversed.

    Attributes
    ----------
    items : tuple of int
        Numbers of the columns that are counted.
    reversed : frozenset of int
        Those counted from the other end.
    words : tuple of str
        How that departs from the declared key; empty where it does not.
    """

    items: tuple[int, ...]
    reversed: frozenset[int]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Keying:
    """One way of scoring a scale.

    Attributes
    ----------
    keyed : KeyedItems
    code_shift : int
        What was added to the instrument's codes: -1 where the lowest code 1 counted as 0.
    aggregation : {"sum", "mean"}
    missing : {"declared", "complete", "prorate", "answered"}
        declared: the rule of the instrument; the others as in an instrument, for any share.
    words : tuple of str
        How the keying departs from the declared one; empty for the declared one itself.
    """

    keyed: KeyedItems
    code_shift: int
    aggregation: Literal["sum", "mean"]
    missing: Missing
    words: tuple[str, ...]

    def in_words(self) -> str:
        """The keying as the end of a sentence that begins with "reproduced".

        Examples
        --------
        >>> items = KeyedItems((1, 2), frozenset(), ("item 3 is left out", "nothing is reversed"))
        >>> Keying(items, 0, "sum", "declared", items.words).in_words()
        'if item 3 is left out and nothing is reversed'
        """
        if not self.words:
            return "by the key as it is declared"
        *first, last = self.words
        return f"if {', '.join(first)} and {last}" if first else f"if {last}"


def keyed_item_sets(instrument: Instrument, scale: str) -> list[KeyedItems]:
    """Item sets with reversals that are tried, those with fewer departures from the key first.

    The declared items, one of them left out, one item of the instrument added, or all taken from
    the next or previous column; with the declared reversals, none, all, or one item changed; and
    the declared items with any two changed.
    """
    items = tuple(instrument.items_of(scale))
    item_sets: dict[tuple[tuple[int, ...], frozenset[int]], KeyedItems] = {}
    for chosen, departures in _subsets(items, instrument.n_items):
        declared = frozenset(chosen) & frozenset(instrument.reverse)
        if departures and departures[0].startswith("the columns"):
            # Numbers off by one move the reversals, too.
            step = chosen[0] - items[0]
            declared = frozenset(i + step for i in items if i in instrument.reverse)
        options = list(_reversals(chosen, declared))
        if not departures:
            options += [
                (
                    declared ^ {one, two},
                    (_reversal(one, declared), _reversal(two, declared)),
                )
                for one, two in combinations(chosen, 2)
            ]
        for reversals, how in options:
            item_sets.setdefault(
                (tuple(sorted(chosen)), reversals),
                KeyedItems(chosen, reversals, (*departures, *how)),
            )
    return sorted(item_sets.values(), key=lambda keyed: len(keyed.words))


def _subsets(
    items: tuple[int, ...], n_items: int
) -> Iterator[tuple[tuple[int, ...], tuple[str, ...]]]:
    yield items, ()
    if len(items) > 2:
        for left_out in items:
            rest = tuple(item for item in items if item != left_out)
            yield rest, (f"item {left_out} is left out",)
    for added in range(1, n_items + 1):
        if added not in items:
            yield (*items, added), (f"item {added} is added",)
    for step, where in ((1, "next"), (-1, "previous")):
        moved = tuple(item + step for item in items)
        if all(1 <= item <= n_items for item in moved):
            yield moved, (f"the columns of the {where} items are taken",)


def _reversals(
    items: Sequence[int], declared: frozenset[int]
) -> Iterator[tuple[frozenset[int], tuple[str, ...]]]:
    yield declared, ()
    yield frozenset(), ("nothing is reversed",)
    yield frozenset(items), ("every item is reversed",)
    for item in items:
        yield declared ^ {item}, (_reversal(item, declared),)


def _reversal(item: int, declared: frozenset[int]) -> str:
    return f"item {item} is {'not ' if item in declared else ''}reversed"


def variants(
    instrument: Instrument, scale: str, any_missing: bool
) -> Iterator[tuple[int, Literal["sum", "mean"], Missing, tuple[str, ...]]]:
    """Shifts of the codes, sum or mean, and missing rules, each with its departures in words."""
    declared = instrument.scales[scale].aggregation
    low = instrument.response.minimum
    shifts: list[tuple[int, tuple[str, ...]]] = [(0, ())]
    shifts += [
        (step, (f"the lowest answer counts {low + step} instead of {low}",)) for step in (-1, 1)
    ]
    forms: dict[Literal["sum", "mean"], tuple[str, ...]] = {
        "sum": ("the items are added up instead of averaged",),
        "mean": ("the items are averaged instead of added up",),
    }
    rules: dict[Missing, tuple[str, ...]] = {"declared": ()}
    if any_missing:
        rules |= {
            "complete": ("only complete questionnaires have a score",),
            "prorate": ("the mean of the answered items replaces missing ones",),
            "answered": ("missing items are skipped",),
        }
    for shift, shift_words in shifts:
        for form, form_words in forms.items():
            for rule, rule_words in rules.items():
                changed = () if form == declared else form_words
                yield shift, form, rule, (*shift_words, *changed, *rule_words)
