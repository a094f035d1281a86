"""Small papers for the tests of the checks: printed values in one line each."""

from typing import Any

from attune.paper.checks.finding import Finding
from attune.paper.ledger.ledger import Publication


def paper(relations: dict[str, Any] | None = None, **values: Any) -> Publication:
    """A paper of values `id=(kind, printed, further keys)`; p, df and stars belong to `test`."""
    entries = []
    for name, (kind, printed, *further) in values.items():
        keys = dict(further[0]) if further else {}
        if kind in ("p", "stars", "df", "r_squared", "r_squared_percent"):
            keys.setdefault("of", "test")
        entries.append(
            {"id": name, "kind": kind, "printed": printed, "places": ["Text"], "quoted": "made up"}
            | keys
        )
    return Publication.model_validate(
        {
            "publication": "paper",
            "citation": "Author (2012).",
            "values": entries,
            "relations": relations or {},
        }
    )


def told(findings: Any) -> list[tuple[str, str | None]]:
    """Outcome and explanation of each finding."""
    return [(finding.outcome, finding.explanation) for finding in findings]


def only(findings: Any) -> Finding:
    """The one finding there is."""
    (found,) = findings
    return found
