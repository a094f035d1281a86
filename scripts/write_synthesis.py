"""Step write_synthesis: the Quarto source of a synthesis."""

from pathlib import Path
from typing import TYPE_CHECKING

from attune.printing.printed_table import PrintedTable
from attune.store.contracts import FINDINGS, PRINTED, STATISTICS, TABLE
from attune.synthesis.document import synthesis_document
from attune_files.own_text_files import read_own_text
from attune_files.parquet import read_metadata, read_parquet
from attune_files.steps.step_log import step
from attune_files.synthesis_files import read_crosswalk, read_evidence, read_synthesis_files

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    files = read_synthesis_files(
        snakemake.input.synthesis, snakemake.input.literature, snakemake.input.tables
    )
    evidence = read_evidence(snakemake.input.evidence, files.synthesis, files.literature)
    tables = {
        path.stem: PrintedTable.from_parts(
            path.stem, read_parquet(path, TABLE).to_pandas(), read_metadata(path)
        )
        for path in sorted(Path(snakemake.input.printed_tables).glob("*.parquet"))
    }
    statistics = read_parquet(snakemake.input.statistics, STATISTICS)
    named = statistics["software"].unique().drop_null().to_pylist()
    template = Path(snakemake.input.template)
    text = synthesis_document(
        template.read_text(encoding="utf-8"),
        files.synthesis,
        evidence,
        files.literature,
        read_parquet(snakemake.input.findings, FINDINGS).to_pylist(),
        read_parquet(snakemake.input.printed, PRINTED).to_pandas(),
        tables,
        crosswalk=read_crosswalk(snakemake.input.crosswalk),
        software=sorted({package for packages in named for package in packages.split("; ")}),
        level=snakemake.params.level,
        language=snakemake.params.language,
        name=f"reports/{template.name}",
        own=read_own_text(snakemake.input.text),
    )
    Path(snakemake.output.qmd).write_text(text, encoding="utf-8")
