"""Step refuse_files: stops with the reasons why a cohort or a synthesis cannot be made."""

from typing import TYPE_CHECKING

from attune.specs.errors import ConfigurationError
from attune_files.steps.step_log import step

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    raise ConfigurationError(snakemake.params.heading, snakemake.params.problems)
