"""Step build_tables: every statistic and every table as it is printed.

Rounding: `attune.printing.apa`. Significance stars: `attune.printing.apa.significance_stars`;
a table's `stars` gives the levels, and its `tail` the p (`attune.specs.study`).
"""

from pathlib import Path
from typing import TYPE_CHECKING

from attune.analyses.kinds import KINDS
from attune.documents.tables import build_tables, decimals_of_measures
from attune.printing.printed_statistics import printed_statistics
from attune.store.contracts import PRINTED, TABLE, VIOLATIONS
from attune.store.small_cells import suppression
from attune_files.parquet import read_parquet, read_statistics, write_parquet
from attune_files.project import read_cohort, read_keys, read_study
from attune_files.steps.step_log import step

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    study = read_study(snakemake.input.study)
    cohort = read_cohort(snakemake.input.cohort)
    violations = read_parquet(snakemake.input.violations, VIOLATIONS).to_pandas()
    statistics = read_statistics(snakemake.input.statistics).to_pandas()
    suppressed = suppression(statistics, KINDS, cohort, snakemake.params.smallest_cell)
    printed = printed_statistics(
        statistics,
        KINDS,
        snakemake.params.level,
        decimals_of_measures(study),
        suppressed.hidden,
        suppressed.smallest,
    )
    tables = build_tables(
        statistics=statistics,
        printed=printed,
        study=study,
        cohort=cohort,
        instruments=read_keys(snakemake.input.instruments, cohort),
        violations=violations,
        hidden=suppressed.hidden,
        powers=snakemake.params.powers,
    )
    write_parquet(printed, snakemake.output.printed, PRINTED)
    folder = Path(snakemake.output.tables)
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_parquet(table.frame, folder / f"{name}.parquet", TABLE, table.metadata())
