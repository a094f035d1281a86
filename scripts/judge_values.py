"""Step judge_values: the verdict on every number that the paper prints.

Rules of the verdicts, "recovered" among them: `attune.paper.verdicts.judge`.
"""

from typing import TYPE_CHECKING

from attune.analyses.kinds import KINDS
from attune.paper.ledger.plan_checks import stop_on_unknown_statistics
from attune.paper.verdicts.judge import judge_values
from attune.store.contracts import FINDINGS, VERDICTS
from attune.store.small_cells import suppression
from attune_files.parquet import read_parquet, read_statistics, write_parquet
from attune_files.project import read_cohort, read_publication
from attune_files.reasons_file import read_reasons
from attune_files.steps.step_log import step

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    cohort = read_cohort(snakemake.input.cohort)
    statistics = read_statistics(snakemake.input.statistics).to_pandas()
    publication = read_publication(snakemake.input.publication)
    stop_on_unknown_statistics(publication, statistics["id"])
    suppressed = suppression(statistics, KINDS, cohort, snakemake.params.smallest_cell)
    verdicts = judge_values(
        publication,
        statistics,
        read_parquet(snakemake.input.findings, FINDINGS).to_pandas(),
        read_reasons(snakemake.input.reasons),
        synthetic=cohort.synthetic,
        hidden=suppressed.hidden,
        smallest=suppressed.smallest,
    )
    write_parquet(verdicts, snakemake.output.verdicts, VERDICTS)
