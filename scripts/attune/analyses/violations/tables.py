"""Table of what the validation of the raw files found."""

from collections.abc import Callable

from attune.printing.context import (
    Body,
    Context,
    occasion_words,
)
from attune.printing.printed_table import LABEL, Row
from attune.printing.text import literal
from attune.specs.study import Table

SEVERITIES = {"error": "Errors", "warning": "Warnings", "note": "Notes"}
"""Severity -> heading of its rules, the most severe first."""


def violations(table: Table, context: Context) -> Body:
    """How often each rule was broken in the raw files, the most severe first."""
    body = Body({LABEL: "Rule", "count": "Count"}, [])
    broken = context.violations.drop_duplicates(["severity", "rule"]).sort_values("rule")
    for severity, heading in SEVERITIES.items():
        for rule in broken.loc[broken["severity"] == severity, "rule"]:
            row = Row(literal(occasion_words(rule).capitalize()), heading)
            row.cells["count"] = context.store.cell(f"violations.{severity}.{rule}.count")
            body.rows.append(row)
        total = Row("Total", heading)
        total.cells["count"] = context.store.cell(f"violations.{severity}.count")
        body.rows.append(total)
    return body


TABLES: dict[str, Callable[[Table, Context], Body]] = {"violations": violations}
