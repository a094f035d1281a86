"""Findings of the checks, ready to print on the verdict page and the audit page."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from attune.paper.checks.audit import CHECKS
from attune.paper.checks.simplest_explanation import EXPLANATIONS
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import PrintedValue
from attune.printing.apa import counted, with_minus_signs

MOST_LABELS = 3
"""Labels that one row lists."""

_WORDS = {str(name): words for name, words in EXPLANATIONS.items()}

OUTCOMES: dict[str, tuple[str, str, str]] = {
    "inconsistent": ("✕", "error", "contradicted"),
    "cannot_tell": ("?", "quiet", "cannot tell"),
    "consistent": ("✓", "good", "consistent"),
}
"""Outcome -> sign, class and word."""

Row = Mapping[str, Any]


def finding_rows(publication: Publication, findings: Sequence[Row]) -> list[dict[str, Any]]:
    """Every finding with the labels of its value and its check, contradictions first.

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
    for finding in findings:
        value = values[finding["value"]]
        sign, kind, word = OUTCOMES[finding["outcome"]]
        rows.append(
            dict(finding)
            | {
                "position": place[value.id],
                "label": value.title,
                "printed_order": sort_key(value) if finding["printed"] == value.printed else "",
                "places": "; ".join(value.places),
                "title": titles.get(finding["check"], str(finding["check"]).replace("_", " ")),
                "sign": sign,
                "class": kind,
                "word": word,
                "rank": list(OUTCOMES).index(finding["outcome"]),
                "simplest": _WORDS.get(finding["explanation"] or "", ""),
                **{
                    name: with_minus_signs(str(finding[name] or ""))
                    for name in ("printed", "sentence", "explained", "possible")
                },
            }
        )
    order = list(OUTCOMES)
    return sorted(rows, key=lambda row: (order.index(row["outcome"]), row["position"]))


def sort_key(value: PrintedValue) -> str:
    """The key by which tables sort a printed value; empty where no number is printed.

    Examples
    --------
    >>> sort_key(PrintedValue(id="a", printed="30 %", kind="percent", places=["Text"]))
    '30'
    """
    number = value.reading.number
    return str(number.value) if number else ""


def contradictions(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Inconsistencies; values with the same finding share one row."""
    broken = [row for row in rows if row["outcome"] == "inconsistent"]
    return sharing(broken, ("check", "printed", "sentence", "explained"))


def sharing(rows: Sequence[dict[str, Any]], same: Sequence[str]) -> list[dict[str, Any]]:
    """Merge rows that agree in some keys; adds `labels`, `where` and `n_values`.

    Examples
    --------
    >>> two = [{"label": name, "places": "Table I", "printed": "34.7"} for name in "ab"]
    >>> [(row["labels"], row["where"]) for row in sharing(two, ["printed"])]
    [(['a', 'b'], ['Table I'])]
    """
    merged: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(str(row[name]) for name in same)
        shared = merged.setdefault(key, row | {"labels": [], "where": []})
        shared["labels"].append(row["label"])
        places = [place for place in row["places"].split("; ") if place not in shared["where"]]
        shared["where"] += places
    for row in merged.values():
        row["n_values"] = len(row["labels"])
        rest = len(row["labels"]) - MOST_LABELS
        if rest > 1:
            row["labels"][MOST_LABELS:] = [f"and {rest:,} more with the same result"]
    return list(merged.values())


def check_counts(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """For each check that applied: what it compares and how often the paper agreed."""
    counts = []
    for check in CHECKS:
        outcomes = Counter(row["outcome"] for row in rows if row["check"] == check.name)
        if outcomes:
            counts.append(
                {
                    "title": check.title,
                    "meaning": check.meaning,
                    "source": check.source,
                    "counts": [f"{outcomes[name]:,}" for name in OUTCOMES],
                }
            )
    return counts


def paper_in_words(rows: Sequence[Row], *, is_all_printed: bool = True) -> str:
    """How often the paper agrees with itself, or the values of a ledger of several sources.

    Examples
    --------
    >>> paper_in_words([{"outcome": "consistent"}, {"outcome": "inconsistent"}])
    'The paper contradicts itself in 1 of 2 checks.'
    >>> paper_in_words([{"outcome": "consistent"}])
    'The one possible check of the paper against itself agrees.'
    >>> paper_in_words([{"outcome": "consistent"}] * 2, is_all_printed=False)
    'The paper and the other sources agree with each other in all 2 checks.'
    """
    outcomes = Counter(row["outcome"] for row in rows)
    agree, contradict = ("The paper agrees with itself", "The paper contradicts itself")
    if not is_all_printed:
        agree, contradict = (
            "The paper and the other sources agree with each other",
            "The paper and the other sources contradict each other",
        )
    n, broken = len(rows), outcomes["inconsistent"]
    if not n:
        return "No printed value can be checked against another."
    if broken:
        return f"{contradict} in {broken:,} of {counted(n, 'check')}."
    unsure = outcomes["cannot_tell"]
    if unsure:
        share = f"{n - unsure:,} of {counted(n, 'check')}"
        return f"{agree} in {share}; {unsure:,} {'is' if unsure == 1 else 'are'} inconclusive."
    if n == 1:
        whom = "itself" if is_all_printed else "the other sources"
        return f"The one possible check of the paper against {whom} agrees."
    return f"{agree} in all {n:,} checks."
