"""Renders a document from the files of its rule, and lists its numbers."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attune.printing.html import render_page
from attune.record.provenance.number_list import number_rows, numbers_as_csv
from attune_files.rendering.renderer import (
    FORMATS,
    Layout,
    expected_renderer,
    read_header,
    render_document,
)

if TYPE_CHECKING:
    from snakemake.iocontainers import InputFiles, OutputFiles, Params


def write_document(given: "InputFiles", outputs: "OutputFiles", params: "Params") -> None:
    """Write a document as HTML, Word, PDF and JATS, and the list of its numbers.

    Parameters
    ----------
    given : snakemake.iocontainers.InputFiles
        qmd, figures, explanations, assets, references, numbers_template.
    outputs : snakemake.iocontainers.OutputFiles
        One file of each of `FORMATS`, numbers, numbers_page.
    params : snakemake.iocontainers.Params
        renderer, program, masked, line_numbers.

    Raises
    ------
    ManuscriptError
        As `render_document` and `expected_renderer`.
    """
    qmd = Path(given.qmd)
    assets = [Path(asset) for asset in given.assets]
    explanations = json.loads(Path(given.explanations).read_text(encoding="utf-8"))
    render_document(
        qmd=qmd,
        figures=Path(given.figures),
        assets=assets,
        outputs={kind: Path(outputs[kind]) for kind in FORMATS},
        references=[Path(path) for path in given.references],
        renderer=expected_renderer(params.renderer, params.program),
        layout=Layout(params.masked, params.line_numbers),
        explanations=explanations,
    )
    write_numbers(
        qmd,
        explanations,
        Path(outputs.numbers),
        Path(outputs.numbers_page),
        template=Path(given.numbers_template),
        assets=assets,
    )


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
