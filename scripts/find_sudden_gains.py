"""Find sudden gains and early response in the measures that the study declares.

Formulas: `attune.stats.sudden_gains`.
"""

from typing import TYPE_CHECKING

from attune.analyses.sudden_gains.declaration import gain_searches
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
    if not gain_searches(study):
        # Without pandas and the formulas, for which most studies need not wait.
        write_parquet(no_rows(STATISTICS), snakemake.output.statistics, STATISTICS)
    else:
        from attune.analyses.sudden_gains.estimate import find_sudden_gains

        measures = read_parquet(snakemake.input.measures, MEASURES).to_pandas()
        statistics = find_sudden_gains(measures, study)
        instruments = read_instruments(snakemake.input.instruments)
        statistics = name_instruments(statistics, study, instruments)
        write_parquet(statistics, snakemake.output.statistics, STATISTICS)
