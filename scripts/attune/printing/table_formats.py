"""A printed table in the formats of documents (a pipe table of Quarto Markdown) and of pages."""

import re
from collections.abc import Iterable, Iterator

from attune.printing.html import render_page
from attune.printing.printed_table import PrintedTable, Row
from attune.printing.quarto import parse_text
from attune.printing.text import Text

WIDE = 12
"""Printed columns from which a table is set on a landscape page, unless it has room on an upright
one (reports/assets/tables.lua)."""

_DASHES = " -\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}"

_WORD = re.compile(r"[^\W\d_]{3}")
"""Three letters in a row, as no number with its symbol has."""

_BETWEEN_WIDE = "\n::::\n\n:::: {.landscape}\n"
"""Where one wide table ends and the next begins; they share their pages."""


def table_markdown(table: PrintedTable) -> str:
    """A pipe table with caption, label and note; every number carries the id of its statistic.

    A group of rows begins with a row that holds nothing but its name. Columns of words are aligned
    at the left, all others at the right.
    """
    columns = table.columns
    rules = ["|:--" if _is_words(table, column) else "|--:" for column in columns]
    lines = [_line(table.headings.values()), "|:--" + "".join(rules) + "|"]
    for group, row in _grouped(table):
        if group:
            lines.append(_line([group, *[""] * len(columns)]))
        lines.append(_line([row.label, *(row.cells[column] for column in columns)]))
    parts = ["\n".join(lines), f": {table.title} {{#{label_of('tbl', table.name)}}}"]
    if table.note:
        parts.append(fenced("table-note", table.note))
    whole = "\n\n".join(parts)
    wide = len(columns) + 1 >= WIDE
    return fenced("landscape", whole, colons=4) if wide else whole


def table_page(table: PrintedTable, template: str, css: str, notice: str = "") -> str:
    """The page of one table, for reports that show results one by one.

    Parameters
    ----------
    table : PrintedTable
    template : str
        Jinja2 source of reports/table.html.j2.
    css : str
        Styles, which the page holds itself.
    notice : str
        The notice that data are synthetic; empty for real data.

    Returns
    -------
    str
        HTML that needs no other file; every number carries the id of its statistic.
    """
    title = parse_text(table.title)
    facts = {
        "name": title.to_plain(),
        "title": title,
        "notice": notice,
        "spanners": _spanners(table),
        "headings": [own for _, own in table.spanned_headings],
        "rows": [
            (group, row.label, [row.cells[column] for column in table.columns])
            for group, row in _grouped(table)
        ],
        "width": len(table.headings),
        "notes": [parse_text(part) for part in table.note.split("\n\n") if part],
    }
    return render_page({"page": template}, css, facts=facts)


def _is_words(table: PrintedTable, column: str) -> bool:
    """Whether every cell of a column that is not empty or a dash has a word in it."""
    texts = [row.cells[column].to_plain() for row in table.rows if column in row.cells]
    filled = [text for text in texts if text.strip(_DASHES)]
    return bool(filled) and all(_WORD.search(text) for text in filled)


def _grouped(table: PrintedTable) -> Iterator[tuple[Text | str | None, Row]]:
    """Every row, with its group where a new one begins."""
    group = None
    for row in table.rows:
        yield (row.group if row.group != group else None), row
        group = row.group


def _spanners(table: PrintedTable) -> list[tuple[Text, int]]:
    """Shared headings and over how many columns; empty where no heading has anything above it."""
    shared = [above for above, _ in table.spanned_headings]
    spanners: list[tuple[Text, int]] = []
    for text in shared if any(shared) else []:
        if spanners and text and text == spanners[-1][0]:
            spanners[-1] = (text, spanners[-1][1] + 1)
        else:
            spanners.append((text, 1))
    return spanners


def _line(cells: Iterable[Text | str]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


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
