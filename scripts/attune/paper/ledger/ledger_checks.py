"""Problems of a ledger as a whole: ids, values that belong to each other, and relations."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from attune.paper.ledger.printed_value import PrintedValue, is_number
from attune.paper.ledger.relations import Relations
from attune.paper.ledger.value_checks import OF_KINDS, value_problems
from attune.specs.closed_model import did_you_mean

MOST_VALUES = 5_000
"""A paper prints a few hundred numbers; a longer list is a file of data."""

_SUGGESTED = 30
"""Unknown names that get a "did you mean"; searching for similar names takes time."""


def too_many(n_values: int) -> str:
    """The problem of a ledger with too many values."""
    return (
        f"found {n_values:,} values, at most {MOST_VALUES:,} are read. A ledger holds what one"
        " paper prints. Leave out tables of raw data, or write one ledger per paper"
    )


def all_problems(
    values: Sequence[PrintedValue], relations: Relations, others: Collection[str] = ()
) -> list[str]:
    """Everything that is wrong with the values and the relations of a ledger.

    Parameters
    ----------
    values : sequence of PrintedValue
    relations : Relations
    others : collection of str, optional
        Ids of further values, whose entries cannot be read.

    Returns
    -------
    list of str
        One sentence per problem.
    """
    by_id = {value.id: value for value in values}
    twice = sorted(name for name, count in Counter(v.id for v in values).items() if count > 1)
    return [
        *(f"values: the id {name!r} occurs more than once" for name in twice),
        *_unknown_ids(values, relations, [*by_id, *others]),
        *(problem for value in values for problem in value_problems(value)),
        *_owner_problems(values, by_id),
        *_tails_of_one_value(values),
        *_unbound(values),
        *_relation_problems(relations, by_id),
    ]


def source_problems(
    places_of_sources: Sequence[Collection[str]], places_of_values: Iterable[str]
) -> list[str]:
    """Places that a source names and no value has, and places that two sources claim.

    Parameters
    ----------
    places_of_sources : sequence of collections of str
        The places of each source, in the order of the ledger.
    places_of_values : iterable of str

    Returns
    -------
    list of str
        One sentence per problem.

    Examples
    --------
    >>> source_problems([["Table 1"], ["Table 1"]], ["Table 1"])
    ["sources.1.places: 'Table 1' is a place of sources.0, too. Give each place to one source."]
    """
    used = list(dict.fromkeys(places_of_values))
    problems: list[str] = []
    claimed: dict[str, int] = {}
    for number, places in enumerate(places_of_sources):
        for place in places:
            if place in claimed:
                problems.append(
                    f"sources.{number}.places: {place!r} is a place of sources.{claimed[place]},"
                    " too. Give each place to one source."
                )
            elif place not in used:
                hint = did_you_mean(place, used)
                problems.append(
                    f"sources.{number}.places: no value has the place {place!r}. {hint}"
                )
            claimed.setdefault(place, number)
    return problems


def _unknown_ids(
    values: Sequence[PrintedValue], relations: Relations, known: Sequence[str]
) -> Iterator[str]:
    named = [(f"{value.id}: of", value.of) for value in values if value.of]
    named += list(relations.values_named())
    ids = set(known)
    unknown = [(place, name) for place, name in named if name not in ids]
    for number, (place, name) in enumerate(unknown):
        similar = similar_name(name, known, number)
        yield f"{place}: {name!r} is not a printed value. {similar}".strip()


def similar_name(name: str, known: Sequence[str], number: int) -> str:
    """A hint at the most similar name; the list of all ids would be too long."""
    if number >= _SUGGESTED:
        return ""
    hint = did_you_mean(name, known)
    return hint if hint.startswith("Did") else "No name resembles it."


def _owner_problems(
    values: Sequence[PrintedValue], by_id: Mapping[str, PrintedValue]
) -> Iterator[str]:
    """`of` must name a value of a fitting kind, with the n that the check needs."""
    has_df = {value.of for value in values if value.kind == "df"}
    without_n = []
    for value in values:
        owner = by_id.get(value.of or "")
        if owner is None or value.kind not in OF_KINDS:
            continue
        if owner is value:
            yield f"{value.id}: of names the value itself."
        elif owner.kind not in OF_KINDS[value.kind]:
            allowed = ", ".join(OF_KINDS[value.kind])
            yield (
                f"{value.id}: of names {owner.id!r}, which is of kind {owner.kind!r}; a value of"
                f" kind {value.kind!r} can belong to {allowed}."
            )
        elif (
            value.kind in ("p", "stars")
            and owner.kind in ("r", "t")
            and value.n is None
            and owner.n is None
            and owner.id not in has_df
        ):
            without_n.append((owner, value))
    for owner, value in {owner.id: (owner, value) for owner, value in without_n}.values():
        yield (
            f"{owner.id}: n is missing. {value.id!r} is checked against it, which needs the number"
            " of cases that the paper states, such as n: 26."
        )


def _tails_of_one_value(values: Sequence[PrintedValue]) -> Iterator[str]:
    """All p and stars of one value must have the same tail and direction."""
    first: dict[str, PrintedValue] = {}
    for value in values:
        if value.of is None or value.kind not in ("p", "stars") or value.tail is None:
            continue
        other = first.setdefault(value.of, value)
        if (other.tail, other.direction) != (value.tail, value.direction):
            yield (
                f"{value.id}: {_tail(value)}, but {other.id!r} of the same {value.of!r} is"
                f" {_tail(other)}. Give both what the paper declares."
            )


def _tail(value: PrintedValue) -> str:
    return f"{value.tail}-tailed" + (f" and {value.direction}" if value.direction else "")


def _unbound(values: Sequence[PrintedValue]) -> Iterator[str]:
    """Values with neither statistic nor reason, in a ledger where others name a statistic."""
    if not any(value.statistic for value in values):
        return
    for value in values:
        if not value.statistic and not value.why_unbound:
            yield (
                f"{value.id}: it has neither 'statistic' nor 'quoted'. Name the statistic that"
                " should give it, or say in 'quoted' why no data could, in 'not_asked' why the"
                " study did not compute it."
            )


def _relation_problems(relations: Relations, by_id: Mapping[str, PrintedValue]) -> Iterator[str]:
    for place, name, kinds in relations.kinds_expected():
        value = by_id.get(name)
        if value is not None and value.kind not in kinds:
            allowed = " or ".join(kinds)
            yield f"{place}: {name!r} is of kind {value.kind!r}, expected {allowed}."
    for number, limits in enumerate(relations.range):
        lowest, highest = limits.lowest, limits.highest
        if not lowest or not highest or not is_number(lowest) or not is_number(highest):
            continue
        if Fraction(lowest) > Fraction(highest):
            yield (
                f"relations.range.{number}: the limit 'lowest' is {lowest}, above 'highest',"
                f" {highest}. Swap the two."
            )
