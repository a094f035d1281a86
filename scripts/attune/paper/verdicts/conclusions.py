"""The conclusions of a paper's abstract, and which of them hold.

A conclusion is a result that the abstract states: an effect in words, a coefficient, a test. The p
and the stars of a coefficient belong to its conclusion wherever they are printed, since they decide
what is concluded from it. Counts, percentages and numbers of the design are not conclusions.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import P_KINDS, PrintedValue
from attune.paper.verdicts.page_words import SIGNS, fails
from attune.specs.verdict_kinds import MATCHING

ABSTRACT = "abstract"
"""Beginning of the places that are part of the abstract, in lower case."""

RESULTS = (
    *("finding", "r", "r_squared", "r_squared_percent", "t", "F", "z", "chi2", "d", "g"),
    *("eta_squared", "p", "stars", "difference", "coefficient", "ci_low", "ci_high"),
)
"""Kinds of values that state a result."""

OUTCOMES: dict[str, tuple[str, str]] = {
    "holds": ("holds", "hold"),
    "recovered": (
        "is recovered from synthetic data, which cannot confirm it",
        "are recovered from synthetic data, which cannot confirm them",
    ),
    "contradicted": (
        "is incompatible with the paper's other numbers",
        "are incompatible with the paper's other numbers",
    ),
    "falls": ("does not hold", "do not hold"),
    "not_recovered": ("is not recovered", "are not recovered"),
    "not_shown": ("is not shown by these data", "are not shown by these data"),
    "not_significant": (
        "reports or implies no significant effect, and these data show none either",
        "report or imply no significant effect, and these data show none either",
    ),
    "not_computable": ("is not computable", "are not computable"),
    "not_asked": (
        "was left untested by this study, although data for it exist",
        "were left untested by this study, although data for them exist",
    ),
    "not_compared": ("was not compared", "were not compared"),
}
"""Outcome of a conclusion -> the words for one and for many conclusions."""

FIRST = (
    *("contradicted", "falls", "not_recovered", "not_shown", "holds", "recovered"),
    "not_significant",
)
"""Order of the outcomes in the table of conclusions; the others follow."""

WORDS = {
    "recovered": "recovered",
    "contradicted": "incompatible with the paper's other numbers",
    "not_recovered": "not recovered",
    "not_shown": "not shown by these data",
    "not_significant": "not significant here either",
    "not_computable": "not computable",
    "not_asked": "not asked by this study",
    "not_compared": "not compared",
}
"""Outcome -> its words in the table, where they differ from those of the headline."""

OTHER_DATA = "different_data"
"""Reason code of a value that other data than the paper's do not give."""

NOT_ASKED = "not_asked"
"""Reason code of a value that the data hold and the study did not ask for."""

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


def conclusions_compared(publication: Publication) -> tuple[int, int]:
    """How many conclusions of the abstract have a value with a declared statistic, of how many.

    Examples
    --------
    >>> r = {"id": "r", "printed": ".46", "kind": "r", "n": 26, "places": ["Abstract"]}
    >>> conclusions_compared(Publication(publication="a", citation="A (2000).", values=[r]))
    (0, 1)
    """
    members = conclusion_members(publication).values()
    compared = [any(publication.value(name).statistic for name in names) for names in members]
    return sum(compared), len(compared)


def conclusions(
    rows: Sequence[Row], publication: Publication, *, synthetic: bool = False
) -> list[Row]:
    """Every conclusion of the abstract with its outcome; those that do not hold come first.

    Parameters
    ----------
    rows : sequence of dict
        The verdicts, ready to print (see `attune.paper.verdicts.verdict_page`).
    publication : Publication
    synthetic : bool, optional
        Whether the data are synthetic, which can neither confirm nor refute a conclusion.

    Returns
    -------
    list of dict
        label: the conclusion in words; values: its rows; outcome: a key of `OUTCOMES`; sign, class
        and word; qualifier: what of it was compared, where that is not all of it; failing: its rows
        that do not match; why: the reason why it was not compared.
    """
    by_id = {row["id"]: row for row in rows}
    found = [
        _conclusion(publication.value(name), [by_id[member] for member in members], synthetic)
        | _failing_coefficient(publication.value(name), by_id)
        for name, members in conclusion_members(publication).items()
    ]
    order = [*FIRST, *(name for name in OUTCOMES if name not in FIRST)]
    return sorted(found, key=lambda entry: order.index(entry["outcome"]))


def _conclusion(stated: PrintedValue, values: Sequence[Row], synthetic: bool) -> Row:
    failing = [row for row in values if fails(row)]
    matching = [row for row in values if row["verdict"] in MATCHING]
    decisive = [*failing, *matching, *values][0]
    outcome = _outcome(stated, values, synthetic)
    sign, kind = SIGNS[decisive["verdict"]]
    if outcome == "not_shown":
        sign, kind = "?", "warning"
    why = values[0]["why_text"] if outcome in ("not_asked", "not_compared") else ""
    return {
        "label": stated.conclusion or stated.title,
        "values": list(values),
        "outcome": outcome,
        "sign": sign,
        "class": kind,
        "word": WORDS.get(outcome, OUTCOMES[outcome][0]),
        "failing": failing,
        "why": why,
    }


