"""Collect the measures of a study, and complete those with missing scores."""

from typing import TYPE_CHECKING

from attune.scoring.measures import collect_measures, impute_measures
from attune.store.contracts import MEASURES, SAMPLE, SCORES
from attune_files.parquet import read_parquet, write_parquet
from attune_files.project import read_study
from attune_files.steps.step_log import step

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    study = read_study(snakemake.input.study)
    collected = collect_measures(
        scores=read_parquet(snakemake.input.scores, SCORES).to_pandas(),
        sample=read_parquet(snakemake.input.sample, SAMPLE).to_pandas(),
        study=study,
    )
    write_parquet(impute_measures(collected, study), snakemake.output.measures, MEASURES)
