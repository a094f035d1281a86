"""Report of the comparison of an archived run with its repetition: counts first."""

from collections.abc import Iterator

from attune.record.archive.comparison import Difference
from attune.record.archive.run_comparison import DocumentResult, RunComparison, TableResult

MOST_LISTED = 20
"""Rows of a table and lines of a document that are listed."""
_LONGEST_LINE = 160


def report(found: RunComparison, most: int | None = MOST_LISTED) -> str:
    """The comparison as text.

    Parameters
    ----------
    found : RunComparison
    most : int or None
        Rows per table and lines per document that are listed; None: all.
    """
    return "\n".join([*_summary(found), *_details(found, most)])


def _summary(found: RunComparison) -> Iterator[str]:
    cells = sum(table.comparison.cells for table in found.tables)
    numbers = sum(document.numbers for document in found.documents)
    yield (
        f"Compared: {_counted(cells, 'cell')} of {_counted(len(found.tables), 'table')},"
        f" {_counted(numbers, 'number')} of {_counted(len(found.documents), 'document')}."
    )
    if found.same:
        yield "All are the same: text and whole numbers exactly, fractions within their tolerance."
        return
    changed = sum(len(table.comparison.differences) for table in found.tables)
    tables = sum(not table.comparison.same for table in found.tables)
    lines = sum(len(document.differences) for document in found.documents)
    yield (
        f"DIFFERENT: {_counted(changed, 'cell')} or rows of {_counted(tables, 'table')},"
        f" {_counted(lines, 'line')} of the documents."
    )


def _details(found: RunComparison, most: int | None) -> Iterator[str]:
    for path in found.only_archived:
        yield f"\n{path}: in the archive, but was not computed again"
    for path in found.only_recomputed:
        yield f"\n{path}: was computed, but is not in the archive"
    # Statistics before the tables and texts that repeat them.
    for table in sorted(found.tables, key=lambda entry: not entry.path.startswith("statistics/")):
        if not table.comparison.same:
            yield from _table(table, most)
    for document in found.documents:
        if document.differences:
            yield from _document(document, most)


def _table(table: TableResult, most: int | None) -> Iterator[str]:
    found = table.comparison
    yield f"\n{table.path}: {_counted(len(found.differences), 'difference')}"
    if found.columns_only_in_one:
        yield f"  columns only in the archive: {', '.join(found.columns_only_in_one)}"
    if found.columns_only_in_other:
        yield f"  columns only in the repetition: {', '.join(found.columns_only_in_other)}"
    if table.private:
        yield from _by_column(found.differences)
        return
    rows: dict[tuple[str, ...], list[Difference]] = {}
    for difference in found.differences:
        rows.setdefault(difference.key, []).append(difference)
    for key in list(rows)[:most]:
        yield f"  {', '.join(key)}: {'; '.join(map(_sentence, rows[key]))}"
    if most is not None and len(rows) > most:
        yield f"  ... and {len(rows) - most:,} more rows"


def _by_column(differences: list[Difference]) -> Iterator[str]:
    """Differences by column, for tables with rows of single dyads, whose values are not printed."""
    names = [difference.column or "(whole row)" for difference in differences]
    for name in dict.fromkeys(names):
        distances = [abs(difference.by) for difference, n in zip(differences, names, strict=True)
                     if n == name and difference.by is not None]  # fmt: skip
        largest = f", by at most {max(distances):.6g}" if distances else ""
        yield f"  {name}: {_counted(names.count(name), 'row')}{largest}"


def _sentence(difference: Difference) -> str:
    if difference.only_in:
        return f"only in {'the archive' if difference.only_in == 'one' else 'the repetition'}"
    by = f" ({difference.by:+.6g})" if difference.by is not None else ""
    archived, recomputed = _cell(difference.one), _cell(difference.other)
    return f"{difference.column} archived {archived}, recomputed {recomputed}{by}"


def _cell(value: object) -> str:
    if value is None:
        return "nothing"
    return repr(value) if isinstance(value, str) else f"{value}"


def _document(document: DocumentResult, most: int | None) -> Iterator[str]:
    yield f"\n{document.path}: numbers of {_counted(len(document.differences), 'line')} differ"
    for one, other in document.differences[:most]:
        yield f"  archived:   {_cut(one)}"
        yield f"  recomputed: {_cut(other)}"
    left = len(document.differences) - len(document.differences[:most])
    if left:
        yield f"  ... and {left:,} more"


def _cut(line: str) -> str:
    """A line as far as it fits."""
    text = line or "(no such line)"
    return text if len(text) <= _LONGEST_LINE else text[: _LONGEST_LINE - 3] + "..."


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
