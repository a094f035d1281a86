"""What the checks of a paper alone found, ready to print: for the verdict and the audit page."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from attune.paper.checks.audit import CHECKS
from attune.paper.checks.simplest_explanation import EXPLANATIONS
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.reading import label
from attune.printing.apa import counted

MOST_LABELS = 3
"""Values that one row names."""

_WORDS = {str(name): words for name, words in EXPLANATIONS.items()}

OUTCOMES: dict[str, tuple[str, str, str]] = {
    "inconsistent": ("✕", "error", "contradicted"),
    "cannot_tell": ("?", "quiet", "cannot tell"),
    "consistent": ("✓", "good", "consistent"),
}
"""Outcome -> sign, class and word."""

Row = Mapping[str, Any]


def finding_rows(publication: Publication, findings: Sequence[Row]) -> list[dict[str, Any]]:
    """Every finding with the words of its value and its check, contradictions first.

    Parameters
    ----------
    publication : Publication
    findings : sequence of mapping
        Rows of the contract `FINDINGS`.
    """
    values = {value.id: value for value in publication.values}
    place = {name: number for number, name in enumerate(values)}
    titles = {check.name: check.title for check in CHECKS}
    rows = []
    for each in findings:
        value = values[each["value"]]
        sign, kind, said = OUTCOMES[each["outcome"]]
        rows.append(
            dict(each)
            | {
                "position": place[value.id],
                "label": label(value),
                "places": "; ".join(value.places),
                "title": titles.get(each["check"], str(each["check"]).replace("_", " ")),
                "sign": sign,
                "class": kind,
                "said": said,
                "rank": list(OUTCOMES).index(each["outcome"]),
                "weakest": _WORDS.get(each["explanation"] or "", ""),
                "explained": each["explained"] or "",
            }
        )
    order = list(OUTCOMES)
    return sorted(rows, key=lambda row: (order.index(row["outcome"]), row["position"]))


def contradictions(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Inconsistencies; values of which the same is said share one row."""
    broken = [row for row in rows if row["outcome"] == "inconsistent"]
    return sharing(broken, ("check", "printed", "sentence", "explained"))


def sharing(rows: Sequence[dict[str, Any]], same: Sequence[str]) -> list[dict[str, Any]]:
    """Rows that agree in some keys as one, with `labels`, `where` and `n_values`.

    Examples
    --------
    >>> two = [{"label": name, "places": "Table I", "printed": "34.7"} for name in "ab"]
    >>> [(row["labels"], row["where"]) for row in sharing(two, ["printed"])]
    [(['a', 'b'], ['Table I'])]
    """
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(str(row[name]) for name in same)
        shared = found.setdefault(key, row | {"labels": [], "where": []})
        shared["labels"].append(row["label"])
        places = [each for each in row["places"].split("; ") if each not in shared["where"]]
        shared["where"] += places
    for row in found.values():
        row["n_values"] = len(row["labels"])
        rest = len(row["labels"]) - MOST_LABELS
        if rest > 1:
            row["labels"][MOST_LABELS:] = [f"and {rest:,} more of which the same is said"]
    return list(found.values())


def check_counts(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """For each check that had anything to look at: what it compares and how often it agreed."""
    found = []
    for check in CHECKS:
        outcomes = Counter(row["outcome"] for row in rows if row["check"] == check.name)
        if outcomes:
            found.append(
                {
                    "title": check.title,
                    "meaning": check.meaning,
                    "source": check.source,
                    "counts": [f"{outcomes[name]:,}" for name in OUTCOMES],
                }
            )
    return found


def paper_in_words(rows: Sequence[Row]) -> str:
    """How often the paper agrees with itself.

    Examples
    --------
    >>> paper_in_words([{"outcome": "consistent"}, {"outcome": "inconsistent"}])
    'The paper contradicts itself in 1 of 2 checks.'
    >>> paper_in_words([{"outcome": "consistent"}])
    'The paper agrees with itself in its only check.'
    """
    outcomes = Counter(row["outcome"] for row in rows)
    n, broken = len(rows), outcomes["inconsistent"]
    if not n:
        return "Nothing printed can be checked against anything else."
    if broken:
        return f"The paper contradicts itself in {broken:,} of {counted(n, 'check')}."
    unsure = outcomes["cannot_tell"]
    if unsure:
        agree = f"{n - unsure:,} of {counted(n, 'check')}"
        return f"The paper agrees with itself in {agree}; {unsure:,} cannot tell."
    return f"The paper agrees with itself in {'its only check' if n == 1 else f'all {n:,} checks'}."
