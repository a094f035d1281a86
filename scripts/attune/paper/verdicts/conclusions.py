"""The conclusions of a paper's abstract, and which of them hold.

A conclusion is a result that the abstract states: an effect in words, a coefficient, a test. The p
and the stars of a coefficient belong to its conclusion wherever they are printed, since they decide
what is concluded from it. Counts, percentages and numbers of the design are no conclusions.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import P_KINDS
from attune.paper.verdicts.computed import NOT_COMPARED
from attune.paper.verdicts.page_words import ONE_MANY, SIGNS, fails
from attune.specs.verdict_kinds import MATCHING

ABSTRACT = "abstract"
"""Beginning of the places that are part of the abstract, in lower case."""

RESULTS = (
    *("finding", "r", "r_squared", "r_squared_percent", "t", "F", "z", "chi2", "d", "g"),
    *("eta_squared", "p", "stars", "difference", "coefficient", "ci_low", "ci_high"),
)
"""Kinds of values that state a result."""

HOLDS = "holds"
RECOVERED = "recovered"
"""Words for a conclusion that real data and synthetic data give."""

_OPEN = ("?", "quiet", "not compared")

Row = dict[str, Any]


def conclusion_members(publication: Publication) -> dict[str, list[str]]:
    """The values behind each conclusion of the abstract, by the value that states it.

    Examples
    --------
    >>> r = {"id": "r", "printed": ".46", "kind": "r", "n": 26, "places": ["Abstract"]}
    >>> p = {"id": "p", "printed": "p < .05", "kind": "p", "tail": "two", "of": "r",
    ...      "places": ["Results"]}
    >>> n = {"id": "n", "printed": "26", "kind": "count", "places": ["Abstract"]}
    >>> conclusion_members(Publication(publication="a", citation="A (2000).", values=[r, p, n]))
    {'r': ['r', 'p']}
    """
    stated = {
        value.id: value
        for value in publication.values
        if value.kind in RESULTS
        and any(place.lower().startswith(ABSTRACT) for place in value.places)
    }
    members: dict[str, list[str]] = {}
    for name, value in stated.items():
        members.setdefault(value.of if value.of in stated else name, []).append(name)
    for value in publication.values:
        if value.of in members and value.kind in P_KINDS and value.id not in members[value.of]:
            members[value.of].append(value.id)
    return members


def conclusions(rows: Sequence[Row], publication: Publication) -> list[Row]:
    """Every conclusion of the abstract with its outcome; those that do not hold come first.

    Parameters
    ----------
    rows : sequence of dict
        The verdicts, ready to print (see `attune.paper.verdicts.verdict_page`).
    publication : Publication

    Returns
    -------
    list of dict
        label; values: its rows; outcome: falls, holds or open; sign, class and word; failing: its
        rows that do not match; why: the reason why it is open.
    """
    by_id = {row["id"]: row for row in rows}
    found = [
        _conclusion([by_id[name] for name in names])
        for names in conclusion_members(publication).values()
    ]
    return sorted(found, key=lambda entry: ("falls", "holds", "open").index(entry["outcome"]))


def _conclusion(values: Sequence[Row]) -> Row:
    """One conclusion: it falls with any of its values, and is open if none is compared."""
    failing = [row for row in values if fails(row)]
    matching = [row for row in values if row["verdict"] in MATCHING]
    if failing:
        sign, kind = SIGNS[failing[0]["verdict"]]
        outcome, words = "falls", f"does not hold: it {ONE_MANY[failing[0]['verdict']][0]}"
    elif matching:
        sign, kind = SIGNS[matching[0]["verdict"]]
        is_made = matching[0]["verdict"] == "recovered"
        outcome, words = "holds", RECOVERED if is_made else HOLDS
    else:
        outcome, (sign, kind, words) = "open", _OPEN
    return {
        "label": values[0]["label"],
        "values": list(values),
        "outcome": outcome,
        "sign": sign,
        "class": kind,
        "word": words,
        "failing": failing,
        "why": str(values[0]["why_text"]).removeprefix(NOT_COMPARED) if outcome == "open" else "",
    }


def conclusions_in_words(found: Sequence[Mapping[str, Any]]) -> str:
    """Which conclusions of the abstract hold, in a sentence; empty if the ledger has none.

    Examples
    --------
    >>> one = {"label": "Depression after a year", "outcome": "falls", "word": ""}
    >>> print(conclusions_in_words([one, {"label": "Anxiety", "outcome": "holds", "word": HOLDS}]))
    Of the 2 conclusions of the abstract that were compared, 1 does not hold: Depression after a \
year.
    >>> conclusions_in_words([one | {"outcome": "holds", "word": RECOVERED}] * 2)
    'All 2 conclusions of the abstract that were compared are recovered.'
    >>> conclusions_in_words([one | {"outcome": "open"}] * 2)
    'None of the 2 conclusions of the abstract could be compared.'
    """
    if not found:
        return ""
    tested = [entry for entry in found if entry["outcome"] != "open"]
    fallen = [entry["label"] for entry in tested if entry["outcome"] == "falls"]
    n_open = len(found) - len(tested)
    if not tested:
        whole = f"None of the {n_open:,} conclusions" if n_open > 1 else "The only conclusion"
        return f"{whole} of the abstract could {'' if n_open > 1 else 'not '}be compared."
    is_made = any(entry["word"] == RECOVERED for entry in tested)
    rest = f" {n_open:,} more could not be compared." if n_open else ""
    if len(tested) == 1:
        outcome = "does not hold" if fallen else "is recovered" if is_made else "holds"
        only = "The only conclusion of the abstract that was compared"
        return f"{only} {outcome}{_of(fallen)}.{rest}"
    whole = f"{len(tested):,} conclusions of the abstract that were compared"
    if not fallen:
        return f"All {whole} {'are recovered' if is_made else 'hold'}.{rest}"
    do = "does" if len(fallen) == 1 else "do"
    return f"Of the {whole}, {len(fallen):,} {do} not hold{_of(fallen)}.{rest}"


def _of(labels: Iterable[str]) -> str:
    listed = "; ".join(labels)
    return f": {listed}" if listed else ""
