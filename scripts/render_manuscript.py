"""Render one document as HTML, Word and PDF."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from attune_files.rendering.renderer import expected_renderer, render_document
from attune_files.steps.step_log import step

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    render_document(
        qmd=Path(snakemake.input.qmd),
        figures=Path(snakemake.input.figures),
        assets=[Path(asset) for asset in snakemake.input.assets],
        references=[Path(path) for path in snakemake.input.references],
        outputs={kind: Path(snakemake.output[kind]) for kind in ("html", "docx", "pdf")},
        renderer=expected_renderer(snakemake.params.renderer, snakemake.params.program),
        explanations=json.loads(Path(snakemake.input.explanations).read_text(encoding="utf-8")),
    )
