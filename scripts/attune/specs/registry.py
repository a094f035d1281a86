"""The registry of scoring keys: search for a key, and remarks on a new key."""

import re
from collections.abc import Iterator, Mapping

from attune.specs.closed_model import did_you_mean
from attune.specs.errors import ConfigurationError
from attune.specs.instrument import Instrument


def search(instruments: Mapping[str, Instrument], text: str) -> dict[str, Instrument]:
    """Keys with every word of a text in their names, aliases or acronym clashes.

    Parameters
    ----------
    instruments : mapping of id to Instrument
    text : str
        Letters and digits count, capitals and signs do not: `wai-s` finds `WAIS`.
    """
    words = [_plain(word) for word in text.split()]
    return {
        name: key
        for name, key in instruments.items()
        if all(any(word in name for name in _names(key)) for word in words)
    }


def named_key(instruments: Mapping[str, Instrument], name: str) -> Instrument:
    """The key with this id, or the only key with this name.

    Raises
    ------
    ConfigurationError
        No key or more than one has this name; the message suggests the closest.
    """
    if name in instruments:
        return instruments[name]
    called = [
        key
        for key in instruments.values()
        if _plain(name) in map(_plain, [key.instrument, key.abbreviation, *key.aliases])
    ]
    if len(called) == 1:
        return called[0]
    if called:
        raise ConfigurationError(
            f"More than one instrument is called {name!r}.",
            [f"{key.instrument}: {key.name}" for key in called],
        )
    known = {alias: key for key in instruments.values() for alias in key.aliases}
    known |= {key.abbreviation: key for key in instruments.values()} | dict(instruments)
    by_plain = {_plain(alias): key.instrument for alias, key in known.items()}
    hint = did_you_mean(_plain(name), list(by_plain))
    close = re.fullmatch(r"Did you mean '(.*)'\?", hint)
    raise ConfigurationError(
        f"There is no instrument {name!r}.",
        [
            f"Did you mean {by_plain[close[1]]!r}?" if close else "`attune instruments` lists all.",
        ],
    )


def key_remarks(key: Instrument, others: Mapping[str, Instrument]) -> list[str]:
    """Remarks on parts of a valid key that may be unintended, one sentence each.

    Parameters
    ----------
    key : Instrument
        A lab's own key.
    others : mapping of id to Instrument
        The other keys of the registry.
    """
    return [
        *_unscored(key),
        *(
            f"look_alikes names {name!r}, which is not an instrument."
            f" {did_you_mean(name, [*others])}"
            for name in key.look_alikes
            if name not in others
        ),
        *_shared_names(key, others),
    ]


def _unscored(key: Instrument) -> Iterator[str]:
    scored = {item for scale in key.scales for item in key.items_of(scale)}
    never = sorted(set(range(1, key.n_items + 1)) - scored)
    if never:
        yield f"no scale uses the items {', '.join(map(str, never))}"
    idle = sorted(set(key.reverse) - scored)
    if idle:
        yield f"the reversed items {', '.join(map(str, idle))} are in no scale"


def _shared_names(key: Instrument, others: Mapping[str, Instrument]) -> Iterator[str]:
    mine = {_plain(other_name): other_name for other_name in [key.abbreviation, *key.aliases]}
    for name, other in others.items():
        if name in key.look_alikes:
            continue
        theirs = map(_plain, [name, other.abbreviation, *other.aliases])
        shared = sorted({mine[their] for their in theirs if their in mine})
        if shared:
            yield (
                f"{name} ({other.name}) is called {', '.join(shared)} as well; if files may mix"
                f" them up, add `look_alikes: [{name}]`"
            )


def _names(key: Instrument) -> list[str]:
    names = [
        key.instrument,
        key.abbreviation,
        key.name,
        *key.aliases,
        *key.editions,
        *key.acronym_clashes,
    ]
    return [_plain(name) for name in names]


def _plain(text: str) -> str:
    """Letters and digits only, in lower case."""
    return re.sub(r"[\W_]", "", text).casefold()
