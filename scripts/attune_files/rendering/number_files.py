"""Writes the list of the numbers of a document: a file for programs and a page for readers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attune.printing.html import render_page
from attune.record.provenance.number_list import number_rows, numbers_as_csv
from attune_files.rendering.renderer import read_header


def write_numbers(
    qmd: Path,
    explanations: Mapping[str, Any],
    csv: Path,
    page: Path,
    *,
    template: Path,
    assets: Sequence[Path],
) -> None:
    """List every statistic that a document prints, once.

    Parameters
    ----------
    qmd : Path
        The document's source, whose header says whether the data are synthetic.
    explanations : mapping
        See `attune.record.provenance.explanations.explain_statistics`.
    csv, page : Path
        Where the list goes.
    template : Path
        reports/numbers.html.j2.
    assets : sequence of Path
        Files of reports/assets; the page holds attune.css.
    """
    header = read_header(qmd)
    notice = str(header.get("synthetic-notice") or "")
    text = qmd.read_text(encoding="utf-8")
    rows = number_rows(text, explanations, synthetic=bool(notice))
    [style] = [asset for asset in assets if asset.name == "attune.css"]
    html = render_page(
        {"page": template.read_text(encoding="utf-8")},
        style.read_text(encoding="utf-8"),
        facts={"rows": rows, "document": qmd.stem, "notice": notice, "file": csv.name},
    )
    csv.write_text(numbers_as_csv(rows), encoding="utf-8")
    page.write_text(html, encoding="utf-8")
