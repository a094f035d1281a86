"""Step render_synthesis: the document of a synthesis as HTML, Word, PDF and JATS."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from attune_files.rendering.renderer import (
    FORMATS,
    Layout,
    expected_renderer,
    render_document,
)
from attune_files.steps.step_log import step

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    render_document(
        qmd=Path(snakemake.input.qmd),
        figures=Path(snakemake.input.figures),
        assets=[Path(asset) for asset in snakemake.input.assets],
        outputs={kind: Path(snakemake.output[kind]) for kind in FORMATS},
        references=[Path(path) for path in snakemake.input.references],
        renderer=expected_renderer(snakemake.params.renderer, snakemake.params.program),
        layout=Layout(snakemake.params.masked, snakemake.params.line_numbers),
        explanations=json.loads(Path(snakemake.input.explanations).read_text(encoding="utf-8")),
    )
