"""Step show_tables: every printed table as a page of its own."""

from pathlib import Path
from typing import TYPE_CHECKING

from attune.printing.printed_table import PrintedTable
from attune.printing.table_formats import table_page
from attune.store.contracts import TABLE
from attune_files.parquet import read_metadata, read_parquet
from attune_files.project import read_cohort, read_study
from attune_files.steps.step_log import step

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    cohort = read_cohort(snakemake.input.cohort)
    template = Path(snakemake.input.table_template).read_text(encoding="utf-8")
    css = Path(snakemake.input.table_styles).read_text(encoding="utf-8")
    folder = Path(snakemake.output.pages)
    folder.mkdir(parents=True, exist_ok=True)
    for name in read_study(snakemake.input.study).tables:
        path = Path(snakemake.input.tables) / f"{name}.parquet"
        table = PrintedTable.from_parts(
            name, read_parquet(path, TABLE).to_pandas(), read_metadata(path)
        )
        page = table_page(table, template, css, cohort.synthetic_notice)
        (folder / f"{name}.html").write_text(page, encoding="utf-8", newline="\n")
