"""Read the raw files of a cohort as responses, and report everything that is wrong with them."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from attune.intake.reading.violations import stop_on_errors, violations_frame
from attune.intake.validation import intake_counts, validate_responses
from attune.specs.study_checks import pretests
from attune.store.contracts import GIVEN_SCORES, RESPONSES, SAMPLE, STATISTICS, VIOLATIONS
from attune_files.parquet import write_batches, write_parquet
from attune_files.project import read_cohort, read_keys, read_study
from attune_files.raw.notes import read_dictionaries
from attune_files.raw.sheets import read_raw_sheets
from attune_files.steps.step_log import step

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    cohort = read_cohort(snakemake.input.cohort)
    instruments = read_keys(snakemake.input.instruments, cohort)
    folder = Path(snakemake.input.cohort).parent
    validated = validate_responses(
        read_raw_sheets(folder, cohort),
        cohort,
        instruments,
        pretests(read_study(snakemake.input.study)),
        read_dictionaries(folder, cohort),
    )
    violations = validated.violations
    for violation in violations:
        logging.info("%s %s: %s", violation.severity, violation.rule, violation.sentence())
    stop_on_errors(
        cohort.cohort,
        violations,
        f"What mapped and what did not, as a page: results/{cohort.cohort}/intake.html (make it"
        f" with `attune check {cohort.cohort} --page intake.html` if it is not there).",
    )
    found = violations_frame(violations)
    write_batches(validated.batches(), snakemake.output.responses, RESPONSES)
    write_parquet(validated.given_scores, snakemake.output.given_scores, GIVEN_SCORES)
    write_parquet(validated.sample, snakemake.output.sample, SAMPLE)
    write_parquet(found, snakemake.output.violations, VIOLATIONS)
    write_parquet(intake_counts(found, validated.excluded), snakemake.output.statistics, STATISTICS)
