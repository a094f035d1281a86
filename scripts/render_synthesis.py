"""Step render_synthesis: the document of a synthesis in its formats, and its numbers."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from attune_files.rendering.number_files import write_numbers
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
    qmd = Path(snakemake.input.qmd)
    assets = [Path(asset) for asset in snakemake.input.assets]
    explanations = json.loads(Path(snakemake.input.explanations).read_text(encoding="utf-8"))
    render_document(
        qmd=qmd,
        figures=Path(snakemake.input.figures),
        assets=assets,
        outputs={kind: Path(snakemake.output[kind]) for kind in FORMATS},
        references=[Path(path) for path in snakemake.input.references],
        renderer=expected_renderer(snakemake.params.renderer, snakemake.params.program),
        layout=Layout(snakemake.params.masked, snakemake.params.line_numbers),
        explanations=explanations,
    )
    write_numbers(
        qmd,
        explanations,
        Path(snakemake.output.numbers),
        Path(snakemake.output.numbers_page),
        template=Path(snakemake.input.numbers_template),
        assets=assets,
    )
