"""Correlate measures over occasions, within and between dyads.

Formulas: `attune.stats.repeated_correlation`.
"""

from typing import TYPE_CHECKING

from attune.analyses.repeated_correlations.declaration import repeated_families
from attune.store.contracts import MEASURES, STATISTICS, no_rows
from attune.store.instrument_versions import name_instruments
from attune_files.parquet import read_parquet, write_parquet
from attune_files.project import read_study
from attune_files.steps.step_log import step
from attune_files.yaml_file import read_instruments

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    study = read_study(snakemake.input.study)
    if not repeated_families(study):
        # Without pandas and the formulas, for which most studies need not wait.
        write_parquet(no_rows(STATISTICS), snakemake.output.statistics, STATISTICS)
    else:
        from attune.analyses.repeated_correlations.estimate import correlate_occasions

        measures = read_parquet(snakemake.input.measures, MEASURES).to_pandas()
        statistics = correlate_occasions(measures, study, interval=snakemake.params.interval)
        instruments = read_instruments(snakemake.input.instruments)
        statistics = name_instruments(statistics, study, instruments)
        write_parquet(statistics, snakemake.output.statistics, STATISTICS)
