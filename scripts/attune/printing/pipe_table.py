"""Printed tables as pipe tables of Quarto Markdown."""

import re
from typing import Any

from attune.printing.printed_table import GROUP, LABEL, PrintedTable

WIDE = 12
"""Printed columns from which a table is set on a landscape page."""

_BETWEEN_WIDE = "\n::::\n\n:::: {.landscape}\n"
"""Where one wide table ends and the next begins; they share their pages."""

_STARS = re.compile(r"^(.*?)((?:\\\*)*)$")


def table_markdown(table: PrintedTable) -> str:
    """A pipe table with caption, label and note; every number carries the id of its statistic.

    A group of rows begins with a row that holds nothing but its name.
    """
    columns = table.columns
    lines = [_line(table.headings.values()), "|:--" + "|--:" * len(columns) + "|"]
    group = None
    for row in table.frame.to_dict("records"):
        if isinstance(row[GROUP], str) and row[GROUP] != group:
            lines.append(_line([row[GROUP], *[""] * len(columns)]))
        group = row[GROUP]
        lines.append(_line([row[LABEL], *(_cell(row[c], row[f"{c}_id"]) for c in columns)]))
    parts = ["\n".join(lines), f": {table.title} {{#{label_of('tbl', table.name)}}}"]
    if table.note:
        parts.append(fenced("table-note", table.note))
    whole = "\n\n".join(parts)
    wide = len(columns) + 1 >= WIDE
    return fenced("landscape", whole, colons=4) if wide else whole


def _cell(text: str, identifier: object) -> str:
    if not isinstance(identifier, str):
        return text
    value, stars = value_and_stars(text)
    return f'[{value}]{{.stat data-id="{identifier}"}}{stars}'


def value_and_stars(cell: str) -> tuple[str, str]:
    r"""A cell's number and the stars behind it.

    Examples
    --------
    >>> print(*value_and_stars(r".456\*\*"))
    .456 \*\*
    """
    found = _STARS.match(cell)
    value, stars = found.groups() if found else (cell, "")
    return value, stars


def _line(cells: Any) -> str:
    return "| " + " | ".join(cells) + " |"


def wide_tables_together(text: str) -> str:
    """Wide tables that follow each other share their landscape pages."""
    return text.replace(_BETWEEN_WIDE, "\n\n")


def fenced(kind: str, content: str, colons: int = 3) -> str:
    """A Markdown division of some class."""
    fence = ":" * colons
    return f"{fence} {{.{kind}}}\n{content}\n{fence}"


def label_of(kind: str, name: str) -> str:
    """The label that cross-references use, such as `tbl-alliance`."""
    return f"{kind}-{name.replace('_', '-')}"
