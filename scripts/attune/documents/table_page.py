"""A printed table as a page of its own, for reports that show results one by one."""

from dataclasses import dataclass

from markupsafe import Markup

from attune.printing.html import render_page
from attune.printing.markdown_html import inline_html
from attune.printing.pipe_table import value_and_stars
from attune.printing.plain_text import plain_text
from attune.printing.printed_table import GROUP, LABEL, PrintedTable

SPANNER = " >> "


@dataclass(frozen=True)
class Cell:
    """One cell of the page: HTML, the statistic that it prints, and how many columns it spans."""

    text: Markup
    id: str = ""
    stars: str = ""
    span: int = 1


def table_page(table: PrintedTable, template: str, css: str, notice: str = "") -> str:
    """The page of one table.

    Parameters
    ----------
    table : PrintedTable
    template : str
        Jinja2 source of reports/table.html.j2.
    css : str
        Styles, which the page holds itself.
    notice : str
        What has to be said of synthetic data.

    Returns
    -------
    str
        HTML that needs no other file; every number carries the id of its statistic.
    """
    headings = [text.split(SPANNER)[-1] for text in table.headings.values()]
    facts = {
        "name": plain_text(table.title),
        "title": Markup(inline_html(table.title)),
        "notice": notice,
        "spanners": _spanners(table),
        "headings": [Markup(inline_html(text)) for text in headings],
        "rows": _rows(table),
        "width": len(table.headings),
        "notes": [Markup(inline_html(part)) for part in table.note.split("\n\n") if part],
    }
    return render_page({"page": template}, css, facts=facts)


def _spanners(table: PrintedTable) -> list[Cell]:
    """Cells above the headings; empty where no heading has anything above it."""
    above = [text.rpartition(SPANNER)[0] for text in table.headings.values()]
    if not any(above):
        return []
    cells: list[Cell] = []
    for place, text in enumerate(above):
        if place and text and text == above[place - 1]:
            cells[-1] = Cell(cells[-1].text, span=cells[-1].span + 1)
        else:
            cells.append(Cell(Markup(inline_html(text))))
    return cells


def _rows(table: PrintedTable) -> list[tuple[Markup | None, Markup, list[Cell]]]:
    """Group where a new one begins, label, cells."""
    rows = []
    group = None
    for row in table.frame.to_dict("records"):
        begins = isinstance(row[GROUP], str) and row[GROUP] != group
        group = row[GROUP]
        cells = [_cell(row[name] or "", row[f"{name}_id"]) for name in table.columns]
        title = Markup(inline_html(group)) if begins else None
        rows.append((title, Markup(inline_html(row[LABEL])), cells))
    return rows


def _cell(text: str, identifier: object) -> Cell:
    if not isinstance(identifier, str):
        return Cell(Markup(inline_html(text)))
    value, stars = value_and_stars(text)
    return Cell(Markup(inline_html(value)), identifier, Markup(inline_html(stars)))
