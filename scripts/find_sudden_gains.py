"""Find sudden gains and early response in the measures that the study declares.

Formulas: `attune.stats.sudden_gains`.
"""

from typing import TYPE_CHECKING

from attune.analyses.sudden_gains.declaration import gain_searches
from attune.store.contracts import MEASURES, STATISTICS
from attune.store.instrument_versions import name_instruments
from attune.store.statistic_rows import statistics_frame
from attune_files.parquet import read_parquet, write_parquet
from attune_files.project import read_study
from attune_files.steps.step_log import step
from attune_files.yaml_file import read_instruments

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    study = read_study(snakemake.input.study)
    statistics = statistics_frame([])
    if gain_searches(study):
        # Imported here: most studies look for no gains and need not wait for the formulas.
        from attune.analyses.sudden_gains.estimate import find_sudden_gains

        measures = read_parquet(snakemake.input.measures, MEASURES).to_pandas()
        statistics = find_sudden_gains(measures, study)
        instruments = read_instruments(snakemake.input.instruments)
        statistics = name_instruments(statistics, study, instruments)
    write_parquet(statistics, snakemake.output.statistics, STATISTICS)
