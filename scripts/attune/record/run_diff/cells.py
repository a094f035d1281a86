"""Cells of the printed tables that changed."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from attune.printing.apa import counted
from attune.printing.quarto import parse_text
from attune.record.run_diff.changes import CellChange
from attune.record.run_diff.run import Run, TableRows

LABEL, GROUP = "label", "group"
Cells = dict[str, tuple[str, str | None]]
"""Heading -> printed text, and the id of its statistic."""


def cell_changes(before: Run, after: Run) -> list[CellChange]:
    """Cells whose printed text changed, in the order of the tables of the first run.

    Cells are matched by table, by label and group of the row, and by the column's heading; of rows
    with the same label by their order. A row or table that only one run has is one change.
    """
    names = [*before.tables, *(name for name in after.tables if name not in before.tables)]
    return [
        change
        for name in names
        for change in _table_changes(name, before.tables.get(name), after.tables.get(name))
    ]


def _table_changes(
    name: str, before: TableRows | None, after: TableRows | None
) -> Iterator[CellChange]:
    table = after or before or TableRows("", "", {}, [])
    title, document = parse_text(table.title).to_plain(), table.document
    if before is None or after is None:
        yield CellChange(
            table=name,
            title=title,
            document=document,
            before=None if before is None else _counted(before),
            after=None if after is None else _counted(after),
        )
        return
    old, new = _rows(before), _rows(after)
    for row in [*old, *(entry for entry in new if entry not in old)]:
        if row not in old or row not in new:
            yield CellChange(
                table=name,
                title=title,
                document=document,
                row=row,
                before=_joined(old.get(row)),
                after=_joined(new.get(row)),
            )
            continue
        for column in [*old[row], *(entry for entry in new[row] if entry not in old[row])]:
            (first, was), (second, now) = (
                cells.get(column, (None, None)) for cells in (old[row], new[row])
            )
            if first != second:
                yield CellChange(
                    table=name,
                    title=title,
                    document=document,
                    row=row,
                    column=column,
                    before=first,
                    after=second,
                    id=now or was,
                )


def _rows(table: TableRows) -> dict[str, Cells]:
    """Cells by row and column; a repeated label carries its number."""
    seen: Counter[str] = Counter()
    rows = {}
    for row in table.rows:
        group = f"{parse_text(row[GROUP]).to_plain()}: " if row.get(GROUP) else ""
        label = f"{group}{parse_text(row[LABEL]).to_plain()}"
        seen[label] += 1
        again = f" ({seen[label]})" if seen[label] > 1 else ""
        rows[label + again] = _cells(row, table.headings)
    return rows


def _cells(row: Mapping[str, Any], headings: Mapping[str, str]) -> Cells:
    """Cells by heading; a repeated heading is replaced by the name of its column."""
    cells: Cells = {}
    for name, heading in headings.items():
        if name == LABEL:
            continue
        shown = parse_text(heading).to_plain().replace(" >> ", ", ")
        key = name if not shown or shown in cells else shown
        cells[key] = (parse_text(row.get(name) or "").to_plain(), row.get(f"{name}_id"))
    return cells


def _joined(cells: Cells | None) -> str | None:
    if cells is None:
        return None
    return "; ".join(f"{heading}: {text}" for heading, (text, _) in cells.items() if text)


def _counted(table: TableRows) -> str:
    return counted(len(table.rows), "row")
