"""Step render_manuscript: a document of a cohort in its formats, and its numbers."""

from typing import TYPE_CHECKING

from attune_files.rendering.document_files import write_document
from attune_files.steps.step_log import step

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    write_document(snakemake.input, snakemake.output, snakemake.params)
