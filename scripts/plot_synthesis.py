"""Step plot_synthesis: the figures of a synthesis, one PNG each."""

from pathlib import Path
from typing import TYPE_CHECKING

from attune.printing.printed_statistics import records
from attune.store.contracts import STATISTICS
from attune.synthesis.figures import SynthesisFigureContext, synthesis_figures
from attune_files.parquet import read_parquet
from attune_files.steps.step_log import step
from attune_files.synthesis_files import read_crosswalk, read_evidence, read_synthesis_files
from attune_files.yaml_file import read_instruments

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    files = read_synthesis_files(
        snakemake.input.synthesis, snakemake.input.literature, snakemake.input.tables
    )
    rows = records(read_parquet(snakemake.input.statistics, STATISTICS).to_pandas())
    context = SynthesisFigureContext(
        files.synthesis,
        read_evidence(snakemake.input.evidence, files.synthesis, files.literature),
        {row["id"]: row for row in rows},
        read_crosswalk(snakemake.input.crosswalk),
        read_instruments(snakemake.input.instruments),
        language=snakemake.params.language,
    )
    folder = Path(snakemake.output.figures)
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in synthesis_figures(context).items():
        # Without the version of matplotlib in its metadata, the same drawing has the same bytes.
        figure.savefig(folder / f"{name}.png", dpi=300, metadata={"Software": None})