def _failing_coefficient(stated: PrintedValue, by_id: Mapping[str, Row]) -> Row:
    """What of a conclusion without an effect was compared, where its printed coefficient fails.

    `coefficient` says how it fails: "impossible", "differs", or "" where it does not.
    """
    row = by_id.get(stated.of or "")
    if row is None or not stated.states_no_effect or not fails(row):
        return {"coefficient": "", "qualifier": ""}
    impossible = row["verdict"] == "not_recoverable"
    how = "cannot hold" if impossible else "does not match"
    return {
        "coefficient": "impossible" if impossible else "differs",
        "qualifier": f"the absence of significance only; the printed coefficient {how}",
    }


def _outcome(stated: PrintedValue, values: Sequence[Row], synthetic: bool) -> str:
    """The outcome of a conclusion: it falls with any of its values.

    Other data than the paper's, such as a part of its patients, cannot refute it: where that is the
    accepted reason of every value that does not match, the conclusion is not shown by these data.
    A p above the level does not show that there is no effect: of a conclusion that states none, the
    absence of significance is all that data can have in common with it.
    """
    failing = [row for row in values if fails(row)]
    if not failing and not any(row["verdict"] in MATCHING for row in values):
        is_open = all(row["reason"] == NOT_ASKED for row in values)
        return "not_asked" if is_open else "not_compared"
    if not failing and stated.states_no_effect:
        return "not_significant"
    if not failing:
        return "recovered" if synthetic else "holds"
    if any(row["verdict"] == "not_recoverable" for row in failing):
        return "contradicted"
    if all(row["verdict"] == "not_computable" for row in failing):
        return "not_computable"
    if synthetic:
        return "not_recovered"
    if all(row["accepted"] and row["reason"] == OTHER_DATA for row in failing):
        return "not_shown"
    return "falls"


def conclusions_in_words(found: Sequence[Mapping[str, Any]]) -> str:
    """How many conclusions of the abstract hold, in a sentence; empty if the ledger has none.

    Examples
    --------
    >>> outcomes = ("holds", "not_shown", "not_compared", "not_asked")
    >>> print(conclusions_in_words([{"outcome": outcome} for outcome in outcomes]))
    Of the 4 conclusions of the abstract, 1 holds; 1 is not shown by these data; 1 was left \
untested by this study, although data for it exist; 1 was not compared.
    >>> doubted = {"outcome": "holds", "qualifier": "in a model that the data reject"}
    >>> print(conclusions_in_words([doubted, {"outcome": "holds"}, {"outcome": "falls"}]))
    Of the 3 conclusions of the abstract, 2 hold (1 of them with a reservation); 1 does not hold.
    >>> print(conclusions_in_words([{"outcome": "recovered"}] * 2))
    Both conclusions of the abstract are recovered from synthetic data, which cannot confirm them.
    >>> print(conclusions_in_words([{"outcome": "not_compared"}] * 2))
    Neither conclusion of the abstract could be compared with these data.
    >>> print(conclusions_in_words([{"outcome": "not_compared"}] * 3))
    None of the 3 conclusions of the abstract could be compared with these data.
    """
    if not found:
        return ""
    counts = Counter(entry["outcome"] for entry in found)
    n = len(found)
    if counts["not_compared"] == n and n > 1:
        which = "Neither conclusion" if n == 2 else f"None of the {n:,} conclusions"
        return f"{which} of the abstract could be compared with these data."
    doubted = Counter(entry["outcome"] for entry in found if entry.get("qualifier"))
    if n == 1:
        outcome = found[0]["outcome"]
        doubt = ", with a reservation" if doubted else ""
        return f"The only conclusion of the abstract {OUTCOMES[outcome][0]}{doubt}."
    if len(counts) == 1:
        [outcome] = counts
        every = "Both" if n == 2 else f"All {n:,}"
        of_them = _reservations(doubted[outcome], n)
        return f"{every} conclusions of the abstract {OUTCOMES[outcome][1]}{of_them}."
    parts = [
        f"{counts[outcome]:,} {one if counts[outcome] == 1 else many}"
        f"{_reservations(doubted[outcome], counts[outcome])}"
        for outcome, (one, many) in OUTCOMES.items()
        if counts[outcome]
    ]
    return f"Of the {n:,} conclusions of the abstract, {'; '.join(parts)}."


def _reservations(n: int, of: int) -> str:
    """How many of some conclusions have a remark beside their outcome."""
    if not n:
        return ""
    if n == of:
        return (
            " (with a reservation)"
            if n == 1
            else f" ({'both' if n == 2 else 'all'} with a reservation)"
        )
    return f" ({n:,} of them with a reservation)"


def by_outcome(found: Sequence[Row]) -> list[Row]:
    """The conclusions listed by outcome, as the page begins; empty if all have the same outcome."""
    outcomes = dict.fromkeys(entry["outcome"] for entry in found)
    groups = [[entry for entry in found if entry["outcome"] == name] for name in outcomes]
    if len(groups) < 2:
        return []
    return [group[0] | {"sentences": _sentences(group)} for group in groups]


def _sentences(group: Sequence[Row]) -> list[str]:
    """Conclusions of one outcome, each with what is noted about data other than the paper's."""
    noted: set[str] = set()
    listed = []
    for entry in group:
        label = entry["label"].rstrip(".")
        qualifier = f" ({entry['qualifier']})" if entry["qualifier"] else ""
        notes = [row["note"] for row in entry["failing"]] if entry["outcome"] == "not_shown" else []
        shown = [f"{label}{qualifier}", *(note for note in notes if note not in noted)]
        noted.update(notes)
        listed.append(" ".join(f"{words.rstrip('.')}." for words in dict.fromkeys(shown)))
    return list(dict.fromkeys(listed))
