"""Compare both partners: one-with-many and actor-partner models that the study declares.

Formulas: `attune.stats.one_with_many`, `attune.stats.actor_partner`.
"""

from typing import TYPE_CHECKING

from attune.analyses.partners.declaration import actor_partner_designs, one_with_many_designs
from attune.store.contracts import GAINS, MEASURES, STATISTICS, no_rows
from attune.store.instrument_versions import name_instruments
from attune_files.parquet import read_parquet, write_parquet
from attune_files.project import read_study
from attune_files.steps.step_log import step
from attune_files.yaml_file import read_instruments

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    study = read_study(snakemake.input.study)
    if not (one_with_many_designs(study) or actor_partner_designs(study)):
        # Without pandas and the formulas, for which most studies need not wait.
        write_parquet(no_rows(STATISTICS), snakemake.output.statistics, STATISTICS)
    else:
        from attune.analyses.partners.estimate import compare_partners
        from attune.store.datasets import analysis_datasets

        measures = read_parquet(snakemake.input.measures, MEASURES).to_pandas()
        gains = read_parquet(snakemake.input.gains, GAINS).to_pandas()
        statistics = compare_partners(
            measures,
            analysis_datasets(measures, gains, study.outcomes, study.datasets),
            study,
            interval=snakemake.params.interval,
        )
        instruments = read_instruments(snakemake.input.instruments)
        statistics = name_instruments(statistics, study, instruments)
        write_parquet(statistics, snakemake.output.statistics, STATISTICS)
