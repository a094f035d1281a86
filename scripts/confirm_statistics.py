"""Recompute the correlations, tests and alphas of a cohort with pingouin and compare them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from attune.analyses.conditions.declaration import declared_comparisons
from attune.record.confirmation import confirm_statistics
from attune.scoring.therapist_sheets import without_repeats
from attune.store.contracts import GAINS, MEASURES, RESPONSES
from attune.store.datasets import analysis_datasets
from attune_files.parquet import read_parquet, read_statistics
from attune_files.project import read_cohort, read_study
from attune_files.steps.step_log import step
from attune_files.yaml_file import read_instruments

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    study = read_study(snakemake.input.study)
    measures = read_parquet(snakemake.input.measures, MEASURES).to_pandas()
    levels = read_cohort(snakemake.input.cohort).sample.conditions()
    gains = read_parquet(snakemake.input.gains, GAINS).to_pandas()
    responses = read_parquet(snakemake.input.responses, RESPONSES).to_pandas()
    confirmation = confirm_statistics(
        read_statistics(snakemake.input.statistics).to_pandas(),
        analysis_datasets(measures, gains, study.outcomes, study.datasets),
        without_repeats(responses, measures),
        read_instruments(snakemake.input.instruments),
        levels=levels,
        variances=snakemake.params.variances,
        own_variances={
            name: one.variances
            for name, one in declared_comparisons(study).items()
            if one.variances is not None
        },
        own_levels={name: one.ordered(levels) for name, one in declared_comparisons(study).items()},
    )
    text = json.dumps(confirmation, indent=1) + "\n"
    Path(snakemake.output.confirmation).write_text(text, encoding="utf-8")
