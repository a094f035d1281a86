"""Step build_notebook: an executed notebook that prints every statistic with its label."""

from pathlib import Path
from typing import TYPE_CHECKING

from attune.documents.notebook import statistics_notebook
from attune_files.parquet import read_statistics
from attune_files.project import read_cohort, read_keys, read_study
from attune_files.rendering.notebook import run_notebook, write_notebook
from attune_files.steps.step_log import step

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    cohort = read_cohort(snakemake.input.cohort)
    notebook = statistics_notebook(
        read_statistics(snakemake.input.statistics).select(["id", "analysis"]).to_pylist(),
        study=read_study(snakemake.input.study),
        cohort=cohort,
        instruments=read_keys(snakemake.input.instruments, cohort),
    )
    folder = Path(snakemake.input.printed).parent
    write_notebook(run_notebook(notebook, folder), snakemake.output.notebook)
