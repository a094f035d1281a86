"""Draw the figures that a study declares, one PNG each."""

from pathlib import Path
from typing import TYPE_CHECKING

from attune.analyses.kinds import KINDS
from attune.documents.figures import FigureContext, draw_figures
from attune.store.contracts import GAINS, MEASURES, RESPONSES
from attune.store.small_cells import smallest_cell
from attune_files.parquet import read_parquet, read_statistics
from attune_files.project import read_cohort, read_study
from attune_files.steps.step_log import step
from attune_files.yaml_file import read_instruments

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    cohort = read_cohort(snakemake.input.cohort)
    context = FigureContext(
        study=read_study(snakemake.input.study),
        cohort=cohort,
        instruments=read_instruments(snakemake.input.instruments),
        responses=read_parquet(snakemake.input.responses, RESPONSES).to_pandas(),
        measures=read_parquet(snakemake.input.measures, MEASURES).to_pandas(),
        gains=read_parquet(snakemake.input.gains, GAINS).to_pandas(),
        statistics=read_statistics(snakemake.input.statistics).to_pandas(),
        kinds=KINDS,
        intervals=snakemake.params.settings,
        smallest=smallest_cell(cohort, snakemake.params.smallest_cell),
        language=snakemake.params.language,
    )
    figures = draw_figures(context)
    folder = Path(snakemake.output.figures)
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        # Without the version of matplotlib in its metadata, the same drawing has the same bytes.
        figure.savefig(folder / f"{name}.png", dpi=300, metadata={"Software": None})
