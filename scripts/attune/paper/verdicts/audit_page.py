"""The audit of a paper as one self-contained HTML page."""

from collections.abc import Mapping, Sequence
from typing import Any

from attune.paper.checks.finding import Finding
from attune.paper.checks.simplest_explanation import EXPLANATIONS
from attune.paper.ledger.ledger import Publication
from attune.paper.verdicts.finding_rows import (
    OUTCOMES,
    check_counts,
    contradictions,
    finding_rows,
    paper_in_words,
)
from attune.printing.html import render_page

MEANINGS: dict[str, str] = {
    "inconsistent": "The printed number is not among those that the others allow, whichever way"
    " each of them was rounded.",
    "cannot_tell": "The check applies, but the printed numbers do not decide it.",
    "consistent": "The printed number is among those that the others allow.",
}
"""Outcome -> its meaning."""


def audit_page(
    publication: Publication,
    findings: Sequence[Finding],
    *,
    templates: Mapping[str, str],
    css: str,
    script: str,
) -> str:
    """The page as HTML text.

    Parameters
    ----------
    publication : Publication
    findings : sequence of Finding
        Including consistent ones (`attune.paper.checks.audit.audit_publication`).
    templates : mapping of str to str
        `page` (reports/audit.html.j2) and `macros` (reports/page_macros.html.j2).
    css, script : str

    Returns
    -------
    str
        All text from the ledger is escaped; the page loads no other file.
    """
    rows = finding_rows(publication, [finding.row() for finding in findings])
    outcomes = [row["outcome"] for row in rows]
    facts: dict[str, Any] = {
        "publication": publication,
        "headline": paper_in_words(rows, is_all_printed=publication.is_all_printed),
        "good": "inconsistent" not in outcomes,
        "counts": [
            (name, kind, sign, f"{outcomes.count(name):,} {word}")
            for name, (sign, kind, word) in OUTCOMES.items()
            if name in outcomes
        ],
        "coverage": _coverage(publication, rows),
        "contradictions": contradictions(rows),
        "checks": check_counts(rows),
        "rows": rows,
        "outcomes": [(name, OUTCOMES[name][2]) for name in OUTCOMES if name in outcomes],
        "titles": [(title, title) for title in dict.fromkeys(row["title"] for row in rows)],
        "meanings": [
            (kind, sign, word, MEANINGS[name]) for name, (sign, kind, word) in OUTCOMES.items()
        ],
        "explanations": list(EXPLANATIONS.values()),
    }
    return render_page(templates, css, script, facts=facts)


def _coverage(publication: Publication, rows: Sequence[Mapping[str, Any]]) -> str:
    """Number of printed values that take part in a check."""
    all_values = publication.values
    named = {name for row in rows for name in str(row["values"]).replace(",", " ").split()}
    rest = len(all_values) - len(named)
    checked = f"{len(named):,} of the {len(all_values):,} values of the ledger take part in a check"
    return f"{checked}; the other {rest:,} are tied to no other value." if rest else f"{checked}."
