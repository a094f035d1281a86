"""Step tabulate_synthesis: every statistic and every table of a synthesis as it is printed."""

from pathlib import Path
from typing import TYPE_CHECKING

from attune.printing.printed_statistics import printed_statistics
from attune.store.contracts import PRINTED, STATISTICS, TABLE
from attune.synthesis.kinds import KINDS
from attune.synthesis.tables import synthesis_tables
from attune_files.parquet import read_parquet, write_parquet
from attune_files.steps.step_log import step
from attune_files.synthesis_files import read_crosswalk, read_evidence, read_synthesis_files

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    files = read_synthesis_files(
        snakemake.input.synthesis, snakemake.input.literature, snakemake.input.tables
    )
    evidence = read_evidence(snakemake.input.evidence, files.synthesis, files.literature)
    statistics = read_parquet(snakemake.input.statistics, STATISTICS).to_pandas()
    printed = printed_statistics(statistics, KINDS, snakemake.params.level)
    crosswalk = read_crosswalk(snakemake.input.crosswalk)
    tables = synthesis_tables(files.synthesis, evidence, statistics, printed, crosswalk)
    write_parquet(printed, snakemake.output.printed, PRINTED)
    folder = Path(snakemake.output.tables)
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_parquet(table.frame, folder / f"{name}.parquet", TABLE, table.metadata())
